"""Finds the weights of a model's layers in the two layouts in which Keras keeps them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import h5py
import numpy as np
from numpy.typing import NDArray

from mnist_gui.models.importing.hdf5_file import HDF5File
from mnist_gui.models.importing.keras_config import SavedLayer, SavedModel
from mnist_gui.models.importing.model_file import ModelFileError
from mnist_gui.models.layer_arguments import Shape
from mnist_gui.models.networks import layer_weight_shapes

Weights = dict[str, NDArray[np.float32]]
_CONTAINERS = ("layers", "_layer_checkpoint_dependencies")  # Keras 3 and 2.13 on; Keras 2.12
_NOT_TRAINED = ("moving_mean", "moving_variance", "mean", "variance")
_ALL_WEIGHTS = re.compile(
    "(?:.*/)?(kernel|bias|gamma|beta|moving_mean|moving_variance|alpha|mean|variance|depthwise_kernel|pointwise_kernel)"
    r"(?:_\d+)?(?::0)?"
)


def read_layer_weights(file: HDF5File, group: h5py.Group, model: SavedModel) -> Weights:
    """Return the weights of the layout of ``.h5`` files, which names layers, by "layer/weight" of the network.

    Parameters
    ----------
    file
        The file.
    group
        Group that holds a group for each layer.
    model
        Model of the configuration in the same file.

    Raises
    ------
    ModelFileError
        Weights are missing, or of other shapes than the layers have.
    """
    shapes = layer_weight_shapes(model.network)
    is_theano = "backend" in group.attrs and file.text(group, "backend") == "theano"
    weights: Weights = {}
    for layer in model.layers:
        expected = list(_in_saved_order(layer, shapes))
        if not expected:
            continue
        own = file.group(group, layer.name)
        paths = [path for path in file.texts(own, "weight_names") if not _is_state(path)]
        if len(paths) < len(expected):
            raise ModelFileError(
                f"It has {len(paths)} arrays of weights for {layer.name!a:.80}; expected {len(expected)}."
            )
        for path, (owner, name) in zip(paths, expected, strict=False):
            found = _ALL_WEIGHTS.fullmatch(path)
            if found and found[1] != name and owner.kind != "DepthwiseConv2D":
                raise ModelFileError(f"Its weights {path!a:.80} are not the {name} of {owner.name!a:.80}.")
            array = file.array(own, path)
            # Theano convolves with the mirrored kernel.
            mirrored = array[::-1, ::-1] if is_theano and owner.kind == "Conv2D" and name == "kernel" else array
            _assign(weights, owner, name, mirrored, shapes)
    return weights


def read_numbered_weights(file: HDF5File, model: SavedModel) -> Weights:
    """Return the weights of the layout of ``.keras`` files, by place; as `read_layer_weights`."""
    weights: Weights = {}
    shapes = layer_weight_shapes(model.network)
    groups = {name.replace("\\", "/"): name for name in _names(file.root)}
    _read_numbered(file, groups, "", model.layers, shapes, weights)
    return weights


def _read_numbered(
    file: HDF5File,
    groups: Mapping[str, str],
    place: str,
    layers: Sequence[SavedLayer],
    shapes: Mapping[str, Mapping[str, Shape]],
    weights: Weights,
) -> None:
    """Read the weights of layers that are numbered together; `groups` are paths of the file by their usual form."""
    used: dict[str, int] = {}
    for layer in layers:
        stem = _snake_case("Functional" if layer.kind == "Model" else layer.kind)
        number = used[stem] = used.get(stem, -1) + 1
        name = f"{stem}_{number}" if number else stem
        paths = [f"{place}{container}/{name}" for container in _CONTAINERS]
        path = next((path for path in paths if path in groups), paths[0])
        if layer.layers:
            _read_numbered(file, groups, f"{path}/", layer.layers, shapes, weights)
        for index, (owner, weight) in enumerate(_own_weights(layer, shapes)):
            variables = groups.get(f"{path}/vars")
            if variables is None:
                raise ModelFileError(f"It has no weights for {layer.name!a:.80}.")
            _assign(weights, owner, weight, file.array(file.root, f"{variables}/{index}"), shapes)


def _names(root: h5py.Group) -> Iterator[str]:
    """Yield the paths of groups to the depth that nested models reach; some versions wrote whole paths as names."""
    waiting = [("", root, 0)]
    seen = 0
    while waiting:
        path, group, depth = waiting.pop()
        for name in group:
            seen += 1
            if seen > 20_000:
                raise ModelFileError("Its HDF5 file has more than 20,000 entries.")
            if name == "optimizer" or not isinstance(group.get(name, getlink=True), h5py.HardLink):
                continue
            if group.get(name, getclass=True) is h5py.Group and depth < 24:
                yield path + name
                waiting.append((f"{path}{name}/", group[name], depth + 1))


def _own_weights(layer: SavedLayer, shapes: Mapping[str, Mapping[str, Shape]]) -> list[tuple[SavedLayer, str]]:
    used = [name for name in layer.names if name in shapes]
    return [(layer, weight) for weight in (shapes[used[0]] if used else ())]


def _in_saved_order(layer: SavedLayer, shapes: Mapping[str, Mapping[str, Shape]]) -> Iterator[tuple[SavedLayer, str]]:
    """Yield layers and weights in the order of a group: those that are trained first."""
    rows = list(_all_weights(layer, shapes, True))
    yield from ((owner, name) for owner, name, is_trained in rows if is_trained)
    yield from ((owner, name) for owner, name, is_trained in rows if not is_trained)


def _all_weights(
    layer: SavedLayer, shapes: Mapping[str, Mapping[str, Shape]], is_trainable: bool
) -> Iterator[tuple[SavedLayer, str, bool]]:
    is_trainable = is_trainable and layer.is_trainable
    for owner, name in _own_weights(layer, shapes):
        yield owner, name, is_trainable and name not in _NOT_TRAINED
    for inner in layer.layers:
        yield from _all_weights(inner, shapes, is_trainable)


def _is_state(path: str) -> bool:
    """Return whether a weight only counts or draws random numbers."""
    return path.rpartition("/")[2].split(":")[0] in ("count", "seed_generator_state")


def _assign(
    weights: Weights,
    layer: SavedLayer,
    name: str,
    array: NDArray[np.float32],
    shapes: Mapping[str, Mapping[str, Shape]],
) -> None:
    for use in layer.names:
        if use in shapes:
            if array.shape != shapes[use][name]:
                raise ModelFileError(
                    f"The {name} of {layer.name!a:.80} has the shape {array.shape}; expected {shapes[use][name]}."
                )
            weights[f"{use}/{name}"] = array


def _snake_case(kind: str) -> str:
    """Return "max_pooling2d" for "MaxPooling2D", as Keras' `to_snake_case`."""
    words = re.sub(r"\W+", "", kind)
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", words)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
