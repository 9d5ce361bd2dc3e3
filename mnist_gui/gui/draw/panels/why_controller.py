"""The drawer "Why": what in the drawing speaks for a digit; and the window of feature maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from mnist_gui.analysis.feature_maps import FeatureMaps
from mnist_gui.analysis.occlusion import Explanation
from mnist_gui.gui.draw.panels.explanation_thread import ExplanationThread
from mnist_gui.gui.draw.panels.panel_controller import DRAW_FIRST, PanelController
from mnist_gui.gui.draw.prediction_thread import PredictionResult

if TYPE_CHECKING:
    from mnist_gui.gui.draw.panels.feature_map_window import FeatureMapWindow
    from mnist_gui.gui.draw.panels.why_panel import WhyPanel


class WhyController(PanelController):
    """Explains each model's own answer, or another digit that was chosen.

    Parameters
    ----------
    explainer
        That computes maps in a thread.

    Signals
    -------
    chosen_changed(digit: int | None)
        The digit that is explained; None where each model's own answer is.
    """

    chosen_changed = Signal(object)

    def __init__(self, explainer: ExplanationThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._explainer = explainer
        self._panel: WhyPanel | None = None
        self._features: FeatureMapWindow | None = None
        self._chosen: int | None = None
        self._explained: tuple[NDArray[np.float32], dict[int, Explanation]] | None = None
        explainer.explained.connect(self._take)
        explainer.feature_maps_read.connect(self._take_features)
        explainer.failed.connect(self._tell)

    def make_panel(self) -> WhyPanel:
        """Return the panel."""
        from mnist_gui.gui.draw.panels.why_panel import WhyPanel

        self._panel = WhyPanel()
        self._panel.feature_maps_requested.connect(self.open_features)
        return self._panel

    def choose(self, digit: int) -> None:
        """Explain this digit, or each model's own answer again if it was this one."""
        self._set_chosen(None if digit == self._chosen else digit)
        self._show()

    def set_open(self, is_open: bool) -> None:
        """Go back to the models' own answers at closing: the cards no longer show what is chosen."""
        if not is_open:
            self._set_chosen(None)
        super().set_open(is_open)

    def follow(self, answered: PredictionResult | None) -> None:
        """Hear of another answer; the feature maps follow it whether or not the drawer is open."""
        super().follow(answered)
        self._ask_for_features()

    def update(self) -> None:
        """Ask for the maps; the old ones stay until they are there."""
        if self._panel is None:
            return
        if self.answered is None:
            self._explained = None
            self._panel.set_empty(DRAW_FIRST)
            return
        self._panel.set_busy(True)
        self._explainer.explain(self.answered.frame)

    def open_features(self) -> None:
        """Show the window of feature maps."""
        from mnist_gui.gui.draw.panels.feature_map_window import FeatureMapWindow

        if self._features is None:
            window = self._panel.window() if self._panel else None
            self._features = FeatureMapWindow(window)
            self._features.model_changed.connect(lambda _model: self._ask_for_features())
        self._features.show()
        self._features.raise_()
        self._features.activateWindow()
        self._ask_for_features()

    def shut_down(self) -> None:
        """Close the window of feature maps."""
        if self._features is not None:
            self._features.close()

    # -- what the thread says

    def _take(self, frame: NDArray[np.float32], explanations: dict[int, Explanation]) -> None:
        if self.answered is None or not np.array_equal(frame, self.answered.frame):
            return  # of a drawing that is gone
        self._explained = frame, explanations
        self._show()

    def _take_features(self, maps: FeatureMaps) -> None:
        if self._features is not None and self._features.isVisible() and maps.model == self._features.model:
            self._features.set_maps(maps.run, maps.model, maps)

    def _tell(self, sentence: str) -> None:
        if self._panel is not None and self.is_open:
            self._panel.set_empty(sentence)

    # -- what the person sees

    def _show(self) -> None:
        answered = self.answered
        if self._panel is None or self._explained is None or answered is None or answered.answer is None:
            return
        frame, explanations = self._explained
        own = {each.model: each.digit for each in answered.answer.predictions}
        digits = {model: own[model] if self._chosen is None else self._chosen for model in explanations if model in own}
        maps = {model: explanations[model].map_for(digit) for model, digit in digits.items()}
        self._panel.set_maps(maps, frame, digits)

    def _set_chosen(self, digit: int | None) -> None:
        if digit != self._chosen:
            self._chosen = digit
            self.chosen_changed.emit(digit)

    def _ask_for_features(self) -> None:
        if self._features is None or not self._features.isVisible():
            return
        model = self._features.model
        answer = self.answered.answer if self.answered else None
        run = next((each.run for each in answer.predictions if each.model == model), "") if answer else ""
        if self.answered is None or not run:
            self._features.set_maps(run, model, None)
        else:
            self._explainer.feature_maps(self.answered.frame, model)
