"""ONNX models as exporters write them, with weights of a logistic regression."""

from __future__ import annotations

from functools import cache

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from mnist_gui.models.importing.conventions import Convention, Layout, prepare
from tests.models.importing.keras_models import learned_frames


@cache
def regression(values: str, is_dark_on_light: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Weights and bias, fitted by ridge regression to frames in a convention."""
    frames, labels = learned_frames()
    inputs = prepare(frames, Convention(values, is_dark_on_light), Layout.of((784,)))
    mean, scale = inputs.mean(axis=0), inputs.std() + 1e-6
    centred = ((inputs - mean) / scale).astype(np.float64)
    kernel = (
        np.linalg.solve(centred.T @ centred + 100 * np.eye(784), centred.T @ (np.eye(10)[labels] - 0.1)) * 9 / scale
    )
    return kernel.astype(np.float32), (-mean @ kernel).astype(np.float32)


def exported(batch, *nodes, values="0 to 1", shape=(1, 28, 28), constants=(), kind=TensorProto.FLOAT, out=None):
    """A model: the nodes make (N, 784) "flat" from "x"; then follow the weights, and "logits" becomes "y"."""
    kernel, bias = regression(values)
    last = helper.make_node("LogSoftmax", ["logits"], ["y"], axis=1) if out == "log" else None
    gemm = helper.make_node("Gemm", ["flat", "kernel", "bias"], ["logits" if last else "y"])
    graph = helper.make_graph(
        [*nodes, gemm, *([last] if last else [])],
        "main_graph",
        [helper.make_tensor_value_info("x", kind, [batch, *shape])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [batch, 10])],
        [numpy_helper.from_array(kernel, "kernel"), numpy_helper.from_array(bias, "bias"), *constants],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def numbers(name, values):
    return numpy_helper.from_array(np.array(values, np.int64), name)


FLATTEN = helper.make_node("Flatten", ["x"], ["flat"], axis=1)
# torch: x.view(x.size(0), -1) with a batch of any size
BY_SIZE = (
    helper.make_node("Shape", ["x"], ["shape"]),
    helper.make_node("Gather", ["shape", "zero"], ["count"], axis=0),
    helper.make_node("Unsqueeze", ["count", "axes"], ["row"]),
    helper.make_node("Concat", ["row", "rest"], ["target"], axis=0),
    helper.make_node("Reshape", ["x", "target"], ["flat"]),
)
BY_SIZE_CONSTANTS = (numbers("zero", 0), numbers("axes", [0]), numbers("rest", [-1]))


def spread(columns: int) -> bytes:
    """Return a model that makes 3,136 bytes for each of some columns from a frame, and of them the frame again."""
    nodes = (
        helper.make_node("Reshape", ["x", "column"], ["pixels"]),
        helper.make_node("MatMul", ["pixels", "row"], ["wide"]),
        helper.make_node("ReduceMean", ["wide"], ["flat"], axes=[2], keepdims=0),
    )
    row = numpy_helper.from_array(np.ones((1, columns), np.float32), "row")
    return exported("N", *nodes, constants=(numbers("column", [-1, 784, 1]), row))


MODELS = {
    "flatten": (lambda: exported("N", FLATTEN), Convention(answers="logits")),
    "reshape by size": (
        lambda: exported("batch", *BY_SIZE, constants=BY_SIZE_CONSTANTS), Convention(answers="logits")
    ),
    "logarithms, standardized": (
        lambda: exported("N", FLATTEN, values="standardized", out="log"),
        Convention("standardized", answers="log-probabilities"),
    ),
    "one frame at once": (lambda: exported(1, FLATTEN), Convention(answers="logits")),
    "one frame at once, reshaped": (
        lambda: exported(
            1, helper.make_node("Reshape", ["x", "target"], ["flat"]), constants=(numbers("target", [1, 784]),)
        ),
        Convention(answers="logits"),
    ),
    "channels last, 0 to 255": (
        lambda: exported("N", FLATTEN, values="0 to 255", shape=(28, 28, 1)), Convention("0 to 255", answers="logits")
    ),
    "bytes": (
        lambda: exported(
            "N",
            helper.make_node("Cast", ["x"], ["f"], to=TensorProto.FLOAT),
            helper.make_node("Flatten", ["f"], ["flat"], axis=1),
            values="0 to 255",
            kind=TensorProto.UINT8,
        ),
        Convention("0 to 255", answers="logits"),
    ),
}  # fmt: skip
