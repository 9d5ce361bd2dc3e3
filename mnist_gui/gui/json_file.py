"""Plain values in a file of the settings folder."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from mnist_gui.runs.lock import replace_path


def write_json(path: Path, values: object) -> None:
    """Write JSON beside a file and rename it into place; where it cannot be written, the file stays as it was."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".writing")
        beside.write_text(json.dumps(values), encoding="utf-8")
        replace_path(beside, path)
