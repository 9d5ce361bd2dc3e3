"""The frame that the models saw, its pixels to be seen one by one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QLine, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.gui.theme import colors_of

_BORDER = 1  # pixels, around the frame
_GRID = QColor(255, 255, 255, 20)


class FrameView(QWidget):
    """Shows a frame in white on black, whatever the theme; over a pixel, the mouse shows what it holds.

    Parameters
    ----------
    scale
        Screen pixels to a side of a frame's pixel.
    """

    def __init__(self, scale: int = 5, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale = scale
        self._frame: NDArray[np.float32] | None = None
        self._image = QImage()
        self._grid = QPixmap()
        self.setObjectName("frame_view")
        self.setAccessibleName("What the models see")
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_frame(None)

    @property
    def frame(self) -> NDArray[np.float32] | None:
        """The (28, 28) frame that is shown, or None."""
        return self._frame

    def set_frame(self, frame: NDArray[np.float32] | None) -> None:
        """Show a (28, 28) frame in [0, 1], 1 being white; None where there is nothing yet."""
        self._frame = frame
        if frame is None:
            self._image = QImage()
            self.setAccessibleDescription("nothing yet")
        else:
            side, grey = FRAME_SIDE, np.rint(np.clip(frame, 0, 1) * 255).astype(np.uint8)
            image = QImage(grey.tobytes(), side, side, side, QImage.Format.Format_Grayscale8)
            # Copied so, since an image does not keep the memory that it is made of, and since Qt takes ten times longer
            # to enlarge grey levels than colours.
            self._image = image.convertToFormat(QImage.Format.Format_RGB32)
            self.setAccessibleDescription(f"{FRAME_SIDE} by {FRAME_SIDE} pixels, white ink on black")
        self.update()

    def set_scale(self, scale: int) -> None:
        """Choose how many screen pixels wide a pixel of the frame is."""
        self._scale = scale
        self.updateGeometry()
        self.update()

    def text_at(self, position: QPointF) -> str:
        """Return row, column and value of the pixel at a place of the widget; nothing where there is none."""
        square = self._square()
        if self._frame is None or not square.contains(position.toPoint()):
            return ""
        row = int(position.y() - square.y()) // self._scale
        column = int(position.x() - square.x()) // self._scale
        return f"row {row}, column {column}: {self._frame[row, column]:.2f}"

    def _grid_for(self, side: int) -> QPixmap:
        """Return the grid, painted once for its size: each time anew, it would cost as much as a model's answer."""
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
        """Return the frame's size with its border."""
        side = FRAME_SIDE * self._scale + 2 * _BORDER
        return QSize(side, side)

    def event(self, event: QEvent) -> bool:
        """Show the pixel under the mouse once the mouse has come to rest."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.text_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse, once its tooltip has been asked for."""
        if QToolTip.isVisible():
            QToolTip.showText(event.globalPosition().toPoint(), self.text_at(event.position()), self)
        super().mouseMoveEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the pixels, a faint grid over them, and a border."""
        square = self._square()
        with QPainter(self) as painter:
            painter.fillRect(square, Qt.GlobalColor.black)
            if not self._image.isNull():
                painter.drawImage(square, self._image)
                painter.drawPixmap(square.topLeft(), self._grid_for(square.width()))
            painter.setPen(QPen(QColor(colors_of(self).border), _BORDER))
            painter.drawRect(square.adjusted(-1, -1, 0, 0))


def _grid_lines(side: int, scale: int) -> list[QLine]:
    """Return the lines between the pixels of a square."""
    places = range(scale, side, scale)
    return [QLine(at, 0, at, side - 1) for at in places] + [QLine(0, at, side - 1, at) for at in places]
