"""The Train tab: choose, start, watch, and offer what was learnt to the Draw tab."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from mnist_gui.analysis.notebook import notebook_history
from mnist_gui.digits.dataset import Dataset
from mnist_gui.gui.job import Job, can_go_on
from mnist_gui.gui.pace import MNIST_TEST, MNIST_TRAIN, Outlook, Pace, clamped
from mnist_gui.gui.run_history import RunHistory
from mnist_gui.gui.settings import Settings
from mnist_gui.gui.shown_runs import ShownRuns
from mnist_gui.gui.train_aids import TrainAids
from mnist_gui.gui.train_view import TrainView
from mnist_gui.gui.train_words import ended_sentence, waiting_sentence
from mnist_gui.gui.training_queue import SHUT_DOWN_SECONDS, TrainingQueue
from mnist_gui.gui.widgets.notice_bar import DONE, NOTE, WRONG
from mnist_gui.gui.workers import Trains
from mnist_gui.models import events
from mnist_gui.models.export import export_run
from mnist_gui.models.recipes import Recipe, RecipeError
from mnist_gui.models.training import ANSWER_EVERY
from mnist_gui.runs.record import EpochFigures, RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore


class TrainTab(TrainView):
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
        train: Trains,
        parent: QWidget | None = None,
        *,
        settings: Settings | None = None,
    ) -> None:
        slowness = clamped((settings.pace if settings else None) or 1.0)
        super().__init__(slowness, RunHistory(store, export_run), parent)
        self._store = store
        self._settings = settings
        self._pace = Pace(slowness)
        self._frames = MNIST_TRAIN, MNIST_TEST  # how many there are
        self._own_frame: NDArray[np.float32] | None = None
        self._test_digit: NDArray[np.float32] | None = None
        self._present: events.TrainingStarted | None = None
        self._history: Sequence[EpochFigures] = ()  # of the present run
        self._shown = ShownRuns(self.plot)
        self._declined: set[str] = set()  # runs that need not be offered again
        self._queue = TrainingQueue(store, load_dataset, train, self)
        self._aids = TrainAids(self, load_dataset)
        self._connect()
        self.plot.set_notebook(notebook_history())
        self._shown.show_last(self._newest_first())
        self._offer_to_go_on()
        self._queue.restore(settings.jobs if settings else ())
        self.queue_section.button.setChecked(bool(self._queue.waiting))

    @property
    def is_training(self) -> bool:
        """Return whether a training has been started and has not ended."""
        return self._queue.is_active

    @property
    def waiting(self) -> int:
        """Return how many jobs wait in the queue."""
        return len(self._queue.waiting)

    def set_frame(self, frame: NDArray[np.float32] | None) -> None:
        """Let models answer this (28, 28) frame while they learn; None for a test digit."""
        self._own_frame = frame
        self._show_frame()

    def go_on(self, name: str) -> None:
        """Train a paused or interrupted run further: now, or after what trains and waits already."""
        try:
            job = Job.of_run(self._store.get(name))
        except (RunError, RecipeError) as error:
            self.tell(str(error), WRONG)
            return
        self._start([job])

    def shut_down(self, seconds: float = SHUT_DOWN_SECONDS) -> bool:
        """Pause what trains and wait for it; return whether it ended in time."""
        self._aids.shut_down()
        self.history.shut_down()
        return self._queue.shut_down(seconds)

    # -- starting

    def _start(self, jobs: Sequence[Job]) -> None:
        """Train these jobs now and then what waits, or let them wait while something trains."""
        if self.is_training:
            self._queue.start(jobs)
            self.queue_section.button.setChecked(True)
            return
        self._pace = Pace(self._pace.slowness)
        self._queue.start(jobs)
        if not self.is_training:
            return  # there was nothing to start
        self.notices.clear()
        self._offer_to_go_on()
        self._shown.begin()
        self.plot.set_training(True)
        self.strip.clear()
        self.strip.show()
        self.progress.begin()
        self.progress.show_waiting("Loading the digits.")
        # Else the focus would go from a button that is hidden or disabled to some other one, and the column scroll.
        self.progress.setFocus()
        self.panel.set_training(True)
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

    def _take_queue(self) -> None:
        """Keep what waits, and show it."""
        if self._settings is not None:
            self._settings.jobs = self._queue.not_begun
        self.history.set_waiting({job.run for job in self._queue.not_begun} - {""})
        waiting = self._queue.waiting
        self.progress.set_waiting(len(waiting))
        self._pace.set_waiting([job.work(*self._frames) for job in waiting])
        if self._queue.control.held:
            self._show_outlook(self._pace.outlook())  # no event comes meanwhile
        self._show_queue()

    def _show_queue(self) -> None:
        queue = self._queue
        waiting = [(job, self._pace.slowness * job.work(*self._frames).seconds) for job in queue.waiting]
        self.show_queue(waiting, queue.present, can_skip=bool(waiting) and not queue.is_ending)

    # -- while it trains

    def _begin_run(self, run: Run) -> None:
        """Show what a run that is gone on with had learnt before; a new one is shown once it trains."""
        if not self._queue.control.leaving:  # else that it ends soon has been said already
            self.progress.begin()
        try:
            self._history = run.history()
        except RunError:
            self._history = ()  # the training tells
        if self._history:
            recipe = Recipe.from_json(run.record.recipe)
            # How many batches there are is told later.
            self._show_run(run.name, run.model, recipe.epochs, recipe.validation, 1)
        self.runs_changed.emit()

    def _take(self, event: events.Event) -> None:
        self._show_outlook(self._pace.take(event))
        match event:
            case events.Preparing():
                self.progress.show_waiting(event.what)
            case events.TrainingStarted():
                self._present = event
                self._show_run(event.run, event.model, event.epochs, event.validation, event.batches)
                self.strip.begin(event.model, ANSWER_EVERY)
            case events.BatchEnded():
                self.plot.add_batch(event.run, event.epoch, event.batch, event.batch_loss)
            case events.DigitAnswered() if self._present is not None:
                self.strip.add(self._present.model, event.probabilities)
            case events.EpochEnded():
                self._end_epoch(event)
            case events.TrainingEnded():
                self._end_run(event)

    def _show_outlook(self, outlook: Outlook | None) -> None:
        if outlook is not None:
            self.progress.show_outlook(outlook)

    def _show_run(self, run: str, model: int, epochs: int, validation: str, batches: int) -> None:
        """Plot the run, from what it had learnt before if it is resumed."""
        self._shown.add_trained(run)
        self.plot.begin(run, model, epochs, validation, batches)
        for figures in self._history:
            self.plot.add_epoch(run, figures)
        self.plot.redraw()

    def _end_epoch(self, event: events.EpochEnded) -> None:
        figures = EpochFigures(
            event.epoch, event.loss, event.accuracy, event.val_loss, event.val_accuracy, event.seconds
        )
        self._history = [*self._history, figures]
        self.plot.add_epoch(event.run, figures)
        self.history.refresh()
        self.panel.set_slowness(self._pace.slowness)
        self._show_queue()
        if self._settings is not None:
            self._settings.pace = self._pace.slowness

    def _end_run(self, event: events.TrainingEnded) -> None:
        history, started = self._history, self._present
        self._history, self._present = (), None
        if event.message:
            self._offer(f"Model {event.model}: {event.message}", WRONG, event)
        elif history and started is not None:
            run = self._queue.run
            best = run.record.best if run is not None else 0
            self._offer(ended_sentence(event, started, history, best), DONE, event)
        elif not event.epoch:
            self.plot.remove(event.run)
        self.runs_changed.emit()

    def _end(self) -> None:
        self._present = None
        self.progress.show_idle()
        self.panel.set_training(False)
        self.plot.set_training(False)
        self.strip.end()
        self.runs_changed.emit()
        self.training_changed.emit(False)

    # -- notices

    def _offer(self, sentence: str, mark: str, ended: events.TrainingEnded) -> None:
        """Tell how a run ended; if it can answer, offer it to the Draw tab."""
        notice = self.tell(sentence, mark, action="Use it in Draw" if ended.answers else "")
        notice.accepted.connect(lambda: self.use_requested.emit(ended.model, ended.run))

    def _offer_to_go_on(self) -> None:
        """Offer the newest run that waits to be resumed, and say how many more there are."""
        known = self._declined | {job.run for job in self._queue.not_begun}
        waiting = [run for run in self._newest_first() if can_go_on(run) and run.name not in known]
        if not waiting:
            return
        run = waiting[0]
        notice = self.tell(waiting_sentence(run, len(waiting) - 1), NOTE, action="Go on")
        notice.accepted.connect(lambda: self.go_on(run.name))
        notice.dismissed.connect(lambda: self._declined.add(run.name))

    # -- putting together

    def _connect(self) -> None:
        queue = self._queue
        self.panel.start_pressed.connect(
            lambda recipe, models, seed: self._start([Job(model, recipe, seed) for model in models])
        )
        self.progress.hold_pressed.connect(lambda: queue.control.hold())
        self.progress.go_on_pressed.connect(lambda: queue.control.go_on())
        self.progress.stop_pressed.connect(lambda after: queue.stop(after_epoch=after))
        self.progress.skip_pressed.connect(lambda after: queue.skip(after_epoch=after))
        self.queue_list.moved.connect(queue.move)
        self.queue_list.removed.connect(queue.remove)
        self.queue_list.skip_pressed.connect(self.progress.skip)
        self.queue_list.start_pressed.connect(lambda: self._start([]))
        queue.changed.connect(self._take_queue)
        queue.loaded.connect(self._take_dataset)
        queue.begun.connect(self._begin_run)
        queue.happened.connect(self._take)
        queue.failed.connect(lambda sentence: self.tell(sentence, WRONG))
        queue.discarded.connect(self._tell_discarded)
        queue.ended.connect(self._end)
        self._connect_history()
        self._aids.told.connect(lambda sentence: self.tell(sentence, DONE))
        self._aids.failed.connect(lambda sentence: self.tell(sentence, WRONG))
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self.panel.start)
        QShortcut(QKeySequence("Ctrl+."), self, self.progress.stop)

    def _connect_history(self) -> None:
        history = self.history
        self.runs_changed.connect(history.refresh)
        history.runs_changed.connect(self.runs_changed)
        history.answering_changed.connect(self.answering_changed)
        history.use_requested.connect(self.use_requested)
        history.resume_requested.connect(self.go_on)
        history.shown_changed.connect(self._shown.choose)
        history.list.selected.connect(self.plot.highlight)
        history.told.connect(self.tell)

    def _tell_discarded(self, model: int) -> None:
        self.tell(f"Model {model} was stopped before an epoch had ended; its run was discarded.", NOTE)

    def _newest_first(self) -> list[Run]:
        return sorted(self._store.runs(), key=lambda run: (run.record.created, run.name), reverse=True)
