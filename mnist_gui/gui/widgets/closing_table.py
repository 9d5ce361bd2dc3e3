"""The closing table: a line a run, each figure with the notebook's own under it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from mnist_gui.analysis.comparison import Figures, TableRow
from mnist_gui.gui.theme import colors_of

HEADERS = ("Run", "Epochs", "Train accuracy", "Test accuracy", "Train loss", "Test loss")
SECOND_LINE = Qt.ItemDataRole.UserRole
MODEL = Qt.ItemDataRole.UserRole + 1
Index = QModelIndex | QPersistentModelIndex


class _Model(QAbstractTableModel):
    """Names of all runs, and the rows that are known so far."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.rows: dict[int, TableRow] = {}

    def begin(self, names: Sequence[str]) -> None:
        self.beginResetModel()
        self.names = list(names)
        self.rows = {}
        self.endResetModel()

    def set_row(self, row: TableRow) -> None:
        # Names may stand twice (a shipped run and one of the person's): the first one without a row is meant.
        place = next((i for i, name in enumerate(self.names) if name == row.run and i not in self.rows), None)
        if place is not None:
            self.rows[place] = row
            self.dataChanged.emit(self.index(place, 0), self.index(place, len(HEADERS) - 1))

    def text(self, place: int, column: int) -> tuple[str, str]:
        """Return a cell's two lines."""
        row = self.rows.get(place)
        if row is None:
            return (self.names[place], "waiting") if column == 0 else ("…", "")
        if column == 0:
            model = f"Model {row.model}" if row.model else "Damaged"
            return row.run, row.problem or f"{model} · {'shipped · ' if row.shipped else ''}{row.status}"
        if column == 1:
            return (str(row.epochs) if row.model else "–"), "12" if row.notebook else ""
        name = ("train_accuracy", "test_accuracy", "train_loss", "test_loss")[column - 2]
        mine, theirs = getattr(row.figures, name), getattr(row.notebook or Figures(), name)
        percent = name.endswith("accuracy")
        return _figure(mine, percent), _figure(theirs, percent) if theirs is not None else ""

    # -- Qt

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.names)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return HEADERS[section]
            if role == Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft
                return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = 0) -> object:
        first, second = self.text(index.row(), index.column())
        row = self.rows.get(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return first
        if role == SECOND_LINE:
            return second
        if role == MODEL:
            return row.model if row else None
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            notebook = "the notebook: " if index.column() else ""
            return f"{first}\n{notebook}{second}" if second else first
        return None


class _TwoLines(QStyledItemDelegate):
    """Paints a figure and, smaller and muted, what stands beside it; the model's colour marks the first column."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        widget = option.widget
        assert isinstance(widget, QWidget)
        colors = colors_of(widget)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(colors.grid))
        area = option.rect.adjusted(12, 6, -12, -6)
        model = index.data(MODEL)
        if index.column() == 0:
            if model:
                painter.fillRect(QRect(option.rect.left(), area.top(), 4, area.height()), colors.model(model))
            area.setLeft(area.left() + 6)
        side = Qt.AlignmentFlag.AlignRight if index.column() else Qt.AlignmentFlag.AlignLeft
        metrics = QFontMetrics(option.font)
        first = metrics.elidedText(index.data(), Qt.TextElideMode.ElideMiddle, area.width())
        painter.setFont(option.font)
        painter.setPen(QPen(QColor(colors.text)))
        painter.drawText(area, side | Qt.AlignmentFlag.AlignTop, first)
        small = _small(option)
        painter.setFont(small)
        painter.setPen(QPen(QColor(colors.muted)))
        second = QFontMetrics(small).elidedText(index.data(SECOND_LINE), Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, side | Qt.AlignmentFlag.AlignBottom, second)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        metrics, small = QFontMetrics(option.font), QFontMetrics(_small(option))
        width = max(metrics.horizontalAdvance(index.data()), small.horizontalAdvance(index.data(SECOND_LINE)))
        return QSize(min(width, 360) + 36, metrics.height() + small.height() + 16)


class ClosingTable(QTableView):
    """Rows appear as they become known. Ctrl+C copies what is selected."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = _Model()
        self.setModel(self._rows)
        self.setItemDelegate(_TwoLines(self))
        self.setAccessibleName("Closing table of all runs")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        header.geometriesChanged.connect(self._share_room)
        self._rows.modelReset.connect(self._share_room)
        self._rows.dataChanged.connect(self._share_room)

    def begin(self, names: Sequence[str]) -> None:
        """Show a waiting line for each run."""
        self._rows.begin(names)

    def set_row(self, row: TableRow) -> None:
        """Fill a run's line."""
        self._rows.set_row(row)

    def copy_all(self) -> None:
        """Put the whole table on the clipboard, cells divided by tabs."""
        self._copy(range(self._rows.rowCount()))

    def _copy(self, places: Sequence[int]) -> None:
        lines = ["\t".join(("Run", "About", *(f"{h}\tNotebook" for h in HEADERS[1:])))]
        for place in places:
            cells = [part for column in range(len(HEADERS)) for part in self._rows.text(place, column)]
            lines.append("\t".join(cells))
        QGuiApplication.clipboard().setText("\n".join(lines))

    def _share_room(self) -> None:
        """Give the names what the figures leave, but no less than half of what they need; the table scrolls then."""
        header = self.horizontalHeader()
        figures = sum(header.sectionSizeHint(column) for column in range(1, len(HEADERS)))
        figures = max(figures, sum(header.sectionSize(column) for column in range(1, len(HEADERS))))
        self.setColumnWidth(0, max(self.viewport().width() - figures, self.sizeHintForColumn(0) // 2))

    # -- Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room anew."""
        super().resizeEvent(event)
        self._share_room()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy the selected lines, figures and all."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self._copy(sorted({index.row() for index in self.selectedIndexes()}))
        else:
            super().keyPressEvent(event)


def _small(option: QStyleOptionViewItem) -> QFont:
    font = QFont(option.font)
    font.setPointSizeF(font.pointSizeF() * 0.88)
    return font


def _figure(value: float | None, percent: bool) -> str:
    if value is None:
        return "–"
    return f"{value:.2%}".replace("%", " %") if percent else f"{value:.4f}"
