"""Predictions of runs for many digits: computed once, then cached under the checksums of model and digits."""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_gui.analysis.cached_file import read_cached, write_cached
from mnist_gui.analysis.evaluation_data import EvaluationSet, mnist_evaluation_set
from mnist_gui.digits.dataset import CLASSES, Dataset
from mnist_gui.models.inference.onnx_network import BATCH_SIZE, are_probabilities
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.npz import read_arrays
from mnist_gui.runs.record import PREDICTIONS_FILE, RunError
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
    found = cached_predictions(run, data, cache)
    if found is not None:
        return found
    computed = predict_all(LoadedModel(run), data.frames(), progress)
    if computed is not None:
        save_predictions(predictions_file(run, data, cache), computed)
    return computed


def cached_predictions(run: Run, data: EvaluationSet, cache: Path) -> NDArray[np.float32] | None:
    """Return the `predictions` if they are shipped or cached, otherwise None; raise RunError for a modified model."""
    if not run.has_predictions_only:
        run.read_file(run.model_file)  # a modified model must not have the predictions of the original one
    shape = (len(data), CLASSES)
    # Those that came with another run may be made up: a few right ones among them would show any accuracy.
    if run.shipped and PREDICTIONS_FILE in run.record.files and run.record.data["checksum"] == data.checksum:
        found = shipped_predictions(run, PREDICTIONS_FILE, "probabilities", shape)
        if found is not None:
            return found
    if run.has_predictions_only:
        raise RunError(f"Run {run.name} has no model, and no answers to {data.name} that can be used.")
    return load_predictions(predictions_file(run, data, cache), shape)


def predictions_file(run: Run, data: EvaluationSet, cache: Path) -> Path:
    """Return the file in which the predictions of a run are cached."""
    return cache / "predictions" / f"{cache_key(run, data.checksum)}.cached"


def cache_key(run: Run, *values: object) -> str:
    """Return the name, without suffix, of a cached file that depends on a run's model, some values and `VERSION`."""
    digest = hashlib.sha256(repr((VERSION, *values)).encode()).hexdigest()
    return f"{run.model_checksum[:32]}-{digest[:16]}"


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


def save_predictions(path: Path, probabilities: NDArray[np.float32]) -> None:
    """Cache probabilities for `load_predictions`; a cache that cannot be written is ignored."""
    content = io.BytesIO()
    np.save(content, probabilities)
    write_cached(path, content.getvalue())


def load_predictions(path: Path, shape: tuple[int, ...]) -> NDArray[np.float32] | None:
    """Return cached probabilities; None if the file is missing, altered, or has others than (..., 10) of this shape."""
    content = read_cached(path)
    return None if content is None else _probabilities(np.load(io.BytesIO(content), allow_pickle=False), shape)


def shipped_predictions(run: Run, file: str, name: str, shape: tuple[int, ...]) -> NDArray[np.float32] | None:
    """Return the array `name` of an NPZ archive of a shipped run; None if it is altered, missing or of another shape.

    The record of the run has the archive's checksum.
    """
    try:
        archive = io.BytesIO(run.read_file(file))
        return _probabilities(read_arrays(archive, 4 * math.prod(shape), [name])[name], shape)
    except Exception:  # an archive without the array, or a foreign one, raises many kinds of errors
        return None


def _probabilities(array: NDArray[Any], shape: tuple[int, ...]) -> NDArray[np.float32] | None:
    if array.shape != shape or array.dtype != np.float32:
        return None
    return array if are_probabilities(array) else None
