"""The queue's file: each job by itself, and one window at a time."""

import json
import os

import pytest

from mnist_gui.gui.train.queue.queue_file import QueueFile
from mnist_gui.gui.train.queue.training_job import TrainingJob
from mnist_gui.models.recipes import FAST, FINE_TUNING, NOTEBOOK

JOBS = (
    TrainingJob(1, FAST.with_changes(epochs=7), 3),
    TrainingJob(2, NOTEBOOK, 0, "model-2-notebook", 4),
    TrainingJob(3, FINE_TUNING, 0, "model-3-teach"),
    TrainingJob(0, FAST, 1, layers="conv 3 8, pool 2, dense 16"),
    TrainingJob(0, FAST, 1, "branching", 2),
    TrainingJob(1, FAST, 1, data_name="folder mine", data_checksum="0" * 64, data_digits=60),
)
GOOD = TrainingJob(1, FAST, 0).to_json()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "settings" / "queue.json"


@pytest.fixture
def open_queue(path):
    """Return a function that opens the file as a window does, and closes what is still open at the end."""
    opened = []

    def open_one():
        queue = QueueFile(path)
        opened.append(queue)
        return queue, *queue.open()

    yield open_one
    for queue in opened:
        queue.close()


def test_waiting_jobs_survive(open_queue):
    queue, jobs, problem = open_queue()
    assert (jobs, problem) == ((), "")
    queue.write(JOBS)
    queue.close()
    assert open_queue()[1:] == (JOBS, "")


@pytest.mark.parametrize(
    "bad",
    [
        3,
        {},
        None,
        {**GOOD, "model": 4},
        {**GOOD, "data_checksum": 5},
        {**GOOD, "data_digits": -1},
        {**GOOD, "model": True},
        {**GOOD, "model": 0},
        {**GOOD, "model": 0, "layers": "conv 3"},
        {**GOOD, "model": 0, "layers": 5},
        {**GOOD, "layers": "dense 16"},
        {**GOOD, "seed": -1},
        {**GOOD, "run": 5},
        {**GOOD, "recipe": FINE_TUNING.to_json()},
        {**GOOD, "odd": 5},
        {**GOOD, "recipe": [1]},
        {**GOOD, "recipe": {**GOOD["recipe"], "name": "../out"}},
        {**GOOD, "recipe": {**GOOD["recipe"], "name": []}},
        {**GOOD, "recipe": {**GOOD["recipe"], "optimizer": []}},
        {**GOOD, "recipe": {**GOOD["recipe"], "learning_rate": "much"}},
        {**GOOD, "recipe": {**GOOD["recipe"], "of_a_later_version": 1}},
    ],
)
def test_a_job_that_cannot_be_read_costs_no_other(path, open_queue, bad):
    path.parent.mkdir()
    path.write_text(json.dumps([JOBS[0].to_json(), bad, *(job.to_json() for job in JOBS[1:])]))
    _, jobs, problem = open_queue()
    assert jobs == JOBS
    assert problem.startswith(f"1 of the {len(JOBS) + 1} trainings that waited could not be read and is left out")


@pytest.mark.parametrize("text", ["", "{ torn", "3", "{}", "[" * 100_000])
def test_a_damaged_file_is_reported_and_begins_empty(path, open_queue, text):
    path.parent.mkdir()
    path.write_text(text)
    _, jobs, problem = open_queue()
    assert jobs == ()
    assert "could not be read and begins empty" in problem
    kept = path.with_suffix(".unreadable.json")
    assert kept.name in problem
    assert kept.read_text() == text


def test_a_second_window_neither_reads_nor_writes_it(path, open_queue):
    first, *_ = open_queue()
    first.write(JOBS)
    second, jobs, problem = open_queue()
    assert jobs == ()
    assert "Another window" in problem
    second.write(())
    assert (first.is_owned, second.is_owned) == (True, False)
    first.close()
    assert open_queue()[1] == JOBS


def test_once_closed_it_is_not_written(path, open_queue):
    queue, *_ = open_queue()
    queue.write(JOBS)
    queue.close()
    queue.write(())
    assert len(json.loads(path.read_text())) == len(JOBS)


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    queue = QueueFile(tmp_path / "file" / "queue.json")
    assert queue.open() == ((), "")
    queue.write(JOBS)
    assert not queue.is_owned


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX")
def test_a_pipe_in_its_place_is_not_waited_for(path, open_queue):
    path.parent.mkdir()
    os.mkfifo(path)
    _, jobs, problem = open_queue()
    assert jobs == () and "not a regular file" in problem
