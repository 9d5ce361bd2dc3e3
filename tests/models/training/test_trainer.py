"""Trainings with real Keras on few frames."""

import json
import logging
import threading

import numpy as np
import pytest

from mnist_gui.digits.dataset import Dataset
from mnist_gui.models import architectures
from mnist_gui.models.architectures import ARCHITECTURES, build
from mnist_gui.models.inference.ensemble import held_out_predictions
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.models.recipes import Recipe
from mnist_gui.models.training import training_events
from mnist_gui.models.training.data_split import describe_data
from mnist_gui.models.training.trainer import train
from mnist_gui.models.training.training_control import TrainingControl, TrainingInterrupted
from mnist_gui.paths import trusted_models_file
from mnist_gui.runs.record import RunBusyError, RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore

# TensorFlow and its converter emit warnings at import and export.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::ResourceWarning"),
]

RECIPE = Recipe("test", frames=96, epochs=2, batch_size=32, held_out=64)


class Log(list[training_events.Event]):
    """Collects events; calls a function for one type."""

    def __init__(self, on=None, then=lambda event: None):
        super().__init__()
        self.on, self.then = on, then

    def __call__(self, event):
        self.append(event)
        if self.on and isinstance(event, self.on):
            self.then(event)

    def of(self, kind):
        return [event for event in self if isinstance(event, kind)]


def create(store: RunStore, dataset: Dataset, model: int = 1, recipe: Recipe = RECIPE, seed: int = 3) -> Run:
    return store.create(model, recipe.to_json(), seed, describe_data(recipe, dataset))


@pytest.fixture(autouse=True)
def _quiet():
    logging.getLogger("tensorflow").setLevel(logging.ERROR)


@pytest.mark.parametrize(
    ("number", "total", "trainable"),
    [(1, 2_435_210, 2_435_210), (2, 4_174_346, 4_173_834), (3, 3_093_386, 3_092_618)],
)
def test_parameter_counts_are_the_notebooks(number, total, trainable):
    model = build(ARCHITECTURES[number])
    assert model.count_params() == total
    assert sum(int(np.prod(weight.shape)) for weight in model.trainable_weights) == trainable


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_layers_listed_are_the_layers_built(number):
    rows = ARCHITECTURES[number].layers()
    built = build(ARCHITECTURES[number]).layers
    assert [(row.name.split()[0].rstrip(","), row.shape, row.parameters) for row in rows] == [
        (type(layer).__name__, tuple(layer.output.shape[1:]), layer.count_params()) for layer in built
    ]


def test_initializers_activations_and_dropout_are_the_notebooks():
    for architecture in ARCHITECTURES.values():
        layers = build(architecture).layers
        *hidden, last = [layer for layer in layers if hasattr(layer, "kernel_initializer")]
        assert {type(layer.kernel_initializer).__name__ for layer in hidden} == {"HeNormal"}
        assert {layer.activation.__name__ for layer in hidden} == {"relu"}
        assert type(last.kernel_initializer).__name__ == "GlorotNormal"
        assert last.activation.__name__ == "softmax"
        assert {layer.rate for layer in layers if type(layer).__name__ == "Dropout"} == {0.5}


