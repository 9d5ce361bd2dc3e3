"""Adds a network from a file of any origin as a run; the file is read in a process of its own, see `child_process`."""

from __future__ import annotations

import hashlib
import json
import os
import queue
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from mnist_gui.files import open_regular
from mnist_gui.models.architectures import OWN
from mnist_gui.models.importing.conventions import Convention
from mnist_gui.models.importing.model_file import MAX_FILE_BYTES, MAX_MODEL_BYTES, ModelFileError
from mnist_gui.models.inference.model_trial import trust_model
from mnist_gui.models.layers import NetworkError
from mnist_gui.models.limited_process import (
    READING_SECONDS,
    TOO_MUCH_MEMORY,
    child_command,
    child_environment,
    memory_watched,
)
from mnist_gui.models.networks import Network, network_from_json, network_to_json
from mnist_gui.runs.record import MODEL_FILE, RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.run_names import MAX_NAME_LENGTH, check_new_name
from mnist_gui.runs.store import RunStore
from mnist_gui.wording import accuracy_percent, listing, plain_text, plural

CHILD_MODULE = "mnist_gui.models.importing.child_process"
FORMATS = {"keras": "Keras archive", "hdf5": "Keras HDF5 file", "onnx": "ONNX model"}
TIME_LIMIT_SECONDS = READING_SECONDS + 15  # the process ends itself before, where it can
MAX_HEADER_BYTES = 2**23
MAX_PROBLEM_LENGTH = 800  # characters
ENVIRONMENT = {
    "HDF5_PLUGIN_PRELOAD": "::",  # HDF5 loads no plug-ins
    "MALLOC_ARENA_MAX": "2",  # glibc reserves 64 MB of addresses for each
}
_POLL_SECONDS = 0.1
_ENDED = "It ended the process that read it: it is damaged, or needs too much memory."

Progress = Callable[[float], bool]


@dataclass(frozen=True)
class ReadModel:
    """A network that was read from a file.

    Attributes
    ----------
    format
        Key of `FORMATS`.
    network
        Its layers; None for an ONNX model.
    convention
        What it expects and gives.
    side
        Height and width of the pictures that it expects.
    accuracy, frames
        Share of MNIST's first training frames that it recognizes, and their number.
    content
        ONNX model, with the convention in it: (N, 28, 28) frames from 0 to 1 to (N, 10) probabilities.
    """

    format: str
    network: Network | None
    convention: Convention
    side: int
    accuracy: float
    frames: int
    content: bytes


def add_model(
    store: RunStore, path: Path, name: str | None = None, *, progress: Progress = lambda fraction: False
) -> Run | None:
    """Add the network in a file as a run; call it in a worker thread, it takes a second or more.

    Parameters
    ----------
    store
        Store of the runs.
    path
        A file of Keras (``.keras``, ``.h5``) or ONNX; what counts is its content.
    name
        Name of the run; None forms it from that of the file.
    progress
        Called about ten times a second, with the fraction that is done; returning True stops it.

    Returns
    -------
    The run, or None if it was stopped; then nothing was added.

    Raises
    ------
    RunError
        The file cannot be used, or the run cannot be created; the message names the file and says why.
    """
    if name is not None:
        check_new_name(name)
    try:
        read = read_model_file(path, progress=progress)
    except ModelFileError as error:
        raise RunError(f"{path} cannot be added. {error}") from error
    if read is None:
        return None
    model, checksum = read
    imported = {
        "file": plain_text(path.name)[:200],  # a name need not be text
        "sha256": checksum,
        "format": model.format,
        "convention": model.convention.to_json(),
        "side": model.side,
        "accuracy": model.accuracy,
        "frames": model.frames,
    }
    layers = None if model.network is None else network_to_json(model.network)
    trust_model(OWN, hashlib.sha256(model.content).hexdigest())
    return store.create_imported(name or _run_name(path), imported, layers, {MODEL_FILE: model.content})


