"""What a study says: error rates of each group over its seeds, and which groups differ."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_gui.analysis.evaluation_data import EvaluationSet
from mnist_gui.analysis.prediction_cache import predictions
from mnist_gui.analysis.seed_statistics import compare_means, mean_interval, seeds_needed
from mnist_gui.analysis.significance import LEVEL, format_p
from mnist_gui.metrics import Interval, MeanDifference, holm, welch
from mnist_gui.runs.record import EpochMetrics, RunError
from mnist_gui.runs.run import Run
from mnist_gui.studies.plan import Group, PlannedRun
from mnist_gui.studies.study import Study
from mnist_gui.studies.training_curve import TrainingCurve, training_curve
from mnist_gui.wording import accuracy_percent, listing, number_word, percentage_points

Progress = Callable[[str, float], bool]
MIN_CURVE_POINTS = 3
MAX_RIVALS = 2  # named in a sentence


@dataclass(frozen=True, eq=False)
class GroupResult:
    """Results of the completed runs of a group.

    Attributes
    ----------
    group
        The group.
    seeds
        Seeds of the completed runs.
    errors
        (seeds, digits): whether each run misread each digit.
    interval
        95 % interval of the mean error rate over other seeds and other digits; None with fewer than two seeds.
    """

    group: Group
    seeds: tuple[int, ...]
    errors: NDArray[np.bool_]
    interval: Interval | None

    @property
    def error_rates(self) -> NDArray[np.float64]:
        """(seeds,) error rate of each run, 0 to 1."""
        return np.asarray(self.errors.mean(axis=1))

    @property
    def mean(self) -> float:
        """Mean error rate, 0 to 1."""
        return float(self.errors.mean())

    @property
    def spread(self) -> float | None:
        """Sample standard deviation of the error rates over seeds; None with fewer than two."""
        return float(self.error_rates.std(ddof=1)) if len(self.seeds) > 1 else None

    @property
    def summary(self) -> str:
        """The group in words: "Model 2: 99.33 % ± 0.04 over 3 seeds (99.20 to 99.44 %)"."""
        text = f"{self.group.title}: {accuracy_percent(1 - self.mean)}"
        if self.interval is None or self.spread is None:
            return f"{text}, one seed, so no spread is known"
        interval = f"{accuracy_percent(1 - self.interval.high)} to {accuracy_percent(1 - self.interval.low)}"
        return f"{text} ± {percentage_points(self.spread)} over {len(self.seeds)} seeds (95 % interval {interval})"

    def to_json(self) -> dict[str, Any]:
        """Return the values as the command line prints them."""
        return {
            "group": self.group.title,
            "model": self.group.model or None,
            "settings": dict(self.group.settings),
            "seeds": list(self.seeds),
            "error_rates": self.error_rates.tolist(),
            "mean_error_rate": self.mean,
            "standard_deviation": self.spread,
            "interval": None if self.interval is None else [self.interval.low, self.interval.high],
        }


@dataclass(frozen=True)
class PairResult:
    """Comparison of two groups.

    Attributes
    ----------
    better, worse
        Titles of the groups; by the mean error rate.
    test
        Difference of the error rates, worse minus better, over other seeds and other digits.
    adjusted_p, compared
        The p-value corrected for the number of pairs that are compared (Holm 1979), and that number.
    welch
        Welch's test of the error rates alone, for these test digits.
    seeds_needed
        Seeds of each group with which the difference seen, and those that are more certain, would be told apart in 80
        of 100 studies of as many pairs; None if 1,000 are not enough, because the digits are too few.
    """

    better: str
    worse: str
    test: MeanDifference
    adjusted_p: float
    compared: int
    welch: MeanDifference
    seeds_needed: int | None

    @property
    def is_significant(self) -> bool:
        """Whether the groups are told apart."""
        return self.adjusted_p < LEVEL

    @property
    def sentence(self) -> str:
        """The comparison in words."""
        test = self.test
        difference, low, high = map(_in_10_000, (test.difference, test.interval.low, test.interval.high))
        corrected = f" corrected for {self.compared} pairs" if self.compared > 1 else ""
        start = (
            f"{self.better} makes {difference} fewer errors in 10,000 than {self.worse} "
            f"(95 % interval {low} to {high}, {format_p(self.adjusted_p)}{corrected})"
        )
        if self.is_significant:
            return f"{start}: a real difference."
        if self.seeds_needed is None:
            return f"{start}: may be chance; to tell such a difference apart takes more test digits, not only seeds."
        return f"{start}: may be chance; {self.seeds_needed} seeds of each find such a difference in 80 of 100 studies."

    def to_json(self) -> dict[str, Any]:
        """Return the values as the command line prints them."""
        return {
            "better": self.better,
            "worse": self.worse,
            "difference": self.test.difference,
            "interval": [self.test.interval.low, self.test.interval.high],
            "p": self.test.p,
            "adjusted_p": self.adjusted_p,
            "welch_p": self.welch.p,
            "seeds_needed": self.seeds_needed,
        }


@dataclass(frozen=True)
class LearningCurve:
    """Error rate over the number of training frames: a power law, a straight line in logarithms (Hestness et al. 2017).

    Attributes
    ----------
    title
        What the groups have in common.
    model
        1, 2 or 3.
    frames
        Numbers of training frames, ascending.
    error_rates, low, high
        Mean error rate for each, and the bounds of its 95 % interval, which are the rate itself for a single seed.
    exponent
        Slope of the line, negative where more frames help.
    scale
        Error rate of the line at one frame.
    """

    title: str
    model: int
    frames: tuple[int, ...]
    error_rates: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    exponent: float
    scale: float

    def __call__(self, frames: float) -> float:
        """Return the error rate of the line."""
        return float(self.scale * frames**self.exponent)

    @property
    def sentence(self) -> str:
        """The curve in words."""
        return f"{self.title}: twice as many frames leave {100 * 2**self.exponent:.0f} % of the errors."


@dataclass(frozen=True)
class StudyResult:
    """All that a study says so far.

    Attributes
    ----------
    name
        Name of the study.
    title
        What it is called where it is shown.
    training
        How its runs were trained, `StudyPlan.training_text`.
    groups
        Groups with completed runs, in the order of the plan.
    pairs
        Comparisons of groups with at least two seeds, the most significant first.
    curves
        Learning curves, where the number of frames is varied over three values or more.
    trainings
        Curve of the trainings of each group.
    problems
        Sentences about runs that are left out.
    planned, completed
        Numbers of runs; copies are not completed.
    """

    name: str
    title: str
    training: str
    groups: tuple[GroupResult, ...]
    pairs: tuple[PairResult, ...]
    curves: tuple[LearningCurve, ...]
    trainings: tuple[TrainingCurve, ...]
    problems: tuple[str, ...]
    planned: int
    completed: int

    @property
    def headline(self) -> str:
        """The answer in one sentence or two."""
        if not self.pairs:
            return "Nothing can be compared yet: two groups with at least two completed seeds each are needed."
        real = [pair for pair in self.pairs if pair.is_significant]
        if not real and len(self.pairs) == 1:
            return "The difference is not told from chance by these seeds and digits."
        of_all = f"of {number_word(len(self.pairs))} differences"
        if not real:
            return f"None {of_all} is told from chance by these seeds and digits."
        if len(self.pairs) == 1:
            return f"The difference is real. {self._best_sentence}"
        verb = "is" if len(real) == 1 else "are"
        return f"{number_word(len(real)).capitalize()} {of_all} {verb} real. {self._best_sentence}"

    @property
    def _best_sentence(self) -> str:
        best = min((group for group in self.groups if len(group.seeds) > 1), key=lambda group: group.mean).group.title
        rivals = [pair for pair in self.pairs if pair.better == best and not pair.is_significant]
        if not rivals:
            return f"{best} makes the fewest errors."
        others = f"{number_word(len(rivals))} others"
        if len(rivals) <= MAX_RIVALS:
            others = listing([pair.worse for pair in rivals])
        needs_digits = all(pair.seeds_needed is None for pair in rivals)
        known = "takes more test digits to tell" if needs_digits else "is not known yet"
        return f"{best} makes the fewest errors, but whether fewer than {others} {known}."

    def to_json(self) -> dict[str, Any]:
        """Return the values as the command line prints them."""
        return {
            "event": "study_result",
            "study": self.name,
            "title": self.title,
            "training": self.training,
            "planned": self.planned,
            "completed": self.completed,
            "headline": self.headline,
            "groups": [group.to_json() for group in self.groups],
            "pairs": [pair.to_json() for pair in self.pairs],
            "learning_curves": [
                {"group": curve.title, "frames": curve.frames, "error_rates": curve.error_rates,
                 "exponent": curve.exponent, "scale": curve.scale}
                for curve in self.curves
            ],
            "training_curves": [asdict(curve) for curve in self.trainings],
        }  # fmt: skip


def _in_10_000(share: float) -> str:
    errors = 10_000 * share
    return f"{errors:,.0f}" if abs(errors) >= 10 else f"{errors:.1f}"


def compute_result(
    study: Study, found: Mapping[PlannedRun, Run], data: EvaluationSet, cache: Path, *, progress: Progress
) -> StudyResult | None:
    """Return what the completed runs of a study say; None if cancelled.

    Parameters
    ----------
    study
        It may be in training.
    found
        Its runs, see `Study.found_runs`.
    data
        Digits that the runs answer; answers are cached.
    cache
        Folder of the cache.
    progress
        Called with the name of a run and the fraction of its answers; returns whether to go on.
    """
    completed = {
        planned: run
        for planned, run in found.items()
        if run.status == "completed" and (run.has_model or run.has_predictions_only)
    }
    problems = [
        f"{planned.group.title}, seed {planned.seed} diverged and is left out."
        for planned, run in found.items()
        if run.status == "diverged"
    ]
    for planned, original in copied_runs(completed).items():
        name = completed.pop(planned).name
        problems.append(
            f"{planned.group.title}, seed {planned.seed} has the weights of seed {original.seed}, which it was copied "
            f"from: both count once. Delete the run {name} to train this seed."
        )
    members: dict[Group, dict[int, NDArray[np.bool_]]] = {}
    histories: dict[Group, list[Sequence[EpochMetrics]]] = {}
    for planned, run in completed.items():
        try:
            answers = predictions(run, data, cache, progress=partial(progress, run.name))
            history = run.history()
        except RunError as error:
            problems.append(str(error))
            continue
        if answers is None:
            return None
        members.setdefault(planned.group, {})[planned.seed] = answers.argmax(axis=1) != data.labels
        histories.setdefault(planned.group, []).append(history)
    groups = [_group_result(group, members[group]) for group in study.plan.groups() if group in members]
    trainings = [training_curve(result.group.title, histories[result.group]) for result in groups]
    return StudyResult(
        study.plan.name,
        study.plan.shown_name,
        study.plan.training_text,
        tuple(groups),
        tuple(compare_groups(groups)),
        tuple(learning_curves(groups)),
        tuple(curve for curve in trainings if curve is not None),
        tuple(problems),
        study.plan.size,
        len(completed),
    )


def copied_runs(completed: Mapping[PlannedRun, Run]) -> dict[PlannedRun, PlannedRun]:
    """Return the runs that have the weights of an earlier run of their group, which other seeds do not give, and that.

    Runs of other groups may share weights: a patience that was not used up changes nothing.
    """
    first: dict[tuple[Group, str], PlannedRun] = {}
    copies: dict[PlannedRun, PlannedRun] = {}
    for planned, run in completed.items():
        original = first.setdefault((planned.group, run.model_checksum), planned)
        if run.has_model and original is not planned:
            copies[planned] = original
    return copies


def _group_result(group: Group, errors: dict[int, NDArray[np.bool_]]) -> GroupResult:
    seeds = tuple(sorted(errors))
    rows = np.stack([errors[seed] for seed in seeds])
    return GroupResult(group, seeds, rows, mean_interval(rows) if len(seeds) > 1 else None)


def compare_groups(groups: Sequence[GroupResult]) -> list[PairResult]:
    """Compare each pair of groups with at least two seeds; the most significant first."""
    several = [group for group in groups if len(group.seeds) > 1]
    pairs = [
        (first, second) if first.mean <= second.mean else (second, first) for first, second in combinations(several, 2)
    ]
    tests = [compare_means(worse.errors, better.errors) for better, worse in pairs]
    ordered = sorted(zip(pairs, tests, holm([test.p for test in tests]), strict=True), key=lambda found: found[1].p)
    found: list[PairResult] = []
    needed: int | None = 0
    for rank, ((better, worse), test, adjusted_p) in enumerate(ordered):
        # Holm's test of a pair needs that of each more certain pair.
        alone = seeds_needed(worse.errors, better.errors, level=LEVEL / (len(pairs) - rank))
        needed = None if needed is None or alone is None else max(needed, alone)
        plain = welch(worse.error_rates.tolist(), better.error_rates.tolist())
        found.append(PairResult(better.group.title, worse.group.title, test, adjusted_p, len(pairs), plain, needed))
    return found


def learning_curves(groups: Sequence[GroupResult]) -> list[LearningCurve]:
    """Return a curve for each set of groups that differ only in the number of frames, at three numbers at least."""
    series: dict[tuple[object, ...], dict[int, GroupResult]] = {}
    for result in groups:
        settings = dict(result.group.settings)
        frames = settings.pop("frames", None)
        if isinstance(frames, int) and result.mean > 0:  # no logarithm without an error
            series.setdefault((result.group.model, result.group.layers, *settings.items()), {})[frames] = result
    found = []
    for points in series.values():
        if len(points) < MIN_CURVE_POINTS:
            continue
        counts = sorted(points)
        ordered = [points[count] for count in counts]
        rates = [point.mean for point in ordered]
        intervals = [point.interval or Interval(point.mean, point.mean) for point in ordered]
        slope, intercept = np.polyfit(np.log(counts), np.log(rates), 1)
        group = ordered[0].group
        found.append(
            LearningCurve(
                group.without("frames").title,
                group.mark,
                tuple(counts),
                tuple(rates),
                tuple(interval.low for interval in intervals),
                tuple(interval.high for interval in intervals),
                float(slope),
                math.exp(intercept),
            )
        )
    return found
