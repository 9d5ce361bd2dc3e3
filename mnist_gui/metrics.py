"""Accuracy and loss: arrays in, numbers out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Keras clips probabilities here before it takes their logarithm; the same figure comes out.
EPSILON = 1e-7


def accuracy(probabilities: NDArray[np.floating[Any]], labels: NDArray[np.integer[Any]]) -> float:
    """Return the share of rows, 0 to 1, whose largest probability is at the true label.

    Parameters
    ----------
    probabilities
        (N, classes), rows summing to 1.
    labels
        (N,), 0 to classes - 1.
    """
    return float(np.mean(probabilities.argmax(axis=1) == labels))


def cross_entropy(probabilities: NDArray[np.floating[Any]], labels: NDArray[np.integer[Any]]) -> float:
    """Return the mean categorical cross-entropy in nats, as ``keras.losses.categorical_crossentropy`` does."""
    true = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.clip(true, EPSILON, 1 - EPSILON)).mean())
