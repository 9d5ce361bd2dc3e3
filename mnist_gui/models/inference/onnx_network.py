"""Networks in ONNX Runtime, which imports neither TensorFlow nor the onnx package."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import FRAME_SIDE

# Frames per call: enough for several threads, few enough for the caches; with 100, each takes a tenth longer.
BATCH_SIZE = 64
BATCH_KEY = "mnist_gui.frames_at_once"  # of a model that needs much memory for a frame, see `onnx_batches`
MAX_SUM_ERROR = 1e-3  # of probabilities; half precision accounts for less
MAX_CHANGE = 0.01  # of a probability, by the other frames of a batch: sums are taken in another order
# Continues a sentence about a file; of a network that is as in training.
DEPENDENT = "answers a frame differently each time, or by which other frames it is asked with it"
_FRAMES = ([FRAME_SIDE, FRAME_SIDE], [FRAME_SIDE, FRAME_SIDE, 1])  # shapes of the input, without the batch


class OnnxNetwork:
    """A network that maps frames to rows of numbers. Not thread-safe.

    Parameters
    ----------
    content
        Content of an ``.onnx`` file. A file could change after its checksum was verified.
    outputs
        Number of outputs per frame.
    threads
        Maximum number of cores for one call.

    Attributes
    ----------
    batch_size
        How many frames it is asked at once.

    Raises
    ------
    ValueError
        The content is not such a network; the message continues a sentence about the file.
    """

    def __init__(self, content: bytes, outputs: int, *, threads: int = 2) -> None:
        try:
            self._session = open_session(content, threads=threads)
            (entry,) = self._session.get_inputs()
            (exit_,) = self._session.get_outputs()
        except Exception as error:  # ONNX Runtime raises different types
            raise ValueError(f"cannot be loaded ({_first_line(error)})") from error
        if entry.shape[1:] not in _FRAMES or len(exit_.shape) != 2 or exit_.shape[1] != outputs:
            raise ValueError(f"maps {entry.shape} to {exit_.shape}; expected 28x28 frames to {outputs} numbers")
        self._input: str = entry.name
        self._shape = entry.shape[1:]
        self._outputs = outputs
        self.batch_size = _batch_size(self._session)

    def __call__(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (N, outputs) numbers for (N, 28, 28) frames in [0, 1].

        Raises
        ------
        ValueError
            The network cannot compute them; the message continues a sentence about the file.
        """
        outputs = np.empty((len(frames), self._outputs), np.float32)
        for start in range(0, len(frames), self.batch_size):
            batch = np.ascontiguousarray(frames[start : start + self.batch_size], np.float32)
            try:
                (rows,) = self._session.run(None, {self._input: batch.reshape(len(batch), *self._shape)})
                outputs[start : start + len(batch)] = rows
            except Exception as error:  # ONNX Runtime raises different types
                raise ValueError(f"cannot be asked ({_first_line(error)})") from error
        return outputs


def open_session(content: bytes, *, threads: int = 2) -> Any:  # noqa: ANN401 - ONNX Runtime has no types
    """Return the session of an ONNX model on the processor; raise what ONNX Runtime raises, which is of many types.

    Its threads sleep while they wait: on two cores, a model that spins is twice as slow.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_cpu_mem_arena = False  # which would keep what a batch once needed
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _batch_size(session: Any) -> int:  # noqa: ANN401 - ONNX Runtime has no types
    """Return how many frames a model is to be asked at once, by what it says itself."""
    said = session.get_modelmeta().custom_metadata_map.get(BATCH_KEY, "")
    return min(int(said), BATCH_SIZE) if said.isdecimal() and 0 < len(said) < 4 and int(said) else BATCH_SIZE


def with_batch_size(content: bytes, size: int) -> bytes:
    """Return an ONNX model that says how many frames it is to be asked at once, less than 100.

    What follows a Protocol Buffers message is merged into it: this adds an entry to its metadata.
    """

    def field(number: int, value: bytes) -> bytes:
        return bytes([8 * number + 2, len(value)]) + value

    return content + field(14, field(1, BATCH_KEY.encode()) + field(2, str(size).encode()))


def are_probabilities(rows: NDArray[np.floating]) -> bool:
    """Return whether every one of (..., 10) rows is of finite numbers from 0 to 1 that sum to 1."""
    if not np.isfinite(rows).all() or rows.min(initial=0) < 0 or rows.max(initial=1) > 1:
        return False
    return bool((np.abs(rows.sum(axis=-1) - 1) <= MAX_SUM_ERROR).all())


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
