"""The search for the smallest change, on a model that can be seen through."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_gui.analysis.smallest_change import SmallestChange, smallest_change

TOP, BOTTOM = np.s_[6:9, 6:22], np.s_[19:22, 6:22]
SPOT = np.s_[13:15, 12:14]


class TwoBars:
    """Says 3 for ink in the top bar, 8 for ink in the bottom one, and 7 for little ink, the more so without a spot."""

    model = 2

    def __init__(self):
        self.asked = 0

    def probabilities(self, frames):
        self.asked += len(frames)
        logits = np.full((len(frames), 10), -20.0)
        logits[:, 3] = frames[:, *TOP].mean(axis=(1, 2)) * 10
        logits[:, 8] = frames[:, *BOTTOM].mean(axis=(1, 2)) * 10
        logits[:, 7] = 6.0 - 0.6 * frames[:, *SPOT].mean(axis=(1, 2))
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def frame():
    frame = np.zeros((28, 28), np.float32)
    frame[TOP] = 1
    return frame


def test_the_nearest_digit_takes_the_least_ink(frame):
    found = smallest_change(TwoBars(), frame)
    assert (found.digit, found.target) == (3, 7)
    assert TwoBars().probabilities(found.changed[None]).argmax() == 7
    assert not found.added.any()
    assert 0.35 < found.removed_share < 0.6, "4 of the 10 that the bar counts have to go, in whole dabs"


def test_another_digit_on_demand_takes_ink_that_is_added(frame):
    found = smallest_change(TwoBars(), frame, 8)
    assert found.target == 8
    assert TwoBars().probabilities(found.changed[None]).argmax() == 8
    assert found.added[17:24].sum() > 0.9 * found.added.sum()
    assert found.sentences[0].endswith("and it says 8.")


def test_no_dab_is_left_that_the_change_does_not_need(frame):
    # The spot is the first to go, as it speaks most for its ink; what the bar loses then is enough by itself.
    frame[SPOT] = 0.5
    found = smallest_change(TwoBars(), frame)
    assert found.target == 7
    assert not found.removed[SPOT].any()


def test_a_digit_that_cannot_be_reached_is_not_found(frame):
    model = TwoBars()
    assert smallest_change(model, frame, 5) is None
    assert model.asked < 400


def test_the_digit_that_is_predicted_already_and_a_blank_frame_need_no_change(frame):
    assert smallest_change(TwoBars(), frame, 3) is None
    assert smallest_change(TwoBars(), np.zeros((28, 28), np.float32)) is None


def test_there_is_no_digit_ten(frame):
    with pytest.raises(ValueError, match="no digit 10"):
        smallest_change(TwoBars(), frame, 10)


def test_the_same_frame_has_the_same_change(frame):
    first, second = (smallest_change(TwoBars(), frame).changed for _ in range(2))
    assert np.array_equal(first, second)


def test_a_check_that_raises_ends_the_search(frame):
    calls = []

    def check():
        calls.append(None)
        if len(calls) == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        smallest_change(TwoBars(), frame, check=check)
    assert len(calls) == 3


@pytest.mark.parametrize(
    ("removed", "added", "sentence", "short"),
    [
        (9, 0, "Rub out this 9 % of the ink and it says 4.", "Rub out 9 %."),
        (0, 12, "Add 12 % of the ink and it says 4.", "Add 12 %."),
        (9, 12, "Rub out this 9 % of the ink, add 12 % and it says 4.", "Rub out 9 %, add 12 %."),
    ],
)
def test_a_change_is_said_in_plain_words(removed, added, sentence, short):
    frame, changed = np.zeros((2, 28, 28), np.float32)
    frame[0, :20] = frame[1, :20] = frame[2, :20] = frame[3, :20] = frame[4, :20] = 1  # 100 pixels
    changed[:] = frame
    changed[0, :removed] = 0
    changed[10, :added] = 1
    change = SmallestChange(frame, changed, 9, 4)
    assert [text.replace("\u00a0%", " %") for text in change.sentences] == [sentence, short]
