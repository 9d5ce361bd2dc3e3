"""A trained network -> files: what answers, what can be trained on, and what other programs read."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import warnings
from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mnist_gui.files import replace_path
from mnist_gui.models import architectures
from mnist_gui.models.keras_backend import load_keras
from mnist_gui.runs.record import HISTORY_FILE, MODEL_FILE, WEIGHTS_FILE, RunError, checkpoint_file
from mnist_gui.runs.run import Run

if TYPE_CHECKING:
    import keras

SUFFIXES = {"litert": ".tflite", "keras": ".keras", "onnx": ".onnx", "csv": ".csv"}
ONNX_OPSET = 18  # of 2022; what reads ONNX reads newer ones only by and by


def write_litert(model: keras.Model, path: Path) -> None:
    """Write a LiteRT model with half-precision weights: (N, 28, 28, 1) frames -> (N, 10) probabilities.

    Half precision halves the file; no probability moves by more than about 0.001 and none of the shipped runs'
    test accuracies by more than 0.01 points.

    Parameters
    ----------
    model
        Built under Keras' TensorFlow backend.
    path
        Ends in ``.tflite``.
    """
    import tensorflow as tf

    with _silence():
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
    """Write an ONNX model in single precision: its input "frames", (N, 28, 28, 1) -> (N, 10) probabilities.

    Parameters
    ----------
    model
        Built under Keras' TensorFlow backend, which converts through tf2onnx.
    path
        Ends in ``.onnx``.
    """
    import keras

    frames = keras.InputSpec(shape=(None, *model.inputs[0].shape[1:]), dtype="float32", name="frames")
    with _silence(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras' own, of what it mends for NumPy 2
        model.export(str(path), format="onnx", verbose=False, input_signature=[frames], opset_version=ONNX_OPSET)


def write_weights(model: keras.Model, path: Path) -> None:
    """Write every weight as float32, keyed "00", "01" ... in the order of ``model.weights``."""
    import keras

    write_arrays([keras.ops.convert_to_numpy(weight) for weight in model.weights], path)


def write_arrays(arrays: list[NDArray[np.floating]], path: Path) -> None:
    """Write arrays as `read_weights` reads them, in the precision they have."""
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **{f"{index:02d}": array for index, array in enumerate(arrays)})


# -- what a run keeps


def read_weights(run: Run, name: str = WEIGHTS_FILE) -> list[NDArray[np.float32]]:
    """Return every weight that a file of the run holds, in the order of ``model.weights``; needs no Keras.

    Raises
    ------
    RunError
        The run has no such file, it is damaged, or it holds anything but finite numbers of single or half precision.
    """
    content = run.read_file(name)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = [archive[f"{index:02d}"] for index in range(len(archive.files))]
    except Exception as error:  # zipfile, zlib and NumPy each raise their own kinds
        raise RunError(f"Run {run.name}: {name} is not an archive of weights ({error}).") from error
    for array in arrays:
        if array.dtype not in (np.float32, np.float16):
            raise RunError(f"Run {run.name}: {name} holds {array.dtype}; expected float32 or float16.")
        if not np.isfinite(array).all():
            raise RunError(f"Run {run.name}: {name} holds values that are not finite numbers.")
    return [array.astype(np.float32) for array in arrays]


def load_weights(model: keras.Model, run: Run) -> None:
    """Put the weights that the run answers with into a network of its architecture.

    Parameters
    ----------
    model
        As `mnist_gui.models.architectures.build` returns it.
    run
        With ``weights.npz``, or else with the checkpoint of the epoch that an export would keep.

    Raises
    ------
    RunError
        It has neither, or what it has is damaged or of another network.
    """
    if WEIGHTS_FILE in run.record.files:
        set_weights(model, run, WEIGHTS_FILE)
        return
    checkpoint = checkpoint_file(run.record.best or run.record.epochs)
    if checkpoint not in run.record.files:
        raise _lacking(run, "no weights")
    run.read_file(checkpoint)  # for its checksum
    try:
        model.load_weights(run.folder / checkpoint)
    except Exception as error:  # Keras, h5py and zipfile each raise their own kinds
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise RunError(f"Run {run.name}: {checkpoint} cannot be loaded ({reason}).") from error


def set_weights(model: keras.Model, run: Run, name: str) -> None:
    """Put what `read_weights` reads into a network; raise `RunError` too where it is of another one."""
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
    has = ", ".join(sorted(run.record.files)) or "no file that counts yet"
    advice = "Choose another run" if run.shipped else "Train it for a whole epoch, or choose another run"
    return RunError(f"Run {run.name} has {what}; it has {has}. {advice}.")


def _has_weights(run: Run) -> bool:
    return any(name == WEIGHTS_FILE or name.endswith(".keras") for name in run.record.files)


# -- for other programs


def export_run(run: Run, format: str, path: Path) -> None:
    """Write a run's model or history to a file of the person's choice; the file appears whole or not at all.

    Parameters
    ----------
    run
        Any that has what the format needs.
    format
        "litert": the model as LiteRT runs it, half precision. "keras": what plain ``keras.models.load_model`` opens,
        without the optimizer. "onnx": the model for whatever runs ONNX, single precision. "csv": the history.
    path
        With the format's suffix, see `SUFFIXES`; its folder exists. A file that is there is replaced.

    Raises
    ------
    RunError
        The run does not have what is needed, or it is damaged; or the file cannot be written.
    """
    _refuse_a_path_that_cannot_be_meant(format, path)
    # The suffix stays last: Keras insists on it.
    beside = path.with_name(f".writing-{path.stem}{SUFFIXES[format]}")
    try:
        beside.touch()  # now, not after TensorFlow has taken its ten seconds
        _WRITERS[format](run, beside)
        replace_path(beside, path)
    except OSError as error:
        raise RunError(f"{path} cannot be written ({error.strerror or error}).") from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def available_formats(run: Run) -> tuple[str, ...]:
    """Return the formats that `export_run` can write of a run, by what its record names."""
    has = {
        "litert": run.has_model or _has_weights(run),
        "keras": _has_weights(run),
        "onnx": _has_weights(run),
        "csv": HISTORY_FILE in run.record.files,
    }
    return tuple(name for name, there in has.items() if there)


def _refuse_a_path_that_cannot_be_meant(format: str, path: Path) -> None:
    suffix = SUFFIXES[format]
    if path.is_dir():
        raise RunError(f"{path} is a folder; give the name of a file in it, such as {path / ('model' + suffix)}.")
    if path.suffix.lower() != suffix:
        raise RunError(f"{path} does not end in {suffix}, as files of the format {format} do.")


def _write_litert_of(run: Run, path: Path) -> None:
    if run.has_model:
        path.write_bytes(run.read_file(MODEL_FILE))
        return
    if not _has_weights(run):
        raise _lacking(run, "neither an exported model nor weights")
    _refuse_another_backend("LiteRT")
    write_litert(_model_of(run), path)


def _write_keras_of(run: Run, path: Path) -> None:
    if not _has_weights(run):
        raise _lacking(run, "no weights, which a .keras file needs")
    _model_of(run).save(path)


def _write_onnx_of(run: Run, path: Path) -> None:
    if not _has_weights(run):
        raise _lacking(run, "no weights, of which an ONNX model is made")
    if importlib.util.find_spec("tf2onnx") is None:
        raise RunError("ONNX models are made with tf2onnx, which is missing here; python -m pip install tf2onnx.")
    _refuse_another_backend("ONNX")
    write_onnx(_model_of(run), path)


def _refuse_another_backend(made: str) -> None:
    backend = load_keras().backend.backend()
    if backend != "tensorflow":
        raise RunError(f"{made} models are made with TensorFlow, but KERAS_BACKEND chooses {backend}; leave it unset.")


def _write_history_of(run: Run, path: Path) -> None:
    if HISTORY_FILE not in run.record.files:
        raise _lacking(run, "no history")
    path.write_bytes(run.read_file(HISTORY_FILE))


def _model_of(run: Run) -> keras.Model:
    """Return the run's network, rebuilt from code."""
    load_keras()
    model = architectures.build(run.model)
    load_weights(model, run)
    return model


_WRITERS: dict[str, Callable[[Run, Path], None]] = {
    "litert": _write_litert_of,
    "keras": _write_keras_of,
    "onnx": _write_onnx_of,
    "csv": _write_history_of,
}


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep the converter's chatter off standard output, where --json lines go."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield
