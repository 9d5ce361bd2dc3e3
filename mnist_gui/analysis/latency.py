"""How long a run takes for one answer, measured once on this machine."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path

import numpy as np

from mnist_gui.analysis.prediction_cache import kept_name
from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.files import write_text
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run

_WARM_UPS, _TIMED = 5, 25  # answers


def kept_answer_time(run: Run, cache: Path) -> float | None:
    """Return the milliseconds that `answer_time` measured earlier on this machine, else None."""
    try:
        value = json.loads(_answer_time_file(run, cache).read_text())["milliseconds"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return float(value) if isinstance(value, int | float) and 0 < value < 1e6 else None


def answer_time(run: Run, cache: Path) -> float | None:
    """Return the median milliseconds of one answer to one frame, on this machine as it is now; None where it has none.

    Kept, so that a table shows the same figure the next time.
    """
    try:
        model = LoadedModel(run)
    except RunError:
        return None
    frame = np.zeros((1, FRAME_SIDE, FRAME_SIDE), np.float32)
    frame[:, 6:22, 12:16] = 1
    times = []
    for _ in range(_WARM_UPS + _TIMED):
        began = time.perf_counter()
        model.probabilities(frame)
        times.append(time.perf_counter() - began)
    milliseconds = 1000 * float(np.median(times[_WARM_UPS:]))
    with contextlib.suppress(OSError):
        write_text(_answer_time_file(run, cache), json.dumps({"milliseconds": milliseconds}))
    return milliseconds


def _answer_time_file(run: Run, cache: Path) -> Path:
    return cache / "answer-times" / f"{kept_name(run, 'answer time')}.json"
