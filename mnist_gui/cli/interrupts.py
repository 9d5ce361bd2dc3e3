"""Ctrl-C ends the program with status 130 and without a traceback, from the first import to the end of the process."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

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


def _exit(_number: int, _frame: FrameType | None) -> None:
    # KeyboardInterrupt would be printed, and imports and callbacks from C may turn it into another error.
    os._exit(INTERRUPTED)
