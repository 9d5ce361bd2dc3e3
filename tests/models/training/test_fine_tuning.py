"""Fine-tuning with real Keras on few frames."""

import logging

import numpy as np
import pytest

from mnist_gui.digits.dataset import load_mnist_test
from mnist_gui.models.export import export_run
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.models.recipes import FINE_TUNING, RECIPES, Recipe
from mnist_gui.models.training import fine_tuning, training_events
from mnist_gui.models.training.data_split import describe_data
from mnist_gui.models.training.fine_tuning import DenseLayersSetup, create_fine_tuning_run, fine_tuning_digits
from mnist_gui.models.training.resume import can_resume
from mnist_gui.models.training.trainer import train
from mnist_gui.models.training.training_control import TrainingControl
from mnist_gui.models.weights import read_weights
from mnist_gui.runs.record import (
    FINE_TUNING_DIGITS_FILE,
    LITERT_FILE,
    MODEL_FILE,
    PARENT_WEIGHTS_FILE,
    WEIGHTS_FILE,
    RunError,
)
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore

# TensorFlow and its converter emit warnings at import and export.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::ResourceWarning"),
]

PARENT = Recipe("test", frames=320, epochs=2, batch_size=32, optimizer="adam", learning_rate=0.002, held_out=64)


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    monkeypatch.setattr(fine_tuning, "FINE_TUNING", FINE_TUNING.with_changes(frames=192, learning_rate=0.002))


@pytest.fixture(scope="module")
def parent(tiny_dataset, tmp_path_factory) -> Run:
    """A run of model 2, whose batch normalization must not change."""
    folder = tmp_path_factory.mktemp("runs")
    run = RunStore(folder, folder / "none").create(2, PARENT.to_json(), 1, describe_data(PARENT, tiny_dataset))
    return train(run, tiny_dataset, report=lambda event: None, control=TrainingControl())


def upright(column: int) -> np.ndarray:
    """Return a frame unlike those of the data: its bar is vertical."""
    frame = np.zeros((28, 28), np.float32)
    frame[4:24, column : column + 3] = 1
    return frame


MINE = [(upright(6), 7), (upright(13), 2), (upright(20), 2), (upright(7), 7)]


def content(run: Run) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in run.folder.iterdir() if path.is_file() and path.name != ".lock"}


def teach(run, dataset, control=None, report=lambda event: None):
    return train(run, dataset, report=report, control=control or TrainingControl())


def test_what_was_taught_is_answered_and_the_rest_is_not_forgotten(store, tiny_dataset, parent):
    before = content(parent)
    messages = []
    run = teach(create_fine_tuning_run(store, parent, MINE), tiny_dataset, report=messages.append)
    again = store.get(run.name)
    assert (again.status, again.record.parent, again.record.trainable) == ("completed", parent.name, "dense")
    taught = LoadedModel(again)
    asked = np.stack([frame for frame, _ in MINE])
    assert list(taught.probabilities(asked).argmax(axis=1)) == [label for _, label in MINE]
    frames, labels = tiny_dataset.test.frames(), tiny_dataset.test.labels
    assert (taught.probabilities(frames).argmax(axis=1) == labels).mean() >= (
        LoadedModel(parent).probabilities(frames).argmax(axis=1) == labels
    ).mean()
    assert content(parent) == before, "the parent stays as it is"

    kinds = [type(event) for event in messages]
    assert kinds[0] is training_events.Preparing and kinds[-1] is training_events.TrainingEnded
    copies = again.record.recipe["copies"]
    started = next(event for event in messages if isinstance(event, training_events.TrainingStarted))
    assert (started.frames, started.validation_frames) == (192 + copies * len(MINE), 64)
    assert [figures.epoch for figures in again.history()] == list(range(1, FINE_TUNING.epochs + 1))
    assert PARENT_WEIGHTS_FILE not in content(again), "nothing is left to resume"
    assert (fine_tuning_digits(again)[0].labels == [label for _, label in MINE]).all()


def test_only_dense_layers_differ_from_the_parents(store, tiny_dataset, parent):
    run = teach(create_fine_tuning_run(store, parent, MINE[:2]), tiny_dataset)
    changed = [not np.array_equal(a, b) for a, b in zip(read_weights(run), read_weights(parent), strict=True)]
    # Two convolutions, a dense layer, four of batch normalization, a dense layer.
    assert changed == [False] * 4 + [True] * 2 + [False] * 4 + [True] * 2


