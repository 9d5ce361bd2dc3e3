"""Whatever changes a run is killed at each of its steps on the disk: it is as before or as after, and goes on."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnist_gui.models.architectures import ARCHITECTURES
from mnist_gui.models.networks import weight_shapes
from mnist_gui.models.weights import write_archive
from mnist_gui.runs.record import MODEL_FILE, RECORD_FILE, WEIGHTS_FILE, RunRecord
from mnist_gui.runs.run import DamagedRun, Run
from mnist_gui.runs.store import RunStore
from tests.faults import kill_at_each_step
from tests.faults.kill_at_each_step import OTHER, store_in

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="each process is a copy of one that has imported all"),
]
IMPORTED = {"file": "lenet.h5", "sha256": "0" * 64, "format": "onnx", "convention": {"values": "0 to 1"}, "side": 28}
OLD_MODEL = b"the old model"


@pytest.fixture
def start(tmp_path) -> Path:
    """A folder with an imported run that answers."""
    folder = tmp_path / "start"
    store = store_in(folder)
    store.create_imported("lenet", {**IMPORTED, "accuracy": 0.99, "frames": 1000}, None, {MODEL_FILE: OLD_MODEL})
    store.set_answering(["lenet"])
    return folder


def killed(action: str, start: Path) -> list[Path]:
    """Return the folders that are left by an action that is killed at each of its steps, and last by the whole one."""
    command = [sys.executable, "-m", kill_at_each_step.__name__, action, str(start.parent)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=500)
    assert ended.returncode == 0, ended.stderr
    folders = sorted(start.parent.glob("step-*"), key=lambda path: int(path.name[5:]))
    assert len(folders) > 3
    return folders


def model_and(folder: Path, value) -> tuple[bytes, object]:
    """Return the model of the run, read as any program does, and a value of its record; then, the run is written."""
    store = store_in(folder)
    assert not [entry for entry in store.entries() if isinstance(entry, DamagedRun)]
    run = store.get("lenet")
    found = run.read_file(MODEL_FILE), value(run.record)
    store.set_note("lenet", "It goes on.")
    run = store.get("lenet")
    assert (run.read_file(MODEL_FILE), (run.folder / MODEL_FILE).read_bytes()) == (found[0], found[0])
    store.remove_leftovers()
    assert {path.name for path in run.folder.iterdir()} - {".lock"} == {RECORD_FILE, *run.record.files}
    return found


def test_what_a_model_expects_is_changed_with_the_model_or_not_at_all(start):
    states = [model_and(folder, lambda record: record.imported["accuracy"]) for folder in killed("change", start)]
    assert states[0] == (OLD_MODEL, 0.99)
    assert states[-1] == (b"the new model", 0.25)
    assert set(states) == {states[0], states[-1]}
    assert store_in(start.parent / "step-1").get("lenet").record.imported["convention"] != OTHER.to_json()


def test_a_model_that_is_exported_twice_belongs_to_its_record(start):
    states = [model_and(folder, lambda record: record.note) for folder in killed("export_again", start)]
    expected = {(OLD_MODEL, ""), (b"the new model", "the new model"), (b"the newest model", "the newest model")}
    assert set(states) == expected


def test_a_run_that_comes_back_from_another_machine_is_the_old_or_the_new_one(start):
    store = store_in(start)
    other = Run(store.shipped / "lenet", store.get("lenet").record)
    other.folder.mkdir(parents=True)
    other.commit(files={MODEL_FILE: other.write_bytes(MODEL_FILE, b"trained there")}, exported=2, epochs=2)
    states = [model_and(folder, lambda record: record.epochs) for folder in killed("receive", start)]
    assert set(states) == {(OLD_MODEL, 0), (b"trained there", 2)}


def test_a_run_is_created_whole_or_not_at_all(start):
    for folder in killed("create", start):
        store = store_in(folder)
        assert [entry for entry in store.entries() if isinstance(entry, DamagedRun)] == []
        added = [run for run in store.runs() if run.name == "added"]
        assert all(set(run.record.files) == {"model.onnx", "parent_weights.npz"} for run in added)
        again = store.create_imported("added", store.get("lenet").record.imported, None, {MODEL_FILE: b"m"})
        assert again.name == ("added-2" if added else "added")
    assert added, "the whole one"


def test_a_run_that_is_renamed_answers_under_either_name(start):
    for folder in killed("rename", start):
        store = store_in(folder)
        (place,) = store.places()
        assert (place.run is not None, place.problem) == (True, "")
        assert place.run.name == next(run.name for run in store.runs())
        store.rename(place.run.name, "again")
        assert [run.name for run in store.answering()] == ["again"]
    assert place.run.name == "letter"


def test_a_title_is_set_or_not(start):
    states = [model_and(folder, lambda record: record.title) for folder in killed("set_title", start)]
    assert set(states) == {(OLD_MODEL, ""), (OLD_MODEL, "My LeNet")}


def test_a_deleted_run_is_there_or_can_be_restored(start):
    for folder in killed("delete", start):
        store = store_in(folder)
        if not store.runs():
            assert store.restore("lenet") == "lenet"
        assert store.get("lenet").read_file(MODEL_FILE) == OLD_MODEL
        assert [run.name for run in store.answering()] == ["lenet"]


def test_a_run_of_an_earlier_version_is_converted_or_can_be(start, monkeypatch):
    store = store_in(start)
    folder = store.folder / "old"
    folder.mkdir()
    record = RunRecord(1, {"name": "fast"}, 0, {"name": "bars", "checksum": ""}, "2026-01-01", "completed")
    arrays = [np.full(shape, 0.01, np.float16) for shape in weight_shapes(ARCHITECTURES[1].network).values()]
    old = Run(folder, record)
    old.commit(files={WEIGHTS_FILE: old.write_bytes(WEIGHTS_FILE, write_archive(arrays))})
    for folder in killed("convert", start):
        run = RunStore(folder / "runs", folder / "shipped").get("old")
        assert run.read_file(run.model_file)
        kill_at_each_step.convert(store_in(folder))
        assert store_in(folder).get("old").model_file == MODEL_FILE
    assert run.model_file == MODEL_FILE
