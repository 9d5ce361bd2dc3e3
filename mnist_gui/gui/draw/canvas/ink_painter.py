"""Painting of strokes and pictures, and the cursor of the eraser."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QCursor, QImage, QPainter, QPainterPath, QPen, QPixmap

from mnist_gui.digits.content import Content
from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.digits.picture import Picture
from mnist_gui.gui.draw.canvas.canvas_content import UNITS
from mnist_gui.gui.theme import Colors

_SEGMENT = 24  # points of a stroke that are painted as one path
# A stroke of more points than a hand draws is thinned to one point per 2 pixels, and painted without antialiasing if it
# is long enough to cover the paper dozens of times: Qt would take seconds for 100,000 points.
_MAX_POINTS, _POINT_DISTANCE = 2_000, 2.0
_MAX_SMOOTH_LENGTH = 2_000 * UNITS


@dataclass(frozen=True)
class InkStyle:
    """Size and colors of a painted content.

    Attributes
    ----------
    side
        Side of the paper in widget pixels.
    ratio
        Device pixel ratio.
    colors
        Colors of the theme, for paper and ink.
    pen_width
        In canvas units.
    """

    side: int
    ratio: float
    colors: Colors
    pen_width: float


class InkLayer:
    """Pixmap of paper, content and the finished segments of the current stroke; only the stroke's end is repainted.

    The current stroke is given as x, y, x, y … in canvas units; it may be empty.
    """

    def __init__(self) -> None:
        self._pixmap = QPixmap()
        self._style: InkStyle | None = None  # None: the pixmap is outdated
        self._painted_points = 0  # of the current stroke

    def invalidate(self) -> None:
        """Repaint everything next time; there is no current stroke."""
        self._style, self._painted_points = None, 0

    def add_segments(self, stroke: Sequence[float]) -> None:
        """Add the segments of the current stroke that further points do not change."""
        # A segment is final once the point after it is known.
        while len(stroke) // 2 > self._painted_points + _SEGMENT:
            self._add(stroke, self._painted_points, self._painted_points + _SEGMENT)
            self._painted_points += _SEGMENT

    def add_rest(self, stroke: Sequence[float]) -> None:
        """Add the rest of the current stroke, which is now part of the content."""
        self._add(stroke, self._painted_points, len(stroke) // 2)
        self._painted_points = 0

    def paint(
        self, painter: QPainter, top_left: QPoint, style: InkStyle, content: Content, stroke: Sequence[float]
    ) -> None:
        """Paint paper, content and current stroke."""
        if style != self._style:
            self._paint_pixmap(style, content, stroke)
        painter.drawPixmap(top_left, self._pixmap)
        if stroke:
            painter.save()
            painter.translate(top_left)
            _paint_ink(painter, style, stroke, self._painted_points, len(stroke) // 2)
            painter.restore()

    def _paint_pixmap(self, style: InkStyle, content: Content, stroke: Sequence[float]) -> None:
        self._style = style
        self._pixmap = QPixmap(QSize(style.side, style.side) * style.ratio)
        self._pixmap.setDevicePixelRatio(style.ratio)
        self._pixmap.fill(style.colors.paper)
        if isinstance(content, Picture):
            _paint_picture(self._pixmap, content, QColor(style.colors.ink))
        else:
            for drawn in content.strokes:
                points, smooth = _thinned(drawn, _POINT_DISTANCE * UNITS / style.side)
                self._add(points.ravel().tolist(), 0, len(points), smooth)
            self._add(stroke, 0, self._painted_points)

    def _add(self, stroke: Sequence[float], begin: int, end: int, smooth: bool = True) -> None:
        if self._style is not None:
            with QPainter(self._pixmap) as painter:
                _paint_ink(painter, self._style, stroke, begin, end, smooth)


def placement(content: Content, square: QRectF, ratio: float, canvas_side: float = UNITS) -> tuple[float, QPointF]:
    """Return how many widget pixels a unit of the content takes on the paper, and where its origin lies.

    Parameters
    ----------
    square
        The paper.
    ratio
        Device pixel ratio.
    canvas_side
        Side of the canvas in the units of a drawing.
    """
    if not isinstance(content, Picture):
        return square.width() / canvas_side, square.topLeft()
    rows, columns = content.ink.shape
    side = square.width()
    if content.ink.shape == (FRAME_SIDE, FRAME_SIDE):  # enlarged by a whole number of screen pixels
        side = math.floor(side * ratio) // FRAME_SIDE * FRAME_SIDE / ratio
    scale = side / max(rows, columns)
    return scale, square.center() - QPointF(columns, rows) * scale / 2


def eraser_cursor(radius: float, ratio: float) -> QCursor:
    """Return a cursor that is visible on paper and on ink: a dark ring between two light ones.

    Parameters
    ----------
    radius
        In widget pixels.
    ratio
        Device pixel ratio.
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
    painter: QPainter, style: InkStyle, stroke: Sequence[float], begin: int, end: int, smooth: bool = True
) -> None:
    """Paint points `begin` to `end` of a stroke; the painter's origin is the paper's top left corner."""
    scale = style.side / UNITS
    painter.scale(scale, scale)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
    cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    painter.setPen(QPen(QColor(style.colors.ink), style.pen_width, Qt.PenStyle.SolidLine, cap, join))
    for path in _curves(stroke, begin, end):
        if path.controlPointRect().isNull():  # Qt paints no line of zero length
            painter.drawPoint(path.currentPosition())
        else:
            painter.drawPath(path)


