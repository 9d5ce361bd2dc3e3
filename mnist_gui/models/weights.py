"""Weights of runs: written into ``model.onnx``, which answers and can be trained on, and read from there."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import CLASSES, FRAME_SIDE
from mnist_gui.models.architectures import Architecture, architecture_of
from mnist_gui.models.inference.model_trial import trust_model
from mnist_gui.models.inference.onnx_network import OnnxNetwork, are_probabilities
from mnist_gui.models.networks import weight_shapes
from mnist_gui.npz import check_unpacked_size, read_arrays
from mnist_gui.runs.record import LITERT_FILE, MODEL_FILE, WEIGHTS_FILE, RunError, checkpoint_file
from mnist_gui.runs.run import Run

if TYPE_CHECKING:
    import keras

NAMES = ("frames", "probabilities")  # of the input and the output of a model file
_TRIED_FRAMES = 8

Weights = list[NDArray[np.float32]]


def model_content(architecture: Architecture, weights: Sequence[NDArray[np.floating]], *, half: bool = True) -> bytes:
    """Return an ONNX model: "frames", (N, 28, 28, 1) in [0, 1], to "probabilities", (N, 10), not calibrated.

    Parameters
    ----------
    weights
        In the order of ``model.weights``.
    half
        Whether kernels are stored in half precision, which halves the file. It changes probabilities by at most about
        0.001, and the test accuracies of the shipped runs by at most 0.01 points.
    """
    # Launching does not import it.
    from mnist_gui.models.onnx_writer import write_onnx

    named = dict(zip(weight_shapes(architecture.network), weights, strict=True))
    return write_onnx(architecture.network, named, half=half, names=NAMES)


def keras_weights(model: keras.Model) -> Weights:
    """Return the weights of a network, under any backend."""
    import keras

    return [np.asarray(keras.ops.convert_to_numpy(weight)) for weight in model.weights]


def trainable_architecture(run: Run) -> Architecture:
    """Return the network that `read_weights` reads the weights of: that of a run or, of an imported one, the plain one.

    Raises
    ------
    RunError
        As `architecture_of`, or as `mnist_gui.models.importing.plain_network.plain_architecture`.
    """
    if run.record.imported is None:
        return architecture_of(run)
    # Launching does not import it.
    from mnist_gui.models.importing.plain_network import plain_architecture

    return plain_architecture(run)


def has_exported_weights(run: Run) -> bool:
    """Return whether a run has weights that `read_weights` can read, by its record."""
    if run.record.imported is not None:
        try:
            trainable_architecture(run)
        except RunError:
            return False
    return not {MODEL_FILE, WEIGHTS_FILE}.isdisjoint(run.record.files)


def has_weights(run: Run) -> bool:
    """Return whether a run has weights that `load_weights` can load, by the files in its record."""
    return has_exported_weights(run) or any(name.endswith(".keras") for name in run.record.files)


def read_weights(run: Run) -> Weights:
    """Return the weights of a run's exported model, in the order of ``model.weights``.

    Raises
    ------
    RunError
        The run has no such file, it is damaged or of another network, or holds values that are not finite numbers.
    """
    if MODEL_FILE not in run.record.files and WEIGHTS_FILE in run.record.files:
        return read_archive(run, WEIGHTS_FILE)
    # Launching does not import it.
    from mnist_gui.models.onnx_weights import read_onnx_weights

    prefix = ""
    if run.record.imported is not None:
        from mnist_gui.models.importing.onnx_wrapper import PREFIX as prefix
    network = trainable_architecture(run).network
    try:
        return list(read_onnx_weights(run.read_file(MODEL_FILE), network, prefix).values())
    except ValueError as error:
        raise RunError(f"Run {run.name}: {MODEL_FILE} {error}.") from error


def write_archive(arrays: Sequence[NDArray[np.floating]]) -> bytes:
    """Return the content of an archive for `read_archive`, with arrays "00", "01" ..., whose precision is kept."""
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **{f"{index:02d}": array for index, array in enumerate(arrays)})
    return file.getvalue()


def read_archive(run: Run, name: str) -> Weights:
    """Return the weights in an archive of a run, in the order of ``model.weights``; raise as `read_weights`."""
    content, architecture = run.read_file(name), architecture_of(run)
    try:
        found = read_arrays(io.BytesIO(content), 4 * architecture.parameters)
        arrays = [found[f"{index:02d}"] for index in range(len(found))]
    except Exception as error:  # zipfile, zlib and NumPy raise different types
        raise RunError(f"Run {run.name}: {name} is not an archive of weights ({error}).") from error
    for array in arrays:
        if array.dtype not in (np.float32, np.float16):
            raise RunError(f"Run {run.name}: {name} holds {array.dtype}; expected float32 or float16.")
        if not np.isfinite(array).all():
            raise RunError(f"Run {run.name}: {name} holds values that are not finite numbers.")
    shapes = zip_longest(
        (array.shape for array in arrays), weight_shapes(architecture.network).values(), fillvalue="nothing"
    )
    for given, expected in shapes:
        if given != expected:
            title = architecture.title.lower()
            raise RunError(f"Run {run.name}: {name} is not of {title}: it holds {given} where {expected} was expected.")
    return [array.astype(np.float32) for array in arrays]


def load_weights(model: keras.Model, run: Run) -> None:
    """Load the weights of a run, or of the checkpoint of its exported epoch, into a network of the same architecture.

    Raises
    ------
    RunError
        The run has neither, or the file is damaged or of another network.
    """
    if has_exported_weights(run):
        model.set_weights(read_weights(run))
        return
    checkpoint = checkpoint_file(run.record.best or run.record.epochs)
    if checkpoint not in run.record.files:
        raise lacking(run, "no weights")
    check_checkpoint(run, checkpoint)
    try:
        model.load_weights(run.folder / checkpoint)
    except Exception as error:  # Keras, h5py and zipfile raise different types
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise RunError(f"Run {run.name}: {checkpoint} cannot be loaded ({reason}).") from error


def check_checkpoint(run: Run, name: str) -> None:
    """Raise `RunError` if a checkpoint was altered, or unpacks to more than weights and the state of an optimizer."""
    content = run.read_file(name)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            # Four numbers for each weight, and the description of the network.
            check_unpacked_size(archive.infolist(), 16 * architecture_of(run).parameters + 4 * 2**20)
    except (ValueError, zipfile.BadZipFile) as error:
        raise RunError(f"Run {run.name}: {name} is not a checkpoint ({error}).") from error


def lacking(run: Run, what: str) -> RunError:
    """Return the error about a run that lacks files; `what` continues "Run ... has"."""
    has = ", ".join(sorted(run.record.files)) or "no files yet"
    if run.record.imported is not None:
        try:
            trainable_architecture(run)
        except RunError as error:
            return error
    advice = "Choose another run" if run.shipped else "Train it for at least one epoch, or choose another run"
    return RunError(f"Run {run.name} has {what}; it has {has}. {advice}.")


# -- runs of earlier versions


def convert_run(run: Run) -> bytes | None:
    """Write the ``model.onnx`` of a run that an earlier version exported as a LiteRT model, and return its content.

    The files of the earlier version are deleted after the new one has answered. Where the folder cannot be written, or
    another program trains the run, nothing is changed. None where another window or program has converted it: its
    record is then read again.

    Raises
    ------
    RunError
        The run has no weights, or they are damaged.
    """
    run.record = Run.open(run.folder).record
    if MODEL_FILE in run.record.files:
        return None
    if WEIGHTS_FILE not in run.record.files:
        raise RunError(
            f"Run {run.name} has a LiteRT model of an earlier version, which does not answer any more, and no weights; "
            "train it again, or choose another run."
        )
    content = model_content(architecture_of(run), read_archive(run, WEIGHTS_FILE))
    frames = np.random.default_rng(0).random((_TRIED_FRAMES, FRAME_SIDE, FRAME_SIDE), np.float32)
    if not are_probabilities(OnnxNetwork(content, CLASSES)(frames)):
        raise RunError(f"Run {run.name}: the network of its weights returns numbers that are no probabilities.")
    with suppress(OSError, RunError), run.locked():
        run.record = Run.open(run.folder).record  # another program may have done it
        if MODEL_FILE not in run.record.files:
            entry = run.write_bytes(MODEL_FILE, content)
            trust_model(run.model, entry.sha256)
            kept = {name: file for name, file in run.record.files.items() if name not in (LITERT_FILE, WEIGHTS_FILE)}
            run.commit(files={**kept, MODEL_FILE: entry})
            run.remove_leftovers()
    return content
