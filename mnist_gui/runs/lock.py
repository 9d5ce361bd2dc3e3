"""Who writes to a run, by an operating-system lock in its folder."""

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
    """Hold a run's folder; see `mnist_gui.runs.run.Run.locked`."""
    # The lock would make the folder anew, and an empty run with it.
    if not folder.is_dir():
        raise RunError(f"Run {folder.name} has gone: its folder {folder} was moved or deleted.")
    lock = FileLock(folder / LOCK_FILE)
    try:
        # A listing holds the lock for an instant to see whether it is free: wait that out.
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
    """Return whether somebody is writing to the run in this folder now."""
    if not folder.is_dir():
        return False
    lock = FileLock(folder / LOCK_FILE)
    try:
        # Not at once: another listing may hold it for an instant to ask the same.
        lock.acquire(timeout=PROBE_SECONDS, poll_interval=PROBE_SECONDS / 4)
    except Timeout:
        return True
    except OSError:
        return False
    lock.release()
    return False


def move_run(folder: Path, target: Path) -> None:
    """Rename a run's folder, which nobody may hold.

    Raises
    ------
    RunError
        It is being written (`RunBusyError`), has gone, or cannot be moved.
    """
    try:
        with lock_run(folder):
            if os.name != "nt":
                replace_path(folder, target)
                return
        # Windows moves no folder in which a file is open: nobody can hold it meanwhile, nor may we.
        replace_path(folder, target)
    except OSError as error:
        raise RunError(f"The run folder {folder} cannot be moved ({error.strerror}).") from error
