"""Threads that give way to the window, and whose exceptions are told."""

import os
import sys
import threading

import pytest

from mnist_gui.gui.background import TRAINING_NICENESS, TaskThread
from mnist_gui.gui.draw import prediction_thread
from mnist_gui.gui.train.training_thread import TrainingThread
from mnist_gui.models.training.training_control import TrainingControl

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="niceness is a thread's own on Linux alone")


def niceness_after(began, prepare=lambda: None):
    """Return how nice a thread is that began so nice, was prepared, and gave way."""
    found = []

    def lower_thread_priority():
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, began)
        prepare()
        prediction_thread.lower_thread_priority()
        found.append(os.getpriority(os.PRIO_PROCESS, thread))

    thread = threading.Thread(target=lower_thread_priority)
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


def refuse(*_arguments):
    raise PermissionError(1, "Operation not permitted")


@pytest.mark.parametrize("refused", ["getpriority", "setpriority"])
def test_a_system_that_refuses_priorities_costs_no_training(qtbot, store, tiny_dataset, monkeypatch, refused):
    monkeypatch.setattr(os, refused, refuse, raising=False)
    run = store.create(1, {"name": "quick"}, 0, {"name": "bars", "checksum": "bars-checksum"})
    trained, sentences = [], []
    worker = TrainingThread(
        run, tiny_dataset, lambda run, dataset, *, report, control: trained.append(run.name), TrainingControl()
    )
    worker.failed.connect(sentences.append)
    with qtbot.waitSignal(worker.finished):
        worker.start()
    worker.wait()
    assert (trained, sentences) == ([run.name], [])


def test_an_exception_in_a_training_is_told_with_the_run_s_name(qtbot, store, tiny_dataset):
    run = store.create(1, {"name": "quick"}, 0, {"name": "bars", "checksum": "bars-checksum"})

    def raise_it(run, dataset, *, report, control):
        raise ZeroDivisionError("division by zero")

    worker = TrainingThread(run, tiny_dataset, raise_it, TrainingControl())
    with qtbot.waitSignal(worker.failed) as told, qtbot.waitSignal(worker.finished):
        worker.start()
    worker.wait()
    assert told.args == [f"Run {run.name} could not be trained: division by zero"]


def test_a_task_tells_its_result_or_why_there_is_none(qtbot):
    done = TaskThread(lambda progress: 6 * 7)
    with qtbot.waitSignal(done.finished_with) as result, qtbot.waitSignal(done.finished):
        done.start()
    done.wait()
    assert result.args == [42]

    def fail(progress):
        raise OSError("the cable was pulled")

    failing = TaskThread(fail)
    with qtbot.waitSignal(failing.failed) as told, qtbot.waitSignal(failing.finished):
        failing.start()
    failing.wait()
    assert told.args == ["the cable was pulled"]
