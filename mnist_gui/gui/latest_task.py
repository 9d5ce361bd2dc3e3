"""One call at a time in a thread; a newer one ends the one before, which then tells nothing more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from mnist_gui.gui.workers import TaskWorker

Task = Callable[[Callable[[Any], bool]], Any]


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
        self._worker: TaskWorker | None = None

    @property
    def is_running(self) -> bool:
        """Whether a call is not over yet."""
        return self._worker is not None

    def start(self, task: Task) -> None:
        """Make a call; see `TaskWorker`."""
        self.shut_down()
        worker = self._worker = TaskWorker(task, self)
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
