"""Augmentation of training frames: small warps, other stroke widths and other handwriting habits.

At strength 1 the ranges are those of handwriting: rotation, shear, scale and shift as in LeCun et al. 1998; a smooth
random displacement after Simard et al. 2003; thicker or thinner strokes. MNIST is American handwriting: with a small
probability a seven gets a bar, a one a foot or a flag, and a nine a curled tail, as is common elsewhere. 128 frames
take some milliseconds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.digits.image_warp import CENTRE, GRID, Frames, dilate, erode, sample_bilinear

# Ranges are symmetric: from minus to plus this amount.
ROTATION = 8.0  # degrees
SHEAR = 0.12  # horizontal pixels per pixel of height
SCALE = 0.1  # fraction of the size
SHIFT = 1.0  # pixels
WOBBLE = 0.6  # pixels; standard deviation of the displacement at each knot
KNOTS = 4  # per side
THICKNESS = 0.5  # pixels on each side of a stroke
HABIT = 0.1  # probability
PEN = 1.1  # pixels; half the width of an added stroke
BOX = 20.0  # pixels; longest side of an MNIST digit


def augment(frames: Frames, labels: NDArray[np.integer], strength: float, rng: np.random.Generator) -> Frames:
    """Return augmented copies of frames.

    Parameters
    ----------
    frames
        (N, 28, 28) in [0, 1].
    labels
        (N,) digits 0 to 9, which decide the habits that apply.
    strength
        Factor of the ranges and of the probability of habits; 0 returns the frames unchanged, 1 is usual.
    rng
        Source of randomness; the same state gives the same copies.
    """
    if strength <= 0 or not len(frames):
        return frames
    habitual, size, offset = _with_habits(frames, labels, min(1.0, HABIT * strength), rng)
    warped = sample_bilinear(habitual, _sources(size, offset, strength, rng))
    return _thickened(warped, np.clip(rng.uniform(-1, 1, len(frames)) * THICKNESS * strength, -1, 1))


# -- warps


def _sources(
    size: NDArray[np.float64], offset: NDArray[np.float64], strength: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return the source row and column of each pixel of each augmented frame: (N, 2, 784)."""
    count = len(size)

    def uniform(limit: float) -> NDArray[np.float64]:
        return rng.uniform(-limit, limit, count) * strength

    angle, shear = np.deg2rad(uniform(ROTATION)), uniform(SHEAR)
    scale = np.clip(1 + rng.uniform(-SCALE, SCALE, (2, count)) * strength, 0.5, 2) * size
    cos, sin = np.cos(angle), np.sin(angle)
    # Inverse of: scale, then shear, then rotate about the centre.
    rows = np.stack([cos / scale[0], sin / scale[0]], -1)
    columns = np.stack([(-sin - shear * cos) / scale[1], (cos - shear * sin) / scale[1]], -1)
    matrix = np.stack([rows, columns], 1)
    start = np.stack([uniform(SHIFT), uniform(SHIFT)], -1)
    sources = matrix @ (GRID - start[..., None]) + CENTRE + offset[..., None]
    knots = rng.normal(0, WOBBLE * strength, (count, 2, KNOTS * KNOTS))
    moved: NDArray[np.float32] = (sources + knots @ _SMOOTH).astype(np.float32)
    return moved


def _smooth_weights() -> NDArray[np.float64]:
    """Return the weight of each knot at each pixel, (16, 784): a smooth bump around the knot."""
    knots = np.linspace(0, FRAME_SIDE - 1, KNOTS)
    distance = (np.arange(FRAME_SIDE) - knots[:, None]) / (knots[1] - knots[0])
    bump = np.where(np.abs(distance) < 1, np.cos(np.pi * distance / 2) ** 2, 0)
    return np.asarray(np.einsum("ai,bj->abij", bump, bump).reshape(KNOTS * KNOTS, -1), np.float64)


_SMOOTH = _smooth_weights()


# -- pens


def _thickened(frames: Frames, amounts: NDArray[np.float64]) -> Frames:
    """Return the frames with strokes thicker (amount up to 1: one pixel on each side) or thinner (down to -1)."""
    thick, thin = dilate(frames), erode(frames)
    more = amounts.astype(np.float32)[:, None, None]
    # Erosion counts half: a full pixel on each side would erase thin strokes.
    return np.asarray(np.where(more > 0, frames + more * (thick - frames), frames - 0.5 * more * (thin - frames)))


