"""Runs x data -> the notebook's closing table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mnist_gui.analysis.notebook_reference import notebook_history
from mnist_gui.analysis.prediction_cache import test_predictions
from mnist_gui.digits.dataset import Dataset
from mnist_gui.metrics import accuracy, cross_entropy
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import DamagedRun, Run


@dataclass(frozen=True)
class Figures:
    """One line of the notebook's closing table; None where it is not known.

    Attributes
    ----------
    train_accuracy, train_loss
        The last epoch's running means with dropout on, as in the notebook. Accuracy 0 to 1, loss in nats.
    test_accuracy, test_loss
        On the 10,000 test frames, of the model that answers.
    """

    train_accuracy: float | None = None
    train_loss: float | None = None
    test_accuracy: float | None = None
    test_loss: float | None = None


@dataclass(frozen=True)
class ReferenceRow:
    """A run in the closing table.

    Attributes
    ----------
    run
        The run's name.
    model
        1, 2, 3, or None where the run is too damaged to say.
    status
        As `mnist_gui.runs.run.Run.status`, or "damaged".
    epochs
        Whole epochs that the figures are of.
    figures, notebook
        The run's own, and those that the notebook prints for the same model.
    problem
        A sentence where something could not be read or computed, else empty.
    """

    run: str
    model: int | None
    status: str
    epochs: int
    shipped: bool
    figures: Figures
    notebook: Figures | None
    problem: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the row as ``mnist-gui evaluate --json`` prints it."""
        values: dict[str, Any] = {"run": self.run, "model": self.model, "status": self.status}
        values.update(asdict(self.figures))
        values["notebook"] = asdict(self.notebook) if self.notebook else None
        if self.problem:
            values["problem"] = self.problem
        return values


def notebook_figures(model: int) -> Figures:
    """Return the notebook's closing figures of a model."""
    last = notebook_history()[model][-1]
    return Figures(last.accuracy, last.loss, last.val_accuracy, last.val_loss)


def training_figures(run: Run) -> tuple[float | None, float | None]:
    """Return training accuracy and loss of the epoch that answers; both None where the history does not have it.

    Raises
    ------
    RunError
        The history is damaged.
    """
    epochs = learnt_epochs(run)
    return next(((line.accuracy, line.loss) for line in run.history() if line.epoch == epochs), (None, None))


def learnt_epochs(run: Run) -> int:
    """Return the whole epochs that a run's figures are of.

    A run that was resumed and then cut has learnt more than its exported model: both figures are of that model.
    """
    return run.record.exported if run.answers else run.record.epochs


def notebook_table(
    entries: Sequence[Run | DamagedRun],
    dataset: Dataset,
    cache: Path,
    *,
    progress: Callable[[Run, float], bool] = lambda run, part: True,
) -> Iterator[ReferenceRow]:
    """Yield a row for each run, in their order; a run that cannot be read yields its reason.

    Parameters
    ----------
    cache
        Folder of predictions, see `mnist_gui.analysis.prediction_cache.predictions`.
    progress
        Called with the run that is being predicted and the part done, 0 to 1; returning False gives up on the
        runs whose predictions are not cached.
    """
    for entry in entries:
        if isinstance(entry, DamagedRun):
            yield ReferenceRow(entry.name, None, "damaged", 0, entry.shipped, Figures(), None, entry.reason)
        else:
            yield _row(entry, dataset, cache, progress)


def _row(run: Run, dataset: Dataset, cache: Path, progress: Callable[[Run, float], bool]) -> ReferenceRow:
    problems = []
    train_accuracy = train_loss = test_accuracy = test_loss = None
    try:
        train_accuracy, train_loss = training_figures(run)
    except RunError as error:
        problems.append(str(error))
    try:
        probabilities = None
        if run.answers:
            probabilities = test_predictions(run, dataset, cache, progress=lambda part: progress(run, part))
        if probabilities is not None:
            labels = dataset.test.labels
            test_accuracy, test_loss = accuracy(probabilities, labels), cross_entropy(probabilities, labels)
    except RunError as error:
        problems.append(str(error))
    return ReferenceRow(
        run.name,
        run.model,
        "damaged" if problems else run.status,
        learnt_epochs(run),
        run.shipped,
        Figures(train_accuracy, train_loss, test_accuracy, test_loss),
        notebook_figures(run.model),
        " ".join(problems) or run.record.message,
    )
