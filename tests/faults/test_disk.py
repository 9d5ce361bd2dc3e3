"""A full disk in each place that writes: one sentence, and the epochs are kept."""

import errno
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from mnist_gui.models.training import training_events
from mnist_gui.models.training.trainer import train
from mnist_gui.models.training.training_control import TrainingControl
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore
from tests.faults.faulty import MARKS, RECIPE, Log, check_whole, create, go_on

pytestmark = MARKS


class Disk:
    """While it is full, writing one of the files stops halfway."""

    def __init__(self, monkeypatch) -> None:
        self.full_for = ""
        write_file = Run.write_file
        monkeypatch.setattr(
            Run, "write_file", lambda run, name, write: write_file(run, name, self._halved(name, write))
        )
        write_bytes = Path.write_bytes

        def write_model(path, content):
            write = partial(write_bytes, data=content)
            return (self._halved("model.onnx", write) if path.suffix == ".onnx" else write)(path)

        monkeypatch.setattr(Path, "write_bytes", write_model)

    def _halved(self, name, write):
        def write_half(path):
            write(path)
            if self.full_for and name.startswith(self.full_for):
                content = path.read_bytes()
                with path.open("wb") as file:
                    file.write(content[: len(content) // 2])
                raise OSError(errno.ENOSPC, "No space left on device", str(path))

        return write_half


@pytest.mark.parametrize("file", ["checkpoint", "history", "run.json", "model"])
def test_a_disk_that_fills_up_while_training_costs_no_whole_epoch(store, tiny_dataset, monkeypatch, file):
    disk = Disk(monkeypatch)

    def fill(event):
        disk.full_for = file

    run = create(store, tiny_dataset)
    log = Log(training_events.EpochEnded, fill)
    train(run, tiny_dataset, report=log, control=TrainingControl())
    assert log.end.status == "failed"
    assert "disk is full" in log.end.message
    again = store.get(run.name)
    assert again.record.epochs == (RECIPE.epochs if file == "model" else 1)
    # If not even the record can be written, it is unchanged.
    assert again.status == ("interrupted" if file == "run.json" else "failed")
    assert again.has_model == (file not in ("run.json", "model"))
    check_whole(again)
    disk.full_for = ""
    assert go_on(store, run, tiny_dataset).has_model


def test_a_disk_that_is_full_when_a_resumed_run_ends_keeps_what_answers(store, tiny_dataset, monkeypatch):
    disk = Disk(monkeypatch)
    run = create(store, tiny_dataset)
    control = TrainingControl()
    train(run, tiny_dataset, report=Log(training_events.EpochEnded, lambda event: control.interrupt()), control=control)
    before = store.get(run.name)
    assert before.has_model
    disk.full_for = "model"
    log = Log()
    train(run, tiny_dataset, report=log, control=TrainingControl())
    again = store.get(run.name)
    assert (log.end.status, log.end.answers, again.record.epochs) == ("failed", True, RECIPE.epochs)
    assert again.record.exported == before.record.exported == 1
    check_whole(again)


def test_a_disk_that_is_full_from_the_start_creates_no_run(store, tiny_dataset, monkeypatch):
    disk = Disk(monkeypatch)
    disk.full_for = "run.json"
    with pytest.raises(Exception, match="No run can be created") as refusal:
        create(store, tiny_dataset)
    assert "No space left" in str(refusal.value)
    assert len(store.entries()) == 1


@pytest.fixture
def small_disk(tmp_path):
    """Return a function that mounts a disk of some megabytes; only for root on Linux."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = []

    def mount(megabytes):
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(folder)]
        if not sys.platform.startswith("linux") or subprocess.run(command, capture_output=True).returncode:
            pytest.skip("no disk can be mounted here")
        mounted.append(folder)
        return folder

    yield mount
    for place in mounted:
        subprocess.run(["umount", str(place)], check=True)


# A checkpoint of model 1 has 28 MiB, and the one before stays until the next is there.
@pytest.mark.parametrize(("megabytes", "epochs"), [(20, 0), (45, 1)])
def test_a_real_disk_that_is_too_small(small_disk, tiny_dataset, tmp_path, megabytes, epochs):
    store = RunStore(small_disk(megabytes) / "runs", tmp_path / "shipped")
    run = create(store, tiny_dataset)
    log = Log()
    train(run, tiny_dataset, report=log, control=TrainingControl())
    assert (log.end.status, log.end.epoch) == ("failed", epochs)
    assert "disk is full" in log.end.message
    again = store.get(run.name)
    assert again.record.epochs == epochs
    check_whole(again)
