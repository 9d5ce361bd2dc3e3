"""Controller of the Why panel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from mnist_gui.analysis.occlusion import Explanation
from mnist_gui.gui.draw.panels.explanation_thread import ExplanationThread
from mnist_gui.gui.draw.panels.panel_controller import PanelController
from mnist_gui.gui.draw.panels.why_panel import WhyPanel


class WhyController(PanelController):
    """Explains the digit that each model predicts, or one selected digit for all models.

    Parameters
    ----------
    explanation_thread
        Computes explanations.

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
        self._explained: tuple[NDArray[np.float32], dict[int, Explanation]] | None = None
        explanation_thread.explained.connect(self._on_explained)
        explanation_thread.failed.connect(self._on_failed)

    def toggle_digit(self, digit: int) -> None:
        """Explain this digit for all models; if it was selected already, each model's own prediction again."""
        self._select(None if digit == self._digit else digit)
        if not self.is_outdated:
            self._show()

    def set_open(self, is_open: bool) -> None:
        """Deselect the digit when the panel closes; the cards stop marking it."""
        if not is_open:
            self._select(None)
        super().set_open(is_open)

    def update(self) -> None:
        """Request explanations; the previous ones stay until they arrive."""
        if self.result is None:
            self._explained = None
            self.panel.set_empty(self.reason)
            return
        if self._explained is not None and self._explained[0] is self.result.frame:
            self._show()
            return  # the panel was only closed
        self.panel.set_busy()
        self._explanation_thread.explain(self.result.frame)

    def show_outdated(self) -> None:
        """Mute the maps until there are new ones."""
        self.panel.set_busy()

    def _select(self, digit: int | None) -> None:
        if digit != self._digit:
            self._digit = digit
            self.digit_selected.emit(digit)

    def _show(self) -> None:
        if self._explained is None or self.result is None or self.result.prediction is None:
            return
        frame, explanations = self._explained
        if not np.array_equal(frame, self.result.frame):
            return  # those of the present frame follow
        predicted = {prediction.model: prediction.digit for prediction in self.result.prediction.predictions}
        digits = {
            model: digit if self._digit is None else self._digit
            for model, digit in predicted.items()
            if model in explanations
        }
        self.panel.set_maps({model: explanations[model].map_for(digits[model]) for model in digits}, frame, digits)

    # -- results of the thread

    def _on_explained(self, frame: NDArray[np.float32], explanations: dict[int, Explanation]) -> None:
        is_current = self.result is not None and np.array_equal(frame, self.result.frame)
        if is_current and not self.is_outdated:
            self._explained = frame, explanations
            self._show()

    def _on_failed(self, sentence: str) -> None:
        if self.is_open:
            self.panel.set_empty(sentence)
