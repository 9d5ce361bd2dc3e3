"""The thread that computes networks, on a fake one."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
import pytest

from mnist_gui.gui.draw.network.network_thread import NetworkThread
from mnist_gui.models.inspection.network import ALL_ON, Off


@dataclass(frozen=True, eq=False)
class FakeActivations:
    frame: np.ndarray


class FakeNetwork:
    """Waits for the gate."""

    def __init__(self, run, gate):
        self.run = run
        self.gate = gate
        self.started = threading.Event()
        self.computed = []

    def activations(self, frame):
        self.started.set()
        assert self.gate.wait(10)
        self.computed.append(frame)
        return FakeActivations(frame)

    def without(self, whole, off):
        return whole if off is ALL_ON else FakeActivations(whole.frame)


@pytest.fixture
def gate():
    gate = threading.Event()
    gate.set()
    return gate


@pytest.fixture
def opened():
    return []


@pytest.fixture
def thread(gate, opened):
    def open_network(run):
        opened.append(FakeNetwork(run, gate))
        return opened[-1]

    thread = NetworkThread(open_network)
    thread.states = []
    thread.computed.connect(thread.states.append)
    thread.start()
    yield thread
    gate.set()
    thread.shut_down()


def frame(value=0.0):
    return np.full((28, 28), value, np.float32)


def test_a_pen_that_is_faster_sees_the_network_follow_it(thread, gate, opened, qtbot):
    gate.clear()
    first, skipped, last = frame(0.1), frame(0.2), frame(0.3)
    thread.compute("run", first, ALL_ON)
    qtbot.waitUntil(lambda: bool(opened) and opened[0].started.is_set())
    thread.compute("run", skipped, ALL_ON)
    thread.compute("run", last, ALL_ON)
    gate.set()
    qtbot.waitUntil(lambda: len(thread.states) == 2)
    assert [state.whole.frame for state in thread.states] == [first, last]
    assert opened[0].computed == [first, last]


def test_filters_off_leave_the_whole_network_as_it_was_computed(thread, opened, qtbot):
    drawn = frame()
    off = Off(frozenset({(0, 3)}))
    thread.compute("run", drawn, ALL_ON)
    qtbot.waitUntil(lambda: len(thread.states) == 1)
    thread.compute("run", drawn, off)
    qtbot.waitUntil(lambda: len(thread.states) == 2)
    first, second = thread.states
    assert first.current is first.whole is second.whole is not second.current
    assert (first.off, second.off) == (ALL_ON, off)
    assert opened[0].computed == [drawn]


def test_networks_are_opened_once_and_again_after_a_reload(thread, opened, qtbot):
    for number, run in enumerate(("one", "two", "one"), 1):
        thread.compute(run, frame(), ALL_ON)
        qtbot.waitUntil(lambda number=number: len(thread.states) == number)
    assert [network.run for network in opened] == ["one", "two"]
    thread.reload()
    thread.compute("one", frame(), ALL_ON)
    qtbot.waitUntil(lambda: len(thread.states) == 4)
    assert thread.states[-1].network is opened[2]
