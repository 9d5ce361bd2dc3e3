"""Locks of run folders, held by the process that writes to the run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from mnist_gui.files import replace_path
from mnist_gui.runs.record import LOCK_FILE, RunBusyError, RunError

PROBE_SECONDS = 0.1


@contextmanager
def lock_run(folder: Path) -> Iterator[None]:
    """Hold the lock of a run folder; see `mnist_gui.runs.run.Run.locked`."""
    # The lock would create the folder, and an empty run with it.
    if not folder.is_dir():
        raise RunError(f"Run {folder.name} no longer exists: its folder {folder} was moved or deleted.")
    if not _is_safe(folder / LOCK_FILE):
        raise RunError(f"Run {folder.name}: {LOCK_FILE} is not a regular file; delete it if this run is trusted.")
    lock = FileLock(folder / LOCK_FILE)
    try:
        # `is_locked` holds the lock for an instant to test it.
        lock.acquire(timeout=1)
    except Timeout as error:
        raise RunBusyError(f"Run {folder.name} is being written by another program; wait until it ends.") from error
    except OSError as error:
        raise RunError(f"The run folder {folder} cannot be written ({error.strerror}).") from error
    try:
        yield
    finally:
        lock.release()


def is_locked(folder: Path) -> bool:
    """Return whether a process is writing to the run in this folder."""
    if not folder.is_dir() or not _is_safe(folder / LOCK_FILE):
        return False
    lock = FileLock(folder / LOCK_FILE)
    try:
        # With a timeout, because another test may hold it for an instant.
        lock.acquire(timeout=PROBE_SECONDS, poll_interval=PROBE_SECONDS / 4)
    except Timeout:
        return True
    except OSError:
        return False
    lock.release()
    return False


def _is_safe(path: Path) -> bool:
    """Return whether a lock can be taken on a path: locking truncates the file, also one that a link leads to."""
    return not path.is_symlink() and (path.is_file() or not path.exists())


def move_run(folder: Path, target: Path) -> None:
    """Rename the folder of a run; raise `RunBusyError` if it is being written, `RunError` if it cannot be moved."""
    try:
        with lock_run(folder):
            if os.name != "nt":
                replace_path(folder, target)
                return
        # Windows cannot rename a folder with an open file, such as the lock.
        replace_path(folder, target)
    except OSError as error:
        raise RunError(f"The run folder {folder} cannot be moved ({error.strerror}).") from error
