"""Puts a convention around a network: (N, 28, 28) frames from 0 to 1 in, (N, 10) probabilities out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, compose, helper, numpy_helper, shape_inference

from mnist_gui.digits.dataset import CLASSES, FRAME_SIDE
from mnist_gui.models.importing.conventions import MIN_SCORE, Convention, Layout, placement
from mnist_gui.models.importing.model_file import ModelFileError
from mnist_gui.models.importing.onnx_file import graph_input

INPUT, OUTPUT = "frames", "probabilities"
PREFIX = "network/"  # of all names of a network that this program did not write
_BEFORE, _AFTER = "before", "after"


def wrap(model: ModelProto, layout: Layout, convention: Convention) -> ModelProto:
    """Return a model that gets frames and gives probabilities.

    Parameters
    ----------
    model
        Network for any number of inputs; unchanged.
    layout
        Layout of its input.
    convention
        What it expects and gives.
    """
    return wrap_again(compose.add_prefix(model, PREFIX), layout, convention)


def wrap_again(network: ModelProto, layout: Layout, convention: Convention) -> ModelProto:
    """Return what `wrap` returns, for a network whose names have the prefix, as `unwrap` returns it; it is changed."""
    graph, entry = network.graph, graph_input(network)
    before, after = _Steps(_BEFORE, INPUT), _Steps(_AFTER, graph.output[0].name)
    _add_input_steps(before, convention, layout, entry)
    _add_output_steps(after, convention)
    nodes = [*before.nodes, *graph.node, *after.nodes]
    kept = [value for value in graph.input if value.name != entry.name]  # weights, in early versions of ONNX
    del graph.node[:], graph.value_info[:], graph.output[:], graph.input[:]
    graph.node.extend(nodes)
    graph.initializer.extend([*before.constants, *after.constants])
    frames = helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["N", FRAME_SIDE, FRAME_SIDE])
    graph.input.extend([frames, *kept])
    graph.output.append(helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["N", CLASSES]))
    return network


def unwrap(model: ModelProto) -> tuple[ModelProto, Layout]:
    """Return the network inside of a model of `wrap`, and the layout of its input.

    Parameters
    ----------
    model
        A checked model, see `mnist_gui.models.importing.onnx_file.read_onnx`; unchanged.

    Raises
    ------
    ModelFileError
        It was not made by `wrap`.
    """
    try:
        return _unwrap(shape_inference.infer_shapes(model))
    except (LookupError, ValueError) as error:  # of missing, other or further nodes
        raise ModelFileError("It has no network with steps before and after it, as an added model has.") from error


def _unwrap(model: ModelProto) -> tuple[ModelProto, Layout]:
    """Return what `unwrap` returns, for a model with inferred types; it is changed."""
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    before = [node for node in graph.node if node.name.startswith(f"{_BEFORE}/")]
    after = [node for node in graph.node if node.name.startswith(f"{_AFTER}/")]
    (reshape,) = (node for node in before if node.op_type == "Reshape")
    shape = numpy_helper.to_array(constants[reshape.input[1]]).tolist()[1:]
    for node in before:
        if node.op_type == "Concat":
            shape[node.attribute[0].i - 1] = len(node.input)
    layout, cast = Layout.of(shape), before[-1]
    (kind,) = (value.type.tensor_type.elem_type for value in graph.value_info if value.name == after[0].input[0])
    entry = helper.make_tensor_value_info(cast.output[0], cast.attribute[0].i, ["N", *layout.shape])
    answers = helper.make_tensor_value_info(after[0].input[0], kind, None)
    steps = {node.name for node in (*before, *after)}
    nodes = [node for node in graph.node if node.name not in steps]
    weights = [tensor for tensor in graph.initializer if not tensor.name.startswith((f"{_BEFORE}/", f"{_AFTER}/"))]
    kept = [value for value in graph.input if value.name != INPUT]
    for field, values in (
        (graph.node, nodes),
        (graph.initializer, weights),
        (graph.input, [entry, *kept]),
        (graph.output, [answers]),
        (graph.value_info, []),
    ):
        del field[:]
        field.extend(values)
    return model, layout


class _Steps:
    """Nodes one after the other, and their constants.

    Attributes
    ----------
    last
        Name of the last result.
    """

    def __init__(self, name: str, last: str) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self.last = last
        self._name = name

    def add(
        self, operator: str, *inputs: str | NDArray[np.generic], output: str = "", **options: int | list[int]
    ) -> None:
        """Add a node that gets results by name and constants; without any, the last result."""
        name = f"{self._name}/{len(self.nodes)}"
        names = [entry if isinstance(entry, str) else self._constant(entry) for entry in inputs or (self.last,)]
        self.last = output or name
        node = helper.make_node(operator, names, [self.last], name)
        node.attribute.extend(helper.make_attribute(key, value) for key, value in options.items())
        self.nodes.append(node)

    def _constant(self, value: NDArray[np.generic]) -> str:
        name = f"{self._name}/constant {len(self.constants)}"
        self.constants.append(numpy_helper.from_array(value, name))
        return name


def _number(value: float) -> NDArray[np.float32]:
    return np.array(value, np.float32)


def _add_input_steps(steps: _Steps, convention: Convention, layout: Layout, entry: ValueInfoProto) -> None:
    if convention.is_transposed:
        steps.add("Transpose", perm=[0, 2, 1])
    if convention.placing != "as it is":
        matrix = placement(convention.placing, layout.side)
        steps.add("MatMul", matrix, steps.last)
        steps.add("MatMul", steps.last, np.ascontiguousarray(matrix.T))
    factor, added = convention.scale
    if (factor, added) != (1, 0):
        steps.add("Mul", steps.last, _number(factor))
        steps.add("Add", steps.last, _number(added))
    steps.add("Reshape", steps.last, np.array([-1, *layout.single_channel], np.int64))
    if layout.channel_axis is not None:
        steps.add("Concat", *[steps.last] * layout.channels, axis=layout.channel_axis + 1)
    steps.add("Cast", to=entry.type.tensor_type.elem_type, output=entry.name)


def _add_output_steps(steps: _Steps, convention: Convention) -> None:
    steps.add("Cast", to=TensorProto.FLOAT)
    steps.add("Reshape", steps.last, np.array([-1, CLASSES], np.int64))
    if convention.order != Convention.order:
        steps.add("Gather", steps.last, np.array(convention.order, np.int64), axis=1)
    match convention.answers:
        case "probabilities":
            steps.add("Identity", output=OUTPUT)
        case "scores":
            steps.add("Add", steps.last, _number(MIN_SCORE))
            shares = steps.last
            steps.add("MatMul", shares, np.ones((CLASSES, CLASSES), np.float32))
            steps.add("Div", shares, steps.last, output=OUTPUT)
        case _:  # the softmax of log-probabilities are the probabilities
            steps.add("Softmax", axis=1, output=OUTPUT)
