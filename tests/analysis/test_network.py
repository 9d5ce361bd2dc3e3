"""Networks looked into by NumPy, held to Keras' own layers."""

import numpy as np
import pytest

from mnist_gui.analysis.network import ALL_ON, FiltersOff, Network
from mnist_gui.analysis.network_sum import MAP_LAYERS, Patch, Place, maps_of, patch_of, strongest_place, value_sum
from mnist_gui.digits.dataset import load_mnist_test
from mnist_gui.models.architectures import ARCHITECTURES, Architecture, build
from mnist_gui.models.inference.calibration import calibrate
from mnist_gui.models.inference.network_weights import read_network_weights
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.models.layers import Layer
from mnist_gui.models.weights import keras_weights, model_content
from mnist_gui.paths import resources_folder
from mnist_gui.runs.record import MODEL_FILE, RunError
from mnist_gui.runs.store import RunStore

# TensorFlow and its converter warn of their own affairs at import and export.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::ResourceWarning")

DATA = {"name": "bars", "checksum": "bars-checksum", "validation": {"source": "test", "frames": 60}}
SHIPPED = [f"model-{number}-{recipe}" for number in (1, 2, 3) for recipe in ("fast", "notebook")]
OFF = FiltersOff(frozenset({0, 5, 63}), frozenset({7, 127}))


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
    values, outputs, zeroed = frame[None, ..., None], [], [off.first, off.second]
    for layer in network.layers:
        values = np.array(layer(values, training=False))
        if type(layer).__name__ == "Conv2D":
            values[..., sorted(zeroed.pop(0))] = 0
        if type(layer).__name__ in ("Conv2D", "MaxPooling2D", "Dense"):
            outputs.append(values[0])
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
    for off in (ALL_ON, OFF, FiltersOff(second=OFF.second)):
        found = network.without(whole, off)
        *maps, answer = keras_outputs(keras_network, frame, off)
        for ours, theirs in zip((found.first, found.second, found.pooled, *found.hidden), maps, strict=True):
            assert ours == pytest.approx(theirs, abs=1e-3, rel=2e-3)
        assert found.probabilities == pytest.approx(answer, abs=1e-3)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_run_is_looked_into_without_its_weights(shipped, networks, frames, name):
    run, network = shipped.get(name), networks[name]
    activations = [network.activations(frame) for frame in frames]
    answers = np.stack([found.probabilities for found in activations])
    assert answers == pytest.approx(LoadedModel(run).probabilities(frames), abs=1e-4)
    assert network.calibrated(activations[0]) == pytest.approx(calibrate(answers[0], run.record.temperature))
    assert (network.run, network.model) == (name, run.model)


def test_filters_off_hand_on_nothing_and_change_what_follows(networks, frames):
    network = networks["model-1-fast"]
    whole = network.activations(frames[0])
    strongest = np.argsort(-whole.first.max(axis=(0, 1)))[:30].tolist()
    found = network.without(whole, FiltersOff(frozenset(strongest)))
    assert not found.first[..., strongest].any()
    rest = np.delete(np.arange(64), strongest)
    assert (found.first[..., rest] == whole.first[..., rest]).all()
    assert abs(found.second - whole.second).max() > 0.1
    assert abs(found.scores - whole.scores).max() > 1
    second = network.without(whole, FiltersOff(second=frozenset({3})))
    assert second.first is whole.first, "it is computed from the layer that differs"
    assert not second.pooled[..., 3].any()
    assert network.without(whole, ALL_ON) is whole
    assert whole.first[..., strongest].any(), "what was given is not changed"


@pytest.mark.parametrize("name", ["model-1-fast", "model-2-notebook", "model-3-fast"])
def test_the_sum_of_a_value_is_that_value(networks, frames, name):
    network, rng = networks[name], np.random.default_rng(0)
    found = network.activations(frames[1], OFF)
    hidden = [(f"hidden_{number}", units) for number, units in enumerate(found.hidden, 1)]
    for layer in MAP_LAYERS:
        maps = maps_of(found, layer)
        for _ in range(20):
            row, column, index = (int(rng.integers(size)) for size in maps.shape)
            if index in (OFF.first if layer == "first" else OFF.second):
                continue
            spelled = value_sum(network, found, Place(layer, index, row, column))
            assert spelled.result == pytest.approx(float(maps[row, column, index]), abs=1e-4)
            assert spelled.result == pytest.approx(max(spelled.total + spelled.bias, 0))
    for layer, units in [*hidden, ("answer", found.scores)]:
        for index in range(10):
            spelled = value_sum(network, found, Place(layer, index))
            assert spelled.result == pytest.approx(float(units[index]), abs=1e-4)
            assert spelled.patch == Patch(0, 0, 28)


