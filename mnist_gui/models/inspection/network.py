"""Values of every layer of a model for a frame, also with some filters switched off.

They are those of the model that answers: ONNX Runtime is asked for what it computes on the way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mnist_gui.models.inference.calibration import calibrate
from mnist_gui.models.inference.onnx_network import open_session
from mnist_gui.models.inference.predictor import read_model
from mnist_gui.models.inspection.network_layers import Array, NetworkLayer
from mnist_gui.runs.record import MODEL_FILE, RunError
from mnist_gui.runs.run import Run

if TYPE_CHECKING:
    from onnx import ModelProto

    from mnist_gui.models.inspection.network_graph import Graph

_WHOLE = "{}/all"  # name of a result before some of it is switched off
_MASK = "{}/on"


@dataclass(frozen=True)
class Off:
    """Filters and units that are switched off: what they hand on is zero.

    Attributes
    ----------
    places
        Index of the layer, and of the filter or unit in it.
    """

    places: frozenset[tuple[int, int]] = frozenset()

    @property
    def count(self) -> int:
        """Number of filters and units that are off."""
        return len(self.places)

    def of(self, layer: NetworkLayer) -> frozenset[int]:
        """Return the indices of the filters or units of a layer that are off."""
        return frozenset(index for owner, index in self.places if owner == layer.owner)

    def toggled(self, layer: NetworkLayer, index: int) -> Off:
        """Return what is off after a filter or unit of a layer was switched."""
        return Off(self.places ^ {(layer.owner, index)})


ALL_ON = Off()


@dataclass(frozen=True, eq=False)
class Activations:
    """What a network computes for a frame; all are float32.

    Attributes
    ----------
    frame
        (28, 28) in [0, 1].
    probabilities
        (10,) not calibrated.
    returned
        By the names in the layers, what they return, with what filters that are off would hand on.
    fed
        By the names in the layers, what feeds them.
    """

    frame: Array
    probabilities: Array
    returned: Mapping[str, Array]
    fed: Mapping[str, Array]

    def values(self, layer: NetworkLayer) -> Array:
        """Return the (rows, columns, filters) or (units,) values of a layer."""
        if layer.kind == "answer":
            return self.probabilities
        values = self.returned[layer.values]
        return values.reshape(-1) if layer.form is None else layer.form.arrange(values)

    def inputs(self, layer: NetworkLayer) -> Array:
        """Return what feeds a layer, (rows, columns, channels) or (inputs,)."""
        values = self.fed[layer.source]
        return values.reshape(-1) if layer.source_form is None else layer.source_form.arrange(values)


class Network:
    """The network of a run, whose layers can be looked into; safe to use in several threads.

    Parameters
    ----------
    run
        With an exported model; no other file is needed.

    Attributes
    ----------
    run
        Name of the run.
    layers
        In the order of computation; the last one is the answer.
    unshown
        Kinds of layers that are computed but cannot be looked into.
    left_out
        Number of layers that could be looked into, but are too large or too many.

    Raises
    ------
    RunError
        The model is damaged, or cannot be looked into.
    """

    def __init__(self, run: Run) -> None:
        self.run = run.name
        self._temperature = run.record.temperature
        content = read_model(run)
        try:
            self._open(content, run)
        except Exception as error:  # onnx and ONNX Runtime raise different types
            raise RunError(f"Run {run.name}: {MODEL_FILE} cannot be looked into ({error!s:.200}).") from error

    def _open(self, content: bytes, run: Run) -> None:
        # Opening the window, which shows no network yet, does not wait for these.
        import onnx

        from mnist_gui.models.inspection.network_graph import Graph
        from mnist_gui.models.inspection.network_reader import find_layers

        model = onnx.load_model_from_string(content)
        graph = Graph(model)
        found = find_layers(graph)
        self.layers: tuple[NetworkLayer, ...] = found.layers
        self.left_out = found.left_out
        kinds = {str(entry.get("name")): str(entry.get("kind")) for entry in run.record.layers or ()}
        self.unshown = tuple(
            dict.fromkeys(
                next((kinds[part] for part in reversed(name.split("/")) if part in kinds), operator)
                for name, operator in found.unshown
            )
        )
        self._entry, self._exit = graph.entry, graph.exit
        self._entry_shape = graph.shapes[graph.entry]
        self._masks = _add_masks(model, graph, self.layers)
        owned = {layer.values for index, layer in enumerate(self.layers) if index in self._masks}
        # What is returned is asked before some of it is switched off, what feeds the layers after that.
        self._returned = {
            layer.values: _WHOLE.format(layer.values) if layer.values in owned else layer.values
            for layer in self.layers
        }
        self._fed = {layer.source for layer in self.layers if layer.source}
        self._asked = list(dict.fromkeys([*self._returned.values(), *self._fed - {self._entry}, self._exit]))
        present = {output.name for output in model.graph.output}
        model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in self._asked if name not in present)
        self._session = open_session(model.SerializeToString(), threads=1)

    def activations(self, frame: Array, off: Off = ALL_ON) -> Activations:
        """Return what the network computes for a (28, 28) frame in [0, 1]."""
        return self._ask([frame], off)[0]

    def of_frames(self, frames: Array, off: Off = ALL_ON) -> list[Activations]:
        """Return what the network computes for each of (N, 28, 28) frames, which it computes at once."""
        return self._ask(list(frames), off)

    def _ask(self, frames: Sequence[Array], off: Off) -> list[Activations]:
        given = np.stack(frames).astype(np.float32).reshape(len(frames), *self._entry_shape)
        feeds: dict[str, NDArray[Any]] = {self._entry: given}
        for index, mask in self._masks.items():
            places = [place for owner, place in off.places if owner == index]
            feeds[_MASK.format(self.layers[index].values)] = mask if not places else _silenced(mask, places)
        found = dict(zip(self._asked, self._session.run(self._asked, feeds), strict=True))
        found[self._entry] = given
        return [self._of_frame(frame, found, index) for index, frame in enumerate(frames)]

    def without(self, activations: Activations, off: Off) -> Activations:
        """Return the activations for the same frame with some filters off."""
        return self.activations(activations.frame, off) if off.count else activations

    def calibrated(self, activations: Activations) -> Array:
        """Return the (10,) probabilities as the cards show them."""
        return calibrate(activations.probabilities, self._temperature)

    def _of_frame(self, frame: Array, found: Mapping[str, NDArray[Any]], index: int) -> Activations:
        def result(name: str) -> Array:
            return np.asarray(found[name][index], np.float32)

        returned = {name: result(asked) for name, asked in self._returned.items()}
        return Activations(frame, result(self._exit), returned, {name: result(name) for name in self._fed})


def _add_masks(model: ModelProto, graph: Graph, layers: Sequence[NetworkLayer]) -> dict[int, NDArray[Any]]:
    """Let a model multiply what its layers return by masks, which are inputs; return masks of ones by their layers."""
    from onnx import helper

    masks = {}
    for index, layer in enumerate(layers[:-1]):
        if layer.owner != index:
            continue
        name, sides = layer.values, list(graph.shapes[layer.values])
        if layer.form is not None:
            sides = [side if axis == layer.form.channel else 1 for axis, side in enumerate(sides)]
        kind = graph.types[name]
        masks[index] = np.ones(sides, helper.tensor_dtype_to_np_dtype(kind))
        producer = next(place for place, node in enumerate(model.graph.node) if name in node.output)
        node = model.graph.node[producer]
        node.output[list(node.output).index(name)] = _WHOLE.format(name)
        silencer = helper.make_node("Mul", [_WHOLE.format(name), _MASK.format(name)], [name])
        model.graph.node.insert(producer + 1, silencer)
        model.graph.input.append(helper.make_tensor_value_info(_MASK.format(name), kind, sides))
    return masks


def _silenced(mask: NDArray[Any], places: Sequence[int]) -> NDArray[Any]:
    changed = mask.copy()
    changed.reshape(-1)[list(places)] = 0
    return changed
