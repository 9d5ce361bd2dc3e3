"""A confusion matrix: how often each digit was read as each other one."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QToolTip, QWidget

from mnist_gui.digits.dataset import CLASSES
from mnist_gui.gui.compare.mistakes.confusion_cells import Cell, ConfusionCells, Counts
from mnist_gui.gui.compare.run_marker import RunMarker, paint_marker
from mnist_gui.gui.theme import Colors, colors_of

MOST_CELL = 38  # pixels, from which on larger cells say no more
REACH = 16  # pixels: a click so near to a cell with digits is meant for it
SMALLEST_TEXT = 6.5  # points


class ConfusionMatrix(QWidget):
    """Rows are what the digits are, columns what they were read as; zeros are blank, the diagonal is muted.

    Keys: arrows go from cell to cell, Enter or Space opens the digits behind one. A click opens the cell under the
    mouse or, where that is empty, the nearest one with digits.

    Signals
    -------
    cell_chosen(true: int, read: int)
    """

    cell_chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cells = ConfusionCells((), np.zeros((CLASSES, CLASSES), np.int64), 1)
        self._current: Cell = (0, 0)
        self._chosen: Cell | None = None
        self._cell = self.least_cell
        self.setObjectName("confusion_matrix")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    # -- what is shown

    def set_counts(self, marker: RunMarker, counts: Counts, most: int) -> None:
        """Show a run's matrix.

        Parameters
        ----------
        counts
            (10, 10) whole numbers: row the true digit, column what it was read as.
        most
            What has the brightest colour: the largest number off the diagonal of all matrices side by side.
        """
        self._take(ConfusionCells.of((marker,), counts, most))
        self.setAccessibleName(f"Confusion matrix of {marker.name}: {self._cells.errors} errors")

    def set_difference(self, first: RunMarker, second: RunMarker, counts: Counts) -> None:
        """Show (10, 10) how much more often the first reads a digit so than the second; below 0 less often."""
        off = np.abs(counts) * (1 - np.eye(CLASSES, dtype=np.int64))
        self._take(ConfusionCells.of((first, second), counts, int(off.max())))
        self.setAccessibleName(f"Difference of confusion matrices: {first.name} minus {second.name}")

    def set_chosen(self, cell: Cell | None) -> None:
        """Frame the cell whose digits are shown; None for none."""
        self._chosen = cell
        if cell is not None:
            self._current = cell
        self._describe()
        self.update()

    def text_of(self, cell: Cell) -> str:
        """Return a cell in words."""
        return self._cells.words(cell)

    # -- how large

    @property
    def least_cell(self) -> int:
        """The least side of a cell in pixels, in which two digits have room."""
        return max(QFontMetrics(self.font()).height() + 4, 20)

    def size_for(self, cell: int) -> QSize:
        """Return the size of the whole with cells of so many pixels."""
        return QSize(self._left() + CLASSES * cell + 2, self._top() + CLASSES * cell + 2)

    def cell_for(self, size: QSize) -> int:
        """Return the largest cell for which the whole fits into a size."""
        wide, high = (size.width() - self._left() - 2) // CLASSES, (size.height() - self._top() - 2) // CLASSES
        return max(self.least_cell, min(wide, high, self.most_cell))

    @property
    def most_cell(self) -> int:
        """The largest side of a cell in pixels."""
        return max(MOST_CELL, self.least_cell)

    def set_cell(self, cell: int) -> None:
        """Choose the side of a cell in pixels, and with it the size."""
        self._cell = cell
        self.setFixedSize(self.size_for(cell))
        self.update()

    def _left(self) -> int:
        return QFontMetrics(self.font()).horizontalAdvance("0") + 10

    def _top(self) -> int:
        return 2 * QFontMetrics(self.font()).height() + 8

    # -- inside

    def _take(self, cells: ConfusionCells) -> None:
        self._cells = cells
        self._describe()
        self.update()

    def _describe(self) -> None:
        self.setAccessibleDescription(f"{self.text_of(self._current)}. Arrows move, Enter opens the digits.")

    def _rect(self, cell: Cell) -> QRect:
        return QRect(self._left() + cell[1] * self._cell, self._top() + cell[0] * self._cell, self._cell, self._cell)

    def cell_at(self, place: QPointF) -> Cell | None:
        """Return the cell that a click there means; None for none."""
        row, column = (
            int((at - edge) // self._cell) for at, edge in ((place.y(), self._top()), (place.x(), self._left()))
        )
        if row in range(CLASSES) and column in range(CLASSES) and self._cells.counts[row, column]:
            return row, column
        filled = [(int(r), int(c)) for r, c in np.argwhere(self._cells.counts)]
        distances = {cell: _distance(QRectF(self._rect(cell)), place) for cell in filled}
        nearest = min(distances, key=distances.__getitem__, default=None)
        return nearest if nearest is not None and distances[nearest] <= REACH else None

    def _choose(self, cell: Cell) -> None:
        self._current = cell
        self._describe()
        self.update()
        if self._cells.counts[cell]:
            self.cell_chosen.emit(*cell)

    # -- painting

    def _paint_title(self, painter: QPainter, colors: Colors) -> None:
        metrics = QFontMetrics(self.font())
        area = QRect(0, 0, self.width(), metrics.height())
        side = metrics.ascent() * 0.8
        names = [(marker, marker.name) for marker in self._cells.markers]
        minus = metrics.horizontalAdvance(" − ")
        room = (area.width() - minus * (len(names) - 1)) // max(len(names), 1) - round(side) - 8
        left = float(area.left())
        painter.setPen(QColor(colors.text))
        for place, (marker, name) in enumerate(names):
            if place:
                painter.drawText(QRectF(left, 0, minus, area.height()), Qt.AlignmentFlag.AlignCenter, "−")
                left += minus
            paint_marker(painter, marker, QPointF(left + side / 2, area.height() / 2), side, colors)
            left += side + 6
            if len(names) == 1:
                name = f"{name} · {self._cells.errors}"
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room)
            wide = metrics.horizontalAdvance(shown) + 2
            painter.drawText(QRectF(left, 0, wide, area.height()), Qt.AlignmentFlag.AlignVCenter, shown)
            left += wide

    def _paint_digits(self, painter: QPainter, colors: Colors) -> None:
        painter.setPen(QColor(colors.muted))
        height = QFontMetrics(self.font()).height()
        for digit in range(CLASSES):
            cell = self._rect((digit, digit))
            above = QRect(cell.left(), self._top() - height - 2, cell.width(), height)
            beside = QRect(0, cell.top(), self._left() - 6, cell.height())
            painter.drawText(above, Qt.AlignmentFlag.AlignCenter, str(digit))
            painter.drawText(beside, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(digit))

    def _paint_cells(self, painter: QPainter, colors: Colors) -> None:
        side, left, top = self._cell, self._left(), self._top()
        painter.fillRect(left, top, CLASSES * side, CLASSES * side, QColor(colors.surface))
        widest = max((self._cells.text((digit, digit)) for digit in range(CLASSES)), key=len)
        # The diagonal's numbers are seen all or none.
        diagonal = _fitted(self.font(), widest, side - 4)
        seen = self._cells.counts != 0
        np.fill_diagonal(seen, True)
        for row, column in np.argwhere(seen).tolist():
            cell, text = (row, column), self._cells.text((row, column))
            area = QRect(left + column * side, top + row * side, side - 1, side - 1)
            painter.fillRect(area, self._cells.fill(cell, colors))
            font = diagonal if row == column else _fitted(self.font(), text, side - 4)
            if text and font is not None:
                painter.setFont(font)
                painter.setPen(self._cells.ink(cell, colors))
                painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
        painter.setPen(QColor(colors.grid))
        for line in range(1, CLASSES):
            away = line * side - 1
            painter.drawLine(left + away, top, left + away, top + CLASSES * side - 1)
            painter.drawLine(left, top + away, left + CLASSES * side - 1, top + away)

    def _paint_frames(self, painter: QPainter, colors: Colors) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        whole = QRect(self._left(), self._top(), CLASSES * self._cell, CLASSES * self._cell)
        painter.setPen(QPen(QColor(colors.border), 1))
        painter.drawRect(whole.adjusted(-1, -1, -1, -1))
        if self._chosen is not None:
            painter.setPen(QPen(QColor(colors.text), 2))
            painter.drawRect(self._rect(self._chosen))
        if self.hasFocus():
            painter.setPen(QPen(QColor(colors.accent), 3))
            painter.drawRect(self._rect(self._current).adjusted(0, 0, -1, -1))

    # -- Qt

    def event(self, event: QEvent) -> bool:
        """Tell what is under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self.cell_at(QPointF(event.pos()))
            title = event.pos().y() < self._top() // 2
            text = self.accessibleName() if title else self.text_of(cell) if cell is not None else ""
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint title, digits, cells and what is chosen."""
        colors = colors_of(self)
        with QPainter(self) as painter:
            self._paint_title(painter, colors)
            self._paint_digits(painter, colors)
            self._paint_cells(painter, colors)
            self._paint_frames(painter, colors)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show by the cursor where a click does something."""
        hit = self.cell_at(event.position()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if hit else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open a cell."""
        cell = self.cell_at(event.position())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self._choose(cell)
        else:
            super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Take it: in a scroll area nobody else would."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from cell to cell, and open one."""
        row, column = self._current
        moves = {
            Qt.Key.Key_Up: (row - 1, column),
            Qt.Key.Key_Down: (row + 1, column),
            Qt.Key.Key_Left: (row, column - 1),
            Qt.Key.Key_Right: (row, column + 1),
            Qt.Key.Key_Home: (row, 0),
            Qt.Key.Key_End: (row, CLASSES - 1),
        }
        key = Qt.Key(event.key())
        if key in moves:
            row, column = (min(max(at, 0), CLASSES - 1) for at in moves[key])
            self._current = row, column
            self._describe()
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._choose(self._current)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that it has gone."""
        super().focusOutEvent(event)
        self.update()


def _distance(area: QRectF, place: QPointF) -> float:
    """Return how far a place is from a rectangle, in pixels; 0 inside."""
    across = max(area.left() - place.x(), 0.0, place.x() - area.right())
    down = max(area.top() - place.y(), 0.0, place.y() - area.bottom())
    return float(np.hypot(across, down))


def _fitted(font: QFont, text: str, room: int) -> QFont | None:
    """Return the font, smaller where the text would be wider than the room; None where it cannot be read."""
    wide = QFontMetricsF(font).horizontalAdvance(text)
    if wide <= room:
        return font
    fitted = QFont(font)
    fitted.setPointSizeF(font.pointSizeF() * room / wide)
    return fitted if fitted.pointSizeF() >= SMALLEST_TEXT else None
