from __future__ import annotations

import numpy as np
import pytest

from mnist_gui.analysis import fooling_digits
from mnist_gui.analysis.evaluation_data import load_mnist_evaluation_set, mnist_evaluation_set
from mnist_gui.analysis.fooling_digits import NoFoolingDigitError, find_fooling_digits, fooling_sentence
from mnist_gui.analysis.prediction_cache import predictions
from mnist_gui.paths import resources_folder
from mnist_gui.runs.store import MODELS, RunStore
from tests.answering import answering_run
from tests.comparison_data import add_run, use_bar_models
from tests.fakes import BarModel, rows_of


@pytest.fixture
def data(tiny_dataset):
    return mnist_evaluation_set(tiny_dataset)


@pytest.fixture(autouse=True)
def bar_models(monkeypatch):
    """Model 1 misreads the first three 4s of those that it is given and one 7, model 2 two 5s, model 3 none."""
    use_bar_models(monkeypatch)
    monkeypatch.setattr(fooling_digits, "LoadedModel", BarModel)


def active_run(store, model):
    run = add_run(store, model)
    store.activate(run.name)
    return run


@pytest.mark.parametrize(
    ("predicted", "sentence"),
    [
        ([7, 7, 7], ""),
        ([2, 7, 2], "the 7 that two of three call a 2"),
        ([7, 8, 7], "the 7 that one of three calls an 8"),
        ([1, 1, 1], "the 7 that all three call a 1"),
        ([9, 1, 9], "the 7 that two of three call a 9 and one a 1"),
        ([1, 8, 2], "the 7 that one of three calls a 1, one an 8 and one a 2"),
        ([1, 1], "the 7 that both call a 1"),
        ([1, 7], "the 7 that one of two calls a 1"),
        ([1], "the 7 that the model calls a 1"),
    ],
)
def test_the_sentence_counts_who_misreads(predicted, sentence):
    assert fooling_sentence(7, predicted) == sentence


def test_those_that_an_active_run_misreads_are_found(store, data, tmp_path):
    for model in MODELS:
        predictions(active_run(store, model), data, tmp_path)
    found = find_fooling_digits(store, data, tmp_path)
    assert sorted((digit.index, digit.label) for digit in found) == [(4, 4), (5, 5), (7, 7), (14, 4), (15, 5), (24, 4)]
    assert all(np.array_equal(digit.image, data.images[digit.index]) for digit in found)


def test_a_digit_that_fools_more_runs_comes_first_then_the_narrower_error(store, data, tmp_path, monkeypatch):
    predicted = np.tile(data.labels, (2, 1))
    confidence = np.full(len(data), 0.9)
    predicted[0, [4, 5, 9]], predicted[1, [9, 12]], confidence[5], confidence[12] = 0, 0, 0.4, 0.6
    rows = {model: rows_of(predicted[model - 1], confidence) for model in (1, 2)}
    monkeypatch.setattr(fooling_digits, "cached_predictions", lambda run, _data, _cache: rows[run.model])
    for model in rows:
        active_run(store, model)
    assert [digit.index for digit in find_fooling_digits(store, data, tmp_path)] == [9, 5, 12, 4]


def test_a_run_that_has_not_read_the_test_set_is_asked_about_the_known_ones_only(store, data, tmp_path):
    predictions(active_run(store, 1), data, tmp_path)
    active_run(store, 2)
    BarModel.asked = 0
    found = find_fooling_digits(store, data, tmp_path)
    assert BarModel.asked == 4
    assert sorted(digit.index for digit in found) == [4, 7, 14, 24]


def test_a_shipped_run_that_does_not_answer_only_names_candidates(store, data, tmp_path):
    shipped = RunStore(store.shipped, tmp_path / "none")
    add_run(shipped, 1)
    (run,) = store.runs()
    predictions(run, data, tmp_path)
    active_run(store, 1)
    other = active_run(store, 2)  # has read nothing
    assert answering_run(store, 2).folder == other.folder
    found = find_fooling_digits(store, data, tmp_path)
    assert sorted(digit.index for digit in found) == [4, 7, 14, 24]


def test_no_known_prediction_is_said(store, data, tmp_path):
    active_run(store, 1)
    with pytest.raises(NoFoolingDigitError, match="not known yet: compare the runs in the Compare tab"):
        find_fooling_digits(store, data, tmp_path)


def test_runs_that_misread_nothing_are_said(store, data, tmp_path):
    predictions(active_run(store, 3), data, tmp_path)
    with pytest.raises(NoFoolingDigitError, match="No test digit is known"):
        find_fooling_digits(store, data, tmp_path)


def test_a_damaged_run_is_left_out(store, data, tmp_path):
    damaged = active_run(store, 1)
    predictions(damaged, data, tmp_path)
    predictions(active_run(store, 2), data, tmp_path)
    (damaged.folder / "model.onnx").write_bytes(b"another")
    assert [digit.label for digit in find_fooling_digits(store, data, tmp_path)] == [5, 5]


@pytest.mark.slow
def test_the_shipped_runs_are_fooled_by_digits_of_mnist(tmp_path, monkeypatch):
    monkeypatch.undo()
    store = RunStore(tmp_path / "runs", resources_folder() / "runs")
    data = load_mnist_evaluation_set()
    found = find_fooling_digits(store, data, tmp_path)
    rows = [predictions(answering_run(store, model), data, tmp_path).argmax(axis=1) for model in MODELS]
    wrong = np.sum([row != data.labels for row in rows], axis=0)
    assert sorted(digit.index for digit in found) == np.flatnonzero(wrong).tolist()
    counts = [wrong[digit.index] for digit in found]
    assert counts == sorted(counts, reverse=True)
