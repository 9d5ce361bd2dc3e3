"""The three networks: built, trained, exported, asked. The only place that knows Keras and LiteRT."""
