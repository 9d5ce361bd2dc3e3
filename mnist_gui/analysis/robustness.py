"""Robustness: accuracy on corrupted digits, for each corruption at its five severities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_gui.analysis.comparison import TOGETHER, run_titles
from mnist_gui.analysis.evaluation_data import EvaluationSet
from mnist_gui.analysis.prediction_cache import (
    Progress,
    cache_key,
    load_predictions,
    predict_all,
    save_predictions,
    shipped_predictions,
)
from mnist_gui.digits.corruptions import CORRUPTIONS, Corruption, corrupt
from mnist_gui.digits.dataset import CLASSES
from mnist_gui.metrics import Interval, wilson_interval
from mnist_gui.models.inference.calibration import calibrate, mean_probabilities, uncalibrate
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.runs.record import MODEL_FILE, ROBUSTNESS_FILE, RunError
from mnist_gui.runs.run import Run

SAMPLE_SIZE = 1000
# Where MNIST-C chooses the direction at random, every other digit is corrupted in the opposite direction.
BIDIRECTIONAL = ("shift", "rotation", "shear")


@dataclass(frozen=True)
class RobustnessCurve:
    """Accuracy of a run, or of the ensemble, against the severity of a corruption.

    Attributes
    ----------
    title, model
        Title and model number of the `ComparedRun`.
    corruption
        A key of `CORRUPTIONS`.
    amounts
        The neutral amount, followed by those of the five severities.
    right
        Number of right predictions at each amount.
    count
        Number of digits.
    """

    title: str
    model: int
    corruption: str
    amounts: tuple[float, ...]
    right: tuple[int, ...]
    count: int

    @property
    def accuracies(self) -> tuple[float, ...]:
        """Accuracy at each amount, 0 to 1."""
        return tuple(right / self.count for right in self.right)

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """95 % Wilson intervals of the accuracies."""
        return tuple(wilson_interval(right, self.count) for right in self.right)


@dataclass(frozen=True)
class RobustnessStep:
    """Result of one corruption.

    Attributes
    ----------
    curves
        Curves of every run, and of the ensemble.
    fraction
        Fraction of all corruptions that is done, 0 to 1.
    problems
        Sentences about runs that turned out to be unusable and are left out from here on.
    """

    curves: tuple[RobustnessCurve, ...]
    fraction: float
    problems: tuple[str, ...] = ()


def sample_indices(data: EvaluationSet, size: int = SAMPLE_SIZE) -> NDArray[np.intp]:
    """Return the indices of at most `size` evenly spaced digits.

    The first digits would not do: the first half of MNIST's test set has other writers, and is easier, than the second.
    """
    return np.unique(np.linspace(0, len(data) - 1, min(size, len(data))).round().astype(np.intp))


def robustness(
    runs: Sequence[Run],
    data: EvaluationSet,
    cache: Path,
    *,
    names: Sequence[str] = tuple(CORRUPTIONS),
    sample_size: int = SAMPLE_SIZE,
    progress: Progress = lambda fraction: True,
) -> Iterator[RobustnessStep]:
    """Yield the curves of each corruption in turn; end early if cancelled.

    Three runs take some minutes on two cores: each corruption at 5 severities of 1,000 digits, and these uncorrupted.
    Predictions are cached; the shipped runs have those for MNIST's test set.

    Parameters
    ----------
    cache
        Folder of predictions.
    names
        Keys of `CORRUPTIONS`.
    progress
        Called while predictions are computed, with the fraction of all that is done, 0 to 1; returning False cancels.
    """
    indices = sample_indices(data, sample_size)
    frames, labels = data.frames(indices), data.labels[indices]
    remaining = [_RobustnessRun(title, run, cache) for title, run in zip(run_titles(runs), runs, strict=True)]
    for step, name in enumerate(names):
        evaluated: list[tuple[str, int, NDArray[np.float32]]] = []
        raw: list[NDArray[np.float32]] = []
        problems = []
        count = len(remaining)
        for index, run in enumerate(list(remaining)):

            def report(fraction: float, done: int = step * count + index, total: int = len(names) * count) -> bool:
                return progress((done + fraction) / total)

            try:
                probabilities = run.predict(frames, name, data.checksum, sample_size, report)
            except RunError as error:
                problems.append(f"{error} It is left out.")
                remaining.remove(run)
                continue
            if probabilities is None:
                return
            evaluated.append((run.title, run.model, probabilities))
            raw.append(uncalibrate(probabilities, run.temperature))
        if len(evaluated) > 1:
            evaluated.append((TOGETHER, 0, mean_probabilities(raw)))
        amounts = corruption_amounts(CORRUPTIONS[name])
        curves = [
            RobustnessCurve(
                title,
                model,
                name,
                amounts,
                tuple((probabilities.argmax(axis=2) == labels).sum(axis=1).tolist()),
                len(labels),
            )
            for title, model, probabilities in evaluated
        ]
        yield RobustnessStep(tuple(curves), (step + 1) / len(names), tuple(problems))


def cached_robustness(runs: Sequence[Run], data: EvaluationSet, cache: Path) -> list[RobustnessCurve]:
    """Return the curves of all corruptions if all of them are cached, else none."""
    steps = list(robustness(runs, data, cache, progress=lambda fraction: False))
    return [curve for step in steps for curve in step.curves] if len(steps) == len(CORRUPTIONS) else []


def corruption_amounts(corruption: Corruption) -> tuple[float, ...]:
    """Return the neutral amount, followed by those of the five severities."""
    return (corruption.neutral, *corruption.severities)


class _RobustnessRun:
    """A run whose network is loaded when a prediction is not cached."""

    def __init__(self, title: str, run: Run, cache: Path) -> None:
        self.title = title
        self.model = run.model
        self.temperature = run.record.temperature
        self._run = run
        self._cache = cache
        self._network: LoadedModel | None = None
        self._uncorrupted: NDArray[np.float32] | None = None
        self._is_verified = False

    def predict(
        self, frames: NDArray[np.float32], name: str, checksum: str, sample_size: int, progress: Progress
    ) -> NDArray[np.float32] | None:
        """Return (6, n, 10) calibrated probabilities, of frames as they are and at each severity; None if cancelled.

        Raises
        ------
        RunError
            The model is missing or damaged, or does not map frames to ten probabilities.
        """
        if not self._is_verified:
            self._run.read_file(MODEL_FILE)  # a modified model must not have the predictions of the original one
            self._is_verified = True
        amounts = corruption_amounts(CORRUPTIONS[name])
        shape = (len(amounts), len(frames), CLASSES)
        key = cache_key(self._run, checksum, name, amounts, sample_size, self.temperature)
        path = self._cache / "robustness" / f"{key}.cached"
        found = load_predictions(path, shape)
        if found is None and self._run.shipped and ROBUSTNESS_FILE in self._run.record.files:
            found = shipped_predictions(self._run, ROBUSTNESS_FILE, path.stem, shape)
        if found is None:
            computed = self._compute(frames, name, amounts, progress)
            if computed is None:
                return None
            found = calibrate(computed, self.temperature)
            save_predictions(path, found)
        return found

    def _compute(
        self, frames: NDArray[np.float32], name: str, amounts: tuple[float, ...], progress: Progress
    ) -> NDArray[np.float32] | None:
        if not progress(0.0):
            return None
        self._network = self._network or LoadedModel(self._run)
        found = []
        for index, amount in enumerate(amounts):

            def report(fraction: float, index: int = index) -> bool:
                return progress((index + fraction) / len(amounts))

            # The uncorrupted frames are the same for every corruption, and are predicted once.
            probabilities = self._uncorrupted if index == 0 else None
            if probabilities is None:
                probabilities = predict_all(self._network, corrupt_frames(frames, name, amount), report)
            if probabilities is None:
                return None
            if index == 0:
                self._uncorrupted = probabilities
            found.append(probabilities)
        return np.stack(found)


def corrupt_frames(frames: NDArray[np.float32], name: str, amount: float) -> NDArray[np.float32]:
    """Return corrupted (N, 28, 28) frames; of a bidirectional corruption every other one in the opposite direction."""
    if amount == CORRUPTIONS[name].neutral or name not in BIDIRECTIONAL:
        return corrupt(frames, name, amount)
    return corrupt(frames, name, np.where(np.arange(len(frames)) % 2, -amount, amount))
