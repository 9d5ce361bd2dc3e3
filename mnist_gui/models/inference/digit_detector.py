"""Detector of digits: a small network that scores how much a frame looks like a digit.

The three models predict a digit for any frame, often with high confidence. The detector was therefore trained on
augmented MNIST training digits against letters, symbols, scribbles, pictures and pairs of digits (outlier exposure,
Hendrycks et al. 2019), by ``tools/digit_detector``. A rule rejects blots, which resemble a zero without a hole.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnist_gui.models.inference.onnx_network import OnnxNetwork
from mnist_gui.paths import resources_folder

DETECTOR_FILE = "digit_detector.onnx"
# Side in pixels of a square of ink above 0.5: none of the 60,000 MNIST training frames contains one, ten contain one of
# 10 pixels.
BLOT_SIDE = 11


class DigitDetector:
    """Scores frames. Not thread-safe.

    Parameters
    ----------
    content
        Content of a ``.onnx`` file.
    """

    def __init__(self, content: bytes) -> None:
        self._network = OnnxNetwork(content, outputs=1, threads=1)

    def scores(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (N,) scores from 0, no digit, to 1, a digit, for (N, 28, 28) frames in [0, 1]."""
        return np.where(_has_blot(frames), np.float32(0), self._network(frames)[:, 0])


def _has_blot(frames: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return (N,) whether each of (N, 28, 28) frames contains a square of ink larger than any stroke."""
    inked = frames >= 0.5
    for axis in (1, 2):
        run = 1
        while run < BLOT_SIDE:  # the mask marks the first of `run` inked pixels
            step = min(run, BLOT_SIDE - run)
            inked = _slice(inked, slice(None, -step), axis) & _slice(inked, slice(step, None), axis)
            run += step
    return np.asarray(inked.any(axis=(1, 2)))


def _slice(mask: NDArray[np.bool_], indices: slice, axis: int) -> NDArray[np.bool_]:
    """Return a slice of (N, rows, columns) along axis 1 or 2."""
    return mask[:, indices] if axis == 1 else mask[:, :, indices]


def load_detector() -> DigitDetector:
    """Load the detector that ships with the program."""
    return DigitDetector((resources_folder() / DETECTOR_FILE).read_bytes())
