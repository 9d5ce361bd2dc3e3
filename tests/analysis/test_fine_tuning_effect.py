import numpy as np
import pytest

from mnist_gui.analysis import fine_tuning_effect, prediction_cache
from mnist_gui.analysis.fine_tuning_effect import (
    Change,
    count_misread,
    effect_sentence,
    misread_sentence,
    mnist_change,
    short_effect_sentence,
)
from mnist_gui.metrics import McNemar
from mnist_gui.models.inference.predictor import Prediction
from mnist_gui.models.training.fine_tuning import digits_to_split, pack_digits
from mnist_gui.runs.record import FINE_TUNING_DIGITS_FILE, RunError
from tests.fine_tuning_effects import effect_of

UPRIGHT = np.zeros((28, 28), np.float32)
UPRIGHT[4:24, 12:15] = 1


class BarModel:
    """Stands for LoadedModel: reads bars, takes what stands upright for a 1; once taught, for a 7, but forgot the 3."""

    def __init__(self, run):
        self.taught = run.record.parent is not None

    def probabilities(self, frames):
        digits = (frames.sum(axis=2).argmax(axis=1) - 4) // 2
        if self.taught:
            digits[digits == 3] = 2
        digits[frames[:, (8, 20), 13].all(axis=1)] = 7 if self.taught else 1
        return np.eye(10, dtype=np.float32)[digits.clip(0, 9)]

    def predictions(self, frames):
        return [Prediction("bars", 1, row) for row in self.probabilities(frames)]


@pytest.fixture
def runs(store, monkeypatch):
    """A function that returns a parent and the run that it became by being taught some digits, others held out."""
    for module in (prediction_cache, fine_tuning_effect):
        monkeypatch.setattr(module, "LoadedModel", BarModel)

    def make(recipe, content, **record):
        run = store.create(1, {"name": recipe}, 0, {"name": "bars", "checksum": "bars-checksum"}, **record)
        model = run.write_file("model.onnx", lambda path: path.write_bytes(content))
        run.commit(files={**run.record.files, "model.onnx": model})
        return run

    def taught(digits, held_out):
        files = {FINE_TUNING_DIGITS_FILE: pack_digits(digits_to_split(digits), digits_to_split(held_out))}
        return parent, make("teach", b"taught", parent=parent.name, trainable="dense", files=files)

    parent = make("fast", b"parent")
    return taught


def test_gain_and_loss_are_both_reported(runs, tiny_dataset, tmp_path):
    fractions = []
    effect = fine_tuning_effect.measure_fine_tuning_effect(
        *runs([(UPRIGHT, 7)], [(UPRIGHT, 7), (UPRIGHT, 1)]),
        tiny_dataset,
        tmp_path,
        progress=lambda fraction: fractions.append(fraction) or True,
    )
    assert effect.held_out == Change(1, McNemar(1, 1, 1.0), 2) and effect.held_out.after == 1
    assert effect.trained == Change(0, McNemar(1, 0, 1.0), 1) and effect.trained.after == 1
    assert effect.mnist == Change(54 + 6, McNemar(0, 6, 2 / 2**6), 60) and effect.mnist.after == 54
    assert effect.own.is_held_out.tolist() == [False, True, True]
    assert effect.own.is_misread.tolist() == [True, True, True]
    assert (effect.own.before.argmax(axis=1).tolist(), effect.own.after.argmax(axis=1).tolist()) == ([1] * 3, [7] * 3)
    assert not effect.had_nothing_to_gain
    assert effect.mnist.points == pytest.approx(-10)
    assert fractions == sorted(fractions) and fractions[0] >= 0 and fractions[-1] < 1


def test_where_nothing_was_held_out_nothing_is_shown_of_it(runs, tiny_dataset, tmp_path):
    effect = fine_tuning_effect.measure_fine_tuning_effect(*runs([(UPRIGHT, 7)], []), tiny_dataset, tmp_path)
    assert effect.held_out is None


@pytest.mark.parametrize("cancelled_at", [0, 1])
def test_it_can_be_cancelled_in_either_half(runs, tiny_dataset, tmp_path, cancelled_at):
    asked = iter(range(9))
    pair = runs([(UPRIGHT, 7)], [])
    assert (
        fine_tuning_effect.measure_fine_tuning_effect(
            *pair, tiny_dataset, tmp_path, progress=lambda fraction: next(asked) < cancelled_at
        )
        is None
    )


def test_a_run_without_a_model_is_refused(store, runs, tiny_dataset, tmp_path):
    parent, _ = runs([(UPRIGHT, 7)], [])
    untrained = store.create(1, {"name": "teach"}, 0, parent.record.data, parent=parent.name)
    with pytest.raises(RunError, match=untrained.name):
        fine_tuning_effect.measure_fine_tuning_effect(parent, untrained, tiny_dataset, tmp_path)


@pytest.mark.parametrize(
    ("test", "sentence"),
    [
        (McNemar(4, 6, 0.754), "99.31\u00a0% (\u22120.08 to +0.04 points): may be chance"),
        (McNemar(2, 14, 0.004), "99.21\u00a0% (\u22120.20 to \u22120.04 points): more than chance would bring"),
        (McNemar(3, 3, 1.0), "99.33\u00a0% (\u22120.05 to +0.05 points): no change"),
    ],
)
def test_the_change_on_mnist_is_given_with_its_interval_and_whether_it_may_be_chance(test, sentence):
    assert mnist_change(Change(9933, test, 10_000)) == f"MNIST test 99.33 → {sentence}"


def test_where_every_digit_was_read_already_there_was_nothing_to_gain():
    read = effect_of([7, 1, 3], before=[7, 1, 3], after=[7, 1, 8], held_out=1)
    assert read.had_nothing_to_gain
    assert effect_sentence(read).startswith("your hand was read already, nothing to gain · MNIST test 99.33 → 99.31")
    assert not effect_of([7, 1, 3], before=[7, 1, 8], after=[7, 1, 3], held_out=1).had_nothing_to_gain
    assert not effect_of([7, 1, 3], before=[2, 1, 3], after=[7, 1, 3], held_out=1).had_nothing_to_gain


@pytest.mark.parametrize(
    ("before", "after", "held_out", "start"),
    [
        ([2, 1, 8], [7, 1, 3], 1, "Judged 0 → 1 of 1 right"),
        ([2, 1, 8], [7, 1, 3], 0, "Taught 1 → 3 of 3 right"),
        ([7, 1, 3], [7, 1, 8], 1, "Read already"),
    ],
)
def test_the_short_sentence_keeps_the_figures_and_whether_they_may_be_chance(before, after, held_out, start):
    effect = effect_of([7, 1, 3], before, after, held_out)
    assert short_effect_sentence(effect) == f"{start} · MNIST 99.33 → 99.31\u00a0%: may be chance"


def test_misread_digits_are_counted_before_teaching(runs):
    parent, taught = runs([(UPRIGHT, 7)], [])
    digits = digits_to_split([(UPRIGHT, 7), (UPRIGHT, 1), (UPRIGHT, 7)])
    assert (count_misread(parent, digits), count_misread(taught, digits)) == (2, 1)


def test_the_count_of_misread_digits_is_said_in_words():
    assert misread_sentence({"Model 1": 3, "Model 2": 0, "Model 3": 1}, 30) == (
        "Of your 30 digits, Model 1 misreads 3, Model 2 misreads none and Model 3 misreads 1."
    )
    assert (
        misread_sentence({"Model 1": 0, "Model 3": 0}, 1)
        == "Your hand was read already, nothing to gain: 1 digit, all right."
    )
    assert misread_sentence({}, 30) == ""
