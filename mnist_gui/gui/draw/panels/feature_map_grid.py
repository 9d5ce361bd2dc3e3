"""Grid of all feature maps of one layer."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLine, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_gui.analysis.feature_maps import FeatureLayer
from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.widgets.heat_map import cividis_image

TILE = 50  # pixels, approximately: each value takes a whole number of them
GAP = 4

Levels = NDArray[np.uint8]


def levels_of(values: NDArray[np.float32], peak: float) -> Levels:
    """Scale values from 0 to `peak` to levels from 1 to 255, for `cividis_image`."""
    return np.asarray(np.rint(values * (254 / max(peak, 1e-9))) + 1, np.uint8)


def mosaic(maps: NDArray[np.float32], columns: int, gap: int) -> Levels:
    """Arrange (side, side, count) maps in rows of `columns`; return the levels of the whole image.

    Gaps are 0; the maps are scaled by their common maximum to levels from 1 to 255.
    """
    side, _, count = maps.shape
    rows, cell = math.ceil(count / columns), side + gap
    cells = np.zeros((rows * columns, cell, cell), np.uint8)
    cells[:count, :side, :side] = levels_of(maps, float(maps.max())).transpose(2, 0, 1)
    image = cells.reshape(rows, columns, cell, cell).swapaxes(1, 2).reshape(rows * cell, columns * cell)
    return np.ascontiguousarray(image[:-gap, :-gap])


class FeatureMapGrid(QWidget):
    """All feature maps of one layer as small tiles, selected with the mouse or the arrow keys.

    Signals
    -------
    selected(index: int)
        The user selected a map.
    """

    selected = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layer: FeatureLayer | None = None
        self._image = QImage()
        self._silent: list[int] = []
        self._current = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._fit_height()

    def set_layer(self, layer: FeatureLayer) -> None:
        """Show the maps of a layer."""
        resized = self._layer is None or self._layer.maps.shape != layer.maps.shape
        self._layer = layer
        self._silent = np.flatnonzero(layer.maps.max(axis=(0, 1)) <= 0).tolist()
        if resized:
            self._fit_height()
        self._render()

    def set_current(self, index: int) -> None:
        """Mark the map of this index as the current one; -1 marks none."""
        self._current = index
        self.update()

    def tile(self, index: int) -> QRect:
        """Return the rectangle of a map."""
        scale, cell, columns = self._metrics(self.width())
        row, column = divmod(index, columns)
        return QRect(column * cell * scale, row * cell * scale, self._side * scale, self._side * scale)

    def index_at(self, point: QPoint) -> int:
        """Return the index of the map at a point of the widget, or -1."""
        scale, cell, columns = self._metrics(self.width())
        row, column = point.y() // (cell * scale), point.x() // (cell * scale)
        index = row * columns + column
        is_on_tile = 0 <= column < columns and 0 <= index < self._count and self.tile(index).contains(point)
        return index if is_on_tile else -1

    @property
    def _side(self) -> int:
        return self._layer.maps.shape[0] if self._layer else 1

    @property
    def _count(self) -> int:
        return self._layer.maps.shape[2] if self._layer else 0

    def _metrics(self, width: int) -> tuple[int, int, int]:
        """Return pixels per value, values from one tile to the next, and the number of columns."""
        scale = max(round(TILE / self._side), 1)
        gap = max(round(GAP / scale), 1)
        return scale, self._side + gap, max((width + gap * scale) // ((self._side + gap) * scale), 1)

    def _fit_height(self) -> None:
        """Be as tall as the maps at the current width: of height-for-width, a scroll area asks for the narrowest."""
        scale, cell, columns = self._metrics(self.width())
        self.setFixedHeight(max(math.ceil(self._count / columns) * cell * scale, TILE))

    def _render(self) -> None:
        if self._layer is not None:
            _, cell, columns = self._metrics(self.width())
            self._image = cividis_image(mosaic(self._layer.maps, columns, cell - self._side))
        self.update()

    # -- Qt

    def sizeHint(self) -> QSize:
        return QSize(8 * (TILE + GAP), self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(4 * (TILE + GAP), TILE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_height()
        self._render()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        index = self.index_at(event.position().toPoint())
        if index >= 0 and index != self._current:
            self.selected.emit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        columns = self._metrics(self.width())[2]
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -columns, Qt.Key.Key_Down: columns}
        step = steps.get(Qt.Key(event.key()))
        if step is None or not self._count:
            super().keyPressEvent(event)
        elif 0 <= (index := max(self._current, 0) + step) < self._count:
            self.selected.emit(index)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        # The current map shows the focus.
        if self._current < 0 and self._count and event.reason() != Qt.FocusReason.MouseFocusReason:
            self.selected.emit(0)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image.isNull():
            return
        colors, scale = colors_of(self), self._metrics(self.width())[0]
        self._image.setColor(0, QColor(colors.window).rgb())
        with QPainter(self) as painter:
            painter.drawImage(QRect(0, 0, self._image.width() * scale, self._image.height() * scale), self._image)
            painter.setPen(QPen(QColor(255, 255, 255, 120), 1))
            crosses: list[QLine] = []
            for index in self._silent:
                center = self.tile(index).center()
                crosses.append(QLine(center - QPoint(4, 4), center + QPoint(4, 4)))
                crosses.append(QLine(center - QPoint(4, -4), center + QPoint(4, -4)))
            painter.drawLines(crosses)
            if 0 <= self._current < self._count:
                # Two colours, visible against both the window and the darkest colour of the map.
                for color, width, inset in ((QColor(colors.accent), 3, 1), (QColor("white"), 1, 3)):
                    painter.setPen(QPen(color, width))
                    painter.drawRect(self.tile(self._current).adjusted(inset, inset, -inset - 1, -inset - 1))
