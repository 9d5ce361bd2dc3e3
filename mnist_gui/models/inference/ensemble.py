"""Probabilities of several runs together: a weighted mean of their raw ones (a linear opinion pool; Stone 1961).

All runs count the same, unless the best of them alone makes fewer errors on the training frames that all of them held
out: that run then counts as much more as it takes to make as few together. A run keeps its predictions for these frames
in its folder, so that the weights of any runs are known at once.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import CLASSES
from mnist_gui.metrics import cross_entropy
from mnist_gui.npz import read_arrays
from mnist_gui.runs.record import HELD_OUT_FILE
from mnist_gui.runs.run import Run
from mnist_gui.wording import number_word, percent

MIN_FRAMES = 1_000  # fewer contain a handful of errors, which determine no weights
MEAN = "the mean of their probabilities"
# Why together can be surer than each, whose confidence is shown calibrated.
_UNCALIBRATED = (
    "It is taken before any of them is calibrated, which usually makes a run less sure: runs that agree can be surer "
    "together than each alone."
)
_MAX_BYTES = 60_000 * (2 * CLASSES + 1)
_STEPS = 100  # from equal weights to those of the best run alone
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
        """Return how the runs of these names are weighted, and that this is before calibration, for users."""
        mean = f"Together is the plain mean of the {number_word(len(names))} runs."
        frames = f"On the {self.frames:,} training frames that all of them held out"
        if not self.frames:
            reason = "All count the same, as not all held out the same training frames."
        elif self.are_equal:
            reason = f"{frames}, it makes no more errors than the best of them alone."
        else:
            *first, last = (f"{name} {percent(weight)}" for name, weight in zip(names, self.values, strict=True))
            mean = f"Together is a weighted mean: {', '.join(first)} and {last}."
            reason = f"{frames}, a plain mean makes more errors than the best of them alone, and this one does not."
        return "\n".join((mean, _UNCALIBRATED, reason))


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

    They lie on the line from equal weights to those of the best run alone: the one with the fewest errors, and of these
    the one with the lowest cross-entropy. The weights of the lowest cross-entropy of all make no fewer errors on frames
    that did not decide them (`tools/ensemble_calibration.py`), and can make more than the best run on those that did.
    Nor does it help to search all weights: of 5,000 frames in 60 random halves, with the shipped fast runs, the nearest
    on a grid made 31.6 errors on the half that did not decide, those of the lowest cross-entropy among the acceptable
    30.4, and those on the line 29.6.

    Parameters
    ----------
    probabilities
        (N, 10) of each run.
    labels
        (N,) true digits.
    """
    every = np.stack(probabilities)
    wrong = every.argmax(axis=2) != labels
    alone = wrong.sum(axis=1)
    best = min(range(len(every)), key=lambda run: (alone[run], cross_entropy(every[run], labels)))
    # All other frames are right whatever the weights are.
    unclear, true = every[:, wrong.any(axis=0)], labels[wrong.any(axis=0)]
    equal = np.full(len(every), 1 / len(every))
    for share in np.linspace(0, 1, _STEPS + 1):
        weights = (1 - share) * equal + share * np.eye(len(every))[best]
        mean = EnsembleWeights(tuple(weights.tolist())).mean(list(unclear))
        if (mean.argmax(axis=1) != true).sum() <= alone[best]:
            break
    return np.asarray(weights)


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
