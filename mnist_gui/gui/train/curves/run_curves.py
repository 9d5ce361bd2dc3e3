"""One run's curves: what is kept of it, kept short however long the training, and how it looks."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable
from typing import Generic, Literal, NamedTuple, TypeVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from mnist_gui.gui.theme import MARKERS, Colors
from mnist_gui.gui.widgets.curve_layer import MOST_SMOOTH, Curve, Floats
from mnist_gui.runs.record import EpochMetrics
from mnist_gui.wording import percent_number

MOST_POINTS = 1_000  # more than a plot has columns of pixels to tell apart
BATCH_ALPHA, PAST_ALPHA, CROWD_ALPHA, NOTEBOOK_ALPHA = 150, 150, 80, 190  # of 255
FEW_RUNS = 8  # so many can have markers and wide lines
RING = 15.0  # pixels across
Kind = Literal["live", "past", "notebook"]
T = TypeVar("T")


class ValidationWords(NamedTuple):
    """What the figures of the validation are called."""

    loss: str
    accuracy: str


# By what is judged after every epoch, see `Recipe.validation`.
VALIDATION_WORDS = {
    "test": ValidationWords("test loss", "test accuracy"),
    "held out": ValidationWords("validation loss", "accuracy on held-out frames"),
}


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
        self.last: EpochMetrics | None = None
        self.best: EpochMetrics | None = None
        self._batches = batches
        self._steps: Thinned[tuple[float, float]] = Thinned()
        self._epochs: Thinned[EpochMetrics] = Thinned()

    def add_batch(self, epoch: int, batch: int, loss: float) -> None:
        """Take one step in."""
        self._steps.add((epoch - 1 + batch / self._batches, loss))

    def add_epoch(self, figures: EpochMetrics) -> None:
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
    def epochs(self) -> list[EpochMetrics]:
        """Return the epochs in order, the newest always among them."""
        kept = self._epochs.kept
        return kept if self.last is None or kept[-1] is self.last else [*kept, self.last]

    def at(self, epoch: int) -> EpochMetrics | None:
        """Return the figures of that epoch, of the nearest one kept, or None where the run was not (yet)."""
        epochs = self.epochs
        if not epochs or not epochs[0].epoch <= epoch <= epochs[-1].epoch:
            return None
        place = bisect_left(epochs, epoch, key=lambda figures: figures.epoch)
        return min(epochs[max(place - 1, 0) : place + 1], key=lambda figures: abs(figures.epoch - epoch))


class RunCurves:
    """What both plots show of one run.

    Parameters
    ----------
    title
        What the person calls the run.
    epochs
        As many as there will be.
    batches
        An epoch's.
    validation
        "test" or "held out": what the dashed curves are of.
    """

    def __init__(self, title: str, model: int, epochs: int, batches: int, validation: str, kind: Kind) -> None:
        self.title = title
        self.model = model
        self.epochs = epochs
        self.validation = validation
        self.kind = kind
        self.points = RunPoints(batches)
        self._columns: dict[str, Floats] = {}

    def add_batch(self, epoch: int, batch: int, loss: float) -> None:
        """Take one step in."""
        self.points.add_batch(epoch, batch, loss)

    def add_epochs(self, history: Iterable[EpochMetrics]) -> None:
        """Take epochs in."""
        for figures in history:
            self.points.add_epoch(figures)
        self._columns.clear()

    @property
    def best(self) -> EpochMetrics | None:
        """Return the epoch to mark, if any: choosing by the test set would be no fair judgement of the run."""
        return self.points.best if self.validation == "held out" and len(self.points.epochs) > 1 else None

    @property
    def said(self) -> str:
        """Return the last epoch in words, or nothing."""
        last, words = self.points.last, VALIDATION_WORDS[self.validation]
        if last is None:
            return ""
        return (
            f"{self.title}, epoch {last.epoch}: training loss {last.loss:.4f}, {words.loss} {last.val_loss:.4f}, "
            f"{words.accuracy} {percent_number(last.val_accuracy)} percent"
        )

    def distance(self, figures: EpochMetrics, value: float, *, of_loss: bool, log: bool) -> float:
        """Return how far a height in a plot is from the nearer one of the run's two curves there."""
        if of_loss:
            heights = [figures.loss, figures.val_loss]
            heights = [math.log10(max(height, 1e-300)) for height in heights] if log else heights
        else:
            heights = [100 * figures.accuracy, 100 * figures.val_accuracy]
        return min((abs(height - value) for height in heights if math.isfinite(height)), default=math.inf)

    def loss(self, colors: Colors, *, crowd: bool = False, raised: bool = False) -> list[Curve]:
        """Return the curves of the loss, rearmost first.

        Parameters
        ----------
        crowd
            So many runs are shown that this one must make do with thin lines.
        raised
            Point this run out among others.
        """
        curves = []
        if self.points.steps and not raised:
            thin = QColor(colors.model(self.model))
            thin.setAlpha(BATCH_ALPHA)
            x, y = np.array(self.points.steps, np.float64).T
            # Often long: a width of 2 would cost three times as much.
            curves.append(Curve(x, y, thin, 1, noisy=True))
        training, validation = self._column("loss"), self._column("val_loss")
        curves += self._pair(training, validation, colors, crowd=crowd, raised=raised)
        if self.best is not None and (raised or not crowd):
            x, y = np.array([[self.best.epoch], [self.best.val_loss]], np.float64)
            curves.append(
                Curve(x, y, self._color(colors, crowd=crowd, raised=raised), 0, marker="o", size=RING, filled=False)
            )
        return curves

    def accuracy(self, colors: Colors, *, crowd: bool = False, raised: bool = False) -> list[Curve]:
        """Return the curves of the accuracy in percent, as `loss` does."""
        training, validation = 100 * self._column("accuracy"), 100 * self._column("val_accuracy")
        return self._pair(training, validation, colors, crowd=crowd, raised=raised)

    def _column(self, name: str) -> Floats:
        """Return one figure of all epochs; kept, for with many runs making it anew takes longest of all."""
        if name not in self._columns:
            self._columns[name] = np.array([getattr(figures, name) for figures in self.points.epochs], np.float64)
        return self._columns[name]

    def _pair(self, training: Floats, validation: Floats, colors: Colors, *, crowd: bool, raised: bool) -> list[Curve]:
        x = self._column("epoch")
        if not len(x):
            return []
        color = self._color(colors, crowd=crowd, raised=raised)
        if self.kind == "notebook":
            dots = Qt.PenStyle.DotLine
            return [Curve(x, training, color, 1, dots), Curve(x, validation, color, 1.5, dots)]
        wide = (1.0 if crowd or len(x) > MOST_SMOOTH else 2.0) + raised
        if crowd and not raised:
            return [Curve(x, training, color, wide), Curve(x, validation, color, wide, Qt.PenStyle.DashLine)]
        return [
            # A dot as small as the line is wide: a line through one epoch alone would not be seen.
            Curve(x, training, color, wide, marker="o", size=2 * wide),
            Curve(x, validation, color, wide, Qt.PenStyle.DashLine, marker=MARKERS[self.model - 1]),
        ]

    def _color(self, colors: Colors, *, crowd: bool, raised: bool) -> QColor:
        if self.kind == "notebook":
            color = QColor(colors.muted)
            color.setAlpha(NOTEBOOK_ALPHA)
            return color
        color = QColor(colors.model(self.model))
        if self.kind == "past" and not raised:
            color.setAlpha(CROWD_ALPHA if crowd else PAST_ALPHA)
        return color
