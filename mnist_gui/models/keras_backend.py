"""Imports Keras late, without messages, and with the settings that the networks need."""

from __future__ import annotations

import os
import platform
from importlib import import_module
from types import ModuleType

BACKENDS = {"tensorflow": "TensorFlow", "torch": "PyTorch", "jax": "JAX"}


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
    keras = import_module("keras")
    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float32")
    return keras


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
