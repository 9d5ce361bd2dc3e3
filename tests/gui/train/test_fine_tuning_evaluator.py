"""What the user hears of a run that is taught, once it has ended."""

import pytest

from mnist_gui.gui.fine_tuning_progress import Stage
from mnist_gui.gui.train import fine_tuning_evaluator
from mnist_gui.gui.train.fine_tuning_evaluator import FineTuningEvaluator
from mnist_gui.models.training.training_events import BatchEnded, Preparing, TrainingEnded, TrainingStarted
from mnist_gui.runs.record import MODEL_FILE, RunError
from tests.fine_tuning_effects import effect_of

EFFECT = effect_of([7, 7], [1, 7], [7, 7], held_out=1)


@pytest.fixture
def taught(store):
    """A function that makes a taught run that has ended."""
    parent = store.create(1, {"name": "fast", "epochs": 4}, 0, {"name": "bars", "checksum": "c"})

    def make(status="completed", trainable="dense"):
        run = store.create(
            1,
            {"name": "teach", "epochs": 3},
            0,
            {"name": "bars", "checksum": "c"},
            parent=parent.name,
            trainable=trainable,
        )
        model = run.write_file(MODEL_FILE, lambda path: path.write_bytes(b"model"))
        run.commit(status=status, epochs=3, exported=3, files={MODEL_FILE: model})
        return run

    return make


@pytest.fixture
def evaluator(qtbot, store, tiny_dataset, tmp_path):
    evaluator = FineTuningEvaluator(store, lambda: tiny_dataset, tmp_path / "cache")
    evaluator.heard = []
    for name in ("progressed", "completed", "evaluated", "failed"):
        getattr(evaluator, name).connect(lambda *messages, name=name: evaluator.heard.append((name, *messages)))
    yield evaluator
    evaluator.shut_down()


def ended(run, status="completed", message=""):
    return TrainingEnded(run.name, 1, status, 3, message, True)


def test_a_taught_run_is_judged_against_its_parent(evaluator, qtbot, taught, monkeypatch):
    pairs = []

    def measure_fine_tuning_effect(parent, run, dataset, cache, *, progress):
        pairs.append((parent.name, run.name))
        progress(0.5)
        return EFFECT

    monkeypatch.setattr(fine_tuning_evaluator, "measure_fine_tuning_effect", measure_fine_tuning_effect)
    first, second = taught(), taught()
    evaluator.on_event(TrainingStarted(first.name, 1, 3, 0, 35, 2240, "held out", 500, "dense"))
    evaluator.on_event(ended(first))
    evaluator.on_event(ended(second))
    qtbot.waitUntil(lambda: len([messages for messages in evaluator.heard if messages[0] == "evaluated"]) == 2)
    assert pairs == [(first.record.parent, first.name), (first.record.parent, second.name)]
    assert [messages[:2] for messages in evaluator.heard if messages[1] == first.name] == [
        ("progressed", first.name),
        ("completed", first.name),
        ("progressed", first.name),
        ("progressed", first.name),
        ("evaluated", first.name),
    ]
    assert ("evaluated", second.name, EFFECT) in evaluator.heard


def test_what_is_waited_for_is_reported(evaluator, taught):
    evaluator.on_event(Preparing("taught", "Loading TensorFlow. The first time takes ten seconds."))
    assert evaluator.heard == [
        ("progressed", "taught", "loading TensorFlow. The first time takes ten seconds", Stage.PREPARING, 0.0)
    ]


def test_how_far_the_training_and_the_evaluation_are_is_reported(evaluator, qtbot, taught, monkeypatch):
    def measure_fine_tuning_effect(*run, progress):
        progress(0.25)
        return EFFECT

    monkeypatch.setattr(fine_tuning_evaluator, "measure_fine_tuning_effect", measure_fine_tuning_effect)
    run = taught()
    evaluator.on_event(TrainingStarted(run.name, 1, 3, 0, 35, 2240, "held out", 500, "dense"))
    evaluator.on_event(BatchEnded(run.name, 2, 7, 0.5, 0.9, 0.5, 1.0))
    with qtbot.waitSignal(evaluator.evaluated):
        evaluator.on_event(ended(run))
    assert [messages[3:] for messages in evaluator.heard if messages[0] == "progressed"] == [
        (Stage.TRAINING, 0.0),
        (Stage.TRAINING, pytest.approx(1.2 / 3)),
        (Stage.EVALUATING, 0.0),
        (Stage.EVALUATING, 0.25),
    ]


def test_other_runs_are_no_lessons(evaluator, taught):
    run = taught(trainable="all")
    evaluator.on_event(TrainingStarted(run.name, 1, 3, 0, 35, 2240, "held out", 500))
    evaluator.on_event(BatchEnded(run.name, 1, 7, 0.5, 0.9, 0.5, 1.0))
    evaluator.on_event(ended(run))
    assert not evaluator.heard


def test_one_that_was_stopped_or_failed_is_reported(evaluator, taught):
    evaluator.on_event(ended(taught("stopped"), "stopped"))
    evaluator.on_event(ended(taught("failed"), "failed", "The disk is full."))
    assert [messages[0] for messages in evaluator.heard] == ["failed", "failed"]
    assert "stopped" in evaluator.heard[0][2] and evaluator.heard[1][2] == "The disk is full."


def test_what_cannot_be_judged_is_reported_and_the_next_one_is(evaluator, qtbot, taught, monkeypatch):
    first, second = taught(), taught()

    def measure_fine_tuning_effect(parent, run, *rest, progress):
        if run.name == first.name:
            raise RunError("Its model is damaged.")
        return EFFECT

    monkeypatch.setattr(fine_tuning_evaluator, "measure_fine_tuning_effect", measure_fine_tuning_effect)
    evaluator.on_event(ended(first))
    evaluator.on_event(ended(second))
    qtbot.waitUntil(lambda: ("evaluated", second.name, EFFECT) in evaluator.heard)
    (messages,) = [messages for messages in evaluator.heard if messages[0] == "failed"]
    assert messages[1] == first.name and "Its model is damaged." in messages[2]
