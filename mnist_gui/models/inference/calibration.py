"""Temperature scaling of probabilities (Guo et al. 2017)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_gui.metrics import expected_calibration_error

# Range of temperatures; at an end, the frames do not determine it.
MIN_TEMPERATURE, MAX_TEMPERATURE = 0.05, 20.0
# Lower bound of probabilities before their logarithm.
_MIN_PROBABILITY = float(np.finfo(np.float32).tiny)


def describe_calibration(probabilities: NDArray[np.float32], labels: NDArray[np.integer]) -> dict[str, Any]:
    """Return the ``calibration`` of a run's record from (N, 10) probabilities of held-out frames."""
    temperature = fit_temperature(probabilities, labels)
    return {
        "temperature": temperature,
        "frames": len(labels),
        "error_before": expected_calibration_error(probabilities, labels),
        "error_after": expected_calibration_error(calibrate(probabilities, temperature), labels),
    }


def fit_temperature(probabilities: NDArray[np.float32], labels: NDArray[np.integer]) -> float:
    """Return the temperature that minimizes the cross-entropy of (N, 10) probabilities.

    It is above 1 for an overconfident network and below 1 for an underconfident one. The cross-entropy is convex in the
    reciprocal of the temperature, so that bisection of its slope finds the minimum.
    """
    logits = _logits(probabilities)
    true = logits[np.arange(len(labels)), labels]

    def slope(inverse: float) -> float:
        """Return the derivative of the cross-entropy by the reciprocal temperature."""
        weights = _softmax(logits * inverse)
        return float(((weights * logits).sum(axis=1) - true).mean())

    low, high = 1 / MAX_TEMPERATURE, 1 / MIN_TEMPERATURE
    for _ in range(60):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if slope(middle) > 0 else (middle, high)
    return 1 / low


def calibrate(probabilities: NDArray[np.float32], temperature: float | None) -> NDArray[np.float32]:
    """Return (..., 10) probabilities scaled by a temperature; None changes nothing.

    A temperature that `fit_temperature` cannot return counts as the nearest one that it can.
    """
    if temperature is None:
        return probabilities
    temperature = min(max(temperature, MIN_TEMPERATURE), MAX_TEMPERATURE)
    # Equivalent to the softmax of logarithms divided by the temperature, but faster. The largest of ten probabilities
    # is at least 0.1, which does not underflow even at the lowest temperature.
    raised = np.maximum(probabilities, _MIN_PROBABILITY, dtype=np.float64) ** (1 / temperature)
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), dtype=np.float32)


def uncalibrate(probabilities: NDArray[np.float32], temperature: float | None) -> NDArray[np.float32]:
    """Return the raw probabilities from which `calibrate` made these."""
    return probabilities if temperature is None else calibrate(probabilities, 1 / temperature)


def _logits(probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return logarithms, which are the logits up to a constant per row."""
    return np.log(np.maximum(probabilities, _MIN_PROBABILITY, dtype=np.float64))


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
