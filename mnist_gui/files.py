"""Atomic writing of files, to a temporary file beside the target, which then replaces it; and careful reading."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from pathlib import Path
from typing import BinaryIO

# Seconds. Windows cannot replace a file while a process reads it.
_REPLACE_TIMEOUT = 2.0


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading. A pipe or a device is refused: reading it could wait, or go on, for ever.

    Raises
    ------
    OSError
        The file cannot be opened, or is not a regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        number = errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL
        raise OSError(number, os.strerror(number) if stat.S_ISDIR(mode) else "not a regular file", str(path))
    return os.fdopen(descriptor, "rb")


def write_text(path: Path, text: str) -> None:
    """Replace the content of a file by a text, as `write_bytes`; its folder is created if it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Replace the content of a file in an existing folder.

    The bytes are flushed to the disk before they replace the file: a power failure leaves the old file or the new one.

    Raises
    ------
    OSError
        The file cannot be written; it is unchanged, and no temporary file is left.
    """
    temporary = path.with_name(f"{path.name}.writing")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        replace_path(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def replace_path(path: Path, target: Path) -> None:
    """Rename a file or folder, replacing the target if it is a file; on Windows, wait for readers."""
    end = time.monotonic() + _REPLACE_TIMEOUT
    while True:
        try:
            path.replace(target)
            return
        except PermissionError:
            if os.name != "nt" or time.monotonic() > end:
                raise
            time.sleep(0.02)
