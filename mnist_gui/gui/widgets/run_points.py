"""What is plotted of one run, kept short however long the training. No Qt."""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import Generic, TypeVar

from mnist_gui.runs.record import EpochFigures

MOST_POINTS = 1_000  # more than a plot has columns of pixels to tell apart
T = TypeVar("T")


class Thinned(Generic[T]):
    """A growing list that stays short: when it is full, every second entry goes, and every second new one."""

    def __init__(self) -> None:
        self.kept: list[T] = []
        self._every = 1
        self._seen = 0

    def add(self, entry: T) -> None:
        """Take one more entry in, or let it pass."""
        if self._seen % self._every == 0:
            self.kept.append(entry)
        self._seen += 1
        if len(self.kept) > MOST_POINTS:
            self.kept = self.kept[::2]
            self._every *= 2


class RunPoints:
    """What is plotted of one run; positions count epochs.

    Parameters
    ----------
    batches
        An epoch's.

    Attributes
    ----------
    last
        The newest epoch, thinned out or not.
    best
        The epoch of least validation loss so far.
    """

    def __init__(self, batches: int) -> None:
        self.last: EpochFigures | None = None
        self.best: EpochFigures | None = None
        self._batches = batches
        self._steps: Thinned[tuple[float, float]] = Thinned()
        self._epochs: Thinned[EpochFigures] = Thinned()

    def add_batch(self, epoch: int, batch: int, loss: float) -> None:
        """Take one step in."""
        self._steps.add((epoch - 1 + batch / self._batches, loss))

    def add_epoch(self, figures: EpochFigures) -> None:
        """Take a whole epoch in."""
        self._epochs.add(figures)
        self.last = figures
        if math.isfinite(figures.val_loss) and (self.best is None or figures.val_loss < self.best.val_loss):
            self.best = figures

    @property
    def steps(self) -> list[tuple[float, float]]:
        """Return positions in epochs, and the loss of that batch."""
        return self._steps.kept

    @property
    def epochs(self) -> list[EpochFigures]:
        """Return the epochs in order, the newest always among them."""
        kept = self._epochs.kept
        return kept if self.last is None or kept[-1] is self.last else [*kept, self.last]

    def at(self, epoch: int) -> EpochFigures | None:
        """Return the figures of that epoch, of the nearest one kept, or None where the run was not (yet)."""
        epochs = self.epochs
        if not epochs or not epochs[0].epoch <= epoch <= epochs[-1].epoch:
            return None
        place = bisect_left(epochs, epoch, key=lambda figures: figures.epoch)
        return min(epochs[max(place - 1, 0) : place + 1], key=lambda figures: abs(figures.epoch - epoch))

    @property
    def said(self) -> str:
        """Return the last epoch in words, or nothing."""
        if self.last is None:
            return ""
        return (
            f"epoch {self.last.epoch}: training loss {self.last.loss:.4f}, validation loss "
            f"{self.last.val_loss:.4f}, validation accuracy {100 * self.last.val_accuracy:.2f} percent"
        )
