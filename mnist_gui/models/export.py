"""Exports of runs for other programs."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_gui.files import replace_path, temporary_file
from mnist_gui.models.architectures import architecture_of, build
from mnist_gui.models.keras_backend import load_keras
from mnist_gui.models.weights import (
    has_exported_weights,
    has_weights,
    keras_weights,
    lacking,
    load_weights,
    model_content,
    read_weights,
    trainable_architecture,
)
from mnist_gui.runs.record import HISTORY_FILE, MODEL_FILE, RunError
from mnist_gui.runs.run import Run

if TYPE_CHECKING:
    import keras

SCRIPT = "script"  # a folder
SUFFIXES = {"litert": ".tflite", "keras": ".keras", "onnx": ".onnx", "csv": ".csv", SCRIPT: ""}


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
        raise lacking(run, _MISSING[format])
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
        "litert": has_weights(run),
        "keras": has_weights(run),
        "onnx": has_weights(run) or run.has_model,
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
    backend = load_keras().backend.backend()
    if backend != "tensorflow":
        raise RunError(f"LiteRT models are made with TensorFlow, but KERAS_BACKEND is {backend}; leave it unset.")
    write_litert(_model_of(run), path)


def _export_keras(run: Run, path: Path) -> None:
    _model_of(run).save(path)


def _export_onnx(run: Run, path: Path) -> None:
    if run.record.imported is not None:
        path.write_bytes(run.read_file(MODEL_FILE))
        return
    # A run that was cut off has checkpoints only.
    weights = read_weights(run) if has_exported_weights(run) else keras_weights(_model_of(run))
    path.write_bytes(model_content(architecture_of(run), weights, half=False))


def _export_history(run: Run, path: Path) -> None:
    path.write_bytes(run.read_file(HISTORY_FILE))


def _model_of(run: Run) -> keras.Model:
    """Return the network of a run."""
    load_keras()
    model = build(trainable_architecture(run))
    load_weights(model, run)
    return model


_MISSING = {
    SCRIPT: "no weights, which an ONNX model needs",
    "litert": "no weights, which a LiteRT model needs",
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
