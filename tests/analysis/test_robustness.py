import shutil

import numpy as np
import pytest

from mnist_gui.analysis import robustness as room
from mnist_gui.analysis.evaluation_data import load_mnist_evaluation_set, mnist_evaluation_set
from mnist_gui.analysis.robustness import (
    RobustnessCurve,
    cached_robustness,
    corrupt_frames,
    corruption_amounts,
    robustness,
    robustness_sentences,
    sample_indices,
    seconds_needed,
)
from mnist_gui.digits.corruptions import CORRUPTIONS, corrupt
from mnist_gui.paths import resources_folder
from mnist_gui.runs.record import ROBUSTNESS_FILE, RunError
from mnist_gui.runs.run import Run
from tests.comparison_data import add_held_out
from tests.fakes import rows_of

pytestmark = pytest.mark.usefixtures("counting")
NAMES = ("shift", "noise")


@pytest.fixture
def data(tiny_dataset):
    return mnist_evaluation_set(tiny_dataset)


def test_each_corruption_gives_a_curve_a_run_and_together(make_run, data, tmp_path):
    steps = list(robustness([make_run(1), make_run(2)], data, tmp_path, names=NAMES))
    assert [step.fraction for step in steps] == [0.5, 1.0]
    shift = steps[0].curves
    assert [(curve.corruption, curve.model) for curve in shift] == [("shift", 1), ("shift", 2), ("shift", 0)]
    assert shift[0].amounts == (0, 1, 2, 3, 4, 5)
    assert shift[0].right[0] == 54
    assert shift[0].right[-1] < 54  # a bar two rows lower is another digit's
    for share, interval in zip(shift[0].accuracies, shift[0].intervals, strict=True):
        assert interval.low <= share <= interval.high


def predict_as(monkeypatch, sides):
    """Let each model predict the rows given for its number."""

    class Network:
        def __init__(self, run):
            self.model = run.model

        def probabilities(self, frames):
            return sides[self.model][: len(frames)]

    monkeypatch.setattr(room, "LoadedModel", Network)


def test_together_is_the_mean_of_raw_probabilities(make_run, data, tmp_path, monkeypatch):
    """Model 2 is right and surer; calibrated, its margin would be less than that of model 1."""
    sides = {1: rows_of((data.labels + 1) % 10, 0.7), 2: rows_of(data.labels, 0.95)}
    predict_as(monkeypatch, sides)
    runs = [make_run(1), make_run(2, calibration={"temperature": 4.0})]
    for _ in range(2):  # computed, then cached
        (step,) = robustness(runs, data, tmp_path, names=NAMES[:1])
        assert [curve.right[0] for curve in step.curves] == [0, 60, 60]


def test_runs_are_weighted_by_the_frames_that_they_held_out(make_run, data, tmp_path, monkeypatch):
    """Model 2 is right, but less sure: a plain mean would be wrong."""
    sides = {1: rows_of((data.labels + 1) % 10, 0.9), 2: rows_of(data.labels, 0.6)}
    predict_as(monkeypatch, sides)
    runs, labels = [make_run(1), make_run(2)], np.arange(1000) % 10
    add_held_out(runs[0], (labels + 1) % 10, labels, 0.9)
    add_held_out(runs[1], labels, labels, 0.6)
    (step,) = robustness(runs, data, tmp_path, names=NAMES[:1])
    assert [curve.right[0] for curve in step.curves] == [0, 60, 60]


def test_what_was_computed_is_kept_even_if_the_rest_was_given_up(make_run, data, counting, tmp_path):
    run = make_run()
    given_up = robustness([run], data, tmp_path, names=NAMES, progress=lambda fraction: fraction < 0.6)
    assert len(list(given_up)) == 1
    asked = counting.asked
    (kept,) = robustness([run], data, tmp_path, names=NAMES[:1], progress=lambda fraction: False)
    assert counting.asked == asked
    assert kept.curves[0].count == 60
    list(robustness([run], data, tmp_path, names=NAMES[:1], sample_size=20))
    assert counting.asked == asked + 6 * 20


def test_the_curves_that_are_kept_are_those_of_all_corruptions_or_none(make_run, data, counting, tmp_path):
    runs = [make_run(1), make_run(2)]
    list(robustness(runs, data, tmp_path, names=NAMES))
    asked = counting.asked
    assert cached_robustness(runs, data, tmp_path) == []
    assert counting.asked == asked
    whole = [curve for step in robustness(runs, data, tmp_path) for curve in step.curves]
    assert cached_robustness(runs, data, tmp_path) == whole


def test_shipped_runs_carry_theirs_and_what_was_altered_is_asked_anew(counting, tmp_path):
    shutil.copytree(resources_folder() / "runs" / "model-1-best", tmp_path / "model-1-best")
    run = Run.open(tmp_path / "model-1-best", shipped=True)
    mnist = load_mnist_evaluation_set()
    (first,) = robustness([run], mnist, tmp_path / "cache", names=NAMES[:1])
    assert counting.asked == 0
    assert first.curves[0].accuracies[0] > 0.98
    (run.folder / ROBUSTNESS_FILE).write_bytes(b"x y")
    list(robustness([run], mnist, tmp_path / "cache", names=NAMES[:1]))
    assert counting.asked == 6 * 1000


