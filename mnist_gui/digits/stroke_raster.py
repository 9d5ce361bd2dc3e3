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
# processor's cache, and for the C library not to ask the system for fresh memory, which costs more than the sums.
_PIECES = 4_096
_DISTANCES = 8_000


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
    return Pieces(*segments(strokes), width, shape).coverage().astype(np.float32)


class Pieces:
    """Segments, cut into pieces of at most a pixel, to be drawn at one place or at several close to each other.

    Each piece is measured on a window around it that holds all that it can ink. The distance is that from the whole
    segment, so that where it was cut cannot show.

    Parameters
    ----------
    starts, ends
        Of the segments, each (n, 2) of x and y in pixels, n at least 1.
    width
        Of the pen, in pixels, more than 0.
    shape
        Rows and columns of the raster.
    farthest
        How far, in pixels, the segments may be moved; what lies outside of the raster by more is left out.
    """

    def __init__(
        self,
        starts: NDArray[np.float64],
        ends: NDArray[np.float64],
        width: float,
        shape: tuple[int, int],
        *,
        farthest: float = 0.0,
    ) -> None:
        self._width = width
        self._shape = shape
        # Half of the piece, of the pen, of the soft edge and of the pixel in which the window is centred.
        self._reach = math.ceil(width / 2 + 1.5)
        self._starts = starts
        self._along = ends - starts
        self._length = np.hypot(*self._along.T)
        self._length[self._length < 1e-9] = 0  # a dot: its direction would be rounding
        dot = self._length == 0
        self._unit = self._along / np.where(dot, 1, self._length)[:, None]
        self._unit[dot] = 1, 0
        self._low, self._high = -self._reach, np.array([shape[1], shape[0]]) - 1 + self._reach
        low, high = self._low - farthest, self._high + farthest
        with np.errstate(all="ignore"):  # along an axis this divides by 0, and the infinities say the right thing
            one, other = (low - starts) / self._along, (high - starts) / self._along
        enter = np.maximum(np.minimum(one, other).max(axis=1), 0)
        inside = np.minimum(np.maximum(one, other).min(axis=1), 1) - enter
        counts = np.where(inside >= 0, np.maximum(np.ceil(inside * self._length), 1), 0).astype(np.intp)
        self._enter, self._inside, self._counts, self._last = enter, inside, counts, np.cumsum(counts)
        self._are_few = self._last[-1] <= _PIECES
        self._few = list(self._cut()) if self._are_few else []

    def coverage(self, shift: tuple[float, float] | NDArray[np.float64] = (0.0, 0.0)) -> NDArray[np.float64]:
        """Return what `render_strokes` does, of the segments moved by so many pixels right and down."""
        reach, margin = self._reach, 2 * self._reach
        stride = self._shape[1] + 2 * margin
        squares = np.full((self._shape[0] + 2 * margin, stride), np.inf)
        step = max(1, _DISTANCES // (2 * reach + 1) ** 2)
        useful: NDArray[np.bool_] | None = None
        for which, place, start in self._few if self._are_few else self._cut():
            middle = np.minimum(np.maximum(np.rint(place + shift), self._low), self._high)
            start = start + shift
            if useful is not None:
                kept = useful[(middle + margin).astype(np.intp) @ (1, stride)]
                which, middle, start = which[kept], middle[kept], start[kept]
            offset, unit, length = middle - start, self._unit[which], self._length[which]
            for begin in range(0, len(which), step):
                some = slice(begin, begin + step)
                _measure(squares, middle[some] + margin, offset[some], unit[some], length[some], reach)
            if not self._are_few:
                # Pixels in full ink cannot get more, so that ever fewer pieces of a scribble matter.
                useful = _near(squares > ((self._width - 1) / 2) ** 2, reach).reshape(-1)
        rows, columns = (slice(margin, margin + side) for side in self._shape)
        ink = self._width / 2 + 0.5 - np.sqrt(squares[rows, columns])
        np.maximum(ink, 0, out=ink)
        return np.asarray(np.minimum(ink, min(self._width, 1), out=ink))

    def _cut(self) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]]:
        """Yield pieces in batches: whose each is, where its middle is, where its segment starts."""
        for begin in range(0, int(self._last[-1]), _PIECES):
            piece = np.arange(begin, min(begin + _PIECES, int(self._last[-1])))
            which = np.searchsorted(self._last, piece, side="right")
            part = (piece - self._last[which] + 0.5) / self._counts[which] + 1
            along = self._enter[which] + self._inside[which] * part
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

    Each row is a piece: the pixel `middle` of its window, that pixel seen from the segment's start, and the
    segment's direction and length.
    """
    grid = np.arange(-reach, reach + 1)
    stride = squares.shape[1]
    # The pieces come last, so that the processor works along the longest axis.
    x, y = offset.T[:, None, :] + grid[:, None]
    ux, uy = unit.T
    beyond = (x * ux) + (y * uy)[:, None]  # lengthwise, at first
    across = (y * ux)[:, None] - (x * uy)
    beyond -= np.minimum(np.maximum(beyond, 0), length)
    across *= across
    beyond *= beyond
    across += beyond
    pixels = (grid[:, None] * stride + grid)[:, :, None] + middle.astype(np.intp) @ (1, stride)
    np.minimum.at(squares.reshape(-1), pixels.reshape(-1), across.reshape(-1))


def _near(mask: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """Return which pixels have a True in the window of `reach` pixels around them; False beside the mask."""
    for axis in (0, 1):
        sides = [(reach, reach) if axis == side else (0, 0) for side in (0, 1)]
        mask = np.logical_or.reduce(sliding_window_view(np.pad(mask, sides), 2 * reach + 1, axis=axis), axis=-1)
    return mask
