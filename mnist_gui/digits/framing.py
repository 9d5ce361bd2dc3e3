"""Framing: makes the 28x28 frame that a model expects from a drawing or a picture, as MNIST was made.

LeCun, Cortes and Burges describe it (http://yann.lecun.com/exdb/mnist/): the ink is scaled, preserving its aspect
ratio, until its longest side is 20 pixels, antialiased, and placed in 28x28 with its centre of mass in the middle. The
middle is index (14, 14), an index being the centre of a pixel: measured on MNIST itself.

Points are x (column) and y (row), in this order; arrays have rows and columns.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_gui.digits.content import Content
from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.digits.drawing import Drawing, segments
from mnist_gui.digits.picture import Picture
from mnist_gui.digits.stroke_raster import SegmentRaster, render_strokes
from mnist_gui.digits.stroke_width import MAX_WIDTH, MIN_WIDTH, USUAL_WIDTH, grow_strokes, stroke_width

MIDDLE = 14
INK_SIDE = 20

# Stroke width of MNIST in frame pixels. Measured on 600 random training images: strokes were thinned to their midline,
# the midline was drawn by `render_strokes`, and the width was found that gives as much ink as the image: median 2.45
# (by least squares: median 2.40, quartiles 2.0 and 3.0, mean 2.53). The same fit measures how soft the edges of MNIST
# are: a ramp of 1.0 to 1.1 pixels gives its share of full pixels (41 % of the inked ones), of ink to inked area (0.69)
# and its steepest edges; therefore the ramp of `render_strokes` is one pixel.
STROKE_WIDTH = 2.45

# A drawing smaller than this, in its own unit, is a dot: its form is rounding noise.
_DOT = 1e-4
# Ink whose longest side is 20 and whose centre of mass is in the middle fits into this raster.
_RASTER_SIDE = 48
_RASTER_MIDDLE = 24
# The ink is moved by the error of its centre of mass and drawn again, until the error, in pixels, is below the
# tolerance. Antialiasing depends on fractions of a pixel, most along 45 degrees, where moving by the plain error need
# not converge. At the tolerance, rounding changes a pixel by at most a quarter of a grey level of 255.
_CENTRE_TOLERANCE = 1e-3
_MAX_CENTRINGS = 12
# Of Pillow's filters, this and LANCZOS agree best with the frames of drawings, for pictures of 12 to 800 pixels (root
# mean square 0.022 from 60 pixels on, where BILINEAR has 0.040); BOX is blocky in small pictures, LANCZOS rings.
_FILTER = Image.Resampling.BICUBIC
_WORKING_SIDE = 80  # pixels; minimum for the longest side of ink whose strokes are grown or thinned
_OVERSAMPLING = 4  # raster pixels per side of a frame pixel, for an unframed drawing


@dataclass(frozen=True, eq=False)
class StrokeChange:
    """Strokes of a picture, brought to a width that occurs in MNIST.

    Attributes
    ----------
    ink
        (H, W) float32 in [0, 1], cropped to its box.
    before, after
        Mean stroke width before and after, in pixels of the frame.
    peak
        The strongest ink before it was normalised to 1.
    """

    ink: NDArray[np.float32]
    before: float
    after: float
    peak: float


@dataclass(frozen=True, eq=False)
class Framing:
    """A frame and the steps that led to it.

    Attributes
    ----------
    frame
        (28, 28) float32 in [0, 1].
    box
        Left, top, right, bottom of the points of a drawing, in its unit, or of the inked pixels of a picture. All 0
        without ink.
    scale
        Frame pixels per unit of the source; 0 without ink and for a dot.
    shift
        Columns and rows from the middle of the frame to the middle of the 20x20 box; 0 if the picture already was a
        frame.
    strokes
        How the strokes of a picture were changed; None if they were not.
    """

    frame: NDArray[np.float32]
    box: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    scale: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    strokes: StrokeChange | None = None


def frame_of(content: Content) -> NDArray[np.float32]:
    """Return the (28, 28) float32 frame in [0, 1] of a drawing or a picture; zeros without ink.

    A drawing is rendered from its geometry: its longest side, including the stroke width, is 20 pixels, and the centre
    of mass of the ink is at (14, 14), to a fraction of a pixel, even if this cuts off ink at the edge. Moving or
    scaling a drawing (with an extent of at least 1e-3) changes its frame by rounding only. A dot becomes a disc.

    A picture is scaled until the longest side of its ink is 20 pixels, unless it already is, and moved by whole pixels
    until its centre of mass is nearest to (14, 14). Frames of MNIST are returned unchanged.
    """
    return framing_of(content).frame


def framing_of(content: Content) -> Framing:
    """Return the frame of `frame_of` and the steps that led to it."""
    if isinstance(content, Drawing):
        return _framing_of_strokes(content)
    if content.framed:
        return Framing(content.ink.copy(), _ink_box(content.ink), scale=1.0)
    return _framing_of_ink(content.ink)


def proportions(content: Content) -> float:
    """Return the width of the ink, with strokes as wide as in the frame, relative to its height; 0 without ink."""
    if content.is_blank:
        return 0.0
    if isinstance(content, Picture):
        columns, rows = (np.flatnonzero(content.ink.any(axis=axis)) for axis in (0, 1))
        return float((np.ptp(columns) + 1) / (np.ptp(rows) + 1))
    left, top, right, bottom = content.bounds()
    pen = max(right - left, bottom - top) * STROKE_WIDTH / (INK_SIDE - STROKE_WIDTH) or 1.0
    return (right - left + pen) / (bottom - top + pen)


def downscale_canvas(drawing: Drawing, canvas: float, pen: float) -> NDArray[np.float32]:
    """Return the whole canvas scaled down to 28x28, as programs without framing do.

    Parameters
    ----------
    drawing
        Strokes on a square canvas with a corner at (0, 0); ink outside of it is cut off.
    canvas
        Side of the canvas, in the unit of the drawing, above 0.
    pen
        Width of the pen, in the unit of the drawing, above 0.

    Returns
    -------
    NDArray[np.float32]
        (28, 28) in [0, 1]; each pixel is the mean of its area of the canvas.
    """
    side = FRAME_SIDE * _OVERSAMPLING
    scale = side / canvas
    raster = render_strokes([stroke * scale - 0.5 for stroke in drawing.strokes], pen * scale, (side, side))
    blocks = raster.reshape(FRAME_SIDE, _OVERSAMPLING, FRAME_SIDE, _OVERSAMPLING)
    return np.asarray(blocks.mean(axis=(1, 3)), dtype=np.float32)


def _framing_of_strokes(drawing: Drawing) -> Framing:
    if drawing.is_blank:
        return Framing(np.zeros((FRAME_SIDE, FRAME_SIDE), dtype=np.float32))
    box = left, top, right, bottom = drawing.bounds()
    extent = max(right - left, bottom - top)
    scale = (INK_SIDE - STROKE_WIDTH) / extent if extent >= _DOT else 0.0
    middle = np.array([(left + right) / 2, (top + bottom) / 2])
    starts, ends = ((points - middle) * scale + _RASTER_MIDDLE for points in segments(drawing.strokes))
    pieces = SegmentRaster(starts, ends, STROKE_WIDTH, (_RASTER_SIDE, _RASTER_SIDE), max_shift=_RASTER_SIDE)
    off = _RASTER_MIDDLE - _centre_of_mass(pieces.coverage())
    shift, step, slope = np.zeros(2), off, np.eye(2)
    for _ in range(_MAX_CENTRINGS):
        shift = shift + step
        ink = pieces.coverage(shift)
        before, off = off, _RASTER_MIDDLE - _centre_of_mass(ink)
        if np.abs(off).max() < _CENTRE_TOLERANCE:
            break
        # Broyden's method for the effect of a step; the small number suppresses steps that are rounding noise.
        slope += np.outer(before - off - slope @ step, step) / (step @ step + 1e-8)
        step = np.clip(_solved(slope, off), -0.5, 0.5)
    return Framing(_window(ink), box, scale, (float(shift[0]), float(shift[1])))


def _solved(matrix: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solve a (2, 2) system of equations; the solution is long if the matrix is singular.

    NumPy's solver takes longer than drawing the digit.
    """
    (a, b), (c, d) = matrix.tolist()
    x, y = right.tolist()
    return np.array([d * x - b * y, a * y - c * x]) / (a * d - b * c or 1e-12)


