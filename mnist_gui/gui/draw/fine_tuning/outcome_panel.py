"""Page of the My digits panel that shows how far fine-tuning is and what it changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from mnist_gui.gui.draw.fine_tuning.before_after_bars import BeforeAfterBars
from mnist_gui.gui.draw.fine_tuning.misread_digits import MisreadList, misread_digits
from mnist_gui.gui.fine_tuning_service import USE, FineTuningOutcome
from mnist_gui.gui.widgets.fitted_label import FittingLabel
from mnist_gui.gui.widgets.form_controls import muted, push_button
from mnist_gui.gui.widgets.model_marker import ModelMarker
from mnist_gui.gui.widgets.plain_text import tool_tip
from mnist_gui.runs.store import MAX_ANSWERING
from mnist_gui.wording import clock_duration, plain_text

if TYPE_CHECKING:  # imported at the first use: launching does not wait for it
    from mnist_gui.analysis.fine_tuning_effect import FineTuningEffect

_STEPS = 1000  # of the progress bar


class OutcomePanel(QWidget):
    """A line for each model, the progress with Stop, and in the end the misread digits with their answers.

    Signals
    -------
    action_triggered()
        The user wants to use what was taught, or to undo that.
    stop_requested()
    dismissed()
    """

    action_triggered = Signal()
    stop_requested = Signal()
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = {place: _Line(place) for place in range(1, MAX_ANSWERING + 1)}
        self._action = push_button("", "lesson_action")
        self._action.clicked.connect(self.action_triggered)
        self._close = push_button("Show my digits", "close_lesson")
        self._close.clicked.connect(self.dismissed)
        self._bar = QProgressBar()
        self._bar.setObjectName("teaching_progress")
        self._bar.setAccessibleName("Progress of teaching")
        self._bar.setRange(0, _STEPS)
        self._bar.setTextVisible(False)
        self._left = muted(name="teaching_left")
        self._left.setWordWrap(False)
        self._stop = push_button("Stop", "stop_teaching")
        self._stop.setToolTip("Stop teaching; models that are taught already stay")
        self._stop.clicked.connect(self.stop_requested)
        self._list, self._bars = MisreadList(), BeforeAfterBars()
        self._list.chosen.connect(self._bars.set_digit)
        self._effects: dict[int, FineTuningEffect] = {}  # by place
        self._titles: dict[int, str] = {}
        self._add_widgets()
        self.set_progress(None)
        self.set_outcomes({}, "")
        self._show_digits()
        self.setAccessibleName("What teaching changed")

    def set_outcomes(self, outcomes: Mapping[int, FineTuningOutcome], action: str) -> None:
        """Show outcomes by place, and the button of an action; an empty one hides it.

        The misread digits are shown once all models are done.
        """
        for place, line in self._lines.items():
            outcome = outcomes.get(place)
            if outcome is None:
                line.set_text("", "")
            else:
                line.set_text(outcome.title, outcome.text, _short_text(outcome) if len(outcomes) > 1 else "")
        self._action.setText(action)
        self._action.setProperty("primary", action == USE)
        self._action.style().unpolish(self._action)
        self._action.style().polish(self._action)
        self._action.setVisible(bool(action))
        is_done = all(outcome.is_done for outcome in outcomes.values())
        effects = {place: outcome.effect for place, outcome in outcomes.items() if outcome.effect} if is_done else {}
        self._titles = {place: outcome.title for place, outcome in outcomes.items()}
        if effects != self._effects:  # otherwise the chosen digit stays
            self._effects = effects
            self._show_digits()

    def set_progress(
        self, fraction: float | None, seconds_left: float | None = None, *, can_stop: bool = False
    ) -> None:
        """Show a fraction done, 0 to 1, and the estimated seconds left, if known; None shows no progress."""
        self._progress.setVisible(fraction is not None)
        if fraction is not None:
            self._bar.setValue(round(fraction * _STEPS))
            self._left.setText("" if seconds_left is None else f"{clock_duration(seconds_left)} left")
            self._stop.setEnabled(can_stop)

    def _show_digits(self) -> None:
        digits = misread_digits(self._effects, self._titles)
        self._picture.setVisible(bool(digits))
        self._column.setStretch(0, int(bool(digits)))
        self._column.setStretch(self._column.count() - 1, int(not digits))
        if digits:
            self._list.set_digits(digits)

    def _add_widgets(self) -> None:
        self._progress = QWidget()
        progress = QHBoxLayout(self._progress)
        progress.setContentsMargins(0, 0, 0, 0)
        progress.setSpacing(8)
        progress.addWidget(self._bar, 1)
        progress.addWidget(self._left)
        progress.addWidget(self._stop)
        self._picture = _Picture(self._list, self._bars)
        left = QVBoxLayout()
        left.addWidget(self._progress)
        left.addWidget(self._picture, 1)
        left.addStretch(0)
        buttons = QVBoxLayout()
        buttons.setSpacing(6)
        for button in (self._action, self._close):
            button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
            buttons.addWidget(button)
        buttons.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addLayout(left, 1)
        row.addLayout(buttons)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        for line in self._lines.values():
            column.addWidget(line)
        column.addStretch()


def _short_text(outcome: FineTuningOutcome) -> str:
    """Return what an outcome says in as few words as possible; empty where its text is short."""
    if outcome.effect is None:
        return ""
    from mnist_gui.analysis.fine_tuning_effect import short_effect_sentence

    return short_effect_sentence(outcome.effect)


class _Picture(QWidget):
    """The tiles and, where the widget is wide enough for them too, the bars of the chosen one."""

    def __init__(self, tiles: QWidget, bars: QWidget) -> None:
        super().__init__()
        self._tiles, self._bars = tiles, bars
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        # By default the window could never become too narrow for the bars.
        row.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        row.addWidget(tiles, 1)
        row.addWidget(bars)

    def _arrange(self) -> None:
        layout = self.layout()
        assert layout is not None
        needed = self._tiles.minimumSizeHint().width() + layout.spacing() + self._bars.sizeHint().width()
        self._bars.setVisible(needed <= self.width())

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        return self._tiles.minimumSizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        """Arrange again when the digits or the font have changed."""
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()
        return handled


class _Line(QWidget):
    """The mark of a place and a text."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self._words = _Words(f"lesson_words_{place}")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(ModelMarker(place))
        row.addWidget(self._words, 1)

    def set_text(self, title: str, text: str, short: str = "") -> None:
        """Show a text after the title of the run; an empty one hides the line.

        Parameters
        ----------
        short
            Replaces title and text where they do not fit into one line; empty where they may wrap.
        """
        self.setVisible(bool(text))
        whole = f"{title}: {text}"
        self.setAccessibleName(plain_text(whole))
        self._words.set_texts(whole, short)


class _Words(FittingLabel):
    """A text, or a shorter one where it would take several lines."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._whole = self._short = ""
        self.setObjectName(name)
        self.setProperty("muted", True)
        self.setWordWrap(True)

    def set_texts(self, whole: str, short: str) -> None:
        self._whole, self._short = whole, short
        self._fit()

    def _fit(self) -> None:
        fits = not self._short or self.fontMetrics().horizontalAdvance(self._whole) <= self.width()
        self.setText(self._whole if fits else self._short)
        self.setToolTip("" if fits else tool_tip(self._whole))
