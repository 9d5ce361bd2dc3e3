"""Significance of the difference between two runs, in sentences that name no statistical test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from mnist_gui.analysis.comparison import ComparedRun
from mnist_gui.metrics import McNemar, holm, mcnemar
from mnist_gui.wording import listing, plural

LEVEL = 0.05  # of significance
WEAK_LEVEL = 0.2  # below it, a difference may be chance, but is not called indistinguishable from it
MIN_DIGITS = 1_000  # fewer hardly tell two runs apart whose accuracies differ by a point
CAVEAT = (
    "This concerns these trained runs only: trained again with another seed, each would make somewhat other errors. "
    "Only several seeds of each model speak for the architectures."
)


@dataclass(frozen=True)
class PairwiseTest:
    """Result of a test for the difference between two runs, or between two groups of runs.

    Attributes
    ----------
    first, second
        Their titles; the first is not worse than the second.
    p
        p-value of this pair, 0 to 1.
    adjusted_p
        p-value corrected for the number of pairs (Holm), which decides.
    sentence
        The result.
    explanation
        What the result means, in plain words; may be empty.
    """

    first: str
    second: str
    p: float
    adjusted_p: float
    sentence: str
    explanation: str = ""

    @property
    def is_significant(self) -> bool:
        """Whether the difference is significant among all pairs."""
        return self.adjusted_p < LEVEL


def pairwise_tests(compared_runs: Sequence[ComparedRun]) -> list[PairwiseTest]:
    """Return the exact McNemar test of each pair of runs, the most significant first."""
    pairs = [
        (first, second) if first.errors <= second.errors else (second, first)
        for first, second in combinations(compared_runs, 2)
    ]
    results = [mcnemar(first.wrong, second.wrong) for first, second in pairs]
    adjusted = holm([result.p for result in results])
    found = []
    for (first, second), result, adjusted_p in zip(pairs, results, adjusted, strict=True):
        sentence = _sentence(first, second, result.p, adjusted_p, len(pairs))
        explanation = _explanation(first, second, result, len(pairs))
        found.append(PairwiseTest(first.title, second.title, result.p, adjusted_p, sentence, explanation))
    return sorted(found, key=lambda test: (test.adjusted_p, test.p))


def headline(compared_runs: Sequence[ComparedRun], tests: Sequence[PairwiseTest]) -> str:
    """Return the result of all pairs in one or two sentences.

    Parameters
    ----------
    tests
        The `pairwise_tests` of these runs.
    """
    if not compared_runs:
        return "No run answered; choose at least one that has learnt."
    best = min(compared_runs, key=lambda compared: compared.errors)
    count = f"{len(best.labels):,}"
    if len(compared_runs) == 1:
        return f"{_makes(best)} {plural(best.errors, 'error')} on {count} digits. Choose a second run to compare."
    tied = [compared for compared in compared_runs if compared.errors == best.errors]
    if len(tied) > 1:
        subjects = listing([compared.subject for compared in tied])
        start = f"{_capitalized(subjects)} make equally few errors, {best.errors:,} on {count} digits."
    else:
        start = f"{_makes(best)} the fewest errors, {best.errors:,} on {count} digits."
    titles = {compared.title for compared in tied}
    beaten = {test.second for test in tests if test.first in titles and test.is_significant}
    others = [compared.title for compared in compared_runs if compared.title not in titles]
    level = [title for title in others if title not in beaten]
    too_few = f" {count} digits are too few to tell good runs apart." if len(best.labels) < MIN_DIGITS else ""
    if not others:
        return f"{start} Nothing tells them apart.{too_few}"
    if not level:
        return f"{start} That is fewer than any other makes, by more than chance would bring."
    if len(level) == len(others):
        return f"{start} But no difference to any other is larger than chance would bring.{too_few}"
    its = "Their" if best.members or len(tied) > 1 else "Its"
    return (
        f"{start} {its} lead over {listing(level)} may be mere chance; over the others it is more than chance would "
        "bring."
    )


def format_p(p: float) -> str:
    """Return a p-value as text: "p = 0.72", "p < 0.001"."""
    if p < 0.001:
        return "p < 0.001"
    return f"p = {p:.2f}" if p >= 0.0995 else f"p = {p:.3f}"


def _sentence(first: ComparedRun, second: ComparedRun, p: float, adjusted_p: float, pairs: int) -> str:
    count = f"{len(first.labels):,}"
    corrected = f" ({format_p(adjusted_p)} corrected for {pairs} pairs)" if pairs > 1 else ""
    if first.errors == second.errors:
        both = f"{_capitalized(first.subject)} and {second.subject} make as many errors, {first.errors:,} on {count}"
        return f"{both}; nothing tells them apart, {format_p(p)}."
    start = f"{_makes(first)} {plural(second.errors - first.errors, 'error')} fewer than {second.subject} on {count}"
    if adjusted_p < LEVEL:
        return f"{start}; chance alone would hardly bring that, {format_p(p)}{corrected}."
    if p < LEVEL:
        return f"{start}; among {pairs} pairs chance brings such a one easily, {format_p(p)}{corrected}."
    if p < WEAK_LEVEL:
        return f"{start}; that may be chance, {format_p(p)}{corrected}."
    return f"{start}; that is indistinguishable from chance, {format_p(p)}{corrected}."


def _explanation(first: ComparedRun, second: ComparedRun, result: McNemar, pairs: int) -> str:
    if result.only_first + result.only_second == 0:
        return "They are wrong on the very same digits." if first.errors else "Both read every digit right."
    cases = f"{100 * result.p:.0f} of 100" if result.p >= 0.01 else "fewer than 1 of 100"
    start = f"{plural(result.only_first, 'digit is', 'digits are')} wrong only for {first.title}"
    decides = f" For {pairs} pairs, the corrected p decides." if pairs > 1 else ""
    return (
        f"{start}, {result.only_second} only for {second.title}; the other digits cannot tell them apart. If both were "
        f"equally good, chance alone would bring a difference at least so large in {cases} such comparisons.{decides}"
    )


def _makes(compared_run: ComparedRun) -> str:
    """Return the start of a sentence: "Run a of model 1 makes", "The 3 runs together make"."""
    return f"{_capitalized(compared_run.subject)} {'make' if compared_run.members else 'makes'}"


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]
