"""Contenders, data and a model made by hand, for the tests of the analysis."""

from __future__ import annotations

import numpy as np

from mnist_gui.analysis.comparison import ComparedRun, Comparison, together
from mnist_gui.analysis.evaluation_data import EvaluationSet


def rows_of(predicted, confidence=0.9) -> np.ndarray:
    """Return (N, 10) probabilities that name these digits with that confidence, one or (N,)."""
    predicted = np.asarray(predicted)
    confidence = np.broadcast_to(np.asarray(confidence, float), predicted.shape)
    rows = np.repeat((1 - confidence[:, None]) / 9, 10, axis=1)
    rows[np.arange(len(predicted)), predicted] = confidence
    return rows.astype(np.float32)


def compared_run(title, model, predicted, labels, confidence=0.9, *, run=None) -> ComparedRun:
    """Return a compared run that names these digits."""
    rows = rows_of(predicted, confidence)
    return ComparedRun(title, model, np.asarray(labels, np.uint8), rows, rows, False, run)


def judged(labels, name="MNIST test") -> EvaluationSet:
    """Return data with these labels, its frames black but for a pixel."""
    labels = np.asarray(labels, np.uint8)
    images = np.zeros((len(labels), 28, 28), np.uint8)
    images[:, 14, 14] = 255
    return EvaluationSet(name, images, labels, "checksum")


def comparison_of(*compared_runs: ComparedRun, problems=()) -> Comparison:
    """Return a comparison of compared runs that were made by hand."""
    both = together(compared_runs) if len(compared_runs) > 1 else None
    return Comparison(judged(compared_runs[0].labels), tuple(compared_runs), both, tuple(problems))


class CountingModel:
    """Stands for LoadedModel: right on all bars but every so many-th, and counts how often it is asked."""

    asked = 0

    def __init__(self, run, **options):
        self.every = 10 * run.model

    def probabilities(self, frames):
        CountingModel.asked += len(frames)
        digits = np.clip((frames.sum(axis=2).argmax(axis=1) - 4) // 2, 0, 9)
        digits[:: self.every] = (digits[:: self.every] + 1) % 10
        return rows_of(digits)
