"""Effect of fine-tuning: how the user's digits and MNIST's are predicted, before and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_gui.analysis.prediction_cache import predict_test_set
from mnist_gui.analysis.significance import LEVEL
from mnist_gui.digits.dataset import Dataset, Split
from mnist_gui.metrics import Interval, McNemar, mcnemar, paired_difference_interval
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.models.training.fine_tuning import fine_tuning_digits
from mnist_gui.runs.run import Run
from mnist_gui.wording import listing, percent_number, plural

NOTHING_TO_GAIN = "your hand was read already, nothing to gain"


@dataclass(frozen=True)
class Change:
    """Right predictions of a run and of its fine-tuned copy for the same digits.

    Attributes
    ----------
    before
        Number of right predictions of the run.
    test
        McNemar's test of the two; the first is the run, the second its copy.
    count
        Number of digits.
    """

    before: int
    test: McNemar
    count: int

    @classmethod
    def of(cls, before: NDArray[np.floating], after: NDArray[np.floating], labels: NDArray[np.integer]) -> Change:
        """Return the change from two arrays of (N, 10) probabilities and (N,) true digits, N at least 1."""
        wrong_before, wrong_after = (rows.argmax(axis=1) != labels for rows in (before, after))
        return cls(int((~wrong_before).sum()), mcnemar(wrong_before, wrong_after), len(labels))

    @property
    def after(self) -> int:
        """Number of right predictions of the copy."""
        return self.before + self.test.only_first - self.test.only_second

    @property
    def points(self) -> float:
        """Rise of the accuracy in percentage points."""
        return 100 * (self.after - self.before) / self.count

    @property
    def interval(self) -> Interval:
        """95 % interval of `points`."""
        bounds = paired_difference_interval(self.test.only_first, self.test.only_second, self.count)
        return Interval(100 * bounds.low, 100 * bounds.high)


@dataclass(frozen=True, eq=False)
class UserDigitPredictions:
    """The user's digits as a run and its fine-tuned copy predict them.

    Attributes
    ----------
    digits
        Those that the copy was trained on, followed by those that were held out.
    is_held_out
        Whether each was held out, (N,).
    before, after
        (N, 10) probabilities as in the Draw tab: calibrated where the run is.
    """

    digits: Split
    is_held_out: NDArray[np.bool_]
    before: NDArray[np.float32]
    after: NDArray[np.float32]

    @cached_property
    def is_misread(self) -> NDArray[np.bool_]:
        """Whether each digit is misread before or after, (N,)."""
        wrong = [rows.argmax(axis=1) != self.digits.labels for rows in (self.before, self.after)]
        return np.asarray(wrong[0] | wrong[1])

    def change(self, chosen: NDArray[np.bool_]) -> Change:
        """Return the change on some digits, at least one."""
        return Change.of(self.before[chosen], self.after[chosen], self.digits.labels[chosen])


@dataclass(frozen=True, eq=False)
class FineTuningEffect:
    """Effect of fine-tuning on the user's digits and on MNIST's test digits.

    Attributes
    ----------
    own
        The user's digits.
    mnist
        MNIST's test digits.
    """

    own: UserDigitPredictions
    mnist: Change

    @cached_property
    def held_out(self) -> Change | None:
        """The change on the user's digits that were held out; None where there are none."""
        held_out = self.own.is_held_out
        return self.own.change(held_out) if held_out.any() else None

    @cached_property
    def trained(self) -> Change:
        """The change on the user's digits that were trained on, whose accuracy is too optimistic."""
        return self.own.change(~self.own.is_held_out)

    @property
    def had_nothing_to_gain(self) -> bool:
        """Whether the run predicted all of the user's digits right before."""
        return all(change is None or change.before == change.count for change in (self.held_out, self.trained))


def measure_fine_tuning_effect(
    parent: Run,
    fine_tuned: Run,
    dataset: Dataset,
    cache: Path,
    *,
    progress: Callable[[float], bool] = lambda fraction: True,
) -> FineTuningEffect | None:
    """Return the effect of the fine-tuning by which a run was made from its parent; None if cancelled.

    Parameters
    ----------
    fine_tuned
        A run that holds its fine-tuning digits.
    cache
        Folder of predictions, see `mnist_gui.analysis.prediction_cache.predictions`.
    progress
        Called with the fraction done, 0 to 1; returning False cancels.

    Raises
    ------
    RunError
        A run's model is missing or damaged.
    """
    start = 0.0  # 0.5 where the parent's predictions were not cached

    def parent_progress(fraction: float) -> bool:
        nonlocal start
        start = 0.5
        return progress(fraction / 2)

    before = predict_test_set(parent, dataset, cache, progress=parent_progress)
    if before is None:
        return None
    after = predict_test_set(
        fine_tuned, dataset, cache, progress=lambda fraction: progress(start + fraction * (1 - start))
    )
    if after is None:
        return None
    return FineTuningEffect(
        predict_user_digits(parent, fine_tuned, *fine_tuning_digits(fine_tuned)),
        Change.of(before, after, dataset.test.labels),
    )


