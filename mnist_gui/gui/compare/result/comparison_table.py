"""A line a run, sorted by any column, with the columns that matter most or with all of them."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QSize,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QFontMetricsF, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from mnist_gui.gui.compare.run_marker import RunMarker, paint_key
from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.widgets.form_controls import show_as_rows
from mnist_gui.gui.widgets.two_line_table import PADDING, line_height, small

LEAST_NAME = 20  # letters
MOST_LINES = 12  # seen without scrolling
SECOND_LINE, SORT, KEY = (Qt.ItemDataRole.UserRole + place for place in range(3))
Index = QModelIndex | QPersistentModelIndex


class TableColumn(NamedTuple):
    """A column.

    Attributes
    ----------
    title, about
        Of its header, and of the header's tool tip.
    more
        Whether it is seen only where all columns are.
    """

    title: str
    about: str
    more: bool = False


class TableCell(NamedTuple):
    """A cell: two lines, and by what it is sorted; what is unknown sorts last of falling figures."""

    text: str
    second: str = ""
    sort: float | str = float("-inf")
    about: str = ""


class TableLine(NamedTuple):
    """A run's line; the first cell has its mark."""

    key: RunMarker
    cells: tuple[TableCell, ...]


class ComparisonTable(QTableView):
    """As high as its lines. A click on a header sorts, and so does Enter, by the column of the current cell."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = _Lines(self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._lines)
        self._sorted.setSortRole(SORT)
        self._all = False
        self.setModel(self._sorted)
        self.setItemDelegate(_Cells(self))
        self.setObjectName("comparison_table")
        self.setAccessibleName(name)
        self.setAccessibleDescription("Arrows go from figure to figure, Enter sorts by the column.")
        show_as_rows(self)
        self.horizontalHeader().setSortIndicatorClearable(True)
        self.setSortingEnabled(True)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self._measure()

    def set_lines(self, columns: Sequence[TableColumn], lines: Sequence[TableLine]) -> None:
        """Show these; the order stays that of the column chosen."""
        self._lines.set_lines(columns, lines)
        self.show_all(self._all)

    def show_all(self, shown: bool) -> None:
        """Show all columns, or only those that matter most."""
        self._all = shown
        for place, column in enumerate(self._lines.columns):
            self.setColumnHidden(place, column.more and not shown)
        self._measure()

    # -- inside

    def _header_height(self) -> int:
        return max(QFontMetrics(self.font()).height() + 12, 32)

    def _measure(self) -> None:
        self.verticalHeader().setDefaultSectionSize(line_height(self.font()))
        self.horizontalHeader().setFixedHeight(self._header_height())
        self._share_room()
        lines = min(max(self._lines.rowCount(), 1), MOST_LINES)
        height = self._header_height() + lines * line_height(self.font()) + 2 * self.frameWidth()
        scrolls = sum(self.columnWidth(c) for c in self._seen()) > self.viewport().width()
        self.setFixedHeight(height + self.horizontalScrollBar().sizeHint().height() * scrolls)

    def _seen(self) -> list[int]:
        return [place for place in range(len(self._lines.columns)) if not self.isColumnHidden(place)]

    def _share_room(self) -> None:
        """Make columns as wide as their texts; the names get what is left, and where that is little, it scrolls."""
        # Widths in fractions: cut to whole pixels, a text would not fit into its own.
        first, second = QFontMetricsF(self.font()), QFontMetricsF(small(self.font()))
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)  # as the style sheet has it
        sign = self.style().pixelMetric(QStyle.PixelMetric.PM_HeaderMarkSize)
        others = 0
        for place in self._seen():
            cells = [line.cells[place] for line in self._lines.lines]
            texts = (max(first.horizontalAdvance(cell.text), second.horizontalAdvance(cell.second)) for cell in cells)
            title = QFontMetrics(bold).horizontalAdvance(self._lines.columns[place].title) + sign + 6
            width = max(ceil(max(texts, default=0)), title) + 2 * PADDING
            if place:
                self.setColumnWidth(place, width)
                others += width
            else:
                names = width + ceil(first.ascent()) + 8
        if self._seen():
            least = min(names, LEAST_NAME * ceil(first.averageCharWidth()) + 2 * PADDING)
            self.setColumnWidth(0, max(self.viewport().width() - others, least))

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        """Ask for no width: it scrolls."""
        return QSize(240, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room anew."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._measure()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._measure()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Sort by the current column."""
        column = self.currentIndex().column()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and column >= 0:
            header = self.horizontalHeader()
            falling, rising = Qt.SortOrder.DescendingOrder, Qt.SortOrder.AscendingOrder
            again = header.sortIndicatorSection() == column and header.sortIndicatorOrder() == rising
            self.sortByColumn(column, falling if again else rising)
        else:
            super().keyPressEvent(event)


class _Lines(QAbstractTableModel):
    """The lines, in the order given."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.columns: tuple[TableColumn, ...] = ()
        self.lines: tuple[TableLine, ...] = ()

    def set_lines(self, columns: Sequence[TableColumn], lines: Sequence[TableLine]) -> None:
        self.beginResetModel()
        self.columns, self.lines = tuple(columns), tuple(lines)
        self.endResetModel()

    # -- Qt

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{self.columns[section].about} Click to sort."
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = 0) -> object:
        line = self.lines[index.row()]
        cell = line.cells[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return cell.text
        if role == SECOND_LINE:
            return cell.second
        if role == SORT:
            return cell.sort
        if role == KEY:
            return line.key
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return "\n".join(part for part in (cell.text, cell.about or cell.second) if part)
        return None


class _Cells(QStyledItemDelegate):
    """Paints a figure and, smaller and muted, what stands beside it; a run's mark before its name."""

    # -- Qt

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a cell in the theme's colours."""
        widget = option.widget
        assert isinstance(widget, QWidget)
        colors = colors_of(widget)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(colors.grid))
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(colors.accent), 2))
            painter.drawRect(option.rect.adjusted(1, 1, -1, -1))
        area = option.rect.adjusted(PADDING, 6, -PADDING, -6)
        metrics, small_metrics = QFontMetrics(option.font), QFontMetrics(small(option.font))
        if index.column() == 0:
            mark = metrics.ascent() * 0.8
            centre = QPointF(area.left() + mark / 2, area.top() + metrics.height() / 2)
            paint_key(painter, index.data(KEY), centre, mark, colors)
            area.setLeft(area.left() + metrics.ascent() + 6)
        side = Qt.AlignmentFlag.AlignRight if index.column() else Qt.AlignmentFlag.AlignLeft
        middle, right = Qt.TextElideMode.ElideMiddle, Qt.TextElideMode.ElideRight
        painter.setFont(option.font)
        painter.setPen(QColor(colors.text))
        painter.drawText(area, side | Qt.AlignmentFlag.AlignTop, metrics.elidedText(index.data(), middle, area.width()))
        painter.setFont(small(option.font))
        painter.setPen(QColor(colors.muted))
        second = small_metrics.elidedText(index.data(SECOND_LINE), right, area.width())
        painter.drawText(area, side | Qt.AlignmentFlag.AlignBottom, second)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Ask for two lines."""
        return QSize(0, line_height(option.font))
