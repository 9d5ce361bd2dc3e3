"""The thread that predicts the content of the canvas and frames on request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QDeadlineTimer, QObject, QThread, Signal
from shiboken6 import isValid

from mnist_gui.digits.content import Content
from mnist_gui.digits.framing import Framing, framing_of
from mnist_gui.gui.background import FOREVER
from mnist_gui.models.inference.predictor import EnsemblePrediction, Prediction, Report

T = TypeVar("T")
Predictions = tuple[EnsemblePrediction | None, ...]
MakeFrames = Callable[[], NDArray[np.float32]]
Reply = Callable[[NDArray[np.float32], Predictions], None]
EARLY_SECONDS = 0.05  # after which, again and again, large models that have answered are shown


class FramePredictor(Protocol):
    """The part of `Predictor` that the thread uses."""

    problems: tuple[str, ...]

    def predict(self, frames: NDArray[np.float32], first: int = 0, report: Report = ...) -> list[EnsemblePrediction]:
        """Return the predictions for (N, 28, 28) frames."""
        ...


@dataclass(frozen=True)
class PredictionResult:
    """Result of one request.

    Attributes
    ----------
    serial
        Returned by `PredictionThread.predict`.
    content
        Content of the canvas.
    framing
        Steps from the content to the models' frame.
    prediction
        None for a blank content.
    """

    serial: int
    content: Content
    framing: Framing
    prediction: EnsemblePrediction | None

    @property
    def frame(self) -> NDArray[np.float32]:
        """The (28, 28) frame given to the models."""
        return self.framing.frame


@dataclass(frozen=True, eq=False)
class _Task:
    context: QObject
    run: Callable[[FramePredictor], Any]
    reply: Callable[[Any], None]


class PredictionThread(QThread):
    """Frames contents and predicts them. A request replaces an earlier one that has not been started.

    Parameters
    ----------
    load
        Returns the predictor; called in the thread at its start and after each `reload`.

    Signals
    -------
    loaded(problems: tuple[str, ...])
        The models are loaded, except those that the messages name; again when one failed later and was replaced.
    framed(serial: int, frame: NDArray[np.float32])
        The (28, 28) frame of a request with ink, before the models have predicted it.
    predicted(result: PredictionResult)
        In the order of the requests.
    answered_early(serial: int, predictions: tuple[Prediction, ...])
        Runs that have answered a request while others still compute; only where all together take long.
    failed(message: str)
        Models cannot be loaded, or a prediction failed.
    """

    loaded = Signal(tuple)
    framed = Signal(int, object)
    predicted = Signal(object)
    answered_early = Signal(int, tuple)
    failed = Signal(str)
    _task_done = Signal(object, object)

    def __init__(self, load: Callable[[], FramePredictor], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._load = load
        self._wake = threading.Condition()
        self._request: tuple[int, Content, int] | None = None
        self._tasks: dict[QObject, _Task] = {}
        self._serial = 0
        self._reload = True
        self._stop = False
        # Queued, since this object lives in the thread that created it.
        self._task_done.connect(self._on_task_done)

    def predict(self, content: Content, first: int = 0) -> int:
        """Request the prediction of a content; return a serial larger than all earlier ones.

        Parameters
        ----------
        content
            Content of the canvas.
        first
            Place of the run that is asked first; 0 for the order of the places.
        """
        with self._wake:
            self._serial += 1
            self._request = (self._serial, content, first)
            self._wake.notify()
            return self._serial

    def predict_frames(self, context: QObject, make_frames: MakeFrames, reply: Reply) -> None:
        """Request the predictions of frames; the content of the canvas goes first.

        Parameters
        ----------
        context
            Object on whose behalf the request is made. Its latest request replaces one that still waits, and no reply
            is made once it is deleted.
        make_frames
            Called in the thread; returns (N, 28, 28) frames in [0, 1].
        reply
            Called in the thread that created this object, with the frames and a prediction for each; None for a frame
            without ink.
        """

        def predict(predictor: FramePredictor) -> tuple[NDArray[np.float32], Predictions]:
            frames = make_frames()
            return frames, _predict(predictor, frames)

        self.run_task(context, predict, lambda result: reply(*result))

    def run_task(self, context: QObject, task: Callable[[FramePredictor], T], reply: Callable[[T], None]) -> None:
        """Request a task that uses the predictor; the content of the canvas goes first.

        Parameters
        ----------
        context
            As in `predict_frames`.
        task
            Called in the thread, with the predictor.
        reply
            Called in the thread that created this object, with what the task returned.
        """
        with self._wake:
            self._tasks[context] = _Task(context, task, reply)
            self._wake.notify()

    def reload(self) -> None:
        """Load the predictor again, as another run is active."""
        with self._wake:
            self._reload = True
            self._wake.notify()

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Stop the thread and wait for it; return whether it ended in time."""
        with self._wake:
            self._stop = True
            self._wake.notify()
        return self.wait(deadline)

    def run(self) -> None:
        predictor: FramePredictor | None = None
        problems: tuple[str, ...] = ()
        while True:
            with self._wake:
                # Requests wait for the predictor.
                while not (self._stop or self._reload or (predictor and (self._request or self._tasks))):
                    self._wake.wait()
                if self._stop:
                    return
                reload, self._reload = self._reload, False
                request, task = None, None
                if not reload and self._request:
                    request, self._request = self._request, None
                elif not reload:
                    _, task = self._tasks.popitem()
            try:
                if reload:
                    predictor = self._load()
                    problems = predictor.problems
                    self.loaded.emit(problems)
                elif request and predictor:
                    self._answer(predictor, *request)
                elif task and predictor:
                    self._task_done.emit(task, task.run(predictor))
                if predictor and predictor.problems != problems:
                    problems = predictor.problems
                    self.loaded.emit(problems)
            except Exception as error:  # Qt would only print it
                self.failed.emit(f"The models cannot answer: {error}")

    def _answer(self, predictor: FramePredictor, serial: int, content: Content, first: int) -> None:
        found: list[Prediction] = []
        shown = time.monotonic()

        def report(predictions: list[Prediction]) -> None:
            nonlocal shown
            found.extend(predictions)
            if (now := time.monotonic()) - shown >= EARLY_SECONDS:
                shown = now
                self.answered_early.emit(serial, tuple(found))

        framing = framing_of(content)
        prediction = None
        if framing.frame.any():
            self.framed.emit(serial, framing.frame)
            prediction = predictor.predict(framing.frame[None], first, report)[0]
        self.predicted.emit(PredictionResult(serial, content, framing, prediction))

    def _on_task_done(self, task: _Task, result: object) -> None:
        if isValid(task.context):
            task.reply(result)


def _predict(predictor: FramePredictor, frames: NDArray[np.float32]) -> Predictions:
    """Return a prediction for each frame; None for a frame without ink."""
    has_ink = [bool(frame.any()) for frame in frames]
    predictions = iter(predictor.predict(frames[has_ink]) if any(has_ink) else ())
    return tuple(next(predictions) if inked else None for inked in has_ink)
