"""The question that Stop and Skip ask while no epoch has ended."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from mnist_gui.gui.widgets.form_controls import heading, push_button
from mnist_gui.models.training.time_estimate import TimeEstimate
from mnist_gui.wording import clock_duration


class StopConfirmation(QFrame):
    """What ending a run in its first epoch may mean, asked beside the training, which goes on meanwhile.

    Signals
    -------
    decided(after_epoch: bool)
    """

    decided = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.setObjectName("stop_choice")
        self._skips = False
        self._sentence = heading(name="stop_sentence")
        self._finish = push_button("", "finish_epoch")
        self._discard = push_button("", "discard")
        self._keep = push_button("Keep training", "keep_training")
        top, row = QHBoxLayout(), QHBoxLayout()
        top.addWidget(self._sentence, 1)
        top.addWidget(self._keep)
        row.setSpacing(8)
        row.addWidget(self._finish)
        row.addWidget(self._discard)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.addLayout(top)
        layout.addLayout(row)
        self._finish.clicked.connect(lambda: self.decided.emit(True))
        self._discard.clicked.connect(lambda: self.decided.emit(False))
        self._keep.clicked.connect(self.hide)

    @property
    def skips(self) -> bool:
        """Return whether what waits is to go on after this run."""
        return self._skips

    def open(self, estimate: TimeEstimate | None, waiting: int, *, skips: bool) -> None:
        """Ask."""
        self._skips = skips
        self.show_time_estimate(estimate, waiting)
        self.show()
        self._finish.setFocus()

    def show_time_estimate(self, estimate: TimeEstimate | None, waiting: int) -> None:
        """Keep the question true while the training goes on."""
        does, doing = ("skip", "skipping") if self._skips else ("stop", "stopping")
        if estimate is not None and estimate.kept:
            sentence = f"Epoch {estimate.kept} has ended meanwhile and is kept"
            self._discard.setText(f"{does.capitalize()} now")
        else:
            sentence = f"No epoch has ended yet: {doing} now leaves nothing to keep"
            self._discard.setText(f"{does.capitalize()} and discard")
        self._sentence.setText(f"{sentence}{afterwards(waiting, skips=self._skips)}.")
        left = f" ({clock_duration(estimate.epoch_seconds_left)})" if estimate else ""
        self._finish.setText(f"Finish this epoch, then {does}{left}")


def afterwards(waiting: int, *, skips: bool = False) -> str:
    """Return what becomes of the jobs that wait, as the end of a sentence."""
    if not waiting:
        return ""
    if skips:
        return "; the next in the queue begins then"
    return f"; the {waiting} that wait stay in the queue" if waiting > 1 else "; the one that waits stays in the queue"
