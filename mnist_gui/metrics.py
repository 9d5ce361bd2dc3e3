"""Accuracy, loss and calibration error: arrays in, numbers out."""

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


def expected_calibration_error(
    probabilities: NDArray[np.floating[Any]], labels: NDArray[np.integer[Any]], bins: int = 15
) -> float:
    """Return by how much confidence differs from accuracy, 0 to 1: the mean over equally wide bins of confidence.

    Each bin weighs as many rows as fall into it (Naeini et al. 2015; 15 bins as in Guo et al. 2017).

    Parameters
    ----------
    probabilities
        (N, classes), rows summing to 1; N at least 1.
    labels
        (N,), 0 to classes - 1.
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    # Each bin holds its upper edge, so that 1 is in the last one.
    bin_of = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    surplus = np.bincount(bin_of, weights=confidence - right, minlength=bins)
    return float(np.abs(surplus).sum() / len(labels))
