"""The maps of one layer, the strongest first, with the filters beside them in the first layer."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from mnist_gui.analysis.network import Array
from mnist_gui.analysis.network_sum import Layer, Place
from mnist_gui.gui.draw.network.tile_area import TileArea
from mnist_gui.gui.widgets.heat_map import cividis_image

_LINES = 3.0  # height of a map, in lines of text
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

    def __init__(self, layer: Layer) -> None:
        super().__init__(layer)
        self._maps = _NOTHING
        self._off: frozenset[int] = frozenset()
        self._filter_side = 0
        self._scale = 1  # pixels for each value: a whole number, so that all are of one size
        # All maps below each other, a pixel a value: painting a tile enlarges a part of it.
        self._map_pixels = QPixmap()
        self._filter_pixels = QPixmap()

    def set_filters(self, weights: Array) -> None:
        """Show the (side, side, filters) weights of filters of one channel beside their maps."""
        self._filter_side = len(weights)
        peaks = np.abs(weights).max(axis=(0, 1))
        self._filter_pixels = _below_each_other(signed_levels_of(weights / np.maximum(peaks, 1e-9), 1.0))

    def set_maps(self, whole: Array, current: Array, off: frozenset[int]) -> None:
        """Show (side, side, filters) maps.

        Parameters
        ----------
        whole
            Maps with all filters on: they set the order and the scale of the colours.
        current
            Maps with some filters off.
        off
            Filters of this layer that are off; the maps that they would have are shown dimmed.
        """
        shown = current
        if off:
            shown = current.copy()
            shown[..., sorted(off)] = whole[..., sorted(off)]
        self._maps, self._off = shown, off
        self._map_pixels = _below_each_other(levels_of(shown, float(whole.max())))
        self.set_order(np.argsort(-whole.max(axis=(0, 1)), kind="stable").tolist())

    def update_tiles(self) -> None:
        self._scale = max(round(_LINES * self.fontMetrics().height() / self._side), 1)
        super().update_tiles()

    def map_area(self, index: int) -> QRect:
        """Return the rectangle of a map in the viewport."""
        side = self._side * self._scale
        tile = self.tile(index)
        return QRect(tile.right() + 1 - side, tile.top(), side, side)

    @property
    def _side(self) -> int:
        return len(self._maps)

    @property
    def _filter_scale(self) -> int:
        return max(round(0.6 * self._side * self._scale / self._filter_side), 1) if self._filter_side else 0

    def _values(self, index: int) -> Array:
        return self._maps[..., index]

    # -- of the tiles

    def tile_size(self) -> QSize:
        side = self._side * self._scale
        filter_side = self._filter_side * self._filter_scale
        return QSize(side + (filter_side + _GAP if filter_side else 0), side)

    def place_at(self, index: int, offset: QPoint) -> Place:
        map_left = self.tile_size().width() - self._side * self._scale
        if offset.x() < map_left:
            return self.place_of(index)
        return Place(self.layer, index, offset.y() // self._scale, (offset.x() - map_left) // self._scale)

    def place_of(self, index: int) -> Place:
        row, column = divmod(int(self._values(index).argmax()), self._side)
        return Place(self.layer, index, row, column)

    def neighbour(self, place: Place, down: int, right: int) -> Place:
        last = self._side - 1
        row, column = min(max(place.row + down, 0), last), min(max(place.column + right, 0), last)
        return Place(self.layer, place.index, row, column)

    def paint_tile(self, painter: QPainter, area: QRect, index: int, current: Place | None) -> None:
        is_off, side = index in self._off, self._side * self._scale
        painter.setOpacity(_OFF_OPACITY if is_off else 1.0)
        square = QRect(area.right() + 1 - side, area.top(), side, side)
        painter.drawPixmap(square, self._map_pixels, QRect(0, index * self._side, self._side, self._side))
        if self._filter_side:
            filter_side = self._filter_side * self._filter_scale
            source = QRect(0, index * self._filter_side, self._filter_side, self._filter_side)
            painter.drawPixmap(
                QRect(area.left(), area.top() + (side - filter_side) // 2, filter_side, filter_side),
                self._filter_pixels,
                source,
            )
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
    """Return (side, side, count) levels as an image of count squares below each other."""
    side, _, count = levels.shape
    rows = np.ascontiguousarray(levels.transpose(2, 0, 1)).reshape(side * count, side)
    return QPixmap.fromImage(cividis_image(rows))


def _cross_out(painter: QPainter, area: QRectF) -> None:
    inset = math.ceil(area.height() / 12)
    area = area.adjusted(inset, inset, -inset, -inset)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    lines = [QLineF(area.topLeft(), area.bottomRight()), QLineF(area.topRight(), area.bottomLeft())]
    for color, width in (("#000000", 5.0), ("#ffffff", 2.5)):
        painter.setPen(QPen(QColor(color), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLines(lines)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
