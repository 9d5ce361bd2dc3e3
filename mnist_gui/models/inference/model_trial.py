"""Trial of models that this program did not write: a separate process, with limits, loads them and predicts once.

A model file can make ONNX Runtime end the process, wait for ever, or fill the memory. The checksums of a run do not
protect from that, since the sender of a run writes them too: they only show that its files belong together. Models that
this program exported, and those that passed a trial, are listed by checksum in a file of the user, outside of any run.

    python -m mnist_gui.models.inference.model_trial

gets a line of JSON on standard input, the layers whose weights the model must hold or null, and then the model.
"""

from __future__ import annotations

import contextlib
import faulthandler
import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np

from mnist_gui.digits.dataset import CLASSES, FRAME_SIDE
from mnist_gui.files import open_regular
from mnist_gui.models.inference.onnx_network import (
    BATCH_SIZE,
    DEPENDENT,
    MAX_CHANGE,
    OnnxNetwork,
    are_probabilities,
    with_batch_size,
)
from mnist_gui.models.limited_process import (
    MEMORY_LIMIT_BYTES,
    TOO_MUCH_MEMORY,
    child_command,
    child_environment,
    limit_resources,
    memory_watched,
)
from mnist_gui.models.networks import Network, network_from_json, network_to_json
from mnist_gui.paths import trusted_models_file

TIME_LIMIT_SECONDS = 30.0  # a trial takes about one on an idle machine
_MAX_LIST_BYTES = 2**22
_PASSED = "passed"

_lock = threading.Lock()
_refused: dict[tuple[int, str], str] = {}  # why, until the program ends: a busy machine may have been the reason


def require_trusted(content: bytes, number: int, network: Network | None) -> bytes:
    """Return a model after a trial, unless this program wrote it here or it passed before.

    If it needs much memory for a frame and does not say that it is to be asked for few at once, the returned one does.

    Parameters
    ----------
    content
        Content of an ``.onnx`` file.
    number
        Number of the model that it is said to be: 1, 2 or 3; 0 for any other network.
    network
        Layers whose weights it should hold; None where they are unknown.

    Raises
    ------
    ValueError
        The model failed; the message continues a sentence about the file.
    """
    key = number, hashlib.sha256(content).hexdigest()
    with _lock:  # threads that load the same model wait for one trial
        size = None if key in _refused else trusted_batch_size(*key)
        if size is None and key not in _refused:
            size, problem = _try_in_process(content, network)
            if problem:
                _refused[key] = problem
            else:
                trust_model(*key, size)
        if key in _refused:
            raise ValueError(_refused[key])
    return with_batch_size(content, size) if size else content


def trust_model(number: int, checksum: str, size: int | None = None) -> None:
    """Add the SHA-256 checksum of a model to the list of those that need no trial; a failed write is ignored.

    Parameters
    ----------
    size
        How many frames it is to be asked at once, where it does not say so itself; None or 0 for as many as usual.
    """
    path = trusted_models_file()
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write((f"{number} {checksum} {size}\n" if size else f"{number} {checksum}\n").encode())


def trusted_batch_size(number: int, checksum: str) -> int | None:
    """Return `trust_model`'s size of a model that needs no trial, by its SHA-256 checksum; None if it needs one."""
    try:
        with open_regular(trusted_models_file()) as file:
            lines = file.read(_MAX_LIST_BYTES).decode("ascii", "replace").splitlines()
    except OSError:
        return None
    for key, _, size in (line.rpartition(" ") for line in lines):
        if f"{key} {size}" == f"{number} {checksum}":
            return 0
        if key == f"{number} {checksum}" and size.isdecimal():
            return int(size)
    return None


def _try_in_process(content: bytes, network: Network | None) -> tuple[int, str]:
    """Return `trust_model`'s size, and what is wrong with a model, to continue a sentence; empty if it passed."""
    try:
        child = subprocess.Popen(
            child_command(__name__),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=child_environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        return 0, f"could not be tried ({error.strerror or error})"
    with child:
        try:
            with memory_watched(child) as exceeded:
                given = json.dumps(network and network_to_json(network)).encode() + b"\n" + content
                answered, _ = child.communicate(given, timeout=TIME_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            return 0, f"did not answer within {TIME_LIMIT_SECONDS:.0f} seconds in a trial"
        finally:
            child.kill()
    if exceeded.is_set():
        return 0, TOO_MUCH_MEMORY
    answer = answered[:300].decode(errors="replace").strip()
    if child.returncode != 0 or not answer:
        return 0, f"ended the process that tried it (status {child.returncode})"
    if passed := re.fullmatch(rf"{_PASSED} (\d{{1,2}})", answer):
        return int(passed[1]), ""
    return 0, "".join(sign if sign.isprintable() else " " for sign in answer)


# -- in the process


def main() -> None:
    """Try the model on standard input, and print what `_tried` returns."""
    with Path(os.devnull).open("w") as null:
        # Also where the system has no limits, or the program that started this one has ended.
        faulthandler.dump_traceback_later(TIME_LIMIT_SECONDS, exit=True, file=null)
        limit_resources(MEMORY_LIMIT_BYTES, TIME_LIMIT_SECONDS)
        try:
            layers = json.loads(sys.stdin.buffer.readline())
            answer = _tried(sys.stdin.buffer.read(), layers and network_from_json(layers))
        except ValueError as error:
            answer = str(error)
        except MemoryError:
            answer = TOO_MUCH_MEMORY
        except Exception as error:  # ONNX and ONNX Runtime raise different types
            answer = f"cannot be asked ({type(error).__name__})"
        sys.stdout.buffer.write(answer.encode(errors="replace"))
        sys.stdout.flush()
        os._exit(0)  # the model may have damaged memory that a regular exit would free


def _tried(content: bytes, layers: Network | None) -> str:
    """Return what is wrong with a model, to continue a sentence about the file; if nothing is, `_PASSED` and a size.

    The size is `trust_model`'s.
    """
    # The process that only asks for a trial does not import it.
    from mnist_gui.models.importing.model_file import ModelFileError
    from mnist_gui.models.importing.onnx_file import read_onnx
    from mnist_gui.models.onnx_batches import batch_size, check_memory
    from mnist_gui.models.onnx_weights import read_onnx_weights

    try:
        model = read_onnx(content)  # known operators, bounded sizes, nothing outside of the file
        check_memory(model)
    except ModelFileError as error:
        return f"cannot be used. {str(error).removesuffix('.')}"
    size = batch_size(model)
    network = OnnxNetwork(content, CLASSES)
    if network.batch_size <= size:
        size = 0  # it is usual, or the model says so
    else:
        network = OnnxNetwork(with_batch_size(content, size), CLASSES)
    frames = np.random.default_rng(0).random((BATCH_SIZE, FRAME_SIDE, FRAME_SIDE), np.float32)
    frames[0], frames[1] = 0, 1
    rows = network(frames)
    for index in range(2):  # as the program predicts
        row = network(frames[index : index + 1])
        if not (are_probabilities(rows) and are_probabilities(row)):
            return "returns numbers that are no probabilities"
        if not np.allclose(row, rows[index], atol=MAX_CHANGE):
            return DEPENDENT
    if layers is not None:
        read_onnx_weights(content, layers)
    return f"{_PASSED} {size}"


if __name__ == "__main__":
    main()
