"""Which training frames are seen again while a hand is taught, so that the rest is not forgotten."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import MNIST_CHECKSUM, Dataset
from mnist_gui.paths import resources_folder

BORDER_FILE = "border_frames.json"


def replay_indices(dataset: Dataset, count: int, held_out: int) -> NDArray[np.intp]:
    """Return the places of the frames to see again: of MNIST, half of them near the borders between two digits.

    What is forgotten is forgotten there first. Of any other data, the first frames.

    Parameters
    ----------
    count
        How many are wanted.
    held_out
        So many at the end are not to be taken.

    Returns
    -------
    NDArray[np.intp]
        At most `count`, each once.
    """
    available = np.arange(len(dataset.train) - held_out)
    if dataset.checksum != MNIST_CHECKSUM:
        return available[:count]
    near = np.intersect1d(border_frames()[: count // 2], available)
    return np.concatenate([near, np.setdiff1d(available, near)[: count - len(near)]])


@cache
def border_frames() -> NDArray[np.intp]:
    """Return the places of MNIST training frames near a border, the nearest first; see `tools/border_frames.py`."""
    return np.array(json.loads((resources_folder() / BORDER_FILE).read_text(encoding="utf-8")), np.intp)
