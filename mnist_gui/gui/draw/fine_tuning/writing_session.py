"""Guides the user through writing each digit several times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut

from mnist_gui.digits.content import Content
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui.draw.canvas.canvas import INVITATION
from mnist_gui.gui.draw.draw_layout import DrawLayout
from mnist_gui.gui.draw.fine_tuning.writing_prompt import COPIES, WritingStep, next_step, requested_copies
from mnist_gui.gui.draw.panels.my_digits_controller import MyDigitsController

PAUSE_MS = 2_000  # of the pen, after which the digit counts as written; less would cut off the bar of a seven
TICK_MS = 100  # of the countdown
TAKE_BACK_MS = 1_000  # a stroke that starts within this time after the countdown's end belongs to the digit before
BLANK = Drawing(())


class WritingSession(QObject):
    """Asks for one digit after another; stores each at the user's command, or at the end of a countdown.

    The countdown waits while the pointer is over the canvas. A digit that is clearly read as another is stored only
    once the user has confirmed it.

    Every digit is stored at once: a session can be stopped at any time, and the next one continues it.

    Parameters
    ----------
    layout
        Has the canvas and the writing prompt.
    digits
        The user's digits.
    my_digits_controller
        Stores and deletes digits, with messages.
    read
        Returns which digit the models clearly read in a content; None if none, or if they have not answered.

    Signals
    -------
    invitation_changed(text: str)
        Show this text on a blank canvas.
    finished()
        Every digit was written or skipped.
    """

    invitation_changed = Signal(str)
    finished = Signal()

    def __init__(
        self,
        layout: DrawLayout,
        digits: UserDigitStore,
        my_digits_controller: MyDigitsController,
        read: Callable[[Content], int | None],
    ) -> None:
        super().__init__(layout)
        self._canvas, self._prompt, self._set_prompting = layout.canvas, layout.writing_prompt, layout.set_prompting
        self._digits = digits
        self._my_digits_controller = my_digits_controller
        self._read = read
        self._copies = COPIES
        self._skipped: list[int] = []
        self._history: list[str] = []  # ids of stored digits, "" for skipped ones
        self._step: WritingStep | None = None
        self._previous_content: Content = BLANK
        self._pause_ms = PAUSE_MS
        self._remaining_ms = 0  # of the countdown
        self._is_misread = False  # and the user is asked whether to keep the digit
        self._stored: Drawing | None = None  # by the countdown, which ended `_since_stored` ago
        self._since_stored = QElapsedTimer()
        self._countdown = QTimer(self, interval=TICK_MS)
        self._countdown.timeout.connect(self._count_down)
        self._keep_shortcut = QShortcut(QKeySequence(Qt.Key.Key_Space), self._canvas)
        self._keep_shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        self._keep_shortcut.setAutoRepeat(False)
        self._keep_shortcut.setEnabled(False)
        self._keep_shortcut.activated.connect(self._keep)
        self._canvas.stroke_started.connect(self._on_stroke_started)
        self._canvas.content_changed.connect(self._on_content_changed)
        self._prompt.keep_requested.connect(self._keep)
        self._prompt.keep_requested.connect(self._canvas.setFocus)
        self._prompt.rewrite_requested.connect(self._ask_next)
        self._prompt.rewrite_requested.connect(self._canvas.setFocus)
        self._prompt.skip_requested.connect(self._skip)
        self._prompt.back_requested.connect(self._go_back)
        self._prompt.stop_requested.connect(self.stop)

    @property
    def is_active(self) -> bool:
        """Whether a session is going on."""
        return self._step is not None

    @property
    def previous_content(self) -> Content | None:
        """Content of the canvas before the session, which restores it; None if none is going on."""
        return self._previous_content if self.is_active else None

    def start(self) -> None:
        """Start a session that asks for the missing digits. The content of the canvas is restored at its end."""
        if self.is_active:
            return
        self._copies = requested_copies(self._counts)
        self._skipped, self._history = [], []
        self._previous_content = self._canvas.content
        self._stored = None
        self._keep_shortcut.setEnabled(True)
        self._canvas.set_tool("pen")
        self._set_prompting(True)
        self._canvas.setFocus()
        self._ask_next()

    def stop(self) -> None:
        """End the session; the digits written stay stored."""
        if self.is_active:
            self._countdown.stop()
            self._keep_shortcut.setEnabled(False)
            self._step = None
            self._set_prompting(False)
            self.invitation_changed.emit(INVITATION)
            self._canvas.restore(self._previous_content)
            self._canvas.setFocus()

    @property
    def _counts(self) -> Counter[int]:
        return Counter(digit.label for digit in self._digits.digits)

    def _ask_next(self) -> None:
        """Ask for the next digit on a blank canvas, or finish."""
        self._countdown.stop()
        step = next_step(self._counts, self._copies, self._skipped)
        if step is None:
            self.stop()
            self.finished.emit()
            return
        self._step = step
        self.invitation_changed.emit(step.text)
        self._canvas.restore(BLANK)  # without undo, which is the Back button's task; shows the step

    @property
    def _is_written(self) -> bool:
        """Whether the canvas holds more than dots."""
        content = self._canvas.content
        return isinstance(content, Drawing) and any(np.ptp(stroke, axis=0).any() for stroke in content.strokes)

    def _on_stroke_started(self) -> None:
        if self._step is None:
            return
        self._countdown.stop()
        stored, self._stored = self._stored, None
        if stored is not None and self._since_stored.elapsed() < TAKE_BACK_MS:
            self._take_back(stored)
        self._show_step()

    def _take_back(self, stored: Drawing) -> None:
        """Delete the digit stored last and continue its drawing by the current stroke."""
        self._my_digits_controller.delete((self._history[-1],))
        step = next_step(self._counts, self._copies, self._skipped)
        if step is not None and step != self._step:  # otherwise it could not be deleted, and a message has been shown
            self._history.pop()
            self._step = step
            self.invitation_changed.emit(step.text)
            self._canvas.continue_drawing(stored)

    def _on_content_changed(self, content: Content) -> None:
        """Start the countdown at the end of a stroke and after undo; stop it where nothing is written."""
        if self._step is None or self._canvas.is_drawing:
            return
        self._countdown.stop()
        self._show_step()
        if self._is_written:
            self._remaining_ms = self._pause_ms
            self._countdown.start()
            self._show_countdown()

    def _show_step(self) -> None:
        if self._step is not None:
            self._is_misread = False
            self._prompt.set_step(self._step, can_go_back=bool(self._history))

    def _show_countdown(self) -> None:
        self._prompt.set_countdown(None if self._canvas.underMouse() else self._remaining_ms / 1000)

    def _count_down(self) -> None:
        if not self._canvas.underMouse() and self._prompt.isVisible():
            self._remaining_ms -= self._countdown.interval()
        if self._remaining_ms > 0:
            self._show_countdown()
        else:
            self._keep(by_countdown=True)

    def _keep(self, *, by_countdown: bool = False) -> None:
        """Store the drawing, unless it is a mere dot or the prompt is hidden; first ask if it is misread."""
        content, step = self._canvas.content, self._step
        if step is None or self._canvas.is_drawing or not self._prompt.isVisible() or not self._is_written:
            return
        self._countdown.stop()
        read = self._read(content)
        if read not in (None, step.digit) and not self._is_misread:
            self._is_misread = True
            self._prompt.ask(step, read)
            return
        digit = self._my_digits_controller.add(content, step.digit)
        if digit is not None:  # otherwise the drawing stays, and a message has been shown
            self._history.append(digit.id)
            self._stored = content if by_countdown and isinstance(content, Drawing) else None
            self._since_stored.start()
            self._ask_next()

    def _skip(self) -> None:
        if self._step is not None:
            self._stored = None
            self._skipped.append(self._step.digit)
            self._history.append("")
            self._ask_next()

    def _go_back(self) -> None:
        if not self._history:
            return
        self._stored = None
        digit_id = self._history.pop()
        if digit_id:
            self._my_digits_controller.delete((digit_id,))
        else:
            self._skipped.pop()
        self._ask_next()
