"""Where a training is, how long it will take, and the buttons that hold and end it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from mnist_gui.gui.train.stop_confirmation import StopConfirmation, afterwards
from mnist_gui.gui.widgets.form_controls import heading, muted, push_button
from mnist_gui.models.training.time_estimate import TimeEstimate
from mnist_gui.wording import clock_duration

STEPS = 1000  # of a progress bar


class TrainingProgress(QWidget):
    """The head of the Train tab.

    Signals
    -------
    pause_pressed()
    resume_pressed()
    stop_pressed(after_epoch: bool)
        The person has decided: now, or after the present epoch.
    skip_pressed(after_epoch: bool)
        The same, and the next job in the queue is to begin then.
    """

    pause_pressed = Signal()
    resume_pressed = Signal()
    stop_pressed = Signal(bool)
    skip_pressed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._outlook: TimeEstimate | None = None
        self._waiting = 0
        self._held = False
        self._last_epoch = ""  # what follows the present epoch, if it is the run's last by the person's wish
        self._stopping = False
        self._headline = heading(name="headline")
        self._details = muted(name="details")
        self._pause = push_button("Pause", "pause")
        self._stop = push_button("Stop", "stop")
        self._epoch_bar = _bar("epoch_bar", "Progress of this epoch")
        self._whole_bar = _bar("whole_bar", "Progress of all that is to be trained")
        self._choice = StopConfirmation()
        self._lay_out()
        self._pause.clicked.connect(self._toggle_held)
        self._stop.clicked.connect(self.stop)
        self._choice.decided.connect(lambda after: self._decide(after, skips=self._choice.skips))
        self.set_waiting(0)
        self.show_idle()

    def take_focus(self) -> None:
        """Have the keys go to "Stop"."""
        self._stop.setFocus()

    def show_idle(self, sentence: str = "Nothing is being trained.") -> None:
        """Say that no training runs."""
        self.begin()
        self._say(sentence, "Choose a recipe and the models, then press Start.")
        self._set_bars(0.0, 0.0)
        self._update_buttons(pause=False, stop=False)

    def begin(self) -> None:
        """Forget where the run before was, and what was wished for it: another one comes."""
        self._outlook = None
        self._held = self._stopping = False
        self._last_epoch = ""
        self._choice.hide()

    def set_waiting(self, waiting: int) -> None:
        """Take how many jobs wait for the present one to end."""
        self._waiting = waiting
        self._stop.setToolTip(f"Stop this training{afterwards(waiting)} (Ctrl+.)")
        self._choice.show_time_estimate(self._outlook, waiting)

    def show_waiting(self, sentence: str) -> None:
        """Say what is being waited for; nobody knows how long.

        After batches, it is the saving of what they led to: nothing is left to stop.
        """
        if self._stopping:
            return
        saving = self._outlook is not None
        self._say(sentence, self._details.text() if saving else "The first batch comes after that.")
        if saving:
            self._choice.hide()
        self._epoch_bar.setRange(0, 0)
        self._update_buttons(pause=False, stop=not saving)

    def show_time_estimate(self, estimate: TimeEstimate) -> None:
        """Say where the training is."""
        self._outlook = estimate
        if not self._stopping:
            self._update_buttons(pause=True, stop=True)
            self._refresh()

    def stop(self) -> None:
        """Stop at once; where no epoch has ended yet, ask what is meant first."""
        self._ask(skips=False)

    def skip(self) -> None:
        """Do the same, but go on with what waits."""
        self._ask(skips=True)

    # -- inside

    def _ask(self, *, skips: bool) -> None:
        if not self._stop.isEnabled():
            return
        if self._outlook is not None and self._outlook.kept:
            self._decide(False, skips=skips)
        else:
            self._choice.open(self._outlook, self._waiting, skips=skips)

    def _decide(self, after_epoch: bool, *, skips: bool) -> None:
        self._held = False
        what = afterwards(self._waiting, skips=skips)
        if after_epoch:
            self._last_epoch = f"{'Skips' if skips else 'Stops'} after this epoch, and keeps it{what}"
            self._choice.hide()
            self._refresh()
        else:
            self._show_stopping("Skipping…" if skips else "Stopping…", what)
        (self.skip_pressed if skips else self.stop_pressed).emit(after_epoch)

    def _show_stopping(self, sentence: str, what: str) -> None:
        """Say that the run will end within a moment."""
        self._stopping = True
        self._say(sentence, f"What was learnt up to the last whole epoch is kept{what}.")
        self._choice.hide()
        self._epoch_bar.setRange(0, 0)
        self._update_buttons(pause=False, stop=False)

    def _toggle_held(self) -> None:
        self._held = not self._held
        (self.pause_pressed if self._held else self.resume_pressed).emit()
        self._pause.setText("Go on" if self._held else "Pause")
        self._refresh()

    def _refresh(self) -> None:
        """Put the estimate into words and bars."""
        estimate = self._outlook
        if estimate is None:
            return
        left = estimate.epoch_seconds_left if self._last_epoch else estimate.seconds_left
        place = "validation" if estimate.validating else f"batch {estimate.batch:,} of {estimate.batches:,}"
        time = f"{clock_duration(left)} left" + (" in all" if self._waiting and not self._last_epoch else "")
        words = [f"Model {estimate.model}", f"epoch {estimate.epoch} of {estimate.epochs}", place, time]
        if self._held:
            words.insert(0, "Paused")
        mean = estimate.mean_epoch_seconds
        details = (
            f"Mean epoch time {clock_duration(mean)}" if mean else "How long an epoch takes is known after this one."
        )
        self._say(" · ".join(words), self._last_epoch or details)
        self._set_bars(estimate.epoch_fraction, estimate.total_fraction)
        self._choice.show_time_estimate(estimate, self._waiting)

    def _say(self, headline: str, details: str) -> None:
        self._headline.setText(headline)
        self._details.setText(details)

    def _set_bars(self, epoch: float, whole: float) -> None:
        for bar, part in ((self._epoch_bar, epoch), (self._whole_bar, whole)):
            bar.setRange(0, STEPS)
            bar.setValue(round(part * STEPS))

    def _update_buttons(self, *, pause: bool, stop: bool) -> None:
        self._pause.setText("Go on" if self._held else "Pause")
        self._pause.setEnabled(pause)
        self._stop.setEnabled(stop)

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._headline)
        words.addWidget(self._details)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addLayout(words, 1)
        top.addWidget(self._pause)
        top.addWidget(self._stop)
        bars = QGridLayout()
        bars.setHorizontalSpacing(12)
        bars.setVerticalSpacing(2)
        bars.setColumnStretch(1, 1)
        for row, (title, bar) in enumerate((("This epoch", self._epoch_bar), ("In all", self._whole_bar))):
            label = QLabel(title)
            label.setProperty("muted", True)
            bars.addWidget(label, row, 0)
            bars.addWidget(bar, row, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(top)
        layout.addLayout(bars)
        layout.addWidget(self._choice)


def _bar(name: str, accessible_name: str) -> QProgressBar:
    bar = QProgressBar()
    bar.setObjectName(name)
    bar.setAccessibleName(accessible_name)
    bar.setTextVisible(False)
    return bar
