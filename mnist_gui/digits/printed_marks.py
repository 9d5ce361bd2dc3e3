"""Finds marks printed or photographed around a digit: frames, dark edges of a scan, title bars, boxes, punched holes.

Their form distinguishes them from ink: a band covers a whole side of the picture, a box encloses other ink, a hole is a
filled disc that is wider than the strokes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from mnist_gui.digits.connected_components import find_components
from mnist_gui.digits.grey_levels import border, otsu_threshold
from mnist_gui.digits.paper_light import local_light
from mnist_gui.digits.stroke_width import stroke_width

# Bands along a side of the picture. Shares of a line are those of its pixels with another shade than the paper.
_FULL_LINE = 0.97  # minimum share of at least one line of a band
_BAND_LINE = 0.6  # minimum share of its outermost and innermost lines; a title bar has text in it
_MAX_DEPTH = 0.3  # maximum depth of a band, as a fraction of the picture
_CLEAR_LINE = 0.02  # maximum share of the line beyond a band, which separates it from a digit
_CLEAR_WITHIN = 0.06  # maximum distance of that line from the band, as a fraction of the picture
_CLEAR_OPPOSITE = 0.03  # width of the strip along the opposite side that must be clear where there is no such line
_MAX_TOUCHING = 0.5  # maximum share of its side that a stem or bar touches, beside which there is paper
_MAX_HAT_RATIO = 2.0  # of the widths of the separate hat of a 5 and its other strokes
# Ink in a band: minimum darkness relative to the light on it, and minimum extent, as a fraction of the longer side of
# the picture; the letters of a title are smaller.
_INK_CONTRAST = 0.2
_MIN_INK = 0.05
# Sheet on a darker desk. Shares are of the light pixels.
_MIN_SHEET = 0.2  # minimum share of the picture
_MIN_FILLED = 0.8  # minimum share of the bounding box of the sheet; the strokes of a light digit fill less
_MAX_SHEET_BORDER = 0.4  # maximum share of the border of the picture
_MIN_ENCLOSED = 0.1  # minimum extent of the ink that it encloses, as a fraction of its box; a light 1 encloses none
_SHEET_LINE = 0.97  # minimum share of each side of the area within the sheet
# Printed boxes.
_MIN_BOX = 0.4  # minimum extent, as a fraction of the picture
_MIN_ASPECT = 0.3  # minimum shorter side, as a fraction of the longer one
_BOX_STRIP = 0.04  # width of the strip along each side of the bounding box that is searched, as a fraction of the box
_BOX_COVERAGE = 0.9  # minimum share of each side that the box covers within its strip
_MAX_FILLED = 0.01  # maximum share of the inside that belongs to the box; a grid has more
_MIN_INSIDE = 0.2  # minimum extent of the enclosed ink, as a fraction of the box
_SOFT_EDGE = 2  # pixels around a box
# Punched holes. Extents and the width of strokes are compared with those of the largest other component.
_MIN_HOLE = 2.2  # minimum diameter, relative to the width of the strokes; the point of a pen is as wide as they are
_MAX_HOLE = 0.6  # maximum diameter, relative to the extent
_ROUND = 0.8  # minimum shorter side, relative to the longer one
_DISC = (0.65, 0.9)  # share of its bounding box that a disc fills; pi / 4 without noise


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
        # The sides of a frame can keep each other from ending in a clear line: all four are then measured together.
        if not any(depths):
            frame = _frame_depth(inner)
            depths = [frame] * 4
        if not any(depths):
            break
        area = Area(area.top + depths[0], area.bottom - depths[1], area.left + depths[2], area.right - depths[3])
    whole = Area(0, height, 0, width)
    return whole if area != whole and _is_stroke(differs, area) else area


def _is_stroke(differs: NDArray[np.bool_], area: Area) -> bool:
    """Return whether what is outside of an area is a stroke of a digit that is cut out tightly: a bar or a stem.

    The digit is then all that there is, and reaches the opposite side or leaves paper beside the stroke. Or the stroke
    is the separate hat of a 5, as wide as its others, which reach the opposite side and another one.
    """
    components = find_components(differs)
    labels = components.labels
    bands = labels[: area.top], labels[area.bottom :], labels[:, : area.left], labels[:, area.right :]
    opposites = labels[-1], labels[0], labels[:, -1], labels[:, 0]
    outside = [np.unique(band) for band in bands]
    cut = [side for side, band in enumerate(outside) if band.size > 0]
    if len(cut) != 1:
        return False
    side = cut[0]
    extents = components.extents.copy()
    extents[outside[side]] = 0
    if extents.max() >= _MIN_INK * max(differs.shape):
        is_digit = labels == extents.argmax()
        reaches = [own.any() for own in (is_digit[-1], is_digit[0], is_digit[:, -1], is_digit[:, 0])]
        thickness = stroke_width((differs & ~is_digit).astype(np.float32)) / stroke_width(is_digit.astype(np.float32))
        return reaches[side] and sum(reaches) > 1 and max(thickness, 1 / thickness) <= _MAX_HAT_RATIO
    stroke = outside[side][outside[side] > 0]
    is_apart = (opposites[side ^ 1] > 0).mean() < _MAX_TOUCHING and np.isin(stroke, labels[area.slices]).any()
    return bool(is_apart or np.isin(stroke, opposites[side]).any())


def _band_depth(differs: NDArray[np.bool_]) -> int:
    """Return the number of lines, from the first on, of a band along this side; 0 without one.

    A nearly clear line must separate the band from the ink, because the band could be a straight stroke of a digit that
    is cut out tightly. The line may be missing if the ink does not reach the opposite side: the picture is then not cut
    out tightly.
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


