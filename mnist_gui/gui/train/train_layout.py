"""How the Train tab looks: its widgets, laid out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
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

from mnist_gui.gui.train.curves.loss_plot import LossPlot
from mnist_gui.gui.train.history.run_history import RunHistory
from mnist_gui.gui.train.live_prediction_strip import LivePredictionStrip
from mnist_gui.gui.train.notice_bar import NoticeBar, NoticeColumn
from mnist_gui.gui.train.queue.queue_list import QueueList, QueueRow
from mnist_gui.gui.train.queue.training_job import TrainingJob
from mnist_gui.gui.train.recipe.recipe_option import said_changes
from mnist_gui.gui.train.recipe.recipe_panel import RecipePanel
from mnist_gui.gui.train.training_progress import TrainingProgress
from mnist_gui.gui.train.training_wording import job_words
from mnist_gui.gui.widgets.collapsible_section import CollapsibleSection


class TrainLayout(QWidget):
    """The parts of the Train tab; what they do is the tab's own affair.

    Parameters
    ----------
    speed_factor
        Of this machine, see `mnist_gui.models.training.time_estimate`.
    history
        The list of all runs.

    Attributes
    ----------
    panel, progress, notices, plot, strip, queue_list, queue_section, history, history_section
        Its parts.
    """

    def __init__(self, speed_factor: float, history: RunHistory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panel = RecipePanel(speed_factor)
        self.progress = TrainingProgress()
        self.notices = NoticeColumn()
        self.plot = LossPlot()
        self.strip = LivePredictionStrip()
        self.strip.hide()  # there is nothing to see until a model learns
        self.queue_list = QueueList()
        self.queue_section = CollapsibleSection("Queue", self.queue_list)
        self.queue_section.button.setObjectName("open_queue")
        self.history = history
        self.history_section = CollapsibleSection("Run history", history)
        self.history_section.button.setObjectName("open_history")
        self._lay_out()

    def take_focus(self) -> None:
        """Have the keys go where a training is started."""
        self.panel.take_focus()

    def show_queue(
        self, waiting: Sequence[tuple[TrainingJob, float]], now: TrainingJob | None, *, can_skip: bool
    ) -> None:
        """Show what is trained and what waits, and say in the heading how many wait.

        Parameters
        ----------
        waiting
            Jobs, the next one first, and the seconds that each will take.
        now
            The present one.
        can_skip
            Whether it can be given up for the next.
        """
        rows = [QueueRow(job.model, job_words(job, seconds), said_changes(job.recipe)) for job, seconds in waiting]
        present = QueueRow(now.model, job_words(now), said_changes(now.recipe)) if now else None
        self.queue_list.set_jobs(rows, present, can_skip=can_skip)
        self.queue_section.set_title(f"Queue · {len(rows)} waiting" if rows else "Queue")

    def tell(self, sentence: str, mark: str, *, action: str = "", run: str = "") -> NoticeBar:
        """Show a sentence about a run, or about none; return its bar, whose button has the words of the action."""
        notice = NoticeBar(sentence, mark, action=action, run=run)
        self.notices.add(notice)
        return notice

    def _lay_out(self) -> None:
        watched = QWidget()
        column = QVBoxLayout(watched)
        column.setContentsMargins(0, 0, 4, 4)
        column.setSpacing(6)
        column.addWidget(self.plot, 1)
        column.addWidget(self.strip)
        column.addWidget(self.queue_section)
        column.addWidget(self.history_section)
        for section in (self.queue_section, self.history_section):
            section.toggled.connect(lambda opened, section=section: self._show_whole(section) if opened else None)
        self.history_section.toggled.connect(self.plot.set_low)
        # Where large text in a small window leaves the plots no room, they scroll with what is below them; how the
        # training goes, and what there is to say, does not scroll away.
        area = self._area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(watched)
        watched.setAutoFillBackground(False)
        right = QVBoxLayout()
        right.setContentsMargins(0, 4, 0, 0)
        right.setSpacing(10)
        right.addWidget(self.progress)
        right.addLayout(self.notices)
        right.addWidget(area, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(16)
        layout.addWidget(self.panel)
        layout.addLayout(right, 1)

    def show_curves(self) -> None:
        """Scroll to the curves."""
        self._area.verticalScrollBar().setValue(0)

    def _show_whole(self, section: CollapsibleSection) -> None:
        """Scroll to a section that was opened, once it has its size."""
        QTimer.singleShot(0, self, lambda: self._area.ensureWidgetVisible(section, 0, 0))

    # -- Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter press the button that has the focus, as in a dialog; held down, it presses once."""
        focused = QApplication.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focused, QPushButton | QToolButton):
            if not event.isAutoRepeat():
                focused.click()
        else:
            super().keyPressEvent(event)
