"""A confusion matrix, or the difference of two, as a table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QLine,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QStandardItemModel,
)
from PySide6.QtWidgets import QHeaderView, QStyle, QStyleOptionViewItem, QTableView, QWidget

from mnist_gui.analysis.misclassifications import confusion_level
from mnist_gui.digits.dataset import CLASSES
from mnist_gui.gui.keyboard_focus import has_keyboard_focus
from mnist_gui.gui.theme import Colors, colors_of
from mnist_gui.gui.widgets.heat_map import cividis
from mnist_gui.gui.widgets.plain_text import tool_tip
from mnist_gui.gui.widgets.run_marker import RunMarker
from mnist_gui.wording import plural

DIAGONAL, DIAGONAL_TEXT, LINES = "#3a3f4a", "#a3abb8", "#1d3b62"
MAX_CELL = 38  # pixels: larger cells show no more
CLICK_REACH = 16  # pixels: so near to a cell with digits, a click opens it
MIN_TEXT = 6.5  # points

Index = QModelIndex | QPersistentModelIndex
Cell = tuple[int, int]  # true digit, predicted digit
Counts = NDArray[np.integer]


def count_color(level: float) -> QColor:
    """Return the colour at a level of `confusion_level`."""
    return QColor(*cividis()[round(255 * level)].tolist())


def difference_color(markers: Sequence[RunMarker], level: float, theme: Colors) -> QColor:
    """Return the colour of a level from -1, where the second run errs more, to 1; the stronger, the more."""
    first, second = (theme.mark(marker.mark) for marker in markers)
    if first == second:  # two runs of one model
        second = QColor(theme.muted)
    color = first if level > 0 else second
    color.setAlphaF(0.7 * abs(level))
    return color


class ConfusionModel(QStandardItemModel):
    """Counts of a run, or the difference of two runs.

    Attributes
    ----------
    markers
        Of the run; of two runs, where `counts` are those of the first minus those of the second.
    counts
        (10, 10) whole numbers: row the true digit, column the predicted one.
    maximum
        The count of the strongest colour.
    widest_diagonal_text
        The longest text on the diagonal.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(CLASSES, CLASSES, parent)
        digits = [str(digit) for digit in range(CLASSES)]
        self.setHorizontalHeaderLabels(digits)
        self.setVerticalHeaderLabels(digits)
        self.markers: tuple[RunMarker, ...] = ()
        self.counts: Counts = np.zeros((CLASSES, CLASSES), np.int64)
        self.maximum = 1
        self.widest_diagonal_text = ""

    def set_counts(self, markers: tuple[RunMarker, ...], counts: Counts, maximum: int) -> None:
        """Replace the counts.

        Raises
        ------
        ValueError
            They have another shape.
        """
        if counts.shape != (CLASSES, CLASSES):
            raise ValueError(f"the counts have shape {counts.shape}; give ({CLASSES}, {CLASSES}).")
        self.beginResetModel()
        self.markers, self.counts, self.maximum = markers, counts, max(maximum, 1)
        self.widest_diagonal_text = max((self.text((digit, digit)) for digit in range(CLASSES)), key=len)
        self.endResetModel()

    @property
    def is_difference(self) -> bool:
        """Whether two runs are compared."""
        return len(self.markers) > 1

    @property
    def errors(self) -> int:
        """The sum off the diagonal."""
        return int(self.counts.sum() - np.trace(self.counts))

    def description(self, cell: Cell) -> str:
        """Return a cell in words."""
        count = int(self.counts[cell])
        confusion, times = f"{cell[0]} read as {cell[1]}", plural(abs(count), "time")
        if not self.is_difference:
            return f"{confusion}: {times}" if count else f"{confusion}: never"
        first, second = self.markers
        if not count:
            return f"{confusion}: as often by {first.name} as by {second.name}"
        more, less = (first, second) if count > 0 else (second, first)
        return f"{confusion}: {times} more often by {more.name} than by {less.name}"

    def text(self, cell: Cell) -> str:
        """Return the text in a cell: none for 0."""
        count = int(self.counts[cell])
        sign = ("+" if count > 0 else "−") if self.is_difference else ""
        return f"{sign}{abs(count)}" if count else ""

    def colors(self, cell: Cell, theme: Colors) -> tuple[QColor, QColor]:
        """Return the colours of a cell and of its text; the diagonal is muted.

        Counts of a run have the same colours in both themes, as frames have: dark for none, bright for the most.
        """
        count = int(self.counts[cell])
        if self.is_difference:
            if cell[0] == cell[1]:
                return QColor(theme.grid), QColor(theme.muted)
            level = confusion_level(abs(count), self.maximum)
            return difference_color(self.markers, level if count > 0 else -level, theme), QColor(theme.text)
        if cell[0] == cell[1]:
            return QColor(DIAGONAL), QColor(DIAGONAL_TEXT)
        color = count_color(confusion_level(count, self.maximum))
        return color, QColor("#000000" if color.lightnessF() > 0.45 else "#ffffff")

    # -- Qt

    def data(self, item: Index, role: int = 0) -> object:
        cell = item.row(), item.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(cell)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tool_tip(self.description(cell))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.description(cell)
        return None


