"""Models compared over seeds: runs that differ only in their seed, as mean and standard deviation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from mnist_gui.analysis.comparison import ComparedRun
from mnist_gui.analysis.significance import LEVEL, PairwiseTest, format_p
from mnist_gui.metrics import MeanDifference, holm, welch
from mnist_gui.wording import accuracy_percent, listing, model_title, percentage_points


@dataclass(frozen=True)
class SeedGroup:
    """Runs that differ only in their seed.

    Attributes
    ----------
    model
        1, 2 or 3; 0 for a network of the user's own.
    recipe
        Name of the recipe.
    titles, seeds, accuracies
        Values of each run, ordered by seed; accuracies on the evaluated digits, 0 to 1.
    """

    model: int
    recipe: str
    titles: tuple[str, ...]
    seeds: tuple[int, ...]
    accuracies: tuple[float, ...]

    @property
    def title(self) -> str:
        """Model and recipe: "Model 2, fast"."""
        return f"{model_title(self.model)}, {self.recipe}"

    @property
    def mean(self) -> float:
        """Mean accuracy, 0 to 1."""
        return float(np.mean(self.accuracies))

    @property
    def spread(self) -> float | None:
        """Sample standard deviation of the accuracies; None for a single run."""
        return float(np.std(self.accuracies, ddof=1)) if len(self.accuracies) > 1 else None

    @property
    def summary(self) -> str:
        """The group in words: "Model 2, fast: 99.33 % ± 0.04 over 3 seeds"."""
        mean = f"{self.title}: {accuracy_percent(self.mean)}"
        if self.spread is None:
            return f"{mean}, one seed, so no spread is known"
        return f"{mean} ± {percentage_points(self.spread)} over {len(self.seeds)} seeds"


def seed_groups(compared_runs: Sequence[ComparedRun]) -> list[SeedGroup]:
    """Return the completed runs in groups that differ only in their seed, ordered by model and recipe.

    Only the first of several runs with the same seed counts, and of copies, which have the same weights. Fine-tuned
    runs are left out.
    """
    groups: dict[str, dict[int, ComparedRun]] = {}
    known: set[tuple[str, str]] = set()
    for compared_run in compared_runs:
        run = compared_run.run
        if run is None or run.record.status != "completed" or run.record.parent is not None or run.record.imported:
            continue
        record = run.record
        layers = record.layers if record.model is None else None
        shared = json.dumps([record.model, layers, record.recipe, record.data, record.trainable], sort_keys=True)
        if run.has_model and (shared, run.model_checksum) in known:
            continue
        known.add((shared, run.model_checksum))
        groups.setdefault(shared, {}).setdefault(record.seed, compared_run)
    found = []
    for members in groups.values():
        seeds = tuple(sorted(members))
        runs = [members[seed] for seed in seeds]
        assert runs[0].run is not None
        found.append(
            SeedGroup(
                runs[0].model,
                str(runs[0].run.record.recipe.get("name", "?")),
                tuple(compared.title for compared in runs),
                seeds,
                tuple(1 - compared.errors / len(compared.labels) for compared in runs),
            )
        )
    return sorted(found, key=lambda group: (group.model, group.recipe))


def compare_seeds(groups: Sequence[SeedGroup]) -> list[PairwiseTest]:
    """Return Welch's test of each pair of groups with at least two seeds, the most significant first."""
    pairs = [
        (first, second) if first.mean >= second.mean else (second, first)
        for first, second in combinations([group for group in groups if len(group.seeds) > 1], 2)
    ]
    results = [welch(first.accuracies, second.accuracies) for first, second in pairs]
    adjusted = holm([result.p for result in results])
    found = []
    for (first, second), result, adjusted_p in zip(pairs, results, adjusted, strict=True):
        sentence = _sentence(first, second, result, adjusted_p, len(pairs))
        found.append(PairwiseTest(first.title, second.title, result.p, adjusted_p, sentence))
    return sorted(found, key=lambda test: (test.adjusted_p, test.p))


def seeds_sentence(groups: Sequence[SeedGroup]) -> str:
    """Return a sentence about the groups that have a single seed; empty where there are none."""
    single = [group.title for group in groups if len(group.seeds) == 1]
    if not single:
        return "" if groups else "No completed run was chosen, so nothing can be said about models over seeds."
    which = "Every model" if len(single) == len(groups) else listing(single)
    has = "has" if len(single) in (1, len(groups)) else "have"
    return (
        f"{which} {has} one seed only: whether a difference would survive another seed cannot be said. Train with at "
        "least two more seeds (Advanced, or --seed)."
    )


def _sentence(first: SeedGroup, second: SeedGroup, result: MeanDifference, adjusted_p: float, pairs: int) -> str:
    corrected = f", {format_p(adjusted_p)} corrected for {pairs} pairs" if pairs > 1 else ""
    difference, low, high = map(percentage_points, (result.difference, result.interval.low, result.interval.high))
    start = (
        f"Over {len(first.seeds)} and {len(second.seeds)} seeds, {first.title} is {difference} points above "
        f"{second.title} (95 % interval {low} to {high})"
    )
    if adjusted_p < LEVEL:
        return f"{start}: the difference survives other seeds, {format_p(result.p)}{corrected}."
    return f"{start}: other seeds could turn that round, {format_p(result.p)}{corrected}."
