"""Extracts the ink of a photo of a digit on paper: removes uneven light, ruled lines, edges of the table and specks.

All functions work on grey levels of about a thousand pixels per side. The light is the level of the paper around a
pixel; darkness relative to it does not depend on the illumination. Dark pixels are ink unless they belong to a ruled
line or enter from the side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from mnist_gui.digits.connected_components import Components, find_components, find_pixel_runs
from mnist_gui.digits.grey_levels import border, corner_levels, noise_deviation, otsu_threshold
from mnist_gui.digits.paper_light import CELLS, closed, extreme, local_light, narrow_shadows, shrunk
from mnist_gui.digits.printed_marks import printed_boxes, punched_holes
from mnist_gui.digits.reading_steps import StepRecorder

# Fractions without a unit are of the longer side of the picture.

# The border is uneven if more than _UNEVEN of it deviates from its median by more than _DEVIATION of white and by
# _DEVIATION_NOISE standard deviations of noise. Deviations near the strongest ink are ink that reaches the border.
_UNEVEN = 0.02
_DEVIATION = 0.04
_DEVIATION_NOISE = 5.0
_NEARLY_INK = 0.6  # share of the strongest deviation in the picture

_DARK_SURFACE = 0.35  # light, relative to that of the lightest tenth, below which the surface is a table, not paper

_UNEVEN_LIGHT = 0.05  # difference of the lightest and the darkest paper, of white, that is worth showing

# Dark or light ink.
_COARSE_CELLS = 80  # cells along the side
_COARSE_WINDOW = 17  # cells
_BOARD = 0.35  # median level, of white, below which the picture is a board

# Even light: the picture is a plane except for strokes.
_MAX_STROKE = 0.36  # maximum width of a stroke
_PLANE_DEVIATION = 0.06  # maximum deviation of paper from the plane, of white
_PLANE_SHARE = 0.1  # minimum share of the picture on the plane
_MAX_SOFT_EDGE = 0.08  # maximum width of the lighter half of a soft edge
_MAX_SOFT_PIXELS = 12  # the same in pixels; the larger of the two counts
_PLANE_TOLERANCES = (0.15, 0.12, 0.09, 0.06)  # of the fits, of white

# Two shades: all that is neither paper nor ink is the soft edge of ink. Differences from paper are relative to the
# largest one.
_SAME_SHADE = 0.65  # minimum difference of ink; paper in a shadow has less
_USUAL_INK = 0.85  # minimum of the median ink, relative to the darkest
_SOFT_SIDE = 0.06  # width of a soft edge
_THIRD_SHADE = 0.01  # maximum share of the picture that is neither
_CLEAR_INK = 0.25  # minimum difference of the darkest ink, of white

# Ink.
_MIN_DARKNESS = 0.10  # minimum darkness relative to paper
_MIN_DARKNESS_NOISE = 4.5  # minimum darkness in standard deviations of noise
_MIN_CONTRAST = 1.4  # minimum median darkness relative to these minima: excludes the tail of the noise
_WEAK = 0.6  # minimum darkness, relative to the threshold between ink and paper, that continues a stroke
_NOISE_DISTANCE = 4  # pixels between those that are compared to measure the noise

_SOFT_HOLE = 3  # pixels around a punched hole

# Edges of a table or of the paper enter from a side of the picture.
_EDGE_SHARE = 0.25  # minimum share of a side that an edge covers
_EDGE_SHARE_OF_EVEN = 0.12  # the same under light that counts as even
_WIDEST_DIGIT = 2.0  # width, relative to the height, above which a picture is no digit that is cut out tightly
_ACROSS = 0.8  # share of the picture in both directions from which on a component is a digit, cut out tightly

_MAX_OF_SIDE = 0.6  # share of a side from which on one direction is not enough
_SPECK_OF_TIGHT = 0.2  # maximum extent of what else is there, relative to that of such a digit

# Ruled lines.
_LINE_THICKNESS = 0.006  # maximum thickness
_LINE_LENGTH = 0.3  # minimum visible length, of the picture, of parallel lines: noise and other lines hide the rest
_ACROSS_LENGTH = 0.9  # the same across a narrow picture, in which digits may be nearly as high
_LONE_LINE_LENGTH = 0.8  # the same of fewer than _PARALLEL lines
_MIN_LONE_LINE = 0.3  # minimum length of these
_TABLE_SIDE = (
    0.95  # minimum length of the lines of a table, relative to the distance of the outermost lines across them
)
_PARALLEL = 4  # number of lines that cannot be strokes of a digit
_MAX_LINE_ROWS = 0.3  # maximum share of the rows that are on lines
_MAX_SLOPE = 0.12
_MIN_KEPT = 0.3  # lines are kept if without them the largest component has less than this share of its extent
_CROSSING = 0.006  # distance within which ink on both sides of a line makes a stroke that crosses it
_DARKER = 1.5  # darkness of strokes, relative to that of lines, from which on it distinguishes them
_SOME_LINES = 0.02  # share of the ink that lines must have to be worth showing
_REMAINS = 0.8  # share of a component on ruled lines from which on it is a remainder of them

# Components that can belong to digits.
_SPECK = 0.12  # minimum extent relative to the largest component
_MIN_DIGIT = 0.025  # minimum extent of the largest component
_THREAD = 0.35  # minimum stroke thickness relative to the largest component: excludes remains of lines and edges
# Extents from which on a component inside excludes those that touch the border.
_INNER_DIGIT = 0.08
_INNER_OF_TOUCHING = 0.4  # relative to the largest component that touches the border


def is_photo(levels: NDArray[np.float32], top: float, is_light_ink: bool = False) -> bool:
    """Return whether the light is uneven: the border or wide areas have other shades than the paper and strokes.

    Apart from noise, the border of an evenly lit picture has two shades. If the larger part of the paper lies in a
    shadow, the rest of it differs as much as ink does, but is wider than strokes.

    Parameters
    ----------
    levels
        (H, W) grey levels.
    top
        Level of white.
    is_light_ink
        Whether the ink is lighter than most of the picture.
    """
    edge = border(levels)
    deviation = np.abs(edge - np.median(edge))
    deviates = deviation > max(_DEVIATION * top, _DEVIATION_NOISE * _noise(edge))
    is_between = deviates & (deviation < _NEARLY_INK * np.abs(levels - np.median(edge)).max())
    return bool(is_between.mean() > _UNEVEN) or _even_light(top - levels if is_light_ink else levels, top) is None


def in_two_shades(distance: NDArray[np.float32], peak: float, top: float) -> bool:
    """Return whether a picture is nothing but paper of one shade and ink of another, with soft edges.

    A digit that is cut out tightly may leave so little paper that no light can be estimated on it. A shadow is a third
    shade; the edge of a table enters from a side.

    Parameters
    ----------
    distance
        (H, W): how much darker than the paper, or lighter for light ink, each pixel is.
    peak
        The largest distance.
    top
        Level of white.
    """
    height, width = distance.shape
    is_ink = distance > _SAME_SHADE * peak
    is_between = (np.abs(distance) > _PLANE_DEVIATION * top) & ~is_ink
    reach = max(3, round(_SOFT_SIDE * max(height, width)))
    if peak < _CLEAR_INK * top or (is_between & ~_widened(is_ink, reach)).mean() > _THIRD_SHADE:
        return False
    if np.median(distance[is_ink]) < _USUAL_INK * np.percentile(distance[is_ink], 99):
        return False
    components = find_components(is_ink)
    corners = components.labels[[0, 0, -1, -1], [0, -1, 0, -1]]
    if height <= _WIDEST_DIGIT * width and (corners > 0).sum() > 2:  # darker all around
        return False
    touching = np.unique(border(components.labels))
    if touching.any() and components.extents.argmax() not in touching:  # the digit is not cut out, an edge may be
        return False
    covered = _covered_sides(components).max(axis=0)
    entering = np.flatnonzero(covered[1:] > _EDGE_SHARE) + 1
    for label in np.intersect1d(entering, corners):
        spans = _spans(components.labels == label)
        if (max(spans) if covered[label] < _MAX_OF_SIDE else min(spans)) < _ACROSS:
            return False
    # A table along two sides reaches across the picture as a digit does; the digit is then inside of it.
    inside = np.delete(components.extents, touching)
    return not (entering.size and inside.size and inside.max() > _INNER_DIGIT * max(height, width))


def photo_ink(
    levels: NDArray[np.float32], top: float, is_light_ink: bool = False, recorder: StepRecorder | None = None
) -> NDArray[np.float32]:
    """Return the ink, (H, W) in [0, 1], of a photo, with soft edges; zeros if there is paper only.

    Parameters
    ----------
    levels
        (H, W) grey levels from 0 to `top`: dark ink on light paper, or chalk on a board.
    top
        Level of white.
    is_light_ink
        Whether the ink is lighter than most of the picture; used if the light is even.
    recorder
        Receives the steps that change something.
    """
    recorder = recorder or StepRecorder()
    levels, even = _dark_on_light(levels, top, is_light_ink)
    light, lowest = local_light(levels) if even is None else (even, even)
    light = np.maximum(light, 1e-3 * top)
    if np.ptp(light) > _UNEVEN_LIGHT * top:
        recorder.add_levels("light", levels / light, 1.0)
    darkness = np.clip(1 - levels / light, 0, 1)
    # Of a digit that is cut out tightly, the strokes would count as noise.
    noise = _noise(levels)
    if even is not None:
        noise = min(noise, noise_deviation((levels - light)[levels > 0.8 * light]))
    # At the edge of a table or of a shadow, ink is darker than either side.
    floor = np.maximum(_MIN_DARKNESS, _MIN_DARKNESS_NOISE * noise / light) + np.clip(1 - lowest / light, 0, 1)
    inked = (darkness > floor) & (light > _DARK_SURFACE * np.percentile(light, 90))
    boxes = printed_boxes(inked)
    if boxes.any():
        inked &= ~boxes
        recorder.add_mask("boxes", inked)
    across = _ruled_lines(levels, inked, light)
    down = _ruled_lines(levels.T, inked.T, light.T, across.span)
    if down.span:
        across = _ruled_lines(levels, inked, light, down.span)
    without_lines = _without_lines(inked, across, down, darkness)
    if (inked & ~without_lines).sum() > _SOME_LINES * inked.sum():
        recorder.add_mask("rulings", without_lines)
    inked = without_lines
    holes = punched_holes(inked)
    if holes.any():
        inked &= ~extreme(holes, _SOFT_HOLE, np.maximum)
        recorder.add_mask("holes", inked)
    inked &= ~_entering(inked, _EDGE_SHARE, keep_tight=even is not None)
    if not inked.any():
        return np.zeros_like(levels)
    threshold = otsu_threshold(darkness[inked])
    connected = _connected(inked & (darkness > _WEAK * threshold), darkness > threshold)
    solid = _without_specks(connected, may_touch=even is not None)
    strong = solid & (darkness > threshold)
    if not strong.any():
        return np.zeros_like(levels)
    full = float(np.median(darkness[strong]))
    if full < _MIN_CONTRAST * float(np.median(floor[strong])):
        return np.zeros_like(levels)
    # As far below the threshold as full ink is above it, so that edges stay at the threshold.
    faintest = np.minimum(np.maximum(floor, 2 * threshold - full), _WEAK * threshold)
    soft = np.clip((darkness - faintest) / (full - faintest), 0, 1)
    return np.asarray(np.where(_widened(solid, 2), soft, 0), dtype=np.float32)


def _dark_on_light(
    levels: NDArray[np.float32], top: float, is_light_ink: bool
) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    """Return levels whose ink is dark, and their light if that is even."""
    even = _even_light(top - levels if is_light_ink else levels, top)
    if even is None:
        return (top - levels if _is_chalk(levels, top) else levels), None
    distance = levels - (top - even if is_light_ink else even)
    # On a slope of light, the ink need not differ most from the most frequent paper.
    if is_light_ink != bool(distance.max() > -distance.min()):
        other = _even_light(levels if is_light_ink else top - levels, top)
        even, is_light_ink = (even, is_light_ink) if other is None else (other, not is_light_ink)
    return (top - levels if is_light_ink else levels), even


def _noise(levels: NDArray[np.float32]) -> float:
    """Return the standard deviation of the noise along the last axis.

    Pixels at some distance are compared, because cameras and compression correlate the noise of neighbours.
    """
    # sqrt(2) for the difference of two pixels
    difference = levels[..., _NOISE_DISTANCE:] - levels[..., :-_NOISE_DISTANCE]
    return noise_deviation(difference) / math.sqrt(2)


def _is_chalk(levels: NDArray[np.float32], top: float) -> bool:
    """Return whether the marks are mostly lighter than their surroundings.

    The surroundings are a median, which, unlike the mean, preserves the edges of tables and shadows.
    """
    coarse = shrunk(levels, _COARSE_CELLS)
    median = Image.fromarray((coarse * (255 / top)).astype(np.uint8)).filter(ImageFilter.MedianFilter(_COARSE_WINDOW))
    surroundings = np.maximum(np.asarray(median, dtype=np.float32) * (top / 255), 0.02 * top)
    ratio = np.log(np.maximum(coarse, 0.02 * top) / surroundings)
    margin = _COARSE_WINDOW // 2  # the median is unreliable at the border
    cubes = np.power(ratio[margin:-margin, margin:-margin], 3)  # a few large values outweigh many small ones
    is_dark = np.median(levels) < _BOARD * top and cubes.sum() > 0.5 * np.abs(cubes).sum() > 0
    return bool(is_dark and (corner_levels(levels) > otsu_threshold(levels.reshape(-1))).sum() < 2)


def _even_light(levels: NDArray[np.float32], top: float) -> NDArray[np.float32] | None:
    """Return the level of paper at each pixel if it is a plane, on which strokes of any width lie; None otherwise.

    Around a digit that is cut out tightly there is too little paper to estimate the light from place to place.
    """
    cells = shrunk(levels, _COARSE_CELLS)
    row, column = (np.linspace(-1, 1, side) for side in cells.shape)
    terms = np.stack(np.broadcast_arrays(1.0, row[:, None], column), axis=-1).reshape(-1, 3)
    values = cells.reshape(-1).astype(np.float64)
    is_paper = values > otsu_threshold(values)
    if not is_paper.any() or is_paper.all():
        return None
    plane = np.full_like(values, np.median(values[is_paper]))
    for tolerance in _PLANE_TOLERANCES:
        is_paper = np.abs(values - plane) < tolerance * top
        if is_paper.sum() < 3:
            return None
        plane = terms @ np.linalg.lstsq(terms[is_paper], values[is_paper], rcond=None)[0]
    is_paper = np.abs(values - plane) < _PLANE_DEVIATION * top
    off_plane = (~is_paper).reshape(cells.shape)
    if is_paper.mean() < _PLANE_SHARE or off_plane[[0, 0, -1, -1], [0, -1, 0, -1]].sum() > 2:  # darker all around
        return None
    is_dark = off_plane & (values - plane <= otsu_threshold(values - plane)).reshape(cells.shape)
    # What is neither paper nor dark may be the soft edge of a stroke, and what is dark a stroke, but no wider: wider
    # areas are shadows or tables.
    soft_edge = max(_MAX_SOFT_EDGE, _MAX_SOFT_PIXELS / max(levels.shape))
    for mask, width in ((off_plane & ~is_dark, soft_edge), (is_dark, _MAX_STROKE)):
        if extreme(mask, max(1, round(width / 2 * max(cells.shape))), np.minimum).any():
            return None
    if _entering(is_dark, _EDGE_SHARE_OF_EVEN, keep_tight=True).any() or narrow_shadows(shrunk(levels, CELLS)).any():
        return None
    height, width = levels.shape
    light = Image.fromarray(plane.reshape(cells.shape).astype(np.float32))
    return np.asarray(light.resize((width, height), Image.Resampling.BILINEAR))


def _entering(inked: NDArray[np.bool_], share: float, keep_tight: bool) -> NDArray[np.bool_]:
    """Return the mask of the components that enter along more than a share of a side: edges, tables and shadows.

    A digit that is cut out tightly can be kept: a component that reaches nearly across the whole picture in both
    directions, or, if it is by far the largest, from the side along which it enters nearly to the opposite one.
    """
    components = find_components(inked)
    labels = components.labels
    covered = _covered_sides(components).max(axis=0)
    entering = covered > share
    if keep_tight and labels.shape[1] <= _WIDEST_DIGIT * labels.shape[0]:
        for label in np.flatnonzero(entering[1:]) + 1:
            spans = _spans(labels == label)
            others = np.delete(components.extents, label).max()
            is_alone = others <= _SPECK_OF_TIGHT * components.extents[label] and covered[label] < _MAX_OF_SIDE
            entering[label] = (max(spans) if is_alone else min(spans)) < _ACROSS
    entering[0] = False
    return np.asarray(entering[labels])


def _covered_sides(components: Components) -> NDArray[np.float64]:
    """Return the share of each side, (4, n + 1), that each component covers."""
    labels, count = components.labels, len(components.sizes)
    sides = labels[0], labels[-1], labels[:, 0], labels[:, -1]
    return np.array([np.bincount(side, minlength=count) / len(side) for side in sides])


def _spans(mask: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the extent of a mask down and across, as fractions of the picture."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return float(np.ptp(rows)) / mask.shape[0], float(np.ptp(columns)) / mask.shape[1]


@dataclass(frozen=True, eq=False)
class _RuledLines:
    """Ruled lines that are nearly horizontal.

    Attributes
    ----------
    rows
        (H, W): pixels on a line.
    thin
        (H, W): pixels of `rows` that do not belong to a stroke across the line.
    are_parallel
        Whether there are at least `_PARALLEL`, which cannot be strokes of a digit.
    span
        Distance of the outermost lines; 0 of fewer than two.
    """

    rows: NDArray[np.bool_]
    thin: NDArray[np.bool_]
    are_parallel: bool
    span: int


def _ruled_lines(
    levels: NDArray[np.float32], inked: NDArray[np.bool_], light: NDArray[np.float32], span: int = 0
) -> _RuledLines:
    """Return the thin dark lines, and thin straight edges, across most of the picture or of a table.

    Thin pixels are darker than those closely above and below, or belong to a short vertical run of ink. All lines have
    nearly the same slope: the one along which the rows are fullest. The `span` is that of the lines across these.
    """
    height, width = levels.shape
    thickest = max(3, round(_LINE_THICKNESS * max(levels.shape)))
    thin = closed(levels, math.ceil(thickest / 2), axes=(0,)) - levels > _MIN_DARKNESS / 2 * light
    lengths = _run_lengths_down(inked)
    thin |= inked & (lengths <= thickest)
    middle = np.arange(width) - width / 2
    y, x = np.nonzero(thin)
    drift = math.ceil(_MAX_SLOPE * width / 2) + 1
    # One step of the slope moves a line by a pixel at half the width.
    slopes = np.arange(-_MAX_SLOPE, _MAX_SLOPE, 2 / width)
    fullness = [
        np.bincount(np.rint(y - slope * middle[x]).astype(np.intp) + drift, minlength=height + 2 * drift)
        for slope in slopes
    ]
    best = int(np.argmax([np.square(full, dtype=np.float64).sum() for full in fullness]))
    # A line may be thicker than one pixel, and bend by one: each column is searched in three rows, but counted once.
    # Otherwise a straight stroke of a few pixels' thickness would count three times its length.
    y, x = np.nonzero(extreme(thin, 1, np.maximum, axes=(0,)))
    length = np.bincount(np.rint(y - slopes[best] * middle[x]).astype(np.intp) + drift, minlength=height + 2 * drift)
    is_line = length > max(_LINE_LENGTH * width, min(_LINE_LENGTH * height, _ACROSS_LENGTH * width))
    are_parallel = len(_starts(is_line)) >= _PARALLEL
    if not are_parallel:
        is_line = length > max(_LONE_LINE_LENGTH * width, _MIN_LONE_LINE * height)
        sides = length >= _TABLE_SIDE * span
        if span and len(_starts(sides)) > 1:
            is_line |= sides
    if is_line.sum() > _MAX_LINE_ROWS * height:  # noise, or hatching
        is_line[:] = False
    is_line = np.convolve(is_line, np.ones(3), "same") > 0
    rows = is_line[np.rint(np.arange(height)[:, None] - slopes[best] * middle).astype(np.intp) + drift]
    starts = _starts(is_line)
    return _RuledLines(rows, rows & thin, are_parallel, int(np.ptp(starts)) if starts.size else 0)


def _starts(is_line: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the first row of each line."""
    return np.flatnonzero(np.diff(is_line, prepend=False) & is_line)


