"""Table of the compared runs, sorted by any column, with the most important columns or with all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter

from mnist_gui.gui.theme import Colors
from mnist_gui.gui.widgets.run_marker import RunMarker, paint_marker
from mnist_gui.gui.widgets.two_line_table import TableCell, TableColumn, TwoLineDelegate, TwoLineModel, TwoLineTable

MAX_ROWS = 12  # visible without scrolling


class ComparisonRow(NamedTuple):
    """A run, whose marker is painted in the first cell."""

    marker: RunMarker
    cells: tuple[TableCell, ...]


class ComparisonTable(TwoLineTable):
    """As high as its rows. A click on a header sorts; Enter sorts by the column of the current cell."""

    def __init__(self, name: str) -> None:
        super().__init__(TwoLineModel(), TwoLineDelegate(_paint_marker))
        self._all = False
        self.setObjectName("comparison_table")
        self.setAccessibleName(name)
        self.setAccessibleDescription("Arrows go from figure to figure, Enter sorts by the column.")
        self.horizontalHeader().setSortIndicatorClearable(True)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.fit_font()

    def set_rows(self, columns: Sequence[TableColumn], rows: Sequence[ComparisonRow]) -> None:
        """Replace columns and rows; the table stays sorted by the same column."""
        self._source.reset(columns, rows)
        self.show_all(self._all)

    def show_all(self, shown: bool) -> None:
        """Show all columns, or only the most important ones."""
        self._all = shown
        for index, column in enumerate(self._source.columns):
            self.setColumnHidden(index, column.optional and not shown)
        self.fit_columns()

    def fit_columns(self) -> None:
        """Set the widths of the visible columns, and the height."""
        super().fit_columns()
        height = self.height_of(min(max(len(self._source.rows), 1), MAX_ROWS))
        scrolls = self.horizontalHeader().length() > self.viewport().width()
        self.setFixedHeight(height + self.horizontalScrollBar().sizeHint().height() * scrolls)

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
        else:
            super().keyPressEvent(event)


def _paint_marker(painter: QPainter, row: ComparisonRow, center: QPointF, size: float, colors: Colors) -> None:
    paint_marker(painter, row.marker, center, size, colors)
