"""Scroll area of tiles, one for each filter, unit or digit of a layer; only what is visible is painted."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from mnist_gui.analysis.network_sum import Place
from mnist_gui.gui.keyboard_focus import has_keyboard_focus
from mnist_gui.gui.theme import colors_of

_MARK = 3  # pixels around a tile for the mark of the current one


class TileArea(QAbstractScrollArea):
    """Tiles in rows, in an order of their own, chosen with the mouse or the arrow keys.

    Parameters
    ----------
    layer
        Index of the layer that is shown.

    Signals
    -------
    pointed(place: Place)
        The user pointed at a value, or went to a tile with the arrow keys.
    toggled(index: int)
        The user clicked a tile, or pressed Space.
    """

    pointed = Signal(object)
    toggled = Signal(int)

    def __init__(self, layer: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layer = layer
        self._order: list[int] = []
        self._positions: dict[int, int] = {}
        self._place: Place | None = None
        self._pressed: int | None = None
        self.setObjectName(f"network_layer_{layer + 1}")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Always there: tiles would change columns when it came.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        # Opaque: scrolling then moves what is painted already.
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.viewport().setAutoFillBackground(True)
        self.viewport().setMouseTracking(True)

    # -- of each layer

    def tile_size(self) -> QSize:
        """Return the size of a tile."""
        raise NotImplementedError

    def least_tile_size(self) -> QSize:
        """Return the size of a tile in the smallest area."""
        return self.tile_size()

    def paint_tile(self, painter: QPainter, area: QRect, index: int, current: Place | None) -> None:
        """Paint a tile; `current` is the chosen place if it is in this tile."""
        raise NotImplementedError

    def place_at(self, index: int, offset: QPoint) -> Place:
        """Return the value at a point of a tile."""
        return self.place_of(index)

    def place_of(self, index: int) -> Place:
        """Return the value that stands for a tile."""
        return Place(self.layer, index)

    def neighbour(self, place: Place, down: int, right: int) -> Place:
        """Return the value beside another one in its tile."""
        return place

    # -- public

    @property
    def order(self) -> list[int]:
        """Indices in the order of the tiles."""
        return self._order

    @property
    def gap(self) -> int:
        """Pixels between tiles, in which the current one is marked."""
        return max(self.fontMetrics().height() // 3, 2 * _MARK)

    def set_order(self, order: Sequence[int]) -> None:
        """Show these filters, units or digits."""
        if self._order != list(order):
            self._order = list(order)
            self._positions = {index: position for position, index in enumerate(self._order)}
        self.update_tiles()

    def set_place(self, place: Place) -> None:
        """Mark a value as the current one; one of another layer marks none."""
        before, self._place = self._place, place if place.layer == self.layer else None
        for changed in filter(None, (before, self._place)):
            self.viewport().update(self.tile(changed.index).adjusted(-_MARK, -_MARK, _MARK, _MARK))

    def update_tiles(self) -> None:
        """Show values or sizes that have changed."""
        rows = -(-len(self._order) // self._columns)
        size = self.tile_size()
        height = rows * (size.height() + self.gap) + self.gap
        bar = self.verticalScrollBar()
        bar.setRange(0, max(height - self.viewport().height(), 0))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(max(size.height() // 3, self.fontMetrics().height()))
        self.viewport().update()

    def tile(self, index: int) -> QRect:
        """Return the rectangle of a tile in the viewport; empty if it is not shown."""
        position = self._positions.get(index)
        if position is None:
            return QRect()
        row, column = divmod(position, self._columns)
        size, gap = self.tile_size(), self.gap
        top = gap + row * (size.height() + gap) - self.verticalScrollBar().value()
        return QRect(QPoint(_MARK + column * (size.width() + gap), top), size)

    def index_at(self, point: QPoint) -> int | None:
        """Return the index of the tile at a point of the viewport."""
        size, gap = self.tile_size(), self.gap
        row = (point.y() - gap + self.verticalScrollBar().value()) // (size.height() + gap)
        column = (point.x() - _MARK) // (size.width() + gap)
        position = row * self._columns + column
        if not (0 <= column < self._columns and 0 <= position < len(self._order)):
            return None
        index = self._order[position]
        return index if self.tile(index).contains(point) else None

    def width_of(self, columns: int, tile_width: int) -> int:
        """Return the width of the viewport that this many tiles beside each other need."""
        return columns * (tile_width + self.gap) - self.gap + 2 * _MARK

    @property
    def _columns(self) -> int:
        gap = self.gap
        return max((self.viewport().width() - 2 * _MARK + gap) // (self.tile_size().width() + gap), 1)

    def _move(self, step: int) -> None:
        current = self._positions.get(self._place.index, 0) if self._place else 0
        position = current + step if self._place else 0
        if 0 <= position < len(self._order):
            self.show_tile(self._order[position])

    def show_tile(self, index: int) -> None:
        """Go to a tile as with the arrow keys, scrolling where needed."""
        tile, bar = self.tile(index), self.verticalScrollBar()
        below = tile.bottom() + self.gap - self.viewport().height()
        bar.setValue(bar.value() + (max(below, 0) or min(tile.top() - self.gap, 0)))
        self.pointed.emit(self.place_of(index))

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        size, bar = self.least_tile_size(), self.verticalScrollBar().sizeHint().width()
        return QSize(self.width_of(1, size.width()) + bar, size.height() + 2 * self.gap)

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.update_tiles()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()
            self.update_tiles()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().scroll(dx, dy)  # only what comes into view is painted

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        index = self.index_at(point)
        if index is not None:
            place = self.place_at(index, point - self.tile(index).topLeft())
            if place != self._place:
                self.pointed.emit(place)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        is_left = event.button() == Qt.MouseButton.LeftButton
        self._pressed = self.index_at(event.position().toPoint()) if is_left else None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is not None and self.index_at(event.position().toPoint()) == pressed:
            self.toggled.emit(pressed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        directions = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        direction = directions.get(Qt.Key(event.key()))
        if direction is not None and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            if self._place is not None:
                self.pointed.emit(self.neighbour(self._place, *direction))
        elif direction is not None:
            self._move(direction[0] * self._columns + direction[1])
        elif event.key() == Qt.Key.Key_Space and self._place is not None:
            self.toggled.emit(self._place.index)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        # The current tile shows the focus.
        if self._place is None and self._order and event.reason() != Qt.FocusReason.MouseFocusReason:
            self.show_tile(self._order[0])
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        # Computed once, not for every tile.
        size, gap, columns = self.tile_size(), self.gap, self._columns
        step, scrolled, exposed = size.height() + gap, self.verticalScrollBar().value(), event.rect()
        first = max((exposed.top() + scrolled - gap) // step, 0)
        last = (exposed.bottom() + scrolled) // step
        colors = colors_of(self)
        with QPainter(self.viewport()) as painter:
            for position, index in enumerate(self._order[first * columns : (last + 1) * columns], first * columns):
                row, column = divmod(position, columns)
                area = QRect(QPoint(_MARK + column * (size.width() + gap), gap + row * step - scrolled), size)
                is_current = self._place is not None and self._place.index == index
                self.paint_tile(painter, area, index, self._place if is_current else None)
                if is_current:
                    painter.setPen(QPen(QColor(colors.accent if has_keyboard_focus(self) else colors.text), 2))
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.drawRect(area.adjusted(-2, -2, 1, 1))
