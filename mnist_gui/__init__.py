"""mnist-gui: draw digits, train three convolutional networks, compare them."""

__version__ = "0.1.0"
