"""Cyclic garbage: collected, but only in the window's thread."""

import gc
import threading
import weakref

import pytest
from PySide6.QtCore import QObject

from mnist_gui.gui.garbage_collection import INTERVAL_MS, GarbageCollector


class Cycle(QObject):
    """A QObject that only the cyclic collector can free."""

    def __init__(self):
        super().__init__()
        self.own = self


@pytest.fixture
def collector(qapp):
    collector = GarbageCollector()
    yield collector
    collector.stop()


def make_garbage(count=2_000):
    return [weakref.ref(Cycle()) for _ in range(count)]


def test_no_other_thread_destroys_a_qobject(collector):
    cycles = make_garbage()
    thread = threading.Thread(target=lambda: [[] for _ in range(50_000)])
    thread.start()
    thread.join()
    assert all(cycle() is not None for cycle in cycles)


def test_garbage_is_collected_by_the_event_loop(collector, qtbot):
    cycles = make_garbage()
    qtbot.waitUntil(lambda: all(cycle() is None for cycle in cycles), timeout=10 * INTERVAL_MS)


@pytest.mark.slow
def test_old_garbage_is_collected_too(collector):
    cycles = make_garbage()
    kept = [cycle() for cycle in cycles]
    for _ in range(30):
        garbage = make_garbage()
        collector.collect()
    kept.clear()
    for _ in range(300):
        garbage = make_garbage(800)
        collector.collect()
        if all(cycle() is None for cycle in cycles):
            break
    assert all(cycle() is None for cycle in cycles)
    del garbage


def test_stopping_gives_the_work_back_to_python(qapp):
    collector = GarbageCollector()
    assert not gc.isenabled()
    collector.stop()
    assert gc.isenabled() and gc.get_freeze_count() == 0
    gc.disable()  # as the fixture of all gui tests had it
