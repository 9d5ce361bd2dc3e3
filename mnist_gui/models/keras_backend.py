"""Imports Keras late, without messages, and with the settings that the networks need."""

from __future__ import annotations

import faulthandler
import os
import platform
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from importlib import import_module
from tempfile import TemporaryFile
from types import ModuleType

BACKENDS = {"tensorflow": "TensorFlow", "torch": "PyTorch", "jax": "JAX"}
# Notes and warnings of absl and TensorFlow, and an error of every start with CUDA that means nothing.
_CHATTER = re.compile(
    rb"WARNING: All log messages before absl|WARNING:absl|[IW]\d{4} |[-0-9]+ [.:0-9]+ [IW] |[-0-9]+ [.:0-9]+: [IW] "
    rb"|To enable the following instructions|.*Unable to register cu\w+ factory|\s*$"
)
_importing = threading.Lock()


def backend_title() -> str:
    """Return the name of the backend without loading it."""
    chosen = os.environ.get("KERAS_BACKEND", "tensorflow")
    return BACKENDS.get(chosen, chosen)


def load_keras() -> ModuleType:
    """Import Keras with the image format that the networks need.

    The first call loads TensorFlow, which takes seconds: call it in a worker thread. The environment variable
    KERAS_BACKEND selects another backend.

    Raises
    ------
    ImportError
        The backend is not installed.
    """
    # Takes precedence over the backend in ~/.keras/keras.json.
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # TensorFlow leaves its faster convolutions (oneDNN) off on processors without AVX-512: 1.1 to 1.3 times as fast.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    with _importing, nullcontext() if "keras" in sys.modules else _without_chatter():
        keras = import_module("keras")
    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float32")
    return keras


@contextmanager
def _without_chatter() -> Iterator[None]:
    """Hold back what native code writes to standard error inside; then write it, except for notes and warnings.

    TensorFlow logs before its log level applies. It may abort, for example on an old processor: where in the imports is
    then written by faulthandler.
    """
    try:
        original = os.dup(2)
    except OSError:  # closed
        yield
        return
    with TemporaryFile() as held:
        names_fault = not faulthandler.is_enabled()
        if names_fault:
            faulthandler.enable(original)
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(original, 2)
            if names_fault:
                faulthandler.disable()
            held.seek(0)
            with suppress(OSError):
                os.write(original, b"".join(line for line in held if not _CHATTER.match(line)))
            os.close(original)


def describe_environment() -> dict[str, str]:
    """Return backend, versions and device for the record of a run."""
    from importlib import metadata  # slow to import

    keras = load_keras()
    backend = keras.backend.backend()
    described = {"backend": backend, "keras": keras.__version__, "python": platform.python_version()}
    if backend in BACKENDS:
        described[backend] = metadata.version(backend)
    described["device"] = _gpu(backend) or f"CPU, {os.cpu_count()} cores"
    described["system"] = f"{platform.system()} {platform.machine()}"
    return described


def _gpu(backend: str) -> str:
    """Return the GPU that the backend uses, or an empty string; for PyTorch, Keras does not know it."""
    if backend == "torch":
        torch = import_module("torch")
        return str(torch.cuda.get_device_name()) if torch.cuda.is_available() else ""
    names: list[str] = load_keras().distribution.list_devices()
    return next((name for name in names if "gpu" in name.lower() or "cuda" in name.lower()), "")
