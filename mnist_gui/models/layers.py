"""Description of a network as plain data: its layers, with the names and the meaning that Keras gives them.

The description stands in the record of a run and in the ONNX file of a network. It names layers of a fixed list with
arguments of bounded size, and no code: it can be read from a file of any origin, without Keras.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

Shape = tuple[int, ...]
Config = Mapping[str, Any]

MAX_LAYERS = 500
MAX_SIZE = 2**16  # of one side, of the filters or units of a layer
MAX_VALUES = 2**24  # that a layer returns for one frame
MAX_PARAMETERS = 2**25
MAX_NAME_LENGTH = 100
MAX_NUMBERS = 4096  # of an argument that is a list
MAX_DIMENSIONS = 6  # without the batch

ACTIVATIONS = (
    "linear", "relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "swish", "mish", "softplus",
    "softsign", "sigmoid", "log_sigmoid", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "tanh",
    "exponential", "softmax", "log_softmax",
)  # fmt: skip
INITIALIZERS = (
    "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal", "orthogonal",
    "random_uniform", "random_normal", "truncated_normal", "variance_scaling", "zeros", "ones",
)  # fmt: skip
# Alter frames in training only, and have no weights. Their arguments are not kept: a network that is trained further
# here gets the augmentation of its recipe.
RANDOM_KINDS = (
    "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomElasticTransform",
    "RandomErasing", "RandomFlip", "RandomGaussianBlur", "RandomGrayscale", "RandomHeight", "RandomHue", "RandomInvert",
    "RandomPerspective", "RandomPosterization", "RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear",
    "RandomTranslation", "RandomWidth", "RandomZoom",
)  # fmt: skip


class NetworkError(ValueError):
    """A network cannot be described or computed; the message says what was given, what was expected, what to do.

    Attributes
    ----------
    layer
        Name of the layer that is wrong; None if it is none alone.
    problem
        What is wrong with it, to continue a sentence about it without its full stop.
    """

    def __init__(self, message: str, layer: str | None = None, problem: str = "") -> None:
        super().__init__(message)
        self.layer = layer
        self.problem = problem


@dataclass(frozen=True)
class Layer:
    """A layer of a network.

    Attributes
    ----------
    kind
        Name of the class in Keras, one of `KINDS`.
    name
        Unique in the network, without "/".
    inputs
        Names of the layers that feed it; () for an InputLayer.
    config
        Arguments by their names in Keras. Those that are not given get Keras' defaults.

    Raises
    ------
    NetworkError
        The kind is unknown, or an argument is missing, unknown or out of its range.
    """

    kind: str
    name: str
    inputs: tuple[str, ...] = ()
    config: Config = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (isinstance(self.kind, str) and self.kind in KINDS):
            raise NetworkError(
                f"{_shown(self.name)} is a layer of the kind {_shown(self.kind)}, which is not known here; known are "
                f"{', '.join(KINDS)}. Replace the layer by known ones."
            )
        if not (isinstance(self.name, str) and _NAME.fullmatch(self.name)):
            raise NetworkError(
                f"A {self.kind} has the name {_shown(self.name)}; expected 1 to {MAX_NAME_LENGTH} letters, digits, "
                "spaces and -_.:+ signs. Rename the layer."
            )
        arguments = KINDS[self.kind].arguments
        if not isinstance(self.config, Mapping) or not all(isinstance(argument, str) for argument in self.config):
            raise self.error(f"has the arguments {_shown(self.config)}; expected an object with names and values")
        if unknown := [argument for argument in self.config if argument not in arguments]:
            raise self.error(
                f"has the argument {_shown(unknown[0])}; expected {', '.join(arguments) or 'none'}. Leave it out"
            )
        object.__setattr__(self, "config", {name: self._argument(name) for name in arguments})

    def _argument(self, name: str) -> Any:  # noqa: ANN401 - numbers, texts and lists
        argument = KINDS[self.kind].arguments[name]
        if name not in self.config:
            if argument.is_required:
                raise self.error(f"has no {name}; expected {argument.text}. Add it")
            return argument.default
        given = self.config[name]
        try:
            return argument.read(given)
        except (TypeError, ValueError) as error:
            raise self.error(f"has the {name} {_shown(given)}; expected {argument.text}. Change it") from error

    def error(self, problem: str) -> NetworkError:
        """Return an error about this layer; `problem` continues a sentence without its full stop."""
        return NetworkError(f"{self.kind} {_shown(self.name)} {problem}.", self.name, problem)


Network = tuple[Layer, ...]

_NAME = re.compile(rf"[\w .:+-]{{1,{MAX_NAME_LENGTH}}}", re.ASCII)


def _shown(value: object) -> str:
    """Return a value of any origin in a form that every window and console can show."""
    try:
        text = ascii(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, or deep nesting
        text = "too large to show"
    return text if len(text) <= 80 else f"{text[:77]}..."


# -- arguments

_REQUIRED = object()


@dataclass(frozen=True)
class Argument:
    """Argument of a layer.

    Attributes
    ----------
    text
        What it may be, to continue "expected".
    read
        Returns the value in its normal form; raises `TypeError` or `ValueError` for anything else.
    default
        Value where it is not given; `_REQUIRED` if it must be given.
    """

    text: str
    read: Callable[[Any], Any]
    default: Any = _REQUIRED

    @property
    def is_required(self) -> bool:
        """Whether it must be given."""
        return self.default is _REQUIRED


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError


def _integer(value: Any, low: int, high: int) -> int:  # noqa: ANN401
    _require(isinstance(value, int) and not isinstance(value, bool) and low <= value <= high)
    return int(value)


def _number(value: Any, low: float = -1e6, high: float = 1e6) -> float:  # noqa: ANN401
    _require(isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high)
    return float(value)


def _integers(value: Any, low: int, high: int, lengths: range) -> tuple[int, ...]:  # noqa: ANN401
    _require(isinstance(value, list | tuple) and len(value) in lengths)
    return tuple(_integer(entry, low, high) for entry in value)


def _pair(value: Any, low: int, high: int) -> tuple[int, int]:  # noqa: ANN401
    first, second = (value, value) if isinstance(value, int) else _integers(value, low, high, range(2, 3))
    return _integer(first, low, high), _integer(second, low, high)


def _or_none(read: Callable[[Any], Any], value: Any) -> Any:  # noqa: ANN401
    return None if value is None else read(value)


def _numbers(value: Any) -> Any:  # noqa: ANN401
    """Return a number, or nested tuples of numbers that form a rectangular array."""
    if not isinstance(value, list | tuple):
        return _number(value, -1e9, 1e9)
    _require(0 < _count(value, MAX_DIMENSIONS) <= MAX_NUMBERS)
    rows = tuple(_numbers(entry) for entry in value)
    _require(len({_dimensions(row) for row in rows}) == 1)
    return rows


def _count(value: Any, depth: int) -> int:  # noqa: ANN401
    """Return how many numbers a nested list holds."""
    if not isinstance(value, list | tuple):
        return 1
    _require(depth >= 0 and len(value) <= MAX_NUMBERS)
    return sum(_count(entry, depth - 1) for entry in value)


def _dimensions(value: Any) -> Shape:  # noqa: ANN401
    return (len(value), *_dimensions(value[0])) if isinstance(value, tuple) else ()


def _padding_2d(value: Any) -> tuple[tuple[int, int], tuple[int, int]]:  # noqa: ANN401
    if isinstance(value, list | tuple):
        _require(len(value) == 2)
        first, second = value
    else:
        first = second = value
    return _pair(first, 0, MAX_SIZE), _pair(second, 0, MAX_SIZE)


def _axes(value: Any) -> int | tuple[int, ...]:  # noqa: ANN401
    if isinstance(value, int):
        return _integer(value, -MAX_DIMENSIONS, MAX_DIMENSIONS)
    return _integers(value, -MAX_DIMENSIONS, MAX_DIMENSIONS, range(1, MAX_DIMENSIONS + 1))


def _one_of(value: Any, choices: Sequence[Any]) -> Any:  # noqa: ANN401
    _require(isinstance(value, str | bool) and value in choices)
    return value


def _size(default: Any = _REQUIRED) -> Argument:  # noqa: ANN401
    return Argument(f"a whole number from 1 to {MAX_SIZE:,}", partial(_integer, low=1, high=MAX_SIZE), default)


def _sides(default: Any = _REQUIRED) -> Argument:  # noqa: ANN401
    return Argument(f"one or two whole numbers from 1 to {MAX_SIZE:,}", partial(_pair, low=1, high=MAX_SIZE), default)


def _choice(choices: Sequence[Any], default: Any = _REQUIRED) -> Argument:  # noqa: ANN401
    return Argument(f"one of {', '.join(map(str, choices))}", partial(_one_of, choices=choices), default)


def _flag(default: bool) -> Argument:
    return Argument("true or false", lambda value: _one_of(value, (True, False)) is True, default)


def _real(default: Any, low: float = -1e6, high: float = 1e6) -> Argument:  # noqa: ANN401
    return Argument(f"a number from {low:g} to {high:g}", partial(_number, low=low, high=high), default)


def _optional(argument: Argument) -> Argument:
    return Argument(f"{argument.text}, or null", partial(_or_none, argument.read), None)


_SHAPE = Argument(
    f"1 to {MAX_DIMENSIONS} whole numbers from 1 to {MAX_SIZE:,}",
    partial(_integers, low=1, high=MAX_SIZE, lengths=range(1, MAX_DIMENSIONS + 1)),
)
_TARGET_SHAPE = Argument(
    f"1 to {MAX_DIMENSIONS} whole numbers from 1 to {MAX_VALUES:,}, one of which may be -1",
    partial(_integers, low=-1, high=MAX_VALUES, lengths=range(1, MAX_DIMENSIONS + 1)),
)
_DIMS = Argument("the numbers of the dimensions, from 1", _SHAPE.read)
_AXIS = Argument("the number of a dimension", partial(_integer, low=-MAX_DIMENSIONS, high=MAX_DIMENSIONS), -1)
_AXES = Argument("the numbers of one or more dimensions", _axes, -1)
_NUMBERS = Argument(f"a number or a list of at most {MAX_NUMBERS:,} numbers", _numbers)
_RATE = _real(_REQUIRED, 0, 1)

_DATA_FORMAT = {"data_format": _choice(("channels_last", "channels_first"), "channels_last")}
_ACTIVATION = {"activation": _choice(ACTIVATIONS, "linear")}
_DENSE = {**_ACTIVATION, "use_bias": _flag(True)}
_INITIALIZER = {"kernel_initializer": _choice(INITIALIZERS, "glorot_uniform")}
_WINDOW = {"padding": _choice(("valid", "same"), "valid"), **_DATA_FORMAT}
_CONVOLUTION = {
    "kernel_size": _sides(),
    "strides": _sides((1, 1)),
    "dilation_rate": _sides((1, 1)),
    **_WINDOW,
    **_DENSE,
}
_POOLING = {"pool_size": _sides((2, 2)), "strides": _optional(_sides()), **_WINDOW}
_GLOBAL_POOLING = {"keepdims": _flag(False), **_DATA_FORMAT}
_SCALED = {"epsilon": _real(1e-3, 0), "center": _flag(True), "scale": _flag(True)}
_SEED = {"seed": _optional(Argument("a whole number", partial(_integer, low=0, high=2**32 - 1)))}


# -- shapes


def _same(layer: Layer, shapes: Sequence[Shape]) -> Shape:
    return shapes[0]


def _input_shape(layer: Layer, shapes: Sequence[Shape]) -> Shape:
    return tuple(layer.config["shape"])


def axis_of(layer: Layer, axis: int, rank: int) -> int:
    """Return the index of a dimension without the batch, from Keras' number of it, which counts the batch as 0.

    Raises
    ------
    NetworkError
        There is no such dimension, or it is the batch.
    """
    index = axis - 1 if axis >= 0 else axis + rank
    if not 0 <= index < rank:
        raise layer.error(
            f"works along dimension {axis} of {rank + 1}; expected one from 1 to {rank}, or -1. Change it"
        )
    return index


def axes_of(layer: Layer, rank: int) -> list[int]:
    """Return the indices of the dimensions that the `axis` of a layer names, as `axis_of`."""
    axis = layer.config["axis"]
    axes = () if axis is None else (axis,) if isinstance(axis, int) else axis
    indices = [axis_of(layer, entry, rank) for entry in axes]
    if indices != sorted(set(indices)):
        raise layer.error(f"works along the dimensions {axes}; expected each once and in ascending order. Change them")
    return indices


def _to_channels_last(layer: Layer, shape: Shape) -> Shape:
    """Return (height, width, channels) of the input of a layer that needs an image."""
    if len(shape) != 3:
        raise layer.error(
            f"gets values of the shape {shape}; expected height, width and channels. Put a Reshape before it"
        )
    return shape if layer.config["data_format"] == "channels_last" else (shape[1], shape[2], shape[0])


def _from_channels_last(layer: Layer, shape: Shape) -> Shape:
    return shape if layer.config["data_format"] == "channels_last" else (shape[2], shape[0], shape[1])


def _window_sides(layer: Layer, sides: Shape, kernel: Shape, strides: Shape, dilation: Shape = (1, 1)) -> Shape:
    """Return height and width of what a moving window returns."""
    reach = tuple(rate * (side - 1) + 1 for side, rate in zip(kernel, dilation, strict=True))
    if layer.config["padding"] == "same":
        return tuple(-(-side // step) for side, step in zip(sides, strides, strict=True))
    found = tuple((side - span) // step + 1 for side, span, step in zip(sides, reach, strides, strict=True))
    if min(found) < 1:
        raise layer.error(
            f"needs {reach[0]}x{reach[1]} pixels and gets {sides[0]}x{sides[1]}. Make it smaller, pad its input, or "
            "leave out a pooling layer before it"
        )
    return found


def _filters(layer: Layer, channels: int) -> int:
    if layer.kind == "DepthwiseConv2D":
        return channels * int(layer.config["depth_multiplier"])
    return int(layer.config["filters"])


def _convolution(layer: Layer, shapes: Sequence[Shape]) -> Shape:
    config = layer.config
    *sides, channels = _to_channels_last(layer, shapes[0])
    if max(config["strides"]) > 1 and max(config["dilation_rate"]) > 1:
        raise layer.error(
            f"has strides {config['strides']} and dilation_rate {config['dilation_rate']}; expected one of them to be "
            "(1, 1), as in Keras. Change one"
        )
    groups = config.get("groups", 1)
    if channels % groups or _filters(layer, channels) % groups:
        raise layer.error(
            f"divides {channels} channels and {_filters(layer, channels)} filters into {groups} groups; expected "
            "numbers that can be divided by it. Change the groups"
        )
    found = _window_sides(layer, tuple(sides), config["kernel_size"], config["strides"], config["dilation_rate"])
    return _from_channels_last(layer, (*found, _filters(layer, channels)))


def _pooling(layer: Layer, shapes: Sequence[Shape]) -> Shape:
    *sides, channels = _to_channels_last(layer, shapes[0])
    strides = layer.config["strides"] or layer.config["pool_size"]
    return _from_channels_last(
        layer, (*_window_sides(layer, tuple(sides), layer.config["pool_size"], strides), channels)
    )


def _global_pooling(layer: Layer, shapes: Sequence[Shape]) -> Shape:
    channels = _to_channels_last(layer, shapes[0])[2]
    return _from_channels_last(layer, (1, 1, channels)) if layer.config["keepdims"] else (channels,)


def _dense(layer: Layer, shapes: Sequence[Shape]) -> Shape:
    return (*shapes[0][:-1], int(layer.config["units"]))


def _along_axes(layer: Layer, shapes: Sequence[Shape]) -> Shape:
    axes_of(layer, len(shapes[0]))
    return shapes[0]


def _flatten(layer: Layer, shapes: Sequence[Shape]) -> Shape:
    return (math.prod(shapes[0]),)


def _reshape(layer: Layer, shapes: Sequence[Shape]) -> Shape:
    target, values = layer.config["target_shape"], math.prod(shapes[0])
    known = math.prod(side for side in target if side != -1)
    fits = known > 0 and values % known == 0 if target.count(-1) == 1 else known == values and -1 not in target
    if not fits:
        raise layer.error(
            f"forms the {values:,} values of {shapes[0]} into {target}; expected as many values. Change target_shape"
        )
    return tuple(values // known if side == -1 else side for side in target)


def _permute(layer: Layer, shapes: Sequence[Shape]) -> Shape:
    dims = layer.config["dims"]
    if sorted(dims) != list(range(1, len(shapes[0]) + 1)):
        raise layer.error(
            f"has the dims {dims} for values of the shape {shapes[0]}; expected each number from 1 to "
            f"{len(shapes[0])} once. Change them"
        )
    return tuple(shapes[0][dimension - 1] for dimension in dims)


def _zero_padding(layer: Layer, shapes: Sequence[Shape]) -> Shape:
    height, width, channels = _to_channels_last(layer, shapes[0])
    rows, columns = layer.config["padding"]
    return _from_channels_last(layer, (height + sum(rows), width + sum(columns), channels))


def _prelu(layer: Layer, shapes: Sequence[Shape]) -> Shape:
    _prelu_weights(layer, shapes[0])
    return shapes[0]


def _broadcast(layer: Layer, *shapes: Shape) -> Shape:
    """Return the shape of element-wise operations: each dimension is equal, or 1 on one side."""
    rank = max(map(len, shapes))
    columns = zip(*((1,) * (rank - len(shape)) + tuple(shape) for shape in shapes), strict=True)
    found = [set(column) - {1} for column in columns]
    if any(len(sides) > 1 for sides in found):
        raise layer.error(
            f"combines values of the shapes {' and '.join(map(str, shapes))}; expected shapes that fit. Change the "
            "layers before it"
        )
    return tuple(next(iter(sides), 1) for sides in found)


def _rescaling(layer: Layer, shapes: Sequence[Shape]) -> Shape:
    shape = _broadcast(layer, shapes[0], _dimensions(layer.config["scale"]), _dimensions(layer.config["offset"]))
    if shape != shapes[0]:
        raise layer.error(f"makes values of the shape {shapes[0]} into {shape}; expected the same. Use one number")
    return shape


def _normalization(layer: Layer, shapes: Sequence[Shape]) -> Shape:
    config, shape = layer.config, _normalized_shape(layer, shapes[0])
    if (config["mean"] is None) != (config["variance"] is None):
        raise layer.error("has a mean or a variance; expected both or neither. Add the other")
    given = [_dimensions(config[name]) for name in ("mean", "variance") if config[name] is not None]
    if any(_broadcast(layer, shape, entry) != shape for entry in given):
        raise layer.error(f"has a mean and a variance of the shapes {given}; expected {shape}. Change them")
    return shapes[0]


def _normalized_shape(layer: Layer, shape: Shape) -> Shape:
    """Return the shape of the mean and variance that a Normalization computes with."""
    axes = axes_of(layer, len(shape))
    return tuple(side if index in axes else 1 for index, side in enumerate(shape))


def _merge(layer: Layer, shapes: Sequence[Shape]) -> Shape:
    shape, *others = shapes
    if any(other != shape for other in others):
        raise layer.error(f"adds values of the shapes {', '.join(map(str, shapes))}; expected the same. Change them")
    return shape


def _concatenate(layer: Layer, shapes: Sequence[Shape]) -> Shape:
    first, index = shapes[0], axis_of(layer, layer.config["axis"], len(shapes[0]))
    if any((*shape[:index], *shape[index + 1 :]) != (*first[:index], *first[index + 1 :]) for shape in shapes):
        raise layer.error(
            f"joins values of the shapes {', '.join(map(str, shapes))} along dimension {index + 1}; expected the same "
            "in all other dimensions. Change the layers before it"
        )
    return (*first[:index], sum(shape[index] for shape in shapes), *first[index + 1 :])


# -- weights: shapes by name, in Keras' order


def _no_weights(layer: Layer, shape: Shape) -> dict[str, Shape]:
    return {}


def _with_bias(layer: Layer, kernels: dict[str, Shape], size: int) -> dict[str, Shape]:
    return {**kernels, "bias": (size,)} if layer.config["use_bias"] else kernels


def _convolution_weights(layer: Layer, shape: Shape) -> dict[str, Shape]:
    channels, sides = _to_channels_last(layer, shape)[2], layer.config["kernel_size"]
    filters = _filters(layer, channels)
    if layer.kind == "Conv2D":
        kernels = {"kernel": (*sides, channels // layer.config["groups"], filters)}
    else:
        depthwise = (*sides, channels, int(layer.config["depth_multiplier"]))
        if layer.kind == "DepthwiseConv2D":
            kernels = {"kernel": depthwise}
        else:
            kernels = {"depthwise_kernel": depthwise, "pointwise_kernel": (1, 1, math.prod(depthwise[2:]), filters)}
    return _with_bias(layer, kernels, filters)


def _dense_weights(layer: Layer, shape: Shape) -> dict[str, Shape]:
    units = int(layer.config["units"])
    return _with_bias(layer, {"kernel": (shape[-1], units)}, units)


def _scale_weights(layer: Layer, shape: Shape) -> dict[str, Shape]:
    scaled = tuple(shape[index] for index in axes_of(layer, len(shape)))
    names = [name for name, argument in (("gamma", "scale"), ("beta", "center")) if layer.config[argument]]
    if layer.kind == "BatchNormalization":
        names += ["moving_mean", "moving_variance"]
    return dict.fromkeys(names, scaled)


def _prelu_weights(layer: Layer, shape: Shape) -> dict[str, Shape]:
    shared = [axis_of(layer, axis, len(shape)) for axis in layer.config["shared_axes"] or ()]
    return {"alpha": tuple(1 if index in shared else side for index, side in enumerate(shape))}


def _normalization_weights(layer: Layer, shape: Shape) -> dict[str, Shape]:
    if layer.config["mean"] is not None:
        return {}
    axes = axes_of(layer, len(shape))
    return dict.fromkeys(("mean", "variance"), tuple(shape[index] for index in axes))


# -- kinds


@dataclass(frozen=True)
class Kind:
    """A kind of layer.

    Attributes
    ----------
    arguments
        Arguments by name.
    shape
        Output shape of a layer for the shapes of its inputs, all without the batch.
    weights
        Shapes of a layer's weights by name, for the shape of its input.
    inputs
        Lowest and highest number of inputs.
    rests
        Whether it returns its input unchanged when a network predicts.
    """

    arguments: dict[str, Argument] = field(default_factory=dict)
    shape: Callable[[Layer, Sequence[Shape]], Shape] = _same
    weights: Callable[[Layer, Shape], dict[str, Shape]] = _no_weights
    inputs: tuple[int, int] = (1, 1)
    rests: bool = False


_FILTERS = {"filters": _size()}
_DEPTH = {"depth_multiplier": _size(1)}

KINDS: dict[str, Kind] = {
    "InputLayer": Kind({"shape": _SHAPE}, _input_shape, inputs=(0, 0)),
    "Conv2D": Kind(
        {**_FILTERS, **_CONVOLUTION, "groups": _size(1), **_INITIALIZER}, _convolution, _convolution_weights
    ),
    "DepthwiseConv2D": Kind({**_DEPTH, **_CONVOLUTION}, _convolution, _convolution_weights),
    "SeparableConv2D": Kind({**_FILTERS, **_DEPTH, **_CONVOLUTION}, _convolution, _convolution_weights),
    "Dense": Kind({"units": _size(), **_DENSE, **_INITIALIZER}, _dense, _dense_weights),
    "MaxPooling2D": Kind(_POOLING, _pooling),
    "AveragePooling2D": Kind(_POOLING, _pooling),
    "GlobalMaxPooling2D": Kind(_GLOBAL_POOLING, _global_pooling),
    "GlobalAveragePooling2D": Kind(_GLOBAL_POOLING, _global_pooling),
    "BatchNormalization": Kind(
        {"axis": _AXIS, "momentum": _real(0.99, 0, 1), **_SCALED},
        _along_axes,
        _scale_weights,
    ),
    "LayerNormalization": Kind({"axis": _AXES, **_SCALED}, _along_axes, _scale_weights),
    "Activation": Kind({"activation": _choice(ACTIVATIONS)}),
    "ReLU": Kind(
        {"max_value": _optional(_real(None, 0)), "negative_slope": _real(0.0, 0), "threshold": _real(0.0, 0)},
    ),
    "LeakyReLU": Kind({"negative_slope": _real(0.3, 0)}),
    "PReLU": Kind({"shared_axes": _optional(_DIMS)}, _prelu, _prelu_weights),
    "ELU": Kind({"alpha": _real(1.0)}),
    "Softmax": Kind({"axis": _AXIS}, _along_axes),
    "Flatten": Kind(_DATA_FORMAT, _flatten),
    "Reshape": Kind({"target_shape": _TARGET_SHAPE}, _reshape),
    "Permute": Kind({"dims": _DIMS}, _permute),
    "ZeroPadding2D": Kind(
        {
            "padding": Argument(
                f"one number, two, or two pairs of numbers from 0 to {MAX_SIZE:,}", _padding_2d, ((1, 1), (1, 1))
            ),
            **_DATA_FORMAT,
        },
        _zero_padding,
    ),
    "Rescaling": Kind({"scale": _NUMBERS, "offset": Argument(_NUMBERS.text, _numbers, 0.0)}, _rescaling),
    "Normalization": Kind(
        {
            "axis": Argument(f"{_AXES.text}, or null", partial(_or_none, _axes), -1),
            "mean": _optional(_NUMBERS),
            "variance": _optional(_NUMBERS),
            "invert": _flag(False),
        },
        _normalization,
        _normalization_weights,
    ),
    "Add": Kind({}, _merge, inputs=(2, 16)),
    "Concatenate": Kind({"axis": _AXIS}, _concatenate, inputs=(2, 16)),
    "Dropout": Kind({"rate": _RATE, **_SEED}, rests=True),
    "SpatialDropout2D": Kind({"rate": _RATE, **_SEED, **_DATA_FORMAT}, rests=True),
    "AlphaDropout": Kind({"rate": _RATE, **_SEED}, rests=True),
    "GaussianDropout": Kind({"rate": _RATE, **_SEED}, rests=True),
    "GaussianNoise": Kind({"stddev": _real(_REQUIRED, 0), **_SEED}, rests=True),
    "ActivityRegularization": Kind({"l1": _real(0.0, 0), "l2": _real(0.0, 0)}, rests=True),
    **dict.fromkeys(RANDOM_KINDS, Kind(rests=True)),
}


# -- networks


def chain(shape: Shape, *steps: tuple[str, Config]) -> Network:
    """Return a network whose layers follow each other, with the names that Keras gives them.

    Parameters
    ----------
    shape
        Of the input, without the batch.
    steps
        Kind and arguments of each layer after the input.

    Raises
    ------
    NetworkError
        The layers do not fit together, see `check_network`.
    """
    layers = [Layer("InputLayer", "input", (), {"shape": shape})]
    for (kind, config), name in zip(steps, layer_names(kind for kind, _ in steps), strict=True):
        layers.append(Layer(kind, name, (layers[-1].name,), config))
    network = tuple(layers)
    check_network(network)
    return network


def layer_names(kinds: Iterable[str]) -> list[str]:
    """Return the names that Keras gives to layers of these kinds: "conv2d", "conv2d_1" ..."""
    counts: dict[str, int] = {}
    names = []
    for kind in kinds:
        counts[kind] = counts.get(kind, -1) + 1
        names.append(f"{_snake_case(kind)}_{counts[kind]}" if counts[kind] else _snake_case(kind))
    return names


def _snake_case(kind: str) -> str:
    """Return "max_pooling2d" for "MaxPooling2D", as Keras names layers."""
    words = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", kind)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()


def output_shapes(network: Network) -> dict[str, Shape]:
    """Return the output shape of each layer by its name, without the batch.

    Raises
    ------
    NetworkError
        A layer does not fit its inputs, gets an unknown one, or returns too many values.
    """
    shapes: dict[str, Shape] = {}
    for layer in network:
        kind = KINDS[layer.kind]
        if layer.name in shapes:
            raise layer.error("has the name of an earlier layer. Rename it")
        if unknown := [name for name in layer.inputs if name not in shapes]:
            raise layer.error(f"gets its input from {_shown(unknown[0])}; expected an earlier layer. Change its inputs")
        low, high = kind.inputs
        if not low <= len(layer.inputs) <= high:
            expected = str(low) if low == high else f"{low} to {high}"
            raise layer.error(f"has {len(layer.inputs)} inputs; expected {expected}. Change its inputs")
        shape = kind.shape(layer, [shapes[name] for name in layer.inputs])
        if math.prod(shape) > MAX_VALUES or max(len(shape), 1) > MAX_DIMENSIONS:
            raise layer.error(
                f"returns values of the shape {shape}; expected at most {MAX_VALUES:,} values in {MAX_DIMENSIONS} "
                "dimensions. Make it smaller"
            )
        shapes[layer.name] = shape
    return shapes


def check_network(network: Network) -> None:
    """Check that a network can be computed.

    Raises
    ------
    NetworkError
        It has no or too many layers; it does not start with its only InputLayer; a layer does not fit, see
        `output_shapes`; a layer but the last feeds no other; or it has too many parameters.
    """
    if not 2 <= len(network) <= MAX_LAYERS:
        raise NetworkError(f"The network has {len(network)} layers; expected 2 to {MAX_LAYERS}.")
    inputs = [index for index, layer in enumerate(network) if layer.kind == "InputLayer"]
    if inputs != [0]:
        raise NetworkError(
            f"The network has an InputLayer at {inputs or 'no place'}; expected one, as its first layer (0)."
        )
    output_shapes(network)
    used = {name for layer in network for name in layer.inputs}
    for layer in network[:-1]:
        if layer.name not in used:
            raise layer.error("feeds no other layer; expected that only of the last one. Leave it out")
    if (count := parameters(network)) > MAX_PARAMETERS:
        raise NetworkError(
            f"The network has {count:,} parameters; expected at most {MAX_PARAMETERS:,}. Use fewer filters or units."
        )


def layer_weight_shapes(network: Network) -> dict[str, dict[str, Shape]]:
    """Return the shapes of the weights of each layer, by the layer's name and theirs, in Keras' order."""
    shapes = output_shapes(network)
    return {
        layer.name: KINDS[layer.kind].weights(layer, shapes[layer.inputs[0]]) if layer.inputs else {}
        for layer in network
    }


def weight_shapes(network: Network) -> dict[str, Shape]:
    """Return the shapes of all weights by "layer/weight", in the order of Keras' ``model.weights``."""
    return {
        f"{layer}/{weight}": shape
        for layer, weights in layer_weight_shapes(network).items()
        for weight, shape in weights.items()
    }


