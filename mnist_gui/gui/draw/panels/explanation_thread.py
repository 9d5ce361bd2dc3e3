"""The thread that says why: work too slow to follow the pen, done beside it and dropped once the drawing moved on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QThread, Signal

from mnist_gui.analysis.feature_maps import FeatureMaps, FeatureReader
from mnist_gui.analysis.occlusion import Explanation, explain, probabilities_of
from mnist_gui.digits.corruptions import CORRUPTIONS, Amounts, corrupt
from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.gui.background import lower_thread_priority
from mnist_gui.models.inference.calibration import calibrated
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.runs.record import RunError

SWEEP = 61  # amounts along a slider's range

Frame = NDArray[np.float32]
Check = Callable[[], None]


class ExplanationThread(QThread):
    """Explains frames, stresses them and reads their feature maps. The latest request of each kind wins.

    A newer request of a kind ends the one under way within a few frames, which is then never answered. Requests of
    different kinds take turns. Who asks faster than a model is explained gets no answer until that ends.

    Parameters
    ----------
    load
        Returns the models: a set of its own, never that which answers the pen. Called in the thread, at the first
        request and at the first one after a `reload`.
    open_reader
        Returns the reader of a run's feature maps, by the run's name. Called in the thread.

    Signals
    -------
    explained(frame: NDArray, explanations: dict[int, Explanation])
        By the models' numbers. The frame, here and below, is the very array that was given.
    stressed(frame: NDArray, property_name: str, amounts: NDArray, curves: dict[int, NDArray])
        (61,) rising amounts from the property's lowest to its highest, the neutral one among them, and by the models'
        numbers (61, 10) calibrated probabilities.
    feature_maps_read(maps: FeatureMaps)
    failed(sentence: str)
        A request could not be answered.
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
        self._requests: dict[str, _Request] = {}  # by kind, the one that waited longest first
        self._reload = False
        self._leave = False
        # Of the thread alone.
        self._loaded: dict[int, LoadedModel] = {}
        self._readers: dict[int, FeatureReader] = {}

    def explain(self, frame: Frame) -> None:
        """Ask why each model says what it says of a (28, 28) frame in [0, 1]."""
        self._ask(_Request("The explanation", partial(self._explain, frame), self.explained.emit))

    def stress(self, frame: Frame, property_name: str) -> None:
        """Ask what the models say of a frame along the whole range of a property, a key of `CORRUPTIONS`."""
        self._ask(_Request("The stress test", partial(self._stress, frame, property_name), self.stressed.emit))

    def feature_maps(self, frame: Frame, model: int) -> None:
        """Ask what the layers of model 1, 2 or 3 make of a frame."""
        self._ask(_Request("The feature maps", partial(self._read, frame, model), self.feature_maps_read.emit))

    def reload(self) -> None:
        """Load the models again before the next answer: other runs are active now."""
        with self._wake:
            self._reload = True

    def shut_down(self) -> None:
        """End the thread and wait for it; a QThread destroyed while it runs aborts the program."""
        with self._wake:
            self._leave = True
            self._wake.notify()
        self.wait()

    def _ask(self, request: _Request) -> None:
        with self._wake:
            # To the end of the line: a kind that is asked for again and again must not keep others waiting.
            self._requests.pop(request.kind, None)
            self._requests[request.kind] = request
            self._wake.notify()

    # -- in the thread

    def _next(self) -> _Request | None:
        """Wait for a request, which stays in the line; None to leave."""
        with self._wake:
            while not (self._leave or self._requests):
                self._wake.wait()
            if self._leave:
                return None
            if self._reload:
                self._reload = False
                self._loaded, self._readers = {}, {}
            return next(iter(self._requests.values()))

    def _is_wanted(self, request: _Request) -> bool:
        return not (self._leave or self._reload) and self._requests.get(request.kind) is request

    def _check(self, request: _Request) -> None:
        with self._wake:
            if not self._is_wanted(request):
                raise _OvertakenError

    def _finish(self, request: _Request) -> bool:
        """Take a request out of the line; False where its answer is not wanted, and where it must be done again."""
        with self._wake:
            wanted = self._is_wanted(request)
            if wanted:
                del self._requests[request.kind]
            return wanted

    def _models(self) -> dict[int, LoadedModel]:
        if not self._loaded:
            self._loaded = {model.model: model for model in self._load()}
        return self._loaded

    def _explain(self, frame: Frame, check: Check) -> tuple[Frame, dict[int, Explanation]]:
        return frame, {number: explain(model, frame, check=check) for number, model in self._models().items()}

    def _stress(
        self, frame: Frame, property_name: str, check: Check
    ) -> tuple[Frame, str, Amounts, dict[int, NDArray[np.float32]]]:
        amounts = sweep_of(property_name)
        frames = corrupt(np.broadcast_to(frame, (SWEEP, FRAME_SIDE, FRAME_SIDE)), property_name, amounts)
        curves = {
            number: calibrated(probabilities_of(model, frames, check=check), model.temperature)
            for number, model in self._models().items()
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
        """Work until `shut_down`; Qt calls this in the thread."""
        # The pen comes first. On Linux only the first of the two has an effect, elsewhere only the second.
        lower_thread_priority()
        self.setPriority(QThread.Priority.LowPriority)
        while request := self._next():
            try:
                answer = request.work(partial(self._check, request))
            except _OvertakenError:
                continue
            except Exception as error:  # printed and forgotten by Qt otherwise
                if self._finish(request):
                    self.failed.emit(f"{request.kind} cannot be shown: {error}")
            else:
                if self._finish(request):
                    request.tell(*answer)


def sweep_of(property_name: str) -> Amounts:
    """Return (61,) rising amounts from a corruption's lowest to its highest, the neutral one among them."""
    corruption = CORRUPTIONS[property_name]
    amounts = np.linspace(corruption.low, corruption.high, SWEEP)
    # Exactly: nothing is altered there.
    amounts[np.abs(amounts - corruption.neutral).argmin()] = corruption.neutral
    return amounts


@dataclass(frozen=True, eq=False)
class _Request:
    """Something asked of the worker.

    Attributes
    ----------
    kind
        Of which only the newest is answered; in words.
    work
        Called with the check that ends it; returns what is told.
    tell
        Emits the signal.
    """

    kind: str
    work: Callable[[Check], tuple[Any, ...]]
    tell: Callable[..., None]


class _OvertakenError(Exception):
    """Nobody waits for this answer any longer."""
