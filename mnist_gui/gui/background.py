"""Functions called in background threads.

Connect signals of threads to methods of QObjects only: Qt may call a lambda after its owner is gone.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from PySide6.QtCore import QDeadlineTimer, QObject, QThread, QTimer, Signal

TRAINING_NICENESS = 10
FOREVER = QDeadlineTimer(QDeadlineTimer.ForeverConstant.Forever)

Task = Callable[[Callable[[Any], bool]], Any]
Check = Callable[[], None]  # raises if the result is not wanted any more


def lower_thread_priority() -> None:
    """Raise the niceness of this thread and of those that it will start, on Linux only.

    Other systems prefer the thread of the window anyway. A program that was started with a higher niceness keeps it.
    Errors are ignored.
    """
    if sys.platform.startswith("linux"):
        thread = threading.get_native_id()
        with suppress(OSError):
            if os.getpriority(os.PRIO_PROCESS, thread) < TRAINING_NICENESS:
                os.setpriority(os.PRIO_PROCESS, thread, TRAINING_NICENESS)


class Worker(Protocol):
    """Object that uses threads and can end them."""

    def shut_down(self, deadline: QDeadlineTimer) -> bool:
        """End the threads; return whether they ended in time."""
        ...


def shut_down_all(workers: Iterable[Worker], deadline: QDeadlineTimer) -> bool:
    """Shut all workers down, even if one of them does not end in time; return whether all ended in time."""
    ended = [worker.shut_down(deadline) for worker in workers]
    return all(ended)


class TaskThread(QThread):
    """Calls a function in a thread.

    Parameters
    ----------
    task
        Called with a function that takes progress of any kind and returns whether to continue.

    Signals
    -------
    progressed(value: object)
    finished_with(result: object)
    failed(sentence: str)
        The function raised an exception.
    """

    progressed = Signal(object)
    finished_with = Signal(object)
    failed = Signal(str)

    def __init__(self, task: Task, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._task = task

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Interrupt the call and wait for it; return whether it ended in time."""
        self.requestInterruption()
        return self.wait(deadline)

    def run(self) -> None:
        def progress(value: Any) -> bool:  # noqa: ANN401 - any kind of progress
            self.progressed.emit(value)
            return not self.isInterruptionRequested()

        try:
            result = self._task(progress)
        except Exception as error:
            self.failed.emit(str(error))
        else:
            self.finished_with.emit(result)


