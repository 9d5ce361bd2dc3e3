"""A drawing or a picture -> the 28x28 frame that a model expects, white ink on black, made as MNIST was made.

As LeCun, Cortes and Burges describe MNIST (http://yann.lecun.com/exdb/mnist/): the ink is scaled, its aspect
kept, until its longest side is 20 pixels, antialiased, and placed in 28x28 with its centre of mass in the
middle. The middle is index (14, 14), an index being a pixel's centre: measured on MNIST itself.

Points are x (column) and y (row), in that order; arrays have rows and columns.
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
from mnist_gui.digits.stroke_raster import Pieces, render_strokes

MIDDLE = 14
INK_SIDE = 20

# The stroke width that MNIST has, in frame pixels. Measured on 600 random training images: each one's strokes
# were thinned to their midline, the midline drawn again as `render_strokes` does, and the width found at
# which it has as much ink as the image: median 2.45 (by least squares: median 2.40, quartiles 2.0 and 3.0,
# mean 2.53). The same fit says how soft MNIST's edges are: a ramp of 1.0 to 1.1 pixels gives its share of
# full pixels (41 % of those inked), of ink to inked area (0.69) and its steepest edges: so `render_strokes`
# has the plain pixel.
STROKE_WIDTH = 2.45

# A drawing smaller than this, in its own unit, is a dot: what is left of its form is rounding.
_DOT = 1e-4
# Ink whose longest side is 20 and whose centre of mass is in the middle never reaches out of this raster.
_RASTER_SIDE = 48
_RASTER_MIDDLE = 24
# The ink is moved by what its centre of mass is off, and drawn again, until it is less than so many pixels off, or
# so many times. Antialiasing is not blind to fractions of a pixel, least of all along 45 degrees, where plainly
# moving by what is off need not even converge. Should rounding ever decide when to stop, a quarter of one of 255
# grey levels depends on it.
_CENTRED = 1e-3
_CENTRINGS = 12
# Of Pillow's filters it and LANCZOS agree best with `frame_drawing`, from pictures of 12 to 800 pixels (root
# mean square 0.022 from 60 pixels on, where BILINEAR has 0.040); BOX is blocky in small ones, LANCZOS leaves
# rings.
_FILTER = Image.Resampling.BICUBIC
# Unframed strokes: so many raster pixels a side are averaged to a frame pixel.
_OVERSAMPLING = 4


@dataclass(frozen=True, eq=False)
class Framing:
    """How a frame came about.

    Attributes
    ----------
    frame
        (28, 28) float32 in [0, 1].
    box
        Left, top, right, bottom of what was framed: of a drawing's points, in its unit; of a picture's inked
        pixels, edges in pixels. All 0 where there is no ink.
    scale
        Frame pixels per unit of the source; 0 where there is no ink, or a mere dot.
    shift
        Columns right and rows down by which the middle of the 20x20 box lies off the middle of the frame; 0 for
        what already was a frame, and was not moved.
    """

    frame: NDArray[np.float32]
    box: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    scale: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)


def frame_of(content: Content) -> NDArray[np.float32]:
    """Return the (28, 28) float32 frame in [0, 1] of whatever may hold a digit; zeros where there is no ink.

    A drawing is rendered from its geometry; an MNIST frame comes out bit for bit; any other picture is framed
    as a bitmap.
    """
    return framing_of(content).frame


def framing_of(content: Content) -> Framing:
    """Return the frame of `frame_of` with the steps that led to it."""
    if isinstance(content, Drawing):
        return _framing_of_strokes(content)
    if content.framed:
        return Framing(content.ink.copy(), _ink_box(content.ink), scale=1.0)
    return _framing_of_ink(content.ink)


def frame_drawing(drawing: Drawing) -> NDArray[np.float32]:
    """Return the (28, 28) float32 frame in [0, 1] of a drawing, rendered from its geometry.

    The longest side, stroke width included, is 20 pixels; the centre of mass of all the ink is at (14, 14),
    to a fraction of a pixel, even if that cuts a far-out limb at the frame's edge. Moving or scaling a
    drawing (of an extent of 1e-3 or more) does not change its frame beyond rounding. A dot is a disc.
    """
    return _framing_of_strokes(drawing).frame


def frame_ink(ink: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the (28, 28) float32 frame in [0, 1] of a bitmap.

    The box of the ink is scaled until its longest side is 20 pixels, not touched if it is already, and moved
    by whole pixels until its centre of mass is nearest to (14, 14). MNIST's own frames come out unchanged.

    Parameters
    ----------
    ink
        (H, W), 0 to 1, 1 where there is ink.

    Raises
    ------
    ValueError
        The array has not two dimensions, or holds something that is not a number.
    """
    return _framing_of_ink(ink).frame


