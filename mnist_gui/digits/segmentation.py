"""Segmentation of several digits beside each other, from left to right.

Digits are separated by straight cuts, vertical or slanted. A cut must meet no ink, lie in a gap that is wide relative
to the height of the digits, and have on either side something as tall as a digit. Strokes are never cut.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.connected_components import find_pixel_runs
from mnist_gui.digits.content import Content
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.picture import Picture

# Columns to the left for each row down along a cut.
_SLANTS = np.array([0.0, -0.4, -0.2, 0.2, 0.4, 0.6])
# Minimum gap, relative to the height of the taller side; minimum height of the other side, relative to it; minimum
# share of the other side's height that overlaps it vertically. Of 7,494 pen digits, a quarter of them of several
# strokes, 11 are split: each a 4 whose two strokes are far apart.
_MIN_GAP = 0.10
_MIN_HEIGHT = 0.45
_MIN_OVERLAP = 0.5
# Minimum ink, relative to the strongest, that connects pixels: the soft edges of neighbours may touch.
_MIN_CONNECTING_INK = 0.25
# Limits above which the content is no number and is not segmented.
_MAX_DIGITS = 12
_MAX_PIECES = 20_000


@dataclass(frozen=True, eq=False)
class _Pieces:
    """The n pieces that no cut crosses: strokes, or horizontal runs of inked pixels.

    Attributes
    ----------
    low, high
        (slants, n): leftmost and rightmost position of each piece, projected along each slant.
    top, bottom
        (n,): topmost and bottommost row of each piece.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    top: NDArray[np.float64]
    bottom: NDArray[np.float64]


@dataclass(frozen=True)
class _Cut:
    """The line on which x + `slant` * y is `position`."""

    slant: float
    position: float


@dataclass(frozen=True, eq=False)
class _Group:
    """Indices of the pieces of one digit, and the cuts on its left and on its right."""

    indices: NDArray[np.intp]
    right_of: tuple[_Cut, ...] = ()
    left_of: tuple[_Cut, ...] = ()


def segment_digits(content: Content) -> tuple[Content, ...]:
    """Return the digits of a content, from left to right.

    Parameters
    ----------
    content
        Drawing or picture. Each digit of a drawing gets whole strokes, in their order; each digit of a picture gets a
        copy of the same size without the ink of the others.

    Returns
    -------
    tuple of Drawing or Picture
        The content itself if it is one digit, blank, or a frame already; otherwise two or more digits without label.
    """
    if content.is_blank or (isinstance(content, Picture) and content.framed):
        return (content,)
    pieces = _pieces_of_strokes(content) if isinstance(content, Drawing) else _pieces_of_ink(content.ink)
    groups = _groups(pieces)
    if len(groups) == 1:
        return (content,)
    if isinstance(content, Drawing):
        return tuple(Drawing(tuple(content.strokes[index] for index in sorted(group.indices))) for group in groups)
    return tuple(Picture(np.where(_area(group, content.ink.shape), content.ink, 0)) for group in groups)


def _pieces_of_strokes(drawing: Drawing) -> _Pieces:
    x, y = np.concatenate(drawing.strokes).T
    begins = np.cumsum([0, *map(len, drawing.strokes[:-1])])
    seen = x + _SLANTS[:, None] * y
    return _Pieces(
        np.minimum.reduceat(seen, begins, axis=1),
        np.maximum.reduceat(seen, begins, axis=1),
        np.minimum.reduceat(y, begins),
        np.maximum.reduceat(y, begins),
    )


def _pieces_of_ink(ink: NDArray[np.float32]) -> _Pieces:
    """Return the horizontal runs of inked pixels; a pixel extends from its index to the next."""
    rows, begins, ends = (
        values.astype(np.float64) for values in find_pixel_runs(ink > _MIN_CONNECTING_INK * ink.max())
    )
    slanted = _SLANTS[:, None] * rows
    return _Pieces(begins + slanted, ends + slanted, rows, rows + 1)


def _groups(pieces: _Pieces) -> list[_Group]:
    """Return the groups of pieces from left to right; one group if there are too many pieces or digits."""
    groups = [_Group(np.arange(len(pieces.top)))]
    if len(pieces.top) > _MAX_PIECES:
        return groups
    index = 0
    while index < len(groups) <= _MAX_DIGITS:
        halves = _divided(pieces, groups[index])
        if halves is None:
            index += 1
        else:
            groups[index : index + 1] = halves
    return groups if len(groups) <= _MAX_DIGITS else [_Group(np.arange(len(pieces.top)))]


def _divided(pieces: _Pieces, group: _Group) -> tuple[_Group, _Group] | None:
    """Return the two sides of the cut with the widest gap between digits, or None if there is no such cut."""
    best, halves = 0.0, None
    for slant, low, high in zip(_SLANTS, pieces.low[:, group.indices], pieces.high[:, group.indices], strict=True):
        order = np.argsort(low)
        reached = np.maximum.accumulate(high[order])[:-1]
        gaps = low[order[1:]] - reached
        if not (gaps > best).any():
            continue
        indices = group.indices[order]
        gaps[~_between_digits(gaps, pieces.top[indices], pieces.bottom[indices])] = 0
        widest = int(gaps.argmax())
        if gaps[widest] > best:
            best = float(gaps[widest])
            cut = _Cut(float(slant), float(reached[widest]) + best / 2)
            halves = (
                _Group(indices[: widest + 1], group.right_of, (*group.left_of, cut)),
                _Group(indices[widest + 1 :], (*group.right_of, cut), group.left_of),
            )
    return halves


def _between_digits(
    gaps: NDArray[np.float64], top: NDArray[np.float64], bottom: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return for each gap, (n - 1,), between n pieces whether both its sides can be digits."""
    left_top, right_top = np.minimum.accumulate(top)[:-1], np.minimum.accumulate(top[::-1])[-2::-1]
    left_bottom, right_bottom = np.maximum.accumulate(bottom)[:-1], np.maximum.accumulate(bottom[::-1])[-2::-1]
    heights = left_bottom - left_top, right_bottom - right_top
    taller, smaller = np.maximum(*heights), np.minimum(*heights)
    overlap = np.minimum(left_bottom, right_bottom) - np.maximum(left_top, right_top)
    tall = (smaller > 0) & (smaller >= _MIN_HEIGHT * taller) & (overlap >= _MIN_OVERLAP * smaller)
    return np.asarray(tall & (gaps >= _MIN_GAP * taller))


def _area(group: _Group, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return the mask of the pixels between the cuts of a group, including soft edges."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    area = np.ones(shape, dtype=np.bool_)
    for cut in group.right_of:
        area &= x + 0.5 + cut.slant * y > cut.position
    for cut in group.left_of:
        area &= x + 0.5 + cut.slant * y <= cut.position
    return area
