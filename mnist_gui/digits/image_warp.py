"""Resampling, dilation and erosion of frames, used by augmentation and corruptions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import FRAME_SIDE

Frames = NDArray[np.float32]

CENTRE = FRAME_SIDE / 2  # pixel index of the centre of mass of MNIST digits
# Row and column of each pixel relative to it: (2, 784).
GRID = np.stack(np.meshgrid(*[np.arange(FRAME_SIDE) - CENTRE] * 2, indexing="ij")).reshape(2, -1)


def sample_bilinear(frames: Frames, sources: NDArray[np.float32]) -> Frames:
    """Sample (N, 28, 28) frames bilinearly at (N, 2, 784) rows and columns; there is no ink outside of a frame."""
    count, side = len(frames), FRAME_SIDE
    padded = np.zeros((count, side + 2, side + 2), np.float32)
    padded[:, 1:-1, 1:-1] = frames
    flat = padded.reshape(-1)
    position = np.clip(sources + 1, 0, side + 0.999)
    whole = position.astype(np.intp)
    row, column = np.moveaxis(position - whole, 1, 0)
    first = (np.arange(count) * (side + 2) ** 2)[:, None] + whole[:, 0] * (side + 2) + whole[:, 1]
    upper = flat[first] * (1 - column) + flat[first + 1] * column
    lower = flat[first + side + 2] * (1 - column) + flat[first + side + 3] * column
    return np.asarray(upper * (1 - row) + lower * row, np.float32).reshape(count, side, side)


def dilate(frames: Frames) -> Frames:
    """Replace each pixel by the maximum of itself and its four neighbours."""
    return np.asarray(np.maximum.reduce(_neighbours(frames)))


def erode(frames: Frames) -> Frames:
    """Replace each pixel by the minimum of itself and its four neighbours; there is no ink outside of a frame."""
    return np.asarray(np.minimum.reduce(_neighbours(frames)))


def _neighbours(frames: Frames) -> tuple[Frames, ...]:
    padded = np.pad(frames, ((0, 0), (1, 1), (1, 1)))
    return frames, padded[:, :-2, 1:-1], padded[:, 2:, 1:-1], padded[:, 1:-1, :-2], padded[:, 1:-1, 2:]
