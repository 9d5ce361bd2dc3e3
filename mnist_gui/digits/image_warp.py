"""Frames moved, turned, stretched, and their pixels' neighbours: what altered copies and corruptions are made with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import FRAME_SIDE

Frames = NDArray[np.float32]

CENTRE = FRAME_SIDE / 2  # the index where MNIST puts a digit's centre of mass, so what a digit is turned about
# Each pixel's row and column counted from there: (2, 784).
GRID = np.stack(np.meshgrid(*[np.arange(FRAME_SIDE) - CENTRE] * 2, indexing="ij")).reshape(2, -1)


def sample_bilinear(frames: Frames, sources: NDArray[np.float32]) -> Frames:
    """Return the frames read at (N, 2, 784) places between pixels, bilinearly; beyond the edges there is no ink."""
    count, side = len(frames), FRAME_SIDE
    padded = np.zeros((count, side + 2, side + 2), np.float32)
    padded[:, 1:-1, 1:-1] = frames
    flat = padded.reshape(-1)
    place = np.clip(sources + 1, 0, side + 0.999)
    whole = place.astype(np.intp)
    row, column = np.moveaxis(place - whole, 1, 0)
    first = (np.arange(count) * (side + 2) ** 2)[:, None] + whole[:, 0] * (side + 2) + whole[:, 1]
    upper = flat[first] * (1 - column) + flat[first + 1] * column
    lower = flat[first + side + 2] * (1 - column) + flat[first + side + 3] * column
    return np.asarray(upper * (1 - row) + lower * row, np.float32).reshape(count, side, side)


def dilate(frames: Frames) -> Frames:
    """Return the frames with strokes grown by a pixel all around: each pixel the brightest of itself and its four."""
    return np.asarray(np.maximum.reduce(_crossing(frames)))


def erode(frames: Frames) -> Frames:
    """Return the frames with strokes shrunk by a pixel all around; beyond the edges there is no ink."""
    return np.asarray(np.minimum.reduce(_crossing(frames)))


def _crossing(frames: Frames) -> tuple[Frames, ...]:
    padded = np.pad(frames, ((0, 0), (1, 1), (1, 1)))
    return frames, padded[:, :-2, 1:-1], padded[:, 2:, 1:-1], padded[:, 1:-1, :-2], padded[:, 1:-1, 2:]
