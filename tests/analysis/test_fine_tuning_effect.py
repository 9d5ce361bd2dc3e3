import numpy as np
import pytest

from mnist_gui.analysis import fine_tuning_effect, prediction_cache
from mnist_gui.analysis.fine_tuning_effect import Change
from mnist_gui.models.training.fine_tuning import digits_to_split, pack_digits
from mnist_gui.runs.record import FINE_TUNING_DIGITS_FILE, RunError

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


@pytest.fixture
def runs(store, monkeypatch):
    """A function that returns a parent and the run that it became by being taught some digits, others held out."""
    for module in (prediction_cache, fine_tuning_effect):
        monkeypatch.setattr(module, "LoadedModel", BarModel)

    def make(recipe, content, **record):
        run = store.create(1, {"name": recipe}, 0, {"name": "bars", "checksum": "bars-checksum"}, **record)
        model = run.write_file("model.tflite", lambda path: path.write_bytes(content))
        run.commit(files={**run.record.files, "model.tflite": model})
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
    assert effect.held_out == Change(1, 1, 2)
    assert effect.trained == Change(0, 1, 1)
    assert effect.mnist == Change(54 + 6, 54, 60)
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
