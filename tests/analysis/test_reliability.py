import numpy as np
import pytest

from mnist_gui.analysis.comparison import ensemble
from mnist_gui.analysis.reliability import coverage, coverage_sentence, reliability
from mnist_gui.metrics import expected_calibration_error
from tests.comparison_data import compared_run


def test_the_diagram_is_calibrated_with_raw_beside():
    labels = np.array([0] * 8 + [1, 2])
    found = compared_run("a", 1, [0] * 10, labels, 0.8)
    diagram = reliability(found)
    assert diagram.bins.error == pytest.approx(0, abs=1e-6)
    assert diagram.bins.counts.sum() == 10
    assert "80.00 % sure and 80.00 % right" in diagram.sentence
    assert "not calibrated" in diagram.sentence
    assert diagram.bins.error == pytest.approx(expected_calibration_error(found.probabilities, labels), abs=1e-12)


def test_together_is_not_called_uncalibrated():
    runs = [compared_run("a", 1, [0, 1], [0, 1]), compared_run("b", 2, [0, 1], [0, 1])]
    sentence = reliability(ensemble(runs)).sentence
    assert sentence.endswith("points.")
    assert "not calibrated" not in sentence


def test_no_confidence_is_called_certain_and_no_share_is_in_scientific_notation():
    sure = compared_run("a", 1, [0, 1], [0, 1], 1.0)
    assert ">99.99 % sure and 100.00 % right" in reliability(sure).sentence
    labels = np.zeros(1000, int)
    first = compared_run("a", 1, labels, labels, np.append(0.9, np.full(999, 0.5)))
    assert "refusing the 99.9\u00a0% of which" in coverage_sentence(first, 0.999)
    assert "e+" not in coverage_sentence(first, 0.5)


def test_refusing_the_unsure_leaves_fewer_errors():
    labels = np.zeros(100, int)
    predicted, confidence = np.zeros(100, int), np.linspace(0.5, 0.99, 100)
    predicted[[0, 1, 50]] = 1
    found = compared_run("a", 1, predicted, labels, confidence)
    assert (
        coverage_sentence(found, 0.02) == "a: refusing the 2\u00a0% of which it is least sure leaves 1 of its 3 errors."
    )
    curve = coverage(found)
    assert curve.accuracy[-1] == pytest.approx(0.97)
    assert (np.diff(curve.coverage) > 0).all()


def test_where_all_are_equally_sure_none_can_be_refused():
    assert "equally sure" in coverage_sentence(compared_run("a", 1, [0, 1], [0, 0]))
