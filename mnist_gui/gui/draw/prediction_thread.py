"""The thread that frames the canvas content and asks the models."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QThread, Signal
from shiboken6 import isValid

from mnist_gui.digits.content import Content
from mnist_gui.digits.framing import Framing, framing_of
from mnist_gui.models.inference.predictor import EnsemblePrediction

Answers = tuple[EnsemblePrediction | None, ...]
MakeFrames = Callable[[], NDArray[np.float32]]
Reply = Callable[[NDArray[np.float32], Answers], None]


class FramePredictor(Protocol):
    """What the prediction thread asks of a predictor."""

    problems: tuple[str, ...]

    def predict(self, frames: NDArray[np.float32]) -> list[EnsemblePrediction]:
        """Return what all models say of each of (N, 28, 28) frames."""
        ...


@dataclass(frozen=True)
class PredictionResult:
    """What became of one request.

    Attributes
    ----------
    serial
        That `PredictionThread.request` returned.
    content
        What was on the canvas.
    framing
        How it became the frame that the models saw.
    answer
        None where there is no ink.
    """

    serial: int
    content: Content
    framing: Framing
    answer: EnsemblePrediction | None

    @property
    def frame(self) -> NDArray[np.float32]:
        """The (28, 28) frame that the models saw."""
        return self.framing.frame


@dataclass(frozen=True, eq=False)
class _FramesRequest:
    """Frames to answer, and the function that takes the answers if `context` is still alive."""

    context: QObject
    make_frames: MakeFrames
    reply: Reply


class PredictionThread(QThread):
    """Frames and answers what is on the canvas. The latest request wins; one it overtook is never answered.

    Parameters
    ----------
    load
        Returns the predictor; called in the thread at its start and after each `reload`.

    Signals
    -------
    loaded(problems: tuple[str, ...])
        The models are ready; the sentences say what could not be loaded.
    answered(answered: PredictionResult)
        In the order of the requests.
    failed(sentence: str)
    """

    loaded = Signal(tuple)
    answered = Signal(object)
    failed = Signal(str)
    _frames_answered = Signal(object, object, object)

    def __init__(self, load: Callable[[], FramePredictor], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._load = load
        self._wake = threading.Condition()
        self._request: tuple[int, Content] | None = None
        self._frames_requests: dict[QObject, _FramesRequest] = {}
        self._serial = 0
        self._reload = True
        self._leave = False
        # Queued: this object lives in the thread that made it.
        self._frames_answered.connect(self._on_frames_answered)

    def request(self, content: Content) -> int:
        """Ask for an answer; return the request's serial, larger than every one before."""
        with self._wake:
            self._serial += 1
            self._request = (self._serial, content)
            self._wake.notify()
            return self._serial

    def ask(self, context: QObject, make_frames: MakeFrames, reply: Reply) -> None:
        """Request answers to frames other than the canvas content's, which is answered first.

        Parameters
        ----------
        context
            Object on whose behalf the request is made. Its latest request replaces one that still waits, and no reply
            is made once it is deleted.
        make_frames
            Called in the thread; returns (N, 28, 28) frames in [0, 1].
        reply
            Called in the thread in which this object was made, with the frames and an answer for each; None for a frame
            without ink.
        """
        with self._wake:
            self._frames_requests[context] = _FramesRequest(context, make_frames, reply)
            self._wake.notify()

    def reload(self) -> None:
        """Load the predictor again: another run answers now."""
        with self._wake:
            self._reload = True
            self._wake.notify()

    def shut_down(self) -> None:
        """End the thread and wait for it; a QThread destroyed while it runs aborts the program."""
        with self._wake:
            self._leave = True
            self._wake.notify()
        self.wait()

    def run(self) -> None:
        """Work until `shut_down`; Qt calls this in the thread."""
        predictor: FramePredictor | None = None
        while True:
            with self._wake:
                # Requests wait until there is a predictor to answer them.
                while not (self._leave or self._reload or (predictor and (self._request or self._frames_requests))):
                    self._wake.wait()
                if self._leave:
                    return
                reload, self._reload = self._reload, False
                request, frames_request = None, None
                if not reload and self._request:
                    request, self._request = self._request, None
                elif not reload:
                    _, frames_request = self._frames_requests.popitem()
            try:
                if reload:
                    predictor = self._load()
                    self.loaded.emit(predictor.problems)
                elif request and predictor:
                    self.answered.emit(_answer(predictor, *request))
                elif frames_request and predictor:
                    self._frames_answered.emit(frames_request, *_answers(predictor, frames_request.make_frames()))
            except Exception as error:  # printed and forgotten by Qt otherwise
                self.failed.emit(f"The models cannot answer: {error}")

    def _on_frames_answered(self, request: _FramesRequest, frames: NDArray[np.float32], answers: Answers) -> None:
        if isValid(request.context):
            request.reply(frames, answers)


def _answer(predictor: FramePredictor, serial: int, content: Content) -> PredictionResult:
    framing = framing_of(content)
    _, (answer,) = _answers(predictor, framing.frame[None])
    return PredictionResult(serial, content, framing, answer)


def _answers(predictor: FramePredictor, frames: NDArray[np.float32]) -> tuple[NDArray[np.float32], Answers]:
    """Return the frames and an answer for each; None for a frame without ink."""
    inked = [bool(frame.any()) for frame in frames]
    answers = iter(predictor.predict(frames[inked]) if any(inked) else ())
    return frames, tuple(next(answers) if has_ink else None for has_ink in inked)
