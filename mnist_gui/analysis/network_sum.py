"""How a single value of a network comes about: what is multiplied, the sum, the bias, and what follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from mnist_gui.analysis.network import POOL, Activations, Array, Network, map_sides, receptive_fields
from mnist_gui.digits.dataset import FRAME_SIDE

Layer = Literal["first", "second", "pooling", "hidden_1", "hidden_2", "answer"]
MAP_LAYERS: tuple[Layer, ...] = ("first", "second", "pooling")
HIDDEN_LAYERS: tuple[Layer, ...] = ("hidden_1", "hidden_2")


@dataclass(frozen=True)
class Place:
    """A value in a network.

    Attributes
    ----------
    layer
        The layer.
    index
        Index of the filter, the unit or the digit.
    row, column
        Of the value in the filter's map; 0 in layers without maps.
    """

    layer: Layer
    index: int
    row: int = 0
    column: int = 0


@dataclass(frozen=True)
class Patch:
    """The square of the frame that a value depends on: its first row and column, and its side, in pixels."""

    top: int
    left: int
    side: int


@dataclass(frozen=True, eq=False)
class ValueSum:
    """Arithmetic of one value: the result is the sum of all products and the bias, negative ones made 0 by ReLU.

    Of an answer, it is the score that softmax turns into a probability; of the pooling, the largest of the inputs.

    Attributes
    ----------
    place
        Of the value.
    patch
        What it sees of the frame.
    products
        Number of products; 0 for the pooling.
    total, bias, result
        Sum of the products, the bias, and the value.
    inputs, weights
        (side, side): inputs and weights of one channel; None where the inputs are no maps. The pooling has no weights.
    channel
        Index of this channel, whose products sum up to the most, positive or negative; None if there is but one.
    channel_sum
        Sum of its products.
    """

    place: Place
    patch: Patch
    products: int
    total: float
    bias: float
    result: float
    inputs: Array | None
    weights: Array | None
    channel: int | None = None
    channel_sum: float = 0.0


def patch_of(kernels: tuple[int, int], place: Place) -> Patch:
    """Return what a value sees of the frame, given the sides of the two convolutions' filters."""
    if place.layer not in MAP_LAYERS:
        return Patch(0, 0, FRAME_SIDE)
    step = POOL if place.layer == "pooling" else 1
    side = receptive_fields(kernels)[MAP_LAYERS.index(place.layer)]
    return Patch(step * place.row, step * place.column, side)


def maps_of(activations: Activations, layer: Layer) -> Array:
    """Return the (side, side, filters) maps of one of `MAP_LAYERS`."""
    return {"first": activations.first, "second": activations.second, "pooling": activations.pooled}[layer]


def strongest_place(activations: Activations, layer: Layer, index: int) -> Place:
    """Return the place of the largest value of a map, or the one place of a unit or digit."""
    if layer not in MAP_LAYERS:
        return Place(layer, index)
    values = maps_of(activations, layer)[..., index]
    row, column = divmod(int(values.argmax()), values.shape[1])
    return Place(layer, index, row, column)


def value_sum(network: Network, activations: Activations, place: Place) -> ValueSum:
    """Return the arithmetic of a value in some activations of the network."""
    if place.layer == "pooling":
        return _largest(network, activations, place)
    if place.layer == "first":
        return _convolution(network, activations.frame[..., None], 0, place)
    if place.layer == "second":
        return _convolution(network, activations.first, 1, place)
    return _dense(network, activations, place)


def _largest(network: Network, activations: Activations, place: Place) -> ValueSum:
    top, left = POOL * place.row, POOL * place.column
    inputs = activations.second[top : top + POOL, left : left + POOL, place.index]
    largest = float(inputs.max())
    return ValueSum(place, patch_of(network.kernels, place), 0, largest, 0.0, largest, inputs, None)


def _convolution(network: Network, maps: Array, number: int, place: Place) -> ValueSum:
    layer = network.convolutions[number]
    side = len(layer.weights)
    inputs = maps[place.row : place.row + side, place.column : place.column + side]
    return _weighted(network, place, inputs, layer.weights[..., place.index], float(layer.bias[place.index]))


def _dense(network: Network, activations: Activations, place: Place) -> ValueSum:
    number = len(activations.hidden) if place.layer == "answer" else HIDDEN_LAYERS.index(place.layer)
    layer = network.dense[number]
    weights, bias = layer.weights[:, place.index], float(layer.bias[place.index])
    if number == 0:
        shape = activations.pooled.shape
        return _weighted(network, place, activations.pooled, weights.reshape(shape), bias)
    inputs = activations.hidden[number - 1]
    return _weighted(network, place, inputs[None, None], weights[None, None], bias)


def _weighted(network: Network, place: Place, inputs: Array, weights: Array, bias: float) -> ValueSum:
    """Return the arithmetic of (side, side, channels) inputs and weights."""
    sums = (inputs * weights).sum(axis=(0, 1), dtype=np.float64)
    total = float(sums.sum())
    score = total + bias
    result = score if place.layer == "answer" else max(score, 0.0)
    channel = int(np.abs(sums).argmax()) if len(sums) > 1 else None
    has_maps = inputs.shape[0] > 1
    shown = channel or 0
    return ValueSum(
        place,
        patch_of(network.kernels, place),
        inputs.size,
        total,
        bias,
        result,
        inputs[..., shown] if has_maps else None,
        weights[..., shown] if has_maps else None,
        channel,
        float(sums[shown]),
    )


def map_side(kernels: tuple[int, int], layer: Layer) -> int:
    """Return the side of the maps of one of `MAP_LAYERS`."""
    return map_sides(kernels)[MAP_LAYERS.index(layer)]
