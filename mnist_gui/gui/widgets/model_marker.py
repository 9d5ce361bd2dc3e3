"""The marks of models and of runs that answer: a color and a shape each."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from mnist_gui.gui.theme import DARK, LIGHT, Colors, colors_of

VARIANTS = 4  # filled, outlined, outlined with a dot, and half filled
OUTLINE = 2  # pixels


# Corners of the shapes that are polygons, for half a side of 1; y points down. The star has five tips.
_STAR = tuple(
    (radius * math.sin(index * math.pi / 5), -radius * math.cos(index * math.pi / 5))
    for index, radius in enumerate((1.2, 0.6) * 5)
)
_ARM = 0.38  # half the width of the plus's arms
_CORNERS = {
    0: ((0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)),
    2: ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    3: ((0.0, -1.0), (1.0, 0.85), (-1.0, 0.85)),
    4: _STAR,
    5: tuple(
        (sign * x, sign * y)
        for sign in (1, -1)
        for x, y in ((-_ARM, -1), (_ARM, -1), (_ARM, -_ARM), (1, -_ARM), (1, _ARM), (_ARM, _ARM))
    ),
    6: ((0.0, 1.0), (1.0, -0.85), (-1.0, -0.85)),
}


def mark_shape(mark: int, center: QPointF, size: float) -> QPainterPath:
    """Return the shape of a mark: circle, square, triangle, star, plus, triangle that points down; a diamond for 0."""
    half, shape = size / 2, QPainterPath()
    if mark == 1:
        shape.addEllipse(center, half, half)
    else:
        shape.addPolygon(QPolygonF([center + QPointF(half * x, half * y) for x, y in _CORNERS[mark]]))
        shape.closeSubpath()
    return shape


def paint_model_marker(painter: QPainter, mark: int, center: QPointF, size: float) -> None:
    """Fill the shape of a mark with the current brush."""
    painter.drawPath(mark_shape(mark, center, size))


def paint_variant(painter: QPainter, shape: QPainterPath, color: QColor, variant: int) -> None:
    """Paint a shape in one of `VARIANTS` ways, of which 0 fills it; the outline of the others is `OUTLINE` wide."""
    variant %= VARIANTS
    painter.save()
    if variant:
        painter.setPen(QPen(color, OUTLINE))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(shape)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    bounds = shape.boundingRect()
    if variant == 0:
        painter.drawPath(shape)
    elif variant == 2:
        painter.drawEllipse(_centroid(shape), bounds.width() / 4, bounds.width() / 4)
    elif variant == 3:
        bounds.setRight(bounds.center().x())
        painter.setClipRect(bounds, Qt.ClipOperation.IntersectClip)
        painter.drawPath(shape)
    painter.restore()


def _centroid(shape: QPainterPath) -> QPointF:
    """Return the mean of a shape's corners: the middle of a triangle is below that of its bounds."""
    corners = shape.toFillPolygon().toList()[:-1]  # the last is the first again
    return QPointF(*(sum(values) / len(corners) for values in zip(*((p.x(), p.y()) for p in corners), strict=True)))


def marker_icon(mark: int, size: int, colors: Colors) -> QIcon:
    """Return a mark as an icon of `size` device-independent pixels, also for the highlighted entry of a menu."""
    pixmap = _mark_pixmap(mark, size, colors)
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Selected)  # not tinted
    # The highlight is dark in the light theme, and light in the dark one.
    icon.addPixmap(_mark_pixmap(mark, size, DARK if colors is LIGHT else LIGHT), QIcon.Mode.Active)
    return icon


def _mark_pixmap(mark: int, size: int, colors: Colors) -> QPixmap:
    ratio = QApplication.primaryScreen().devicePixelRatio()
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.mark(mark))
        paint_model_marker(painter, mark, QPointF(size / 2, size / 2), size - 1)
    return pixmap


class ModelMarker(QWidget):
    """Shows a mark, as high as text."""

    def __init__(self, mark: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mark = mark
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_mark(self, mark: int) -> None:
        """Show another mark."""
        self._mark = mark
        self.update()

    # -- Qt

    def sizeHint(self) -> QSize:
        side = round(self.fontMetrics().ascent() * 0.9)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors_of(self).mark(self._mark))
        paint_model_marker(painter, self._mark, QRectF(self.rect()).center(), min(self.width(), self.height()) - 1)
