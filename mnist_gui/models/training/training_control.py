"""Control of a training that runs in another thread."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray


class TrainingInterrupted(Exception):
    """Raised inside a training to end it.

    Attributes
    ----------
    status
        Final status of the run: "stopped" or "paused".
    """

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class TrainingControl:
    """Thread-safe requests to a training, which checks them before every batch."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = threading.Event()
        self._running.set()
        self._final_status: str | None = None
        self._after_epoch = False
        self._frame: NDArray[np.float32] | None = None

    def stop(self, *, after_epoch: bool = False) -> None:
        """Stop the run and keep its complete epochs; with `after_epoch`, after the current one."""
        if after_epoch:
            self._after_epoch = True
            self._running.set()
        else:
            self._end("stopped")

    def interrupt(self) -> None:
        """End the run as paused, to be resumed later."""
        self._end("paused")

    def _end(self, status: str) -> None:
        with self._lock:
            self._final_status = status
            self._running.set()

    def pause(self) -> None:
        """Wait before the next batch until `resume`; ignored after `stop` or `interrupt`."""
        with self._lock:
            if self._final_status is None:
                self._running.clear()

    def resume(self) -> None:
        """Continue after `pause`."""
        self._running.set()

    @property
    def is_paused(self) -> bool:
        """Whether the training waits, or will before its next batch."""
        return not self._running.is_set()

    @property
    def is_interrupted(self) -> bool:
        """Whether `stop` or `interrupt` was called."""
        return self._final_status is not None or self._after_epoch

    @property
    def frame(self) -> NDArray[np.float32] | None:
        """A (28, 28) frame in [0, 1] that the model predicts during training, or None."""
        return self._frame

    @frame.setter
    def frame(self, frame: NDArray[Any] | None) -> None:
        self._frame = None if frame is None else np.array(frame, np.float32)

    def check(self) -> float:
        """Wait while paused; return the seconds waited. Raise `TrainingInterrupted` after `stop` or `interrupt`."""
        waited = 0.0
        if not self._running.is_set():
            began = time.perf_counter()
            self._running.wait()
            waited = time.perf_counter() - began
        if self._final_status:
            raise TrainingInterrupted(self._final_status)
        return waited

    def check_after_epoch(self) -> None:
        """Raise `TrainingInterrupted` if the run is to stop after the current epoch."""
        if self._after_epoch:
            raise TrainingInterrupted("stopped")
