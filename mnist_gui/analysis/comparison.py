"""Runs compared on the same digits, each alone and all as an ensemble."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_gui.analysis.evaluation_data import EvaluationSet
from mnist_gui.analysis.prediction_cache import predictions
from mnist_gui.digits.dataset import CLASSES
from mnist_gui.digits.own_data import MY_DIGITS, was_trained_on
from mnist_gui.metrics import confusion_matrix, losses
from mnist_gui.models.inference.calibration import calibrate
from mnist_gui.models.inference.ensemble import EnsembleWeights, ensemble_weights, held_out_predictions
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import DamagedRun, Run
from mnist_gui.runs.run_names import run_title

TOGETHER = "Together"  # title of the ensemble of all runs


@dataclass(frozen=True, eq=False)
class ComparedRun:
    """Predictions of one run, or of an ensemble of runs, for the digits of an evaluation set.

    Attributes
    ----------
    title
        Name that is shown; unique within a comparison.
    model
        1, 2 or 3; 0 for an ensemble and for another network.
    labels
        (N,) true digits.
    raw
        (N, 10) uncalibrated probabilities; the weighted mean of those of the members for an ensemble.
    probabilities
        (N, 10) probabilities as in the Draw tab: calibrated ones. Equal to `raw` for a run without calibration, and for
        an ensemble.
    is_calibrated
        Whether `probabilities` were calibrated; False for an ensemble.
    run
        None for an ensemble.
    members
        Titles of the runs of an ensemble; empty for a run.
    weights
        Weights of the members; None for a run.
    """

    title: str
    model: int
    labels: NDArray[np.integer]
    raw: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    is_calibrated: bool
    run: Run | None = None
    members: tuple[str, ...] = ()
    weights: EnsembleWeights | None = None

    @cached_property
    def predicted(self) -> NDArray[np.intp]:
        """Predicted digits, (N,)."""
        return np.asarray(self.probabilities.argmax(axis=1))

    @cached_property
    def confidence(self) -> NDArray[np.float32]:
        """Calibrated probabilities of the predicted digits, (N,), 0 to 1."""
        return np.asarray(self.probabilities.max(axis=1))

    @cached_property
    def wrong(self) -> NDArray[np.bool_]:
        """Whether each prediction is wrong, (N,)."""
        return np.asarray(self.predicted != self.labels)

    @cached_property
    def losses(self) -> NDArray[np.float64]:
        """Cross-entropy of each prediction, as in the Draw tab, in nats, (N,)."""
        return losses(self.probabilities, self.labels)

    @cached_property
    def confusion_matrix(self) -> NDArray[np.int64]:
        """Count of each true digit (row) predicted as each digit (column), (10, 10)."""
        return confusion_matrix(self.predicted, self.labels, CLASSES)

    @property
    def weighting(self) -> str:
        """Sentence about the weights of the members of an ensemble; empty for a run."""
        return self.weights.sentence(self.members) if self.weights else ""

    @property
    def errors(self) -> int:
        """Number of wrong predictions."""
        return int(self.wrong.sum())

    @property
    def subject(self) -> str:
        """The subject of a sentence: "run model-3-fast of model 3", or "the 3 runs together"."""
        if self.members:
            return f"the {len(self.members)} runs together" if self.title == TOGETHER else self.title
        return f"run {self.title} of model {self.model}" if self.model else f"run {self.title}"


@dataclass(frozen=True, eq=False)
class Comparison:
    """Runs compared on one evaluation set.

    Attributes
    ----------
    data
        The evaluation set.
    runs
        The runs that could be evaluated, in the order given.
    ensemble
        All of them together; None for fewer than two.
    problems
        Sentences about runs that could not be evaluated, and remarks on the others.
    """

    data: EvaluationSet
    runs: tuple[ComparedRun, ...]
    ensemble: ComparedRun | None = None
    problems: tuple[str, ...] = ()

    @property
    def compared_runs(self) -> tuple[ComparedRun, ...]:
        """The runs, followed by the ensemble."""
        return self.runs if self.ensemble is None else (*self.runs, self.ensemble)

    def find(self, title: str) -> ComparedRun:
        """Return the compared run of a title.

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
    progress: Callable[[str, float], bool] = lambda title, fraction: True,
) -> Comparison | None:
    """Return the comparison of runs on an evaluation set; None if cancelled.

    A run that cannot be evaluated is left out and adds a sentence to the problems.

    Parameters
    ----------
    cache
        Folder of predictions, see `mnist_gui.analysis.prediction_cache.predictions`.
    progress
        Called with the title of the run that is evaluated and the fraction of digits done, 0 to 1; returning False
        cancels. It is not called for cached predictions.
    """
    evaluated: list[ComparedRun] = []
    problems = _name_clashes(entries)
    for title, entry in zip(run_titles(entries), entries, strict=True):
        if isinstance(entry, DamagedRun):
            problems.append(f"Run {title} cannot be used and is left out: {entry.reason}.")
            continue
        if not entry.has_model:
            problems.append(f"Run {title} has no exported model yet and is left out; let it finish an epoch.")
            continue
        try:
            raw = predictions(entry, data, cache, progress=lambda fraction, title=title: progress(title, fraction))  # type: ignore[misc]
        except RunError as error:
            problems.append(f"{error} It is left out.")
            continue
        if raw is None:
            return None
        temperature = entry.record.temperature
        if entry.record.parent and data.name == MY_DIGITS:
            problems.append(f"Run {title} was taught some of these very digits: its accuracy on them flatters it.")
        elif was_trained_on(entry.record.data["name"], data.name):
            problems.append(f"Run {title} was trained on these very digits: its accuracy on them flatters it.")
        evaluated.append(
            ComparedRun(
                title, entry.model, data.labels, raw, calibrate(raw, temperature), temperature is not None, entry
            )
        )
    return Comparison(data, tuple(evaluated), ensemble(evaluated) if len(evaluated) > 1 else None, tuple(problems))


