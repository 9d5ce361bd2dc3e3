"""Progress of the fine-tuning of some models, and the time that is left."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mnist_gui.models.training.time_estimate import Workload


class Stage(IntEnum):
    """What a fine-tuning run goes through; the first three take time."""

    PREPARING = 0
    TRAINING = 1
    EVALUATING = 2
    DONE = 3


def stage_seconds(workload: Workload, speed_factor: float, *, is_first: bool) -> tuple[float, float, float]:
    """Return the estimated seconds of the stages of a run; only the first one starts TensorFlow."""
    from mnist_gui.models.training.time_estimate import START_UP_SECONDS  # launching does not wait for it

    start_up = START_UP_SECONDS if is_first else 0.0
    return (
        start_up + speed_factor * workload.preparing_seconds,
        speed_factor * workload.epochs * workload.epoch_seconds,
        speed_factor * workload.evaluation_seconds,
    )


class FineTuningProgress:
    """Estimates how far some runs are, from estimates of their stages and from the pace so far.

    Parameters
    ----------
    seconds
        Estimated seconds of the stages of each run, by name.
    clock
        Returns the time in seconds.
    """

    def __init__(self, seconds: Mapping[str, Sequence[float]], clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._stages: dict[str, tuple[Stage, float]] = {}
        self._started: float | None = None
        self._updated = 0.0
        self._left = 0.0  # at that time
        self._fraction = 0.0

    def update(self, run: str, stage: Stage, fraction: float = 0.0) -> None:
        """Record that a fraction, 0 to 1, of a stage of a run is done; the clock starts with the first record."""
        position = stage, fraction
        if position <= self._stages.get(run, (Stage.PREPARING, -1.0)):
            return
        self._stages[run] = position
        self._updated = self._clock()
        if self._started is None:
            self._started = self._updated
        total = sum(map(sum, self._seconds.values()))
        done = sum(self._done(name) for name in self._seconds)
        part = done / total if total else 1.0
        # The more is done, the more the measured pace counts.
        self._left = (1 - part) * ((1 - part) * total + self._updated - self._started)

    @property
    def seconds_left(self) -> float | None:
        """Estimated seconds left: at least those of the stages that no run has begun; None before the first record."""
        if self._started is None:
            return None
        return max(self._left - (self._clock() - self._updated), sum(map(self._later, self._seconds)), 0.0)

    @property
    def fraction(self) -> float:
        """Fraction of the time that is over, 0 to 1; it never falls."""
        left = self.seconds_left
        if left is not None and self._started is not None:
            elapsed = self._clock() - self._started
            self._fraction = max(self._fraction, elapsed / (elapsed + left) if elapsed + left else 1.0)
        return self._fraction

    def _done(self, run: str) -> float:
        stage, fraction = self._stages.get(run, (Stage.PREPARING, 0.0))
        seconds = self._seconds[run]
        return sum(seconds[:stage]) + (fraction * seconds[stage] if stage < Stage.DONE else 0.0)

    def _later(self, run: str) -> float:
        """Return the seconds of the stages after the current one."""
        return sum(self._seconds[run][self._stages[run][0] + 1 :]) if run in self._stages else sum(self._seconds[run])