def test_a_run_is_trained_reported_kept_and_answers(store, tiny_dataset):
    run = create(store, tiny_dataset, recipe=RECIPE.with_changes(frames=640, epochs=3))
    log = Log()
    control = TrainingControl()
    control.frame = tiny_dataset.test.frames()[4]
    train(run, tiny_dataset, report=log, control=control)

    started, ended = log.of(training_events.TrainingStarted)[0], log[-1]
    assert (started.frames, started.batches, started.validation_frames) == (640, 20, 64)
    assert (ended.status, ended.epoch, ended.answers) == ("completed", 3, True)
    assert len(log.of(training_events.BatchEnded)) == 60
    assert [event.position for event in log.of(training_events.DigitAnswered)] == [1.0, 2.0, 3.0]
    json.dumps([event.to_json() for event in log])

    again = store.get(run.name)
    assert again.status == "completed"
    assert [figures.epoch for figures in again.history()] == [1, 2, 3]
    assert again.history()[-1].val_accuracy > 0.9, "bars are easy: it must have learnt"
    assert not list(run.folder.glob("checkpoint*")), "nothing is left to resume"
    answers = LoadedModel(again).probabilities(tiny_dataset.test.frames())
    assert answers.sum(axis=1) == pytest.approx(np.ones(60), abs=1e-3)
    assert (answers.argmax(axis=1) == tiny_dataset.test.labels).mean() > 0.9
    assert again.record.files["model.onnx"].sha256 in trusted_models_file().read_text(), "it needs no trial"
    assert again.record.calibration["frames"] == 64
    assert LoadedModel(again).temperature is not None
    kept = held_out_predictions(again)
    held_out = tiny_dataset.train[-64:]
    assert (kept.labels == held_out.labels).all()
    assert kept.probabilities == pytest.approx(LoadedModel(again).probabilities(held_out.frames()), abs=2e-3)


def test_a_run_judged_on_the_test_set_is_not_calibrated(store, tiny_dataset):
    run = create(store, tiny_dataset, recipe=RECIPE.with_changes(frames=64, epochs=1, held_out=0))
    train(run, tiny_dataset, report=Log(), control=TrainingControl())
    assert store.get(run.name).record.calibration is None
    assert held_out_predictions(store.get(run.name)) is None
    assert not LoadedModel(run).predictions(tiny_dataset.test.frames()[:1])[0].calibrated


def test_a_stop_ends_within_two_batches_and_keeps_the_whole_epochs(store, tiny_dataset):
    run = create(store, tiny_dataset)
    control = TrainingControl()

    def stop(event):
        if event.epoch == 2 and event.batch == 1:
            control.stop()

    log = Log(training_events.BatchEnded, stop)
    train(run, tiny_dataset, report=log, control=control)
    assert (log[-1].status, log[-1].epoch, log[-1].answers) == ("stopped", 1, True)
    assert max(event.batch for event in log.of(training_events.BatchEnded) if event.epoch == 2) <= 3
    assert store.get(run.name).record.epochs == 1
    LoadedModel(store.get(run.name))


def test_a_stop_in_validation_keeps_nothing_of_that_epoch(store, tiny_dataset):
    run = create(store, tiny_dataset)
    control = TrainingControl()
    log = Log(training_events.ValidationProgressed, lambda event: control.stop())
    train(run, tiny_dataset, report=log, control=control)
    assert len(log.of(training_events.ValidationProgressed)) == 1
    assert (log[-1].status, log[-1].epoch, log[-1].answers) == ("stopped", 0, False)


def test_paused_and_resumed_equals_unbroken(store, tiny_dataset):
    unbroken = create(store, tiny_dataset, model=2)
    train(unbroken, tiny_dataset, report=Log(), control=TrainingControl())

    broken = create(store, tiny_dataset, model=2)
    control = TrainingControl()
    train(
        broken, tiny_dataset, report=Log(training_events.EpochEnded, lambda event: control.interrupt()), control=control
    )
    broken = store.get(broken.name)
    assert (broken.status, broken.record.epochs) == ("paused", 1)
    train(broken, tiny_dataset, report=Log(), control=TrainingControl())

    for one, other in zip(store.get(unbroken.name).history(), store.get(broken.name).history(), strict=True):
        assert other.loss == pytest.approx(one.loss, rel=1e-4)
        assert other.val_loss == pytest.approx(one.val_loss, rel=1e-4)


def build_judged(losses):
    """Return a replacement of `architectures.build` whose networks have these validation losses, by epoch."""

    def build_one(architecture):
        model = build(architecture)
        # Two batches of held-out frames per epoch.
        coming = iter([loss for loss in losses for _ in range(2)])
        model.test_on_batch = lambda x, y, **options: {"loss": next(coming), "accuracy": 0.5}
        return model

    return build_one


