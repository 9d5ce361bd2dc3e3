"""Controller of the Why panel."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from mnist_gui.analysis.occlusion import DeletionScore, Explanation
from mnist_gui.analysis.smallest_change import SmallestChange
from mnist_gui.gui.answerers import Answerer
from mnist_gui.gui.draw.panels.explanation_thread import ExplanationThread
from mnist_gui.gui.draw.panels.panel_controller import PanelController
from mnist_gui.gui.draw.panels.why_panel import WhyPanel

Frame = NDArray[np.float32]


class WhyController(PanelController):
    """Explains the digit that each model predicts, or one selected digit for all models.

    Where the panel shows smallest changes, they lead to the nearest digit or to the selected one.

    Parameters
    ----------
    explanation_thread
        Computes explanations, their scores, and smallest changes. What is not computed yet is dropped when the drawing
        changes or the panel closes.

    Signals
    -------
    digit_selected(digit: int | None)
        The digit that is explained for all models; None for each model's own prediction.
    """

    digit_selected = Signal(object)

    def __init__(self, explanation_thread: ExplanationThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._explanation_thread = explanation_thread
        self.panel = WhyPanel()
        self._digit: int | None = None
        self._runs: list[tuple[int, str]] = []  # by place
        self._requested: dict[str, Hashable] = {}  # what is being computed of each kind
        self._forget(None)
        self.panel.view_changed.connect(self._on_view_changed)
        self.panel.digit_chosen.connect(self._on_digit_chosen)
        explanation_thread.explained.connect(self._on_explained)
        explanation_thread.scored.connect(self._on_scored)
        explanation_thread.changed.connect(self._on_changed)
        explanation_thread.failed.connect(self._on_failed)

    def toggle_digit(self, digit: int) -> None:
        """Explain this digit for all models; if it was selected already, each model's own prediction again."""
        self._on_digit_chosen(None if digit == self._digit else digit)

    def set_answerers(self, answerers: Sequence[Answerer]) -> None:
        """Show these runs; nothing is known of any of them yet."""
        if [(a.place, a.run) for a in answerers] != self._runs:
            self._runs = [(a.place, a.run) for a in answerers]
            self._cancel()
            self._forget(None)
            self.panel.set_empty(self.reason if self.result is None else "")
        self.panel.set_answerers(answerers)

    def set_open(self, is_open: bool) -> None:
        """Deselect the digit when the panel closes; the cards stop marking it."""
        if not is_open:
            self._select(None)
            self._cancel()
        super().set_open(is_open)

    def update(self) -> None:
        """Request what the panel shows of another frame; the previous pictures stay until it arrives."""
        if self.result is None:
            self._cancel()
            self._forget(None)
            self.panel.set_empty(self.reason)
            return
        if self.result.frame is not self._frame:
            self._cancel()
            self._forget(self.result.frame)
        self._show()

    def show_outdated(self) -> None:
        """Mute the pictures until there are new ones; the old ones are not computed any more."""
        self._cancel()
        self.panel.set_busy()

    def _select(self, digit: int | None) -> None:
        if digit != self._digit:
            self._digit = digit
            self.panel.set_digit(digit)
            self.digit_selected.emit(digit)

    def _forget(self, frame: Frame | None) -> None:
        """Begin with another frame, of which nothing is known."""
        self._frame = frame
        self._explanations: dict[int, Explanation] | None = None
        self._scores: dict[tuple[int, int], DeletionScore] = {}  # by place and digit
        self._changes: dict[tuple[int, int | None], SmallestChange | None] = {}  # by place and target

    # -- requests

    def _request(self, kind: str, subject: Hashable, request: Callable[[], None]) -> None:
        """Request something, unless it is being computed already."""
        if (kind, subject) not in self._requested.items():
            self._requested[kind] = subject
            request()

    def _cancel(self) -> None:
        self._requested.clear()
        self._explanation_thread.cancel_explanations()

    # -- showing

    def _show(self) -> None:
        """Show what is known of the frame, and request the rest."""
        if self._frame is None or self.is_outdated or not self.is_open:
            return
        if self.panel.shows_changes:
            self._show_changes(self._frame)
        else:
            self._show_maps(self._frame)

    @property
    def _predicted(self) -> dict[int, int]:
        """The digits that the models predict, by place."""
        assert self.result is not None
        assert self.result.prediction is not None
        return {prediction.place: prediction.digit for prediction in self.result.prediction.predictions}

    @property
    def _explained_digits(self) -> dict[int, int]:
        """The digits that the maps explain, by place."""
        return {
            model: digit if self._digit is None else self._digit
            for model, digit in self._predicted.items()
            if self._explanations is not None and model in self._explanations
        }

    def _show_maps(self, frame: Frame) -> None:
        if self._explanations is None:
            self.panel.set_busy()
            self._request("map", None, lambda: self._explanation_thread.explain(frame))
            return
        explanations, digits = self._explanations, self._explained_digits
        self.panel.set_maps({model: explanations[model].map_for(digits[model]) for model in digits}, frame, digits)
        self._show_scores()
        if not self._scores.keys() >= digits.items():
            self._request(
                "score",
                tuple(digits.items()),
                lambda: self._explanation_thread.score(frame, explanations, digits),
            )

    def _show_scores(self) -> None:
        digits = self._explained_digits
        self.panel.set_scores({key[0]: self._scores[key] for key in digits.items() if key in self._scores})

    def _show_changes(self, frame: Frame) -> None:
        target, digits = self._digit, self._predicted
        changes = {model: self._changes[model, target] for model in digits if (model, target) in self._changes}
        missing = [model for model in digits if model not in changes]
        if missing:
            self.panel.set_busy()
            self._request("change", target, lambda: self._explanation_thread.find_changes(frame, target, missing))
        self.panel.set_changes(changes, frame, digits, target)

    # -- the user's choices

    def _on_view_changed(self) -> None:
        self._cancel()
        if self.result is None:
            self.panel.set_empty(self.reason)
        elif self.is_outdated:
            self.panel.set_busy()
        else:
            self._show()

    def _on_digit_chosen(self, digit: int | None) -> None:
        self._select(digit)
        self._show()

    # -- results of the thread

    def _on_explained(self, frame: Frame, explanations: dict[int, Explanation]) -> None:
        if frame is self._frame:
            self._explanations = explanations
            if not self.panel.shows_changes:
                self._show()

    def _on_scored(self, frame: Frame, digits: dict[int, int], scores: dict[int, DeletionScore]) -> None:
        if frame is self._frame:
            self._scores |= {(model, digits[model]): score for model, score in scores.items()}
            if not (self.panel.shows_changes or self.is_outdated):
                self._show_scores()

    def _on_changed(self, frame: Frame, target: int | None, model: int, change: SmallestChange | None) -> None:
        if frame is self._frame:
            self._changes[model, target] = change
            if self.panel.shows_changes and target == self._digit:
                self._show()

    def _on_failed(self, sentence: str) -> None:
        if self.is_open:
            self.panel.set_empty(sentence)
