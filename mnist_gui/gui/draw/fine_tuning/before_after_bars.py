"""One drawing as the old and the new run answer it, side by side."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_gui.digits.dataset import CLASSES
from mnist_gui.gui.draw.fine_tuning.misread_digits import Answers, MisreadDigit
from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.widgets.model_marker import paint_model_marker
from mnist_gui.gui.widgets.plain_text import tool_tip
from mnist_gui.wording import percent

_BAR, _GAP, _MARGIN = 4, 3, 6  # pixels
_PERCENT_SIGN = "\u00a0%"
_MIN_HEIGHT, _MAX_HEIGHT = 34, 180  # pixels, of the bars


class BeforeAfterBars(QWidget):
    """Paints for each model ten pairs of bars: the probabilities before, in grey, and now, in the model's colour.

    Above them is the probability of the true digit, before and now.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._digit: MisreadDigit | None = None
        self.setObjectName("before_after_bars")
        tip = "How probable each digit was before (grey) and is now (coloured); above, that of the true digit."
        self.setToolTip(tool_tip(tip))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def set_digit(self, digit: MisreadDigit) -> None:
        """Show a digit."""
        self._digit = digit
        self.setAccessibleName(digit.text.replace("\n", "; "))
        self.updateGeometry()
        self.update()

    # -- painting

    def _block_width(self) -> int:
        """Return the width of a model's pairs and their caption."""
        metrics = self.fontMetrics()
        caption = metrics.ascent() + metrics.horizontalAdvance(" >99.9 → >99.9 %")
        return 2 * _MARGIN + max(CLASSES * (2 * _BAR + _GAP), caption)

    def _paint_caption(self, painter: QPainter, area: QRectF, model: int, answers: Answers, label: int) -> None:
        """Paint a model's marker, and the probability of the true digit before and now."""
        colors, metrics = colors_of(self), self.fontMetrics()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.mark(model))
        marker = QPointF(area.left() + metrics.ascent() / 2, area.center().y())
        paint_model_marker(painter, model, marker, metrics.ascent() * 0.7)
        before, after = (percent(float(rows[label])) for rows in (answers.before, answers.after))
        before = f"{before.removesuffix(_PERCENT_SIGN)} → "
        area = area.adjusted(metrics.ascent() + 3, 0, 0, 0)
        painter.setPen(QColor(colors.muted))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, before)
        painter.setPen(QColor(colors.text))
        area.setLeft(area.left() + metrics.horizontalAdvance(before))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, after)

    def _paint_bars(self, painter: QPainter, area: QRectF, model: int, answers: Answers, label: int) -> None:
        """Paint a pair of bars for each digit, and the digits below them, the true one bold."""
        colors, line = colors_of(self), self.fontMetrics().lineSpacing()
        bottom, height = area.bottom() - line, area.height() - line
        step = area.width() / CLASSES
        width = (step - _GAP) / 2
        pairs = ((answers.before, QColor(colors.muted)), (answers.after, colors.mark(model)))
        plain, bold = QFont(self.font()), QFont(self.font())
        bold.setBold(True)
        for digit in range(CLASSES):
            left = area.left() + digit * step
            for index, (rows, color) in enumerate(pairs):
                length = max(float(rows[digit]) * height, 1.0)
                painter.fillRect(QRectF(left + index * width, bottom - length, width, length), color)
            painter.setFont(bold if digit == label else plain)
            painter.setPen(QColor(colors.text if digit == label else colors.muted))
            painter.drawText(QRectF(left, bottom, 2 * width, line), Qt.AlignmentFlag.AlignCenter, str(digit))
        painter.setFont(plain)

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        models = len(self._digit.answers) if self._digit else 1
        return QSize(models * self._block_width(), 2 * self.fontMetrics().lineSpacing() + _MIN_HEIGHT)

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._digit is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width, height = self.width() / len(self._digit.answers), min(self.height(), _MAX_HEIGHT)
        for index, (model, answers) in enumerate(self._digit.answers.items()):
            area = QRectF(index * width, 0, width, height).adjusted(_MARGIN, 0, -_MARGIN, 0)
            caption = QRectF(area.topLeft(), QSizeF(area.width(), self.fontMetrics().lineSpacing()))
            self._paint_caption(painter, caption, model, answers, self._digit.label)
            self._paint_bars(painter, area.adjusted(0, caption.height() + 2, 0, 0), model, answers, self._digit.label)
