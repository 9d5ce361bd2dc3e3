"""How sure an answer may be: from probabilities to a verdict."""

from __future__ import annotations

from typing import Literal

from mnist_gui.models.predictor import Answer

Verdict = Literal["digit", "uncertain", "not_a_digit", "blank"]


def verdict(answer: Answer | None) -> Verdict:
    """Return what may be said of an answer; None stands for a frame without ink.

    "uncertain" where no digit has more than half of the probability of the three together: all the others
    together are then as likely.
    """
    if answer is None:
        return "blank"
    return "digit" if answer.ensemble.confidence > 0.5 else "uncertain"
