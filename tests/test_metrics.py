import math
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from mnist_gui.metrics import (
    accuracy,
    confusion_matrix,
    coverage_curve,
    cross_entropy,
    expected_calibration_error,
    holm,
    mcnemar,
    paired_difference_interval,
    reliability_bins,
    welch,
    wilson_interval,
)

LABELS = np.array([0, 1, 2, 2])
PROBABILITIES = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.5, 0.25, 0.25], [0.0, 0.0, 1.0]])


def test_accuracy_is_the_share_of_largest_at_the_label():
    assert accuracy(PROBABILITIES, LABELS) == 0.75


def test_cross_entropy_is_the_mean_of_minus_log_of_the_true():
    expected = -(math.log(0.7) + math.log(0.8) + math.log(0.25) + math.log(1 - 1e-7)) / 4
    assert cross_entropy(PROBABILITIES, LABELS) == pytest.approx(expected, rel=1e-9)


def test_a_zero_at_the_true_label_stays_finite():
    assert cross_entropy(np.array([[0.0, 1.0]]), np.array([0])) == pytest.approx(-math.log(1e-7))


# -- intervals and tests, against published figures, brute force and another part of SciPy


@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    # Newcombe 1998, Statistics in Medicine 17:857, table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_interval_is_the_published_one(right, count, low, high):
    interval = wilson_interval(right, count)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize(("right", "count"), [(9933, 10_000), (0, 1), (1, 1), (10_000, 10_000), (3, 7)])
def test_wilsons_interval_is_that_of_scipys_binomial_test(right, count, level):
    expected = stats.binomtest(right, count).proportion_ci(level, method="wilson")
    interval = wilson_interval(right, count, level)
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert 0 <= interval.low <= right / count <= interval.high <= 1


def test_of_nothing_an_interval_says_nothing():
    assert (wilson_interval(0, 0).low, wilson_interval(0, 0).high) == (0, 1)
    with pytest.raises(ValueError, match="no fraction"):
        wilson_interval(3, 2)


def wrongs(both, first, second, none):
    """Return whether each of two is wrong, for so many questions of each kind."""
    one = [True] * both + [True] * first + [False] * second + [False] * none
    other = [True] * both + [False] * first + [True] * second + [False] * none
    return np.array(one), np.array(other)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        *[(0, 0), (1, 0), (5, 5), (12, 16), (30, 14), (0, 9), (400, 300)],
        pytest.param(5100, 4900, marks=pytest.mark.slow),
    ],
)
def test_mcnemar_is_the_exact_binomial_test(first, second):
    test = mcnemar(*wrongs(7, first, second, 50))
    assert (test.only_first, test.only_second) == (first, second)
    count, least = first + second, min(first, second)
    by_hand = Fraction(sum(math.comb(count, k) for k in range(least + 1)) * 2, 2**count)
    assert test.p == pytest.approx(min(1.0, float(by_hand)), rel=1e-9)
    if count:
        assert test.p == pytest.approx(stats.binomtest(first, count).pvalue, rel=1e-9)


def test_answers_to_other_questions_are_not_compared():
    with pytest.raises(ValueError, match="same questions"):
        mcnemar(np.zeros(3, bool), np.zeros(4, bool))


def test_holm_is_bonferroni_on_every_set_of_pairs():
    """Holm's is the closed test: a pair's p is the largest of all sets it belongs to."""
    p_values = [0.01, 0.04, 0.03, 0.005]
    assert holm(p_values) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    rng = np.random.default_rng(1)
    for values in (rng.random(5) ** 4, np.array([0.2, 0.2, 0.2]), np.array([0.9])):
        sets = [subset for size in range(1, len(values) + 1) for subset in combinations(range(len(values)), size)]
        closed = [
            max(min(1.0, len(subset) * min(values[list(subset)])) for subset in sets if place in subset)
            for place in range(len(values))
        ]
        assert holm(list(values)) == pytest.approx(closed)
    assert holm([]) == []


