"""List of thumbnails of labelled digits, in rows or, in a low panel, in one row."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractListModel,
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
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.widgets.gray_image import gray_image

MAX_SIDE, MIN_SIDE = 56, 32  # pixels, of a thumbnail
PADDING, GAP = 4, 2  # pixels, around a thumbnail and above its label
_SLACK = 2  # pixels of height that Qt needs to avoid a new column
_FRAME_ROLE = Qt.ItemDataRole.UserRole

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


class ThumbnailList(QListView):
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
        self._model = _ThumbnailModel(self)
        self.setModel(self._model)
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
        self.doubleClicked.connect(lambda index: self.digit_opened.emit(self._model.thumbnails[index.row()].id))
        self.selectionModel().selectionChanged.connect(lambda *_: self.selection_changed.emit())
        self._arrange()

    @property
    def selected(self) -> tuple[str, ...]:
        """The ids of the selected digits, in the order of the list."""
        rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        return tuple(self._model.thumbnails[row].id for row in rows)

    def set_digits(self, digits: Sequence[Thumbnail]) -> None:
        """Show these digits and keep the selection; if all selected digits are gone, select what took their place."""
        selected, row = set(self.selected), self.currentIndex().row()
        current = self._model.thumbnails[row].id if row >= 0 else ""
        scroll_bars = self.horizontalScrollBar(), self.verticalScrollBar()
        positions = [bar.value() for bar in scroll_bars]
        self._model.set_digits(digits)
        rows = [row for row, digit in enumerate(digits) if digit.id in selected]
        new_row = next((row for row, digit in enumerate(digits) if digit.id == current), min(row, len(digits) - 1))
        if selected and not rows and new_row >= 0:
            rows = [new_row]
        self._select(rows, new_row)
        self.doItemsLayout()
        for bar, position in zip(scroll_bars, positions, strict=True):
            bar.setValue(position)

    def set_frames(self, frames: Mapping[str, NDArray[np.float32]]) -> None:
        """Set (28, 28) frames by id; other ids are ignored."""
        self._model.set_frames(frames)

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

    def _select(self, rows: Sequence[int], current: int) -> None:
        selection, flag = QItemSelection(), QItemSelectionModel.SelectionFlag
        for row in rows:
            selection.select(self._model.index(row), self._model.index(row))
        self.selectionModel().select(selection, flag.ClearAndSelect)
        if current >= 0:
            self.selectionModel().setCurrentIndex(self._model.index(current), flag.NoUpdate)

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
        # Del and Ctrl+Z are shortcuts of the canvas too.
        is_own = isinstance(event, QKeyEvent) and (_is_delete(event) or event.matches(QKeySequence.StandardKey.Undo))
        if is_own and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        text = event.text()
        if _is_delete(event):
            self.delete_requested.emit()
        elif event.matches(QKeySequence.StandardKey.Undo):
            self.undo_requested.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.digit_opened.emit(self._model.thumbnails[self.currentIndex().row()].id)
        elif len(text) == 1 and text in "0123456789":
            self.labelled.emit(int(text))
        else:
            super().keyPressEvent(event)


def _is_delete(event: QKeyEvent) -> bool:
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and modifiers == Qt.KeyboardModifier.NoModifier


class _ThumbnailModel(QAbstractListModel):
    """The displayed thumbnails."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.thumbnails: list[Thumbnail] = []

    def set_digits(self, digits: Sequence[Thumbnail]) -> None:
        self.beginResetModel()
        self.thumbnails = list(digits)
        self.endResetModel()

    def set_frames(self, frames: Mapping[str, NDArray[np.float32]]) -> None:
        rows = [row for row, digit in enumerate(self.thumbnails) if digit.id in frames]
        for row in rows:
            self.thumbnails[row] = self.thumbnails[row]._replace(frame=frames[self.thumbnails[row].id])
        if rows:
            self.dataChanged.emit(self.index(rows[0]), self.index(rows[-1]), [_FRAME_ROLE])

    # -- Qt

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.thumbnails)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        digit = self.thumbnails[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return str(digit.label)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"Your {digit.label}"
        return digit.frame if role == _FRAME_ROLE else None


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
