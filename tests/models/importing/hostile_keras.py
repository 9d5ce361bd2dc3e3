"""Hostile archives of Keras 3: the content of each, and a part of the message that refuses it."""

from __future__ import annotations

import base64
import io
import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import h5py
import numpy as np

from tests.models.importing.hostile_code import Evil, lambda_code

DENSE = {
    "class_name": "Dense",
    "module": "keras.layers",
    "config": {"name": "dense", "units": 10, "activation": "softmax"},
}
INPUT = {"class_name": "InputLayer", "module": "keras.layers", "config": {"name": "input", "batch_shape": [None, 784]}}


def layer(kind: str, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "module": "keras.layers", "config": {"name": kind.lower(), **config}}


def sequential(*layers: dict[str, Any], **extra: Any) -> dict[str, Any]:
    return {"class_name": "Sequential", "module": "keras", "config": {"name": "model", "layers": list(layers)}, **extra}


def weights_file(arrays: dict[str, Any] | None = None) -> bytes:
    """The weights of one Dense layer, as Keras 3 keeps them."""
    if arrays is None:
        arrays = {"0": np.zeros((784, 10), np.float32), "1": np.zeros(10, np.float32)}
    file = io.BytesIO()
    with h5py.File(file, "w") as root:
        group = root.create_group("layers/dense/vars")
        for name, array in arrays.items():
            group[name] = array
    return file.getvalue()


def archive(
    config: object, weights: bytes | None = None, members: dict[str, bytes] | None = None, **options: Any
) -> bytes:
    file = io.BytesIO()
    text = config if isinstance(config, bytes) else json.dumps(config).encode()
    with zipfile.ZipFile(file, "w", **options) as written:
        written.writestr("metadata.json", '{"keras_version": "3.13.0"}')
        written.writestr("config.json", text)
        written.writestr("model.weights.h5", weights_file() if weights is None else weights)
        for name, content in (members or {}).items():
            written.writestr(name, content)
    return file.getvalue()


def keras(*layers: dict[str, Any]) -> bytes:
    return archive(sequential(INPUT, *layers))


def functional(layers: list[dict[str, Any]], output: str = "dense") -> dict[str, Any]:
    config = {"name": "m", "layers": layers, "input_layers": [["input", 0, 0]], "output_layers": [[output, 0, 0]]}
    return {"class_name": "Functional", "config": config}


def node(entry: dict[str, Any], *feeds: str) -> dict[str, Any]:
    return {
        **entry,
        "name": entry["config"]["name"],
        "inbound_nodes": [[[feed, 0, 0, {}] for feed in feeds]] if feeds else [],
    }


def nested(depth: int) -> dict[str, Any]:
    model = sequential(DENSE)
    for index in range(depth):
        model = sequential({**model, "config": {**model["config"], "name": f"inner_{index}"}})
    return sequential(INPUT, *model["config"]["layers"])


def doubling(depth: int) -> dict[str, Any]:
    """A model in which each model uses the one inside it twice: 2 ** depth layers."""
    model = sequential(layer("ReLU"))
    for index in range(depth):
        inner = {**model, "config": {**model["config"], "name": "inner"}}
        model = sequential(inner, {**inner, "config": {**inner["config"], "name": f"again_{index}"}})
    return sequential(INPUT, *model["config"]["layers"])


def chained(count: int) -> list[dict[str, Any]]:
    return [{**layer("ReLU"), "config": {"name": f"relu_{index}"}} for index in range(count)]


def concatenated(times: int) -> dict[str, Any]:
    entries, last = [node(INPUT)], "input"
    for index in range(times):
        entry = layer("Concatenate", axis=-1)
        entry["config"]["name"] = f"twice_{index}"
        entries.append(node(entry, last, last))
        last = f"twice_{index}"
    return functional([*entries, node(DENSE, last)])


def changed_archive(change: Callable[[zipfile.ZipFile], None], **options: Any) -> bytes:
    file = io.BytesIO(archive(sequential(INPUT, DENSE)))
    with zipfile.ZipFile(file, "a", **options) as written:
        change(written)
    return file.getvalue()


def symlink() -> bytes:
    entry = zipfile.ZipInfo("assets/link")
    entry.external_attr = 0o120777 << 16
    return changed_archive(lambda written: written.writestr(entry, "/etc/passwd"))


def twice() -> bytes:
    import warnings

    def add(written: zipfile.ZipFile) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            written.writestr("config.json", "{}")

    return changed_archive(add)


def with_flag(content: bytes, flag: int) -> bytes:
    """Set a flag of config.json in the archive's directory."""
    place = content.rindex(b"config.json") - 46 + 8
    return content[:place] + struct.pack("<H", flag) + content[place + 2 :]


