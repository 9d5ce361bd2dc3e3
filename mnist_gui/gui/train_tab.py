"""The Train tab: choose, start, watch, and offer what was learnt to the Draw tab."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from mnist_gui.digits.dataset import Dataset
from mnist_gui.gui.pace import Pace, Work, clamped
from mnist_gui.gui.settings import Settings
from mnist_gui.gui.training_queue import SHUT_DOWN_SECONDS, TrainingQueue
from mnist_gui.gui.widgets.answer_strip import AnswerStrip
from mnist_gui.gui.widgets.loss_plot import LossPlot
from mnist_gui.gui.widgets.notice_bar import NoticeBar
from mnist_gui.gui.widgets.recipe_panel import RecipePanel
from mnist_gui.gui.widgets.training_progress import TrainingProgress
from mnist_gui.gui.workers import Trains
from mnist_gui.models import events
from mnist_gui.models.recipes import Recipe
from mnist_gui.models.training import ANSWER_EVERY
from mnist_gui.runs.record import EpochFigures, RunError
from mnist_gui.runs.store import RunStore

MOST_NOTICES = 3
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
        self._last_figures: EpochFigures | None = None
        self._queue = TrainingQueue(store, load_dataset, train, self)
        self._panel = RecipePanel(self._slowness)
        self._progress = TrainingProgress()
        self._plot = LossPlot()
        self._strip = AnswerStrip()
        self._notices = QVBoxLayout()
        self._lay_out()
        self._connect()
        self._show_last_run()

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
        self._choice = recipe, models
        self._clear_notices()
        self._plot.clear()
        self._strip.clear()
        self._queue.start(recipe, models, seed)
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
        self._present, self._last_figures = event, None
        self._plot.begin(event.run, event.model, event.epochs, event.validation, event.batches)
        self._strip.begin(event.model, ANSWER_EVERY)
        self.runs_changed.emit()

    def _end_epoch(self, event: events.EpochEnded) -> None:
        self._last_figures = EpochFigures(
            event.epoch, event.loss, event.accuracy, event.val_loss, event.val_accuracy, event.seconds
        )
        self._plot.add_epoch(event.run, self._last_figures)
        self._slowness = self._pace.slowness
        self._panel.set_slowness(self._slowness)
        if self._settings is not None:
            self._settings.pace = self._slowness

    def _end_run(self, event: events.TrainingEnded) -> None:
        figures, present = self._last_figures, self._present
        self._present = self._last_figures = None
        self.runs_changed.emit()
        if event.message:
            self._tell(f"Model {event.model}: {event.message}", good=False, offer=event)
        elif figures is not None and present is not None:
            epochs = f"{event.epoch} epoch{'s' if event.epoch > 1 else ''}"
            what = "has finished" if event.status == "completed" else f"was stopped and keeps {epochs}"
            accuracy = f"{VALIDATED_ON[present.validation]} {100 * figures.val_accuracy:.1f}\u00a0%"
            self._tell(f"Model {event.model} {what}: {accuracy}.", good=True, offer=event)
        elif not event.epoch:
            self._plot.remove(event.run)

    def _end(self, discarded: tuple[int, ...]) -> None:
        self._present = None
        for model in discarded:
            self._tell(f"Model {model} was stopped before an epoch had ended; its run was discarded.", good=True)
        self._progress.show_idle()
        self._panel.set_training(False)
        self._plot.redraw()
        self.runs_changed.emit()
        self.training_changed.emit(False)

    # -- notices

    def _tell(self, sentence: str, *, good: bool, offer: events.TrainingEnded | None = None) -> None:
        """Show a sentence; with a run that can answer, offer it to the Draw tab."""
        answers = offer is not None and offer.answers
        notice = NoticeBar(sentence, good=good, action="Use it in Draw" if answers else "")
        if offer is not None:
            notice.accepted.connect(lambda: self.use_requested.emit(offer.model, offer.run))
        while self._notices.count() >= MOST_NOTICES:
            self._remove_notice(0)
        self._notices.addWidget(notice)

    def _clear_notices(self) -> None:
        while self._notices.count():
            self._remove_notice(0)

    def _remove_notice(self, index: int) -> None:
        item = self._notices.takeAt(index)
        notice = item.widget() if item is not None else None
        if notice is not None:
            notice.hide()
            notice.deleteLater()

    # -- putting together

    def _connect(self) -> None:
        self._panel.start_pressed.connect(self._start)
        self._progress.hold_pressed.connect(lambda: self._queue.control.hold())
        self._progress.go_on_pressed.connect(lambda: self._queue.control.go_on())
        self._progress.stop_pressed.connect(lambda after: self._queue.control.stop(after_epoch=after))
        self._queue.loaded.connect(self._take_dataset)
        self._queue.happened.connect(self._take)
        self._queue.failed.connect(lambda sentence: self._tell(sentence, good=False))
        self._queue.ended.connect(self._end)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self._panel.start)
        QShortcut(QKeySequence("Ctrl+."), self, self._progress.stop)

    def _lay_out(self) -> None:
        self._notices.setSpacing(6)
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
        for run in sorted(self._store.runs(), key=lambda run: (run.record.created, run.name), reverse=True):
            try:
                history = run.history()
            except RunError:
                continue  # the Compare tab says what is damaged
            if history:
                validation = "held out" if run.record.recipe.get("held_out") else "test"
                self._plot.show_history(run.name, run.model, history, validation)
                return
