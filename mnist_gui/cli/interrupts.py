"""Ctrl-C ends the program with status 130 and without a traceback, or pauses a training."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mnist_gui.models.training.training_control import TrainingControl

INTERRUPTED = 130


def exit_at_interrupt() -> None:
    """End the process at Ctrl-C from now on; a Ctrl-C that was ignored when the program started stays ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _exit)


@contextmanager
def interrupts_raise() -> Iterator[None]:
    """Raise KeyboardInterrupt at Ctrl-C in the block, so that a command cleans up; later, Ctrl-C ends the process."""
    if signal.getsignal(signal.SIGINT) is not _exit:
        yield
        return
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        yield
    finally:
        signal.signal(signal.SIGINT, _exit)


@contextmanager
def paused_by_signals(control: TrainingControl) -> Iterator[Callable[[], None]]:
    """Pause the training on Ctrl-C and SIGTERM; yield a function that pauses it."""
    is_interrupted = False

    def pause(_number: int = 0, _frame: FrameType | None = None) -> None:
        # A second signal during the first call would wait for a lock that this thread holds.
        nonlocal is_interrupted
        if not is_interrupted:
            is_interrupted = True
            control.interrupt()

    numbers = [signal.SIGINT] if os.name == "nt" else [signal.SIGINT, signal.SIGTERM]
    previous = {number: signal.signal(number, pause) for number in numbers}
    try:
        yield pause
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _exit(_number: int, _frame: FrameType | None) -> None:
    # KeyboardInterrupt would be printed, and imports and callbacks from C may turn it into another error.
    os._exit(INTERRUPTED)