def without_shadows(area: Area, levels: NDArray[np.float32]) -> Area:
    """Return the area with those bands that hold ink: paper in a shadow, not a frame or an edge.

    Ink is darker than the light that falls on its place. It may lie partly in the band, where the edge of the shadow
    crosses it.

    Parameters
    ----------
    area
        Found by `area_within_bands`.
    levels
        (H, W) grey levels of the picture.
    """
    height, width = levels.shape
    if levels[area.slices].shape == levels.shape:
        return area
    _, light = local_light(levels)
    marks = find_components(levels < (1 - _INK_CONTRAST) * light)
    is_inside = np.ones(len(marks.sizes), dtype=np.bool_)
    is_inside[np.unique(border(marks.labels))] = False  # what touches the border belongs to an uneven edge
    ink = is_inside[marks.labels] & (marks.labels > 0)
    sides = np.s_[: area.top], np.s_[area.bottom :], np.s_[:, : area.left], np.s_[:, area.right :]
    keep = [_holds_ink(levels[side], ink[side], _MIN_INK * max(height, width)) for side in sides]
    return Area(
        0 if keep[0] else area.top,
        height if keep[1] else area.bottom,
        0 if keep[2] else area.left,
        width if keep[3] else area.right,
    )


def _holds_ink(band: NDArray[np.float32], ink: NDArray[np.bool_], extent: float) -> bool:
    """Return whether ink of at least an extent is darker than the band; gaps between light letters are as dark."""
    if not band.size:
        return False
    return bool(find_components(ink & (band < (1 - _INK_CONTRAST) * np.median(band))).extents.max() >= extent)


