import numpy as np
import pytest

from mnist_gui.analysis import misclassifications
from tests.comparison_data import compared_run

LABELS = [4, 4, 4, 7, 0, 9]
FIRST = compared_run("a", 1, [9, 9, 4, 2, 0, 9], LABELS, [0.5, 0.9, 0.6, 0.7, 0.8, 0.9])
SECOND = compared_run("b", 2, [9, 4, 4, 2, 1, 9], LABELS, [0.9, 0.5, 0.5, 0.99, 0.6, 0.9])


def test_the_most_frequent_come_first_in_words():
    assert misclassifications.confusions_sentence([FIRST]) == "Most frequent: 4 read as 9 (2), 7 read as 2 (1)."
    assert misclassifications.confusions_sentence([FIRST, SECOND]).startswith("Most frequent of 2 runs: ")
    assert [each.text for each in misclassifications.confusions([FIRST, SECOND])] == [
        "4 read as 9 (3)",
        "7 read as 2 (2)",
        "0 read as 1 (1)",
    ]
    assert len(misclassifications.confusions([FIRST, SECOND], limit=1)) == 1
    assert misclassifications.confusions_sentence([compared_run("c", 3, LABELS, LABELS)]) == "No digit is read wrongly."


def test_matrices_and_their_difference():
    assert FIRST.confusion_matrix[4].tolist() == [0, 0, 0, 0, 1, 0, 0, 0, 0, 2]
    difference = FIRST.confusion_matrix - SECOND.confusion_matrix
    assert difference[4, 9] == 1
    assert difference[0, 1] == -1
    assert misclassifications.largest_confusion([FIRST, SECOND]) == 2
    assert misclassifications.largest_confusion([compared_run("c", 3, LABELS, LABELS)]) == 1


def test_the_digits_behind_a_cell():
    assert misclassifications.indices_in_cell(FIRST, 4, 9).tolist() == [0, 1]
    assert misclassifications.indices_in_cell(FIRST, 4, 4).tolist() == [2]


@pytest.mark.parametrize(
    ("found", "places"),
    [
        (misclassifications.misread_by(FIRST), [0, 1, 3]),
        (misclassifications.misread_by_any([FIRST, SECOND]), [0, 1, 3, 4]),
        (misclassifications.misread_by_all([FIRST, SECOND]), [0, 3]),
        (misclassifications.misread_by_one([FIRST, SECOND]), [1, 4]),
        (misclassifications.misread_by_second_only(FIRST, SECOND), [4]),
        (misclassifications.misread_by_second_only(SECOND, FIRST), [1]),
        (misclassifications.least_confident_right([FIRST, SECOND]), [2, 5]),
        (misclassifications.least_confident_right([FIRST, SECOND], limit=1), [2]),
    ],
)
def test_what_a_gallery_shows(found, places):
    assert found.tolist() == places


def test_the_worst_come_first_by_loss_or_by_confidence():
    places = np.array([0, 1, 3])
    assert misclassifications.sort_indices(places, [FIRST], "confidence").tolist() == [1, 3, 0]
    # The loss is of the true digit: at 0.9 sure of another, least is left for it.
    assert misclassifications.sort_indices(places, [FIRST], "loss").tolist() == [1, 3, 0]
    assert misclassifications.sort_indices(places, [SECOND], "loss").tolist() == [3, 0, 1]
    assert misclassifications.sort_indices(np.empty(0, np.intp), [FIRST, SECOND], "loss").tolist() == []


# -- scores of each digit


def test_each_digit_has_its_accuracy_and_one_that_is_missing_says_so():
    found = misclassifications.class_scores(compared_run("a", 1, [3, 3, 5, 4], [3, 3, 3, 4]))
    assert (found[3].right, found[3].count, found[3].recall) == (2, 3, pytest.approx(2 / 3))
    assert found[3].interval.low < 2 / 3 < found[3].interval.high
    assert (found[0].count, found[0].recall) == (0, None)


def test_precision_recall_and_f1_are_those_of_scikit_learn():
    """The values are those of sklearn.metrics.precision_recall_fscore_support(labels, predicted)."""
    labels, predicted = [0, 0, 0, 1, 1, 2, 2, 2, 2, 5], [0, 0, 1, 1, 2, 2, 2, 2, 0, 7]
    found = misclassifications.class_scores(compared_run("a", 1, predicted, labels))
    assert [(each.precision, each.recall, each.f1, each.count) for each in found[:3]] == [
        (pytest.approx(2 / 3), pytest.approx(2 / 3), pytest.approx(2 / 3), 3),
        (pytest.approx(1 / 2), pytest.approx(1 / 2), pytest.approx(1 / 2), 2),
        (pytest.approx(3 / 4), pytest.approx(3 / 4), pytest.approx(3 / 4), 4),
    ]
    # Never answered, though it occurs; answered, though it does not occur; neither.
    assert [(each.precision, each.recall, each.f1) for each in (found[5], found[7], found[9])] == [
        (None, 0.0, 0.0),
        (0.0, None, 0.0),
        (None, None, None),
    ]
    uneven = misclassifications.class_scores(compared_run("b", 1, [4, 4, 4, 4, 9], [4, 9, 9, 9, 9]))
    assert (uneven[4].precision, uneven[4].recall, uneven[4].f1) == (0.25, 1.0, pytest.approx(0.4))
    assert (uneven[9].precision, uneven[9].recall, uneven[9].f1) == (1.0, 0.25, pytest.approx(0.4))
