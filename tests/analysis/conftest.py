"""Runs made by hand, and what answers for them."""

from __future__ import annotations

import pytest
from made import CountingModel

from mnist_gui.runs.record import EpochFigures
from mnist_gui.runs.run import Run


@pytest.fixture
def make_run(store):
    """Return a function that makes a completed run of one epoch with something for a model."""

    def make(model=2, seed=0, recipe="fast", **changes) -> Run:
        data = {"name": "bars", "checksum": "bars-checksum", "frames": 2400}
        run = store.create(model, {"name": recipe, "epochs": 1}, seed, data)
        files = {
            "history.csv": run.append_history(EpochFigures(1, 0.5, 0.8, 0.4, 0.9, 12.0)),
            "model.tflite": run.write_file("model.tflite", lambda path: path.write_bytes(f"{model} {seed}".encode())),
        }
        run.commit(**{"status": "completed", "epochs": 1, "exported": 1, "files": files, **changes})
        return run

    return make


@pytest.fixture
def counting(monkeypatch):
    """Put `CountingModel` in the place of LoadedModel, everywhere in the analysis."""
    CountingModel.asked = 0
    for room in ("predictions", "robustness", "answer_time"):
        monkeypatch.setattr(f"mnist_gui.analysis.{room}.LoadedModel", CountingModel)
    return CountingModel
