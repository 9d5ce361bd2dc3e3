"""The kinds of layers that are known, and the arguments that Keras gives them: what each may be.

Arguments come from files of any origin: they are numbers, texts and lists of bounded size.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

Shape = tuple[int, ...]
Config = Mapping[str, Any]

MAX_SIZE = 2**16  # of one side, of the filters or units of a layer
MAX_VALUES = 2**24  # that a layer returns for one frame
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
    _require(len({dimensions(row) for row in rows}) == 1)
    return rows


def _count(value: Any, depth: int) -> int:  # noqa: ANN401
    """Return how many numbers a nested list holds."""
    if not isinstance(value, list | tuple):
        return 1
    _require(depth >= 0 and len(value) <= MAX_NUMBERS)
    return sum(_count(entry, depth - 1) for entry in value)


def dimensions(value: Any) -> Shape:  # noqa: ANN401
    """Return the shape of nested tuples of numbers; () for a number."""
    return (len(value), *dimensions(value[0])) if isinstance(value, tuple) else ()


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
_FILTERS = {"filters": _size()}
_DEPTH = {"depth_multiplier": _size(1)}

# The arguments of each kind of layer, by their names in Keras.
ARGUMENTS: dict[str, dict[str, Argument]] = {
    "InputLayer": {"shape": _SHAPE},
    "Conv2D": {**_FILTERS, **_CONVOLUTION, "groups": _size(1), **_INITIALIZER},
    "DepthwiseConv2D": {**_DEPTH, **_CONVOLUTION},
    "SeparableConv2D": {**_FILTERS, **_DEPTH, **_CONVOLUTION},
    "Dense": {"units": _size(), **_DENSE, **_INITIALIZER},
    "MaxPooling2D": _POOLING,
    "AveragePooling2D": _POOLING,
    "GlobalMaxPooling2D": _GLOBAL_POOLING,
    "GlobalAveragePooling2D": _GLOBAL_POOLING,
    "BatchNormalization": {"axis": _AXIS, "momentum": _real(0.99, 0, 1), **_SCALED},
    "LayerNormalization": {"axis": _AXES, **_SCALED},
    "Activation": {"activation": _choice(ACTIVATIONS)},
    "ReLU": {"max_value": _optional(_real(None, 0)), "negative_slope": _real(0.0, 0), "threshold": _real(0.0, 0)},
    "LeakyReLU": {"negative_slope": _real(0.3, 0)},
    "PReLU": {"shared_axes": _optional(_DIMS)},
    "ELU": {"alpha": _real(1.0)},
    "Softmax": {"axis": _AXIS},
    "Flatten": _DATA_FORMAT,
    "Reshape": {"target_shape": _TARGET_SHAPE},
    "Permute": {"dims": _DIMS},
    "ZeroPadding2D": {
        "padding": Argument(
            f"one number, two, or two pairs of numbers from 0 to {MAX_SIZE:,}", _padding_2d, ((1, 1), (1, 1))
        ),
        **_DATA_FORMAT,
    },
    "Rescaling": {"scale": _NUMBERS, "offset": Argument(_NUMBERS.text, _numbers, 0.0)},
    "Normalization": {
        "axis": Argument(f"{_AXES.text}, or null", partial(_or_none, _axes), -1),
        "mean": _optional(_NUMBERS),
        "variance": _optional(_NUMBERS),
        "invert": _flag(False),
    },
    "Add": {},
    "Concatenate": {"axis": _AXIS},
    "Dropout": {"rate": _RATE, **_SEED},
    "SpatialDropout2D": {"rate": _RATE, **_SEED, **_DATA_FORMAT},
    "AlphaDropout": {"rate": _RATE, **_SEED},
    "GaussianDropout": {"rate": _RATE, **_SEED},
    "GaussianNoise": {"stddev": _real(_REQUIRED, 0), **_SEED},
    "ActivityRegularization": {"l1": _real(0.0, 0), "l2": _real(0.0, 0)},
    **{kind: {} for kind in RANDOM_KINDS},
}
