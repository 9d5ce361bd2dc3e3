"""The process that reads a file of any origin: it limits its time and memory, opens no file, and tries the network.

    python -m mnist_gui.models.importing.child_process [CONVENTION] < FILE

With CONVENTION, as JSON, FILE is the model of a run that was added: its network is to expect that instead.

It prints lines of JSON: ``{"progress": 0.4}``, and at last ``{"problem": "..."}``, or the network, its convention and
the size of its ONNX model, which follows.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import CLASSES, Split, load_mnist
from mnist_gui.models.importing.conventions import (
    Convention,
    Found,
    Layout,
    find_convention,
    training_frames,
    try_convention,
)
from mnist_gui.models.importing.model_file import MAX_FILE_BYTES, MAX_MODEL_BYTES, ModelFileError, format_of
from mnist_gui.models.inference.onnx_network import (
    BATCH_SIZE,
    DEPENDENT,
    MAX_CHANGE,
    OnnxNetwork,
    are_probabilities,
    open_session,
)
from mnist_gui.models.layers import NetworkError
from mnist_gui.models.limited_process import MEMORY_LIMIT_BYTES, READING_SECONDS, TOO_MUCH_MEMORY, limit_resources
from mnist_gui.models.networks import Network, network_to_json

if TYPE_CHECKING:
    from onnx import ModelProto

MAX_FIXED_BATCH = 1_024

Array = NDArray[np.float32]
# All that reading and trying imports.
_MODULES = (
    "onnxruntime",
    "mnist_gui.models.importing.keras_file",
    "mnist_gui.models.importing.onnx_wrapper",
    "mnist_gui.models.onnx_writer",
    *(
        f"encodings.{name}"
        for name in ("ascii", "cp437", "latin_1", "utf_8_sig", "utf_16", "utf_16_be", "utf_16_le", "utf_32")
    ),
)


def main() -> None:
    """Read the file on standard input; print the result."""
    out = sys.stdout.buffer
    with Path(os.devnull).open("w") as null:
        # Also where the system has no limits, or the program that started this one has ended.
        faulthandler.dump_traceback_later(READING_SECONDS, exit=True, file=null)
        limit_resources(MEMORY_LIMIT_BYTES, READING_SECONDS)
        content = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
        with ThreadPoolExecutor(1) as thread:  # unpacks the frames while libraries are loaded
            loading = thread.submit(load_mnist)
            for name in _MODULES:
                import_module(name)
            train = training_frames(loading.result().train)
        _forbid_files()
        try:
            header, model = _do(content, train, lambda done: _print(out, {"progress": done}))
        except (ModelFileError, NetworkError) as error:
            header, model = {"problem": str(error)}, b""
        except MemoryError:
            header, model = {"problem": f"It {TOO_MUCH_MEMORY}."}, b""
        except Exception as error:  # libraries raise different types for what they do not foresee
            header, model = {"problem": f"It cannot be used ({type(error).__name__})."}, b""
        _print(out, {**header, "bytes": len(model)})
        out.write(model)
        out.flush()
        os._exit(0)  # the file may have damaged memory that a regular exit would free


def _do(content: bytes, train: Split, progress: Callable[[float], None]) -> tuple[dict[str, Any], bytes]:
    """Return what the arguments of the process ask for."""
    if len(content) > MAX_FILE_BYTES:
        raise ModelFileError(f"It has more than {MAX_FILE_BYTES:,} bytes.")
    frames, labels = train.frames(), train.labels
    if len(sys.argv) == 1:
        return read_and_try(content, frames, labels, progress)
    convention = Convention.from_json(json.loads(sys.argv[1]))
    return change_and_try(content, frames, labels, progress, convention)


def _print(out: BinaryIO, values: dict[str, Any]) -> None:
    out.write(json.dumps(values).encode() + b"\n")
    out.flush()


def read_and_try(
    content: bytes, frames: Array, labels: NDArray[np.uint8], progress: Callable[[float], None]
) -> tuple[dict[str, Any], bytes]:
    """Return what is to be known of a network, and the ONNX model that answers.

    Parameters
    ----------
    content
        Content of a file of any origin.
    frames, labels
        Training frames from 0 to 1, and their digits.
    progress
        Called with the fraction that is done.

    Raises
    ------
    ModelFileError, NetworkError
        The file cannot be used.
    """
    from mnist_gui.models.importing.onnx_file import input_shape
    from mnist_gui.models.importing.onnx_wrapper import wrap
    from mnist_gui.models.onnx_batches import check_memory

    format = format_of(content)
    network, model = _read(content, format)
    check_memory(model)
    progress(0.2)
    layout = Layout.of(input_shape(model))
    found = find_convention(_session(model), layout, frames, labels, lambda done: progress(0.2 + 0.7 * done))
    wrapped = wrap(model, layout, found.convention)
    return _result(format, None if network is None else network_to_json(network), layout, found, wrapped, frames)


def change_and_try(
    content: bytes,
    frames: Array,
    labels: NDArray[np.uint8],
    progress: Callable[[float], None],
    convention: Convention,
) -> tuple[dict[str, Any], bytes]:
    """Return what `read_and_try` returned for a model, with another convention.

    Parameters
    ----------
    content
        The ONNX model that `read_and_try` returned, which may have been altered by anybody.
    frames, labels, progress
        As for `read_and_try`.
    convention
        What it is to expect and to give; the order of its outputs is found by trying.

    Raises
    ------
    ModelFileError
        The model cannot be used so.
    """
    from mnist_gui.models.importing.onnx_file import read_onnx
    from mnist_gui.models.importing.onnx_wrapper import unwrap, wrap_again
    from mnist_gui.models.onnx_batches import check_memory

    network, layout = unwrap(read_onnx(content))
    check_memory(network)
    progress(0.2)
    found = try_convention(_session(network), layout, frames, labels, convention)
    return _result("onnx", None, layout, found, wrap_again(network, layout, found.convention), frames)


def _result(
    format: str,
    network: list[dict[str, Any]] | None,
    layout: Layout,
    found: Found,
    model: ModelProto,
    frames: Array,
) -> tuple[dict[str, Any], bytes]:
    """Return the values that are printed, and the model that answers, which is checked."""
    from mnist_gui.models.onnx_batches import declare_batch_size

    declare_batch_size(model)
    wrapped = model.SerializeToString()
    if len(wrapped) > MAX_MODEL_BYTES:
        raise ModelFileError(f"Its weights have {len(wrapped):,} bytes; expected at most {MAX_MODEL_BYTES:,}.")
    _check_wrapped(wrapped, frames)
    header = {
        "format": format,
        "network": network,
        "convention": found.convention.to_json(),
        "side": layout.side,
        "accuracy": found.accuracy,
        "frames": found.frames,
    }
    return header, wrapped


def _read(content: bytes, format: str) -> tuple[Network | None, ModelProto]:
    """Return the layers of a file, None for an ONNX model, and the model for any number of frames."""
    import onnx

    from mnist_gui.models.importing.keras_file import read_keras_archive, read_keras_hdf5
    from mnist_gui.models.importing.onnx_file import batch_of, for_any_batch, read_onnx

    if format == "onnx":
        model = read_onnx(content)
        if batch_of(model) > MAX_FIXED_BATCH:
            raise ModelFileError(
                f"It computes exactly {batch_of(model):,} frames at once; expected at most {MAX_FIXED_BATCH:,}. "
                "Export it with a batch of any size (torch.onnx.export with dynamic_axes)."
            )
        if batch_of(model):
            flexible = for_any_batch(model)
            _check_same_answers(model, flexible, batch_of(model))
            model = flexible
        return None, model
    from mnist_gui.models.onnx_writer import write_onnx

    network, weights = (read_keras_archive if format == "keras" else read_keras_hdf5)(content)
    return network, onnx.load_model_from_string(write_onnx(network, weights))


def _session(model: ModelProto) -> Callable[[Array], Array]:
    """Return a function that runs a model on inputs and returns (N, 10) numbers."""
    import onnx

    from mnist_gui.models.importing.onnx_file import batch_of, graph_input
    from mnist_gui.models.onnx_batches import batch_size

    session, batch_frames = _open(model.SerializeToString()), batch_of(model) or batch_size(model)
    entry = graph_input(model)
    dtype = onnx.helper.tensor_dtype_to_np_dtype(entry.type.tensor_type.elem_type)

    def run(inputs: Array) -> Array:
        parts = []
        for start in range(0, len(inputs), batch_frames):
            batch = inputs[start : start + batch_frames]
            (rows,) = session.run(None, {entry.name: batch.astype(dtype)})
            if np.size(rows) != len(batch) * CLASSES or len(rows) != len(batch):
                raise ModelFileError(
                    f"It returns {np.size(rows) / len(batch):,.10g} numbers for a frame; expected ten, one for each "
                    "digit."
                )
            parts.append(np.asarray(rows, np.float32).reshape(-1, CLASSES))
        return np.concatenate(parts)

    def checked(inputs: Array) -> Array:
        try:
            return run(inputs)
        except ModelFileError:
            raise
        except Exception as error:  # ONNX Runtime raises different types
            raise _failure("run", error) from error

    return checked


def _open(content: bytes) -> Any:  # noqa: ANN401 - ONNX Runtime has no types
    try:
        return open_session(content)
    except Exception as error:  # ONNX Runtime raises different types
        raise _failure("loaded", error) from error


def _failure(doing: str, error: Exception) -> ModelFileError:
    """Return what ONNX Runtime could not do as an error for users."""
    said = _first_line(error)
    is_large = isinstance(error, MemoryError) or "bad_alloc" in said or "Failed to allocate" in said
    return ModelFileError(f"It {TOO_MUCH_MEMORY}." if is_large else f"It cannot be {doing} ({said}).")


def _check_same_answers(model: ModelProto, flexible: ModelProto, batch: int) -> None:
    """Check that a model that was changed to compute any number of frames answers as before."""
    from mnist_gui.models.importing.onnx_file import graph_input, input_shape

    layout = Layout.of(input_shape(model))
    inputs = np.random.default_rng(0).random((3 * batch, *layout.shape), np.float32)
    original = _session(model)
    expected = np.concatenate([original(inputs[start : start + batch]) for start in range(0, len(inputs), batch)])
    try:
        same = np.allclose(_session(flexible)(inputs), expected, rtol=1e-3, atol=1e-4)
    except ModelFileError:
        same = False
    if not same:
        raise ModelFileError(
            f"It computes exactly {batch} frames at once ({graph_input(model).name!a:.80} has a fixed first side). "
            "Export it with a batch of any size (torch.onnx.export with dynamic_axes)."
        )


def _check_wrapped(content: bytes, frames: Array) -> None:
    """Check that the model answers as the program asks it: whole batches, single frames, blank and full ones."""
    batch = np.concatenate([frames[: BATCH_SIZE - 2], np.zeros_like(frames[:1]), np.ones_like(frames[:1])])
    try:
        network = OnnxNetwork(content, CLASSES)
        answers, first, last = (network(asked) for asked in (batch, batch[:1], batch[-2:]))
    except ValueError as error:
        raise _failure("run", error) from error
    if not all(map(are_probabilities, (answers, first, last))):
        raise ModelFileError("It returns numbers that are no probabilities.")
    if not (np.allclose(first, answers[:1], atol=MAX_CHANGE) and np.allclose(last, answers[-2:], atol=MAX_CHANGE)):
        raise ModelFileError(f"It {DEPENDENT}. Export it as it answers, in PyTorch after model.eval().")


def _forbid_files() -> None:
    """Let this process open no further file or connection; all that it needs is loaded. Tried on Linux only."""
    if sys.platform == "linux":
        import resource

        _open(_trivial_model()).run(None, {"x": np.zeros(1, np.float32)})  # ONNX Runtime reads about the processor
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _trivial_model() -> bytes:
    from onnx import TensorProto, helper

    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "trivial", [x], [y])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    return bytes(model.SerializeToString())


def _first_line(error: Exception) -> str:
    lines = str(error).split()
    return ascii(" ".join(lines))[1:-1][:300] if lines else type(error).__name__


if __name__ == "__main__":
    main()
