"""Writes a network as an ONNX model that computes what Keras does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from mnist_gui.models.layer_arguments import Shape
from mnist_gui.models.layer_shapes import KINDS, axes_of
from mnist_gui.models.layers import Layer
from mnist_gui.models.networks import Network, output_shapes
from mnist_gui.models.onnx_batches import declare_batch_size

OPSET, IR_VERSION = 18, 8  # of 2022; newer ones are not yet widely supported
INPUT, OUTPUT = "input", "output"
Array = NDArray[Any]
_EPSILON = 1e-7  # Keras' own, where a layer has none


def write_onnx(
    network: Network, weights: Mapping[str, Array], *, half: bool = False, names: tuple[str, str] = (INPUT, OUTPUT)
) -> bytes:
    """Return an ONNX model that computes in single precision, for any number of inputs at once.

    The weights stand in it as Keras has them: `mnist_gui.models.onnx_weights` reads them back. ONNX Runtime computes
    what depends on them alone, such as a batch normalization's scale, when it loads the model.

    Parameters
    ----------
    network
        Checked layers, see `mnist_gui.models.networks.check_network`.
    weights
        Arrays by "layer/weight", of the shapes of `mnist_gui.models.networks.weight_shapes`.
    half
        Whether kernels are stored in half precision, which halves the file. Those that do not fit are not.
    names
        Names of the input and of the output.
    """
    writer = _Writer(network, weights, half, names[0])
    shapes = writer.shapes
    for layer in network[1:]:
        writer.write(layer)
    writer.nodes.append(helper.make_node("Identity", [writer.results[network[-1].name]], [names[1]]))
    entry = helper.make_tensor_value_info(names[0], TensorProto.FLOAT, ["N", *shapes[network[0].name]])
    out = helper.make_tensor_value_info(names[1], TensorProto.FLOAT, ["N", *shapes[network[-1].name]])
    graph = helper.make_graph(writer.nodes, "network", [entry], [out], writer.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    declare_batch_size(model)
    return bytes(model.SerializeToString())


class _Writer:
    """Collects nodes; values keep Keras' order of dimensions, and convolutions transpose them to ONNX' and back."""

    def __init__(self, network: Network, weights: Mapping[str, Array], half: bool, entry: str) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self.shapes = output_shapes(network)
        self.results = {network[0].name: entry}
        self._weights = weights
        self._half = half
        self._layer = network[0]

    def write(self, layer: Layer) -> None:
        """Add the nodes of a layer."""
        self._layer = layer
        inputs = [self.results[name] for name in layer.inputs]
        shapes = [self.shapes[name] for name in layer.inputs]
        if KINDS[layer.kind].rests:
            self.results[layer.name] = inputs[0]
            return
        result = _WRITERS[layer.kind](self, layer, inputs, shapes)
        if layer.kind != "Activation" and "activation" in layer.config:
            result = _activate(self, layer.config["activation"], result)
        self.results[layer.name] = result

    def add(self, operator: str, *inputs: str | float | Array, **options: Any) -> str:  # noqa: ANN401 - of the operator
        """Add a node for results by their names, numbers and arrays; return the name of its result."""
        name = f"{self._layer.name}/{operator.lower()}_{len(self.nodes)}"
        given = [entry if isinstance(entry, str) else self._constant(entry) for entry in inputs]
        self.nodes.append(helper.make_node(operator, given, [name], name, **options))
        return name

    def _constant(self, value: float | Array) -> str:
        array = np.asarray(value)
        array = array if array.dtype == np.int64 else array.astype(np.float32)
        return self._store(f"{self._layer.name}/constant_{len(self.constants)}", array)

    def _store(self, name: str, array: Array) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name))
        return name

    def weight(self, name: str) -> str | None:
        """Return the name of a weight of the layer in single precision, or None if it has none of that name."""
        path = f"{self._layer.name}/{name}"
        if path not in self._weights:
            return None
        array = np.asarray(self._weights[path], np.float32)
        if self._half and array.ndim > 1:
            with np.errstate(over="ignore"):
                halves = array.astype(np.float16)
            if np.isfinite(halves).all():
                return self.add("Cast", self._store(path, halves), to=TensorProto.FLOAT)
        return self._store(path, array)

    def required(self, name: str) -> str:
        """Return the name of a weight of the layer that cannot be missing."""
        found = self.weight(name)
        if found is None:
            raise KeyError(f"{self._layer.name}/{name}")
        return found

    def channels_first(self, layer: Layer, value: str) -> str:
        """Return a picture in ONNX' order of dimensions."""
        is_last = layer.config["data_format"] == "channels_last"
        return self.add("Transpose", value, perm=[0, 3, 1, 2]) if is_last else value

    def channels_back(self, layer: Layer, value: str) -> str:
        """Return a picture in the order of dimensions of its layer."""
        is_last = layer.config["data_format"] == "channels_last"
        return self.add("Transpose", value, perm=[0, 2, 3, 1]) if is_last else value


