"""Augmentation of training frames: small warps, other stroke widths and forms of digits that MNIST lacks.

At strength 1 the ranges are those of handwriting: rotation, shear, scale and shift as in LeCun et al. 1998; a smooth
random displacement after Simard et al. 2003; thicker or thinner strokes. MNIST is American handwriting: a share of
the frames takes a form that is common elsewhere, such as a slashed zero or a barred seven, see
`mnist_gui.digits.foreign_forms`. 128 frames take some tens of milliseconds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.digits.foreign_forms import WEIGHTS, foreign_form
from mnist_gui.digits.image_warp import CENTRE, GRID, Frames, dilate, erode, sample_bilinear

# Ranges are symmetric: from minus to plus this amount.
ROTATION = 8.0  # degrees
SHEAR = 0.12  # horizontal pixels per pixel of height
SCALE = 0.1  # fraction of the size
SHIFT = 1.0  # pixels
WOBBLE = 0.6  # pixels; standard deviation of the displacement at each knot
KNOTS = 4  # per side
THICKNESS = 0.5  # pixels on each side of a stroke
FOREIGN = 0.12  # share of the frames


def augment(
    frames: Frames,
    labels: NDArray[np.integer] | None,
    strength: float,
    rng: np.random.Generator,
    foreign: float | None = None,
) -> Frames:
    """Return augmented copies of frames.

    Parameters
    ----------
    frames
        (N, 28, 28) in [0, 1].
    labels
        (N,) digits 0 to 9, which decide the foreign forms that apply; None for no foreign forms.
    strength
        Factor of the ranges and of the share of foreign forms; 0 returns the frames unchanged, 1 is usual.
    rng
        Source of randomness; the same state gives the same copies.
    foreign
        Share of foreign forms at strength 1; None for the usual one.
    """
    if strength <= 0 or not len(frames):
        return frames
    share = (FOREIGN if foreign is None else foreign) * strength
    forms, size, offset = _with_foreign_forms(frames, labels, share, rng)
    warped = sample_bilinear(forms, _sources(size, offset, strength, rng))
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


# -- foreign forms


def _with_foreign_forms(
    frames: Frames, labels: NDArray[np.integer] | None, share: float, rng: np.random.Generator
) -> tuple[Frames, NDArray[np.float64], NDArray[np.float64]]:
    """Replace a share of the frames by foreign forms; return the frames, and the size and offset of each.

    The size, (N,), is a factor against MNIST's; the offset, (N, 2) pixels, is the displacement of the centre of mass.
    """
    size, offset = np.ones(len(frames)), np.zeros((len(frames), 2))
    if labels is None or not share:
        return frames, size, offset
    weights = np.array([WEIGHTS[label] for label in range(10)])[labels]
    frames = frames.copy()
    for index in np.flatnonzero(rng.random(len(frames)) < share * weights):
        frames[index], size[index], offset[index] = foreign_form(frames[index], int(labels[index]), rng)
    return frames, size, offset
