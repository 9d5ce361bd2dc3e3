"""Computes explanations, smallest changes and stress curves in a thread; all take too long to follow the pen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from mnist_gui.analysis.occlusion import DeletionScore, Explanation, explain, predict_in_chunks, score_deletion
from mnist_gui.analysis.smallest_change import SmallestChange, smallest_change
from mnist_gui.digits.corruptions import CORRUPTIONS, Amounts, corrupt
from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.gui.background import Check, RequestThread
from mnist_gui.models.inference.calibration import calibrate
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.runs.store import MAX_ANSWERING

SWEEP_SIZE = 61  # amounts along a slider's range

Frame = NDArray[np.float32]
_EXPLANATION, _SCORE = "The explanation", "The deletion score"
_CHANGES = {place: f"The smallest change of answerer {place}" for place in range(1, MAX_ANSWERING + 1)}


class ExplanationThread(RequestThread):
    """Computes what the panels "Why" and "Stress" show; the latest request of each kind wins within a few frames.

    Parameters
    ----------
    load
        Returns models that no other thread uses, with their places. Called in the thread, at the first request and at
        the first one after `reload`: other runs answer.

    Signals
    -------
    explained(frame: NDArray, explanations: dict[int, Explanation])
        Explanations by place. The frame, here and below, is the array that was passed to the request.
    scored(frame: NDArray, digits: dict[int, int], scores: dict[int, DeletionScore])
        Deletion scores of the explanations of these digits, by place.
    changed(frame: NDArray, target: int | None, place: int, change: SmallestChange | None)
        Smallest change found for a model; None where none was found.
    stressed(frame: NDArray, property_name: str, amounts: NDArray, curves: dict[int, NDArray])
        (61,) amounts as of `sweep_amounts`, and (61, 10) calibrated probabilities by place.
    """

    explained = Signal(object, object)
    scored = Signal(object, object, object)
    changed = Signal(object, object, int, object)
    stressed = Signal(object, str, object, object)

    def __init__(self, load: Callable[[], Sequence[LoadedModel]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._load = load
        self._loaded: dict[int, LoadedModel] = {}  # used in the thread only

    def explain(self, frame: Frame) -> None:
        """Request every model's explanation of a (28, 28) frame in [0, 1]."""
        self._request(_EXPLANATION, partial(self._explain, frame), self.explained.emit)

    def score(self, frame: Frame, explanations: Mapping[int, Explanation], digits: Mapping[int, int]) -> None:
        """Request deletion scores of a frame's explanations, for one digit for each model."""
        self._request(_SCORE, partial(self._score, frame, dict(explanations), dict(digits)), self.scored.emit)

    def find_changes(self, frame: Frame, target: int | None, places: Iterable[int]) -> None:
        """Request the smallest change of a frame to a digit, or to the nearest one, for the models in these places."""
        for place in places:
            self._request(_CHANGES[place], partial(self._find_change, frame, target, place), self.changed.emit)

    def cancel_explanations(self) -> None:
        """Drop requests for explanations, scores and changes; the current one ends within a few frames."""
        for kind in (_EXPLANATION, _SCORE, *_CHANGES.values()):
            self._cancel(kind)

    def stress(self, frame: Frame, property_name: str) -> None:
        """Request predictions for a frame over the whole range of a corruption, a key of `CORRUPTIONS`."""
        self._request("The stress test", partial(self._stress, frame, property_name), self.stressed.emit)

    # -- in the thread

    def _forget(self) -> None:
        self._loaded = {}

    def _models(self) -> dict[int, LoadedModel]:
        if not self._loaded:
            self._loaded = {model.place: model for model in self._load()}
        return self._loaded

    def _explain(self, frame: Frame, check: Check) -> tuple[Frame, dict[int, Explanation]]:
        return frame, {place: explain(loaded, frame, check=check) for place, loaded in self._models().items()}

    def _score(
        self, frame: Frame, explanations: dict[int, Explanation], digits: dict[int, int], check: Check
    ) -> tuple[Frame, dict[int, int], dict[int, DeletionScore]]:
        models = self._models()
        scores = {
            place: score_deletion(models[place], frame, explanations[place].map_for(digit), digit, check=check)
            for place, digit in digits.items()
            if place in models
        }
        return frame, digits, scores

    def _find_change(
        self, frame: Frame, target: int | None, place: int, check: Check
    ) -> tuple[Frame, int | None, int, SmallestChange | None]:
        loaded = self._models().get(place)
        change = None if loaded is None else smallest_change(loaded, frame, target, check=check)
        return frame, target, place, change

    def _stress(
        self, frame: Frame, property_name: str, check: Check
    ) -> tuple[Frame, str, Amounts, dict[int, NDArray[np.float32]]]:
        amounts = sweep_amounts(property_name)
        frames = corrupt(np.broadcast_to(frame, (SWEEP_SIZE, FRAME_SIDE, FRAME_SIDE)), property_name, amounts)
        curves = {
            place: calibrate(predict_in_chunks(loaded, frames, check=check), loaded.temperature)
            for place, loaded in self._models().items()
        }
        return frame, property_name, amounts, curves


def sweep_amounts(property_name: str) -> Amounts:
    """Return (61,) rising amounts from a corruption's lowest to its highest, including the neutral one exactly."""
    corruption = CORRUPTIONS[property_name]
    amounts = np.linspace(corruption.low, corruption.high, SWEEP_SIZE)
    amounts[np.abs(amounts - corruption.neutral).argmin()] = corruption.neutral
    return amounts
