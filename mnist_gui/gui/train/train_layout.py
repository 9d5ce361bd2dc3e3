"""The widgets of the Train tab, and their arrangement."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from mnist_gui.gui.train.curves.loss_plot import LossPlot
from mnist_gui.gui.train.history.run_history import RunHistory
from mnist_gui.gui.train.live_prediction_strip import LivePredictionStrip
from mnist_gui.gui.train.notices import NoticeArea, NoticeColumn
from mnist_gui.gui.train.queue.queue_list import QueueList
from mnist_gui.gui.train.recipe.recipe_panel import RecipePanel
from mnist_gui.gui.train.training_progress import TrainingProgress
from mnist_gui.gui.widgets.collapsible_section import CollapsibleSection


class TrainLayout(QHBoxLayout):
    """Creates the widgets and arranges them: the recipe at the left, the training at the right.

    Parameters
    ----------
    speed_factor
        Speed factor of this machine, see `mnist_gui.models.training.time_estimate`; None if not measured.
    notices
        The layout of the notices.
    history
        List of all runs.

    Attributes
    ----------
    panel, progress, notices, plot, strip, queue_list, queue_section, history
        The widgets, and the layout of the notices.
    """

    def __init__(self, speed_factor: float | None, notices: NoticeColumn, history: RunHistory) -> None:
        super().__init__()
        self.panel = RecipePanel(speed_factor)
        self.progress = TrainingProgress()
        self.notices = notices
        self.plot = LossPlot()
        self.strip = LivePredictionStrip()
        self.queue_list = QueueList()
        self.queue_section = CollapsibleSection("Queue", self.queue_list)
        self.queue_section.button.setObjectName("open_queue")
        self.history = history
        history_section = CollapsibleSection("Run history", history)
        history_section.button.setObjectName("open_history")
        history_section.toggled.connect(self.plot.set_low)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 4, 4)
        column.setSpacing(6)
        column.addWidget(self.plot, 1)
        column.addWidget(self.strip)
        # With large text in a small window, the plots scroll with the sections below them; the progress and the
        # notices stay in view.
        area = self._area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setCornerWidget(QWidget())  # instead of the one that the style paints
        area.setWidget(content)
        content.setAutoFillBackground(False)
        for section in (self.queue_section, history_section):
            column.addWidget(section)
            section.toggled.connect(lambda opened, section=section: self._scroll_to(section) if opened else None)
        right = QVBoxLayout()
        right.setContentsMargins(0, 4, 0, 0)
        right.setSpacing(8)
        right.addWidget(self.progress)
        right.addWidget(area, 1)
        right.addWidget(NoticeArea(notices))  # its room is kept: least conspicuous at the end
        self.setContentsMargins(12, 8, 12, 8)
        self.setSpacing(16)
        self.addWidget(self.panel)
        self.addLayout(right, 1)

    def scroll_to_curves(self) -> None:
        """Scroll the right column to its top."""
        self._area.verticalScrollBar().setValue(0)

    def _scroll_to(self, section: CollapsibleSection) -> None:
        """Scroll to a section that was opened, once it has its size."""
        QTimer.singleShot(0, self, lambda: self._area.ensureWidgetVisible(section, 0, 0))