def parameters(network: Network) -> int:
    """Return the number of weights, including the moving averages of batch normalization."""
    return sum(math.prod(shape) for shape in weight_shapes(network).values())


def multiply_adds(network: Network) -> int:
    """Return the multiplications of the convolutions and dense layers for one frame."""
    shapes, weights = output_shapes(network), layer_weight_shapes(network)
    return sum(_multiply_adds(layer, shapes[layer.name], weights[layer.name]) for layer in network)


def _multiply_adds(layer: Layer, shape: Shape, weights: dict[str, Shape]) -> int:
    """Count each value of a kernel once for each position of the output."""
    kernels = sum(math.prod(size) for name, size in weights.items() if name.endswith("kernel"))
    if not kernels:
        return 0
    is_first = layer.config.get("data_format") == "channels_first"
    return kernels * (math.prod(shape) // shape[0 if is_first else -1])


# -- JSON


def network_to_json(network: Network) -> list[dict[str, Any]]:
    """Return a network as it stands in the record of a run, for `json.dumps`.

    Arguments that have Keras' default are left out, and the inputs of a layer that follows the one before it.
    """
    previous: tuple[str, ...] = ()
    entries = []
    for layer in network:
        arguments = KINDS[layer.kind].arguments
        config = {name: _plain(value) for name, value in layer.config.items() if value != arguments[name].default}
        entry: dict[str, Any] = {"kind": layer.kind, "name": layer.name, "config": config}
        if layer.inputs != previous:
            entry["inputs"] = list(layer.inputs)
        entries.append(entry)
        previous = (layer.name,)
    return entries


def _plain(value: Any) -> Any:  # noqa: ANN401
    return [_plain(entry) for entry in value] if isinstance(value, tuple) else value


def network_from_json(entries: object) -> Network:
    """Return the network of `network_to_json`, which may be of any origin.

    Parameters
    ----------
    entries
        Lists, objects, numbers and texts, as `json.loads` returns them.

    Raises
    ------
    NetworkError
        It is no list of layers, or `Layer` or `check_network` refuses it.
    """
    if not isinstance(entries, list) or len(entries) > MAX_LAYERS:
        given = f"{len(entries):,} layers" if isinstance(entries, list) else _shown(entries)
        raise NetworkError(f"The layers are {given}; expected a list of 2 to {MAX_LAYERS} layers.")
    layers: list[Layer] = []
    for entry in entries:
        if not isinstance(entry, dict) or not {"kind", "name"} <= set(entry) <= {"kind", "name", "config", "inputs"}:
            raise NetworkError(
                f"A layer is {_shown(entry)}; expected an object with kind and name, and maybe config and inputs."
            )
        inputs = entry.get("inputs", [layers[-1].name] if layers else [])
        if not isinstance(inputs, list) or not all(isinstance(name, str) for name in inputs):
            raise NetworkError(f"{_shown(entry['name'])} has the inputs {_shown(inputs)}; expected a list of names.")
        layers.append(Layer(entry["kind"], entry["name"], tuple(inputs), entry.get("config", {})))
    network = tuple(layers)
    check_network(network)
    return network


# -- words

_ACTIVATION_TITLES = {
    "relu": "ReLU", "relu6": "ReLU6", "leaky_relu": "leaky ReLU", "elu": "ELU", "selu": "SELU", "celu": "CELU",
    "gelu": "GELU", "silu": "SiLU", "swish": "SiLU",
}  # fmt: skip


def layer_title(layer: Layer) -> str:
    """Return kind, size and activation of a layer as a user reads them: "Conv2D 64, 3×3, ReLU"."""
    config = layer.config
    size = str(config.get("filters", config.get("units", config.get("rate", ""))))
    if isinstance(config.get("rate"), float):
        size = f"{config['rate']:g}"
    sides = config.get("kernel_size") or config.get("pool_size")
    window = f"{sides[0]}×{sides[1]}" if sides else ""
    activation = config.get("activation", "linear")
    word = "" if activation == "linear" else _ACTIVATION_TITLES.get(activation, activation)
    head = f"{layer.kind} {size or window}".strip() if layer.kind != "Activation" else f"Activation {word}"
    rest = [window if size else "", word if layer.kind != "Activation" else ""]
    return ", ".join(filter(None, [head, *rest]))
