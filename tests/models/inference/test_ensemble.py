from functools import partial

import numpy as np
import pytest

from mnist_gui.models.inference.ensemble import (
    EnsembleWeights,
    HeldOutPredictions,
    ensemble_weights,
    fit_weights,
    held_out_predictions,
    write_held_out,
)
from mnist_gui.runs.record import HELD_OUT_FILE

LABELS = np.arange(2000, dtype=np.uint8) % 10


def rows(seed: int, sureness: float, labels=LABELS, shared: int = 0) -> np.ndarray:
    """Return probabilities for labels: the surer, the more of them are right; those that share a seed err alike."""
    own = np.random.default_rng(seed).normal(0, 1, (len(labels), 10))
    logits = 0.95 * np.random.default_rng(shared).normal(0, 1, own.shape) + 0.3 * own if shared else own
    logits[np.arange(len(labels)), labels] += sureness
    raised = np.exp(2 * logits)
    return (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)


def held_out(probabilities, labels=LABELS, checksum="mnist") -> HeldOutPredictions:
    return HeldOutPredictions(checksum, probabilities, labels)


def errors(probabilities) -> int:
    return int((probabilities.argmax(axis=1) != LABELS).sum())


def mean(weights, every) -> np.ndarray:
    return EnsembleWeights(tuple(weights)).mean(every)


def test_runs_count_the_same_if_their_plain_mean_is_at_least_as_good_as_the_best_alone():
    every = [rows(1, 3.2), rows(2, 3.4)]
    assert errors(mean((0.5, 0.5), every)) < min(map(errors, every))
    weights = ensemble_weights([held_out(probabilities) for probabilities in every])
    assert weights == EnsembleWeights((0.5, 0.5), 2000)
    first, calibration, reason = weights.sentence(["a", "b"]).splitlines()
    assert first == "Together is the plain mean of the two runs."
    assert "before any of them is calibrated" in calibration, "else it would be said to be the mean of the cards"
    assert reason.startswith("On the 2,000 training frames")
    assert weights.summary == "the mean of their probabilities"


def test_the_best_run_counts_as_much_more_as_it_takes():
    every = [rows(102, 3.0, shared=2), rows(202, 3.6, shared=2)]
    first, second = fit_weights(every, LABELS)
    assert 0.5 < second < 1
    assert first + second == pytest.approx(1)
    assert (
        errors(mean((first, second), every)) <= errors(every[1]) < errors(mean((first + 0.006, second - 0.006), every))
    )


def test_together_never_has_more_held_out_errors_than_the_best_alone():
    """The plain mean has more for most of these pairs."""
    for seed in range(1, 21):
        every = [rows(100 + seed, 3.6, shared=seed), rows(200 + seed, 3.4, shared=seed)]
        assert errors(mean(fit_weights(every, LABELS), every)) <= min(map(errors, every)), seed


def test_runs_that_held_out_different_numbers_of_frames_are_weighed_on_those_of_both():
    first, second = rows(1, 2.5), rows(2, 3.5)
    found = ensemble_weights([held_out(first), held_out(second[-1200:], LABELS[-1200:])])
    assert found.frames == 1200
    assert found.values == pytest.approx(tuple(fit_weights([first[-1200:], second[-1200:]], LABELS[-1200:])))


@pytest.mark.parametrize(
    "other",
    [
        None,
        held_out(rows(2, 3.5), checksum="other data"),
        held_out(rows(2, 3.5), (LABELS + 1) % 10),
        held_out(rows(2, 3.5)[:999], LABELS[:999]),
    ],
    ids=["held nothing out", "other data", "other frames", "few frames"],
)
def test_without_the_same_held_out_frames_weights_are_equal_and_it_is_told(other):
    found = ensemble_weights([held_out(rows(1, 2.5)), other])
    assert found == EnsembleWeights((0.5, 0.5))
    first, calibration, reason = found.sentence(["a", "b"]).splitlines()
    assert first == "Together is the plain mean of the two runs."
    assert "before any of them is calibrated" in calibration
    assert reason.startswith("All count the same")
    assert found.summary == "the mean of their probabilities"


def test_weights_are_told_in_percent():
    weights = EnsembleWeights((0.1, 0.1, 0.8), 5000)
    assert weights.summary == "a weighted mean of their probabilities"
    sentence = weights.sentence(["a", "b", "c"]).replace("\u00a0", " ")
    first, calibration, reason = sentence.splitlines()
    assert first == "Together is a weighted mean: a 10 %, b 10 % and c 80 %."
    assert "before any of them is calibrated" in calibration
    assert reason.startswith("On the 5,000 training frames")


def add_file(run, write) -> None:
    run.commit(files={**run.record.files, HELD_OUT_FILE: run.write_file(HELD_OUT_FILE, write)})


def test_a_run_keeps_its_predictions_for_held_out_frames(make_run):
    run, probabilities = make_run(), rows(1, 3)
    assert held_out_predictions(run) is None
    add_file(run, partial(write_held_out, probabilities=probabilities, labels=LABELS))
    found = held_out_predictions(run)
    assert found.checksum == "bars-checksum"
    assert (found.labels == LABELS).all()
    assert found.probabilities == pytest.approx(probabilities, abs=1e-3)
    assert found.probabilities.sum(axis=1) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("probabilities", "labels"),
    [
        (np.full((5, 10), 0.2), LABELS[:5]),
        (np.full((5, 10), np.nan), LABELS[:5]),
        (np.full((5, 9), 1 / 9), LABELS[:5]),
        (np.full((5, 10), 0.1), LABELS[:4]),
        (np.full((5, 10), 0.1), LABELS[:5] + 10),
        (np.full((2**16, 10), 0.1), np.zeros(2**16, np.uint8)),
    ],
    ids=["sum", "nan", "nine", "labels", "no digits", "too large"],
)
def test_a_file_of_anything_else_counts_as_none(make_run, probabilities, labels):
    run = make_run()
    add_file(run, partial(write_held_out, probabilities=probabilities, labels=labels))
    assert held_out_predictions(run) is None
    add_file(run, lambda path: path.write_bytes(b"no archive"))
    assert held_out_predictions(run) is None
