"""Misclassified digits: the most frequent confusions, scores of each digit, and indices of the digits to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mnist_gui.analysis.comparison import ComparedRun
from mnist_gui.digits.dataset import CLASSES
from mnist_gui.metrics import Interval, wilson_interval

Indices = NDArray[np.intp]  # (n,), of digits of an evaluation set
Order = Literal["loss", "confidence"]


@dataclass(frozen=True)
class Confusion:
    """A digit that was `count` times predicted as another one."""

    true: int
    read_as: int
    count: int

    @property
    def text(self) -> str:
        """The confusion in words: "4 read as 9 (8)"."""
        return f"{self.true} read as {self.read_as} ({self.count})"


def largest_confusion(compared_runs: Sequence[ComparedRun]) -> int:
    """Return the largest count off the diagonals of the runs' confusion matrices, but at least 1."""
    off_diagonal = ~np.eye(CLASSES, dtype=bool)
    return max([1, *(int(compared.confusion_matrix[off_diagonal].max()) for compared in compared_runs)])


def confusion_level(count: int, largest: int) -> float:
    """Return the place of a count on the scale of colours, 0 to 1.

    It is one of square roots: a single mistake is told from none, however many the largest count are.
    """
    return sqrt(min(count, largest) / largest)


def confusions(compared_runs: Sequence[ComparedRun], limit: int = 5) -> tuple[Confusion, ...]:
    """Return the `limit` most frequent confusions of all the runs, the most frequent first."""
    total = np.sum([compared.confusion_matrix for compared in compared_runs], axis=0)
    np.fill_diagonal(total, 0)
    order = np.argsort(-total, axis=None, kind="stable")[:limit]
    found = (Confusion(*divmod(int(cell), CLASSES), int(total.flat[cell])) for cell in order)
    return tuple(confusion for confusion in found if confusion.count)


def confusions_sentence(compared_runs: Sequence[ComparedRun], limit: int = 5) -> str:
    """Return the most frequent confusions: "Most frequent: 4 read as 9 (8), 7 read as 2 (6).".

    For several runs: "Most frequent of 3 runs: ...".
    """
    found = confusions(compared_runs, limit)
    if not found:
        return "No digit is read wrongly."
    whose = f" of {len(compared_runs)} runs" if len(compared_runs) > 1 else ""
    return f"Most frequent{whose}: {', '.join(confusion.text for confusion in found)}."


# -- scores of each digit


@dataclass(frozen=True)
class ClassScores:
    """Scores of one run on one digit, defined as in scikit-learn's ``precision_recall_fscore_support``.

    Attributes
    ----------
    title
        As of the `ComparedRun`.
    digit
        0 to 9.
    right
        Number of right predictions of this digit.
    count
        Number of digits of this class.
    predicted
        Number of predictions of this digit.
    """

    title: str
    digit: int
    right: int
    count: int
    predicted: int

    @property
    def recall(self) -> float | None:
        """Accuracy on the digits of this class, 0 to 1; None without such digits."""
        return self.right / self.count if self.count else None

    @property
    def precision(self) -> float | None:
        """Fraction of the predictions of this digit that are right, 0 to 1; None without such predictions."""
        return self.right / self.predicted if self.predicted else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall, 0 to 1; None without such digits and predictions."""
        return 2 * self.right / (self.count + self.predicted) if self.count + self.predicted else None

    @property
    def interval(self) -> Interval:
        """95 % Wilson interval of the recall."""
        return wilson_interval(self.right, self.count)


def class_scores(compared_run: ComparedRun) -> tuple[ClassScores, ...]:
    """Return the scores of each of the ten digits."""
    matrix = compared_run.confusion_matrix
    columns = (matrix.diagonal().tolist(), matrix.sum(axis=1).tolist(), matrix.sum(axis=0).tolist())
    return tuple(ClassScores(compared_run.title, *scores) for scores in zip(range(CLASSES), *columns, strict=True))


# -- indices of digits


def indices_in_cell(compared_run: ComparedRun, true: int, read_as: int) -> Indices:
    """Return the digits in a cell of a run's confusion matrix."""
    return np.flatnonzero((compared_run.labels == true) & (compared_run.predicted == read_as))


def misread_by(compared_run: ComparedRun) -> Indices:
    """Return the digits that a run misreads."""
    return np.flatnonzero(compared_run.wrong)


def misread_by_any(compared_runs: Sequence[ComparedRun]) -> Indices:
    """Return the digits that at least one run misreads."""
    return np.flatnonzero(np.any([compared.wrong for compared in compared_runs], axis=0))


def misread_by_all(compared_runs: Sequence[ComparedRun]) -> Indices:
    """Return the digits that all runs misread."""
    return np.flatnonzero(np.all([compared.wrong for compared in compared_runs], axis=0))


def misread_by_one(compared_runs: Sequence[ComparedRun]) -> Indices:
    """Return the digits that exactly one run misreads."""
    return np.flatnonzero(np.sum([compared.wrong for compared in compared_runs], axis=0) == 1)


def misread_by_second_only(first: ComparedRun, second: ComparedRun) -> Indices:
    """Return the digits that the second run misreads and the first does not."""
    return np.flatnonzero(~first.wrong & second.wrong)


def least_confident_right(compared_runs: Sequence[ComparedRun], limit: int = 200) -> Indices:
    """Return at most `limit` digits that all runs read right, those of the lowest mean confidence first."""
    right = np.flatnonzero(~np.any([compared.wrong for compared in compared_runs], axis=0))
    return sort_indices(right, compared_runs, "confidence")[::-1][:limit]


def sort_indices(indices: Indices, compared_runs: Sequence[ComparedRun], by: Order) -> Indices:
    """Return indices sorted by a mean over the runs, the largest first; equal ones keep their order.

    Parameters
    ----------
    by
        "loss", the cross-entropy of the true digit, or "confidence", the probability of the predicted one.
    """
    columns = [compared.losses if by == "loss" else compared.confidence for compared in compared_runs]
    means = np.mean([column[indices] for column in columns], axis=0, dtype=np.float64)
    return indices[np.argsort(-means, kind="stable")]
