"""Occlusion: how a model's prediction changes when one patch of the frame after another is erased.

Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014, section 4.2. They cover a patch with
a grey square; here it is erased to black with a soft edge, as MNIST's frames are black where there is no ink.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import CLASSES, FRAME_SIDE
from mnist_gui.models.inference.calibration import calibrate
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.wording import percent

# Pixels between patches, which makes 20 to 40 patches with ink for a digit. Compared with maps of a patch at every
# pixel (three models, three test digits) the correlation is 0.96 to 0.98, and single pixels differ by up to a third of
# the peak. A stride of 4 takes two thirds of the time for 0.89 to 0.96 (model 1).
STRIDE = 3
# Standard deviation of a patch in pixels: everything is erased within 1.8 pixels of its centre, half at 3, a few
# percent at 5. A smaller one needs a smaller stride.
SPREAD = 2.0
# A patch that erases less than this fraction of the darkest ink has hardly any effect, and counts as 0.
MIN_ERASED = 0.4
# Frames predicted between two calls of `check`: under 50 ms for each of the three models. Smaller chunks take no longer
# in total, larger ones are not faster.
CHUNK = 16
# Random maps that a map is compared with: below all of them, a random map is once in nine times.
RANDOM_MAPS = 8
_UNIT, _ALL = "\u00a0%", "all"
TINY = float(np.finfo(np.float32).tiny)  # smaller probabilities are imprecise or zero


def no_check() -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Explanation:
    """Predictions of a model for a frame, and for the frame with one patch after another erased.

    Attributes
    ----------
    model
        1, 2 or 3.
    frame
        (28, 28) float32 in [0, 1].
    has_ink
        (10, 10) booleans: the positions of the grid of patches at which there is ink; P of them.
    probabilities
        (P + 1, 10): of the whole frame, then of those with a patch erased, row by row of the grid.
    """

    model: int
    frame: NDArray[np.float32]
    has_ink: NDArray[np.bool_]
    probabilities: NDArray[np.float32]

    def map_for(self, digit: int) -> NDArray[np.float32]:
        """Return the evidence of each pixel's surroundings for or against a digit; needs no model.

        Returns
        -------
        (28, 28) float32: by how much the logarithm of the digit's odds falls (in nats) when a soft patch around the
        pixel is erased. Positive values are evidence for the digit, negative ones against it. Odds, because the
        probability of a very confident prediction hardly changes.

        Raises
        ------
        ValueError
            There is no such digit.
        """
        if digit not in range(CLASSES):
            raise ValueError(f"There is no digit {digit!r}; expected 0 to {CLASSES - 1}.")
        odds = _log_odds(self.probabilities, digit)
        falls = np.zeros(self.has_ink.shape)
        falls[self.has_ink] = odds[0] - odds[1:]
        return np.asarray(_INTERPOLATION @ falls @ _INTERPOLATION.T, np.float32)


def explain(model: LoadedModel, frame: NDArray[np.float32], *, check: Callable[[], None] = no_check) -> Explanation:
    """Return the explanation of a model's prediction for a frame, for all ten digits at once.

    The model predicts at most 101 frames; for a frame without ink a single one, and every map is zero.

    Parameters
    ----------
    model
        Used by this thread only.
    frame
        (28, 28) in [0, 1].
    check
        See `predict_in_chunks`.
    """
    ink = frame * _PATCHES
    has_ink = ink.max(axis=(2, 3)) > MIN_ERASED * frame.max()
    erased = (frame - ink[has_ink]).astype(np.float32)
    probabilities = predict_in_chunks(model, np.concatenate([frame[None], erased]), check=check)
    return Explanation(model.model, frame, has_ink, probabilities)


@dataclass(frozen=True)
class DeletionScore:
    """What is left of a model's confidence in a digit when a tenth of the ink is removed.

    Attributes
    ----------
    marked
        Without the tenth that a map marks most, as a fraction of the confidence in the whole frame. May exceed 1.
    random
        Without a random tenth, for each of the maps of random evidence.
    """

    marked: float
    random: tuple[float, ...]

    @property
    def explains(self) -> bool:
        """Whether the marked tenth counts more than a random one does on average, by as much as the sentences show."""
        return self.marked < self._mean and _left(self.marked) != _left(self._mean)

    @property
    def may_be_chance(self) -> bool:
        """Whether a random tenth counts as much: below all N random ones, a random map is once in N + 1 times."""
        return self.marked >= min(self.random)

    @property
    def sentences(self) -> tuple[str, ...]:
        """How much of the confidence is left without the marked tenth and a random one, from all words to the fewest.

        "Without the marked tenth of the ink, 31 % of the confidence is left; without a random one, 94 % (88 to 99 %).",
        "Marked tenth off: 31 % left, random: 88 to 99 %.", "31 % left, random: 88 to 99 %.".
        """
        marked, mean = _left(self.marked), _left(self._mean)
        low, high = _left(min(self.random)), _left(max(self.random))
        spread = high if low == high else f"{low if high == _ALL else low.removesuffix(_UNIT)} to {high}"
        whole = mean if low == high else f"{mean} ({spread})"
        brief = f"{marked} left, random: {spread}."
        return (
            f"Without the marked tenth of the ink, {marked} of the confidence is left; without a random one, {whole}.",
            f"Marked tenth off: {brief}",
            brief,
        )

    @property
    def _mean(self) -> float:
        return fmean(self.random)


def _left(fraction: float) -> str:
    """Return a score in percent; "all" from 100 % on, as a confidence near 0 may rise many times over."""
    return percent(fraction) if fraction < 1 else _ALL


def score_deletion(
    model: LoadedModel,
    frame: NDArray[np.float32],
    evidence: NDArray[np.float32],
    digit: int,
    *,
    check: Callable[[], None] = no_check,
) -> DeletionScore:
    """Return how much of the confidence in a digit depends on the ink that a map marks.

    The deletion metric of Petsiuk, Das and Saenko, RISE, BMVC 2018, at one point of its curve, and against random maps
    as in Samek et al., Evaluating the Visualization of What a Deep Neural Network Has Learned, IEEE TNNLS 28(11), 2017.
    The random maps are as smooth as the occlusion's, so that both remove patches of ink and not single pixels.

    Parameters
    ----------
    model
        Used by this thread only.
    frame
        (28, 28) in [0, 1], with ink.
    evidence
        (28, 28), positive where the frame speaks for the digit.
    digit
        The digit that the map explains.
    check
        See `predict_in_chunks`.
    """
    maps = np.concatenate([evidence[None], random_maps(RANDOM_MAPS, seed=0)])
    frames = np.stack([frame, *(_without_tenth(frame, values) for values in maps)])
    confidence = calibrate(predict_in_chunks(model, frames, check=check), model.temperature)[:, digit]
    left = confidence[1:] / max(float(confidence[0]), TINY)
    marked, *random = left.tolist()
    return DeletionScore(marked, tuple(random))


def random_maps(count: int, seed: int) -> NDArray[np.float64]:
    """Return (count, 28, 28) maps of random evidence, which are as smooth as those of the occlusion."""
    noise = np.random.default_rng(seed).normal(size=(count, *_PATCHES.shape[:2]))
    return np.asarray(_INTERPOLATION @ noise @ _INTERPOLATION.T)


def _without_tenth(frame: NDArray[np.float32], values: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return a frame without the tenth of its ink where the values are highest."""
    order = np.argsort(-values, axis=None, kind="stable")
    ink = frame.ravel()[order]
    before = np.cumsum(ink, dtype=np.float64) - ink
    left = np.empty(frame.size, np.float32)
    left[order] = ink - np.clip(ink.sum() / 10 - before, 0, ink)
    return left.reshape(frame.shape)


