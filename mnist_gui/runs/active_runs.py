"""The active run of each model, stored in a hidden file beside the runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from mnist_gui.files import write_text
from mnist_gui.runs.record import RunError

MODELS = (1, 2, 3)
# Hidden, because every other entry of a runs folder is a run.
ACTIVE_FILE = ".active.json"


def read_active_runs(folder: Path) -> dict[int, str]:
    """Return the name of the active run of each model; a missing or damaged file names none."""
    try:
        values = json.loads((folder / ACTIVE_FILE).read_text(encoding="utf-8"))
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
