"""How long trainings take: said before they begin, corrected while they run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mnist_gui.models.recipes import Recipe
from mnist_gui.models.training.training_events import (
    BatchEnded,
    EpochEnded,
    Event,
    TrainingEnded,
    TrainingStarted,
    ValidationProgressed,
)

# Seconds a frame takes to train on, as measured with steps of 128 frames on an idle machine of two cores (AVX2).
# Per model, because time does not follow the multiplications: the small kernels of model 1 run at half the speed.
# A machine is told from that one by a single factor, its speed factor, which every training measures anew.
FRAME_SECONDS = {1: 0.69 / 128, 2: 0.79 / 128, 3: 1.2 / 128}
# The same where only the dense layers are trained, on what the convolutions have made of each frame once.
DENSE_FRAME_SECONDS = {1: 0.55e-3, 2: 0.9e-3, 3: 0.6e-3}
# Judging a frame is the forward third of training on it.
JUDGED = 1 / 3
START_UP_SECONDS = 12.0  # TensorFlow's import, and building the first graph
SPEED_FACTOR_RANGE = (0.01, 100.0)
MEMORY = 20  # steps: what the smoothed speed factor looks back on
MNIST_TRAIN, MNIST_TEST = 60_000, 10_000


@dataclass(frozen=True)
class Workload:
    """What one run has to do; `dense` where only its dense layers are trained."""

    model: int
    epochs: int
    frames: int
    validation_frames: int
    dense: bool = False

    @classmethod
    def of(cls, model: int, recipe: Recipe, train: int = MNIST_TRAIN, test: int = MNIST_TEST) -> Workload:
        """Return what a recipe gives a model to do, where there are so many training and test frames."""
        available = max(train - recipe.held_out, 0)
        frames = min(recipe.frames or available, available)
        return cls(model, recipe.epochs, frames, recipe.held_out or test, dense=recipe.copies > 0)

    @property
    def _frame_seconds(self) -> float:
        return (DENSE_FRAME_SECONDS if self.dense else FRAME_SECONDS)[self.model]

    @property
    def preparing_seconds(self) -> float:
        """Return the seconds that pass before the first epoch: every frame goes through the convolutions once."""
        return (self.frames + self.validation_frames) * FRAME_SECONDS[self.model] * JUDGED if self.dense else 0.0

    @property
    def training_seconds(self) -> float:
        """Return the seconds an epoch's training takes on the machine of `FRAME_SECONDS`."""
        return self.frames * self._frame_seconds

    @property
    def epoch_seconds(self) -> float:
        """Return the same with the validation after it."""
        return self.training_seconds + self.validation_frames * self._frame_seconds * JUDGED

    @property
    def seconds(self) -> float:
        """Return the same for all epochs, and for what comes before them."""
        return self.preparing_seconds + self.epochs * self.epoch_seconds


@dataclass(frozen=True)
class TimeEstimate:
    """Where a training is and how long it will take.

    Attributes
    ----------
    model, epoch, epochs, batch, batches
        What is being done; epochs and batches count from 1.
    validating
        The epoch's batches are done, its validation is not.
    kept
        Whole epochs of this run that are on disk.
    epoch_fraction, total_fraction
        0 to 1; the whole is what was begun and what waits, without what a resumed run had before.
    epoch_seconds_left, seconds_left
        By the pace of the last steps.
    mean_epoch_seconds
        Of this run's whole epochs; None before the first.
    """

    model: int
    epoch: int
    epochs: int
    batch: int
    batches: int
    validating: bool
    kept: int
    epoch_fraction: float
    total_fraction: float
    epoch_seconds_left: float
    seconds_left: float
    mean_epoch_seconds: float | None


