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
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np

from mnist_gui.digits.dataset import CLASSES, FRAME_SIDE
from mnist_gui.files import open_regular
from mnist_gui.models.inference.onnx_network import BATCH_SIZE, DEPENDENT, MAX_CHANGE, OnnxNetwork, are_probabilities
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


def require_trusted(content: bytes, number: int, network: Network | None) -> None:
    """Try a model, unless this program wrote it here or it passed before.

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
        if key not in _refused and not is_trusted(*key):
            problem = _try_in_process(content, network)
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


def _try_in_process(content: bytes, network: Network | None) -> str:
    """Return what is wrong with a model, to continue a sentence about the file; empty if it passed."""
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
        return f"could not be tried ({error.strerror or error})"
    with child:
        try:
            with memory_watched(child) as exceeded:
                given = json.dumps(network and network_to_json(network)).encode() + b"\n" + content
                answered, _ = child.communicate(given, timeout=TIME_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            return f"did not answer within {TIME_LIMIT_SECONDS:.0f} seconds in a trial"
        finally:
            child.kill()
    if exceeded.is_set():
        return TOO_MUCH_MEMORY
    answer = answered[:300].decode(errors="replace").strip()
    if child.returncode != 0 or not answer:
        return f"ended the process that tried it (status {child.returncode})"
    return "" if answer == _PASSED else "".join(sign if sign.isprintable() else " " for sign in answer)


# -- in the process


def main() -> None:
    """Try the model on standard input, and print `_PASSED` or what is wrong with it."""
    with Path(os.devnull).open("w") as null:
        # Also where the system has no limits, or the program that started this one has ended.
        faulthandler.dump_traceback_later(TIME_LIMIT_SECONDS, exit=True, file=null)
        limit_resources(MEMORY_LIMIT_BYTES, TIME_LIMIT_SECONDS)
        try:
            layers = json.loads(sys.stdin.buffer.readline())
            problem = _problem(sys.stdin.buffer.read(), layers and network_from_json(layers))
        except ValueError as error:
            problem = str(error)
        except MemoryError:
            problem = TOO_MUCH_MEMORY
        except Exception as error:  # ONNX and ONNX Runtime raise different types
            problem = f"cannot be asked ({type(error).__name__})"
        sys.stdout.buffer.write((problem or _PASSED).encode(errors="replace"))
        sys.stdout.flush()
        os._exit(0)  # the model may have damaged memory that a regular exit would free


def _problem(content: bytes, layers: Network | None) -> str:
    """Return what is wrong with a model, to continue a sentence about the file; empty if nothing is."""
    # The process that only asks for a trial does not import it.
    from mnist_gui.models.importing.model_file import ModelFileError
    from mnist_gui.models.importing.onnx_file import read_onnx
    from mnist_gui.models.onnx_batches import check_memory
    from mnist_gui.models.onnx_weights import read_onnx_weights

    try:
        check_memory(read_onnx(content))  # known operators, bounded sizes, nothing outside of the file
    except ModelFileError as error:
        return f"cannot be used. {str(error).removesuffix('.')}"
    network = OnnxNetwork(content, CLASSES)
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
    return ""


if __name__ == "__main__":
    main()
