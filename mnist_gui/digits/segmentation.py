"""Segmentation of several digits: of a page into lines, from top to bottom, and of a line into digits, left to right.

Strokes, or connected components of ink, belong to the same line if they lie beside each other. Digits of a line are
separated by straight cuts, vertical or slanted. A cut must meet no ink, lie in a gap that is wide relative to the
height of the digits, and have on either side something as tall as a digit. Strokes are never cut.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from mnist_gui.digits.connected_components import find_components, find_pixel_runs
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
# Minimum height of what makes a line, relative to the median extent; what is lower belongs to the nearest digit
# within the maximum distance. Minimum vertical overlap of neighbours in a line, relative to the smaller one, and their
# maximum gap, relative to the median extent. Minimum overlap of lines that are one, between median tops and bottoms.
_MIN_LINE_HEIGHT = 0.45
_MAX_SPECK_DISTANCE = 0.6
_MIN_LINE_OVERLAP = 0.45
_MAX_LINE_GAP = 12.0
_MIN_SAME_LINE = 0.6
# A component around the middles of this many others, and several times as large as the median, is the grid of a table.
_MIN_CELLS = 2
_MIN_TABLE = 2.5
# What is this much higher than the median extent, and lies beside digits of which one is above the other, is a sketch,
# a brace or a rule: it would make one line of theirs.
_MIN_SKETCH = 1.6
# What is this much longer than the median digit, but too low for one, is a rule: it belongs to no digit. The bar of a 5
# or a 7 is shorter.
_MIN_RULE = 1.6
# Beside a single digit: what is smaller than this, relative to its extent, and at least so far away is a speck. Above
# or below it, the dot of an i or a semicolon lies as far, and a speck must lie farther. What is this low, relative to
# its width, is a rule; at any distance if it is so much longer than the digit, unlike the hat of a 5.
_MAX_SPECK = 0.45
_MIN_SPECK_DISTANCE = 0.6
_MIN_DOT_DISTANCE = 2.5
_MAX_RULE_HEIGHT = 0.15
_MIN_UNDERLINE = 1.2
# Limits above which the content is no number and is not segmented.
_MAX_DIGITS = 40
_MAX_LINES = 40
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
    return tuple(
        replace(content, ink=np.where(_area(group, content.ink.shape), content.ink, np.float32(0)), label=None)
        for group in groups
    )


def segment_page(content: Content) -> tuple[tuple[Content, ...], ...]:
    """Return the digits of a content, line by line, each line from left to right.

    Parameters
    ----------
    content
        Drawing or picture, as in `segment_digits`. The grid of a table is no ink of any digit.

    Returns
    -------
    tuple of tuple of Drawing or Picture
        One line with the content itself if it is one digit, blank, or a frame already.
    """
    if content.is_blank or (isinstance(content, Picture) and content.framed):
        return ((content,),)
    if isinstance(content, Drawing):
        boxes = np.array([[*stroke.min(axis=0), *stroke.max(axis=0)] for stroke in content.strokes])
        lines = _lines(boxes)
        if len(lines) == 1 and len(lines[0]) == len(boxes):
            return (segment_digits(content),)
        return tuple(segment_digits(Drawing(tuple(content.strokes[index] for index in line))) for line in lines)
    components = find_components(content.ink > _MIN_CONNECTING_INK * content.ink.max())
    boxes = _boxes(components.labels)
    lines = _lines(boxes) if len(boxes) <= _MAX_PIECES // 10 else []
    if not lines or len(lines) > _MAX_LINES or (len(lines) == 1 and len(lines[0]) == len(boxes)):
        return (segment_digits(content),)
    digits = []
    for line in lines:
        is_in_line = np.zeros(len(boxes), dtype=np.bool_)
        is_in_line[line] = True
        ink = _ink_of(is_in_line, components.labels, content.ink)
        digits.append(segment_digits(replace(content, ink=ink, label=None)))
    return tuple(digits)


def main_mark(picture: Picture) -> Picture | None:
    """Return a picture without specks and rules; None if there are none, or other marks beside the largest one."""
    if picture.is_blank or picture.framed:
        return None
    components = find_components(picture.ink > _MIN_CONNECTING_INK * picture.ink.max())
    boxes = _boxes(components.labels)
    if not 1 < len(boxes) <= _MAX_PIECES // 10:
        return None
    widths, heights = (boxes[:, 2:] - boxes[:, :2]).T
    is_rule = heights <= _MAX_RULE_HEIGHT * widths
    extents = np.where(is_rule, 0, np.maximum(widths, heights))
    largest = int(extents.argmax())
    gaps = np.maximum(0, np.maximum(boxes[:, :2] - boxes[largest, 2:], boxes[largest, :2] - boxes[:, 2:]))
    is_dot = gaps[:, 0] <= _MIN_SPECK_DISTANCE * extents[largest]
    is_far = np.hypot(*gaps.T) > np.where(is_dot, _MIN_DOT_DISTANCE, _MIN_SPECK_DISTANCE) * extents[largest]
    is_apart = is_far | (is_rule & (widths > _MIN_UNDERLINE * extents[largest]))
    if not extents[largest] or not is_apart.any() or (is_apart & (extents > _MAX_SPECK * extents[largest])).any():
        return None
    return replace(picture, ink=_ink_of(~is_apart, components.labels, picture.ink), label=None)


def _ink_of(is_chosen: NDArray[np.bool_], labels: NDArray[np.intp], ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the ink of some of the n components that the labels number from 1, with their soft edges."""
    mask = Image.fromarray(np.append(False, is_chosen)[labels]).convert("L").filter(ImageFilter.MaxFilter(5))
    return np.where(np.asarray(mask) > 0, ink, np.float32(0))


