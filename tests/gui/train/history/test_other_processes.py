"""What another process does with the runs appears in an open window."""

import subprocess
import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from mnist_gui.gui import runs_watcher
from mnist_gui.gui.runs_watcher import RunsWatcher
from tests.gui.train.history.history_actions import create, select, table_rows

pytestmark = pytest.mark.slow

WAIT = 4_000  # ms

# Trains a run of model 2: says when it has begun, ends an epoch at each line that it reads, and completes it at the end
# of the input.
TRAINING = """
import sys
from pathlib import Path
from mnist_gui.runs.record import EpochMetrics
from mnist_gui.runs.store import RunStore
store = RunStore(Path(sys.argv[1]), Path(sys.argv[2]))
run = store.create(2, {"name": "fast", "epochs": 3}, 1, {"name": "bars", "checksum": "c"})
with run.locked():
    run.commit(status="running")
    print(run.name, flush=True)
    for epoch, _line in enumerate(sys.stdin, 1):
        files = {
            "history.csv": run.append_history(EpochMetrics(epoch, 0.5, 0.9, 0.4, 0.9, 1.0)),
            "model.onnx": run.write_file("model.onnx", lambda path: path.write_bytes(b"x")),
        }
        run.commit(files=files, epochs=epoch)
    run.commit(status="completed")
"""


class OtherProcess:
    """A process that trains a run."""

    def __init__(self, store) -> None:
        arguments = [sys.executable, "-c", TRAINING, str(store.folder), str(store.shipped)]
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.run = self.process.stdout.readline().strip()

    def end_epoch(self) -> None:
        self.process.stdin.write("epoch\n")
        self.process.stdin.flush()

    def complete(self) -> None:
        self.process.stdin.close()
        assert self.process.wait(20) == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(20)


@pytest.fixture
def train_elsewhere(store):
    started = []

    def train() -> OtherProcess:
        started.append(OtherProcess(store))
        return started[-1]

    yield train
    for other in started:
        other.kill()
        other.process.stdin.close()
        other.process.stdout.close()


@pytest.fixture
def watch(store):
    watchers = []

    def start() -> RunsWatcher:
        watcher = RunsWatcher(store)
        watchers.append(watcher)
        watcher.start()
        return watcher

    yield start
    for watcher in watchers:
        assert watcher.shut_down()


@pytest.fixture
def history(store, open_history, watch):
    """A run history in line with the folder."""
    history = open_history()
    watch().changed.connect(history.refresh)
    return history


@pytest.mark.parametrize("folder_can_be_watched", [True, False])
def test_a_run_of_another_process_is_followed_to_its_end(
    qtbot, store, history, train_elsewhere, monkeypatch, folder_can_be_watched
):
    if not folder_can_be_watched:  # as on some network drives
        monkeypatch.setattr(runs_watcher.QFileSystemWatcher, "addPaths", lambda _self, paths: paths)
        monkeypatch.setattr(runs_watcher, "SLOW_POLL_MS", runs_watcher.POLL_MS)
    qtbot.waitUntil(lambda: history.isVisible())
    other = train_elsewhere()
    qtbot.waitUntil(lambda: other.run in table_rows(history), timeout=WAIT)
    assert table_rows(history)[other.run].status == "training"
    other.end_epoch()
    qtbot.waitUntil(lambda: table_rows(history)[other.run].epochs == 1, timeout=WAIT)
    other.complete()
    qtbot.waitUntil(lambda: table_rows(history)[other.run].status == "completed", timeout=WAIT)
    store.delete(other.run)
    qtbot.waitUntil(lambda: other.run not in table_rows(history), timeout=WAIT)


def test_a_run_whose_process_was_killed_is_no_longer_training(qtbot, history, train_elsewhere):
    other = train_elsewhere()
    qtbot.waitUntil(lambda: other.run in table_rows(history), timeout=WAIT)
    other.kill()
    qtbot.waitUntil(lambda: table_rows(history)[other.run].status == "interrupted", timeout=WAIT)


def test_what_a_killed_process_left_is_deleted_at_launch(qtbot, store, watch):
    leftover = create(store).folder / ".next-model.onnx"
    leftover.write_bytes(b"half a model")
    watch()
    qtbot.waitUntil(lambda: not leftover.exists(), timeout=WAIT)


@pytest.fixture
def long_history(qtbot, store, open_history, watch):
    """A history that scrolls, in line with the folder, and its table with the seventh run selected."""
    runs = [create(store).name for _ in range(12)]
    history = open_history()
    watcher = watch()
    watcher.changed.connect(history.refresh)
    return history, select(history, runs[6]), runs


def test_selection_and_scroll_position_stay(qtbot, long_history, train_elsewhere):
    history, table, runs = long_history
    bar = table.verticalScrollBar()
    bar.setValue(bar.maximum())
    before = bar.value()
    assert before > 0
    other = train_elsewhere()
    qtbot.waitUntil(lambda: other.run in table_rows(history), timeout=WAIT)
    assert list(table_rows(history))[table.currentIndex().row()] == runs[6]
    assert bar.value() == before


def test_a_name_that_is_being_edited_stays(qtbot, store, long_history, train_elsewhere):
    history, table, runs = long_history
    qtbot.keyClick(table, Qt.Key.Key_F2)
    editor = table.findChildren(QLineEdit, "run_name")[-1]
    qtbot.keyClicks(editor, "mine")
    with qtbot.waitSignal(history._reader.finished_with, timeout=WAIT):
        other = train_elsewhere()
    assert editor.isVisible()
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: {"mine", other.run} <= table_rows(history).keys(), timeout=WAIT)
    assert runs[6] not in table_rows(history)
