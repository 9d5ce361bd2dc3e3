"""Confidence that means something: probabilities made as sure as they are right."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_gui.metrics import expected_calibration_error

# Temperatures that are looked at; one at an end says that the frames do not tell.
MIN_TEMPERATURE, MAX_TEMPERATURE = 0.05, 20.0
# What has no logarithm counts as this probability.
_LEAST = float(np.finfo(np.float32).tiny)


def describe_calibration(probabilities: NDArray[np.float32], labels: NDArray[np.integer]) -> dict[str, Any]:
    """Return what a run's record says of its calibration, from (N, 10) probabilities of frames it never trained on."""
    temperature = fit_temperature(probabilities, labels)
    return {
        "temperature": temperature,
        "frames": len(labels),
        "error_before": expected_calibration_error(probabilities, labels),
        "error_after": expected_calibration_error(calibrate(probabilities, temperature), labels),
    }


def fit_temperature(probabilities: NDArray[np.float32], labels: NDArray[np.integer]) -> float:
    """Return the temperature at which (N, 10) probabilities have the least cross-entropy (Guo et al. 2017).

    More than 1 where a network is surer than it is right, less where it is not sure enough. Cross-entropy is convex
    in the reciprocal of the temperature, so that halving the interval of its slope's sign finds the least.
    """
    logits = _logits(probabilities)
    true = logits[np.arange(len(labels)), labels]

    def slope(inverse: float) -> float:
        """Return the cross-entropy's derivative by the reciprocal temperature."""
        weights = _softmax(logits * inverse)
        return float(((weights * logits).sum(axis=1) - true).mean())

    low, high = 1 / MAX_TEMPERATURE, 1 / MIN_TEMPERATURE
    for _ in range(60):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if slope(middle) > 0 else (middle, high)
    return 1 / low


def calibrate(probabilities: NDArray[np.float32], temperature: float | None) -> NDArray[np.float32]:
    """Return (N, 10) probabilities at a temperature: softmax of logarithms divided by it. None changes nothing."""
    if temperature is None:
        return probabilities
    # Written as a power, which is the same, since this is done for every move of the pen. One of ten is 0.1 at least,
    # which the coldest temperature leaves far from 0.
    raised = np.maximum(probabilities, _LEAST, dtype=np.float64) ** (1 / temperature)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)


def _logits(probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return logarithms: what went into the softmax but for a number common to each row, which it ignores."""
    return np.log(np.maximum(probabilities, _LEAST, dtype=np.float64))


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
