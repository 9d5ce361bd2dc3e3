"""Keras, imported once, late, quietly, and with its settings under our control."""

from __future__ import annotations

import os
import platform
from importlib import import_module
from types import ModuleType

BACKENDS = {"tensorflow": "TensorFlow", "torch": "PyTorch", "jax": "JAX"}


def backend_title() -> str:
    """Return the name of the backend that `load_keras` loads, without loading it."""
    chosen = os.environ.get("KERAS_BACKEND", "tensorflow")
    return BACKENDS.get(chosen, chosen)


def load_keras() -> ModuleType:
    """Return Keras with the image format the networks need, whatever the person's own Keras file says.

    The first call takes seconds: it loads TensorFlow. Call it in a worker thread. Another backend can be chosen
    by the environment variable KERAS_BACKEND.

    Raises
    ------
    ImportError
        The backend is not installed.
    """
    # A person's ~/.keras/keras.json may name another backend; only the environment may choose one here.
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    keras = import_module("keras")
    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float32")
    return keras


def describe_environment() -> dict[str, str]:
    """Return what a training ran on: backend, versions, device."""
    from importlib import metadata  # slow to import, and needed only here

    keras = load_keras()
    backend = keras.backend.backend()
    described = {"backend": backend, "keras": keras.__version__, "python": platform.python_version()}
    if backend in BACKENDS:
        described[backend] = metadata.version(backend)
    described["device"] = _gpu(backend) or f"CPU, {os.cpu_count()} cores"
    described["system"] = f"{platform.system()} {platform.machine()}"
    return described


def _gpu(backend: str) -> str:
    """Return the graphics processor that the backend uses, or nothing; Keras itself cannot tell for PyTorch."""
    if backend == "torch":
        torch = import_module("torch")
        return str(torch.cuda.get_device_name()) if torch.cuda.is_available() else ""
    names: list[str] = load_keras().distribution.list_devices()
    return next((name for name in names if "gpu" in name.lower() or "cuda" in name.lower()), "")
