"""Trains jobs one after another, each in a thread; the jobs that wait can be changed meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QDeadlineTimer, QObject, Signal

from mnist_gui.digits.dataset import MNIST_CHECKSUM, Dataset, DatasetError
from mnist_gui.digits.own_data import load_kept
from mnist_gui.gui.background import FOREVER, LatestTask, lower_thread_priority
from mnist_gui.gui.train.queue.study_job import Job, StudyJob, StudyStep
from mnist_gui.gui.train.queue.training_job import TrainingJob
from mnist_gui.models.training.data_split import describe_data
from mnist_gui.models.training.new_run import create_run
from mnist_gui.models.training.time_estimate import Workload
from mnist_gui.models.training.training_control import TrainingControl
from mnist_gui.models.training.training_events import Event
from mnist_gui.paths import cache_folder
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore
from mnist_gui.studies.plan import PlannedRun
from mnist_gui.studies.runner import train_study
from mnist_gui.studies.study import Study, StudyError
from mnist_gui.wording import model_title


@dataclass(frozen=True)
class _StudyEnded:
    """How the training of a study ended: "completed", "paused" or "failed"."""

    status: str


class TrainFunction(Protocol):
    """Function that trains a run; see `mnist_gui.models.training.trainer.train`."""

    def __call__(self, run: Run, dataset: Dataset, *, report: Callable[[Event], None], control: TrainingControl) -> Run:
        """Train the run to its end, or until it is stopped, paused or fails."""
        ...


class TrainingQueue(QObject):
    """Trains jobs one after another; a job that fails does not stop the others.

    A job leaves the queue when it is trained, and its run is created then. Runs that completed no epoch are deleted. A
    study stays in the queue until it has ended or the user stops it: the program may be killed meanwhile.

    Attributes
    ----------
    is_active
        Whether a training was started and has not ended.
    is_stopping
        Whether the current run was asked to stop, and no job follows it.
    current_job
        The job that trains, or will train once the dataset is loaded.
    current_run
        The run of the current job, once it is created.
    current_step
        Where the current job, a study, is; None before its first run, and for other jobs.
    control
        Control of the current run; each job has its own.

    Signals
    -------
    changed()
        The current job or the waiting jobs changed.
    dataset_loaded(dataset: Dataset)
        Emitted before the first run is created.
    run_started(run: Run)
        A run was created or is resumed.
    event_received(event: Event)
        An event of the current run.
    failed(sentence: str)
        A job, or all of them, could not be started.
    run_failed(run: str, reason: str)
        A run could not be trained, or not be found to be resumed; `failed` says it, too.
    study_ended(study: Study, status: str)
        What was left of a study was trained ("completed"), or its training was stopped ("paused") or failed.
    run_discarded(model: int)
        A run was stopped before its first epoch ended, and was deleted.
    ended()
        Nothing trains, and all threads have ended. Jobs may still wait.
    """

    changed = Signal()
    dataset_loaded = Signal(object)
    run_started = Signal(object)
    event_received = Signal(object)
    failed = Signal(str)
    run_failed = Signal(str, str)
    study_ended = Signal(object, str)
    run_discarded = Signal(int)
    ended = Signal()

    def __init__(
        self,
        store: RunStore,
        load_dataset: Callable[[], Dataset],
        train: TrainFunction,
        parent: QObject | None = None,
        *,
        cache: Path | None = None,
    ) -> None:
        super().__init__(parent)
        self._cache = cache or cache_folder()
        self._store = store
        self._load_dataset = load_dataset
        self._train = train
        self._waiting_jobs: list[Job] = []
        self._added_jobs: tuple[Job, ...] = ()  # passed to the latest start, until a run has started
        self.is_active = self.is_stopping = False
        self.current_job: Job | None = None
        self.current_run: Run | None = None
        self.current_step: StudyStep | None = None
        self._study: Study | None = None  # of the current job
        self._keeps_study = False  # in the queue, once its training has ended
        self.control = TrainingControl()
        self._frame: NDArray[np.float32] | None = None
        self._dataset: Dataset | None = None
        self._loader, self._trainer = LatestTask(self), LatestTask(self)
        self._loader.finished_with.connect(self._on_dataset_loaded)
        self._loader.failed.connect(self._on_loading_failed)
        self._trainer.progressed.connect(self._on_progressed)
        self._trainer.failed.connect(self._on_training_failed)
        self._trainer.ended.connect(self._on_run_ended)

    @property
    def waiting_jobs(self) -> tuple[Job, ...]:
        """Jobs that wait, the next one first."""
        return tuple(self._waiting_jobs)

    @property
    def pending_jobs(self) -> tuple[Job, ...]:
        """Jobs that no run stores yet: those that wait, and a current one that is a study or has no run."""
        if self.current_job is None or (self.current_run and not isinstance(self.current_job, StudyJob)):
            return self.waiting_jobs
        return self.current_job, *self._waiting_jobs

    @property
    def run_names(self) -> frozenset[str]:
        """Names of the current run and of runs that wait to be resumed."""
        names = {job.run for job in self.pending_jobs} | {self.current_run.name if self.current_run else ""}
        return frozenset(names - {""})

    def set_frame(self, frame: NDArray[np.float32] | None) -> None:
        """Set the (28, 28) frame in [0, 1] that every run predicts while it trains."""
        self._frame = frame
        self.control.frame = frame

    # -- waiting jobs

    def restore(self, jobs: Iterable[Job]) -> None:
        """Restore the waiting jobs of the last window; nothing starts."""
        self._waiting_jobs = list(jobs)
        self.changed.emit()

    def start(self, jobs: Iterable[Job] = ()) -> None:
        """Train these jobs and then those that wait; while something trains, append these to the queue."""
        if self.is_active:
            self._waiting_jobs += jobs
            self.changed.emit()
            return
        self._added_jobs = tuple(jobs)
        self._waiting_jobs[:0] = self._added_jobs
        if not self._waiting_jobs:
            return
        self.is_active, self.is_stopping = True, False
        self._take_next()
        self._loader.start(lambda _progress: self._load_dataset())

    def move(self, index: int, to: int) -> None:
        """Move a waiting job to another index."""
        self._waiting_jobs.insert(to, self._waiting_jobs.pop(index))
        self.changed.emit()

    def remove(self, index: int) -> Job:
        """Remove a waiting job and return it; a run that it would have resumed is not changed."""
        job = self._waiting_jobs.pop(index)
        self.changed.emit()
        return job

    def insert(self, index: int, job: Job) -> None:
        """Insert a waiting job, at the end if there are fewer."""
        self._waiting_jobs.insert(index, job)
        self.changed.emit()

    # -- the current run

    def skip(self, *, after_epoch: bool = False) -> None:
        """Stop the current run, keep its whole epochs, and train the next job."""
        if self._is_loading and not after_epoch:
            self.current_job = None
        self.control.stop(after_epoch=after_epoch)
        self.changed.emit()

    def stop(self, *, after_epoch: bool = False) -> None:
        """Stop the current run and keep its whole epochs; the waiting jobs keep waiting."""
        self.is_stopping = True
        self.skip(after_epoch=after_epoch)

    def interrupt(self) -> None:
        """Pause the current run, to be resumed another day; `ended` follows."""
        self.is_stopping = self._keeps_study = True
        self.control.interrupt()
        if self.current_job is not None and self._is_loading:
            self._waiting_jobs.insert(0, self.current_job)
            self.current_job = None

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Pause the current run and wait for the threads; return whether they ended in time."""
        if not self.is_active:
            return True
        self.interrupt()
        if not (self._loader.shut_down(deadline) and self._trainer.shut_down(deadline)):
            return False
        self._end()
        return True

    # -- inside

    @property
    def _is_loading(self) -> bool:
        """Whether the current job, if any, waits for the dataset."""
        return self.current_run is None and self._study is None

    def _take_next(self) -> None:
        self.current_job = self._waiting_jobs.pop(0) if self._waiting_jobs and not self.is_stopping else None
        self.current_step = self._study = None
        self._keeps_study = False
        self.control = TrainingControl()
        self.control.frame = self._frame
        self.changed.emit()

    def _on_dataset_loaded(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self.dataset_loaded.emit(dataset)
        if self.current_job is None:
            self._take_next()  # it was skipped meanwhile
        self._train_current()

    def _on_loading_failed(self, sentence: str) -> None:
        if self.current_job is not None:
            self._put_back()
        self.failed.emit(sentence)
        self._end()

    def _train_current(self) -> None:
        """Train the current job, or the first one after it that can be started."""
        while self.current_job is not None:
            job = self.current_job
            if isinstance(job, StudyJob):
                if self._start_study(job):
                    return
            elif (run := self._run_of(job)) is not None:
                self._start_run(run)
                return
            self._take_next()
        self._end()

    def _run_of(self, job: TrainingJob) -> Run | None:
        """Return the job's run, or None after reporting why there is none."""
        assert self._dataset is not None
        try:
            if job.run:
                return self._store.get(job.run)
            data = describe_data(job.recipe, self._dataset_of(job.data_name, job.data_checksum))
        except (RunError, DatasetError) as error:
            self.failed.emit(f"{model_title(job.model)}: {error}")
            self.run_failed.emit(job.run, str(error))
            return None
        try:
            assert job.architecture is not None  # as of every job without a run
            return create_run(self._store, job.architecture, job.recipe, job.seed, data)
        except RunError as error:
            # No other run could be created either.
            self._put_back()
            self.failed.emit(str(error))
            return None

    def _start_run(self, run: Run) -> None:
        assert self._dataset is not None
        self.current_run, self._added_jobs = run, ()
        self.changed.emit()
        self.run_started.emit(run)
        self._trainer.start(partial(self._train_run, run, self.control))

    def _dataset_of(self, name: str, checksum: str) -> Dataset:
        """Return MNIST, or the user's own digits of this checksum; raise `DatasetError` if they are not kept."""
        assert self._dataset is not None
        if checksum in ("", MNIST_CHECKSUM, self._dataset.checksum):
            return self._dataset
        return load_kept(name, checksum, self._cache, self._dataset.test)

    def _train_run(self, run: Run, control: TrainingControl, progress: Callable[[Event], None]) -> None:
        lower_thread_priority()
        data = run.record.data
        dataset = self._dataset_of(data["name"], data["checksum"])
        self._train(run, dataset, report=progress, control=control)

    def _start_study(self, job: StudyJob) -> bool:
        """Start a study and return True, or return False after reporting why it cannot be read."""
        assert self._dataset is not None
        try:
            self._study = job.open()
        except StudyError as error:
            self.failed.emit(str(error))
            return False
        self._added_jobs = ()
        self.changed.emit()
        self._trainer.start(partial(self._train_study, self._study, self.control))
        return True

    def _train_study(
        self,
        study: Study,
        control: TrainingControl,
        progress: Callable[[Event | StudyStep | _StudyEnded], None],
    ) -> None:
        lower_thread_priority()
        dataset = self._dataset_of(study.plan.data_name, study.plan.data_checksum)
        following: tuple[Workload, ...] = ()
        left = 0

        def begin(_planned: PlannedRun, rest: list[PlannedRun]) -> None:
            nonlocal following, left
            counts = len(dataset.train), len(dataset.test)
            following = tuple(each.group.workload(*counts) for each in rest)
            left = len(rest)

        def train(run: Run, dataset: Dataset, *, report: Callable[[Event], None], control: TrainingControl) -> Run:
            size = study.plan.size
            progress(StudyStep(study.plan.name, run, size - left, size, following))
            return self._train(run, dataset, report=report, control=control)

        status = train_study(study, dataset, train=train, report=progress, begin=begin, control=control)
        progress(_StudyEnded(status))

    def _on_progressed(self, value: object) -> None:
        match value:
            case StudyStep():
                self.current_step, self.current_run = value, value.run
                self.changed.emit()
                self.run_started.emit(value.run)
            case _StudyEnded(status):
                self._keeps_study = self._keeps_study and status != "completed"
                self.study_ended.emit(self._study, status)
            case _:
                self.event_received.emit(value)

    def _on_training_failed(self, reason: str) -> None:
        if self._study is not None:
            self.failed.emit(reason)
            return
        assert self.current_run is not None
        self.failed.emit(f"Run {self.current_run.name} could not be trained: {reason}")
        self.run_failed.emit(self.current_run.name, reason)

    def _on_run_ended(self) -> None:
        self._end_run()
        self._take_next()
        self._train_current()

    def _put_back(self) -> None:
        """Stop, and restore the jobs that waited before the latest start; those passed to it are dropped."""
        assert self.current_job is not None
        self.is_stopping = True
        added = {id(job) for job in self._added_jobs}
        self._waiting_jobs = [job for job in (self.current_job, *self._waiting_jobs) if id(job) not in added]

    def _end(self) -> None:
        self._loader.shut_down()
        self._dataset = None
        self._end_run()
        self.current_job = None
        self.is_active = self.is_stopping = False
        self.changed.emit()
        self.ended.emit()

    def _end_run(self) -> None:
        """Delete a run without an epoch, except in a study; put a study that was paused back into the queue."""
        run, self.current_run = self.current_run, None
        study = self._study
        if study is not None:
            if self._keeps_study:
                self._waiting_jobs.insert(0, StudyJob.from_study(study))
            self.current_step = self._study = None
        elif run is not None:
            self._delete_if_empty(run)

    def _delete_if_empty(self, run: Run) -> None:
        """Delete a run without an epoch, except where it can be resumed or its record says why it failed."""
        status = run.record.status
        if run.record.epochs or status not in ("created", "stopped"):
            return
        try:
            self._store.delete(run.name)
        except RunError as error:
            self.failed.emit(str(error))
        if status == "stopped":
            self.run_discarded.emit(run.model)
