"""Renames that wait where the system makes them wait."""

from __future__ import annotations

import os
import time
from pathlib import Path

REPLACE_SECONDS = 2.0


def replace_path(path: Path, target: Path) -> None:
    """Rename, over the target if it is a file; on Windows, wait while somebody has a file open to read."""
    end = time.monotonic() + REPLACE_SECONDS
    while True:
        try:
            path.replace(target)
            return
        except PermissionError:
            if os.name != "nt" or time.monotonic() > end:
                raise
            time.sleep(0.02)
