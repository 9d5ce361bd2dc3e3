"""Imported networks in ONNX Runtime."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import CLASSES
from mnist_gui.models.inference.litert_network import BATCH_SIZE
from mnist_gui.models.inference.model_trial import is_trusted
from mnist_gui.models.inference.onnx_session import open_session
from mnist_gui.runs.record import ONNX_FILE, RunError
from mnist_gui.runs.run import Run

IMPORTED = 0  # takes the place of the number of a model in the list of trusted ones


class ImportedNetwork:
    """The network of an imported run, which gets frames and gives probabilities. Not thread-safe.

    Raises
    ------
    RunError
        The file is damaged or altered, or was not added on this computer: a run folder of somebody else may hold
        anything, while `mnist_gui.models.importing` has tried what it adds.
    """

    def __init__(self, run: Run, *, threads: int = 2) -> None:
        content = run.read_file(ONNX_FILE)
        if not is_trusted(IMPORTED, run.record.files[ONNX_FILE].sha256):
            raise RunError(
                f"Run {run.name} was not added on this computer; add the file that it came from with mnist-gui add."
            )
        try:
            self._session = open_session(content, threads=threads)
        except Exception as error:  # ONNX Runtime raises different types
            raise RunError(f"Run {run.name}: {ONNX_FILE} cannot be loaded ({error!s:.200}).") from error
        self._name = run.name

    def __call__(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (N, 10) numbers for (N, 28, 28) frames in [0, 1]."""
        outputs = np.empty((len(frames), CLASSES), np.float32)
        for start in range(0, len(frames), BATCH_SIZE):
            batch = np.ascontiguousarray(frames[start : start + BATCH_SIZE], np.float32)
            try:
                (outputs[start : start + len(batch)],) = self._session.run(None, {"frames": batch})
            except Exception as error:  # ONNX Runtime raises different types
                raise RunError(f"Run {self._name}: {ONNX_FILE} cannot be asked ({error!s:.200}).") from error
        return outputs
