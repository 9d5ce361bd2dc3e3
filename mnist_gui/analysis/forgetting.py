"""What teaching changed: more of the person's own digits right, and what it cost of MNIST."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_gui.analysis.predictions import test_predictions
from mnist_gui.digits.dataset import Dataset
from mnist_gui.models.predictor import LoadedModel
from mnist_gui.models.teaching import Digit
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
class TeachingEffect:
    """What teaching did.

    Attributes
    ----------
    own
        On digits of the person's that were not taught; None where there are none.
    mnist
        On MNIST's test digits.
    """

    own: Change | None
    mnist: Change


def forgetting(
    parent: Run,
    taught: Run,
    held_out: Sequence[Digit],
    dataset: Dataset,
    cache: Path,
    *,
    progress: Callable[[float], bool] = lambda part: True,
) -> TeachingEffect | None:
    """Return what changed from a run to the one that it was taught to become.

    Parameters
    ----------
    held_out
        Frames (28, 28) in [0, 1] with their labels, none of them taught.
    cache
        Folder of predictions, see `mnist_gui.analysis.predictions.predictions`.
    progress
        Called with the part done, 0 to 1; returning False cancels, and None is returned.

    Raises
    ------
    RunError
        A run's model is missing or damaged.
    """
    before = test_predictions(parent, dataset, cache, progress=lambda part: progress(part / 2))
    if before is None:
        return None
    after = test_predictions(taught, dataset, cache, progress=lambda part: progress((1 + part) / 2))
    if after is None:
        return None
    mnist = _change(before, after, dataset.test.labels)
    if not held_out:
        return TeachingEffect(None, mnist)
    frames = np.stack([frame for frame, _ in held_out])
    labels = np.array([label for _, label in held_out])
    own = _change(LoadedModel(parent).probabilities(frames), LoadedModel(taught).probabilities(frames), labels)
    return TeachingEffect(own, mnist)


def _change(before: NDArray[np.float32], after: NDArray[np.float32], labels: NDArray[np.integer]) -> Change:
    right_before, right_after = (int((rows.argmax(axis=1) == labels).sum()) for rows in (before, after))
    return Change(right_before, right_after, len(labels))
