"""The names of a table that is scrolled sideways, which stay at its left."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QFont, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QTableView, QToolTip, QWidget

from mnist_gui.gui.theme import colors_of


class FrozenColumn(QWidget):
    """Paints a column over the left edge of its table while the column itself is scrolled out of view.

    A click selects the row.

    Parameters
    ----------
    table
        Scrolls sideways by pixels; it calls `follow` whenever its columns or its size have changed.
    column
        Index of the column.
    padding
        Pixels at the left and the right of a heading.
    """

    def __init__(self, table: QTableView, column: int, padding: int) -> None:
        super().__init__(table)
        self._table, self._column, self._padding = table, column, padding
        self.setObjectName("frozen_column")
        self.hide()
        table.horizontalScrollBar().valueChanged.connect(self.follow)
        table.verticalScrollBar().valueChanged.connect(self.update)
        table.model().dataChanged.connect(self.update)
        table.model().layoutChanged.connect(self.update)
        table.model().modelReset.connect(self.follow)
        table.selectionModel().selectionChanged.connect(self.update)
        table.selectionModel().currentChanged.connect(self.update)

    def follow(self) -> None:
        """Cover the left edge of the table, or disappear where the column is in view itself."""
        table, view = self._table, self._table.viewport()
        width = min(table.columnWidth(self._column), view.width() // 2)
        header = table.horizontalHeader().height()
        self.setGeometry(view.x(), view.y() - header, width, header + view.height())
        self.setVisible(table.columnViewportPosition(self._column) < 0)
        self.update()

    # -- inside

    @property
    def _header_height(self) -> int:
        return self._table.horizontalHeader().height()

    def _index_at(self, position: QPoint) -> QModelIndex:
        row = self._table.rowAt(position.y() - self._header_height)
        return self._table.model().index(row, self._column)

    def _paint_header(self, painter: QPainter, colors_text: QColor) -> None:
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)  # as in the style sheet
        painter.setFont(font)
        painter.setPen(colors_text)
        area = QRect(self._padding, 0, self.width() - 2 * self._padding, self._header_height)
        title = self._table.model().headerData(self._column, Qt.Orientation.Horizontal)
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, str(title))

    def _paint_rows(self, painter: QPainter) -> None:
        table, header = self._table, self._header_height
        first, last = table.rowAt(0), table.rowAt(table.viewport().height() - 1)
        rows = range(max(first, 0), (last if last >= 0 else table.model().rowCount() - 1) + 1)
        painter.setClipRect(0, header, self.width(), self.height() - header)
        for row in rows:
            index, option = table.model().index(row, self._column), QStyleOptionViewItem()
            table.initViewItemOption(option)
            option.rect = QRect(0, header + table.rowViewportPosition(row), self.width(), table.rowHeight(row))
            if table.selectionModel().isSelected(index):
                option.state |= QStyle.StateFlag.State_Selected
            if table.hasFocus() and table.currentIndex() == index:
                option.state |= QStyle.StateFlag.State_HasFocus
            table.itemDelegate().paint(painter, option, index)

    # -- Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = colors_of(self)
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(colors.surface))
            self._paint_header(painter, QColor(colors.muted))
            painter.setPen(QPen(QColor(colors.border), 1))
            painter.drawLine(0, self._header_height - 1, self.width(), self._header_height - 1)
            painter.save()
            self._paint_rows(painter)
            painter.restore()
            painter.drawLine(self.width() - 1, 0, self.width() - 1, self.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event.position().toPoint())
        if index.isValid():
            self._table.setCurrentIndex(index)
        self._table.setFocus(Qt.FocusReason.MouseFocusReason)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self._index_at(event.pos())
            QToolTip.showText(event.globalPos(), str(index.data(Qt.ItemDataRole.ToolTipRole) or ""), self)
            return True
        return bool(super().event(event))
