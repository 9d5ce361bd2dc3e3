import numpy as np
import pytest

from mnist_gui.metrics import cross_entropy, expected_calibration_error
from mnist_gui.models.inference.calibration import calibrate, describe_calibration, fit_temperature, uncalibrate


def answers(temperature: float, count: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and probabilities that are calibrated at a temperature."""
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 2, (count, 10))
    true = np.exp(logits)
    true /= true.sum(axis=1, keepdims=True)
    labels = (true.cumsum(axis=1) > rng.uniform(size=(count, 1))).argmax(axis=1)
    messages = np.exp(logits * temperature)
    return (messages / messages.sum(axis=1, keepdims=True)).astype(np.float32), labels


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_that_was_put_in_is_found(temperature):
    probabilities, labels = answers(temperature)
    assert fit_temperature(probabilities, labels) == pytest.approx(temperature, rel=0.05)


def test_calibrated_answers_are_as_sure_as_they_are_right_and_name_the_same_digits():
    probabilities, labels = answers(2.5)
    described = describe_calibration(probabilities, labels)
    after = calibrate(probabilities, described["temperature"])
    assert described["error_before"] > 0.1 > 0.02 > described["error_after"]
    assert cross_entropy(after, labels) < cross_entropy(probabilities, labels)
    assert (after.argmax(axis=1) == probabilities.argmax(axis=1)).all()
    assert after.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_calibration_can_be_undone():
    raw, _ = answers(2.5, 100)
    assert uncalibrate(calibrate(raw, 1.4), 1.4) == pytest.approx(raw, rel=1e-4)
    assert uncalibrate(raw, None) is raw


def test_no_temperature_divides_by_zero():
    """A network that is always right and certain has no temperature; one that is always wrong an infinite one."""
    sure = np.eye(10, dtype=np.float32)
    right, wrong = np.arange(10), (np.arange(10) + 1) % 10
    for labels in (right, wrong):
        after = calibrate(sure, fit_temperature(sure, labels))
        assert np.isfinite(after).all()
        assert after.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_calibration_error_by_hand():
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6]])
    # Bin of 0.9: half right, 0.4 off, two of three rows; bin of 0.6: right, 0.4 off.
    assert expected_calibration_error(probabilities, np.array([0, 1, 1])) == pytest.approx(0.4)
    assert expected_calibration_error(np.array([[1.0, 0.0]]), np.array([0])) == 0
