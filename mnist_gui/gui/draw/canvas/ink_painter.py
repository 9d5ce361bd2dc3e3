"""How the canvas paints: strokes, pictures, and the eraser's cursor."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QCursor, QImage, QPainter, QPainterPath, QPen, QPixmap

from mnist_gui.digits.content import Content
from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.digits.picture import Picture
from mnist_gui.gui.draw.canvas.canvas_content import UNITS
from mnist_gui.gui.theme import Colors

_PIECE = 24  # points of a stroke that are painted as one path
# Of a stroke of more points than a hand makes, one is painted for each so many pixels of its length, and its edges are
# not smoothed where it is so long, in units, that it covers the paper dozens of times: Qt would take seconds over a
# hundred thousand points.
_MANY, _APART = 2_000, 2.0
_LONG = 2_000 * UNITS


@dataclass(frozen=True)
class Look:
    """What a layer is painted for.

    Attributes
    ----------
    side
        The paper's, in the widget's pixels.
    ratio
        The screen's pixels for each of them.
    colors
        The theme's, of which paper and ink count.
    pen_width
        In canvas units.
    """

    side: int
    ratio: float
    colors: Colors
    pen_width: float


class InkLayer:
    """Paper, content and the first points of the stroke under way, painted once.

    So only the end of a growing stroke is painted time and again. The stroke under way is given as
    x, y, x, y ..., in canvas units; it may be empty.
    """

    def __init__(self) -> None:
        self._pixmap = QPixmap()
        self._look: Look | None = None  # None: the next painting is of everything
        self._layered = 0  # points of the stroke under way

    def discard(self) -> None:
        """Have everything painted anew, no stroke being under way."""
        self._look, self._layered = None, 0

    def take_final(self, stroke: Sequence[float]) -> None:
        """Take over the pieces of the stroke under way that no further point changes."""
        # A piece is final when the point after it is known; what is final need not be painted again.
        while len(stroke) // 2 > self._layered + _PIECE:
            self._add(stroke, self._layered, self._layered + _PIECE)
            self._layered += _PIECE

    def take_rest(self, stroke: Sequence[float]) -> None:
        """Take over all of the stroke, which is no longer under way but part of the content."""
        self._add(stroke, self._layered, len(stroke) // 2)
        self._layered = 0

    def paint(self, painter: QPainter, corner: QPoint, look: Look, content: Content, stroke: Sequence[float]) -> None:
        """Paint the paper and all that is on it, its upper left corner there."""
        if look != self._look:
            self._make(look, content, stroke)
        painter.drawPixmap(corner, self._pixmap)
        if stroke:
            painter.save()
            painter.translate(corner)
            _paint_ink(painter, look, stroke, self._layered, len(stroke) // 2)
            painter.restore()

    def _make(self, look: Look, content: Content, stroke: Sequence[float]) -> None:
        self._look = look
        self._pixmap = QPixmap(QSize(look.side, look.side) * look.ratio)
        self._pixmap.setDevicePixelRatio(look.ratio)
        self._pixmap.fill(look.colors.paper)
        if isinstance(content, Picture):
            _paint_picture(self._pixmap, content, QColor(look.colors.ink))
        else:
            for finished in content.strokes:
                points, smooth = _paintable(finished, _APART * UNITS / look.side)
                self._add(points.ravel().tolist(), 0, len(points), smooth)
            self._add(stroke, 0, self._layered)

    def _add(self, stroke: Sequence[float], begin: int, end: int, smooth: bool = True) -> None:
        if self._look is not None:
            with QPainter(self._pixmap) as painter:
                _paint_ink(painter, self._look, stroke, begin, end, smooth)


def eraser_cursor(radius: float, ratio: float) -> QCursor:
    """Return a cursor that can be seen on paper and on ink: a dark ring between two light ones.

    Parameters
    ----------
    radius
        In the widget's pixels.
    ratio
        The screen's pixels for each of them.
    """
    side = 2 * math.ceil(radius) + 4
    pixmap = QPixmap(QSize(side, side) * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for color, width in ((Qt.GlobalColor.white, 3.5), (Qt.GlobalColor.black, 1.5)):
            painter.setPen(QPen(color, width))
            painter.drawEllipse(QPointF(side / 2, side / 2), radius, radius)
    return QCursor(pixmap)


def _paint_ink(
    painter: QPainter, look: Look, stroke: Sequence[float], begin: int, end: int, smooth: bool = True
) -> None:
    """Paint points `begin` to `end` of a stroke, the painter's origin being the paper's corner."""
    scale = look.side / UNITS
    painter.scale(scale, scale)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
    cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    painter.setPen(QPen(QColor(look.colors.ink), look.pen_width, Qt.PenStyle.SolidLine, cap, join))
    for path in _curves(stroke, begin, end):
        if path.controlPointRect().isNull():  # Qt paints no line that has no length
            painter.drawPoint(path.currentPosition())
        else:
            painter.drawPath(path)


def _curves(points: Sequence[float], begin: int, end: int) -> Iterator[QPainterPath]:
    """Yield points `begin` to `end` of a stroke as paths of at most `_PIECE` points, which join seamlessly.

    A smooth curve: through the middles between the points, bent towards the points. Many paths, since
    Qt takes far longer over one long path.
    """
    last = len(points) // 2 - 1
    for first in range(begin, end, _PIECE):
        before = max(first - 1, 0)
        path = QPainterPath(_between(points, before, first))
        for place in range(first, min(first + _PIECE, end)):
            bend, goal = _between(points, place, place), _between(points, place, min(place + 1, last))
            if place in (0, last):
                path.lineTo(goal)
            else:
                path.quadTo(bend, goal)
        yield path


def _between(points: Sequence[float], one: int, other: int) -> QPointF:
    x, y = points[2 * one] + points[2 * other], points[2 * one + 1] + points[2 * other + 1]
    return QPointF(x / 2, y / 2)


def _paintable(stroke: NDArray[np.float64], apart: float) -> tuple[NDArray[np.float64], bool]:
    """Return which (n, 2) points to paint, of very many one for each so far along the stroke; and whether smoothly."""
    if len(stroke) <= _MANY:
        return stroke, True
    along = np.append(0.0, np.hypot(*np.diff(stroke, axis=0).T).cumsum())
    kept = np.diff(np.floor(along / apart), prepend=-1) > 0
    kept[-1] = True
    return stroke[kept], bool(along[-1] < _LONG)


def _paint_picture(layer: QPixmap, picture: Picture, ink: QColor) -> None:
    """Paint a picture on the paper, as large as it goes; the pixels of an MNIST frame as squares."""
    rows, columns = picture.ink.shape
    colored = np.empty((rows, columns, 4), dtype=np.uint8)
    colored[..., :3] = ink.red(), ink.green(), ink.blue()
    colored[..., 3] = np.rint(picture.ink * 255)
    image = QImage(colored.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
    side, smoothly = layer.width(), Qt.TransformationMode.SmoothTransformation
    if picture.ink.shape == (FRAME_SIDE, FRAME_SIDE):
        # Every pixel of the frame the same whole number of the screen's.
        side, smoothly = side // FRAME_SIDE * FRAME_SIDE, Qt.TransformationMode.FastTransformation
    # Converted first: that copies the array's memory, and blends transparent pixels rightly.
    image = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    image = image.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, smoothly)
    image.setDevicePixelRatio(layer.devicePixelRatio())
    with QPainter(layer) as painter:
        free = (layer.deviceIndependentSize() - image.deviceIndependentSize()) / 2
        painter.drawImage(QPointF(free.width(), free.height()), image)