class ConfusionMatrix(QTableView):
    """Rows are the true digits, columns the predicted ones; zeros are blank, the diagonal is muted.

    Keys: arrows go from cell to cell, Enter or Space opens the digits of a cell. A click opens the cell under the mouse
    or, if that is empty, the nearest one with digits.

    Signals
    -------
    cell_chosen(true: int, predicted: int)
    """

    cell_chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.confusion = ConfusionModel(self)
        self.chosen: Cell | None = None
        self.setModel(self.confusion)
        self.setObjectName("confusion_matrix")
        self.setSelectionMode(QTableView.SelectionMode.NoSelection)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setMinimumSectionSize(1)
            header.setSectionsClickable(False)
            header.setDefaultAlignment(Qt.AlignmentFlag.AlignCenter)

    def set_counts(self, marker: RunMarker, counts: Counts, maximum: int) -> None:
        """Show the confusion matrix of a run.

        Parameters
        ----------
        counts
            (10, 10) whole numbers: row the true digit, column the predicted one.
        maximum
            The count of the strongest colour: the largest one off the diagonals of all matrices side by side.
        """
        self.confusion.set_counts((marker,), counts, maximum)
        self.setAccessibleName(f"Confusion matrix of {marker.name}: {self.confusion.errors} errors")
        self.setCurrentIndex(self.confusion.index(0, 0))

    def set_difference(self, first: RunMarker, second: RunMarker, counts: Counts) -> None:
        """Show by how much the (10, 10) counts of the first run exceed those of the second."""
        off_diagonal = ~np.eye(CLASSES, dtype=bool)
        self.confusion.set_counts((first, second), counts, int(np.abs(counts[off_diagonal]).max()))
        self.setAccessibleName(f"Difference of confusion matrices: {first.name} minus {second.name}")
        self.setCurrentIndex(self.confusion.index(0, 0))

    def set_chosen(self, cell: Cell | None) -> None:
        """Frame the cell whose digits are shown."""
        self.chosen = cell
        if cell is not None:
            self.setCurrentIndex(self.confusion.index(*cell))
        self.viewport().update()

    # -- sizes

    @property
    def min_cell(self) -> int:
        """The smallest side of a cell in pixels, with room for two digits."""
        return max(QFontMetrics(self.font()).height() + 4, 20)

    def size_for(self, cell: int) -> QSize:
        """Return the size with cells of this side."""
        metrics, content = QFontMetrics(self.font()), CLASSES * cell + 2 * self.frameWidth()
        return QSize(metrics.horizontalAdvance("0") + 10 + content, metrics.height() + 4 + content)

    def cell_for(self, size: QSize) -> int:
        """Return the side of the largest cells with which it fits into a size."""
        rest = size - self.size_for(0)
        return max(self.min_cell, min(rest.width() // CLASSES, rest.height() // CLASSES, MAX_CELL))

    def set_cell(self, cell: int) -> None:
        """Set the side of the cells in pixels, and with it the size."""
        headers = self.size_for(0)
        self.verticalHeader().setFixedWidth(headers.width() - 2 * self.frameWidth())
        self.horizontalHeader().setFixedHeight(headers.height() - 2 * self.frameWidth())
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setDefaultSectionSize(cell)
        self.setFixedSize(self.size_for(cell))

    # -- opening cells

    def cell_at(self, position: QPoint) -> Cell | None:
        """Return the cell that a click there opens."""
        item = self.indexAt(position)
        if item.isValid() and self.confusion.counts[item.row(), item.column()]:
            return item.row(), item.column()
        cells = [(row, column) for row, column in np.argwhere(self.confusion.counts).tolist()]
        distances = {cell: self._distance(position, cell) for cell in cells}
        nearest = min(distances, key=distances.__getitem__, default=None)
        return nearest if nearest is not None and distances[nearest] <= CLICK_REACH else None

    def _distance(self, position: QPoint, cell: Cell) -> float:
        area = self.visualRect(self.confusion.index(*cell))
        x = max(area.left() - position.x(), 0, position.x() - area.right())
        y = max(area.top() - position.y(), 0, position.y() - area.bottom())
        return float(np.hypot(x, y))

    def _open(self, cell: Cell) -> None:
        self.setCurrentIndex(self.confusion.index(*cell))
        if self.confusion.counts[cell]:
            self.cell_chosen.emit(*cell)

    # -- Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        # A delegate in Python would be called for each of the cells, most of which are blank.
        model, theme = self.confusion, colors_of(self)
        visible = np.argwhere((model.counts != 0) | np.eye(CLASSES, dtype=bool)).tolist()
        fonts: dict[str, QFont | None] = {}
        side, rest = self.horizontalHeader().defaultSectionSize(), QStyleOptionViewItem()
        self.initViewItemOption(rest)
        with QPainter(self.viewport()) as painter:
            hint = QStyle.StyleHint.SH_Table_GridLineColor
            lines = QColor.fromRgba(self.style().styleHint(hint, rest, self) & 0xFFFFFFFF)
            if not model.is_difference:
                painter.fillRect(self.viewport().rect(), count_color(0))
                lines = QColor(LINES)
            painter.setPen(lines)
            ends = range(side - 1, CLASSES * side, side)
            painter.drawLines([QLine(end, 0, end, CLASSES * side) for end in ends])
            painter.drawLines([QLine(0, end, CLASSES * side, end) for end in ends])
            for row, column in visible:
                area = QRect(column * side, row * side, side - 1, side - 1)
                fill, text_color = model.colors((row, column), theme)
                painter.fillRect(area, fill)
                text = model.text((row, column))
                # The numbers on the diagonal are visible all or none.
                widest = model.widest_diagonal_text if row == column else text
                if widest not in fonts:
                    fonts[widest] = _fitted(self.font(), widest, side - 4)
                font = fonts[widest]
                if font is not None:
                    painter.setFont(font)
                    painter.setPen(text_color)
                    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
            if self.chosen is not None:
                painter.setPen(QPen(QColor(theme.text if model.is_difference else "#ffffff"), 2))
                painter.drawRect(self.visualRect(model.index(*self.chosen)).adjusted(1, 1, 0, 0))
            if has_keyboard_focus(self) and self.currentIndex().isValid():
                painter.setPen(QPen(QColor(theme.accent), 3))
                painter.drawRect(self.visualRect(self.currentIndex()).adjusted(1, 1, -1, -1))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        has_digits = self.cell_at(event.position().toPoint()) is not None
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if has_digits else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position().toPoint())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self._open(cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._open((self.currentIndex().row(), self.currentIndex().column()))
        else:
            super().keyPressEvent(event)


def _fitted(font: QFont, text: str, width: int) -> QFont | None:
    """Return the font, smaller where the text would be wider than `width`; None where it would be too small to read."""
    text_width = QFontMetricsF(font).horizontalAdvance(text)
    if text_width <= width:
        return font
    fitted = QFont(font)
    fitted.setPointSizeF(font.pointSizeF() * width / text_width)
    return fitted if fitted.pointSizeF() >= MIN_TEXT else None
