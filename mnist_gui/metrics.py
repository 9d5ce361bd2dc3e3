"""Accuracy, loss, confusion, intervals, tests and calibration error: arrays in, numbers out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Keras clips probabilities here before it takes their logarithm; the same figure comes out.
EPSILON = 1e-7


def accuracy(probabilities: NDArray[np.floating[Any]], labels: NDArray[np.integer[Any]]) -> float:
    """Return the share of rows, 0 to 1, whose largest probability is at the true label.

    Parameters
    ----------
    probabilities
        (N, classes), rows summing to 1.
    labels
        (N,), 0 to classes - 1.
    """
    return float(np.mean(probabilities.argmax(axis=1) == labels))


def cross_entropy(probabilities: NDArray[np.floating[Any]], labels: NDArray[np.integer[Any]]) -> float:
    """Return the mean categorical cross-entropy in nats, as ``keras.losses.categorical_crossentropy`` does."""
    return float(losses(probabilities, labels).mean())


def expected_calibration_error(
    probabilities: NDArray[np.floating[Any]], labels: NDArray[np.integer[Any]], bins: int = 15
) -> float:
    """Return by how much confidence differs from accuracy, 0 to 1: the mean over equally wide bins of confidence.

    Each bin weighs as many rows as fall into it (Naeini et al. 2015; 15 bins as in Guo et al. 2017).

    Parameters
    ----------
    probabilities
        (N, classes), rows summing to 1; N at least 1.
    labels
        (N,), 0 to classes - 1.
    """
    return reliability_bins(probabilities, labels, bins).error


def losses(probabilities: NDArray[np.floating[Any]], labels: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    """Return each row's cross-entropy in nats, (N,), not negative; `cross_entropy` is their mean."""
    true = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return np.asarray(-np.log(np.clip(true, EPSILON, 1 - EPSILON)))


def confusion_matrix(
    predicted: NDArray[np.integer[Any]], labels: NDArray[np.integer[Any]], classes: int = 10
) -> NDArray[np.int64]:
    """Return how often each true class (row) was answered as each (column): (classes, classes)."""
    cells = labels.astype(np.intp) * classes + predicted
    return np.bincount(cells, minlength=classes * classes).astype(np.int64).reshape(classes, classes)


# -- intervals and tests; SciPy takes a fifth of a second to import, which only Student's distribution is worth


@dataclass(frozen=True)
class Interval:
    """Where a true value plausibly lies.

    Attributes
    ----------
    low, high
        In the unit of the value.
    """

    low: float
    high: float


def wilson_interval(right: int, count: int, level: float = 0.95) -> Interval:
    """Return the Wilson score interval of a share, 0 to 1 (Wilson 1927; recommended by Brown, Cai and DasGupta 2001).

    Parameters
    ----------
    right, count
        So many of so many; count 0 gives 0 to 1, which says nothing.
    level
        The interval's confidence, between 0 and 1.
    """
    if not 0 <= right <= count:
        raise ValueError(f"{right} of {count} is no share; give 0 <= right <= count.")
    if count == 0:
        return Interval(0.0, 1.0)
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share, spread = right / count, z * z / count
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / count + spread / (4 * count)) / (1 + spread)
    # None wrong, or none right, gives exactly the end, whatever rounding says.
    return Interval(0.0 if right == 0 else middle - half, 1.0 if right == count else middle + half)


@dataclass(frozen=True)
class McNemar:
    """Two answerers of the same questions, compared where only one of them is wrong (McNemar 1947).

    Attributes
    ----------
    only_first, only_second
        Questions that only that one answered wrongly.
    p
        Were both equally often wrong, chance alone would bring a difference at least as large with this probability:
        the exact two-sided binomial test.
    """

    only_first: int
    only_second: int
    p: float


def mcnemar(first_wrong: NDArray[np.bool_], second_wrong: NDArray[np.bool_]) -> McNemar:
    """Return the exact McNemar test of two answerers, from (N,) whether each was wrong on the same questions."""
    if first_wrong.shape != second_wrong.shape:
        raise ValueError(f"{first_wrong.shape} and {second_wrong.shape} are not answers to the same questions.")
    only_first = int((first_wrong & ~second_wrong).sum())
    only_second = int((second_wrong & ~first_wrong).sum())
    return McNemar(only_first, only_second, _even_odds(only_first, only_second))


