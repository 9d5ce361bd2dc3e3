"""The Train tab: starts and shows trainings, and hands trained runs to the Draw tab."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QDeadlineTimer, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QWidget

from mnist_gui.analysis.fine_tuning_effect import FineTuningEffect, effect_sentence
from mnist_gui.analysis.notebook_reference import notebook_history
from mnist_gui.digits.dataset import Dataset
from mnist_gui.gui.background import FOREVER, shut_down_all
from mnist_gui.gui.fine_tuning_service import FineTuningService
from mnist_gui.gui.settings import HistoryPlace, Settings
from mnist_gui.gui.train.curves.plotted_runs import PlottedRuns
from mnist_gui.gui.train.fine_tuning_evaluator import FineTuningEvaluator
from mnist_gui.gui.train.history.run_history import RunHistory
from mnist_gui.gui.train.notices import ERROR, INFO, NoticeStack, RunNotices
from mnist_gui.gui.train.own_data_reader import OwnDataReader
from mnist_gui.gui.train.queue.queue_file import QUEUE_FILE, QueueFile
from mnist_gui.gui.train.queue.queue_list import QueueRow
from mnist_gui.gui.train.queue.study_job import Job, StudyJob
from mnist_gui.gui.train.queue.training_job import TrainingJob
from mnist_gui.gui.train.queue.training_queue import TrainFunction, TrainingQueue
from mnist_gui.gui.train.recipe_export import RecipeExporter
from mnist_gui.gui.train.study_trainings import StudyTrainings
from mnist_gui.gui.train.train_layout import TrainLayout
from mnist_gui.gui.train.training_presenter import TrainingPresenter
from mnist_gui.gui.train.training_starter import TrainingStarter
from mnist_gui.gui.train.training_wording import job_text, step_text
from mnist_gui.gui.train.use_question import UseQuestion, guessing_sentence, replacement_sentence
from mnist_gui.gui.widgets.run_marker import RunMarks
from mnist_gui.models.export import export_run
from mnist_gui.models.recipes import Recipe, RecipeError
from mnist_gui.models.training import training_events
from mnist_gui.models.training.resume import can_resume, resume_obstacle
from mnist_gui.models.training.time_estimate import MNIST_TEST, MNIST_TRAIN, clamp_speed_factor
from mnist_gui.paths import user_digits_file
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore
from mnist_gui.studies.progress import total_seconds
from mnist_gui.studies.study import StudyStore
from mnist_gui.wording import model_title

TAKE_OVER_MS = 1_000  # interval of looking whether another window has released the queue


class TrainTab(QWidget):
    """Connects the widgets with the training queue and the runs.

    Parameters
    ----------
    store
        The runs.
    load_dataset
        Called in a worker thread.
    train
        Called in the training thread.
    settings
        Stores the speed factor of this machine and the queue; without settings, nothing is stored.
    cache
        Folder of cached predictions.
    fine_tuning
        Receives the progress and the outcome of fine-tuning runs.
    studies
        Where a training with several seeds becomes a study.

    Attributes
    ----------
    view
        The widgets.
    studies
        Trains whole studies.

    Signals
    -------
    use_requested(run: str)
        The user wants to use a run in the Draw tab.
    runs_changed()
        A run was created, renamed, annotated or deleted, or has ended.
    active_runs_changed()
        Another run is active for a model, or the same under another name.
    compare_requested(folders: tuple[Path, ...])
        The user wants to compare these runs.
    training_changed(is_training: bool)
    study_changed(name: str)
        The study that this window trains; empty for none. Emitted again while it trains.
    """

    use_requested = Signal(str)
    runs_changed = Signal()
    active_runs_changed = Signal()
    compare_requested = Signal(tuple)
    training_changed = Signal(bool)
    study_changed = Signal(str)

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
        marks: RunMarks | None = None,
        studies: StudyStore,
        my_digits: Path | None = None,
    ) -> None:
        super().__init__(parent)
        measured = settings.speed_factor if settings else None
        speed_factor = clamp_speed_factor(measured or 1.0)
        self._store = store
        self._settings = settings
        self._queue_file = QueueFile(settings.folder / QUEUE_FILE) if settings is not None else None
        self._take_over_timer = QTimer(self, interval=TAKE_OVER_MS)
        self._take_over_timer.timeout.connect(self._take_over_queue)
        self._frame_counts = MNIST_TRAIN, MNIST_TEST
        self._use_question: UseQuestion | None = None
        self._user_frame: NDArray[np.float32] | None = None
        self._test_frame: NDArray[np.float32] | None = None
        notices = NoticeStack()
        history = RunHistory(store, export_run, notices)
        self.view = TrainLayout(speed_factor if measured else None, notices, history, marks)
        if settings is not None:
            self.view.panel.layer_editor.set_layers(settings.own_layers)
        self.setLayout(self.view)
        self._plotted_runs = PlottedRuns(self.view.plot)
        self._run_notices = RunNotices(self.view.notices, self._describe_use, self)
        self._presenter = TrainingPresenter(self.view, self._plotted_runs, self._run_notices, speed_factor)
        self._exporter = RecipeExporter(self.view, load_dataset, self)
        self._queue = TrainingQueue(store, load_dataset, train, self, cache=cache)
        self._starter = TrainingStarter(store, self._queue, self._start, self)
        self._own_data = OwnDataReader(self.view.panel, my_digits or user_digits_file(), cache, notices, self)
        self.studies = StudyTrainings(studies, self._queue, notices, self._start, self)
        self._evaluator = FineTuningEvaluator(store, load_dataset, cache, self)
        self._connect_panel()
        self._connect_queue()
        self._connect_history()
        self._connect_fine_tuning(fine_tuning)
        self.view.plot.set_notebook(notebook_history())
        self._plotted_runs.show_last(self._newest_first())
        self._restore_queue()
        self._show_resumable()

    @property
    def is_training(self) -> bool:
        """Whether a training was started and has not ended."""
        return self._queue.is_active

    @property
    def is_paused(self) -> bool:
        """Whether the user has paused the current training."""
        return self._queue.control.is_paused

    @property
    def waiting_count(self) -> int:
        """Number of jobs in the queue."""
        return len(self._queue.waiting_jobs)

    @property
    def stores_queue(self) -> bool:
        """Whether the queue is restored in the next window."""
        return self._queue_file is not None and self._queue_file.is_owned

    def take_focus(self) -> None:
        """Focus the button that starts a training."""
        self.view.panel.start_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_frame(self, frame: NDArray[np.float32] | None) -> None:
        """Set the (28, 28) frame that models predict while they train; None for a test digit."""
        self._user_frame = frame
        self._update_frame()

    def resume_run(self, name: str) -> None:
        """Resume a run now, or after the current and the waiting jobs."""
        if name in self._queue.run_names:
            self._show_message(f"Run {name} trains already, or waits in the queue.", INFO)
            return
        try:
            run = self._store.get(name)
            obstacle = resume_obstacle(run)
            job = None if obstacle else TrainingJob.from_run(run)
        except (RunError, RecipeError) as error:
            obstacle, job = str(error), None
        if job is None:
            self._show_message(obstacle, ERROR)
            return
        self._run_notices.dismiss_resumable(name)
        self._start([job])

    def stop_runs(self, names: Collection[str]) -> None:
        """Stop the current run if it is one of these, and delete those that wait; the other jobs train on."""
        for index, job in reversed(list(enumerate(self._queue.waiting_jobs))):
            if job.run in names:
                self._queue.remove(index)
                self._discard(job.run)
        current, run = self._queue.current_job, self._queue.current_run
        if current is not None and current.run in names:
            self._queue.skip()
            if run is None:  # the dataset is still loading
                self._discard(current.run)

    def pause_training(self) -> None:
        """Pause the training, to be resumed another day; `training_changed` follows once its batch has ended."""
        self._queue.interrupt()

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Pause the training and wait for all threads; return whether they ended in time."""
        self._take_over_timer.stop()
        self._starter.close()
        with suppress(RuntimeError):  # it was closed
            if self._use_question is not None:
                self._use_question.close()
        ended = self._queue.shut_down(deadline)  # first: an export must not keep a model training
        if ended and self._queue_file is not None:
            self._queue_file.close()
        return shut_down_all((self._own_data, self._evaluator, self._exporter, self.view.history), deadline) and ended

    # -- starting

    def _start(self, jobs: Sequence[Job]) -> None:
        """Train these jobs and then those in the queue; while something trains, append them to the queue."""
        if self.is_training:
            self._queue.start(jobs)
            self.view.queue_button.setChecked(True)
            return
        if not jobs and not self.waiting_count:
            return
        self.view.notices.clear()
        self.view.scroll_to_curves()
        self._presenter.begin_training()
        self._queue.start(jobs)
        self._show_resumable()
        self.training_changed.emit(True)

    def _jobs(self, recipe: Recipe, models: tuple[int, ...], seed: int) -> list[TrainingJob]:
        layers = self.view.panel.layer_editor.layers
        data = self._own_data.job_data
        return [TrainingJob(model, recipe, seed, "", 0, "" if model else layers, *data) for model in models]

    def _on_study_requested(self, recipe: Recipe, models: tuple[int, ...], seeds: tuple[int, ...]) -> None:
        own = self._own_data.data
        layers = self.view.panel.layer_editor.layers
        self.studies.train_seeds(self._own_data.recipe(recipe), models, seeds, own.dataset if own else None, layers)

    def _on_start_requested(self, recipe: Recipe, models: tuple[int, ...], seed: int) -> None:
        self._starter.start(self._jobs(self._own_data.recipe(recipe), models, seed))

    def _on_dataset_loaded(self, dataset: Dataset) -> None:
        self._frame_counts = len(dataset.train), len(dataset.test)
        self._test_frame = dataset.test.images[0].astype(np.float32) / 255
        self._update_frame()

    def _update_frame(self) -> None:
        frame = self._test_frame if self._user_frame is None else self._user_frame
        self._queue.set_frame(frame)
        self.view.strip.set_frame(frame, is_user_digit=self._user_frame is not None)

    # -- the queue

    def _restore_queue(self) -> None:
        jobs, problem = self._queue_file.open() if self._queue_file is not None else ((), "")
        self._queue.restore(jobs)
        self.view.queue_button.setChecked(bool(jobs))
        if problem:
            self._show_message(problem, INFO)
        if self._queue_file is not None and self._queue_file.is_owned_elsewhere:
            self._take_over_timer.start()

    def _take_over_queue(self) -> None:
        """Take the queue over once the other window has ended, and offer to resume the runs that it paused."""
        assert self._queue_file is not None
        jobs, problem = self._queue_file.open()
        if self._queue_file.is_owned_elsewhere:
            return
        self._take_over_timer.stop()
        self._queue.restore((*self._queue.waiting_jobs, *jobs))
        self.view.queue_button.setChecked(bool(self.waiting_count))
        self._show_message(problem or "The other window has been closed; this one has the queue now.", INFO)
        self.runs_changed.emit()
        self._show_resumable()

    def _on_queue_changed(self) -> None:
        pending, waiting = self._queue.pending_jobs, self._queue.waiting_jobs
        if self._queue_file is not None:
            self._queue_file.write(pending)
        self.study_changed.emit(self.studies.current)
        run = self._queue.current_run
        self.view.history.set_queue({job.run for job in pending} - {""}, run.name if run else "")
        self.view.progress.set_waiting_jobs(len(waiting))
        step = self._queue.current_step
        self.view.progress.set_study_run(*((step.number, step.count) if step else ()))
        work = [each for job in waiting for each in job.workloads(*self._frame_counts)]
        self._presenter.estimator.set_waiting([*(step.following if step else ()), *work])
        if self._queue.control.is_paused:
            self._presenter.show_time_estimate(self._presenter.estimator.estimate())  # no event follows
        self._show_queue()

    def _show_queue(self) -> None:
        queue, view, speed_factor = self._queue, self.view, self._presenter.estimator.speed_factor
        view.panel.set_speed_factor(speed_factor)
        seconds = [total_seconds(job.workloads(*self._frame_counts)) for job in queue.waiting_jobs]
        rows = [_queue_row(job, speed_factor * each) for job, each in zip(queue.waiting_jobs, seconds, strict=True)]
        current = _queue_row(queue.current_job) if queue.current_job else None
        if queue.current_step is not None:
            current = QueueRow(queue.current_step.run.model, step_text(queue.current_step))
        view.queue_list.set_jobs(rows, current, can_skip=bool(rows) and not queue.is_stopping)
        view.queue_button.set_title(f"Queue · {len(rows)} waiting" if rows else "Queue")

    def _remove_job(self, index: int) -> None:
        job = self._queue.remove(index)
        sentence = f"Taken from the queue: {job_text(job)}."
        notice = self.view.notices.show_notice(sentence, INFO, action="Undo", is_lasting=True)
        notice.accepted.connect(lambda: self._queue.insert(index, job))

    # -- the training

    def _on_run_started(self, run: Run) -> None:
        in_study = self._queue.current_step is not None
        self._presenter.begin_run(run, interrupted=self._queue.control.is_interrupted, in_study=in_study)
        self.runs_changed.emit()

    def _on_event(self, event: training_events.Event) -> None:
        self._presenter.on_event(event)
        self._evaluator.on_event(event)
        if isinstance(event, training_events.EpochEnded):
            self.view.history.refresh()
            self._show_queue()
            if self._settings is not None:
                self._settings.speed_factor = self._presenter.estimator.speed_factor
        elif isinstance(event, training_events.TrainingEnded):
            self.runs_changed.emit()

    def _on_training_ended(self) -> None:
        self._presenter.end_training()
        self.runs_changed.emit()
        self.training_changed.emit(False)

    def _discard(self, name: str) -> None:
        """Delete a fine-tuning run that waited."""
        try:
            self._store.delete(name)
        except RunError as error:
            self._show_message(str(error), ERROR)
        self._evaluator.report_stopped(name)
        self.runs_changed.emit()

    def _on_run_discarded(self, model: int) -> None:
        self._show_message(f"{model_title(model)} was stopped before an epoch had ended; its run was discarded.", INFO)

    def _on_effect_evaluated(self, name: str, effect: FineTuningEffect) -> None:
        """Add what fine-tuning changed to the notices about the run and to its note."""
        try:
            run = self._store.get(name)
            self._run_notices.show_effect(run, effect)
            if not run.record.note:
                self._store.set_note(name, effect_sentence(effect))
        except RunError:
            return  # it was deleted or is in use; the notice shows the effect
        self.view.history.refresh()

    def _show_resumable(self) -> None:
        """Offer to resume runs that ended without being stopped by the user."""
        statuses = {"paused", "interrupted"}
        if self._queue_file is None or not self._queue_file.is_owned_elsewhere:
            statuses.add("created")  # killed before it began, where it does not wait in another window's queue
        runs = [run for run in self._newest_first() if run.name not in self._queue.run_names]
        self._run_notices.show_resumable([run for run in runs if run.status in statuses and can_resume(run)])

    def _show_message(self, sentence: str, mark: str) -> None:
        self.view.notices.show_notice(sentence, mark)

    def _newest_first(self) -> list[Run]:
        return sorted(self._store.runs(), key=lambda run: (run.record.created, run.name), reverse=True)

    # -- connections

    def _connect_panel(self) -> None:
        panel, progress = self.view.panel, self.view.progress
        panel.start_requested.connect(self._on_start_requested)
        self._starter.seed_chosen.connect(panel.set_seed)
        self._starter.refused.connect(lambda sentence: self._show_message(sentence, INFO))
        panel.study_requested.connect(self._on_study_requested)
        panel.layer_editor.changed.connect(self._store_layers)
        progress.pause_requested.connect(lambda: self._queue.control.pause())
        progress.resume_requested.connect(lambda: self._queue.control.resume())
        progress.stop_requested.connect(lambda after_epoch: self._queue.stop(after_epoch=after_epoch))
        progress.skip_requested.connect(lambda after_epoch: self._queue.skip(after_epoch=after_epoch))
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, panel.start)
        QShortcut(QKeySequence("Ctrl+."), self, progress.stop)

    def _connect_queue(self) -> None:
        queue, queue_list = self._queue, self.view.queue_list
        queue_list.moved.connect(queue.move)
        queue_list.removed.connect(self._remove_job)
        queue_list.skip_requested.connect(self.view.progress.skip)
        queue_list.start_requested.connect(lambda: self._start([]))
        queue.changed.connect(self._on_queue_changed)
        queue.dataset_loaded.connect(self._on_dataset_loaded)
        queue.run_started.connect(self._on_run_started)
        queue.event_received.connect(self._on_event)
        queue.failed.connect(lambda sentence: self._show_message(sentence, ERROR))
        queue.run_failed.connect(self._evaluator.report_failed)
        queue.run_discarded.connect(self._on_run_discarded)
        queue.ended.connect(self._on_training_ended)

    def _connect_history(self) -> None:
        history, notices = self.view.history, self._run_notices
        self.runs_changed.connect(history.refresh)
        history.runs_changed.connect(self.runs_changed)
        history.active_runs_changed.connect(self.active_runs_changed)
        history.renamed.connect(self._plotted_runs.rename)
        history.renamed.connect(notices.rename_run)
        history.deleted.connect(self._plotted_runs.forget)
        history.deleted.connect(notices.remove_run)
        history.shown_changed.connect(self._plotted_runs.choose)
        history.run_list.selected.connect(self.view.plot.highlight)
        self.view.plot.marks_changed.connect(history.run_list.set_marks)
        history.message_shown.connect(self._show_message)
        history.train_again_requested.connect(
            lambda name, another_seed: self._starter.train_again(name, another_seed=another_seed)
        )
        history.compare_requested.connect(self.compare_requested)
        if self._settings is not None:
            self.view.splitter.restore(self._settings.history_place)
            self.view.splitter.place_changed.connect(self._store_history_place)
        for source in (history, notices):
            source.use_requested.connect(self._use)
            source.resume_requested.connect(self.resume_run)

    def _describe_use(self, name: str) -> str:
        """Return what a run would replace in the Draw tab, and a warning if it is no better than guessing."""
        try:
            warning = "It is no better than guessing." if guessing_sentence(self._store.get(name)) else ""
        except RunError:
            return ""
        return " ".join(filter(None, (warning, replacement_sentence(self._store, name))))

    def _use(self, name: str) -> None:
        """Let a run answer in the Draw tab; ask before, if it is no better than guessing."""
        try:
            warning = guessing_sentence(self._store.get(name))
        except RunError:
            warning = ""  # the Draw tab reports the error
        if not warning:
            self.use_requested.emit(name)
            return
        question = self._use_question = UseQuestion(warning, replacement_sentence(self._store, name), self)
        question.use_chosen.connect(lambda: self.use_requested.emit(name))
        question.open()

    def _store_layers(self) -> None:
        if self._settings is not None and (layers := self.view.panel.layer_editor.layers):
            self._settings.own_layers = layers

    def _store_history_place(self, place: HistoryPlace) -> None:
        assert self._settings is not None
        self._settings.history_place = place

    def _connect_fine_tuning(self, service: FineTuningService) -> None:
        evaluator = self._evaluator
        evaluator.progressed.connect(service.report_progress)
        evaluator.completed.connect(service.report_completed)
        evaluator.evaluated.connect(service.report_effect)
        evaluator.evaluated.connect(self._on_effect_evaluated)
        evaluator.failed.connect(service.report_failure)

    # -- Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Enter presses the focused button, as in a dialog; held down, it presses once.
        focused = QApplication.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focused, QPushButton | QToolButton):
            if not event.isAutoRepeat():
                focused.click()
        else:
            super().keyPressEvent(event)


def _queue_row(job: Job, seconds: float | None = None) -> QueueRow:
    if isinstance(job, StudyJob):
        return QueueRow(0, job_text(job, seconds))
    details = filter(None, (job.layers, job.recipe.changes_text))
    return QueueRow(job.model, job_text(job, seconds), "; ".join(details))
