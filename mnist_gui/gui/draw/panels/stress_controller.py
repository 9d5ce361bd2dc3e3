"""The drawer "Stress": one property altered by a slider, and where each model breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from mnist_gui.digits.corruptions import CORRUPTIONS, corrupt
from mnist_gui.gui.draw.panels.explanation_thread import ExplanationThread
from mnist_gui.gui.draw.panels.panel_controller import DRAW_FIRST, PanelController
from mnist_gui.gui.draw.prediction_thread import Answers, PredictionThread

if TYPE_CHECKING:
    from mnist_gui.gui.draw.panels.stress_panel import StressPanel


class StressController(PanelController):
    """Alters the frame that the models saw, not the drawing: framing would undo most of it.

    Parameters
    ----------
    worker
        That answers the altered frame at once.
    explainer
        That computes the lines.

    Signals
    -------
    stressed(answer: EnsemblePrediction | None, how: str)
        What is said to the altered frame, and how it was altered ("Rotation +12°"); None where it is as it was.
    """

    stressed = Signal(object, str)

    def __init__(self, worker: PredictionThread, explainer: ExplanationThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        self._explainer = explainer
        self._panel: StressPanel | None = None
        explainer.stressed.connect(self._take)

    def make_panel(self) -> StressPanel:
        """Return the panel."""
        from mnist_gui.gui.draw.panels.stress_panel import StressPanel

        self._panel = StressPanel()
        self._panel.property_changed.connect(lambda _name: self.update())
        self._panel.amount_changed.connect(lambda _amount: self._alter())
        return self._panel

    def set_open(self, is_open: bool) -> None:
        """Let the cards show the drawing itself again at closing."""
        super().set_open(is_open)
        if not is_open:
            self.stressed.emit(None, "")

    def update(self) -> None:
        """Ask for the lines, and for the answer to the altered frame."""
        if self._panel is None:
            return
        if self.answered is None:
            self._panel.set_empty(DRAW_FIRST)
            self.stressed.emit(None, "")
            return
        self._alter()
        self._explainer.stress(self.answered.frame, self._panel.chosen)

    def _alter(self) -> None:
        if self._panel is None or self.answered is None:
            return
        name, amount = self._panel.chosen, self._panel.amount
        altered = corrupt(self.answered.frame[None], name, amount)
        self._panel.set_frame(altered[0])
        if amount == CORRUPTIONS[name].neutral:
            self.stressed.emit(None, "")
        else:
            self._worker.ask(self, lambda: altered, self._on_altered_answered)

    def _on_altered_answered(self, frames: NDArray[np.float32], answers: Answers) -> None:
        if not self.is_open or self._panel is None or self.answered is None:
            return
        corruption, amount = CORRUPTIONS[self._panel.chosen], self._panel.amount
        shown = self._panel.frame
        if amount != corruption.neutral and shown is not None and np.array_equal(frames[0], shown):
            self.stressed.emit(answers[0], f"{corruption.title} {corruption.said(amount)}")

    def _take(
        self,
        frame: NDArray[np.float32],
        name: str,
        amounts: NDArray[np.float64],
        curves: dict[int, NDArray[np.float32]],
    ) -> None:
        if self._panel is None or self.answered is None or name != self._panel.chosen:
            return
        if np.array_equal(frame, self.answered.frame) and self.answered.answer is not None:
            self._panel.set_curves(amounts, curves, self.answered.answer.ensemble.digit)
