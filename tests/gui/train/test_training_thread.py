"""The training thread: its exceptions are reported, and refused priorities cost no training."""

import os

import pytest

from mnist_gui.gui.train.training_thread import TrainingThread
from mnist_gui.models.training.training_control import TrainingControl


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
