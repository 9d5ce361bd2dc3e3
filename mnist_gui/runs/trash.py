"""Trash of deleted runs, which can be restored.

Each run is in a numbered folder, ``.deleted/N/NAME``, with the file of the runs that answered if it was one of them.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from mnist_gui.runs.active_runs import ACTIVE_FILE, ChosenRun, read_active_runs, write_active_runs
from mnist_gui.runs.lock import move_run
from mnist_gui.runs.record import RunError

DELETED_FOLDER = ".deleted"
LEFTOVER_SECONDS = 24 * 3600


def move_to_trash(folder: Path, chosen: Sequence[ChosenRun]) -> Path:
    """Move a run folder to the trash, with the runs that answered, of which it was one, or none; return its path."""
    parent = folder.parent / DELETED_FOLDER
    try:
        parent.mkdir(exist_ok=True)
        target = parent / str(1 + max(_numbers(parent), default=0))
        target.mkdir()
    except OSError as error:
        raise RunError(f"Run {folder.name} could not be deleted ({error.strerror}).") from error
    try:
        if chosen:
            write_active_runs(target, chosen)
        move_run(folder, target / folder.name)
    except RunError:
        shutil.rmtree(target, ignore_errors=True)
        raise
    return target / folder.name


def newest(runs_folder: Path, name: str) -> Path:
    """Return the path in the trash of the run that was deleted last under this name; raise `RunError` if none was."""
    parent = runs_folder / DELETED_FOLDER
    for number in sorted(_numbers(parent) if parent.is_dir() else (), reverse=True):
        if (parent / str(number) / name).is_dir():
            return parent / str(number) / name
    raise RunError(f"Run {name} was deleted permanently; it cannot be restored.")


def restore(deleted: Path, target: Path) -> list[ChosenRun]:
    """Move a run out of the trash; return the runs that answered when it was deleted, if it was one of them."""
    chosen = read_active_runs(deleted.parent) if (deleted.parent / ACTIVE_FILE).exists() else []
    move_run(deleted, target)
    shutil.rmtree(deleted.parent, ignore_errors=True)
    return chosen


def empty(runs_folder: Path, names: Iterable[str]) -> None:
    """Delete permanently the newest run of each name, and all that a killed program left for longer than a day.

    What cannot be deleted now is left for later.
    """
    for name in names:
        with suppress(RunError):  # already deleted
            shutil.rmtree(newest(runs_folder, name).parent, ignore_errors=True)
    parent = runs_folder / DELETED_FOLDER
    with suppress(OSError):
        for folder in list(parent.iterdir()):
            if time.time() - folder.stat().st_mtime > LEFTOVER_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
        parent.rmdir()  # fails unless empty


def _numbers(parent: Path) -> list[int]:
    return [int(path.name) for path in parent.iterdir() if path.name.isdecimal()]
