"""How a single value of a network comes about: what is multiplied, the sum, the bias, and what follows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.models.inspection.network import Activations
from mnist_gui.models.inspection.network_layers import Array, NetworkLayer


@dataclass(frozen=True)
class Place:
    """A value in a network.

    Attributes
    ----------
    layer
        Index of the layer.
    index
        Index of the filter, the unit or the digit.
    row, column
        Of the value in the filter's map; 0 in layers without maps.
    """

    layer: int
    index: int
    row: int = 0
    column: int = 0


@dataclass(frozen=True)
class Patch:
    """The part of the frame that a value depends on: its first row and column, its height and width, in pixels."""

    top: int
    left: int
    height: int
    width: int


WHOLE_FRAME = Patch(0, 0, FRAME_SIDE, FRAME_SIDE)


@dataclass(frozen=True, eq=False)
class ValueSum:
    """Arithmetic of one value.

    The score is the sum of all products and the bias, and what batch normalization makes of it; the result is what the
    activation makes of the score. Of an answer, the result is the score that is turned into a probability.

    Attributes
    ----------
    place
        Of the value.
    patch
        What it sees of the frame.
    products
        Number of products; 0 for a layer without weights.
    total, bias, score, result
        Sum of the products, the bias, the score and the value.
    inputs, weights
        (rows, columns): inputs and weights of one channel; None where the inputs are no maps. A layer without weights
        has inputs of a pooling only.
    channel
        Index of this channel, whose products sum up to the most, positive or negative; None if there is but one.
    channel_sum
        Sum of its products.
    peak
        Largest value, positive or negative, among all that feeds the layer.
    """

    place: Place
    patch: Patch
    products: int
    total: float
    bias: float
    score: float
    result: float
    inputs: Array | None = None
    weights: Array | None = None
    channel: int | None = None
    channel_sum: float = 0.0
    peak: float = 1.0


def patch_of(layer: NetworkLayer, place: Place) -> Patch:
    """Return what a value of a layer sees of the frame."""
    if layer.fields is None:
        return WHOLE_FRAME
    top, left, bottom, right = layer.fields[place.row, place.column].tolist()
    if bottom < top or right < left:  # it depends on padding alone
        return Patch(0, 0, 0, 0)
    return Patch(top, left, bottom - top + 1, right - left + 1)


def strongest_place(layer: NetworkLayer, values: Array, number: int, index: int) -> Place:
    """Return the place of the strongest value of a filter, or the one place of a unit or digit.

    Parameters
    ----------
    values
        Of the layer.
    number
        Index of the layer.
    """
    if not layer.has_maps:
        return Place(number, index)
    strengths = strength(layer, values[..., index])
    row, column = divmod(int(strengths.argmax()), strengths.shape[1])
    return Place(number, index, row, column)


def strength(layer: NetworkLayer, values: Array) -> Array:
    """Return how strong values of a layer are: those that may be negative count by their size."""
    return np.abs(values) if layer.is_signed else values


def value_sum(layer: NetworkLayer, activations: Activations, place: Place) -> ValueSum:
    """Return the arithmetic of a value of a layer in some activations of its network."""
    if layer.kind == "convolution":
        top, left = _corner(layer, place)
        return _weighted(layer, activations, place, _window(layer, activations.inputs(layer), top, left))
    if layer.weights is not None:
        return _weighted(layer, activations, place, activations.inputs(layer))
    result = float(activations.values(layer)[_position(layer, place)])
    inputs = _pooled(layer, activations, place)
    return ValueSum(place, patch_of(layer, place), 0, result, 0.0, result, result, inputs)


def _position(layer: NetworkLayer, place: Place) -> tuple[int, ...]:
    return (place.row, place.column, place.index) if layer.has_maps else (place.index,)


def _corner(layer: NetworkLayer, place: Place) -> tuple[int, int]:
    """Return the first row and column of a value's window; they may lie before the input."""
    assert layer.window is not None
    strides, padding = layer.window.strides, layer.window.padding
    return place.row * strides[0] - padding[0], place.column * strides[1] - padding[1]


def _window(layer: NetworkLayer, inputs: Array, top: int, left: int) -> Array:
    """Return (rows, columns, channels) of a convolution's window, with zeros outside of its input."""
    assert layer.window is not None
    (height, width), dilation = layer.window.kernel, layer.window.dilation
    found = np.zeros((height, width, inputs.shape[2]), np.float32)
    rows, columns = top + dilation[0] * np.arange(height), left + dilation[1] * np.arange(width)
    inside_rows = np.flatnonzero((rows >= 0) & (rows < inputs.shape[0]))
    inside_columns = np.flatnonzero((columns >= 0) & (columns < inputs.shape[1]))
    found[np.ix_(inside_rows, inside_columns)] = inputs[np.ix_(rows[inside_rows], columns[inside_columns])]
    return found


def _pooled(layer: NetworkLayer, activations: Activations, place: Place) -> Array | None:
    """Return the (rows, columns) values that a pooling or a summary takes one of, or their mean."""
    if layer.kind not in ("pooling", "summary") or layer.source_form is None:
        return None
    inputs = activations.inputs(layer)[..., place.index]
    if layer.window is None:
        return inputs
    (top, left), (height, width) = _corner(layer, place), layer.window.kernel
    return inputs[max(top, 0) : top + height, max(left, 0) : left + width]


def _weighted(layer: NetworkLayer, activations: Activations, place: Place, inputs: Array) -> ValueSum:
    """Return the arithmetic of (rows, columns, channels) or (inputs,) inputs and the weights of a filter or unit."""
    assert layer.weights is not None
    index = layer.order[place.index] if layer.order else place.index
    weights = layer.weights[..., index]
    has_maps = inputs.ndim == 3
    if not has_maps:
        inputs, weights = inputs[None, None], weights[None, None]
    first = 0  # of the channels that a filter of a divided convolution sees
    if layer.groups > 1:
        first = index // (layer.count // layer.groups) * weights.shape[2]
        inputs = inputs[..., first : first + weights.shape[2]]
    sums = (inputs * weights).sum(axis=(0, 1), dtype=np.float64)
    total, position = float(sums.sum()), _position(layer, Place(place.layer, index, place.row, place.column))
    bias = float(layer.bias[position]) if layer.bias is not None else 0.0
    score = total + bias
    if layer.scale is not None and layer.offset is not None:
        score = score * float(layer.scale[position]) + float(layer.offset[position])
    result = score if layer.kind == "answer" else float(activations.values(layer)[position])
    channel = int(np.abs(sums).argmax())
    return ValueSum(
        place,
        patch_of(layer, place),
        inputs.size,
        total,
        bias,
        score,
        result,
        inputs[..., channel] if has_maps else None,
        weights[..., channel] if has_maps else None,
        first + channel if len(sums) > 1 else None,
        float(sums[channel]),
        float(np.abs(activations.fed[layer.source]).max()),
    )
