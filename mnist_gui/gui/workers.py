"""Threads: core calls in, signals out. Nothing else in the program touches a thread."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QThread, Signal

from mnist_gui.digits.dataset import Dataset
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.frame import Framing, framing_of
from mnist_gui.digits.picture import Picture
from mnist_gui.models.control import Control
from mnist_gui.models.events import Event
from mnist_gui.models.predictor import Answer
from mnist_gui.runs.run import Run

Content = Drawing | Picture
MakeFrames = Callable[[], NDArray[np.float32]]
TRAINING_NICENESS = 10


class AnswersFrames(Protocol):
    """What the prediction thread asks of a predictor."""

    problems: tuple[str, ...]

    def answers(self, frames: NDArray[np.float32]) -> list[Answer]:
        """Return what all models say of each of (N, 28, 28) frames."""
        ...


class Trains(Protocol):
    """What the training thread calls; see `mnist_gui.models.training.train`."""

    def __call__(self, run: Run, dataset: Dataset, *, report: Callable[[Event], None], control: Control) -> Run:
        """Train the run to an end of whatever kind."""
        ...


@dataclass(frozen=True)
class Answered:
    """What became of one request.

    Attributes
    ----------
    serial
        That `PredictionWorker.request` returned.
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
    answer: Answer | None

    @property
    def frame(self) -> NDArray[np.float32]:
        """The (28, 28) frame that the models saw."""
        return self.framing.frame


class PredictionWorker(QThread):
    """Frames and answers what is on the canvas. The latest request wins; one it overtook is never answered.

    Parameters
    ----------
    load
        Returns the predictor; called in the thread at its start and after each `reload`.

    Signals
    -------
    loaded(problems: tuple[str, ...])
        The models are ready; the sentences say what could not be loaded.
    answered(answered: Answered)
        In the order of the requests.
    frames_answered(subject: str, frames: NDArray[np.float32], answers: tuple[Answer | None, ...])
        What `ask` asked for: (N, 28, 28) frames, and what is said of each; None of one without ink.
    failed(sentence: str)
    """

    loaded = Signal(tuple)
    answered = Signal(object)
    frames_answered = Signal(str, object, object)
    failed = Signal(str)

    def __init__(self, load: Callable[[], AnswersFrames], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._load = load
        self._wake = threading.Condition()
        self._request: tuple[int, Content] | None = None
        self._asked: dict[str, MakeFrames] = {}
        self._serial = 0
        self._reload = True
        self._leave = False

    def request(self, content: Content) -> int:
        """Ask for an answer; return the request's serial, larger than every one before."""
        with self._wake:
            self._serial += 1
            self._request = (self._serial, content)
            self._wake.notify()
            return self._serial

    def ask(self, subject: str, make_frames: MakeFrames) -> None:
        """Ask about frames beside what is on the canvas, once that is answered; the latest of a subject wins.

        Parameters
        ----------
        subject
            What they are, for `frames_answered`.
        make_frames
            Called in the thread; returns (N, 28, 28) frames in [0, 1].
        """
        with self._wake:
            self._asked[subject] = make_frames
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
        predictor: AnswersFrames | None = None
        while True:
            with self._wake:
                # Requests wait until there is a predictor to answer them.
                while not (self._leave or self._reload or (predictor and (self._request or self._asked))):
                    self._wake.wait()
                if self._leave:
                    return
                reload, self._reload = self._reload, False
                request, asked = None, None
                if not reload and self._request:
                    request, self._request = self._request, None
                elif not reload:
                    asked = self._asked.popitem()
            try:
                if reload:
                    predictor = self._load()
                    self.loaded.emit(predictor.problems)
                elif request and predictor:
                    self.answered.emit(_answer(predictor, *request))
                elif asked and predictor:
                    subject, make_frames = asked
                    self.frames_answered.emit(subject, *_answers(predictor, make_frames()))
            except Exception as error:  # printed and forgotten by Qt otherwise
                self.failed.emit(f"The models cannot answer: {error}")


def _answer(predictor: AnswersFrames, serial: int, content: Content) -> Answered:
    framing = framing_of(content)
    _, (answer,) = _answers(predictor, framing.frame[None])
    return Answered(serial, content, framing, answer)


def _answers(
    predictor: AnswersFrames, frames: NDArray[np.float32]
) -> tuple[NDArray[np.float32], tuple[Answer | None, ...]]:
    """Return the frames and what is said of each; None where there is no ink."""
    inked = [bool(frame.any()) for frame in frames]
    answers = iter(predictor.answers(frames[inked]) if any(inked) else ())
    return frames, tuple(next(answers) if has_ink else None for has_ink in inked)


class TrainingWorker(QThread):
    """Trains one run.

    Parameters
    ----------
    run
        Created, or to be resumed.
    dataset
        The data it names.
    train
        `mnist_gui.models.training.train` or a fake.
    control
        Of this run alone.

    Signals
    -------
    happened(event: Event)
    failed(sentence: str)
        The run could not even be started.
    """

    happened = Signal(object)
    failed = Signal(str)

    def __init__(
        self, run: Run, dataset: Dataset, train: Trains, control: Control, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._run = run
        self._dataset = dataset
        self._train = train
        self._control = control

    def run(self) -> None:
        """Train; Qt calls this in the thread."""
        give_way()
        try:
            self._train(self._run, self._dataset, report=self.happened.emit, control=self._control)
        except Exception as error:
            self.failed.emit(f"Run {self._run.name} could not be trained: {error}")


def give_way() -> None:
    """Let this thread, and those that TensorFlow starts from it, leave the processor to the window when it needs it.

    On Linux niceness is a thread's own and inherited by what it starts. Elsewhere a window has priority by itself.
    A program that was started with `nice` stays as nice as it is: less would be refused to most people. Where the
    system refuses all of it, a training is not worth less for that.
    """
    if sys.platform.startswith("linux"):
        thread = threading.get_native_id()
        with suppress(OSError):
            if os.getpriority(os.PRIO_PROCESS, thread) < TRAINING_NICENESS:
                os.setpriority(os.PRIO_PROCESS, thread, TRAINING_NICENESS)


class TaskWorker(QThread):
    """One call in a thread of its own.

    Parameters
    ----------
    task
        Called with a function that takes progress of any kind and returns whether to go on.

    Signals
    -------
    progressed(value: object)
    finished_with(result: object)
    failed(sentence: str)
    """

    progressed = Signal(object)
    finished_with = Signal(object)
    failed = Signal(str)

    def __init__(self, task: Callable[[Callable[[Any], bool]], Any], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._task = task

    def shut_down(self) -> None:
        """Ask the call to give up, and wait for it."""
        self.requestInterruption()
        self.wait()

    def run(self) -> None:
        """Make the call; Qt calls this in the thread."""

        def progress(value: Any) -> bool:  # noqa: ANN401 - whatever the task tells
            self.progressed.emit(value)
            return not self.isInterruptionRequested()

        try:
            result = self._task(progress)
        except Exception as error:
            self.failed.emit(str(error))
        else:
            self.finished_with.emit(result)
