"""How many frames a model can compute at once within a bounded memory, which stands in the model itself."""

from __future__ import annotations

import math

import onnx
from onnx import ModelProto

from mnist_gui.models.importing.model_file import ModelFileError
from mnist_gui.models.importing.onnx_file import graph_input, set_batch
from mnist_gui.models.inference.onnx_network import BATCH_KEY, BATCH_SIZE
from mnist_gui.models.limited_process import TOO_MUCH_MEMORY

MAX_BATCH_BYTES = 2**27  # that nodes return for the frames of one call and that are in use at once


def declare_batch_size(model: ModelProto) -> None:
    """Write into a model how many frames it is to be asked at once, where that is fewer than usual."""
    entries = [entry for entry in model.metadata_props if entry.key != BATCH_KEY]
    del model.metadata_props[:]
    model.metadata_props.extend(entries)
    size = batch_size(model)
    if size < BATCH_SIZE:
        model.metadata_props.add(key=BATCH_KEY, value=str(size))


def batch_size(model: ModelProto) -> int:
    """Return how many frames a model can be asked at once, `BATCH_SIZE` at most; 1 where one frame takes more."""
    return max(1, min(BATCH_SIZE, MAX_BATCH_BYTES // max(1, _bytes_per_frame(model))))


def check_memory(model: ModelProto) -> None:
    """Raise `ModelFileError` for a model that needs more memory for a single frame than is meant for many."""
    used = _bytes_per_frame(model)
    if used > MAX_BATCH_BYTES:
        raise ModelFileError(f"It {TOO_MUCH_MEMORY} ({used / 1e6:,.0f} MB for a frame).")


def _bytes_per_frame(model: ModelProto) -> int:
    """Return the size of the values that are in use at once while one frame is computed, as far as ONNX can tell.

    What follows from weights alone does not count: it is computed when a model is loaded.
    """
    copy = ModelProto()
    copy.CopyFrom(model)
    set_batch(copy, 1)
    graph = onnx.shape_inference.infer_shapes(copy, data_prop=True).graph
    sizes = {value.name: _size(value) for value in (graph_input(copy), *graph.value_info, *graph.output)}
    last_use = {name: index for index, node in enumerate(graph.node) for name in node.input}
    of_frame = {graph_input(copy).name}
    used = largest = sizes[graph_input(copy).name]
    for index, node in enumerate(graph.node):
        given = of_frame.intersection(node.input)
        if not given:
            continue
        of_frame.update(node.output)
        used += sum(sizes.get(name, 0) for name in node.output)
        largest = max(largest, used)
        used -= sum(sizes.get(name, 0) for name in given if last_use[name] == index)
    return largest


def _size(value: onnx.ValueInfoProto) -> int:
    """Return the number of bytes of a value, with 1 for each side that is not known."""
    tensor = value.type.tensor_type
    sides = [side.dim_value if side.HasField("dim_value") else 1 for side in tensor.shape.dim]
    return math.prod(sides) * int(onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type).itemsize)