def downscale_canvas(drawing: Drawing, canvas: float, pen: float) -> NDArray[np.float32]:
    """Return what a program without framing would show the model: its canvas, merely shrunk to 28x28.

    Parameters
    ----------
    drawing
        Its strokes lie on a square canvas with a corner at (0, 0); what lies beside it is cut.
    canvas
        The canvas' side, in the drawing's unit, more than 0.
    pen
        The width of the pen, in the drawing's unit, more than 0.

    Returns
    -------
    NDArray[np.float32]
        (28, 28) in [0, 1]: each pixel the mean of its part of the canvas.
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
    pieces = Pieces(starts, ends, STROKE_WIDTH, (_RASTER_SIDE, _RASTER_SIDE), farthest=_RASTER_SIDE)
    off = _RASTER_MIDDLE - _centre_of_mass(pieces.coverage())
    shift, step, slope = np.zeros(2), off, np.eye(2)
    for _ in range(_CENTRINGS):
        shift = shift + step
        ink = pieces.coverage(shift)
        before, off = off, _RASTER_MIDDLE - _centre_of_mass(ink)
        if np.abs(off).max() < _CENTRED:
            break
        # Broyden's rule for how much of a step arrives; the small number keeps out steps that are mere rounding.
        slope += np.outer(before - off - slope @ step, step) / (step @ step + 1e-8)
        step = np.clip(_solved(slope, off), -0.5, 0.5)
    return Framing(_window(ink), box, scale, (float(shift[0]), float(shift[1])))


def _solved(matrix: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what a (2, 2) matrix maps to (2,); something long where it is singular.

    NumPy's own way takes longer than to draw the digit.
    """
    (a, b), (c, d) = matrix.tolist()
    x, y = right.tolist()
    return np.array([d * x - b * y, a * y - c * x]) / (a * d - b * c or 1e-12)


def _framing_of_ink(ink: NDArray[np.floating]) -> Framing:
    ink = _checked_ink(ink)
    box = left, top, right, bottom = _ink_box(ink)
    longest = max(right - left, bottom - top)
    if longest == 0:
        return Framing(np.zeros((FRAME_SIDE, FRAME_SIDE), dtype=np.float32))
    if _is_frame(ink, longest):
        return Framing(ink.copy(), box, scale=1.0)
    ink = ink[top:bottom, left:right]
    if longest != INK_SIDE:
        ink = _resized(ink)
    rows, columns = ink.shape
    # Ties go left and up, as all of MNIST's three do; the last term keeps rounding from deciding.
    column, row = np.ceil(MIDDLE - _centre_of_mass(ink) - 0.5 - 1e-6).astype(int).tolist()
    raster = np.zeros((_RASTER_SIDE, _RASTER_SIDE), dtype=np.float32)
    cut = _RASTER_MIDDLE - MIDDLE
    raster[cut + row : cut + row + rows, cut + column : cut + column + columns] = ink
    shift = column + (columns - 1) / 2 - MIDDLE, row + (rows - 1) / 2 - MIDDLE
    return Framing(_window(raster), box, INK_SIDE / longest, shift)


def _window(raster: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the frame out of the raster that is bigger so that nothing is cut before it is measured."""
    cut = _RASTER_MIDDLE - MIDDLE
    return np.array(raster[cut : cut + FRAME_SIDE, cut : cut + FRAME_SIDE], dtype=np.float32)


def _checked_ink(ink: NDArray[np.floating]) -> NDArray[np.float32]:
    checked = np.asarray(ink, dtype=np.float32)
    if checked.ndim != 2 or np.isnan(checked).any():
        raise ValueError(f"Ink is a (rows, columns) array of numbers from 0 to 1; got shape {checked.shape}.")
    return np.clip(checked, 0, 1)


def _ink_box(ink: NDArray[np.float32]) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom (the last two exclusive) of the inked pixels; all 0 without any."""
    columns, rows = np.flatnonzero(ink.any(axis=0)), np.flatnonzero(ink.any(axis=1))
    if not columns.size:
        return 0, 0, 0, 0
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _is_frame(ink: NDArray[np.float32], longest: int) -> bool:
    """Tell whether ink already is framed, by a rule that holds for all of MNIST's own 70,000 frames.

    For all but 18 the framing itself gives it back. Of 16 the frame's edge cut a row or a column, as centring
    by mass does, so that 19 pixels are left of the longest side. Of two the centre of mass is, in what is
    left after cutting and rounding, a little more than half a pixel off: by 0.507 and 0.52.
    """
    if ink.shape != (FRAME_SIDE, FRAME_SIDE):
        return False
    reaches_edge = bool(ink[[0, -1]].any() or ink[:, [0, -1]].any())
    is_sized = longest == INK_SIDE or (reaches_edge and longest == INK_SIDE - 1)
    return is_sized and bool(np.abs(_centre_of_mass(ink) - MIDDLE).max() <= 0.52)


def _resized(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ink, cropped to its box, with its longest side made 20 pixels, antialiased.

    The shorter side is padded to whole pixels of the result, which keeps the aspect exactly; only a line
    thinner than such a pixel is made one wide, lest it fade.
    """
    pixel = max(ink.shape) / INK_SIDE  # the side of a pixel of the result, in pixels of the source
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
    """Return x and y, in pixel indices, of ink that has some."""
    rows, columns = ink.sum(axis=1, dtype=np.float64), ink.sum(axis=0, dtype=np.float64)
    return np.array([columns @ np.arange(columns.size), rows @ np.arange(rows.size)]) / np.float64(rows.sum())
