"""All feature maps of one layer as small tiles beside each other."""

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

TILE = 50  # pixels, about: a whole number of them to each value
GAP = 4

Grid = NDArray[np.uint8]


def levels_of(values: NDArray[np.float32], peak: float) -> Grid:
    """Return values of 0 to a peak as 1 to 255, for `cividis_image`."""
    return np.asarray(np.rint(values * (254 / max(peak, 1e-9))) + 1, np.uint8)


def mosaic(maps: NDArray[np.float32], columns: int, gap: int) -> Grid:
    """Return (side, side, count) maps beside and below each other, as indices of colours.

    0 is the gap between them, 1 to 255 go from 0 to the largest value of all.
    """
    side, _, count = maps.shape
    rows, cell = math.ceil(count / columns), side + gap
    cells = np.zeros((rows * columns, cell, cell), np.uint8)
    cells[:count, :side, :side] = levels_of(maps, float(maps.max())).transpose(2, 0, 1)
    whole = cells.reshape(rows, columns, cell, cell).swapaxes(1, 2).reshape(rows * cell, columns * cell)
    return np.ascontiguousarray(whole[:-gap, :-gap])


class FeatureMapGrid(QWidget):
    """All maps of one layer as small tiles; one of them may be chosen with the mouse or the arrow keys.

    Signals
    -------
    chosen(index: int)
        Counted from 0.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layer: FeatureLayer | None = None
        self._image = QImage()
        self._silent: list[int] = []
        self._current = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_layer(self, layer: FeatureLayer) -> None:
        """Show a layer's maps."""
        resized = self._layer is None or self._layer.maps.shape != layer.maps.shape
        self._layer = layer
        self._silent = np.flatnonzero(layer.maps.max(axis=(0, 1)) <= 0).tolist()
        if resized:
            self.updateGeometry()
        self._render()

    def set_current(self, index: int) -> None:
        """Mark one map; -1 for none."""
        self._current = index
        self.update()

    def tile(self, index: int) -> QRect:
        """Return where a map is painted."""
        scale, cell, columns = self._metrics(self.width())
        row, column = divmod(index, columns)
        return QRect(column * cell * scale, row * cell * scale, self._side * scale, self._side * scale)

    def index_at(self, place: QPoint) -> int:
        """Return the map at a place of the widget, or -1."""
        scale, cell, columns = self._metrics(self.width())
        row, column = place.y() // (cell * scale), place.x() // (cell * scale)
        index = row * columns + column
        inside = 0 <= column < columns and 0 <= index < self._count and self.tile(index).contains(place)
        return index if inside else -1

    @property
    def _side(self) -> int:
        return self._layer.maps.shape[0] if self._layer else 1

    @property
    def _count(self) -> int:
        return self._layer.maps.shape[2] if self._layer else 0

    def _metrics(self, width: int) -> tuple[int, int, int]:
        """Return pixels to a value, values from one tile to the next, and the number of columns."""
        scale = max(round(TILE / self._side), 1)
        gap = max(round(GAP / scale), 1)
        return scale, self._side + gap, max((width + gap * scale) // ((self._side + gap) * scale), 1)

    def _render(self) -> None:
        if self._layer is not None:
            _, cell, columns = self._metrics(self.width())
            self._image = cividis_image(mosaic(self._layer.maps, columns, cell - self._side))
        self.update()

    # -- Qt

    def sizeHint(self) -> QSize:
        """Return the size of eight columns."""
        width = 8 * (TILE + GAP)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """Return the width of four columns."""
        return QSize(4 * (TILE + GAP), TILE)

    def heightForWidth(self, width: int) -> int:
        """Return the height of as many rows as the width asks for."""
        scale, cell, columns = self._metrics(width)
        return max(math.ceil(self._count / columns) * cell * scale, TILE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill the new width."""
        super().resizeEvent(event)
        self._render()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Choose the map under the mouse."""
        index = self.index_at(event.position().toPoint())
        if index >= 0 and index != self._current:
            self.chosen.emit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the map beside, above or below."""
        columns = self._metrics(self.width())[2]
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -columns, Qt.Key.Key_Down: columns}
        step = steps.get(Qt.Key(event.key()))
        if step is None or not self._count:
            super().keyPressEvent(event)
        elif 0 <= (index := max(self._current, 0) + step) < self._count:
            self.chosen.emit(index)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Choose the first map, so that the focus is seen."""
        super().focusInEvent(event)
        if self._current < 0 and self._count and event.reason() != Qt.FocusReason.MouseFocusReason:
            self.chosen.emit(0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint all tiles at once, a cross on each silent one, and a frame around the chosen one."""
        if self._image.isNull():
            return
        colors, scale = colors_of(self), self._metrics(self.width())[0]
        self._image.setColor(0, QColor(colors.window).rgb())
        with QPainter(self) as painter:
            painter.drawImage(QRect(0, 0, self._image.width() * scale, self._image.height() * scale), self._image)
            painter.setPen(QPen(QColor(255, 255, 255, 120), 1))
            crosses: list[QLine] = []
            for index in self._silent:
                middle = self.tile(index).center()
                crosses.append(QLine(middle - QPoint(4, 4), middle + QPoint(4, 4)))
                crosses.append(QLine(middle - QPoint(4, -4), middle + QPoint(4, -4)))
            painter.drawLines(crosses)
            if 0 <= self._current < self._count:
                # Two colours, within the tile: seen beside the window's and on the darkest of cividis alike.
                for color, width, inset in ((QColor(colors.accent), 3, 1), (QColor("white"), 1, 3)):
                    painter.setPen(QPen(color, width))
                    painter.drawRect(self.tile(self._current).adjusted(inset, inset, -inset - 1, -inset - 1))
