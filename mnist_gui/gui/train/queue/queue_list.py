"""What is trained now and what waits: a list whose rows can be moved, removed and skipped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QPen, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT
from mnist_gui.gui.widgets.model_marker import ModelMarker

IDLE = "Nothing waits. Press Start while a model trains to add to the queue."
ALONE = "Nothing waits after it. “Add to queue” adds what is chosen."
UP, DOWN, REMOVE = "Alt+Up", "Alt+Down", "Del"


@dataclass(frozen=True)
class QueueRow:
    """One job in words.

    Attributes
    ----------
    model
        Whose mark it has.
    text
        For a person.
    details
        More of it, told when the pointer rests there; may be empty.
    """

    model: int
    text: str
    details: str = ""


class QueueList(QWidget):
    """Shows the present job and those that wait, the next one on top; changes nothing by itself.

    A row moves with its buttons, with Alt and an arrow key, or by being dragged; Del removes it.

    Signals
    -------
    moved(index: int, to: int)
        The waiting row at one place is to wait at another.
    removed(index: int)
    skip_requested()
    start_requested()
    """

    moved = Signal(int, int)
    removed = Signal(int)
    skip_requested = Signal()
    start_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._now = _NowRow()
        self._rows: list[_WaitingRow] = []
        self._count = 0
        self._dragged = 0  # the place of the row that the pointer holds
        self._empty = _label("queue_empty")
        self._empty.setProperty("muted", True)
        self._start = QPushButton("Start the queue")
        self._start.setObjectName("start_queue")
        self._start.setProperty("primary", True)
        self._start.setMinimumHeight(TARGET_HEIGHT)
        self._start.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._column = QVBoxLayout()
        self._column.setSpacing(2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 0, 0, 4)
        layout.setSpacing(4)
        layout.addWidget(self._now)
        layout.addLayout(self._column)
        layout.addWidget(self._empty)
        layout.addWidget(self._start)
        self._now.skip.clicked.connect(self.skip_requested)
        self._start.clicked.connect(self.start_requested)
        self.setAccessibleName("Queue of trainings")
        self.set_jobs(())

    def set_jobs(self, waiting: Sequence[QueueRow], now: QueueRow | None = None, *, can_skip: bool = False) -> None:
        """Show these jobs.

        Parameters
        ----------
        waiting
            The next one first.
        now
            The one that is trained; without, the queue can be started.
        can_skip
            Whether the present one can be given up for the next.
        """
        for index in range(len(self._rows), len(waiting)):
            self._column.addWidget(self._new_row(index))
        self._count = len(waiting)
        for row in self._rows:
            row.setVisible(row.index < self._count)
            if row.index < self._count:
                row.show_job(waiting[row.index], is_last=row.index == self._count - 1)
        self._now.setVisible(now is not None)
        if now is not None:
            self._now.show_job(now, can_skip=can_skip)
        self._empty.setText(IDLE if now is None else ALONE)
        self._empty.setVisible(not waiting)
        self._start.setVisible(bool(waiting) and now is None)

    # -- inside

    def _new_row(self, index: int) -> _WaitingRow:
        row = _WaitingRow(index)
        row.moved.connect(self._move)
        row.removed.connect(self._remove)
        row.grabbed.connect(self._grab)
        row.dragged.connect(self._drag)
        self._rows.append(row)
        return row

    def _move(self, index: int, step: int) -> None:
        to = index + step
        if 0 <= to < self._count:
            by_key = self._rows[index].hasFocus()
            self.moved.emit(index, to)
            # Another step is one more press, of the same key or button.
            self._rows[to].take_focus(0 if by_key else step)

    def _remove(self, index: int) -> None:
        self.removed.emit(index)
        if self._count:
            self._rows[min(index, self._count - 1)].setFocus()

    def _grab(self, index: int) -> None:
        self._dragged = index

    def _drag(self, place: QPoint) -> None:
        """Move the row that the pointer holds past those whose middle it has passed."""
        y = self.mapFromGlobal(place).y()
        others = [row for row in self._rows[: self._count] if row.index != self._dragged]
        to = sum(row.geometry().center().y() < y for row in others)
        if to != self._dragged:
            index, self._dragged = self._dragged, to
            self.moved.emit(index, to)
            self._rows[to].setFocus()


class _Row(QWidget):
    """A job's mark and words."""

    def __init__(self) -> None:
        super().__init__()
        self._mark = _Mark(1)
        self._text = _label("queue_text")
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(6, 2, 2, 2)
        self._layout.setSpacing(8)
        self._layout.addWidget(self._mark)
        self._layout.addWidget(self._text, 1)

    def _show(self, job: QueueRow, text: str) -> None:
        self._mark.show_model(job.model)
        self._text.setText(text)
        self.setToolTip(job.details)
        self.setAccessibleName(text)
        self.setAccessibleDescription(job.details)


class _NowRow(_Row):
    """The job that is trained."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("queue_now")
        self.skip = QPushButton("Skip")
        self.skip.setObjectName("skip")
        self.skip.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.skip.setToolTip("End this run, keep its whole epochs, and begin the next in the queue")
        self._layout.addWidget(self.skip)

    def show_job(self, job: QueueRow, *, can_skip: bool) -> None:
        self._show(job, f"now: {job.text}")
        self.skip.setEnabled(can_skip)


class _WaitingRow(_Row):
    """A job that waits, at one place for ever: what moves is the job that it shows.

    Signals
    -------
    moved(index: int, step: int)
    removed(index: int)
    grabbed(index: int)
    dragged(place: QPoint)
        Where the pointer is on the screen.
    """

    moved = Signal(int, int)
    removed = Signal(int)
    grabbed = Signal(int)
    dragged = Signal(QPoint)

    def __init__(self, index: int) -> None:
        super().__init__()
        self.index = index
        self.setObjectName(f"queue_row_{index}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self._up = self._add_button("up", "↑", UP, lambda: self.moved.emit(index, -1))
        self._down = self._add_button("down", "↓", DOWN, lambda: self.moved.emit(index, 1))
        self._remove = self._add_button("remove", "✕", REMOVE, lambda: self.removed.emit(index))

    def show_job(self, job: QueueRow, *, is_last: bool) -> None:
        self._show(job, job.text)
        self._up.setEnabled(self.index > 0)
        self._down.setEnabled(not is_last)
        for button, what, key in (
            (self._up, "Move up", UP),
            (self._down, "Move down", DOWN),
            (self._remove, "Remove from the queue", REMOVE),
        ):
            button.setToolTip(f"{what} ({key})")
            button.setAccessibleName(f"{what}: {job.text}")

    def take_focus(self, step: int) -> None:
        """Focus the button that moves it by that step, or the row."""
        button = self._up if step < 0 else self._down
        (button if step and button.isEnabled() else self).setFocus()

    def _add_button(self, name: str, sign: str, key: str, slot: Callable[[], object]) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setText(sign)
        button.setProperty("flat", True)
        button.setMinimumSize(TARGET_HEIGHT, TARGET_HEIGHT)
        button.setCursor(Qt.CursorShape.ArrowCursor)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(slot)
        # A button would take the arrow keys for itself.
        shortcut = QShortcut(QKeySequence(key), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(slot)
        self._layout.addWidget(button)
        return button

    # -- Qt

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the job."""
        self.grabbed.emit(self.index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag it."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.dragged.emit(event.globalPosition().toPoint())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a ring around the row that has the focus."""
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(colors_of(self).accent), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)


class _Mark(ModelMarker):
    """One that can be given to another model."""

    def show_model(self, model: int) -> None:
        self._model = model
        self.update()


def _label(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    return label
