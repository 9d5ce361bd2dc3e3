"""The training queue alone: what waits, what trains, and what is left when something goes wrong."""

import os
import threading

import pytest
from PySide6.QtCore import QDeadlineTimer
from PySide6.QtWidgets import QWidget

from mnist_gui.digits.dataset import DatasetError
from mnist_gui.gui.train.queue.training_job import TrainingJob
from mnist_gui.gui.train.queue.training_queue import TrainingQueue
from mnist_gui.gui.train.training_wording import job_text
from mnist_gui.models.recipes import FAST, NOTEBOOK, QUICK
from mnist_gui.models.training.data_split import describe_data
from mnist_gui.runs.record import RunError
from tests.fakes import FakeTraining, GatedTraining

WAIT = 10_000  # ms
ONE, TWO, THREE = TrainingJob(1, QUICK, 0), TrainingJob(2, NOTEBOOK.with_changes(epochs=1), 1), TrainingJob(3, QUICK, 2)


@pytest.fixture
def training():
    return GatedTraining(batch=1, opened=False)


@pytest.fixture
def make_queue(qtbot, store, tiny_dataset, training):
    queues = []
    # As in the window, the queue ends with its owner: Python's garbage collector might run in another thread.
    owner = QWidget()
    qtbot.addWidget(owner)

    def make(load=lambda: tiny_dataset, train=training):
        queue = TrainingQueue(store, load, train, owner)
        queue.sentences = []
        queue.failed.connect(queue.sentences.append)
        queues.append(queue)
        return queue

    yield make
    training.gate.set()
    assert all(queue.shut_down() for queue in queues)


def until_ended(qtbot, queue):
    qtbot.waitUntil(lambda: not queue.is_active, timeout=WAIT)


def until_run(qtbot, queue):
    qtbot.waitUntil(lambda: queue.current_run is not None, timeout=WAIT)


def test_what_waits_can_be_moved_removed_and_added_to(make_queue, training, qtbot, store):
    queue, order = make_queue(), []
    queue.run_started.connect(lambda run: order.append(run.model))
    queue.start([ONE, TWO, THREE])
    until_run(qtbot, queue)
    assert (queue.current_job, queue.waiting_jobs) == (ONE, (TWO, THREE))
    queue.move(1, 0)
    queue.start([ONE])
    queue.remove(1)
    assert queue.waiting_jobs == queue.pending_jobs == (THREE, ONE)
    assert len(store.runs()) == 1
    training.gate.set()
    until_ended(qtbot, queue)
    assert order == [1, 3, 1] and queue.waiting_jobs == ()


def test_each_run_has_a_control_and_the_frame(make_queue, training, qtbot, tiny_dataset):
    frame = tiny_dataset.test.frames()[0]
    queue = make_queue()
    queue.set_frame(frame)
    queue.start([ONE, TWO])
    until_run(qtbot, queue)
    first = queue.control
    queue.skip()
    training.gate.set()
    until_ended(qtbot, queue)
    assert training.controls[0] is first and training.controls[1] is not first
    assert first.is_interrupted and not training.controls[1].is_interrupted
    assert all((control.frame == frame).all() for control in training.controls)


def test_a_run_skipped_before_an_epoch_is_discarded_and_reported(make_queue, training, qtbot, store):
    queue = make_queue()
    queue.start([ONE, TWO])
    until_run(qtbot, queue)
    queue.skip()
    with qtbot.waitSignal(queue.run_discarded, timeout=WAIT) as discarded:
        training.gate.set()
    until_ended(qtbot, queue)
    assert discarded.args == [1]
    assert [(run.model, run.status) for run in store.runs()] == [(2, "completed")]


def test_stop_lets_the_others_wait(make_queue, training, qtbot, store):
    queue = make_queue()
    queue.start([ONE, TWO])
    until_run(qtbot, queue)
    queue.stop(after_epoch=True)
    training.gate.set()
    until_ended(qtbot, queue)
    assert queue.waiting_jobs == (TWO,) and queue.current_job is None
    assert [(run.status, run.record.epochs) for run in store.runs()] == [("stopped", 1)]
    queue.start()
    until_ended(qtbot, queue)
    assert [run.model for run in store.runs()] == [1, 2]


def test_what_is_started_comes_before_what_waited(make_queue, training, qtbot):
    training.gate.set()
    queue, order = make_queue(), []
    queue.run_started.connect(lambda run: order.append(run.model))
    queue.restore([TWO])
    assert not queue.is_active
    queue.start([ONE])
    until_ended(qtbot, queue)
    assert order == [1, 2]


def slow_load(tiny_dataset, may_load):
    def load():
        may_load.wait(WAIT / 1000)
        return tiny_dataset

    return load


