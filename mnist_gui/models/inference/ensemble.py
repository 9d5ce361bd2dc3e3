"""Probabilities of several runs together: a weighted mean of their raw ones (a linear opinion pool; Stone 1961).

All runs count the same, unless the best of them alone makes fewer errors on the training frames that all of them held
out: the weights then are those nearest to equal ones at which they make as few together. A run keeps its predictions
for these frames in its folder, so that the weights of any runs are known at once.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import CLASSES
from mnist_gui.metrics import EPSILON
from mnist_gui.npz import read_arrays
from mnist_gui.runs.record import HELD_OUT_FILE
from mnist_gui.runs.run import Run
from mnist_gui.wording import number_word, percent

MIN_FRAMES = 1_000  # fewer contain a handful of errors, which determine no weights
MEAN = "the mean of their probabilities"
_MAX_BYTES = 60_000 * (2 * CLASSES + 1)
# Weights are multiples of 1 / 20 for up to four runs, of 1 / 10 for five and six: the finest grid of at most so many.
_STEPS = (20, 10, 5, 4, 2, 1)
_MAX_POINTS = 4_000
_BLOCK = 100  # frames that weights are tried on at a time
_ROUNDING = 0.01  # of the sum of ten probabilities in half precision


@dataclass(frozen=True, eq=False)
class HeldOutPredictions:
    """Predictions of a run for the last training frames of a data set, which it held out.

    Attributes
    ----------
    checksum
        Of the data set.
    probabilities
        (N, 10) raw probabilities, rounded to half precision.
    labels
        (N,) true digits.
    """

    checksum: str
    probabilities: NDArray[np.float32]
    labels: NDArray[np.uint8]


@dataclass(frozen=True)
class EnsembleWeights:
    """How much each of several runs counts in the mean of their probabilities.

    Attributes
    ----------
    values
        One weight for each run, 0 to 1, with sum 1.
    frames
        Number of held-out frames that the weights were chosen on; 0 for equal weights.
    """

    values: tuple[float, ...]
    frames: int = 0

    @classmethod
    def equal(cls, count: int) -> EnsembleWeights:
        """Return equal weights of some runs."""
        return cls((1 / count,) * count)

    def mean(self, raw: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return the weighted mean of the raw probabilities of the runs, each of the same shape (..., 10).

        The mean is less confident than its members, which makes up for their overconfidence. On held-out frames the
        mean of calibrated probabilities is too unsure, and has the larger calibration error at the same loss
        (`tools/ensemble_calibration.py`, docs/comparison.md).
        """
        return np.asarray(np.tensordot(np.array(self.values, np.float32), np.stack(raw), axes=1))

    @property
    def are_equal(self) -> bool:
        """Whether all runs count the same."""
        return len(set(self.values)) == 1

    @property
    def summary(self) -> str:
        """What the ensemble predicts, for users."""
        return MEAN if self.are_equal else f"a weighted {MEAN.removeprefix('the ')}"

    def sentence(self, names: Sequence[str]) -> str:
        """Return how the runs of these names are weighted, for users."""
        if not self.frames:
            return (
                f"Together is the plain mean of the {number_word(len(names))} runs. To weigh them, all must have held "
                f"out the same training frames."
            )
        frames = f"the {self.frames:,} training frames that all of them held out"
        if self.are_equal:
            return (
                f"Together is the plain mean of the {number_word(len(names))} runs. On {frames}, it makes no more "
                f"errors than the best of them alone."
            )
        *first, last = (f"{name} {percent(weight)}" for name, weight in zip(names, self.values, strict=True))
        return (
            f"Together is a weighted mean: {', '.join(first)} and {last}.\nOn {frames}, a plain mean makes more errors "
            f"than the best of them alone, and this one does not."
        )


def ensemble_weights(held_out: Sequence[HeldOutPredictions | None]) -> EnsembleWeights:
    """Return the weights of runs from their predictions for the frames that they held out.

    Runs held out frames at the end of the training set, so that those of one run contain those of another. Weights are
    equal if a run has no predictions, if the runs were trained on different data, or if all held out fewer than
    `MIN_FRAMES` frames.
    """
    found = [predictions for predictions in held_out if predictions is not None]
    frames = min((len(predictions.labels) for predictions in found), default=0)
    are_comparable = len(found) == len(held_out) and len({predictions.checksum for predictions in found}) == 1
    if not are_comparable or frames < MIN_FRAMES:
        return EnsembleWeights.equal(len(held_out))
    labels = found[0].labels[-frames:]
    if any((predictions.labels[-frames:] != labels).any() for predictions in found):
        return EnsembleWeights.equal(len(held_out))
    weights = fit_weights([predictions.probabilities[-frames:] for predictions in found], labels)
    return EnsembleWeights(tuple(weights.tolist()), frames)


