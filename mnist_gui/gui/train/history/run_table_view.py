"""The run list's table: sorted, one line selected, as wide as its texts."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QEvent, QItemSelectionModel, QSize, QSortFilterProxyModel, Qt
from PySide6.QtGui import QFont, QFontMetrics, QFontMetricsF, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QStyle, QTableView

from mnist_gui.gui.train.history.run_table_delegate import TwoLineDelegate, toggle
from mnist_gui.gui.train.history.run_table_model import HEADERS, SORT, Column, RunTableModel, RunTableRow
from mnist_gui.gui.widgets.form_controls import show_as_rows
from mnist_gui.gui.widgets.two_line_table import PADDING, line_height, small

FEWEST_LINES = 4  # that are seen at once
LEAST_NAME, MOST_TEXT = 24, 18  # widths of columns, in letters


class RunTableView(QTableView):
    """Shows every line; Space shows the selected run's curves.

    Parameters
    ----------
    lines
        What is shown.
    """

    def __init__(self, lines: RunTableModel) -> None:
        super().__init__()
        self._lines = lines
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(lines)
        self._sorted.setSortRole(SORT)
        self.setModel(self._sorted)
        self.setItemDelegate(TwoLineDelegate(self))
        self.setObjectName("runs")
        self.setAccessibleName("Run history")
        self.setAccessibleDescription("Space shows curves, Enter uses a run in Draw, F2 renames it, Del deletes it.")
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        show_as_rows(self)
        self.setSortingEnabled(True)
        self.sortByColumn(Column.DATE, Qt.SortOrder.DescendingOrder)

    def current_line(self) -> RunTableRow | None:
        """Return the selected run's line."""
        index = self.currentIndex()
        return self._lines.lines[self._sorted.mapToSource(index).row()] if index.isValid() else None

    def select(self, name: str, place: int) -> None:
        """Select the run of that name, or what lies at that place by now."""
        names = [line.name for line in self._lines.lines]
        if name in names:
            row = self._sorted.mapFromSource(self._lines.index(names.index(name), Column.RUN)).row()
        else:
            row = min(max(place, 0), len(names) - 1)
        index = self._sorted.index(row, Column.RUN)
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    def share_room(self) -> None:
        """Make columns as wide as their texts and give the names what is left; the table scrolls where it is little."""
        # Widths in fractions: cut to whole pixels, a text would not fit into its own.
        first, second = QFontMetricsF(self.font()), QFontMetricsF(small(self.font()))
        letter = ceil(first.averageCharWidth())
        sign = self.style().pixelMetric(QStyle.PixelMetric.PM_HeaderMarkSize)
        others = 0
        for column in Column:
            if column != Column.RUN:
                texts = {line.texts(column) for line in self._lines.lines}
                widths = [ceil(max(first.horizontalAdvance(a), second.horizontalAdvance(b))) for a, b in texts]
                title = self._header_metrics().horizontalAdvance(HEADERS[column]) + sign
                width = max(title, min(max(widths, default=0), MOST_TEXT * letter)) + 2 * PADDING
                self.setColumnWidth(column, width)
                others += width
        self.setColumnWidth(Column.RUN, max(self.viewport().width() - others, LEAST_NAME * letter + 2 * PADDING))

    def _header_metrics(self) -> QFontMetrics:
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)  # as the style sheet has it
        return QFontMetrics(font)

    def _measure(self) -> None:
        self.verticalHeader().setDefaultSectionSize(line_height(self.font()))
        self.updateGeometry()
        self.share_room()

    # -- Qt

    def sizeHint(self) -> QSize:
        """Ask for a few more lines than there must be."""
        return self._size_for(FEWEST_LINES + 2)

    def minimumSizeHint(self) -> QSize:
        """Show a few lines at least."""
        return self._size_for(FEWEST_LINES)

    def _size_for(self, lines: int) -> QSize:
        height = self.horizontalHeader().sizeHint().height() + lines * line_height(self.font())
        return QSize(320, height + 2 * self.frameWidth())

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text's size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._measure()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room anew."""
        super().resizeEvent(event)
        self.share_room()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show or hide the selected run's curves with Space, whatever column is current."""
        ends = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: self._sorted.rowCount() - 1}
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            toggle(self._sorted, self.currentIndex())
        elif event.key() in ends:  # of the table, not of the line
            self.select("", ends[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)
