"""Networks of any layers, looked into: users' own, and those from files, with what they expect around them."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import onnx
import pytest

from mnist_gui.analysis.network_sum import Place, value_sum
from mnist_gui.digits.dataset import load_mnist_test
from mnist_gui.models.architectures import OWN
from mnist_gui.models.importing.conventions import Convention, Layout
from mnist_gui.models.importing.onnx_file import input_shape
from mnist_gui.models.importing.onnx_wrapper import wrap
from mnist_gui.models.inference.model_trial import trust_model
from mnist_gui.models.inspection.network import Network, Off
from mnist_gui.models.layer_chain import chain_architecture, parse_chain
from mnist_gui.models.layers import Layer
from mnist_gui.models.networks import chain, layer_weight_shapes, network_to_json
from mnist_gui.models.onnx_writer import write_onnx
from mnist_gui.runs.record import MODEL_FILE
from tests.models.importing.onnx_models import FLATTEN, exported
from tests.models.inspection.test_network import check_patches, check_sums

PLAIN = Convention()
RELU = {"activation": "relu"}
OUTPUT = ("Dense", {"units": 10, "activation": "softmax"})


def conv(filters, side, **options):
    return "Conv2D", {"filters": filters, "kernel_size": side, **options}


def flat(units=10, **options):
    return [("Flatten", {}), ("Dense", {"units": units, **options})]


def lenet(shape=(28, 28, 1), activation="tanh"):
    return chain(
        shape,
        conv(6, 5, padding="same", activation=activation),
        ("AveragePooling2D", {}),
        conv(16, 5, activation=activation),
        ("AveragePooling2D", {}),
        *flat(84, activation=activation),
        OUTPUT,
    )


def residual():
    return (
        Layer("InputLayer", "input", (), {"shape": (28, 28, 1)}),
        Layer("Conv2D", "one", ("input",), {"filters": 6, "kernel_size": 3, "padding": "same", **RELU}),
        Layer("Conv2D", "two", ("one",), {"filters": 6, "kernel_size": 3, "padding": "same"}),
        Layer("Add", "add", ("one", "two")),
        Layer("Activation", "relu", ("add",), {"activation": "relu"}),
        Layer("MaxPooling2D", "large", ("relu",)),
        Layer("AveragePooling2D", "mean", ("relu",)),
        Layer("Concatenate", "both", ("large", "mean")),
        Layer("Flatten", "flatten", ("both",)),
        Layer("Dense", "dense", ("flatten",), {"units": 10, "activation": "softmax"}),
    )


NETWORKS = {
    "own": (
        chain_architecture(parse_chain("conv 3 8, norm, conv 5 12, pool 2, dropout 0.5, dense 20, norm")).network,
        PLAIN,
    ),
    "dense": (chain((784,), ("Dense", {"units": 30, **RELU}), OUTPUT), Convention("0 to 255", is_dark_on_light=True)),
    "one layer": (chain((28, 28), *flat(activation="softmax")), PLAIN),
    "LeNet, transposed": (lenet(), Convention("-1 to 1", is_transposed=True)),
    "LeNet, 32x32 in colour": (lenet((32, 32, 3), "relu"), Convention(placing="padded")),
    "LeNet, resized": (lenet((32, 32, 1), "relu"), Convention(placing="resized")),
    "LeNet, cropped": (lenet((24, 24, 1), "relu"), Convention(placing="cropped")),
    "normalized": (
        chain(
            (28, 28, 1),
            conv(8, 3, use_bias=False),
            ("BatchNormalization", {}),
            ("Activation", {"activation": "relu"}),
            ("MaxPooling2D", {"pool_size": 3, "strides": 2, "padding": "same"}),
            ("Flatten", {}),
            ("Dense", {"units": 12}),
            ("BatchNormalization", {"scale": False}),
            ("LeakyReLU", {"negative_slope": 0.2}),
            ("Dense", {"units": 10}),
            ("Softmax", {}),
        ),
        PLAIN,
    ),
    "separable": (
        chain(
            (28, 28, 1),
            ("SeparableConv2D", {"filters": 6, "kernel_size": 3, "depth_multiplier": 2, "padding": "same", **RELU}),
            ("MaxPooling2D", {}),
            ("DepthwiseConv2D", {"kernel_size": 3, "strides": 2, "depth_multiplier": 2, "padding": "same"}),
            ("PReLU", {"shared_axes": [1, 2]}),
            *flat(activation="softmax"),
        ),
        PLAIN,
    ),
    "unusual": (
        chain(
            (28, 28, 1),
            conv(6, (4, 3), strides=2, activation="elu"),
            conv(6, 3, dilation_rate=2, padding="same", activation="gelu"),
            ("ZeroPadding2D", {"padding": ((1, 0), (2, 1))}),
            conv(6, (3, 5), groups=3, activation="silu"),
            ("Flatten", {}),
            ("LayerNormalization", {}),
            ("Dense", {"units": 30, "activation": "selu"}),
            OUTPUT,
        ),
        PLAIN,
    ),
    "channels first": (
        chain(
            (1, 28, 28),
            conv(5, 3, data_format="channels_first", **RELU),
            ("MaxPooling2D", {"data_format": "channels_first"}),
            ("Flatten", {"data_format": "channels_first"}),
            OUTPUT,
        ),
        PLAIN,
    ),
    "means of maps": (
        chain((28, 28, 1), conv(10, 5, **RELU), ("GlobalAveragePooling2D", {}), ("Softmax", {})),
        Convention(order=(9, 0, 1, 2, 3, 4, 5, 6, 7, 8)),
    ),
    "other order": (chain((784,), ("Dense", {"units": 10})), Convention(answers="logits", order=(1, 0, *range(2, 10)))),
    "from 784": (
        chain((784,), ("Reshape", {"target_shape": (28, 28, 1)}), conv(4, 3, **RELU), *flat(activation="softmax")),
        PLAIN,
    ),
    "branched": (residual(), PLAIN),
}  # fmt: skip


def random_weights(network):
    rng = np.random.default_rng(0)
    weights = {}
    for layer, shapes in layer_weight_shapes(network).items():
        for name, shape in shapes.items():
            spread = rng.normal(size=shape) * (2 / max(math.prod(shape[:-1]), 1)) ** 0.5
            weights[f"{layer}/{name}"] = np.abs(spread) + 0.3 if name == "moving_variance" else spread
    return weights


@pytest.fixture
def opened(store):
    """A function that opens a network with random weights, and what it expects around it."""

    def opened(network, convention=PLAIN, model=None):
        model = model or onnx.load_model_from_string(write_onnx(network, random_weights(network)))
        content = wrap(model, Layout.of(input_shape(model)), convention).SerializeToString()
        trust_model(OWN, hashlib.sha256(content).hexdigest())
        imported = {"file": "net.keras", "sha256": "0" * 64, "format": "keras"}
        layers = None if network is None else network_to_json(network)
        return Network(store.create_imported("net", imported, layers, {MODEL_FILE: content}))

    return opened


@pytest.fixture(scope="module")
def frame():
    return load_mnist_test().frames()[0]


@pytest.mark.parametrize("name", NETWORKS)
def test_values_are_the_sums_and_patches_that_are_told_of_them(opened, frame, name):
    network = opened(*NETWORKS[name])
    found = network.activations(frame)
    assert found.probabilities.sum() == pytest.approx(1, abs=1e-3)
    check_sums(network, found, count=8)
    check_patches(network, ((0, 0), (3, 4)))
    for layer in network.layers:
        assert found.values(layer).shape == layer.shape
        assert layer.is_signed or found.values(layer).min() >= 0


@pytest.mark.parametrize("name", [name for name in NETWORKS if name not in ("one layer", "other order")])
def test_every_filter_and_unit_can_be_switched_off(opened, frame, name):
    network = opened(*NETWORKS[name])
    whole = network.activations(frame)
    for number, layer in enumerate(network.layers[:-1]):
        assert layer.owner <= number
        everything = Off(frozenset((layer.owner, index) for index in range(layer.count)))
        found = network.without(whole, everything)
        assert abs(found.probabilities - whole.probabilities).max() > 0, layer
        fed = [later for later in network.layers if number in later.sources and layer.owner == number]
        for later in fed[:1]:
            if later.source == layer.values:
                assert not found.inputs(later).any()


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("own", ["convolution", "convolution", "pooling", "dense", "answer"]),
        ("dense", ["dense", "answer"]),
        ("one layer", ["answer"]),
        ("separable", ["convolution", "convolution", "pooling", "convolution", "answer"]),
        ("means of maps", ["convolution", "summary", "answer"]),
        ("branched", ["convolution", "convolution", "merge", "pooling", "pooling", "merge", "answer"]),
    ],
)
def test_layers_are_found_in_the_order_of_computation(opened, name, kinds):
    assert [layer.kind for layer in opened(*NETWORKS[name]).layers] == kinds


def test_a_layer_that_cannot_be_shown_is_named_as_in_its_record(opened):
    assert opened(*NETWORKS["unusual"]).unshown == ("LayerNormalization",)
    assert opened(*NETWORKS["own"]).unshown == ()


def test_the_units_of_an_answer_are_in_the_order_of_the_digits(opened, frame):
    network = opened(*NETWORKS["other order"])
    found = network.activations(frame)
    scores = [value_sum(network.layers[-1], found, Place(0, digit)).result for digit in range(10)]
    odds = np.exp(np.array(scores) - max(scores))
    assert odds / odds.sum() == pytest.approx(found.probabilities, abs=1e-4)


def test_a_network_of_many_layers_shows_the_first_and_the_answer(opened, frame):
    steps = [conv(3, 3, padding="same", **RELU) for _ in range(30)]
    network = opened(chain((28, 28, 1), *steps, *flat(activation="softmax")))
    assert (len(network.layers), network.left_out) == (25, 6)
    assert network.layers[-1].kind == "answer"
    check_sums(network, network.activations(frame), count=3)


def test_a_model_of_another_program_is_looked_into(opened, frame):
    network = opened(None, Convention(answers="logits"), onnx.load_model_from_string(exported("N", FLATTEN)))
    assert [layer.kind for layer in network.layers] == ["answer"]
    found = network.activations(frame)
    spelled = value_sum(network.layers[0], found, Place(0, 7))
    assert spelled.products == 784
    assert spelled.inputs == pytest.approx(frame)
