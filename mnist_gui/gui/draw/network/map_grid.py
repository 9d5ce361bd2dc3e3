"""The maps of one layer, the strongest first, with the filters beside them in the first layer."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from mnist_gui.analysis.network_sum import Place
from mnist_gui.gui.draw.network.tile_area import TileArea
from mnist_gui.gui.widgets.heat_map import cividis_image
from mnist_gui.models.inspection.network_layers import Array

_LINES = 3.0  # least height of a map, in lines of text
# In a larger window, maps are enlarged as long as two are side by side and a few below each other; those of more lines
# of text only as long as three are side by side, or two with filters.
_ACROSS, _LARGE_ACROSS, _DOWN = 2, 3, 3.5
_LARGE_LINES = 5.0
_GAP = 4  # pixels between a filter and its map
_OFF_OPACITY = 0.3
_NOTHING: Array = np.zeros((1, 1, 0), np.float32)


def levels_of(values: Array, peak: float) -> NDArray[np.uint8]:
    """Scale values from 0 to `peak` to levels from 1 to 255, for `cividis_image`."""
    return np.asarray(np.rint(np.clip(values / max(peak, 1e-9), 0, 1) * 254) + 1, np.uint8)


def signed_levels_of(values: Array, peak: float) -> NDArray[np.uint8]:
    """Scale values from -`peak` to `peak` to levels from 1 to 255: 0 is in the middle of the colours."""
    return levels_of(values + peak, 2 * peak)


class MapGrid(TileArea):
    """The maps of a layer in one scale of colours; maps of filters that are off are crossed out."""

    def __init__(self, layer: int) -> None:
        super().__init__(layer)
        self._maps = _NOTHING
        self._off: frozenset[int] = frozenset()
        self._filter_sides = (0, 0)  # rows and columns
        self._is_signed = False
        self._scale = 1  # pixels for each value: a whole number, so that all are of one size
        # All maps below each other, a pixel a value: painting a tile enlarges a part of it.
        self._map_pixels = QPixmap()
        self._filter_pixels = QPixmap()

    def set_filters(self, weights: Array) -> None:
        """Show the (rows, columns, filters) weights of filters of one channel beside their maps."""
        self._filter_sides = weights.shape[0], weights.shape[1]
        peaks = np.abs(weights).max(axis=(0, 1))
        self._filter_pixels = _below_each_other(signed_levels_of(weights / np.maximum(peaks, 1e-9), 1.0))

    def set_maps(self, whole: Array, current: Array, off: frozenset[int], *, signed: bool = False) -> None:
        """Show (rows, columns, filters) maps.

        Parameters
        ----------
        whole
            Maps with all filters on: they set the order and the scale of the colours.
        current
            Maps with some filters off.
        off
            Filters of this layer that are off; the maps that they would have are shown dimmed.
        signed
            Whether values may be negative; zero is then in the middle of the colours, and their size counts.
        """
        shown = current
        if off:
            shown = current.copy()
            shown[..., sorted(off)] = whole[..., sorted(off)]
        sizes = np.abs(whole) if signed else whole
        self._maps, self._off, self._is_signed = shown, off, signed
        self._map_pixels = _below_each_other((signed_levels_of if signed else levels_of)(shown, float(sizes.max())))
        self.set_order(np.argsort(-sizes.max(axis=(0, 1)), kind="stable").tolist())

    def update_tiles(self) -> None:
        self._scale = self._least_scale
        while self._fits(self._scale + 1):
            self._scale += 1
        super().update_tiles()

    def map_area(self, index: int) -> QRect:
        """Return the rectangle of a map in the viewport."""
        tile, size = self.tile(index), self._map_size
        return QRect(tile.right() + 1 - size.width(), tile.top(), size.width(), size.height())

    @property
    def _sides(self) -> tuple[int, int]:
        """Rows and columns of a map."""
        return self._maps.shape[0], self._maps.shape[1]

    @property
    def _least_scale(self) -> int:
        return max(round(_LINES * self.fontMetrics().height() / max(self._sides)), 1)

    def _fits(self, scale: int) -> bool:
        """Return whether enough tiles of this scale are seen at once."""
        size, room = self._tile_size(scale), self.viewport().size()
        is_large = size.height() > _LARGE_LINES * self.fontMetrics().height()
        across = _LARGE_ACROSS if is_large and not self._filter_sides[0] else _ACROSS
        return self.width_of(across, size.width()) <= room.width() and _DOWN * size.height() <= room.height()

    @property
    def _map_size(self) -> QSize:
        rows, columns = self._sides
        return QSize(columns * self._scale, rows * self._scale)

    def _filter_size(self, scale: int) -> QSize:
        """Return the size of a filter's picture beside a map of this scale; empty without filters."""
        rows, columns = self._filter_sides
        if not rows:
            return QSize(0, 0)
        scale = max(round(0.6 * self._sides[0] * scale / max(rows, columns)), 1)
        return QSize(columns * scale, rows * scale)

    def _tile_size(self, scale: int) -> QSize:
        (rows, columns), filter_size = self._sides, self._filter_size(scale)
        beside = filter_size.width() + _GAP if filter_size.width() else 0
        return QSize(columns * scale + beside, max(rows * scale, filter_size.height()))

    def _values(self, index: int) -> Array:
        return self._maps[..., index]

    # -- of the tiles

    def tile_size(self) -> QSize:
        return self._tile_size(self._scale)

    def least_tile_size(self) -> QSize:
        return self._tile_size(self._least_scale)

    def place_at(self, index: int, offset: QPoint) -> Place:
        map_left = self.tile_size().width() - self._map_size.width()
        if offset.x() < map_left or offset.y() >= self._map_size.height():
            return self.place_of(index)
        return Place(self.layer, index, offset.y() // self._scale, (offset.x() - map_left) // self._scale)

    def place_of(self, index: int) -> Place:
        values = np.abs(self._values(index)) if self._is_signed else self._values(index)
        row, column = divmod(int(values.argmax()), self._sides[1])
        return Place(self.layer, index, row, column)

    def neighbour(self, place: Place, down: int, right: int) -> Place:
        rows, columns = self._sides
        row, column = min(max(place.row + down, 0), rows - 1), min(max(place.column + right, 0), columns - 1)
        return Place(self.layer, place.index, row, column)

    def paint_tile(self, painter: QPainter, area: QRect, index: int, current: Place | None) -> None:
        is_off, size, (rows, columns) = index in self._off, self._map_size, self._sides
        painter.setOpacity(_OFF_OPACITY if is_off else 1.0)
        square = QRect(QPoint(area.right() + 1 - size.width(), area.top()), size)
        painter.drawPixmap(square, self._map_pixels, QRect(0, index * rows, columns, rows))
        if self._filter_sides[0]:
            filter_size, (filter_rows, filter_columns) = self._filter_size(self._scale), self._filter_sides
            top = area.top() + (size.height() - filter_size.height()) // 2
            source = QRect(0, index * filter_rows, filter_columns, filter_rows)
            painter.drawPixmap(QRect(QPoint(area.left(), top), filter_size), self._filter_pixels, source)
        painter.setOpacity(1.0)
        if is_off:
            _cross_out(painter, QRectF(area))
        if current is not None:
            pixel = QRect(0, 0, self._scale, self._scale).translated(
                square.left() + current.column * self._scale, square.top() + current.row * self._scale
            )
            for color, margin in (("#000000", 2), ("#ffffff", 1)):
                painter.setPen(QColor(color))
                painter.drawRect(pixel.adjusted(-margin, -margin, margin - 1, margin - 1))


def _below_each_other(levels: NDArray[np.uint8]) -> QPixmap:
    """Return (rows, columns, count) levels as an image of count pictures below each other."""
    rows, columns, count = levels.shape
    pixels = np.ascontiguousarray(levels.transpose(2, 0, 1)).reshape(rows * count, columns)
    return QPixmap.fromImage(cividis_image(pixels))


def _cross_out(painter: QPainter, area: QRectF) -> None:
    inset = math.ceil(area.height() / 12)
    area = area.adjusted(inset, inset, -inset, -inset)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    lines = [QLineF(area.topLeft(), area.bottomRight()), QLineF(area.topRight(), area.bottomLeft())]
    for color, width in (("#000000", 5.0), ("#ffffff", 2.5)):
        painter.setPen(QPen(QColor(color), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLines(lines)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
