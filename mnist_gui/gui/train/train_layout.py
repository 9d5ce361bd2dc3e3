"""The widgets of the Train tab, and their arrangement."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QTimer
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from mnist_gui.gui.train.curves.loss_plot import LossPlot
from mnist_gui.gui.train.history.run_history import RunHistory
from mnist_gui.gui.train.history_splitter import HistorySplitter
from mnist_gui.gui.train.live_prediction_strip import LivePredictionStrip
from mnist_gui.gui.train.notices import NoticeStack
from mnist_gui.gui.train.queue.queue_list import QueueList
from mnist_gui.gui.train.recipe.recipe_panel import RecipePanel
from mnist_gui.gui.train.training_progress import TrainingProgress
from mnist_gui.gui.widgets.collapsible_section import SectionButton
from mnist_gui.gui.widgets.run_marker import RunMarks
from mnist_gui.gui.widgets.scroll_column import ContentArea


class TrainLayout(QHBoxLayout):
    """Creates the widgets and arranges them: the recipe at the left, the training at the right.

    Parameters
    ----------
    speed_factor
        Speed factor of this machine, see `mnist_gui.models.training.time_estimate`; None if not measured.
    notices
        Where notices are shown.
    history
        List of all runs.
    marks
        Of the runs in the plot.

    Attributes
    ----------
    panel, progress, notices, plot, strip, queue_list, queue_button, history, splitter
        The widgets.
    """

    def __init__(
        self, speed_factor: float | None, notices: NoticeStack, history: RunHistory, marks: RunMarks | None = None
    ) -> None:
        super().__init__()
        self.panel = RecipePanel(speed_factor)
        self.progress = TrainingProgress()
        self.notices = notices
        self.plot = LossPlot(marks)
        self.strip = LivePredictionStrip()
        self.queue_list = QueueList()
        self.queue_list.hide()
        self.queue_button = SectionButton("Queue", longest="Queue · 10 waiting")
        self.queue_button.setObjectName("open_queue")
        self.history = history
        curves = QWidget()
        column = QVBoxLayout(curves)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(6)
        self.splitter = HistorySplitter(curves, history)
        buttons = QVBoxLayout()
        buttons.setSpacing(4)
        buttons.addWidget(self.queue_button)
        buttons.addWidget(self.splitter.button)
        buttons.addStretch(1)
        foot = QHBoxLayout()
        foot.setSpacing(12)
        foot.addWidget(self.strip, 1)
        foot.addLayout(buttons)
        column.addWidget(self.plot, 1)
        column.addLayout(foot)
        column.addWidget(self.queue_list)
        # With large text in a small window, the plots scroll with what stands below them; the progress and the
        # notices stay in view.
        area = self._area = ContentArea()
        area.setCornerWidget(QWidget())  # instead of the one that the style paints
        area.setWidget(self.splitter)
        self.queue_button.toggled.connect(self._show_queue)
        self.splitter.arranged.connect(self._on_history_arranged)
        right = QVBoxLayout()
        right.setContentsMargins(0, 4, 0, 0)
        right.setSpacing(8)
        right.addWidget(self.progress)
        right.addWidget(area, 1)
        right.addWidget(notices)  # its room is kept: least conspicuous at the end
        self.setContentsMargins(12, 8, 12, 8)
        self.setSpacing(16)
        self.addWidget(self.panel)
        self.addLayout(right, 1)

    def scroll_to_curves(self) -> None:
        """Scroll the right column to its top."""
        self._area.verticalScrollBar().setValue(0)

    def _show_queue(self, opened: bool) -> None:
        self.queue_list.setVisible(opened)
        if opened:
            self._scroll_to(self.queue_list)

    def _on_history_arranged(self) -> None:
        if self.splitter.button.isChecked() and not self.splitter.is_beside:
            self._scroll_to(self.history)

    def _scroll_to(self, widget: QWidget) -> None:
        """Scroll to a widget that was opened, once it has its size."""

        def scroll() -> None:
            QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
            self._area.ensureWidgetVisible(widget, 0, 0)

        QTimer.singleShot(0, self, scroll)

    # -- Qt

    def setGeometry(self, rect: QRect) -> None:
        self.panel.set_window_width(rect.width())
        super().setGeometry(rect)
