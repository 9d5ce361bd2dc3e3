"""Hostile model files of all formats and of none: the content of each, and a part of the message that refuses it."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Callable

import numpy as np

from tests.models.importing.hostile_code import Evil
from tests.models.importing.hostile_hdf5 import HOSTILE_HDF5
from tests.models.importing.hostile_keras import DENSE, HOSTILE_KERAS, INPUT, sequential
from tests.models.importing.hostile_onnx import HOSTILE_ONNX


def zip_of(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as written:
        for name, content in members.items():
            written.writestr(name, content)
    return file.getvalue()


HOSTILE_OTHERS: dict[str, tuple[Callable[[], bytes], str]] = {
    # code
    "pickle": (lambda: pickle.dumps(Evil()), "pickled Python objects"),
    "old pickle": (lambda: pickle.dumps(Evil(), 0), "neither a Keras model"),
    "file of PyTorch": (lambda: zip_of({"net/data.pkl": pickle.dumps(Evil()), "net/version": b"3"}), "torch.onnx.export"),
    "archive of NumPy with a pickle": (lambda: zip_of({"w.npy": pickle.dumps(Evil())}), "arrays of NumPy"),
    # archive
    "other archive": (lambda: zip_of({"readme.txt": b"hello"}), "has no config.json"),
    "SavedModel": (lambda: zip_of({"model/saved_model.pb": b""}), "SavedModel"),
    # others
    "nothing": (lambda: b"", "is empty"),
    "noise": (lambda: np.random.default_rng(0).bytes(5_000), "neither a Keras model"),
    "text": (lambda: b"import os; os.system('id')\n" * 20, "neither a Keras model"),
    "script": (lambda: b"#!/bin/sh\ntouch canary-was-run\n", "neither a Keras model"),
    "web page": (lambda: b"<!DOCTYPE html><html></html>", "web page"),
    "pointer of Git LFS": (lambda: b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "pointer of Git LFS"),
    "architecture alone": (lambda: json.dumps(sequential(INPUT, DENSE)).encode(), "holds no weights"),
    "LiteRT model": (lambda: b"\x1c\0\0\0TFL3" + bytes(100), "LiteRT model"),
    "safetensors": (lambda: b"\x3c" + bytes(7) + b'{"w":{"dtype":"F32"}}', "safetensors file"),
    "array of NumPy": (lambda: b"\x93NUMPY\x01\x00" + bytes(100), "array of NumPy"),
}  # fmt: skip

HOSTILE = {**HOSTILE_KERAS, **HOSTILE_HDF5, **HOSTILE_ONNX, **HOSTILE_OTHERS}
