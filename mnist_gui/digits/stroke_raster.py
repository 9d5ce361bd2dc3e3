"""Rasterizes strokes with a round, antialiased pen.

Points are x (column) and y (row), in this order; arrays have rows and columns.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from mnist_gui.digits.drawing import segments

# Pieces cut, and distances computed, at a time: few enough for the processor's cache, and for the C library not to
# request memory from the system, which takes longer than the computation.
_PIECES = 4_096
_DISTANCES = 8_000


def render_strokes(strokes: Sequence[NDArray[np.float64]], width: float, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return the coverage, in [0, 1], of each pixel by strokes drawn with a round pen.

    It depends on the distance of the pixel's centre from the nearest stroke only:
    ``clip(width / 2 + 0.5 - distance, 0, min(width, 1))``.

    Parameters
    ----------
    strokes
        Each (n, 2) of x and y in pixels; integers are centres of pixels.
    width
        Width of the pen in pixels, above 0.
    shape
        Rows and columns of the result; ink outside of it is cut off.
    """
    if not strokes:
        return np.zeros(shape, dtype=np.float32)
    return SegmentRaster(*segments(strokes), width, shape).coverage().astype(np.float32)


class SegmentRaster:
    """Rasterizes line segments, repeatedly at slightly different positions.

    Segments are cut into pieces of at most a pixel, and distances are computed in a window around each piece that
    contains all pixels it can ink. Distances are those from the whole segment, so that the cuts are invisible.

    Parameters
    ----------
    starts, ends
        Each (n, 2) of x and y in pixels, n at least 1.
    width
        Width of the pen in pixels, above 0.
    shape
        Rows and columns of the raster.
    max_shift
        Largest shift, in pixels, that `coverage` will be given.
    """

    def __init__(
        self,
        starts: NDArray[np.float64],
        ends: NDArray[np.float64],
        width: float,
        shape: tuple[int, int],
        *,
        max_shift: float = 0.0,
    ) -> None:
        self._width = width
        self._shape = shape
        # Halves of the piece, the pen, the soft edge and the pixel in which the window is centred.
        self._reach = math.ceil(width / 2 + 1.5)
        self._starts = starts
        self._along = ends - starts
        self._length = np.hypot(*self._along.T)
        self._length[self._length < 1e-9] = 0  # a dot: its direction would be rounding noise
        dot = self._length == 0
        self._unit = self._along / np.where(dot, 1, self._length)[:, None]
        self._unit[dot] = 1, 0
        self._low, self._high = -self._reach, np.array([shape[1], shape[0]]) - 1 + self._reach
        low, high = self._low - max_shift, self._high + max_shift
        with np.errstate(all="ignore"):  # division by 0 along an axis gives infinities, which are right
            first, second = (low - starts) / self._along, (high - starts) / self._along
        enter = np.maximum(np.minimum(first, second).max(axis=1), 0)
        inside = np.minimum(np.maximum(first, second).min(axis=1), 1) - enter
        counts = np.where(inside >= 0, np.maximum(np.ceil(inside * self._length), 1), 0).astype(np.intp)
        self._enter, self._inside, self._counts, self._last = enter, inside, counts, np.cumsum(counts)
        self._are_few = self._last[-1] <= _PIECES
        self._few = list(self._cut()) if self._are_few else []

    def coverage(self, shift: tuple[float, float] | NDArray[np.float64] = (0.0, 0.0)) -> NDArray[np.float64]:
        """Return the coverage, as `render_strokes` does, of the segments shifted by (x, y) pixels."""
        reach, margin = self._reach, 2 * self._reach
        stride = self._shape[1] + 2 * margin
        squares = np.full((self._shape[0] + 2 * margin, stride), np.inf)
        step = max(1, _DISTANCES // (2 * reach + 1) ** 2)
        useful: NDArray[np.bool_] | None = None
        for which, position, start in self._few if self._are_few else self._cut():
            middle = np.minimum(np.maximum(np.rint(position + shift), self._low), self._high)
            start = start + shift
            if useful is not None:
                kept = useful[(middle + margin).astype(np.intp) @ (1, stride)]
                which, middle, start = which[kept], middle[kept], start[kept]
            offset, unit, length = middle - start, self._unit[which], self._length[which]
            for begin in range(0, len(which), step):
                part = slice(begin, begin + step)
                _measure(squares, middle[part] + margin, offset[part], unit[part], length[part], reach)
            if not self._are_few:
                # Pixels with full ink cannot get more: fewer and fewer pieces of a scribble matter.
                useful = _near(squares > ((self._width - 1) / 2) ** 2, reach).reshape(-1)
        rows, columns = (slice(margin, margin + side) for side in self._shape)
        ink = self._width / 2 + 0.5 - np.sqrt(squares[rows, columns])
        np.maximum(ink, 0, out=ink)
        return np.asarray(np.minimum(ink, min(self._width, 1), out=ink))

    def _cut(self) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]]:
        """Yield batches of pieces: index of the segment, middle of the piece, start of the segment."""
        for begin in range(0, int(self._last[-1]), _PIECES):
            piece = np.arange(begin, min(begin + _PIECES, int(self._last[-1])))
            which = np.searchsorted(self._last, piece, side="right")
            fraction = (piece - self._last[which] + 0.5) / self._counts[which] + 1
            along = self._enter[which] + self._inside[which] * fraction
            start = self._starts[which]
            yield which, start + self._along[which] * along[:, None], start


def _measure(
    squares: NDArray[np.float64],
    middle: NDArray[np.float64],
    offset: NDArray[np.float64],
    unit: NDArray[np.float64],
    length: NDArray[np.float64],
    reach: int,
) -> None:
    """Lower `squares` to the squared distances of the pixels around each piece from its segment.

    Each row is a piece: the central pixel of its window, that pixel relative to the start of the segment, and the
    direction and length of the segment.
    """
    grid = np.arange(-reach, reach + 1)
    stride = squares.shape[1]
    # Pieces are the last axis, so that NumPy iterates along the longest axis.
    x, y = offset.T[:, None, :] + grid[:, None]
    ux, uy = unit.T
    beyond = (x * ux) + (y * uy)[:, None]  # along the segment, at first
    across = (y * ux)[:, None] - (x * uy)
    beyond -= np.minimum(np.maximum(beyond, 0), length)
    across *= across
    beyond *= beyond
    across += beyond
    pixels = (grid[:, None] * stride + grid)[:, :, None] + middle.astype(np.intp) @ (1, stride)
    np.minimum.at(squares.reshape(-1), pixels.reshape(-1), across.reshape(-1))


def _near(mask: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """Return the mask dilated by a square window of `reach` pixels around each pixel."""
    for axis in (0, 1):
        sides = [(reach, reach) if axis == side else (0, 0) for side in (0, 1)]
        mask = np.logical_or.reduce(sliding_window_view(np.pad(mask, sides), 2 * reach + 1, axis=axis), axis=-1)
    return mask
