"""Metrics: accuracy, loss, confusion matrix, intervals, tests and calibration error, from arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Keras clips probabilities here before it takes their logarithm.
EPSILON = 1e-7


def accuracy(probabilities: NDArray[np.floating[Any]], labels: NDArray[np.integer[Any]]) -> float:
    """Return the fraction of rows, 0 to 1, whose largest probability is at the true label.

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
    """Return the mean difference between confidence and accuracy, 0 to 1, over equally wide bins of confidence.

    Bins are weighted by their number of rows (Naeini et al. 2015; 15 bins as in Guo et al. 2017).

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
    """Return the count of each true class (row) predicted as each class (column): (classes, classes)."""
    cells = labels.astype(np.intp) * classes + predicted
    return np.bincount(cells, minlength=classes * classes).astype(np.int64).reshape(classes, classes)


# -- intervals and tests; SciPy, which takes 0.2 s to import, is used for Student's distribution only


@dataclass(frozen=True)
class Interval:
    """A confidence interval.

    Attributes
    ----------
    low, high
        In the unit of the value.
    """

    low: float
    high: float


def wilson_interval(right: int, count: int, level: float = 0.95) -> Interval:
    """Return the Wilson score interval of a fraction (Wilson 1927; recommended by Brown, Cai and DasGupta 2001).

    Parameters
    ----------
    right, count
        Numerator and denominator of the fraction; count 0 gives the interval from 0 to 1.
    level
        The interval's confidence, between 0 and 1.

    Raises
    ------
    ValueError
        `right` is negative or larger than `count`.
    """
    if not 0 <= right <= count:
        raise ValueError(f"{right} of {count} is no fraction; give 0 <= right <= count.")
    if count == 0:
        return Interval(0.0, 1.0)
    z = _normal_quantile(0.5 + level / 2)
    fraction, spread = right / count, z * z / count
    middle = (fraction + spread / 2) / (1 + spread)
    half = z * math.sqrt(fraction * (1 - fraction) / count + spread / (4 * count)) / (1 + spread)
    # Exact at both ends, in spite of rounding.
    return Interval(0.0 if right == 0 else middle - half, 1.0 if right == count else middle + half)


@dataclass(frozen=True)
class McNemar:
    """Result of McNemar's test of two classifiers on the same samples (McNemar 1947).

    Attributes
    ----------
    only_first, only_second
        Number of samples that only the first or only the second classifier gets wrong.
    p
        Probability of a difference at least as large between equally good classifiers, by the exact two-sided binomial
        test.
    """

    only_first: int
    only_second: int
    p: float


def mcnemar(first_wrong: NDArray[np.bool_], second_wrong: NDArray[np.bool_]) -> McNemar:
    """Return the exact McNemar test of two classifiers, from (N,) booleans: whether each was wrong on each sample.

    Raises
    ------
    ValueError
        The shapes differ.
    """
    if first_wrong.shape != second_wrong.shape:
        raise ValueError(f"{first_wrong.shape} and {second_wrong.shape} are not answers to the same questions.")
    only_first = int((first_wrong & ~second_wrong).sum())
    only_second = int((second_wrong & ~first_wrong).sum())
    return McNemar(only_first, only_second, _even_odds(only_first, only_second))


def paired_difference_interval(only_first: int, only_second: int, count: int, level: float = 0.95) -> Interval:
    """Return the interval of the difference of two accuracies on the same samples (Agresti and Min 2005).

    It is Wald's with half a sample added to each of the four cells.

    Parameters
    ----------
    only_first, only_second
        Number of samples that only the first or only the second classifier gets wrong.
    count
        Number of all samples, at least 1.
    level
        The interval's confidence, between 0 and 1.

    Returns
    -------
    Interval
        Accuracy of the second minus that of the first, within [-1, 1].
    """
    worse, better, total = only_second + 0.5, only_first + 0.5, count + 2
    difference = (better - worse) / total
    z = _normal_quantile(0.5 + level / 2)
    half = z * math.sqrt((better + worse) / total - difference**2) / math.sqrt(total)
    return Interval(max(difference - half, -1.0), min(difference + half, 1.0))


def _even_odds(first: int, second: int) -> float:
    """Return the p-value of the exact two-sided binomial test of two counts with equal probabilities."""
    count, cases, term = first + second, 0, 1
    for index in range(min(first, second) + 1):  # integers, so that only the result is rounded
        cases += term
        term = term * (count - index) // (index + 1)
    return min(1.0, 2 * cases / (1 << count))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number, in their order (Holm 1979).

    The probability that any of the corrected values is below a level by chance is at most that level.
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted


@dataclass(frozen=True)
class VariancePart:
    """A part of a variance, and the degrees of freedom with which it is known."""

    variance: float
    freedom: float


@dataclass(frozen=True)
class MeanDifference:
    """Test of the difference of two means.

    Attributes
    ----------
    difference
        Mean of the first group minus that of the second.
    interval
        95 % interval of the difference.
    p
        Two-sided p-value of no difference.
    """

    difference: float
    interval: Interval
    p: float


def t_test(difference: float, parts: Sequence[VariancePart]) -> MeanDifference:
    """Return the t-test of a difference whose variance is the sum of independently estimated parts."""
    from scipy.special import stdtr, stdtrit

    variance = sum(part.variance for part in parts)
    if variance == 0:
        return MeanDifference(difference, Interval(difference, difference), 1.0 if difference == 0 else 0.0)
    freedom, error = satterthwaite_freedom(parts), math.sqrt(variance)
    half = float(stdtrit(freedom, 0.975)) * error
    p = 2 * float(stdtr(freedom, -abs(difference) / error))
    return MeanDifference(difference, Interval(difference - half, difference + half), p)


def satterthwaite_freedom(parts: Sequence[VariancePart]) -> float:
    """Return the degrees of freedom of a sum of variances, which is above 0 (Satterthwaite 1946)."""
    total = sum(part.variance for part in parts)
    return total**2 / sum(part.variance**2 / part.freedom for part in parts)


def welch(first: Sequence[float], second: Sequence[float]) -> MeanDifference:
    """Return Welch's test (1947) of two groups of at least two values each, whose variances may differ.

    Raises
    ------
    ValueError
        A group has fewer than two values.
    """
    if min(len(first), len(second)) < 2:
        raise ValueError(f"groups of {len(first)} and {len(second)} have no spread; give at least two values each.")
    parts = [VariancePart(float(np.var(group, ddof=1)) / len(group), len(group) - 1) for group in (first, second)]
    return t_test(float(np.mean(first)) - float(np.mean(second)), parts)


# -- confidence


@dataclass(frozen=True, eq=False)
class ReliabilityBins:
    """Accuracy by confidence, in equally wide bins from 0 to 1; (bins,) each.

    Attributes
    ----------
    counts
        Number of predictions in each bin.
    confidence, accuracy
        Their mean confidence and their accuracy; NaN in an empty bin.
    """

    counts: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]

    @property
    def error(self) -> float:
        """Expected calibration error, 0 to 1; see `expected_calibration_error`."""
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
        means = [np.bincount(bin_of, weights=values, minlength=bins) / counts for values in (confidence, right)]
    return ReliabilityBins(counts.astype(np.int64), means[0], means[1])


def _bin_of(confidence: NDArray[np.float64], bins: int) -> NDArray[np.intp]:
    """Return the bin of each confidence; a bin includes its upper edge."""
    return np.clip(np.ceil(confidence * bins).astype(np.intp) - 1, 0, bins - 1)


@dataclass(frozen=True, eq=False)
class CoverageCurve:
    """Accuracy against coverage, when the least confident predictions are refused; (K,) each, by rising coverage.

    Attributes
    ----------
    coverage
        Fraction of the predictions that is accepted, above 0, up to 1.
    accuracy
        Accuracy of the accepted predictions.
    threshold
        Least confidence of an accepted prediction.
    """

    coverage: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    threshold: NDArray[np.float64]


def coverage_curve(probabilities: NDArray[np.floating[Any]], labels: NDArray[np.integer[Any]]) -> CoverageCurve:
    """Return accuracy against coverage (El-Yaniv and Wiener 2010) of (N, classes) probabilities; N at least 1.

    There is a point for each confidence that occurs: predictions of equal confidence are refused together.
    """
    confidence = probabilities.max(axis=1)
    order = np.argsort(-confidence, kind="stable")
    right = np.cumsum((probabilities.argmax(axis=1) == labels)[order])
    confidence = confidence[order].astype(np.float64)
    last = np.append(np.flatnonzero(np.diff(confidence)), len(confidence) - 1)
    answered = last + 1
    return CoverageCurve(answered / len(confidence), right[last] / answered, confidence[last])


def _normal_quantile(probability: float) -> float:
    from statistics import NormalDist  # launching does not wait for it

    return NormalDist().inv_cdf(probability)
