"""Is this a digit at all? A small network of our own, beside the three, that tells digits from other shapes.

The three models know nothing but digits and name one for whatever they see, often with confidence. So the detector was
trained on MNIST's training digits, altered, against letters, symbols, scribbles, pictures and pairs of digits
(outlier exposure, Hendrycks et al. 2019); ``tools/digit_detector`` made it and measures it. A blot, to which a zero
without a hole is near, is told by a plain rule instead.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnist_gui.models.inference.litert_network import LiteRTNetwork
from mnist_gui.paths import resources_folder

DETECTOR_FILE = "digit_detector.tflite"
# No stroke is so thick: none of MNIST's 60,000 training frames holds a square of so many pixels a side, each of them
# inked by half at least. Ten have one of 10 pixels.
BLOT_SIDE = 11


class DigitDetector:
    """Says how like a digit frames are. For one thread at a time.

    Parameters
    ----------
    content
        A ``.tflite`` file.
    """

    def __init__(self, content: bytes) -> None:
        self._network = LiteRTNetwork(content, outputs=1, threads=1)

    def scores(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (N,) numbers from 0, no digit, to 1, for (N, 28, 28) frames in [0, 1]."""
        return np.where(_has_blot(frames), np.float32(0), self._network(frames)[:, 0])


def _has_blot(frames: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return (N,) whether each of (N, 28, 28) frames holds a square of ink that no stroke could leave."""
    inked = frames >= 0.5
    for axis in (1, 2):
        run = 1
        while run < BLOT_SIDE:  # so many pixels in a row are inked, and as many from `further` on
            further = min(run, BLOT_SIDE - run)
            inked = _inked_from(inked, slice(None, -further), axis) & _inked_from(inked, slice(further, None), axis)
            run += further
    return np.asarray(inked.any(axis=(1, 2)))


def _inked_from(inked: NDArray[np.bool_], part: slice, axis: int) -> NDArray[np.bool_]:
    """Return the part of (N, rows, columns) along an axis."""
    return inked[:, part] if axis == 1 else inked[:, :, part]


def load_detector() -> DigitDetector:
    """Return the detector that ships with the program."""
    return DigitDetector((resources_folder() / DETECTOR_FILE).read_bytes())
