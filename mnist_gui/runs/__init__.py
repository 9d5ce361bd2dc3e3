"""What is kept on disk: one folder a run. No Qt, no Keras."""
