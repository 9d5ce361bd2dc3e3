"""The points of one run's curves, kept short however long the training. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field

from mnist_gui.runs.record import EpochFigures

MOST_POINTS = 1_000  # more than a plot has columns of pixels to tell apart


@dataclass
class Points:
    """A growing curve that stays short: when it is full, every second point goes, and every second new one."""

    x: list[float] = field(default_factory=list)
    y: list[float] = field(default_factory=list)
    _every: int = 1
    _seen: int = 0

    def add(self, x: float, y: float) -> None:
        """Take one more point in, or let it pass."""
        if self._seen % self._every == 0:
            self.x.append(x)
            self.y.append(y)
        self._seen += 1
        if len(self.x) > MOST_POINTS:
            self.x, self.y = self.x[::2], self.y[::2]
            self._every *= 2


class RunPoints:
    """What is plotted of one run; x counts epochs, accuracies are in percent.

    Parameters
    ----------
    batches
        An epoch's.
    """

    def __init__(self, batches: int) -> None:
        self.batches = batches
        self.batch_loss = Points()
        self.loss, self.val_loss = Points(), Points()
        self.accuracy, self.val_accuracy = Points(), Points()

    def add_batch(self, epoch: int, batch: int, loss: float) -> None:
        """Take one step in."""
        self.batch_loss.add(epoch - 1 + batch / self.batches, loss)

    def add_epoch(self, figures: EpochFigures) -> None:
        """Take a whole epoch in."""
        for points, value in (
            (self.loss, figures.loss),
            (self.val_loss, figures.val_loss),
            (self.accuracy, 100 * figures.accuracy),
            (self.val_accuracy, 100 * figures.val_accuracy),
        ):
            points.add(figures.epoch, value)

    @property
    def said(self) -> str:
        """Return the last epoch in words, or nothing."""
        if not self.loss.y:
            return ""
        return (
            f"epoch {self.loss.x[-1]:.0f}: training loss {self.loss.y[-1]:.4f}, validation loss "
            f"{self.val_loss.y[-1]:.4f}, validation accuracy {self.val_accuracy.y[-1]:.2f} percent"
        )
