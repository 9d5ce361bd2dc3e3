"""Which of two runs is better, said so that nobody needs to know a test's name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from mnist_gui.analysis.comparison import ComparedRun
from mnist_gui.metrics import holm, mcnemar

LEVEL = 0.05  # a difference counts as one where chance alone would bring it in fewer cases than this
CAVEAT = (
    "This concerns these trained runs only: trained again with another seed, each would make somewhat other errors. "
    "Only several seeds of each model speak for the architectures."
)


@dataclass(frozen=True)
class Verdict:
    """Two compared runs compared on the same digits by the exact McNemar test.

    Attributes
    ----------
    first, second
        Their titles; the first makes fewer errors, or as many.
    errors
        Of both, of `count` digits.
    only_first, only_second
        Digits that only that one got wrong.
    p
        Of this pair alone, 0 to 1.
    adjusted
        Corrected for the number of pairs (Holm); this is the one that decides.
    sentence
        The outcome.
    meaning
        What stands behind it, in plain words.
    """

    first: str
    second: str
    count: int
    errors: tuple[int, int]
    only_first: int
    only_second: int
    p: float
    adjusted: float
    sentence: str
    meaning: str

    @property
    def is_real(self) -> bool:
        """Return whether chance alone would hardly bring this difference, all pairs considered."""
        return self.adjusted < LEVEL


def verdicts(compared_runs: Sequence[ComparedRun]) -> list[Verdict]:
    """Return a verdict for each pair, the surest difference first."""
    pairs = [
        (first, second) if first.errors <= second.errors else (second, first)
        for first, second in combinations(compared_runs, 2)
    ]
    tests = [mcnemar(first.wrong, second.wrong) for first, second in pairs]
    found = []
    for (first, second), test, adjusted in zip(pairs, tests, holm([test.p for test in tests]), strict=True):
        count, errors = len(first.labels), (first.errors, second.errors)
        found.append(
            Verdict(
                first.title,
                second.title,
                count,
                errors,
                test.only_first,
                test.only_second,
                test.p,
                adjusted,
                _sentence(first, second, test.p, adjusted, len(pairs)),
                _meaning(first, second, test.only_first, test.only_second, test.p),
            )
        )
    return sorted(found, key=lambda verdict: (verdict.adjusted, verdict.p))


def headline(compared_runs: Sequence[ComparedRun], found: Sequence[Verdict]) -> str:
    """Return the outcome of all pairs in one or two sentences.

    Parameters
    ----------
    compared_runs
        In any order.
    found
        Their `verdicts`.
    """
    if not compared_runs:
        return "No run answered; choose at least one that has learnt."
    best = min(compared_runs, key=lambda each: each.errors)
    count = f"{len(best.labels):,}"
    if len(compared_runs) == 1:
        return (
            f"{_capital(best.called)} makes {_errors(best.errors)} on {count} digits. Choose a second run to compare."
        )
    tied = [each for each in compared_runs if each.errors == best.errors]
    if len(tied) > 1:
        names = f"{', '.join(each.called for each in tied[:-1])} and {tied[-1].called}"
        start = f"{_capital(names)} make equally few errors, {best.errors} on {count} digits."
    else:
        makes = "make" if best.members else "makes"
        start = f"{_capital(best.called)} {makes} the fewest errors, {best.errors} on {count} digits."
    titles = {each.title for each in tied}
    beaten = {verdict.second for verdict in found if verdict.first in titles and verdict.is_real}
    others = [each for each in compared_runs if each.title not in titles]
    level = [each for each in others if each.title not in beaten]
    if not others:
        return f"{start} Nothing tells them apart."
    if not level:
        return f"{start} That is fewer than any other makes, by more than chance would bring."
    if len(level) == len(others):
        return f"{start} But no difference to any other is larger than chance would bring."
    named = ", ".join(each.title for each in level)
    its = "Their" if best.members or len(tied) > 1 else "Its"
    return f"{start} {its} lead over {named} may be mere chance; over the others it is more than chance would bring."


def p_words(p: float) -> str:
    """Return a p-value for people: "p = 0.72", "p < 0.001"."""
    if p < 0.001:
        return "p < 0.001"
    return f"p = {p:.2f}" if p >= 0.0995 else f"p = {p:.3f}"


def _sentence(first: ComparedRun, second: ComparedRun, p: float, adjusted: float, pairs: int) -> str:
    count = f"{len(first.labels):,}"
    fewer = second.errors - first.errors
    corrected = f" ({p_words(adjusted)} corrected for {pairs} pairs)" if pairs > 1 else ""
    if first.errors == second.errors:
        both = f"{_capital(first.called)} and {second.called} make as many errors, {first.errors} on {count}"
        return f"{both}; nothing tells them apart, {p_words(p)}."
    makes = "make" if first.members else "makes"
    start = f"{_capital(first.called)} {makes} {_errors(fewer)} fewer than {second.called} on {count}"
    if adjusted < LEVEL:
        return f"{start}; chance alone would hardly bring that, {p_words(p)}{corrected}."
    if p < LEVEL:
        return f"{start}; among {pairs} pairs chance brings such a one easily, {p_words(p)}{corrected}."
    return f"{start}; that is indistinguishable from chance, {p_words(p)}{corrected}."


def _meaning(first: ComparedRun, second: ComparedRun, only_first: int, only_second: int, p: float) -> str:
    if only_first + only_second == 0:
        return "They are wrong on the very same digits."
    cases = f"{100 * p:.0f} of 100" if p >= 0.01 else "fewer than 1 of 100"
    start = f"{only_first} {'digit is' if only_first == 1 else 'digits are'} wrong only for {first.title}"
    return (
        f"{start}, {only_second} only for {second.title}; the other digits cannot tell them apart. If both were "
        f"equally good, chance alone would bring a difference at least so large in {cases} such comparisons."
    )


def _errors(count: int) -> str:
    return f"{count:,} error" if count == 1 else f"{count:,} errors"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
