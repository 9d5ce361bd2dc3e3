"""“Teach my hand”: leads a person through writing each digit some times."""

from __future__ import annotations

from collections import Counter

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from mnist_gui.digits.content import Content
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui.draw.canvas.canvas import INVITATION
from mnist_gui.gui.draw.draw_layout import DrawLayout
from mnist_gui.gui.draw.fine_tuning.writing_prompt import COPIES, WritingStep, copies_to_ask, next_step
from mnist_gui.gui.draw.panels.my_digits_controller import MyDigitsController

# The pen has rested so long: the digit is written. Shorter, and the bar of a seven comes too late.
WRITTEN_MS = 1_300
BLANK = Drawing(())


class WritingSession(QObject):
    """Says what to write, keeps it once the pen rests, and goes on by itself.

    What is kept is in My digits at once, so that it can be broken off at any time and goes on from there.

    Parameters
    ----------
    view
        With the canvas, and the bar that says what to write.
    digits
        Of the person.
    drawer
        Keeps a digit, and says so.

    Signals
    -------
    asked(words: str)
        What a blank canvas is to say now.
    finished()
        Every digit was written, or skipped.
    """

    asked = Signal(str)
    finished = Signal()

    def __init__(self, view: DrawLayout, digits: UserDigitStore, drawer: MyDigitsController) -> None:
        super().__init__(view)
        self._view = view
        self._digits = digits
        self._drawer = drawer
        self._copies = COPIES
        self._skipped: list[int] = []
        self._steps: list[str] = []  # ids of what was kept, and "" for what was skipped
        self._step: WritingStep | None = None
        self._before: Content = BLANK
        self._resting = QTimer(self, singleShot=True, interval=WRITTEN_MS)
        self._resting.timeout.connect(self._take)
        view.canvas.stroke_started.connect(self._resting.stop)
        view.canvas.stroke_ended.connect(self._pen_rests)
        view.writing_prompt.skipped.connect(self._skip)
        view.writing_prompt.back.connect(self._go_back)
        view.writing_prompt.stopped.connect(self.stop)

    @property
    def is_on(self) -> bool:
        """Whether somebody is being led."""
        return self._step is not None

    def start(self) -> None:
        """Begin, or go on where My digits has not enough yet. What is on the canvas comes back afterwards."""
        if self.is_on:
            return
        self._copies = copies_to_ask(self._counts)
        self._skipped, self._steps = [], []
        self._before = self._view.canvas.content
        self._view.canvas.set_tool("pen")
        self._view.set_prompting(True)
        self._view.canvas.setFocus()
        self._go_on()

    def stop(self) -> None:
        """End; what was written stays in My digits."""
        if self.is_on:
            self._resting.stop()
            self._step = None
            self._view.set_prompting(False)
            self.asked.emit(INVITATION)
            self._view.canvas.restore(self._before)
            self._view.canvas.setFocus()

    @property
    def _counts(self) -> Counter[int]:
        return Counter(digit.label for digit in self._digits.digits)

    def _go_on(self) -> None:
        """Ask for the next digit on an empty canvas, or end."""
        self._resting.stop()
        step = next_step(self._counts, self._copies, self._skipped)
        if step is None:
            self.stop()
            self.finished.emit()
            return
        self._step = step
        self.asked.emit(step.words)
        self._view.writing_prompt.set_step(step, can_go_back=bool(self._steps))
        self._view.canvas.restore(BLANK)  # nothing to undo: Back takes back what was written

    def _pen_rests(self) -> None:
        if self.is_on:
            self._resting.start()

    def _take(self) -> None:
        """Keep what was written. What is no drawing, or comes while the bar cannot be seen, is not meant."""
        content = self._view.canvas.content
        if self._step is None or not self._view.writing_prompt.isVisible() or not isinstance(content, Drawing):
            return
        if not any(np.ptp(stroke, axis=0).any() for stroke in content.strokes):
            return  # a slip of the pen
        kept = self._drawer.keep(content, self._step.digit)
        if kept is not None:  # else it stays on the canvas, and why has been said
            self._steps.append(kept.id)
            self._go_on()

    def _skip(self) -> None:
        if self._step is not None:
            self._skipped.append(self._step.digit)
            self._steps.append("")
            self._go_on()

    def _go_back(self) -> None:
        """Ask for the last one again."""
        if not self._steps:
            return
        identity = self._steps.pop()
        if identity:
            self._drawer.delete((identity,))
        else:
            self._skipped.pop()
        self._go_on()
