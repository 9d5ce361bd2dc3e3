"""Exit statuses and output of the commands."""

from __future__ import annotations

import codecs
import errno
import faulthandler
import json
import math
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import Any, TextIO

from mnist_gui.cli.interrupts import INTERRUPTED
from mnist_gui.wording import plain_text

OK, FAILED, UNUSABLE, PAUSED = 0, 1, 2, INTERRUPTED

# What the program prints for characters that an encoding such as ASCII lacks; others become escapes such as "\\u2603".
_ASCII = str.maketrans({"\u00a0": " ", "“": '"', "”": '"', "’": "'", "…": "...", "·": "-", "\ufffd": "?"})


class UsageError(Exception):
    """The arguments or inputs cannot be used; the message is one sentence for the user."""


class OutputError(Exception):
    """The results cannot be written, as on a full disk; the message is one sentence for the user."""


class Console:
    """Output of a command, separate from what libraries print.

    Parameters
    ----------
    out, err
        Text streams for results and for error messages; None if they are closed.
    as_json
        Whether results are JSON lines.

    Attributes
    ----------
    before_print
        Called before something is printed, to remove a progress bar; or None.
    """

    before_print: Callable[[], None] | None = None

    def __init__(self, out: TextIO | None, err: TextIO | None, *, as_json: bool = False) -> None:
        self._out = out
        self._err = err
        self.as_json = as_json

    @property
    def out(self) -> TextIO:
        """Stream of the results; raises `UsageError` if it is closed."""
        if self._out is None:
            raise UsageError(f"Standard output is closed; redirect it to a file, or to {os.devnull}.")
        return self._out

    def discard_library_output(self) -> None:
        """Discard what libraries print to the standard streams; results and errors still arrive.

        TensorFlow and ONNX Runtime write to the file descriptors from C++, so that replacing sys.stdout is not enough.
        """
        self._out, self._err = (
            stream and os.fdopen(os.dup(number), "w", encoding=stream.encoding, errors="plain")
            for number, stream in ((1, self._out), (2, self._err))
        )
        null = os.open(os.devnull, os.O_WRONLY)
        for descriptor in (1, 2):
            os.dup2(null, descriptor)
        if self._err is not None:
            faulthandler.enable(self._err)  # what native code says before it aborts is discarded, too

    @property
    def is_terminal(self) -> bool:
        """Whether the results go to a terminal that can rewrite a line."""
        return (
            self.out.isatty() and os.environ.get("TERM") != "dumb" and _has_width(self.out) and _takes_escapes(self.out)
        )

    def print_line(self, text: str) -> None:
        """Print a line of results, as plain text, and flush it, for pipes; raise as `flush`."""
        self._prepare()
        with _write_errors():
            print(plain_text(text), file=self.out, flush=True)

    def print_json(self, values: dict[str, Any]) -> None:
        """Print a JSON line of results, which is ASCII; numbers that are not finite become null; raise as `flush`."""
        line = json.dumps({key: _finite(value) for key, value in values.items()}, allow_nan=False)
        with _write_errors():
            print(line, file=self.out, flush=True)

    def flush(self) -> None:
        """Write what is buffered of the results.

        Raises
        ------
        UsageError
            The stream is closed.
        OSError
            Its reader has left: a pipe (`| head`) or a terminal was closed.
        OutputError
            It cannot be written for another reason.
        """
        with _write_errors():
            self.out.flush()

    def print_error(self, text: str) -> None:
        """Print a sentence, as plain text, to standard error, unless it is closed."""
        self._prepare()
        if self._err is not None:
            with suppress(OSError):
                print(f"mnist-gui: {plain_text(text)}", file=self._err, flush=True)

    def _prepare(self) -> None:
        if self.before_print is not None:
            self.before_print()


def process_console() -> Console:
    """Return a console on the standard streams of this process, which print any text in any encoding.

    The null device takes the place of closed streams. Otherwise the next file to be opened would get their descriptor,
    and what libraries print would be written into it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free descriptor is taken, which is this one.
            os.set_inheritable(os.open(os.devnull, os.O_WRONLY if number else os.O_RDONLY), True)
    codecs.register_error("plain", _encode_plainly)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # `python -u` writes through, and argparse ignores errors of writing.
            stream.reconfigure(errors="plain", write_through=False)
    console = Console(sys.stdout, sys.stderr)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)  # libraries expect a stream
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)
    return console


def _encode_plainly(error: UnicodeError) -> tuple[str | bytes, int]:
    """Error handler for encodings that lack a character."""
    assert isinstance(error, UnicodeEncodeError)
    text = error.object[error.start : error.end].translate(_ASCII)
    return text.encode("ascii", "backslashreplace").decode(), error.end


def shell_command(arguments: Sequence[str]) -> str:
    """Return arguments as a command line, quoted for the shell of the system."""
    if os.name == "nt":
        import subprocess  # launching does not wait for it

        return subprocess.list2cmdline(arguments)
    return shlex.join(arguments)


@contextmanager
def _write_errors() -> Iterator[None]:
    """Raise `OutputError` for errors of writing, but those of a reader that has left."""
    try:
        yield
    except OSError as error:
        # Windows reports a closed pipe as an invalid argument, a system an unplugged terminal as an error of reading.
        if isinstance(error, BrokenPipeError) or error.errno in (errno.EINVAL, errno.EIO):
            raise
        raise OutputError(f"Standard output cannot be written ({error.strerror or error}).") from error


def _finite(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _has_width(out: TextIO) -> bool:
    """Return whether the width of the terminal is not 0, as it is for some pseudo-terminals."""
    try:
        return os.get_terminal_size(out.fileno()).columns > 0
    except (OSError, ValueError):
        return True


def _takes_escapes(out: TextIO) -> bool:
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
