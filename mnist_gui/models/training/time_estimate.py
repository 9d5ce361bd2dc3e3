"""Estimates the duration of trainings, before they start and while they run."""

from __future__ import annotations

import math
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

# Training time per frame in seconds, measured with steps of 128 frames on an idle machine with two cores (AVX2). Per
# model, because it is not proportional to the multiplications: the small kernels of model 1 run at half the speed.
# Other machines differ by a single speed factor, which every training measures.
FRAME_SECONDS = {1: 0.69 / 128, 2: 0.79 / 128, 3: 1.2 / 128}
# The same for the dense layers only, on cached features.
DENSE_FRAME_SECONDS = {1: 0.55e-3, 2: 0.9e-3, 3: 0.6e-3}
DENSE_SHARE = 0.1  # of the above in the time for all layers of another network
# Of other networks, by their millions of multiplications m: between the three, the time grows like the root of m; for
# larger networks, and for the processor's arithmetic as a limit, like m itself.
ROOT_FRAME_SECONDS = 0.73e-3
LINEAR_FRAME_SECONDS = 0.067e-3
# Share of the forward pass in the training time.
FORWARD_SHARE = 1 / 3
INFERENCE_SHARE = 0.65  # time of ONNX Runtime in that of Keras' forward pass, see docs/speed.md
START_UP_SECONDS = 12.0  # TensorFlow's import, and building the first graph
SPEED_FACTOR_RANGE = (0.01, 100.0)
SMOOTHING_STEPS = 20  # of the speed factor
MNIST_TRAIN, MNIST_TEST = 60_000, 10_000


@dataclass(frozen=True)
class Workload:
    """Work of one run; `dense` if only the dense layers are trained.

    The `multiply_adds` for one frame count where `model` is 0, none of the three; 0 if they are not known.
    """

    model: int
    epochs: int
    frames: int
    validation_frames: int
    dense: bool = False
    multiply_adds: int = 0

    @classmethod
    def of(
        cls, model: int, recipe: Recipe, train: int = MNIST_TRAIN, test: int = MNIST_TEST, multiply_adds: int = 0
    ) -> Workload:
        """Return the work of a recipe, given the numbers of training and test frames."""
        available = max(train - recipe.held_out, 0)
        frames = min(recipe.frames or available, available)
        return cls(model, recipe.epochs, frames, recipe.held_out or test, recipe.copies > 0, multiply_adds)

    @property
    def _whole_frame_seconds(self) -> float:
        """Seconds of the training of all layers on a frame."""
        if self.model or not self.multiply_adds:
            return FRAME_SECONDS.get(self.model, FRAME_SECONDS[1])
        millions = self.multiply_adds / 1e6
        return max(ROOT_FRAME_SECONDS * math.sqrt(millions), LINEAR_FRAME_SECONDS * millions)

    @property
    def _frame_seconds(self) -> float:
        if not self.dense:
            return self._whole_frame_seconds
        return DENSE_FRAME_SECONDS.get(self.model) or DENSE_SHARE * self._whole_frame_seconds

    @property
    def preparing_seconds(self) -> float:
        """Seconds before the first epoch: fine-tuning computes the features of every frame."""
        return (self.frames + self.validation_frames) * self._whole_frame_seconds * FORWARD_SHARE if self.dense else 0.0

    @property
    def training_seconds(self) -> float:
        """Seconds of the training of an epoch, at speed factor 1."""
        return self.frames * self._frame_seconds

    @property
    def epoch_seconds(self) -> float:
        """Seconds of an epoch including validation, at speed factor 1."""
        return self.training_seconds + self.validation_frames * self._frame_seconds * FORWARD_SHARE

    @property
    def evaluation_seconds(self) -> float:
        """Seconds in which the exported model predicts MNIST's test digits, at speed factor 1."""
        return MNIST_TEST * self._whole_frame_seconds * FORWARD_SHARE * INFERENCE_SHARE

    @property
    def seconds(self) -> float:
        """Seconds of all epochs and of the preparation, at speed factor 1."""
        return self.preparing_seconds + self.epochs * self.epoch_seconds


@dataclass(frozen=True)
class TimeEstimate:
    """Progress of a training and its estimated duration.

    Attributes
    ----------
    model, epoch, epochs, batch, batches
        Current position; epochs and batches are 1-based.
    validating
        Whether the batches of the epoch are done and its validation is not.
    completed_epochs
        Number of epochs of this run on disk.
    epoch_fraction, total_fraction
        0 to 1; the total includes waiting runs, but not the earlier epochs of a resumed run.
    epoch_seconds_left, seconds_left
        At the speed of the last steps.
    mean_epoch_seconds
        Mean over the complete epochs of this run; None before the first.
    """

    model: int
    epoch: int
    epochs: int
    batch: int
    batches: int
    validating: bool
    completed_epochs: int
    epoch_fraction: float
    total_fraction: float
    epoch_seconds_left: float
    seconds_left: float
    mean_epoch_seconds: float | None


