"""The light on the paper from place to place, estimated around ink, and the filters that find it."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Level = TypeVar("Level", np.float32, np.bool_)

# Fractions are of the longer side of the picture.
_CELLS = 250  # cells along the side on which the light is estimated
_REACH = 0.08  # distance within which there is paper


def local_light(levels: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the level of paper at each pixel, interpolated under ink, and its minimum closely around the pixel."""
    cells = shrunk(levels, _CELLS)
    light = closed(cells, max(1, round(_REACH * max(cells.shape))))
    height, width = levels.shape
    size = width, height
    return (
        np.asarray(Image.fromarray(light).resize(size, Image.Resampling.BILINEAR)),
        np.asarray(Image.fromarray(extreme(light, 1, np.minimum)).resize(size, Image.Resampling.BILINEAR)),
    )


def shrunk(levels: NDArray[np.float32], cells: int) -> NDArray[np.float32]:
    """Return the means of square cells, about `cells` of them along the longer side."""
    return np.asarray(Image.fromarray(levels).reduce(max(1, round(max(levels.shape) / cells))))


def closed(levels: NDArray[np.float32], reach: int, axes: tuple[int, ...] = (0, 1)) -> NDArray[np.float32]:
    """Return the grey closing of levels, which fills what is dark and narrower than twice the reach.

    The outside counts as dark, so that a shadow or a table along the border is not filled.
    """
    padded = np.pad(levels, reach)
    return extreme(extreme(padded, reach, np.maximum, axes), reach, np.minimum, axes)[reach:-reach, reach:-reach]


def extreme(levels: NDArray[Level], reach: int, of_two: np.ufunc, axes: tuple[int, ...] = (0, 1)) -> NDArray[Level]:
    """Return the maximum or the minimum of the square that extends `reach` pixels around each pixel."""
    for axis in axes:
        lines = np.moveaxis(levels, axis, 0)
        reached = 0
        while reached < reach:  # the window doubles at each step
            step = min(max(1, reached), reach - reached)
            padded = np.pad(lines, [(step, step), (0, 0)], mode="edge")
            lines = of_two(of_two(padded[: -2 * step], padded[2 * step :]), lines)
            reached += step
        levels = np.moveaxis(lines, 0, axis)
    return levels
