"""Exit statuses and output of the commands."""

from __future__ import annotations

import json
import math
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, Any

OK, FAILED, UNUSABLE, PAUSED = 0, 1, 2, 130


class UsageError(Exception):
    """The arguments or inputs cannot be used; the message is one sentence for the user."""


class Console:
    """Output of a command, separate from what libraries print.

    Parameters
    ----------
    out, err
        Text streams for results and for error messages.
    as_json
        Whether results are JSON lines.
    """

    def __init__(self, out: IO[str], err: IO[str], *, as_json: bool = False) -> None:
        self.out = out
        self.err = err
        self.as_json = as_json

    @property
    def is_terminal(self) -> bool:
        """Whether the results go to a terminal that can rewrite a line."""
        return (
            self.out.isatty() and os.environ.get("TERM") != "dumb" and _has_width(self.out) and _takes_escapes(self.out)
        )

    def print_line(self, text: str) -> None:
        """Print a line of results and flush it, for pipes."""
        print(text, file=self.out, flush=True)

    def print_json(self, values: dict[str, Any]) -> None:
        """Print a JSON line of results; numbers that are not finite become null."""
        self.print_line(json.dumps({key: _finite(value) for key, value in values.items()}, allow_nan=False))

    def print_error(self, text: str) -> None:
        """Print a sentence to standard error, unless it is closed."""
        with suppress(OSError):
            print(f"mnist-gui: {text}", file=self.err, flush=True)


def shell_command(arguments: Sequence[str]) -> str:
    """Return arguments as a command line, quoted for the shell of the system."""
    return subprocess.list2cmdline(arguments) if os.name == "nt" else shlex.join(arguments)


def _finite(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _has_width(out: IO[str]) -> bool:
    """Return whether the width of the terminal is not 0, as it is for some pseudo-terminals."""
    try:
        return os.get_terminal_size(out.fileno()).columns > 0
    except (OSError, ValueError):
        return True


def _takes_escapes(out: IO[str]) -> bool:
    """Return whether the terminal supports escape sequences, which must be enabled on Windows."""
    if sys.platform == "win32":
        import ctypes
        import msvcrt

        kernel, handle, mode = ctypes.windll.kernel32, msvcrt.get_osfhandle(out.fileno()), ctypes.c_ulong()
        enable_virtual_terminal_processing = 4
        return bool(
            kernel.GetConsoleMode(handle, ctypes.byref(mode))
            and kernel.SetConsoleMode(handle, mode.value | enable_virtual_terminal_processing)
        )
    return True
