"""Calls in background threads. Signals connect to methods of a QObject, never to a lambda: Qt may call it too late."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

TRAINING_NICENESS = 10

Task = Callable[[Callable[[Any], bool]], Any]


def lower_thread_priority() -> None:
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


class TaskThread(QThread):
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


class LatestTask(QObject):
    """Passes on what the present call tells.

    Its slots are methods of its own, which Qt knows: a function that a thread's signal waits to call must not go while
    it waits.

    Signals
    -------
    progressed(value: object)
    finished_with(result: object)
    failed(sentence: str)
    ended()
        The call is over, whichever way, and was not given up.
    """

    progressed = Signal(object)
    finished_with = Signal(object)
    failed = Signal(str)
    ended = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker: TaskThread | None = None

    @property
    def is_running(self) -> bool:
        """Whether a call is not over yet."""
        return self._worker is not None

    def start(self, task: Task) -> None:
        """Make a call; see `TaskThread`."""
        self.shut_down()
        worker = self._worker = TaskThread(task, self)
        worker.progressed.connect(self._progressed)
        worker.finished_with.connect(self._finished_with)
        worker.failed.connect(self._failed)
        worker.finished.connect(self._ended)
        worker.start()

    def shut_down(self) -> None:
        """Ask the call to give up, and wait for it."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.shut_down()
            worker.deleteLater()

    # -- what the thread tells

    @property
    def _is_present(self) -> bool:
        """Whether what is told is of the present call."""
        return self._worker is not None and self.sender() is self._worker

    def _progressed(self, value: object) -> None:
        if self._is_present:
            self.progressed.emit(value)

    def _finished_with(self, result: object) -> None:
        if self._is_present:
            self.finished_with.emit(result)

    def _failed(self, sentence: str) -> None:
        if self._is_present:
            self.failed.emit(sentence)

    def _ended(self) -> None:
        if self._is_present:
            self.shut_down()  # it says so a moment before it has
            self.ended.emit()
