"""The light on the paper from place to place, estimated around ink, and the filters that find it."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_gui.digits.connected_components import find_components
from mnist_gui.digits.grey_levels import border

Level = TypeVar("Level", np.float32, np.bool_)

# Fractions are of the longer side of the picture.
CELLS = 250  # cells along the side on which the light is estimated
_REACH = 0.08  # distance within which there is paper
# Shadows of fingers are as narrow as bold strokes, but enter from a side, have soft edges, and are not black. They are
# areas in which the light that is estimated from closer paper is darker by a share, and ink of some extent remains
# without them. On a sharp edge the level changes, within a width, by a share of the whole depth.
_CLOSE_REACH = 0.03
_MIN_SHADOW = 0.08  # at the border of an area
_SHADOW_DEPTHS = (0.15, 0.6)  # inside
_SHARP_WIDTH = 0.016
_SHARP_CHANGE = 0.6
_MIN_LIGHT = 0.3  # minimum share of the area that would be taken for ink
_SOFT_BORDER = 0.012  # distance around a shadow in which the light is that of the shadow's border
_MIN_REMAINING_DARKNESS = 0.12
_MIN_REMAINING = 0.1
# Strokes bolder than twice the reach are darker by this share than paper at a larger distance, have sharp edges, and do
# not enter from a side.
_WIDE_REACH = 0.2
_MIN_INK = 0.25


def local_light(levels: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the level of paper at each pixel, interpolated under ink, and its minimum closely around the pixel."""
    cells = shrunk(levels, CELLS)
    light = closed(cells, _steps(cells, _REACH))
    shadow = narrow_shadows(cells)
    if shadow.any():
        light = np.where(shadow, _filled(cells, _CLOSE_REACH), light)
    else:
        light = _with_paper_below_bold_ink(cells, light)
    height, width = levels.shape
    size = width, height
    return (
        np.asarray(Image.fromarray(light).resize(size, Image.Resampling.BILINEAR)),
        np.asarray(Image.fromarray(extreme(light, 1, np.minimum)).resize(size, Image.Resampling.BILINEAR)),
    )


def narrow_shadows(cells: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return the mask of shadows as narrow as those of fingers; empty if there is no ink besides.

    Parameters
    ----------
    cells
        (H, W) grey levels of cells, from `shrunk` with `CELLS`.
    """
    side = max(cells.shape)
    light, close = _filled(cells, _REACH), _filled(cells, _CLOSE_REACH)
    shadows = np.zeros(cells.shape, dtype=np.bool_)
    if find_components(1 - cells / close > _MIN_REMAINING_DARKNESS).extents.max() < _MIN_REMAINING * side:
        return shadows
    depth = 1 - close / light
    areas = find_components(depth > _MIN_SHADOW)
    # The outside counts as dark: what it darkens needs no other light.
    is_light = closed(cells, _steps(cells, _REACH)) > close / (1 - _MIN_SHADOW)
    for label in np.setdiff1d(border(areas.labels), [0]):
        is_area = areas.labels == label
        deep = float(np.percentile(depth[is_area], 95))
        is_shadow = _SHADOW_DEPTHS[0] < deep < _SHADOW_DEPTHS[1]
        if is_shadow and is_light[is_area].mean() > _MIN_LIGHT and not _is_sharp(cells, light, depth, is_area):
            shadows |= is_area
    return extreme(shadows, _steps(cells, _SOFT_BORDER), np.maximum)


def _with_paper_below_bold_ink(cells: NDArray[np.float32], light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the light on cells with that of paper below strokes that are too bold to be filled from close by."""
    paper = _filled(cells, _WIDE_REACH)
    depth = 1 - cells / paper
    areas = find_components(depth > _MIN_INK)
    is_dark = _filled(cells, _REACH) < (1 - _MIN_INK) * paper
    is_filled = np.bincount(areas.labels[is_dark], minlength=len(areas.sizes)) == 0
    is_filled[areas.extents < 2 * _REACH * max(cells.shape)] = True
    is_filled[np.append(border(areas.labels), 0)] = True
    if is_filled.all():
        return light
    bold = np.zeros(cells.shape, dtype=np.bool_)
    for label in np.flatnonzero(~is_filled):
        is_area = areas.labels == label
        if _is_sharp(cells, paper, depth, is_area):
            bold |= is_area
    return np.where(extreme(bold, _steps(cells, _SOFT_BORDER), np.maximum), paper, light)


def _is_sharp(
    cells: NDArray[np.float32], light: NDArray[np.float32], depth: NDArray[np.float32], is_area: NDArray[np.bool_]
) -> bool:
    """Return whether the usual edge of an area, where it is half as deep as inside, is sharp; true without an edge."""
    deep = float(np.percentile(depth[is_area], 95))
    steps = _steps(cells, _SHARP_WIDTH / 2)
    padded = np.pad(_filled(cells, _SHARP_WIDTH / 2), 1, mode="edge")  # ruled lines and noise would count as change
    smooth = np.lib.stride_tricks.sliding_window_view(padded, (3, 3)).mean(axis=(2, 3))
    change = (extreme(smooth, steps, np.maximum) - extreme(smooth, steps, np.minimum)) / light
    is_edge = extreme(is_area, steps, np.maximum) & (np.abs(1 - smooth / light - deep / 2) < 0.2 * deep)
    return not is_edge.any() or float(np.median(change[is_edge])) >= _SHARP_CHANGE * deep


def _steps(cells: NDArray[np.float32], share: float) -> int:
    """Return a share of the longer side in cells, at least one."""
    return max(1, round(share * float(max(cells.shape))))


def _filled(cells: NDArray[np.float32], reach: float) -> NDArray[np.float32]:
    """Return the grey closing of cells, also across the border, above 0."""
    steps = _steps(cells, reach)
    return np.maximum(extreme(extreme(cells, steps, np.maximum), steps, np.minimum), np.float32(1e-6))


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
