"""Guides the user through writing each digit several times."""

from __future__ import annotations

from collections import Counter

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from mnist_gui.digits.content import Content
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui.draw.canvas.canvas import INVITATION
from mnist_gui.gui.draw.draw_layout import DrawLayout
from mnist_gui.gui.draw.fine_tuning.writing_prompt import COPIES, WritingStep, next_step, requested_copies
from mnist_gui.gui.draw.panels.my_digits_controller import MyDigitsController

PAUSE_MS = 1_300  # of the pen, after which the digit counts as written; less would cut off the bar of a seven
BLANK = Drawing(())


class WritingSession(QObject):
    """Asks for one digit after another and stores each once the pen pauses.

    Every digit is stored at once: a session can be stopped at any time, and the next one continues it.

    Parameters
    ----------
    layout
        Has the canvas and the writing prompt.
    digits
        The user's digits.
    my_digits_controller
        Stores and deletes digits, with messages.

    Signals
    -------
    invitation_changed(text: str)
        What a blank canvas is to show.
    finished()
        Every digit was written or skipped.
    """

    invitation_changed = Signal(str)
    finished = Signal()

    def __init__(self, layout: DrawLayout, digits: UserDigitStore, my_digits_controller: MyDigitsController) -> None:
        super().__init__(layout)
        self._canvas, self._prompt, self._set_prompting = layout.canvas, layout.writing_prompt, layout.set_prompting
        self._digits = digits
        self._my_digits_controller = my_digits_controller
        self._copies = COPIES
        self._skipped: list[int] = []
        self._history: list[str] = []  # ids of stored digits, "" for skipped ones
        self._step: WritingStep | None = None
        self._previous_content: Content = BLANK
        self._pause_timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause_timer.timeout.connect(self._store)
        self._canvas.stroke_started.connect(self._pause_timer.stop)
        self._canvas.stroke_ended.connect(self._on_stroke_ended)
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
        self._canvas.set_tool("pen")
        self._set_prompting(True)
        self._canvas.setFocus()
        self._ask_next()

    def stop(self) -> None:
        """End the session; the digits written stay stored."""
        if self.is_active:
            self._pause_timer.stop()
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
        self._pause_timer.stop()
        step = next_step(self._counts, self._copies, self._skipped)
        if step is None:
            self.stop()
            self.finished.emit()
            return
        self._step = step
        self.invitation_changed.emit(step.text)
        self._prompt.set_step(step, can_go_back=bool(self._history))
        self._canvas.restore(BLANK)  # without undo, which is the Back button's task

    def _on_stroke_ended(self) -> None:
        if self.is_active:
            self._pause_timer.start()

    def _store(self) -> None:
        """Store the drawing, unless it is a mere dot or the prompt is hidden."""
        content = self._canvas.content
        if self._step is None or not self._prompt.isVisible() or not isinstance(content, Drawing):
            return
        if not any(np.ptp(stroke, axis=0).any() for stroke in content.strokes):
            return
        digit = self._my_digits_controller.add(content, self._step.digit)
        if digit is not None:  # otherwise the drawing stays, and a message has been shown
            self._history.append(digit.id)
            self._ask_next()

    def _skip(self) -> None:
        if self._step is not None:
            self._skipped.append(self._step.digit)
            self._history.append("")
            self._ask_next()

    def _go_back(self) -> None:
        if not self._history:
            return
        digit_id = self._history.pop()
        if digit_id:
            self._my_digits_controller.delete((digit_id,))
        else:
            self._skipped.pop()
        self._ask_next()
