"""Networks in LiteRT, which does not import TensorFlow."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import FRAME_SIDE

if TYPE_CHECKING:
    from ai_edge_litert.interpreter import Interpreter

# Frames per call: enough for several threads, few enough for the caches.
BATCH_SIZE = 100
MAX_SUM_ERROR = 1e-3  # of probabilities; half precision accounts for less


class LiteRTNetwork:
    """A network that maps frames to rows of numbers. Not thread-safe.

    Parameters
    ----------
    content
        Content of a ``.tflite`` file. A mapped file could change after its checksum was verified, and could not be
        deleted on Windows.
    outputs
        Number of outputs per frame.
    threads
        Maximum number of cores for one call.

    Raises
    ------
    ValueError
        The content is not such a network; the message continues a sentence about the file.
    """

    def __init__(self, content: bytes, outputs: int, *, threads: int = 2) -> None:
        try:
            self._interpreter = open_interpreter(content, threads=threads)
            (entry,) = self._interpreter.get_input_details()
            (exit_,) = self._interpreter.get_output_details()
        except Exception as error:  # LiteRT raises different types
            raise ValueError(f"cannot be loaded ({_first_line(error)})") from error
        self._input: int = entry["index"]
        self._output: int = exit_["index"]
        self._outputs = outputs
        self._batch = 0
        if tuple(entry["shape"][1:3]) != (FRAME_SIDE, FRAME_SIDE) or exit_["shape"][-1] != outputs:
            raise ValueError(
                f"maps {tuple(entry['shape'])} to {tuple(exit_['shape'])}; expected 28x28 frames to {outputs} numbers"
            )

    def __call__(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (N, outputs) numbers for (N, 28, 28) frames in [0, 1]."""
        outputs = np.empty((len(frames), self._outputs), np.float32)
        for start in range(0, len(frames), BATCH_SIZE):
            batch = frames[start : start + BATCH_SIZE]
            outputs[start : start + len(batch)] = self._invoke(batch)
        return outputs

    def _invoke(self, frames: NDArray[np.float32]) -> NDArray[Any]:
        if len(frames) != self._batch:
            self._batch = len(frames)
            self._interpreter.resize_tensor_input(self._input, [self._batch, FRAME_SIDE, FRAME_SIDE, 1])
            self._interpreter.allocate_tensors()
        self._interpreter.set_tensor(self._input, np.ascontiguousarray(frames[..., None], np.float32))
        self._interpreter.invoke()
        output: NDArray[Any] = self._interpreter.get_tensor(self._output)
        return output


def open_interpreter(content: bytes, *, threads: int = 2, preserve_all_tensors: bool = False) -> Interpreter:
    """Return the LiteRT interpreter of a ``.tflite`` file; `preserve_all_tensors` keeps the outputs of all layers."""
    from ai_edge_litert.interpreter import Interpreter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that keeping every tensor is an experiment
        return Interpreter(
            model_content=content, num_threads=threads, experimental_preserve_all_tensors=preserve_all_tensors
        )


def are_probabilities(rows: NDArray[np.floating]) -> bool:
    """Return whether every one of (..., 10) rows is of finite numbers from 0 to 1 that sum to 1."""
    if not np.isfinite(rows).all() or rows.min(initial=0) < 0 or rows.max(initial=1) > 1:
        return False
    return bool((np.abs(rows.sum(axis=-1) - 1) <= MAX_SUM_ERROR).all())


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