def predict_user_digits(parent: Run, fine_tuned: Run, trained: Split, held_out: Split) -> UserDigitPredictions:
    """Return the predictions of two runs for digits that were trained on, at least one, and for held-out ones.

    Raises
    ------
    RunError
        A run's model is missing or damaged.
    """
    digits = Split(np.concatenate([trained.images, held_out.images]), np.concatenate([trained.labels, held_out.labels]))
    before, after = (
        np.stack([prediction.probabilities for prediction in LoadedModel(run).predictions(digits.frames())])
        for run in (parent, fine_tuned)
    )
    return UserDigitPredictions(digits, np.arange(len(digits)) >= len(trained), before, after)


def measure_change(parent: Run, fine_tuned: Run, digits: Split) -> Change:
    """Return the change on some digits, at least one; raise as `predict_user_digits`."""
    own = predict_user_digits(parent, fine_tuned, digits, digits[:0])
    return own.change(~own.is_held_out)


def count_misread(run: Run, digits: Split) -> int:
    """Return how many of the digits, at least one, a run misreads; raise `RunError` if its model is not usable."""
    return int((LoadedModel(run).probabilities(digits.frames()).argmax(axis=1) != digits.labels).sum())


def misread_sentence(counts: Mapping[str, int], total: int) -> str:
    """Return in words how many of the user's digits each run, by title, misreads before it is taught; empty without."""
    if not counts:
        return ""
    if not any(counts.values()):
        return f"{NOTHING_TO_GAIN[0].upper()}{NOTHING_TO_GAIN[1:]}: {plural(total, 'digit')}, all right."
    misread = listing([f"{title} misreads {count or 'none'}" for title, count in counts.items()])
    return f"Of your {plural(total, 'digit')}, {misread}."


def effect_sentence(effect: FineTuningEffect) -> str:
    """Return the effect in words: "your digits kept for judging 7 → 10 of 10 right", and the `mnist_change`."""
    if effect.had_nothing_to_gain:
        start = NOTHING_TO_GAIN
    elif effect.held_out is not None:
        change = effect.held_out
        start = f"your digits kept for judging {change.before} → {change.after} of {change.count} right"
    else:
        change = effect.trained
        start = f"the {change.count} digits it was taught {change.before} → {change.after} right, none kept for judging"
    return f"{start} · {mnist_change(effect.mnist)}"


def short_effect_sentence(effect: FineTuningEffect) -> str:
    """Return the effect in as few words as possible: "Judged 7 → 10 of 10 right · MNIST 99.33 → 99.31 %: ..."."""
    if effect.had_nothing_to_gain:
        start = "Read already"
    else:
        change, kind = (effect.trained, "Taught") if effect.held_out is None else (effect.held_out, "Judged")
        start = f"{kind} {change.before} → {change.after} of {change.count} right"
    return f"{start} · MNIST {_accuracies(effect.mnist)}: {_chance(effect.mnist)}"


def mnist_change(change: Change) -> str:
    """Return the change on MNIST's test digits in words.

    "MNIST test 99.33 → 99.31 % (\u22120.08 to +0.04 points): may be chance"
    """
    low, high = (_signed(bound) for bound in (change.interval.low, change.interval.high))
    return f"MNIST test {_accuracies(change)} ({low} to {high} points): {_chance(change)}"


def _accuracies(change: Change) -> str:
    before, after = (percent_number(right / change.count) for right in (change.before, change.after))
    return f"{before} → {after}\u00a0%"


def _chance(change: Change) -> str:
    """Return whether the change may be chance, in words."""
    if change.before == change.after:
        return "no change"
    return "may be chance" if change.test.p >= LEVEL else "more than chance would bring"


def _signed(points: float) -> str:
    return f"{points:+.2f}".replace("-", "\u2212")
