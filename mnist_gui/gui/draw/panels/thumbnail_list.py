"""List of thumbnails of labelled digits, in rows or, in a low panel, in one row."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QKeySequence, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.widgets.gray_image import gray_image

MAX_SIDE, MIN_SIDE = 56, 32  # pixels, of a thumbnail
PADDING, GAP = 4, 2  # pixels, around a thumbnail and above its label
_SLACK = 2  # pixels of height that Qt needs to avoid a new column
_ID_ROLE, _FRAME_ROLE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1

Index = QModelIndex | QPersistentModelIndex


class Thumbnail(NamedTuple):
    """One digit of the list.

    Attributes
    ----------
    id
        Identifies the digit in signals.
    label
        0 to 9.
    frame
        (28, 28) in [0, 1], ink high; None until `ThumbnailList.set_frames` provides it.
    """

    id: str
    label: int
    frame: NDArray[np.float32] | None


class ThumbnailList(QListWidget):
    """Thumbnails in the given order; several can be selected.

    Keys: 0 to 9 label the selected digits, Enter opens one, Del deletes, Ctrl+Z undoes, arrows and Shift select.

    Signals
    -------
    labelled(digit: int)
    digit_opened(id: str)
    delete_requested()
    undo_requested()
    selection_changed()
    """

    labelled = Signal(int)
    digit_opened = Signal(str)
    delete_requested = Signal()
    undo_requested = Signal()
    selection_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: dict[str, QListWidgetItem] = {}  # by id
        self.setItemDelegate(_ThumbnailDelegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setUniformItemSizes(True)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setTabKeyNavigation(False)
        self.setProperty("card", True)
        self.setObjectName("digit_shelf")
        self.setAccessibleName("My digits")
        self.itemDoubleClicked.connect(lambda item: self.digit_opened.emit(item.data(_ID_ROLE)))
        self.itemSelectionChanged.connect(self.selection_changed)
        self._arrange()

    @property
    def selected(self) -> tuple[str, ...]:
        """The ids of the selected digits, in the order of the list."""
        rows = sorted(index.row() for index in self.selectedIndexes())
        return tuple(self.item(row).data(_ID_ROLE) for row in rows)

    def set_digits(self, digits: Sequence[Thumbnail]) -> None:
        """Show these digits and keep the selection; if all selected digits are gone, select what took their place."""
        selected, current, row = self.selected, self.currentItem(), self.currentRow()
        current_id = current.data(_ID_ROLE) if current else ""
        scroll_bars = self.horizontalScrollBar(), self.verticalScrollBar()
        positions = [bar.value() for bar in scroll_bars]
        self.clear()
        self._items = {digit.id: _item(digit) for digit in digits}
        for item in self._items.values():
            self.addItem(item)
        new_current = self._items.get(current_id) or self.item(min(row, len(digits) - 1))
        remaining = [self._items[digit_id] for digit_id in selected if digit_id in self._items]
        if selected and not remaining and new_current:
            remaining = [new_current]
        selection = QItemSelection()  # of all items at once: one after another takes seconds for thousands
        for item in remaining:
            selection.select(self.indexFromItem(item), self.indexFromItem(item))
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if new_current:
            self.setCurrentItem(new_current, QItemSelectionModel.SelectionFlag.NoUpdate)
        self.doItemsLayout()
        for bar, position in zip(scroll_bars, positions, strict=True):
            bar.setValue(position)

    def set_frames(self, frames: Mapping[str, NDArray[np.float32]]) -> None:
        """Set (28, 28) frames by id; other ids are ignored."""
        for digit_id, frame in frames.items():
            if digit_id in self._items:
                self._items[digit_id].setData(_FRAME_ROLE, frame)

    @property
    def tile(self) -> QSize:
        """The size of a thumbnail with its label."""
        available, extra = self.contentsRect().height() - _SLACK, self._extra_height()
        rows = math.ceil(available / (MAX_SIDE + extra))
        if rows > 1 and available // rows < MIN_SIDE + extra:
            rows -= 1
        if rows <= 1:
            available -= self.horizontalScrollBar().sizeHint().height()
        height = max(MIN_SIDE + extra, min(MAX_SIDE + extra, available // max(rows, 1)))
        return QSize(height - extra + 2 * PADDING, height)

    def _extra_height(self) -> int:
        """Return the height of a tile without its thumbnail."""
        return 2 * PADDING + GAP + QFontMetrics(self.font()).height()

    def _arrange(self) -> None:
        """Fill the height with whole rows, scrolling vertically, or with a single one, scrolling horizontally."""
        tile = self.tile
        single_row = self.contentsRect().height() - _SLACK < 2 * tile.height()
        flow = QListView.Flow.TopToBottom if single_row else QListView.Flow.LeftToRight
        if (flow, tile) != (self.flow(), self.gridSize()):
            self.setFlow(flow)
            self.setGridSize(tile)
        off, needed = Qt.ScrollBarPolicy.ScrollBarAlwaysOff, Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.setVerticalScrollBarPolicy(off if single_row else needed)
        self.setHorizontalScrollBarPolicy(needed if single_row else off)

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        # One row of the smallest thumbnails.
        border = 2 * self.frameWidth() + self.horizontalScrollBar().sizeHint().height() + _SLACK
        return QSize(3 * self.tile.width(), MIN_SIDE + self._extra_height() + border)

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()  # a larger one would make the surrounding scroll area scroll

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._arrange()
            self.updateGeometry()

    def event(self, event: QEvent) -> bool:
        # Del, Ctrl+Z and the digits are shortcuts of the drawing too.
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            is_label = bool(self.selected) and _digit_of(event) is not None
            if is_label or _is_delete(event) or event.matches(QKeySequence.StandardKey.Undo):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if _is_delete(event):
            self.delete_requested.emit()
        elif event.matches(QKeySequence.StandardKey.Undo):
            self.undo_requested.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentItem():
            self.digit_opened.emit(self.currentItem().data(_ID_ROLE))
        elif (digit := _digit_of(event)) is not None:
            self.labelled.emit(digit)
        else:
            super().keyPressEvent(event)


def _item(digit: Thumbnail) -> QListWidgetItem:
    item = QListWidgetItem(str(digit.label))
    item.setData(Qt.ItemDataRole.AccessibleTextRole, f"Your {digit.label}")
    item.setData(_ID_ROLE, digit.id)
    item.setData(_FRAME_ROLE, digit.frame)
    return item


def _digit_of(event: QKeyEvent) -> int | None:
    text = event.text()
    return int(text) if len(text) == 1 and text in "0123456789" else None


def _is_delete(event: QKeyEvent) -> bool:
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and modifiers == Qt.KeyboardModifier.NoModifier


class _ThumbnailDelegate(QStyledItemDelegate):
    """Paints a frame, white on black in both themes, and its label below."""

    # -- Qt

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view = self.parent()
        assert isinstance(view, ThumbnailList)
        colors = colors_of(view)
        cell = QRect(option.rect.topLeft(), view.tile)
        side = cell.width() - 2 * PADDING
        square = QRect(cell.topLeft() + QPoint(PADDING, PADDING), QSize(side, side))
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        current = bool(option.state & QStyle.StateFlag.State_HasFocus)
        if selected or current:
            painter.setPen(QPen(QColor(colors.accent if selected else colors.text), 2))
            painter.setBrush(QColor(colors.grid) if selected else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(cell).adjusted(1, 1, -1, -1), 6, 6)
        painter.fillRect(square, Qt.GlobalColor.black)
        frame = index.data(_FRAME_ROLE)
        if frame is not None:
            painter.drawImage(square, gray_image(frame))
        painter.setPen(QColor(colors.text if selected else colors.muted))
        painter.setFont(option.font)
        label = cell.adjusted(0, PADDING + side + GAP, 0, -PADDING)
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, index.data())
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        view = self.parent()
        assert isinstance(view, ThumbnailList)
        return view.tile
