"""Runs x data -> the notebook's closing table."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_gui.analysis.notebook import notebook_history
from mnist_gui.digits.dataset import CLASSES, Dataset
from mnist_gui.metrics import accuracy, cross_entropy
from mnist_gui.models.litert import BATCH
from mnist_gui.models.predictor import LoadedModel
from mnist_gui.runs.record import MODEL_FILE, PREDICTIONS_FILE, RunError
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
class TableRow:
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


def closing_table(
    entries: Sequence[Run | DamagedRun],
    dataset: Dataset,
    cache: Path,
    *,
    progress: Callable[[Run, float], bool] = lambda run, part: True,
) -> Iterator[TableRow]:
    """Yield a row for each run, in their order; a run that cannot be read yields its reason.

    Parameters
    ----------
    cache
        Folder of predictions, see `test_predictions`.
    progress
        Called with the run that is being predicted and the part done, 0 to 1; returning False gives up on the
        runs whose predictions are not cached.
    """
    for entry in entries:
        if isinstance(entry, DamagedRun):
            yield TableRow(entry.name, None, "damaged", 0, entry.shipped, Figures(), None, entry.reason)
        else:
            yield _row(entry, dataset, cache, progress)


def _row(run: Run, dataset: Dataset, cache: Path, progress: Callable[[Run, float], bool]) -> TableRow:
    problems = []
    train_accuracy = train_loss = test_accuracy = test_loss = None
    # A run that was resumed and then cut has learnt more than its exported model: both figures are of that model.
    epochs = run.record.exported if run.answers else run.record.epochs
    try:
        for line in run.history():
            if line.epoch == epochs:
                train_accuracy, train_loss = line.accuracy, line.loss
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
    return TableRow(
        run.name,
        run.model,
        "damaged" if problems else run.status,
        epochs,
        run.shipped,
        Figures(train_accuracy, train_loss, test_accuracy, test_loss),
        notebook_figures(run.model),
        " ".join(problems) or run.record.message,
    )


def test_predictions(
    run: Run, dataset: Dataset, cache: Path, *, progress: Callable[[float], bool] = lambda part: True
) -> NDArray[np.float32] | None:
    """Return the run's (N, 10) probabilities for the test frames: shipped, cached, or computed and cached.

    Parameters
    ----------
    cache
        Files in it are named after the checksums of model and data, and may be deleted at any time.
    progress
        Called with the part done, 0 to 1, while computing; returning False cancels, and None is returned.

    Raises
    ------
    RunError
        The run's model is missing or damaged.
    """
    run.read_file(MODEL_FILE)  # an altered model must not hide behind the predictions of the right one
    if PREDICTIONS_FILE in run.record.files and run.record.data["checksum"] == dataset.checksum:
        with contextlib.suppress(RunError):  # altered ones are computed again
            run.read_file(PREDICTIONS_FILE)
            found = _load(run.folder / PREDICTIONS_FILE, len(dataset.test))
            if found is not None:
                return found
    entry = run.record.files[MODEL_FILE]
    kept = cache / "predictions" / f"{entry.sha256[:32]}-{dataset.checksum[:16]}.npz"
    found = _load(kept, len(dataset.test))
    if found is not None:
        return found
    computed = predict_all(LoadedModel(run), dataset.test.frames(), progress)
    if computed is not None:
        save_predictions(kept, computed)
    return computed


def predict_all(
    model: LoadedModel, frames: NDArray[np.float32], progress: Callable[[float], bool] = lambda part: True
) -> NDArray[np.float32] | None:
    """Return (N, 10) probabilities in pieces, telling progress; None if cancelled."""
    pieces = []
    for start in range(0, len(frames), BATCH):
        if not progress(start / len(frames)):
            return None
        pieces.append(model.probabilities(frames[start : start + BATCH]))
    return np.concatenate(pieces)


def save_predictions(path: Path, probabilities: NDArray[np.float32]) -> None:
    """Write probabilities beside, then rename; a cache that cannot be written is no error."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".writing-{os.getpid()}-{path.name}")
        with beside.open("wb") as file:
            np.savez_compressed(file, probabilities=probabilities)
        beside.replace(path)


def _load(path: Path, count: int) -> NDArray[np.float32] | None:
    """Return cached probabilities, or None where there are none of the right form."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            found: NDArray[np.float32] = archive["probabilities"]
    except Exception:  # a missing, cut or foreign file: it is computed again
        return None
    return found if found.shape == (count, CLASSES) and found.dtype == np.float32 else None
