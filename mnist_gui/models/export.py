"""Files of trained networks: weights, LiteRT models, and exports for other programs."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import warnings
import zipfile
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mnist_gui.files import replace_path, temporary_file
from mnist_gui.models import architectures
from mnist_gui.models.architectures import architecture_of
from mnist_gui.models.keras_backend import load_keras
from mnist_gui.npz import check_unpacked_size, read_arrays
from mnist_gui.runs.record import HISTORY_FILE, MODEL_FILE, WEIGHTS_FILE, RunError, checkpoint_file
from mnist_gui.runs.run import Run

if TYPE_CHECKING:
    import keras

SCRIPT = "script"  # a folder
SUFFIXES = {"litert": ".tflite", "keras": ".keras", "onnx": ".onnx", "csv": ".csv", SCRIPT: ""}
ONNX_OPSET = 18  # of 2022; newer ones are not yet widely supported


def _discarded_output() -> contextlib.redirect_stdout[io.StringIO]:
    """Return a context that discards the messages of converters on standard output, which is for results."""
    return contextlib.redirect_stdout(io.StringIO())


def write_litert(model: keras.Model, path: Path) -> None:
    """Write a LiteRT model with half-precision weights: (N, 28, 28, 1) frames to (N, 10) probabilities.

    Half precision halves the file; it changes probabilities by at most about 0.001, and the test accuracies of the
    shipped runs by at most 0.01 points.

    Parameters
    ----------
    model
        Requires Keras' TensorFlow backend.
    path
        Ends in ``.tflite``.
    """
    import tensorflow as tf

    with _discarded_output():
        model.export(
            str(path),
            format="litert",
            verbose=False,
            optimizations=[tf.lite.Optimize.DEFAULT],
            target_spec={
                "supported_types": [tf.float16],
                "supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS],
            },
        )


def write_onnx(model: keras.Model, path: Path) -> None:
    """Write an ONNX model in single precision: input "frames", (N, 28, 28, 1), to (N, 10) probabilities.

    Parameters
    ----------
    model
        Requires Keras' TensorFlow backend, which converts with tf2onnx.
    path
        Ends in ``.onnx``.
    """
    import keras

    frames = keras.InputSpec(shape=(None, *model.inputs[0].shape[1:]), dtype="float32", name="frames")
    with _discarded_output(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras warns of its workarounds for NumPy 2
        model.export(str(path), format="onnx", verbose=False, input_signature=[frames], opset_version=ONNX_OPSET)


def write_weights(model: keras.Model, path: Path) -> None:
    """Write the weights as float32 arrays "00", "01" ... in the order of ``model.weights``."""
    import keras

    write_arrays([keras.ops.convert_to_numpy(weight) for weight in model.weights], path)


def write_arrays(arrays: list[NDArray[np.floating]], path: Path) -> None:
    """Write arrays for `read_weights` without changing their precision."""
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **{f"{index:02d}": array for index, array in enumerate(arrays)})


# -- weights of a run


def read_weights(run: Run, name: str = WEIGHTS_FILE) -> list[NDArray[np.float32]]:
    """Read the weights from a file of a run, in the order of ``model.weights``.

    Raises
    ------
    RunError
        The run has no such file, it is damaged, or it contains other values than finite float32 or float16 numbers.
    """
    content = run.read_file(name)
    try:
        found = read_arrays(io.BytesIO(content), 4 * architecture_of(run).parameters)
        arrays = [found[f"{index:02d}"] for index in range(len(found))]
    except Exception as error:  # zipfile, zlib and NumPy raise different types
        raise RunError(f"Run {run.name}: {name} is not an archive of weights ({error}).") from error
    for array in arrays:
        if array.dtype not in (np.float32, np.float16):
            raise RunError(f"Run {run.name}: {name} holds {array.dtype}; expected float32 or float16.")
        if not np.isfinite(array).all():
            raise RunError(f"Run {run.name}: {name} holds values that are not finite numbers.")
    return [array.astype(np.float32) for array in arrays]


def load_weights(model: keras.Model, run: Run) -> None:
    """Load the weights of a run, or of the checkpoint of its exported epoch, into a network of the same architecture.

    Raises
    ------
    RunError
        The run has neither, or the file is damaged or of another network.
    """
    if WEIGHTS_FILE in run.record.files:
        set_weights(model, run, WEIGHTS_FILE)
        return
    checkpoint = checkpoint_file(run.record.best or run.record.epochs)
    if checkpoint not in run.record.files:
        raise _lacking(run, "no weights")
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


def set_weights(model: keras.Model, run: Run, name: str) -> None:
    """Load the weights of a file into a network; raise `RunError` as `read_weights`, or if the shapes differ."""
    arrays = read_weights(run, name)
    shapes = zip_longest(
        (array.shape for array in arrays), (tuple(weight.shape) for weight in model.weights), fillvalue="nothing"
    )
    for given, expected in shapes:
        if given != expected:
            raise RunError(
                f"Run {run.name}: {name} is not of model {run.model}: it holds {given} where {expected} was expected."
            )
    model.set_weights(arrays)


def _lacking(run: Run, what: str) -> RunError:
    has = ", ".join(sorted(run.record.files)) or "no files yet"
    advice = "Choose another run" if run.shipped else "Train it for at least one epoch, or choose another run"
    return RunError(f"Run {run.name} has {what}; it has {has}. {advice}.")


def _has_weights(run: Run) -> bool:
    return any(name == WEIGHTS_FILE or name.endswith(".keras") for name in run.record.files)


# -- exports


def export_run(run: Run, format: str, path: Path) -> None:
    """Export the model or the history of a run; the file is written atomically.

    Parameters
    ----------
    run
        Must have the files that the format requires.
    format
        "litert": LiteRT model in half precision. "keras": file for ``keras.models.load_model``, without the optimizer.
        "onnx": ONNX model in single precision. "csv": history. "script": folder with an ONNX model and a script that
        answers with it, see `mnist_gui.models.answer_script`.
    path
        Ends in the suffix of the format, see `SUFFIXES`; its folder exists. An existing file is replaced, and in an
        existing folder the two files.

    Raises
    ------
    RunError
        The run lacks the required files or is damaged, or the file cannot be written.
    """
    if format != SCRIPT:
        _check_path(format, path)
    if format not in available_formats(run):
        raise _lacking(run, _MISSING[format])
    if format == SCRIPT:
        _export_script(run, path)
        return
    # Keras requires the suffix at the end.
    try:
        with temporary_file(path.parent, SUFFIXES[format]) as temporary:  # fails before TensorFlow is loaded
            _WRITERS[format](run, temporary)
            replace_path(temporary, path)
    except OSError as error:
        raise RunError(f"{path} cannot be written ({error.strerror or error}).") from error


def export_name(run: Run, format: str) -> str:
    """Return the usual name of an export: that of the run with the suffix of the format, or with "-script"."""
    return f"{run.name}{SUFFIXES[format] or f'-{format}'}"


def available_formats(run: Run) -> tuple[str, ...]:
    """Return the formats that `export_run` can write for a run, by the files in its record."""
    available = {
        "litert": MODEL_FILE in run.record.files or _has_weights(run),
        "keras": _has_weights(run),
        "onnx": _has_weights(run),
        "csv": HISTORY_FILE in run.record.files,
    }
    available[SCRIPT] = available["onnx"]
    return tuple(name for name, is_available in available.items() if is_available)


def _check_path(format: str, path: Path) -> None:
    suffix = SUFFIXES[format]
    if path.is_dir():
        raise RunError(f"{path} is a folder; give the name of a file in it, such as {path / ('model' + suffix)}.")
    if path.suffix.lower() != suffix:
        raise RunError(f"{path} does not end in {suffix}, the suffix of the format {format}.")


def _export_script(run: Run, folder: Path) -> None:
    from mnist_gui.models.answer_script import MODEL_NAME, write_answer_script

    if folder.exists() and not folder.is_dir():
        raise RunError(f"{folder} is a file; the script and its model need a folder. Give another name.")
    try:
        folder.mkdir(exist_ok=True)
        export_run(run, "onnx", folder / MODEL_NAME)
        write_answer_script(run, folder)
    except OSError as error:
        raise RunError(f"{folder} cannot be written ({error.strerror or error}).") from error


def _export_litert(run: Run, path: Path) -> None:
    if MODEL_FILE in run.record.files:
        path.write_bytes(run.read_file(MODEL_FILE))
        return
    _require_tensorflow("LiteRT")
    write_litert(_model_of(run), path)


def _export_keras(run: Run, path: Path) -> None:
    _model_of(run).save(path)


def _export_onnx(run: Run, path: Path) -> None:
    if importlib.util.find_spec("tf2onnx") is None:
        raise RunError("ONNX models are made with tf2onnx, which is not installed; run python -m pip install tf2onnx.")
    _require_tensorflow("ONNX")
    write_onnx(_model_of(run), path)


def _require_tensorflow(kind: str) -> None:
    backend = load_keras().backend.backend()
    if backend != "tensorflow":
        raise RunError(f"{kind} models are made with TensorFlow, but KERAS_BACKEND is {backend}; leave it unset.")


def _export_history(run: Run, path: Path) -> None:
    path.write_bytes(run.read_file(HISTORY_FILE))


def _model_of(run: Run) -> keras.Model:
    """Return the network of a run."""
    load_keras()
    model = architectures.build(architecture_of(run))
    load_weights(model, run)
    return model


_MISSING = {
    SCRIPT: "no weights, which an ONNX model needs",
    "litert": "neither an exported model nor weights",
    "keras": "no weights, which a .keras file needs",
    "onnx": "no weights, which an ONNX model needs",
    "csv": "no history",
}
_WRITERS: dict[str, Callable[[Run, Path], None]] = {
    "litert": _export_litert,
    "keras": _export_keras,
    "onnx": _export_onnx,
    "csv": _export_history,
}
