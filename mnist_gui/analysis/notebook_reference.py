"""Metrics that the original notebook printed: 12 epochs of each of the three models."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mnist_gui.paths import resources_folder
from mnist_gui.runs.record import EpochMetrics


@dataclass(frozen=True)
class Metrics:
    """Accuracy (0 to 1) and cross-entropy (nats) of a model; None where unknown.

    Attributes
    ----------
    train_accuracy, train_loss
        Running means of the last epoch, with dropout on, as in the notebook.
    test_accuracy, test_loss
        Metrics of the exported model on the evaluated digits; the notebook's are of MNIST's 10,000 test digits.
    """

    train_accuracy: float | None = None
    train_loss: float | None = None
    test_accuracy: float | None = None
    test_loss: float | None = None


@cache
def notebook_history(path: Path | None = None) -> dict[int, tuple[EpochMetrics, ...]]:
    """Return the 12 epochs of each model as Keras printed them in the notebook's cells.

    The validation metrics are those of the test set, which the notebook validates on.
    """
    history: dict[int, tuple[EpochMetrics, ...]] = {}
    with (path or resources_folder() / "notebook_history.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            values = (float(row[key]) for key in ("loss", "accuracy", "val_loss", "val_accuracy", "seconds"))
            model = int(row["model"])
            history[model] = (*history.get(model, ()), EpochMetrics(int(row["epoch"]), *values))
    return history


def notebook_metrics(model: int) -> Metrics:
    """Return a model's metrics after the notebook's last epoch."""
    last = notebook_history()[model][-1]
    return Metrics(last.accuracy, last.loss, last.val_accuracy, last.val_loss)
