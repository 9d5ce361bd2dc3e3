"""Connected components of the inked pixels of a picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Components:
    """Connected components of a mask, with 8-connectivity.

    Attributes
    ----------
    labels
        (H, W) intp: the 1-based number of the component of each pixel; 0 where the mask is False.
    sizes
        (n + 1,): number of pixels of each component; at 0 of the background.
    extents
        (n + 1,): longer side of the bounding box of each component, in pixels; 0 for the background.
    shorter_sides
        (n + 1,): shorter side of that box.
    """

    labels: NDArray[np.intp]
    sizes: NDArray[np.intp]
    extents: NDArray[np.intp]
    shorter_sides: NDArray[np.intp]


def find_pixel_runs(mask: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return row, first column and end column (exclusive) of each horizontal run of True, in row order."""
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, begins = np.nonzero(edges == 1)
    return rows, begins, np.nonzero(edges == -1)[1]


def find_components(mask: NDArray[np.bool_]) -> Components:
    """Return the connected components of an (H, W) mask."""
    rows, begins, ends = find_pixel_runs(mask)
    roots = _roots(len(rows), *_touching(rows, begins, ends, mask.shape[1]))
    distinct, number = np.unique(roots, return_inverse=True)
    labels = np.zeros(mask.shape, dtype=np.intp)
    labels[mask] = np.repeat(number + 1, ends - begins)  # runs are in the order of the mask's pixels
    sizes = np.bincount(labels.reshape(-1), minlength=len(distinct) + 1)
    sides = [_sides(number, low, high, len(distinct)) for low, high in ((begins, ends), (rows, rows + 1))]
    longer, shorter = (np.concatenate([[0], choice(*sides)]) for choice in (np.maximum, np.minimum))
    return Components(labels, sizes, longer, shorter)


def _sides(number: NDArray[np.intp], low: NDArray[np.intp], high: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """Return the extent, highest minus lowest, of the runs of each number from 0 to count - 1."""
    lowest, highest = np.full(count, np.iinfo(np.intp).max), np.zeros(count, dtype=np.intp)
    np.minimum.at(lowest, number, low)
    np.maximum.at(highest, number, high)
    return np.asarray(highest - lowest)


def _touching(
    rows: NDArray[np.intp], begins: NDArray[np.intp], ends: NDArray[np.intp], width: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the indices of the upper and of the lower run of each pair that touches in adjacent rows."""
    # If the rows are laid end to end, both ends of the runs are sorted.
    stride = width + 2
    below = (rows + 1) * stride
    first = np.searchsorted(rows * stride + ends, below + begins, side="left")
    last = np.searchsorted(rows * stride + begins, below + ends, side="right")
    counts = np.maximum(last - first, 0)
    upper = np.repeat(np.arange(len(rows)), counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return upper, np.repeat(first, counts) + within


def _roots(count: int, first: NDArray[np.intp], second: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the smallest node connected with each node of a graph, given the two ends of each edge."""
    roots = np.arange(count)
    while True:
        smaller, larger = np.minimum(roots[first], roots[second]), np.maximum(roots[first], roots[second])
        if (smaller == larger).all():
            return roots
        np.minimum.at(roots, larger, smaller)
        while True:
            jumped = roots[roots]
            if (jumped == roots).all():
                break
            roots = jumped
