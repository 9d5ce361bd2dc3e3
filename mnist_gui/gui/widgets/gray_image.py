"""Conversion of frames to images."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage


def gray_image(values: NDArray[np.float32]) -> QImage:
    """Return (height, width) values as an image, 0 black and 1 white; values beyond are clipped."""
    levels = np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
    height, width = levels.shape
    # Copied: a QImage does not keep the memory that it is made of.
    return QImage(levels.tobytes(), width, height, width, QImage.Format.Format_Grayscale8).copy()
