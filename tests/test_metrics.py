import math

import numpy as np
import pytest

from mnist_gui.metrics import accuracy, cross_entropy

LABELS = np.array([0, 1, 2, 2])
PROBABILITIES = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.5, 0.25, 0.25], [0.0, 0.0, 1.0]])


def test_accuracy_is_the_share_of_largest_at_the_label():
    assert accuracy(PROBABILITIES, LABELS) == 0.75


def test_cross_entropy_is_the_mean_of_minus_log_of_the_true():
    expected = -(math.log(0.7) + math.log(0.8) + math.log(0.25) + math.log(1 - 1e-7)) / 4
    assert cross_entropy(PROBABILITIES, LABELS) == pytest.approx(expected, rel=1e-9)


def test_a_zero_at_the_true_label_stays_finite():
    assert cross_entropy(np.array([[0.0, 1.0]]), np.array([0])) == pytest.approx(-math.log(1e-7))
