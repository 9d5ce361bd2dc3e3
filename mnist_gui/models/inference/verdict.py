"""What may be said of an answer."""

from __future__ import annotations

from typing import Literal

from mnist_gui.models.inference.predictor import Answer

Verdict = Literal["digit", "uncertain", "not_a_digit", "blank"]

# Fixed by tools/digit_detector/train.py: 0.3 % of the 5,000 training frames held out are less like a digit.
LEAST_LIKENESS = 0.06
# All other digits together are then as likely.
LEAST_CONFIDENCE = 0.5


def verdict(answer: Answer | None) -> Verdict:
    """Return what may be said of an answer; None stands for a frame without ink.

    "not_a_digit" where hardly a digit looks so to the detector; "uncertain" where no digit has more than half of the
    probability of the three models together.
    """
    if answer is None:
        return "blank"
    if answer.likeness < LEAST_LIKENESS:
        return "not_a_digit"
    return "digit" if answer.ensemble.confidence > LEAST_CONFIDENCE else "uncertain"
