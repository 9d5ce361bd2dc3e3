"""Table of the run history: cells with check boxes for the curves, and names that are edited in place."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyleOptionViewItem, QWidget

from mnist_gui.gui.theme import Colors
from mnist_gui.gui.train.history.run_table_model import RunColumn, RunTableModel, RunTableRow
from mnist_gui.gui.widgets.run_marker import RunMarker, paint_marker
from mnist_gui.gui.widgets.two_line_table import Index, TwoLineDelegate, TwoLineTable

MIN_ROWS = 4  # visible without scrolling
BOX_SIZE = 16  # pixels


class RunTableView(TwoLineTable):
    """Shows every run, the newest first; Space shows the selected run's curves.

    Columns for which there is no room are hidden, the least important first: the table scrolls sideways only where
    there is no room for names and accuracies, or where the user wants all columns.
    """

    def __init__(self, model: RunTableModel) -> None:
        delegate = RunTableDelegate(_paint_marker, RunColumn.RUN)
        super().__init__(model, delegate, name_column=RunColumn.RUN, name_letters=22, max_letters=18)
        self._shows_all = False
        self.setObjectName("runs")
        self.setAccessibleName("Run history")
        self.setAccessibleDescription(
            "Space shows curves, Enter uses a run in Draw, F2 renames it, Del deletes it. Shift or Ctrl selects more."
        )
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.sortByColumn(RunColumn.DATE, Qt.SortOrder.DescendingOrder)
        self.fit_font()

    def show_all_columns(self, shown: bool) -> None:
        """Show all columns, or those for which there is room."""
        self._shows_all = shown
        self.fit_columns()

    def fit_columns(self) -> None:
        """Choose the columns, and set their widths."""
        left = self.viewport().width()
        for column in RunColumn:
            left -= self.needed_width(column)
            has_room = left >= 0 or column <= RunColumn.ACCURACY
            self.setColumnHidden(column, not (has_room or self._shows_all))
        super().fit_columns()

    @property
    def is_editing(self) -> bool:
        """Whether a name is being edited."""
        return self.state() == QAbstractItemView.State.EditingState

    def current_row(self) -> RunTableRow | None:
        """Return the selected run."""
        index = self.currentIndex()
        return self._source.rows[self._sorted.mapToSource(index).row()] if index.isValid() else None

    def selected_rows(self) -> list[RunTableRow]:
        """Return all selected runs, from top to bottom; the current one where none is."""
        indices = sorted(self.selectionModel().selectedRows(RunColumn.RUN), key=lambda index: index.row())
        rows = [self._source.rows[self._sorted.mapToSource(index).row()] for index in indices]
        current = self.current_row()
        return rows or ([current] if current is not None else [])

    def select_all(self, names: Collection[str]) -> None:
        """Select the runs of these names; the current one stays the current one."""
        selection = QItemSelection()
        for row, run in enumerate(self._source.rows):
            if run.name in names:
                index = self._sorted.mapFromSource(self._source.index(row, RunColumn.RUN))
                selection.select(index, index)
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(selection, flags.ClearAndSelect | flags.Rows)

    def select(self, name: str, position: int) -> None:
        """Select the run of that name or, where there is none, the row at that position."""
        names = [row.name for row in self._source.rows]
        if name in names:
            position = self._sorted.mapFromSource(self._source.index(names.index(name), RunColumn.RUN)).row()
        index = self._sorted.index(min(max(position, 0), len(names) - 1), RunColumn.RUN)
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    # -- Qt

    def sizeHint(self) -> QSize:
        return QSize(self.width_up_to(RunColumn.ACCURACY), self.height_of(MIN_ROWS + 2))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.width_up_to(RunColumn.ACCURACY), self.height_of(MIN_ROWS))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ends = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: self._sorted.rowCount() - 1}
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            _toggle_curves(self._sorted, self.currentIndex())
        elif event.key() in ends:  # of the table; Qt goes to the ends of the row
            self.select("", ends[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)


class RunTableDelegate(TwoLineDelegate):
    """Paints the check boxes of the curves, toggles them, and names the editor of a run's name."""

    def paint_focus(self, painter: QPainter, option: QStyleOptionViewItem, index: Index, colors: Colors) -> None:
        """Draw a bar before the selected row while the table has the focus."""
        selected = option.state & QStyle.StateFlag.State_Selected
        if index.column() == RunColumn.CURVES and selected and option.widget.hasFocus():
            painter.fillRect(option.rect.left(), option.rect.top(), 3, option.rect.height(), QColor(colors.accent))

    def paint_content(self, painter: QPainter, option: QStyleOptionViewItem, index: Index, colors: Colors) -> None:
        """Paint the check box, or the two lines."""
        if index.column() != RunColumn.CURVES:
            super().paint_content(painter, option, index, colors)
        elif (state := index.data(Qt.ItemDataRole.CheckStateRole)) is not None:
            _paint_check_box(painter, option.rect, colors, Qt.CheckState(state) == Qt.CheckState.Checked)

    # -- Qt

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = super().createEditor(parent, option, index)
        editor.setObjectName("run_name")
        editor.setAccessibleName(f"New name of run {index.data()}")
        return editor

    def editorEvent(self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index) -> bool:
        # A click anywhere in the cell shows or hides the curves: the box alone is a small target.
        if (
            index.column() == RunColumn.CURVES
            and isinstance(event, QMouseEvent)
            and event.button() == Qt.MouseButton.LeftButton
        ):
            if event.type() == QEvent.Type.MouseButtonRelease and option.rect.contains(event.position().toPoint()):
                _toggle_curves(model, index)
            return event.type() in (QEvent.Type.MouseButtonRelease, QEvent.Type.MouseButtonDblClick)
        return super().editorEvent(event, model, option, index)


def _toggle_curves(model: QAbstractItemModel, index: Index) -> None:
    box = model.index(index.row(), RunColumn.CURVES)
    state = box.data(Qt.ItemDataRole.CheckStateRole)
    if state is not None:
        checked = Qt.CheckState(state) == Qt.CheckState.Checked
        other = Qt.CheckState.Unchecked if checked else Qt.CheckState.Checked
        model.setData(box, other, Qt.ItemDataRole.CheckStateRole)


def _paint_marker(painter: QPainter, row: RunTableRow, center: QPointF, size: float, colors: Colors) -> None:
    if row.mark[0]:
        paint_marker(painter, RunMarker(row.name, *row.mark), center, size, colors)


def _paint_check_box(painter: QPainter, area: QRect, colors: Colors, checked: bool) -> None:
    """Paint a box as the style sheet paints check boxes."""
    box = QRectF(0, 0, BOX_SIZE, BOX_SIZE)
    box.moveCenter(QRectF(area).center())
    painter.setPen(QPen(QColor(colors.accent if checked else colors.muted), 1))
    painter.setBrush(QColor(colors.accent if checked else colors.surface))
    painter.drawRoundedRect(box, 4, 4)
    if checked:
        painter.setPen(QPen(QColor(colors.on_accent), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        corners = ((0.22, 0.52), (0.42, 0.72), (0.78, 0.3))
        painter.drawPolyline(QPolygonF([box.topLeft() + QPointF(x * BOX_SIZE, y * BOX_SIZE) for x, y in corners]))
