"""How a cell of the run list is painted and clicked."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from mnist_gui.gui.theme import Colors, colors_of
from mnist_gui.gui.train.history.run_table_model import LINE, NUMBERS, SECOND_LINE, Column, Index, RunTableRow
from mnist_gui.gui.widgets.model_marker import paint_mark
from mnist_gui.gui.widgets.two_line_table import PADDING, line_height, small

BOX = 16  # px


class TwoLineDelegate(QStyledItemDelegate):
    """Paints two lines a cell, the model's mark before the name, and the check box of the curves."""

    # -- Qt

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a cell in the theme's colours."""
        widget = option.widget
        assert isinstance(widget, QWidget)
        colors = colors_of(widget)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(option.rect, QColor(colors.grid))
        if index.column() == Column.CURVES:
            if selected and widget.hasFocus():
                painter.fillRect(option.rect.left(), option.rect.top(), 3, option.rect.height(), QColor(colors.accent))
            _paint_check(painter, option.rect, colors, index.data(Qt.ItemDataRole.CheckStateRole))
        else:
            area = option.rect.adjusted(PADDING, 6, -PADDING, -6)
            if index.column() == Column.RUN:
                mark = QFontMetrics(option.font).ascent() * 0.8
                line: RunTableRow = index.data(LINE)
                if line.model:
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(colors.model(line.model))
                    top = area.top() + QFontMetrics(option.font).height() / 2
                    paint_mark(painter, line.model, QPointF(area.left() + mark / 2, top), mark)
                area.setLeft(area.left() + round(mark) + 8)
            _paint_lines(painter, area, option.font, colors, index)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """Name the editor of a run's name."""
        editor = super().createEditor(parent, option, index)
        editor.setObjectName("run_name")
        editor.setAccessibleName(f"New name of run {index.data()}")
        return editor

    def editorEvent(self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index) -> bool:
        """Let a click anywhere in the cell show or hide the curves: the box alone is a small target."""
        if (
            index.column() == Column.CURVES
            and isinstance(event, QMouseEvent)
            and event.button() == Qt.MouseButton.LeftButton
        ):
            if event.type() == QEvent.Type.MouseButtonRelease and option.rect.contains(event.position().toPoint()):
                toggle(model, index)
            return event.type() in (QEvent.Type.MouseButtonRelease, QEvent.Type.MouseButtonDblClick)
        return super().editorEvent(event, model, option, index)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Ask for two lines."""
        return QSize(0, line_height(option.font))


def toggle(model: QAbstractItemModel, index: Index) -> None:
    """Show the curves of a line's run, or hide them."""
    box = model.index(index.row(), Column.CURVES)
    state = box.data(Qt.ItemDataRole.CheckStateRole)
    if state is not None:
        checked = Qt.CheckState(state) == Qt.CheckState.Checked
        other = Qt.CheckState.Unchecked if checked else Qt.CheckState.Checked
        model.setData(box, other, Qt.ItemDataRole.CheckStateRole)


def _paint_lines(painter: QPainter, area: QRect, font: QFont, colors: Colors, index: Index) -> None:
    side = Qt.AlignmentFlag.AlignRight if index.column() in NUMBERS else Qt.AlignmentFlag.AlignLeft
    elide = Qt.TextElideMode.ElideMiddle if index.column() == Column.RUN else Qt.TextElideMode.ElideRight
    painter.setFont(font)
    painter.setPen(QPen(QColor(colors.text)))
    first = QFontMetrics(font).elidedText(index.data(), elide, area.width())
    painter.drawText(area, side | Qt.AlignmentFlag.AlignTop, first)
    painter.setFont(small(font))
    painter.setPen(QPen(QColor(colors.muted)))
    second = index.data(SECOND_LINE)
    second = QFontMetrics(painter.font()).elidedText(second, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, side | Qt.AlignmentFlag.AlignBottom, second)


def _paint_check(painter: QPainter, area: QRect, colors: Colors, state: object) -> None:
    """Paint a box as the style sheet paints check boxes; where there are no curves, nothing."""
    if state is None:
        return
    checked = Qt.CheckState(state) == Qt.CheckState.Checked
    box = QRectF(0, 0, BOX, BOX)
    box.moveCenter(QRectF(area).center())
    painter.setPen(QPen(QColor(colors.accent if checked else colors.muted), 1))
    painter.setBrush(QColor(colors.accent if checked else colors.surface))
    painter.drawRoundedRect(box, 4, 4)
    if checked:
        painter.setPen(QPen(QColor(colors.on_accent), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        corners = ((0.22, 0.52), (0.42, 0.72), (0.78, 0.3))
        painter.drawPolyline(QPolygonF([box.topLeft() + QPointF(x * BOX, y * BOX) for x, y in corners]))
