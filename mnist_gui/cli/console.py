"""What every command shares: its exit statuses, its own words apart from those of libraries, its way to say no."""

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
    """What was given cannot be used; the text is one sentence for the person."""


class Console:
    """Where a command's own words go, apart from what libraries print.

    Parameters
    ----------
    out, err
        Text streams for results and for complaints.
    as_json
        Whether results are JSON lines.
    """

    def __init__(self, out: IO[str], err: IO[str], *, as_json: bool = False) -> None:
        self.out = out
        self.err = err
        self.as_json = as_json

    @property
    def is_terminal(self) -> bool:
        """Return whether a person watches the results on a terminal that can rewrite a line."""
        return (
            self.out.isatty() and os.environ.get("TERM") != "dumb" and _has_width(self.out) and _takes_escapes(self.out)
        )

    def print_line(self, text: str) -> None:
        """Write one line of result at once, so that a pipe sees it."""
        print(text, file=self.out, flush=True)

    def print_json(self, values: dict[str, Any]) -> None:
        """Write one JSON line of result; a number that is not finite, which JSON has not, becomes null."""
        self.print_line(json.dumps({key: _finite(value) for key, value in values.items()}, allow_nan=False))

    def print_error(self, text: str) -> None:
        """Write one sentence to standard error, if anybody is left to read it."""
        with suppress(OSError):
            print(f"mnist-gui: {text}", file=self.err, flush=True)


def shell_command(words: Sequence[str]) -> str:
    """Return words as one line that the system's shell takes apart again."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def _finite(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _has_width(out: IO[str]) -> bool:
    """Return whether the terminal does not say that it has no width, as one that nobody looks at does."""
    try:
        return os.get_terminal_size(out.fileno()).columns > 0
    except (OSError, ValueError):
        return True


def _takes_escapes(out: IO[str]) -> bool:
    """Return whether the terminal follows escape sequences; on Windows it must be told to."""
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
