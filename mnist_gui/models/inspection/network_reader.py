"""Finds in an ONNX model the layers that can be looked into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from mnist_gui.digits.dataset import CLASSES
from mnist_gui.models.inspection.network_graph import ELEMENTWISE, UNCHANGED, Graph, attributes, is_number
from mnist_gui.models.inspection.network_layers import Array, Form, Kind, NetworkLayer, Shape
from mnist_gui.models.inspection.receptive_fields import Bounds, frame_bounds, window_of

MAX_LAYERS = 24  # before the answer
MAX_VALUES = 2**20  # of a layer
MAX_PIXELS = 32_000  # height of all maps of a layer below each other
_MAX_ACTIVATION_NODES = 12

_POSITIVE = frozenset(("Relu", "Sigmoid", "HardSigmoid", "Softplus", "Exp", "Softmax", "Abs", "Sqrt"))
_KEEP_SIGN = UNCHANGED | {
    "Transpose", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "ReduceMean", "ReduceMax", "Concat",
    "Sum", "Add",
}  # fmt: skip
_OPERATIONS = {
    "MaxPool": "max", "AveragePool": "mean", "GlobalAveragePool": "mean", "GlobalMaxPool": "max", "ReduceMean": "mean",
    "ReduceMax": "max", "Add": "sum", "Sum": "sum", "Concat": "join",
}  # fmt: skip
# Neither layers that can be shown nor anything that a user would look for.
_SILENT = ELEMENTWISE | UNCHANGED | {"Transpose", "Softmax", "LogSoftmax", "Gather", "Pad", "Shape", "Slice", "Concat"}


@dataclass(frozen=True)
class FoundLayers:
    """The layers of a network.

    Attributes
    ----------
    layers
        In the order of computation; the last one is the answer.
    unshown
        Names of nodes that are computed but cannot be looked into, and their operators.
    left_out
        Number of layers that could be looked into, but are too large or too many.
    """

    layers: tuple[NetworkLayer, ...]
    unshown: tuple[tuple[str, str], ...]
    left_out: int


def find_layers(graph: Graph) -> FoundLayers:
    """Return the layers of a network that can be looked into."""
    kinds = _kinds(graph)
    is_last_dense = bool(kinds) and kinds[-1][1] == "dense" and graph.shapes[kinds[-1][0].output[0]] == (CLASSES,)
    answer = kinds.pop()[0] if is_last_dense else None
    shown = [(node, kind) for node, kind in kinds if _is_small(graph.shapes[node.output[0]])][:MAX_LAYERS]
    reader = _Reader(graph, {node.output[0]: index for index, (node, _) in enumerate(shown)})
    for node, kind in shown:
        reader.add(node, kind)
    named = {node.output[0] for node, _ in kinds} | ({answer.output[0]} if answer is not None else set())
    unshown = [
        (node.name, node.op_type) for node in graph.nodes if node.output[0] not in named and node.op_type not in _SILENT
    ]
    return FoundLayers((*reader.layers, reader.answer(answer)), tuple(unshown), len(kinds) - len(shown))


def _kinds(graph: Graph) -> list[tuple[NodeProto, Kind]]:
    """Return the nodes that are layers, and their kinds."""
    kinds: list[tuple[NodeProto, Kind]] = []
    origins: dict[str, frozenset[str]] = {graph.entry: frozenset()}  # the layers that a result comes from
    for node in graph.nodes:
        given = [origins.get(name, frozenset()) for name in graph.varying(node)]
        kind = _kind_of(graph, node)
        if kind == "merge" and len(set(given)) == 1:  # it is part of an activation
            kind = None
        if kind is not None:
            kinds.append((node, kind))
        origins.update(dict.fromkeys(node.output, frozenset(node.output) if kind else frozenset().union(*given)))
    return kinds


def _is_small(shape: Shape) -> bool:
    size = int(np.prod(shape))
    return size <= MAX_VALUES and (len(shape) < 3 or size // min(shape) <= MAX_PIXELS)


def _kind_of(graph: Graph, node: NodeProto) -> Kind | None:
    given = graph.varying(node)
    before, shape = graph.shapes.get(given[0]), graph.shapes.get(node.output[0])
    if before is None or shape is None or not is_number(graph.types.get(node.output[0], 0)):
        return None
    match node.op_type:
        case "Conv" if len(shape) == 3 and graph.is_constant(node.input[1]):
            return "convolution"
        case "MaxPool" | "AveragePool" if len(shape) == 3:
            return "pooling"
        case "GlobalAveragePool" | "GlobalMaxPool":
            return "summary"
        case "ReduceMean" | "ReduceMax" if _is_over_maps(graph, node, before):
            return "summary"
        case "MatMul" if len(before) == len(shape) == 1 and node.input[0] == given[0]:
            return "dense"
        case "Gemm" if given == [node.input[0]] and not attributes(node).get("transA"):
            return "dense"
        case "Add" | "Sum" | "Concat" if len(given) > 1 and (len(shape) == 1 or node.output[0] in graph.forms):
            return "merge"
    return None


def _is_over_maps(graph: Graph, node: NodeProto, before: Shape) -> bool:
    """Return whether a reduction keeps one number of each map."""
    form, axes = graph.forms.get(graph.varying(node)[0]), attributes(node).get("axes")
    if axes is None and len(node.input) > 1 and node.input[1]:
        axes = graph.constant(node.input[1]).tolist()
    if form is None or form.channel is None or form.shape != before or axes is None:
        return False
    dimensions = {axis - 1 if axis > 0 else axis + len(before) for axis in axes}
    return dimensions == set(range(len(before))) - {form.channel}


@dataclass
class _After:
    """What follows a sum: constants to add and multiply by, and an activation.

    Attributes
    ----------
    values
        Name of the result.
    """

    values: str
    bias: Array | None = None
    scale: Array | None = None
    offset: Array | None = None
    activation: tuple[str, ...] = ()

    def multiply(self, factor: Array, added: Array) -> None:
        """Multiply by and add constants of the layer's shape."""
        if self.scale is None and (factor == 1).all():
            self.bias = added if self.bias is None else self.bias + added
            return
        self.scale = factor if self.scale is None else self.scale * factor
        self.offset = added if self.offset is None else self.offset * factor + added


