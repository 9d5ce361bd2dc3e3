"""Reads an ONNX model of any origin: known operators only, nothing outside of the file, bounded sizes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np
import onnx
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, numpy_helper

from mnist_gui.models.importing.model_file import ModelFileError
from mnist_gui.models.networks import MAX_PARAMETERS

MAX_NODES = 5_000
MAX_NUMBERS = 2**24  # that a node returns for one frame

# Those that networks for pictures are made of. None of them runs a graph, repeats a tensor a given number of times, or
# makes a tensor whose size depends on values: every size follows from the number of frames, and grows with it.
_OPERATORS = frozenset((
    "Abs", "Add", "AveragePool", "BatchNormalization", "Cast", "Ceil", "Celu", "Clip", "Concat", "Constant", "Conv",
    "ConvInteger", "DequantizeLinear", "Div", "Dropout", "DynamicQuantizeLinear", "Elu", "Erf", "Exp", "Flatten",
    "Floor", "Gather", "Gelu", "Gemm", "GlobalAveragePool", "GlobalMaxPool", "GroupNormalization", "HardSigmoid",
    "HardSwish", "Identity", "InstanceNormalization", "LRN", "LayerNormalization", "LeakyRelu", "Log", "LogSoftmax",
    "LpNormalization", "MatMul", "MatMulInteger", "Max", "MaxPool", "Mean", "Min", "Mish", "Mul", "Neg", "PRelu", "Pad",
    "Pow", "QLinearConv", "QLinearMatMul", "QuantizeLinear", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd",
    "ReduceSum", "Reciprocal", "Relu", "Reshape", "Selu", "Shape", "Sigmoid", "Sign", "Slice", "Softmax", "Softplus",
    "Softsign", "Split", "Sqrt", "Squeeze", "Sub", "Sum", "Tanh", "ThresholdedRelu", "Transpose", "Unsqueeze",
))  # fmt: skip
# Inputs that decide about the shape of what a node returns: they must be constants.
_SHAPE_INPUTS = {
    "Gather": (1,), "Pad": (1, 2, 3), "ReduceMax": (1,), "ReduceMean": (1,), "ReduceMin": (1,), "ReduceProd": (1,),
    "ReduceSum": (1,), "Reshape": (1,), "Slice": (1, 2, 3, 4), "Split": (1,), "Squeeze": (1,), "Unsqueeze": (1,),
}  # fmt: skip
# What exporters compute a new shape with from the shape of a tensor; none of it makes more of fewer frames.
_SHAPE_OPERATORS = frozenset((
    "Add", "Cast", "Concat", "Gather", "Identity", "Mul", "ReduceProd", "Reshape", "Slice", "Squeeze", "Unsqueeze",
))  # fmt: skip
_DOMAINS = ("", "ai.onnx")


def read_onnx(content: bytes) -> ModelProto:
    """Return a checked model with one input and one output, whose shapes depend on the number of frames only.

    Raises
    ------
    ModelFileError
        It is no such model; the message is one or more sentences.
    """
    try:
        model = onnx.load_model_from_string(content)
    except MemoryError:
        raise
    except Exception as error:  # protobuf raises different types
        raise ModelFileError(_UNKNOWN) from error
    if not model.graph.node or not model.graph.output:
        raise ModelFileError(_UNKNOWN)
    _check_extent(model)
    for tensor in _tensors(model):
        _check_tensor(tensor)
    try:
        onnx.checker.check_model(model, full_check=True)
    except MemoryError:
        raise
    except Exception as error:  # onnx raises different types
        raise ModelFileError(f"It is no valid ONNX model ({_first_line(error)}). Export it again.") from error
    for node in model.graph.node:
        _check_node(node)
    _check_shapes(model.graph)
    _check_sizes(model)
    return model


_UNKNOWN = "It is neither a Keras model (.keras, .h5) nor an ONNX model, or it is damaged. Save or download it again."


def graph_input(model: ModelProto) -> onnx.ValueInfoProto:
    """Return the only input that is no weight."""
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [entry for entry in model.graph.input if entry.name not in weights]
    if len(inputs) != 1:
        raise ModelFileError(f"It has {len(inputs)} inputs; expected one, for frames.")
    entry: onnx.ValueInfoProto = inputs[0]
    return entry


def _check_extent(model: ModelProto) -> None:
    domains = [entry.domain for entry in model.opset_import if entry.domain not in _DOMAINS]
    used = [node for node in model.graph.node if node.domain not in _DOMAINS]
    if used or model.functions:
        name = f"{used[0].domain}.{used[0].op_type}" if used else model.functions[0].name
        raise ModelFileError(
            f"It uses the operator {name!a:.80}, which is not one of ONNX itself and is not known here."
        )
    if domains and any(len(domain) > 200 for domain in domains):
        raise ModelFileError("It names operators of others in an unusual way.")
    if len(model.graph.node) > MAX_NODES:
        raise ModelFileError(f"It has {len(model.graph.node):,} nodes; expected at most {MAX_NODES:,}.")
    graph_input(model)
    if len(model.graph.output) != 1:
        raise ModelFileError(
            f"It has {len(model.graph.output)} outputs; expected one, with ten numbers for each frame."
        )
    for node in model.graph.node:
        if node.op_type not in _OPERATORS:
            raise ModelFileError(f"It uses the operator {node.op_type!a:.80}, which is not known here.")


def _tensors(model: ModelProto) -> Iterator[TensorProto]:
    """Yield all constants of a model without graphs in its nodes."""
    yield from model.graph.initializer
    for sparse in model.graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in model.graph.node:
        for attribute in node.attribute:
            yield from attribute.tensors
            yield from [attribute.t] if attribute.HasField("t") else []


def _check_tensor(tensor: TensorProto) -> None:
    if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        raise ModelFileError(
            f"Its weights {tensor.name!a:.80} are kept in another file, which is not read. Export it as one file "
            "(onnx.save_model with save_as_external_data=False)."
        )
    if min(tensor.dims, default=0) < 0 or math.prod(tensor.dims) > MAX_PARAMETERS:
        raise ModelFileError(
            f"Its constant {tensor.name!a:.80} has the shape {list(tensor.dims)!s:.80}; expected at most "
            f"{MAX_PARAMETERS:,} numbers."
        )
    if tensor.data_type == TensorProto.STRING:
        raise ModelFileError(f"Its constant {tensor.name!a:.80} is text; expected numbers.")


def _check_node(node: NodeProto) -> None:
    for attribute in node.attribute:
        if attribute.type in (AttributeProto.GRAPH, AttributeProto.GRAPHS, AttributeProto.SPARSE_TENSOR):
            raise ModelFileError(f"Its node {node.op_type} {node.name!a:.80} has a graph or a sparse constant inside.")


def _check_shapes(graph: GraphProto) -> None:
    """Check that no shape depends on the values of frames, and on their number only as exporters write it."""
    constants = {tensor.name for tensor in graph.initializer}
    shapes: set[str] = set()  # values that depend on the number of frames
    for node in graph.node:
        given = [name for name in node.input if name]
        if node.op_type == "Constant" or (given and all(name in constants for name in given)):
            constants.update(node.output)
            continue
        if node.op_type == "Shape":
            shapes.update(node.output)
            continue
        deciding = _SHAPE_INPUTS.get(node.op_type, ())
        of_shapes = [index for index, name in enumerate(node.input) if name in shapes]
        if of_shapes and node.op_type in _SHAPE_OPERATORS and all(name in shapes | constants for name in given):
            shapes.update(node.output)
            of_shapes = []
        elif node.op_type == "Reshape" and of_shapes == [1]:
            continue
        variable = [index for index in deciding if index < len(node.input) and not _is_fixed(node, index, constants)]
        if of_shapes or variable:
            raise ModelFileError(
                f"Its node {node.op_type} {node.name!a:.80} makes shapes from values, which is not known here. Export "
                "it again with constant shapes."
            )


def _is_fixed(node: NodeProto, index: int, constants: set[str]) -> bool:
    return not node.input[index] or node.input[index] in constants


def _check_sizes(model: ModelProto) -> None:
    """Check what nodes return for one frame, where ONNX can tell."""
    copy = ModelProto()
    copy.CopyFrom(model)
    set_batch(copy, 1)
    try:
        inferred = onnx.shape_inference.infer_shapes(copy, data_prop=True)
    except Exception as error:  # onnx raises different types
        raise ModelFileError(f"Its nodes do not fit together ({_first_line(error)}). Export it again.") from error
    for value in inferred.graph.value_info:
        sides = [side.dim_value for side in value.type.tensor_type.shape.dim if side.HasField("dim_value")]
        if math.prod(sides) > MAX_NUMBERS:
            raise ModelFileError(
                f"It computes {value.name!a:.80} of the shape {sides}; expected at most {MAX_NUMBERS:,} numbers."
            )


# -- number of frames


def batch_of(model: ModelProto) -> int:
    """Return the number of frames that a model computes at once; 0 for any number."""
    shape = graph_input(model).type.tensor_type.shape
    return shape.dim[0].dim_value if shape.dim and shape.dim[0].HasField("dim_value") else 0


def set_batch(model: ModelProto, frames: int) -> None:
    """Declare the number of frames that a model gets, 0 for any number, and forget the shapes that followed from it."""
    dimension = graph_input(model).type.tensor_type.shape.dim[0]
    dimension.Clear()
    if frames:
        dimension.dim_value = frames
    else:
        dimension.dim_param = "frames"
    del model.graph.value_info[:]
    model.graph.output[0].type.tensor_type.ClearField("shape")


def for_any_batch(model: ModelProto) -> ModelProto:
    """Return a copy of a model of a fixed number of frames that computes any number; a trial must show that it does.

    Exporters write the number into the new shape of a Reshape, where 0 stands for "as before".
    """
    copy = ModelProto()
    copy.CopyFrom(model)
    batch = batch_of(model)
    set_batch(copy, 0)
    constants = {tensor.name: tensor for tensor in copy.graph.initializer}
    for node in copy.graph.node:
        if node.op_type == "Constant" and node.attribute and node.attribute[0].name == "value":
            constants[node.output[0]] = node.attribute[0].t
    dependent = {graph_input(copy).name}
    for index, node in enumerate(list(copy.graph.node)):
        if not dependent.intersection(node.input):
            continue
        dependent.update(node.output)
        if node.op_type == "Reshape" and node.input[1] in constants:
            shape = numpy_helper.to_array(constants[node.input[1]]).astype(np.int64)
            if shape.ndim == 1 and shape.size > 1 and shape[0] == batch:
                name = f"{node.output[0]}:shape:{index}"
                copy.graph.initializer.append(numpy_helper.from_array(np.array([0, *shape[1:]], np.int64), name))
                node.input[1] = name
    return copy


def input_shape(model: ModelProto) -> tuple[int, ...]:
    """Return the shape of the input without the batch, 0 for sides of any length."""
    entry = graph_input(model)
    tensor = entry.type.tensor_type
    if not tensor.HasField("shape") or tensor.elem_type not in _INPUT_TYPES:
        raise ModelFileError(f"Its input {entry.name!a:.80} is no array of numbers of a known shape.")
    return tuple(side.dim_value if side.HasField("dim_value") else 0 for side in tensor.shape.dim)[1:]


_INPUT_TYPES = (
    TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.UINT8, TensorProto.INT32, TensorProto.INT64,
)  # fmt: skip


def opset_of(model: ModelProto) -> int:
    """Return the version of ONNX' operators that a model uses."""
    return max((entry.version for entry in model.opset_import if entry.domain in _DOMAINS), default=1)


def constant(values: Iterable[object] | float, name: str, dtype: type = np.float32) -> TensorProto:
    """Return a constant from numbers."""
    return numpy_helper.from_array(np.array(values, dtype), name)


def _first_line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return ascii(lines[0])[1:-1][:120] if lines else type(error).__name__
