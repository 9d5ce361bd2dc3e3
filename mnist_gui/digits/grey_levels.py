"""Statistics of grey levels that distinguish paper from ink in any picture: border, corners, noise and a threshold."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_CORNER = 0.06  # side of a corner, as a fraction of the picture


def border(array: NDArray[np.generic]) -> NDArray[Any]:
    """Return the outermost pixels, (n,), of an (H, W) array; those in the corners twice."""
    return np.concatenate([array[0], array[-1], array[:, 0], array[:, -1]])


def corner_levels(levels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the (4,) median levels of the corners of a picture, where a digit seldom has ink."""
    rows, columns = (max(1, round(_CORNER * side)) for side in levels.shape)
    corners = [levels[y, x] for y in (slice(rows), slice(-rows, None)) for x in (slice(columns), slice(-columns, None))]
    return np.array([np.median(corner) for corner in corners])


def noise_deviation(values: NDArray[np.floating]) -> float:
    """Return the standard deviation of normal noise around 0, from the median absolute value; 0 without values."""
    return 1.4826 * float(np.median(np.abs(values))) if values.size else 0.0


def otsu_threshold(values: NDArray[np.floating]) -> float:
    """Return the threshold that best separates the larger from the smaller values (Otsu, 1979)."""
    count, edges = np.histogram(values, bins=128)
    middle = (edges[1:] + edges[:-1]) / 2
    below, total = np.cumsum(count), np.cumsum(count * middle)
    above = below[-1] - below
    with np.errstate(all="ignore"):
        between = below * above * np.square(total / below - (total[-1] - total) / above)
    return float(edges[1:][np.nan_to_num(between).argmax()])
