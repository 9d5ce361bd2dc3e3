"""What one model says, painted: its digit, how sure it is, and ten bars that can be chosen."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QRegion,
    QResizeEvent,
    QStaticText,
    QTransform,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_gui.digits.dataset import CLASSES
from mnist_gui.gui.theme import Colors, colors_of
from mnist_gui.models.inference.predictor import Prediction
from mnist_gui.wording import percent

NO_ANSWER = "–"
NOT_CALIBRATED = "not calibrated"
INSET = 5  # pixels left and right, in which a chosen bar is marked
_GAP = 8.0
_LARGE, _BESIDE = 3.4, 1.25  # of the digit and its confidence, in the text's size


def _head(prediction: Prediction) -> tuple[int, str, bool]:
    """Return what is painted above the bars."""
    return prediction.digit, percent(prediction.confidence), prediction.calibrated


def _looks(prediction: Prediction) -> list[tuple[str, int, bool]]:
    """Return what is painted of each digit: its words, its bar to a thousandth of the whole, whether it wins."""
    return [
        (percent(probability), round(1000 * probability), digit == prediction.digit)
        for digit, probability in enumerate(prediction.probabilities.tolist())
    ]


class _Words:
    """Words that are laid out already, to be painted in the middle of a line."""

    def __init__(self, words: str, font: QFont) -> None:
        self._font = font
        self._text = QStaticText(words)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.prepare(QTransform(), font)
        self.width = self._text.size().width()
        self._half = self._text.size().height() / 2

    def paint(self, painter: QPainter, left: float, middle: float) -> None:
        """Paint them from there on, with the painter's pen."""
        painter.setFont(self._font)
        painter.drawStaticText(QPointF(left, middle - self._half), self._text)


