"""A card for one model: its digit, how sure it is of each of the ten, and the run that answers."""

from __future__ import annotations

import math

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from mnist_gui.digits.dataset import CLASSES
from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.widgets.model_mark import ModelMark
from mnist_gui.models.architectures import ARCHITECTURES, Architecture
from mnist_gui.models.predictor import Prediction

NO_ANSWER = "–"
_WIDEST_PERCENT = ">99.9\u00a0%"
_LONGEST_SUMMARY = max((architecture.summary for architecture in ARCHITECTURES.values()), key=len)
_NO_BOUND = 10_000
_GAP = 8.0
_LARGE, _BESIDE = 3.4, 1.25  # of the digit and its confidence, in the text's size


def percent(probability: float) -> str:
    """Return a probability in words that never claim certainty: no "100 %" and no "0 %"."""
    if probability > 0.999:
        return _WIDEST_PERCENT
    if probability < 0.001:
        return "<0.1\u00a0%"
    decimals = 1 if probability >= 0.995 or probability < 0.0095 else 0
    return f"{probability * 100:.{decimals}f}\u00a0%"


class PredictionCard(QFrame):
    """What one model says.

    Without a prediction it shows a dash and empty bars: an invitation, nothing like an answer.

    Parameters
    ----------
    architecture
        The model.

    Signals
    -------
    run_menu_requested()
        The person pressed the run's name, to choose another.
    """

    run_menu_requested = Signal()

    def __init__(self, architecture: Architecture, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.setObjectName(f"card_{architecture.number}")
        self._title = architecture.title
        self._tallest = _NO_BOUND
        self._answer = _AnswerView(architecture.number)
        title = QLabel(architecture.title)
        title.setProperty("heading", True)
        self._summary = QLabel(architecture.summary)
        self._summary.setProperty("muted", True)
        self._summary.setWordWrap(True)
        self._summary.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.run_button = _RunButton(architecture.title)
        self.run_button.clicked.connect(self.run_menu_requested)

        header = QHBoxLayout()
        header.setSpacing(8)
        header.addWidget(ModelMark(architecture.number), 0, Qt.AlignmentFlag.AlignVCenter)
        header.addWidget(title, 1)
        layout = self._card_layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 8)
        layout.setSpacing(2)
        layout.addLayout(header)
        layout.addWidget(self._summary)
        layout.addWidget(self._answer, 1)
        layout.addSpacing(4)
        layout.addWidget(self.run_button)
        self.set_status("Loading…")

    @property
    def prediction(self) -> Prediction | None:
        """What is shown."""
        return self._answer.prediction

    @property
    def status(self) -> str:
        """What is said where there is no prediction."""
        return self._answer.status

    @property
    def is_muted(self) -> bool:
        """Whether the answer counts as refused."""
        return self._answer.muted

    def set_prediction(self, prediction: Prediction | None) -> None:
        """Show an answer; None shows the status instead."""
        self._answer.prediction = prediction
        self._changed()

    def set_status(self, text: str) -> None:
        """Say why there is no answer: "Loading…", "No run: train one"; empty where nothing was drawn."""
        self._answer.status = text
        self._changed()

    def set_muted(self, muted: bool) -> None:
        """Keep the answer readable, but without its colour: the three together refuse it."""
        self._answer.muted = muted
        self._answer.update()

    def set_run(self, name: str, shipped: bool) -> None:
        """Name the run that answers, or will; an empty name where there is none."""
        self.run_button.set_run(name, shipped)

    def set_tallest(self, height: int) -> None:
        """Bound the card's height, as far as nothing is cut and no gap opens between the bars."""
        self._tallest = height
        self._fit()

    def _fit(self) -> None:
        margins = self._card_layout.contentsMargins()
        room = QRect(0, 0, self.contentsRect().width() - margins.left() - margins.right(), _NO_BOUND)
        # As much as the longest summary needs: the bars of several cards stay in line.
        wrapped = self._summary.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap, _LONGEST_SUMMARY)
        self._summary.setMinimumHeight(wrapped.height())
        airy = round(self.sizeHint().height() * 1.35)
        self.setMaximumHeight(max(min(self._tallest, airy), self._card_layout.minimumHeightForWidth(self.width())))

    def _changed(self) -> None:
        self._answer.update()
        if self.prediction is not None:
            said = f"{self.prediction.digit}, {percent(self.prediction.confidence)}"
        else:
            said = self.status or "no answer yet"
        self.setAccessibleName(f"{self._title}: {said}")

    # -- Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the words into the new width."""
        super().resizeEvent(event)
        self._fit()


