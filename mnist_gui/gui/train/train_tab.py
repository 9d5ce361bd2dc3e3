"""The Train tab: choose, start, watch, and offer what was learnt to the Draw tab."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from mnist_gui.analysis.fine_tuning_effect import FineTuningEffect, effect_sentence
from mnist_gui.analysis.notebook_reference import notebook_history
from mnist_gui.digits.dataset import Dataset
from mnist_gui.gui.fine_tuning_service import FineTuningService
from mnist_gui.gui.settings import Settings
from mnist_gui.gui.train.curves.plotted_runs import PlottedRuns
from mnist_gui.gui.train.fine_tuning_evaluator import FineTuningEvaluator
from mnist_gui.gui.train.history.run_history import RunHistory
from mnist_gui.gui.train.notice_bar import NOTE, WRONG
from mnist_gui.gui.train.queue.queue_file import QUEUE_FILE, QueueFile
from mnist_gui.gui.train.queue.training_job import TrainingJob
from mnist_gui.gui.train.queue.training_queue import SHUT_DOWN_SECONDS, TrainingQueue
from mnist_gui.gui.train.recipe_export import RecipeExporter
from mnist_gui.gui.train.run_notices import RunNotices
from mnist_gui.gui.train.train_layout import TrainLayout
from mnist_gui.gui.train.training_presenter import TrainingPresenter
from mnist_gui.gui.train.training_thread import TrainFunction
from mnist_gui.gui.train.training_wording import job_words
from mnist_gui.models.export import export_run
from mnist_gui.models.recipes import RecipeError
from mnist_gui.models.training import training_events
from mnist_gui.models.training.resume import can_resume, resume_obstacle
from mnist_gui.models.training.time_estimate import MNIST_TEST, MNIST_TRAIN, clamp_speed_factor
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore


class TrainTab(TrainLayout):
    """Connects the recipe panel, the training queue and what shows it.

    Parameters
    ----------
    store
        Where runs are created.
    load_dataset
        Called in a worker thread.
    train
        Called in the training thread.
    settings
        Remembers this machine's pace and the jobs that wait; without, nothing is remembered.
    cache
        Folder of cached predictions.
    fine_tuning
        Told the progress and the outcome of fine-tuning runs.

    Signals
    -------
    use_requested(model: int, run: str)
        The person wants this run to answer in the Draw tab.
    runs_changed()
        A run was created, has ended or was deleted.
    answering_changed()
        By what was done to a run, another one answers for its model.
    training_changed(trains: bool)
    """

    use_requested = Signal(int, str)
    runs_changed = Signal()
    answering_changed = Signal()
    training_changed = Signal(bool)

    def __init__(
        self,
        store: RunStore,
        load_dataset: Callable[[], Dataset],
        train: TrainFunction,
        parent: QWidget | None = None,
        *,
        settings: Settings | None = None,
        cache: Path,
        fine_tuning: FineTuningService,
    ) -> None:
        speed_factor = clamp_speed_factor((settings.speed_factor if settings else None) or 1.0)
        super().__init__(speed_factor, RunHistory(store, export_run), parent)
        self._store = store
        self._settings = settings
        self._queue_file = QueueFile(settings.folder / QUEUE_FILE) if settings is not None else None
        self._frames = MNIST_TRAIN, MNIST_TEST  # how many there are
        self._own_frame: NDArray[np.float32] | None = None
        self._test_digit: NDArray[np.float32] | None = None
        self._shown = PlottedRuns(self.plot)
        self._queue = TrainingQueue(store, load_dataset, train, self)
        self._offers = RunNotices(self)
        self._display = TrainingPresenter(self, self._shown, self._offers, speed_factor)
        self._aids = RecipeExporter(self, load_dataset)
        self._evaluator = FineTuningEvaluator(store, load_dataset, cache, self)
        self._evaluator.progressed.connect(fine_tuning.report_progress)
        self._evaluator.taught.connect(fine_tuning.report_completed)
        self._evaluator.judged.connect(fine_tuning.report_effect)
        self._evaluator.failed.connect(fine_tuning.report_failure)
        self._connect()
        self.plot.set_notebook(notebook_history())
        self._shown.show_last(self._newest_first())
        self._restore_queue()
        self._offer_to_resume()

    @property
    def is_training(self) -> bool:
        """Return whether a training has been started and has not ended."""
        return self._queue.is_active

    @property
    def is_held(self) -> bool:
        """Return whether the present training waits for the person to go on."""
        return self._queue.control.is_paused

    @property
    def waiting(self) -> int:
        """Return how many jobs wait in the queue."""
        return len(self._queue.waiting)

    @property
    def keeps_queue(self) -> bool:
        """Return whether what waits will wait in the next window too."""
        return self._queue_file is not None and self._queue_file.is_ours

    def set_frame(self, frame: NDArray[np.float32] | None) -> None:
        """Let models answer this (28, 28) frame while they learn; None for a test digit."""
        self._own_frame = frame
        self._show_frame()

    def resume_run(self, name: str) -> None:
        """Train a run further that is not at its end: now, or after what trains and waits already."""
        if name in self._queue.runs:
            self.tell(f"Run {name} trains already, or waits in the queue.", NOTE)
            return
        try:
            run = self._store.get(name)
            problem = resume_obstacle(run)
            job = None if problem else TrainingJob.of_run(run)
        except (RunError, RecipeError) as error:
            problem, job = str(error), None
        if job is None:
            self.tell(problem, WRONG)
            return
        self._offers.take_up(name)
        self._start([job])

    def shut_down(self, seconds: float = SHUT_DOWN_SECONDS) -> bool:
        """Pause what trains and wait for it, and for what else is under way; return whether all ended in time."""
        end = time.monotonic() + seconds
        ended = self._queue.shut_down(seconds)  # first: an export must not keep a model training
        self._evaluator.shut_down()
        for part in (self._aids, self.history):
            ended &= part.shut_down(max(0.0, end - time.monotonic()))
        if ended and self._queue_file is not None:
            self._queue_file.close()
        return ended

    # -- starting

    def _start(self, jobs: Sequence[TrainingJob]) -> None:
        """Train these jobs now and then what waits, or let them wait while something trains."""
        if self.is_training:
            self._queue.start(jobs)
            self.queue_section.button.setChecked(True)
            return
        if not jobs and not self.waiting:
            return
        self.notices.clear()
        self.show_curves()
        self._display.begin()
        self._queue.start(jobs)
        self._offer_to_resume()
        self.training_changed.emit(True)

    def _take_dataset(self, dataset: Dataset) -> None:
        self._frames = len(dataset.train), len(dataset.test)
        self._test_digit = dataset.test.images[0].astype(np.float32) / 255
        self._show_frame()

    def _show_frame(self) -> None:
        frame = self._test_digit if self._own_frame is None else self._own_frame
        self._queue.set_frame(frame)
        self.strip.set_frame(frame, own=self._own_frame is not None)

    # -- the queue

    def _restore_queue(self) -> None:
        jobs, problem = self._queue_file.open() if self._queue_file is not None else ((), "")
        self._queue.restore(jobs)
        self.queue_section.button.setChecked(bool(jobs))
        if problem:
            self.tell(problem, NOTE)

    def _take_queue(self) -> None:
        """Keep what waits, and show it."""
        if self._queue_file is not None:
            self._queue_file.write(self._queue.not_begun)
        self.history.set_waiting({job.run for job in self._queue.not_begun} - {""})
        waiting = self._queue.waiting
        self.progress.set_waiting(len(waiting))
        self._display.pace.set_waiting([job.work(*self._frames) for job in waiting])
        if self._queue.control.is_paused:
            self._display.show_time_estimate(self._display.pace.estimate())  # no event comes meanwhile
        self._show_queue()

    def _remove_job(self, index: int) -> None:
        job = self._queue.remove(index)
        notice = self.tell(f"Taken from the queue: {job_words(job)}.", NOTE, action="Undo")
        notice.accepted.connect(lambda: self._queue.put(index, job))

    def _show_queue(self) -> None:
        queue = self._queue
        self.panel.set_speed_factor(self._display.pace.speed_factor)
        waiting = [(job, self._display.pace.speed_factor * job.work(*self._frames).seconds) for job in queue.waiting]
        self.show_queue(waiting, queue.present, can_skip=bool(waiting) and not queue.is_ending)

    # -- while it trains

    def _begin_run(self, run: Run) -> None:
        self._display.begin_run(run, leaving=self._queue.control.is_interrupted)
        self.runs_changed.emit()

    def _take(self, event: training_events.Event) -> None:
        self._display.take(event)
        self._evaluator.take(event)
        if isinstance(event, training_events.EpochEnded):
            self.history.refresh()
            self._show_queue()
            if self._settings is not None:
                self._settings.speed_factor = self._display.pace.speed_factor
        elif isinstance(event, training_events.TrainingEnded):
            self.runs_changed.emit()

    def _end(self) -> None:
        self._display.end()
        self.runs_changed.emit()
        self.training_changed.emit(False)

    def _offer_to_resume(self) -> None:
        """Offer what was cut off, by closing the window or worse, without the person having stopped it."""
        cut_off = [run for run in self._newest_first() if run.status in ("paused", "interrupted") and can_resume(run)]
        self._offers.offer_to_resume([run for run in cut_off if run.name not in self._queue.runs])

    # -- putting together

    def _connect(self) -> None:
        queue = self._queue
        self.panel.start_pressed.connect(
            lambda recipe, models, seed: self._start([TrainingJob(model, recipe, seed) for model in models])
        )
        self.progress.pause_pressed.connect(lambda: queue.control.pause())
        self.progress.resume_pressed.connect(lambda: queue.control.resume())
        self.progress.stop_pressed.connect(lambda after: queue.stop(after_epoch=after))
        self.progress.skip_pressed.connect(lambda after: queue.skip(after_epoch=after))
        self.queue_list.moved.connect(queue.move)
        self.queue_list.removed.connect(self._remove_job)
        self.queue_list.skip_pressed.connect(self.progress.skip)
        self.queue_list.start_pressed.connect(lambda: self._start([]))
        queue.changed.connect(self._take_queue)
        queue.loaded.connect(self._take_dataset)
        queue.begun.connect(self._begin_run)
        queue.event_received.connect(self._take)
        queue.failed.connect(lambda sentence: self.tell(sentence, WRONG))
        queue.discarded.connect(self._tell_discarded)
        queue.ended.connect(self._end)
        self._connect_history()
        self._evaluator.judged.connect(self._tell_effect)
        self._offers.use_requested.connect(self.use_requested)
        self._offers.resume_requested.connect(self.resume_run)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self.panel.start)
        QShortcut(QKeySequence("Ctrl+."), self, self.progress.stop)

    def _connect_history(self) -> None:
        history = self.history
        self.runs_changed.connect(history.refresh)
        history.runs_changed.connect(self.runs_changed)
        history.answering_changed.connect(self.answering_changed)
        for what in (self._shown, self._offers):
            history.renamed.connect(what.rename)
            history.deleted.connect(what.forget)
        history.use_requested.connect(self.use_requested)
        history.resume_requested.connect(self.resume_run)
        history.shown_changed.connect(self._shown.choose)
        history.list.selected.connect(self.plot.highlight)
        history.message_shown.connect(self.tell)

    def _tell_effect(self, name: str, effect: FineTuningEffect) -> None:
        """Say what teaching changed, where it is offered to use it, and keep it with the run."""
        words = effect_sentence(effect)
        for notice in self.notices.of_run(name):
            notice.set_sentence(f"{notice.sentence} {words[0].upper()}{words[1:]}.")
        try:
            if not self._store.get(name).record.note:
                self._store.set_note(name, words)
        except RunError:
            return  # it has gone, or is in use; what was found has been said
        self.history.refresh()

    def _tell_discarded(self, model: int) -> None:
        self.tell(f"Model {model} was stopped before an epoch had ended; its run was discarded.", NOTE)

    def _newest_first(self) -> list[Run]:
        return sorted(self._store.runs(), key=lambda run: (run.record.created, run.name), reverse=True)