def _ints(values: Sequence[int]) -> Array:
    return np.array(values, np.int64)


def _window(layer: Layer) -> dict[str, Any]:
    return {"auto_pad": "SAME_UPPER" if layer.config["padding"] == "same" else "VALID"}


def _activate(writer: _Writer, name: str, x: str) -> str:
    simple = {
        "relu": "Relu", "elu": "Elu", "selu": "Selu", "celu": "Celu", "softplus": "Softplus", "softsign": "Softsign",
        "sigmoid": "Sigmoid", "tanh": "Tanh", "exponential": "Exp",
    }  # fmt: skip
    if name in simple:
        return writer.add(simple[name], x)
    match name:
        case "linear":
            return x
        case "relu6":
            return writer.add("Clip", x, 0.0, 6.0)
        case "leaky_relu":
            return writer.add("LeakyRelu", x, alpha=0.2)
        case "gelu":
            normal = writer.add("Add", writer.add("Erf", writer.add("Div", x, 2**0.5)), 1.0)
            return writer.add("Mul", writer.add("Mul", x, 0.5), normal)
        case "silu" | "swish":
            return writer.add("Mul", x, writer.add("Sigmoid", x))
        case "mish":
            return writer.add("Mul", x, writer.add("Tanh", writer.add("Softplus", x)))
        case "log_sigmoid":
            return writer.add("Neg", writer.add("Softplus", writer.add("Neg", x)))
        case "hard_sigmoid":
            return writer.add("HardSigmoid", x, alpha=1 / 6, beta=0.5)
        case "hard_silu" | "hard_swish":
            return writer.add("Mul", x, writer.add("HardSigmoid", x, alpha=1 / 6, beta=0.5))
        case "hard_tanh":
            return writer.add("Clip", x, -1.0, 1.0)
        case "softmax":
            return writer.add("Softmax", x, axis=-1)
        case _:
            return writer.add("LogSoftmax", x, axis=-1)