def test_weights_go_back_towards_the_parents_until_little_is_forgotten(store, tiny_dataset, parent, monkeypatch):
    """Nothing is replayed, and the digits contradict the data."""
    monkeypatch.setattr(fine_tuning, "FINE_TUNING", FINE_TUNING.with_changes(frames=1, learning_rate=0.003))
    frames, labels = tiny_dataset.train[-64:].frames(), tiny_dataset.train[-64:].labels
    wrong = [(frame, (int(label) + 1) % 10) for frame, label in zip(frames[:8], labels[:8], strict=True)]

    def errors(run):
        return int((LoadedModel(run).probabilities(frames).argmax(axis=1) != labels).sum())

    run = teach(create_fine_tuning_run(store, parent, wrong), tiny_dataset)
    assert errors(run) <= errors(parent)
    changed = [not np.array_equal(a, b) for a, b in zip(read_weights(run), read_weights(parent), strict=True)]
    assert any(changed)
    monkeypatch.setattr(fine_tuning, "MAX_FORGOTTEN", 1.0)
    assert errors(teach(create_fine_tuning_run(store, parent, wrong), tiny_dataset)) > errors(parent)


def test_one_drawing_can_be_taught_and_a_taught_run_taught_again(store, tiny_dataset, parent):
    once = teach(create_fine_tuning_run(store, parent, MINE[:1]), tiny_dataset)
    assert LoadedModel(once).probabilities(MINE[0][0][None]).argmax() == 7
    twice = teach(create_fine_tuning_run(store, once, [MINE[0], MINE[2]]), tiny_dataset)
    assert twice.record.parent == once.name
    assert list(LoadedModel(twice).probabilities(np.stack([MINE[0][0], MINE[2][0]])).argmax(axis=1)) == [7, 2]


def test_paused_and_resumed_without_its_parent_equals_unbroken(store, tiny_dataset, parent):
    unbroken = teach(create_fine_tuning_run(store, parent, MINE, seed=5), tiny_dataset)
    elsewhere = store.create(2, PARENT.to_json(), 1, parent.record.data)
    model = elsewhere.write_file(MODEL_FILE, lambda path: path.write_bytes(parent.read_file(MODEL_FILE)))
    elsewhere.commit(files={MODEL_FILE: model}, calibration=parent.record.calibration)
    broken = create_fine_tuning_run(store, elsewhere, MINE, seed=5)
    store.delete(elsewhere.name)

    control = TrainingControl()
    teach(
        broken,
        tiny_dataset,
        control,
        lambda event: control.interrupt() if isinstance(event, training_events.EpochEnded) else None,
    )
    paused = store.get(broken.name)
    assert (paused.status, paused.record.epochs) == ("paused", 1)
    assert can_resume(paused)
    teach(paused, tiny_dataset)
    for one, other in zip(unbroken.history(), paused.history(), strict=True):
        assert other.loss == pytest.approx(one.loss, rel=1e-4)
        assert other.val_loss == pytest.approx(one.val_loss, rel=1e-4)


def test_a_teaching_killed_before_its_first_epoch_begins_again_and_one_killed_later_exports_whole(
    store, tiny_dataset, parent, tmp_path
):
    class Killed(BaseException):
        pass

    def killed_at(kind):
        def report(event):
            if isinstance(event, kind):
                raise Killed

        return report

    run = create_fine_tuning_run(store, parent, MINE)
    with pytest.raises(Killed):
        teach(run, tiny_dataset, report=killed_at(training_events.BatchEnded))
    cut = store.get(run.name)
    assert (cut.status, cut.record.epochs, can_resume(cut)) == ("interrupted", 0, True)
    with pytest.raises(Killed):
        teach(cut, tiny_dataset, report=killed_at(training_events.EpochEnded))
    cut = store.get(run.name)
    assert (cut.record.epochs, cut.has_model) == (1, False)
    export_run(cut, "keras", tmp_path / "cut.keras")  # its checkpoint holds the convolutions too
    done = teach(cut, tiny_dataset)
    assert (done.status, done.record.epochs) == ("completed", FINE_TUNING.epochs)


