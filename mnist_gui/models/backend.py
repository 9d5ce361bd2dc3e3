"""Keras, imported once, late, quietly, and with its settings under our control."""

from __future__ import annotations

import os
import platform
from importlib import import_module
from types import ModuleType


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
    package = {"tensorflow": "tensorflow", "torch": "torch", "jax": "jax"}.get(backend)
    if package:
        described[package] = metadata.version(package)
    gpus = [name for name in keras.distribution.list_devices() if "gpu" in name.lower() or "cuda" in name.lower()]
    described["device"] = gpus[0] if gpus else f"CPU, {os.cpu_count()} cores"
    described["system"] = f"{platform.system()} {platform.machine()}"
    return described
