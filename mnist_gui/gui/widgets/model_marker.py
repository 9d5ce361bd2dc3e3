"""The marker of a model: its color and its shape."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPaintEvent, QPixmap, QPolygonF
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from mnist_gui.gui.theme import Colors, colors_of


def paint_model_marker(painter: QPainter, model: int, center: QPointF, size: float) -> None:
    """Fill the shape of a model with the current brush: circle, square, triangle for 1, 2, 3; a diamond for 0."""
    half = size / 2
    if model == 1:
        painter.drawEllipse(center, half, half)
    elif model == 2:
        painter.drawRect(QRectF(center.x() - half * 0.9, center.y() - half * 0.9, size * 0.9, size * 0.9))
    else:
        triangle = (0.0, -half), (half, half * 0.85), (-half, half * 0.85)
        diamond = (0.0, -half), (half, 0.0), (0.0, half), (-half, 0.0)
        corners = triangle if model else diamond
        painter.drawPolygon(QPolygonF([center + QPointF(x, y) for x, y in corners]))


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