def test_a_stop_while_features_are_computed_keeps_what_a_new_start_needs(store, tiny_dataset, parent):
    run = create_fine_tuning_run(store, parent, MINE)
    control = TrainingControl()
    stop = lambda event: control.stop() if getattr(event, "what", "").startswith("Computing") else None  # noqa: E731
    teach(run, tiny_dataset, control, stop)
    stopped = store.get(run.name)
    assert (stopped.status, stopped.record.epochs) == ("stopped", 0)
    assert {FINE_TUNING_DIGITS_FILE, PARENT_WEIGHTS_FILE} <= set(content(stopped))
    assert can_resume(stopped)


def test_held_out_drawings_are_judged_and_never_trained_on(store, tiny_dataset, parent):
    messages = []
    run = create_fine_tuning_run(store, parent, MINE[:2], held_out=MINE[2:])
    teach(run, tiny_dataset, report=messages.append)
    started = next(event for event in messages if isinstance(event, training_events.TrainingStarted))
    assert started.validation_frames == 64 + 2
    assert run.record.calibration["frames"] == 66
    assert run.record.data["taught"] == 2


def test_a_parent_that_held_nothing_out_leaves_the_taught_run_not_calibrated(store, tiny_dataset, parent):
    notebook = store.create(2, PARENT.with_changes(held_out=0).to_json(), 1, parent.record.data)
    model = notebook.write_file(MODEL_FILE, lambda path: path.write_bytes(parent.read_file(MODEL_FILE)))
    notebook.commit(files={MODEL_FILE: model}, status="completed")
    run = teach(create_fine_tuning_run(store, notebook, MINE), tiny_dataset)
    assert (run.status, run.record.calibration) == ("completed", None)


@pytest.mark.parametrize(
    ("digits", "messages"),
    [
        ([], "no digit"),
        ([(upright(3), 10)], "10"),
        ([(upright(3), -1)], "-1"),
        ([(upright(3), None)], "None"),
        ([(np.zeros((20, 20), np.float32), 3)], r"\(20, 20\)"),
        ([(upright(3) * 255, 3)], "from 0 to 1"),
        ([(upright(3) * np.float32("nan"), 3)], "from 0 to 1"),
    ],
)
def test_what_is_no_labelled_digit_is_refused_and_leaves_no_run(store, parent, digits, messages):
    with pytest.raises(RunError, match=messages):
        create_fine_tuning_run(store, parent, digits)
    assert store.entries() == []


@pytest.mark.parametrize("kept", [False, True])
def test_digits_of_the_test_set_of_mnist_are_neither_taught_nor_judged_on(store, parent, kept):
    test = load_mnist_test()[:1]
    leaked = [(test.frames()[0], 7)]
    digits, held_out = (MINE, leaked) if kept else ([*MINE, *leaked], ())
    with pytest.raises(RunError, match=r"1 digit \(labelled 7\) of My digits is from MNIST's test set"):
        create_fine_tuning_run(store, parent, digits, held_out=held_out)
    assert store.entries() == []


def test_a_run_that_was_given_digits_of_the_test_set_of_mnist_is_not_trained(store, parent, tiny_dataset, monkeypatch):
    leaked = [(load_mnist_test()[:1].frames()[0], 7)]
    with monkeypatch.context() as patched:
        patched.setattr(fine_tuning, "mnist_test_indices", lambda images: [])
        run = create_fine_tuning_run(store, parent, [*MINE, *leaked])
    with pytest.raises(RunError, match="MNIST's test set"):
        DenseLayersSetup(run, tiny_dataset)


def test_a_parent_without_weights_or_with_damaged_ones_is_refused(store, parent, tmp_path):
    bare = store.create(2, PARENT.to_json(), 1, parent.record.data)
    old = bare.write_file(LITERT_FILE, lambda path: path.write_bytes(b"a model of an earlier version"))
    bare.commit(files={LITERT_FILE: old})
    with pytest.raises(RunError, match=rf"{bare.name} has no weights.*\.$"):
        create_fine_tuning_run(store, bare, MINE)
    weights = bare.write_file(WEIGHTS_FILE, lambda path: path.write_bytes(b"nothing"))
    bare.commit(files={LITERT_FILE: old, WEIGHTS_FILE: weights})
    with pytest.raises(RunError, match="not an archive"):
        create_fine_tuning_run(store, bare, MINE)
    assert [run.name for run in store.runs()] == [bare.name]


def test_teaching_is_no_recipe_to_choose():
    assert FINE_TUNING.name not in RECIPES
    assert Recipe.from_json({k: v for k, v in FINE_TUNING.to_json().items() if k != "copies"}).copies == 0, (
        "older records"
    )
