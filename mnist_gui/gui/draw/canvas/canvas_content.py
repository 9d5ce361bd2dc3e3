"""Contents of the canvas: fitting, erasing, describing."""

from __future__ import annotations

import numpy as np

from mnist_gui.digits.content import Content
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.picture import Picture
from mnist_gui.wording import plural

UNITS = 1000.0  # along the canvas' side
ERASER_RADIUS = 32.0

_PIXEL_RADIUS = 0.71  # from the center of a pixel to its corners
_FITTED_EXTENT = 700.0  # longest side of a drawing that was resized
_MIN_EXTENT = 350.0  # a smaller imported drawing, such as one from a tablet, would be a blob with this pen
_DOT_EXTENT = 1e-4  # a smaller one is a dot for framing, too; enlarged it would become a digit


def fitted(drawing: Drawing, *, enlarge: bool) -> Drawing:
    """Return a drawing that exceeds the canvas, or is small and may be enlarged, scaled and centered."""
    if drawing.is_blank:
        return drawing
    left, top, right, bottom = drawing.bounds()
    extent = max(right - left, bottom - top)
    if min(left, top) >= 0 and max(right, bottom) <= UNITS and (extent >= _MIN_EXTENT or not enlarge):
        return drawing
    scale = _FITTED_EXTENT / extent if extent >= _DOT_EXTENT else 1.0
    middle = np.array([(left + right) / 2, (top + bottom) / 2])
    strokes = ((stroke - middle) * scale + UNITS / 2 for stroke in drawing.strokes)
    return Drawing(tuple(strokes), drawing.label)


def part_on_paper(
    start: tuple[float, float], end: tuple[float, float]
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Return the ends of that part of a line which lies on the paper; None if no part does.

    An end on the paper is returned as it is, so that the parts of a path join.
    """
    enter, leave = 0.0, 1.0  # as fractions of the line (Liang and Barsky)
    for at, to in zip(start, end, strict=True):
        if at == to:
            if not 0 <= at <= UNITS:
                return None
            continue
        first, second = sorted(((0 - at) / (to - at), (UNITS - at) / (to - at)))
        enter, leave = max(enter, first), min(leave, second)
    if enter > leave:
        return None
    return _point_between(start, end, enter), _point_between(start, end, leave)


def _point_between(start: tuple[float, float], end: tuple[float, float], fraction: float) -> tuple[float, float]:
    if fraction in (0, 1):
        return end if fraction else start
    x, y = (min(max(at + fraction * (to - at), 0.0), UNITS) for at, to in zip(start, end, strict=True))
    return x, y


def erased(
    content: Content, start: tuple[float, float], end: tuple[float, float], radius: float, pen_width: float
) -> Content:
    """Return the content without the ink below the eraser.

    Parameters
    ----------
    content
        Returned itself if there is no ink.
    start, end
        Ends of the straight path of the eraser's center, in canvas units or in pixels of the picture.
    radius
        Of the eraser, in the same unit; of a picture at least the pixel below the center is erased.
    pen_width
        Width of the strokes in canvas units.
    """
    if isinstance(content, Drawing):
        rest: Content = content.erased(start, end, radius + pen_width / 2)
    else:
        rest = content.erased(start, end, max(radius, _PIXEL_RADIUS))
    return Drawing() if rest.is_blank else rest  # a blank drawing has no label


def description(content: Content) -> str:
    """Describe a content to screen readers."""
    if content.is_blank:
        return "blank"
    if isinstance(content, Picture):
        return "picture" if content.label is None else f"test digit {content.label}"
    return plural(len(content.strokes), "stroke")
