import numpy as np
from scipy import stats

from mnist_gui.analysis.comparison import ensemble
from mnist_gui.analysis.significance import CAVEAT, format_p, headline, pairwise_tests
from tests.comparison_data import compared_run

LABELS = np.zeros(10_000, np.uint8)


def wrong_at(title, model, *places):
    """Return a compared run that is wrong on these of 10,000 digits."""
    predicted = np.zeros(10_000, int)
    predicted[np.r_[places]] = 1
    return compared_run(title, model, predicted, LABELS)


def test_a_small_difference_is_said_to_be_chance_and_p_is_scipys():
    better, worse = wrong_at("A", 3, slice(0, 40), slice(100, 112)), wrong_at("B", 2, slice(0, 40), slice(200, 216))
    (test,) = pairwise_tests([worse, better])
    p = stats.binomtest(12, 28).pvalue
    assert (test.first, test.second) == ("A", "B")
    assert (better.errors, worse.errors) == (52, 56)
    assert test.p == test.adjusted_p == np.float64(test.p)
    assert abs(test.p - p) < 1e-12
    assert not test.is_significant
    assert test.sentence == (
        "Run A of model 3 makes 4 errors fewer than run B of model 2 on 10,000; "
        f"that is indistinguishable from chance, p = {p:.2f}."
    )
    assert "12 digits are wrong only for A, 16 only for B" in test.explanation
    assert f"in {100 * p:.0f} of 100 such comparisons" in test.explanation


def test_a_large_one_is_real_even_among_several_pairs():
    good, bad, middle = wrong_at("A", 1, slice(0, 10)), wrong_at("B", 2, slice(0, 60)), wrong_at("C", 3, slice(0, 30))
    found = pairwise_tests([good, bad, middle])
    assert [(each.first, each.second, each.is_significant) for each in found] == [
        ("A", "B", True),
        ("C", "B", True),
        ("A", "C", True),
    ]
    assert all(each.adjusted_p >= each.p for each in found)
    assert "chance alone would hardly bring that, p < 0.001 (p < 0.001 corrected for 3 pairs)" in found[0].sentence
    assert headline([good, bad, middle], found) == (
        "Run A of model 1 makes the fewest errors, 10 on 10,000 digits. "
        "That is fewer than any other makes, by more than chance would bring."
    )


def test_what_is_real_alone_may_be_chance_among_many_pairs():
    """5 of 5 one way: p = 0.0625 needs no correction; 6 of 6: p = 0.031 is beyond it among three pairs."""
    six, none, other = wrong_at("A", 1, slice(0, 6)), wrong_at("B", 2, slice(0, 0)), wrong_at("C", 3, slice(3, 7))
    found = {(each.first, each.second): each for each in pairwise_tests([six, none, other])}
    pair = found["B", "A"]
    assert pair.p < 0.05 < pair.adjusted_p
    assert "among 3 pairs chance brings such a one easily" in pair.sentence


def test_equals_and_the_very_same_mistakes_are_said():
    first, second = wrong_at("A", 1, slice(0, 5)), wrong_at("B", 2, slice(0, 5))
    (test,) = pairwise_tests([first, second])
    assert test.p == 1
    assert "make as many errors, 5 on 10,000; nothing tells them apart" in test.sentence
    assert test.explanation == "They are wrong on the very same digits."
    assert "make equally few errors" in headline([first, second], [test])


def test_two_runs_without_errors_share_no_mistakes():
    (test,) = pairwise_tests([wrong_at("A", 1, slice(0, 0)), wrong_at("B", 2, slice(0, 0))])
    assert test.explanation == "Both read every digit right."


def test_a_p_value_near_the_level_is_not_called_indistinguishable():
    """17 and 30 of 47: p = 0.079."""
    (test,) = pairwise_tests([wrong_at("A", 1, slice(0, 17)), wrong_at("B", 2, slice(100, 130))])
    assert 0.05 < test.p < 0.1
    assert "that may be chance, p = 0.0" in test.sentence
    assert "indistinguishable" not in test.sentence


def test_the_p_value_that_decides_is_named():
    runs = [wrong_at("A", 1, slice(0, 10)), wrong_at("B", 2, slice(0, 60)), wrong_at("C", 3, slice(0, 30))]
    assert all(each.explanation.endswith("For 3 pairs, the corrected p decides.") for each in pairwise_tests(runs))
    assert "decides" not in pairwise_tests(runs[:2])[0].explanation


def test_few_digits_are_said_to_be_too_few():
    labels = np.zeros(30, int)
    runs = [compared_run("A", 1, labels, labels), compared_run("B", 2, 1 * (np.arange(30) < 1), labels)]
    assert headline(runs, pairwise_tests(runs)).endswith("30 digits are too few to tell good runs apart.")
    runs = [wrong_at("A", 1, slice(0, 10)), wrong_at("B", 2, slice(0, 12))]
    assert "too few" not in headline(runs, pairwise_tests(runs))


def test_several_that_are_level_with_the_best_are_a_list_with_and():
    runs = [wrong_at(name, 1, slice(0, errors)) for name, errors in (("A", 10), ("B", 11), ("C", 12), ("D", 90))]
    assert "Its lead over B and C may be mere chance" in headline(runs, pairwise_tests(runs))


def test_the_headline_says_who_is_level_with_the_best():
    best, level, worse = wrong_at("A", 1, slice(0, 10)), wrong_at("B", 2, slice(0, 12)), wrong_at("C", 3, slice(0, 90))
    text = headline([best, level, worse], pairwise_tests([best, level, worse]))
    assert text.startswith("Run A of model 1 makes the fewest errors, 10 on 10,000 digits.")
    assert "Its lead over B may be mere chance; over the others it is more than chance would bring." in text
    all_level = headline([best, level], pairwise_tests([best, level]))
    assert "no difference to any other is larger than chance would bring" in all_level


def test_runs_together_are_many():
    runs = [wrong_at(name, model, slice(model, 5 * model)) for model, name in ((1, "A"), (2, "B"), (3, "C"))]
    both = ensemble(runs)
    assert any(each.sentence.startswith("The 3 runs together make") for each in pairwise_tests([*runs, both]))


def test_one_run_or_none_is_said():
    alone = wrong_at("A", 1, slice(0, 1))
    assert headline([alone], []) == ("Run A of model 1 makes 1 error on 10,000 digits. Choose a second run to compare.")
    assert "No run answered" in headline([], [])
    assert pairwise_tests([alone]) == []


def test_the_caveat_speaks_of_seeds_and_p_is_short():
    assert "Only several seeds" in CAVEAT
    assert [format_p(p) for p in (0.72, 0.0312, 0.0004, 1.0)] == ["p = 0.72", "p = 0.031", "p < 0.001", "p = 1.00"]
