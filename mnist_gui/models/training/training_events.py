"""Events that a training reports, for the window and the command line."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields
from typing import Any

from mnist_gui.runs.record import EpochMetrics


@dataclass(frozen=True)
class Event:
    """Base of all events.

    Attributes
    ----------
    run
        Name of the run.
    """

    run: str

    def to_json(self) -> dict[str, Any]:
        """Return the name of the event in snake case, then its values, as the command line prints them."""
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()
        values = {"event": name, **asdict(self)}
        return values | {"model": values["model"] or None} if "model" in values else values


@dataclass(frozen=True)
class Preparing(Event):
    """A slow step before the first batch or after the last one began; `what` describes it to the user."""

    what: str


@dataclass(frozen=True)
class TrainingStarted(Event):
    """The first batch is about to start.

    Attributes
    ----------
    model
        1, 2 or 3; 0 for another network, null in JSON.
    epochs
        Number of the last epoch.
    epoch
        Number of epochs already done; above 0 in a resumed run.
    batches
        Batches per epoch.
    frames, validation_frames
        Number of training and of validation frames.
    validation
        "test" or "held out".
    trainable
        Trained layers: "all", or "dense" in fine-tuning.
    multiply_adds
        Multiplications of the network for one frame.
    """

    model: int
    epochs: int
    epoch: int
    batches: int
    frames: int
    validation: str
    validation_frames: int
    trainable: str = "all"
    multiply_adds: int = 0


@dataclass(frozen=True)
class BatchEnded(Event):
    """A training step ended.

    Attributes
    ----------
    epoch, batch
        1-based numbers.
    loss, accuracy
        Means over the epoch so far, with dropout, as in Keras' progress bar.
    batch_loss
        Loss of this batch.
    seconds
        Since the start of the epoch.
    """

    epoch: int
    batch: int
    loss: float
    accuracy: float
    batch_loss: float
    seconds: float


@dataclass(frozen=True)
class ValidationProgressed(Event):
    """A fraction, 0 to 1, of the validation after an epoch is done."""

    epoch: int
    part: float


@dataclass(frozen=True)
class DigitAnswered(Event):
    """The model predicted `TrainingControl.frame`.

    Attributes
    ----------
    position
        Position in the training, in epochs: 1.5 is the middle of the second.
    probabilities
        Ten, summing to 1.
    """

    position: float
    probabilities: tuple[float, ...]


@dataclass(frozen=True)
class EpochEnded(Event):
    """An epoch was committed to disk; see `mnist_gui.runs.record.EpochMetrics`."""

    epoch: int
    epochs: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float

    @classmethod
    def from_metrics(cls, run: str, metrics: EpochMetrics, epochs: int) -> EpochEnded:
        """Return the event for an epoch; `epochs` is the number of the last epoch."""
        return cls(run, epochs=epochs, **asdict(metrics))

    @property
    def metrics(self) -> EpochMetrics:
        """The metrics of the epoch, a line of the history."""
        return EpochMetrics(**{entry.name: getattr(self, entry.name) for entry in fields(EpochMetrics)})


@dataclass(frozen=True)
class TrainingEnded(Event):
    """The last event of a run, after all files are on disk.

    Attributes
    ----------
    status
        completed, stopped, paused, diverged or failed.
    epoch
        Number of complete epochs.
    message
        Sentence on what went wrong; empty otherwise.
    answers
        Whether the run has an exported model.
    """

    model: int
    status: str
    epoch: int
    message: str
    answers: bool
