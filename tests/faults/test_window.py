"""A training that fails in the window: one sentence, and the window stays usable."""

import os
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from mnist_gui.app import Dependencies, make_window
from mnist_gui.gui.main_window import DRAW, TRAIN
from mnist_gui.gui.settings import Settings
from mnist_gui.models.training.trainer import train as real_train
from mnist_gui.runs.record import RunBusyError
from tests.fakes import FakePredictor, FakeTraining

pytestmark = pytest.mark.slow

BUSY = "is being written by another program"


def raise_at_once(run, dataset, *, report, control):
    raise ZeroDivisionError("division by zero")


def raise_in_the_middle(run, dataset, *, report, control):
    def record(event):
        report(event)
        if getattr(event, "batch", 0) == 2:
            raise MemoryError("the memory ran out here")

    return FakeTraining()(run, dataset, report=record, control=control)


def be_busy(run, dataset, *, report, control):
    raise RunBusyError(f"Run {run.name} {BUSY}; wait until it ends.")


def fail_with_a_sentence(run, dataset, *, report, control):
    return FakeTraining(fails="The disk is full.")(run, dataset, report=report, control=control)


@pytest.fixture
def open_window(store, tiny_dataset, tmp_path, qtbot):
    dependencies = Dependencies(
        store,
        Settings(tmp_path / "settings"),
        FakePredictor,
        lambda: tiny_dataset,
        FakeTraining(),
        my_digits=tmp_path / "my.jsonl",
        cache=tmp_path / "cache",
    )
    windows = []

    def open_one(train):
        window = make_window(replace(dependencies, train=train))
        windows.append(window)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        window.tabs.setCurrentIndex(TRAIN)
        return window

    yield open_one
    for window in windows:
        if window.train_tab is not None:
            window.train_tab.shut_down()
        window.close()
        window.deleteLater()


def start(window, qtbot):
    QTest.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not window.train_tab.is_training, timeout=10_000)


def is_shown(window, words):
    return any(words in label.text() for label in window.findChildren(QLabel) if label.isVisible())


@pytest.mark.parametrize(
    ("train", "words"),
    [
        (raise_at_once, "division by zero"),
        (raise_in_the_middle, "the memory ran out here"),
        (be_busy, BUSY),
        (fail_with_a_sentence, "The disk is full."),
    ],
)
def test_the_person_is_reported_and_the_window_lives(open_window, qtbot, store, train, words):
    window = open_window(train)
    for _ in range(2):
        start(window, qtbot)
        qtbot.waitUntil(lambda: is_shown(window, words))
    assert "stopped" in {run.status for run in store.runs()}, "the run that ended before stands as it was"
    window.tabs.setCurrentIndex(DRAW)
    canvas = window.draw_tab.view.canvas
    middle = canvas.rect().center()
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle - QPoint(0, 60))
    qtbot.mouseMove(canvas, middle)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=middle + QPoint(0, 60))
    qtbot.waitUntil(lambda: window.draw_tab.frame is not None)


@pytest.mark.skipif(os.name != "posix", reason="permissions of folders are POSIX")
def test_runs_that_cannot_be_written_are_a_sentence(open_window, qtbot, store, unprivileged):
    window = open_window(real_train)
    store.folder.chmod(0o555)
    with unprivileged():
        start(window, qtbot)
        qtbot.waitUntil(lambda: is_shown(window, "No run can be created"))
    store.folder.chmod(0o755)
