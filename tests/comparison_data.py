"""Runs, evaluation sets and comparisons for the tests of the analysis, the report and the Compare tab."""

from __future__ import annotations

from functools import partial

import numpy as np

from mnist_gui.analysis import latency, prediction_cache, robustness
from mnist_gui.analysis.comparison import ComparedRun, Comparison, compare_runs, ensemble
from mnist_gui.analysis.evaluation_data import EvaluationSet, mnist_evaluation_set
from mnist_gui.models.inference.ensemble import write_held_out
from mnist_gui.runs.record import HELD_OUT_FILE, EpochMetrics
from tests.fakes import BarModel, rows_of

RECIPE = {"name": "quick"}


def compared_run(title, model, predicted, labels, confidence=0.9, *, run=None) -> ComparedRun:
    """Return a run that predicts these digits."""
    rows = rows_of(predicted, confidence)
    return ComparedRun(title, model, np.asarray(labels, np.uint8), rows, rows, False, run)


def evaluation_set(labels, name="MNIST test") -> EvaluationSet:
    """Return an evaluation set with these labels; each frame has one pixel of ink."""
    labels = np.asarray(labels, np.uint8)
    images = np.zeros((len(labels), 28, 28), np.uint8)
    images[:, 14, 14] = 255
    return EvaluationSet(name, images, labels, "checksum")


def comparison_of(*compared_runs: ComparedRun, problems=()) -> Comparison:
    """Return a comparison of runs that `compared_run` made."""
    together = ensemble(compared_runs) if len(compared_runs) > 1 else None
    return Comparison(evaluation_set(compared_runs[0].labels), tuple(compared_runs), together, tuple(problems))


def use_bar_models(monkeypatch):
    """Replace the networks of all runs by `BarModel`."""
    BarModel.asked = 0
    for module in (prediction_cache, robustness, latency):
        monkeypatch.setattr(module, "LoadedModel", BarModel)


def add_run(store, model=1, seed=0, name=None, **record):
    """Add a completed run of one epoch."""
    run = store.create(model, RECIPE, seed, {"name": "bars", "checksum": "bars-checksum"}, **record)
    content = f"model {model}, seed {seed}".encode()
    files = {
        "history.csv": run.append_history(EpochMetrics(1, 0.5, 0.8125, 0.4, 0.9, 1.0)),
        "model.onnx": run.write_file("model.onnx", lambda path: path.write_bytes(content)),
    }
    run.commit(status="completed", epochs=1, exported=1, files=files)
    return run if name is None else store.rename(run.name, name)


def add_held_out(run, predicted, labels, confidence=0.9):
    """Give a run the file of its predictions for held-out frames."""
    write = partial(write_held_out, probabilities=rows_of(predicted, confidence), labels=np.asarray(labels, np.uint8))
    run.commit(files={**run.record.files, HELD_OUT_FILE: run.write_file(HELD_OUT_FILE, write)})


def compared(runs, dataset, cache):
    """Return the result of comparing runs on the test frames of a dataset."""
    from mnist_gui.gui.compare.comparison_job import make_result
    from mnist_gui.gui.widgets.run_marker import RunMarks

    return make_result(compare_runs(runs, mnist_evaluation_set(dataset), cache), cache, RunMarks())
