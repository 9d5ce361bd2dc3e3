"""The current job, and the list of waiting jobs, which can be moved, removed and skipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidgetItem, QVBoxLayout, QWidget

from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.train.movable_list import MovableList, RowButtons
from mnist_gui.gui.widgets.form_controls import muted, push_button, reserve_height
from mnist_gui.gui.widgets.model_marker import ModelMarker, marker_icon
from mnist_gui.gui.widgets.plain_text import PlainLabel, tool_tip
from mnist_gui.wording import plain_lines, plain_text

IDLE = "Nothing waits. Press Start while a model trains to add to the queue."
LAST = "Nothing waits after it. “Add to queue” adds what is chosen."
_LEFT_MARGIN = 8  # pixels


@dataclass(frozen=True)
class QueueRow:
    """One job as it is shown.

    Attributes
    ----------
    model
        Number of the model, whose marker is shown.
    text
        Description in a line.
    details
        Tool tip; may be empty.
    """

    model: int
    text: str
    details: str = ""


class QueueList(QWidget):
    """Shows the current job and the waiting ones, the next one first; requests changes, but makes none.

    The selected job is moved with the buttons, with Alt and an arrow key, or by dragging it; Del removes it.

    Signals
    -------
    moved(index: int, to: int)
        Move a waiting job to another index.
    removed(index: int)
        Remove a waiting job.
    skip_requested()
    start_requested()
    """

    moved = Signal(int, int)
    removed = Signal(int)
    skip_requested = Signal()
    start_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Queue of trainings")
        self._marker = ModelMarker(1)
        self._current = PlainLabel()
        self._current.setObjectName("queue_current")
        self._current.setWordWrap(True)
        self._skip = push_button("Skip", "skip")
        self._skip.setToolTip("End this run, keep its whole epochs, and begin the next in the queue")
        self._skip.clicked.connect(self.skip_requested)
        self._list = _JobList()
        self._list.moved.connect(self.moved)
        self._empty = muted(name="queue_empty")
        self._start = push_button("Start the queue", "start_queue")
        self._start.clicked.connect(self.start_requested)
        self._buttons = RowButtons(self._list, self.removed.emit, "the queue", self)
        top, bottom = QHBoxLayout(), QHBoxLayout()
        top.setContentsMargins(6, 2, 2, 2)
        top.setSpacing(8)
        top.addWidget(self._marker)
        top.addWidget(self._current, 1)
        top.addWidget(self._skip)
        bottom.setSpacing(8)
        for button in (self._start, *self._buttons.buttons):
            bottom.addWidget(button)
        bottom.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_LEFT_MARGIN, 0, 0, 4)
        layout.setSpacing(4)
        layout.addLayout(top)
        layout.addWidget(self._list)
        layout.addWidget(self._empty)
        layout.addLayout(bottom)
        self.set_jobs(())

    def set_jobs(self, waiting: Sequence[QueueRow], current: QueueRow | None = None, *, can_skip: bool = False) -> None:
        """Show these jobs.

        Parameters
        ----------
        waiting
            The next one first.
        current
            The one that trains; without one, the queue can be started.
        can_skip
            Whether the current job can be skipped.
        """
        self._list.set_jobs(waiting)
        for shown in (self._marker, self._current, self._skip):
            shown.setVisible(current is not None)
        if current is not None:
            self._marker.set_mark(current.model)
            self._current.setText(f"now: {current.text}")
            self._current.setToolTip(tool_tip(current.details))
            self._current.setAccessibleDescription(plain_lines(current.details))
            self._skip.setEnabled(can_skip)
        self._empty.setText(IDLE if current is None else LAST)
        self._empty.setVisible(not waiting)
        self._start.setVisible(bool(waiting) and current is None)
        for widget in (self._list, *self._buttons.buttons):
            widget.setVisible(bool(waiting))
        self._buttons.update()

    # -- Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Otherwise the plots above would give up the room of a second line.
        reserve_height(self._empty, max(IDLE, LAST, key=len), self.contentsRect().width() - _LEFT_MARGIN)


class _JobList(MovableList):
    """Rows of jobs."""

    def __init__(self) -> None:
        super().__init__()
        self._jobs: Sequence[QueueRow] = ()
        self.setObjectName("queue_jobs")
        self.setAccessibleName("Waiting trainings")

    def set_jobs(self, jobs: Sequence[QueueRow]) -> None:
        """Replace the rows; the selection stays at its position."""
        self._jobs = jobs
        size, colors = round(self.fontMetrics().ascent() * 0.9), colors_of(self)
        self.setIconSize(QSize(size, size))
        for _ in range(len(jobs), self.count()):
            self.takeItem(self.count() - 1)
        for index, job in enumerate(jobs):
            item = self.item(index) or QListWidgetItem(self)
            item.setIcon(marker_icon(job.model, size, colors))
            item.setText(plain_text(job.text))
            item.setToolTip(tool_tip(job.details))
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, plain_lines(job.details))
        if jobs and self.currentRow() < 0:
            self.setCurrentRow(0)
        self.fit_height()

    def show_rows(self) -> None:
        """Show the rows with the colours and the text size of now."""
        self.set_jobs(self._jobs)
