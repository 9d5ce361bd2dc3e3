"""Weights of a network's layers, read from the exported model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_gui.models.architectures import ARCHITECTURES
from mnist_gui.models.layers import Layer
from mnist_gui.models.onnx_weights import read_onnx_weights

Weights = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class LayerWeights:
    """Weights of a convolution or a dense layer.

    Attributes
    ----------
    weights
        (side, side, channels, filters) of a convolution, (inputs, units) of a dense layer.
    bias
        (filters,) or (units,).
    """

    weights: Weights
    bias: Weights


@dataclass(frozen=True, eq=False)
class NetworkWeights:
    """Weights of a network.

    Batch normalization is not a layer of its own: it is merged into the dense layer that follows.

    Attributes
    ----------
    convolutions
        The two convolutions, each followed by ReLU; the second one's output is pooled.
    dense
        The dense layers, each followed by ReLU, but the last one by softmax.
    """

    convolutions: tuple[LayerWeights, LayerWeights]
    dense: tuple[LayerWeights, ...]


def read_network_weights(content: bytes, number: int) -> NetworkWeights:
    """Return the weights of model 1, 2 or 3 from the content of its ``model.onnx``.

    Raises
    ------
    ValueError
        The content is not such a network; the message continues a sentence about the file.
    """
    network = ARCHITECTURES[number].network
    weights = read_onnx_weights(content, network)
    layers: list[LayerWeights] = []
    scale, offset = np.ones(1, np.float32), np.zeros(1, np.float32)  # of the batch normalization before a layer
    for layer in network:
        if layer.kind == "BatchNormalization":
            scale, offset = _normalization(layer, weights)
        elif f"{layer.name}/kernel" in weights:
            kernel, bias = weights[f"{layer.name}/kernel"], weights[f"{layer.name}/bias"]
            if layer.kind == "Dense":
                bias = bias + np.broadcast_to(offset, len(kernel)) @ kernel
                kernel = kernel * np.broadcast_to(scale, len(kernel))[:, None]
                scale, offset = np.ones(1, np.float32), np.zeros(1, np.float32)
            layers.append(LayerWeights(np.ascontiguousarray(kernel, np.float32), bias.astype(np.float32)))
    first, second, *dense = layers
    return NetworkWeights((first, second), tuple(dense))


def _normalization(layer: Layer, weights: dict[str, Weights]) -> tuple[Weights, Weights]:
    """Return what a batch normalization multiplies its input by, and what it adds then."""
    gamma, beta, mean, variance = (
        weights[f"{layer.name}/{name}"] for name in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    scale = gamma / np.sqrt(variance + np.float32(layer.config["epsilon"]))
    return scale, beta - mean * scale
