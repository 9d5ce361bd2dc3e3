"""Takes a choice of models, or a paused run, to its end: data, runs, training.

Nothing is left behind that holds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from PySide6.QtCore import QObject, Signal

from mnist_gui.digits.dataset import Dataset
from mnist_gui.gui.workers import TaskWorker, TrainingWorker, Trains
from mnist_gui.models.control import Control
from mnist_gui.models.frames import describe_data
from mnist_gui.models.recipes import Recipe, RecipeError
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore

SHUT_DOWN_SECONDS = 20


class TrainingQueue(QObject):
    """Trains several models one after another by one recipe.

    Attributes
    ----------
    control
        Of the present training, or of the next one.

    Signals
    -------
    loaded(dataset: Dataset)
        The data are there; the runs are created next.
    happened(event: Event)
        Every event of every run.
    failed(sentence: str)
        Something could not be done; `ended` comes all the same.
    ended(discarded: tuple[int, ...])
        All threads have ended. The models whose runs were begun, stopped before a whole epoch, and deleted.
    """

    loaded = Signal(object)
    happened = Signal(object)
    failed = Signal(str)
    ended = Signal(tuple)

    def __init__(
        self, store: RunStore, load_dataset: Callable[[], Dataset], train: Trains, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.control = Control()
        self._store = store
        self._load_dataset = load_dataset
        self._train = train
        self._loader: TaskWorker | None = None
        self._trainer: TrainingWorker | None = None
        self._runs: list[Run] = []

    @property
    def is_active(self) -> bool:
        """Return whether a training has been started and has not ended."""
        return self._loader is not None or self._trainer is not None

    def start(self, recipe: Recipe, models: tuple[int, ...], seed: int) -> None:
        """Begin; at most one training at a time."""
        self._load(lambda dataset: self._create(dataset, recipe, models, seed))

    def resume(self, run: Run) -> None:
        """Go on with a run from its last whole epoch; at most one training at a time."""
        self._load(lambda _dataset: [run])

    def shut_down(self, seconds: float = SHUT_DOWN_SECONDS) -> bool:
        """Pause the present run and wait; return whether the threads have ended in time."""
        self.control.leave()
        for worker in (self._loader, self._trainer):
            if worker is not None and not worker.wait(round(1000 * seconds)):
                return False
        self._end()
        return True

    # -- inside

    def _load(self, runs_for: Callable[[Dataset], Iterable[Run]]) -> None:
        self.control = Control()
        self._loader = TaskWorker(lambda _progress: self._load_dataset(), self)
        self._loader.finished_with.connect(lambda dataset: self._train_all(dataset, runs_for))
        self._loader.failed.connect(self._give_up)
        self._loader.start()

    def _create(self, dataset: Dataset, recipe: Recipe, models: tuple[int, ...], seed: int) -> Iterator[Run]:
        data = describe_data(recipe, dataset)
        for model in models:
            yield self._store.create(model, recipe.to_json(), seed, data)

    def _train_all(self, dataset: Dataset, runs_for: Callable[[Dataset], Iterable[Run]]) -> None:
        if self._loader is None:
            return  # shut down meanwhile
        if self.control.leaving:
            self._end()
            return
        self.loaded.emit(dataset)
        try:
            # One by one: should one not be created, those before it are known, and deleted again.
            for run in runs_for(dataset):
                self._runs.append(run)
        except RunError as error:
            self._give_up(str(error))
            return
        self._trainer = TrainingWorker(self._runs, dataset, self._train, self.control, self)
        self._trainer.happened.connect(self.happened)
        self._trainer.failed.connect(self.failed)
        self._trainer.finished.connect(self._end)
        self._trainer.start()

    def _give_up(self, sentence: str) -> None:
        self.failed.emit(sentence)
        self._end()

    def _end(self) -> None:
        if not self.is_active:
            return
        for worker in (self._loader, self._trainer):
            if worker is not None:
                # It may still be leaving its last signal.
                worker.wait()
                worker.deleteLater()
        self._loader = self._trainer = None
        runs, self._runs = self._runs, []
        self.ended.emit(tuple(run.model for run in runs if self._discard(run)))

    def _discard(self, run: Run) -> bool:
        """Delete a run that holds no epoch and explains nothing; return whether it had begun.

        A paused or interrupted one can be resumed, and one that failed says why.
        """
        status = run.record.status
        if run.record.epochs or status not in ("created", "stopped"):
            return False
        try:
            self._store.delete(run.name)
        except RunError as error:
            self.failed.emit(str(error))
        return status != "created"


def can_go_on(run: Run) -> bool:
    """Return whether the run was cut off without the person having stopped it, and can be resumed."""
    try:
        Recipe.from_json(run.record.recipe)
    except RecipeError:
        return False
    return not run.shipped and run.status in ("paused", "interrupted")
