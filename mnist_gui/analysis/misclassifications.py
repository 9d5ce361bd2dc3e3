"""Where runs fail: the most frequent confusions, the matrices, and the digits behind them, as places in the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mnist_gui.analysis.comparison import ComparedRun
from mnist_gui.digits.dataset import CLASSES
from mnist_gui.metrics import Interval, confusion_matrix, wilson_interval

Places = NDArray[np.intp]
Order = Literal["loss", "confidence"]


@dataclass(frozen=True)
class Confusion:
    """One digit taken for another so many times."""

    true: int
    read_as: int
    count: int

    @property
    def words(self) -> str:
        """Return "4 read as 9 (8)"."""
        return f"{self.true} read as {self.read_as} ({self.count})"


@dataclass(frozen=True)
class ClassScores:
    """How well one run reads one digit, as scikit-learn's ``precision_recall_fscore_support`` defines it.

    Attributes
    ----------
    title
        As of the `ComparedRun`.
    digit
        0 to 9.
    right
        Right answers.
    count
        Evaluated digits of this class.
    predicted
        Answers that name this digit.
    """

    title: str
    digit: int
    right: int
    count: int
    predicted: int

    @property
    def recall(self) -> float | None:
        """Share of these digits that is read right, 0 to 1: the accuracy on them. None where there are none."""
        return self.right / self.count if self.count else None

    @property
    def precision(self) -> float | None:
        """Share of the answers naming this digit that is right, 0 to 1; None where there are none."""
        return self.right / self.predicted if self.predicted else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall, 0 to 1; None where there are neither digits nor answers."""
        return 2 * self.right / (self.count + self.predicted) if self.count + self.predicted else None

    @property
    def interval(self) -> Interval:
        """95 % Wilson interval of the recall."""
        return wilson_interval(self.right, self.count)


def class_scores(compared_run: ComparedRun) -> tuple[ClassScores, ...]:
    """Return the scores of each of the ten digits."""
    counts = matrix(compared_run)
    columns = (counts.diagonal().tolist(), counts.sum(axis=1).tolist(), counts.sum(axis=0).tolist())
    return tuple(ClassScores(compared_run.title, *scores) for scores in zip(range(CLASSES), *columns, strict=True))


def matrix(compared_run: ComparedRun) -> NDArray[np.int64]:
    """Return how often each true digit (row) was read as each (column): (10, 10)."""
    return confusion_matrix(compared_run.predicted, compared_run.labels, CLASSES)


def matrix_difference(first: ComparedRun, second: ComparedRun) -> NDArray[np.int64]:
    """Return the first's matrix less the second's: above 0 where the first has more of that answer."""
    return matrix(first) - matrix(second)


def largest_confusion(compared_runs: Sequence[ComparedRun]) -> int:
    """Return the largest count off the diagonal of any matrix, the end of a scale that they share; at least 1."""
    off = ~np.eye(CLASSES, dtype=bool)
    return max([1, *(int(matrix(each)[off].max()) for each in compared_runs)])


def confusions(compared_runs: Sequence[ComparedRun], most: int = 5) -> tuple[Confusion, ...]:
    """Return the most frequent confusions of one compared run, or of several added up; the most frequent first."""
    total = np.sum([matrix(each) for each in compared_runs], axis=0)
    np.fill_diagonal(total, 0)
    order = np.argsort(-total, axis=None, kind="stable")[:most]
    found = [(*divmod(int(cell), CLASSES), int(total.flat[cell])) for cell in order]
    return tuple(Confusion(*each) for each in found if each[2])


def confusions_sentence(compared_runs: Sequence[ComparedRun], most: int = 5) -> str:
    """Return "Most frequent: 4 read as 9 (8), 7 read as 2 (6)."; what is said where nothing is wrong."""
    found = confusions(compared_runs, most)
    if not found:
        return "No digit is read wrongly."
    return f"Most frequent: {', '.join(each.words for each in found)}."


def behind(compared_run: ComparedRun, true: int, read_as: int) -> Places:
    """Return the digits behind a cell of a matrix."""
    return np.flatnonzero((compared_run.labels == true) & (compared_run.predicted == read_as))


# -- what a gallery shows


def wrong(compared_run: ComparedRun) -> Places:
    """Return what one compared run reads wrongly."""
    return np.flatnonzero(compared_run.wrong)


def wrong_by_any(compared_runs: Sequence[ComparedRun]) -> Places:
    """Return what at least one reads wrongly."""
    return np.flatnonzero(np.any([each.wrong for each in compared_runs], axis=0))


def wrong_by_all(compared_runs: Sequence[ComparedRun]) -> Places:
    """Return what all read wrongly."""
    return np.flatnonzero(np.all([each.wrong for each in compared_runs], axis=0))


def wrong_by_one(compared_runs: Sequence[ComparedRun]) -> Places:
    """Return what exactly one reads wrongly, whichever."""
    return np.flatnonzero(np.sum([each.wrong for each in compared_runs], axis=0) == 1)


def right_and_wrong(right: ComparedRun, wrong: ComparedRun) -> Places:
    """Return what the first reads rightly and the second wrongly."""
    return np.flatnonzero(~right.wrong & wrong.wrong)


def unsure_but_right(compared_runs: Sequence[ComparedRun], most: int = 200) -> Places:
    """Return what all read rightly, those first of which they are least sure on average; at most so many."""
    right = np.flatnonzero(~np.any([each.wrong for each in compared_runs], axis=0))
    return ordered(right, compared_runs, "confidence")[::-1][:most]


def ordered(places: Places, compared_runs: Sequence[ComparedRun], by: Order) -> Places:
    """Return places sorted by the mean over the compared runs, the worst first; equals in the data's order.

    "loss" is the cross-entropy: the worst are those whose true digit was thought least likely. "confidence" is that of
    the digit that was named: the worst are those of which the answers were surest, so that mistakes made with
    confidence come first.
    """
    columns = [each.losses if by == "loss" else each.confidence.astype(np.float64) for each in compared_runs]
    badness = np.mean([column[places] for column in columns], axis=0)
    return places[np.argsort(-badness, kind="stable")]