class _Reader:
    """Reads the layers of a graph, in the order of computation.

    Attributes
    ----------
    layers
        Those that were read.
    """

    def __init__(self, graph: Graph, shown: Mapping[str, int]) -> None:
        self.layers: list[NetworkLayer] = []
        self._graph = graph
        self._bounds = frame_bounds(graph)
        self._positive: set[str] = set()  # results that are never negative
        self._inputs: dict[str, tuple[int, ...]] = {}  # indices of the layers that feed the node of a result
        origins: dict[str, tuple[int, ...]] = {graph.entry: ()}
        for node in graph.nodes:
            given = graph.varying(node)
            fed = tuple(sorted({index for name in given for index in origins.get(name, ())}))
            is_positive = node.op_type in _POSITIVE or (
                node.op_type in _KEEP_SIGN and len(given) == len(set(node.input) - {""}) and self._are_positive(given)
            )
            for name in node.output:
                self._inputs[name] = fed
                origins[name] = (shown[name],) if name in shown else fed
                if is_positive:
                    self._positive.add(name)

    def _are_positive(self, names: list[str]) -> bool:
        return self._positive.issuperset(names)

    def add(self, node: NodeProto, kind: Kind) -> None:
        """Read another layer."""
        graph, index = self._graph, len(self.layers)
        after = self._after(node, kind)
        form = graph.forms.get(after.values) if kind in ("convolution", "pooling", "merge") else None
        shape = graph.shapes[after.values]
        if form is not None:
            shape = form.arrange(np.empty(form.shape, np.float32)).shape
        layer = replace(
            self._fed(node, kind),
            shape=shape if form is not None else (int(np.prod(shape)),),
            values=after.values,
            form=form,
            owner=index,
            bias=after.bias,
            scale=after.scale,
            offset=after.offset,
            activation=after.activation,
            is_signed=after.values not in self._positive,
            fields=None if form is None else _fields(self._bounds.get(after.values), form),
        )
        # A pooled map is that of the filter before it.
        if kind in ("pooling", "summary") and len(layer.sources) == 1:
            before = self.layers[layer.sources[0]]
            if before.count == layer.count:
                layer = replace(layer, owner=before.owner)
        self.layers.append(layer)

    def answer(self, node: NodeProto | None) -> NetworkLayer:
        """Return the last layer, whose sums a dense layer computes if there is one."""
        graph = self._graph
        if node is None:
            sources = self._inputs.get(graph.exit, ())
            return NetworkLayer("answer", (CLASSES,), graph.exit, None, sources=sources, owner=len(self.layers))
        after = self._after(node, "dense")
        later = graph.nodes[graph.nodes.index(node) :]
        order = tuple(range(CLASSES))
        for other in later:
            if other.op_type == "Gather" and graph.is_constant(other.input[1]):
                order = tuple(graph.constant(other.input[1]).reshape(-1).tolist())
        activation = tuple(other.op_type for other in later if other.op_type in ("Sigmoid", "Softmax", "LogSoftmax"))
        return replace(
            self._fed(node, "dense"),
            kind="answer",
            values=graph.exit,
            owner=len(self.layers),
            bias=after.bias,
            scale=after.scale,
            offset=after.offset,
            activation=activation,
            order=order,
        )

    def _fed(self, node: NodeProto, kind: Kind) -> NetworkLayer:
        """Return a layer of which is known what feeds it."""
        graph = self._graph
        source = graph.varying(node)[0]
        form, weights, groups = graph.forms.get(source), None, 1
        if kind in ("convolution", "pooling"):
            form = Form(graph.shapes[source], 0)
        if kind == "convolution":
            weights = graph.constant(node.input[1]).astype(np.float32).transpose(2, 3, 1, 0)
            groups = attributes(node).get("group", 1)
        elif kind == "dense":
            weights = _dense_weights(graph, node)
            if form is not None and np.prod(form.shape) != len(weights):
                form = None
            weights = form.arrange_weights(weights) if form is not None else weights
        return NetworkLayer(
            kind,
            graph.shapes[node.output[0]],
            node.output[0],
            None,
            source,
            form,
            operation=_OPERATIONS.get(node.op_type, ""),
            sources=self._inputs[node.output[0]],
            window=window_of(graph, node) if kind in ("convolution", "pooling") else None,
            groups=groups,
            weights=weights,
        )

    # -- what follows a sum

    def _after(self, node: NodeProto, kind: Kind) -> _After:
        graph = self._graph
        after = _After(node.output[0], self._own_bias(node, kind))
        passed = {"Identity", "Cast", "Dropout", "Transpose"} | (UNCHANGED if kind == "summary" else set())
        while (following := self._following(after.values)) is not None:
            nodes, result = following
            first = nodes[0]
            if len(nodes) == 1 and first.op_type in passed and not after.activation:
                after.values = result
            elif len(nodes) == 1 and not after.activation and (found := self._affine(first, kind)) is not None:
                after.multiply(*found)
                after.values = result
            elif not after.activation and any(entry.op_type in ELEMENTWISE for entry in nodes):
                after.activation = tuple(entry.op_type for entry in nodes)
                after.values = result
            elif after.activation and len(nodes) == 1 and first.op_type in ("Min", "Max", "Clip"):
                after.values = result
            else:
                break
            if after.values not in graph.shapes:
                break
        return after

    def _own_bias(self, node: NodeProto, kind: Kind) -> Array | None:
        graph = self._graph
        if kind not in ("convolution", "dense"):
            return None
        bias: Any = 0.0
        if len(node.input) > 2 and node.input[2]:
            bias = graph.constant(node.input[2]).astype(np.float32)
            if node.op_type == "Gemm":
                bias = attributes(node).get("beta", 1.0) * bias
        count, *sides = graph.shapes[node.output[0]]
        return np.broadcast_to(np.asarray(bias, np.float32).reshape(-1), (*sides, count))

    def _following(self, name: str) -> tuple[list[NodeProto], str] | None:
        """Return the fewest nodes after a result of which only the last one's result is used, and that result.

        They compute each value from the one at the same place, or move it. None if there are no such nodes.
        """
        graph, inside, nodes = self._graph, {name}, list[NodeProto]()
        if name == graph.exit:
            return None
        for node in self._nodes_after(name):
            given = set(graph.varying(node))
            if not given & inside:
                continue
            if not given <= inside or node.op_type not in ELEMENTWISE | UNCHANGED | {"Transpose"}:
                return None
            nodes.append(node)
            result = node.output[0]
            inside.add(result)
            used = [other for entry in inside - {result} for other in graph.consumers[entry]]
            if all(any(other is entry for entry in nodes) for other in used):
                return nodes, result
            if len(nodes) == _MAX_ACTIVATION_NODES or result == graph.exit:
                return None
        return None

    def _nodes_after(self, name: str) -> Iterator[NodeProto]:
        nodes = self._graph.nodes
        start = next((index for index, node in enumerate(nodes) if name in node.output), -1)
        return iter(nodes[start + 1 :])

    def _affine(self, node: NodeProto, kind: Kind) -> tuple[Array, Array] | None:
        """Return what a node multiplies by and adds, of the layer's shape; None if it does anything else."""
        graph, name = self._graph, node.output[0]
        if name not in graph.shapes:
            return None
        if node.op_type == "BatchNormalization":
            scale, offset, mean, variance = (graph.constant(entry).astype(np.float32) for entry in node.input[1:5])
            factor: Any = scale / np.sqrt(variance + np.float32(attributes(node).get("epsilon", 1e-5)))
            added: Any = offset - mean * factor
            sides = [1] * (len(graph.shapes[name]) - 1)
            return self._spread(factor.reshape(-1, *sides), name, kind), self._spread(
                added.reshape(-1, *sides), name, kind
            )
        constants = [graph.constant(entry) for entry in node.input if graph.is_constant(entry)]
        if node.op_type not in ("Add", "Sub", "Mul", "Div") or len(constants) != 1:
            return None
        value, is_second = constants[0].astype(np.float32), graph.is_constant(node.input[1])
        match node.op_type:
            case "Add":
                factor, added = np.ones(1), value
            case "Sub":
                factor, added = (np.ones(1), -value) if is_second else (-np.ones(1), value)
            case "Mul":
                factor, added = value, np.zeros(1)
            case _ if is_second:
                factor, added = 1 / value, np.zeros(1)
            case _:
                return None
        return self._spread(factor, name, kind), self._spread(added, name, kind)

    def _spread(self, value: NDArray[Any], name: str, kind: Kind) -> Array:
        """Return a constant as it meets each value of a result, arranged as the layer's values."""
        shape, form = self._graph.shapes[name], self._graph.forms.get(name)
        whole = np.broadcast_to(np.asarray(value, np.float32), (1, *shape))[0]
        return form.arrange(whole) if form is not None and kind not in ("dense", "summary") else whole.reshape(-1)


def _dense_weights(graph: Graph, node: NodeProto) -> Array:
    """Return (inputs, units)."""
    weights, options = graph.constant(node.input[1]).astype(np.float32), attributes(node)
    if node.op_type == "MatMul":
        return weights
    weights = weights.T if options.get("transB") else weights
    return np.asarray(options.get("alpha", 1.0) * weights, np.float32)


def _fields(bounds: Bounds | None, form: Form) -> NDArray[np.int32] | None:
    """Return (rows, columns, 4) of what all filters at a place depend on together."""
    if bounds is None:
        return None
    arranged = np.stack([form.arrange(bound) for bound in bounds])
    return np.moveaxis(np.concatenate([arranged[:2].min(axis=-1), arranged[2:].max(axis=-1)]), 0, -1)
