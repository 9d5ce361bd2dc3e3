"""What ends the window: signals; see also `tests/gui/test_main_window.py` and `tools/close_training.py`."""

import os
import signal
import threading

import pytest

from mnist_gui.gui.closing import END_SIGNALS, SignalWatcher


@pytest.fixture
def make_watcher(qapp):
    # A shell that starts the tests in the background, or nohup, has some ignored.
    handlers = {number: signal.signal(number, signal.SIG_DFL) for number in END_SIGNALS}
    watchers = []

    def make():
        watchers.append(SignalWatcher())
        return watchers[-1]

    yield make
    for watcher in watchers:
        watcher.stop()
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.skipif(os.name != "posix", reason="os.kill ends the process elsewhere")
@pytest.mark.parametrize("number", END_SIGNALS)
def test_a_signal_wakes_an_idle_event_loop(make_watcher, qtbot, number):
    watcher = make_watcher()
    with qtbot.waitSignal(watcher.end_requested):
        threading.Timer(0.05, os.kill, (os.getpid(), number)).start()
    watcher.stop()
    os.kill(os.getpid(), number)  # ignored: the program is about to end


@pytest.mark.skipif(os.name != "posix", reason="os.kill ends the process elsewhere")
def test_a_signal_that_was_ignored_stays_ignored(make_watcher, qtbot):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as by nohup
    watcher = make_watcher()
    with qtbot.assertNotEmitted(watcher.end_requested, wait=100):
        os.kill(os.getpid(), signal.SIGHUP)


@pytest.mark.slow
def test_closed_in_random_ways_it_neither_aborts_nor_loses_anything(tool):
    lines = []
    wrong, _ = tool("close_training").close_again_and_again(3, 7, lines.append)
    assert not wrong, lines