def test_what_is_multiplied_is_the_patch_and_the_filter(networks, frames):
    network = networks["model-1-fast"]
    found = network.activations(frames[0])
    spelled = value_sum(network, found, Place("first", 9, 7, 12))
    assert (spelled.inputs == frames[0][7:10, 12:15]).all()
    assert (spelled.weights == network.convolutions[0].weights[:, :, 0, 9]).all()
    assert (spelled.products, spelled.channel) == (9, None)
    assert spelled.total == pytest.approx(float((spelled.inputs * spelled.weights).sum()), abs=1e-6)

    spelled = value_sum(network, found, Place("second", 9, 7, 12))
    sums = (found.first[7:10, 12:15] * network.convolutions[1].weights[..., 9]).sum(axis=(0, 1))
    assert spelled.products == 576
    assert spelled.channel == abs(sums).argmax()
    assert spelled.channel_sum == pytest.approx(sums[spelled.channel], abs=1e-5)
    assert (spelled.inputs == found.first[7:10, 12:15, spelled.channel]).all()

    spelled = value_sum(network, found, Place("pooling", 9, 5, 6))
    assert (spelled.products, spelled.weights) == (0, None)
    assert (spelled.inputs == found.second[10:12, 12:14, 9]).all()


@pytest.mark.parametrize("name", ["model-1-fast", "model-2-fast", "model-3-fast"])
def test_a_value_depends_on_its_patch_of_the_frame_and_on_nothing_else(networks, name):
    network = networks[name]
    blank = np.zeros((28, 28), np.float32)
    for place in (Place("first", 0, 3, 4), Place("second", 0, 3, 4), Place("pooling", 0, 3, 4)):
        patch = patch_of(network.kernels, place)
        inside = np.zeros((28, 28), bool)
        inside[patch.top : patch.top + patch.side, patch.left : patch.left + patch.side] = True
        noise = np.random.default_rng(0).random((28, 28), np.float32)
        before, around, within = (
            maps_of(network.activations(frame), place.layer)[place.row, place.column]
            for frame in (blank, np.where(inside, blank, noise), np.where(inside, noise, blank))
        )
        assert (around == before).all()
        corner = blank.copy()
        corner[patch.top + patch.side - 1, patch.left + patch.side - 1] = 1
        assert (maps_of(network.activations(corner), place.layer)[place.row, place.column] != before).any()
        assert (within != before).any()


def test_the_strongest_place_of_a_map_is_where_it_is_largest(networks, frames):
    found = networks["model-1-fast"].activations(frames[0])
    place = strongest_place(found, "second", 11)
    assert found.second[place.row, place.column, 11] == found.second[..., 11].max() > 0
    assert strongest_place(found, "answer", 3) == Place("answer", 3)


@pytest.mark.slow
def test_what_is_no_such_network_is_refused(store):
    run = exported_run(store, 1, lambda path: path.write_bytes(b"no network"))
    with pytest.raises(RunError, match=f"{run.name}: model.onnx cannot be used"):
        Network(run)

    content = (resources_folder() / "runs" / "model-2-fast" / MODEL_FILE).read_bytes()
    run = exported_run(store, 1, lambda path: path.write_bytes(content))
    with pytest.raises(RunError, match=r"weights .* of the shape \(5, 5, 64, 128\); expected \(3, 3, 64, 128\)"):
        Network(run)
    with pytest.raises(ValueError, match=r"of the shape \(5, 5, 64, 128\); expected \(3, 3, 64, 128\)"):
        read_network_weights(content, 1)


@pytest.mark.slow
def test_a_network_with_the_same_weights_that_computes_anything_else_is_refused(store):
    network = ARCHITECTURES[1].network
    other = tuple(
        Layer(layer.kind, layer.name, layer.inputs, {**layer.config, "activation": "linear"})
        if layer.config.get("activation") == "relu"
        else layer
        for layer in network
    )
    content = model_content(Architecture(1, other), keras_weights(trained_like(1)))
    run = exported_run(store, 1, lambda path: path.write_bytes(content))
    with pytest.raises(RunError, match="other layers between its weights"):
        Network(run)
