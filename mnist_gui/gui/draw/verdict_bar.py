"""The verdict of all models in large text, and a note below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QFont,
    QFontMetrics,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStyleOption, QToolButton, QVBoxLayout, QWidget

from mnist_gui.gui.draw.canvas.canvas import INVITATION
from mnist_gui.gui.widgets.fitted_label import FittedLabel, FittingLabel, fits, fitted_text, scaled_font
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, set_own_style
from mnist_gui.gui.widgets.plain_text import tool_tip
from mnist_gui.models.inference.predictor import EnsemblePrediction, Verdict
from mnist_gui.wording import number_word, percent, plain_text

KEEP_DRAWING = "Keep drawing"
LOADING = "Loading the models…"
MAX_ACTIONS = 4

_VERDICT_SCALE, _PRESENTED_SCALE = 1.6, 2.0  # relative to the text size
_FITTED_SCALES = (1.0, 0.85, 0.75, 1 / _VERDICT_SCALE)  # relative to the former, for long verdicts
_NOTE_LINES, _PRESENTED_NOTE_LINES = 2, 1
_NO_ACTION = "Nothing to do"
_SPACING = 2  # pixels between verdict and note


def verdict_text(prediction: EnsemblePrediction | None, verdict: Verdict) -> str:
    """Return the verdict in words: "7 · all three agree · 98 %".

    Parameters
    ----------
    prediction
        None for a frame without ink.
    verdict
        Kind of verdict, see `mnist_gui.models.inference.predictor.verdict`.
    """
    if prediction is None or verdict == "blank":
        return INVITATION
    if verdict == "not_a_digit":
        return "This does not look like a digit"
    ensemble = prediction.ensemble
    if verdict == "uncertain":
        first, second = np.argsort(-ensemble.probabilities, kind="stable")[:2]
        return f"Uncertain: perhaps {first} or {second}"
    agreement, confidence = _agreement(prediction, ensemble.digit), percent(ensemble.confidence)
    if " say " in agreement:  # it is not the confidence of those who say another digit
        confidence = f"together {confidence}"
    return f"{ensemble.digit} · {agreement} · {confidence}"


def _agreement(prediction: EnsemblePrediction, digit: int) -> str:
    counts = Counter(prediction.digit for prediction in prediction.predictions)
    total = counts.total()
    if total == 1:
        return "only one model answers"
    if len(counts) == 1:
        return f"all {number_word(total)} agree" if total > 2 else "both agree"
    most_common, count = counts.most_common(1)[0]
    if count == 1:
        return f"the {number_word(total)} disagree"
    # One very confident model can outweigh two that are not.
    shares = f"{number_word(count)} of {number_word(total)}"
    return f"{shares} {'agree' if most_common == digit else f'say {most_common}'}"


class VerdictBar(QWidget):
    """Shows the verdict, and a note with buttons for what the user can do about it.

    Signals
    -------
    action_triggered(action: str)
        The button with this label was pressed.

    Attributes
    ----------
    who_button
        Opens the menu of those who answer.
    """

    action_triggered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown_note: tuple[str, tuple[str, ...]] | None = None
        self._scale = _VERDICT_SCALE
        self._verdict = _FastLabel()
        self._verdict.setObjectName("verdict")
        font = QFont()
        font.setFeature(QFont.Tag("tnum"), 1)
        self._verdict.setFont(font)
        self._note = FittedLabel(_NOTE_LINES)
        self._note.setObjectName("note")
        self._note.setProperty("muted", True)
        self._note.setMinimumHeight(TARGET_HEIGHT)  # as tall as the buttons that come and go beside it
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_SPACING)
        layout.addWidget(self._verdict)
        self._buttons = tuple(self._make_button(index) for index in range(MAX_ACTIONS))
        self._note_row = QHBoxLayout()
        self._note_row.setSpacing(6)
        self._note_row.addWidget(self._note)
        for button in self._buttons:
            self._note_row.addWidget(button)
        self._note_row.addStretch(1)
        self.who_button = QToolButton()
        self.who_button.setObjectName("who_answers")
        self.who_button.setText("Who answers ▾")
        self.who_button.setAccessibleName("Who answers")
        self.who_button.setToolTip("Choose which models answer, one to six, or add your own from a file")
        self.who_button.setFixedHeight(TARGET_HEIGHT)
        self.who_button.setProperty("flat", True)
        set_own_style(self.who_button, "padding: 0 6px;")
        self._note_row.addWidget(self.who_button)
        layout.addLayout(self._note_row)
        layout.addStretch(1)
        self._scale_fonts()
        self.set_text(LOADING)

    @property
    def text(self) -> str:
        """The verdict."""
        return self._verdict.text()

    @property
    def note(self) -> str:
        """The note."""
        return self._note.text()

    @property
    def actions_shown(self) -> tuple[str, ...]:
        """Labels of the buttons beside the note."""
        return tuple(button.text() for button in self._buttons if not button.isHidden())

    @property
    def min_height(self) -> int:
        """Height of a verdict and a note with its buttons, which is always reserved."""
        return self._verdict.minimumHeight() + _SPACING + max(self._note.sizeHint().height(), TARGET_HEIGHT)

    def set_text(self, text: str, explanation: str = "") -> None:
        """Show a verdict, and how it came about as its tooltip."""
        if (text, explanation) != (self.text, self._verdict.explanation):
            self._verdict.set_text(text, explanation)
            self._verdict.setAccessibleDescription(explanation)
            self._verdict.setAccessibleName(f"Verdict: {text}")

    def set_note(self, text: str, actions: Sequence[str] = ()) -> None:
        """Show a note and at most `MAX_ACTIONS` buttons."""
        if (text, tuple(actions)) == self._shown_note:  # most moves of the pen: no new layout
            return
        self._shown_note = text, tuple(actions)
        for index, button in enumerate(self._buttons):
            label = actions[index] if index < len(actions) else ""
            button.setText(label)
            button.setAccessibleName(label or _NO_ACTION)
            button.setVisible(bool(label))
        self._note.setHidden(bool(actions) and not text)
        self._note.setText(plain_text(text))
        self._note.setAccessibleName(f"Note: {self.note}" if text else "Note")

    def set_presenting(self, presenting: bool) -> None:
        """Show a larger verdict, a note of one line, and not who answers."""
        self._scale = _PRESENTED_SCALE if presenting else _VERDICT_SCALE
        self._note.set_lines(_PRESENTED_NOTE_LINES if presenting else _NOTE_LINES)
        self.who_button.setHidden(presenting)
        self._scale_fonts()

    def announce(self) -> None:
        """Have a screen reader read verdict and note; called once the pen rests, not for every change."""
        event = QAccessibleAnnouncementEvent(self, ". ".join(filter(None, (self.text, self.note))))
        QAccessible.updateAccessibility(event)

    def _make_button(self, index: int) -> QToolButton:
        button = QToolButton()
        button.setObjectName(f"note_action_{index}")
        button.setAccessibleName(_NO_ACTION)
        button.setFixedHeight(TARGET_HEIGHT)
        set_own_style(button, "padding: 0 6px;")  # several fit into the smallest window
        button.clicked.connect(lambda: self.action_triggered.emit(button.text()))
        button.hide()
        return button

    def _scale_fonts(self) -> None:
        large = QFont(self.font())
        large.setPointSizeF(large.pointSizeF() * self._scale)
        large.setWeight(QFont.Weight.DemiBold)
        # In a style sheet: if the program has one, a font that was set is lost when that changes.
        set_own_style(self._verdict, f"font-size: {large.pointSizeF():.1f}pt; font-weight: 600;")
        metrics, smallest = QFontMetrics(large), QFontMetrics(scaled_font(large, 1 / self._scale))
        self._verdict.setFixedHeight(max(metrics.height(), 2 * smallest.lineSpacing()) + 2)

    # -- Qt

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._scale_fonts()


class _FastLabel(FittingLabel):
    """A label of fixed height, which follows the pen without a new layout; long texts are painted smaller."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self.explanation = ""
        self._fitted = "", QFont()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_text(self, text: str, explanation: str) -> None:
        self._text, self.explanation = text, explanation
        self._fit()

    def text(self) -> str:
        return self._text

    def _fit(self) -> None:
        """Choose the largest font with which the text fits; if there is none, the tooltip has all of it."""
        size, text = self.contentsRect().size(), self._text
        fonts = (scaled_font(self.font(), factor) for factor in _FITTED_SCALES)
        font = next((font for font in fonts if fits(text, QFontMetrics(font), size)), None)
        if font is None:
            font = scaled_font(self.font(), _FITTED_SCALES[-1])
            text = fitted_text(text, QFontMetrics(font), size)
        self._fitted = text, font
        whole = "" if text == self._text else self._text
        tip = tool_tip("\n".join(filter(None, (whole, self.explanation))))
        if tip != self.toolTip():
            self.setToolTip(tip)
        self.update()

    # -- Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text as a label would."""
        option = QStyleOption()
        option.initFrom(self)
        flags = int(self.alignment() | Qt.TextFlag.TextWordWrap)
        text, font = self._fitted
        with QPainter(self) as painter:
            painter.setFont(font)
            self.style().drawItemText(
                painter, self.contentsRect(), flags, option.palette, self.isEnabled(), text, self.foregroundRole()
            )
