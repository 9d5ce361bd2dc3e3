"""One call at a time: the newest is heard, the others are silent."""

import threading

import pytest

from mnist_gui.gui.background import LatestTask


@pytest.fixture
def task(qapp):
    task = LatestTask()
    task.told = []
    task.progressed.connect(task.told.append)
    task.finished_with.connect(task.told.append)
    task.failed.connect(task.told.append)
    yield task
    task.shut_down()


def test_progress_comes_before_the_result(task, qtbot):
    def count(progress):
        for number in range(3):
            progress(number)
        return "done"

    with qtbot.waitSignal(task.ended):
        task.start(count)
    assert task.told == [0, 1, 2, "done"]
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
    assert task.told == ["new"]


def test_what_is_raised_is_told_as_a_sentence(task, qtbot):
    def fail(progress):
        raise OSError("The disk is full.")

    with qtbot.waitSignal(task.ended):
        task.start(fail)
    assert task.told == ["The disk is full."]


def test_many_calls_after_another_leave_nothing_behind(task, qtbot):
    for number in range(50):
        task.start(lambda progress, number=number: [progress(step) for step in range(100)] and number)
    with qtbot.waitSignal(task.ended):
        pass
    assert task.told[-1] == 49
