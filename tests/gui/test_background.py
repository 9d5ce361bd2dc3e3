"""Calls in threads: the newest is heard, the others are silent; exceptions are reported; priority is lowered."""

import os
import sys
import threading

import pytest

from mnist_gui.gui import background
from mnist_gui.gui.background import TRAINING_NICENESS, LatestTask, TaskThread

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="niceness is a thread's own on Linux alone")


@pytest.fixture
def task(qapp):
    task = LatestTask()
    task.emitted = []
    task.progressed.connect(task.emitted.append)
    task.finished_with.connect(task.emitted.append)
    task.failed.connect(task.emitted.append)
    yield task
    task.shut_down()


def test_progress_comes_before_the_result(task, qtbot):
    def count(progress):
        for number in range(3):
            progress(number)
        return "done"

    with qtbot.waitSignal(task.ended):
        task.start(count)
    assert task.emitted == [0, 1, 2, "done"]
    assert not task.is_running


def test_a_call_overtaken_tells_nothing_more(task, qtbot):
    begun, gate = threading.Event(), threading.Event()

    def slow(progress):
        begun.set()
        gate.wait(10)
        progress("late")
        return "too late"

    task.start(slow)
    assert begun.wait(10)
    threading.Timer(0.05, gate.set).start()
    with qtbot.waitSignal(task.ended):
        task.start(lambda progress: "new")
    qtbot.wait(20)
    assert task.emitted == ["new"]


@pytest.mark.parametrize("cancels", [False, True])
def test_a_call_that_does_not_end_is_not_waited_for(task, qtbot, cancels):
    begun, gate, was_opened = threading.Event(), threading.Event(), []

    def hang(progress):
        begun.set()
        was_opened.append(gate.wait(5))
        return "too late"

    task.start(hang)
    assert begun.wait(10)
    if cancels:
        task.cancel()
        assert not task.is_running
    task.start(lambda progress: "new")
    gate.set()  # reached while the first call still waits for it
    with qtbot.waitSignal(task.ended):
        pass
    assert was_opened == [True]
    assert task.emitted == ["new"]
    assert not task.is_running


def test_what_is_raised_is_reported_as_a_sentence(task, qtbot):
    def fail(progress):
        raise OSError("The disk is full.")

    with qtbot.waitSignal(task.ended):
        task.start(fail)
    assert task.emitted == ["The disk is full."]


def test_many_calls_after_another_leave_nothing_behind(task, qtbot):
    for number in range(50):
        task.start(lambda progress, number=number: [progress(step) for step in range(100)] and number)
    with qtbot.waitSignal(task.ended):
        pass
    assert task.emitted[-1] == 49


def test_a_task_tells_its_result_or_why_there_is_none(qtbot):
    done = TaskThread(lambda progress: 6 * 7)
    with qtbot.waitSignal(done.finished_with) as result, qtbot.waitSignal(done.finished):
        done.start()
    done.wait()
    assert result.args == [42]

    def fail(progress):
        raise OSError("the cable was pulled")

    failing = TaskThread(fail)
    with qtbot.waitSignal(failing.failed) as emitted, qtbot.waitSignal(failing.finished):
        failing.start()
    failing.wait()
    assert emitted.args == ["the cable was pulled"]


def niceness_after(began, prepare=lambda: None):
    """Return how nice a thread is that began so nice, was prepared, and gave way."""
    found = []

    def lower():
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, began)
        prepare()
        background.lower_thread_priority()
        found.append(os.getpriority(os.PRIO_PROCESS, thread))

    thread = threading.Thread(target=lower)
    thread.start()
    thread.join()
    return found[0]


@linux
def test_a_training_gives_way_but_never_takes_more_than_the_program_was_given():
    here = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    if here > TRAINING_NICENESS:
        pytest.skip("these tests are nicer themselves")
    assert niceness_after(here) == TRAINING_NICENESS
    assert niceness_after(TRAINING_NICENESS + 5) == TRAINING_NICENESS + 5
