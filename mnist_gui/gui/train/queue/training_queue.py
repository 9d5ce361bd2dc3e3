"""Trains jobs one after another: data, runs, training. What waits can be changed meanwhile.

Nothing is left behind that holds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QThread, Signal

from mnist_gui.digits.dataset import Dataset
from mnist_gui.gui.background import TaskThread
from mnist_gui.gui.train.queue.training_job import TrainingJob
from mnist_gui.gui.train.training_thread import TrainFunction, TrainingThread
from mnist_gui.models.training.data_split import describe_data
from mnist_gui.models.training.training_control import TrainingControl
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore

SHUT_DOWN_SECONDS = 20


class TrainingQueue(QObject):
    """Trains jobs one after another; one that fails does not stop the others.

    A job leaves the list when its turn comes, and its run is created then.

    Signals
    -------
    changed()
        What is trained or what waits is another now.
    loaded(dataset: Dataset)
        The data are there; the first run is created next.
    begun(run: Run)
        A run was created, or is gone on with; its training starts.
    event_received(event: Event)
        Every event of every run.
    failed(sentence: str)
        A job, or all of them, could not be begun.
    discarded(model: int)
        A run was stopped before a whole epoch, and deleted.
    ended()
        Nothing trains any more, and all threads have ended. Jobs may still wait.
    """

    changed = Signal()
    loaded = Signal(object)
    begun = Signal(object)
    event_received = Signal(object)
    failed = Signal(str)
    discarded = Signal(int)
    ended = Signal()

    def __init__(
        self, store: RunStore, load_dataset: Callable[[], Dataset], train: TrainFunction, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._load_dataset = load_dataset
        self._train = train
        self._jobs: list[TrainingJob] = []
        self._fresh: tuple[TrainingJob, ...] = ()  # given with the present start, of which nothing has begun yet
        self._present: TrainingJob | None = None
        self._run: Run | None = None
        self._control = TrainingControl()
        self._frame: NDArray[np.float32] | None = None
        self._active = self._ending = False
        self._dataset: Dataset | None = None
        self._loader: TaskThread | None = None
        self._trainer: TrainingThread | None = None

    @property
    def is_active(self) -> bool:
        """Return whether a training has been started and has not ended."""
        return self._active

    @property
    def control(self) -> TrainingControl:
        """Return the control of the present run alone."""
        return self._control

    @property
    def present(self) -> TrainingJob | None:
        """Return the job that is trained, or will be once the data are there."""
        return self._present

    @property
    def run(self) -> Run | None:
        """Return the present job's run, once there is one."""
        return self._run

    @property
    def waiting(self) -> tuple[TrainingJob, ...]:
        """Return the jobs whose turn has not come, the next one first."""
        return tuple(self._jobs)

    @property
    def not_begun(self) -> tuple[TrainingJob, ...]:
        """Return what would be lost with this object: jobs that have no run yet, or whose run waits."""
        return self.waiting if self._present is None or self._run else (self._present, *self._jobs)

    @property
    def runs(self) -> frozenset[str]:
        """Return the names of the runs that are trained now or wait to be gone on with."""
        named = {job.run for job in self.not_begun} | {self._run.name if self._run else ""}
        return frozenset(named - {""})

    @property
    def is_ending(self) -> bool:
        """Return whether the present run was asked to stop, and nothing follows it."""
        return self._ending

    def set_frame(self, frame: NDArray[np.float32] | None) -> None:
        """Let every run answer this (28, 28) frame in [0, 1] while it learns."""
        self._frame = frame
        self._control.frame = frame

    # -- what waits

    def restore(self, jobs: Iterable[TrainingJob]) -> None:
        """Let jobs wait that waited when the window was closed; nothing starts by itself."""
        self._jobs = list(jobs)
        self.changed.emit()

    def start(self, jobs: Iterable[TrainingJob] = ()) -> None:
        """Train these jobs and then what waits; while something trains, they wait behind what waits already."""
        if self._active:
            self._jobs += jobs
            self.changed.emit()
            return
        self._fresh = tuple(jobs)
        self._jobs[:0] = self._fresh
        if not self._jobs:
            return
        self._active, self._ending = True, False
        self._take_next()
        self._loader = TaskThread(lambda _progress: self._load_dataset(), self)
        self._loader.finished_with.connect(self._take_dataset)
        self._loader.failed.connect(self._give_up)
        self._loader.start()

    def move(self, index: int, to: int) -> None:
        """Let the waiting job at one place wait at another."""
        self._jobs.insert(to, self._jobs.pop(index))
        self.changed.emit()

    def remove(self, index: int) -> TrainingJob:
        """Forget a waiting job, and return it. A run that it would have gone on with stays as it is."""
        job = self._jobs.pop(index)
        self.changed.emit()
        return job

    def put(self, index: int, job: TrainingJob) -> None:
        """Let a job wait at a place, or at the end where there are fewer by now."""
        self._jobs.insert(index, job)
        self.changed.emit()

    # -- what trains

    def skip(self, *, after_epoch: bool = False) -> None:
        """End the present run, keep its whole epochs, and go on with what waits."""
        if self._run is None and not after_epoch:
            self._present = None  # the data are still being loaded
        self._control.stop(after_epoch=after_epoch)
        self.changed.emit()

    def stop(self, *, after_epoch: bool = False) -> None:
        """End the present run and keep its whole epochs; what waits goes on waiting."""
        self._ending = True
        self.skip(after_epoch=after_epoch)

    def shut_down(self, seconds: float = SHUT_DOWN_SECONDS) -> bool:
        """Pause the present run and wait; return whether the threads have ended in time."""
        if not self._active:
            return True
        self._ending = True
        self._control.interrupt()
        if self._present is not None and self._run is None:
            self._jobs.insert(0, self._present)
            self._present = None
        for worker in (self._loader, self._trainer):
            if worker is not None and not worker.wait(round(1000 * seconds)):
                return False
        self._end()
        return True

    # -- inside

    def _take_next(self) -> None:
        self._present = self._jobs.pop(0) if self._jobs and not self._ending else None
        self._control = TrainingControl()
        self._control.frame = self._frame
        self.changed.emit()

    def _take_dataset(self, dataset: Dataset) -> None:
        if self._loader is None:
            return  # shut down meanwhile
        _release(self._loader)
        self._loader, self._dataset = None, dataset
        self.loaded.emit(dataset)
        if self._present is None:
            self._take_next()  # it was skipped meanwhile
        self._train_next()

    def _train_next(self) -> None:
        """Train the present job, or the first one after it that can be begun."""
        while self._present is not None:
            run = self._run_of(self._present)
            if run is not None:
                self._begin(run)
                return
            self._take_next()
        self._end()

    def _run_of(self, job: TrainingJob) -> Run | None:
        """Return the job's run, or None after having told why there is none."""
        assert self._dataset is not None
        try:
            if job.run:
                return self._store.get(job.run)
            data = describe_data(job.recipe, self._dataset)
        except RunError as error:
            self.failed.emit(f"Model {job.model}: {error}")
            return None
        try:
            return self._store.create(job.model, job.recipe.to_json(), job.seed, data)
        except RunError as error:
            # No other one could be created either.
            self._put_back()
            self.failed.emit(str(error))
            return None

    def _begin(self, run: Run) -> None:
        assert self._dataset is not None
        self._run, self._fresh = run, ()
        self._trainer = TrainingThread(run, self._dataset, self._train, self._control, self)
        self._trainer.event_received.connect(self.event_received)
        self._trainer.failed.connect(self.failed)
        self._trainer.finished.connect(self._end_run)
        self.changed.emit()
        self.begun.emit(run)
        self._trainer.start()

    def _end_run(self) -> None:
        if self._trainer is None or self._run is None:
            return  # shut down meanwhile
        _release(self._trainer)
        run, self._run, self._trainer = self._run, None, None
        self._discard(run)
        self._take_next()
        self._train_next()

    def _give_up(self, sentence: str) -> None:
        """Tell that there are no data; what waited goes on waiting."""
        if self._loader is None:
            return  # shut down meanwhile
        if self._present is not None:
            self._put_back()
        self.failed.emit(sentence)
        self._end()

    def _put_back(self) -> None:
        """Let what waited before wait again; a start of which nothing came is forgotten, to be tried again."""
        assert self._present is not None
        self._ending = True
        given = {id(job) for job in self._fresh}
        self._jobs = [job for job in (self._present, *self._jobs) if id(job) not in given]

    def _end(self) -> None:
        for worker in (self._loader, self._trainer):
            if worker is not None:
                _release(worker)
        self._loader = self._trainer = self._dataset = None
        run, self._run, self._present = self._run, None, None
        self._active = self._ending = False
        if run is not None:
            self._discard(run)
        self.changed.emit()
        self.ended.emit()

    def _discard(self, run: Run) -> None:
        """Delete a run that holds no epoch and explains nothing.

        A paused or interrupted one can be resumed, and one that failed says why.
        """
        status = run.record.status
        if run.record.epochs or status not in ("created", "stopped"):
            return
        try:
            self._store.delete(run.name)
        except RunError as error:
            self.failed.emit(str(error))
        if status == "stopped":
            self.discarded.emit(run.model)


def _release(worker: QThread) -> None:
    # It may still be leaving its last signal.
    worker.wait()
    worker.deleteLater()
