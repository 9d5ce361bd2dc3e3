"""Latency of a run's predictions, measured once on this machine."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path

import numpy as np

from mnist_gui.analysis.prediction_cache import cache_key
from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.files import write_text
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run

WARM_UPS, REPEATS = 5, 25  # predictions


def cached_latency(run: Run, cache: Path) -> float | None:
    """Return the milliseconds that `measure_latency` wrote to the cache; None where there are none."""
    try:
        value = json.loads(_file(run, cache).read_text())["milliseconds"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return float(value) if isinstance(value, int | float) and 0 < value < 1e6 else None


def measure_latency(run: Run, cache: Path) -> float | None:
    """Return the median milliseconds of a prediction for one frame, and cache them; None for a damaged run."""
    try:
        model = LoadedModel(run)
    except RunError:
        return None
    frame = np.zeros((1, FRAME_SIDE, FRAME_SIDE), np.float32)
    frame[:, 6:22, 12:16] = 1
    times = []
    for _ in range(WARM_UPS + REPEATS):
        start = time.perf_counter()
        model.probabilities(frame)
        times.append(time.perf_counter() - start)
    milliseconds = 1000 * float(np.median(times[WARM_UPS:]))
    with contextlib.suppress(OSError):
        write_text(_file(run, cache), json.dumps({"milliseconds": milliseconds}))
    return milliseconds


def _file(run: Run, cache: Path) -> Path:
    return cache / "answer-times" / f"{cache_key(run, 'answer time')}.json"
