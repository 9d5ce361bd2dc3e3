"""Extracts the ink of a photo of a digit on paper: removes uneven light, ruled lines, edges of the table and specks.

All functions work on grey levels of about a thousand pixels per side. The light is the level of the paper around a
pixel; darkness relative to it does not depend on the illumination. Dark pixels are ink unless they belong to a ruled
line or enter from the side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from mnist_gui.digits.connected_components import find_components, find_pixel_runs

Level = TypeVar("Level", np.float32, np.bool_)

# Thresholds are fractions; "side" is the longer side of the picture.
# The border is uneven if more than _UNEVEN of it deviates from its median by more than _DEVIATION of white and by
# _DEVIATION_NOISE standard deviations of noise. Deviations near the strongest ink are ink that reaches the border.
_UNEVEN = 0.02
_DEVIATION = 0.04
_DEVIATION_NOISE = 5.0
_NEARLY_INK = 0.6
# Cells along the side on which the light is estimated, and the distance, of the side, within which there is paper.
_CELLS = 250
_REACH = 0.08
# Cells along the side, and window in cells, for the decision whether ink is dark or light.
_COARSE_CELLS = 80
_COARSE_WINDOW = 17
# Median level, of white, below which the picture is a board.
_BOARD = 0.35
# Minimum darkness of ink relative to paper, and in standard deviations of noise.
_MIN_DARKNESS = 0.10
_MIN_DARKNESS_NOISE = 4.5
# Minimum median darkness of ink relative to that minimum: excludes the tail of the noise.
_MIN_CONTRAST = 1.4
_NOISE_DISTANCE = 4
# Share of a side of the picture; ink that enters along more of it is the edge of the table or of the paper.
_EDGE_SHARE = 0.25
# Maximum thickness of a ruled line, of the side; minimum visible length, of the picture (noise and other lines hide the
# rest); maximum slope.
_LINE_THICKNESS = 0.006
_LINE_LENGTH = 0.3
_MAX_SLOPE = 0.12
# Minimum extent of a component relative to the largest one, and of the largest one relative to the side.
_SPECK = 0.12
_MIN_DIGIT = 0.025
# Minimum stroke thickness relative to the largest component: excludes remains of lines and edges.
_THREAD = 0.35
# Extent, of the side, from which an inner component excludes all that touch the border.
_INNER_DIGIT = 0.08


def is_photo(levels: NDArray[np.float32], top: float) -> bool:
    """Return whether the border of a picture is uneven: apart from noise, it has more than two shades.

    Parameters
    ----------
    levels
        (H, W) grey levels.
    top
        Level of white.
    """
    border = _border(levels)
    deviation = np.abs(border - np.median(border))
    deviates = deviation > max(_DEVIATION * top, _DEVIATION_NOISE * _noise(border))
    is_between = deviates & (deviation < _NEARLY_INK * np.abs(levels - np.median(border)).max())
    return bool(is_between.mean() > _UNEVEN)


def photo_ink(levels: NDArray[np.float32], top: float) -> NDArray[np.float32]:
    """Return the ink, (H, W) in [0, 1], of a photo, with soft edges; zeros if there is paper only.

    Parameters
    ----------
    levels
        (H, W) grey levels from 0 to `top`: dark ink on light paper, or chalk on a board.
    top
        Level of white.
    """
    if _is_chalk(levels, top):
        levels = top - levels
    light = np.maximum(_light(levels), 1e-3 * top)
    darkness = np.clip(1 - levels / light, 0, 1)
    floor = np.maximum(_MIN_DARKNESS, _MIN_DARKNESS_NOISE * _noise(levels) / light)
    inked = darkness > floor
    across, down = _ruled_lines(levels, inked, light), _ruled_lines(levels.T, inked.T, light.T)
    inked &= ~(across.thin | down.thin.T | (across.rows & down.rows.T))
    inked = _without_edges(inked)
    if not inked.any():
        return np.zeros_like(levels)
    threshold = _otsu(darkness[inked])
    solid = _without_specks(inked & (darkness > threshold))
    if not solid.any():
        return np.zeros_like(levels)
    full = float(np.median(darkness[solid]))
    if full < _MIN_CONTRAST * float(np.median(floor[solid])):
        return np.zeros_like(levels)
    # As far below the threshold as full ink is above it, so that edges stay at the threshold.
    faintest = np.minimum(np.maximum(floor, 2 * threshold - full), threshold)
    soft = np.clip((darkness - faintest) / (full - faintest), 0, 1)
    return np.asarray(np.where(_widened(solid, 2), soft, 0), dtype=np.float32)


def _border(array: NDArray[np.generic]) -> NDArray[Any]:
    """Return the outermost pixels."""
    return np.concatenate([array[0], array[-1], array[:, 0], array[:, -1]])


def _noise(levels: NDArray[np.float32]) -> float:
    """Return the standard deviation of the noise along the last axis.

    Pixels at some distance are compared, because cameras and compression correlate the noise of neighbours.
    """
    difference = levels[..., _NOISE_DISTANCE:] - levels[..., :-_NOISE_DISTANCE]
    # 1.4826 times the median absolute deviation is the standard deviation of normal noise; sqrt(2) for two pixels.
    return 1.4826 * float(np.median(np.abs(difference))) / math.sqrt(2) if difference.size else 0.0


def _is_chalk(levels: NDArray[np.float32], top: float) -> bool:
    """Return whether what stands out from its surroundings is mostly lighter.

    The surroundings are a median, which, unlike the mean, preserves the edges of tables and shadows.
    """
    coarse = _shrunk(levels, _COARSE_CELLS)
    median = Image.fromarray((coarse * (255 / top)).astype(np.uint8)).filter(ImageFilter.MedianFilter(_COARSE_WINDOW))
    surroundings = np.maximum(np.asarray(median, dtype=np.float32) * (top / 255), 0.02 * top)
    ratio = np.log(np.maximum(coarse, 0.02 * top) / surroundings)
    margin = _COARSE_WINDOW // 2  # the median is unreliable at the border
    cubes = np.power(ratio[margin:-margin, margin:-margin], 3)  # a few large values outweigh many small ones
    return bool(np.median(levels) < _BOARD * top and cubes.sum() > 0.5 * np.abs(cubes).sum() > 0)


def _light(levels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the level of paper at each pixel, interpolated under ink."""
    cells = _shrunk(levels, _CELLS)
    light = _closed(cells, max(1, round(_REACH * max(cells.shape))))
    height, width = levels.shape
    return np.asarray(Image.fromarray(light).resize((width, height), Image.Resampling.BILINEAR))


