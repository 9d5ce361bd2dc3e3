"""The Train tab: choose, start, watch, and offer what was learnt to the Draw tab."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mnist_gui.digits.dataset import Dataset
from mnist_gui.gui.pace import Pace, Work, clamped
from mnist_gui.gui.settings import Settings
from mnist_gui.gui.training_queue import SHUT_DOWN_SECONDS, TrainingQueue, can_go_on
from mnist_gui.gui.widgets.answer_strip import AnswerStrip
from mnist_gui.gui.widgets.loss_plot import LossPlot
from mnist_gui.gui.widgets.notice_bar import DONE, NOTE, WRONG, NoticeBar, NoticeColumn
from mnist_gui.gui.widgets.recipe_panel import RecipePanel
from mnist_gui.gui.widgets.training_progress import TrainingProgress
from mnist_gui.gui.workers import Trains
from mnist_gui.models import events
from mnist_gui.models.recipes import Recipe, RecipeError
from mnist_gui.models.training import ANSWER_EVERY
from mnist_gui.runs.record import EpochFigures, RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore

VALIDATED_ON = {"test": "test accuracy", "held out": "accuracy on held-out frames"}


class TrainTab(QWidget):
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
        Remembers this machine's pace; without, every session starts from the usual one.

    Signals
    -------
    use_requested(model: int, run: str)
        The person wants this run to answer in the Draw tab.
    runs_changed()
        A run was created, has ended or was deleted.
    training_changed(trains: bool)
    """

    use_requested = Signal(int, str)
    runs_changed = Signal()
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
        super().__init__(parent)
        self._store = store
        self._settings = settings
        self._slowness = clamped((settings.pace if settings else None) or 1.0)
        self._pace = Pace((), self._slowness)
        self._choice: tuple[Recipe, tuple[int, ...]] | None = None
        self._frame: NDArray[np.float32] | None = None
        self._test_digit: NDArray[np.float32] | None = None
        self._present: events.TrainingStarted | None = None
        self._history: Sequence[EpochFigures] = ()  # of the present run
        self._queue = TrainingQueue(store, load_dataset, train, self)
        self._panel = RecipePanel(self._slowness)
        self._progress = TrainingProgress()
        self._plot = LossPlot()
        self._strip = AnswerStrip()
        self._notices = NoticeColumn()
        self._lay_out()
        self._connect()
        self._show_last_run()
        self._offer_to_go_on()

    @property
    def is_training(self) -> bool:
        """Return whether a training has been started and has not ended."""
        return self._queue.is_active

    def set_frame(self, frame: NDArray[np.float32] | None) -> None:
        """Let models answer this (28, 28) frame while they learn; None for a test digit."""
        self._frame = frame
        self._show_frame()

    def shut_down(self, seconds: float = SHUT_DOWN_SECONDS) -> bool:
        """Pause what trains and wait for it; return whether it ended in time."""
        return self._queue.shut_down(seconds)

    # -- starting

    def _start(self, recipe: Recipe, models: tuple[int, ...], seed: int) -> None:
        self._history = ()
        self._queue.start(recipe, models, seed)
        self._show_beginning(recipe, models)

    def _go_on(self, name: str) -> None:
        """Resume a run, as it is by now."""
        try:
            run = self._store.get(name)
            recipe, history = Recipe.from_json(run.record.recipe), run.history()
        except (RunError, RecipeError) as error:
            self._tell(str(error), WRONG)
            return
        self._history = history
        self._queue.resume(run)
        self._show_beginning(recipe, (run.model,))
        # How many batches there are is told later.
        self._show_run(run.name, run.model, recipe.epochs, recipe.validation, 1)

    def _show_beginning(self, recipe: Recipe, models: tuple[int, ...]) -> None:
        self._choice = recipe, models
        self._notices.clear()
        self._plot.clear()
        self._plot.set_training(True)
        self._strip.clear()
        self._progress.set_queue(models[1:])
        self._progress.show_waiting("Loading the digits.")
        # Else the focus would go from the disabled button to some other one, and the column scroll to it.
        self._progress.setFocus()
        self._panel.set_training(True)
        self.training_changed.emit(True)

    def _take_dataset(self, dataset: Dataset) -> None:
        assert self._choice is not None
        recipe, models = self._choice
        works = [Work.of(model, recipe, len(dataset.train), len(dataset.test)) for model in models]
        self._pace = Pace(works, self._slowness)
        self._test_digit = dataset.test.images[0].astype(np.float32) / 255
        self._show_frame()

    def _show_frame(self) -> None:
        frame = self._test_digit if self._frame is None else self._frame
        self._queue.control.frame = frame
        self._strip.set_frame(frame, own=self._frame is not None)

    # -- while it trains

    def _take(self, event: events.Event) -> None:
        outlook = self._pace.take(event)
        if outlook is not None:
            self._progress.show_outlook(outlook)
        match event:
            case events.Preparing():
                self._progress.show_waiting(event.what)
            case events.TrainingStarted():
                self._begin(event)
            case events.BatchEnded():
                self._plot.add_batch(event.run, event.epoch, event.batch, event.batch_loss)
            case events.DigitAnswered() if self._present is not None:
                self._strip.add(self._present.model, event.probabilities)
            case events.EpochEnded():
                self._end_epoch(event)
            case events.TrainingEnded():
                self._end_run(event)

    def _begin(self, event: events.TrainingStarted) -> None:
        self._present = event
        self._progress.set_queue(self._models_after(event.model))
        self._show_run(event.run, event.model, event.epochs, event.validation, event.batches)
        self._strip.begin(event.model, ANSWER_EVERY)
        self.runs_changed.emit()

    def _show_run(self, run: str, model: int, epochs: int, validation: str, batches: int) -> None:
        """Plot the run, from what it had learnt before if it is resumed."""
        self._plot.begin(run, model, epochs, validation, batches)
        for figures in self._history:
            self._plot.add_epoch(run, figures)
        self._plot.redraw()

    def _models_after(self, model: int) -> tuple[int, ...]:
        assert self._choice is not None
        models = self._choice[1]
        return models[models.index(model) + 1 :]

    def _end_epoch(self, event: events.EpochEnded) -> None:
        figures = EpochFigures(
            event.epoch, event.loss, event.accuracy, event.val_loss, event.val_accuracy, event.seconds
        )
        self._history = [*self._history, figures]
        self._plot.add_epoch(event.run, figures)
        self._slowness = self._pace.slowness
        self._panel.set_slowness(self._slowness)
        if self._settings is not None:
            self._settings.pace = self._slowness

    def _end_run(self, event: events.TrainingEnded) -> None:
        history, present = self._history, self._present
        self._history, self._present = (), None
        self._progress.set_queue(self._models_after(event.model)[1:])
        self.runs_changed.emit()
        if event.message:
            self._tell(f"Model {event.model}: {event.message}", WRONG, offer=event)
        elif history and present is not None:
            epochs = f"{event.epoch} epoch{'s' if event.epoch > 1 else ''}"
            what = "has finished" if event.status == "completed" else f"was stopped and keeps {epochs}"
            accuracy = f"{VALIDATED_ON[present.validation]} {100 * history[-1].val_accuracy:.1f}\u00a0%"
            self._tell(f"Model {event.model} {what}: {accuracy}.", DONE, offer=event)
        elif not event.epoch:
            self._plot.remove(event.run)

    def _end(self, discarded: tuple[int, ...]) -> None:
        self._present = None
        for model in discarded:
            self._tell(f"Model {model} was stopped before an epoch had ended; its run was discarded.", NOTE)
        self._progress.show_idle()
        self._panel.set_training(False)
        self._plot.set_training(False)
        self._strip.end()
        self.runs_changed.emit()
        self.training_changed.emit(False)

    # -- notices

    def _tell(self, sentence: str, mark: str, *, offer: events.TrainingEnded | None = None) -> None:
        """Show a sentence; with a run that can answer, offer it to the Draw tab."""
        answers = offer is not None and offer.answers
        notice = NoticeBar(sentence, mark, action="Use it in Draw" if answers else "")
        if offer is not None:
            notice.accepted.connect(lambda: self.use_requested.emit(offer.model, offer.run))
        self._notices.add(notice)

    def _offer_to_go_on(self) -> None:
        """Offer the newest run that waits to be resumed, and say how many more there are."""
        waiting = [run for run in self._newest_first() if can_go_on(run)]
        if not waiting:
            return
        run, more = waiting[0], len(waiting) - 1
        sentence = (
            f"Model {run.model} was {run.status} after {run.record.epochs} of {run.record.recipe['epochs']} epochs "
            f"(run {run.name})"
        )
        if more:
            sentence += f"; and {more} more {'are' if more > 1 else 'is'} waiting"
        notice = NoticeBar(f"{sentence}.", NOTE, action="Go on")
        notice.accepted.connect(lambda: self._go_on(run.name))
        self._notices.add(notice)

    # -- putting together

    def _connect(self) -> None:
        self._panel.start_pressed.connect(self._start)
        self._progress.hold_pressed.connect(lambda: self._queue.control.hold())
        self._progress.go_on_pressed.connect(lambda: self._queue.control.go_on())
        self._progress.stop_pressed.connect(lambda after: self._queue.control.stop(after_epoch=after))
        self._queue.loaded.connect(self._take_dataset)
        self._queue.happened.connect(self._take)
        self._queue.failed.connect(lambda sentence: self._tell(sentence, WRONG))
        self._queue.ended.connect(self._end)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self._panel.start)
        QShortcut(QKeySequence("Ctrl+."), self, self._progress.stop)

    def _lay_out(self) -> None:
        watched = QWidget()
        column = QVBoxLayout(watched)
        column.setContentsMargins(0, 4, 4, 4)
        column.setSpacing(10)
        column.addWidget(self._progress)
        column.addLayout(self._notices)
        column.addWidget(self._plot, 1)
        column.addWidget(self._strip)
        # Where large text in a small window leaves the plots no room, the column scrolls.
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(watched)
        watched.setAutoFillBackground(False)
        self.setFocusProxy(self._panel)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(16)
        layout.addWidget(self._panel)
        layout.addWidget(area, 1)

    def _show_last_run(self) -> None:
        """Show the newest run that has a history, until there is something to watch."""
        for run in self._newest_first():
            try:
                history = run.history()
            except RunError:
                continue  # the Compare tab says what is damaged
            if history:
                validation = "held out" if run.record.recipe.get("held_out") else "test"
                self._plot.show_history(run.name, run.model, history, validation)
                return

    def _newest_first(self) -> list[Run]:
        return sorted(self._store.runs(), key=lambda run: (run.record.created, run.name), reverse=True)

    # -- Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter press the button that has the focus, as in a dialog; held down, it presses once."""
        focused = QApplication.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focused, QPushButton | QToolButton):
            if not event.isAutoRepeat():
                focused.click()
        else:
            super().keyPressEvent(event)
