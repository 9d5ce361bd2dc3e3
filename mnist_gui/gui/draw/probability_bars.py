"""A painted prediction: the digit, its confidence, and ten bars that can be chosen, lying or upright."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QHelpEvent,
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
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from mnist_gui.digits.dataset import CLASSES
from mnist_gui.gui.keyboard_focus import has_keyboard_focus
from mnist_gui.gui.theme import Colors, colors_of
from mnist_gui.models.inference.predictor import Prediction
from mnist_gui.wording import percent

NO_PREDICTION = "–"
LEAST_SHOWN = 0.005  # smaller probabilities have no number
NOT_CALIBRATED = "not calibrated"
INSET = 5  # pixels left and right, for the mark of the chosen bar
_GAP, _MIN_GAP = 8.0, 5.0
_BAR, _SPACIOUS_BAR, _MIN_BAR = 96, 32, 16  # pixels
_DIGIT_SCALE, _CONFIDENCE_SCALE, _THICKNESS = 3.4, 1.25, 0.75  # relative to the text size
_UPRIGHT_DIGIT_SCALE, _LOW_DIGIT_SCALE = 2.4, 1.8  # relative to the text size
_MIN_UPRIGHT_BAR = 1.4  # length relative to a line of text


def _heading(prediction: Prediction) -> tuple[int, str, bool]:
    """Return the text that is painted above the bars."""
    return prediction.digit, percent(prediction.confidence), prediction.calibrated


def _bars(prediction: Prediction) -> list[tuple[str, int, bool]]:
    """Return text and length of each digit's bar, in thousandths, and whether it is the predicted digit."""
    return [
        (
            percent(probability) if probability >= LEAST_SHOWN else "",
            round(1000 * probability),
            digit == prediction.digit,
        )
        for digit, probability in enumerate(prediction.probabilities.tolist())
    ]


class _PreparedText:
    """A text laid out once and painted often, vertically centered."""

    def __init__(self, text: str, font: QFont) -> None:
        self._font = font
        self._text = QStaticText(text)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.prepare(QTransform(), font)
        self.width = self._text.size().width()
        self._half_height = self._text.size().height() / 2

    def paint(self, painter: QPainter, left: float, center: float) -> None:
        """Paint the text with the painter's pen."""
        painter.setFont(self._font)
        painter.drawStaticText(QPointF(left, center - self._half_height), self._text)


