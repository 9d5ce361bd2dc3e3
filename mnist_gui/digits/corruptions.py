"""Corruptions: frames changed in one property by a continuous amount, to measure the robustness of models.

Severities are those of MNIST-C (Mu and Gilmer 2019, arXiv:1906.02337, and its published code) where it has the
property: shift, rotation, scale and shear, which are among its fifteen corruptions, and noise, blur and contrast, which
its code also defines ("gaussian_noise", "gaussian_blur", "contrast"). Thickness and occlusion are not in MNIST-C; their
severities were chosen here. There are three intended differences. MNIST-C chooses the direction of a shift, rotation or
shear at random; here the sign of the amount decides. It rotates about (13.5, 13.5), here about (14, 14), the centre of
mass of MNIST digits. Its shear also stretches the digit vertically; here it only slants it, as far.
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
_BATCH_SIZE = 1000  # frames; limits the memory of temporary arrays


@dataclass(frozen=True)
class Corruption:
    """Property of a digit that is changed by an amount, its range and its severities.

    Attributes
    ----------
    name
        Key in `CORRUPTIONS`.
    function
        Returns (N, 28, 28) corrupted frames, given frames, (N,) amounts other than the neutral one, and a seed; their
        values may leave [0, 1].
    title
        Name shown to the user.
    meaning
        Effect of an amount, shown to the user.
    unit
        Suffix of an amount, including a space where needed; may be empty.
    low, high
        Range of the amount.
    neutral
        Amount that changes nothing.
    step
        Barely visible difference; low, neutral and high are whole steps apart.
    severities
        Five amounts of increasing severity.
    """

    name: str
    function: Callable[[Frames, Amounts, int], Frames]
    title: str
    meaning: str
    unit: str
    low: float
    high: float
    neutral: float
    step: float
    severities: tuple[float, float, float, float, float]

    def format_amount(self, amount: float) -> str:
        """Return an amount with sign and unit: "+12°", "−3.5 px", "0.85×"."""
        decimals = next(count for count in range(3) if round(self.step, count) == self.step)
        rounded = round(amount, decimals)
        sign = "−" if rounded < 0 else "+" if rounded > 0 and self.low < 0 else ""
        return f"{sign}{abs(rounded):.{decimals}f}{self.unit}"


def corrupt(frames: Frames, name: str, amount: float | Amounts, *, seed: int = 0) -> Frames:
    """Return corrupted copies of frames.

    The result for a frame does not depend on the other frames. Randomness (noise, the position of an occlusion)
    depends on the seed and the frame, not on the amount: a larger amount scales the same noise.

    Parameters
    ----------
    frames
        (N, 28, 28) float32 in [0, 1], 1 being ink.
    name
        Key of `CORRUPTIONS`.
    amount
        One amount for all frames, or (N,) amounts.
    seed
        At least 0.

    Raises
    ------
    ValueError
        The corruption is unknown, the frames have another shape, or an amount is outside of [low, high].
    """
    if name not in CORRUPTIONS:
        raise ValueError(f"there is no corruption {name!r}; choose one of {', '.join(CORRUPTIONS)}.")
    if frames.ndim != 3 or frames.shape[1:] != (FRAME_SIDE, FRAME_SIDE):
        raise ValueError(f"the frames have shape {frames.shape}; give (N, {FRAME_SIDE}, {FRAME_SIDE}).")
    corruption = CORRUPTIONS[name]
    amounts = _amounts(amount, len(frames), corruption)
    result = frames.astype(np.float32)
    changed = np.flatnonzero(amounts != corruption.neutral)
    for start in range(0, len(changed), _BATCH_SIZE):
        part = changed[start : start + _BATCH_SIZE]
        result[part] = np.clip(corruption.function(result[part], amounts[part], seed), 0, 1)
    return result


def _amounts(amount: float | Amounts, count: int, corruption: Corruption) -> Amounts:
    """Return the amounts broadcast to (count,)."""
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


# -- warps


def _shifted(frames: Frames, amounts: Amounts, _seed: int) -> Frames:
    return sample_bilinear(frames, (GRID - amounts[:, None, None] + CENTRE).astype(np.float32))


def _rotated(frames: Frames, amounts: Amounts, _seed: int) -> Frames:
    angle = np.deg2rad(amounts)
    cos, sin = np.cos(angle), np.sin(angle)
    return _warped(frames, (cos, -sin), (sin, cos))


def _scaled(frames: Frames, amounts: Amounts, _seed: int) -> Frames:
    zeros = np.zeros_like(amounts)
    return _warped(frames, (1 / amounts, zeros), (zeros, 1 / amounts))


def _sheared(frames: Frames, amounts: Amounts, _seed: int) -> Frames:
    zeros, ones = np.zeros_like(amounts), np.ones_like(amounts)
    return _warped(frames, (ones, zeros), (np.tan(np.deg2rad(amounts)), ones))


def _warped(frames: Frames, row: tuple[Amounts, Amounts], column: tuple[Amounts, Amounts]) -> Frames:
    """Sample the frames at the positions that the inverse matrix gives; its rows are two pairs of (N,) entries."""
    matrix = np.stack([np.stack(row, -1), np.stack(column, -1)], 1)
    return sample_bilinear(frames, (matrix @ GRID + CENTRE).astype(np.float32))


# -- strokes and pixels


def _thickened(frames: Frames, amounts: Amounts, _seed: int) -> Frames:
    """Interpolate between whole steps: eroded once, unchanged, dilated once and twice."""
    once = dilate(frames)
    steps = np.stack([erode(frames), frames, once, dilate(once)])
    below = np.clip(np.floor(amounts), -1, 1)
    fraction = (amounts - below).astype(np.float32)[:, None, None]
    step, row = below.astype(np.intp) + 1, np.arange(len(frames))
    return np.asarray(steps[step, row] * (1 - fraction) + steps[step + 1, row] * fraction)


def _blurred(frames: Frames, amounts: Amounts, _seed: int) -> Frames:
    """Convolve with a Gaussian of that standard deviation."""
    distance = np.arange(1 - FRAME_SIDE, FRAME_SIDE)
    weights = np.exp(-0.5 * (distance / amounts[:, None]) ** 2)
    weights /= weights.sum(axis=1, keepdims=True)
    pixel = np.arange(FRAME_SIDE)
    mixing = weights[:, pixel[:, None] - pixel + FRAME_SIDE - 1].astype(np.float32)
    return np.asarray(mixing @ frames @ mixing.transpose(0, 2, 1))


def _noisy(frames: Frames, amounts: Amounts, seed: int) -> Frames:
    noise = np.stack([_generator(frame, seed).standard_normal(frame.shape, np.float32) for frame in frames])
    return np.asarray(frames + amounts.astype(np.float32)[:, None, None] * noise)


def _occluded(frames: Frames, amounts: Amounts, seed: int) -> Frames:
    """Cover a square around a pixel drawn at random, with a probability proportional to its ink."""
    centres = np.stack([_random_inked_pixel(frame, _generator(frame, seed)) for frame in frames])
    distance = np.abs(np.arange(FRAME_SIDE) - centres[..., None])
    covered = np.clip(amounts[:, None, None] / 2 + 0.5 - distance, 0, np.minimum(1, amounts)[:, None, None])
    return np.asarray(frames * (1 - covered[:, 0, :, None] * covered[:, 1, None, :]).astype(np.float32))


def _random_inked_pixel(frame: Frames, rng: np.random.Generator) -> NDArray[np.intp]:
    ink = np.cumsum(frame, dtype=np.float64)
    # Without the last pixel, so that rounding cannot lead beyond it; it is the one chosen in a blank frame.
    index = np.searchsorted(ink[:-1], rng.random() * ink[-1], side="right")
    return np.array(np.unravel_index(index, frame.shape))


def _faded(frames: Frames, amounts: Amounts, _seed: int) -> Frames:
    """Move all pixels towards the mean of the frame."""
    mean = frames.mean(axis=(1, 2), keepdims=True)
    return np.asarray((frames - mean) * amounts.astype(np.float32)[:, None, None] + mean)


def _generator(frame: Frames, seed: int) -> np.random.Generator:
    """Return a generator that depends on the frame: the same noise for all frames would bias the measurement."""
    return np.random.default_rng([seed, zlib.crc32(frame.tobytes())])


# -- all corruptions

CORRUPTIONS: dict[str, Corruption] = {
    corruption.name: corruption
    for corruption in (
        Corruption(
            "shift", _shifted, "Shift", "Right and down by this many pixels; below 0 left and up.", " px",
            -8, 8, 0, 0.1, (1, 2, 3, 4, 5),
        ),
        Corruption(
            "rotation", _rotated, "Rotation", "Turned clockwise; below 0 the other way.", "°",
            -90, 90, 0, 1, (11.5, 22.9, 34.4, 45.8, 57.3),  # 0.2, 0.4 ... 1 radian
        ),
        Corruption(
            "scale", _scaled, "Scale", "Enlarged by this factor; below 1 reduced.", "×",
            0.4, 1.6, 1, 0.01, (0.9, 0.8, 0.7, 0.6, 0.5),
        ),
        Corruption(
            # Angles of a vertical line after a shear of MNIST-C by 0.2, 0.4 ... 1 radian.
            "shear", _sheared, "Slant", "Leaning to the right; below 0 to the left.", "°",
            -50, 50, 0, 1, (11.2, 21.3, 29.5, 35.7, 40.1),
        ),
        Corruption(
            "thickness", _thickened, "Thickness", "Strokes grown by this many pixels on each side; below 0 shrunk.",
            " px", -1, 2, 0, 0.05, (0.4, 0.8, 1.2, 1.6, 2.0),
        ),
        Corruption(
            "blur", _blurred, "Blur", "Out of focus by this many pixels.", " px",
            0, 6, 0, 0.1, (1, 2, 3, 4, 6),
        ),
        Corruption(
            "noise", _noisy, "Noise", "Random grey on every pixel, with this standard deviation; white is 1.", "",
            0, 0.8, 0, 0.01, (0.08, 0.12, 0.18, 0.26, 0.38),
        ),
        Corruption(
            "occlusion", _occluded, "Occlusion", "A black square with sides of this many pixels, somewhere on the ink.",
            " px", 0, 14, 0, 0.2, (2, 4, 6, 8, 10),
        ),
        Corruption(
            "contrast", _faded, "Contrast", "This fraction of the difference between black and white is left.", "×",
            0, 1, 1, 0.01, (0.4, 0.3, 0.2, 0.1, 0.05),
        ),
    )
}  # fmt: skip
