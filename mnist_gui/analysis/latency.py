"""Latency of predictions for one digit, measured once for each network on this machine, never beside a training."""

from __future__ import annotations

import contextlib
import json
import math
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_gui.analysis.cached_file import read_cached, write_cached
from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore

ROUNDS, REPEATS = 5, 10  # predictions; those of the first round warm up
CHECK_SECONDS = 1.0
FOLDER = "answer-times"
VERSION = 2  # raised when latencies are measured in another way


def is_training(store: RunStore) -> bool:
    """Return whether this or another process trains one of the runs."""
    return any(isinstance(entry, Run) and entry.status == "running" for entry in store.entries())


def training_check(store: RunStore, clock: Callable[[], float] = time.monotonic) -> Callable[[], bool]:
    """Return a function for frequent calls, which asks `is_training` at most once a second: that reads all runs.

    Parameters
    ----------
    clock
        Returns the time in seconds.
    """
    checked, answer = -math.inf, False

    def check() -> bool:
        nonlocal checked, answer
        if clock() - checked >= CHECK_SECONDS:
            checked, answer = clock(), is_training(store)
        return answer

    return check


def cached_latency(run: Run, cache: Path) -> float | None:
    """Return the milliseconds that were measured for the run's model; None where there are none."""
    content = read_cached(_file(run.network_key, cache))
    if content is None:
        return None
    value = json.loads(content)["milliseconds"]
    return float(value) if isinstance(value, int | float) and 0 < value < 1e6 else None


def forget_latencies(cache: Path) -> None:
    """Delete the cached latencies, so that they are measured again."""
    shutil.rmtree(cache / FOLDER, ignore_errors=True)


def measure_latency(run: Run, cache: Path) -> float | None:
    """Return the milliseconds of a run alone, see `measure_latencies`; None for a damaged run."""
    return measure_latencies([run], cache).get(run.network_key)


def measure_latencies(
    runs: Sequence[Run], cache: Path, *, progress: Callable[[Run], bool] = lambda run: True
) -> dict[str, float]:
    """Return the milliseconds of a prediction for one frame by `Run.network_key`, and cache them; empty if cancelled.

    Of the runs with the same network, the first one that can be loaded is measured. The models take turns, so
    that whatever else the machine does concerns all; the least median of the rounds counts.

    Parameters
    ----------
    progress
        Called before each turn with the run to be measured, and once at the end; returning False cancels.
    """
    frame = np.zeros((1, FRAME_SIDE, FRAME_SIDE), np.float32)
    frame[:, 6:22, 12:16] = 1
    loaded: dict[str, tuple[Run, LoadedModel]] = {}
    for run in runs:
        with contextlib.suppress(RunError):
            key = run.network_key
            if key not in loaded and progress(run):
                network = LoadedModel(run)
                network.probabilities(frame)  # a network that gives no probabilities fails here
                loaded[key] = run, network
    medians: dict[str, list[float]] = {key: [] for key in loaded}
    for _ in range(1 + ROUNDS):
        for key, (run, network) in loaded.items():
            if not progress(run):
                return {}
            medians[key].append(_median_milliseconds(network, frame))
    if not all(progress(run) for run, _ in loaded.values()):
        return {}
    latencies = {key: min(values[1:]) for key, values in medians.items()}
    for key, milliseconds in latencies.items():
        write_cached(_file(key, cache), json.dumps({"milliseconds": milliseconds}).encode())
    return latencies


def _median_milliseconds(network: LoadedModel, frame: NDArray[np.float32]) -> float:
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        network.probabilities(frame)
        times.append(time.perf_counter() - start)
    return 1000 * float(np.median(times))


def _file(key: str, cache: Path) -> Path:
    return cache / FOLDER / f"{key}-{VERSION}.json"
