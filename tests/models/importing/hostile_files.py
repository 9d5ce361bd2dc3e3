"""Hostile model files: the content of each, and a part of the message that refuses it.

`Evil` and `lambda_code` would create the file `CANARY` in the current folder if anything ran them.
"""

from __future__ import annotations

import base64
import io
import json
import marshal
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from onnx import TensorProto, helper, numpy_helper

CANARY = "canary-was-run"


class Evil:
    """Creates the canary where it is unpickled."""

    def __reduce__(self):
        return (open, (CANARY, "w"))


def lambda_code() -> str:
    function = eval(f"lambda x: [open({CANARY!r}, 'w'), x][1]")
    return base64.b64encode(marshal.dumps(function.__code__)).decode()


# -- Keras

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


def wrong_sum() -> bytes:
    content = bytearray(archive(sequential(INPUT, DENSE)))
    content[content.index(b'"units"') + 2] ^= 1
    return bytes(content)


def zip_of(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as written:
        for name, content in members.items():
            written.writestr(name, content)
    return file.getvalue()


# -- HDF5

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


# -- ONNX

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def constant(name: str, values: object, dtype: type = np.float32) -> TensorProto:
    return numpy_helper.from_array(np.array(values, dtype), name)


def onnx_model(
    *nodes: Any,
    constants: tuple[TensorProto, ...] = (),
    inputs: tuple[str, ...] = ("x",),
    outputs: tuple[str, ...] = ("y",),
    domains: tuple[str, ...] = (),
    shape: tuple[Any, ...] = ("N", 784),
    functions: tuple[Any, ...] = (),
) -> bytes:
    """A model whose first node, unless others are given, is the weights times the input."""
    weights = constant("w", np.zeros((784, 10)))
    given = nodes or (helper.make_node("MatMul", ["x", "w"], ["y"]),)
    graph = helper.make_graph(
        list(given),
        "graph",
        [helper.make_tensor_value_info(name, FLOAT, shape) for name in inputs],
        [helper.make_tensor_value_info(name, FLOAT, ["A", "B"]) for name in outputs],
        [weights, *constants],
    )
    opsets = [helper.make_opsetid("", 18), *(helper.make_opsetid(domain, 1) for domain in domains)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8, functions=list(functions))
    return bytes(model.SerializeToString())


def times_weights(*before: Any, feed: str, **options: Any) -> bytes:
    return onnx_model(*before, helper.make_node("MatMul", [feed, "w"], ["y"]), **options)


def external(tensor: TensorProto) -> TensorProto:
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../outside.bin"
    return tensor


def external_attribute() -> bytes:
    value = external(constant("value", np.zeros((784, 784))))
    made = helper.make_node("Constant", [], ["c"], value=value)
    return times_weights(made, helper.make_node("MatMul", ["x", "c"], ["z"]), feed="z")


def huge_constant() -> TensorProto:
    tensor = TensorProto()
    tensor.name, tensor.data_type = "huge", FLOAT
    tensor.dims.extend([2**20, 2**20])
    return tensor


def negative_constant() -> TensorProto:
    tensor = constant("negative", np.zeros(4))
    tensor.dims[0] = -4
    return tensor


def loop() -> bytes:
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Identity", ["v"], ["u"])],
        "body",
        [
            helper.make_tensor_value_info("i", INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("v", FLOAT, None),
        ],
        [helper.make_tensor_value_info("on", TensorProto.BOOL, []), helper.make_tensor_value_info("u", FLOAT, None)],
    )
    many, yes = constant("many", 2**60, np.int64), constant("yes", True, np.bool_)
    return times_weights(
        helper.make_node("Loop", ["many", "yes", "x"], ["z"], body=body), feed="z", constants=(many, yes)
    )


def doubled(times: int) -> bytes:
    """The weights of one network, put beside themselves again and again: 784 * 2 ** times numbers."""
    nodes, last = [], "x"
    for index in range(times):
        nodes.append(helper.make_node("Concat", [last, last], [f"c{index}"], axis=1))
        last = f"c{index}"
    return onnx_model(*nodes, helper.make_node("ReduceMax", [last], ["y"], keepdims=1))


def outer(times: int) -> bytes:
    nodes = [helper.make_node("Reshape", ["x", "column"], ["a"]), helper.make_node("Reshape", ["x", "row"], ["b"])]
    for index in range(times):
        nodes.append(helper.make_node("Add", ["a", "b"], [f"s{index}"]))
        nodes.append(helper.make_node("Reshape", [f"s{index}", "column"], ["a" * (index + 2)]))
        nodes[-2].input[0] = "a" * (index + 1)
    constants = (constant("column", [-1, 1], np.int64), constant("row", [1, -1], np.int64))
    return onnx_model(*nodes, helper.make_node("ReduceMax", ["a" * (times + 1)], ["y"]), constants=constants)


def many_nodes() -> bytes:
    nodes, last = [], "x"
    for index in range(6_000):
        nodes.append(helper.make_node("Relu", [last], [f"r{index}"]))
        last = f"r{index}"
    return times_weights(*nodes, feed=last)


def local_function() -> bytes:
    function = helper.make_function(
        "own", "f", ["a"], ["b"], [helper.make_node("Relu", ["a"], ["b"])], [helper.make_opsetid("", 18)]
    )
    return times_weights(
        helper.make_node("f", ["x"], ["z"], domain="own"), feed="z", domains=("own",), functions=(function,)
    )


def shape_of_pixels() -> bytes:
    """Numbers that are made a shape: the number of frames would be what the pixels say."""
    nodes = (
        helper.make_node("ReduceMax", ["x"], ["m"], keepdims=0),
        helper.make_node("Reshape", ["m", "one"], ["v"]),
        helper.make_node("Cast", ["v"], ["n"], to=INT64),
        helper.make_node("Concat", ["n", "columns"], ["s"], axis=0),
        helper.make_node("Reshape", ["x", "s"], ["z"]),
    )
    constants = (constant("one", [1], np.int64), constant("columns", [784], np.int64))
    return times_weights(*nodes, feed="z", constants=constants)


def from_values(operator: str, *inputs: str, **options: Any) -> bytes:
    """A node whose shape follows from what the pixels are."""
    nodes = (
        helper.make_node("ReduceMax", ["x"], ["m"], keepdims=0),
        helper.make_node("Reshape", ["m", "one"], ["v"]),
        helper.make_node("Cast", ["v"], ["n"], to=INT64),
        helper.make_node(operator, list(inputs), ["z"], **options),
    )
    last = helper.make_node("ReduceMax", ["z"], ["y"])
    return onnx_model(*nodes, last, constants=(constant("one", [1], np.int64),))


# -- all of them: content, and what the sentence contains

HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    # code
    "lambda of Keras 3": (
        lambda: keras(layer("Lambda", function={"class_name": "__lambda__", "config": {"code": lambda_code()}}), DENSE),
        "Lambda layer",
    ),
    "lambda of Keras 2": (
        lambda: hdf5(config=json.dumps(sequential(INPUT, layer("Lambda", function=[lambda_code(), None, None]), DENSE))),
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
    "pickle": (lambda: pickle.dumps(Evil()), "pickled Python objects"),
    "old pickle": (lambda: pickle.dumps(Evil(), 0), "neither a Keras model"),
    "file of PyTorch": (lambda: zip_of({"net/data.pkl": pickle.dumps(Evil()), "net/version": b"3"}), "torch.onnx.export"),
    "archive of NumPy with a pickle": (lambda: zip_of({"w.npy": pickle.dumps(Evil())}), "arrays of NumPy"),
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
    # archive
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
    "other archive": (lambda: zip_of({"readme.txt": b"hello"}), "has no config.json"),
    "SavedModel": (lambda: zip_of({"model/saved_model.pb": b""}), "SavedModel"),
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
    "transposed weights": (lambda: hdf5(wrong_shape), "has the shape"),
    "group as weights": (lambda: hdf5(a_group), "no data set"),
    "names of weights that lead out": (lambda: hdf5(names=("../../outside", BIAS)), "no data set"),
    "one name of weights": (lambda: hdf5(names=(KERNEL,)), "arrays of weights"),
    "configuration that is a number": (lambda: hdf5(config=7), "no text"),
    "configuration in many parts": (lambda: hdf5(config=[b"{}"] * 50), "no text"),
    "weights alone": (weights_alone, "weights alone"),
    "HDF5 of others": (other_hdf5, "no model of Keras"),
    "HDF5 cut short": (lambda: hdf5()[:3_000], "damaged"),
    # ONNX
    "external data": (lambda: onnx_model(constants=(external(constant("v", np.zeros(9))),)), "in another file"),
    "external data in a node": (external_attribute, "in another file"),
    "operator of others": (
        lambda: times_weights(helper.make_node("Run", ["x"], ["z"], domain="evil"), feed="z", domains=("evil",)),
        "'evil.Run'",
    ),
    "operator in Python": (
        lambda: times_weights(helper.make_node("PythonOp", ["x"], ["z"], domain="com.microsoft"), feed="z",
                              domains=("com.microsoft",)),
        "'com.microsoft.PythonOp'",
    ),
    "local function": (local_function, "'own.f'"),
    "unknown operator": (lambda: times_weights(helper.make_node("Nonsense", ["x"], ["z"]), feed="z"), "'Nonsense'"),
    "endless loop": (loop, "operator 'Loop'"),
    "random operator": (lambda: times_weights(helper.make_node("RandomNormalLike", ["x"], ["z"]), feed="z"), "RandomNormal"),
    "sequence of tensors": (
        lambda: times_weights(helper.make_node("SequenceConstruct", ["x"], ["z"]), feed="z"), "SequenceConstruct"
    ),
    "constant without end": (lambda: onnx_model(constants=(huge_constant(),)), "has the shape"),
    "constant of negative size": (lambda: onnx_model(constants=(negative_constant(),)), "has the shape"),
    "text in a constant": (
        lambda: onnx_model(constants=(helper.make_tensor("t", TensorProto.STRING, [1], [b"x"]),)), "is text"
    ),
    "concatenation that doubles": (lambda: doubled(40), "expected at most|fit together"),
    "sums of rows and columns": (lambda: outer(4), "expected at most"),
    "shape from pixels": (shape_of_pixels, "makes shapes from values"),
    "choice from pixels": (lambda: from_values("Gather", "x", "n", axis=1), "makes shapes from values"),
    "padding from pixels": (lambda: from_values("Pad", "x", "n"), "makes shapes from values|no valid ONNX"),
    "slice from pixels": (lambda: from_values("Slice", "x", "n", "n"), "makes shapes from values"),
    "expansion from pixels": (lambda: from_values("Expand", "x", "n"), "operator 'Expand'"),
    "zeros from pixels": (lambda: from_values("ConstantOfShape", "n"), "operator 'ConstantOfShape'"),
    "many nodes": (many_nodes, "nodes; expected"),
    "two inputs": (lambda: onnx_model(inputs=("x", "x2")), "2 inputs"),
    "no input": (lambda: onnx_model(helper.make_node("Relu", ["w"], ["y"]), inputs=()), "0 inputs"),
    "two outputs": (
        lambda: onnx_model(helper.make_node("MatMul", ["x", "w"], ["y"]), helper.make_node("Relu", ["x"], ["y2"]),
                           outputs=("y", "y2")),
        "2 outputs",
    ),
    "missing node": (lambda: times_weights(feed="missing"), "no valid ONNX"),
    "ONNX cut short": (lambda: onnx_model()[:-1_000], "neither a Keras model|no valid ONNX"),
    # others
    "nothing": (lambda: b"", "is empty"),
    "noise": (lambda: np.random.default_rng(0).bytes(5_000), "neither a Keras model"),
    "text": (lambda: b"import os; os.system('id')\n" * 20, "neither a Keras model"),
    "script": (lambda: b"#!/bin/sh\ntouch canary-was-run\n", "neither a Keras model"),
    "web page": (lambda: b"<!DOCTYPE html><html></html>", "web page"),
    "pointer of Git LFS": (lambda: b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "pointer of Git LFS"),
    "architecture alone": (lambda: json.dumps(sequential(INPUT, DENSE)).encode(), "holds no weights"),
    "LiteRT model": (lambda: b"\x1c\0\0\0TFL3" + bytes(100), "LiteRT model"),
    "array of NumPy": (lambda: b"\x93NUMPY\x01\x00" + bytes(100), "array of NumPy"),
}  # fmt: skip


def write_outside(folder: Path) -> None:
    """Write the files that links and external data lead to: what would be read is not zero."""
    with h5py.File(folder / "outside.h5", "w") as root:
        root["kernel"] = np.ones((784, 10), np.float32)
    (folder / "outside.bin").write_bytes(np.ones(7840, np.float32).tobytes())