def area_of_sheet(levels: NDArray[np.float32]) -> Area:
    """Return the area within a light sheet that a darker desk surrounds; the whole picture without one.

    Parameters
    ----------
    levels
        (H, W) grey levels.
    """
    height, width = levels.shape
    whole = Area(0, height, 0, width)
    is_light = levels > otsu_threshold(levels)
    if border(is_light).mean() > _MAX_SHEET_BORDER or is_light.mean() < _MIN_SHEET:
        return whole
    components = find_components(is_light)
    sheet = components.labels == 1 + int(components.sizes[1:].argmax())
    rows, columns = np.flatnonzero(sheet.any(axis=1)), np.flatnonzero(sheet.any(axis=0))
    box = Area(int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1)
    inside = sheet[box.slices]
    if sheet.mean() < _MIN_SHEET or inside.mean() < _MIN_FILLED:
        return whole
    enclosed = find_components(~inside)
    is_ink = np.ones(len(enclosed.sizes), dtype=np.bool_)
    is_ink[np.append(border(enclosed.labels), 0)] = False
    if enclosed.extents[is_ink].max(initial=0) < _MIN_ENCLOSED * max(inside.shape):
        return whole
    sheet[box.slices] = inside | is_ink[enclosed.labels]
    return _within(sheet, box)


def _within(sheet: NDArray[np.bool_], box: Area) -> Area:
    """Return the area without those lines along the sides of a box that leave the sheet."""
    top, bottom, left, right = box.top, box.bottom, box.left, box.right
    while bottom - top > 1 and right - left > 1:
        inner = sheet[top:bottom, left:right]
        shares = [float(line.mean()) for line in (inner[0], inner[-1], inner[:, 0], inner[:, -1])]
        side = int(np.argmin(shares))
        if shares[side] >= _SHEET_LINE:
            break
        top, bottom = top + (side == 0), bottom - (side == 1)
        left, right = left + (side == 2), right - (side == 3)
    return Area(top, bottom, left, right)


def printed_boxes(inked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the mask, (H, W), of boxes that are drawn or printed around other ink, with their soft edges."""
    components = find_components(inked)
    boxes = np.zeros(len(components.sizes), dtype=np.bool_)
    for label in np.flatnonzero(components.extents >= _MIN_BOX * max(inked.shape)):
        rows, columns = np.nonzero(components.labels == label)
        top, left = int(rows.min()), int(columns.min())
        height, width = int(rows.max()) + 1 - top, int(columns.max()) + 1 - left
        if min(height, width) < max(3, _MIN_ASPECT * max(height, width)):
            continue
        labels = components.labels[top : top + height, left : left + width]
        own = labels == label
        strip = max(1, round(_BOX_STRIP * max(height, width)))
        sides = own[:strip].any(axis=0), own[-strip:].any(axis=0), own[:, :strip].any(1), own[:, -strip:].any(1)
        if min(side.mean() for side in sides) < _BOX_COVERAGE:
            continue
        if own[strip:-strip, strip:-strip].mean() > _MAX_FILLED:
            continue
        inside = np.unique(labels[strip:-strip, strip:-strip])
        others = components.extents[inside[(inside != 0) & (inside != label)]]
        boxes[label] = others.size > 0 and others.max() >= _MIN_INSIDE * min(height, width)
    mask = boxes[components.labels]
    if not mask.any():
        return mask
    return np.asarray(Image.fromarray(mask).convert("L").filter(ImageFilter.MaxFilter(2 * _SOFT_EDGE + 1))) > 0


def punched_holes(inked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the mask, (H, W), of filled discs that are clearly wider than the strokes of a larger component."""
    components = find_components(inked)
    sides = np.stack([components.extents, components.shorter_sides])
    filled = components.sizes / np.maximum(sides.prod(axis=0), 1)
    is_disc = (sides[1] >= _ROUND * sides[0]) & (filled > _DISC[0]) & (filled < _DISC[1])
    others = np.where(is_disc, 0, components.extents)
    largest = int(others.argmax())
    if not is_disc.any() or not others[largest]:
        return np.zeros_like(inked)
    pen = stroke_width((components.labels == largest).astype(np.float32))
    holes = is_disc & (sides[0] > _MIN_HOLE * pen) & (sides[0] < _MAX_HOLE * others[largest])
    return np.asarray(holes[components.labels])
