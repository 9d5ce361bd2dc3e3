"""Table of the compared runs, sorted by any column, with the most important columns or with all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyleOptionViewItem, QWidget

from mnist_gui.gui.theme import Colors
from mnist_gui.gui.widgets.run_marker import RunMarker, paint_marker
from mnist_gui.gui.widgets.two_line_table import (
    Index,
    TableCell,
    TableColumn,
    TwoLineDelegate,
    TwoLineModel,
    TwoLineTable,
)

MAX_ROWS = 12  # visible without scrolling the table


class ComparisonRow(NamedTuple):
    """A run, whose marker is painted in the first cell.

    Attributes
    ----------
    run
        Name of the run if the user may change its title; else empty.
    title
        What is edited then.
    """

    marker: RunMarker
    cells: tuple[TableCell, ...]
    run: str = ""
    title: str = ""


class ComparisonModel(TwoLineModel):
    """Rows whose titles may be edited.

    Signals
    -------
    title_edited(run: str, title: str)
        The row keeps its title until it is replaced.
    """

    title_edited = Signal(str, str)

    # -- Qt

    def flags(self, index: Index) -> Qt.ItemFlag:
        can_edit = index.column() == 0 and bool(self.rows[index.row()].run)
        return super().flags(index) | (Qt.ItemFlag.ItemIsEditable if can_edit else Qt.ItemFlag.NoItemFlags)

    def data(self, index: Index, role: int = 0) -> object:
        if role == Qt.ItemDataRole.EditRole and index.column() == 0:
            return self.rows[index.row()].title
        return super().data(index, role)

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.EditRole and isinstance(value, str) and value.strip() != row.title:
            self.title_edited.emit(row.run, value)
        return False


class ComparisonDelegate(TwoLineDelegate):
    """Names the editor of a title."""

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = super().createEditor(parent, option, index)
        editor.setObjectName("run_title")
        editor.setAccessibleName(f"New title of {index.data()}")
        return editor


class ComparisonTable(TwoLineTable):
    """As high as its rows. A click on a header sorts; Enter sorts by the column of the current cell.

    F2 or a double click edits the title of a run in place; Esc leaves it as it was.

    Signals
    -------
    title_edited(run: str, title: str)
        The user gave a run another title.
    """

    title_edited = Signal(str, str)

    def __init__(self, name: str) -> None:
        model = ComparisonModel()
        super().__init__(model, ComparisonDelegate(_paint_marker))
        self._all = False
        self._max_rows = MAX_ROWS
        self._next: tuple[Sequence[TableColumn], Sequence[ComparisonRow]] | None = None  # while a title is edited
        model.title_edited.connect(self.title_edited)
        self.itemDelegate().closeEditor.connect(self._on_editor_closed)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.setObjectName("comparison_table")
        self.setAccessibleName(name)
        self.setAccessibleDescription("Arrows go from figure to figure, Enter sorts by the column, F2 edits a title.")
        self.horizontalHeader().setSortIndicatorClearable(True)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.fit_font()

    def set_rows(self, columns: Sequence[TableColumn], rows: Sequence[ComparisonRow]) -> None:
        """Replace columns and rows, but not while a title is edited; the table stays sorted by the same column."""
        if self.state() == QAbstractItemView.State.EditingState:
            self._next = columns, rows
            return
        self._next = None
        self._source.reset(columns, rows)
        self.show_all(self._all)

    def show_all(self, shown: bool) -> None:
        """Show all columns, or only the most important ones."""
        self._all = shown
        for index, column in enumerate(self._source.columns):
            self.setColumnHidden(index, column.optional and not shown)
        self.fit_columns()

    def set_max_rows(self, count: int) -> None:
        """Set how many rows are visible without scrolling the table."""
        if count != self._max_rows:
            self._max_rows = count
            self.fit_columns()

    def fit_columns(self) -> None:
        """Set the widths of the visible columns, and the height."""
        super().fit_columns()
        height = self.height_of(min(max(len(self._source.rows), 1), self._max_rows))
        scrolls = self.horizontalHeader().length() > self.viewport().width()
        self.setFixedHeight(height + self.horizontalScrollBar().sizeHint().height() * scrolls)

    def _on_editor_closed(self) -> None:
        QTimer.singleShot(0, self, self._set_next_rows)  # the editor is still closing

    def _set_next_rows(self) -> None:
        if self._next is not None:
            self.set_rows(*self._next)

    def _edit_title(self) -> None:
        index = self.currentIndex().siblingAtColumn(0)
        if index.flags() & Qt.ItemFlag.ItemIsEditable:
            self.horizontalScrollBar().setValue(0)  # the editor is in the column itself
            self.setCurrentIndex(index)
            self.edit(index)

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        return QSize(240, self.height())  # a narrow table scrolls

    def keyPressEvent(self, event: QKeyEvent) -> None:
        column = self.currentIndex().column()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and column >= 0:
            header = self.horizontalHeader()
            descending, ascending = Qt.SortOrder.DescendingOrder, Qt.SortOrder.AscendingOrder
            again = header.sortIndicatorSection() == column and header.sortIndicatorOrder() == ascending
            self.sortByColumn(column, descending if again else ascending)
        elif event.key() == Qt.Key.Key_F2:
            self._edit_title()
        else:
            super().keyPressEvent(event)


def _paint_marker(painter: QPainter, row: ComparisonRow, center: QPointF, size: float, colors: Colors) -> None:
    paint_marker(painter, row.marker, center, size, colors)
