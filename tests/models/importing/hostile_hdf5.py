"""Hostile HDF5 files of Keras 2: the content of each, and a part of the message that refuses it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from tests.models.importing.hostile_code import lambda_code
from tests.models.importing.hostile_keras import DENSE, INPUT, layer, sequential

KERNEL, BIAS = "dense/kernel:0", "dense/bias:0"


def hdf5(
    change: Callable[[h5py.Group], None] | None = None,
    config: object = None,
    names: tuple[str, ...] = (KERNEL, BIAS),
) -> bytes:
    """A file of Keras 2 with one Dense layer; `change` gets the group of its weights and writes them."""
    file = io.BytesIO()
    with h5py.File(file, "w") as root:
        keras_2 = sequential(layer("Dense", units=10, activation="softmax", batch_input_shape=[None, 784]))
        root.attrs["model_config"] = json.dumps(keras_2) if config is None else config
        root.attrs["keras_version"] = "2.6.0"
        group = root.create_group("model_weights/dense")
        group.attrs["weight_names"] = [name.encode() for name in names]
        if change is None:
            group[KERNEL], group[BIAS] = np.zeros((784, 10), np.float32), np.zeros(10, np.float32)
        else:
            group[BIAS] = np.zeros(10, np.float32)
            change(group)
    return file.getvalue()


def external_link(group: h5py.Group) -> None:
    group[KERNEL] = h5py.ExternalLink("outside.h5", "/kernel")


def soft_link(group: h5py.Group) -> None:
    group["other"] = np.zeros((784, 10), np.float32)
    group[KERNEL] = h5py.SoftLink("/model_weights/dense/other")


def external_storage(group: h5py.Group) -> None:
    group.create_dataset(KERNEL, (784, 10), np.float32, external=[("outside.bin", 0, 31360)])


def virtual(group: h5py.Group) -> None:
    layout = h5py.VirtualLayout((784, 10), np.float32)
    layout[:] = h5py.VirtualSource("outside.h5", "kernel", shape=(784, 10))
    group.create_virtual_dataset(KERNEL, layout)


def never_written(group: h5py.Group) -> None:
    group.create_dataset(KERNEL, (2**20, 2**20), np.float32, chunks=(1024, 1024))


def huge_chunk(group: h5py.Group) -> None:
    group.create_dataset(KERNEL, (784, 10), np.float32, maxshape=(None, None), chunks=(2**14, 2**14))


def bomb(group: h5py.Group) -> None:
    group.create_dataset(KERNEL, (2**28, 1), np.float32, chunks=(2**20, 1), compression="gzip", fillvalue=1)


def plug_in(group: h5py.Group) -> None:
    group.create_dataset(KERNEL, data=np.zeros((784, 10), np.float32), compression="lzf")


def text_weights(group: h5py.Group) -> None:
    group.create_dataset(KERNEL, data=[b"text"] * 10)


def object_weights(group: h5py.Group) -> None:
    group.create_dataset(KERNEL, data=np.array([group.ref] * 10, object), dtype=h5py.ref_dtype)


def infinite(group: h5py.Group) -> None:
    group[KERNEL] = np.full((784, 10), np.inf, np.float32)


def wrong_shape(group: h5py.Group) -> None:
    group[KERNEL] = np.zeros((10, 784), np.float32)


def a_group(group: h5py.Group) -> None:
    group.create_group(KERNEL)


def written(**options: Any) -> Callable[[h5py.Group], None]:
    """Return a change that writes weights with options of h5py."""
    return lambda group: group.create_dataset(KERNEL, (784, 10), **options)


def changed_chunk(start: bytes, **options: Any) -> bytes:
    """A file whose only chunk, which starts so, has other bytes after the first hundred."""
    content = bytearray(
        hdf5(written(data=np.arange(7840, dtype=np.float32).reshape(784, 10), chunks=(784, 10), **options))
    )
    place = content.index(start) + 100
    content[place : place + 20] = b"\xff" * 20
    return bytes(content)


def many_names() -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w", libver="latest") as root:
        root.attrs["model_config"] = json.dumps(sequential(layer("Dense", units=10, batch_input_shape=[None, 784])))
        root.create_group("model_weights/dense").attrs["weight_names"] = np.array([b"a" * 40] * 300_000)
    return file.getvalue()


def weights_alone() -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w") as root:
        root.attrs["layer_names"] = [b"dense"]
        root[f"dense/{KERNEL}"] = np.zeros((784, 10), np.float32)
    return file.getvalue()


def other_hdf5() -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w") as root:
        root["measurements"] = np.zeros(3)
    return file.getvalue()


HOSTILE_HDF5: dict[str, tuple[Callable[[], bytes], str]] = {
    # code
    "lambda of Keras 2": (
        lambda: hdf5(config=json.dumps(sequential(INPUT, layer("Lambda", function=[lambda_code(), None, None]), DENSE))),
        "Lambda layer",
    ),
    # weights
    "external link": (lambda: hdf5(external_link), "a link"),
    "soft link": (lambda: hdf5(soft_link), "a link"),
    "external storage": (lambda: hdf5(external_storage), "in another file"),
    "virtual data set": (lambda: hdf5(virtual), "in another file"),
    "a terabyte that was never written": (lambda: hdf5(never_written), "more than"),
    "bomb in HDF5": (lambda: hdf5(bomb), "more than"),
    "large chunk": (lambda: hdf5(huge_chunk), "in a way that Keras does not use"),
    "filter of a plug-in": (lambda: hdf5(plug_in), "in a way that Keras does not use"),
    "text as weights": (lambda: hdf5(text_weights), "in a way that Keras does not use"),
    "references as weights": (lambda: hdf5(object_weights), "in a way that Keras does not use"),
    "infinite weights": (lambda: hdf5(infinite), "not all finite"),
    "weights of two parts": (lambda: hdf5(written(dtype=[("a", "f4"), ("b", "f2")])), "in a way that Keras does not use"),
    "complex weights": (lambda: hdf5(written(dtype=np.complex64)), "in a way that Keras does not use"),
    "weights that are truth values": (lambda: hdf5(written(dtype=bool)), "in a way that Keras does not use"),
    "arrays of arrays": (
        lambda: hdf5(lambda group: group.create_dataset(KERNEL, (784,), np.dtype(("f4", (10,))))), "in a way that Keras"
    ),
    "no space for weights": (
        lambda: hdf5(lambda group: group.create_dataset(KERNEL, data=h5py.Empty("f4"))), "in a way that Keras does not use"
    ),
    "filter that rounds": (lambda: hdf5(written(scaleoffset=3, chunks=True)), "in a way that Keras does not use"),
    "wrong sum of a chunk": (lambda: changed_chunk(np.arange(9, dtype="f4").tobytes(), fletcher32=True), "are damaged"),
    "chunk that is not deflated": (lambda: changed_chunk(b"\x78\x5e", compression="gzip"), "are damaged"),
    "names without end": (many_names, "weight_names that is no text, or longer than expected"),
    "transposed weights": (lambda: hdf5(wrong_shape), "has the shape"),
    "group as weights": (lambda: hdf5(a_group), "no data set"),
    "names of weights that lead out": (lambda: hdf5(names=("../../outside", BIAS)), "no data set"),
    "one name of weights": (lambda: hdf5(names=(KERNEL,)), "arrays of weights"),
    "configuration that is a number": (lambda: hdf5(config=7), "no text"),
    "configuration in many parts": (lambda: hdf5(config=[b"{}"] * 50), "no text"),
    "weights alone": (weights_alone, "weights alone"),
    "HDF5 of others": (other_hdf5, "no model of Keras"),
    "HDF5 cut short": (lambda: hdf5()[:3_000], "damaged"),
}  # fmt: skip


def write_outside(folder: Path) -> None:
    """Write the files that links and external data lead to: what would be read is not zero."""
    with h5py.File(folder / "outside.h5", "w") as root:
        root["kernel"] = np.ones((784, 10), np.float32)
    (folder / "outside.bin").write_bytes(np.ones(7840, np.float32).tobytes())
