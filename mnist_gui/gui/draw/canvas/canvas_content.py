"""What can be on the canvas, and what becomes of it when it comes from elsewhere or under the eraser."""

from __future__ import annotations

import math

import numpy as np

from mnist_gui.digits.content import Content
from mnist_gui.digits.drawing import Drawing, strokes_touched
from mnist_gui.digits.picture import Picture

UNITS = 1000.0  # along the canvas' side
ERASER_RADIUS = 32.0

_FIT = 700.0  # the longest side of a drawing that had to be fitted
_SMALL = 350.0  # a smaller drawing from elsewhere, as those of tablets are, would be a blob under this pen
_DOT = 1e-4  # a smaller one is a dot, as framing has it, and enlarging would make it another digit


def fitted(drawing: Drawing, *, enlarge: bool) -> Drawing:
    """Return a drawing that reaches out of the canvas, or is small and to be enlarged, scaled and centred."""
    if drawing.is_blank:
        return drawing
    left, top, right, bottom = drawing.bounds()
    extent = max(right - left, bottom - top)
    if min(left, top) >= 0 and max(right, bottom) <= UNITS and (extent >= _SMALL or not enlarge):
        return drawing
    scale = _FIT / extent if extent >= _DOT else 1.0
    middle = np.array([(left + right) / 2, (top + bottom) / 2])
    strokes = ((stroke - middle) * scale + UNITS / 2 for stroke in drawing.strokes)
    return Drawing(tuple(strokes), drawing.label)


def erased(content: Content, start: tuple[float, float], end: tuple[float, float], pen_width: float) -> Content:
    """Return what an eraser leaves on its straight way: no picture, no stroke that it touched.

    Parameters
    ----------
    content
        Returned itself if nothing was touched.
    start, end
        Of the way of the eraser's centre, in canvas units.
    pen_width
        With which the strokes are shown, in canvas units.
    """
    if isinstance(content, Picture):
        return Drawing()
    steps = math.ceil(math.dist(start, end) / ERASER_RADIUS) or 1
    path = np.linspace(start, end, steps + 1)
    reach = ERASER_RADIUS + pen_width / 2
    touched = {i for x, y in path for i in strokes_touched(content, (x, y), reach)}
    if not touched:
        return content
    if len(touched) == len(content.strokes):
        return Drawing()  # what is blank means no digit any more
    return content.without_strokes(touched)


def description(content: Content) -> str:
    """Return what is on the canvas, for a screen reader."""
    if content.is_blank:
        return "blank"
    if isinstance(content, Picture):
        return "picture" if content.label is None else f"test digit {content.label}"
    count = len(content.strokes)
    return "1 stroke" if count == 1 else f"{count} strokes"
