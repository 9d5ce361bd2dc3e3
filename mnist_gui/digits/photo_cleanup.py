"""A photo of a digit on paper -> its ink: light, shadow, ruled lines, the table's edge and specks taken away.

All of it works on grey levels of about a thousand pixels a side. The light is what the paper around a pixel
reflects; how much darker than that a pixel is does not depend on it. What is dark enough, is no ruled line and does
not come in from the side is ink.
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

# A border of which more than this part is off its median, by more than so many parts of white or so many standard
# deviations of noise, is uneven; off by nearly as much as the strongest ink, it is ink that reaches the border.
_UNEVEN = 0.02
_OFF = 0.04
_OFF_OF_NOISE = 5.0
_NEARLY_INK = 0.6
# The light is looked for on so many cells along the longer side, and paper is found within this part of that side.
_CELLS = 250
_REACH = 0.08
# Whether ink is dark or light is told from so many cells, each compared with the window of so many around it.
_COARSE_CELLS = 80
_COARSE_WINDOW = 17
# A board is darker than this part of white.
_BOARD = 0.35
# What is darker than its paper by less than this part, or by so many standard deviations of noise, is paper.
_FAINTEST = 0.10
_FAINTEST_OF_NOISE = 4.5
# What is left must be on the whole so much darker than that, lest the tail of the noise be ink.
_CLEARLY = 1.4
_APART = 4
# Ink that comes in along this part of a side of the picture is the edge of a table, or of the paper.
_ALONG_A_SIDE = 0.25
# A ruled line is at most so thick, in parts of the longer side, can be seen along this part of the picture (noise and
# other lines hide the rest of it), and is at most so steep.
_LINE_THICKNESS = 0.006
_LINE_LENGTH = 0.3
_STEEPEST = 0.12
# Parts smaller than this, to the largest part's extent, are specks; and a largest part smaller than this, to the
# picture's longer side, is no digit.
_SPECK = 0.12
_SMALLEST = 0.025
# A part whose strokes are thinner than this, to those of the largest part, is what is left of a line or an edge.
_THREAD = 0.35
# A part of this extent, to the picture's longer side, is worth more than what touches the border.
_WELL_INSIDE = 0.08


def is_photo(levels: NDArray[np.float32], top: float) -> bool:
    """Tell whether a picture's border is that of a photo: neither one shade nor two, noise apart.

    Parameters
    ----------
    levels
        (H, W) grey levels.
    top
        The level of white.
    """
    border = _border(levels)
    noise = _noise(border)
    off = np.abs(border - np.median(border))
    is_off = off > max(_OFF * top, _OFF_OF_NOISE * noise)
    is_between = is_off & (off < _NEARLY_INK * np.abs(levels - np.median(border)).max())
    return bool(is_between.mean() > _UNEVEN)


def photo_ink(levels: NDArray[np.float32], top: float) -> NDArray[np.float32]:
    """Return the ink, (H, W) in [0, 1], of a photo; soft edges stay soft, and nothing but paper is all zeros.

    Parameters
    ----------
    levels
        (H, W) grey levels of a photo, from 0 to `top`; dark ink on light paper, or chalk on a board.
    top
        The level of white.
    """
    if _is_chalk(levels, top):
        levels = top - levels
    light = np.maximum(_light(levels), 1e-3 * top)
    darkness = np.clip(1 - levels / light, 0, 1)
    floor = np.maximum(_FAINTEST, _FAINTEST_OF_NOISE * _noise(levels) / light)
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
    if full < _CLEARLY * float(np.median(floor[solid])):
        return np.zeros_like(levels)
    # As far below the threshold as full ink is above it, so that an edge stays where the threshold puts it.
    faintest = np.minimum(np.maximum(floor, 2 * threshold - full), threshold)
    soft = np.clip((darkness - faintest) / (full - faintest), 0, 1)
    return np.asarray(np.where(_widened(solid, 2), soft, 0), dtype=np.float32)


def _border(array: NDArray[np.generic]) -> NDArray[Any]:
    """Return the outermost pixels."""
    return np.concatenate([array[0], array[-1], array[:, 0], array[:, -1]])


def _noise(levels: NDArray[np.float32]) -> float:
    """Return the standard deviation of the noise along the last axis.

    From pixels some way apart, as the noise of a camera's neighbours, mixed and compressed, is no longer their own.
    """
    apart = levels[..., _APART:] - levels[..., :-_APART]
    # The median deviation, times this, is the standard deviation of normal noise; of two pixels', the root of 2.
    return 1.4826 * float(np.median(np.abs(apart))) / math.sqrt(2) if apart.size else 0.0


def _is_chalk(levels: NDArray[np.float32], top: float) -> bool:
    """Tell whether what stands out from its surroundings is mostly lighter than they are.

    The surroundings are the median, which, unlike the mean, knows the edges of tables and shadows.
    """
    coarse = _shrunk(levels, _COARSE_CELLS)
    median = Image.fromarray((coarse * (255 / top)).astype(np.uint8)).filter(ImageFilter.MedianFilter(_COARSE_WINDOW))
    surroundings = np.maximum(np.asarray(median, dtype=np.float32) * (top / 255), 0.02 * top)
    off = np.log(np.maximum(coarse, 0.02 * top) / surroundings)
    margin = _COARSE_WINDOW // 2  # the median is not to be trusted where the table meets the border
    cubes = np.power(off[margin:-margin, margin:-margin], 3)  # in which the few far outweigh the many small
    return bool(np.median(levels) < _BOARD * top and cubes.sum() > 0.5 * np.abs(cubes).sum() > 0)


def _light(levels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the level that paper has, or would have, at each pixel."""
    cells = _shrunk(levels, _CELLS)
    light = _closed(cells, max(1, round(_REACH * max(cells.shape))))
    height, width = levels.shape
    return np.asarray(Image.fromarray(light).resize((width, height), Image.Resampling.BILINEAR))


