"""A digit at each severity of a corruption, below the plot of the accuracy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_gui.gui.compare.interval_plot import IntervalPlot
from mnist_gui.gui.widgets.gray_image import gray_image

SIDE_LINES = 1.9  # of a picture, in heights of a line of text
GAP = 4  # least pixels between pictures


class SeverityStrip(QWidget):
    """Pictures below the numbers of a plot, whose severities are 0, 1, 2 and so on.

    Parameters
    ----------
    plot
        The plot above, as wide as this.
    name
        Accessible name.
    """

    def __init__(self, plot: IntervalPlot, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plot = plot
        self._images: Sequence[QImage] = ()
        self.setObjectName("severity_strip")
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        plot.getViewBox().sigResized.connect(self.update)

    @property
    def is_empty(self) -> bool:
        """Whether there is no digit yet."""
        return not self._images

    def set_frames(self, frames: NDArray[np.float32]) -> None:
        """Show (n, 28, 28) frames in [0, 1], the neutral one first."""
        self._images = [gray_image(frame) for frame in frames]
        self.update()

    def picture_rects(self) -> list[QRectF]:
        """Return where the pictures are."""
        columns = [self._column(index) for index in range(len(self._images))]
        distance = min(np.diff(columns), default=1e3)
        side = min(SIDE_LINES * self.fontMetrics().height(), distance - GAP)
        return [QRectF(column - side / 2, 0, side, side) for column in columns]

    def _column(self, severity: int) -> float:
        plot = self._plot
        inside = plot.mapFromScene(plot.getViewBox().mapViewToScene(QPointF(severity, 0)))
        return float(self.mapFromGlobal(plot.viewport().mapToGlobal(inside)).x())

    # -- Qt

    def sizeHint(self) -> QSize:
        return QSize(100, round(SIDE_LINES * self.fontMetrics().height()) + 1)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setPen(Qt.PenStyle.NoPen)
            for rect, image in zip(self.picture_rects(), self._images, strict=True):
                painter.drawImage(rect, image)