class LatestTask(QObject):
    """Runs one `TaskThread` at a time and repeats its signals; a newer call interrupts the current one.

    Only `shut_down` waits: a call that does not end, as on a dead network disk, must not freeze the window.

    Signals
    -------
    progressed(value: object)
    finished_with(result: object)
    failed(sentence: str)
    ended()
        The call returned or raised, without having been interrupted.
    """

    progressed = Signal(object)
    finished_with = Signal(object)
    failed = Signal(str)
    ended = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: TaskThread | None = None  # the one that runs
        self._latest: TaskThread | None = None  # the one that is heard; it starts when the other has ended
        self._ended: list[TaskThread] = []

    @property
    def is_running(self) -> bool:
        """Whether the latest call has not ended yet and was not cancelled."""
        return self._latest is not None

    def start(self, task: Task) -> None:
        """Interrupt the current call, and start another one as soon as it has ended."""
        self.cancel()
        self._latest = TaskThread(task)
        if self._thread is None:
            self._start_latest()

    def cancel(self) -> None:
        """Interrupt the current call, if any, without waiting for it; nothing more is heard of it."""
        self._latest = None
        if self._thread is not None:
            self._thread.requestInterruption()

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Cancel the current call, if any, and wait for it; return whether it ended in time."""
        self.cancel()
        if self._thread is not None:
            if not self._thread.shut_down(deadline):
                return False
            # Python deletes it, once what it emitted has arrived: where Qt does, after `deleteLater`, PySide6 6.11 may
            # crash while it releases the wrapper.
            self._ended.append(self._thread)
            QTimer.singleShot(0, self, self._delete_ended)
            self._thread = None
        return True

    def _start_latest(self) -> None:
        thread = self._thread = self._latest
        assert thread is not None
        thread.setParent(self)
        thread.progressed.connect(self._on_progressed)
        thread.finished_with.connect(self._on_finished_with)
        thread.failed.connect(self._on_failed)
        thread.finished.connect(self._on_finished)
        thread.start()

    def _delete_ended(self) -> None:
        for thread in self._ended:
            thread.setParent(None)
        self._ended.clear()

    # -- signals of the thread

    @property
    def _is_latest(self) -> bool:
        """Whether the signal comes from the latest call."""
        return self._latest is not None and self.sender() is self._latest

    def _on_progressed(self, value: object) -> None:
        if self._is_latest:
            self.progressed.emit(value)

    def _on_finished_with(self, result: object) -> None:
        if self._is_latest:
            self.finished_with.emit(result)

    def _on_failed(self, sentence: str) -> None:
        if self._is_latest:
            self.failed.emit(sentence)

    def _on_finished(self) -> None:
        if self._thread is None or self.sender() is not self._thread:
            return
        latest = self._latest
        is_latest = latest is self._thread
        self.shut_down()  # the signal precedes the end of the thread
        if is_latest:
            self.ended.emit()
        elif latest is not None:
            self._latest = latest
            self._start_latest()


class RequestThread(QThread):
    """Answers requests of several kinds in a thread. The latest request of each kind wins.

    A newer request of the same kind interrupts the current one at its next check; the interrupted one emits nothing.
    Requests of different kinds take turns.

    Attributes
    ----------
    follows_pen
        Whether results are shown while the pen moves. The thread then completes requests although newer ones come, as
        it would otherwise wait for a pause, and keeps its priority.

    Signals
    -------
    failed(sentence: str)
        The request of a kind failed.
    """

    failed = Signal(str)
    follows_pen = False

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wake = threading.Condition()
        self._requests: dict[str, _Request] = {}  # by kind, the oldest first
        self._reload = False
        self._stopping = False

    def reload(self) -> None:
        """Load again, before the next result, what the results depend on."""
        with self._wake:
            self._reload = True

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Stop the thread and wait for it; return whether it ended in time."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        return self.wait(deadline)

    def _request(self, kind: str, compute: Callable[[Check], tuple[Any, ...]], emit: Callable[..., None]) -> None:
        """Add a request.

        Parameters
        ----------
        kind
            Noun for error messages; a newer request of the same kind replaces this one.
        compute
            Called in the thread with a function that raises once the request is outdated; returns the signal's
            arguments.
        emit
            Emits the signal.
        """
        with self._wake:
            # To the end of the queue: repeated requests of one kind must not delay the others.
            self._requests.pop(kind, None)
            self._requests[kind] = _Request(kind, compute, emit)
            self._wake.notify()

    def _cancel(self, kind: str) -> None:
        """Drop the request of a kind, if any; the current one ends at its next check."""
        with self._wake:
            self._requests.pop(kind, None)

    # -- in the thread

    def _forget(self) -> None:
        """Forget what was loaded."""

    def _next(self) -> _Request | None:
        """Wait for a request and return it; it stays in the queue. None ends the thread."""
        with self._wake:
            while not (self._stopping or self._requests):
                self._wake.wait()
            if self._stopping:
                return None
            if self._reload:
                self._reload = False
                self._forget()
            return next(iter(self._requests.values()))

    def _is_wanted(self, request: _Request) -> bool:
        is_latest = self._requests.get(request.kind) is request
        return not (self._stopping or self._reload) and (is_latest or self.follows_pen)

    def _check(self, request: _Request) -> None:
        with self._wake:
            if not self._is_wanted(request):
                raise _SupersededError

    def _finish(self, request: _Request) -> bool:
        """Remove a request from the queue and return True; return False if its result is not wanted any more."""
        with self._wake:
            is_wanted = self._is_wanted(request)
            if is_wanted and self._requests.get(request.kind) is request:
                del self._requests[request.kind]
            return is_wanted

    # -- Qt

    def run(self) -> None:
        if not self.follows_pen:
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


@dataclass(frozen=True, eq=False)
class _Request:
    """A request to the thread; see `RequestThread._request`."""

    kind: str
    compute: Callable[[Check], tuple[Any, ...]]
    emit: Callable[..., None]


class _SupersededError(Exception):
    """The request is outdated."""
