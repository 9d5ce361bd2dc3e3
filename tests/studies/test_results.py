import numpy as np
import pytest

from mnist_gui.models.recipes import FAST
from mnist_gui.studies.plan import Group
from mnist_gui.studies.results import GroupResult, StudyResult, compare_groups, learning_curves

DIGITS = 5_000


def group(model, counts, settings=()):
    """A group with one run for each count, which misreads that number of digits, the first ones."""
    errors = np.stack([np.arange(DIGITS) < count for count in counts])
    return GroupResult(Group(model, FAST, settings), tuple(range(1, len(counts) + 1)), errors, None)


def result(groups, pairs):
    return StudyResult("seeds", "seeds", "fast", tuple(groups), tuple(pairs), (), (), (), 6, 6)


def test_a_large_difference_is_real_and_a_small_one_may_be_chance():
    groups = [group(1, [100, 104, 102]), group(2, [40, 43, 41]), group(3, [40, 46, 41])]
    pairs = compare_groups(groups)
    assert [(pair.better, pair.worse, pair.is_significant) for pair in pairs] == [
        ("Model 2", "Model 1", True),
        ("Model 3", "Model 1", True),
        ("Model 2", "Model 3", False),
    ]
    assert "makes 121 fewer errors in 10,000 than" in pairs[0].sentence
    assert pairs[0].sentence.endswith("a real difference.")
    assert "may be chance" in pairs[2].sentence
    assert result(groups, pairs).headline == (
        "Two of three differences are real. Model 2 makes the fewest errors, but whether fewer than Model 3 "
        "is not known yet."
    )


def test_no_answer_is_promised_where_more_seeds_would_not_give_it():
    groups = [group(1, [100, 100, 100]), group(2, [60, 60, 60]), group(3, [59, 60, 59])]
    pairs = compare_groups(groups)
    assert pairs[-1].seeds_needed is None
    assert result(groups, pairs).headline.endswith(
        "Model 3 makes the fewest errors, but whether fewer than Model 2 takes more test digits to tell."
    )


def test_more_seeds_are_asked_for_than_did_not_tell_two_groups_apart():
    """Where p is corrected for 28 pairs, so is the number of seeds, and no pair needs fewer than one before it."""
    rng = np.random.default_rng(5)
    groups = [
        GroupResult(Group(1, FAST, (("batch_size", 2**index),)), (1, 2, 3), errors, None)
        for index, errors in enumerate(rng.random((8, 3, DIGITS)) < np.linspace(0.02, 0.03, 8)[:, None, None])
    ]
    pairs = compare_groups(groups)
    doubtful = [pair for pair in pairs if pair.test.p < 0.05 <= pair.adjusted_p]
    assert doubtful, "the correction matters"
    assert all(pair.seeds_needed is None or pair.seeds_needed > 3 for pair in pairs if not pair.is_significant)
    needed = [pair.seeds_needed or 10_000 for pair in pairs]
    assert needed == sorted(needed)
    assert "corrected for 28 pairs): may be chance" in doubtful[0].sentence


def test_one_difference_is_told_without_a_number():
    groups = [group(1, [100, 104, 102]), group(2, [40, 43, 41])]
    assert result(groups, compare_groups(groups)).headline == (
        "The difference is real. Model 2 makes the fewest errors."
    )


def test_groups_of_one_seed_are_not_compared():
    groups = [group(1, [100]), group(2, [40, 43])]
    assert compare_groups(groups) == []
    assert result(groups, []).headline.startswith("Nothing can be compared yet")
    assert groups[0].summary == "Model 1: 98.00 %, one seed, so no spread is known"


def test_more_frames_give_a_learning_curve():
    """Error rates that halve with four times as many frames: frames to the power of -1/2."""
    groups = [group(2, [count], (("frames", frames),)) for frames, count in ((1_000, 400), (4_000, 200), (16_000, 100))]
    (curve,) = learning_curves(groups)
    assert curve.title == "Model 2"
    assert curve.exponent == pytest.approx(-0.5)
    assert curve(64_000) == pytest.approx(0.01)
    assert curve.sentence == "Model 2: twice as many frames leave 71 % of the errors."
    assert learning_curves(groups[:2]) == []
