"""Trial of models that this program did not write: a separate process, with limits, loads them and predicts once.

A model file can make LiteRT end the process, wait for ever, or fill the memory. The checksums of a run only show that
its files belong together; whoever sends a run also writes those. Models that were exported here, or passed a trial, are
listed by their checksums in a file of the user, outside of any run.

    python -m mnist_gui.models.inference.model_trial NUMBER < model.tflite
"""

from __future__ import annotations

import contextlib
import faulthandler
import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np

from mnist_gui.digits.dataset import CLASSES, FRAME_SIDE
from mnist_gui.files import open_regular
from mnist_gui.models.architectures import ARCHITECTURES
from mnist_gui.models.inference.litert_network import BATCH_SIZE, LiteRTNetwork, are_probabilities, open_interpreter
from mnist_gui.models.limited_process import child_command, child_environment, limit_resources
from mnist_gui.paths import trusted_models_file

TIME_LIMIT_SECONDS = 30.0  # a trial takes about one on an idle machine
MEMORY_LIMIT_BYTES = 3 * 2**30  # of addresses; a trial takes a third
_MAX_LIST_BYTES = 2**22
_PASSED = "passed"

_lock = threading.Lock()
_refused: dict[tuple[int, str], str] = {}  # why, until the program ends: a busy machine may have been the reason


def require_trusted(content: bytes, number: int) -> None:
    """Try a model, unless this program wrote it here or it passed before.

    Parameters
    ----------
    content
        Content of a ``.tflite`` file.
    number
        Number of the model that the file should hold: 1, 2 or 3.

    Raises
    ------
    ValueError
        The model failed; the message continues a sentence about the file.
    """
    key = number, hashlib.sha256(content).hexdigest()
    with _lock:  # threads that load the same model wait for one trial
        if key not in _refused and not is_trusted(*key):
            problem = _try_in_process(content, number)
            if problem:
                _refused[key] = problem
            else:
                trust_model(*key)
        if key in _refused:
            raise ValueError(_refused[key])


def trust_model(number: int, checksum: str) -> None:
    """Add the SHA-256 checksum of a model to the list of those that need no trial; a failed write is ignored."""
    path = trusted_models_file()
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(f"{number} {checksum}\n".encode())


def is_trusted(number: int, checksum: str) -> bool:
    """Return whether a model needs no trial, by its SHA-256 checksum."""
    try:
        with open_regular(trusted_models_file()) as file:
            return f"{number} {checksum}".encode() in file.read(_MAX_LIST_BYTES).splitlines()
    except OSError:
        return False


def _try_in_process(content: bytes, number: int) -> str:
    """Return what is wrong with a model, to continue a sentence about the file; empty if it passed."""
    try:
        ended = subprocess.run(
            [*child_command(__name__), str(number)],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=TIME_LIMIT_SECONDS,
            env=child_environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"did not answer within {TIME_LIMIT_SECONDS:.0f} seconds in a trial"
    except OSError as error:
        return f"could not be tried ({error.strerror or error})"
    answer = ended.stdout[:300].decode(errors="replace").strip()
    if ended.returncode != 0 or not answer:
        return f"ended the process that tried it (status {ended.returncode})"
    return "" if answer == _PASSED else "".join(sign if sign.isprintable() else " " for sign in answer)


# -- in the process


def main() -> None:
    """Try the model on standard input, and print `_PASSED` or what is wrong with it."""
    with Path(os.devnull).open("w") as null:
        # Also where the system has no limits, or the program that started this one has ended.
        faulthandler.dump_traceback_later(TIME_LIMIT_SECONDS, exit=True, file=null)
        limit_resources(MEMORY_LIMIT_BYTES, TIME_LIMIT_SECONDS)
        try:
            problem = _problem(sys.stdin.buffer.read(), int(sys.argv[1]))
        except ValueError as error:
            problem = str(error)
        except Exception as error:  # LiteRT raises different types
            problem = f"cannot be asked ({type(error).__name__})"
        sys.stdout.buffer.write((problem or _PASSED).encode(errors="replace"))
        sys.stdout.flush()
        os._exit(0)  # the model may have damaged memory that a regular exit would free


def _problem(content: bytes, number: int) -> str:
    """Return what is wrong with a model, to continue a sentence about the file; empty if nothing is."""
    network = LiteRTNetwork(content, CLASSES)
    frames = np.random.default_rng(0).random((BATCH_SIZE, FRAME_SIDE, FRAME_SIDE), np.float32)
    frames[0], frames[1] = 0, 1
    # As the program predicts: whole batches, single frames, and below the outputs of all layers.
    for batch in (frames, frames[:1], frames[1:2]):
        if not are_probabilities(network(batch)):
            return "returns numbers that are no probabilities"
    interpreter = open_interpreter(content, threads=1, preserve_all_tensors=True)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], frames[:1, ..., None])
    interpreter.invoke()
    shapes = {tuple(tensor["shape"]) for tensor in interpreter.get_tensor_details()}
    for row in ARCHITECTURES[number].layers():
        if (1, *row.shape) not in shapes:
            return f"has no layer of shape {(1, *row.shape)}; expected the layers of {ARCHITECTURES[number].title}"
    return ""


if __name__ == "__main__":
    main()
