"""Digits made worse in one way at a time and by any amount, so that one sees how much of it a model stands.

The severities are those of MNIST-C (Mu and Gilmer 2019, arXiv:1906.02337, and its published code) where it has the
property: shift, rotation, scale and shear, which are among its fifteen, and noise, blur and contrast, which its code
defines beside them (there "gaussian_noise", "gaussian_blur", "contrast"). Thickness and occlusion are not in MNIST-C:
what they are and how far they go was chosen here. Three things differ on purpose. MNIST-C tosses a coin for each frame
on which way to shift, turn or slant; here the sign of the amount says it. It turns about (13.5, 13.5); here it is about
(14, 14), where a digit's centre of mass is. And its shear also stretches a digit upwards, which is left out: the
digit leans as far. NumPy alone; 63 frames take some milliseconds.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.digits.image_warp import CENTRE, GRID, Frames, dilate, erode, sample_bilinear

Amounts = NDArray[np.float64]
_MANY = 1000  # frames at a time, so that ten thousand do not take ten thousand's room several times over


@dataclass(frozen=True)
class Corruption:
    """One property of a digit that can be changed by an amount.

    Attributes
    ----------
    name
        As in `CORRUPTIONS` and `corrupt`.
    title
        As people read it.
    meaning
        What an amount does, for people.
    unit
        Said behind an amount, with a space of its own where it needs one; may be empty.
    low, high
        The least and the largest amount.
    neutral
        The amount that changes nothing.
    step
        A difference that is hardly seen; low, neutral and high are whole steps apart.
    severities
        Five amounts, each farther from neutral than the one before it.
    """

    name: str
    title: str
    meaning: str
    unit: str
    low: float
    high: float
    neutral: float
    step: float
    severities: tuple[float, float, float, float, float]

    def format_amount(self, amount: float) -> str:
        """Return an amount in words: "+12°", "−3.5 px", "0.85×"."""
        decimals = next(places for places in range(3) if round(self.step, places) == self.step)
        rounded = round(amount, decimals)
        sign = "−" if rounded < 0 else "+" if rounded > 0 and self.low < 0 else ""
        return f"{sign}{abs(rounded):.{decimals}f}{self.unit}"


CORRUPTIONS: dict[str, Corruption] = {
    one.name: one
    for one in (
        Corruption(
            "shift", "Shift", "Right and down by as many pixels; below 0 left and up.", " px",
            -8, 8, 0, 0.1, (1, 2, 3, 4, 5),
        ),
        Corruption(
            "rotation", "Rotation", "Turned clockwise; below 0 the other way.", "°",
            -90, 90, 0, 1, (11.5, 22.9, 34.4, 45.8, 57.3),  # 0.2, 0.4 ... 1 radian
        ),
        Corruption(
            "scale", "Scale", "So many times as large.", "×",
            0.4, 1.6, 1, 0.01, (0.9, 0.8, 0.7, 0.6, 0.5),
        ),
        Corruption(
            # What MNIST-C's shear by 0.2, 0.4 ... 1 radian makes of an upright line.
            "shear", "Slant", "Leaning to the right; below 0 to the left.", "°",
            -50, 50, 0, 1, (11.2, 21.3, 29.5, 35.7, 40.1),
        ),
        Corruption(
            "thickness", "Thickness", "Strokes grown by as many pixels on each side; below 0 shrunk.", " px",
            -1, 2, 0, 0.05, (0.4, 0.8, 1.2, 1.6, 2.0),
        ),
        Corruption(
            "blur", "Blur", "Out of focus by as many pixels.", " px",
            0, 6, 0, 0.1, (1, 2, 3, 4, 6),
        ),
        Corruption(
            "noise", "Noise", "Random grey on every pixel, usually so strong; white is 1.", "",
            0, 0.8, 0, 0.01, (0.08, 0.12, 0.18, 0.26, 0.38),
        ),
        Corruption(
            "occlusion", "Occlusion", "A black square of as many pixels a side, somewhere on the ink.", " px",
            0, 14, 0, 0.2, (2, 4, 6, 8, 10),
        ),
        Corruption(
            "contrast", "Contrast", "So much of the difference between black and white is left.", "×",
            0, 1, 1, 0.01, (0.4, 0.3, 0.2, 0.1, 0.05),
        ),
    )
}  # fmt: skip


def corrupt(frames: Frames, name: str, amount: float | Amounts, *, seed: int = 0) -> Frames:
    """Return frames made worse in one way.

    Equal frames, amount and seed give an equal result, in whatever company. Where chance takes part (noise, the place
    of an occlusion), it depends on the seed and the frame, not on the amount: as that grows, the same noise does.

    Parameters
    ----------
    frames
        (N, 28, 28) float32 in [0, 1], ink high. They stay as they are.
    name
        A key of `CORRUPTIONS`.
    amount
        One for all frames, or (N,), one for each; the neutral amount gives a frame back unchanged.
    seed
        0 or more.

    Raises
    ------
    ValueError
        There is no such corruption, the frames have another shape, or an amount lies outside [low, high].
    """
    if name not in CORRUPTIONS:
        raise ValueError(f"there is no corruption {name!r}; choose one of {', '.join(CORRUPTIONS)}.")
    if frames.ndim != 3 or frames.shape[1:] != (FRAME_SIDE, FRAME_SIDE):
        raise ValueError(f"the frames have shape {frames.shape}; give (N, {FRAME_SIDE}, {FRAME_SIDE}).")
    corruption = CORRUPTIONS[name]
    amounts = _amounts(amount, len(frames), corruption)
    result = frames.astype(np.float32)
    changed = np.flatnonzero(amounts != corruption.neutral)
    for start in range(0, len(changed), _MANY):
        part = changed[start : start + _MANY]
        result[part] = np.clip(_CORRUPTED[name](result[part], amounts[part], seed), 0, 1)
    return result


def _amounts(amount: float | Amounts, count: int, corruption: Corruption) -> Amounts:
    """Return an amount for each of so many frames."""
    given = np.asarray(amount, np.float64)
    if given.shape not in ((), (count,)):
        raise ValueError(f"the amounts have shape {given.shape}; give one number, or ({count},), one for each frame.")
    outside = given[~((given >= corruption.low) & (given <= corruption.high))]
    if outside.size:
        raise ValueError(
            f"an amount of {corruption.name} is {outside.flat[0]:g}; "
            f"give one from {corruption.low:g} to {corruption.high:g}, {corruption.neutral:g} changing nothing."
        )
    return np.broadcast_to(given, (count,))


# -- warps: each says for a pixel of the result, counted from the centre, where it comes from


def _shifted(frames: Frames, amounts: Amounts, _seed: int) -> Frames:
    return sample_bilinear(frames, (GRID - amounts[:, None, None] + CENTRE).astype(np.float32))


def _rotated(frames: Frames, amounts: Amounts, _seed: int) -> Frames:
    angle = np.deg2rad(amounts)
    cos, sin = np.cos(angle), np.sin(angle)
    return _warped(frames, (cos, -sin), (sin, cos))


def _scaled(frames: Frames, amounts: Amounts, _seed: int) -> Frames:
    nothing = np.zeros_like(amounts)
    return _warped(frames, (1 / amounts, nothing), (nothing, 1 / amounts))


def _sheared(frames: Frames, amounts: Amounts, _seed: int) -> Frames:
    nothing, all_of_it = np.zeros_like(amounts), np.ones_like(amounts)
    return _warped(frames, (all_of_it, nothing), (np.tan(np.deg2rad(amounts)), all_of_it))


def _warped(frames: Frames, row: tuple[Amounts, Amounts], column: tuple[Amounts, Amounts]) -> Frames:
    """Return the frames read where a matrix says: its two rows, each of (N,) entries."""
    matrix = np.stack([np.stack(row, -1), np.stack(column, -1)], 1)
    return sample_bilinear(frames, (matrix @ GRID + CENTRE).astype(np.float32))


# -- pens and paper


def _thickened(frames: Frames, amounts: Amounts, _seed: int) -> Frames:
    """Blend between whole steps: a pixel less, none, one and two more."""
    once = dilate(frames)
    steps = np.stack([erode(frames), frames, once, dilate(once)])
    below = np.clip(np.floor(amounts), -1, 1)
    part = (amounts - below).astype(np.float32)[:, None, None]
    place, each = below.astype(np.intp) + 1, np.arange(len(frames))
    return np.asarray(steps[place, each] * (1 - part) + steps[place + 1, each] * part)


def _blurred(frames: Frames, amounts: Amounts, _seed: int) -> Frames:
    """Take the mean of the neighbourhood, weighted by a Gaussian of that standard deviation."""
    apart = np.arange(1 - FRAME_SIDE, FRAME_SIDE)
    weights = np.exp(-0.5 * (apart / amounts[:, None]) ** 2)
    weights /= weights.sum(axis=1, keepdims=True)
    pixel = np.arange(FRAME_SIDE)
    mixing = weights[:, pixel[:, None] - pixel + FRAME_SIDE - 1].astype(np.float32)
    return np.asarray(mixing @ frames @ mixing.transpose(0, 2, 1))


def _noisy(frames: Frames, amounts: Amounts, seed: int) -> Frames:
    noise = np.stack([_chance(frame, seed).standard_normal(frame.shape, np.float32) for frame in frames])
    return np.asarray(frames + amounts.astype(np.float32)[:, None, None] * noise)


def _occluded(frames: Frames, amounts: Amounts, seed: int) -> Frames:
    """Cover a square around a pixel that was drawn by lot, the chance of each being its ink."""
    places = np.stack([_inked_place(frame, _chance(frame, seed)) for frame in frames])
    apart = np.abs(np.arange(FRAME_SIDE) - places[..., None])
    covered = np.clip(amounts[:, None, None] / 2 + 0.5 - apart, 0, np.minimum(1, amounts)[:, None, None])
    return np.asarray(frames * (1 - covered[:, 0, :, None] * covered[:, 1, None, :]).astype(np.float32))


def _inked_place(frame: Frames, rng: np.random.Generator) -> NDArray[np.intp]:
    ink = np.cumsum(frame, dtype=np.float64)
    # The last pixel is left out, so that rounding cannot lead beyond it; of a blank frame, it is the one taken.
    place = np.searchsorted(ink[:-1], rng.random() * ink[-1], side="right")
    return np.array(np.unravel_index(place, frame.shape))


def _faded(frames: Frames, amounts: Amounts, _seed: int) -> Frames:
    """Draw all pixels towards the frame's mean."""
    mean = frames.mean(axis=(1, 2), keepdims=True)
    return np.asarray((frames - mean) * amounts.astype(np.float32)[:, None, None] + mean)


def _chance(frame: Frames, seed: int) -> np.random.Generator:
    """Return the same for the same frame: one noise for all would judge a model by that one."""
    return np.random.default_rng([seed, zlib.crc32(frame.tobytes())])


_CORRUPTED: dict[str, Callable[[Frames, Amounts, int], Frames]] = {
    "shift": _shifted,
    "rotation": _rotated,
    "scale": _scaled,
    "shear": _sheared,
    "thickness": _thickened,
    "blur": _blurred,
    "noise": _noisy,
    "occlusion": _occluded,
    "contrast": _faded,
}