def _without_lines(
    inked: NDArray[np.bool_], across: _RuledLines, down: _RuledLines, darkness: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Return the ink without ruled lines, except where a stroke crosses them, or lies on them and is clearly darker.

    A line or two may be strokes: they are kept if little of the largest component would be left without them.
    """
    lines = across.thin | down.thin.T | (across.rows & down.rows.T)
    if not (inked & lines).any():
        return inked
    left = inked & ~lines
    reach = math.ceil(_CROSSING * max(inked.shape))
    left |= inked & lines & extreme(_widened(left, reach), reach, np.minimum)
    of_lines, of_strokes = (_full_darkness(darkness, mask) for mask in (lines, left))
    if of_strokes > _DARKER * of_lines:
        left |= inked & (darkness > (of_lines + of_strokes) / 2)
    if across.are_parallel or down.are_parallel:
        return left & ~_remains(left, across.rows | down.rows.T)
    # The extent of a grid counts as that of a line.
    extent = min(float(find_components(inked).extents.max()), _LONE_LINE_LENGTH * min(inked.shape))
    return left if find_components(left).extents.max() >= _MIN_KEPT * extent else inked


def _full_darkness(darkness: NDArray[np.float32], marks: NDArray[np.bool_]) -> float:
    """Return the usual darkness of marks, (H, W), measured where they are darkest across; 0 without marks."""
    darkest = extreme(np.where(marks, darkness, np.float32(0)), 2, np.maximum)
    return float(np.median(darkest[marks])) if marks.any() else 0.0


def _remains(left: NDArray[np.bool_], rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the components that lie on the lines, nearly as a whole."""
    components = find_components(left)
    inside = np.bincount(components.labels[rows], minlength=len(components.sizes))
    is_remains = inside > _REMAINS * components.sizes
    is_remains[0] = False
    return np.asarray(is_remains[components.labels])


def _run_lengths_down(inked: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the length of the vertical run of ink that each pixel belongs to; 0 without ink."""
    _, begins, ends = find_pixel_runs(inked.T)
    lengths = np.zeros(inked.T.shape, dtype=np.intp)
    lengths[inked.T] = np.repeat(ends - begins, ends - begins)
    return lengths.T


def _without_specks(solid: NDArray[np.bool_], may_touch: bool) -> NDArray[np.bool_]:
    """Return the mask with only the components that can belong to digits.

    Components that touch the border can if they are no lines and there are no others, or, if digits may touch it, none
    that are nearly as large.
    """
    components = find_components(solid)
    extents, side = components.extents.copy(), max(solid.shape)
    thickness = components.sizes / np.maximum(extents, 1)
    touching = np.unique(border(components.labels))
    inside = np.delete(extents, touching)
    largest_touching = extents[touching].max()
    if inside.size and inside.max() > max(_INNER_DIGIT * side, may_touch * _INNER_OF_TOUCHING * largest_touching):
        extents[touching] = 0
    extents[touching[thickness[touching] < 2 * _LINE_THICKNESS * side]] = 0  # corner of a ruled line
    if extents.max() < _MIN_DIGIT * side:
        return np.zeros_like(solid)
    pen = thickness[extents.argmax()]
    return np.asarray(((extents >= _SPECK * extents.max()) & (thickness > _THREAD * pen))[components.labels])


def _connected(weak: NDArray[np.bool_], strong: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the components of weak pixels that contain a strong one (hysteresis, Canny 1986)."""
    labels = find_components(weak).labels
    keep = np.zeros(labels.max() + 1, dtype=np.bool_)
    keep[labels[strong]] = True
    keep[0] = False
    return keep[labels]


def _widened(mask: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    return extreme(mask, reach, np.maximum)
