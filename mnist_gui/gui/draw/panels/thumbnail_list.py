"""Thumbnails of many digits, each with its label: rows of them, or one row where there is no room for two."""

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
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.gui.theme import colors_of

LARGEST, SMALLEST = 56, 32  # pixels: the side of a thumbnail
PADDING, GAP = 4, 2  # pixels: around it, and above its label
_SLACK = 2  # pixels: where less is left of the height, Qt begins a new column
_FRAME = Qt.ItemDataRole.UserRole

Index = QModelIndex | QPersistentModelIndex


class Thumbnail(NamedTuple):
    """One digit on the shelf.

    Attributes
    ----------
    id
        Of which the signals speak.
    label
        0 to 9.
    frame
        (28, 28) in [0, 1], ink high; None where it is still to come, see `ThumbnailList.set_frames`.
    """

    id: str
    label: int
    frame: NDArray[np.float32] | None


class ThumbnailList(QListView):
    """Digits in the order given; many can be selected.

    Keys: 0 to 9 say what the selected ones are, Enter opens, Del deletes, Ctrl+Z undoes, arrows and Shift select.

    Signals
    -------
    labelled(digit: int)
    opened(id: str)
    delete_pressed()
    undo_pressed()
    selection_changed()
    """

    labelled = Signal(int)
    opened = Signal(str)
    delete_pressed = Signal()
    undo_pressed = Signal()
    selection_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._digits = _Digits(self)
        self.setModel(self._digits)
        self.setItemDelegate(_Thumbnails(self))
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
        self.doubleClicked.connect(lambda index: self.opened.emit(self._digits.shown[index.row()].id))
        self.selectionModel().selectionChanged.connect(lambda *_: self.selection_changed.emit())
        self._arrange()

    @property
    def selected(self) -> tuple[str, ...]:
        """Return the ids of the selected digits, in the order in which they are shown."""
        rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        return tuple(self._digits.shown[row].id for row in rows)

    def set_digits(self, digits: Sequence[Thumbnail]) -> None:
        """Show these; what was selected stays selected, and where all of it has gone, what took its place."""
        chosen, row = set(self.selected), self.currentIndex().row()
        current = self._digits.shown[row].id if row >= 0 else ""
        places = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        self._digits.set_digits(digits)
        rows = [row for row, digit in enumerate(digits) if digit.id in chosen]
        now = next((row for row, digit in enumerate(digits) if digit.id == current), min(row, len(digits) - 1))
        if chosen and not rows and now >= 0:
            rows = [now]
        self._select(rows, now)
        self.doItemsLayout()
        self.horizontalScrollBar().setValue(places[0])
        self.verticalScrollBar().setValue(places[1])

    def set_frames(self, frames: Mapping[str, NDArray[np.float32]]) -> None:
        """Give digits their (28, 28) frames, by id; those that are not shown are passed over."""
        self._digits.set_frames(frames)

    @property
    def tile(self) -> QSize:
        """The size of a digit with its label."""
        room, words = self.contentsRect().height() - _SLACK, self._words_height()
        rows = math.ceil(room / (LARGEST + words))
        if rows > 1 and room // rows < SMALLEST + words:
            rows -= 1
        if rows <= 1:
            room -= self.horizontalScrollBar().sizeHint().height()
        height = max(SMALLEST + words, min(LARGEST + words, room // max(rows, 1)))
        return QSize(height - words + 2 * PADDING, height)

    def _words_height(self) -> int:
        """Return how much higher a tile is than its thumbnail."""
        return 2 * PADDING + GAP + QFontMetrics(self.font()).height()

    def _select(self, rows: Sequence[int], current: int) -> None:
        chosen, flag = QItemSelection(), QItemSelectionModel.SelectionFlag
        for row in rows:
            chosen.select(self._digits.index(row), self._digits.index(row))
        self.selectionModel().select(chosen, flag.ClearAndSelect)
        if current >= 0:
            self.selectionModel().setCurrentIndex(self._digits.index(current), flag.NoUpdate)

    def _arrange(self) -> None:
        """Let whole rows fill the height; scroll downwards, or sideways where there is room for one row only."""
        tile = self.tile
        sideways = self.contentsRect().height() - _SLACK < 2 * tile.height()
        flow = QListView.Flow.TopToBottom if sideways else QListView.Flow.LeftToRight
        if (flow, tile) != (self.flow(), self.gridSize()):
            self.setFlow(flow)
            self.setGridSize(tile)
        off, needed = Qt.ScrollBarPolicy.ScrollBarAlwaysOff, Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.setVerticalScrollBarPolicy(off if sideways else needed)
        self.setHorizontalScrollBarPolicy(needed if sideways else off)

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        """Ask for one row of small thumbnails."""
        around = 2 * self.frameWidth() + self.horizontalScrollBar().sizeHint().height() + _SLACK
        return QSize(3 * self.tile.width(), SMALLEST + self._words_height() + around)

    def sizeHint(self) -> QSize:
        """Ask for no more: it takes the height that is left, and in a scroll area there is always more."""
        return self.minimumSizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the digits for the new room."""
        self._arrange()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._arrange()
            self.updateGeometry()

    def event(self, event: QEvent) -> bool:
        """Keep for itself the keys that the window has another use for."""
        is_mine = isinstance(event, QKeyEvent) and (_is_delete(event) or event.matches(QKeySequence.StandardKey.Undo))
        if is_mine and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Act on the selected digits."""
        text = event.text()
        if _is_delete(event):
            self.delete_pressed.emit()
        elif event.matches(QKeySequence.StandardKey.Undo):
            self.undo_pressed.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit(self._digits.shown[self.currentIndex().row()].id)
        elif len(text) == 1 and text in "0123456789":
            self.labelled.emit(int(text))
        else:
            super().keyPressEvent(event)


def _is_delete(event: QKeyEvent) -> bool:
    held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and held == Qt.KeyboardModifier.NoModifier


class _Digits(QAbstractListModel):
    """The digits that are shown."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.shown: list[Thumbnail] = []

    def set_digits(self, digits: Sequence[Thumbnail]) -> None:
        self.beginResetModel()
        self.shown = list(digits)
        self.endResetModel()

    def set_frames(self, frames: Mapping[str, NDArray[np.float32]]) -> None:
        rows = [row for row, digit in enumerate(self.shown) if digit.id in frames]
        for row in rows:
            self.shown[row] = self.shown[row]._replace(frame=frames[self.shown[row].id])
        if rows:
            self.dataChanged.emit(self.index(rows[0]), self.index(rows[-1]), [_FRAME])

    # -- Qt

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        """Return how many digits there are."""
        return 0 if parent.isValid() else len(self.shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a digit's label, words for a screen reader, or its frame."""
        digit = self.shown[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return str(digit.label)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"Your {digit.label}"
        return digit.frame if role == _FRAME else None


class _Thumbnails(QStyledItemDelegate):
    """Paints a frame in white on black, whatever the theme, and its label below."""

    # -- Qt

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one digit."""
        shelf = self.parent()
        assert isinstance(shelf, ThumbnailList)
        colors = colors_of(shelf)
        cell = QRect(option.rect.topLeft(), shelf.tile)
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
        frame = index.data(_FRAME)
        if frame is not None:
            grey = np.rint(np.clip(frame, 0, 1) * 255).astype(np.uint8).tobytes()
            image = QImage(grey, FRAME_SIDE, FRAME_SIDE, FRAME_SIDE, QImage.Format.Format_Grayscale8)
            painter.drawImage(square, image)
        painter.setPen(QColor(colors.text if selected else colors.muted))
        painter.setFont(option.font)
        label = cell.adjusted(0, PADDING + side + GAP, 0, -PADDING)
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, index.data())
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Ask for a thumbnail and its label."""
        shelf = self.parent()
        assert isinstance(shelf, ThumbnailList)
        return shelf.tile
