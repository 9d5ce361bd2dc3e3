"""Fixtures for all tests: no display, no files of the user, small data, no threads left running."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from pathlib import Path

# Before Qt is first imported anywhere.
if not os.environ.get("QT_QPA_PLATFORM", "").startswith("offscreen"):  # a test gives a screen of its own
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
# As the program does, before NumPy is.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pytest

from mnist_gui.digits.dataset import Dataset, Split
from mnist_gui.runs.record import EpochMetrics
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore
from tests.fakes import CountingModel


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    """Redirect the user's folders, also for programs that tests start."""
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "WIN_PD_OVERRIDE_LOCAL_APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


@pytest.fixture
def store(tmp_path) -> RunStore:
    """An empty store in temporary folders."""
    return RunStore(tmp_path / "runs", tmp_path / "shipped")


@pytest.fixture(scope="session")
def tiny_dataset() -> Dataset:
    """2,400 training and 60 test frames in which the row of a bar is the digit."""

    def split(count: int) -> Split:
        labels = (np.arange(count) % 10).astype(np.uint8)
        images = np.zeros((count, 28, 28), np.uint8)
        for digit in range(10):
            images[labels == digit, 4 + 2 * digit : 6 + 2 * digit, 4:24] = 255
        return Split(images, labels)

    return Dataset("bars", split(2400), split(60), "bars-checksum")


@pytest.fixture
def unprivileged(tmp_path):
    """Return a context without the privileges of root; skip the test where no permission binds a user."""
    if not hasattr(os, "geteuid"):
        pytest.skip("permissions do not bind here")

    @contextmanager
    def drop_privileges():
        root = os.geteuid() == 0
        if root:
            for folder in (tmp_path, *tmp_path.parents):
                folder.chmod(0o755)
                if folder.name.startswith("pytest-of-"):  # the topmost that is pytest's
                    break
            os.seteuid(65534)
        try:
            yield
        finally:
            if root:
                os.seteuid(0)

    return drop_privileges


@pytest.fixture(autouse=True)
def _nothing_left_running(request):
    """Fail a test that leaves a Python thread running."""
    before = set(threading.enumerate())
    yield
    left = [t for t in threading.enumerate() if t not in before and t.is_alive() and not t.daemon]
    assert not left, f"threads left running: {left}"


@pytest.fixture
def make_run(store):
    """Return a function that creates a completed run of one epoch with a dummy model."""

    def make(model=2, seed=0, recipe="fast", **changes) -> Run:
        data = {"name": "bars", "checksum": "bars-checksum", "frames": 2400}
        run = store.create(model, {"name": recipe, "epochs": 1}, seed, data)
        files = {
            "history.csv": run.append_history(EpochMetrics(1, 0.5, 0.8, 0.4, 0.9, 12.0)),
            "model.onnx": run.write_file("model.onnx", lambda path: path.write_bytes(f"{model} {seed}".encode())),
        }
        run.commit(**{"status": "completed", "epochs": 1, "exported": 1, "files": files, **changes})
        return run

    return make


@pytest.fixture
def tool(monkeypatch):
    """Return a function that imports a script of the folder "tools"; skip the test in a copy without it."""
    folder = Path(__file__).parents[1] / "tools"
    if not folder.is_dir():
        pytest.skip("this copy of the program has no tools")
    monkeypatch.syspath_prepend(str(folder))
    return pytest.importorskip


@pytest.fixture
def counting(monkeypatch):
    """Replace LoadedModel by `CountingModel` in the analysis."""
    CountingModel.asked = 0
    for room in ("prediction_cache", "robustness", "latency"):
        monkeypatch.setattr(f"mnist_gui.analysis.{room}.LoadedModel", CountingModel)
    return CountingModel
