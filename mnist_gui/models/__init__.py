"""The networks and recipes, and their export. Only this package imports Keras, TensorFlow and LiteRT."""
