"""Turns the configuration that Keras 2 or 3 saves with a model into layers of the known kinds; nothing is executed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.models.importing.model_file import ModelFileError
from mnist_gui.models.layer_arguments import ACTIVATIONS, ARGUMENTS
from mnist_gui.models.layer_shapes import KINDS
from mnist_gui.models.layers import Layer, NetworkError
from mnist_gui.models.networks import MAX_LAYERS, Network, check_network

MAX_CONFIG_BYTES = 2**23
MAX_NESTING = 10  # of models in models

_CHAIN, _GRAPHS = "Sequential", ("Functional", "Model")
_KERAS_MODULES = ("keras", "tf_keras", "tensorflow", "tensorflow_core")
_ALIASES = {"BatchNormalizationV1": "BatchNormalization", "BatchNormalizationV2": "BatchNormalization"}
# Arguments that Keras 2 named otherwise.
_RENAMED = {"LeakyReLU": {"alpha": "negative_slope"}}
# Arguments that change what a layer computes, and the values at which they do not.
_NEUTRAL: dict[str, dict[str, tuple[Any, ...]]] = {
    "BatchNormalization": {"renorm": (None, False), "virtual_batch_size": (None,), "adjustment": (None,)},
    "LayerNormalization": {"rms_scaling": (None, False)},
}
# Names that TensorFlow gives to functions of Keras.
_ACTIVATION_ALIASES = {"softmax_v2": "softmax", "log_softmax_v2": "log_softmax"}
_ACTIVATION_KINDS = ("ReLU", "LeakyReLU", "ELU", "Softmax")  # layers without weights that people give as activations
_NOT_IN_NAMES = re.compile(r"[^\w .:+-]", re.ASCII)


@dataclass
class SavedLayer:
    """A layer as Keras keeps it in a file, where its weights are found by its place.

    Attributes
    ----------
    kind
        Name of its class.
    name
        Name in the file.
    is_trainable
        Weights of nested models are kept in the order of this.
    layers
        Layers of a nested model, in order; none for others.
    names
        Names in the network, one for each use of the layer.
    """

    kind: str
    name: str
    is_trainable: bool = True
    layers: list[SavedLayer] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class SavedModel:
    """A model as Keras keeps it in a file: its layers as they are stored, and the network that they form."""

    layers: list[SavedLayer]
    network: Network


def read_configuration(text: str | bytes, *, keras_2: bool) -> SavedModel:
    """Return the model of a configuration.

    Parameters
    ----------
    text
        JSON, as Keras saves it.
    keras_2
        Whether Keras 2 wrote it, whose hard sigmoid is another function than that of Keras 3.

    Raises
    ------
    ModelFileError
        It is no configuration of a model with one input and one output whose layers are all known.
    NetworkError
        A layer has an unknown argument, or the layers do not fit together.
    """
    try:
        model = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"Its configuration is no JSON ({error!s:.100}). Save it again.") from error
    reader = _Reader(keras_2=keras_2)
    try:
        layers, output = reader.read_model(_plain(model), None)
    except RecursionError as error:
        raise ModelFileError("Its configuration is nested too deeply.") from error
    except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        if isinstance(error, ModelFileError | NetworkError):
            raise
        raise ModelFileError(f"Its configuration is not as Keras writes it ({error!r:.100}). Save it again.") from error
    network = _without_unused(reader.network, output)
    check_network(network)
    return SavedModel(layers, network)


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Replace what Keras writes in place of tuples and arrays by lists of numbers."""
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    if value.get("class_name") in ("__numpy__", "__tensor__"):
        return value["config"]["value"]
    if value.get("class_name") == "__tuple__":
        return _plain(value["items"])
    if set(value) == {"type", "value"} and value["type"] == "ndarray":  # Keras 2.2 and earlier
        return value["value"]
    return {name: _plain(entry) for name, entry in value.items()}