class TimeEstimator:
    """Follows the events of runs trained one after another.

    Parameters
    ----------
    speed_factor
        Of this machine, as far as it is known; 1 is the machine of `FRAME_SECONDS`.

    Attributes
    ----------
    speed_factor
        Smoothed over the last steps.
    """

    def __init__(self, speed_factor: float = 1.0) -> None:
        self.speed_factor = speed_factor
        self._waiting = 0.0  # like all that follow in seconds of the reference machine
        self._behind = 0.0  # of the runs that have ended
        self._done = 0.0  # of the present epoch
        self._work: Workload | None = None
        self._started: TrainingStarted | None = None
        self._epoch = 0
        self._batch = 0
        self._validating = False
        self._whole_epochs: list[float] = []
        self._last_seconds = 0.0
        self._steps = 3  # what was known before weighs as much as three steps

    def set_waiting(self, workloads: Sequence[Workload]) -> None:
        """Take what comes after the present run; it may be another any time."""
        self._waiting = sum(work.seconds for work in workloads)

    def update(self, event: Event) -> TimeEstimate | None:
        """Return where the training now is, or None if the event does not move it."""
        if isinstance(event, TrainingStarted):
            self._begin(event)
        started, work = self._started, self._work
        if started is None or work is None:
            return None
        if isinstance(event, BatchEnded):
            self._step(event, started, work)
        elif isinstance(event, ValidationProgressed):
            self._validating = True
            self._done = work.training_seconds + event.part * (work.epoch_seconds - work.training_seconds)
        elif isinstance(event, EpochEnded):
            self._whole_epochs.append(event.seconds)
            self._done = work.epoch_seconds
        elif isinstance(event, TrainingEnded):
            self._behind += (event.epoch - started.epoch) * work.epoch_seconds
            self._started = None
            return None
        elif not isinstance(event, TrainingStarted):
            return None
        return self.estimate()

    def estimate(self) -> TimeEstimate | None:
        """Return where the training is, or None where there is no present run."""
        started, work = self._started, self._work
        if started is None or work is None:
            return None
        done = self._behind + (self._epoch - 1 - started.epoch) * work.epoch_seconds + self._done
        whole = self._behind + (started.epochs - started.epoch) * work.epoch_seconds + self._waiting
        mean = sum(self._whole_epochs) / len(self._whole_epochs) if self._whole_epochs else None
        return TimeEstimate(
            started.model,
            min(self._epoch, started.epochs),
            started.epochs,
            self._batch,
            started.batches,
            self._validating,
            started.epoch + len(self._whole_epochs),
            self._done / work.epoch_seconds,
            done / whole if whole else 1.0,
            (work.epoch_seconds - self._done) * self.speed_factor,
            (whole - done) * self.speed_factor,
            mean,
        )

    def _begin(self, event: TrainingStarted) -> None:
        dense = event.trainable == "dense"
        self._work = Workload(event.model, event.epochs, event.frames, event.validation_frames, dense)
        self._started = event
        self._epoch, self._batch = event.epoch + 1, 0
        self._whole_epochs = []
        self._done, self._validating = 0.0, False

    def _step(self, event: BatchEnded, started: TrainingStarted, work: Workload) -> None:
        expected = work.training_seconds / started.batches
        if event.batch > 1 and not work.dense:
            # The first step of a run builds the graph; it says nothing of the others. Steps of the dense layers alone
            # are short, and say little of the long ones.
            self._steps = min(self._steps + 1, MEMORY)
            measured = clamp_speed_factor((event.seconds - self._last_seconds) / expected)
            self.speed_factor += (measured - self.speed_factor) / self._steps
        self._last_seconds = event.seconds
        self._epoch, self._batch, self._validating = event.epoch, event.batch, False
        self._done = event.batch * expected


def clamp_speed_factor(speed_factor: float) -> float:
    """Return a speed factor that a machine can have, so that no odd measurement or setting spoils an estimate."""
    least, most = SPEED_FACTOR_RANGE
    return min(max(speed_factor, least), most) if speed_factor == speed_factor else 1.0


def estimate_seconds(workloads: Sequence[Workload], speed_factor: float) -> float:
    """Return the seconds that runs will take on a machine, start-up included."""
    return START_UP_SECONDS + speed_factor * sum(work.seconds for work in workloads)
