"""Predictions of runs for many digits: computed once, then cached under the checksums of model and digits."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from mnist_gui.analysis.evaluation_data import EvaluationSet, mnist_evaluation_set
from mnist_gui.digits.dataset import CLASSES, Dataset
from mnist_gui.models.inference.litert_network import BATCH_SIZE
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.runs.record import MODEL_FILE, PREDICTIONS_FILE, RunError
from mnist_gui.runs.run import Run

Progress = Callable[[float], bool]  # called with the fraction done, 0 to 1; returning False cancels

# Part of the name of every cached file: raised when other values are computed, so that older files are not used.
VERSION = 1


def predict_test_set(
    run: Run, dataset: Dataset, cache: Path, *, progress: Progress = lambda fraction: True
) -> NDArray[np.float32] | None:
    """Return the `predictions` for the test digits of a data set."""
    return predictions(run, mnist_evaluation_set(dataset), cache, progress=progress)


def predictions(
    run: Run, data: EvaluationSet, cache: Path, *, progress: Progress = lambda fraction: True
) -> NDArray[np.float32] | None:
    """Return a run's (N, 10) uncalibrated probabilities: shipped, cached, or computed and cached; None if cancelled.

    Parameters
    ----------
    cache
        Folder whose files may be deleted at any time.
    progress
        Called while predictions are computed.

    Raises
    ------
    RunError
        The run's model is missing or damaged, or does not map frames to ten probabilities.
    """
    run.read_file(MODEL_FILE)  # a modified model must not have the predictions of the original one
    if PREDICTIONS_FILE in run.record.files and run.record.data["checksum"] == data.checksum:
        with contextlib.suppress(RunError):  # modified predictions are computed again
            run.read_file(PREDICTIONS_FILE)
            found = load_predictions(run.folder / PREDICTIONS_FILE, (len(data), CLASSES))
            if found is not None:
                return found
    path = cache / "predictions" / f"{cache_key(run, data.checksum)}.npz"
    found = load_predictions(path, (len(data), CLASSES))
    if found is not None:
        return found
    computed = predict_all(LoadedModel(run), data.frames(), progress)
    if computed is not None:
        save_predictions(path, computed)
    return computed


def cache_key(run: Run, *values: object) -> str:
    """Return the name, without suffix, of a cached file that depends on a run's model, some values and `VERSION`."""
    digest = hashlib.sha256(repr((VERSION, *values)).encode()).hexdigest()
    return f"{run.record.files[MODEL_FILE].sha256[:32]}-{digest[:16]}"


def predict_all(
    model: LoadedModel, frames: NDArray[np.float32], progress: Progress = lambda fraction: True
) -> NDArray[np.float32] | None:
    """Return the (N, 10) probabilities of (N, 28, 28) frames in [0, 1], batch by batch; None if cancelled."""
    batches = []
    for start in range(0, len(frames), BATCH_SIZE):
        if not progress(start / len(frames)):
            return None
        batches.append(model.probabilities(frames[start : start + BATCH_SIZE]))
    return np.concatenate(batches)


def save_predictions(path: Path, probabilities: NDArray[np.float32], *, compressed: bool = True) -> None:
    """Write probabilities, whole or not at all; a cache that cannot be written is ignored.

    Compressed files are a little smaller and take twice the time to read.
    """
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".writing-{os.getpid()}-{path.name}")
        with temporary.open("wb") as file:
            (np.savez_compressed if compressed else np.savez)(file, probabilities=probabilities)
        temporary.replace(path)


def load_predictions(
    file: Path | IO[bytes], shape: tuple[int, ...], name: str = "probabilities"
) -> NDArray[np.float32] | None:
    """Return the array `name` of an NPZ archive; None where it has none of that shape in [0, 1]."""
    try:
        # NumPy does not close a file that it opened and cannot read.
        with file.open("rb") if isinstance(file, Path) else file as stream, np.load(stream) as archive:
            found: NDArray[np.float32] = archive[name]
    except Exception:  # a missing, truncated or foreign file raises many kinds of errors
        return None
    if found.shape != shape or found.dtype != np.float32:
        return None
    return found if np.isfinite(found).all() and (found >= 0).all() and (found <= 1).all() else None
