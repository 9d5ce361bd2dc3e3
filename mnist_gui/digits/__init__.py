"""What a digit is: the data set, drawings, pictures, and the frame a model sees. No Qt, no Keras."""
