"""What a training tells while it runs, as frozen values of plain numbers.

The window plots them; the command line prints them.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields
from typing import Any

from mnist_gui.runs.record import EpochMetrics


@dataclass(frozen=True)
class Event:
    """Something that happened in the training of one run.

    Attributes
    ----------
    run
        The run's name.
    """

    run: str

    def to_json(self) -> dict[str, Any]:
        """Return the event as the command line prints it: its name in snake case, then its values."""
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()
        return {"event": name, **asdict(self)}


@dataclass(frozen=True)
class Preparing(Event):
    """Something slow has begun before the first batch or after the last; `what` is a sentence for a person."""

    what: str


@dataclass(frozen=True)
class TrainingStarted(Event):
    """The first batch is about to run.

    Attributes
    ----------
    model
        1, 2 or 3.
    epochs
        The last epoch's number; `epoch` of them are already done (more than 0 when a run is resumed).
    batches
        Batches an epoch.
    frames, validation_frames
        How many are trained on and judged.
    validation
        "test" or "held out".
    trainable
        Which layers are trained: "all", or "dense" where a run is taught.
    """

    model: int
    epochs: int
    epoch: int
    batches: int
    frames: int
    validation: str
    validation_frames: int
    trainable: str = "all"


@dataclass(frozen=True)
class BatchEnded(Event):
    """One training step.

    Attributes
    ----------
    epoch, batch
        Both counted from 1.
    loss, accuracy
        Means over the epoch so far, dropout on (what Keras' progress bar shows).
    batch_loss
        Of this batch alone.
    seconds
        Since the epoch began.
    """

    epoch: int
    batch: int
    loss: float
    accuracy: float
    batch_loss: float
    seconds: float


@dataclass(frozen=True)
class ValidationProgressed(Event):
    """A part, 0 to 1, of the validation after an epoch is done."""

    epoch: int
    part: float


@dataclass(frozen=True)
class DigitAnswered(Event):
    """The model, as far as it has learnt, answers the frame in `TrainingControl.frame`.

    Attributes
    ----------
    position
        Where in the training, in epochs: 1.5 is the middle of the second.
    probabilities
        Ten, summing to 1.
    """

    position: float
    probabilities: tuple[float, ...]


@dataclass(frozen=True)
class EpochEnded(Event):
    """A whole epoch, committed to disk; the figures are those of `mnist_gui.runs.record.EpochMetrics`."""

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
        """Return the epoch as a line of the history."""
        return EpochMetrics(**{entry.name: getattr(self, entry.name) for entry in fields(EpochMetrics)})


@dataclass(frozen=True)
class TrainingEnded(Event):
    """The last event of a run, after everything is on disk.

    Attributes
    ----------
    status
        completed, stopped, paused, diverged or failed.
    epoch
        Whole epochs that were kept.
    message
        A sentence where something went wrong, else empty.
    answers
        Whether the run has an exported model.
    """

    model: int
    status: str
    epoch: int
    message: str
    answers: bool
