"""Imported networks become plain ones, which are taught and exported for Keras, and answer as before."""

from __future__ import annotations

import io
import json
import logging

import h5py
import numpy as np
import onnx
import onnxruntime
import pytest

from mnist_gui.models.export import available_formats, export_run
from mnist_gui.models.importing.conventions import Convention, Layout
from mnist_gui.models.importing.model_import import add_model
from mnist_gui.models.importing.onnx_wrapper import wrap
from mnist_gui.models.importing.plain_network import plain_network
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.models.layers import Layer, NetworkError
from mnist_gui.models.networks import chain, weight_shapes
from mnist_gui.models.onnx_writer import write_onnx
from mnist_gui.models.training.fine_tuning import create_fine_tuning_run, fine_tuning_obstacle
from mnist_gui.models.training.trainer import train
from mnist_gui.models.training.training_control import TrainingControl
from mnist_gui.runs.record import MODEL_FILE, RunError
from tests.models.importing.onnx_models import MODELS, regression

CONVOLUTION = ("Conv2D", {"filters": 3, "kernel_size": (5, 5), "activation": "relu"})
SOFTMAX = ("Dense", {"units": 10, "activation": "softmax"})
LINEAR = ("Dense", {"units": 10})
NETWORKS = {
    "784, 0 to 255, dark, logits": (chain((784,), LINEAR), Convention("0 to 255", True, answers="logits")),
    "28x28, transposed": (chain((28, 28), ("Flatten", {}), SOFTMAX), Convention(is_transposed=True)),
    "28x28x1 as it is": (chain((28, 28, 1), CONVOLUTION, ("Flatten", {}), SOFTMAX), Convention()),
    "32x32, -1 to 1": (
        chain((32, 32, 1), CONVOLUTION, ("Flatten", {}), SOFTMAX), Convention("-1 to 1", placing="padded")
    ),
    "1x28x28, standardized, logarithms": (
        chain((1, 28, 28), ("Permute", {"dims": (2, 3, 1)}), CONVOLUTION, ("Flatten", {}), LINEAR,
              ("Activation", {"activation": "log_softmax"})),
        Convention("standardized", answers="log-probabilities"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_a_plain_network_answers_as_the_one_with_a_convention_around_it(name):
    network, convention = NETWORKS[name]
    rng = np.random.default_rng(3)
    weights = {key: rng.normal(0, 0.05, shape).astype(np.float32) for key, shape in weight_shapes(network).items()}
    plain = plain_network(network, convention)
    assert weight_shapes(plain) == weight_shapes(network)
    model = onnx.load_model_from_string(write_onnx(network, weights))
    layout = Layout.of(network[0].config["shape"])
    frames = rng.random((6, 28, 28), np.float32)
    expected, answered = (
        _answers(content, frames)
        for content in (wrap(model, layout, convention).SerializeToString(), write_onnx(plain, weights))
    )
    np.testing.assert_allclose(answered, expected, atol=1e-5)


def _answers(content: bytes, frames: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (entry,) = session.get_inputs()
    shape = (len(frames), 28, 28, 1)[: len(entry.shape)]
    (rows,) = session.run(None, {entry.name: frames.reshape(shape)})
    return rows


BRANCHED = (
    Layer("InputLayer", "input", (), {"shape": (784,)}),
    Layer("ReLU", "relu", ("input",)),
    Layer("Add", "add", ("input", "relu")),
    Layer("Dense", "dense", ("add",), {"units": 10, "activation": "softmax"}),
)


@pytest.mark.parametrize(
    ("network", "convention", "said"),
    [
        (BRANCHED, Convention(), "do not follow each other"),
        (chain((784,), SOFTMAX), Convention(answers="scores"), "independent scores"),
        (chain((784,), SOFTMAX), Convention(order=(1, 0, *range(2, 10))), "in another order"),
        (chain((32, 32, 3), ("Flatten", {}), SOFTMAX), Convention(placing="padded"), "in colour"),
        (chain((20, 20), ("Flatten", {}), SOFTMAX), Convention(placing="resized"), "that are resized"),
    ],
)
def test_what_layers_cannot_do_is_said(network, convention, said):
    with pytest.raises(NetworkError, match=said):
        plain_network(network, convention)


def test_a_model_without_known_layers_says_why_it_cannot_be_taught(store, tmp_path):
    path = tmp_path / "net.onnx"
    path.write_bytes(MODELS["flatten"][0]())
    run = add_model(store, path)
    assert "its layers are not known" in fine_tuning_obstacle(run)
    assert available_formats(run) == ("onnx", "script")
    with pytest.raises(RunError, match="its layers are not known"):
        export_run(run, "keras", tmp_path / "net.keras")


def regression_file() -> bytes:
    """A file of Keras 2: ten logits, from 784 values from 0 to 255."""
    file = io.BytesIO()
    config = {"name": "digits", "units": 10, "activation": "linear", "batch_input_shape": [None, 784]}
    with h5py.File(file, "w") as root:
        layers = [{"class_name": "Dense", "config": config}]
        root.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": {"name": "m", "layers": layers}})
        root.attrs["keras_version"] = "2.6.0"
        group = root.create_group("model_weights/digits")
        group.attrs["weight_names"] = [b"digits/kernel:0", b"digits/bias:0"]
        group["digits/kernel:0"], group["digits/bias:0"] = regression("0 to 255")
    return file.getvalue()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of Keras and NumPy
def test_a_model_from_a_file_is_taught_and_exported_for_keras(store, tmp_path):
    from mnist_gui.digits.dataset import load_mnist

    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    path = tmp_path / "logits.h5"
    path.write_bytes(regression_file())
    parent = add_model(store, path)
    assert fine_tuning_obstacle(parent) == ""
    assert {"keras", "litert", "onnx", "script"} == set(available_formats(parent))
    dataset = load_mnist()
    frames = dataset.train.frames()[:30]
    digits = [(frame, int(label)) for frame, label in zip(frames[:10], dataset.train.labels[:10], strict=True)]
    taught = train(
        create_fine_tuning_run(store, parent, digits), dataset, report=lambda event: None, control=TrainingControl()
    )
    assert taught.status == "completed", taught.record.message
    before, after = LoadedModel(parent).probabilities(frames), LoadedModel(taught).probabilities(frames)
    assert (before.argmax(axis=1) == after.argmax(axis=1)).mean() > 0.8
    assert np.abs(before - after).max() > 1e-3, "it has learned something"
    assert store.get(parent.name).read_file(MODEL_FILE) == parent.read_file(MODEL_FILE)

    import keras

    export_run(parent, "keras", tmp_path / "plain.keras")
    exported = keras.models.load_model(tmp_path / "plain.keras")
    np.testing.assert_allclose(exported.predict(frames[..., None], verbose=0), before, atol=1e-4)
