"""Occlusion on a model that can be seen through."""

import numpy as np
import pytest

from mnist_gui.analysis.occlusion import DeletionScore, explain, predict_in_chunks, score_deletion

# TensorFlow and its converter warn of their own affairs at import and export.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::ResourceWarning")

DATA = {"name": "bars", "checksum": "bars-checksum", "validation": {"source": "test", "frames": 60}}
TOP, BOTTOM = np.s_[6:9, 6:22], np.s_[19:22, 6:22]


class BarModel:
    """Says 3 the more surely the more ink is in the top bar, 8 the more is in the bottom one."""

    def __init__(self, model=1, sharpness=0.2):
        self.model = model
        self.sharpness = sharpness
        self.asked = []

    @property
    def frames_asked(self):
        return sum(map(len, self.asked))

    def probabilities(self, frames):
        self.asked.append(frames)
        logits = np.zeros((len(frames), 10))
        logits[:, 3] = self.sharpness * frames[:, *TOP].sum(axis=(1, 2))
        logits[:, 8] = self.sharpness * frames[:, *BOTTOM].sum(axis=(1, 2))
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def frame():
    frame = np.zeros((28, 28), np.float32)
    frame[TOP] = frame[BOTTOM] = 1
    return frame


def test_ink_that_speaks_for_the_digit_is_found_and_so_is_what_speaks_against(frame):
    found = explain(BarModel(), frame).map_for(3)
    assert found.shape == (28, 28)
    assert found.dtype == np.float32
    assert found[TOP].min() > 0.3
    assert found[BOTTOM].max() < -0.3
    assert abs(found[13:15]).max() < 0.1 * found.max(), "where there is no ink, nothing can be wiped"


def test_the_model_is_asked_once_for_every_digit(frame):
    model = BarModel()
    explanation = explain(model, frame)
    asked = model.frames_asked
    assert explanation.map_for(8)[BOTTOM].min() > 0.3
    assert explanation.map_for(8)[TOP].max() < -0.3
    assert model.frames_asked == asked
    with pytest.raises(ValueError, match="no digit 10"):
        explanation.map_for(10)


def test_only_patches_that_touch_ink_are_asked_about(frame):
    model, idle = BarModel(), BarModel()
    explain(model, frame)
    assert model.frames_asked < 60
    blank = explain(idle, np.zeros_like(frame))
    assert idle.frames_asked == 1
    assert not blank.map_for(0).any()


def test_a_model_that_is_almost_certain_still_says_why(frame):
    model = BarModel(sharpness=1.0)
    frame[BOTTOM] = 0
    assert model.probabilities(frame[None])[0, 3] == 1
    found = explain(model, frame).map_for(3)
    assert found[TOP].min() > 1
    assert np.isfinite(explain(model, frame).map_for(0)).all()


def test_a_pale_drawing_is_explained_too(frame):
    assert explain(BarModel(), frame * 0.3).map_for(3)[TOP].min() > 0.05


def test_it_asks_about_a_few_frames_at_a_time_and_can_be_ended_between_them(frame):
    class EnoughError(Exception): ...

    def check():
        if len(model.asked) == 2:
            raise EnoughError

    model = BarModel()
    frames = np.random.default_rng(0).random((61, 28, 28), np.float32)
    assert (predict_in_chunks(model, frames) == BarModel().probabilities(frames)).all()
    assert max(map(len, model.asked)) == 16
    for ended in (lambda: explain(model, frame, check=check), lambda: predict_in_chunks(model, frames, check=check)):
        model.asked.clear()
        with pytest.raises(EnoughError):
            ended()
        assert len(model.asked) == 2


def test_ink_that_the_digit_depends_on_leaves_less_confidence_than_random_ink(frame):
    model = BarModel()
    model.temperature = None
    score = score_deletion(model, frame, explain(model, frame).map_for(3), 3)
    assert len(score.random) == 8
    assert score.marked == min(score.random), "none removes more of the top bar, and one as much"
    assert score.explains and score.may_be_chance
    opposite = score_deletion(model, frame, explain(model, frame).map_for(8), 3)
    assert opposite.marked > 1, "what speaks for 8 speaks against 3"
    assert not opposite.explains
    assert opposite.random == score.random, "the random maps are always the same"


def test_each_deletion_removes_a_tenth_of_the_ink(frame):
    model = BarModel()
    model.temperature = None
    frame[TOP] = 0.5
    score_deletion(model, frame, np.ones((28, 28), np.float32), 3)
    whole, *rest = (asked.sum() for asked in np.concatenate(model.asked))
    assert rest == pytest.approx([0.9 * whole] * 9, rel=1e-5)


def test_a_deletion_score_is_said_in_plain_words_with_the_spread_of_the_random_ones():
    score = DeletionScore(0.312, (0.88, 0.95, 0.99))
    full, short, brief = (text.replace("\u00a0%", " %") for text in score.sentences)
    assert full == (
        "Without the marked tenth of the ink, 31 % of the confidence is left; without a random one, 94 % (88 to 99 %)."
    )
    assert short == "Marked tenth off: 31 % left, random: 88 to 99 %."
    assert brief == "31 % left, random: 88 to 99 %."


@pytest.mark.parametrize(
    ("random", "whole", "spread"),
    [
        ((0.9999, 0.99999), ">99.9 %", ">99.9 %"),
        ((0.98, 25.0), "all (98 % to all)", "98 % to all"),
        ((2, 3), "all", "all"),
    ],
)
def test_a_deletion_score_is_never_all_and_a_rise_is_not_counted(random, whole, spread):
    full, _, brief = (text.replace("\u00a0%", " %") for text in DeletionScore(0.9999, random).sentences)
    assert full.endswith(f"without a random one, {whole}.")
    assert brief == f">99.9 % left, random: {spread}."


@pytest.mark.parametrize(
    ("marked", "explains", "may_be_chance"),
    [(0.5, True, False), (0.6, True, True), (0.7, True, True), (0.75, False, True), (1.2, False, True)],
)
def test_a_map_explains_what_is_below_the_mean_and_surely_what_is_below_all_random_ones(
    marked, explains, may_be_chance
):
    score = DeletionScore(marked, (0.6, 0.7, 0.95))
    assert (score.explains, score.may_be_chance) == (explains, may_be_chance)


def test_a_difference_too_small_to_be_shown_explains_nothing():
    assert not DeletionScore(0.99951, (0.99953, 0.99957)).explains, "all are >99.9 %"
    assert DeletionScore(0.95, (0.97, 0.99)).explains


class GradedModel(BarModel):
    """Says 3 the more surely the more ink is right and low: no two tenths count the same."""

    temperature = None

    def probabilities(self, frames):
        row, column = np.mgrid[:28, :28]
        odds = np.exp(0.002 * (frames * (row + 2 * column)).sum(axis=(1, 2)) - 4)
        others = np.ones((len(frames), 9))
        odds = np.insert(others, 3, odds, axis=1)
        return (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)


def test_a_map_that_finds_what_counts_most_is_no_chance(frame):
    score = score_deletion(GradedModel(), frame, explain(GradedModel(), frame).map_for(3), 3)
    assert score.marked < min(score.random)
    assert score.explains and not score.may_be_chance
