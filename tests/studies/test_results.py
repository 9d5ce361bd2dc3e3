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
        ("Model 2, fast", "Model 1, fast", True),
        ("Model 3, fast", "Model 1, fast", True),
        ("Model 2, fast", "Model 3, fast", False),
    ]
    assert "makes 121 fewer errors in 10,000 than" in pairs[0].sentence
    assert pairs[0].sentence.endswith("a real difference.")
    assert "may be chance" in pairs[2].sentence
    assert result(groups, pairs).headline == (
        "Two of three differences are real. Model 2, fast makes the fewest errors, but whether fewer than Model 3, "
        "fast is not known yet."
    )


def test_no_answer_is_promised_where_more_seeds_would_not_give_it():
    groups = [group(1, [100, 100, 100]), group(2, [60, 60, 60]), group(3, [59, 60, 59])]
    pairs = compare_groups(groups)
    assert pairs[-1].seeds_needed is None
    assert result(groups, pairs).headline.endswith(
        "Model 3, fast makes the fewest errors, but whether fewer than Model 2, fast cannot be told on these digits."
    )


def test_one_difference_is_told_without_a_number():
    groups = [group(1, [100, 104, 102]), group(2, [40, 43, 41])]
    assert result(groups, compare_groups(groups)).headline == (
        "The difference is real. Model 2, fast makes the fewest errors."
    )


def test_groups_of_one_seed_are_not_compared():
    groups = [group(1, [100]), group(2, [40, 43])]
    assert compare_groups(groups) == []
    assert result(groups, []).headline.startswith("Nothing can be compared yet")
    assert groups[0].summary == "Model 1, fast: 98.00 %, one seed, so no spread is known"


def test_more_frames_give_a_learning_curve():
    """Error rates that halve with four times as many frames: frames to the power of -1/2."""
    groups = [group(2, [count], (("frames", frames),)) for frames, count in ((1_000, 400), (4_000, 200), (16_000, 100))]
    (curve,) = learning_curves(groups)
    assert curve.title == "Model 2, fast"
    assert curve.exponent == pytest.approx(-0.5)
    assert curve(64_000) == pytest.approx(0.01)
    assert curve.sentence == "Model 2, fast: twice as many frames leave 71 % of the errors."
    assert learning_curves(groups[:2]) == []
