"""Strokes -> antialiased ink: how much of each pixel a round pen of some width covers.

Points are x (column) and y (row), in that order; arrays have rows and columns.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from mnist_gui.digits.drawing import segments

# How many pieces of strokes are cut at a time, and how many distances computed at a time: few enough for the
# processor's cache, and for the C library not to ask the system for fresh memory, which costs more than the
# sums.
_PIECES = 4_096
_DISTANCES = 4_000


def render_strokes(strokes: Sequence[NDArray[np.float64]], width: float, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return strokes drawn with a round, antialiased pen.

    A pixel's coverage falls from 1 to 0 across the stroke's edge, and depends on nothing but the distance of
    its centre from the nearest stroke: ``clip(width / 2 + 0.5 - distance, 0, min(width, 1))``.

    Parameters
    ----------
    strokes
        Each (n, 2) of x and y in pixels, whole numbers being pixel centres: (0, 0) is the first pixel's.
    width
        Of the pen, in pixels, more than 0.
    shape
        Rows and columns of the result; ink outside of it is cut.

    Returns
    -------
    NDArray[np.float32]
        Coverage in [0, 1], of the shape asked for.
    """
    if not strokes:
        return np.zeros(shape, dtype=np.float32)
    return coverage(*segments(strokes), width, shape)


def coverage(
    starts: NDArray[np.float64], ends: NDArray[np.float64], width: float, shape: tuple[int, int]
) -> NDArray[np.float32]:
    """Return what `render_strokes` does, of segments, each (n, 2).

    Segments are cut into pieces of at most a pixel; each is measured on a window around it that holds all
    that it can ink. The distance is that from the whole segment, so that where it was cut cannot show.
    """
    along = ends - starts
    length = np.hypot(along[:, 0], along[:, 1])
    length[length < 1e-9] = 0  # a dot: its direction would be rounding
    unit = np.divide(along, length[:, None], out=np.zeros_like(along), where=length[:, None] > 0)
    unit[length == 0] = 1, 0
    # Half of the piece, of the pen, of the soft edge and of the pixel in which the window is centred.
    reach = math.ceil(width / 2 + 1.5)
    margin = 2 * reach
    squares = np.full((shape[0] + 2 * margin, shape[1] + 2 * margin), np.inf)
    useful = np.ones(squares.size, dtype=np.bool_)
    step = max(1, _DISTANCES // (2 * reach + 1) ** 2)
    for which, middle in _pieces(starts, along, length, shape, reach):
        kept = useful[(middle + margin).astype(np.intp) @ (1, squares.shape[1])]
        which, middle = which[kept], middle[kept]
        for begin in range(0, len(which), step):
            some, pixel = which[begin : begin + step], middle[begin : begin + step]
            _measure(squares, pixel + margin, pixel - starts[some], unit[some], length[some], reach)
        if len(which) and len(length) > _PIECES:
            # Pixels in full ink cannot get more, so that ever fewer pieces of a scribble matter.
            useful = _near(squares > ((width - 1) / 2) ** 2, reach).reshape(-1)
    distance = np.sqrt(squares[margin : margin + shape[0], margin : margin + shape[1]])
    return np.asarray(np.clip(width / 2 + 0.5 - distance, 0, min(width, 1)), dtype=np.float32)


def _measure(
    squares: NDArray[np.float64],
    middle: NDArray[np.float64],
    offset: NDArray[np.float64],
    unit: NDArray[np.float64],
    length: NDArray[np.float64],
    reach: int,
) -> None:
    """Lower `squares` to the squared distances of the pixels around each piece from its segment.

    Each row is a piece: the pixel `middle` of its window, that pixel seen from the segment's start, and the
    segment's direction and length.
    """
    grid = np.arange(-reach, reach + 1)
    stride = squares.shape[1]
    # The pieces come last, so that the processor works along the longest axis.
    x, y = offset.T[:, None, :] + grid[:, None]
    ux, uy = unit.T
    lengthwise = (x * ux) + (y * uy)[:, None]
    across = (y * ux)[:, None] - (x * uy)
    beyond = lengthwise - np.minimum(np.maximum(lengthwise, 0), length)
    pixels = (grid[:, None] * stride + grid)[:, :, None] + middle.astype(np.intp) @ (1, stride)
    np.minimum.at(squares.reshape(-1), pixels.reshape(-1), (across**2 + beyond**2).reshape(-1))


def _pieces(
    starts: NDArray[np.float64],
    along: NDArray[np.float64],
    length: NDArray[np.float64],
    shape: tuple[int, int],
    reach: int,
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float64]]]:
    """Cut segments into pieces of at most a pixel; yield, in batches, whose each is and its middle pixel.

    What lies farther than `reach` outside of the raster is left out.
    """
    low, high = -reach, np.array([shape[1], shape[0]]) - 1 + reach
    with np.errstate(all="ignore"):  # along an axis this divides by 0, and the infinities say the right thing
        one, other = (low - starts) / along, (high - starts) / along
    enter = np.maximum(np.minimum(one, other).max(axis=1), 0)
    leave = np.minimum(np.maximum(one, other).min(axis=1), 1)
    counts = np.where(enter <= leave, np.maximum(np.ceil((leave - enter) * length), 1), 0).astype(np.intp)
    ends = np.cumsum(counts)
    for begin in range(0, int(ends[-1]), _PIECES):
        piece = np.arange(begin, min(begin + _PIECES, int(ends[-1])))
        which = np.searchsorted(ends, piece, side="right")
        place = enter[which] + (leave - enter)[which] * ((piece - ends[which] + 0.5) / counts[which] + 1)
        middle = np.rint(starts[which] + along[which] * place[:, None])
        yield which, np.clip(middle, low, high)


def _near(mask: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """Return which pixels have a True in the window of `reach` pixels around them; False beside the mask."""
    for axis in (0, 1):
        sides = [(reach, reach) if axis == side else (0, 0) for side in (0, 1)]
        mask = np.logical_or.reduce(sliding_window_view(np.pad(mask, sides), 2 * reach + 1, axis=axis), axis=-1)
    return mask
