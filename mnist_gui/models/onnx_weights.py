"""Reads the weights of a network back from the ONNX model that `mnist_gui.models.onnx_writer` wrote."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnist_gui.models.networks import Network, weight_shapes


def read_onnx_weights(content: bytes, network: Network, prefix: str = "") -> dict[str, NDArray[np.float32]]:
    """Return the weights by "layer/weight", in the order of Keras' ``model.weights``; float32.

    Nothing of the model is computed, and nothing outside of it is read.

    Parameters
    ----------
    content
        An ONNX model of any origin.
    network
        The layers that it should hold the weights of.
    prefix
        Of all names of weights in the model.

    Raises
    ------
    ValueError
        It is no ONNX model, a weight is missing or has another shape, or one is no finite number; the message continues
        a sentence about the file.
    """
    import onnx

    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf raises different types
        raise ValueError("is no ONNX model") from error
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    found: dict[str, NDArray[np.float32]] = {}
    for name, shape in weight_shapes(network).items():
        tensor = stored.get(prefix + name)
        if tensor is None:
            raise ValueError(f"has no weights {name!r} of the shape {shape}, which its layers need")
        if tuple(tensor.dims) != shape:
            raise ValueError(f"has weights {name!r} of the shape {tuple(tensor.dims)!s:.80}; expected {shape}")
        found[name] = _array(tensor)
    return found


def _array(tensor: object) -> NDArray[np.float32]:
    import onnx
    from onnx import TensorProto, numpy_helper

    assert isinstance(tensor, onnx.TensorProto)
    is_here = tensor.data_location != TensorProto.EXTERNAL and not tensor.external_data
    if not is_here or tensor.data_type not in (TensorProto.FLOAT, TensorProto.FLOAT16):
        raise ValueError(f"has weights {tensor.name!r} that are no numbers in half or single precision in this file")
    try:
        array = np.asarray(numpy_helper.to_array(tensor), np.float32)
    except Exception as error:  # fewer bytes than the shape needs
        raise ValueError(f"has damaged weights {tensor.name!r}") from error
    if not np.isfinite(array).all():
        raise ValueError(f"has weights {tensor.name!r} that are not finite numbers")
    return array
