"""Runs that were deleted and may still be brought back.

Each lies in a numbered folder of its own, ``.deleted/N/NAME``, beside the choice that named it: a small runs folder.
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


def move_to_trash(folder: Path, chosen: Mapping[int, str]) -> Path:
    """Move a run's folder aside, with the choices that name it; return where it lies now.

    Raises
    ------
    RunError
        It is being written or cannot be moved; then it stays where it is.
    """
    parent = folder.parent / DELETED_FOLDER
    try:
        parent.mkdir(exist_ok=True)
        number = 1 + max((int(path.name) for path in parent.iterdir() if path.name.isdecimal()), default=0)
        aside = parent / str(number)
        aside.mkdir()
    except OSError as error:
        raise RunError(f"Run {folder.name} could not be deleted ({error.strerror}).") from error
    try:
        if chosen:
            write_active_runs(aside, chosen)
        move_run(folder, aside / folder.name)
    except RunError:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return aside / folder.name


def newest(runs_folder: Path, name: str) -> Path:
    """Return where the run of that name lies that was set aside last.

    Raises
    ------
    RunError
        There is none any more.
    """
    parent = runs_folder / DELETED_FOLDER
    numbers = [int(path.name) for path in parent.iterdir() if path.name.isdecimal()] if parent.is_dir() else []
    for number in sorted(numbers, reverse=True):
        if (parent / str(number) / name).is_dir():
            return parent / str(number) / name
    raise RunError(f"Run {name} has been deleted for good; it cannot be brought back.")


def restore(aside: Path, target: Path) -> tuple[int, ...]:
    """Move a run out again; return the models for which it answered.

    Raises
    ------
    RunError
        It cannot be moved.
    """
    models = tuple(read_active_runs(aside.parent))
    move_run(aside, target)
    shutil.rmtree(aside.parent, ignore_errors=True)
    return models


def empty(runs_folder: Path, names: Iterable[str]) -> None:
    """Delete runs for good, of each name the one set aside last; what cannot be deleted now is left for later.

    What lies there for longer than a day was left by a program that was killed, and goes too.
    """
    for name in names:
        with suppress(RunError):  # it has gone already
            shutil.rmtree(newest(runs_folder, name).parent, ignore_errors=True)
    parent = runs_folder / DELETED_FOLDER
    with suppress(OSError):
        for aside in list(parent.iterdir()):
            if time.time() - aside.stat().st_mtime > LEFTOVER_SECONDS:
                shutil.rmtree(aside, ignore_errors=True)
        parent.rmdir()  # unless something still lies there
