"""How predictions are written that ship with a run: rounded, which compresses them to a fraction of the size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def rounded(probabilities: NDArray[np.float32], steps: int) -> NDArray[np.float32]:
    """Return (..., 10) probabilities rounded to multiples of 1 / steps; unrounded where the digit would change."""
    short = np.asarray(np.rint(probabilities * steps) / steps, dtype=np.float32)
    changed = short.argmax(axis=-1) != probabilities.argmax(axis=-1)
    short[changed] = probabilities[changed]
    return short


def write_predictions(probabilities: NDArray[np.float32], path: Path) -> None:
    """Write (N, 10) probabilities as a run's folder keeps them."""
    with path.open("wb") as file:
        np.savez_compressed(file, probabilities=probabilities)