def overlapping() -> bytes:
    """An archive whose directory leads to the first member for each name."""
    content = bytearray(archive(sequential(INPUT, DENSE)))
    place = content.find(b"PK\x01\x02")
    while place >= 0:
        struct.pack_into("<I", content, place + 42, 0)
        place = content.find(b"PK\x01\x02", place + 4)
    return bytes(content)


def wrong_sum() -> bytes:
    content = bytearray(archive(sequential(INPUT, DENSE)))
    content[content.index(b'"units"') + 2] ^= 1
    return bytes(content)


HOSTILE_KERAS: dict[str, tuple[Callable[[], bytes], str]] = {
    # code
    "lambda of Keras 3": (
        lambda: keras(layer("Lambda", function={"class_name": "__lambda__", "config": {"code": lambda_code()}}), DENSE),
        "Lambda layer",
    ),
    "lambda in a nested model": (
        lambda: keras(sequential(layer("Lambda", function=[lambda_code()])), DENSE), "Lambda layer"
    ),
    "lambda by the name of a function": (
        lambda: keras(layer("Lambda", function="os.system", function_type="function"), DENSE), "Lambda layer"
    ),
    "lambda as activation": (
        lambda: keras(layer("Dense", units=10, activation={"class_name": "__lambda__", "config": {"code": lambda_code()}})),
        "has the activation",
    ),
    "registered layer": (
        lambda: keras({**layer("Evil"), "module": "evil", "registered_name": "evil>Evil"}, DENSE), "whose code is not run"
    ),
    "layer of the main module": (lambda: keras({**layer("Evil"), "module": "__main__"}, DENSE), "whose code is not run"),
    "function of the os module as layer": (
        lambda: keras({"class_name": "system", "module": "os", "config": {"name": "x", "command": "id"}}, DENSE),
        "whose code is not run",
    ),
    "stranger's class with the name of a known one": (
        lambda: keras({**DENSE, "module": "evil.layers", "registered_name": "Dense"}), "whose code is not run"
    ),
    "registered class with the name of a known one": (
        lambda: keras({**DENSE, "registered_name": "evil>Dense"}), "whose code is not run"
    ),
    "function as activation": (
        lambda: keras(layer("Dense", units=10, activation={
            "module": "evil", "class_name": "function", "config": "run", "registered_name": "evil>run"})),
        "has the activation 'run'",
    ),
    "unknown activation": (lambda: keras(layer("Dense", units=10, activation="eval")), "activation 'eval'"),
    "class as model": (
        lambda: archive({"class_name": "Evil", "module": "evil", "registered_name": "evil>Evil", "config": {}}),
        "model of the class 'Evil'",
    ),
    "model class of another module": (
        lambda: archive({**sequential(INPUT, DENSE), "module": "evil"}), "whose code is not run"
    ),
    "operation of TensorFlow": (
        lambda: keras(layer("TFOpLambda", function="io.write_file"), DENSE), "'TFOpLambda', which is not known"
    ),
    "module of PyTorch": (
        lambda: keras(layer("TorchModuleWrapper", module=base64.b64encode(pickle.dumps(Evil())).decode()), DENSE),
        "'TorchModuleWrapper', which is not known",
    ),
    "SavedModel layer": (
        lambda: keras(layer("TFSMLayer", filepath="../../outside"), DENSE), "'TFSMLayer', which is not known"
    ),
    "recurrent layer": (lambda: keras(layer("LSTM", units=10), DENSE), "'LSTM', which is not known"),
    # configuration
    "no JSON": (lambda: archive(b"{'class_name': open('canary')}"), "is no JSON"),
    "nested JSON": (lambda: archive(b"[" * 200_000), "is no JSON"),
    "long number": (lambda: archive(b'{"class_name": ' + b"9" * 10_000 + b"}"), "is no JSON"),
    "no text": (lambda: archive(b"\xff\xfe\x00\xd8"), "is no JSON"),
    "no object": (lambda: archive([1, 2]), "not as Keras writes it"),
    "no layers": (lambda: archive({"class_name": "Sequential", "config": {}}), "not as Keras writes it"),
    "empty model": (lambda: archive(sequential()), "without layers"),
    "no input shape": (lambda: archive(sequential(DENSE)), "what shape its input has"),
    "many units": (lambda: keras(layer("Dense", units=10**9)), "units"),
    "units in words": (lambda: keras(layer("Dense", units="ten")), "units"),
    "units that are no number": (lambda: keras(layer("Dense", units=float("nan"))), "units"),
    "negative units": (lambda: keras(layer("Dense", units=-10)), "units"),
    "many weights": (
        lambda: keras(*[{**layer("Dense", units=60_000), "config": {"name": f"d{i}", "units": 60_000}} for i in range(2)]),
        "parameters",
    ),
    "large padding": (
        lambda: keras(layer("Reshape", target_shape=[28, 28, 1]), layer("ZeroPadding2D", padding=60_000)), "ZeroPadding2D"
    ),
    "large input": (
        lambda: archive(sequential({**INPUT, "config": {"name": "i", "batch_shape": [None, 65_000, 65_000]}}, DENSE)),
        "shape",
    ),
    "shape that doubles": (lambda: archive(concatenated(40)), "Concatenate"),
    "models in models": (lambda: archive(nested(20)), "nested more than"),
    "models that double": (lambda: archive(doubling(9)), "layers"),
    "many layers": (lambda: keras(*chained(2_000), DENSE), "more than 500 layers"),
    "circle": (lambda: archive(functional([node(INPUT), node(layer("ReLU"), "dense"), node(DENSE, "relu")])), "in a circle"),
    "missing layer": (lambda: archive(functional([node(INPUT), node(DENSE, "missing")])), "that are missing"),
    "missing output": (lambda: archive(functional([node(INPUT), node(DENSE, "input")], "other")), "which is missing"),
    "random answers": (
        lambda: archive(functional([node(INPUT), {**node(DENSE, "input"), "inbound_nodes": [[["input", 0, 0, {"training": True}]]]}])),
        "training=True",
    ),
    "quantized": (
        lambda: keras(layer("Dense", units=10, dtype={"class_name": "QuantizedDTypePolicy", "config": {"mode": "int8"}})),
        "quantized",
    ),
    "number beyond all": (
        lambda: archive(json.dumps(sequential(INPUT, layer("Rescaling", scale=7), DENSE)).replace("7}", "1e400}").encode()),
        "scale inf",
    ),
    "list without end": (
        lambda: keras(layer("Normalization", mean=[[0.0] * 200_000], variance=1.0), DENSE), "at most 4,096 numbers"
    ),
    "file of words": (lambda: keras(layer("StringLookup", vocabulary="/etc/passwd"), DENSE), "'StringLookup'.*Dropout.$"),
    "two classes, after a mark of UTF-8": (
        lambda: archive(b'\xef\xbb\xbf{"class_name": "Lambda", "class_name": "Sequential", "config": {"layers": []}}'),
        "without layers",
    ),
    # archive
    "members that are one": (overlapping, "damaged"),
    "archive in the archive": (
        lambda: archive(sequential(INPUT, DENSE), archive(sequential(INPUT, DENSE))), "damaged HDF5"
    ),
    "path out of the archive": (
        lambda: changed_archive(lambda written: written.writestr("../../outside", "x")), "leads out of it"
    ),
    "path out of it with backslashes": (
        lambda: changed_archive(lambda written: written.writestr("a\\..\\..\\outside", "x")), "leads out of it"
    ),
    "absolute path": (lambda: changed_archive(lambda written: written.writestr("/etc/passwd", "x")), "leads out of it"),
    "path of a drive": (lambda: changed_archive(lambda written: written.writestr("C:/x", "x")), "leads out of it"),
    "link in the archive": (symlink, "a link"),
    "two of one name": (twice, "two members"),
    "bomb in the configuration": (
        lambda: archive(b" " * 10**7, compression=zipfile.ZIP_DEFLATED), "config.json unpacks to more than"
    ),
    "bomb in the weights": (
        lambda: archive(
            sequential(INPUT, DENSE), bytes(257 * 2**20), compression=zipfile.ZIP_DEFLATED, compresslevel=1
        ),
        "model.weights.h5 unpacks to more than",
    ),
    "LZMA": (lambda: archive(sequential(INPUT, DENSE), compression=zipfile.ZIP_LZMA), "another method than deflate"),
    "encrypted": (lambda: with_flag(archive(sequential(INPUT, DENSE)), 1), "encrypted|damaged"),
    "many members": (
        lambda: archive(sequential(INPUT, DENSE), members={f"m{index}": b"" for index in range(2_000)}), "members; expected"
    ),
    "archive cut short": (lambda: archive(sequential(INPUT, DENSE))[:-50], "damaged"),
    "wrong sum": (wrong_sum, "damaged"),
    # weights
    "missing weights": (lambda: archive(sequential(INPUT, DENSE), weights_file({})), "no data set"),
    "weights of another shape": (
        lambda: archive(sequential(INPUT, DENSE), weights_file({"0": np.zeros((3, 3)), "1": np.zeros(10)})), "has the shape"
    ),
    "weights that are no numbers": (
        lambda: archive(sequential(INPUT, DENSE), weights_file({"0": np.full((784, 10), np.nan), "1": np.zeros(10)})),
        "not all finite",
    ),
    "weights that are no HDF5 file": (lambda: archive(sequential(INPUT, DENSE), b"\x89HDF\r\n\x1a\n" * 100), "damaged HDF5"),
}  # fmt: skip
