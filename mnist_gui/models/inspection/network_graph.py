"""The graph of an ONNX model: its constants, and the shape and form of what is computed for one frame."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import onnx
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from mnist_gui.models.importing.onnx_file import graph_input, set_batch
from mnist_gui.models.inference.onnx_network import open_session
from mnist_gui.models.inspection.network_layers import Form, Shape

AnyArray = NDArray[Any]

# Return values of the shape of their input, each of which depends on the value at the same place alone.
ACTIVATIONS = frozenset((
    "Abs", "Celu", "Clip", "Elu", "Erf", "Exp", "Gelu", "HardSigmoid", "HardSwish", "LeakyRelu", "Log", "Mish", "Neg",
    "PRelu", "Pow", "Reciprocal", "Relu", "Selu", "Sigmoid", "Softplus", "Softsign", "Sqrt", "Tanh", "ThresholdedRelu",
))  # fmt: skip
ARITHMETIC = frozenset((
    "Add", "Sub", "Mul", "Div", "Max", "Min", "Sum", "Mean", "Where", "GreaterOrEqual", "Less", "Greater",
))  # fmt: skip
ELEMENTWISE = ACTIVATIONS | ARITHMETIC | {"BatchNormalization"}
# Return the values of their input, in their order.
UNCHANGED = frozenset(("Identity", "Cast", "Dropout", "Reshape", "Flatten", "Squeeze", "Unsqueeze"))


class Graph:
    """An ONNX model that computes ten numbers from (28, 28) frames.

    Parameters
    ----------
    model
        A checked model, see `mnist_gui.models.importing.onnx_file.read_onnx`; unchanged.

    Attributes
    ----------
    nodes
        Nodes whose results depend on the frame, in the order of computation.
    entry, exit
        Names of the input and the output.
    shapes
        Shapes of results for one frame by name, without the batch, where ONNX can tell.
    types
        Types of their numbers, as ONNX counts them.
    consumers
        Nodes that use a result, by its name.
    """

    def __init__(self, model: ModelProto) -> None:
        self._model = model
        self.entry, self.exit = graph_input(model).name, model.graph.output[0].name
        self._stored = {tensor.name: tensor for tensor in model.graph.initializer}
        self._constant_nodes: list[NodeProto] = []
        self.nodes: list[NodeProto] = []
        known = set(self._stored) | {""}
        for node in model.graph.node:
            if set(node.input) <= known:
                self._constant_nodes.append(node)
                known.update(node.output)
            else:
                self.nodes.append(node)
        self._known = known
        self.consumers: Mapping[str, list[NodeProto]] = defaultdict(list)
        for node in self.nodes:
            for name in dict.fromkeys(node.input):
                self.consumers[name].append(node)
        self.shapes, self.types = self._inferred()
        self.forms = self._forms()

    def is_constant(self, name: str) -> bool:
        """Return whether a result is the same for every frame, or "", which is none."""
        return name in self._known

    def varying(self, node: NodeProto) -> list[str]:
        """Return the inputs of a node that depend on the frame, each once."""
        return [name for name in dict.fromkeys(node.input) if not self.is_constant(name)]

    def constant(self, name: str) -> AnyArray:
        """Return a result that is the same for every frame."""
        if name in self._stored:
            return numpy_helper.to_array(self._stored[name])
        return self._computed[name]

    @cached_property
    def _computed(self) -> dict[str, AnyArray]:
        """Results of the nodes without a frame."""
        names = [name for node in self._constant_nodes for name in node.output if name]
        if not names:
            return {}
        graph = helper.make_graph(self._constant_nodes, "constants", [], [], self._model.graph.initializer)
        graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
        model = helper.make_model(
            graph, opset_imports=self._model.opset_import, ir_version=max(self._model.ir_version, 4)
        )
        return dict(zip(names, open_session(model.SerializeToString(), threads=1).run(None, {}), strict=True))

    def _inferred(self) -> tuple[dict[str, Shape], dict[str, int]]:
        single = ModelProto()
        single.CopyFrom(self._model)
        set_batch(single, 1)
        inferred = onnx.shape_inference.infer_shapes(single, data_prop=True).graph
        shapes, types = {}, {}
        for value in (*inferred.input, *inferred.value_info, *inferred.output):
            tensor = value.type.tensor_type
            types[value.name] = tensor.elem_type
            sides = [side.dim_value for side in tensor.shape.dim]
            if tensor.HasField("shape") and sides and sides[0] == 1 and min(sides) > 0:
                shapes[value.name] = tuple(sides[1:])
        return shapes, types

    # -- forms

    def _forms(self) -> dict[str, Form]:
        """Return how results form maps, by name; without those that form none."""
        forms: dict[str, Form] = {}
        if (shape := self.shapes.get(self.entry)) is not None:
            forms[self.entry] = Form(tuple(side for side in shape if side != 1), None)
        for node in self.nodes:
            form = self._form_of(node, forms)
            if form is not None:
                forms[node.output[0]] = form
        return forms

    def _form_of(self, node: NodeProto, forms: Mapping[str, Form]) -> Form | None:
        given, shape = self.varying(node), self.shapes.get(node.output[0])
        before, first = self.shapes.get(given[0]), forms.get(given[0])
        if shape is None or before is None:
            return None
        match node.op_type:
            case "Conv" | "MaxPool" | "AveragePool" if len(shape) == 3:
                return Form(shape, 0)
            case "Transpose":
                order = attributes(node).get("perm", ())
                fits = first is not None and order and order[0] == 0 and len(order) == len(before) + 1
                return first.transposed(before, tuple(axis - 1 for axis in order[1:])) if first and fits else None
            case "Concat":
                return self._joined(node, [forms.get(name) for name in given], shape)
            case "MatMul" if first and first.channel is None and first.shape == before and len(shape) == 2:
                return Form(shape, None)
            case "Pad" | "Slice" if first and first.shape == before:
                return Form(shape, first.channel)
        if node.op_type in UNCHANGED:
            return first
        if node.op_type in ELEMENTWISE:
            return next((forms[name] for name in given if name in forms and self.shapes.get(name) == shape), None)
        return None

    def _joined(self, node: NodeProto, forms: Sequence[Form | None], shape: Shape) -> Form | None:
        axis = attributes(node).get("axis", 0)
        index = axis - 1 if axis > 0 else axis + len(shape)
        if len(shape) != 3 or any(form is None or form.channel not in (None, index) for form in forms):
            return None
        return Form(shape, index)


def attributes(node: NodeProto) -> dict[str, Any]:
    """Return the options of a node by name."""
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


def is_number(elem_type: int) -> bool:
    """Return whether a type of ONNX is one of the numbers that networks compute with."""
    return elem_type in (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16)
