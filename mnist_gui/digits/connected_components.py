"""Connected parts of a picture: which inked pixels hang together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Components:
    """The parts of a mask whose pixels touch, corners included.

    Attributes
    ----------
    labels
        (H, W) intp: the number of each pixel's part, counted from 1; 0 where the mask is False.
    sizes
        (n + 1,): how many pixels each part has; of number 0, the rest.
    extents
        (n + 1,): the longer side of each part's box, in pixels; of number 0, 0.
    """

    labels: NDArray[np.intp]
    sizes: NDArray[np.intp]
    extents: NDArray[np.intp]


def find_pixel_runs(mask: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return the row, the first column and the column after the last of each run of True, row by row."""
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, begins = np.nonzero(edges == 1)
    return rows, begins, np.nonzero(edges == -1)[1]


def find_components(mask: NDArray[np.bool_]) -> Components:
    """Return the connected parts of a mask, (H, W)."""
    rows, begins, ends = find_pixel_runs(mask)
    roots = _roots(len(rows), *_touching(rows, begins, ends, mask.shape[1]))
    count, number = np.unique(roots, return_inverse=True)
    labels = np.zeros(mask.shape, dtype=np.intp)
    labels[mask] = np.repeat(number + 1, ends - begins)  # a mask's pixels and its runs come in the same order
    sizes = np.bincount(labels.reshape(-1), minlength=len(count) + 1)
    sides = [_sides(number, low, high, len(count)) for low, high in ((begins, ends), (rows, rows + 1))]
    return Components(labels, sizes, np.concatenate([[0], np.maximum(*sides)]))


def _sides(number: NDArray[np.intp], low: NDArray[np.intp], high: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """Return how far all that has the same number, 0 to count - 1, reaches from its lowest to its highest."""
    lowest, highest = np.full(count, np.iinfo(np.intp).max), np.zeros(count, dtype=np.intp)
    np.minimum.at(lowest, number, low)
    np.maximum.at(highest, number, high)
    return np.asarray(highest - lowest)


def _touching(
    rows: NDArray[np.intp], begins: NDArray[np.intp], ends: NDArray[np.intp], width: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the pairs of runs in neighbouring rows that touch: the upper ones, and the lower ones."""
    # Along a line on which the rows follow each other, both ends of the runs are sorted.
    stride = width + 2
    below = (rows + 1) * stride
    first = np.searchsorted(rows * stride + ends, below + begins, side="left")
    last = np.searchsorted(rows * stride + begins, below + ends, side="right")
    counts = np.maximum(last - first, 0)
    upper = np.repeat(np.arange(len(rows)), counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return upper, np.repeat(first, counts) + within


def _roots(count: int, one: NDArray[np.intp], other: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return for each of so many nodes the smallest that it is joined with, however indirectly."""
    roots = np.arange(count)
    while True:
        smaller, larger = np.minimum(roots[one], roots[other]), np.maximum(roots[one], roots[other])
        if (smaller == larger).all():
            return roots
        np.minimum.at(roots, larger, smaller)
        while True:
            jumped = roots[roots]
            if (jumped == roots).all():
                break
            roots = jumped