class _Reader:
    """Collects the layers of a model and of the models nested in it.

    Attributes
    ----------
    network
        Layers so far, each after those that feed it.
    """

    def __init__(self, *, keras_2: bool) -> None:
        self.network: list[Layer] = []
        self._names: set[str] = set()
        self._keras_2 = keras_2
        self._depth = 0

    def read_model(self, model: dict[str, Any], feed: str | None) -> tuple[list[SavedLayer], str]:
        """Read a model that gets the output of a layer of the network, or its own input.

        Returns
        -------
        The layers as they are stored, and the name of the layer that gives the output.
        """
        kind = model["class_name"]
        if kind != _CHAIN and kind not in _GRAPHS:
            raise ModelFileError(
                f"It is a model of the class {kind!a:.80}, whose code is not run. Build the network as a Sequential or "
                "functional model of Keras, and save that."
            )
        _require_keras(model, kind)
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise ModelFileError(f"Its models are nested more than {MAX_NESTING} deep.")
        read = self._read_chain if kind == _CHAIN else self._read_graph
        found = read(model, feed)
        self._depth -= 1
        return found

    def _read_chain(self, model: dict[str, Any], feed: str | None) -> tuple[list[SavedLayer], str]:
        config = model["config"]
        entries = config if isinstance(config, list) else config["layers"]
        stored: list[SavedLayer] = []
        for entry in entries:
            saved = _saved(entry)
            stored.append(saved)
            if entry["class_name"] == "InputLayer":
                feed = feed or self._add_input(entry["config"])
                continue
            if feed is None:
                feed = self._add_input(entry["config"], *_built_shapes(model, entry))
            feed = self._read_layer(entry, saved, [feed])
        if feed is None:
            raise ModelFileError("It is a model without layers.")
        return stored, feed

    def _read_graph(self, model: dict[str, Any], feed: str | None) -> tuple[list[SavedLayer], str]:
        config = model["config"]
        (source,) = _single(config["input_layers"], "inputs")
        target = _single(config["output_layers"], "outputs")[0]
        stored = [_saved(entry) for entry in config["layers"]]
        uses = [
            (entry, saved, index, node)
            for entry, saved in zip(config["layers"], stored, strict=True)
            for index, node in enumerate(_nodes(entry))
        ]
        outputs: dict[tuple[str, int], str] = {}  # names in the network by layer and number of its use
        for entry in config["layers"]:
            if entry["class_name"] == "InputLayer" and _name_of(entry) == source:
                outputs[source, 0] = feed or self._add_input(entry["config"])
        while uses:
            ready = [use for use in uses if all(place in outputs for place in use[3])]
            if not ready:
                raise ModelFileError("Its layers are connected in a circle, or to layers that are missing.")
            for entry, saved, index, node in ready:
                outputs[saved.name, index] = self._read_layer(entry, saved, [outputs[place] for place in node])
            uses = [use for use in uses if (use[1].name, use[2]) not in outputs]
        if target not in outputs:
            raise ModelFileError(f"Its output is that of {target[0]!a:.80}, which is missing.")
        return stored, outputs[target]

    def _read_layer(self, entry: dict[str, Any], saved: SavedLayer, inputs: list[str]) -> str:
        """Add a layer, or the layers of a nested model; return the name of the one that gives the output."""
        kind = entry["class_name"]
        if kind == _CHAIN or kind in _GRAPHS:
            (feed,) = inputs
            layers, output = self.read_model(entry, feed)
            if not saved.layers:
                saved.layers = layers
            else:
                _add_uses(saved.layers, layers)
            return output
        kind = _known_kind(entry, saved.name)
        arguments = _arguments(kind, entry["config"])
        _refuse_quantized(entry["config"], saved.name)
        activation = arguments.get("activation")
        separate = self._activation_layers(activation, saved.name)
        if separate:
            arguments.pop("activation")
        if kind == "Activation" and separate:
            name = inputs[0]
        else:
            name = self._add(kind, saved.name, inputs, arguments)
            saved.names.append(name)
        for step, config in separate:
            name = self._add(step, f"{saved.name}_activation", [name], config)
        return name

    def _activation_layers(self, activation: Any, owner: str) -> list[tuple[str, dict[str, Any]]]:  # noqa: ANN401
        """Return the layers, as kind and arguments, that take the place of an activation that is no plain name."""
        if activation == "hard_sigmoid" and self._keras_2:
            # max(0, min(1, 0.2 x + 0.5)), where Keras 3 divides by 6 instead of multiplying by 0.2.
            return [("Rescaling", {"scale": 1.2}), ("Activation", {"activation": "hard_sigmoid"})]
        if not isinstance(activation, dict):
            return []
        kind = activation.get("class_name")
        if kind not in _ACTIVATION_KINDS:
            raise ModelFileError(
                f"{owner!a:.80} has the activation {_activation_name(activation)!a:.80}, which is not known here and "
                f"whose code is not run. Use one of {', '.join(ACTIVATIONS)}."
            )
        _require_keras(activation, owner)
        return [(kind, _arguments(kind, activation["config"]))]

    def _add_input(self, config: dict[str, Any], *others: Any) -> str:  # noqa: ANN401 - JSON
        """Add the input; `others` are shapes with the batch that Keras noted elsewhere."""
        shapes = [config.get("batch_shape"), config.get("batch_input_shape"), *others]
        shape = next((shape for shape in shapes if isinstance(shape, list) and len(shape) > 1), None)
        if shape is None:
            raise ModelFileError(
                "It does not say what shape its input has. Give the first layer an Input, such as "
                "keras.Input((28, 28, 1)), and save it again."
            )
        # Networks that take pictures of any size take those of MNIST.
        sides = [FRAME_SIDE if side is None else side for side in shape[1:]]
        return self._add("InputLayer", "input", [], {"shape": sides})

    def _add(self, kind: str, name: str, inputs: list[str], config: Mapping[str, Any]) -> str:
        if len(self.network) >= MAX_LAYERS:
            raise ModelFileError(f"It has more than {MAX_LAYERS} layers.")
        free = plain = _NOT_IN_NAMES.sub("_", name)[:80] or "layer"
        number = 1
        while free in self._names:
            number += 1
            free = f"{plain}:{number}"
        self._names.add(free)
        self.network.append(Layer(kind, free, tuple(inputs), config))
        return free


