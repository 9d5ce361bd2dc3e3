"""The mark by which a model is known everywhere: its colour and its shape."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_gui.gui.theme import colors_of


def paint_mark(painter: QPainter, model: int, centre: QPointF, side: float) -> None:
    """Fill a model's shape with the painter's brush: circle, square, triangle for models 1, 2, 3; a diamond for 0."""
    half = side / 2
    if model == 1:
        painter.drawEllipse(centre, half, half)
    elif model == 2:
        painter.drawRect(QRectF(centre.x() - half * 0.9, centre.y() - half * 0.9, side * 0.9, side * 0.9))
    else:
        triangle = (0.0, -half), (half, half * 0.85), (-half, half * 0.85)
        diamond = (0.0, -half), (half, 0.0), (0.0, half), (-half, 0.0)
        corners = triangle if model else diamond
        painter.drawPolygon(QPolygonF([centre + QPointF(x, y) for x, y in corners]))


class ModelMarker(QWidget):
    """One model's mark, as large as the text beside it."""

    def __init__(self, model: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    # -- Qt

    def sizeHint(self) -> QSize:
        """Follow the font."""
        side = round(self.fontMetrics().ascent() * 0.9)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the mark in the theme's colour."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors_of(self).model(self._model))
        paint_mark(painter, self._model, QRectF(self.rect()).center(), min(self.width(), self.height()) - 1)