@pytest.mark.parametrize(
    ("first", "second"), [([0.991, 0.993, 0.992], [0.994, 0.9945, 0.9943, 0.99]), ([1.0, 2.0], [1.4, 1.5])]
)
def test_welch_is_scipys_t_test_of_unequal_variances(first, second):
    expected = stats.ttest_ind(first, second, equal_var=False)
    test, interval = welch(first, second), expected.confidence_interval()
    assert test.p == pytest.approx(expected.pvalue, rel=1e-9)
    assert (test.interval.low, test.interval.high) == pytest.approx((interval.low, interval.high), rel=1e-9)


def test_groups_without_spread_are_said_or_refused():
    assert welch([0.9, 0.9], [0.9, 0.9]).p == 1
    assert welch([0.9, 0.9], [0.8, 0.8]).p == 0
    with pytest.raises(ValueError, match="at least two"):
        welch([0.9], [0.8, 0.7])


# -- confusion, reliability, coverage


def test_a_confusion_matrix_counts_true_rows_and_read_columns():
    predicted, labels = np.array([4, 9, 9, 4, 0]), np.array([4, 4, 9, 4, 9], np.uint8)
    found = confusion_matrix(predicted, labels)
    expected = np.zeros((10, 10), int)
    for true, read_as in zip(labels, predicted, strict=True):
        expected[true, read_as] += 1
    assert (found == expected).all()


def test_the_calibration_error_weighs_each_bin_by_what_falls_into_it():
    # Four answers 0.9 sure of which three are right, and one 0.3 sure that is wrong: 4/5 * 0.15 + 1/5 * 0.3.
    rows = np.array([[0.9, 0.1, 0.0, 0.0]] * 4 + [[0.3, 0.25, 0.25, 0.2]])
    labels = np.array([0, 0, 0, 1, 3])
    bins = reliability_bins(rows, labels, 10)
    assert bins.counts.tolist() == [0, 0, 1, 0, 0, 0, 0, 0, 4, 0]
    assert (bins.accuracy[8], bins.confidence[8]) == pytest.approx((0.75, 0.9))
    assert bins.error == pytest.approx(0.18)
    assert expected_calibration_error(rows, labels, 10) == pytest.approx(0.18)


def test_wholly_sure_answers_are_in_the_last_bin():
    assert reliability_bins(np.array([[1.0, 0.0]]), np.array([0])).counts.tolist() == [0] * 14 + [1]


def test_coverage_refuses_the_least_sure_first_and_equally_sure_ones_together():
    rows = np.array([[0.6, 0.4], [0.9, 0.1], [0.9, 0.1], [0.7, 0.3]])
    curve = coverage_curve(rows, np.array([1, 0, 0, 1]))
    assert curve.coverage.tolist() == [0.5, 0.75, 1.0]
    assert curve.accuracy.tolist() == pytest.approx([1.0, 2 / 3, 0.5])
    assert curve.threshold.tolist() == pytest.approx([0.9, 0.7, 0.6])


@pytest.mark.parametrize(("better", "worse", "count"), [(0.01, 0.01, 100), (0.02, 0.05, 100), (0.3, 0.1, 40)])
def test_the_interval_of_a_paired_difference_covers_it_at_its_level(better, worse, count):
    """The coverage is exact: summed over all outcomes."""
    covered = 0.0
    for gained, lost in ((g, n) for g in range(count + 1) for n in range(count + 1 - g)):
        outcome = [gained, lost, count - gained - lost]
        probability = stats.multinomial.pmf(outcome, count, [better, worse, 1 - better - worse])
        if probability > 1e-12:
            interval = paired_difference_interval(gained, lost, count)
            covered += probability * (interval.low <= better - worse <= interval.high)
    assert 0.94 <= covered <= 1


def test_the_interval_of_a_paired_difference_is_walds_for_many_samples():
    interval = paired_difference_interval(4_000, 6_000, 1_000_000)
    half = 1.959964 * math.sqrt(10_000 - 2_000**2 / 1e6) / 1e6
    assert (interval.low, interval.high) == pytest.approx((-0.002 - half, -0.002 + half), rel=1e-3)
    nothing = paired_difference_interval(0, 0, 10_000)
    assert nothing.low == pytest.approx(-nothing.high) and 0 < nothing.high < 3 / 10_000
