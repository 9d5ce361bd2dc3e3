"""A file is written whole or not at all: beside its place, then renamed into it."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

# On Windows a file that somebody has open to read cannot be replaced; readers are quick.
_PATIENCE = 2.0


def write_text(path: Path, text: str) -> None:
    """Replace a file by this text, making its folder where it is missing.

    Raises
    ------
    OSError
        It cannot be written; what was there before is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Replace a file by these bytes, in a folder that exists.

    They are on the disk before they have the file's name: cut off by a power cut, it is the old file or the new one.

    Raises
    ------
    OSError
        It cannot be written; what was there before is untouched, and nothing is left beside it.
    """
    beside = path.with_name(f"{path.name}.writing")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        replace_path(beside, path)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def replace_path(path: Path, target: Path) -> None:
    """Rename, over the target if it is a file; on Windows, wait while somebody has a file open to read.

    Raises
    ------
    OSError
        It cannot be renamed.
    """
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            path.replace(target)
            return
        except PermissionError:
            if os.name != "nt" or time.monotonic() > end:
                raise
            time.sleep(0.02)