@pytest.mark.parametrize(("end", "trained"), [("skip", [2]), ("stop", [])])
def test_a_job_can_be_given_up_while_the_data_load(make_queue, training, qtbot, store, tiny_dataset, end, trained):
    may_load = threading.Event()
    training.gate.set()
    queue = make_queue(slow_load(tiny_dataset, may_load))
    queue.start([ONE, TWO])
    assert queue.pending_jobs == (ONE, TWO)  # one that has no run yet would be lost with the program
    getattr(queue, end)()
    may_load.set()
    until_ended(qtbot, queue)
    assert [run.model for run in store.runs()] == trained
    assert queue.waiting_jobs == (() if trained else (TWO,))


def test_shutting_down_while_the_data_load_loses_no_job(make_queue, store, tiny_dataset):
    may_load = threading.Event()
    queue = make_queue(slow_load(tiny_dataset, may_load))
    queue.start([ONE, TWO])
    assert not queue.shut_down(QDeadlineTimer(0))
    may_load.set()
    assert queue.shut_down()
    assert queue.pending_jobs == (ONE, TWO) and store.runs() == []


def test_a_failed_start_is_forgotten_but_what_waited_is_not(make_queue, qtbot):
    def load():
        raise DatasetError("There are no data.")

    queue = make_queue(load)
    queue.restore([THREE])
    queue.start([ONE, TWO])
    until_ended(qtbot, queue)
    assert queue.waiting_jobs == (THREE,) and queue.sentences == ["There are no data."]
    queue.start()
    until_ended(qtbot, queue)
    assert queue.waiting_jobs == (THREE,)


def test_a_folder_that_cannot_be_written_any_more_loses_no_job(make_queue, training, qtbot, store, monkeypatch):
    queue = make_queue()
    queue.start([ONE, TWO, THREE])
    until_run(qtbot, queue)

    def create(*_args, **_more):
        raise RunError("No run can be created.")

    monkeypatch.setattr(store, "create", create)
    training.gate.set()
    until_ended(qtbot, queue)
    assert queue.waiting_jobs == (TWO, THREE) and queue.sentences == ["No run can be created."]


def test_a_job_that_cannot_be_begun_does_not_stop_the_others(make_queue, training, qtbot, store):
    training.gate.set()
    queue = make_queue()
    too_many_held_out = TrainingJob(2, FAST, 0)  # of 2,400 frames
    queue.start([TrainingJob(1, QUICK, 0, "a-run-that-has-gone", 1), too_many_held_out, THREE])
    until_ended(qtbot, queue)
    assert [run.model for run in store.runs()] == [3]
    assert "no run 'a-run-that-has-gone'" in queue.sentences[0] and "holds out 5000" in queue.sentences[1]


def test_an_exception_in_one_training_does_not_stop_the_others(make_queue, training, qtbot, store):
    def train(run, dataset, **more):
        if run.model == 1:
            raise OSError("The disk has gone.")
        return FakeTraining()(run, dataset, **more)

    queue = make_queue(train=train)
    queue.start([ONE, TWO])
    until_ended(qtbot, queue)
    assert [run.model for run in store.runs()] == [2] and "The disk has gone." in queue.sentences[0]


def test_an_exception_in_a_training_is_reported_with_the_run_s_name(make_queue, qtbot, store):
    names = []

    def train(run, dataset, *, report, control):
        names.append(run.name)
        raise ZeroDivisionError("division by zero")

    queue = make_queue(train=train)
    queue.start([ONE])
    until_ended(qtbot, queue)
    assert queue.sentences == [f"Run {names[0]} could not be trained: division by zero"]


@pytest.mark.parametrize("refused", ["getpriority", "setpriority"])
def test_a_system_that_refuses_priorities_costs_no_training(make_queue, training, qtbot, store, monkeypatch, refused):
    def refuse(*_arguments):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, refused, refuse, raising=False)
    training.gate.set()
    queue = make_queue()
    queue.start([ONE])
    until_ended(qtbot, queue)
    assert [run.status for run in store.runs()] == ["completed"] and queue.sentences == []


def test_a_run_goes_on_when_its_turn_comes(make_queue, training, qtbot, store, tiny_dataset):
    run = store.create(1, QUICK.to_json(), 5, describe_data(QUICK, tiny_dataset))
    run.commit(status="paused", epochs=0)
    training.gate.set()
    queue = make_queue()
    queue.start([TWO, TrainingJob.from_run(run)])
    until_ended(qtbot, queue)
    assert [(run.model, run.status, run.record.seed) for run in store.runs()] == [
        (1, "completed", 5),
        (2, "completed", 1),
    ]


def test_a_run_without_an_epoch_does_not_go_on():
    begun, waiting = TrainingJob(1, FAST, 1, "mine", 2), TrainingJob(1, FAST, 1, "mine", 0)
    assert "goes on after epoch 2" in job_text(begun)
    assert "goes on" not in job_text(waiting)
