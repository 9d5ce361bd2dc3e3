"""Goes through the test digits that fool the active runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QDeadlineTimer, QObject, Signal

from mnist_gui.digits.picture import Picture
from mnist_gui.gui.background import FOREVER, LatestTask

if TYPE_CHECKING:
    from mnist_gui.analysis.fooling_digits import FoolingDigit

FindDigits = Callable[[], Sequence["FoolingDigit"]]


class FoolingDigitBrowser(QObject):
    """Finds the digits in a thread when the first one is requested, and again after other runs became active.

    Parameters
    ----------
    find
        Returns at least one digit, or raises an exception whose message is a sentence for the user.

    Signals
    -------
    content_read(content: Content, name: str)
        The next digit, and its name.
    message_shown(message: str)
        The digits are being found, or there is none.
    """

    content_read = Signal(object, str)
    message_shown = Signal(str)

    def __init__(self, find: FindDigits, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._find = find
        self._digits: Sequence[FoolingDigit] | None = None
        self._position: int | None = None
        self._step = 1
        self._task = LatestTask(self)
        self._task.finished_with.connect(self._on_found)
        self._task.failed.connect(self.message_shown)

    def show_next(self) -> None:
        """Show the next digit, after the last one the first."""
        self._show(1)

    def show_previous(self) -> None:
        """Show the digit before, before the first one the last."""
        self._show(-1)

    def forget(self) -> None:
        """Find the digits again when the next one is requested: other runs are active."""
        self._digits = self._position = None
        if self._task.is_running:
            self._start()

    def cancel(self) -> None:
        """Show no digit if one is being found: the user draws."""
        self._task.cancel()

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Wait until nothing is being searched; return whether that was in time."""
        return self._task.shut_down(deadline)

    def _show(self, step: int) -> None:
        self._step = step
        if self._digits is None:
            if not self._task.is_running:
                self.message_shown.emit("Looking for digits that fool the models…")
                self._start()
            return
        before = self._position if self._position is not None else min(-step, 0)
        self._position = (before + step) % len(self._digits)
        digit = self._digits[self._position]
        self.content_read.emit(Picture.from_mnist(digit.image, digit.label), f"MNIST test digit {digit.index}")

    def _start(self) -> None:
        self._task.start(lambda _progress: self._find())

    def _on_found(self, digits: Sequence[FoolingDigit]) -> None:
        self._digits = digits
        self._show(self._step)
