"""The marker of a model: its color and its shape."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from mnist_gui.gui.theme import Colors, colors_of

VARIANTS = 4  # filled, outlined, outlined with a dot, and half filled
OUTLINE = 2  # pixels


def model_shape(model: int, center: QPointF, size: float) -> QPainterPath:
    """Return the shape of a model: circle, square, triangle for 1, 2, 3; a diamond for 0."""
    half, shape = size / 2, QPainterPath()
    if model == 1:
        shape.addEllipse(center, half, half)
    elif model == 2:
        shape.addRect(QRectF(center.x() - half * 0.9, center.y() - half * 0.9, size * 0.9, size * 0.9))
    else:
        triangle = (0.0, -half), (half, half * 0.85), (-half, half * 0.85)
        diamond = (0.0, -half), (half, 0.0), (0.0, half), (-half, 0.0)
        corners = triangle if model else diamond
        shape.addPolygon(QPolygonF([center + QPointF(x, y) for x, y in corners]))
        shape.closeSubpath()
    return shape


def paint_model_marker(painter: QPainter, model: int, center: QPointF, size: float) -> None:
    """Fill the shape of a model with the current brush."""
    painter.drawPath(model_shape(model, center, size))


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


def marker_icon(model: int, size: int, colors: Colors) -> QIcon:
    """Return the marker of a model as an icon of `size` device-independent pixels."""
    ratio = QApplication.primaryScreen().devicePixelRatio()
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.model(model))
        paint_model_marker(painter, model, QPointF(size / 2, size / 2), size - 1)
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Selected)  # not tinted
    return icon


class ModelMarker(QWidget):
    """Shows the marker of a model, as high as text."""

    def __init__(self, model: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_model(self, model: int) -> None:
        """Show the marker of another model."""
        self._model = model
        self.update()

    # -- Qt

    def sizeHint(self) -> QSize:
        side = round(self.fontMetrics().ascent() * 0.9)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors_of(self).model(self._model))
        paint_model_marker(painter, self._model, QRectF(self.rect()).center(), min(self.width(), self.height()) - 1)
