import numpy as np
import pytest
from scipy import stats

from mnist_gui.analysis.seed_statistics import compare_means, mean_interval, power_of, seeds_needed
from mnist_gui.metrics import VariancePart

DIGITS = 4_000


def errors_of(rng, seeds, hard=0.02, rate=0.5):
    """A group of runs that misread a share of the digits, the hard ones, in half of the runs each."""
    difficulty = np.where(np.arange(DIGITS) < hard * DIGITS, rate, 0.0)
    return rng.random((seeds, DIGITS)) < difficulty


def test_where_all_digits_are_alike_it_is_welch_s_test():
    rng = np.random.default_rng(3)
    first, second = (rng.random((4, DIGITS)) < rate for rate in (0.02, 0.03))
    found = compare_means(first, second)
    expected = stats.ttest_ind(first.mean(axis=1), second.mean(axis=1), equal_var=False)
    # The part of the digits is estimated as nearly nothing, but not exactly.
    assert found.p == pytest.approx(expected.pvalue, rel=0.5)
    low, high = expected.confidence_interval()
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), rel=0.2)


def test_where_every_seed_gives_the_same_run_it_is_the_paired_test_of_digits():
    """Two networks that misread 30 and 50 of the same digits, whatever the seed: only the digits vary."""
    first, second = (np.tile(np.arange(DIGITS) < count, (3, 1)) for count in (50, 30))
    found = compare_means(first, second)
    expected = stats.ttest_rel(first[0].astype(float), second[0].astype(float))
    assert found.difference == pytest.approx(20 / DIGITS)
    assert found.p == pytest.approx(expected.pvalue)


def test_digits_that_both_groups_misread_do_not_widen_the_interval():
    """Paired by digits: what is hard for both says nothing about their difference."""
    rng = np.random.default_rng(0)
    first, second = errors_of(rng, 4), errors_of(rng, 4)
    both = np.ones((4, 100), bool)
    padded = [np.hstack([errors[:, :-100], both]) for errors in (first, second)]
    alone = compare_means(first, second).interval
    shared = compare_means(*padded).interval
    assert shared.high - shared.low == pytest.approx(alone.high - alone.low, rel=0.05)


def test_the_interval_holds_the_true_difference_in_95_of_100_studies():
    rng = np.random.default_rng(1)
    digits, studies = 1_000, 400
    held = 0
    for _ in range(studies):
        hard = rng.random(digits) < 0.1
        groups = [
            rng.random((3, digits)) < np.where(hard, rate, 0.005) * rng.lognormal(0, 0.1, (3, 1)) for rate in (0.3, 0.5)
        ]
        found = compare_means(*groups)
        true = 0.1 * (0.3 - 0.5) * np.exp(0.1**2 / 2)
        held += found.interval.low <= true <= found.interval.high
    assert 0.92 <= held / studies <= 0.98


def test_an_interval_of_a_group_is_within_what_an_error_rate_can_be():
    errors = np.zeros((2, DIGITS), bool)
    errors[0, :3] = True
    interval = mean_interval(errors)
    assert interval.low == 0.0 < interval.high < 0.05
    assert mean_interval(np.zeros((2, DIGITS), bool)).high == 0.0


def test_the_number_of_seeds_needed_has_the_promised_power():
    first_variance, second_variance, digits = 1e-6, 1.5e-6, VariancePart(1e-7, 9_999.0)
    powers = [power_of(0.0015, [first_variance, second_variance], digits, seeds) for seeds in range(2, 40)]
    assert powers == sorted(powers)
    assert powers[0] < 0.3
    assert powers[-1] > 0.95
    rng = np.random.default_rng(2)
    seeds = 2 + next(index for index, power in enumerate(powers) if power >= 0.8)
    told = 0
    for _ in range(2_000):
        means = rng.normal(0.0015, 1e-7**0.5)
        first = rng.normal(means, first_variance**0.5, seeds)
        second = rng.normal(0, second_variance**0.5, seeds)
        parts = [first.var(ddof=1) / seeds, second.var(ddof=1) / seeds, 1e-7]
        freedom = sum(parts) ** 2 / (parts[0] ** 2 / (seeds - 1) + parts[1] ** 2 / (seeds - 1) + parts[2] ** 2 / 9_999)
        told += abs(first.mean() - second.mean()) > stats.t.ppf(0.975, freedom) * sum(parts) ** 0.5
    assert told / 2_000 == pytest.approx(powers[seeds - 2], abs=0.05)


def test_a_difference_that_is_clear_at_once_has_full_power():
    """Over a wide range of differences the power only grows with them; SciPy's own lower tail is NaN for many."""
    digits = VariancePart(1e-7, 9_999.0)
    for seeds in (2, 3, 9, 50):
        powers = [power_of(difference, [2e-5, 3e-5], digits, seeds) for difference in np.linspace(0, 0.3, 400)]
        assert np.isfinite(powers).all()
        assert (np.diff(powers) > -1e-9).all()
        assert powers[0] == pytest.approx(0.05)
        assert powers[-1] > 0.999


def test_few_seeds_are_enough_for_a_large_difference_between_unsteady_networks():
    rng = np.random.default_rng(8)
    first, second = (rng.random((3, DIGITS)) < np.array(rates)[:, None] for rates in ([0.5, 0.4, 0.6], [0.4, 0.3, 0.5]))
    needed = seeds_needed(first, second)
    assert needed is not None
    assert 10 < needed < 40


def test_too_few_digits_are_not_mended_by_seeds():
    """One digit of difference between two networks that always give the same answers."""
    first, second = (np.tile(np.arange(DIGITS) < count, (3, 1)) for count in (31, 30))
    assert seeds_needed(first, second) is None
    assert seeds_needed(np.tile(np.arange(DIGITS) < 60, (3, 1)), second) == 2


@pytest.mark.parametrize(
    ("shapes", "message"),
    [(((1, 50), (3, 50)), "at least two seeds"), (((2, 50), (2, 60)), "the same digits")],
)
def test_groups_that_cannot_be_compared_are_named(shapes, message):
    with pytest.raises(ValueError, match=message):
        compare_means(*(np.zeros(shape, bool) for shape in shapes))