def test_a_torn_file_is_computed_again(make_run, data, counting, tmp_path):
    run = make_run()
    first = next(robustness([run], data, tmp_path, names=NAMES))
    for kept in (tmp_path / "robustness").iterdir():
        kept.write_bytes(kept.read_bytes()[:100])
    assert next(robustness([run], data, tmp_path, names=NAMES)) == first


def test_the_digits_as_they_are_are_asked_once(make_run, data, counting, tmp_path):
    list(robustness([make_run()], data, tmp_path, names=NAMES))
    assert counting.asked == (1 + 2 * 5) * 60


def test_a_network_of_another_shape_is_reported_and_the_rest_goes_on(make_run, data, tmp_path, monkeypatch):
    good, bad = make_run(1), make_run(2)
    right = room.LoadedModel

    def load(run):
        if run.name == bad.name:
            raise RunError(f"Run {run.name}: model.onnx maps to 1 number.")
        return right(run)

    monkeypatch.setattr(room, "LoadedModel", load)
    first, second = robustness([bad, good], data, tmp_path, names=NAMES)
    assert [curve.title for curve in (*first.curves, *second.curves)] == [good.name] * 2
    assert "maps to 1 number. It is left out." in first.problems[0]


def test_a_damaged_model_is_reported_and_the_rest_goes_on(make_run, data, tmp_path):
    good, bad = make_run(1), make_run(2)
    (bad.folder / "model.onnx").write_bytes(b"x y")
    first, second = robustness([bad, good], data, tmp_path, names=NAMES)
    assert [curve.title for curve in first.curves] == [good.name]
    assert bad.name in first.problems[0]
    assert second.problems == ()


def test_with_no_run_that_answers_there_are_no_curves(make_run, data, tmp_path):
    bad = make_run(2)
    (bad.folder / "model.onnx").write_bytes(b"x y")
    steps = list(robustness([bad], data, tmp_path, names=NAMES))
    assert all(step.curves == () for step in steps)
    assert bad.name in steps[0].problems[0]


def test_the_sample_is_spread_over_the_set_and_small_sets_are_taken_whole(data):
    assert sample_indices(data).tolist() == list(range(60))
    few = sample_indices(data, 7)
    assert (few[0], few[-1], len(few)) == (0, 59, 7)
    assert np.ptp(np.diff(few)) <= 1


def test_half_the_digits_go_the_other_way(data):
    frames = data.frames()[:4]
    both = corrupt_frames(frames, "rotation", 30)
    assert both[[0, 2]] == pytest.approx(corrupt(frames, "rotation", 30)[[0, 2]])
    assert both[[1, 3]] == pytest.approx(corrupt(frames, "rotation", -30)[[1, 3]])
    assert (corrupt_frames(frames, "shift", 0) == frames).all()
    for name, corruption in CORRUPTIONS.items():
        assert corrupt_frames(frames, name, corruption.severities[-1]).shape == frames.shape
        assert len(set(corruption_amounts(corruption))) == 6


def test_of_what_is_cached_in_part_that_part_is_yielded_and_the_rest_named(make_run, data, counting, tmp_path):
    first, second = make_run(1), make_run(2)
    list(robustness([first], data, tmp_path, names=NAMES))
    asked = counting.asked
    steps = list(robustness([first, second], data, tmp_path, names=NAMES, only_cached=True))
    assert counting.asked == asked
    assert [[curve.title for curve in step.curves] for step in steps] == [[first.name]] * 2
    assert [step.missing for step in steps] == [(second,)] * 2


def test_the_time_needed_grows_with_what_is_missing(make_run, data, monkeypatch):
    times = iter(range(100))
    monkeypatch.setattr(room.time, "perf_counter", lambda: float(next(times)))  # each measurement takes a second
    run = make_run(1)
    once = seconds_needed([run], data)
    assert once == pytest.approx(5 * 60 / 60)
    assert seconds_needed([run] * 3, data) == pytest.approx(3 * once)
    assert seconds_needed([], data) == 0


def test_a_sentence_says_what_harms_a_run_most():
    def curve(name, right):
        return RobustnessCurve("a", 1, name, corruption_amounts(CORRUPTIONS[name]), right, 100)

    curves = [curve("shift", (99, 90, 80, 70, 60, 50)), curve("blur", (99, 98, 98, 98, 98, 98))]
    assert robustness_sentences(curves) == [
        "a: 99.0 % right on the digits as they are, 84.0 % on average once they are made worse, of 2 of the 9 ways; "
        "shift harms it most (70.0 %), blur least (98.0 %)."
    ]
    assert robustness_sentences(curves[:1])[0].endswith("70.0 % on average once they are made worse (shift).")
