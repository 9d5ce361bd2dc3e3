"""What the three models together say, in one large line; a small one below it for everything else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QFont,
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStyleOption, QToolButton, QVBoxLayout, QWidget

from mnist_gui.gui.draw.canvas.canvas import INVITATION
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT
from mnist_gui.models.inference.predictor import EnsemblePrediction, Verdict
from mnist_gui.wording import percent

KEEP_DRAWING = "Keep drawing"
LOADING = "Loading the models…"
MOST_ACTIONS = 2

_LARGE = 1.6  # the verdict, in the text's size
_NO_ACTION = "Nothing to do"
_BETWEEN = 2  # pixels between the lines
_NUMBERS = {1: "one", 2: "two", 3: "three"}


def verdict_text(answer: EnsemblePrediction | None, verdict: Verdict) -> str:
    """Return the line for an answer: "7 · all three agree · 98 %".

    Parameters
    ----------
    answer
        None where there is no ink.
    verdict
        What may be said of it, see `mnist_gui.models.inference.predictor.verdict`.
    """
    if answer is None or verdict == "blank":
        return INVITATION
    if verdict == "not_a_digit":
        return "This does not look like a digit"
    together = answer.ensemble
    if verdict == "uncertain":
        first, second = np.argsort(-together.probabilities, kind="stable")[:2]
        return f"Uncertain: perhaps {first} or {second}"
    return f"{together.digit} · {_agreement(answer, together.digit)} · {percent(together.confidence)}"


def _agreement(answer: EnsemblePrediction, digit: int) -> str:
    said = Counter(prediction.digit for prediction in answer.predictions)
    count = len(answer.predictions)
    all_of_them = _NUMBERS[count]
    if count == 1:
        return "only one model answers"
    if len(said) == 1:
        return f"all {all_of_them} agree" if count > 2 else "both agree"
    most, times = said.most_common(1)[0]
    if times == 1:
        return f"the {all_of_them} disagree"
    # A model that is very sure can outweigh two that are not.
    return f"{_NUMBERS[times]} of {all_of_them} {'agree' if most == digit else f'say {most}'}"


class VerdictBar(QWidget):
    """The verdict, and a note with what can be done about it.

    Signals
    -------
    action_triggered(action: str)
        A button beside the note was pressed; its words.
    """

    action_triggered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._noted: tuple[str, tuple[str, ...]] | None = None
        self._verdict = _Line()
        self._verdict.setObjectName("verdict")
        aligned = QFont()
        aligned.setFeature(QFont.Tag("tnum"), 1)
        self._verdict.setFont(aligned)
        self._note = QLabel()
        self._note.setObjectName("note")
        self._note.setProperty("muted", True)
        self._note.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_BETWEEN)
        layout.addWidget(self._verdict)
        self._actions = tuple(self._button(place) for place in range(MOST_ACTIONS))
        self._beside = QHBoxLayout()
        self._beside.setSpacing(6)
        self._beside.addWidget(self._note, 1)
        for button in self._actions:
            self._beside.addWidget(button)
        self._beside.addStretch(0)
        layout.addLayout(self._beside)
        layout.addStretch(1)
        self._scale_fonts()
        self.set_text(LOADING)

    @property
    def text(self) -> str:
        """The large line."""
        return self._verdict.text()

    @property
    def note(self) -> str:
        """The small line."""
        return self._note.text()

    @property
    def least_height(self) -> int:
        """The height of one line each, which is kept whatever is said."""
        return self._verdict.minimumHeight() + _BETWEEN + max(self._note.minimumHeight(), TARGET_HEIGHT)

    def set_text(self, text: str) -> None:
        """Show a verdict, or what takes its place."""
        self._verdict.say(text)
        self._verdict.setAccessibleName(f"Verdict: {text}")

    @property
    def offered(self) -> tuple[str, ...]:
        """The words of the buttons beside the note."""
        return tuple(button.text() for button in self._actions if not button.isHidden())

    def set_note(self, text: str, actions: Sequence[str] = ()) -> None:
        """Say something beside the verdict, and offer what can be done about it: two actions at most."""
        if (text, tuple(actions)) == self._noted:  # at every move of the pen: the window need not be laid out anew
            return
        self._noted = text, tuple(actions)
        for button, words in zip(self._actions, (*actions, "", ""), strict=False):
            button.setText(words)
            button.setAccessibleName(words or _NO_ACTION)
            button.setVisible(bool(words))
        # Buttons stand right after the words; without them the words have the whole width.
        self._note.setWordWrap(not actions)
        self._note.setHidden(bool(actions) and not text)
        self._beside.setStretch(0, 0 if actions else 1)
        self._beside.setStretch(MOST_ACTIONS + 1, 1 if actions else 0)
        self._note.setText(text)
        self._note.setAccessibleName(f"Note: {text}" if text else "Note")

    def _button(self, place: int) -> QToolButton:
        button = QToolButton()
        button.setObjectName(f"note_action_{place}")
        button.setAccessibleName(_NO_ACTION)
        button.setMinimumHeight(TARGET_HEIGHT)
        button.clicked.connect(lambda: self.action_triggered.emit(button.text()))
        button.hide()
        return button

    def announce(self) -> None:
        """Have a screen reader say both lines; for when the pen rests, not for every change under it."""
        event = QAccessibleAnnouncementEvent(self, ". ".join(part for part in (self.text, self.note) if part))
        QAccessible.updateAccessibility(event)

    def _scale_fonts(self) -> None:
        large = QFont(self.font())
        large.setPointSizeF(large.pointSizeF() * _LARGE)
        large.setWeight(QFont.Weight.DemiBold)
        # By a style sheet: where the program has one, a font that was set is lost when that changes.
        sheet = f"font-size: {large.pointSizeF():.1f}pt; font-weight: 600;"
        if sheet != self._verdict.styleSheet():
            self._verdict.setStyleSheet(sheet)
        # Room is kept for one line of each, and for a ✓ out of a taller font: a note that comes or goes moves nothing.
        for label, font in ((self._verdict, large), (self._note, self.font())):
            label.setMinimumHeight(QFontMetrics(font).height() + 2)

    # -- Qt

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._scale_fonts()


class _Line(QLabel):
    """Words that follow the pen: as long as they need as many lines, the window is not laid out anew for them."""

    def __init__(self) -> None:
        super().__init__()
        self._words = ""
        self.setWordWrap(True)

    def say(self, words: str) -> None:
        """Show other words."""
        if words == self._words:
            return
        is_as_high = self._height_of(words) == self._height_of(self._words)
        self._words = words
        if is_as_high:
            self.update()
        else:
            self.setText(words)

    def text(self) -> str:
        """Return what is shown."""
        return self._words

    def _height_of(self, words: str) -> int:
        room = QRect(0, 0, max(self.contentsRect().width(), 1), 1)
        return self.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap, words).height() if words else 0

    # -- Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Have the new width shared by the words that are shown."""
        super().resizeEvent(event)
        self.setText(self._words)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the words as a label would."""
        option = QStyleOption()
        option.initFrom(self)
        flags = int(self.alignment() | Qt.TextFlag.TextWordWrap)
        with QPainter(self) as painter:
            self.style().drawItemText(
                painter,
                self.contentsRect(),
                flags,
                option.palette,
                self.isEnabled(),
                self._words,
                self.foregroundRole(),
            )
