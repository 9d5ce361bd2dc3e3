"""What each kind of layer makes of its inputs: the shape of its output, and the shapes of its weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mnist_gui.models.layer_arguments import RANDOM_KINDS, Shape, dimensions
from mnist_gui.models.layers import Layer


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
    shape = _broadcast(layer, shapes[0], dimensions(layer.config["scale"]), dimensions(layer.config["offset"]))
    if shape != shapes[0]:
        raise layer.error(f"makes values of the shape {shapes[0]} into {shape}; expected the same. Use one number")
    return shape


def _normalization(layer: Layer, shapes: Sequence[Shape]) -> Shape:
    config, shape = layer.config, _normalized_shape(layer, shapes[0])
    if (config["mean"] is None) != (config["variance"] is None):
        raise layer.error("has a mean or a variance; expected both or neither. Add the other")
    given = [dimensions(config[name]) for name in ("mean", "variance") if config[name] is not None]
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
    """What a kind of layer makes of its inputs.

    Attributes
    ----------
    shape
        Output shape of a layer for the shapes of its inputs, all without the batch.
    weights
        Shapes of a layer's weights by name, for the shape of its input.
    inputs
        Lowest and highest number of inputs.
    rests
        Whether it returns its input unchanged when a network predicts.
    """

    shape: Callable[[Layer, Sequence[Shape]], Shape] = _same
    weights: Callable[[Layer, Shape], dict[str, Shape]] = _no_weights
    inputs: tuple[int, int] = (1, 1)
    rests: bool = False


KINDS: dict[str, Kind] = {
    "InputLayer": Kind(_input_shape, inputs=(0, 0)),
    "Conv2D": Kind(_convolution, _convolution_weights),
    "DepthwiseConv2D": Kind(_convolution, _convolution_weights),
    "SeparableConv2D": Kind(_convolution, _convolution_weights),
    "Dense": Kind(_dense, _dense_weights),
    "MaxPooling2D": Kind(_pooling),
    "AveragePooling2D": Kind(_pooling),
    "GlobalMaxPooling2D": Kind(_global_pooling),
    "GlobalAveragePooling2D": Kind(_global_pooling),
    "BatchNormalization": Kind(_along_axes, _scale_weights),
    "LayerNormalization": Kind(_along_axes, _scale_weights),
    "Activation": Kind(),
    "ReLU": Kind(),
    "LeakyReLU": Kind(),
    "PReLU": Kind(_prelu, _prelu_weights),
    "ELU": Kind(),
    "Softmax": Kind(_along_axes),
    "Flatten": Kind(_flatten),
    "Reshape": Kind(_reshape),
    "Permute": Kind(_permute),
    "ZeroPadding2D": Kind(_zero_padding),
    "Rescaling": Kind(_rescaling),
    "Normalization": Kind(_normalization, _normalization_weights),
    "Add": Kind(_merge, inputs=(2, 16)),
    "Concatenate": Kind(_concatenate, inputs=(2, 16)),
    **dict.fromkeys(
        (
            "Dropout", "SpatialDropout2D", "AlphaDropout", "GaussianDropout", "GaussianNoise", "ActivityRegularization",
            *RANDOM_KINDS,
        ),
        Kind(rests=True),
    ),
}  # fmt: skip