def _shrunk(levels: NDArray[np.float32], cells: int) -> NDArray[np.float32]:
    """Return the means of cells, of which about so many lie along the picture's longer side."""
    return np.asarray(Image.fromarray(levels).reduce(max(1, round(max(levels.shape) / cells))))


def _closed(levels: NDArray[np.float32], reach: int, axes: tuple[int, ...] = (0, 1)) -> NDArray[np.float32]:
    """Return levels with all that is dark and narrower than twice the reach filled (a grey closing).

    Beside the picture is darkness, so that what is dark along its border, a shadow or a table, is not filled.
    """
    padded = np.pad(levels, reach)
    return _extreme(_extreme(padded, reach, np.maximum, axes), reach, np.minimum, axes)[reach:-reach, reach:-reach]


def _extreme(levels: NDArray[Level], reach: int, of_two: np.ufunc, axes: tuple[int, ...] = (0, 1)) -> NDArray[Level]:
    """Return the largest or the smallest level in the square that reaches so far around each pixel."""
    for axis in axes:
        lines = np.moveaxis(levels, axis, 0)
        reached = 0
        while reached < reach:  # the window grows at each step
            step = min(max(1, reached), reach - reached)
            padded = np.pad(lines, [(step, step), (0, 0)], mode="edge")
            lines = of_two(of_two(padded[: -2 * step], padded[2 * step :]), lines)
            reached += step
        levels = np.moveaxis(lines, 0, axis)
    return levels


