"""Effect of fine-tuning: the accuracy on the user's digits and on MNIST, before and after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_gui.analysis.prediction_cache import predict_test_set
from mnist_gui.digits.dataset import Dataset, Split
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.models.training.fine_tuning import fine_tuning_digits
from mnist_gui.runs.run import Run
from mnist_gui.wording import percent_number


@dataclass(frozen=True)
class Change:
    """Right predictions of a run and of its fine-tuned copy.

    Attributes
    ----------
    before, after
        Number of right predictions.
    count
        Number of digits.
    """

    before: int
    after: int
    count: int

    @property
    def points(self) -> float:
        """Rise of the accuracy in percentage points."""
        return 100 * (self.after - self.before) / self.count


@dataclass(frozen=True)
class FineTuningEffect:
    """Effect of fine-tuning on three sets of digits.

    Attributes
    ----------
    held_out
        The user's digits that were held out; None where there are none.
    trained
        The user's digits that were trained on, whose accuracy is too optimistic.
    mnist
        MNIST's test digits.
    """

    held_out: Change | None
    trained: Change
    mnist: Change


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
    digits, held_out = fine_tuning_digits(fine_tuned)
    return FineTuningEffect(
        measure_change(parent, fine_tuned, held_out) if len(held_out) else None,
        measure_change(parent, fine_tuned, digits),
        _change(before, after, dataset.test.labels),
    )


def measure_change(parent: Run, fine_tuned: Run, digits: Split) -> Change:
    """Return the change on some digits, at least one.

    Raises
    ------
    RunError
        A run's model is missing or damaged.
    """
    before, after = (LoadedModel(run).probabilities(digits.frames()) for run in (parent, fine_tuned))
    return _change(before, after, digits.labels)


def _change(before: NDArray[np.float32], after: NDArray[np.float32], labels: NDArray[np.integer]) -> Change:
    right_before, right_after = (int((rows.argmax(axis=1) == labels).sum()) for rows in (before, after))
    return Change(right_before, right_after, len(labels))


def effect_sentence(effect: FineTuningEffect) -> str:
    """Return the effect in words: "your digits kept for judging 7 → 10 of 10 right · MNIST test 99.33 → 99.27 %"."""
    if effect.held_out is not None:
        change = effect.held_out
        start = f"your digits kept for judging {change.before} → {change.after} of {change.count} right"
    else:
        change = effect.trained
        start = f"the {change.count} digits it was taught {change.before} → {change.after} right, none kept for judging"
    before, after = (percent_number(right / effect.mnist.count) for right in (effect.mnist.before, effect.mnist.after))
    return f"{start} · MNIST test {before} → {after}\u00a0%"