class ProbabilityBars(QWidget):
    """Paints a prediction in one widget: what follows the pen needs no layout.

    Where there is no height for ten bars below each other, they stand upright, and the digit above them is smaller.

    Parameters
    ----------
    place
        Place whose colour the predicted digit has.

    Signals
    -------
    bar_clicked(digit: int)
        The user chose a bar by mouse, or with the arrow keys and Enter or Space.
    """

    bar_clicked = Signal(int)

    def __init__(self, place: int) -> None:
        super().__init__()
        self._place = place
        self._prediction: Prediction | None = None
        self._bars: list[tuple[str, int, bool]] = []
        # Caches of what depends on font and size only.
        self._fonts: dict[tuple[float, bool], QFont] = {}
        self._lines: list[QRectF] = []
        self._texts: dict[tuple[str, float, bool], _PreparedText] = {}
        self._spacious_width = 0
        self.status = ""
        self.muted = False
        self._presenting = self._low = False
        self.chosen: int | None = None
        self._current = 0  # the bar that Enter chooses
        self.setObjectName("bars")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    @property
    def prediction(self) -> Prediction | None:
        """The shown prediction; None if the status is shown."""
        return self._prediction

    def set_prediction(self, prediction: Prediction | None) -> None:
        """Show a prediction; only what looks different is repainted."""
        if prediction is self._prediction:
            return
        before, self._prediction = self._prediction, prediction
        bars, self._bars = self._bars, [] if prediction is None else _bars(prediction)
        if before is None or prediction is None:
            self.update()
            return
        if _heading(before) != _heading(prediction):
            self.update(self._heading_area().toAlignedRect())
        for line, old, new in zip(self.lines(), bars, self._bars, strict=True):
            if old != new:
                self.update(line.toAlignedRect())

    def set_status(self, status: str) -> None:
        """Set the text shown if there is no prediction."""
        if status != self.status:
            self.status = status
            self.update()

    def set_muted(self, muted: bool) -> None:
        """Show the prediction with or without color."""
        if muted != self.muted:
            self.muted = muted
            self.update()

    def set_presenting(self, presenting: bool) -> None:
        """Leave the number of the predicted digit to the large text above, which makes the bars longer."""
        self._presenting = presenting
        self._spacious_width = 0
        self._lines = []
        self.updateGeometry()
        self.update()

    def set_low(self, low: bool) -> None:
        """Make the digit above upright bars, and its confidence, smaller still."""
        if low != self._low:
            self._low = low
            self._lines = []
            self.updateGeometry()
            self.update()

    def set_chosen(self, digit: int | None) -> None:
        """Mark the bar of a digit; None marks none."""
        if digit != self.chosen:
            self.chosen = digit
            self._current = self._current if digit is None else digit
            self._describe()
            self.update()

    def bar_at(self, position: QPointF) -> int | None:
        """Return the digit whose line is at a position."""
        return next((digit for digit, line in enumerate(self.lines()) if line.contains(position)), None)

    def lines(self) -> list[QRectF]:
        """Return the area of each digit's bar, with the digit and its number."""
        if not self._lines:
            top, line = self._heading_area().height(), self._line_height
            if self.is_upright:
                width, height = (self.width() - 2 * INSET) / CLASSES, self.height() - top
                self._lines = [QRectF(INSET + digit * width, top, width, height) for digit in range(CLASSES)]
            else:
                height = min((self.height() - top) / CLASSES, 2.4 * line)
                self._lines = [QRectF(0, top + digit * height, self.width(), height) for digit in range(CLASSES)]
        return self._lines

    @property
    def is_upright(self) -> bool:
        """Whether the bars stand upright."""
        return self.height() < self.lying_height

    @property
    def lying_height(self) -> int:
        """Height in pixels from which on the bars lie below each other."""
        return int(self._large_height(_DIGIT_SCALE) + CLASSES * self._line_height)

    @property
    def _line_height(self) -> float:
        return QFontMetricsF(self._font(bold=True)).height()

    def _large_height(self, scale: float) -> float:
        return QFontMetricsF(self._font(scale, bold=True)).height()

    @property
    def _digit_scale(self) -> float:
        return self._upright_digit_scale if self.is_upright else _DIGIT_SCALE

    @property
    def _upright_digit_scale(self) -> float:
        return _LOW_DIGIT_SCALE if self._low else _UPRIGHT_DIGIT_SCALE

    def _heading_area(self) -> QRectF:
        """Return the area of the predicted digit and its confidence."""
        return QRectF(0, 0, self.width(), self._large_height(self._digit_scale))

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

    @property
    def spacious_width(self) -> int:
        """Width in pixels from which on nothing is reduced."""
        if not self._spacious_width:
            self._spacious_width = self._size(_SPACIOUS_BAR, row=1.0).width()
        return self._spacious_width

    @property
    def _is_narrow(self) -> bool:
        return self.width() < self.spacious_width

    @property
    def _confidence_scale(self) -> float:
        return 1.0 if self._is_narrow or self._low else _CONFIDENCE_SCALE

    @property
    def _gap(self) -> float:
        return _MIN_GAP if self._is_narrow else _GAP

    def _size(self, bar: float, row: float, gap: float = _GAP, confidence_scale: float = _CONFIDENCE_SCALE) -> QSize:
        text = QFontMetricsF(self._font(bold=True))
        large = QFontMetricsF(self._font(_DIGIT_SCALE, bold=True))
        confidence = QFontMetricsF(self._font(confidence_scale))
        line = text.horizontalAdvance("0") + bar + self._widest_number + 2 * gap
        heading = large.horizontalAdvance("0") + 1.4 * gap + confidence.horizontalAdvance(percent(1))
        height = large.height() + CLASSES * text.height() * row
        return QSize(math.ceil(max(line, heading)) + 2 * INSET, math.ceil(height))

    @property
    def _widest_number(self) -> float:
        """Width in pixels of the widest number beside a bar; only the predicted digit has more than a half."""
        return QFontMetricsF(self._font(bold=True)).horizontalAdvance(percent(0.5 if self._presenting else 1))

    def _paint_heading(self, painter: QPainter, area: QRectF, text: QColor, muted: QColor) -> None:
        scale = self._digit_scale
        large = self._prepared(str(self.prediction.digit) if self.prediction else NO_PREDICTION, scale, bold=True)
        painter.setPen(text if self.prediction else muted)
        large.paint(painter, area.left(), area.center().y())
        digits = QFontMetricsF(self._font(scale, bold=True))
        beside = area.adjusted(digits.horizontalAdvance("0") + 1.4 * self._gap, 0, 0, 0)
        left = Qt.AlignmentFlag.AlignLeft
        if self.prediction:
            confidence = percent(self.prediction.confidence)
            if self.prediction.calibrated:
                self._prepared(confidence, self._confidence_scale).paint(painter, beside.left(), beside.center().y())
            else:
                painter.setFont(self._font(self._confidence_scale))
                upper = beside.adjusted(0, 0, 0, -beside.height() / 2)
                painter.drawText(upper, left | Qt.AlignmentFlag.AlignBottom, confidence)
                painter.setFont(self._narrow_font(NOT_CALIBRATED, beside.width()))
                painter.setPen(muted)
                painter.drawText(upper.translated(0, upper.height()), left | Qt.AlignmentFlag.AlignTop, NOT_CALIBRATED)
        else:
            painter.setFont(self._font())
            painter.drawText(beside, left | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap, self.status)

    def _narrow_font(self, text: str, width: float) -> QFont:
        """Return the widget's font, reduced if necessary to fit a text into a width."""
        font = QFont(self._font())
        needed = QFontMetricsF(font).horizontalAdvance(text)
        if needed > width:
            font.setPointSizeF(0.93 * font.pointSizeF() * width / needed)  # widths do not scale exactly
        return font

    def _paint_bars(self, painter: QPainter, colors: Colors, text: QColor, muted: QColor, region: QRegion) -> None:
        is_upright = self.is_upright
        winning = muted if self.muted else colors.mark(self._place)
        other = QColor(muted)
        other.setAlphaF(0.5)
        for digit, line in enumerate(self.lines()):
            if not region.intersects(line.toAlignedRect()):
                continue
            percentage, thousandths, wins = self._bars[digit] if self._bars else ("", 0, False)
            self._mark(painter, line, digit, colors)
            painter.setPen(text if wins else muted)
            name = self._prepared(str(digit), bold=wins)
            if is_upright:
                name.paint(painter, line.center().x() - name.width / 2, line.bottom() - self._line_height / 2)
            else:
                name.paint(painter, INSET, line.center().y())
                if percentage and not (wins and self._presenting):
                    number = self._prepared(percentage, bold=wins)
                    number.paint(painter, line.right() - INSET - number.width, line.center().y())
            track = self._track(line, is_upright=is_upright)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colors.grid))
            painter.drawRoundedRect(track, 3, 3)
            if thousandths:
                if is_upright:
                    track.setTop(track.bottom() - track.height() * thousandths / 1000)
                else:
                    track.setWidth(track.width() * thousandths / 1000)
                painter.setBrush(winning if wins else other)
                painter.drawRoundedRect(track, min(3.0, track.width() / 2), min(3.0, track.height() / 2))

    def _track(self, line: QRectF, *, is_upright: bool) -> QRectF:
        """Return the area of a bar of the greatest length."""
        thick = self._line_height * _THICKNESS
        if is_upright:
            thick = min(line.width() * 0.7, thick)
            return QRectF(line.center().x() - thick / 2, line.top(), thick, line.height() - self._line_height)
        thick, gap = min(line.height() * 0.5, thick), self._gap
        left = INSET + QFontMetricsF(self._font(bold=True)).horizontalAdvance("0") + gap
        width = max(self.width() - left - self._widest_number - gap - INSET, 1)
        return QRectF(left, line.center().y() - thick / 2, width, thick)

    def _prepared(self, text: str, scale: float = 1.0, *, bold: bool = False) -> _PreparedText:
        """Return a text from the cache: there are few different ones, painted at each move of the pen."""
        key = text, scale, bold
        if key not in self._texts:
            self._texts[key] = _PreparedText(text, self._font(scale, bold=bold))
        return self._texts[key]

    def _mark(self, painter: QPainter, line: QRectF, digit: int, colors: Colors) -> None:
        """Outline the chosen line, and with the accent color the one that has the keyboard focus."""
        if digit == self._current and has_keyboard_focus(self):
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
        return self._size(_BAR, row=1.5)

    def minimumSizeHint(self) -> QSize:
        lying = self._size(_MIN_BAR, row=1.0, gap=_MIN_GAP, confidence_scale=1.0)
        upright = self._large_height(self._upright_digit_scale) + (_MIN_UPRIGHT_BAR + 1) * self._line_height
        return QSize(lying.width(), math.ceil(upright))

    def event(self, event: QEvent) -> bool:
        """Show the number of an upright bar, which has no room for it, as a tooltip."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self.is_upright and self._bars:
            digit = self.bar_at(QPointF(event.pos()))
            if digit is not None:
                text = self._bars[digit][0] or "less than 0.5 %"
                QToolTip.showText(event.globalPos(), f"{digit}: {text}", self)
                return True
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fonts.clear()
            self._texts.clear()
            self._spacious_width = 0
            self._lines = []

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lines = []

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = colors_of(self)
        muted = QColor(colors.muted)
        text = muted if self.muted else QColor(colors.text)
        heading = self._heading_area()
        if event.region().intersects(heading.toAlignedRect()):
            self._paint_heading(painter, heading.adjusted(INSET, 0, -INSET, 0), text, muted)
        self._paint_bars(painter, colors, text, muted, event.region())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        digit = self.bar_at(event.position())
        if digit is not None and event.button() == Qt.MouseButton.LeftButton:
            self._current = digit
            self.bar_clicked.emit(digit)
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Up | Qt.Key.Key_Left:
                self._move_to(self._current - 1)
            case Qt.Key.Key_Down | Qt.Key.Key_Right:
                self._move_to(self._current + 1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space:
                self.bar_clicked.emit(self._current)
            case _:
                super().keyPressEvent(event)
