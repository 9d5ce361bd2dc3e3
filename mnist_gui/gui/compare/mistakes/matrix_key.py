"""The key of the colours of confusion matrices."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_gui.gui.compare.mistakes.confusion_matrix import count_color, difference_color
from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.widgets.run_marker import RunMarker, paint_marker
from mnist_gui.wording import plural

BAR_LETTERS = 12  # width of the bar, in widths of a letter
STEPS = 16  # colours of the gradient


class MatrixKey(QWidget):
    """A bar of all colours between what its ends stand for.

    Of one scale of counts: none, and the largest count. Of a difference of two runs: by how much each errs more often.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._markers: tuple[RunMarker, ...] = ()
        self._ends = "", ""
        self.setObjectName("matrix_key")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_counts(1)

    def set_counts(self, maximum: int) -> None:
        """Explain matrices whose strongest colour stands for this count."""
        self._set((), ("never", plural(maximum, "time")), f"dark is never, bright is {plural(maximum, 'time')}")

    def set_difference(self, markers: Sequence[RunMarker], maximum: int) -> None:
        """Explain the difference of two runs, whose strongest colours stand for this count."""
        first, second = markers
        name = f"{maximum} more by {first.name} at one end, {maximum} more by {second.name} at the other"
        self._set((first, second), (f"{maximum} more", f"{maximum} more"), name)

    def _set(self, markers: tuple[RunMarker, ...], ends: tuple[str, str], name: str) -> None:
        self._markers, self._ends = markers, ends
        self.setAccessibleName(f"Colours: {name}")
        self.setToolTip("The stronger the colour, the more often a digit was misread.")
        self.updateGeometry()
        self.update()

    def _end_widths(self) -> tuple[float, float]:
        metrics = self.fontMetrics()
        mark = metrics.ascent() + 4 if self._markers else 0
        first, second = (metrics.horizontalAdvance(end) + mark for end in self._ends)
        return first, second

    # -- Qt

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(
            round(sum(self._end_widths())) + (BAR_LETTERS + 2) * metrics.averageCharWidth(), metrics.height() + 4
        )

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, metrics, area = colors_of(self), self.fontMetrics(), QRectF(self.rect())
        gap, (left, right) = metrics.averageCharWidth(), self._end_widths()
        bar = area.adjusted(left + gap, (area.height() - 12) / 2, -right - gap, -(area.height() - 12) / 2)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for step in range(STEPS + 1):
            place = step / STEPS
            color = difference_color(self._markers, 1 - 2 * place, colors) if self._markers else count_color(place)
            gradient.setColorAt(place, color)
        with QPainter(self) as painter:
            painter.setPen(QPen(QColor(colors.border), 1))
            painter.setBrush(gradient)
            painter.drawRect(bar)
            painter.setPen(QColor(colors.muted))
            side = metrics.ascent() * 0.8
            for marker, x in zip(self._markers, (side / 2 + 1, area.width() - side / 2 - 1), strict=False):
                paint_marker(painter, marker, QPointF(x, area.center().y()), side, colors)
            mark = (metrics.ascent() + 4) * bool(self._markers)
            texts = area.adjusted(mark, 0, -mark, 0)
            painter.drawText(texts, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._ends[0])
            painter.drawText(texts, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._ends[1])
