"""The frames that fine-tuning repeats."""

from dataclasses import replace

import numpy as np
import pytest

from mnist_gui.digits.dataset import load_mnist
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.models.training.fine_tuning import border_indices, replay_indices
from mnist_gui.paths import resources_folder
from mnist_gui.runs.store import RunStore


def test_half_of_the_frames_lie_near_a_border_and_none_is_held_out():
    mnist = load_mnist()
    places = replay_indices(mnist, 2_000, 500)
    assert len(np.unique(places)) == 2_000
    assert places.max() < 59_500
    assert np.isin(places, border_indices("repeated")).sum() >= 1_000


def test_as_many_as_there_are_however_many_are_wanted():
    mnist = load_mnist()
    few = replace(mnist, train=mnist.train[:300])
    assert sorted(replay_indices(few, 2_000, 100)) == list(range(200))


def test_other_data_have_no_known_borders(tiny_dataset):
    assert list(replay_indices(tiny_dataset, 50, 10)) == list(range(50))


@pytest.mark.slow
def test_the_frames_that_ship_are_those_the_models_hesitate_over(tmp_path):
    """The models are certain of other frames."""
    train, places, checked = load_mnist().train, border_indices("repeated"), border_indices("checked")
    assert len(np.unique(places)) == len(places) == 1_000
    assert places.min() >= 0 and places.max() < 55_000, "what the shipped runs held out is not among them"
    assert len(np.unique(checked)) == len(checked) == 500
    assert checked.min() >= 55_000, "they are among what the shipped runs held out"
    store = RunStore(tmp_path, resources_folder() / "runs")
    for number in (1, 2, 3):
        model = LoadedModel(store.shipped_default(number))
        for asked in (places[::10], checked[:50]):
            best_two = np.sort(model.probabilities(train[asked].frames()), axis=1)[:, -2:]
            assert np.mean(best_two[:, 1] - best_two[:, 0]) < 0.9  # 0.99 for any others
