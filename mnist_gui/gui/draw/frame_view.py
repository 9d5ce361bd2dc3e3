"""A frame enlarged until its pixels can be distinguished."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QLine, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.gui.theme import MUTED_OPACITY, colors_of
from mnist_gui.gui.widgets.gray_image import gray_image

_BORDER = 1  # pixels, around the frame
_GRID = QColor(255, 255, 255, 20)


def side_at(scale: int) -> int:
    """Return the side of the view in pixels at a scale."""
    return FRAME_SIDE * scale + 2 * _BORDER


class FrameView(QWidget):
    """Shows a frame in white on black in every theme; a tooltip shows the value of a pixel.

    Parameters
    ----------
    scale
        Width of a frame's pixel in screen pixels.
    """

    def __init__(self, scale: int = 5, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale = scale
        self._frame: NDArray[np.float32] | None = None
        self._image = QImage()
        self._grid = QPixmap()
        self._muted = False
        self.setObjectName("frame_view")
        self.setAccessibleName("What the models see")
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleDescription("nothing yet")

    @property
    def frame(self) -> NDArray[np.float32] | None:
        """The (28, 28) frame; None if there is none."""
        return self._frame

    def set_frame(self, frame: NDArray[np.float32] | None) -> None:
        """Show a (28, 28) frame in [0, 1], where 1 is white; None for a black square."""
        if frame is self._frame:
            return
        self._frame = frame
        if frame is None:
            self._image = QImage()
            self.setAccessibleDescription("nothing yet")
        else:
            # Qt takes ten times longer to enlarge gray levels than colors.
            self._image = gray_image(frame).convertToFormat(QImage.Format.Format_RGB32)
            self.setAccessibleDescription(f"{FRAME_SIDE} by {FRAME_SIDE} pixels, white ink on black")
        self.update()

    @property
    def is_muted(self) -> bool:
        """Whether the frame is dimmed."""
        return self._muted

    def set_muted(self, muted: bool) -> None:
        """Dim a frame that is old."""
        if muted != self._muted:
            self._muted = muted
            self.update()

    def set_scale(self, scale: int) -> None:
        """Set the width of a frame's pixel in screen pixels."""
        self._scale = scale
        self.updateGeometry()
        self.update()

    def text_at(self, position: QPointF) -> str:
        """Return row, column and value of the pixel at a position in the widget; empty beside the frame."""
        square = self._square()
        if self._frame is None or not square.contains(position.toPoint()):
            return ""
        row = int(position.y() - square.y()) // self._scale
        column = int(position.x() - square.x()) // self._scale
        return f"row {row}, column {column}: {self._frame[row, column]:.2f}"

    def _grid_for(self, side: int) -> QPixmap:
        """Return the grid, painted once per size: painting it takes as long as a prediction."""
        ratio = self.devicePixelRatioF()
        if self._grid.size() != QSize(side, side) * ratio or self._grid.devicePixelRatio() != ratio:
            self._grid = QPixmap(QSize(side, side) * ratio)
            self._grid.setDevicePixelRatio(ratio)
            self._grid.fill(Qt.GlobalColor.transparent)
            with QPainter(self._grid) as painter:
                painter.setPen(QPen(_GRID, 0))
                painter.drawLines(_grid_lines(side, self._scale))
        return self._grid

    def _square(self) -> QRect:
        side = FRAME_SIDE * self._scale
        return QRect((self.width() - side) // 2, (self.height() - side) // 2, side, side)

    # -- Qt

    def sizeHint(self) -> QSize:
        return QSize(side_at(self._scale), side_at(self._scale))

    def event(self, event: QEvent) -> bool:
        """Show the tooltip for the pixel under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.text_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Keep a visible tooltip up to date."""
        if QToolTip.isVisible():
            QToolTip.showText(event.globalPosition().toPoint(), self.text_at(event.position()), self)
        super().mouseMoveEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        square = self._square()
        with QPainter(self) as painter:
            painter.fillRect(square, Qt.GlobalColor.black)
            if not self._image.isNull():
                painter.setOpacity(MUTED_OPACITY if self._muted else 1.0)
                painter.drawImage(square, self._image)
                painter.setOpacity(1.0)
                painter.drawPixmap(square.topLeft(), self._grid_for(square.width()))
            painter.setPen(QPen(QColor(colors_of(self).border), _BORDER))
            painter.drawRect(square.adjusted(-1, -1, 0, 0))


def _grid_lines(side: int, scale: int) -> list[QLine]:
    """Return the lines between the pixels."""
    offsets = range(scale, side, scale)
    vertical = [QLine(offset, 0, offset, side - 1) for offset in offsets]
    return vertical + [QLine(0, offset, side - 1, offset) for offset in offsets]
