"""One drawing as the old and the new run answer it, side by side."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_gui.digits.dataset import CLASSES
from mnist_gui.gui.draw.fine_tuning.misread_digits import Answers, MisreadDigit
from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.widgets.model_marker import paint_model_marker
from mnist_gui.wording import percent

_BAR, _GAP, _MARGIN = 4, 3, 6  # pixels
PERCENT_SIGN = "\u00a0%"
_MIN_HEIGHT, _MAX_HEIGHT = 34, 180  # pixels, of the bars


class BeforeAfterBars(QWidget):
    """Paints for each model ten pairs of bars: the probabilities before, in grey, and now, in the model's colour.

    Above them is the probability of the true digit, before and now.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._digit: MisreadDigit | None = None
        self.setObjectName("before_after_bars")
        self.setToolTip(
            "How probable each digit was before (grey) and is now (coloured); above, that of the true digit."
        )
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._fit()

    def set_digit(self, digit: MisreadDigit) -> None:
        """Show a digit."""
        self._digit = digit
        self.setAccessibleName(digit.text.replace("\n", "; "))
        self._fit()
        self.updateGeometry()
        self.update()

    # -- painting

    def _block_width(self) -> int:
        """Return the width of a model's pairs and their caption."""
        metrics = self.fontMetrics()
        caption = metrics.ascent() + metrics.horizontalAdvance(" >99.9 → >99.9 %")
        return 2 * _MARGIN + max(CLASSES * (2 * _BAR + _GAP), caption)

    def _paint_block(self, painter: QPainter, area: QRectF, model: int, answers: Answers, label: int) -> None:
        """Paint a model's caption, its bars, and the digits below them."""
        colors, metrics = colors_of(self), self.fontMetrics()
        line = metrics.lineSpacing()
        color = colors.model(model)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        marker = QPointF(area.left() + metrics.ascent() / 2, area.top() + line / 2)
        paint_model_marker(painter, model, marker, metrics.ascent() * 0.7)
        caption = QRectF(area.left() + metrics.ascent() + 3, area.top(), area.width(), line)
        before, after = (percent(float(rows[label])) for rows in (answers.before, answers.after))
        painter.setPen(QColor(colors.muted))
        before = f"{before.removesuffix(PERCENT_SIGN)} → "
        painter.drawText(caption, Qt.AlignmentFlag.AlignVCenter, before)
        caption.setLeft(caption.left() + metrics.horizontalAdvance(before))
        painter.setPen(QColor(colors.text))
        painter.drawText(caption, Qt.AlignmentFlag.AlignVCenter, after)
        bars = area.adjusted(0, line + 2, 0, -line)
        step = area.width() / CLASSES
        width = (step - _GAP) / 2
        for digit in range(CLASSES):
            left = bars.left() + digit * step
            painter.setPen(Qt.PenStyle.NoPen)
            for offset, rows, brush in ((0.0, answers.before, QColor(colors.muted)), (width, answers.after, color)):
                height = max(float(rows[digit]) * bars.height(), 1.0)
                painter.setBrush(brush)
                painter.drawRect(QRectF(left + offset, bars.bottom() - height, width, height))
            font = painter.font()
            font.setBold(digit == label)
            painter.setFont(font)
            painter.setPen(QColor(colors.text if digit == label else colors.muted))
            painter.drawText(QRectF(left, bars.bottom(), 2 * width, line), Qt.AlignmentFlag.AlignCenter, str(digit))
        font = painter.font()
        font.setBold(False)
        painter.setFont(font)

    def _rows(self) -> int:
        """Return how many rows of models the width needs."""
        models = len(self._digit.answers) if self._digit else 1
        return math.ceil(models / max(1, self.width() // self._block_width()))

    def _fit(self) -> None:
        self.setMinimumHeight(self._rows() * (2 * self.fontMetrics().lineSpacing() + _MIN_HEIGHT))

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        return QSize(self._block_width(), self.minimumHeight())

    def sizeHint(self) -> QSize:
        models = len(self._digit.answers) if self._digit else 1
        return QSize(models * self._block_width(), self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._digit is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rows = self._rows()
        columns = math.ceil(len(self._digit.answers) / rows)
        width, height = self.width() / columns, min(self.height() / rows, _MAX_HEIGHT)
        for index, (model, answers) in enumerate(self._digit.answers.items()):
            row, column = divmod(index, columns)
            area = QRectF(column * width, row * height, width, height).adjusted(_MARGIN, 0, -_MARGIN, 0)
            self._paint_block(painter, area, model, answers, self._digit.label)
