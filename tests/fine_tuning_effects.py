"""Effects of fine-tuning, made up from what two runs read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mnist_gui.analysis.fine_tuning_effect import Change, FineTuningEffect, UserDigitPredictions
from mnist_gui.digits.dataset import Split
from mnist_gui.metrics import McNemar
from tests.fakes import SURE

MNIST_CHANGE = Change(9933, McNemar(4, 6, 0.754), 10_000)


def effect_of(
    labels: Sequence[int], before: Sequence[int], after: Sequence[int], held_out: int = 0, mnist: Change = MNIST_CHANGE
) -> FineTuningEffect:
    """Return an effect on digits of these labels, read like this before and after; the last ones were held out.

    The digit of index i has a frame whose every pixel is i + 1.
    """
    images = np.arange(1, len(labels) + 1, dtype=np.uint8)[:, None, None] * np.ones((28, 28), np.uint8)
    is_held_out = np.arange(len(labels)) >= len(labels) - held_out
    digits = Split(images, np.array(labels, np.uint8))
    return FineTuningEffect(UserDigitPredictions(digits, is_held_out, SURE[list(before)], SURE[list(after)]), mnist)
