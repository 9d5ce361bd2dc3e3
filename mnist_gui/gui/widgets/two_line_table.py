"""Base of tables whose cells have two lines: a value, and a smaller second line below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil
from typing import Any, NamedTuple

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
from PySide6.QtGui import QColor, QFont, QFontMetrics, QFontMetricsF, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from mnist_gui.gui.keyboard_focus import has_keyboard_focus
from mnist_gui.gui.theme import Colors, colors_of
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT
from mnist_gui.gui.widgets.frozen_column import FrozenColumn
from mnist_gui.gui.widgets.plain_text import tool_tip
from mnist_gui.wording import plain_lines, plain_text

PADDING = 12  # pixels at the left and the right of a text
ENSURE_VISIBLE = QAbstractItemView.ScrollHint.EnsureVisible
SECOND_LINE_SCALE = 0.88  # of the font size
SECOND_LINE, SORT_VALUE, ROW = (Qt.ItemDataRole.UserRole + offset for offset in range(3))
Index = QModelIndex | QPersistentModelIndex
# Called with the painter, the row, the center and size of the marker, and the colors.
PaintMarker = Callable[[QPainter, Any, QPointF, float, Colors], None]


class TableColumn(NamedTuple):
    """A column.

    Attributes
    ----------
    title
        Text of the header.
    help
        Tool tip of the header.
    numeric
        Whether the texts are aligned to the right.
    optional
        Whether the column is hidden until all columns are asked for.
    """

    title: str
    help: str
    numeric: bool = True
    optional: bool = False


class TableCell(NamedTuple):
    """A cell.

    Attributes
    ----------
    text, second
        The two lines.
    sort
        Value that the rows are sorted by; without one, below all numbers.
    description
        Tool tip and accessible text; the two lines where it is empty.
    """

    text: str
    second: str = ""
    sort: float | str = float("-inf")
    description: str = ""


class TwoLineModel(QAbstractTableModel):
    """Model of a two-line table.

    Attributes
    ----------
    columns
        The columns.
    rows
        Objects with an attribute `cells`: a `TableCell` for each column.
    """

    def __init__(self, columns: Sequence[TableColumn] = (), parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = columns
        self.rows: Sequence[Any] = ()

    def reset(self, columns: Sequence[TableColumn], rows: Sequence[Any]) -> None:
        """Replace columns and rows."""
        self.beginResetModel()
        self.columns, self.rows = columns, rows
        self.endResetModel()

    # -- Qt

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{column.help} Click to sort."
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(column) | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = 0) -> object:
        row = self.rows[index.row()]
        cell: TableCell = row.cells[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return plain_text(cell.text)
        if role == SECOND_LINE:
            return plain_text(cell.second)
        if role == SORT_VALUE:
            return cell.sort
        if role == ROW:
            return row
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            text = plain_lines(cell.description or "\n".join(line for line in cell[:2] if line))
            return tool_tip(text) if role == Qt.ItemDataRole.ToolTipRole else text
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(self.columns[index.column()])
        return None


class TwoLineDelegate(QStyledItemDelegate):
    """Paints the two lines of a cell, and in one column a marker before them.

    Parameters
    ----------
    paint_marker
        Paints the marker of a row.
    marker_column
        Column whose texts are elided in the middle; those of other columns are at the end.
    """

    def __init__(self, paint_marker: PaintMarker, marker_column: int = 0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._paint_marker = paint_marker
        self._marker_column = marker_column

    def paint_focus(self, painter: QPainter, option: QStyleOptionViewItem, index: Index, colors: Colors) -> None:
        """Draw a ring around the cell that the keyboard has reached."""
        if option.state & QStyle.StateFlag.State_HasFocus and has_keyboard_focus(option.widget):
            painter.setPen(QPen(QColor(colors.accent), 2))
            painter.drawRect(option.rect.adjusted(1, 1, -1, -1))

    def paint_content(self, painter: QPainter, option: QStyleOptionViewItem, index: Index, colors: Colors) -> None:
        """Paint the marker and the two lines."""
        area = option.rect.adjusted(PADDING, 6, -PADDING, -6)
        metrics, second_font = QFontMetrics(option.font), _second_line_font(option.font)
        elide = Qt.TextElideMode.ElideRight
        if index.column() == self._marker_column:
            elide = Qt.TextElideMode.ElideMiddle
            size = metrics.ascent() * 0.8
            center = QPointF(area.left() + size / 2, area.top() + metrics.height() / 2)
            self._paint_marker(painter, index.data(ROW), center, size, colors)
            area.setLeft(area.left() + round(size) + 8)
        side = index.data(Qt.ItemDataRole.TextAlignmentRole)
        painter.setFont(option.font)
        painter.setPen(QColor(colors.text))
        painter.drawText(area, side | Qt.AlignmentFlag.AlignTop, metrics.elidedText(index.data(), elide, area.width()))
        painter.setFont(second_font)
        painter.setPen(QColor(colors.muted))
        second = QFontMetrics(second_font).elidedText(
            index.data(SECOND_LINE), Qt.TextElideMode.ElideRight, area.width()
        )
        painter.drawText(area, side | Qt.AlignmentFlag.AlignBottom, second)

    # -- Qt

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        widget = option.widget
        assert isinstance(widget, QWidget)
        colors = colors_of(widget)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(colors.grid))
        self.paint_focus(painter, option, index, colors)
        self.paint_content(painter, option, index, colors)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, _row_height(option.font))


class TwoLineTable(QTableView):
    """Sorted table of rows, one of which may be selected.

    Columns are as wide as their texts; where that is too little room, the one with the names is narrower, and the table
    scrolls beside the names, which stay in view.

    Parameters
    ----------
    model
        Model of the shown rows and columns.
    delegate
        Delegate that paints the cells.
    name_column
        Index of the column with the names.
    name_letters
        Minimum width of that column, in letters.
    max_letters
        Maximum width of the texts in other columns, in letters.
    """

    def __init__(
        self,
        model: TwoLineModel,
        delegate: TwoLineDelegate,
        *,
        name_column: int = 0,
        name_letters: int = 20,
        max_letters: int = 1000,
    ) -> None:
        super().__init__()
        self._source = model
        self._name_column = name_column
        self._name_letters = name_letters
        self._max_letters = max_letters
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(model)
        self._sorted.setSortRole(SORT_VALUE)
        self.setModel(self._sorted)
        delegate.setParent(self)
        self.setItemDelegate(delegate)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        for header in (self.verticalHeader(), self.horizontalHeader()):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setHighlightSections(False)
        self.setSortingEnabled(True)
        self._frozen = FrozenColumn(self, name_column, PADDING)

    def height_of(self, rows: int) -> int:
        """Return the height in pixels at which that number of rows is visible."""
        return self._header_height() + rows * _row_height(self.font()) + 2 * self.frameWidth()

    def width_up_to(self, last: int) -> int:
        """Return the width in pixels at which the columns up to an index are visible, with the least for the names."""
        columns = [index for index in range(last + 1) if index != self._name_column and not self.isColumnHidden(index)]
        bar = self.verticalScrollBar().sizeHint().width()
        return sum(map(self.columnWidth, columns)) + self._least_name_width + bar + 2 * self.frameWidth()

    def fit_columns(self) -> None:
        """Set the widths of the visible columns."""
        left = self.viewport().width()
        for index in range(len(self._source.columns)):
            if index != self._name_column and not self.isColumnHidden(index):
                width = self.needed_width(index)
                self.setColumnWidth(index, width)
                left -= width
        # Figures stand beside the names, however much room there is.
        marker = round(QFontMetricsF(self.font()).ascent() * 0.8) + 8
        widest = self._widest_text(self._name_column) + marker + 2 * PADDING
        self.setColumnWidth(self._name_column, max(min(left, widest), self._least_name_width))
        self.updateGeometry()
        self._frozen.follow()

    def needed_width(self, index: int) -> int:
        """Return the width in pixels that a column needs, hidden or not; of the one with the names the least."""
        if index == self._name_column:
            return self._least_name_width
        title_font = QFont(self.font())
        title_font.setWeight(QFont.Weight.DemiBold)  # as in the style sheet
        sort_arrow = self.style().pixelMetric(QStyle.PixelMetric.PM_HeaderMarkSize)
        title = QFontMetrics(title_font).horizontalAdvance(self._source.columns[index].title) + sort_arrow
        letter = ceil(QFontMetricsF(self.font()).averageCharWidth())
        return max(title, min(self._widest_text(index), self._max_letters * letter)) + 2 * PADDING

    def fit_font(self) -> None:
        """Set all sizes that follow the font."""
        self.verticalHeader().setDefaultSectionSize(_row_height(self.font()))
        self.horizontalHeader().setFixedHeight(self._header_height())
        self.updateGeometry()
        self.fit_columns()

    def _widest_text(self, index: int) -> int:
        """Return the width of a column's widest text in pixels, rounded up: it would be cut in its own column."""
        first, second = QFontMetricsF(self.font()), QFontMetricsF(_second_line_font(self.font()))
        lines = {tuple(map(plain_text, row.cells[index][:2])) for row in self._source.rows}
        widths = (max(first.horizontalAdvance(text), second.horizontalAdvance(below)) for text, below in lines)
        return ceil(max(widths, default=0))

    @property
    def _least_name_width(self) -> int:
        return self._name_letters * ceil(QFontMetricsF(self.font()).averageCharWidth()) + 2 * PADDING

    def _header_height(self) -> int:
        return max(QFontMetrics(self.font()).height() + 12, TARGET_HEIGHT)

    # -- Qt

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.fit_font()

    def scrollTo(self, index: Index, hint: QAbstractItemView.ScrollHint = ENSURE_VISIBLE) -> None:
        bar = self.horizontalScrollBar()
        before = bar.value()
        super().scrollTo(index, hint)
        if index.column() == self._name_column:
            bar.setValue(before)  # it is in view anyway
        elif self._frozen.isVisible():
            bar.setValue(bar.value() - max(self._frozen.width() - self.columnViewportPosition(index.column()), 0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._frozen.follow()
        if event.size().width() != event.oldSize().width():
            self.fit_columns()


def _side(column: TableColumn) -> Qt.AlignmentFlag:
    return Qt.AlignmentFlag.AlignRight if column.numeric else Qt.AlignmentFlag.AlignLeft


def _second_line_font(font: QFont) -> QFont:
    smaller = QFont(font)
    smaller.setPointSizeF(font.pointSizeF() * SECOND_LINE_SCALE)
    return smaller


def _row_height(font: QFont) -> int:
    return QFontMetrics(font).height() + QFontMetrics(_second_line_font(font)).height() + 14