class _RunButton(QToolButton):
    """The run's name, as much of it as there is room for, and that a menu opens."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setProperty("flat", True)
        self.setObjectName("run_button")
        # Its text follows its width, never the other way round.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._title = title
        self._run: tuple[str, bool] | None = None
        self.set_run("", False)

    def set_run(self, name: str, shipped: bool) -> None:
        """Name the run; an empty name where there is none."""
        if self._run == (name, shipped):  # asked for at every stroke of the pen
            return
        self._run = (name, shipped)
        origin = ", which came with the program" if shipped else ""
        self.setToolTip(f"Answered by run {name}{origin}. Press to choose another." if name else "Choose a run")
        self.setAccessibleName(f"Run of {self._title}: {name or 'none'}{' (shipped)' if shipped else ''}")
        self._elide()

    def _elide(self) -> None:
        name, shipped = self._run or ("", False)
        # The card's head already names the model.
        short = name.removeprefix(f"{self._title.lower().replace(' ', '-')}-")
        text = f"{short} (shipped)" if shipped else short or "no run"
        room = self.width() - self.fontMetrics().horizontalAdvance(" ▾") - 24
        self.setText(f"{self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, room)} ▾")

    # -- Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much of the name as there is room for now."""
        super().resizeEvent(event)
        self._elide()


class _AnswerView(QWidget):
    """Digit, confidence and ten bars in one painting: they follow the pen, and no layout has to."""

    def __init__(self, model: int) -> None:
        super().__init__()
        self._model = model
        self.prediction: Prediction | None = None
        self.status = ""
        self.muted = False
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def _font(self, scale: float = 1.0, *, bold: bool = False) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * scale)
        font.setFeature(QFont.Tag("tnum"), 1)
        if bold:
            font.setWeight(QFont.Weight.DemiBold)
        return font

    def _size(self, bar: float, row: float) -> QSize:
        words = QFontMetricsF(self._font(bold=True))
        large = QFontMetricsF(self._font(_LARGE, bold=True))
        beside = QFontMetricsF(self._font(_BESIDE))
        line = words.horizontalAdvance("0") + bar + words.horizontalAdvance(_WIDEST_PERCENT) + 2 * _GAP
        answer = large.horizontalAdvance("0") + 1.4 * _GAP + beside.horizontalAdvance(_WIDEST_PERCENT)
        return QSize(math.ceil(max(line, answer)), math.ceil(large.height() + CLASSES * words.height() * row))

    def _paint_answer(self, painter: QPainter, area: QRectF, text: QColor, muted: QColor) -> None:
        large = self._font(_LARGE, bold=True)
        digit = str(self.prediction.digit) if self.prediction else NO_ANSWER
        painter.setFont(large)
        painter.setPen(text if self.prediction else muted)
        left, middle = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignVCenter
        painter.drawText(area, left | middle, digit)
        beside = area.adjusted(QFontMetricsF(large).horizontalAdvance("0") + 1.4 * _GAP, 0, 0, 0)
        if self.prediction:
            painter.setFont(self._font(_BESIDE))
            painter.drawText(beside, left | middle, percent(self.prediction.confidence))
        else:
            painter.setFont(self._font())
            painter.drawText(beside, left | middle | Qt.TextFlag.TextWordWrap, self.status)

    def _paint_bars(self, painter: QPainter, area: QRectF, text: QColor, muted: QColor) -> None:
        colors = colors_of(self)
        plain, strong = self._font(), self._font(bold=True)
        metrics = QFontMetricsF(strong)
        row = min(area.height() / CLASSES, metrics.height() * 2.4)
        label = metrics.horizontalAdvance("0")
        words = metrics.horizontalAdvance(_WIDEST_PERCENT)
        thick = min(row * 0.5, 12.0)
        track = QRectF(label + _GAP, 0, max(area.width() - label - words - 2 * _GAP, 1), thick)
        others = QColor(muted)
        others.setAlphaF(0.5)
        for digit in range(CLASSES):
            line = QRectF(area.left(), area.top() + digit * row, area.width(), row)
            wins = self.prediction is not None and digit == self.prediction.digit
            painter.setFont(strong if wins else plain)
            painter.setPen(text if wins else muted)
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, str(digit))
            bar = track.translated(line.left(), line.center().y() - thick / 2)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colors.grid))
            painter.drawRoundedRect(bar, 3, 3)
            if self.prediction is None:
                continue
            probability = float(self.prediction.probabilities[digit])
            bar.setWidth(bar.width() * probability)
            painter.setBrush(colors.model(self._model) if wins and not self.muted else muted if wins else others)
            painter.drawRoundedRect(bar, min(3.0, bar.width() / 2), 3)
            painter.setPen(text if wins else muted)
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, percent(probability))

    # -- Qt

    def sizeHint(self) -> QSize:
        """Ask for rows with air between them."""
        return self._size(bar=96, row=1.5)

    def minimumSizeHint(self) -> QSize:
        """Let no text be cut."""
        return self._size(bar=32, row=1.0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the answer in the theme's colours."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = colors_of(self)
        muted = QColor(colors.muted)
        text = muted if self.muted else QColor(colors.text)
        area = QRectF(self.rect())
        height = QFontMetricsF(self._font(_LARGE, bold=True)).height()
        self._paint_answer(painter, QRectF(area.left(), area.top(), area.width(), height), text, muted)
        self._paint_bars(painter, area.adjusted(0, height, 0, 0), text, muted)
