"""Stroke width of ink, and ink brought to the stroke widths of MNIST.

The width is twice the area by the length of the edge, which is exact for long strokes. The length of the edge follows
from the number of crossings with straight lines in four directions, by the formula of Cauchy and Crofton (Santalo,
Integral Geometry and Geometric Probability, 1976, chapter 3). Grey pixels count in part, in the area and in the
crossings, so that no threshold is needed.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

# Widths in frame pixels, measured by `stroke_width` on 20,000 training frames of MNIST: the median, and the widths that
# 0.5 % of the frames are below and above. Ink between these is not changed.
USUAL_WIDTH = 2.49
MIN_WIDTH = 1.49
MAX_WIDTH = 4.85


def stroke_width(ink: NDArray[np.floating]) -> float:
    """Return the mean stroke width, in pixels, of (H, W) ink in [0, 1]; 0 without ink."""
    ink = np.pad(np.asarray(ink, dtype=np.float32), 1)
    straight = np.abs(np.diff(ink, axis=0)).sum() + np.abs(np.diff(ink, axis=1)).sum()
    diagonal = np.abs(ink[1:, 1:] - ink[:-1, :-1]).sum() + np.abs(ink[1:, :-1] - ink[:-1, 1:]).sum()
    # Four directions, pi / 4 apart; lines along a diagonal are sqrt(1 / 2) pixels apart.
    edge = math.pi / 8 * (float(straight) + float(diagonal) / math.sqrt(2))
    return 2 * float(ink.sum()) / edge if edge else 0.0


def grow_strokes(ink: NDArray[np.float32], distance: float) -> NDArray[np.float32]:
    """Return (H, W) ink with strokes that are wider by `distance` pixels on each side; thinner if it is negative.

    The array should have a margin of at least that distance. A distance between two pixel distances takes a share of
    the farther one.
    """
    if distance < 0:
        return np.asarray(1 - grow_strokes(1 - ink, -distance), dtype=np.float32)
    reach = math.ceil(distance)
    height, width = ink.shape
    padded = np.pad(ink, reach, mode="edge")
    grown = ink.copy()
    for down in range(-reach, reach + 1):
        for right in range(-reach, reach + 1):
            share = np.float32(min(1.0, max(0.0, distance + 1 - math.hypot(down, right))))
            if share and (down or right):
                moved = padded[reach + down : reach + down + height, reach + right : reach + right + width]
                np.maximum(grown, moved if share == 1 else share * moved, out=grown)
    return grown
