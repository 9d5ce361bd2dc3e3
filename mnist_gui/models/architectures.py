"""The three convolutional networks of the notebook and those of users, and the function that builds any network."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mnist_gui.digits.dataset import CLASSES, FRAME_SIDE
from mnist_gui.models.layer_arguments import RANDOM_KINDS, Config, Shape
from mnist_gui.models.layers import Layer, NetworkError, layer_title
from mnist_gui.models.networks import (
    Network,
    chain,
    layer_weight_shapes,
    multiply_adds,
    network_from_json,
    output_shapes,
    parameters,
)
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run

if TYPE_CHECKING:
    import keras

OWN = 0  # takes the place of the number of a network that is none of the notebook's

Step = tuple[str, Config]
"""Kind and arguments of a layer."""


def convolution(side: int, filters: int) -> Step:
    """Return a convolution as the notebook has them."""
    return "Conv2D", {
        "filters": filters,
        "kernel_size": side,
        "activation": "relu",
        "kernel_initializer": "he_normal",
    }


def pooling(side: int) -> Step:
    """Return a pooling that keeps the highest value of each square."""
    return "MaxPooling2D", {"pool_size": side}


def dropout(rate: float) -> Step:
    """Return a dropout of this share of the values."""
    return "Dropout", {"rate": rate}


def dense(units: int) -> Step:
    """Return a hidden dense layer as the notebook has them."""
    return "Dense", {"units": units, "activation": "relu", "kernel_initializer": "he_normal"}


NORMALIZATION: Step = "BatchNormalization", {}
FLATTEN: Step = "Flatten", {}
OUTPUT: Step = "Dense", {"units": CLASSES, "activation": "softmax", "kernel_initializer": "glorot_normal"}


def digit_network(*steps: Step) -> Network:
    """Return a network from (28, 28, 1) frames to the probabilities of the digits.

    Parameters
    ----------
    steps
        The layers in between. A Flatten is put before the first dense layer where it is not given.

    Raises
    ------
    NetworkError
        The layers do not fit together.
    """
    first = next((index for index, (kind, _) in enumerate(steps) if kind in ("Flatten", "Dense")), len(steps))
    flatten = () if first < len(steps) and steps[first][0] == "Flatten" else (FLATTEN,)
    return chain((FRAME_SIDE, FRAME_SIDE, 1), *steps[:first], *flatten, *steps[first:], OUTPUT)


@dataclass(frozen=True)
class LayerRow:
    """A layer: its title, output shape without the batch, and number of parameters."""

    name: str
    shape: Shape
    parameters: int


@dataclass(frozen=True)
class Architecture:
    """A network, and what users read about it.

    Attributes
    ----------
    number
        1, 2 or 3, as in the notebook; `OWN` for any other network.
    network
        Its layers.
    """

    number: int
    network: Network

    @property
    def title(self) -> str:
        """Name shown to the user."""
        return f"Model {self.number}" if self.number else "Your own"

    @property
    def identifier(self) -> str:
        """Name in code and of files: "model_1" or "own"."""
        return f"model_{self.number}" if self.number else "own"

    @cached_property
    def kernels(self) -> tuple[int, ...]:
        """Sides in pixels of the kernels of the convolutions."""
        return tuple(max(layer.config["kernel_size"]) for layer in self.network if "kernel_size" in layer.config)

    @cached_property
    def hidden(self) -> tuple[int, ...]:
        """Units of the hidden dense layers."""
        return tuple(layer.config["units"] for layer in self.network[:-1] if layer.kind == "Dense")

    @cached_property
    def receptive_field(self) -> int:
        """Side in pixels of the receptive field of the last convolution, at most that of a frame; 0 without one."""
        return receptive_field(self.network)

    @property
    def summary(self) -> str:
        """The receptive field in plain words, shown below the name."""
        side = self.receptive_field
        return f"Looks at {side}×{side} pixels at a time" if side else "Looks at the whole frame at once"

    @property
    def details(self) -> str:
        """Kernel sizes and receptive field in the words of an expert: "3×3, 3×3 · sees 5×5"."""
        side = self.receptive_field or FRAME_SIDE
        return f"{', '.join(map(_square, self.kernels)) or 'no convolution'} · sees {_square(side)}"

    @property
    def explanation(self) -> str:
        """The same as a sentence, for a tooltip."""
        if not self.kernels:
            return "No convolution: each unit of the first dense layer depends on the whole frame."
        count, side = len(self.kernels), _square(self.receptive_field)
        kernels = " and ".join(filter(None, [", ".join(map(_square, self.kernels[:-1])), _square(self.kernels[-1])]))
        if count == 1:
            return f"One convolution, with a kernel of {kernels} pixels of the frame."
        number, last = ("Two", "second") if count == 2 else (str(count), "last")
        return (
            f"{number} convolutions, with kernels of {kernels}: a unit of the {last} depends on {side} pixels of the "
            "frame."
        )

    def layers(self) -> list[LayerRow]:
        """Return the layers in order, without the input."""
        shapes, weights = output_shapes(self.network), layer_weight_shapes(self.network)
        return [
            LayerRow(layer_title(layer), shapes[layer.name], sum(map(math.prod, weights[layer.name].values())))
            for layer in self.network[1:]
        ]

    @cached_property
    def parameters(self) -> int:
        """Number of weights, including the moving averages of batch normalization."""
        return parameters(self.network)

    @cached_property
    def multiply_adds(self) -> int:
        """Multiplications of the convolutions and dense layers for one frame."""
        return multiply_adds(self.network)


def _square(side: int) -> str:
    return f"{side}×{side}"


def receptive_field(network: Network) -> int:
    """Return the side in pixels that a unit of the last convolution depends on; 0 without a convolution.

    Of convolutions beside each other, the one that depends on most counts.

    Source: Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks", 2019, equation 2.
    """
    fields: dict[str, tuple[int, int]] = {}  # of each layer: what its units see, and the pixels between two of them
    found = 0
    for layer in network:
        given = [fields[name] for name in layer.inputs]
        seen, step = (max(values) for values in zip(*given, strict=True)) if given else (1, 1)
        config = layer.config
        if window := config.get("kernel_size") or config.get("pool_size"):
            seen += (max(window) - 1) * max(config.get("dilation_rate", (1, 1))) * step
            step *= max(config["strides"] or window)
        if "kernel_size" in config:
            found = max(found, seen)
        fields[layer.name] = seen, step
    return min(found, FRAME_SIDE)


ARCHITECTURES: dict[int, Architecture] = {
    1: Architecture(
        1,
        digit_network(
            convolution(3, 64),
            convolution(3, 128),
            pooling(2),
            dropout(0.5),
            dense(128),
            dropout(0.5),
        ),
    ),
    2: Architecture(
        2,
        digit_network(
            convolution(3, 64),
            convolution(5, 128),
            pooling(2),
            dropout(0.5),
            dense(256),
            NORMALIZATION,
            dropout(0.5),
        ),
    ),
    3: Architecture(
        3,
        digit_network(
            convolution(5, 64),
            convolution(7, 128),
            pooling(2),
            dropout(0.5),
            dense(256),
            NORMALIZATION,
            dropout(0.5),
            dense(128),
            NORMALIZATION,
            dropout(0.5),
        ),
    ),
}


def architecture_of(run: Run) -> Architecture:
    """Return the architecture of a run: the layers of its record or, in a record of an earlier version, of its model.

    Raises
    ------
    RunError
        The record has no layers and no model, other layers than those of its model, or layers that do not fit.
    """
    record, known = run.record, ARCHITECTURES.get(run.model)
    if record.layers is None:
        if known is None:
            raise RunError(f"Run {run.name} does not say which layers its network has; choose another run.")
        return known
    try:
        network = network_from_json(record.layers)
    except NetworkError as error:
        raise RunError(f"Run {run.name}: {error}") from error
    if known is None:
        return Architecture(OWN, network)
    if network != known.network:
        raise RunError(f"Run {run.name} is said to be of model {run.model}, but has other layers; choose another run.")
    return known


def check_reads_digits(architecture: Architecture, run: str) -> None:
    """Raise `RunError` if a network cannot be trained on frames: another input, or no ten outputs."""
    shapes = list(output_shapes(architecture.network).values())
    expected = (FRAME_SIDE, FRAME_SIDE, 1), (CLASSES,)
    if (shapes[0], shapes[-1]) != expected:
        raise RunError(
            f"Run {run} has a network from {shapes[0]} to {shapes[-1]}; expected {expected[0]} to {expected[1]}, as "
            "every network that is trained here."
        )


# -- Keras


def build(architecture: Architecture) -> keras.Model:
    """Return a network with new weights, not compiled.

    Its layers have the names of the description. They are made in its order, on which the initial weights depend.
    """
    import keras

    network, name = architecture.network, architecture.identifier
    inputs = keras.Input(network[0].config["shape"], name=network[0].name)
    built = [_keras_layer(layer) for layer in network[1:]]
    if is_chain(network):
        return keras.Sequential([inputs, *built], name=name)
    results = {network[0].name: inputs}
    for layer, keras_layer in zip(network[1:], built, strict=True):
        given = [results[entry] for entry in layer.inputs]
        results[layer.name] = keras_layer(given[0] if len(given) == 1 else given)
    return keras.Model(inputs, results[network[-1].name], name=name)


def is_chain(network: Network) -> bool:
    """Return whether each layer follows the one before it."""
    return all(layer.inputs == (network[index].name,) for index, layer in enumerate(network[1:]))


def _keras_layer(layer: Layer) -> Any:  # noqa: ANN401 - Keras has no types
    from keras import layers

    if layer.kind in RANDOM_KINDS:  # whose arguments are not kept
        return layers.Identity(name=layer.name)
    return getattr(layers, layer.kind)(name=layer.name, **layer.config)