def test_patience_ends_a_run_and_its_best_epoch_answers(store, tiny_dataset, monkeypatch):
    monkeypatch.setattr(architectures, "build", build_judged([0.5, 0.3, 0.4, 0.4, 0.1]))
    run = create(store, tiny_dataset, recipe=RECIPE.with_changes(epochs=5, patience=2))
    kept = {}

    def keep(event):
        kept[event.epoch] = (run.folder / f"checkpoint-{event.epoch:04d}.keras").read_bytes()

    log = Log(training_events.EpochEnded, keep)
    train(run, tiny_dataset, report=log, control=TrainingControl())
    record = store.get(run.name).record
    assert (record.status, record.epochs, record.best, record.exported) == ("completed", 4, 2, 2)
    assert log[-1].epoch == 4
    best = build(ARCHITECTURES[1])
    (run.folder / "best.keras").write_bytes(kept[2])
    best.load_weights(run.folder / "best.keras")
    frames = tiny_dataset.test.frames()
    expected = best(frames[..., None]).numpy()
    assert LoadedModel(store.get(run.name)).probabilities(frames) == pytest.approx(expected, abs=2e-3)


def test_the_best_epoch_survives_a_pause(store, tiny_dataset, monkeypatch):
    monkeypatch.setattr(architectures, "build", build_judged([0.2, 0.5, 0.5]))
    run = create(store, tiny_dataset, recipe=RECIPE.with_changes(epochs=3, patience=2))
    control = TrainingControl()
    leave = Log(training_events.EpochEnded, lambda event: control.interrupt() if event.epoch == 2 else None)
    train(run, tiny_dataset, report=leave, control=control)
    paused = store.get(run.name)
    assert (paused.status, paused.record.epochs, paused.record.best, paused.record.exported) == ("paused", 2, 1, 1)
    monkeypatch.setattr(architectures, "build", build_judged([0.5]))
    train(paused, tiny_dataset, report=Log(), control=TrainingControl())
    ended = store.get(run.name).record
    assert (ended.status, ended.epochs, ended.best, ended.exported) == ("completed", 3, 1, 1)


def test_without_patience_the_last_epoch_answers(store, tiny_dataset, monkeypatch):
    monkeypatch.setattr(architectures, "build", build_judged([0.2, 0.5]))
    run = create(store, tiny_dataset)
    train(run, tiny_dataset, report=Log(), control=TrainingControl())
    assert (run.record.best, run.record.exported) == (0, 2)


def test_schedule_and_augmentation_reach_the_network(store, tiny_dataset, monkeypatch):
    seen = []

    def build_watched(architecture):
        model = build(architecture)
        real = model.train_on_batch

        def train_on_batch(x, y, **options):
            seen.append((float(model.optimizer.learning_rate), x.copy()))
            return real(x, y, **options)

        model.train_on_batch = train_on_batch
        return model

    monkeypatch.setattr(architectures, "build", build_watched)
    recipe = RECIPE.with_changes(optimizer="adam", schedule="one-cycle", augmentation=1.0)
    run = create(store, tiny_dataset, recipe=recipe)
    train(run, tiny_dataset, report=Log(), control=TrainingControl())
    assert [rate for rate, _ in seen] == pytest.approx([recipe.learning_rate_at(step, 6) for step in range(6)])
    whole = {image.tobytes() for image in tiny_dataset.train.frames()[..., None]}
    assert not any(frame.tobytes() in whole for _, batch in seen for frame in batch)

    seen_before, seen[:] = list(seen), []
    train(create(store, tiny_dataset, recipe=recipe), tiny_dataset, report=Log(), control=TrainingControl())
    for (_, one), (_, other) in zip(seen_before, seen, strict=True):
        assert (one == other).all(), "the same seed alters alike"

    seen[:] = []
    fading = recipe.with_changes(augmentation_decay=1.0)
    train(create(store, tiny_dataset, recipe=fading), tiny_dataset, report=Log(), control=TrainingControl())
    assert (seen[0][1] == seen_before[0][1]).all(), "the first step has the whole strength"
    changed = [abs(one - other).mean() for (_, one), (_, other) in zip(seen_before, seen, strict=True)]
    assert all(changed[1:])


