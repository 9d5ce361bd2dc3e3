"""Digits: MNIST, drawings, pictures, and their framing for the models."""
