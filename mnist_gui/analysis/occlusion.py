"""What in the drawing made a model say so: parts of the frame wiped away, one after another (occlusion).

Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014, section 4.2. They cover a part with
a grey square; here it is wiped to black with a soft edge, as MNIST's frames are black where there is no ink.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import CLASSES, FRAME_SIDE
from mnist_gui.models.inference.predictor import LoadedModel

# Between patches. Every third place: 20 to 40 patches a digit. Against maps of every place (three models, three test
# digits) the correlation is 0.96 to 0.98, and single pixels are off by up to a third of the peak. Every fourth place
# takes two thirds of the time for 0.89 to 0.96 (model 1).
STRIDE = 3
# Of a patch, in pixels: all is wiped within 1.8 of its centre, half of it at 3, a few percent at 5. Narrower ones
# need a smaller stride.
SPREAD = 2.0
# A patch that wipes no pixel by more than this part of the darkest ink changes next to nothing: it counts as 0.
TOUCH = 0.4
# Frames between two looks at whether the work is still wanted: below 50 ms of any of the three models. Fewer at once
# cost no more time altogether, more would not cost less.
CHUNK = 16
# Smaller probabilities have lost their digits in single precision, or are zero.
_LEAST = float(np.finfo(np.float32).tiny)


def _go_on() -> None:
    """Let the work go on to its end."""


@dataclass(frozen=True)
class Explanation:
    """What a model says of a frame whole, and of the same frame with one patch after another wiped away.

    Attributes
    ----------
    model
        1, 2 or 3.
    frame
        (28, 28) float32 in [0, 1].
    touched
        (10, 10) booleans: the places of the grid of patches at which there is ink to be wiped; P of them.
    outputs
        (P + 1, 10) probabilities: of the whole frame, then of the frames with a patch wiped, row by row of the grid.
    """

    model: int
    frame: NDArray[np.float32]
    touched: NDArray[np.bool_]
    outputs: NDArray[np.float32]

    def map_for(self, digit: int) -> NDArray[np.float32]:
        """Return how much the surroundings of each pixel speak for a digit, or against it; takes no model.

        Returns
        -------
        (28, 28) float32: by how much the logarithm of the digit's odds falls (in nats) when a soft patch around the
        pixel is wiped. Positive: speaks for the digit; negative: against. Odds rather than the probability, which
        hardly moves as long as the model is very sure.

        Raises
        ------
        ValueError
            There is no such digit.
        """
        if digit not in range(CLASSES):
            raise ValueError(f"There is no digit {digit!r}; expected 0 to {CLASSES - 1}.")
        odds = _log_odds(self.outputs, digit)
        falls = np.zeros(self.touched.shape)
        falls[self.touched] = odds[0] - odds[1:]
        return np.asarray(_BETWEEN_PATCHES @ falls @ _BETWEEN_PATCHES.T, np.float32)


def explain(model: LoadedModel, frame: NDArray[np.float32], *, check: Callable[[], None] = _go_on) -> Explanation:
    """Return a model's explanation of a (28, 28) frame in [0, 1], for all ten digits at once.

    The model is asked about at most 101 frames; where there is no ink, about one, and every map is zero.

    Parameters
    ----------
    model
        Not one that answers the pen: it works for one thread at a time.
    frame
        (28, 28) in [0, 1].
    check
        See `probabilities_of`.
    """
    wiped, touched = _wiped_frames(frame)
    outputs = probabilities_of(model, np.concatenate([frame[None], wiped]), check=check)
    return Explanation(model.model, frame, touched, outputs)


def probabilities_of(
    model: LoadedModel, frames: NDArray[np.float32], *, check: Callable[[], None] = _go_on
) -> NDArray[np.float32]:
    """Return a model's (N, 10) probabilities of (N, 28, 28) frames, a few frames at a time.

    `check` is called before every chunk; what it raises ends the work at once.
    """
    found = []
    for start in range(0, len(frames), CHUNK):
        check()
        found.append(model.probabilities(frames[start : start + CHUNK]))
    return np.concatenate(found)


def _wiped_frames(frame: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return (P, 28, 28) frames with a patch wiped each, and (10, 10) booleans: where on the grid those patches are."""
    ink = frame * _PATCHES
    touched = ink.max(axis=(2, 3)) > TOUCH * frame.max()
    return (frame - ink[touched]).astype(np.float32), touched


def _log_odds(outputs: NDArray[np.float32], digit: int) -> NDArray[np.float64]:
    # The others' sum, not one minus the digit's: it stays exact where the digit is almost certain.
    others = np.delete(outputs, digit, axis=1).sum(axis=1, dtype=np.float64)
    own = outputs[:, digit].astype(np.float64)
    return np.asarray(np.log(np.maximum(own, _LEAST)) - np.log(np.maximum(others, _LEAST)))


def _patches() -> NDArray[np.float32]:
    """Return (10, 10, 28, 28): how much of each pixel the patch at each place of the grid wipes, 0 to 1."""
    pixels = np.arange(FRAME_SIDE)
    line = np.exp(-((pixels - pixels[::STRIDE, None]) ** 2) / (2 * SPREAD**2))
    # Cut at the top: in the middle, ink is gone rather than pale.
    return np.minimum(1.5 * line[:, None, :, None] * line[None, :, None, :], 1).astype(np.float32)


def _between_patches() -> NDArray[np.float64]:
    """Return (28, 10) weights of the cubic convolution by which values at patches become values at pixels.

    Keys, Cubic Convolution Interpolation for Digital Image Processing, 1981: smooth, and exact at the patches.
    """
    distance = np.abs(np.arange(FRAME_SIDE)[:, None] / STRIDE - np.arange(0, FRAME_SIDE, STRIDE)[None, :] / STRIDE)
    near = 1.5 * distance**3 - 2.5 * distance**2 + 1
    far = -0.5 * distance**3 + 2.5 * distance**2 - 4 * distance + 2
    return np.where(distance < 1, near, np.where(distance < 2, far, 0.0))


_PATCHES = _patches()
_BETWEEN_PATCHES = _between_patches()
