"""An exception in a training ends it with a sentence; its complete epochs are kept and exported."""

import logging

import numpy as np
import pytest

from mnist_gui.models import architectures
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.models.training import trainer, training_events
from mnist_gui.models.training.trainer import train
from mnist_gui.models.training.training_control import TrainingControl
from mnist_gui.runs.run import Run
from tests.faults.faulty import MARKS, RECIPE, Log, check_whole, create, go_on

pytestmark = MARKS

# Batches per epoch: of 64 training frames, and of 64 held-out ones.
STEPS, JUDGED = 2, 2


def resource_exhausted():
    from tensorflow.errors import ResourceExhaustedError

    return ResourceExhaustedError(None, None, "OOM when allocating tensor with shape[128,26,26,32]\n\nmore lines")


def out_of_space():
    """Return the error of TensorFlow for a full disk."""
    from tensorflow.errors import ResourceExhaustedError

    return ResourceExhaustedError(None, None, "/tmp/x/variables; No space left on device")


KINDS = {
    "memory": (MemoryError, "memory ran out"),
    "TensorFlow's memory": (resource_exhausted, "memory ran out"),
    "TensorFlow's disk": (out_of_space, "disk is full"),
    "anything": (lambda: ValueError("a tensor of the wrong shape\nsecond line"), "a tensor of the wrong shape (Value"),
    "nothing said": (lambda: AssertionError(), "AssertionError"),
}


@pytest.fixture
def break_model(monkeypatch):
    """Return a function that makes a method of the model raise at its n-th call."""
    real = architectures.build

    def break_it(method, call, make_error):
        def build(architecture):
            model = real(architecture)
            work, calls = getattr(model, method), iter(range(1, 1000))

            def raise_once(*arguments, **options):
                if next(calls) == call:
                    raise make_error()
                return work(*arguments, **options)

            setattr(model, method, raise_once)
            return model

        monkeypatch.setattr(architectures, "build", build)

    return break_it


def check_failed_after_one_epoch(store, run, dataset, log, words):
    assert (log.end.status, log.end.epoch, log.end.answers) == ("failed", 1, True)
    assert words in log.end.message
    assert "\n" not in log.end.message
    again = store.get(run.name)
    assert (again.status, again.record.message) == ("failed", log.end.message)
    check_whole(again)
    assert np.isfinite(LoadedModel(again).probabilities(dataset.test.frames())).all()


@pytest.mark.parametrize("kind", KINDS)
def test_raised_in_a_step(store, tiny_dataset, break_model, kind):
    make_error, words = KINDS[kind]
    break_model("train_on_batch", STEPS + 2, make_error)
    run, log = create(store, tiny_dataset), Log()
    train(run, tiny_dataset, report=log, control=TrainingControl())
    check_failed_after_one_epoch(store, run, tiny_dataset, log, words)


def test_raised_in_validation(store, tiny_dataset, break_model):
    break_model("test_on_batch", JUDGED + 1, MemoryError)
    run, log = create(store, tiny_dataset), Log()
    train(run, tiny_dataset, report=log, control=TrainingControl())
    check_failed_after_one_epoch(store, run, tiny_dataset, log, "memory ran out")


def test_raised_while_a_checkpoint_is_saved(store, tiny_dataset, break_model):
    break_model("save", 2, lambda: RuntimeError("Unable to synchronously write data"))
    run, log = create(store, tiny_dataset), Log()
    train(run, tiny_dataset, report=log, control=TrainingControl())
    check_failed_after_one_epoch(store, run, tiny_dataset, log, "Unable to synchronously write data")


def test_raised_while_the_model_is_exported(store, tiny_dataset, monkeypatch):
    def fail(architecture, weights):
        raise RuntimeError("the writer gave up")

    monkeypatch.setattr(trainer, "model_content", fail)
    run, log = create(store, tiny_dataset), Log()
    train(run, tiny_dataset, report=log, control=TrainingControl())
    assert (log.end.status, log.end.epoch, log.end.answers) == ("failed", RECIPE.epochs, False)
    assert "the writer gave up" in log.end.message
    again = store.get(run.name)
    assert again.status == "failed"
    check_whole(again)
    monkeypatch.undo()
    assert go_on(store, run, tiny_dataset).has_model


@pytest.mark.parametrize(
    ("kind", "epochs"),
    [
        (training_events.TrainingStarted, 0),
        (training_events.BatchEnded, 0),
        (training_events.ValidationProgressed, 0),
        (training_events.EpochEnded, 1),
    ],
)
def test_raised_by_whoever_listens(store, tiny_dataset, kind, epochs):
    def fail(event):
        raise RuntimeError("Signal source has been deleted")

    run, log = create(store, tiny_dataset), Log(kind, fail)
    train(run, tiny_dataset, report=log, control=TrainingControl())
    assert (log.end.status, log.end.epoch) == ("failed", epochs)
    again = store.get(run.name)
    assert (again.status, again.has_model) == ("failed", epochs > 0), "what was learnt is exported all the same"
    check_whole(again)


def test_raised_by_whoever_listens_to_everything_after_an_epoch(store, tiny_dataset):
    def fail(event):
        if any(isinstance(earlier, training_events.EpochEnded) for earlier in log) and not isinstance(
            event, training_events.TrainingEnded
        ):
            raise RuntimeError("Signal source has been deleted")

    run = create(store, tiny_dataset)
    log = Log(then=fail)
    train(run, tiny_dataset, report=log, control=TrainingControl())
    assert (log.end.status, log.end.epoch, log.end.answers) == ("failed", 1, True)
    check_whole(store.get(run.name))


def test_raised_by_whoever_hears_of_the_end(store, tiny_dataset):
    def fail(event):
        raise RuntimeError("Signal source has been deleted")

    run = create(store, tiny_dataset)
    with pytest.raises(RuntimeError, match="Signal source"):
        train(run, tiny_dataset, report=Log(training_events.TrainingEnded, fail), control=TrainingControl())
    again = store.get(run.name)
    assert (again.status, again.has_model, again.is_locked()) == ("completed", True, False)


def test_not_a_number_in_validation_ends_the_run_as_diverged(store, tiny_dataset, monkeypatch):
    build = architectures.build

    def build_to_diverge(architecture):
        model = build(architecture)
        judge, calls = model.test_on_batch, iter(range(1, 1000))

        def test_on_batch(*arguments, **options):
            logs = judge(*arguments, **options)
            return {**logs, "loss": np.nan} if next(calls) > JUDGED else logs

        model.test_on_batch = test_on_batch
        return model

    monkeypatch.setattr(architectures, "build", build_to_diverge)
    run, log = create(store, tiny_dataset), Log()
    train(run, tiny_dataset, report=log, control=TrainingControl())
    assert (log.end.status, log.end.epoch, log.end.answers) == ("diverged", 1, True)
    assert "validation loss became nan in epoch 2" in log.end.message
    check_whole(store.get(run.name))


def test_an_exception_is_logged_in_the_run_only(store, tiny_dataset, break_model, caplog):
    break_model("train_on_batch", 1, MemoryError)
    run, log = create(store, tiny_dataset), Log()
    with caplog.at_level(logging.ERROR):
        train(run, tiny_dataset, report=log, control=TrainingControl())
    assert (log.end.status, log.end.epoch, log.end.answers) == ("failed", 0, False)
    assert not caplog.records
    assert Run.open(run.folder).status == "failed"
