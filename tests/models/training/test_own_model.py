"""A network of the user's own is trained, resumed, exported, evaluated and reported as the notebook's are."""

import logging

import numpy as np
import pytest

from mnist_gui.analysis.comparison import compare_runs
from mnist_gui.analysis.evaluation_data import mnist_evaluation_set
from mnist_gui.analysis.summary_table import notebook_table
from mnist_gui.models.architectures import architecture_of
from mnist_gui.models.export import available_formats, export_run
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.models.layer_chain import chain_architecture, own_chain, parse_chain
from mnist_gui.models.networks import layer_weight_shapes
from mnist_gui.models.recipes import QUICK
from mnist_gui.models.training.data_split import describe_data
from mnist_gui.models.training.fine_tuning import create_fine_tuning_run
from mnist_gui.models.training.new_run import create_run
from mnist_gui.models.training.resume import resume_obstacle
from mnist_gui.models.training.trainer import train
from mnist_gui.models.training.training_control import TrainingControl
from mnist_gui.models.training.training_events import EpochEnded
from mnist_gui.models.weights import read_weights

RECIPE = QUICK.with_changes(epochs=2, frames=320, held_out=64, batch_size=32)
LAYERS = "conv 5 8, pool 2, norm, conv 3 8, pool 2, dropout 0.25, dense 32"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::ResourceWarning"),
]


@pytest.fixture(autouse=True)
def _quiet():
    logging.getLogger("tensorflow").setLevel(logging.ERROR)


def trained(store, dataset, *, pause=False):
    run = create_run(store, chain_architecture(parse_chain(LAYERS)), RECIPE, 3, describe_data(RECIPE, dataset))
    control = TrainingControl()
    report = (lambda event: control.interrupt() if isinstance(event, EpochEnded) else None) if pause else lambda e: None
    return train(run, dataset, report=report, control=control)


def test_it_is_trained_resumed_evaluated_and_exported(store, tiny_dataset, tmp_path):
    whole, paused = trained(store, tiny_dataset), trained(store, tiny_dataset, pause=True)
    paused = store.get(paused.name)
    assert (paused.status, paused.record.epochs, resume_obstacle(paused)) == ("paused", 1, "")
    resumed = train(paused, tiny_dataset, report=lambda event: None, control=TrainingControl())
    for first, second in zip(read_weights(whole), read_weights(resumed), strict=True):
        assert (first == second).all(), "bit for bit"
    assert (whole.status, whole.record.model, own_chain(whole)) == ("completed", None, LAYERS)
    assert whole.history()[-1].val_accuracy > 0.5

    frames = tiny_dataset.test.frames()
    answers = LoadedModel(whole).probabilities(frames)
    assert {"keras", "csv", "litert"} <= set(available_formats(whole))
    export_run(whole, "keras", tmp_path / "own.keras")
    import keras

    model = keras.models.load_model(tmp_path / "own.keras")
    shapes = [shape for weights in layer_weight_shapes(architecture_of(whole).network).values() for shape in
              weights.values()]  # fmt: skip
    assert [tuple(weight.shape) for weight in model.weights] == shapes
    assert model.predict(frames[..., None], verbose=0) == pytest.approx(answers, abs=2e-3)

    (row,) = notebook_table([whole], tiny_dataset, tmp_path)
    assert (row.model, row.notebook, row.problem) == (0, None, "")
    assert row.parameters == architecture_of(whole).parameters
    assert row.errors == (answers.argmax(axis=1) != tiny_dataset.test.labels).sum()
    found = compare_runs([whole, resumed], mnist_evaluation_set(tiny_dataset), tmp_path)
    assert not found.problems
    assert "model" not in found.runs[0].subject


def test_it_is_fine_tuned(store, tiny_dataset):
    parent = trained(store, tiny_dataset)
    digits = [(frame, int(label)) for frame, label in zip(tiny_dataset.train.frames()[:6], range(6), strict=True)]
    run = create_fine_tuning_run(store, parent, digits)
    assert (run.record.model, run.name[:10]) == (None, "own-teach-")
    run = train(run, tiny_dataset, report=lambda event: None, control=TrainingControl())
    assert run.status == "completed", run.record.message
    before, after = read_weights(parent), read_weights(run)
    moved = [not np.array_equal(first, second) for first, second in zip(before, after, strict=True)]
    assert not any(moved[:-4]), "convolutions stay as they are"
    assert all(moved[-4:])
