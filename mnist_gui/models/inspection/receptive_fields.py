"""What of the frame each value of a network depends on, from the layers between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from onnx import NodeProto

from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.models.inspection.network_graph import ELEMENTWISE, UNCHANGED, Graph, attributes
from mnist_gui.models.inspection.network_layers import Window

# (4, ...): first row and column, and last ones with a minus sign: what several values depend on is then the minimum.
Bounds = NDArray[np.int32]
_NOTHING = 10_000
_MAX_MATRIX = 2**15  # numbers of a matrix whose zeros are looked at


def frame_bounds(graph: Graph) -> dict[str, Bounds]:
    """Return the first row and column of the frame, and the last ones, that each value of a network depends on.

    Returns
    -------
    By the name of the result, (4, ...) of its shape: first row and column, last row and column. For a value that
    depends on nothing, the first ones lie behind the last ones. A result of an unknown shape is missing.
    """
    rows, columns = np.indices((FRAME_SIDE, FRAME_SIDE), np.int32)
    shape = graph.shapes.get(graph.entry, ())
    found = {graph.entry: np.stack([rows, columns, -rows, -columns]).reshape(4, *shape)}
    for node in graph.nodes:
        for name in node.output:
            if (shape_of := graph.shapes.get(name)) is not None:
                bounds = _bounds_of(graph, node, found, shape_of)
                found[name] = bounds.reshape(4, *shape_of)
    return {name: np.concatenate([bounds[:2], -bounds[2:]]) for name, bounds in found.items()}


def _bounds_of(graph: Graph, node: NodeProto, found: Mapping[str, Bounds], shape: tuple[int, ...]) -> Bounds:
    given = [found.get(name) for name in graph.varying(node)]
    known = [bounds for bounds in given if bounds is not None]
    if len(known) < len(given):
        whole = np.array([0, 0, 1 - FRAME_SIDE, 1 - FRAME_SIDE], np.int32)
        return np.broadcast_to(whole.reshape(4, *[1] * len(shape)), (4, *shape))
    first, options = known[0], attributes(node)
    if node.op_type in UNCHANGED and first[0].size == np.prod(shape):
        return first
    if node.op_type in ELEMENTWISE and all(bounds.ndim == len(shape) + 1 for bounds in known):
        return np.broadcast_to(np.minimum.reduce(np.broadcast_arrays(*known)), (4, *shape))
    match node.op_type:
        case "Conv" | "MaxPool" | "AveragePool" if len(shape) == 3:
            return _in_windows(graph, node, first, shape)
        case "Transpose" if options.get("perm", (1,))[0] == 0:
            return first.transpose(options["perm"])
        case "Concat" if options["axis"] != 0 and all(name in found for name in node.input):
            return np.concatenate([found[name] for name in node.input], axis=options["axis"])
        case "MatMul" if first.ndim == 3 and len(shape) == 2 and _matrix(graph, node).size <= _MAX_MATRIX:
            return _through_matrix(graph, node, first)
        case "Pad" if min(_pads(graph, node)) >= 0:
            pads = _pads(graph, node)
            margins = list(zip(pads[: len(pads) // 2], pads[len(pads) // 2 :], strict=True))
            return np.pad(first, margins, constant_values=_NOTHING)
    least = np.minimum.reduce([bounds.reshape(4, -1).min(axis=1) for bounds in known])
    return np.broadcast_to(least.reshape(4, *[1] * len(shape)), (4, *shape))


def window_of(graph: Graph, node: NodeProto) -> Window:
    """Return the window of a convolution or pooling."""
    options = attributes(node)
    kernel = graph.constant(node.input[1]).shape[2:] if node.op_type == "Conv" else options["kernel_shape"]
    strides, dilation = options.get("strides", (1, 1)), options.get("dilations", (1, 1))
    padding = options.get("pads", (0, 0, 0, 0))[:2]
    automatic = options.get("auto_pad", b"NOTSET")
    if automatic in (b"SAME_UPPER", b"SAME_LOWER"):
        before, after = graph.shapes[graph.varying(node)[0]][1:], graph.shapes[node.output[0]][1:]
        totals = [
            max((count - 1) * step + rate * (side - 1) + 1 - length, 0)
            for count, step, rate, side, length in zip(after, strides, dilation, kernel, before, strict=True)
        ]
        padding = [total // 2 if automatic == b"SAME_UPPER" else total - total // 2 for total in totals]
    return Window(*((int(first), int(second)) for first, second in (kernel, strides, dilation, padding)))


def _in_windows(graph: Graph, node: NodeProto, given: Bounds, shape: tuple[int, ...]) -> Bounds:
    """Return the bounds of windows over all channels."""
    window = window_of(graph, node)
    reach = [rate * (side - 1) + 1 for side, rate in zip(window.kernel, window.dilation, strict=True)]
    margins = [(0, 0)]
    for axis in range(2):
        start, length = window.padding[axis], given.shape[axis + 2]
        needed = (shape[axis + 1] - 1) * window.strides[axis] + reach[axis]
        margins.append((start, max(needed - start - length, 0)))
    padded = np.pad(given.min(axis=1), margins, constant_values=_NOTHING)
    windows = sliding_window_view(padded, reach, axis=(1, 2))
    steps, rates = window.strides, window.dilation
    least = windows[:, :: steps[0], :: steps[1], :: rates[0], :: rates[1]].min(axis=(3, 4))
    return np.broadcast_to(least[:, None, : shape[1], : shape[2]], (4, *shape))


def _matrix(graph: Graph, node: NodeProto) -> Any:  # noqa: ANN401 - an array of any numbers
    return graph.constant(next(name for name in node.input if graph.is_constant(name)))


def _through_matrix(graph: Graph, node: NodeProto, given: Bounds) -> Bounds:
    """Return the bounds of a picture whose rows or columns were mixed by a matrix, as to resize it."""
    is_used = _matrix(graph, node) != 0
    if graph.is_constant(node.input[0]):
        return np.asarray(np.where(is_used[None, :, :, None], given[:, None], _NOTHING).min(axis=2), np.int32)
    return np.asarray(np.where(is_used[None, None], given[..., None], _NOTHING).min(axis=2), np.int32)


def _pads(graph: Graph, node: NodeProto) -> list[int]:
    return list(attributes(node).get("pads") or graph.constant(node.input[1]).tolist())