def _even_odds(first: int, second: int) -> float:
    """Return the exact two-sided binomial p of so many one way and so many the other, at even odds."""
    count, cases, term = first + second, 0, 1
    for place in range(min(first, second) + 1):  # in whole numbers, so that nothing is rounded before the end
        cases += term
        term = term * (count - place) // (place + 1)
    return min(1.0, 2 * cases / (1 << count))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number, in their order (Holm 1979).

    Each is raised so that calling those below 0.05 real is wrong for even one of them in at most 5 of 100 cases.
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted


@dataclass(frozen=True)
class Welch:
    """The means of two groups compared (Welch 1947).

    Attributes
    ----------
    difference
        The first's mean less the second's.
    interval
        95 % interval of that difference.
    p
        Two-sided: were the means equal, chance alone would bring such a difference with this probability.
    """

    difference: float
    interval: Interval
    p: float


def welch(first: Sequence[float], second: Sequence[float]) -> Welch:
    """Return Welch's test of two groups of at least two values each, whose spreads may differ.

    Raises
    ------
    ValueError
        A group has fewer than two values.
    """
    if min(len(first), len(second)) < 2:
        raise ValueError(f"groups of {len(first)} and {len(second)} have no spread; give at least two values each.")
    from scipy.special import stdtr, stdtrit

    means, shares = [], []
    for group in (first, second):
        means.append(float(np.mean(group)))
        shares.append(float(np.var(group, ddof=1)) / len(group))
    difference, variance = means[0] - means[1], sum(shares)
    if variance == 0:
        return Welch(difference, Interval(difference, difference), 1.0 if difference == 0 else 0.0)
    # Welch-Satterthwaite
    freedom = variance**2 / (shares[0] ** 2 / (len(first) - 1) + shares[1] ** 2 / (len(second) - 1))
    error = math.sqrt(variance)
    half = float(stdtrit(freedom, 0.975)) * error
    p = 2 * float(stdtr(freedom, -abs(difference) / error))
    return Welch(difference, Interval(difference - half, difference + half), p)


# -- how sure, and how right


@dataclass(frozen=True, eq=False)
class ReliabilityBins:
    """How right answers were, by how sure they were; (bins,) each, equally wide, from 0 to 1.

    Attributes
    ----------
    counts
        Answers in each bin.
    confidence, accuracy
        Their mean confidence, and the share that was right; NaN in an empty bin.
    """

    counts: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]

    @property
    def error(self) -> float:
        """Return the expected calibration error, 0 to 1; see `expected_calibration_error`."""
        filled = self.counts > 0
        apart = np.abs(self.accuracy[filled] - self.confidence[filled])
        return float((apart * self.counts[filled]).sum() / self.counts.sum())


def reliability_bins(
    probabilities: NDArray[np.floating[Any]], labels: NDArray[np.integer[Any]], bins: int = 15
) -> ReliabilityBins:
    """Return the reliability diagram of (N, classes) probabilities (DeGroot and Fienberg 1983); N at least 1."""
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    bin_of = _bin_of(confidence, bins)
    counts = np.bincount(bin_of, minlength=bins)
    with np.errstate(invalid="ignore"):
        means = [np.bincount(bin_of, weights=each, minlength=bins) / counts for each in (confidence, right)]
    return ReliabilityBins(counts.astype(np.int64), means[0], means[1])


def _bin_of(confidence: NDArray[np.float64], bins: int) -> NDArray[np.intp]:
    """Return each one's bin; each bin holds its upper edge, so that 1 is in the last one."""
    return np.clip(np.ceil(confidence * bins).astype(np.intp) - 1, 0, bins - 1)


@dataclass(frozen=True, eq=False)
class CoverageCurve:
    """What is right of what is left, when the least sure answers are refused; (K,) each, the fewest answers first.

    Attributes
    ----------
    coverage
        The share that is answered, above 0 up to 1, rising.
    accuracy
        The share of those that is right.
    threshold
        The least confidence that is answered.
    """

    coverage: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    threshold: NDArray[np.float64]


def coverage_curve(probabilities: NDArray[np.floating[Any]], labels: NDArray[np.integer[Any]]) -> CoverageCurve:
    """Return accuracy against coverage (El-Yaniv and Wiener 2010) of (N, classes) probabilities; N at least 1.

    A point for each confidence that occurs: answers equally sure are refused together.
    """
    confidence = probabilities.max(axis=1)
    order = np.argsort(-confidence, kind="stable")
    right = np.cumsum((probabilities.argmax(axis=1) == labels)[order])
    confidence = confidence[order].astype(np.float64)
    last = np.append(np.flatnonzero(np.diff(confidence)), len(confidence) - 1)
    answered = last + 1
    return CoverageCurve(answered / len(confidence), right[last] / answered, confidence[last])
