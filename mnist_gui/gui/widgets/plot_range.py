"""By which values a plot's range is chosen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mnist_gui.gui.widgets.curve_layer import Curve, Floats

# The percentiles shown where outliers are ignored. The good end of each figure is what a run is judged by.
LOSS_SHOWN, ACCURACY_SHOWN, ALL = (0, 95), (5, 100), (0, 100)
LOWEST_BATCHES = 1  # percent of them are outliers, which a logarithm would make much of
MOST_VALUES = 10_000


def ranging_values(curves: Sequence[Curve], *, ignore_outliers: bool) -> list[Floats]:
    """Return the finite values of curves, without the lowest of noisy ones where outliers are ignored."""
    found = []
    for curve in curves:
        values = curve.y[np.isfinite(curve.y)]
        if curve.noisy and ignore_outliers and len(values):
            values = values[values >= np.percentile(values, LOWEST_BATCHES)]
        found.append(values)
    return found


def summary(arrays: Sequence[Floats]) -> Floats:
    """Return the values, or as many of their quantiles as tell the same."""
    values: Floats = np.concatenate([np.empty(0), *arrays])
    return values if len(values) <= MOST_VALUES else np.asarray(np.quantile(values, np.linspace(0, 1, MOST_VALUES)))
