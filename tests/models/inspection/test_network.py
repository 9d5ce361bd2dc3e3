"""Networks looked into, held to Keras' own layers and to arithmetic by hand."""

import numpy as np
import pytest

from mnist_gui.analysis.network_sum import WHOLE_FRAME, Patch, Place, patch_of, strongest_place, value_sum
from mnist_gui.digits.dataset import load_mnist_test
from mnist_gui.models.architectures import ARCHITECTURES, Architecture, build
from mnist_gui.models.inference.calibration import calibrate
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.models.inspection.network import ALL_ON, Network, Off
from mnist_gui.models.layers import Layer
from mnist_gui.models.weights import keras_weights, model_content
from mnist_gui.paths import resources_folder
from mnist_gui.runs.record import MODEL_FILE, RunError
from mnist_gui.runs.store import RunStore

# TensorFlow and its converter warn of their own affairs at import and export.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::ResourceWarning")

DATA = {"name": "bars", "checksum": "bars-checksum", "validation": {"source": "test", "frames": 60}}
SHIPPED = [f"model-{number}-{recipe}" for number in (1, 2, 3) for recipe in ("fast", "notebook")]
FIRST_OFF, SECOND_OFF = frozenset({0, 5, 63}), frozenset({7, 127})
OFF = Off(frozenset({(0, index) for index in FIRST_OFF} | {(1, index) for index in SECOND_OFF}))
LATER_OFF = Off(frozenset((1, index) for index in SECOND_OFF))


def exported_run(store, number, write):
    run = store.create(number, {"name": "quick"}, 0, DATA)
    run.commit(status="completed", epochs=1, exported=1, files={MODEL_FILE: run.write_file(MODEL_FILE, write)})
    return store.get(run.name)


def trained_like(number):
    """Return a Keras network none of whose weights are those of a new one, rounded as an export rounds them."""
    network, rng = build(ARCHITECTURES[number]), np.random.default_rng(number)
    weights = []
    for weight in network.get_weights():
        # Also of batch normalization, whose variances have to stay positive.
        changed = weight + rng.uniform(0.01, 0.1, weight.shape) if weight.ndim == 1 else weight
        weights.append(changed.astype(np.float16).astype(np.float32))
    network.set_weights(weights)
    return network


def as_file(keras_network, number):
    return model_content(ARCHITECTURES[number], keras_weights(keras_network))


def keras_outputs(network, frame, off):
    """Return the outputs of Keras' convolutions, pooling, ReLUs and softmax, with the maps of some filters zeroed."""
    values, outputs, number = frame[None, ..., None], [], 0
    for layer in network.layers:
        values = np.array(layer(values, training=False))
        if type(layer).__name__ in ("Conv2D", "MaxPooling2D", "Dense"):
            outputs.append(values[0].copy())
        if type(layer).__name__ == "Conv2D":
            values[..., [index for convolution, index in off.places if convolution == number]] = 0
            number += 1
    return outputs


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    return RunStore(tmp_path_factory.mktemp("runs"), resources_folder() / "runs")


@pytest.fixture(scope="module")
def networks(shipped):
    return {name: Network(shipped.get(name)) for name in SHIPPED}


@pytest.fixture(scope="module")
def frames():
    return load_mnist_test().frames()[:20]


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.slow
def test_every_layer_is_what_keras_computes_with_filters_on_and_off(store, number):
    keras_network = trained_like(number)
    network = Network(exported_run(store, number, lambda path: path.write_bytes(as_file(keras_network, number))))
    frame = np.random.default_rng(0).random((28, 28), np.float32)
    whole = network.activations(frame)
    for off in (ALL_ON, OFF, LATER_OFF):
        found = network.without(whole, off)
        expected = keras_outputs(keras_network, frame, off)
        for layer, theirs in zip(network.layers, expected, strict=True):
            assert found.values(layer) == pytest.approx(theirs, abs=1e-3, rel=2e-3)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_run_is_looked_into_without_its_weights(shipped, networks, frames, name):
    run, network = shipped.get(name), networks[name]
    activations = [network.activations(frame) for frame in frames]
    answers = np.stack([found.probabilities for found in activations])
    assert answers == pytest.approx(LoadedModel(run).probabilities(frames), abs=1e-4)
    assert network.calibrated(activations[0]) == pytest.approx(calibrate(answers[0], run.record.temperature))
    assert network.run == name


def test_filters_off_hand_on_nothing_and_change_what_follows(networks, frames):
    network = networks["model-1-fast"]
    first, second, pooling, *_ = network.layers
    whole = network.activations(frames[0])
    strongest = np.argsort(-whole.values(first).max(axis=(0, 1)))[:30].tolist()
    found = network.without(whole, Off(frozenset((0, index) for index in strongest)))
    assert not found.inputs(second)[..., strongest].any()
    assert (found.values(first) == whole.values(first)).all(), "what they would hand on"
    assert abs(found.values(second) - whole.values(second)).max() > 0.1
    assert abs(found.probabilities - whole.probabilities).max() > 0.001
    off = ALL_ON.toggled(pooling, 3)
    assert off == Off(frozenset({(1, 3)})), "a pooled map is that of the filter before it"
    later = network.without(whole, off)
    assert not later.values(pooling)[..., 3].any()
    assert (later.values(second) == whole.values(second)).all()
    assert network.without(whole, ALL_ON) is whole
    assert off.toggled(second, 3) == ALL_ON


