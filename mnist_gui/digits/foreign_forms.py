"""Forms of digits that are common outside MNIST's American handwriting, drawn by rule.

Some add strokes to a frame of MNIST: a slash through a zero, a flag or a foot on a one, a bar on a seven, a curled
tail on a nine. The others are drawn from scratch: a path through control points, with random proportions, slant and
pen. Their points are (x, y) in a box of height 1; x points right and y down. A form takes about a millisecond.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.digits.image_warp import CENTRE, GRID, Frames

BOX = 20.0  # pixels; longest side of an MNIST digit
ADDED_PEN = 2.2  # pixels; width of an added stroke
# Logarithms of the pen's width in pixels: the median of MNIST's stroke widths and their spread.
PEN_MEAN, PEN_DEVIATION = np.log(2.5), 0.25
MIN_PEN, MAX_PEN = 1.6, 3.4  # wider ones would fill small loops
INKED, MIN_INKED = 0.3, 10  # a pixel that counts as ink; a frame with fewer stays as it is
JITTER = 0.03  # of the height; standard deviation of each control point
MIN_SLANT, MAX_SLANT = -0.2, 0.45  # horizontal shift per height; positive leans to the right, as most hands do

Path = NDArray[np.float64]  # (N, 2) points
Generator = np.random.Generator


def foreign_form(frame: Frames, label: int, rng: Generator) -> tuple[Frames, float, NDArray[np.float64]]:
    """Return a foreign form of a digit.

    Parameters
    ----------
    frame
        (28, 28) in [0, 1]; an MNIST frame of that digit. Some forms add strokes to it, the others ignore it.
    label
        0 to 9.
    rng
        Source of randomness; the same state gives the same form.

    Returns
    -------
    tuple
        The form, (28, 28) in [0, 1]; the factor that scales it to the size of MNIST's digits; and the (row, column)
        by which its centre of mass is off the centre, in pixels. The caller applies both when it resamples the frame.
    """
    inked = np.argwhere(frame > INKED)
    if len(inked) < MIN_INKED:
        return frame, 1.0, np.zeros(2)
    forms, weights = zip(*FORMS[label], strict=True)
    form = forms[int(rng.choice(len(forms), p=np.array(weights) / sum(weights)))]
    written = _with_added(frame, inked, form(inked, rng)) if form in ADDED else _written(form(rng), rng)
    longest = float((np.ptp(np.argwhere(written > INKED), axis=0) + 1).max())
    return written, BOX / max(BOX, longest), _centre_of_mass(written) - CENTRE


# -- strokes added to a frame; points are (row, column) in pixels


def _slash_in_ink(inked: NDArray[np.intp], rng: Generator) -> list[Path]:
    top, left = inked.min(0)
    height, width = np.ptp(inked, axis=0)
    reach = rng.uniform(0.75, 1.3, 2) / 2
    side = np.sign(rng.uniform(-0.12, 0.88))  # mostly from the lower left to the upper right
    across = rng.uniform(0.4, 1.0) * max(width, 6)
    middle = np.array([top + height / 2, left + width / 2]) + rng.normal(0, 0.6, 2)
    slope = np.array([-height * rng.uniform(0.6, 1.0), side * across])
    return [np.stack([middle - reach[0] * slope, middle + reach[1] * slope])]


def _bar_in_ink(inked: NDArray[np.intp], rng: Generator) -> list[Path]:
    top, height = inked[:, 0].min(), np.ptp(inked[:, 0])
    row = round(top + rng.uniform(0.4, 0.62) * height)
    stem = inked[inked[:, 0] == row][:, 1]
    at = stem.mean() if len(stem) else inked[:, 1].mean()
    slope = rng.uniform(-1.5, 1.0)
    left, right = rng.uniform((2.5, 3), (5, 6))
    return [np.array([[row - slope / 2, at - left], [row + slope / 2, at + right]])]


def _hook_in_ink(inked: NDArray[np.intp], rng: Generator) -> list[Path]:
    top = inked[:, 0].min()
    start = inked[inked[:, 0] < top + 5]
    row, column = start[start[:, 1].argmin()]
    hook = np.array([[row, column], [row + rng.uniform(2, 6), column + rng.uniform(-2.5, 0.5)]])
    return [hook, *(_bar_in_ink(inked, rng) if rng.random() < 0.5 else ())]


def _flag_in_ink(inked: NDArray[np.intp], rng: Generator) -> list[Path]:
    top, height = inked[:, 0].min() + 1, float(np.ptp(inked[:, 0]))
    at = inked[inked[:, 0] <= top][:, 1].mean()
    down = rng.uniform(2.5, 0.6 * max(height, 6.0))
    return [np.array([[top, at], [top + down, at - down * rng.uniform(0.5, 1.1)]])]


def _foot_in_ink(inked: NDArray[np.intp], rng: Generator) -> list[Path]:
    bottom = inked[:, 0].max() - 1
    at = inked[inked[:, 0] >= bottom][:, 1].mean()
    left, right = rng.uniform(2.5, 6, 2)
    slope = rng.uniform(-0.7, 0.7)
    foot = np.array([[bottom + slope, at - left], [bottom - slope, at + right]])
    return [foot, *(_flag_in_ink(inked, rng) if rng.random() < 0.6 else ())]


def _tail_in_ink(inked: NDArray[np.intp], rng: Generator) -> list[Path]:
    bottom = inked[:, 0].max() - 1
    at = inked[inked[:, 0] >= bottom][:, 1].mean()
    width, depth = rng.uniform(5, 10), rng.uniform(1.5, 3.5)
    turn = np.linspace(0, np.pi * rng.uniform(0.7, 1.0), 7)
    return [np.stack([bottom + depth * np.sin(turn), at - width * (1 - np.cos(turn)) / 2], 1)]


# -- digits drawn from scratch


def _two_stroke_zero(rng: Generator) -> list[Path]:
    wide = rng.uniform(0.26, 0.48)
    left = _arc(0, 0.5, wide, 0.5, rng.uniform(-10, 35), rng.uniform(-205, -160))
    right = _arc(0, 0.5, wide * rng.uniform(0.8, 1.15), rng.uniform(0.44, 0.52), *rng.uniform((-40, 150), (10, 205)))
    return [left, right + rng.uniform((-0.08, -0.06), (0.06, 0.07))]


def _round_zero(rng: Generator) -> list[Path]:
    start = rng.uniform(-60, 40)
    return [_arc(0, 0.5, rng.uniform(0.46, 0.66), 0.5, start, start - rng.uniform(335, 400))]


def _slashed_zero(rng: Generator) -> list[Path]:
    wide, start = rng.uniform(0.34, 0.54), rng.uniform(-40, 40)
    ring = _arc(0, 0.5, wide, 0.5, start, start - rng.uniform(345, 395))
    side = np.sign(rng.uniform(-0.12, 0.88))
    upper, lower = rng.uniform(0.75, 1.35, 2)
    angle = np.deg2rad(rng.uniform(20, 55) if rng.random() < 0.85 else rng.uniform(80, 100))  # a slash, or a bar
    end = np.array([side * wide * np.sin(angle) * 1.1, -0.5 * np.cos(angle)])
    middle = np.array([0, 0.5]) + rng.normal(0, 0.03, 2)
    return [ring, np.stack([middle + upper * end, middle - lower * end])]


def _flagged_one(rng: Generator) -> list[Path]:
    down = rng.uniform(0.25, 1.0)
    # A long flag is steep: a wide one would read as an A or a 7.
    across = max(0.2, rng.uniform(0.5, 1.4) * down * (1 - 0.5 * down))
    lean = rng.uniform(-0.12, 0.06)
    flag = _curve([[-across, down], [-across * 0.45, down * rng.uniform(0.35, 0.55)], [0, 0]], rng)
    strokes = [flag, _curve([[0, 0], [lean / 2 + rng.normal(0, 0.01), 0.5], [lean, 1]], rng)]
    if down < 0.7 and rng.random() < 0.5:
        left, right = rng.uniform(0.15, 0.5, 2)
        strokes.append(_curve([[lean - left, 1], [lean, 1], [lean + right, 1]], rng))
    return strokes


def _cursive_two(rng: Generator) -> list[Path]:
    wide = rng.uniform(0.7, 1.15)
    loop = rng.uniform(0.7, 1.3)
    points = [[0.05, 0.22], [0.3, 0.0], [0.65, 0.08], [0.66, 0.35], [0.38, 0.7], [0.1, 0.97]]
    points += [[-0.05 * loop, 0.93], [0.03, 1 - 0.2 * loop], [0.28, 1 - 0.12 * loop], [0.55, 1.0], [0.8, 0.88]]
    return [_curve(np.array(points) * [wide, 1], rng)]


def _flat_three(rng: Generator) -> list[Path]:
    wide = rng.uniform(0.6, 1.0)
    waist = rng.uniform(0.36, 0.48)
    top = np.array([[0.05, rng.uniform(-0.02, 0.06)], [0.45, 0.01], [0.85, 0.0]])
    bowl = [[0.35, waist], [0.7, waist + 0.07], [0.85, 0.7], [0.6, 0.97], [0.25, 1.0], [0, 0.88]]
    return [
        _curve(top * [wide, 1], rng),
        _line([[0.85 * wide, 0], [0.35 * wide, waist]]),
        _curve(bowl, rng) * [wide, 1],
    ]


def _closed_three(rng: Generator) -> list[Path]:
    wide, close = rng.uniform(0.45, 0.8), rng.uniform(0.1, 0.3)
    points = [[close, 0.2], [0.35, 0.0], [0.8, 0.12], [0.7, 0.4], [0.35, 0.47]]
    points += [[0.8, 0.6], [0.85, 0.85], [0.4, 1.0], [close - 0.1, 0.78]]
    return [_curve(np.array(points) * [wide, 1], rng)]


def _open_four(rng: Generator) -> list[Path]:
    bar, wide = rng.uniform(0.42, 0.66), rng.uniform(0.55, 0.9)
    stem, top = wide * rng.uniform(0.6, 0.85), rng.uniform(-0.12, 0.3)
    start = rng.uniform(0.0, 0.35) * wide
    first = [_curve([[start, 0], [start * 0.5, bar * 0.55], [0, bar]], rng), _curve([[0, bar], [wide, bar]], rng)]
    return [*first, _curve([[stem, top], [stem + rng.normal(0, 0.03), 0.65], [stem - rng.uniform(0, 0.12), 1]], rng)]


def _closed_four(rng: Generator) -> list[Path]:
    bar, wide = rng.uniform(0.52, 0.75), rng.uniform(0.55, 0.9)
    stem = wide * rng.uniform(0.6, 0.85)
    top = _curve([[stem, 0], [stem * 0.5, bar * 0.5], [0, bar]], rng)
    return [top, _curve([[0, bar], [wide, bar]], rng), _line([[stem, 0], [stem - rng.uniform(-0.03, 0.08), 1]])]


def _apart_five(rng: Generator) -> list[Path]:
    wide, gap = rng.uniform(0.55, 0.9), rng.uniform(0.05, 0.3)
    neck = rng.uniform(0.36, 0.48)
    bowl = [[0.12, neck], [0.5, neck - 0.06], [0.85, 0.63], [0.65, 0.95], [0.3, 1.0], [-0.05, 0.9]]
    stem = _line([[0.2 * wide, rng.uniform(0.0, 0.12)], [0.12 * wide, neck]])
    top = _curve([[0.2 + gap, rng.uniform(-0.14, 0.04)], [0.6, 0.0], [1.0, rng.uniform(-0.1, 0.04)]], rng)
    return [stem, _curve(bowl, rng) * [wide, 1], top * [wide, 1]]


def _curled_six(rng: Generator) -> list[Path]:
    wide = rng.uniform(0.4, 0.85)
    curl, waist = rng.uniform(0.0, 0.16), rng.uniform(0.48, 0.64)
    points = [[0.85, curl], [0.6, 0.0], [0.28, 0.16], [0.06, 0.55], [0.2, 0.92], [0.55, 1.0], [0.82, 0.8]]
    points += [[0.65, waist], [0.35, waist + 0.03], [0.12, 0.78]]
    return [_curve(np.array(points) * [wide, 1], rng)]


def _hooked_seven(rng: Generator) -> list[Path]:
    wide = rng.uniform(0.55, 0.9)
    end = rng.uniform(0.05, 0.4)
    if rng.random() < 0.3:  # a small loop
        size = rng.uniform(0.06, 0.11)
        start = _arc(0, size, size, size, 180, -170)
    else:
        start = _curve([[rng.uniform(-0.1, 0.03), rng.uniform(0.12, 0.3)], [0.0, 0.03]], rng)
    wave = rng.uniform(-0.04, 0.08)
    bar = _curve([[0.0, 0.03], [wide * 0.35, wave], [wide * 0.7, 0.04 - wave / 2], [wide, 0]], rng)
    stem = _curve([[wide, 0], [wide * 0.62 + end * 0.25, 0.45], [end * wide, 1]], rng)
    cross = rng.uniform(0.42, 0.6)
    at = wide * 0.62 + end * 0.1
    bars = [_curve([[at - rng.uniform(0.2, 0.35), cross], [at + rng.uniform(0.15, 0.35), cross]], rng)]
    return [start, bar, stem, *(bars if rng.random() < 0.5 else [])]


def _open_eight(rng: Generator) -> list[Path]:
    wide, gap = rng.uniform(0.5, 0.85), rng.uniform(0.1, 0.5)
    points = [[0.78, 0.12], [0.45, 0.0], [0.14, 0.18], [0.42, 0.46], [0.8, 0.74], [0.45, 1.0], [0.08, 0.78]]
    points += [[0.4, 0.5], [0.8 - 0.3 * gap, 0.24 + gap / 3]]
    return [_curve(np.array(points) * [wide, 1], rng)]


def _hooked_nine(rng: Generator) -> list[Path]:
    small = rng.random() < 0.35
    wide, high = (rng.uniform((0.14, 0.13), (0.18, 0.16))) if small else rng.uniform((0.18, 0.15), (0.32, 0.27))
    loop = _arc(0, high, wide, high, rng.uniform(60, 100), rng.uniform(-300, -270))
    right = np.array([wide, high])
    if rng.random() < 0.3:  # a straight tail
        return [loop, _curve([right, [wide + rng.normal(0, 0.03), 0.6], [wide - rng.uniform(0, 0.2), 1]], rng)]
    hook, depth = rng.uniform(0.25, 0.7), rng.uniform(0.78, 0.92)
    tail = [right, [wide, 0.55], [wide - 0.03, depth], [wide - hook * 0.4, 1.0], [wide - hook, rng.uniform(0.8, 0.97)]]
    return [loop, _curve(tail, rng)]


# Forms of each digit with their weights: the more often networks that know MNIST alone misread one, the more weight.
FORMS: dict[int, list[tuple[Callable[..., list[Path]], float]]] = {
    0: [(_slash_in_ink, 3), (_slashed_zero, 3), (_two_stroke_zero, 2), (_round_zero, 2)],
    1: [(_flag_in_ink, 2), (_foot_in_ink, 2), (_flagged_one, 4)],
    2: [(_cursive_two, 1)],
    3: [(_flat_three, 1), (_closed_three, 1)],
    4: [(_open_four, 2), (_closed_four, 1)],
    5: [(_apart_five, 1)],
    6: [(_curled_six, 1)],
    7: [(_bar_in_ink, 2), (_hook_in_ink, 2), (_hooked_seven, 3)],
    8: [(_open_eight, 1)],
    9: [(_tail_in_ink, 1), (_hooked_nine, 3)],
}
# How often a digit has a foreign form, against the mean over all digits.
WEIGHTS = {0: 1.6, 1: 1.8, 2: 0.4, 3: 0.6, 4: 0.8, 5: 0.6, 6: 0.7, 7: 1.6, 8: 0.5, 9: 1.4}
ADDED = {_slash_in_ink, _bar_in_ink, _hook_in_ink, _flag_in_ink, _foot_in_ink, _tail_in_ink}


# -- paths


def _line(points: Sequence[Any]) -> Path:
    return np.array(points, np.float64)


def _arc(x: float, y: float, wide: float, high: float, first: float, last: float) -> Path:
    """Return points of an ellipse from one angle to another; degrees clockwise from the top."""
    angle = np.deg2rad(np.linspace(first, last, 24))
    return np.stack([x + wide * np.sin(angle), y - high * np.cos(angle)], 1)


def _curve(points: Sequence[Any] | Path, rng: Generator) -> Path:
    """Return a Catmull-Rom spline through points that are moved a little; the ends stay, since strokes meet there."""
    fixed = np.array(points, np.float64)
    fixed[1:-1] += rng.normal(0, JITTER, fixed[1:-1].shape)
    around = np.concatenate([2 * fixed[:1] - fixed[1:2], fixed, 2 * fixed[-1:] - fixed[-2:-1]])
    part = np.linspace(0, 1, 6, endpoint=False)[:, None]
    pieces = [
        0.5 * (2 * b + (c - a) * part + (2 * a - 5 * b + 4 * c - d) * part**2 + (3 * b - a - 3 * c + d) * part**3)
        for a, b, c, d in zip(around, around[1:], around[2:], around[3:], strict=False)
    ]
    return np.concatenate([*pieces, fixed[-1:]])


# -- ink


def _with_added(frame: Frames, inked: NDArray[np.intp], added: list[Path]) -> Frames:
    """Return a frame with added strokes; both are moved by whole pixels, so that no stroke is cut at the edge."""
    every = np.concatenate([inked, *added])
    shift = np.round((FRAME_SIDE - 1) / 2 - (every.min(0) + every.max(0)) / 2).astype(int)
    return np.maximum(np.roll(frame, shift, (0, 1)), _ink([path + shift for path in added], ADDED_PEN))


def _written(strokes: list[Path], rng: Generator) -> Frames:
    """Return strokes as a frame with a slant and a pen of its own, in a box of MNIST's size in the middle."""
    slant, wide = rng.uniform(MIN_SLANT, MAX_SLANT), rng.uniform(0.85, 1.15)
    slanted = [np.stack([path[:, 1], wide * (path[:, 0] - slant * path[:, 1])], 1) for path in strokes]
    pen = float(np.clip(np.exp(rng.normal(PEN_MEAN, PEN_DEVIATION)), MIN_PEN, MAX_PEN))
    everything = np.concatenate(slanted)
    low, size = everything.min(0), np.ptp(everything, axis=0)
    scale = (BOX - pen) / float(size.max())
    return _ink([(path - low - size / 2) * scale + CENTRE for path in slanted], pen)


def _centre_of_mass(frame: Frames) -> NDArray[np.float64]:
    return np.asarray((GRID + CENTRE) @ frame.reshape(-1) / max(float(frame.sum()), 1e-9))


def _ink(paths: list[Path], pen: float) -> Frames:
    """Return a (28, 28) frame with lines of a width through (row, column) points."""
    first = np.concatenate([path[:-1] for path in paths])[:, :, None]
    along = np.concatenate([np.diff(path, axis=0) for path in paths])[:, :, None]
    away = (GRID + CENTRE)[None] - first
    fraction = np.clip((away * along).sum(1) / np.maximum((along**2).sum(1), 1e-9), 0, 1)
    nearest = np.sqrt(((away - fraction[:, None] * along) ** 2).sum(1).min(0))
    ink: Frames = np.clip(pen / 2 + 0.5 - nearest, 0, 1).astype(np.float32).reshape(FRAME_SIDE, FRAME_SIDE)
    return ink
