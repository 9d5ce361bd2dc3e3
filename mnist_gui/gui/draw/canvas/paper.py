"""The square paper of the canvas: its coordinates, its edge, and the sentences on it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen, QTransform

from mnist_gui.gui.draw.canvas.canvas_content import UNITS
from mnist_gui.gui.theme import Colors

DROP_HERE = "Drop the picture or drawing here"
RADIUS = 10  # of the corners, in pixels

_MARGIN = 24  # pixels, of a text
_VEIL_ALPHA = 225  # of 255, over the ink where something may be dropped


def paper_in(size: QSize) -> QRect:
    """Return the area of the paper, centered in a widget of this size."""
    side = max(min(size.width(), size.height()), 1)
    return QRect((size.width() - side) // 2, (size.height() - side) // 2, side, side)


def to_pixels(paper: QRect) -> QTransform:
    """Return the transform from canvas units to widget coordinates."""
    scale = paper.width() / UNITS
    return QTransform(scale, 0, 0, scale, paper.x(), paper.y())


def to_units(position: QPointF, paper: QRect) -> tuple[float, float]:
    """Return a position of the widget in canvas units; it may lie beside the paper."""
    # Multiplied first: rounding then puts no position on the paper beside it.
    x, y = (
        (at - corner) * UNITS / paper.width()
        for at, corner in zip(position.toTuple(), paper.topLeft().toTuple(), strict=True)
    )
    return x, y


def outline(paper: QRect) -> QPainterPath:
    """Return the paper with its round corners."""
    path = QPainterPath()
    path.addRoundedRect(QRectF(paper), RADIUS, RADIUS)
    return path


def paint_edge(painter: QPainter, paper: QRect, colors: Colors, *, has_focus: bool) -> None:
    """Paint the edge of the paper, stronger if the keyboard focus is to be seen."""
    width, color = (2, colors.accent) if has_focus else (1, colors.border)
    painter.setPen(QPen(QColor(color), width))
    inset = width / 2
    painter.drawRoundedRect(QRectF(paper).adjusted(inset, inset, -inset, -inset), RADIUS, RADIUS)


def paint_text(painter: QPainter, paper: QRect, text: str, color: str, font: QFont, reserved: int) -> None:
    """Write a sentence in the middle of the paper without its lowest pixels, of which `reserved` are left free."""
    large = QFont(font)
    large.setPointSizeF(large.pointSizeF() * 1.3)
    painter.setFont(large)
    painter.setPen(QColor(color))
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(paper.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN - reserved), flags, text)


def paint_drop_target(painter: QPainter, paper: QRect, colors: Colors, font: QFont, reserved: int) -> None:
    """Cover the ink, so that the text can be read, and outline the paper."""
    veil, area = QColor(colors.paper), QRectF(paper)
    veil.setAlpha(_VEIL_ALPHA)
    painter.fillRect(area, veil)
    painter.setPen(QPen(QColor(colors.accent), 2, Qt.PenStyle.DashLine))
    inset = RADIUS / 2
    painter.drawRoundedRect(area.adjusted(inset, inset, -inset, -inset), inset, inset)
    paint_text(painter, paper, DROP_HERE, colors.text, font, reserved)