def _convolve(
    writer: _Writer, layer: Layer, x: str, kernel: str, groups: int, bias: str | None, **last: tuple[int, int]
) -> str:
    """Add a convolution with a kernel in ONNX' order to a picture in ONNX' order."""
    biases = [] if bias is None else [bias]
    options = {"strides": layer.config["strides"], "dilations": layer.config["dilation_rate"], **_window(layer), **last}
    if options["auto_pad"] == "SAME_UPPER" and max(options["dilations"]) > 1:  # which ONNX Runtime does not combine
        sides = layer.config["kernel_size"]
        totals = [rate * (side - 1) for rate, side in zip(options["dilations"], sides, strict=True)]
        starts = [total // 2 for total in totals]  # such a convolution has no strides
        ends = [total - start for total, start in zip(totals, starts, strict=True)]
        options |= {"auto_pad": "NOTSET", "pads": [*starts, *ends]}
    return writer.add("Conv", x, kernel, *biases, group=groups, **options)


def _convolution(writer: _Writer, layer: Layer, inputs: list[str], shapes: list[Shape]) -> str:
    x, bias = writer.channels_first(layer, inputs[0]), writer.weight("bias")
    if layer.kind == "Conv2D":
        kernel = writer.add("Transpose", writer.required("kernel"), perm=[3, 2, 0, 1])
        y = _convolve(writer, layer, x, kernel, layer.config["groups"], bias)
    else:
        is_whole = layer.kind == "DepthwiseConv2D"
        depthwise = writer.required("kernel" if is_whole else "depthwise_kernel")
        channels = shapes[0][2 if layer.config["data_format"] == "channels_last" else 0]
        shape = [channels * layer.config["depth_multiplier"], 1, *layer.config["kernel_size"]]
        kernel = writer.add("Reshape", writer.add("Transpose", depthwise, perm=[2, 3, 0, 1]), _ints(shape))
        y = _convolve(writer, layer, x, kernel, channels, bias if is_whole else None)
        if not is_whole:
            pointwise = writer.add("Transpose", writer.required("pointwise_kernel"), perm=[3, 2, 0, 1])
            y = _convolve(writer, layer, y, pointwise, 1, bias, strides=(1, 1), dilations=(1, 1))
    return writer.channels_back(layer, y)


def _dense(writer: _Writer, layer: Layer, inputs: list[str], shapes: list[Shape]) -> str:
    y, bias = writer.add("MatMul", inputs[0], writer.required("kernel")), writer.weight("bias")
    return y if bias is None else writer.add("Add", y, bias)


def _pooling(writer: _Writer, layer: Layer, inputs: list[str], shapes: list[Shape]) -> str:
    config = layer.config
    x = writer.channels_first(layer, inputs[0])
    options = {"kernel_shape": config["pool_size"], "strides": config["strides"] or config["pool_size"]}
    operator = "MaxPool" if layer.kind.startswith("Max") else "AveragePool"
    return writer.channels_back(layer, writer.add(operator, x, **options, **_window(layer)))


def _global_pooling(writer: _Writer, layer: Layer, inputs: list[str], shapes: list[Shape]) -> str:
    axes = [1, 2] if layer.config["data_format"] == "channels_last" else [2, 3]
    operator = "ReduceMax" if "Max" in layer.kind else "ReduceMean"
    return writer.add(operator, inputs[0], _ints(axes), keepdims=int(layer.config["keepdims"]))


def _along(writer: _Writer, values: str, axes: Sequence[int], shape: Shape) -> str:
    """Return values along some dimensions of a shape, so that they fit all dimensions."""
    if list(axes) == list(range(len(shape) - len(axes), len(shape))):
        return values
    return writer.add("Reshape", values, _ints([side if index in axes else 1 for index, side in enumerate(shape)]))


def _batch_normalization(writer: _Writer, layer: Layer, inputs: list[str], shapes: list[Shape]) -> str:
    axes = axes_of(layer, len(shapes[0]))
    deviation = writer.add("Sqrt", writer.add("Add", writer.required("moving_variance"), layer.config["epsilon"]))
    gamma, beta = writer.weight("gamma"), writer.weight("beta")
    scale = writer.add("Div", 1.0 if gamma is None else gamma, deviation)
    mean = writer.add("Mul", writer.required("moving_mean"), scale)
    offset = writer.add("Sub", 0.0 if beta is None else beta, mean)
    scaled = writer.add("Mul", inputs[0], _along(writer, scale, axes, shapes[0]))
    return writer.add("Add", scaled, _along(writer, offset, axes, shapes[0]))


def _layer_normalization(writer: _Writer, layer: Layer, inputs: list[str], shapes: list[Shape]) -> str:
    axes = axes_of(layer, len(shapes[0]))
    along = _ints([axis + 1 for axis in axes])
    centred = writer.add("Sub", inputs[0], writer.add("ReduceMean", inputs[0], along))
    variance = writer.add("ReduceMean", writer.add("Mul", centred, centred), along)
    deviation = writer.add("Sqrt", writer.add("Add", variance, layer.config["epsilon"]))
    y = writer.add("Div", centred, deviation)
    for operator, name in (("Mul", "gamma"), ("Add", "beta")):
        values = writer.weight(name)
        if values is not None:
            y = writer.add(operator, y, _along(writer, values, axes, shapes[0]))
    return y


def _relu(writer: _Writer, layer: Layer, inputs: list[str], shapes: list[Shape]) -> str:
    threshold, slope, highest = (layer.config[name] for name in ("threshold", "negative_slope", "max_value"))
    x = inputs[0]
    if threshold:
        below = writer.add("Mul", writer.add("Sub", x, threshold), slope)
        y = writer.add("Where", writer.add("GreaterOrEqual", x, threshold), x, below)
    else:
        y = writer.add("LeakyRelu", x, alpha=slope) if slope else writer.add("Relu", x)
    return y if highest is None else writer.add("Min", y, highest)


def _flatten(writer: _Writer, layer: Layer, inputs: list[str], shapes: list[Shape]) -> str:
    x = inputs[0]
    if layer.config["data_format"] == "channels_first" and len(shapes[0]) > 1:
        x = writer.add("Transpose", x, perm=[0, *range(2, len(shapes[0]) + 1), 1])
    return writer.add("Flatten", x, axis=1)


def _zero_padding(writer: _Writer, layer: Layer, inputs: list[str], shapes: list[Shape]) -> str:
    (top, bottom), (left, right) = layer.config["padding"]
    starts, ends = [0, 0, top, left], [0, 0, bottom, right]
    if layer.config["data_format"] == "channels_last":
        starts, ends = [0, top, left, 0], [0, bottom, right, 0]
    return writer.add("Pad", inputs[0], _ints([*starts, *ends]))


def _rescaling(writer: _Writer, layer: Layer, inputs: list[str], shapes: list[Shape]) -> str:
    scaled = writer.add("Mul", inputs[0], np.array(layer.config["scale"], np.float32))
    return writer.add("Add", scaled, np.array(layer.config["offset"], np.float32))


def _normalization(writer: _Writer, layer: Layer, inputs: list[str], shapes: list[Shape]) -> str:
    axes = axes_of(layer, len(shapes[0]))
    if layer.config["mean"] is None:
        mean: str | Array = _along(writer, writer.required("mean"), axes, shapes[0])
        variance = _along(writer, writer.required("variance"), axes, shapes[0])
        deviation: str | Array = writer.add("Max", writer.add("Sqrt", variance), _EPSILON)
    else:
        mean, values = (np.array(layer.config[name], np.float32) for name in ("mean", "variance"))
        deviation = np.maximum(np.sqrt(values), _EPSILON)
    if layer.config["invert"]:
        return writer.add("Add", writer.add("Mul", inputs[0], deviation), mean)
    return writer.add("Div", writer.add("Sub", inputs[0], mean), deviation)


def _add(writer: _Writer, layer: Layer, inputs: list[str], shapes: list[Shape]) -> str:
    return writer.add("Sum", *inputs)


def _concatenate(writer: _Writer, layer: Layer, inputs: list[str], shapes: list[Shape]) -> str:
    axis = layer.config["axis"]
    return writer.add("Concat", *inputs, axis=axis if axis >= 0 else axis + len(shapes[0]) + 1)


_WRITERS: dict[str, Callable[[_Writer, Layer, list[str], list[Shape]], str]] = {
    **dict.fromkeys(("Conv2D", "DepthwiseConv2D", "SeparableConv2D"), _convolution),
    "Dense": _dense,
    **dict.fromkeys(("MaxPooling2D", "AveragePooling2D"), _pooling),
    **dict.fromkeys(("GlobalMaxPooling2D", "GlobalAveragePooling2D"), _global_pooling),
    "BatchNormalization": _batch_normalization,
    "LayerNormalization": _layer_normalization,
    "Activation": lambda writer, layer, inputs, shapes: _activate(writer, layer.config["activation"], inputs[0]),
    "ReLU": _relu,
    "LeakyReLU": lambda w, layer, inputs, shapes: w.add("LeakyRelu", inputs[0], alpha=layer.config["negative_slope"]),
    "PReLU": lambda writer, layer, inputs, shapes: writer.add("PRelu", inputs[0], writer.required("alpha")),
    "ELU": lambda writer, layer, inputs, shapes: writer.add("Elu", inputs[0], alpha=layer.config["alpha"]),
    "Softmax": lambda writer, layer, inputs, shapes: writer.add("Softmax", inputs[0], axis=layer.config["axis"]),
    "Flatten": _flatten,
    "Reshape": lambda writer, layer, inputs, shapes: writer.add(
        "Reshape", inputs[0], _ints([-1, *writer.shapes[layer.name]])
    ),
    "Permute": lambda writer, layer, inputs, shapes: writer.add(
        "Transpose", inputs[0], perm=[0, *layer.config["dims"]]
    ),
    "ZeroPadding2D": _zero_padding,
    "Rescaling": _rescaling,
    "Normalization": _normalization,
    "Add": _add,
    "Concatenate": _concatenate,
}
