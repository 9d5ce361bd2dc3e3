"""Activations of every layer of a model for a frame, also with some filters switched off; computed by NumPy.

The layers' weights are read from the exported model: a run needs no other file to be looked into.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from mnist_gui.digits.dataset import CLASSES, FRAME_SIDE
from mnist_gui.models.inference.calibration import calibrate
from mnist_gui.models.inference.network_weights import LayerWeights, read_network_weights
from mnist_gui.models.inference.onnx_network import OnnxNetwork
from mnist_gui.models.inference.predictor import read_model
from mnist_gui.runs.record import MODEL_FILE, RunError
from mnist_gui.runs.run import Run

MAX_DIFFERENCE = 1e-3  # of probabilities computed here and by ONNX Runtime; rounding accounts for less
POOL = 2  # side of the squares whose largest value the pooling keeps

Array = NDArray[np.float32]


@dataclass(frozen=True)
class FiltersOff:
    """Filters that are switched off: their maps are zero.

    Attributes
    ----------
    first, second
        Indices of filters of the first and the second convolution.
    """

    first: frozenset[int] = frozenset()
    second: frozenset[int] = frozenset()

    @property
    def count(self) -> int:
        """Number of filters that are off."""
        return len(self.first) + len(self.second)


ALL_ON = FiltersOff()


@dataclass(frozen=True, eq=False)
class Activations:
    """Outputs of all layers for a frame; all are float32.

    Attributes
    ----------
    frame
        (28, 28) in [0, 1].
    first, second
        (side, side, filters): maps of the convolutions after ReLU, not negative.
    pooled
        (side // 2, side // 2, filters): the second convolution's maps after pooling.
    hidden
        (units,) of each hidden dense layer after ReLU.
    scores
        (10,) before softmax.
    probabilities
        (10,) not calibrated.
    """

    frame: Array
    first: Array
    second: Array
    pooled: Array
    hidden: tuple[Array, ...]
    scores: Array
    probabilities: Array


class Network:
    """The network of a run, whose layers can be looked into; safe to use in several threads.

    Parameters
    ----------
    run
        With an exported model; no other file is needed.

    Attributes
    ----------
    run, model
        Name of the run and number of its model.
    convolutions, dense
        Weights as of `mnist_gui.models.inference.network_weights.NetworkWeights`.

    Raises
    ------
    RunError
        The model is damaged, or its layers are not those of the run's architecture.
    """

    def __init__(self, run: Run) -> None:
        self.run = run.name
        self.model = run.model
        self._temperature = run.record.temperature
        content = read_model(run)
        try:
            weights = read_network_weights(content, run.model)
            self.convolutions = weights.convolutions
            self.dense = weights.dense
            self._check(OnnxNetwork(content, CLASSES, threads=1))
        except ValueError as error:
            raise RunError(f"Run {run.name}: {MODEL_FILE} {error}.") from error

    @property
    def kernels(self) -> tuple[int, int]:
        """Sides of the two convolutions' filters."""
        first, second = (len(layer.weights) for layer in self.convolutions)
        return first, second

    def activations(self, frame: Array, off: FiltersOff = ALL_ON) -> Activations:
        """Return the activations for a (28, 28) frame in [0, 1]."""
        first = _convolve(frame[..., None], self.convolutions[0])
        return self._from_first(frame, _silenced(first, off.first), off)

    def without(self, activations: Activations, off: FiltersOff) -> Activations:
        """Return the activations with some filters off, computed from the first layer that differs.

        Parameters
        ----------
        activations
            With all filters on.
        """
        if off.first:
            return self._from_first(activations.frame, _silenced(activations.first, off.first), off)
        if off.second:
            return self._from_second(activations.frame, activations.first, activations.second, off)
        return activations

    def calibrated(self, activations: Activations) -> Array:
        """Return the (10,) probabilities as the cards show them."""
        return calibrate(activations.probabilities, self._temperature)

    def _check(self, answering: OnnxNetwork) -> None:
        """Raise ValueError if the network that answers computes anything else than these layers."""
        frame = np.random.default_rng(0).random((FRAME_SIDE, FRAME_SIDE), np.float32)
        difference = np.abs(answering(frame[None])[0] - self.activations(frame).probabilities).max()
        if not difference < MAX_DIFFERENCE:  # nor if it is no number
            raise ValueError("has other layers between its weights than this model; choose another run")

    def _from_first(self, frame: Array, first: Array, off: FiltersOff) -> Activations:
        return self._from_second(frame, first, _convolve(first, self.convolutions[1]), off)

    def _from_second(self, frame: Array, first: Array, second: Array, off: FiltersOff) -> Activations:
        second = _silenced(second, off.second)
        pooled = _pool(second)
        values, hidden = pooled.reshape(-1), []
        for layer in self.dense[:-1]:
            values = np.maximum(values @ layer.weights + layer.bias, 0)
            hidden.append(values)
        scores = values @ self.dense[-1].weights + self.dense[-1].bias
        return Activations(frame, first, second, pooled, tuple(hidden), scores, _softmax(scores))


def receptive_fields(kernels: tuple[int, int]) -> tuple[int, int, int]:
    """Return the sides, in pixels of the frame, of what a value of each convolution and of the pooling depends on."""
    first, second = kernels
    return first, first + second - 1, first + second - 1 + POOL - 1


def map_sides(kernels: tuple[int, int]) -> tuple[int, int, int]:
    """Return the sides of the maps of both convolutions and of the pooling."""
    first = FRAME_SIDE - kernels[0] + 1
    second = first - kernels[1] + 1
    return first, second, second // POOL


def _convolve(maps: Array, layer: LayerWeights) -> Array:
    """Return the (side, side, filters) output of a convolution and ReLU for (side, side, channels) maps."""
    side = len(layer.weights)
    # Rows of one patch each, in the order of the weights: one matrix product does it all.
    patches = sliding_window_view(maps, (side, side), axis=(0, 1)).transpose(0, 1, 3, 4, 2)
    rows, columns = patches.shape[:2]
    filters = layer.weights.shape[-1]
    sums = patches.reshape(rows * columns, -1) @ layer.weights.reshape(-1, filters)
    sums += layer.bias
    np.maximum(sums, 0, out=sums)
    output: Array = sums.reshape(rows, columns, filters)
    return output


def _pool(maps: Array) -> Array:
    side, _, count = maps.shape
    half = side // POOL
    squares = maps[: half * POOL, : half * POOL].reshape(half, POOL, half, POOL, count)
    return np.asarray(squares.max(axis=(1, 3)))


def _silenced(maps: Array, off: AbstractSet[int]) -> Array:
    """Return maps of which some are zero; without any, the same array."""
    if not off:
        return maps
    maps = maps.copy()
    maps[..., sorted(off)] = 0
    return maps


def _softmax(scores: Array) -> Array:
    odds = np.exp(scores - scores.max())
    return np.asarray(odds / odds.sum())
