"""Digits that excite filters most, held to a search by hand."""

from dataclasses import replace

import numpy as np
import pytest

from mnist_gui.analysis.evaluation_data import load_mnist_evaluation_set
from mnist_gui.analysis.network_favourites import find_favourites, load_favourites
from mnist_gui.analysis.network_sum import Place
from mnist_gui.models.inspection.network import Network
from mnist_gui.paths import resources_folder
from mnist_gui.runs.store import RunStore


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return RunStore(tmp_path_factory.mktemp("runs"), resources_folder() / "runs").get("model-1-fast")


@pytest.fixture(scope="module")
def network(run):
    return Network(run)


@pytest.fixture(scope="module")
def digits():
    whole = load_mnist_evaluation_set()
    return replace(whole, images=whole.images[:37], labels=whole.labels[:37], checksum="the first 37")


def test_they_are_the_ten_strongest_and_where(run, network, digits, tmp_path):
    found = find_favourites(run, network, digits, tmp_path)
    activations = [network.activations(frame) for frame in digits.frames()]
    for number, index in ((0, 5), (1, 77), (2, 77), (3, 3)):
        shape = (*network.layers[number].shape[:-1], 1, 1)[:2]
        maps = [one.values(network.layers[number])[..., index].reshape(shape) for one in activations]
        favourites = found.of(Place(number, index))
        peaks = np.array([values.max() for values in maps])
        assert [favourite.digit for favourite in favourites] == np.argsort(-peaks, kind="stable")[:10].tolist()
        for favourite in favourites:
            value = maps[favourite.digit][favourite.place.row, favourite.place.column]
            assert value == pytest.approx(favourite.value, abs=1e-5) == pytest.approx(peaks[favourite.digit], abs=1e-5)
    assert found.of(Place(4, 3)) == ()


def test_a_digit_that_leaves_a_filter_silent_is_no_favourite(run, network, digits, tmp_path):
    blank = replace(digits, images=np.zeros((12, 28, 28), np.uint8), labels=digits.labels[:12], checksum="blank")
    found = find_favourites(run, network, blank, tmp_path)
    for index, bias in enumerate(network.layers[0].bias[0, 0].tolist()):
        assert len(found.of(Place(0, index))) == (10 if bias > 0 else 0)


def test_they_are_found_once_for_each_run_and_each_set(run, network, digits, tmp_path):
    assert load_favourites(run, network, digits, tmp_path) is None
    found = find_favourites(run, network, digits, tmp_path)
    again = load_favourites(run, network, digits, tmp_path)
    assert again.of(Place(1, 9)) == found.of(Place(1, 9))
    assert load_favourites(run, network, replace(digits, checksum="others"), tmp_path) is None


def test_it_tells_what_it_has_found_so_far_and_can_be_cancelled(run, network, digits, tmp_path):
    told = []

    def progress(fraction, found):
        told.append((fraction, found))
        return len(told) < 2

    assert find_favourites(run, network, digits, tmp_path, progress=progress) is None
    assert [fraction for fraction, _ in told] == pytest.approx([10 / 37, 20 / 37])
    assert max(favourite.digit for favourite in told[0][1].of(Place(0, 5))) < 10
    assert load_favourites(run, network, digits, tmp_path) is None
