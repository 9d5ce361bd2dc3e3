"""Layers of networks as plain data, with the names and the meaning that Keras gives them, in words too.

Layers stand in the record of a run and in the ONNX file of a network. They are of a fixed list of kinds, with arguments
of bounded size, and no code: they can be read from a file of any origin, without Keras.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mnist_gui.models.layer_arguments import ARGUMENTS, Config

MAX_NAME_LENGTH = 100
_NAME = re.compile(rf"[\w .:+-]{{1,{MAX_NAME_LENGTH}}}", re.ASCII)


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
        Name of the class in Keras, one of `ARGUMENTS`.
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
        if not (isinstance(self.kind, str) and self.kind in ARGUMENTS):
            raise NetworkError(
                f"{shown(self.name)} is a layer of the kind {shown(self.kind)}, which is not known here; known are "
                f"{', '.join(ARGUMENTS)}. Replace the layer by known ones."
            )
        if not (isinstance(self.name, str) and _NAME.fullmatch(self.name)):
            raise NetworkError(
                f"A {self.kind} has the name {shown(self.name)}; expected 1 to {MAX_NAME_LENGTH} letters, digits, "
                "spaces and -_.:+ signs. Rename the layer."
            )
        arguments = ARGUMENTS[self.kind]
        if not isinstance(self.config, Mapping) or not all(isinstance(argument, str) for argument in self.config):
            raise self.error(f"has the arguments {shown(self.config)}; expected an object with names and values")
        if unknown := [argument for argument in self.config if argument not in arguments]:
            raise self.error(
                f"has the argument {shown(unknown[0])}; expected {', '.join(arguments) or 'none'}. Leave it out"
            )
        object.__setattr__(self, "config", {name: self._argument(name) for name in arguments})

    def _argument(self, name: str) -> Any:  # noqa: ANN401 - numbers, texts and lists
        argument = ARGUMENTS[self.kind][name]
        if name not in self.config:
            if argument.is_required:
                raise self.error(f"has no {name}; expected {argument.text}. Add it")
            return argument.default
        given = self.config[name]
        try:
            return argument.read(given)
        except (TypeError, ValueError) as error:
            raise self.error(f"has the {name} {shown(given)}; expected {argument.text}. Change it") from error

    def error(self, problem: str) -> NetworkError:
        """Return an error about this layer; `problem` continues a sentence without its full stop."""
        return NetworkError(f"{self.kind} {shown(self.name)} {problem}.", self.name, problem)


def shown(value: object) -> str:
    """Return a value of any origin in a form that every window and console can show."""
    try:
        text = ascii(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, or deep nesting
        text = "too large to show"
    return text if len(text) <= 80 else f"{text[:77]}..."


# -- names and words


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
