"""Models rather than runs: several runs of one model by one recipe as mean and spread, compared over their seeds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from mnist_gui.analysis.comparison import ComparedRun
from mnist_gui.analysis.significance import LEVEL, p_words
from mnist_gui.metrics import Interval, Welch, holm, welch
from mnist_gui.runs.run import Run


@dataclass(frozen=True)
class SeedGroup:
    """Runs that differ in nothing but their seed.

    Attributes
    ----------
    model
        1, 2 or 3.
    recipe
        Its name.
    titles, seeds, accuracies
        Of each run, ordered by seed; accuracies on the judged digits, 0 to 1.
    """

    model: int
    recipe: str
    titles: tuple[str, ...]
    seeds: tuple[int, ...]
    accuracies: tuple[float, ...]

    @property
    def title(self) -> str:
        """Return "Model 2, fast"."""
        return f"Model {self.model}, {self.recipe}"

    @property
    def mean(self) -> float:
        """Return the mean accuracy, 0 to 1."""
        return float(np.mean(self.accuracies))

    @property
    def spread(self) -> float | None:
        """Return the sample standard deviation of the accuracies; None of a single run."""
        return float(np.std(self.accuracies, ddof=1)) if len(self.accuracies) > 1 else None

    @property
    def words(self) -> str:
        """Return the group as a line: "Model 2, fast: 99.33 % ± 0.04 over 3 seeds"."""
        if self.spread is None:
            return f"{self.title}: {100 * self.mean:.2f} %, one seed, so no spread is known"
        return f"{self.title}: {100 * self.mean:.2f} % ± {100 * self.spread:.2f} over {len(self.seeds)} seeds"


@dataclass(frozen=True)
class SeedVerdict:
    """Two models compared over the seeds of their runs by Welch's test.

    Attributes
    ----------
    first, second
        Titles of the groups; the first has the higher mean.
    difference
        Of the mean accuracies, 0 to 1.
    interval
        95 % interval of it.
    p, adjusted
        Of this pair alone, and corrected for the number of pairs (Holm).
    sentence
        The outcome in words.
    """

    first: str
    second: str
    difference: float
    interval: Interval
    p: float
    adjusted: float
    sentence: str

    @property
    def survives(self) -> bool:
        """Return whether the difference is larger than seeds alone would bring."""
        return self.adjusted < LEVEL


def seed_groups(compared_runs: Sequence[ComparedRun]) -> list[SeedGroup]:
    """Return the completed runs in groups that differ in their seed only, in the order of their models.

    Two runs of the same seed are the same run twice, and only the first counts. What was taught, or began with another
    run's weights, stands for no recipe and is left out.
    """
    groups: dict[str, dict[int, ComparedRun]] = {}
    for compared_run in compared_runs:
        run = compared_run.run
        if run is None or run.record.status != "completed" or run.record.parent is not None:
            continue
        groups.setdefault(_kind(run), {}).setdefault(run.record.seed, compared_run)
    found = [_group([members[seed] for seed in sorted(members)]) for members in groups.values()]
    return sorted(found, key=lambda group: (group.model, group.recipe))


def compare_seeds(groups: Sequence[SeedGroup]) -> list[SeedVerdict]:
    """Return for each pair of groups whether their difference survives other seeds, the surest first.

    Groups of one seed have no spread and are left out; `seeds_sentence` says so.
    """
    pairs = [
        (first, second) if first.mean >= second.mean else (second, first)
        for first, second in combinations([group for group in groups if len(group.seeds) > 1], 2)
    ]
    tests = [welch(first.accuracies, second.accuracies) for first, second in pairs]
    corrected = holm([test.p for test in tests])
    found = [
        SeedVerdict(
            first.title,
            second.title,
            test.difference,
            test.interval,
            test.p,
            adjusted,
            _sentence(first, second, test, adjusted, len(pairs)),
        )
        for (first, second), test, adjusted in zip(pairs, tests, corrected, strict=True)
    ]
    return sorted(found, key=lambda verdict: (verdict.adjusted, verdict.p))


def seeds_sentence(groups: Sequence[SeedGroup]) -> str:
    """Return what cannot be said because a model was trained with one seed only; empty where nothing is missing."""
    single = [group.title for group in groups if len(group.seeds) == 1]
    if not single:
        return "" if groups else "No completed run was chosen, so nothing can be said about models over seeds."
    which = "Every model" if len(single) == len(groups) else "; ".join(single)
    has = "has" if len(single) in (1, len(groups)) else "have"
    return (
        f"{which} {has} one seed only: whether a difference would survive another seed cannot be said. Train with at "
        "least two more seeds (Advanced, or --seed)."
    )


def _kind(run: Run) -> str:
    """Return what two runs have in common that differ in their seed only."""
    record = run.record
    return json.dumps([record.model, record.recipe, record.data, record.trainable], sort_keys=True)


def _group(members: Sequence[ComparedRun]) -> SeedGroup:
    runs = [each.run for each in members if each.run is not None]
    return SeedGroup(
        members[0].model,
        str(runs[0].record.recipe.get("name", "?")),
        tuple(each.title for each in members),
        tuple(run.record.seed for run in runs),
        tuple(1 - each.errors / len(each.labels) for each in members),
    )


def _points(share: float) -> str:
    return f"{100 * share:.2f}"


def _sentence(first: SeedGroup, second: SeedGroup, test: Welch, adjusted: float, pairs: int) -> str:
    corrected = f", {p_words(adjusted)} corrected for {pairs} pairs" if pairs > 1 else ""
    start = (
        f"Over {len(first.seeds)} and {len(second.seeds)} seeds, {first.title} is {_points(test.difference)} points "
        f"above {second.title} (95 % interval {_points(test.interval.low)} to {_points(test.interval.high)})"
    )
    if adjusted < LEVEL:
        return f"{start}: the difference survives other seeds, {p_words(test.p)}{corrected}."
    return f"{start}: other seeds could turn that round, {p_words(test.p)}{corrected}."
