"""Conventions are found by trying: of linear networks that were fitted under each of them."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
import pytest

from mnist_gui.models.importing.conventions import (
    VALUES,
    Convention,
    Layout,
    best_assignment,
    find_convention,
    kind_of_answers,
    placement,
    prepare,
)
from mnist_gui.models.importing.model_file import ModelFileError
from tests.models.importing.keras_models import learned_frames, tried_frames

FLAT = Layout.of((784,))


@cache
def fitted(side: int, placing: str):
    """Weights and bias of a logistic regression on frames from 0 to 1, fitted by gradient descent with momentum."""
    frames, labels = learned_frames()
    inputs = prepare(frames, Convention(placing=placing), Layout.of((side**2,)))
    inputs, wanted = np.append(inputs, np.ones((len(inputs), 1), np.float32), axis=1), np.eye(10)[labels]
    weights = step = np.zeros((side**2 + 1, 10), np.float32)
    for _ in range(500):
        error = (softmax(inputs @ weights) - wanted).astype(np.float32) / len(inputs)
        step = 0.9 * step - 0.1 * inputs.T @ error
        weights = weights + step
    weights, bias = weights[:-1], weights[-1]
    return weights, bias


def softmax(rows):
    shares = np.exp(rows - rows.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def network(convention: Convention, layout: Layout):
    """A network that computes the same from its own input as the fitted one from frames from 0 to 1."""
    weights, bias = fitted(layout.side, convention.placing)
    factor, added = convention.scale

    def run(inputs):
        if layout.channel_axis is not None:
            inputs = inputs.mean(axis=layout.channel_axis + 1)
        pictures = ((inputs - added) / factor).reshape(-1, layout.side, layout.side)
        pictures = pictures.swapaxes(1, 2) if convention.is_transposed else pictures
        logits = pictures.reshape(len(inputs), -1) @ weights + bias
        rows = {
            "logits": logits,
            "probabilities": softmax(logits),
            "log-probabilities": np.log(np.maximum(softmax(logits), 1e-30)),
            "scores": 1 / (1 + np.exp(-np.clip(logits, -50, 50))),
        }[convention.answers]
        return rows[:, np.argsort(convention.order)].astype(np.float32)

    return run


def find(convention, layout=FLAT):
    return find_convention(network(convention, layout), layout, *tried_frames())


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("is_dark_on_light", [False, True])
@pytest.mark.parametrize("is_transposed", [False, True])
def test_values_polarity_and_transposition_are_found(values, is_dark_on_light, is_transposed):
    convention = Convention(values, is_dark_on_light, is_transposed)
    found = find(convention)
    assert found.convention == convention
    assert found.frames == 1_000 and found.accuracy > 0.85


@pytest.mark.parametrize("answers", ["probabilities", "logits", "log-probabilities", "scores"])
def test_what_answers_are_is_found(answers):
    assert find(Convention("0 to 255", True, answers=answers)).convention.answers == answers


@pytest.mark.parametrize(
    "order", [(1, 2, 3, 4, 5, 6, 7, 8, 9, 0), (0, 1, 7, 3, 4, 5, 6, 2, 8, 9), tuple(range(9, -1, -1))]
)
def test_order_of_outputs_is_found(order):
    convention = Convention("-1 to 1", order=order, answers="logits")
    found = find(convention)
    assert found.convention == convention
    assert found.accuracy > 0.85


@pytest.mark.parametrize(
    ("shape", "placing"),
    [
        ((28, 28), "as it is"),
        ((28, 28, 1), "as it is"),
        ((1, 28, 28), "as it is"),
        ((784, 1), "as it is"),
        ((28, 28, 3), "as it is"),
        ((3, 32, 32), "padded"),
        ((32, 32, 1), "padded"),
        ((1024,), "resized"),
        ((32, 32, 3), "resized"),
        ((20, 20), "cropped"),
        ((14, 14), "resized"),
        ((0, 0, 1), "as it is"),
    ],
)
def test_shapes_and_placings_are_found(shape, placing):
    convention = Convention("0 to 255", placing=placing, answers="logits")
    assert find(convention, Layout.of(shape)).convention == convention


@pytest.mark.parametrize("shape", [(), (10,), (28, 27), (28, 28, 2), (2, 28, 28), (4, 4), (500, 500), (28, 28, 28)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ModelFileError, match="expected a square picture"):
        Layout.of(shape)


def test_network_for_other_pictures_is_refused_with_what_came_nearest():
    weights = np.random.default_rng(3).normal(size=(784, 10)).astype(np.float32)
    with pytest.raises(ModelFileError, match=r"recognizes only \d\d\.\d\d % of 1,000 training digits.*nearest \("):
        find_convention(lambda inputs: inputs @ weights, FLAT, *tried_frames())


def test_network_that_returns_no_numbers_is_refused():
    with pytest.raises(ModelFileError, match=r"recognizes only 0\.00 %"):
        find_convention(lambda inputs: np.full((len(inputs), 10), np.nan, np.float32), FLAT, *tried_frames())


def test_saturated_answers_do_not_hide_smaller_values():
    # A network without biases answers the same for values 255 times as large, with full confidence.
    weights, _ = fitted(28, "as it is")
    frames, labels = tried_frames()
    right = (frames.reshape(-1, 784) @ weights).argmax(axis=1) == labels
    sure = frames[right], labels[right]
    assert find_convention(lambda inputs: 40 * inputs @ weights, FLAT, *sure).convention.values == "0 to 1"


def test_best_assignment_is_that_of_all_permutations():
    gains = np.random.default_rng(0).integers(0, 100, (6, 6))
    rows = np.arange(6)
    best = max(itertools.permutations(range(6)), key=lambda columns: gains[rows, list(columns)].sum())
    assert gains[rows, list(best_assignment(gains))].sum() == gains[rows, list(best)].sum()


def test_resizing_is_linear_between_centres():
    row = np.arange(28, dtype=np.float32)
    resized = placement("resized", 56) @ row
    np.testing.assert_allclose(resized[1:-1], (np.arange(1, 55) + 0.5) / 2 - 0.5, atol=1e-5)
    assert resized[0] == 0 and resized[-1] == 27


def test_padding_keeps_the_frame_in_the_middle():
    frame = np.random.default_rng(0).random((28, 28)).astype(np.float32)
    matrix = placement("padded", 32)
    np.testing.assert_array_equal(matrix @ frame @ matrix.T, np.pad(frame, 2))


def test_answers_of_zeros_are_scores():
    assert kind_of_answers(np.zeros((3, 10), np.float32)) == "scores"


def test_convention_is_told_in_plain_words():
    convention = Convention("0 to 255", True, True, "padded", "logits", (1, 2, 3, 4, 5, 6, 7, 8, 9, 0))
    assert convention.describe(32) == (
        "0 to 255, dark on light, padded to 32x32, rows and columns exchanged; answers were logits; "
        "its outputs were in the order 9 0 1 2 3 4 5 6 7 8"
    )
    assert Convention.from_json(convention.to_json()) == convention


@pytest.mark.parametrize(
    "changes",
    [{"values": "0 to 2"}, {"order": [0] * 10}, {"order": 3}, {"is_transposed": 1}, {"other": 1}, {"answers": []}],
)
def test_made_up_convention_is_refused(changes):
    with pytest.raises(ValueError, match="the convention has"):
        Convention.from_json({**Convention().to_json(), **changes})
