import csv

import numpy as np
import pytest

from mnist_gui.analysis import prediction_cache
from mnist_gui.analysis.notebook_reference import notebook_history
from mnist_gui.analysis.notebook_table import notebook_figures, notebook_table
from mnist_gui.analysis.prediction_cache import save_predictions
from mnist_gui.paths import resources_folder
from mnist_gui.runs.record import EpochMetrics
from mnist_gui.runs.run import Run


def test_the_notebooks_closing_table_is_the_notebooks():
    rows = [notebook_figures(model) for model in (1, 2, 3)]
    assert [row.train_accuracy for row in rows] == [0.9907, 0.9949, 0.9938]
    assert [row.test_accuracy for row in rows] == [0.9914, 0.9931, 0.9935]
    assert [row.train_loss for row in rows] == [0.0319, 0.0153, 0.0200]
    assert [row.test_loss for row in rows] == [0.0255, 0.0214, 0.0239]


def test_all_36_epochs_are_there():
    with (resources_folder() / "notebook_history.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 36
    assert [[row.epoch for row in notebook_history()[model]] for model in (1, 2, 3)] == [list(range(1, 13))] * 3


@pytest.fixture
def run(store) -> Run:
    run = store.create(2, {"name": "quick"}, 0, {"name": "bars", "checksum": "bars-checksum"})
    files = {
        "history.csv": run.append_history(EpochMetrics(1, 0.5, 0.8, 0.4, 0.9, 1.0)),
        "model.tflite": run.write_file("model.tflite", lambda path: path.write_bytes(b"a model")),
    }
    run.commit(status="completed", epochs=1, exported=1, files=files)
    return run


class CountingModel:
    """Stands for LoadedModel: right on all frames but every tenth, and counts how often it is asked."""

    asked = 0

    def __init__(self, run):
        pass

    def probabilities(self, frames):
        CountingModel.asked += len(frames)
        digits = (frames.sum(axis=2).argmax(axis=1) - 4) // 2
        digits[::10] = (digits[::10] + 1) % 10
        return (np.eye(10, dtype=np.float32) * 0.91 + 0.01)[digits]


@pytest.fixture(autouse=True)
def _counting(monkeypatch):
    CountingModel.asked = 0
    monkeypatch.setattr(prediction_cache, "LoadedModel", CountingModel)


def test_a_row_has_the_runs_figures_and_the_notebooks(store, run, tiny_dataset, tmp_path):
    (row,) = notebook_table(store.entries(), tiny_dataset, tmp_path)
    assert (row.figures.train_accuracy, row.figures.train_loss) == (0.8, 0.5)
    assert row.figures.test_accuracy == pytest.approx(0.9)
    assert row.figures.test_loss == pytest.approx(-(0.9 * np.log(0.92) + 0.1 * np.log(0.01)), rel=1e-5)
    assert row.notebook == notebook_figures(2)
    assert set(row.to_json()) == {
        "run", "model", "status", "train_accuracy", "train_loss", "test_accuracy", "test_loss", "notebook",
    }  # fmt: skip


def test_predictions_are_computed_once(store, run, tiny_dataset, tmp_path):
    first = list(notebook_table(store.entries(), tiny_dataset, tmp_path))
    assert list(notebook_table(store.entries(), tiny_dataset, tmp_path)) == first
    assert CountingModel.asked == len(tiny_dataset.test)


@pytest.mark.parametrize("content", [b"", b"not an archive", None])
def test_a_damaged_or_foreign_cache_is_computed_again(store, run, tiny_dataset, tmp_path, content):
    first = list(notebook_table(store.entries(), tiny_dataset, tmp_path))
    (kept,) = (tmp_path / "predictions").iterdir()
    if content is None:
        save_predictions(kept, np.zeros((3, 3), np.float32))
    else:
        kept.write_bytes(content)
    assert list(notebook_table(store.entries(), tiny_dataset, tmp_path)) == first


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(store, run, tiny_dataset, tmp_path):
    (tmp_path / "file").write_text("in the way")
    (row,) = notebook_table(store.entries(), tiny_dataset, tmp_path / "file")
    assert row.figures.test_accuracy == pytest.approx(0.9)


def test_a_damaged_model_and_a_damaged_run_say_so_and_the_rest_goes_on(store, run, tiny_dataset, tmp_path):
    list(notebook_table(store.entries(), tiny_dataset, tmp_path))
    (run.folder / "model.tflite").write_bytes(b"another")
    (store.folder / "broken").mkdir()
    altered, broken = notebook_table(store.entries(), tiny_dataset, tmp_path)
    assert altered.figures.test_accuracy is None
    assert altered.figures.train_accuracy == 0.8
    assert "altered" in altered.problem
    assert altered.status == "damaged"
    assert (broken.run, broken.model, broken.status, broken.notebook) == ("broken", None, "damaged", None)


def test_a_damaged_history_does_not_hide_the_test_figures(store, run, tiny_dataset, tmp_path):
    (run.folder / "history.csv").write_text("nonsense")
    (row,) = notebook_table(store.entries(), tiny_dataset, tmp_path)
    assert row.figures.train_accuracy is None
    assert row.figures.test_accuracy == pytest.approx(0.9)


def test_both_figures_are_of_the_model_that_answers(store, run, tiny_dataset, tmp_path):
    """A run that was paused after one epoch, resumed, and cut after the second."""
    history = run.append_history(EpochMetrics(2, 0.1, 0.99, 0.1, 0.99, 1.0))
    run.commit(status="running", epochs=2, files={**run.record.files, "history.csv": history})
    (row,) = notebook_table(store.entries(), tiny_dataset, tmp_path)
    assert (row.epochs, row.figures.train_accuracy, row.status) == (1, 0.8, "interrupted")


def test_a_cancelled_computation_leaves_the_figure_open(store, run, tiny_dataset, tmp_path):
    (row,) = notebook_table(store.entries(), tiny_dataset, tmp_path, progress=lambda run, part: False)
    assert row.figures.test_accuracy is None
    assert CountingModel.asked == 0
