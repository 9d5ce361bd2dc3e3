"""Runs side by side on the same digits, and together: what every table, matrix and figure is made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_gui.analysis.evaluation_data import MY_DIGITS, EvaluationSet
from mnist_gui.analysis.prediction_cache import predictions
from mnist_gui.metrics import losses
from mnist_gui.models.inference.calibration import calibrate
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import DamagedRun, Run

TOGETHER = "Together"


@dataclass(frozen=True, eq=False)
class ComparedRun:
    """One run, or several together, and what it says of the judged digits.

    Attributes
    ----------
    title
        What people call it; no two of a comparison have the same.
    model
        1, 2, 3; 0 for several together.
    labels
        (N,) the true digits.
    raw
        (N, 10) probabilities as the network gives them; of several together their mean.
    probabilities
        (N, 10) calibrated ones, as the Draw tab shows them, and the mean of these for several together. Equal to `raw`
        where nothing was held out to calibrate with.
    is_calibrated
        Whether they are.
    run
        None for several together.
    members
        The titles of those that are together, else empty.
    """

    title: str
    model: int
    labels: NDArray[np.integer]
    raw: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    is_calibrated: bool
    run: Run | None = None
    members: tuple[str, ...] = ()

    @cached_property
    def predicted(self) -> NDArray[np.intp]:
        """The (N,) digits that it names; calibration changes none of them for a run."""
        return np.asarray(self.probabilities.argmax(axis=1))

    @cached_property
    def confidence(self) -> NDArray[np.float32]:
        """How sure it is of each, (N,), 0 to 1, calibrated."""
        return np.asarray(self.probabilities.max(axis=1))

    @cached_property
    def wrong(self) -> NDArray[np.bool_]:
        """Whether each answer is wrong, (N,)."""
        return np.asarray(self.predicted != self.labels)

    @cached_property
    def losses(self) -> NDArray[np.float64]:
        """Each answer's cross-entropy in nats, (N,), of the calibrated probabilities."""
        return losses(self.probabilities, self.labels)

    @property
    def errors(self) -> int:
        """How many answers are wrong."""
        return int(self.wrong.sum())

    @property
    def called(self) -> str:
        """Return it as a sentence's subject: "run model-3-fast of model 3", or "the 3 runs together"."""
        if self.members:
            return f"the {len(self.members)} runs together" if self.title == TOGETHER else self.title
        return f"run {self.title} of model {self.model}"


@dataclass(frozen=True, eq=False)
class Comparison:
    """All that were asked, on the same digits.

    Attributes
    ----------
    data
        What they were judged on.
    runs
        Those that answered, in the order in which they were given.
    together
        All of them together; None where fewer than two answered.
    problems
        Sentences about runs that could not be asked, and about what else one should know of them.
    """

    data: EvaluationSet
    runs: tuple[ComparedRun, ...]
    together: ComparedRun | None = None
    problems: tuple[str, ...] = ()

    @property
    def compared_runs(self) -> tuple[ComparedRun, ...]:
        """The runs, then all together."""
        return self.runs if self.together is None else (*self.runs, self.together)

    def find(self, title: str) -> ComparedRun:
        """Return the compared run of that title.

        Raises
        ------
        KeyError
            There is none.
        """
        for compared_run in self.compared_runs:
            if compared_run.title == title:
                return compared_run
        raise KeyError(title)


def compare_runs(
    entries: Sequence[Run | DamagedRun],
    data: EvaluationSet,
    cache: Path,
    *,
    progress: Callable[[str, float], bool] = lambda title, part: True,
) -> Comparison | None:
    """Return what runs say of some digits; None if cancelled. A run that cannot answer leaves a sentence.

    Parameters
    ----------
    cache
        Folder of predictions, see `mnist_gui.analysis.prediction_cache.predictions`.
    progress
        Called with the title of the run that is being asked, and the part of its digits done, 0 to 1; returning False
        cancels. Never called where everything is cached.
    """
    asked: list[ComparedRun] = []
    problems = _same_names(entries)
    for title, entry in zip(titles(entries), entries, strict=True):
        if isinstance(entry, DamagedRun):
            problems.append(f"Run {title} is damaged and left out: {entry.reason}.")
            continue
        if not entry.has_model:
            problems.append(f"Run {title} has no exported model yet and is left out; let it finish an epoch.")
            continue
        try:
            raw = predictions(entry, data, cache, progress=lambda part, title=title: progress(title, part))  # type: ignore[misc]
        except RunError as error:
            problems.append(f"{error} It is left out.")
            continue
        if raw is None:
            return None
        if entry.record.parent and data.name == MY_DIGITS:
            problems.append(f"Run {title} was taught some of these very digits: its accuracy on them flatters it.")
        asked.append(_contender(entry, title, data, raw))
    return Comparison(data, tuple(asked), together(asked) if len(asked) > 1 else None, tuple(problems))


def together(compared_runs: Sequence[ComparedRun], title: str = TOGETHER) -> ComparedRun:
    """Return several runs answering together, as the Draw tab does: by the mean of their calibrated probabilities."""
    return ComparedRun(
        title,
        0,
        compared_runs[0].labels,
        _mean([each.raw for each in compared_runs]),
        _mean([each.probabilities for each in compared_runs]),
        all(each.is_calibrated for each in compared_runs),
        members=tuple(each.title for each in compared_runs),
    )


def titles(entries: Sequence[Run | DamagedRun]) -> list[str]:
    """Return a title for each run: its name, with what tells it apart where another, or all together, have the same."""
    names = Counter([TOGETHER, *(entry.name for entry in entries)])
    return [
        entry.name if names[entry.name] == 1 else f"{entry.name} ({'shipped' if entry.shipped else 'yours'})"
        for entry in entries
    ]


def _same_names(entries: Sequence[Run | DamagedRun]) -> list[str]:
    names = Counter(entry.name for entry in entries)
    return [
        f"Two runs are called {name}: yours is shown as {name} (yours), the one that came with the program as "
        f"{name} (shipped). Rename yours to tell them apart everywhere."
        for name, count in names.items()
        if count > 1
    ]


def _contender(run: Run, title: str, data: EvaluationSet, raw: NDArray[np.float32]) -> ComparedRun:
    temperature = run.record.temperature
    return ComparedRun(title, run.model, data.labels, raw, calibrate(raw, temperature), temperature is not None, run)


def _mean(rows: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.asarray(np.mean(rows, axis=0), np.float32)
