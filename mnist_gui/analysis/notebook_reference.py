"""What the notebook itself reached: its 36 epochs as figures."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from mnist_gui.paths import resources_folder
from mnist_gui.runs.record import EpochMetrics


@cache
def notebook_history(path: Path | None = None) -> dict[int, tuple[EpochMetrics, ...]]:
    """Return the notebook's twelve epochs of each model, printed by Keras in the notebook's cells.

    The validation figures are those of the test set: that is what the notebook validates on.
    """
    with (path or resources_folder() / "notebook_history.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        model: tuple(
            EpochMetrics(
                int(row["epoch"]),
                float(row["loss"]),
                float(row["accuracy"]),
                float(row["val_loss"]),
                float(row["val_accuracy"]),
                float(row["seconds"]),
            )
            for row in rows
            if int(row["model"]) == model
        )
        for model in sorted({int(row["model"]) for row in rows})
    }
