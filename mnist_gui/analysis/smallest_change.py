"""The smallest change of the ink, in dabs of a pen or an eraser, that makes a model predict another digit.

A counterfactual explanation (Wachter, Mittelstadt and Russell, Harvard Journal of Law & Technology 31(2), 2018). The
change is made of dabs about as wide as the strokes, so that it is ink that a user could have drawn or left out, and not
the noise that fools a network. The search is greedy, so that a smaller change may exist.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mnist_gui.analysis.occlusion import TINY, no_check, predict_in_chunks
from mnist_gui.digits.dataset import CLASSES, FRAME_SIDE
from mnist_gui.digits.stroke_width import stroke_width
from mnist_gui.models.inference.predictor import LoadedModel

# Pixels between the centres of dabs.
STRIDE = 2
# Distance in pixels from the ink within which the search for the nearest digit adds dabs; for a chosen one, everywhere.
REACH = 3.0
# Dabs tried at each step, those that promised most at the last trial.
TRIED = 8
# Steps after which the search gives up.
MAX_DABS = 14
# Digits for which the nearest change is searched: those that the first dabs bring nearest.
NEAREST = 2
# Fraction of the ink that is added to the cost of a dab, so that a strong dab is preferred to many faint ones.
DAB_COST = 0.01
# A dab that changes less than this fraction of the ink is not tried. A limit of 0.003 took a tenth more frames for no
# less ink (60 held-out training digits, models 1 and 3).
MIN_CHANGE = 0.01

Frames = NDArray[np.float32]


@dataclass(frozen=True)
class SmallestChange:
    """A change of a frame that makes a model predict another digit.

    Attributes
    ----------
    frame, changed
        (28, 28) float32 in [0, 1], before and after.
    digit, target
        What the model predicts for them.
    """

    frame: Frames
    changed: Frames
    digit: int
    target: int

    @cached_property
    def removed(self) -> Frames:
        """(28, 28) float32 in [0, 1]: the ink that is rubbed out."""
        return np.asarray(np.maximum(self.frame - self.changed, 0), np.float32)

    @cached_property
    def added(self) -> Frames:
        """(28, 28) float32 in [0, 1]: the ink that is added."""
        return np.asarray(np.maximum(self.changed - self.frame, 0), np.float32)

    @property
    def removed_share(self) -> float:
        """Ink that is rubbed out, as a fraction of all ink."""
        return float(self.removed.sum() / self.frame.sum())

    @property
    def added_share(self) -> float:
        """Ink that is added, as a fraction of all ink; may exceed 1."""
        return float(self.added.sum() / self.frame.sum())

    @property
    def sentences(self) -> tuple[str, ...]:
        """The change, from all words to the fewest: "Rub out this 9 % of the ink and it says 4.", "Rub out 9 %."."""
        parts = []
        if self.removed.any():
            parts.append(f"rub out this {_whole_percent(self.removed_share)} of the ink")
        if self.added.any():
            parts.append(f"add {_whole_percent(self.added_share)}" + ("" if parts else " of the ink"))
        shares = (("rub out", self.removed_share), ("add", self.added_share))
        brief = [f"{verb} {_whole_percent(share)}" for verb, share in shares if share > 0]
        return f"{_sentence(parts)} and it says {self.target}.", f"{_sentence(brief)}."


def _whole_percent(share: float) -> str:
    return f"{max(round(100 * share), 1)}\u00a0%"


def _sentence(parts: list[str]) -> str:
    words = ", ".join(parts)
    return f"{words[0].upper()}{words[1:]}"


def smallest_change(
    model: LoadedModel, frame: Frames, target: int | None = None, *, check: Callable[[], None] = no_check
) -> SmallestChange | None:
    """Return the smallest change found that makes a model predict another digit, or None.

    Deterministic.

    Parameters
    ----------
    model
        Used by this thread only.
    frame
        (28, 28) in [0, 1].
    target
        The digit that the model is to predict; None for the one that takes least ink.
    check
        See `predict_in_chunks`.

    Raises
    ------
    ValueError
        There is no such digit.
    """
    if target is not None and target not in range(CLASSES):
        raise ValueError(f"There is no digit {target!r}; expected 0 to {CLASSES - 1}.")
    search = _Search(model, frame, REACH if target is None else math.inf, check)
    if not frame.any() or target == search.digit:
        return None
    targets = search.nearest() if target is None else [target]
    found = [(cost, changed, digit) for digit in targets for cost, changed in search.reach(digit)]
    if not found:
        return None
    _, changed, digit = min(found, key=lambda change: change[0])
    return SmallestChange(frame, changed, search.digit, digit)


class _Search:
    """Search for changes of one frame; D dabs, of which each rubs out or adds ink."""

    def __init__(self, model: LoadedModel, frame: Frames, reach: float, check: Callable[[], None]) -> None:
        self._model, self._frame, self._check = model, frame, check
        self._ink = max(float(frame.sum()), TINY)
        self._masks, self._adds = _dabs(frame, reach)
        singles = self._apply(np.eye(len(self._masks), dtype=bool))
        first = self._predict(np.concatenate([frame[None], singles]))
        self.digit = int(first[0].argmax())
        self._start, self._single, self._single_costs = first[0], first[1:], self._cost(singles)

    def nearest(self) -> list[int]:
        """Return the digits that take least ink if the effects of single dabs add up."""
        costs = self._single_costs
        estimates = {}
        for target in set(range(CLASSES)) - {self.digit}:
            before = _margin(self._start[None], target)[0]
            gains = _margin(self._single, target) - before
            order = np.argsort(-gains / costs, kind="stable")
            order = order[gains[order] > 0]
            enough = np.flatnonzero(np.cumsum(gains[order]) >= -before)
            estimates[target] = costs[order][: enough[0] + 1].sum() if len(enough) else math.inf
        return sorted(estimates, key=lambda digit: estimates[digit])[:NEAREST]

    def reach(self, target: int) -> list[tuple[float, Frames]]:
        """Return the cost and the frame of a change to a digit in a list, which is empty if none is found."""
        chosen = np.zeros(len(self._masks), bool)
        margin, cost = _margin(self._start[None], target)[0], DAB_COST
        promise = (_margin(self._single, target) - margin) / self._single_costs
        for _ in range(min(MAX_DABS, len(chosen))):
            tried = np.argsort(np.where(chosen, math.inf, -promise), kind="stable")[:TRIED]
            tried = tried[~chosen[tried]]
            trials = np.repeat(chosen[None], len(tried), axis=0)
            trials[np.arange(len(tried)), tried] = True
            margins, costs = self._judge(trials, target)
            if (margins > 0).any():
                return [self._prune(trials[np.where(margins > 0, costs, math.inf).argmin()], target)]
            promise[tried] = (margins - margin) / (np.maximum(costs - cost, 0) + DAB_COST)
            best = int(promise[tried].argmax())
            if margins[best] <= margin:
                return []
            chosen, margin, cost = trials[best], margins[best], costs[best]
        return []

    def _prune(self, chosen: NDArray[np.bool_], target: int) -> tuple[float, Frames]:
        """Return the cost and the frame of a change without the dabs that it does not need."""
        while chosen.sum() > 1:
            trials = np.repeat(chosen[None], chosen.sum(), axis=0)
            trials[np.arange(len(trials)), np.flatnonzero(chosen)] = False
            margins, costs = self._judge(trials, target)
            if not (margins > 0).any():
                break
            chosen = trials[np.where(margins > 0, costs, math.inf).argmin()]
        changed = self._apply(chosen[None])
        return float(self._cost(changed)[0]), changed[0]

    def _judge(self, choices: NDArray[np.bool_], target: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        frames = self._apply(choices)
        return _margin(self._predict(frames), target), self._cost(frames)

    def _apply(self, choices: NDArray[np.bool_]) -> Frames:
        """Return the (N, 28, 28) frames with the dabs of (N, D) choices; what is added is not rubbed out again."""
        frames = np.empty((len(choices), FRAME_SIDE, FRAME_SIDE), np.float32)
        for frame, choice in zip(frames, choices, strict=True):
            rubbed = self._masks[choice & ~self._adds].max(axis=0, initial=0)
            added = self._masks[choice & self._adds].max(axis=0, initial=0)
            frame[:] = np.maximum(self._frame * (1 - rubbed), added * self._frame.max())
        return frames

    def _cost(self, frames: Frames) -> NDArray[np.float64]:
        """Return the fraction of the ink that each frame changes, and the cost of one dab."""
        return np.asarray(np.abs(frames - self._frame).sum(axis=(1, 2), dtype=np.float64) / self._ink + DAB_COST)

    def _predict(self, frames: Frames) -> NDArray[np.float32]:
        return predict_in_chunks(self._model, frames, check=self._check)


def _margin(probabilities: NDArray[np.float32], target: int) -> NDArray[np.float64]:
    """Return by how much the log-probability of a digit exceeds that of the most probable other one."""
    logarithms = np.log(np.maximum(probabilities.astype(np.float64), TINY))
    return np.asarray(logarithms[:, target] - np.delete(logarithms, target, axis=1).max(axis=1))


def _dabs(frame: Frames, reach: float) -> tuple[Frames, NDArray[np.bool_]]:
    """Return (D, 28, 28) soft-edged discs of the width of the strokes, 0 to 1, and which of them add ink."""
    radius = max(stroke_width(frame) / 2, 1.0)
    pixels, centres = np.arange(FRAME_SIDE), np.arange(0, FRAME_SIDE, STRIDE) + STRIDE / 2 - 0.5
    distances = np.hypot(
        pixels[:, None] - centres[:, None, None, None], pixels[None, :] - centres[None, :, None, None]
    ).reshape(-1, FRAME_SIDE, FRAME_SIDE)
    pens = np.clip(radius + 0.5 - distances, 0, 1).astype(np.float32)
    erasers = np.clip(radius + 1.0 - distances, 0, 1).astype(np.float32)  # wipes a stroke's soft edge too
    least, peak = MIN_CHANGE * float(frame.sum()), float(frame.max())
    rubs = (frame * erasers).sum(axis=(1, 2)) > least
    near = ((distances < radius + reach) & (frame > peak / 2)).any(axis=(1, 2))
    adds = near & (np.maximum(peak * pens - frame, 0).sum(axis=(1, 2)) > least)
    masks = np.concatenate([erasers[rubs], pens[adds]])
    return masks, np.arange(len(masks)) >= rubs.sum()
