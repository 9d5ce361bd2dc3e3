"""Robustness: accuracy on corrupted digits, for each corruption at its five severities."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
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
from mnist_gui.models.inference.calibration import calibrate, uncalibrate
from mnist_gui.models.inference.ensemble import HeldOutPredictions, ensemble_weights, held_out_predictions
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.runs.record import ROBUSTNESS_FILE, RunError
from mnist_gui.runs.run import Run
from mnist_gui.wording import percent_number

SAMPLE_SIZE = 1000
SEVERITIES = 5
MEASURED, MEASURED_CORRUPTION = 100, "rotation"  # digits and corruption that an estimate of time is measured on
REPEATS = 3  # of that measurement
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
    missing
        Runs whose predictions were not cached, and were not to be computed.
    """

    curves: tuple[RobustnessCurve, ...]
    fraction: float
    problems: tuple[str, ...] = ()
    missing: tuple[Run, ...] = ()


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
    only_cached: bool = False,
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
    only_cached
        Compute nothing: of each corruption, yield the curves of the runs that were computed before, and that of the
        ensemble if all were.
    progress
        Called while predictions are computed, with the fraction of all that is done, 0 to 1; returning False cancels.
    """
    indices = sample_indices(data, sample_size)
    frames, labels = data.frames(indices), data.labels[indices]
    remaining = [_RobustnessRun(title, run, cache) for title, run in zip(run_titles(runs), runs, strict=True)]
    for step, name in enumerate(names):
        evaluated: list[tuple[str, int, NDArray[np.float32]]] = []
        raw: list[NDArray[np.float32]] = []
        problems, missing = [], []
        count = len(remaining)
        for index, run in enumerate(list(remaining)):

            def report(fraction: float, done: int = step * count + index, total: int = len(names) * count) -> bool:
                return progress((done + fraction) / total)

            try:
                probabilities = run.cached(frames, name, data.checksum, sample_size)
                if probabilities is None and only_cached:
                    missing.append(run.run)
                    continue
                if probabilities is None:
                    probabilities = run.predict(frames, name, data.checksum, sample_size, report)
            except RunError as error:
                problems.append(f"{error} It is left out.")
                remaining.remove(run)
                continue
            if probabilities is None:
                return
            evaluated.append((run.title, run.model, probabilities))
            raw.append(uncalibrate(probabilities, run.temperature))
        if len(evaluated) > 1 and not missing:
            weights = ensemble_weights([run.held_out for run in remaining])
            evaluated.append((TOGETHER, 0, weights.mean(raw)))
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
        yield RobustnessStep(tuple(curves), (step + 1) / len(names), tuple(problems), tuple(missing))


def cached_robustness(runs: Sequence[Run], data: EvaluationSet, cache: Path) -> list[RobustnessCurve]:
    """Return the curves of all corruptions if all of them are cached, else none."""
    steps = list(robustness(runs, data, cache, progress=lambda fraction: False))
    return [curve for step in steps for curve in step.curves] if len(steps) == len(CORRUPTIONS) else []


def seconds_needed(missing: Sequence[Run], data: EvaluationSet, *, sample_size: int = SAMPLE_SIZE) -> float:
    """Return about how long it takes here to compute a corruption for each of these runs, which may repeat.

    A few digits are corrupted and predicted by one run of each network, to measure it.
    """
    size = len(sample_indices(data, sample_size))
    frames = data.frames(sample_indices(data, MEASURED))
    amount = CORRUPTIONS[MEASURED_CORRUPTION].severities[0]
    seconds_of: dict[str, float] = {}
    for run in missing:
        if run.network_key not in seconds_of:
            network = LoadedModel(run)
            seconds = []
            for _ in range(REPEATS):  # the first one takes longer, and others where the machine is busy
                start = time.perf_counter()
                network.probabilities(corrupt_frames(frames, MEASURED_CORRUPTION, amount))
                seconds.append(time.perf_counter() - start)
            seconds_of[run.network_key] = min(seconds) / len(frames)
    return sum(seconds_of[run.network_key] * SEVERITIES * size for run in missing)


def robustness_sentences(curves: Sequence[RobustnessCurve]) -> list[str]:
    """Return a sentence for each run and the ensemble, of the corruptions that have curves, in any order."""
    curves_of: dict[str, list[RobustnessCurve]] = {}
    for curve in curves:
        curves_of.setdefault(curve.title, []).append(curve)
    return [_sentence(title, own) for title, own in curves_of.items()]


def _sentence(title: str, curves: Sequence[RobustnessCurve]) -> str:
    means = {CORRUPTIONS[curve.corruption].title.lower(): float(np.mean(curve.accuracies[1:])) for curve in curves}
    unaltered, mean = curves[0].accuracies[0], float(np.mean(list(means.values())))
    text = (
        f"{title}: {percent_number(unaltered, 1, certain=False)} % right on the digits as they are, "
        f"{percent_number(mean, 1, certain=False)} % on average once they are made worse"
    )
    if len(means) == 1:
        return f"{text} ({next(iter(means))})."
    best, worst = max(means, key=means.__getitem__), min(means, key=means.__getitem__)
    least, most = (percent_number(means[name], 1, certain=False) for name in (best, worst))
    known = f", of {len(means)} of the {len(CORRUPTIONS)} ways" if len(means) < len(CORRUPTIONS) else ""
    return f"{text}{known}; {worst} harms it most ({most} %), {best} least ({least} %)."


def corruption_amounts(corruption: Corruption) -> tuple[float, ...]:
    """Return the neutral amount, followed by those of the five severities."""
    return (corruption.neutral, *corruption.severities)


class _RobustnessRun:
    """A run whose network is loaded when a prediction is not cached."""

    def __init__(self, title: str, run: Run, cache: Path) -> None:
        self.title = title
        self.run = run
        self.model = run.model
        self.temperature = run.record.temperature
        self._cache = cache
        self._network: LoadedModel | None = None
        self._uncorrupted: NDArray[np.float32] | None = None
        self._is_verified = False

    @cached_property
    def held_out(self) -> HeldOutPredictions | None:
        """Predictions for the frames that the run held out."""
        return held_out_predictions(self.run)

    def cached(
        self, frames: NDArray[np.float32], name: str, checksum: str, sample_size: int
    ) -> NDArray[np.float32] | None:
        """Return what `predict` returned before, or None.

        Raises
        ------
        RunError
            The model is missing or damaged.
        """
        if not self._is_verified:
            self.run.read_file(self.run.model_file)  # a modified model must not have the original one's predictions
            self._is_verified = True
        shape = (1 + SEVERITIES, len(frames), CLASSES)
        path = self._path(name, checksum, sample_size)
        found = load_predictions(path, shape)
        if found is None and self.run.shipped and ROBUSTNESS_FILE in self.run.record.files:
            found = shipped_predictions(self.run, ROBUSTNESS_FILE, path.stem, shape)
        return found

    def predict(
        self, frames: NDArray[np.float32], name: str, checksum: str, sample_size: int, progress: Progress
    ) -> NDArray[np.float32] | None:
        """Return (6, n, 10) calibrated probabilities, of frames as they are and at each severity; None if cancelled.

        Raises
        ------
        RunError
            The model is missing or damaged, or does not map frames to ten probabilities.
        """
        computed = self._compute(frames, name, corruption_amounts(CORRUPTIONS[name]), progress)
        if computed is None:
            return None
        found = calibrate(computed, self.temperature)
        save_predictions(self._path(name, checksum, sample_size), found)
        return found

    def _path(self, name: str, checksum: str, sample_size: int) -> Path:
        amounts = corruption_amounts(CORRUPTIONS[name])
        key = cache_key(self.run, checksum, name, amounts, sample_size, self.temperature)
        return self._cache / "robustness" / f"{key}.cached"

    def _compute(
        self, frames: NDArray[np.float32], name: str, amounts: tuple[float, ...], progress: Progress
    ) -> NDArray[np.float32] | None:
        if not progress(0.0):
            return None
        self._network = self._network or LoadedModel(self.run)
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