def _saved(entry: dict[str, Any]) -> SavedLayer:
    return SavedLayer(entry["class_name"], _name_of(entry), entry["config"].get("trainable", True) is not False)


def _name_of(entry: dict[str, Any]) -> str:
    name = entry.get("name") or entry["config"]["name"]
    if not isinstance(name, str):
        raise TypeError(name)
    return name


def _add_uses(layers: Sequence[SavedLayer], others: Sequence[SavedLayer]) -> None:
    """Add the names that the layers of a nested model have in another use of it."""
    for layer, other in zip(layers, others, strict=True):
        layer.names += other.names
        _add_uses(layer.layers, other.layers)


def _built_shapes(model: dict[str, Any], first: dict[str, Any]) -> list[Any]:
    """Return what Keras notes of the input of a model that was built by its first data."""
    shapes = [first.get("build_config"), model.get("build_config")]
    found = [shape.get("input_shape") for shape in shapes if isinstance(shape, dict)]
    config = model["config"]
    return [*found, config.get("build_input_shape") if isinstance(config, dict) else None]


def _single(places: Any, what: str) -> list[Any]:  # noqa: ANN401 - JSON
    """Return name and number of the only input or output, of which Keras writes one or a list."""
    if isinstance(places, dict):
        places = list(places.values())
    if places and isinstance(places[0], str):
        places = [places]
    if len(places) != 1:
        raise ModelFileError(f"It has {len(places)} {what}; expected one.")
    name, index = places[0][:2]
    return [name] if what == "inputs" else [(name, index)]


def _nodes(entry: dict[str, Any]) -> list[list[tuple[str, int]]]:
    """Return the uses of a layer: for each, the layers that feed it, with the number of their use."""
    return [_node(node, _name_of(entry)) for node in entry["inbound_nodes"]]


def _node(node: Any, name: str) -> list[tuple[str, int]]:  # noqa: ANN401 - JSON
    if isinstance(node, dict):  # Keras 3
        given = list(_tensors(node["args"]))
        options = dict(node["kwargs"])
        given += [tensor for value in options.values() for tensor in _tensors(value)]
    else:
        given = [(entry[0], entry[1]) for entry in node]
        options = {option: value for entry in node for option, value in (entry[3] if len(entry) > 3 else {}).items()}
    if options.get("training"):
        raise ModelFileError(
            f"{name!a:.80} is used with training=True, so that its answers would be random. Leave it out."
        )
    return given