@pytest.mark.parametrize("optimizer", ["adadelta", "adam", "sgd"])
def test_each_optimizer_learns(store, tiny_dataset, optimizer):
    recipe = RECIPE.with_changes(frames=320, epochs=2, optimizer=optimizer)
    run = create(store, tiny_dataset, recipe=recipe)
    train(run, tiny_dataset, report=Log(), control=TrainingControl())
    assert run.history()[-1].val_loss < 1.5, "guessing is 2.3"


@pytest.mark.parametrize("where", ["targets", "weights"])
def test_nan_in_a_batch_ends_the_run_as_diverged_with_its_last_good_epoch(store, tiny_dataset, monkeypatch, where):
    def build_with_a_bad_batch(architecture):
        model = build(architecture)
        real, batches = model.train_on_batch, iter(range(100))

        def train_on_batch(x, y, **options):
            if next(batches) == 4:  # the second of the second epoch
                if where == "targets":  # not frames: rectifiers make 0 of NaN now and then, and the loss is a number
                    y = y * np.float32("nan")
                else:
                    model.layers[-1].bias.assign(np.full(10, np.nan))
            return real(x, y, **options)

        model.train_on_batch = train_on_batch
        return model

    monkeypatch.setattr(architectures, "build", build_with_a_bad_batch)
    run = create(store, tiny_dataset)
    log = Log()
    train(run, tiny_dataset, report=log, control=TrainingControl())
    assert (log[-1].status, log[-1].epoch, log[-1].answers) == ("diverged", 1, True)
    assert "in epoch 2, batch 2." in store.get(run.name).record.message, "at once, not at the end of the epoch"
    assert "smaller learning rate usually helps; the last complete epoch is kept" in store.get(run.name).record.message
    assert np.isfinite(LoadedModel(store.get(run.name)).probabilities(tiny_dataset.test.frames())).all()


def test_weights_that_the_loss_does_not_show_to_be_nan_end_the_run_too(store, tiny_dataset, monkeypatch):
    def build_with_a_bad_step(architecture):
        model = build(architecture)
        real, batches = model.train_on_batch, iter(range(100))

        def train_on_batch(x, y, **options):
            logs = real(x, y, **options)
            if next(batches) == 5:  # the last of the second epoch
                model.layers[0].kernel.assign(np.full(model.layers[0].kernel.shape, np.nan))
            return logs

        model.train_on_batch = train_on_batch
        return model

    monkeypatch.setattr(architectures, "build", build_with_a_bad_step)
    run = create(store, tiny_dataset)
    log = Log()
    train(run, tiny_dataset, report=log, control=TrainingControl())
    assert (log[-1].status, log[-1].epoch, log[-1].answers) == ("diverged", 1, True)
    assert "A weight is no longer a number in epoch 2." in store.get(run.name).record.message


def test_a_run_that_diverges_in_its_first_epoch_promises_nothing(store, tiny_dataset, monkeypatch):
    def build_broken(architecture):
        model = build(architecture)
        model.layers[-1].bias.assign(np.full(10, np.nan))
        return model

    monkeypatch.setattr(architectures, "build", build_broken)
    run, log = create(store, tiny_dataset), Log()
    train(run, tiny_dataset, report=log, control=TrainingControl())
    assert (log[-1].status, log[-1].epoch, log[-1].answers) == ("diverged", 0, False)
    assert "epoch 1, batch 1. A smaller learning rate usually helps; no epoch was completed" in log[-1].message


