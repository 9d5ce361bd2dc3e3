"""How accuracy falls as digits are made worse: each corruption at its five severities, with intervals."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_gui.analysis.comparison import TOGETHER, titles
from mnist_gui.analysis.evaluation_data import EvaluationSet
from mnist_gui.analysis.prediction_cache import kept_name, load_array, predict_all, read_array, save_predictions
from mnist_gui.digits.corruptions import CORRUPTIONS, Corruption, corrupt
from mnist_gui.digits.dataset import CLASSES
from mnist_gui.metrics import Interval, wilson_interval
from mnist_gui.models.inference.calibration import calibrate
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.runs.record import MODEL_FILE, ROBUSTNESS_FILE, RunError
from mnist_gui.runs.run import Run

SAMPLE = 1000
# MNIST-C tosses a coin which way to go; here it is one way for every other digit and the other for the rest.
TWO_WAYS = ("shift", "rotation", "shear")


@dataclass(frozen=True)
class RobustnessCurve:
    """Accuracy of one run, or of all together, against one corruption.

    Attributes
    ----------
    title, model
        The run's; model 0 for all together.
    corruption
        A key of `mnist_gui.digits.corruptions.CORRUPTIONS`.
    amounts
        The neutral amount, then those of the five severities.
    right
        Right answers at each amount, of `count`.
    """

    title: str
    model: int
    corruption: str
    amounts: tuple[float, ...]
    right: tuple[int, ...]
    count: int

    @property
    def accuracies(self) -> tuple[float, ...]:
        """Return the accuracy at each amount, 0 to 1."""
        return tuple(right / self.count for right in self.right)

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """Return the 95 % Wilson interval of each."""
        return tuple(wilson_interval(right, self.count) for right in self.right)


@dataclass(frozen=True)
class RobustnessStep:
    """What `robustness` has got so far.

    Attributes
    ----------
    curves
        Those that are new: of every run that answers, and of all together, against one corruption.
    part
        Of the whole that is done, 0 to 1.
    problems
        Sentences about runs that turned out not to be able to answer; the others go on.
    """

    curves: tuple[RobustnessCurve, ...]
    part: float
    problems: tuple[str, ...] = ()


def sample_of(data: EvaluationSet, most: int = SAMPLE) -> NDArray[np.intp]:
    """Return the places of the digits that are made worse: evenly spread, at most so many.

    Not the first ones: the first half of MNIST's test set is by other writers, and easier, than the second.
    """
    return np.unique(np.linspace(0, len(data) - 1, min(most, len(data))).round().astype(np.intp))


def robustness(
    runs: Sequence[Run],
    data: EvaluationSet,
    cache: Path,
    *,
    names: Sequence[str] = tuple(CORRUPTIONS),
    most: int = SAMPLE,
    progress: Callable[[float], bool] = lambda part: True,
) -> Iterator[RobustnessStep]:
    """Yield the curves of each corruption in turn; end early if cancelled. What is done is kept, and not done again.

    Three runs take some minutes on two cores: 9 corruptions x 5 severities x 1,000 digits, and these once as they are.
    The shipped runs that answer carry what they say of MNIST's test set.

    Parameters
    ----------
    cache
        Folder of what is kept, under the checksums of model and data, the corruption's severities and the sample.
    names
        Keys of `CORRUPTIONS`, in the wanted order.
    progress
        Called with the part of the whole that is done, 0 to 1; returning False cancels.
    """
    places = sample_of(data, most)
    frames, labels = data.frames(places), data.labels[places]
    subjects = [_Subject(title, run, cache) for title, run in zip(titles(runs), runs, strict=True)]
    for step, name in enumerate(names):
        rows: dict[str, NDArray[np.float32]] = {}
        problems = []
        for place, subject in enumerate(list(subjects)):
            done = (step + place / len(subjects)) / len(names)
            share = 1 / len(subjects) / len(names)
            try:
                found = subject.answers(
                    frames,
                    name,
                    (data.checksum, most),
                    lambda part, d=done, s=share: progress(d + part * s),  # type: ignore[misc]
                )
            except RunError as error:
                problems.append(f"{error} It is left out.")
                subjects.remove(subject)
                continue
            if found is None:
                return
            rows[subject.title] = found
        models = {subject.title: subject.run.model for subject in subjects}
        curves = [_curve(title, models[title], name, each, labels) for title, each in rows.items()]
        if len(rows) > 1:
            curves.append(_curve(TOGETHER, 0, name, np.mean(list(rows.values()), axis=0), labels))
        yield RobustnessStep(tuple(curves), (step + 1) / len(names), tuple(problems))


def kept_robustness(runs: Sequence[Run], data: EvaluationSet, cache: Path) -> list[RobustnessCurve]:
    """Return the curves of all corruptions without computing anything; none where not all of them are kept."""
    steps = list(robustness(runs, data, cache, progress=lambda part: False))
    return [curve for step in steps for curve in step.curves] if len(steps) == len(CORRUPTIONS) else []


def amounts_of(corruption: Corruption) -> tuple[float, ...]:
    """Return the neutral amount and those of the five severities."""
    return (corruption.neutral, *corruption.severities)


class _Subject:
    """A run that is asked; its network is loaded when it is first needed: never where everything is kept."""

    def __init__(self, title: str, run: Run, cache: Path) -> None:
        self.title = title
        self.run = run
        self._cache = cache
        self._model: LoadedModel | None = None
        self._neutral: NDArray[np.float32] | None = None
        self._is_verified = False

    def answers(
        self, frames: NDArray[np.float32], name: str, key: tuple[str, int], progress: Callable[[float], bool]
    ) -> NDArray[np.float32] | None:
        """Return (6, n, 10) calibrated probabilities of frames as they are, and at each severity; None if cancelled.

        Raises
        ------
        RunError
            The model is missing or damaged, or is no network from frames to ten probabilities.
        """
        if not self._is_verified:
            self.run.read_file(MODEL_FILE)  # an altered model must not hide behind what the right one said
            self._is_verified = True
        (checksum, most), temperature = key, self.run.record.temperature
        amounts = amounts_of(CORRUPTIONS[name])
        shape = (len(amounts), len(frames), CLASSES)
        kept = self._cache / "robustness" / f"{kept_name(self.run, checksum, name, amounts, most, temperature)}.npz"
        found = load_array(kept, shape)
        if found is None and ROBUSTNESS_FILE in self.run.record.files:
            with contextlib.suppress(RunError):  # altered ones are computed again
                found = read_array(io.BytesIO(self.run.read_file(ROBUSTNESS_FILE)), kept.stem, shape)
        if found is None:
            found = self._ask(frames, name, amounts, progress)
            if found is None:
                return None
            found = calibrate(found.reshape(-1, CLASSES), temperature).reshape(shape)
            save_predictions(kept, found, compressed=False)  # there are dozens of them
        return found

    def _ask(
        self, frames: NDArray[np.float32], name: str, amounts: tuple[float, ...], progress: Callable[[float], bool]
    ) -> NDArray[np.float32] | None:
        if not progress(0.0):
            return None
        self._model = self._model or LoadedModel(self.run)
        rows = []
        for place, amount in enumerate(amounts):
            # The frames as they are belong to every corruption, and are asked once.
            row = self._neutral if place == 0 else None
            if row is None:
                worse = corrupted(frames, name, amount)
                row = predict_all(
                    self._model,
                    worse,
                    lambda part, at=place: progress((at + part) / len(amounts)),  # type: ignore[misc]
                )
            if row is None:
                return None
            self._neutral = row if place == 0 else self._neutral
            rows.append(row)
        return np.stack(rows)


def corrupted(frames: NDArray[np.float32], name: str, amount: float) -> NDArray[np.float32]:
    """Return (N, 28, 28) frames at one amount of a corruption; every other one the other way where it has two."""
    corruption = CORRUPTIONS[name]
    if amount == corruption.neutral or name not in TWO_WAYS:
        return corrupt(frames, name, amount)
    return corrupt(frames, name, np.where(np.arange(len(frames)) % 2, -amount, amount))


def _curve(
    title: str, model: int, name: str, probabilities: NDArray[np.floating], labels: NDArray[np.integer]
) -> RobustnessCurve:
    right = (probabilities.argmax(axis=2) == labels).sum(axis=1)
    return RobustnessCurve(
        title, model, name, amounts_of(CORRUPTIONS[name]), tuple(int(each) for each in right), len(labels)
    )
