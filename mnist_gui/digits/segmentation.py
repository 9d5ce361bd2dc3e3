"""Several digits beside each other -> one content for each, left to right.

Two digits are told from the parts of one by a straight cut between them, upright or along a slant: it must meet
no ink, have a gap around it that is wide for the height of the digits, and on either side something as tall as a
digit would be. A stroke is never cut.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.connected_components import find_pixel_runs
from mnist_gui.digits.content import Content
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.picture import Picture

# Columns that a cut goes to the left for each row that it goes down.
_SLANTS = np.array([0.0, -0.4, -0.2, 0.2, 0.4, 0.6])
# The gap that tells digits apart, in parts of the taller side's height; how much of that height the other side must
# have; and how much of its own height must lie beside the taller one. Of 7,494 pen digits, a quarter of them of
# several strokes, these take 11 for two: each a 4 whose two strokes are far apart.
_GAP = 0.10
_HEIGHT = 0.45
_BESIDE = 0.5
# In a picture, ink weaker than this part of the strongest joins nothing: the soft edges of neighbours may meet.
_FAINTEST_JOINING = 0.25
# What has more digits, strokes or runs of pixels than this is no number, and is not worth the time.
_MOST_DIGITS = 12
_MOST_PIECES = 20_000


@dataclass(frozen=True, eq=False)
class _Pieces:
    """What no cut goes through, n of them: strokes, or runs of inked pixels.

    Attributes
    ----------
    low, high
        (slants, n): how far left and right each reaches, seen along each slant.
    top, bottom
        (n,): of each.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    top: NDArray[np.float64]
    bottom: NDArray[np.float64]


@dataclass(frozen=True)
class _Cut:
    """Between what lies left of it and right of it: where x plus `slant` times y is `place`."""

    slant: float
    place: float


@dataclass(frozen=True, eq=False)
class _Group:
    """The pieces of one digit, and the cuts that it lies right of and left of."""

    which: NDArray[np.intp]
    right_of: tuple[_Cut, ...] = ()
    left_of: tuple[_Cut, ...] = ()


def segment_digits(content: Content) -> tuple[Content, ...]:
    """Return the digits found, left to right, each a content of its own; one digit gives the content itself.

    Parameters
    ----------
    content
        A drawing, of which each segment gets some strokes, whole and in their order; or a picture, of which each
        gets a copy, as large, without ink where the others are. What already is a frame, or is blank, is one.

    Returns
    -------
    tuple of Drawing or Picture
        One or more; "looks like several digits" is to have more than one. Several have no label: what was said of
        them together holds for none.
    """
    if content.is_blank or (isinstance(content, Picture) and content.framed):
        return (content,)
    pieces = _pieces_of_strokes(content) if isinstance(content, Drawing) else _pieces_of_ink(content.ink)
    groups = _groups(pieces)
    if len(groups) == 1:
        return (content,)
    if isinstance(content, Drawing):
        return tuple(Drawing(tuple(content.strokes[index] for index in sorted(group.which))) for group in groups)
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
    """Return the runs of inked pixels of each row; a pixel begins at its index, and ends at the next."""
    rows, begins, ends = (place.astype(np.float64) for place in find_pixel_runs(ink > _FAINTEST_JOINING * ink.max()))
    slanted = _SLANTS[:, None] * rows
    return _Pieces(begins + slanted, ends + slanted, rows, rows + 1)


def _groups(pieces: _Pieces) -> list[_Group]:
    """Return the groups that the pieces fall into, from left to right; just one where they are no number."""
    groups = [_Group(np.arange(len(pieces.top)))]
    if len(pieces.top) > _MOST_PIECES:
        return groups
    place = 0
    while place < len(groups) <= _MOST_DIGITS:
        parts = _divided(pieces, groups[place])
        if parts is None:
            place += 1
        else:
            groups[place : place + 1] = parts
    return groups if len(groups) <= _MOST_DIGITS else [_Group(np.arange(len(pieces.top)))]


def _divided(pieces: _Pieces, group: _Group) -> tuple[_Group, _Group] | None:
    """Return what lies left and right of the cut with the widest gap between two digits; None without one."""
    best, parts = 0.0, None
    for slant, low, high in zip(_SLANTS, pieces.low[:, group.which], pieces.high[:, group.which], strict=True):
        order = np.argsort(low)
        reached = np.maximum.accumulate(high[order])[:-1]
        gaps = low[order[1:]] - reached
        if not (gaps > best).any():
            continue
        which = group.which[order]
        gaps[~_between_digits(gaps, pieces.top[which], pieces.bottom[which])] = 0
        place = int(gaps.argmax())
        if gaps[place] > best:
            best = float(gaps[place])
            cut = _Cut(float(slant), float(reached[place]) + best / 2)
            parts = (
                _Group(which[: place + 1], group.right_of, (*group.left_of, cut)),
                _Group(which[place + 1 :], (*group.right_of, cut), group.left_of),
            )
    return parts


def _between_digits(
    gaps: NDArray[np.float64], top: NDArray[np.float64], bottom: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Tell of each gap, (n - 1,), between n pieces whether all that is left and all that is right may be digits."""
    left_top, right_top = np.minimum.accumulate(top)[:-1], np.minimum.accumulate(top[::-1])[-2::-1]
    left_bottom, right_bottom = np.maximum.accumulate(bottom)[:-1], np.maximum.accumulate(bottom[::-1])[-2::-1]
    heights = left_bottom - left_top, right_bottom - right_top
    taller, smaller = np.maximum(*heights), np.minimum(*heights)
    beside = np.minimum(left_bottom, right_bottom) - np.maximum(left_top, right_top)
    tall = (smaller > 0) & (smaller >= _HEIGHT * taller) & (beside >= _BESIDE * smaller)
    return np.asarray(tall & (gaps >= _GAP * taller))


def _area(group: _Group, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return which pixels lie between a group's cuts, soft edges and all."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    area = np.ones(shape, dtype=np.bool_)
    for cut in group.right_of:
        area &= x + 0.5 + cut.slant * y > cut.place
    for cut in group.left_of:
        area &= x + 0.5 + cut.slant * y <= cut.place
    return area
