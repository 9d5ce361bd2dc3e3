"""Progress of the training, and the buttons that pause and stop it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QProgressBar,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from mnist_gui.gui.widgets.form_controls import heading, muted, push_button, reserve_height, set_own_style
from mnist_gui.gui.widgets.plain_text import PlainLabel
from mnist_gui.models.training.time_estimate import TimeEstimate
from mnist_gui.wording import clock_duration, model_title

STEPS = 1000  # of a progress bar
# One line of the smallest window that is usual, with text at 150 %.
LONGEST_HEADLINE = "Paused · Model 3 · epoch 10 of 12 · 1:10:20 left in all"
LONGEST_DETAILS = "Stops after this epoch; the one that waits stays in the queue"


class TrainingProgress(QWidget):
    """Progress of the current run at the top of the Train tab, with buttons to pause and stop it.

    Attributes
    ----------
    stop_button
        Stops the training.

    Signals
    -------
    pause_requested()
    resume_requested()
    stop_requested(after_epoch: bool)
        Stop now, or after the current epoch.
    skip_requested(after_epoch: bool)
        Stop likewise, then start the next job in the queue.
    """

    pause_requested = Signal()
    resume_requested = Signal()
    stop_requested = Signal(bool)
    skip_requested = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._estimate: TimeEstimate | None = None
        self._waiting_jobs = 0
        self._study_run = ""
        self._paused = False
        self._last_epoch_text = ""  # what follows the current epoch, if the user stops the run after it
        self._stopping = False
        self._headline = heading(name="headline")
        self._details = muted(name="details")
        for label in (self._headline, self._details):
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._pause = push_button("Pause", "pause")
        self.stop_button = push_button("Stop", "stop")
        self._epoch_bar = _bar("epoch_bar", "Progress of this epoch")
        self._total_bar = _bar("whole_bar", "Progress of all that is to be trained")
        self._confirmation = StopConfirmation()
        self._lay_out()
        self._pause.clicked.connect(self._toggle_paused)
        self.stop_button.clicked.connect(self.stop)
        self._confirmation.confirmed.connect(self._end_run)
        self._confirmation.dismissed.connect(self._close_confirmation)
        self.set_waiting_jobs(0)
        self.show_idle()

    def show_idle(self) -> None:
        """Show that nothing trains."""
        self.reset()
        self._show_message("Nothing is being trained.", "Choose a recipe and the models, then press Start.")
        self._set_bars(0.0, 0.0)
        self._update_buttons(pause=False, stop=False)

    def reset(self) -> None:
        """Forget the progress of the last run, and whether it was to be stopped."""
        self._estimate = None
        self._paused = self._stopping = False
        self._last_epoch_text = ""
        self._close_confirmation()

    def set_waiting_jobs(self, count: int) -> None:
        """Set the number of jobs in the queue."""
        self._waiting_jobs = count
        self.stop_button.setToolTip(f"Stop this training{queue_clause(count)} (Ctrl+.)")
        self._confirmation.show_time_estimate(self._estimate, count)

    def set_study_run(self, number: int = 0, count: int = 0) -> None:
        """Set which run of how many of a study is trained, from 1; 0 for a run that belongs to none."""
        self._study_run = f"run {number} of {count}" if number else ""

    def show_preparation(self, sentence: str) -> None:
        """Show a step of unknown length: before the first batch a preparation, after it the saving of the model.

        While the model is saved, the run cannot be stopped.
        """
        if self._stopping:
            return
        saving = self._estimate is not None
        self._show_message(sentence, self._details.text() if saving else "The first batch comes after that.")
        if saving:
            self._close_confirmation()
        self._epoch_bar.setRange(0, 0)
        self._update_buttons(pause=False, stop=not saving)

    def show_time_estimate(self, estimate: TimeEstimate) -> None:
        """Show the progress and the time that is left."""
        self._estimate = estimate
        if not self._stopping:
            self._update_buttons(pause=True, stop=True)
            self._show_estimate()

    def stop(self) -> None:
        """Stop the run; where no epoch has ended yet, ask for confirmation."""
        self._confirm(skip=False)

    def skip(self) -> None:
        """Stop the run likewise, then start the next job."""
        self._confirm(skip=True)

    # -- stopping

    def _confirm(self, *, skip: bool) -> None:
        if not self.stop_button.isEnabled():
            return
        if self._estimate is not None and self._estimate.completed_epochs:
            self._end_run(after_epoch=False, skip=skip)
        else:
            self._confirmation.prepare(self._estimate, self._waiting_jobs, skip=skip)
            self._pages.setCurrentWidget(self._confirmation)
            self._confirmation.take_focus()

    def _close_confirmation(self) -> None:
        if self._pages.currentWidget() is self._confirmation:
            had_focus = self._confirmation.isAncestorOf(self.focusWidget() or self)
            self._pages.setCurrentIndex(0)
            if had_focus:
                self.stop_button.setFocus()

    def _end_run(self, after_epoch: bool, skip: bool) -> None:
        self._paused = False
        self._close_confirmation()
        clause = queue_clause(self._waiting_jobs, skip=skip)
        if after_epoch:
            self._last_epoch_text = f"{'Skips' if skip else 'Stops'} after this epoch{clause}"
            self._show_estimate()
        else:
            self._stopping = True
            self._show_message("Skipping…" if skip else "Stopping…", f"Whole epochs are kept{clause}.")
            self._epoch_bar.setRange(0, 0)
            self._update_buttons(pause=False, stop=False)
        (self.skip_requested if skip else self.stop_requested).emit(after_epoch)

    # -- showing

    def _toggle_paused(self) -> None:
        self._paused = not self._paused
        (self.pause_requested if self._paused else self.resume_requested).emit()
        self._pause.setText("Go on" if self._paused else "Pause")
        self._show_estimate()

    def _show_estimate(self) -> None:
        estimate = self._estimate
        if estimate is None:
            return
        left = estimate.epoch_seconds_left if self._last_epoch_text else estimate.seconds_left
        in_all = " in all" if (self._waiting_jobs or self._study_run) and not self._last_epoch_text else ""
        epoch = f"epoch {estimate.epoch} of {estimate.epochs}"
        fields = [model_title(estimate.model), self._study_run or epoch, f"{clock_duration(left)} left{in_all}"]
        if self._paused:
            fields.insert(0, "Paused")
        batch = "Validation" if estimate.validating else f"Batch {estimate.batch:,} of {estimate.batches:,}"
        mean = estimate.mean_epoch_seconds
        pace = f"mean epoch time {clock_duration(mean)}" if mean else "the time of an epoch is known after this one"
        if self._study_run:
            pace = f"{epoch} of this run"
        self._show_message(" · ".join(fields), self._last_epoch_text or f"{batch} · {pace}")
        self._set_bars(estimate.epoch_fraction, estimate.total_fraction)
        self._confirmation.show_time_estimate(estimate, self._waiting_jobs)

    def _show_message(self, headline: str, details: str) -> None:
        self._headline.setText(headline)
        self._details.setText(details)

    def _set_bars(self, epoch_fraction: float, total_fraction: float) -> None:
        for bar, fraction in ((self._epoch_bar, epoch_fraction), (self._total_bar, total_fraction)):
            bar.setRange(0, STEPS)
            bar.setValue(round(fraction * STEPS))

    def _update_buttons(self, *, pause: bool, stop: bool) -> None:
        self._pause.setText("Go on" if self._paused else "Pause")
        self._pause.setEnabled(pause)
        self.stop_button.setEnabled(stop)

    def _lay_out(self) -> None:
        bars = QGridLayout()
        bars.setHorizontalSpacing(12)
        bars.setVerticalSpacing(2)
        bars.setColumnStretch(1, 1)
        for row, (title, bar) in enumerate((("This epoch", self._epoch_bar), ("In all", self._total_bar))):
            label = PlainLabel(title)
            label.setProperty("muted", True)
            bars.addWidget(label, row, 0)
            bars.addWidget(bar, row, 1)
        bottom = QHBoxLayout()
        bottom.setSpacing(8)
        bottom.addLayout(bars, 1)
        bottom.addWidget(self._pause)
        bottom.addWidget(self.stop_button)
        progress = QWidget()
        layout = QVBoxLayout(progress)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._headline)
        layout.addWidget(self._details)
        layout.addSpacing(4)
        layout.addLayout(bottom)
        layout.addStretch(1)
        # The question takes the place of the progress: nothing below moves.
        self._pages = QStackedLayout(self)
        self._pages.addWidget(progress)
        self._pages.addWidget(self._confirmation)

    def _reserve_heights(self) -> None:
        """Reserve the lines of the longest texts: nothing below moves as they change."""
        for label, longest in ((self._headline, LONGEST_HEADLINE), (self._details, LONGEST_DETAILS)):
            reserve_height(label, longest, self.width())

    # -- Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._reserve_heights()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._reserve_heights()


class StopConfirmation(QFrame):
    """Asks whether to end a run in its first epoch; the training continues meanwhile.

    Signals
    -------
    confirmed(after_epoch: bool, skip: bool)
    dismissed()
        The training is to go on.
    """

    confirmed = Signal(bool, bool)
    dismissed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.setObjectName("stop_choice")
        self._skip = False
        self._sentence = heading(name="stop_sentence")
        self._finish = push_button("", "finish_epoch")
        self._discard = push_button("", "discard")
        keep = push_button("Keep training", "keep_training")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._finish)
        row.addWidget(self._discard)
        row.addStretch(1)
        row.addWidget(keep)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.setSpacing(4)
        layout.addWidget(self._sentence, 1)
        layout.addLayout(row)
        for button in (self._finish, self._discard, keep):
            set_own_style(button, "padding: 0 6px;")  # the row fits into the smallest window
        self._finish.clicked.connect(lambda: self.confirmed.emit(True, self._skip))
        self._discard.clicked.connect(lambda: self.confirmed.emit(False, self._skip))
        keep.clicked.connect(self.dismissed)

    def prepare(self, estimate: TimeEstimate | None, waiting_jobs: int, *, skip: bool) -> None:
        """Set the subject of the question.

        Parameters
        ----------
        skip
            Whether the next job in the queue follows.
        """
        self._skip = skip
        self.show_time_estimate(estimate, waiting_jobs)

    def take_focus(self) -> None:
        """Focus the answer that loses nothing."""
        self._finish.setFocus()

    def show_time_estimate(self, estimate: TimeEstimate | None, waiting_jobs: int) -> None:
        """Adapt the question to the progress of the training."""
        verb, gerund = ("skip", "skipping") if self._skip else ("stop", "stopping")
        if estimate is not None and estimate.completed_epochs:
            sentence = f"Epoch {estimate.completed_epochs} has ended meanwhile and is kept"
            self._discard.setText(f"{verb.capitalize()} now")
            self._discard.setToolTip("What this epoch has learnt so far is not kept")
        else:
            sentence = f"No epoch has ended yet: {gerund} now leaves nothing to keep"
            self._discard.setText("Discard")
            self._discard.setToolTip(f"{verb.capitalize()} now; nothing of this run is kept")
        self._sentence.setText(f"{sentence}{queue_clause(waiting_jobs, skip=self._skip)}.")
        left = f" ({clock_duration(estimate.epoch_seconds_left)})" if estimate else ""
        self._finish.setText(f"Finish epoch{left}")
        self._finish.setToolTip(f"Finish this epoch and keep it, then {verb}")


def queue_clause(waiting_jobs: int, *, skip: bool = False) -> str:
    """Return the end of a sentence: what happens to the jobs in the queue; empty where there are none."""
    if not waiting_jobs:
        return ""
    if skip:
        return "; the next in the queue begins then"
    if waiting_jobs > 1:
        return f"; the {waiting_jobs} that wait stay in the queue"
    return "; the one that waits stays in the queue"


def _bar(name: str, accessible_name: str) -> QProgressBar:
    bar = QProgressBar()
    bar.setObjectName(name)
    bar.setAccessibleName(accessible_name)
    bar.setTextVisible(False)
    return bar