def check_sums(network, found, off=ALL_ON, count=20):
    """Compare values of all layers with the arithmetic that is spelled out for them."""
    rng = np.random.default_rng(0)
    for number, layer in enumerate(network.layers[:-1]):
        values = found.values(layer)
        for _ in range(count):
            *spot, index = (int(rng.integers(size)) for size in layer.shape)
            spelled = value_sum(layer, found, Place(number, index, *spot))
            value = float(values[(*spot, index)])
            assert spelled.result == pytest.approx(value, abs=1e-4)
            if spelled.products and layer.activation in ((), ("Relu",)):
                expected = max(spelled.score, 0) if layer.activation else spelled.score
                assert expected == pytest.approx(value, abs=1e-3, rel=1e-3), layer
            if layer.kind == "pooling" and index not in off.of(layer):
                kept = spelled.inputs.max() if layer.operation == "max" else spelled.inputs.mean()
                assert kept == pytest.approx(value, abs=1e-4)


@pytest.mark.parametrize("name", ["model-1-fast", "model-2-notebook", "model-3-fast"])
def test_the_sum_of_a_value_is_that_value(networks, frames, name):
    network = networks[name]
    found = network.activations(frames[1], OFF)
    check_sums(network, found, OFF)
    answer = len(network.layers) - 1
    scores = [value_sum(network.layers[-1], found, Place(answer, digit)) for digit in range(10)]
    odds = np.exp([spelled.result for spelled in scores])
    assert odds / odds.sum() == pytest.approx(found.probabilities, abs=1e-4)
    assert all(spelled.patch == WHOLE_FRAME for spelled in scores)


def test_what_is_multiplied_is_the_patch_and_the_filter(networks, frames):
    network = networks["model-1-fast"]
    first, second, pooling, *_ = network.layers
    found = network.activations(frames[0])
    spelled = value_sum(first, found, Place(0, 9, 7, 12))
    assert (spelled.inputs == frames[0][7:10, 12:15]).all()
    assert (spelled.weights == first.weights[:, :, 0, 9]).all()
    assert (spelled.products, spelled.channel) == (9, None)
    assert spelled.total == pytest.approx(float((spelled.inputs * spelled.weights).sum()), abs=1e-6)

    spelled = value_sum(second, found, Place(1, 9, 7, 12))
    sums = (found.values(first)[7:10, 12:15] * second.weights[..., 9]).sum(axis=(0, 1))
    assert spelled.products == 576
    assert spelled.channel == abs(sums).argmax()
    assert spelled.channel_sum == pytest.approx(sums[spelled.channel], abs=1e-5)
    assert (spelled.inputs == found.values(first)[7:10, 12:15, spelled.channel]).all()

    spelled = value_sum(pooling, found, Place(2, 9, 5, 6))
    assert (spelled.products, spelled.weights) == (0, None)
    assert (spelled.inputs == found.values(second)[10:12, 12:14, 9]).all()


def check_patches(network, places=((3, 4),)):
    """Change the frame within and around what values of maps are said to see of it."""
    blank, rng = np.zeros((28, 28), np.float32), np.random.default_rng(0)
    for number, layer in enumerate(network.layers):
        if not layer.has_maps:
            continue
        for row, column in places:
            if row >= layer.shape[0] or column >= layer.shape[1]:
                continue
            patch = patch_of(layer, Place(number, 0, row, column))
            inside = np.zeros((28, 28), bool)
            inside[patch.top : patch.top + patch.height, patch.left : patch.left + patch.width] = True
            noise = rng.random((28, 28), np.float32)
            before, around, within = (
                network.activations(frame).values(layer)[row, column]
                for frame in (blank, np.where(inside, blank, noise), np.where(inside, noise, blank))
            )
            assert (around == before).all(), layer
            assert (within != before).any(), layer
            for corner in ((patch.top, patch.left), (patch.top + patch.height - 1, patch.left + patch.width - 1)):
                changed = [blank.copy() for _ in range(3)]
                for value, frame in zip((-9.0, 1.0, 9.0), changed, strict=True):
                    frame[corner] = value
                assert any((network.activations(f).values(layer)[row, column] != before).any() for f in changed), layer


@pytest.mark.parametrize("name", ["model-1-fast", "model-2-fast", "model-3-fast"])
def test_a_value_depends_on_its_patch_of_the_frame_and_on_nothing_else(networks, name):
    check_patches(networks[name])


def test_the_strongest_place_of_a_map_is_where_it_is_largest(networks, frames):
    network = networks["model-1-fast"]
    second = network.layers[1]
    values = network.activations(frames[0]).values(second)
    place = strongest_place(second, values, 1, 11)
    assert values[place.row, place.column, 11] == values[..., 11].max() > 0
    assert strongest_place(network.layers[-1], values, 4, 3) == Place(4, 3)
    assert Patch(place.row, place.column, 5, 5) == patch_of(second, place)


@pytest.mark.slow
def test_what_is_no_such_network_is_refused(store):
    run = exported_run(store, 1, lambda path: path.write_bytes(b"no network"))
    with pytest.raises(RunError, match=f"{run.name}: model.onnx cannot be used"):
        Network(run)


@pytest.mark.slow
def test_what_the_answering_network_computes_is_shown_whatever_its_record_says(store):
    network = ARCHITECTURES[1].network
    other = tuple(
        Layer(layer.kind, layer.name, layer.inputs, {**layer.config, "activation": "linear"})
        if layer.config.get("activation") == "relu"
        else layer
        for layer in network
    )
    content = model_content(Architecture(1, other), keras_weights(trained_like(1)))
    found = Network(exported_run(store, 1, lambda path: path.write_bytes(content)))
    assert [layer.activation for layer in found.layers] == [(), (), (), (), ("Softmax",)]
    assert found.layers[0].is_signed