class TimeEstimator:
    """Estimates the remaining time from the events of successive runs.

    Parameters
    ----------
    speed_factor
        Initial speed factor of this machine; 1 is the machine of `FRAME_SECONDS`.

    Attributes
    ----------
    speed_factor
        Measured speed factor, smoothed over the last steps.
    """

    def __init__(self, speed_factor: float = 1.0) -> None:
        self.speed_factor = speed_factor
        # In seconds at speed factor 1.
        self._waiting = 0.0
        self._ended = 0.0  # runs before the current one
        self._done = 0.0  # of the current epoch
        self._workload: Workload | None = None
        self._started: TrainingStarted | None = None
        self._epoch = 0
        self._batch = 0
        self._validating = False
        self._whole_epochs: list[float] = []
        self._last_seconds = 0.0
        # Of the current run, where it is of no known network: it says little about the machine.
        self._own_factor: float | None = None
        self._steps = 3  # weight of the initial speed factor

    def set_waiting(self, workloads: Sequence[Workload]) -> None:
        """Set the runs that follow the current one."""
        self._waiting = sum(workload.seconds for workload in workloads)

    def update(self, event: Event) -> TimeEstimate | None:
        """Process an event; return the new estimate, or None if the event is irrelevant."""
        if isinstance(event, TrainingStarted):
            self._begin(event)
        started, workload = self._started, self._workload
        if started is None or workload is None:
            return None
        if isinstance(event, BatchEnded):
            self._step(event, started, workload)
        elif isinstance(event, ValidationProgressed):
            self._validating = True
            self._done = workload.training_seconds + event.part * (workload.epoch_seconds - workload.training_seconds)
        elif isinstance(event, EpochEnded):
            self._whole_epochs.append(event.seconds)
            self._done = workload.epoch_seconds
        elif isinstance(event, TrainingEnded):
            self._ended += (event.epoch - started.epoch) * workload.epoch_seconds
            self._started = None
            return None
        elif not isinstance(event, TrainingStarted):
            return None
        return self.estimate()

    def estimate(self) -> TimeEstimate | None:
        """Return the current estimate, or None if no run is being trained."""
        started, workload = self._started, self._workload
        if started is None or workload is None:
            return None
        done = self._ended + (self._epoch - 1 - started.epoch) * workload.epoch_seconds + self._done
        whole = self._ended + (started.epochs - started.epoch) * workload.epoch_seconds + self._waiting
        factor = self.speed_factor if self._own_factor is None else self._own_factor
        mean = sum(self._whole_epochs) / len(self._whole_epochs) if self._whole_epochs else None
        return TimeEstimate(
            model=started.model,
            epoch=min(self._epoch, started.epochs),
            epochs=started.epochs,
            batch=self._batch,
            batches=started.batches,
            validating=self._validating,
            completed_epochs=started.epoch + len(self._whole_epochs),
            epoch_fraction=self._done / workload.epoch_seconds,
            total_fraction=done / whole if whole else 1.0,
            epoch_seconds_left=(workload.epoch_seconds - self._done) * factor,
            seconds_left=(whole - done - self._waiting) * factor + self._waiting * self.speed_factor,
            mean_epoch_seconds=mean,
        )

    def _begin(self, event: TrainingStarted) -> None:
        dense = event.trainable == "dense"
        self._workload = Workload(
            event.model, event.epochs, event.frames, event.validation_frames, dense, event.multiply_adds
        )
        self._own_factor = None if event.model else self.speed_factor
        self._started = event
        self._epoch, self._batch = event.epoch + 1, 0
        self._whole_epochs = []
        self._done, self._validating = 0.0, False

    def _step(self, event: BatchEnded, started: TrainingStarted, workload: Workload) -> None:
        expected = workload.training_seconds / started.batches
        if event.batch > 1 and not workload.dense:
            # The first step of a run builds the graph. Steps of the dense layers are too short to measure.
            self._steps = min(self._steps + 1, SMOOTHING_STEPS)
            measured = clamp_speed_factor((event.seconds - self._last_seconds) / expected)
            if self._own_factor is not None:
                self._own_factor += (measured - self._own_factor) / self._steps
            else:
                self.speed_factor += (measured - self.speed_factor) / self._steps
        self._last_seconds = event.seconds
        self._epoch, self._batch, self._validating = event.epoch, event.batch, False
        self._done = event.batch * expected


def clamp_speed_factor(speed_factor: float) -> float:
    """Return the speed factor limited to a plausible range; 1 for NaN."""
    low, high = SPEED_FACTOR_RANGE
    return min(max(speed_factor, low), high) if speed_factor == speed_factor else 1.0


def estimate_seconds(workloads: Sequence[Workload], speed_factor: float) -> float:
    """Return the estimated seconds of runs, including the start of TensorFlow."""
    return START_UP_SECONDS + speed_factor * sum(workload.seconds for workload in workloads)
