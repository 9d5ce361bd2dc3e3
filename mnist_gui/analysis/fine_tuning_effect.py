"""What teaching changed: more of the person's own digits right, and what it cost of MNIST."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_gui.analysis.prediction_cache import test_predictions
from mnist_gui.digits.dataset import Dataset, Split
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.models.training.fine_tuning import fine_tuning_digits
from mnist_gui.runs.run import Run


@dataclass(frozen=True)
class Change:
    """How many of some digits a parent and the run that was taught answer rightly.

    Attributes
    ----------
    before, after
        Right answers.
    count
        Of so many digits.
    """

    before: int
    after: int
    count: int

    @property
    def points(self) -> float:
        """Return by how many percentage points the accuracy rose."""
        return 100 * (self.after - self.before) / self.count


@dataclass(frozen=True)
class FineTuningEffect:
    """What teaching did.

    Attributes
    ----------
    own
        On digits of the person's that were not taught; None where there are none.
    taught
        On those that were: what is learnt by heart, and flatters.
    mnist
        On MNIST's test digits.
    """

    own: Change | None
    taught: Change
    mnist: Change


def fine_tuning_effect_of(
    parent: Run,
    taught: Run,
    dataset: Dataset,
    cache: Path,
    *,
    progress: Callable[[float], bool] = lambda part: True,
) -> FineTuningEffect | None:
    """Return what changed from a run to the one that it was taught to become.

    Parameters
    ----------
    taught
        It holds the digits that it was taught, and those that were held out.
    cache
        Folder of predictions, see `mnist_gui.analysis.prediction_cache.predictions`.
    progress
        Called with the part done, 0 to 1; returning False cancels, and None is returned.

    Raises
    ------
    RunError
        A run's model is missing or damaged.
    """
    done = 0.0  # more than that once the parent's had to be computed, too

    def first_half(part: float) -> bool:
        nonlocal done
        done = 0.5
        return progress(part / 2)

    before = test_predictions(parent, dataset, cache, progress=first_half)
    if before is None:
        return None
    after = test_predictions(taught, dataset, cache, progress=lambda part: progress(done + part * (1 - done)))
    if after is None:
        return None
    digits, held_out = fine_tuning_digits(taught)
    return FineTuningEffect(
        change(parent, taught, held_out) if len(held_out) else None,
        change(parent, taught, digits),
        _change(before, after, dataset.test.labels),
    )


def change(parent: Run, taught: Run, digits: Split) -> Change:
    """Return what changed on some digits, at least one.

    Raises
    ------
    RunError
        A run's model is missing or damaged.
    """
    before, after = (LoadedModel(run).probabilities(digits.frames()) for run in (parent, taught))
    return _change(before, after, digits.labels)


def _change(before: NDArray[np.float32], after: NDArray[np.float32], labels: NDArray[np.integer]) -> Change:
    right_before, right_after = (int((rows.argmax(axis=1) == labels).sum()) for rows in (before, after))
    return Change(right_before, right_after, len(labels))


def effect_sentence(effect: FineTuningEffect) -> str:
    """Return what teaching changed: "your digits 7 → 10 of 10 right · MNIST test 99.33 → 99.27 %"."""
    own = effect.own
    if own is not None:
        words = f"your digits kept for judging {own.before} → {own.after} of {own.count} right"
    else:
        taught = effect.taught
        words = f"the {taught.count} digits it was taught {taught.before} → {taught.after} right, none kept for judging"
    before, after = (100 * right / effect.mnist.count for right in (effect.mnist.before, effect.mnist.after))
    return f"{words} · MNIST test {before:.2f} → {after:.2f}\u00a0%"
