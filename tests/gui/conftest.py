"""Gui tests fail on an unexpected Qt message, and on a thread or timer left running."""

from __future__ import annotations

import gc
import itertools

import pytest
from PySide6.QtCore import QEvent, QObject, Qt, QThread, QTimer, qInstallMessageHandler
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mnist_gui.app import Dependencies, make_window
from mnist_gui.gui.keyboard_focus import KeyboardFocus
from mnist_gui.gui.main_window import TRAIN
from mnist_gui.gui.settings import Settings
from tests.fakes import FakePredictor, FakeTraining

# Said by the offscreen platform itself, whatever the program does.
EXPECTED = (
    "This plugin does not support propagateSizeHints",
    "This plugin does not support raise()",
    "This plugin does not support grabbing the keyboard",
)


@pytest.fixture(autouse=True, scope="session")
def _focus_rings(qapp):
    """As in the program."""
    KeyboardFocus(qapp)


@pytest.fixture(autouse=True, scope="session")
def _clipboard_is_empty_at_the_end(qapp):
    """That of the offscreen platform outlives Python, and crashes over what Python made."""
    yield
    qapp.clipboard().clear()


_collected_in_full = itertools.cycle([True] + 19 * [False])


@pytest.fixture(autouse=True)
def _garbage_is_collected_between_tests():
    """As `GarbageCollector` does in the program: never inside a Qt call, where it may wait for a lock for ever."""
    gc.disable()
    yield
    if next(_collected_in_full):
        gc.collect()
        gc.freeze()  # so that this and `gc.get_objects` do not go through all modules and caches again
    else:
        gc.collect(1)
    gc.enable()


@pytest.fixture(autouse=True)
def _no_unexpected_qt_message():
    messages: list[str] = []

    def take(_kind, _context, text):
        if not any(text.startswith(known) for known in EXPECTED):
            messages.append(text)

    previous = qInstallMessageHandler(take)
    yield
    qInstallMessageHandler(previous)
    assert not messages, f"Qt said: {messages}"


@pytest.fixture(autouse=True)
def _no_thread_or_timer_left(qapp: QApplication):
    yield
    # Widgets that were closed would be styled again with every theme of every later test.
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qapp.processEvents()
    running = [thing for thing in gc.get_objects() if isinstance(thing, QObject) and _runs(thing)]
    assert not running, f"left running: {running}"


def _runs(thing: QObject) -> bool:
    try:
        if isinstance(thing, QThread):
            return thing.isRunning() and thing is not QThread.currentThread()
        return isinstance(thing, QTimer) and thing.isActive() and not thing.isSingleShot()
    except RuntimeError:  # the C++ half has gone
        return False


@pytest.fixture
def dependencies(store, tiny_dataset, tmp_path):
    return Dependencies(
        store,
        Settings(tmp_path / "settings"),
        FakePredictor,
        lambda: tiny_dataset,
        FakeTraining(batch_seconds=0.002),
        my_digits=tmp_path / "my.jsonl",
        cache=tmp_path / "cache",
        shipped_studies=tmp_path / "no studies",
    )


@pytest.fixture
def open_window(dependencies, qtbot):
    windows = []

    def open_one():
        window = make_window(dependencies)
        windows.append(window)
        with qtbot.waitActive(window):  # shortcuts work in the active window only
            window.show()
            window.activateWindow()
        return window

    yield open_one
    for window in windows:
        if window.train_tab is not None:
            window.train_tab.shut_down()
        window.close()
        # Where a test ended the window at once, its threads may still run.
        for worker in (window._runs_watcher, window.compare_tab, window.draw_tab):
            if worker is not None:
                worker.shut_down()
        window.deleteLater()


@pytest.fixture
def training_window(open_window, qtbot):
    window = open_window()
    window.tabs.setCurrentIndex(TRAIN)
    QTest.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.train_tab.is_training)
    return window