def ensemble(compared_runs: Sequence[ComparedRun], title: str = TOGETHER) -> ComparedRun:
    """Return the ensemble of runs, which predicts by the weighted mean of their raw probabilities, as the Draw tab."""
    runs = [compared.run for compared in compared_runs]
    weights = ensemble_weights([None if run is None else held_out_predictions(run) for run in runs])
    mean = weights.mean([compared.raw for compared in compared_runs])
    members = tuple(compared.title for compared in compared_runs)
    return ComparedRun(
        title, 0, compared_runs[0].labels, mean, mean, is_calibrated=False, members=members, weights=weights
    )


def run_titles(entries: Sequence[Run | DamagedRun]) -> list[str]:
    """Return a unique title for each run: what the window calls it.

    A title that the user gave is followed by the run's name where another run or the ensemble has it too. Where another
    run or the ensemble has that name, its origin is added; to a run that was taught when others were, its model. Those
    of one model are called by their names.
    """
    names = Counter([TOGETHER, *(entry.name for entry in entries)])
    titles = [
        entry.name if names[entry.name] == 1 else f"{entry.name} ({'shipped' if entry.shipped else 'yours'})"
        for entry in entries
    ]
    short = [run_title(title) for title in titles]
    with_model = [
        f"{title}, model {entry.model}" if isinstance(entry, Run) and short.count(title) > 1 else title
        for title, entry in zip(short, entries, strict=True)
    ]
    named = [title if with_model.count(title) == 1 else name for title, name in zip(with_model, titles, strict=True)]
    own = [entry.record.title if isinstance(entry, Run) else "" for entry in entries]
    taken = Counter([TOGETHER, *(title or name for title, name in zip(own, named, strict=True))])
    return [
        name if not title else title if taken[title] == 1 else f"{title} ({name})"
        for title, name in zip(own, named, strict=True)
    ]


def _name_clashes(entries: Sequence[Run | DamagedRun]) -> list[str]:
    names = Counter(entry.name for entry in entries)
    return [
        f"Two runs are called {name}: yours is shown as {name} (yours), the one that came with the program as "
        f"{name} (shipped). Rename yours to tell them apart everywhere."
        for name, count in names.items()
        if count > 1
    ]
