"""Networks by their layers: what a run's record says, what users read, and the one function that builds them."""

import numpy as np
import pytest

from mnist_gui.models.architectures import (
    ARCHITECTURES,
    NORMALIZATION,
    OWN,
    Architecture,
    architecture_of,
    build,
    convolution,
    dense,
    digit_network,
    dropout,
    pooling,
    receptive_field,
)
from mnist_gui.models.keras_script import as_function
from mnist_gui.models.layer_arguments import ARGUMENTS
from mnist_gui.models.layer_shapes import KINDS
from mnist_gui.models.layers import Layer, NetworkError
from mnist_gui.models.networks import check_network, layer_weight_shapes, network_to_json
from mnist_gui.models.recipes import QUICK
from mnist_gui.models.training.new_run import create_run
from mnist_gui.runs.record import RunError

SMALL = digit_network(convolution(5, 8), pooling(2), NORMALIZATION, convolution(3, 16), dropout(0.25), dense(32))
DATA = {"name": "bars", "checksum": "bars"}


def branching_network():
    """Two branches that meet twice, with layers that most users have not."""
    network = (
        Layer("InputLayer", "frame", (), {"shape": (28, 28, 1)}),
        Layer("RandomRotation", "turned", ("frame",)),
        Layer("Conv2D", "left", ("turned",), {"filters": 4, "kernel_size": 3, "padding": "same", "strides": 2}),
        Layer("SeparableConv2D", "right", ("turned",), {"filters": 4, "kernel_size": 5, "padding": "same"}),
        Layer("AveragePooling2D", "smaller", ("right",), {"pool_size": 2}),
        Layer("Add", "both", ("left", "smaller")),
        Layer("LeakyReLU", "rectified", ("both",), {"negative_slope": 0.1}),
        Layer("GlobalMaxPooling2D", "highest", ("rectified",)),
        Layer("GlobalAveragePooling2D", "mean", ("rectified",)),
        Layer("Concatenate", "joined", ("highest", "mean")),
        Layer("LayerNormalization", "even", ("joined",), {"epsilon": 1e-5}),
        Layer("Dense", "answer", ("even",), {"units": 10, "activation": "softmax", "use_bias": False}),
    )
    check_network(network)
    return network


def test_a_record_says_what_the_network_is(store):
    own = create_run(store, Architecture(OWN, SMALL), QUICK, 3, DATA)
    third = create_run(store, ARCHITECTURES[3], QUICK, 3, DATA)
    assert own.name.startswith("own-quick-")
    assert (own.record.model, own.model, third.record.model) == (None, OWN, 3)
    again = {name: store.get(name) for name in (own.name, third.name)}
    assert architecture_of(again[own.name]) == Architecture(OWN, SMALL)
    assert architecture_of(again[third.name]) is ARCHITECTURES[3]


def test_a_record_of_an_earlier_version_is_that_of_its_model(store):
    run = store.create(2, QUICK.to_json(), 0, DATA)
    assert run.record.layers is None
    assert architecture_of(run) is ARCHITECTURES[2]


@pytest.mark.parametrize(
    ("model", "layers", "expected"),
    [
        (None, None, "does not say which layers"),
        (1, network_to_json(SMALL), "said to be of model 1, but has other layers"),
        (None, [{"kind": "Lambda", "name": "code"}], "Lambda"),
        (None, [], "expected 2 to 500"),
    ],
)
def test_a_record_that_contradicts_itself_is_refused(store, model, layers, expected):
    run = store.create(model, QUICK.to_json(), 0, DATA, layers=layers)
    with pytest.raises(RunError, match=expected) as caught:
        architecture_of(run)
    assert run.name in str(caught.value)


@pytest.mark.parametrize(
    ("steps", "side"),
    [
        ([dense(10)], 0),
        ([convolution(3, 4)], 3),
        ([convolution(3, 4), pooling(2)], 3),  # what follows the last convolution does not count
        ([convolution(3, 4), pooling(2), convolution(3, 4)], 8),  # 3, then 1 more, then 2 steps of 2
        ([convolution(5, 4), pooling(3), convolution(3, 4), convolution(2, 4)], 16),
        ([convolution(15, 4), convolution(14, 4)], 28),
    ],
)
def test_the_receptive_field_is_what_reaches_a_unit_of_the_last_convolution(steps, side):
    architecture = Architecture(OWN, digit_network(*steps))
    assert architecture.receptive_field == side
    assert str(side or 28) in architecture.details


def test_branches_do_not_see_what_the_branches_beside_them_see():
    entry = Layer("InputLayer", "input", (), {"shape": (28, 28, 1)})
    branches = []
    for side in (3, 5, 7):
        kind, config = convolution(side, 4)
        branches.append(Layer(kind, f"branch_{side}", ("input",), {**config, "padding": "same"}))
    joined = Layer("Concatenate", "joined", tuple(layer.name for layer in branches), {"axis": -1})
    kind, config = convolution(3, 4)
    network = (entry, *branches, joined, Layer(kind, "last", ("joined",), config))
    assert receptive_field(network) == 9


def test_every_kind_of_layer_has_arguments_and_a_shape():
    assert set(ARGUMENTS) == set(KINDS)


def test_layers_that_do_not_fit_are_refused_by_name():
    with pytest.raises(NetworkError, match=r"conv2d_1.*needs 15x15 pixels and gets 14x14"):
        digit_network(convolution(15, 4), convolution(15, 4))


@pytest.mark.slow
@pytest.mark.parametrize("make", [lambda: SMALL, branching_network, lambda: ARCHITECTURES[3].network])
def test_the_network_built_is_the_one_described_and_so_is_that_of_the_code(make):
    import keras

    architecture = Architecture(OWN, make())
    keras.utils.set_random_seed(4)
    model = build(architecture)
    for name, weights in layer_weight_shapes(architecture.network).items():
        found = [tuple(weight.shape) for weight in model.get_layer(name).weights] if weights else []
        assert found == list(weights.values())
    rows = zip(architecture.network[1:], architecture.layers(), strict=True)
    assert all(model.get_layer(layer.name).output.shape[1:] == row.shape for layer, row in rows)
    assert model.count_params() == architecture.parameters

    code = {}
    exec(compile(as_function(architecture), "code", "exec"), code)
    keras.utils.set_random_seed(4)
    coded = code["own"]()
    frames = np.random.default_rng(0).random((3, 28, 28, 1), np.float32)
    for first, second in zip(model.get_weights(), coded.get_weights(), strict=True):
        assert (first == second).all()
    assert (model.predict(frames, verbose=0) == coded.predict(frames, verbose=0)).all()