def fit_weights(probabilities: Sequence[NDArray[np.float32]], labels: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the (runs,) weights nearest to equal ones at which the mean makes no more errors than the best run alone.

    They are equal ones, or a point of a grid; of points equally near, that with the fewest errors, and of these that
    with the lowest cross-entropy. The weights of the lowest cross-entropy of all make no fewer errors on frames that
    did not decide them (`tools/ensemble_calibration.py`), and can make more than the best run on those that did.

    Parameters
    ----------
    probabilities
        (N, 10) of each run.
    labels
        (N,) true digits.
    """
    every = np.stack(probabilities)
    wrong = every.argmax(axis=2) != labels
    hardest = np.argsort(-wrong.sum(axis=0), kind="stable")
    rivals, allowed = _Rivals.of(every[:, hardest], labels[hardest]), int(wrong.sum(axis=1).min())
    weights, distances = _grid(len(every))
    if rivals.at_most(weights[:1], allowed)[0].size:
        return np.asarray(weights[0])
    indices, errors = rivals.at_most(weights, allowed)
    nearest = distances[indices] == distances[indices].min()
    fewest = errors == errors[nearest].min()
    found = weights[indices[nearest & fewest]]
    true = every[:, np.arange(len(labels)), labels]
    losses = -np.log(np.maximum(found @ true, EPSILON)).mean(axis=1)
    return np.asarray(found[losses.argmin()])


@dataclass(frozen=True, eq=False)
class _Rivals:
    """The wrong classes that at least one run prefers to the true one; all others are right whatever the weights are.

    Attributes
    ----------
    leads
        (n, runs) float32: by how much the true class of a frame is more probable than a rival.
    limits
        (n,) float32: the lead of the mean at and above which the rival does not win; of equal probabilities the smaller
        class wins, as in `argmax`.
    frames
        (n,) sorted numbers of the frames that the rivals are of, from 0 on.
    """

    leads: NDArray[np.float32]
    limits: NDArray[np.float32]
    frames: NDArray[np.intp]

    @classmethod
    def of(cls, every: NDArray[np.float32], labels: NDArray[np.integer]) -> _Rivals:
        """Find the rivals in the (runs, N, 10) probabilities of frames with the (N,) labels."""
        leads = every[:, np.arange(len(labels)), labels][..., None] - every
        classes = np.arange(every.shape[2])
        limits = np.where(classes < labels[:, None], np.finfo(np.float32).tiny, np.float32(0))
        wins = (leads < limits).any(axis=0) & (classes != labels[:, None])
        frames = np.unique(np.nonzero(wins)[0], return_inverse=True)[1]
        return cls(np.ascontiguousarray(leads[:, wins].T), limits[wins], frames)

    def at_most(self, weights: NDArray[np.float64], allowed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the indices of those of (points, runs) weights that make at most the allowed errors, and the errors.

        Weights with too many errors on the first frames are not tried on the others.
        """
        indices = np.arange(len(weights))
        errors = np.zeros(len(weights), dtype=np.intp)
        for block in range(0, int(self.frames.max(initial=-1)) + 1, _BLOCK):
            rivals = slice(*np.searchsorted(self.frames, (block, block + _BLOCK)))
            wins = self.leads[rivals] @ weights[indices].T.astype(np.float32) < self.limits[rivals, None]
            begins = np.flatnonzero(np.diff(self.frames[rivals], prepend=-1))
            errors += np.logical_or.reduceat(wins, begins).sum(axis=0)
            indices, errors = indices[errors <= allowed], errors[errors <= allowed]
        return indices, errors


def _grid(runs: int) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return equal weights and all of a grid, (points, runs), and a measure of their distance from equal ones."""
    steps = next(steps for steps in _STEPS if math.comb(steps + runs - 1, steps) <= _MAX_POINTS or steps == 1)
    points = np.zeros((1, 0), dtype=np.intp)
    for _ in range(runs - 1):
        counts = steps - points.sum(axis=1) + 1
        firsts = np.repeat(np.cumsum(counts) - counts, counts)
        points = np.column_stack([np.repeat(points, counts, axis=0), np.arange(counts.sum()) - firsts])
    points = np.column_stack([points, steps - points.sum(axis=1)])
    # The sum of squares is the squared distance but for a constant, and exact in integers.
    distances = np.append(0, np.square(points).sum(axis=1))
    return np.concatenate([np.full((1, runs), 1 / runs), points / steps]), distances


# -- the file in a run's folder


def write_held_out(path: Path, probabilities: NDArray[np.float32], labels: NDArray[np.uint8]) -> None:
    """Write the (N, 10) raw probabilities and (N,) labels of held-out frames for `held_out_predictions`."""
    with path.open("wb") as file:
        np.savez_compressed(file, probabilities=probabilities.astype(np.float16), labels=labels)


def held_out_predictions(run: Run) -> HeldOutPredictions | None:
    """Return a run's predictions for the frames that it held out; None without them, or if they are damaged."""
    try:
        arrays = read_arrays(io.BytesIO(run.read_file(HELD_OUT_FILE)), _MAX_BYTES, ("probabilities", "labels"))
    except Exception:  # there is no such file, or it is damaged: zipfile, zlib and NumPy raise different types
        return None
    probabilities, labels = arrays["probabilities"], arrays["labels"]
    if labels.dtype != np.uint8 or labels.ndim != 1 or (labels >= CLASSES).any():
        return None
    if probabilities.dtype != np.float16 or probabilities.shape != (len(labels), CLASSES):
        return None
    rows = probabilities.astype(np.float32)
    sums = rows.sum(axis=1, keepdims=True)
    if not np.isfinite(rows).all() or rows.min(initial=0) < 0 or (np.abs(sums - 1) > _ROUNDING).any():
        return None
    return HeldOutPredictions(str(run.record.data["checksum"]), rows / sums, labels)
