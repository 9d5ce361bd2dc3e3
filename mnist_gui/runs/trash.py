"""Trash of deleted runs, which can be restored.

Each run is in a numbered folder, ``.deleted/N/NAME``, with the file of active runs if the run was active.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from mnist_gui.runs.active_runs import read_active_runs, write_active_runs
from mnist_gui.runs.lock import move_run
from mnist_gui.runs.record import RunError

DELETED_FOLDER = ".deleted"
LEFTOVER_SECONDS = 24 * 3600


def move_to_trash(folder: Path, active: Mapping[int, str]) -> Path:
    """Move a run folder and its entries of the active runs to the trash; return its new path."""
    parent = folder.parent / DELETED_FOLDER
    try:
        parent.mkdir(exist_ok=True)
        target = parent / str(1 + max(_numbers(parent), default=0))
        target.mkdir()
    except OSError as error:
        raise RunError(f"Run {folder.name} could not be deleted ({error.strerror}).") from error
    try:
        if active:
            write_active_runs(target, active)
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


def restore(deleted: Path, target: Path) -> tuple[int, ...]:
    """Move a run out of the trash; return the models for which it was active."""
    models = tuple(read_active_runs(deleted.parent))
    move_run(deleted, target)
    shutil.rmtree(deleted.parent, ignore_errors=True)
    return models


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