def test_a_killed_run_is_resumed_from_its_last_whole_epoch(store, tiny_dataset):
    class Killed(BaseException):
        """Simulates a power failure: no code of the program runs after it."""

    def kill(event):
        if event.epoch == 2:
            raise Killed

    run = create(store, tiny_dataset)
    with pytest.raises(Killed):
        train(run, tiny_dataset, report=Log(training_events.BatchEnded, kill), control=TrainingControl())
    run = store.get(run.name)
    assert (run.status, run.record.epochs, run.has_model) == ("interrupted", 1, False)
    (run.folder / ".writing-model.onnx").write_bytes(b"half")
    train(run, tiny_dataset, report=Log(), control=TrainingControl())
    again = store.get(run.name)
    assert (again.status, [figures.epoch for figures in again.history()]) == ("completed", [1, 2])
    assert not (run.folder / ".writing-model.onnx").exists()


def test_a_stale_look_at_a_run_cannot_undo_what_another_program_did(store, tiny_dataset):
    run = create(store, tiny_dataset)
    stale = store.get(run.name)
    train(run, tiny_dataset, report=Log(), control=TrainingControl())
    with pytest.raises(RunError, match="nothing left to train"):
        train(stale, tiny_dataset, report=Log(), control=TrainingControl())
    assert store.get(run.name).status == "completed"
    LoadedModel(store.get(run.name))


def test_a_run_trained_where_tensorflow_is_not_answers_too(store, tiny_dataset, monkeypatch):
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("keras.backend.backend", lambda: "torch")
        elsewhere.setattr("mnist_gui.models.training.trainer.describe_environment", lambda: {"backend": "torch"})
        run = create(store, tiny_dataset)
        train(run, tiny_dataset, report=Log(), control=TrainingControl())
    run = store.get(run.name)
    assert (run.status, run.has_model, run.record.exported) == ("completed", True, 2)
    LoadedModel(run)
    assert run.record.environment == {"backend": "torch"}, "it says on what it was trained"
    assert not list(run.folder.glob("checkpoint*"))


def test_a_recipe_of_another_version_is_refused(store, tiny_dataset):
    run = create(store, tiny_dataset)
    run.commit(recipe={**run.record.recipe, "warp": 9})
    with pytest.raises(RunError, match="warp"):
        train(run, tiny_dataset, report=Log(), control=TrainingControl())


def test_hold_waits_and_go_on_goes_on_but_never_after_a_stop():
    control = TrainingControl()
    control.pause()
    assert control.is_paused
    threading.Timer(0.05, control.resume).start()
    assert control.check() > 0.01
    control.stop()
    control.pause()
    with pytest.raises(TrainingInterrupted):
        control.check()


def test_a_full_disk_fails_the_run_with_a_sentence(store, tiny_dataset, monkeypatch):
    run = create(store, tiny_dataset)

    def full(figures):
        raise OSError(28, "No space left on device", "history.csv")

    monkeypatch.setattr(run, "append_history", full)
    log = Log()
    train(run, tiny_dataset, report=log, control=TrainingControl())
    assert (log[-1].status, log[-1].epoch) == ("failed", 0)
    assert "No space left on device" in log[-1].message
    assert store.get(run.name).status == "failed"


def test_what_cannot_go_on_is_refused_before_anything_changes(store, tiny_dataset):
    run = create(store, tiny_dataset)
    other = Dataset("others", tiny_dataset.train, tiny_dataset.test, "another checksum")
    with pytest.raises(RunError, match="other data"):
        train(run, other, report=Log(), control=TrainingControl())
    with run.locked(), pytest.raises(RunBusyError):
        train(store.get(run.name), tiny_dataset, report=Log(), control=TrainingControl())
    run.commit(status="completed")
    with pytest.raises(RunError, match="nothing left to train"):
        train(run, tiny_dataset, report=Log(), control=TrainingControl())
    assert store.get(run.name).record.epochs == 0
