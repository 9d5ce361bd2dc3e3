"""Which run the person chose for each model: a small hidden file beside the runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from mnist_gui.files import write_text
from mnist_gui.runs.record import RunError

MODELS = (1, 2, 3)
# Hidden: every other entry directly in a runs folder is a run.
ACTIVE_FILE = ".active.json"


def read_active_runs(folder: Path) -> dict[int, str]:
    """Return the run chosen for each model; a missing or damaged file holds no choice."""
    try:
        values = json.loads((folder / ACTIVE_FILE).read_text(encoding="utf-8"))
        return {model: values[str(model)] for model in MODELS if isinstance(values.get(str(model)), str)}
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}


def write_active_runs(folder: Path, choices: Mapping[int, str]) -> None:
    """Rename the file with these choices into place; the folder is made where it is missing.

    Raises
    ------
    RunError
        It cannot be written; what was chosen before still holds.
    """
    text = json.dumps({str(model): name for model, name in sorted(choices.items())})
    try:
        write_text(folder / ACTIVE_FILE, text + "\n")
    except OSError as error:
        raise RunError(f"The choice of runs cannot be kept in {folder} ({error.strerror}).") from error