def _tensors(value: Any) -> list[tuple[str, int]]:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        return [place for entry in value for place in _tensors(entry)]
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        name, index = value["config"]["keras_history"][:2]
        return [(name, index)]
    return []


def _require_keras(entry: dict[str, Any], name: str) -> None:
    """Refuse a class that is not Keras' own, even if it has the name of one."""
    module, registered = entry.get("module"), entry.get("registered_name")
    is_keras = module is None or (isinstance(module, str) and module.split(".")[0] in _KERAS_MODULES)
    if not is_keras or (isinstance(registered, str) and ">" in registered):
        raise ModelFileError(
            f"{name!a:.80} is of the class {registered or entry.get('class_name')!a:.80} of {module!a:.80}, whose code "
            "is not run. Build the network from Keras' own layers, and save it again."
        )


def _known_kind(entry: dict[str, Any], name: str) -> str:
    kind = entry["class_name"]
    if kind == "Lambda":
        raise ModelFileError(
            f"{name!a:.80} is a Lambda layer: Python code inside of the file, which is not run. Build the network "
            "without it (Rescaling can divide by 255), and save it again."
        )
    _require_keras(entry, name)
    if isinstance(kind, str):
        kind = _ALIASES.get(kind, kind)
    if kind not in ARGUMENTS:
        known = ", ".join(kind for kind in ARGUMENTS if not KINDS[kind].rests)
        raise ModelFileError(
            f"{name!a:.80} is a layer of the kind {kind!a:.80}, which is not known here. Known are {known}, and those "
            "that rest when a network answers, such as Dropout."
        )
    return str(kind)


def _arguments(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a layer that its kind has; Keras adds others, such as regularizers."""
    for argument, values in _NEUTRAL.get(kind, {}).items():
        if config.get(argument) not in values:
            raise ModelFileError(
                f"{config.get('name')!a:.80} has the {argument} {config[argument]!a:.40}, which is not known here."
            )
    renamed = _RENAMED.get(kind, {})
    config = {renamed.get(name, name): value for name, value in config.items()}
    arguments = {name: config[name] for name in ARGUMENTS[kind] if name in config}
    for name in ("kernel_initializer", "seed"):  # of a training, which is over
        arguments.pop(name, None)
    axis = arguments.get("axis")
    if kind in ("BatchNormalization", "Softmax") and isinstance(axis, list) and len(axis) == 1:
        arguments["axis"] = axis[0]
    if kind == "Normalization" and axis == []:
        arguments["axis"] = None
    if "activation" in arguments:
        arguments["activation"] = _activation(arguments["activation"])
    return arguments


def _activation(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return the name of an activation, or the configuration of a layer that serves as one."""
    if isinstance(value, dict) and value.get("class_name") == "function" and value.get("registered_name") == "function":
        value = value["config"]
    if value is None:
        return "linear"
    return _ACTIVATION_ALIASES.get(value, value) if isinstance(value, str) else value


def _activation_name(activation: dict[str, Any]) -> object:
    config = activation.get("config")
    named = [config, activation.get("registered_name"), activation.get("class_name")]
    return next((name for name in named if isinstance(name, str) and name != "function"), "?")


def _refuse_quantized(config: dict[str, Any], name: str) -> None:
    policy = config.get("dtype")
    text = json.dumps(policy) if isinstance(policy, dict) else str(policy)
    if "int8" in text or "float8" in text or "int4" in text or config.get("quantization_config"):
        raise ModelFileError(
            f"{name!a:.80} has quantized weights, which are not known here. Save it before quantizing."
        )


def _without_unused(layers: Sequence[Layer], output: str) -> Network:
    """Return the layers that the output depends on; it comes last."""
    needed = {output}
    for layer in reversed(layers):
        if layer.name in needed:
            needed.update(layer.inputs)
    last = next(index for index, layer in enumerate(layers) if layer.name == output)
    return tuple(layer for layer in layers[: last + 1] if layer.name in needed)
