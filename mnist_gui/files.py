"""Atomic writing of files: to a temporary file beside the target, which then replaces it."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

# Seconds. Windows cannot replace a file while a process reads it.
_REPLACE_TIMEOUT = 2.0


def write_text(path: Path, text: str) -> None:
    """Replace the content of a file by a text; its folder is created if it is missing.

    Raises
    ------
    OSError
        The file cannot be written; it is unchanged.
    """
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
    """Rename a file or folder, replacing the target if it is a file; on Windows, wait for readers.

    Raises
    ------
    OSError
        It cannot be renamed.
    """
    end = time.monotonic() + _REPLACE_TIMEOUT
    while True:
        try:
            path.replace(target)
            return
        except PermissionError:
            if os.name != "nt" or time.monotonic() > end:
                raise
            time.sleep(0.02)
