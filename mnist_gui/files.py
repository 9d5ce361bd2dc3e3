"""Atomic writing of files, to a temporary file beside the target, which then replaces it; and careful reading."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

# Seconds. Windows cannot replace a file while a process reads it.
_REPLACE_TIMEOUT = 2.0
TEMPORARY_PREFIX = ".writing-"
_TEMPORARY_NAME = re.compile(r"\.writing-[0-9a-f]{16}(\.\w{1,16})?")
_DAY = 86_400.0  # seconds
_LEFTOVER_AGE = 3600.0  # seconds since the last write, after which no writer of a temporary file is still alive


def open_regular(path: Path, *, follow_links: bool = True) -> BinaryIO:
    """Open a regular file for reading. A pipe or a device is refused: reading it could wait, or go on, for ever.

    Parameters
    ----------
    path
        File to read.
    follow_links
        False refuses a symbolic link, which in a stranger's folder could lead to any file of the user.

    Raises
    ------
    OSError
        The file cannot be opened, or is not a regular file.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if not follow_links:
        if path.is_symlink():
            raise OSError(errno.EINVAL, "a link, not a regular file", str(path))
        flags |= getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags)
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
    with temporary_file(path.parent, path.suffix) as temporary:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        replace_path(temporary, path)


@contextlib.contextmanager
def temporary_file(folder: Path, suffix: str = "") -> Iterator[Path]:
    """Create an empty file of `create_temporary`; delete it at the end if it still has this name."""
    path = create_temporary(folder, suffix)
    try:
        yield path
    finally:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def set_aside(path: Path) -> Path | None:
    """Rename a file that cannot be read to ``NAME.unreadable.json``; return its new path, None if it is not renamed."""
    kept = path.with_suffix(".unreadable.json")
    try:
        path.replace(kept)
    except OSError:
        return None
    return kept


@contextlib.contextmanager
def temporary_folder(folder: Path) -> Iterator[Path]:
    """Create a folder with a random hidden name; delete it at the end if it still has this name.

    Those that a killed process left in the folder more than an hour ago are deleted.
    """
    remove_old_temporaries(folder)
    path = folder / _temporary_name()
    path.mkdir()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def create_temporary(folder: Path, suffix: str = "") -> Path:
    """Create an empty file with a random hidden name in a folder, never through a link; return its path.

    Temporary files that a killed process left in the folder more than an hour ago are deleted.
    """
    remove_old_temporaries(folder)
    path = folder / f"{_temporary_name()}{suffix}"
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    return path


def use_temporary_folder(folder: Path) -> None:
    """Let `tempfile` create its files in a folder of the program; delete what a killed process left there a day ago.

    Keras and TensorFlow write models to temporary folders first, which a killed process leaves behind. Without the
    right to write, the folder of the system stays in use.
    """
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        with os.scandir(folder) as entries:
            old = [entry for entry in entries if _is_older(entry, _DAY)]
        for entry in old:
            _remove(entry)
        if os.access(folder, os.W_OK):
            tempfile.tempdir = str(folder)


def _temporary_name() -> str:
    return f"{TEMPORARY_PREFIX}{os.urandom(8).hex()}"


def remove_old_temporaries(folder: Path) -> None:
    """Delete the temporary files and folders that a killed process left in a folder more than an hour ago."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _TEMPORARY_NAME.fullmatch(entry.name) and _is_older(entry, _LEFTOVER_AGE):
                _remove(entry)


def _remove(entry: os.DirEntry[str]) -> None:
    if entry.is_dir(follow_symlinks=False):
        shutil.rmtree(entry.path, ignore_errors=True)
    elif entry.is_file(follow_symlinks=False):
        Path(entry.path).unlink(missing_ok=True)


def _is_older(entry: os.DirEntry[str], seconds: float) -> bool:
    """Return whether an entry was last written longer ago; False if another process has deleted it."""
    with contextlib.suppress(FileNotFoundError):
        return time.time() - entry.stat(follow_symlinks=False).st_mtime > seconds
    return False


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
