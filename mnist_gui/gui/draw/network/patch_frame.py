"""The frame with the patch outlined that a value of the network sees."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy

from mnist_gui.analysis.network_sum import Patch
from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.gui.draw.frame_view import FrameView

_LEAST_SCALE = 3


class PatchFrame(FrameView):
    """A frame as large as there is room for."""

    def __init__(self) -> None:
        super().__init__(_LEAST_SCALE)
        self._patch: Patch | None = None
        self.setObjectName("network_frame")
        self.setAccessibleName("The frame, and the patch that the chosen value sees")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def patch(self) -> Patch | None:
        """The outlined patch; None before the first one."""
        return self._patch

    def set_patch(self, patch: Patch) -> None:
        """Outline a patch."""
        if patch != self._patch:
            self._patch = patch
            self.update()

    def fit(self, width: int, height: int) -> int:
        """Be as large as a width and height allow, in the upper left corner; return the side in pixels."""
        self.set_scale(max((min(width, height) - 2) // FRAME_SIDE, _LEAST_SCALE))
        return FRAME_SIDE * self._scale + 2

    def _square(self) -> QRect:
        side = FRAME_SIDE * self._scale
        return QRect(1, 1, side, side)

    # -- Qt

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:
        side = FRAME_SIDE * _LEAST_SCALE + 2
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._patch is not None and self._patch.height:
            with QPainter(self) as painter:
                draw_patch(painter, QRectF(self._square()), self._patch)


def draw_patch(painter: QPainter, square: QRectF | QRect, patch: Patch) -> None:
    """Outline a patch of the frame that fills a square, visible on ink and on paper."""
    scale = square.width() / FRAME_SIDE
    area = QRectF(patch.left * scale, patch.top * scale, patch.width * scale, patch.height * scale)
    area.translate(square.left(), square.top())
    for color, width in (("#000000", 4.0), ("#ffd23f", 2.0)):
        painter.setPen(QPen(QColor(color), width))
        painter.drawRect(area)
