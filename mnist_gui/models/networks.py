"""Networks, which are layers that feed each other: whether they fit, how large they are, and their form as JSON.

A network may be of any origin: what is checked here can be computed within bounds.
"""

from __future__ import annotations

import math
from typing import Any

from mnist_gui.models.layer_arguments import ARGUMENTS, MAX_DIMENSIONS, MAX_VALUES, Config, Shape
from mnist_gui.models.layer_shapes import KINDS
from mnist_gui.models.layers import Layer, NetworkError, layer_names, shown

Network = tuple[Layer, ...]

MAX_LAYERS = 500
MAX_PARAMETERS = 2**25


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
            raise layer.error(f"gets its input from {shown(unknown[0])}; expected an earlier layer. Change its inputs")
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
        arguments = ARGUMENTS[layer.kind]
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
        given = f"{len(entries):,} layers" if isinstance(entries, list) else shown(entries)
        raise NetworkError(f"The layers are {given}; expected a list of 2 to {MAX_LAYERS} layers.")
    layers: list[Layer] = []
    for entry in entries:
        if not isinstance(entry, dict) or not {"kind", "name"} <= set(entry) <= {"kind", "name", "config", "inputs"}:
            raise NetworkError(
                f"A layer is {shown(entry)}; expected an object with kind and name, and maybe config and inputs."
            )
        inputs = entry.get("inputs", [layers[-1].name] if layers else [])
        if not isinstance(inputs, list) or not all(isinstance(name, str) for name in inputs):
            raise NetworkError(f"{shown(entry['name'])} has the inputs {shown(inputs)}; expected a list of names.")
        layers.append(Layer(entry["kind"], entry["name"], tuple(inputs), entry.get("config", {})))
    network = tuple(layers)
    check_network(network)
    return network