def _without_edges(inked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the mask without the parts that come in along much of a side."""
    parts = find_components(inked)
    labels = parts.labels
    gone = np.zeros(len(parts.sizes), dtype=np.bool_)
    for side in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        gone |= np.bincount(side, minlength=len(gone)) > _ALONG_A_SIDE * len(side)
    gone[0] = True
    return ~gone[labels]


@dataclass(frozen=True, eq=False)
class _RuledLines:
    """Where ruled lines are that run nearly along the rows.

    Attributes
    ----------
    rows
        (H, W): what lies on them.
    thin
        (H, W): that part of it which is no stroke across them.
    """

    rows: NDArray[np.bool_]
    thin: NDArray[np.bool_]


def _ruled_lines(levels: NDArray[np.float32], inked: NDArray[np.bool_], light: NDArray[np.float32]) -> _RuledLines:
    """Return the thin dark lines, and straight thin edges, that run across most of the picture.

    What is thin is not inked, or else darker than what is closely above and below. All lines have nearly the same
    slope, which is the one at which the rows, followed along it, are fullest.
    """
    height, width = levels.shape
    thickest = max(3, round(_LINE_THICKNESS * max(levels.shape)))
    thin = _closed(levels, math.ceil(thickest / 2), axes=(0,)) - levels > _FAINTEST / 2 * light
    lengths = _run_lengths_down(inked)
    thin |= inked & (lengths <= thickest)
    middle = np.arange(width) - width / 2
    y, x = np.nonzero(thin)
    drift = math.ceil(_STEEPEST * width / 2) + 1
    # At half the picture's width a step of the slope moves a line by a pixel.
    slopes = np.arange(-_STEEPEST, _STEEPEST, 2 / width)
    fullness = [
        np.bincount(np.rint(y - slope * middle[x]).astype(np.intp) + drift, minlength=height + 2 * drift)
        for slope in slopes
    ]
    best = int(np.argmax([np.square(full, dtype=np.float64).sum() for full in fullness]))
    # A line may be thicker than one pixel, and bend by one: in each column it is looked for in three rows, but counts
    # once, lest a straight stroke of a few pixels' thickness be three times as long.
    y, x = np.nonzero(_extreme(thin, 1, np.maximum, axes=(0,)))
    length = np.bincount(np.rint(y - slopes[best] * middle[x]).astype(np.intp) + drift, minlength=height + 2 * drift)
    is_line = np.convolve(length > _LINE_LENGTH * width, np.ones(3), "same") > 0
    rows = is_line[np.rint(np.arange(height)[:, None] - slopes[best] * middle).astype(np.intp) + drift]
    return _RuledLines(rows, rows & thin)


def _run_lengths_down(inked: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return for each inked pixel how many follow each other in its column, itself included; 0 for the others."""
    _, begins, ends = find_pixel_runs(inked.T)
    lengths = np.zeros(inked.T.shape, dtype=np.intp)
    lengths[inked.T] = np.repeat(ends - begins, ends - begins)
    return lengths.T


def _otsu(darkness: NDArray[np.floating]) -> float:
    """Return the darkness that parts these pixels best into darker and lighter ones (Otsu, 1979)."""
    count, edges = np.histogram(darkness, bins=128)
    middle = (edges[1:] + edges[:-1]) / 2
    below, total = np.cumsum(count), np.cumsum(count * middle)
    above = below[-1] - below
    with np.errstate(all="ignore"):
        between = below * above * np.square(total / below - (total[-1] - total) / above)
    return float(edges[1:][np.nan_to_num(between).argmax()])


def _without_specks(solid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the mask with only those parts that may belong to digits.

    What touches the border may if it is no line, and there is nothing else.
    """
    parts = find_components(solid)
    extents, side = parts.extents.copy(), max(solid.shape)
    thickness = parts.sizes / np.maximum(extents, 1)
    touching = np.unique(_border(parts.labels))
    inside = np.delete(extents, touching)
    if inside.size and inside.max() > _WELL_INSIDE * side:
        extents[touching] = 0
    extents[touching[thickness[touching] < 2 * _LINE_THICKNESS * side]] = 0  # the corner of a ruled line
    if extents.max() < _SMALLEST * side:
        return np.zeros_like(solid)
    pen = thickness[extents.argmax()]
    return np.asarray(((extents >= _SPECK * extents.max()) & (thickness > _THREAD * pen))[parts.labels])


def _widened(mask: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    return _extreme(mask, reach, np.maximum)