def predict_in_chunks(
    model: LoadedModel, frames: NDArray[np.float32], *, check: Callable[[], None] = no_check
) -> NDArray[np.float32]:
    """Return a model's (N, 10) probabilities for (N, 28, 28) frames in [0, 1].

    Parameters
    ----------
    check
        Called before each chunk; an exception that it raises ends the work.
    """
    found = []
    for start in range(0, len(frames), CHUNK):
        check()
        found.append(model.probabilities(frames[start : start + CHUNK]))
    return np.concatenate(found)


def _log_odds(probabilities: NDArray[np.float32], digit: int) -> NDArray[np.float64]:
    # The sum of the others is precise where the digit is almost certain; one minus its probability is not.
    others = np.delete(probabilities, digit, axis=1).sum(axis=1, dtype=np.float64)
    own = probabilities[:, digit].astype(np.float64)
    return np.asarray(np.log(np.maximum(own, TINY)) - np.log(np.maximum(others, TINY)))


def _patches() -> NDArray[np.float32]:
    """Return (10, 10, 28, 28): the fraction of each pixel that each patch of the grid erases, 0 to 1."""
    pixels = np.arange(FRAME_SIDE)
    line = np.exp(-((pixels - pixels[::STRIDE, None]) ** 2) / (2 * SPREAD**2))
    # Clipped, so that ink at the centre is erased completely.
    return np.minimum(1.5 * line[:, None, :, None] * line[None, :, None, :], 1).astype(np.float32)


def _interpolation() -> NDArray[np.float64]:
    """Return the (28, 10) weights of cubic convolution, which interpolates from patches to pixels.

    Keys, Cubic Convolution Interpolation for Digital Image Processing, 1981: smooth, and exact at the patches.
    """
    distance = np.abs(np.arange(FRAME_SIDE)[:, None] / STRIDE - np.arange(0, FRAME_SIDE, STRIDE)[None, :] / STRIDE)
    near = 1.5 * distance**3 - 2.5 * distance**2 + 1
    far = -0.5 * distance**3 + 2.5 * distance**2 - 4 * distance + 2
    return np.where(distance < 1, near, np.where(distance < 2, far, 0.0))


_PATCHES = _patches()
_INTERPOLATION = _interpolation()
