"""Hostile ONNX models: the content of each, and a part of the message that refuses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, load_model_from_string, numpy_helper

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


def altered(change: Callable[[ModelProto], object]) -> bytes:
    model = load_model_from_string(onnx_model())
    change(model)
    return bytes(model.SerializeToString())


def picked(operator: str, *numbers: list[int], **options: Any) -> bytes:
    """A node whose further inputs are constants."""
    constants = tuple(constant(f"n{index}", values, np.int64) for index, values in enumerate(numbers))
    names = [tensor.name for tensor in constants]
    return times_weights(helper.make_node(operator, ["x", *names], ["z"], **options), feed="z", constants=constants)


def wide() -> bytes:
    """A network whose nodes return 31 MB for a frame each, all of which is needed until the last one."""
    nodes = (
        helper.make_node("Reshape", ["x", "column"], ["pixels"]),
        *(helper.make_node("MatMul", ["pixels", "row"], [f"wide {index}"]) for index in range(5)),
        helper.make_node("Sum", [f"wide {index}" for index in range(5)], ["sum"]),
        helper.make_node("ReduceMax", ["sum", "axis"], ["z"], keepdims=0),
        helper.make_node("MatMul", ["z", "last"], ["y"]),
    )
    constants = (
        constant("column", [-1, 784, 1], np.int64),
        constant("row", np.ones((1, 10_000))),
        constant("axis", [1], np.int64),
        constant("last", np.ones((10_000, 10))),
    )
    return onnx_model(*nodes, constants=constants)


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


HOSTILE_ONNX: dict[str, tuple[Callable[[], bytes], str]] = {
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
    "wide layers": (wide, "needs more memory than a network for digits should \\(188 MB for a frame\\)"),
    "operators of the future": (lambda: altered(lambda model: setattr(model.opset_import[0], "version", 2**40)), "no valid"),
    "two constants of one name": (lambda: onnx_model(constants=(constant("w", np.zeros((9, 9))),)), "no valid ONNX"),
    "constant cut short": (
        lambda: altered(lambda model: setattr(model.graph.initializer[0], "raw_data", bytes(16))), "no valid ONNX"
    ),
    "constant whose size overflows": (
        lambda: altered(lambda model: model.graph.initializer[0].dims.extend([2**62, 4])), "has the shape"
    ),
    "circle of nodes": (
        lambda: onnx_model(
            helper.make_node("Add", ["x", "b"], ["a"]), helper.make_node("Relu", ["a"], ["b"]),
            helper.make_node("MatMul", ["b", "w"], ["y"]),
        ),
        "no valid ONNX",
    ),
    "groups without end": (lambda: onnx_model() + b"\xfb\x3f" * 100_000, "neither a Keras model"),
    "a billion frames at once": (lambda: onnx_model(shape=(10**9, 784)), "exactly 1,000,000,000 frames at once"),
    "many frames of one": (lambda: picked("Pad", [0, 0, 10**7, 0]), "expected at most 16,777,216 numbers"),
    "numbers far outside": (lambda: picked("Gather", [10**6] * 784, axis=1), "cannot be run .*out of data bounds"),
    "frames beside each other": (
        lambda: onnx_model(helper.make_node("Concat", ["x"] * 64, ["z"], axis=0), helper.make_node("MatMul", ["z", "w"], ["y"])),
        "returns 640 numbers for a frame",
    ),
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
}  # fmt: skip
