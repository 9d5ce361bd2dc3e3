"""The clock is set back while runs are created and trained: names are unique, and no duration is negative."""

import time
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from mnist_gui.models.training import training_events
from mnist_gui.models.training.trainer import train
from mnist_gui.models.training.training_control import TrainingControl
from mnist_gui.runs import run as run_module
from mnist_gui.runs import store as store_module
from tests.faults.faulty import MARKS, Log, check_whole, create

pytestmark = MARKS


@pytest.fixture
def set_back(monkeypatch):
    """Return a function after whose call the clock goes back an hour at every reading."""

    def set_it_back():
        began, reads = time.time(), count(1)

        def seconds():
            return began - 3600 * next(reads)

        class Clock(datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime.fromtimestamp(seconds(), tz)

        monkeypatch.setattr(time, "time", seconds)
        monkeypatch.setattr(store_module, "datetime", Clock)
        monkeypatch.setattr(run_module, "datetime", Clock)

    return set_it_back


def test_set_back_while_it_trains(store, tiny_dataset, set_back):
    run = create(store, tiny_dataset)
    log = Log(training_events.TrainingStarted, lambda event: set_back())
    train(run, tiny_dataset, report=log, control=TrainingControl())
    assert log.end.status == "completed"
    again = store.get(run.name)
    check_whole(again)
    assert all(0 < figures.seconds < 600 for figures in again.history())
    seconds = [event.seconds for event in log if isinstance(event, training_events.BatchEnded)]
    assert all(0 < each < 600 for each in seconds)


def test_the_same_second_comes_twice(store, tiny_dataset, monkeypatch):
    class Stopped(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2026, 11, 1, 1, 59, 59, tzinfo=tz)

    monkeypatch.setattr(store_module, "datetime", Stopped)
    names = [create(store, tiny_dataset).name for _ in range(3)]
    assert len(set(names)) == 3
    assert {run.name for run in store.runs()} >= set(names)


def test_runs_are_listed_by_the_clock_s_own_dates(store, tiny_dataset, set_back):
    first = create(store, tiny_dataset)
    set_back()
    second = create(store, tiny_dataset)
    assert datetime.fromisoformat(second.record.created) < datetime.fromisoformat(first.record.created)
    names = [run.name for run in store.runs()]
    assert names.index(second.name) < names.index(first.name)
    assert datetime.fromisoformat(first.record.created) - datetime.now(UTC) < timedelta(seconds=1)
