"""Statistics of grey levels."""

import numpy as np
import pytest

from mnist_gui.digits.grey_levels import border, corner_levels, noise_deviation, otsu_threshold


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_the_threshold_lies_between_two_shades_whatever_their_shares(share):
    rng = np.random.default_rng(0)
    dark = rng.random(10_000) < share
    levels = np.where(dark, 60, 200) + rng.normal(0, 8, 10_000)
    assert 80 < otsu_threshold(levels) < 180


def test_the_threshold_maximizes_the_variance_between_both_classes():
    levels = np.random.default_rng(1).gamma(2, 40, 5_000)

    def variance(threshold):
        below = levels <= threshold
        return below.mean() * (~below).mean() * (levels[below].mean() - levels[~below].mean()) ** 2

    best = max(variance(threshold) for threshold in np.linspace(levels.min() + 1, levels.max() - 1, 1_000))
    assert variance(otsu_threshold(levels)) == pytest.approx(best, rel=0.005)


def test_the_deviation_is_that_of_normal_noise_and_ignores_a_few_strong_values():
    noise = np.random.default_rng(0).normal(0, 3, 100_000)
    noise[:2_000] = 200
    assert noise_deviation(noise) == pytest.approx(3, rel=0.05)
    assert noise_deviation(noise[:0]) == 0


def test_border_and_corners_are_those_of_the_picture():
    levels = np.full((40, 60), 9, np.float32)
    levels[1:-1, 1:-1] = 5
    levels[:4, -6:] = 1
    assert set(border(levels)) == {1, 9}
    assert corner_levels(levels)[1] == 1
    assert len(border(levels)) == 2 * (40 + 60)
