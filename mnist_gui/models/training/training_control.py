"""How a person steers a training that runs in another thread."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray


class TrainingInterrupted(Exception):
    """The training must leave at once.

    Attributes
    ----------
    status
        What the run becomes: "stopped" or "paused".
    """

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class TrainingControl:
    """Requests to a training; safe from any thread. The training looks at them before every batch."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free = threading.Event()
        self._free.set()
        self._leave_as: str | None = None
        self._after_epoch = False
        self._frame: NDArray[np.float32] | None = None

    def stop(self, *, after_epoch: bool = False) -> None:
        """End the run and keep its whole epochs; with `after_epoch`, let the present one end first."""
        if after_epoch:
            self._after_epoch = True
            self._free.set()
        else:
            self._leave("stopped")

    def interrupt(self) -> None:
        """End the run as paused, to be resumed another day."""
        self._leave("paused")

    def _leave(self, status: str) -> None:
        with self._lock:
            self._leave_as = status
            self._free.set()

    def pause(self) -> None:
        """Wait before the next batch until `go_on`; too late once somebody asked to stop or leave."""
        with self._lock:
            if self._leave_as is None:
                self._free.clear()

    def resume(self) -> None:
        """Go on after `hold`."""
        self._free.set()

    @property
    def is_paused(self) -> bool:
        """Return whether the training waits, or will before its next batch."""
        return not self._free.is_set()

    @property
    def is_interrupted(self) -> bool:
        """Return whether somebody asked to stop, now or after the present epoch, or to leave."""
        return self._leave_as is not None or self._after_epoch

    @property
    def frame(self) -> NDArray[np.float32] | None:
        """The (28, 28) frame in [0, 1] that the person would like answered while the model learns, or None."""
        return self._frame

    @frame.setter
    def frame(self, frame: NDArray[Any] | None) -> None:
        self._frame = None if frame is None else np.array(frame, np.float32)

    def check(self) -> float:
        """Wait while held; return the seconds waited.

        Raises
        ------
        TrainingInterrupted
            Somebody asked to stop or leave.
        """
        waited = 0.0
        if not self._free.is_set():
            began = time.perf_counter()
            self._free.wait()
            waited = time.perf_counter() - began
        if self._leave_as:
            raise TrainingInterrupted(self._leave_as)
        return waited

    def check_after_epoch(self) -> None:
        """Raise `TrainingInterrupted` if the present epoch was to be the last."""
        if self._after_epoch:
            raise TrainingInterrupted("stopped")