def change_convention(
    store: RunStore, run: Run, convention: Convention, *, progress: Progress = lambda fraction: False
) -> Run | None:
    """Let an imported run expect and give something else; call it in a worker thread.

    The file that it came from is not needed. With the convention that it had before, it gets the same model again.

    Parameters
    ----------
    store
        Store of the run.
    run
        The run; its exported model is replaced.
    convention
        What it shall expect and give; the order of its outputs is found by trying.
    progress
        As for `add_model`.

    Returns
    -------
    The run, or None if it was stopped; then nothing was changed.

    Raises
    ------
    RunError
        Its model is altered, cannot be used so, or was changed meanwhile; or the run cannot be written.
    """
    checksum = run.model_checksum
    try:
        with tempfile.TemporaryFile() as file:
            file.write(run.read_file(MODEL_FILE))
            file.seek(0)
            model = _ask_child(file, convention, progress)
    except ModelFileError as error:
        raise RunError(f"Run {run.name} cannot be used so. {error}") from error
    except OSError as error:
        raise RunError(f"Run {run.name} cannot be tried so ({error.strerror}).") from error
    if model is None:
        return None
    with run.locked():
        run = store.get(run.name)
        if run.model_checksum != checksum:
            raise RunError(f"Run {run.name} was changed meanwhile by another window; look again at what it expects.")
        changes = {"convention": model.convention.to_json(), "accuracy": model.accuracy, "frames": model.frames}
        trust_model(OWN, hashlib.sha256(model.content).hexdigest())
        try:
            entry = run.write_bytes(MODEL_FILE, model.content)
            run.commit(
                imported={**(run.record.imported or {}), **changes}, files={**run.record.files, MODEL_FILE: entry}
            )
        except OSError as error:
            raise RunError(f"Run {run.name} could not be written ({error.strerror}).") from error
    return run


def describe_import(run: Run, test_accuracy: float | None = None) -> str:
    """Return what was found about an imported run as one sentence without a full stop.

    Parameters
    ----------
    run
        An imported run.
    test_accuracy
        Share of MNIST's test digits that it recognizes, if it is known; otherwise, that of the training digits is told
        on which it was tried.
    """
    imported = run.record.imported
    assert imported is not None
    expected, *answers = Convention.from_json(imported["convention"]).describe(imported["side"]).split("; ")
    if test_accuracy is None:
        tried = plural(imported["frames"], "training digit")
        accuracy = f"{accuracy_percent(imported['accuracy'])} of {tried} of MNIST"
    else:
        accuracy = f"{accuracy_percent(test_accuracy)} of MNIST's test digits"
    return "; ".join([f"expects {expected}", accuracy, *answers])


def describe_earlier(store: RunStore, run: Run) -> str:
    """Return a sentence on the other runs that were added from the same file as an imported run; empty for none."""
    checksum = (run.record.imported or {}).get("sha256", "")
    same = [
        plain_text(other.name)
        for other in store.runs()
        if other.name != run.name and other.record.imported and other.record.imported.get("sha256") == checksum
    ]
    return f"The same file was added before, as {listing(same)}." if same else ""