def _boxes(labels: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return left, top, right, bottom, (n, 4), of the components 1 to n."""
    rows, columns = np.nonzero(labels)
    found = labels[rows, columns] - 1
    boxes = np.empty((labels.max(), 4))
    for column, values, extreme, start in (
        (0, columns, np.minimum, np.inf),
        (1, rows, np.minimum, np.inf),
        (2, columns + 1, np.maximum, -np.inf),
        (3, rows + 1, np.maximum, -np.inf),
    ):
        boxes[:, column] = start
        extreme.at(boxes[:, column], found, values)
    return boxes


def _lines(boxes: NDArray[np.float64]) -> list[NDArray[np.intp]]:
    """Return the indices of the (n, 4) boxes of each line, from top to bottom, without tables, sketches and specks."""
    sides = boxes[:, 2:] - boxes[:, :2]
    extents, middles = sides.max(axis=1), (boxes[:, 2:] + boxes[:, :2]) / 2
    large = extents >= _MIN_LINE_HEIGHT * np.median(extents[extents >= _MIN_LINE_HEIGHT * np.median(extents)])
    usual = float(np.median(extents[large]))
    inside = (boxes[:, None, :2] < middles[None, large]) & (middles[None, large] < boxes[:, None, 2:])
    is_table = (inside.all(axis=2).sum(axis=1) > _MIN_CELLS) & (extents > _MIN_TABLE * usual)
    usual = float(np.median(extents[large & ~is_table])) if (large & ~is_table).any() else usual
    is_table |= _are_sketches(boxes, large & ~is_table, usual)
    is_tall = ~is_table & (sides[:, 1] >= _MIN_LINE_HEIGHT * usual)  # unlike the bar of a 5, which belongs to the rest
    tall = np.flatnonzero(is_tall)
    if not tall.size:
        return [np.arange(len(boxes))]
    line_of = _joined(boxes[tall], _MAX_LINE_GAP * usual)
    members: dict[int, list[int]] = {}
    for index, line in zip(tall.tolist(), line_of.tolist(), strict=True):
        members.setdefault(line, []).append(index)
    members = _merged(members, boxes)
    line_of = np.array([next(line for line, indices in members.items() if index in indices) for index in tall.tolist()])
    is_rule = ~is_tall & (extents > _MIN_RULE * np.median(extents[tall]))
    for index in np.flatnonzero(~is_tall & ~is_table & ~is_rule).tolist():
        gaps = np.maximum(0, np.maximum(boxes[tall, :2] - boxes[index, 2:], boxes[index, :2] - boxes[tall, 2:]))
        nearest = int(np.hypot(*gaps.T).argmin())
        if np.hypot(*gaps[nearest]) <= _MAX_SPECK_DISTANCE * usual:
            members[int(line_of[nearest])].append(index)
    lines = [np.array(sorted(indices), dtype=np.intp) for indices in members.values()]
    return sorted(lines, key=lambda line: float(middles[line, 1].mean()))


def _are_sketches(boxes: NDArray[np.float64], large: NDArray[np.bool_], usual: float) -> NDArray[np.bool_]:
    """Return which of (n, 4) boxes, some of them large, are much higher than usual and lie beside two lines."""
    tops, bottoms = boxes[:, 1], boxes[:, 3]
    is_sketch = bottoms - tops > _MIN_SKETCH * usual
    for index in np.flatnonzero(is_sketch):
        beside = large & (bottoms - tops >= _MIN_LINE_HEIGHT * usual)
        beside &= (tops[index] <= (tops + bottoms) / 2) & ((tops + bottoms) / 2 <= bottoms[index])
        beside[index] = False
        is_sketch[index] = beside.any() and tops[beside].max() > bottoms[beside].min()
    return is_sketch


def _merged(members: dict[int, list[int]], boxes: NDArray[np.float64]) -> dict[int, list[int]]:
    """Return lines, by number, of which those at the same height are one, however far apart they are."""
    merged: dict[int, list[int]] = {}
    for number, indices in members.items():
        top, bottom = np.median(boxes[indices, 1]), np.median(boxes[indices, 3])
        for others in merged.values():
            other_top, other_bottom = np.median(boxes[others, 1]), np.median(boxes[others, 3])
            overlap = min(bottom, other_bottom) - max(top, other_top)
            if overlap >= _MIN_SAME_LINE * min(bottom - top, other_bottom - other_top):
                others.extend(indices)
                break
        else:
            merged[number] = [*indices]
    return merged


def _joined(boxes: NDArray[np.float64], gap: float) -> NDArray[np.intp]:
    """Return the number of the line of each of (n, 4) boxes: those beside each other at the same height are joined."""
    numbers = np.arange(len(boxes))
    for index in np.argsort(boxes[:, 0]).tolist():
        left, top, right, bottom = boxes[index]
        overlap = np.minimum(boxes[:, 3], bottom) - np.maximum(boxes[:, 1], top)
        smaller = np.minimum(boxes[:, 3] - boxes[:, 1], bottom - top)
        beside = (overlap >= _MIN_LINE_OVERLAP * smaller) & (boxes[:, 0] >= left) & (boxes[:, 0] - right <= gap)
        beside[index] = False
        following = np.flatnonzero(beside)
        if following.size:  # the nearest one, and all that stand above or below it
            nearest = following[boxes[following, 0].argmin()]
            close = following[boxes[following, 0] <= boxes[nearest, 2]]
            for other in close.tolist():
                numbers[numbers == numbers[other]] = numbers[index]
    return numbers


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