def _curves(points: Sequence[float], begin: int, end: int) -> Iterator[QPainterPath]:
    """Yield points `begin` to `end` of a stroke as paths of at most `_SEGMENT` points, which join seamlessly.

    The curve runs through the midpoints, with the points as control points. Qt is far slower with one long path.
    """
    last = len(points) // 2 - 1
    for first in range(begin, end, _SEGMENT):
        path = QPainterPath(_midpoint(points, max(first - 1, 0), first))
        for index in range(first, min(first + _SEGMENT, end)):
            stop = _midpoint(points, index, min(index + 1, last))
            if index in (0, last):
                path.lineTo(stop)
            else:
                path.quadTo(_midpoint(points, index, index), stop)
        yield path


def _midpoint(points: Sequence[float], first: int, second: int) -> QPointF:
    x, y = points[2 * first] + points[2 * second], points[2 * first + 1] + points[2 * second + 1]
    return QPointF(x / 2, y / 2)


def _thinned(stroke: NDArray[np.float64], distance: float) -> tuple[NDArray[np.float64], bool]:
    """Return the (N, 2) points to paint, at least a distance apart if there are many, and whether to smooth edges."""
    if len(stroke) <= _MAX_POINTS:
        return stroke, True
    lengths = np.append(0.0, np.hypot(*np.diff(stroke, axis=0).T).cumsum())
    kept = np.diff(np.floor(lengths / distance), prepend=-1) > 0
    kept[-1] = True
    return stroke[kept], bool(lengths[-1] < _MAX_SMOOTH_LENGTH)


def _paint_picture(layer: QPixmap, picture: Picture, ink: QColor) -> None:
    """Paint a picture as large as the paper allows; the pixels of an MNIST frame as squares."""
    rows, columns = picture.ink.shape
    colored = np.empty((rows, columns, 4), dtype=np.uint8)
    colored[..., :3] = ink.red(), ink.green(), ink.blue()
    colored[..., 3] = np.rint(picture.ink * 255)
    image = QImage(colored.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
    side, mode = layer.width(), Qt.TransformationMode.SmoothTransformation
    if picture.ink.shape == (FRAME_SIDE, FRAME_SIDE):
        # Every pixel of the frame covers the same whole number of screen pixels.
        side, mode = side // FRAME_SIDE * FRAME_SIDE, Qt.TransformationMode.FastTransformation
    # Converted first, which copies the array's memory and blends transparent pixels correctly.
    image = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    image = image.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, mode)
    image.setDevicePixelRatio(layer.devicePixelRatio())
    with QPainter(layer) as painter:
        margin = (layer.deviceIndependentSize() - image.deviceIndependentSize()) / 2
        painter.drawImage(QPointF(margin.width(), margin.height()), image)