def _framing_of_ink(ink: NDArray[np.float32]) -> Framing:
    box = left, top, right, bottom = _ink_box(ink)
    longest = max(right - left, bottom - top)
    if longest == 0:
        return Framing(np.zeros((FRAME_SIDE, FRAME_SIDE), dtype=np.float32))
    if _is_frame(ink, longest):
        return Framing(ink.copy(), box, scale=1.0)
    ink = ink[top:bottom, left:right]
    strokes = _stroke_change(ink)
    ink = ink if strokes is None else strokes.ink
    longest = max(ink.shape)
    if longest != INK_SIDE:
        ink = _resized(ink)
    rows, columns = ink.shape
    # Ties go left and up, as all three of MNIST's do; the last term makes them independent of rounding.
    column, row = np.ceil(MIDDLE - _centre_of_mass(ink) - 0.5 - 1e-6).astype(int).tolist()
    raster = np.zeros((_RASTER_SIDE, _RASTER_SIDE), dtype=np.float32)
    cut = _RASTER_MIDDLE - MIDDLE
    raster[cut + row : cut + row + rows, cut + column : cut + column + columns] = ink
    shift = column + (columns - 1) / 2 - MIDDLE, row + (rows - 1) / 2 - MIDDLE
    return Framing(_window(raster), box, INK_SIDE / longest, shift, strokes)


