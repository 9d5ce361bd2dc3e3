"""Reads a Keras model, ``.keras`` or ``.h5``, as a network of known layers and arrays of weights."""

from __future__ import annotations

import json
from contextlib import suppress

from mnist_gui.models.importing.hdf5_file import HDF5File
from mnist_gui.models.importing.keras_config import MAX_CONFIG_BYTES, read_configuration
from mnist_gui.models.importing.keras_weights import Weights, read_layer_weights, read_numbered_weights
from mnist_gui.models.importing.model_file import (
    CONFIG_MEMBER,
    MAX_FILE_BYTES,
    WEIGHTS_MEMBER,
    ModelFileError,
    read_members,
)
from mnist_gui.models.networks import Network

_METADATA_MEMBER = "metadata.json"


def read_keras_archive(content: bytes) -> tuple[Network, Weights]:
    """Return the network of a ``.keras`` archive, and its weights by "layer/weight".

    Raises
    ------
    ModelFileError, NetworkError
        It cannot be used; the message is one or more sentences.
    """
    members = read_members(
        content, {CONFIG_MEMBER: MAX_CONFIG_BYTES, _METADATA_MEMBER: MAX_CONFIG_BYTES, WEIGHTS_MEMBER: MAX_FILE_BYTES}
    )
    model = read_configuration(members[CONFIG_MEMBER], keras_2=_version(members[_METADATA_MEMBER]).startswith("2."))
    return model.network, read_numbered_weights(HDF5File(members[WEIGHTS_MEMBER]), model)


def read_keras_hdf5(content: bytes) -> tuple[Network, Weights]:
    """Return the network of an ``.h5`` file of Keras 2 or 3, and its weights; raises as `read_keras_archive`."""
    file = HDF5File(content)
    if "model_config" not in file.root.attrs:
        raise ModelFileError(_without_configuration(file))
    version = file.text(file.root, "keras_version") if "keras_version" in file.root.attrs else ""
    model = read_configuration(file.text(file.root, "model_config"), keras_2=not version.startswith("3."))
    return model.network, read_layer_weights(file, file.group(file.root, "model_weights"), model)


def _version(metadata: bytes) -> str:
    with suppress(ValueError, RecursionError, TypeError, AttributeError):
        return str(json.loads(metadata).get("keras_version", ""))
    return ""


def _without_configuration(file: HDF5File) -> str:
    names = set(file.root)
    if "layer_names" in file.root.attrs or names & {"layers", "_layer_checkpoint_dependencies", "model_weights"}:
        return (
            "It holds weights alone, as save_weights writes them, and not the network that they belong to. Save the "
            'whole model with model.save("model.keras").'
        )
    return 'It is an HDF5 file, but no model of Keras. Save the whole model with model.save("model.keras").'
