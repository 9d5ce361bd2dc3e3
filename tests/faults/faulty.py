"""Helpers for the tests of faults: trainings with a listener, and checks of run folders."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mnist_gui.digits.dataset import Dataset
from mnist_gui.models.recipes import Recipe
from mnist_gui.models.training import training_events
from mnist_gui.models.training.data_split import describe_data
from mnist_gui.models.training.trainer import train
from mnist_gui.models.training.training_control import TrainingControl
from mnist_gui.runs.record import HISTORY_FILE, EpochMetrics
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore

# TensorFlow and its converter emit warnings at import and export; a file that could not be written completely emits one
# when it is destroyed.
MARKS = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(
        "ignore::DeprecationWarning",
        "ignore::UserWarning",
        "ignore::ResourceWarning",
        "ignore::pytest.PytestUnraisableExceptionWarning",
    ),
]
RECIPE = Recipe("test", frames=64, epochs=2, batch_size=32, held_out=64)


class Log(list[training_events.Event]):
    """Collects events; calls `then` with each event of the type `on`."""

    def __init__(
        self, on: type[training_events.Event] = training_events.Event, then: Callable = lambda event: None
    ) -> None:
        super().__init__()
        self.on, self.then = on, then

    def __call__(self, event: training_events.Event) -> None:
        self.append(event)
        if isinstance(event, self.on):
            self.then(event)

    @property
    def end(self) -> training_events.TrainingEnded:
        """The last event; only a kill ends without one."""
        assert isinstance(self[-1], training_events.TrainingEnded)
        return self[-1]


def create(store: RunStore, dataset: Dataset, recipe: Recipe = RECIPE, seed: int = 3) -> Run:
    return store.create(1, recipe.to_json(), seed, describe_data(recipe, dataset))


def go_on(store: RunStore, run: Run, dataset: Dataset) -> Run:
    """Train the run to its end after the fault was mended."""
    train(store.get(run.name), dataset, report=Log(), control=TrainingControl())
    again = store.get(run.name)
    assert (again.status, again.record.epochs) == ("completed", RECIPE.epochs)
    check_whole(again)
    return again


def check_whole(run: Run) -> None:
    """Check that all files of the record exist with their checksums."""
    for name in run.record.files:
        run.read_file(name)
    assert [figures.epoch for figures in run.history()] == list(range(1, run.record.epochs + 1))


def create_earlier(store: RunStore, dataset: Dataset) -> Run:
    """Return a completed run, which no fault of another run may change."""
    run = create(store, dataset)
    history = run.append_history(EpochMetrics(1, 0.5, 0.8, 0.4, 0.9, 10.0))
    run.commit(status="stopped", epochs=1, files={HISTORY_FILE: history})
    return run


def contents(run: Run) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in run.folder.iterdir()}