def _stroke_change(ink: NDArray[np.float32]) -> StrokeChange | None:
    """Return ink, cropped to its box, with strokes of a width that occurs in MNIST; None if they need no change.

    Thin strokes would fade when the ink is scaled down: they are grown to the usual width. Strokes wider than any in
    MNIST are thinned. Ink no larger than in a frame is left as it is.
    """
    width = stroke_width(ink) * INK_SIDE / max(ink.shape)  # in frame pixels
    if max(ink.shape) <= INK_SIDE or MIN_WIDTH <= width <= MAX_WIDTH:
        return None
    if (factor := max(ink.shape) // _WORKING_SIDE) > 1:
        ink = _pooled(ink, factor) if width < MIN_WIDTH else np.asarray(Image.fromarray(ink).reduce(factor))
    pixel = max(ink.shape) / INK_SIDE
    target = USUAL_WIDTH if width < MIN_WIDTH else MAX_WIDTH
    # The ink becomes larger, and with it the pixels of the frame.
    distance = (target * pixel - stroke_width(ink)) / 2 / (1 - target / INK_SIDE)
    ink = grow_strokes(np.pad(ink, math.ceil(abs(distance)) + 1), distance)
    left, top, right, bottom = _ink_box(ink)
    ink = ink[top:bottom, left:right]
    peak = float(ink.max())
    ink = np.asarray(ink / peak, dtype=np.float32)
    return StrokeChange(ink, width, stroke_width(ink) * INK_SIDE / max(ink.shape), peak)


def _pooled(ink: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Return the maximum of each square of `factor` pixels per side."""
    rows, columns = (-(-side // factor) for side in ink.shape)
    padded = np.pad(ink, [(0, rows * factor - ink.shape[0]), (0, columns * factor - ink.shape[1])])
    return np.asarray(padded.reshape(rows, factor, columns, factor).max(axis=(1, 3)))


def _window(raster: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the frame within the raster, which is larger so that no ink is cut off before it is measured."""
    cut = _RASTER_MIDDLE - MIDDLE
    return np.array(raster[cut : cut + FRAME_SIDE, cut : cut + FRAME_SIDE], dtype=np.float32)


def _ink_box(ink: NDArray[np.float32]) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom (the last two exclusive) of the inked pixels; all 0 without any."""
    columns, rows = np.flatnonzero(ink.any(axis=0)), np.flatnonzero(ink.any(axis=1))
    if not columns.size:
        return 0, 0, 0, 0
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _is_frame(ink: NDArray[np.float32], longest: int) -> bool:
    """Return whether ink already is a frame, by a rule that all 70,000 frames of MNIST satisfy.

    Framing reproduces all but 18 of them. In 16, centring cut off a row or a column at the edge, so that 19 pixels of
    the longest side are left. In two, cutting and rounding left the centre of mass off by 0.507 and 0.52 pixels.
    """
    if ink.shape != (FRAME_SIDE, FRAME_SIDE):
        return False
    reaches_edge = bool(ink[[0, -1]].any() or ink[:, [0, -1]].any())
    is_sized = longest == INK_SIDE or (reaches_edge and longest == INK_SIDE - 1)
    return is_sized and bool(np.abs(_centre_of_mass(ink) - MIDDLE).max() <= 0.52)


def _resized(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ink, cropped to its box, resampled so that its longest side is 20 pixels.

    The shorter side is padded to whole pixels of the result, which preserves the aspect ratio exactly; a line thinner
    than such a pixel is widened to one, because it would fade.
    """
    pixel = max(ink.shape) / INK_SIDE  # side of a pixel of the result, in pixels of the source
    rows, columns = (math.ceil(side / pixel - 1e-9) for side in ink.shape)
    below, beside = (
        (count * pixel - side) / 2 if side > pixel else 0.0
        for count, side in zip((rows, columns), ink.shape, strict=True)
    )
    padded = np.pad(ink, [(math.ceil(margin),) * 2 for margin in (below, beside)])
    top, left = math.ceil(below) - below, math.ceil(beside) - beside
    box = left, top, padded.shape[1] - left, padded.shape[0] - top
    resized = np.asarray(Image.fromarray(padded).resize((columns, rows), _FILTER, box=box))
    return np.asarray(np.clip(resized, 0, 1))


def _centre_of_mass(ink: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return x and y, as pixel indices, of an array with some ink."""
    rows, columns = ink.sum(axis=1, dtype=np.float64), ink.sum(axis=0, dtype=np.float64)
    return np.array([columns @ np.arange(columns.size), rows @ np.arange(rows.size)]) / np.float64(rows.sum())
