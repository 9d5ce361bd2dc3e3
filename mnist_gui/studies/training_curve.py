"""Curves of a group's trainings: mean over its seeds, with the lowest and the highest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mnist_gui.runs.record import EpochMetrics


@dataclass(frozen=True)
class TrainingCurve:
    """Accuracy on the validation frames after each epoch, of the completed runs of a group.

    Attributes
    ----------
    title
        Title of the group.
    epochs
        1-based numbers, up to the last epoch that all runs have.
    mean, low, high
        Mean, lowest and highest accuracy over the seeds, 0 to 1, after each of these epochs.
    """

    title: str
    epochs: tuple[int, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def training_curve(title: str, histories: Sequence[Sequence[EpochMetrics]]) -> TrainingCurve | None:
    """Return the curve of runs with these histories; None where a run has no epoch."""
    shared = min(map(len, histories), default=0)
    if not shared:
        return None
    accuracies = np.array([[metrics.val_accuracy for metrics in history[:shared]] for history in histories])
    return TrainingCurve(
        title,
        tuple(metrics.epoch for metrics in histories[0][:shared]),
        tuple(accuracies.mean(axis=0).tolist()),
        tuple(accuracies.min(axis=0).tolist()),
        tuple(accuracies.max(axis=0).tolist()),
    )
