"""Weights of a network's layers, read from the exported model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import CLASSES
from mnist_gui.models.architectures import ARCHITECTURES
from mnist_gui.models.inference.litert_network import open_interpreter

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

    Batch normalization is not a layer of its own: the export merges it into the dense layer that follows.

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
    """Return the weights of model 1, 2 or 3 from the content of its ``.tflite`` file.

    Raises
    ------
    ValueError
        The content is not such a network; the message continues a sentence about the file.
    """
    try:
        layers = list(_layers(content))
    except Exception as error:  # LiteRT raises different types
        raise ValueError(f"cannot be loaded ({error})") from error
    expected = _expected_shapes(number)
    found = [layer.weights.shape for layer in layers]
    if found != expected:
        raise ValueError(
            f"has layers with weights of the shapes {found}; expected {expected}, the layers of "
            f"{ARCHITECTURES[number].title}. Choose another run, or train this model again"
        )
    first, second, *dense = layers
    return NetworkWeights((first, second), tuple(dense))


def _layers(content: bytes) -> Iterator[LayerWeights]:
    """Yield the layers that have weights, in order."""
    interpreter = open_interpreter(content, threads=1)
    half_precision: dict[int, int] = {}  # tensor in half precision, by the one that is converted from it
    # LiteRT has no public function that tells which tensors a layer uses; names and shapes are ambiguous.
    for operation in interpreter._get_ops_details():
        inputs = [int(tensor) for tensor in operation["inputs"]]
        if operation["op_name"] == "DEQUANTIZE":
            half_precision[int(operation["outputs"][0])] = inputs[0]
        elif operation["op_name"] in ("CONV_2D", "FULLY_CONNECTED"):
            _, kernel, *biases = (half_precision.get(tensor, tensor) for tensor in inputs)
            # LiteRT puts the filters or units first.
            weights = np.moveaxis(interpreter.get_tensor(kernel), 0, -1)
            has_bias = bool(biases) and biases[0] >= 0  # a bias of zeros may be left out
            bias = interpreter.get_tensor(biases[0]) if has_bias else np.zeros(weights.shape[-1])
            yield LayerWeights(np.ascontiguousarray(weights, np.float32), bias.astype(np.float32))


def _expected_shapes(number: int) -> list[tuple[int, ...]]:
    architecture = ARCHITECTURES[number]
    first, second = architecture.kernels
    rows = architecture.layers()
    widths = [next(row.shape[0] for row in rows if row.name == "Flatten"), *architecture.hidden, CLASSES]
    dense = pairwise(widths)
    return [(first, first, 1, rows[0].shape[2]), (second, second, rows[0].shape[2], rows[1].shape[2]), *dense]
