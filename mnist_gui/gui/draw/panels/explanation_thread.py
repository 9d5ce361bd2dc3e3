"""Computes explanations, stress curves and feature maps in a thread; all take too long to follow the pen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QDeadlineTimer, QObject, QThread, Signal

from mnist_gui.analysis.feature_maps import FeatureMaps, FeatureReader
from mnist_gui.analysis.occlusion import Explanation, explain, predict_in_chunks
from mnist_gui.digits.corruptions import CORRUPTIONS, Amounts, corrupt
from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.gui.background import FOREVER, lower_thread_priority
from mnist_gui.models.inference.calibration import calibrate
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.runs.record import RunError

SWEEP_SIZE = 61  # amounts along a slider's range

Frame = NDArray[np.float32]
Check = Callable[[], None]


class ExplanationThread(QThread):
    """Computes explanations, stress curves and feature maps of frames. The latest request of each kind wins.

    A newer request of the same kind interrupts the current one within a few frames; the interrupted one emits nothing.
    Requests of different kinds take turns.

    Parameters
    ----------
    load
        Returns models that no other thread uses. Called in the thread, at the first request and at the first one after
        `reload`.
    open_reader
        Returns the feature reader of the run of that name. Called in the thread.

    Signals
    -------
    explained(frame: NDArray, explanations: dict[int, Explanation])
        Explanations by model. The frame, here and below, is the array that was passed to the request.
    stressed(frame: NDArray, property_name: str, amounts: NDArray, curves: dict[int, NDArray])
        (61,) amounts as of `sweep_amounts`, and (61, 10) calibrated probabilities by model.
    feature_maps_read(maps: FeatureMaps)
    failed(sentence: str)
        The request of a kind failed.
    """

    explained = Signal(object, object)
    stressed = Signal(object, str, object, object)
    feature_maps_read = Signal(object)
    failed = Signal(str)

    def __init__(
        self,
        load: Callable[[], Sequence[LoadedModel]],
        open_reader: Callable[[str], FeatureReader],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._load = load
        self._open_reader = open_reader
        self._wake = threading.Condition()
        self._requests: dict[str, _Request] = {}  # by kind, the oldest first
        self._reload = False
        self._stopping = False
        # Used in the thread only.
        self._loaded: dict[int, LoadedModel] = {}
        self._readers: dict[int, FeatureReader] = {}

    def explain(self, frame: Frame) -> None:
        """Request every model's explanation of a (28, 28) frame in [0, 1]."""
        self._add(_Request("The explanation", partial(self._explain, frame), self.explained.emit))

    def stress(self, frame: Frame, property_name: str) -> None:
        """Request predictions for a frame over the whole range of a corruption, a key of `CORRUPTIONS`."""
        self._add(_Request("The stress test", partial(self._stress, frame, property_name), self.stressed.emit))

    def feature_maps(self, frame: Frame, model: int) -> None:
        """Request the feature maps of model 1, 2 or 3 for a frame."""
        self._add(_Request("The feature maps", partial(self._read, frame, model), self.feature_maps_read.emit))

    def reload(self) -> None:
        """Load the models again before the next result: other runs are active."""
        with self._wake:
            self._reload = True

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Stop the thread and wait for it; return whether it ended in time."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        return self.wait(deadline)

    def _add(self, request: _Request) -> None:
        with self._wake:
            # To the end of the queue: repeated requests of one kind must not delay the others.
            self._requests.pop(request.kind, None)
            self._requests[request.kind] = request
            self._wake.notify()

    # -- in the thread

    def _next(self) -> _Request | None:
        """Wait for a request and return it; it stays in the queue. None ends the thread."""
        with self._wake:
            while not (self._stopping or self._requests):
                self._wake.wait()
            if self._stopping:
                return None
            if self._reload:
                self._reload = False
                self._loaded, self._readers = {}, {}
            return next(iter(self._requests.values()))

    def _is_current(self, request: _Request) -> bool:
        return not (self._stopping or self._reload) and self._requests.get(request.kind) is request

    def _check(self, request: _Request) -> None:
        with self._wake:
            if not self._is_current(request):
                raise _SupersededError

    def _finish(self, request: _Request) -> bool:
        """Remove a request from the queue and return True; return False if its result is outdated."""
        with self._wake:
            is_current = self._is_current(request)
            if is_current:
                del self._requests[request.kind]
            return is_current

    def _models(self) -> dict[int, LoadedModel]:
        if not self._loaded:
            self._loaded = {model.model: model for model in self._load()}
        return self._loaded

    def _explain(self, frame: Frame, check: Check) -> tuple[Frame, dict[int, Explanation]]:
        return frame, {model: explain(loaded, frame, check=check) for model, loaded in self._models().items()}

    def _stress(
        self, frame: Frame, property_name: str, check: Check
    ) -> tuple[Frame, str, Amounts, dict[int, NDArray[np.float32]]]:
        amounts = sweep_amounts(property_name)
        frames = corrupt(np.broadcast_to(frame, (SWEEP_SIZE, FRAME_SIDE, FRAME_SIDE)), property_name, amounts)
        curves = {
            model: calibrate(predict_in_chunks(loaded, frames, check=check), loaded.temperature)
            for model, loaded in self._models().items()
        }
        return frame, property_name, amounts, curves

    def _read(self, frame: Frame, model: int, check: Check) -> tuple[FeatureMaps]:
        if model not in self._models():
            raise RunError(f"Model {model} has no run that can answer; train one in the Train tab.")
        if model not in self._readers:
            self._readers[model] = self._open_reader(self._models()[model].run)
        check()
        return (self._readers[model].read(frame),)

    # -- Qt

    def run(self) -> None:
        # Predictions come first. On Linux only the first of these has an effect, elsewhere only the second.
        lower_thread_priority()
        self.setPriority(QThread.Priority.LowPriority)
        while request := self._next():
            try:
                result = request.compute(partial(self._check, request))
            except _SupersededError:
                continue
            except Exception as error:  # otherwise printed by Qt and lost
                if self._finish(request):
                    self.failed.emit(f"{request.kind} cannot be shown: {error}")
            else:
                if self._finish(request):
                    request.emit(*result)


def sweep_amounts(property_name: str) -> Amounts:
    """Return (61,) rising amounts from a corruption's lowest to its highest, including the neutral one exactly."""
    corruption = CORRUPTIONS[property_name]
    amounts = np.linspace(corruption.low, corruption.high, SWEEP_SIZE)
    amounts[np.abs(amounts - corruption.neutral).argmin()] = corruption.neutral
    return amounts


@dataclass(frozen=True, eq=False)
class _Request:
    """A request to the thread.

    Attributes
    ----------
    kind
        Noun for error messages; a newer request of the same kind replaces this one.
    compute
        Called with a function that raises `_SupersededError` once the request is outdated; returns the signal's
        arguments.
    emit
        Emits the signal.
    """

    kind: str
    compute: Callable[[Check], tuple[Any, ...]]
    emit: Callable[..., None]


class _SupersededError(Exception):
    """The request is outdated."""
