"""Controller of the Stress panel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from mnist_gui.digits.corruptions import CORRUPTIONS, Amounts, corrupt
from mnist_gui.gui.answerers import Answerer
from mnist_gui.gui.draw.panels.explanation_thread import ExplanationThread
from mnist_gui.gui.draw.panels.panel_controller import PanelController
from mnist_gui.gui.draw.panels.stress_panel import StressPanel
from mnist_gui.gui.draw.prediction_thread import Predictions, PredictionThread


class StressController(PanelController):
    """Corrupts the frame rather than the drawing: framing would undo most of the corruption.

    Parameters
    ----------
    prediction_thread
        Predicts the corrupted frame at once.
    explanation_thread
        Computes the curves.

    Signals
    -------
    stressed(prediction: EnsemblePrediction | None, corruption: str, frame: NDArray[np.float32] | None)
        Prediction for the corrupted (28, 28) frame, and a description of the corruption ("Rotation +12°"); None for
        the uncorrupted frame.
    """

    stressed = Signal(object, str, object)

    def __init__(
        self,
        prediction_thread: PredictionThread,
        explanation_thread: ExplanationThread,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._prediction_thread = prediction_thread
        self._explanation_thread = explanation_thread
        self.panel = StressPanel()
        self._runs: list[tuple[int, str]] = []  # by place
        self._computed: tuple[NDArray[np.float32], str] | None = None  # frame and corruption of the curves
        self.panel.corruption_changed.connect(self._on_corruption_changed)
        self.panel.amount_changed.connect(lambda _amount: self._corrupt())
        explanation_thread.stressed.connect(self._on_curves_computed)
        explanation_thread.failed.connect(self._on_failed)

    def set_answerers(self, answerers: Sequence[Answerer]) -> None:
        """Show the curves of these runs."""
        if [(a.place, a.run) for a in answerers] != self._runs:
            self._runs = [(a.place, a.run) for a in answerers]
            self._computed = None
            self.panel.set_names({answerer.place: answerer.title for answerer in answerers})

    def set_open(self, is_open: bool) -> None:
        """Return to the prediction for the uncorrupted frame when the panel closes."""
        super().set_open(is_open)
        if not is_open:
            self.stressed.emit(None, "", None)

    def update(self) -> None:
        """Request the curves and the prediction for the corrupted frame."""
        if self.result is None:
            self._computed = None
            self.panel.set_empty(self.reason)
            self.stressed.emit(None, "", None)
            return
        self._corrupt()
        name = self.panel.corruption
        if self._computed is not None and self._computed[0] is self.result.frame and self._computed[1] == name:
            return  # the panel was only closed
        self.panel.set_busy()
        self._explanation_thread.stress(self.result.frame, self.panel.corruption)

    def show_outdated(self) -> None:
        """Mute frame and curves until there are new ones."""
        self.panel.set_busy(is_frame_old=True)

    def _corrupt(self) -> None:
        if self.result is None:
            return
        name, amount = self.panel.corruption, self.panel.amount
        corrupted = corrupt(self.result.frame[None], name, amount)
        self.panel.set_frame(corrupted[0])
        if amount == CORRUPTIONS[name].neutral:
            self.stressed.emit(None, "", None)
        else:
            self._prediction_thread.predict_frames(self, lambda: corrupted, self._on_corrupted_predicted)

    def _on_corrupted_predicted(self, frames: NDArray[np.float32], predictions: Predictions) -> None:
        if not self.is_open or self.result is None:
            return
        corruption, amount, shown = CORRUPTIONS[self.panel.corruption], self.panel.amount, self.panel.frame
        if amount != corruption.neutral and shown is not None and np.array_equal(frames[0], shown):
            self.stressed.emit(predictions[0], f"{corruption.title} {corruption.format_amount(amount)}", frames[0])

    def _on_curves_computed(
        self, frame: NDArray[np.float32], name: str, amounts: Amounts, curves: dict[int, NDArray[np.float32]]
    ) -> None:
        if self.result is None or self.is_outdated or name != self.panel.corruption:
            return
        if np.array_equal(frame, self.result.frame) and self.result.prediction is not None:
            self._computed = self.result.frame, name
            self.panel.set_curves(amounts, curves, self.result.prediction.ensemble.digit)

    def _on_corruption_changed(self) -> None:
        self._computed = None  # the panel has cleared the curves
        self.update()

    def _on_failed(self, sentence: str) -> None:
        if self.is_open:
            self.panel.set_empty(sentence)