def _shrunk(levels: NDArray[np.float32], cells: int) -> NDArray[np.float32]:
    """Return the means of square cells, about `cells` of them along the longer side."""
    return np.asarray(Image.fromarray(levels).reduce(max(1, round(max(levels.shape) / cells))))


def _closed(levels: NDArray[np.float32], reach: int, axes: tuple[int, ...] = (0, 1)) -> NDArray[np.float32]:
    """Return the grey closing of levels, which fills what is dark and narrower than twice the reach.

    The outside counts as dark, so that a shadow or a table along the border is not filled.
    """
    padded = np.pad(levels, reach)
    return _extreme(_extreme(padded, reach, np.maximum, axes), reach, np.minimum, axes)[reach:-reach, reach:-reach]


def _extreme(levels: NDArray[Level], reach: int, of_two: np.ufunc, axes: tuple[int, ...] = (0, 1)) -> NDArray[Level]:
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


def _without_edges(inked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the mask without the components that enter along much of a side."""
    components = find_components(inked)
    labels = components.labels
    removed = np.zeros(len(components.sizes), dtype=np.bool_)
    for side in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        removed |= np.bincount(side, minlength=len(removed)) > _EDGE_SHARE * len(side)
    removed[0] = True
    return ~removed[labels]


@dataclass(frozen=True, eq=False)
class _RuledLines:
    """Ruled lines that are nearly horizontal.

    Attributes
    ----------
    rows
        (H, W): pixels on a line.
    thin
        (H, W): those of them that do not belong to a stroke across the line.
    """

    rows: NDArray[np.bool_]
    thin: NDArray[np.bool_]


def _ruled_lines(levels: NDArray[np.float32], inked: NDArray[np.bool_], light: NDArray[np.float32]) -> _RuledLines:
    """Return the thin dark lines, and thin straight edges, across most of the picture.

    Thin pixels are darker than those closely above and below, or belong to a short vertical run of ink. All lines have
    nearly the same slope: the one along which the rows are fullest.
    """
    height, width = levels.shape
    thickest = max(3, round(_LINE_THICKNESS * max(levels.shape)))
    thin = _closed(levels, math.ceil(thickest / 2), axes=(0,)) - levels > _MIN_DARKNESS / 2 * light
    lengths = _run_lengths_down(inked)
    thin |= inked & (lengths <= thickest)
    middle = np.arange(width) - width / 2
    y, x = np.nonzero(thin)
    drift = math.ceil(_MAX_SLOPE * width / 2) + 1
    # One step of the slope moves a line by a pixel at half the width.
    slopes = np.arange(-_MAX_SLOPE, _MAX_SLOPE, 2 / width)
    fullness = [
        np.bincount(np.rint(y - slope * middle[x]).astype(np.intp) + drift, minlength=height + 2 * drift)
        for slope in slopes
    ]
    best = int(np.argmax([np.square(full, dtype=np.float64).sum() for full in fullness]))
    # A line may be thicker than one pixel, and bend by one: each column is searched in three rows, but counted once.
    # Otherwise a straight stroke of a few pixels' thickness would count three times its length.
    y, x = np.nonzero(_extreme(thin, 1, np.maximum, axes=(0,)))
    length = np.bincount(np.rint(y - slopes[best] * middle[x]).astype(np.intp) + drift, minlength=height + 2 * drift)
    is_line = np.convolve(length > _LINE_LENGTH * width, np.ones(3), "same") > 0
    rows = is_line[np.rint(np.arange(height)[:, None] - slopes[best] * middle).astype(np.intp) + drift]
    return _RuledLines(rows, rows & thin)


def _run_lengths_down(inked: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the length of the vertical run of ink that each pixel belongs to; 0 without ink."""
    _, begins, ends = find_pixel_runs(inked.T)
    lengths = np.zeros(inked.T.shape, dtype=np.intp)
    lengths[inked.T] = np.repeat(ends - begins, ends - begins)
    return lengths.T


def _otsu(darkness: NDArray[np.floating]) -> float:
    """Return the threshold that best separates darker from lighter pixels (Otsu, 1979)."""
    count, edges = np.histogram(darkness, bins=128)
    middle = (edges[1:] + edges[:-1]) / 2
    below, total = np.cumsum(count), np.cumsum(count * middle)
    above = below[-1] - below
    with np.errstate(all="ignore"):
        between = below * above * np.square(total / below - (total[-1] - total) / above)
    return float(edges[1:][np.nan_to_num(between).argmax()])


def _without_specks(solid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the mask with only the components that can belong to digits.

    Components that touch the border can if they are no lines and there are no others.
    """
    components = find_components(solid)
    extents, side = components.extents.copy(), max(solid.shape)
    thickness = components.sizes / np.maximum(extents, 1)
    touching = np.unique(_border(components.labels))
    inside = np.delete(extents, touching)
    if inside.size and inside.max() > _INNER_DIGIT * side:
        extents[touching] = 0
    extents[touching[thickness[touching] < 2 * _LINE_THICKNESS * side]] = 0  # corner of a ruled line
    if extents.max() < _MIN_DIGIT * side:
        return np.zeros_like(solid)
    pen = thickness[extents.argmax()]
    return np.asarray(((extents >= _SPECK * extents.max()) & (thickness > _THREAD * pen))[components.labels])


def _widened(mask: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    return _extreme(mask, reach, np.maximum)