def _run_name(path: Path) -> str:
    """Return a portable name for a run, from that of a file."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip(".-")[: MAX_NAME_LENGTH - 10]
    try:
        check_new_name(name)
    except RunError:
        return f"imported-{name}".rstrip("-")
    return name


# -- the process


def read_model_file(path: Path, *, progress: Progress = lambda fraction: False) -> tuple[ReadModel, str] | None:
    """Read a file in a process of its own, and check what that returns.

    Parameters
    ----------
    path
        File of any origin.
    progress
        As for `add_model`.

    Returns
    -------
    The network and the SHA-256 checksum of the file; None if it was stopped.

    Raises
    ------
    ModelFileError
        The file cannot be used; the message is one or more sentences about it.
    """
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_FILE_BYTES:
                raise ModelFileError(f"It has {size:,} bytes; expected at most {MAX_FILE_BYTES:,}.")
            checksum = _checksum(file)
            file.seek(0)
            model = _ask_child(file, None, progress)
    except OSError as error:
        raise ModelFileError(f"It cannot be read ({error.strerror or error}).") from error
    return None if model is None else (model, checksum)


def _checksum(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := file.read(2**20):
        digest.update(block)
    return digest.hexdigest()


def _ask_child(file: IO[bytes], convention: Convention | None, progress: Progress) -> ReadModel | None:
    """Return what the process makes of a file, with a convention if one is given; None if it was stopped."""
    asked = [] if convention is None else [json.dumps(convention.to_json())]
    with subprocess.Popen(
        [*child_command(CHILD_MODULE), *asked],
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=child_environment(**ENVIRONMENT),
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    ) as child:
        assert child.stdout is not None
        answers: queue.SimpleQueue[tuple[dict[str, Any], bytes]] = queue.SimpleQueue()
        reader = threading.Thread(target=_read_answers, args=(child.stdout, answers), daemon=True)
        reader.start()
        start, fraction = time.monotonic(), 0.0
        try:
            with memory_watched(child) as exceeded:
                while (seconds := time.monotonic() - start) < TIME_LIMIT_SECONDS:
                    try:
                        values, content = answers.get(timeout=_POLL_SECONDS)
                    except queue.Empty:
                        values, content = {}, b""
                    if exceeded.is_set():
                        raise ModelFileError(f"It {TOO_MUCH_MEMORY}.")
                    if "ended" in values and seconds > READING_SECONDS:
                        break
                    if "progress" not in values and values:
                        return _checked(values, content)
                    fraction = max(fraction, float(values.get("progress", 0)))
                    if progress(fraction):
                        return None
        finally:
            child.kill()
            reader.join()
    raise ModelFileError(f"It took longer than {READING_SECONDS:.0f} seconds to read and try.")


def _read_answers(out: IO[bytes], answers: queue.SimpleQueue[tuple[dict[str, Any], bytes]]) -> None:
    """Put each line of the process, and the bytes that follow the last one, into a queue."""
    try:
        while True:
            values = json.loads(out.readline(MAX_HEADER_BYTES))
            if "progress" in values:
                answers.put((values, b""))
                continue
            size = values["bytes"]
            if not 0 <= size <= MAX_MODEL_BYTES:
                raise ValueError(size)
            content = out.read(size)
            if len(content) < size:
                raise ValueError(size)
            answers.put((values, content))
            return
    except (ValueError, TypeError, KeyError, RecursionError):
        # Nothing, or something else, came from a process that a file ended or took over.
        answers.put(({"ended": True, "problem": _ENDED}, b""))


def _checked(values: dict[str, Any], content: bytes) -> ReadModel:
    """Return what the process found, which a file may have taken over; raise `ModelFileError` for anything else."""
    problem = values.get("problem")
    if problem is not None:
        raise ModelFileError(plain_text(str(problem))[:MAX_PROBLEM_LENGTH])
    try:
        network, accuracy, frames = values["network"], values["accuracy"], values["frames"]
        side, is_known = values["side"], values["format"] in FORMATS
        numbers = type(accuracy) is float and type(frames) is type(side) is int
        if not (is_known and numbers and 0 <= accuracy <= 1 and 0 < frames < 10**6 and 0 < side < 1000 and content):
            raise ValueError("values are missing or out of range")
        return ReadModel(
            values["format"],
            None if network is None else network_from_json(network),
            Convention.from_json(values["convention"]),
            side,
            accuracy,
            frames,
            content,
        )
    except (KeyError, TypeError, ValueError, NetworkError) as error:
        raise ModelFileError(f"The process that read it returned something else ({error!s:.100}).") from error
