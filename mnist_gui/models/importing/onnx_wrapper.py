"""Puts a convention around a network: (N, 28, 28) frames from 0 to 1 in, (N, 10) probabilities out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, compose, helper, numpy_helper

from mnist_gui.digits.dataset import CLASSES, FRAME_SIDE
from mnist_gui.models.importing.conventions import MIN_SCORE, Convention, Layout, placement
from mnist_gui.models.importing.onnx_file import graph_input

INPUT, OUTPUT = "frames", "probabilities"
PREFIX = "network/"  # of all names of a network that this program did not write


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
    inner = compose.add_prefix(model, PREFIX)
    graph, entry = inner.graph, graph_input(inner)
    before, after = _Steps("before", INPUT), _Steps("after", graph.output[0].name)
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
    return inner


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
