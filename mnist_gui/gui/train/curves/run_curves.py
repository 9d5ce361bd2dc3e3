"""The curves of one run: its epochs and batch losses, kept short however long the training, and their look."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable
from typing import Generic, Literal, NamedTuple, TypeVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from mnist_gui.gui.theme import Colors
from mnist_gui.gui.widgets.curve_layer import MAX_SMOOTH, Curve, Floats
from mnist_gui.gui.widgets.run_marker import RunMarker
from mnist_gui.runs.record import EpochMetrics
from mnist_gui.wording import percent_number, plain_text

MAX_POINTS = 1_000  # more than a plot has columns of pixels to tell apart
BATCH_ALPHA, PAST_ALPHA, CROWD_ALPHA, NOTEBOOK_ALPHA = 150, 150, 80, 190  # of 255
FEW_RUNS = 8  # up to here runs have markers and wide lines
RING = 15.0  # pixels across
T = TypeVar("T")


class ValidationWords(NamedTuple):
    """Names of the validation metrics."""

    loss: str
    accuracy: str


# By the frames that every epoch is validated on, see `Recipe.validation`.
VALIDATION_WORDS = {
    "test": ValidationWords("test loss", "test accuracy"),
    "held out": ValidationWords("validation loss", "accuracy on held-out frames"),
}


class Thinned(Generic[T]):
    """A growing list of limited length: when it is full, it drops every second entry, and of the new ones too."""

    def __init__(self) -> None:
        self.kept: list[T] = []
        self._stride = 1
        self._seen = 0

    def add(self, entry: T) -> None:
        """Append an entry, or skip it."""
        if self._seen % self._stride == 0:
            self.kept.append(entry)
        self._seen += 1
        if len(self.kept) > MAX_POINTS:
            self.kept = self.kept[::2]
            self._stride *= 2


class RunCurves:
    """Curves of one run in both plots.

    Parameters
    ----------
    title
        Name of the run, as the user knows it.
    model
        1, 2 or 3.
    epochs
        How many epochs the run will have.
    batches
        Batches of an epoch.
    validation
        "test" or "held out": the frames of the dashed curves.
    kind
        A running training, a run of the past, or the notebook's own run.

    Attributes
    ----------
    steps
        Positions in epochs with the losses of those batches, thinned out.
    last
        The newest epoch, thinned out or not.
    mark, variant
        Colour and shape of the marks, and how they are filled, see `RunMarker`.
    """

    def __init__(
        self,
        title: str,
        model: int,
        epochs: int,
        batches: int,
        validation: str,
        kind: Literal["live", "past", "notebook"],
    ) -> None:
        self.title = plain_text(title)
        self.model = model
        self.epochs = epochs
        self.validation = validation
        self.kind = kind
        self.last: EpochMetrics | None = None
        self.mark, self.variant = model, 0
        self._batches = batches
        self._least: EpochMetrics | None = None  # the epoch of the least validation loss
        self._steps: Thinned[tuple[float, float]] = Thinned()
        self._history: Thinned[EpochMetrics] = Thinned()
        self._columns: dict[str, Floats] = {}

    def add_batch(self, epoch: int, batch: int, loss: float) -> None:
        """Add the loss of a training step."""
        self._steps.add((epoch - 1 + batch / self._batches, loss))

    def add_epochs(self, history: Iterable[EpochMetrics]) -> None:
        """Add whole epochs."""
        for metrics in history:
            self._history.add(metrics)
            self.last = metrics
            if math.isfinite(metrics.val_loss) and (self._least is None or metrics.val_loss < self._least.val_loss):
                self._least = metrics
        self._columns.clear()

    @property
    def marker(self) -> RunMarker:
        """The mark of the run."""
        return RunMarker(self.title, self.mark, self.variant)

    @property
    def steps(self) -> list[tuple[float, float]]:
        return self._steps.kept

    @property
    def history(self) -> list[EpochMetrics]:
        """The epochs in order, thinned out; the newest is always among them."""
        kept = self._history.kept
        return kept if self.last is None or kept[-1] is self.last else [*kept, self.last]

    @property
    def best(self) -> EpochMetrics | None:
        """The epoch to mark. There is none by the test set: choosing by it would make the result too good."""
        return self._least if self.validation == "held out" and len(self.history) > 1 else None

    def at(self, epoch: int) -> EpochMetrics | None:
        """Return the metrics of the kept epoch that is nearest, or None outside the run."""
        history = self.history
        if not history or not history[0].epoch <= epoch <= history[-1].epoch:
            return None
        index = bisect_left(history, epoch, key=lambda metrics: metrics.epoch)
        return min(history[max(index - 1, 0) : index + 1], key=lambda metrics: abs(metrics.epoch - epoch))

    @property
    def description(self) -> str:
        """The last epoch as a text; "" without one."""
        last, words = self.last, VALIDATION_WORDS[self.validation]
        if last is None:
            return ""
        return (
            f"{self.title}, epoch {last.epoch}: training loss {last.loss:.4f}, {words.loss} {last.val_loss:.4f}, "
            f"{words.accuracy} {percent_number(last.val_accuracy)} percent"
        )

    def distance(self, metrics: EpochMetrics, value: float, *, of_loss: bool, log: bool) -> float:
        """Return the distance of a value in a plot from the nearer one of the run's two curves."""
        if of_loss:
            values = [metrics.loss, metrics.val_loss]
            values = [math.log10(max(curve, 1e-300)) for curve in values] if log else values
        else:
            values = [100 * metrics.accuracy, 100 * metrics.val_accuracy]
        return min((abs(curve - value) for curve in values if math.isfinite(curve)), default=math.inf)

    def loss(self, colors: Colors, *, crowd: bool = False, raised: bool = False) -> list[Curve]:
        """Return the curves of the loss, rearmost first.

        Parameters
        ----------
        crowd
            Use thin and faint lines, for one of more than `FEW_RUNS` runs.
        raised
            Make the run stand out from others.
        """
        curves = []
        if self.steps and not raised:
            thin = QColor(colors.mark(self.mark))
            thin.setAlpha(BATCH_ALPHA)
            x, y = np.array(self.steps, np.float64).T
            # Often long: a width of 2 would cost three times as much.
            curves.append(Curve(x, y, thin, 1, noisy=True))
        curves += self._pair("loss", 1, colors, crowd=crowd, raised=raised)
        if self.best is not None and (raised or not crowd):
            x, y = np.array([[self.best.epoch], [self.best.val_loss]], np.float64)
            color = self._color(colors, crowd=crowd, raised=raised)
            curves.append(Curve(x, y, color, 0, marker="o", size=RING, variant=1))
        return curves

    def accuracy(self, colors: Colors, *, crowd: bool = False, raised: bool = False) -> list[Curve]:
        """Return the curves of the accuracy in percent, as `loss` does."""
        return self._pair("accuracy", 100, colors, crowd=crowd, raised=raised)

    def _column(self, name: str) -> Floats:
        """Return one metric of all epochs. It is cached: with many runs, this takes longest of all."""
        if name not in self._columns:
            self._columns[name] = np.array([getattr(metrics, name) for metrics in self.history], np.float64)
        return self._columns[name]

    def _pair(self, metric: str, factor: float, colors: Colors, *, crowd: bool, raised: bool) -> list[Curve]:
        x = self._column("epoch")
        if not len(x):
            return []
        training, validation = factor * self._column(metric), factor * self._column(f"val_{metric}")
        color = self._color(colors, crowd=crowd, raised=raised)
        if self.kind == "notebook":
            dots = Qt.PenStyle.DotLine
            return [Curve(x, training, color, 1, dots), Curve(x, validation, color, 1.5, dots)]
        width = (1.0 if crowd or len(x) > MAX_SMOOTH else 2.0) + raised
        if crowd and not raised:
            return [Curve(x, training, color, width), Curve(x, validation, color, width, Qt.PenStyle.DashLine)]
        mark = self.marker.symbol
        return [
            # The dot is as small as the line is wide: a line through a single epoch would not be visible.
            Curve(x, training, color, width, marker="o", size=2 * width),
            Curve(x[-1:], training[-1:], color, 0, marker=mark, variant=self.variant),
            Curve(x, validation, color, width, Qt.PenStyle.DashLine, marker=mark, variant=self.variant),
        ]

    def _color(self, colors: Colors, *, crowd: bool, raised: bool) -> QColor:
        notebook = self.kind == "notebook"
        color = QColor(colors.muted) if notebook else QColor(colors.mark(self.mark))
        if notebook:
            color.setAlpha(NOTEBOOK_ALPHA)
        elif self.kind == "past" and not raised:
            color.setAlpha(CROWD_ALPHA if crowd else PAST_ALPHA)
        return color
