"""The active run of each model, stored in a hidden file beside the runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from mnist_gui.files import open_regular, write_text
from mnist_gui.runs.record import RunError

MODELS = (1, 2, 3)
# Hidden, because every other entry of a runs folder is a run.
ACTIVE_FILE = ".active.json"
_MAX_BYTES = 100_000
_LOCK_FILE = ".active.lock"
_LOCK_TIMEOUT = 10.0  # seconds; it is held for the time of one small write


@contextmanager
def changing_active_runs(folder: Path) -> Iterator[dict[int, str]]:
    """Yield the active runs for changing, and write them if they changed; other processes wait meanwhile.

    Raises `RunError` if the file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / _LOCK_FILE, timeout=_LOCK_TIMEOUT):
            names = read_active_runs(folder)
            before = dict(names)
            yield names
            if names != before:
                write_active_runs(folder, names)
    except Timeout as error:
        raise RunError(f"The active runs in {folder} are being changed by another program; try again.") from error
    except OSError as error:
        raise RunError(f"The active runs cannot be saved in {folder} ({error.strerror}).") from error


def read_active_runs(folder: Path) -> dict[int, str]:
    """Return the name of the active run of each model; a missing or damaged file names none."""
    try:
        with open_regular(folder / ACTIVE_FILE) as file:
            values = json.loads(file.read(_MAX_BYTES))
        return {model: values[str(model)] for model in MODELS if isinstance(values.get(str(model)), str)}
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}


def write_active_runs(folder: Path, names: Mapping[int, str]) -> None:
    """Replace the file by these names; raise `RunError` if it cannot be written."""
    text = json.dumps({str(model): name for model, name in sorted(names.items())})
    try:
        write_text(folder / ACTIVE_FILE, text + "\n")
    except OSError as error:
        raise RunError(f"The active runs cannot be saved in {folder} ({error.strerror}).") from error