class ProbabilityBars(QWidget):
    """A model's digit, its confidence and ten bars, in one painting: they follow the pen, and no layout has to.

    Parameters
    ----------
    model
        Its number.
    title
        Its name, for a screen reader.

    Signals
    -------
    bar_clicked(digit: int)
        By mouse, or by the arrow keys and Enter or Space.
    """

    bar_clicked = Signal(int)

    def __init__(self, model: int, title: str) -> None:
        super().__init__()
        self._model = model
        self._prediction: Prediction | None = None
        self._looked: list[tuple[str, int, bool]] = []  # what is painted of it
        # What follows from font and size alone; asked for at every move of the pen.
        self._fonts: dict[tuple[float, bool], QFont] = {}
        self._lines: list[QRectF] = []
        self._laid_out: dict[tuple[str, float, bool], _Words] = {}
        self.status = ""
        self.muted = False
        self.chosen: int | None = None
        self._current = 0  # the bar that Enter would choose
        self.setObjectName("bars")
        self.setAccessibleName(f"Bars of {title}")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    @property
    def prediction(self) -> Prediction | None:
        """What is shown; None for the status."""
        return self._prediction

    def set_prediction(self, prediction: Prediction | None) -> None:
        """Show an answer; only what looks otherwise than before is painted anew, as this follows the pen."""
        if prediction is self._prediction:
            return
        before, self._prediction = self._prediction, prediction
        looked, self._looked = self._looked, [] if prediction is None else _looks(prediction)
        if before is None or prediction is None:
            self.update()
            return
        if _head(before) != _head(prediction):
            self.update(self._head_area().toAlignedRect())
        for line, old, new in zip(self.lines(), looked, self._looked, strict=True):
            if old != new:
                self.update(line.toAlignedRect())

    def set_status(self, status: str) -> None:
        """Say this where there is no answer."""
        if status != self.status:
            self.status = status
            self.update()

    def set_muted(self, muted: bool) -> None:
        """Show the answer without its colour, or with it."""
        if muted != self.muted:
            self.muted = muted
            self.update()

    def set_chosen(self, digit: int | None) -> None:
        """Mark a bar."""
        if digit != self.chosen:
            self.chosen = digit
            self._current = self._current if digit is None else digit
            self._describe()
            self.update()

    def bar_at(self, position: QPointF) -> int | None:
        """Return the digit whose line is there."""
        return next((digit for digit, line in enumerate(self.lines()) if line.contains(position)), None)

    def lines(self) -> list[QRectF]:
        """Return where each digit's line is."""
        if not self._lines:
            top = self._head_area().height()
            height = min((self.height() - top) / CLASSES, QFontMetricsF(self._font(bold=True)).height() * 2.4)
            self._lines = [QRectF(0, top + digit * height, self.width(), height) for digit in range(CLASSES)]
        return self._lines

    def _head_area(self) -> QRectF:
        """Return where the digit and its confidence are."""
        return QRectF(0, 0, self.width(), QFontMetricsF(self._font(_LARGE, bold=True)).height())

    def _describe(self) -> None:
        chosen = "none chosen" if self.chosen is None else f"{self.chosen} chosen"
        self.setAccessibleDescription(f"{chosen}; at digit {self._current}. Arrow keys move, Enter chooses.")

    def _font(self, scale: float = 1.0, *, bold: bool = False) -> QFont:
        if (scale, bold) not in self._fonts:
            font = QFont(self.font())
            font.setPointSizeF(font.pointSizeF() * scale)
            font.setFeature(QFont.Tag("tnum"), 1)
            if bold:
                font.setWeight(QFont.Weight.DemiBold)
            self._fonts[scale, bold] = font
        return self._fonts[scale, bold]

    def _size(self, bar: float, row: float) -> QSize:
        words = QFontMetricsF(self._font(bold=True))
        large = QFontMetricsF(self._font(_LARGE, bold=True))
        beside = QFontMetricsF(self._font(_BESIDE))
        line = words.horizontalAdvance("0") + bar + words.horizontalAdvance(percent(1)) + 2 * _GAP
        answer = large.horizontalAdvance("0") + 1.4 * _GAP + beside.horizontalAdvance(percent(1))
        return QSize(
            math.ceil(max(line, answer)) + 2 * INSET, math.ceil(large.height() + CLASSES * words.height() * row)
        )

    def _paint_answer(self, painter: QPainter, area: QRectF, text: QColor, muted: QColor) -> None:
        large = self._words(str(self.prediction.digit) if self.prediction else NO_ANSWER, _LARGE, bold=True)
        painter.setPen(text if self.prediction else muted)
        large.paint(painter, area.left(), area.center().y())
        digits = QFontMetricsF(self._font(_LARGE, bold=True))
        beside = area.adjusted(digits.horizontalAdvance("0") + 1.4 * _GAP, 0, 0, 0)
        left = Qt.AlignmentFlag.AlignLeft
        if self.prediction:
            said = percent(self.prediction.confidence)
            if self.prediction.calibrated:
                self._words(said, _BESIDE).paint(painter, beside.left(), beside.center().y())
            else:
                painter.setFont(self._font(_BESIDE))
                upper = beside.adjusted(0, 0, 0, -beside.height() / 2)
                painter.drawText(upper, left | Qt.AlignmentFlag.AlignBottom, said)
                painter.setFont(self._narrow_font(NOT_CALIBRATED, beside.width()))
                painter.setPen(muted)
                painter.drawText(upper.translated(0, upper.height()), left | Qt.AlignmentFlag.AlignTop, NOT_CALIBRATED)
        else:
            painter.setFont(self._font())
            painter.drawText(beside, left | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap, self.status)

    def _narrow_font(self, words: str, width: float) -> QFont:
        """Return the text's font, or as much smaller as the words need to fit."""
        font = QFont(self._font())
        needed = QFontMetricsF(font).horizontalAdvance(words)
        if needed > width:
            font.setPointSizeF(font.pointSizeF() * width / needed)
        return font

    def _paint_bars(self, painter: QPainter, colors: Colors, text: QColor, muted: QColor, region: QRegion) -> None:
        metrics = QFontMetricsF(self._font(bold=True))
        label = metrics.horizontalAdvance("0")
        words = metrics.horizontalAdvance(percent(1))
        lines = self.lines()
        thick = min(lines[0].height() * 0.5, 12.0)
        track = QRectF(INSET + label + _GAP, 0, max(self.width() - 2 * INSET - label - words - 2 * _GAP, 1), thick)
        empty, other, winning = QColor(colors.grid), QColor(muted), muted if self.muted else colors.model(self._model)
        other.setAlphaF(0.5)
        for digit, line in enumerate(lines):
            if not region.intersects(line.toAlignedRect()):
                continue
            said, thousandths, wins = self._looked[digit] if self._looked else ("", 0, False)
            self._mark(painter, line, digit, colors)
            painter.setPen(text if wins else muted)
            middle = line.center().y()
            self._words(str(digit), bold=wins).paint(painter, INSET, middle)
            if said:
                percents = self._words(said, bold=wins)
                percents.paint(painter, line.right() - INSET - percents.width, middle)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(empty)
            bar = track.translated(0, middle - thick / 2)
            painter.drawRoundedRect(bar, 3, 3)
            if thousandths:
                bar.setWidth(bar.width() * thousandths / 1000)
                painter.setBrush(winning if wins else other)
                painter.drawRoundedRect(bar, min(3.0, bar.width() / 2), 3)

    def _words(self, words: str, scale: float = 1.0, *, bold: bool = False) -> _Words:
        """Return words laid out once: there are few, and each is painted at many moves of the pen."""
        key = words, scale, bold
        if key not in self._laid_out:
            self._laid_out[key] = _Words(words, self._font(scale, bold=bold))
        return self._laid_out[key]

    def _mark(self, painter: QPainter, line: QRectF, digit: int, colors: Colors) -> None:
        """Draw a frame around the line that is chosen, and a ring around the one at which the keyboard is."""
        if digit == self._current and self.hasFocus():
            painter.setPen(QPen(QColor(colors.accent), 2))
        elif digit == self.chosen:
            painter.setPen(QPen(QColor(colors.text), 1))
        else:
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(line.adjusted(1, 1, -1, -1), 4, 4)

    def _move_to(self, digit: int) -> None:
        self._current = digit % CLASSES
        self._describe()
        self.update()

    # -- Qt

    def sizeHint(self) -> QSize:
        """Ask for rows with air between them."""
        return self._size(bar=96, row=1.5)

    def minimumSizeHint(self) -> QSize:
        """Let no text be cut."""
        return self._size(bar=32, row=1.0)

    def changeEvent(self, event: QEvent) -> None:
        """Measure anew with another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fonts.clear()
            self._laid_out.clear()
            self._lines = []

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the lines anew."""
        super().resizeEvent(event)
        self._lines = []

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the answer in the theme's colours."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = colors_of(self)
        muted = QColor(colors.muted)
        text = muted if self.muted else QColor(colors.text)
        head = self._head_area()
        if event.region().intersects(head.toAlignedRect()):
            self._paint_answer(painter, head.adjusted(INSET, 0, -INSET, 0), text, muted)
        self._paint_bars(painter, colors, text, muted, event.region())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the bar under the mouse."""
        digit = self.bar_at(event.position())
        if digit is not None and event.button() == Qt.MouseButton.LeftButton:
            self._current = digit
            self.bar_clicked.emit(digit)
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from bar to bar, and choose one."""
        match event.key():
            case Qt.Key.Key_Up | Qt.Key.Key_Left:
                self._move_to(self._current - 1)
            case Qt.Key.Key_Down | Qt.Key.Key_Right:
                self._move_to(self._current + 1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space:
                self.bar_clicked.emit(self._current)
            case _:
                super().keyPressEvent(event)