# -- habits


def _with_habits(
    frames: Frames, labels: NDArray[np.integer], chance: float, rng: np.random.Generator
) -> tuple[Frames, NDArray[np.float64], NDArray[np.float64]]:
    """Add strokes to some frames; return the frames, and the size and offset that frame them as in MNIST.

    The size, (N,), is a factor; the offset, (N, 2) pixels, is the displacement of the centre of mass.
    """
    chosen = np.flatnonzero((rng.random(len(frames)) < chance) & np.isin(labels, list(_HABITS)))
    size, offset = np.ones(len(frames)), np.zeros((len(frames), 2))
    if not len(chosen):
        return frames, size, offset
    frames = frames.copy()
    for index in chosen:
        frame = frames[index]
        rows, columns = np.nonzero(frame > 0.3)
        if len(rows) < 10:
            continue
        for path in _HABITS[int(labels[index])](rows, columns, rng):
            np.maximum(frame, _stroke(path), out=frame)
        inked = np.argwhere(frame > 0.3)
        size[index] = BOX / max(BOX, float((np.ptp(inked, axis=0) + 1).max()))
        offset[index] = np.tensordot(frame, _PIXELS, 2) / frame.sum() - CENTRE
    return frames, size, offset


Path = list[tuple[float, float]]
_PIXELS = np.stack(np.meshgrid(np.arange(FRAME_SIDE), np.arange(FRAME_SIDE), indexing="ij"), -1).astype(np.float64)


def _barred_seven(rows: NDArray[np.intp], columns: NDArray[np.intp], rng: np.random.Generator) -> list[Path]:
    """Return a bar across the stem, about halfway down."""
    row = round(rows.min() + rng.uniform(0.4, 0.62) * np.ptp(rows))
    stem = columns[rows == row].mean() if (rows == row).any() else columns.mean()
    slope = rng.uniform(-1.5, 1.0)
    left, right = rng.uniform(3, 6, 2)
    return [[(row - slope / 2, stem - left), (row + slope / 2, stem + right)]]


def _footed_one(rows: NDArray[np.intp], columns: NDArray[np.intp], rng: np.random.Generator) -> list[Path]:
    """Return a flag that goes down to the left, a foot, or both."""
    paths: list[Path] = []
    kind = rng.random()
    if kind < 0.75:
        top, at = rows.min() + 1, columns[rows <= rows.min() + 1].mean()
        paths.append([(top, at), (top + rng.uniform(2.5, 7), at - rng.uniform(3, 7))])
    if kind > 0.5:
        bottom, at = rows.max() - 1, columns[rows >= rows.max() - 1].mean()
        left, right = rng.uniform(2.5, 6, 2)
        slope = rng.uniform(-0.7, 0.7)
        paths.append([(bottom + slope, at - left), (bottom - slope, at + right)])
    return paths


def _curled_nine(rows: NDArray[np.intp], columns: NDArray[np.intp], rng: np.random.Generator) -> list[Path]:
    """Return a tail that curls to the left at the end of the stem."""
    bottom, at = rows.max() - 1, columns[rows >= rows.max() - 1].mean()
    width, depth = rng.uniform(5, 10), rng.uniform(1.5, 3.5)
    turn = np.linspace(0, np.pi * rng.uniform(0.7, 1.0), 7)
    return [[(bottom + depth * np.sin(t), at - width * (1 - np.cos(t)) / 2) for t in turn]]


_HABITS = {1: _footed_one, 7: _barred_seven, 9: _curled_nine}


def _stroke(path: Path) -> Frames:
    """Return a (28, 28) frame with a line through (row, column) points."""
    nearest = np.full((FRAME_SIDE, FRAME_SIDE), np.inf)
    for first, last in zip(np.array(path[:-1]), np.array(path[1:]), strict=True):
        along = last - first
        fraction = np.clip((_PIXELS - first) @ along / max(float(along @ along), 1e-9), 0, 1)
        nearest = np.minimum(nearest, np.linalg.norm(_PIXELS - first - fraction[..., None] * along, axis=-1))
    return np.clip(PEN + 0.5 - nearest, 0, 1).astype(np.float32)
