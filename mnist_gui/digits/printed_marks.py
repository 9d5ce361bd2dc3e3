"""Finds what is printed or photographed around a digit: frames, dark edges of a scan, title bars, boxes.

They are told from ink by their form: a band covers a whole side of the picture, a box encloses what else there is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from mnist_gui.digits.connected_components import find_components

# A band has another shade than the paper along this share of a side on at least one line, and along the smaller share
# on its outermost and innermost lines (a title bar has text in it).
_FULL_LINE = 0.97
_BAND_LINE = 0.6
# Maximum depth of a band, of the picture; maximum ink, of the side, on the line beyond it that separates it from a
# digit; distance, of the picture, within which that line must follow; width of the strip along the opposite side that
# must be clear otherwise.
_MAX_DEPTH = 0.3
_CLEAR_LINE = 0.02
_CLEAR_WITHIN = 0.06
_CLEAR_OPPOSITE = 0.03
# Minimum share of each side of its bounding box that a printed box covers within a strip of this width, of the box; its
# minimum extent, of the picture; minimum extent, of the box, of what it encloses.
_BOX_COVERAGE = 0.9
_BOX_STRIP = 0.04
_MIN_BOX = 0.4
_MIN_INSIDE = 0.2
_MAX_FILLED = 0.01  # maximum share of the inside of a box that belongs to it
_SOFT_EDGE = 2  # pixels around a box


@dataclass(frozen=True)
class Area:
    """Rectangle of a picture, in pixels; bottom and right are exclusive."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of the area in an array of the picture."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


def area_within_bands(differs: NDArray[np.bool_]) -> Area:
    """Return the area of a picture without the bands along its sides.

    Parameters
    ----------
    differs
        (H, W): pixels with another shade than the paper.
    """
    height, width = differs.shape
    area = Area(0, height, 0, width)
    for _ in range(3):  # the corners of a frame hide each of its sides from the others
        inner = differs[area.slices]
        depths = [_band_depth(lines) for lines in (inner, inner[::-1], inner.T, inner.T[::-1])]
        # A side of a frame is seen to end where the neighbouring sides are cut off.
        if not any(depths):
            frame = _frame_depth(inner)
            depths = [frame] * 4
        if not any(depths):
            break
        area = Area(area.top + depths[0], area.bottom - depths[1], area.left + depths[2], area.right - depths[3])
    return area


def _band_depth(differs: NDArray[np.bool_]) -> int:
    """Return the number of lines, from the first on, of a band along this side; 0 without one.

    A nearly clear line separates a band from the rest, unless the rest ends before the opposite side: then it is no
    digit that is cut out tightly and has a straight stroke along this side.
    """
    share = differs.mean(axis=1)
    most = int(_MAX_DEPTH * len(share))
    if not (share[: min(3, most)] >= _BAND_LINE).any() or not (share[:most] >= _FULL_LINE).any():
        return 0
    first = int(np.flatnonzero(share >= _BAND_LINE)[0])
    end = first + int(np.argmin(np.append(share[first:most] >= _BAND_LINE, False)))
    outside = differs[:, differs.mean(axis=0) < _FULL_LINE]  # of bands along the neighbouring sides
    amounts = outside.sum(axis=1) / differs.shape[1]
    near = amounts[end : end + max(3, round(_CLEAR_WITHIN * len(share)))]
    clear = np.flatnonzero(near <= _CLEAR_LINE)
    if clear.size:
        return end + int(clear[0])
    opposite = amounts[-max(2, round(_CLEAR_OPPOSITE * len(share))) :]
    opposite = opposite[opposite < _BAND_LINE]  # without a band along the opposite side
    faint = np.flatnonzero(near <= _BAND_LINE / 2)
    return end + int(faint[0]) if faint.size and opposite.size and (opposite <= _CLEAR_LINE).all() else 0


def _frame_depth(differs: NDArray[np.bool_]) -> int:
    """Return the thickness of a frame around the whole picture; 0 without one."""
    most = int(_MAX_DEPTH * min(differs.shape) / 2)
    depth = 0
    while depth < most:
        inner = differs[depth : differs.shape[0] - depth, depth : differs.shape[1] - depth]
        sides = np.concatenate([inner[0], inner[-1], inner[:, 0], inner[:, -1]])
        if sides.mean() < (_FULL_LINE if depth == 0 else 0.5):
            break
        depth += 1
    return depth


def printed_boxes(inked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the mask, (H, W), of boxes that are drawn or printed around other ink, with their soft edges."""
    components = find_components(inked)
    boxes = np.zeros(len(components.sizes), dtype=np.bool_)
    for label in np.flatnonzero(components.extents >= _MIN_BOX * max(inked.shape)):
        rows, columns = np.nonzero(components.labels == label)
        top, left = int(rows.min()), int(columns.min())
        height, width = int(rows.max()) + 1 - top, int(columns.max()) + 1 - left
        if min(height, width) < max(3, 0.3 * max(height, width)):
            continue
        part = components.labels[top : top + height, left : left + width]
        own = part == label
        strip = max(1, round(_BOX_STRIP * max(height, width)))
        sides = own[:strip].any(axis=0), own[-strip:].any(axis=0), own[:, :strip].any(1), own[:, -strip:].any(1)
        if min(side.mean() for side in sides) < _BOX_COVERAGE:
            continue
        if own[strip:-strip, strip:-strip].mean() > _MAX_FILLED:  # a grid
            continue
        inside = np.unique(part[strip:-strip, strip:-strip])
        others = components.extents[inside[(inside != 0) & (inside != label)]]
        boxes[label] = others.size > 0 and others.max() >= _MIN_INSIDE * min(height, width)
    mask = boxes[components.labels]
    if not mask.any():
        return mask
    return np.asarray(Image.fromarray(mask).convert("L").filter(ImageFilter.MaxFilter(2 * _SOFT_EDGE + 1))) > 0
