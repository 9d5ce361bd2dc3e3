"""What a run says of many frames: computed once through LiteRT, then kept under the checksums of model and data."""

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
from mnist_gui.models.inference.litert_network import BATCH
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.runs.record import MODEL_FILE, PREDICTIONS_FILE, RunError
from mnist_gui.runs.run import Run

Progress = Callable[[float], bool]

# Part of every kept file's name: raised when what is computed changes, so that older files are computed again.
VERSION = 1


def test_predictions(
    run: Run, dataset: Dataset, cache: Path, *, progress: Progress = lambda part: True
) -> NDArray[np.float32] | None:
    """Return `predictions` for a data set's test frames."""
    return predictions(run, mnist_evaluation_set(dataset), cache, progress=progress)


def predictions(
    run: Run, data: EvaluationSet, cache: Path, *, progress: Progress = lambda part: True
) -> NDArray[np.float32] | None:
    """Return the run's (N, 10) probabilities, as the network gives them: shipped, cached, or computed and cached.

    They are not calibrated; `mnist_gui.models.inference.calibration.calibrated` does that with the run's temperature.

    Parameters
    ----------
    cache
        Files in it are named after the checksums of model and data, and may be deleted at any time.
    progress
        Called with the part done, 0 to 1, while computing; returning False cancels, and None is returned.

    Raises
    ------
    RunError
        The run's model is missing or damaged, or is no network from frames to ten probabilities.
    """
    run.read_file(MODEL_FILE)  # an altered model must not hide behind the predictions of the right one
    if PREDICTIONS_FILE in run.record.files and run.record.data["checksum"] == data.checksum:
        with contextlib.suppress(RunError):  # altered ones are computed again
            run.read_file(PREDICTIONS_FILE)
            found = load_array(run.folder / PREDICTIONS_FILE, (len(data), CLASSES))
            if found is not None:
                return found
    kept = cache / "predictions" / f"{kept_name(run, data.checksum)}.npz"
    found = load_array(kept, (len(data), CLASSES))
    if found is not None:
        return found
    computed = predict_all(LoadedModel(run), data.frames(), progress)
    if computed is not None:
        save_predictions(kept, computed)
    return computed


def kept_name(run: Run, *parts: object) -> str:
    """Return a file name, without suffix, for what follows from a run's model, some values and this version."""
    digest = hashlib.sha256(repr((VERSION, *parts)).encode()).hexdigest()
    return f"{run.record.files[MODEL_FILE].sha256[:32]}-{digest[:16]}"


def predict_all(
    model: LoadedModel, frames: NDArray[np.float32], progress: Progress = lambda part: True
) -> NDArray[np.float32] | None:
    """Return (N, 10) probabilities in pieces, telling progress; None if cancelled."""
    pieces = []
    for start in range(0, len(frames), BATCH):
        if not progress(start / len(frames)):
            return None
        pieces.append(model.probabilities(frames[start : start + BATCH]))
    return np.concatenate(pieces)


def save_predictions(path: Path, probabilities: NDArray[np.float32], *, compressed: bool = True) -> None:
    """Write probabilities beside, then rename; a cache that cannot be written is no error.

    Compressed they take a little less room, and twice the time to read.
    """
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".writing-{os.getpid()}-{path.name}")
        with beside.open("wb") as file:
            (np.savez_compressed if compressed else np.savez)(file, probabilities=probabilities)
        beside.replace(path)


def load_array(path: Path, shape: tuple[int, ...]) -> NDArray[np.float32] | None:
    """Return kept probabilities, or None where there are none of that shape from 0 to 1."""
    try:
        with path.open("rb") as file:
            return read_array(file, "probabilities", shape)
    except OSError:
        return None


def read_array(file: IO[bytes], name: str, shape: tuple[int, ...]) -> NDArray[np.float32] | None:
    """Return the probabilities of that name in an archive, or None where there are none of that shape from 0 to 1."""
    try:
        with np.load(file, allow_pickle=False) as archive:
            found: NDArray[np.float32] = archive[name]
    except Exception:  # a cut or foreign file, or one without them: they are computed again
        return None
    if found.shape != shape or found.dtype != np.float32:
        return None
    return found if np.isfinite(found).all() and (found >= 0).all() and (found <= 1).all() else None
