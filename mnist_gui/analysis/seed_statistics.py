"""Statistics of groups of runs that differ in their seed alone: what seeds and test digits together allow to say.

A run's error rate varies for two reasons: another seed gives another run, and other test digits would be easier or
harder. All runs answer the same digits, so that seeds are nested in groups and digits are crossed with all of them. The
variance of a mean, or of the difference of two, is the sum of both parts, estimated by the moments of that two-way
layout with random effects (Searle, Casella and McCulloch 1992; Owen 2007 for many sparse answers), and the degrees of
freedom are Satterthwaite's. `benchmarks/study_intervals.py` measures the coverage.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnist_gui.analysis.significance import LEVEL
from mnist_gui.metrics import Interval, MeanDifference, VariancePart, satterthwaite_freedom, t_test

MAX_SEEDS = 1_000
POWER = 0.8
_NO_LOWER_TAIL = 6.0  # shift from which on fewer than one study in 10^9 finds the difference the wrong way round

Errors = NDArray[np.bool_]


def mean_interval(errors: Errors) -> Interval:
    """Return the 95 % interval of the mean error rate of a group, over other seeds and other test digits.

    Parameters
    ----------
    errors
        (seeds, digits): whether each run misread each digit. At least two seeds.

    Raises
    ------
    ValueError
        There are fewer than two seeds.
    """
    interval = t_test(float(errors.mean()), _parts([errors])).interval
    return Interval(max(interval.low, 0.0), min(interval.high, 1.0))


def compare_means(first: Errors, second: Errors) -> MeanDifference:
    """Compare the mean error rates of two groups over other seeds and other test digits, paired by digits.

    Parameters
    ----------
    first, second
        (seeds, digits): whether each run misread each digit; the same digits, at least two seeds each.

    Raises
    ------
    ValueError
        A group has fewer than two seeds, or the groups answered different numbers of digits.
    """
    return t_test(float(first.mean() - second.mean()), _parts([first, second]))


def seeds_needed(first: Errors, second: Errors, *, power: float = POWER, level: float = LEVEL) -> int | None:
    """Return the number of seeds of each group with which the difference seen would be told apart.

    It is the smallest number for which `compare_means` gives p < `level` in at least `power` of all studies, each with
    other seeds and other digits, if the true difference and variances are those seen; None if 1,000 seeds are not
    enough, because the digits are too few.

    Parameters
    ----------
    first, second
        As in `compare_means`.
    power, level
        0 to 1.

    Raises
    ------
    ValueError
        As `compare_means`.
    """
    *seeds, digits = _parts([first, second])
    single = [part.variance * len(group) for part, group in zip(seeds, (first, second), strict=True)]
    difference = float(first.mean() - second.mean())

    def is_enough(count: int) -> bool:
        return power_of(difference, single, digits, count, level) >= power

    if not is_enough(MAX_SEEDS):
        return None
    low, high = 1, MAX_SEEDS  # of which low is not enough: no test is possible with one seed
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def power_of(
    difference: float, single: Sequence[float], digits: VariancePart, seeds: int, level: float = LEVEL
) -> float:
    """Return the probability of p < `level` with a number of seeds in each group.

    Parameters
    ----------
    difference
        True difference of the error rates.
    single
        Variance of one run's error rate over seeds, of each group.
    digits
        The part of the test digits in the variance of the difference.
    seeds
        In each group, at least 2.
    level
        0 to 1.
    """
    from scipy.special import stdtrit
    from scipy.stats import nct

    parts = [*(VariancePart(variance / seeds, seeds - 1) for variance in single), digits]
    variance = sum(part.variance for part in parts)
    if variance == 0:
        return float(difference != 0)
    freedom = satterthwaite_freedom(parts)
    limit = float(stdtrit(freedom, 1 - level / 2))
    shift = abs(difference) / math.sqrt(variance)
    # SciPy 1.17 has no number for the lower tail of many distributions that are shifted far.
    lower = nct.cdf(-limit, freedom, shift) if shift < _NO_LOWER_TAIL else 0.0
    return float(nct.sf(limit, freedom, shift) + lower)


def _parts(groups: Sequence[Errors]) -> list[VariancePart]:
    """Return the part of each group's seeds in the variance of the difference of means, then that of the digits.

    The variance over seeds of a group's error rates, with the same digits for all, holds what seed and digit do to each
    other; so does the variance over digits. It is counted once.
    """
    digits = groups[0].shape[1]
    for errors in groups:
        if errors.ndim != 2 or errors.shape[0] < 2:
            raise ValueError(f"a group of {len(errors)} run has no spread; give at least two seeds of each group.")
        if errors.shape[1] != digits:
            raise ValueError(f"groups answered {digits:,} and {errors.shape[1]:,} digits; give the same digits to all.")
    parts, both = [], 0.0
    for errors in groups:
        seeds = len(errors)
        parts.append(VariancePart(float(errors.mean(axis=1).var(ddof=1)) / seeds, seeds - 1))
        both += float(errors.var(axis=0, ddof=1).mean()) / seeds / digits
    means = [errors.mean(axis=0) for errors in groups]
    per_digit = means[0] if len(means) == 1 else means[0] - means[1]
    parts.append(VariancePart(max(float(per_digit.var(ddof=1)) / digits - both, 0.0), digits - 1))
    return parts
