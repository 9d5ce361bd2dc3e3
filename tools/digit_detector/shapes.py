"""Random shapes that are no digits, drawn as strokes and framed like drawings.

Letters and symbols come from the Hershey fonts, which consist of strokes (``pip install Hershey-Fonts``), with random
distortions.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from HersheyFonts import HersheyFonts
from numpy.typing import NDArray

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import frame_of
from mnist_gui.digits.picture import Picture
from mnist_gui.digits.stroke_raster import render_strokes

Points = NDArray[np.float64]
Strokes = list[Points]
Frame = NDArray[np.float32]

# Fonts for training and for evaluation.
TRAIN_FONTS = (
    "futural", "rowmans", "scripts", "cursive", "timesr", "gothitt", "greek", "cyrillic", "japanese", "mathlow",
    "symbolic", "markers", "music",
)  # fmt: skip
# Fonts with digits.
DIGIT_FONTS = ("futural", "rowmans", "scripts", "timesr")
JUDGE_FONTS = ("futuram", "scriptc", "timesi", "greeks", "cyrilc_1", "rowmand")
# Drawn by hand, these look like digits: O, I, l, S, Z, B, b, q ... and their Greek counterparts.
DIGIT_LIKE = set("0123456789OoIlSsZzBbqgGQ?.,'$&|/\\()[]1!i")
DIGIT_LIKE_GREEK = DIGIT_LIKE | set("dehjxyDcCUu")
CANVAS = 100.0


class Glyphs:
    """The characters of some fonts as strokes, without those that look like digits."""

    def __init__(self, fonts: Sequence[str]) -> None:
        reader = HersheyFonts()
        self._glyphs: list[list[Strokes]] = []
        for font in fonts:
            reader.load_default_font(font)
            out = DIGIT_LIKE_GREEK if font.startswith(("greek", "cyr")) else DIGIT_LIKE
            wanted = set(string.printable[:94]) - out
            self._glyphs.append([strokes for name in sorted(wanted) if (strokes := self._read(reader, name))])

    def draw(self, rng: np.random.Generator) -> Strokes:
        """Return the glyph of a random font."""
        font = self._glyphs[rng.integers(len(self._glyphs))]
        return font[rng.integers(len(font))]

    @classmethod
    def digits(cls) -> list[list[Strokes]]:
        """Return for each digit from 0 to 9 its strokes in some fonts."""
        reader = HersheyFonts()
        written: list[list[Strokes]] = [[] for _ in range(10)]
        for font in DIGIT_FONTS:
            reader.load_default_font(font)
            for digit in range(10):
                written[digit].append(cls._read(reader, str(digit)))
        return written

    @staticmethod
    def _read(reader: HersheyFonts, name: str) -> Strokes:
        return [np.array(stroke, float) for stroke in reader.strokes_for_text(name) if len(stroke)]


def bent(strokes: Strokes, rng: np.random.Generator) -> Strokes:
    """Return strokes with random rotation, slant, scale and waves."""
    every = np.concatenate(strokes)
    low, extent = every.min(axis=0), max(np.ptp(every, axis=0).max(), 1e-6)
    turn, slant = np.deg2rad(rng.normal(0, 8)), rng.normal(0, 0.15)
    stretch = np.exp(rng.normal(0, 0.18, 2))
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = rotation @ np.array([[1, slant], [0, 1]]) @ np.diag(stretch)
    phase, often = rng.uniform(0, 2 * np.pi, (2, 2)), rng.uniform(0.5, 1.5, (2, 2))
    height = rng.uniform(0, 0.05, (2, 2))
    out = []
    for stroke in strokes:
        unit = (_dense(stroke, extent / 20) - low) / extent
        waves = height * np.sin(2 * np.pi * often * unit[:, None, :] + phase)
        out.append((unit + waves.sum(axis=2)) @ matrix.T * CANVAS)
    return out


def _dense(stroke: Points, step: float) -> Points:
    """Return a stroke with points at most a step apart."""
    parts = [
        np.linspace(start, end, max(2, int(np.linalg.norm(end - start) / step) + 1))[:-1]
        for start, end in pairwise(stroke)
    ]
    return np.concatenate([*parts, stroke[-1:]])


def smooth(points: Points, count: int, *, closed: bool = False) -> Points:
    """Return a Catmull-Rom curve through points."""
    ends = (points[-1:], points[:2]) if closed else (points[:1], points[-1:])
    knots = np.vstack([ends[0], points, ends[1]])
    t = np.linspace(0, 1, max(4, count // (len(knots) - 3)))[:-1, None]
    parts = []
    for a, b, c, d in zip(knots[:-3], knots[1:-2], knots[2:-1], knots[3:], strict=True):
        parts.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.concatenate([*parts, knots[-2:-1]])


def _circle(x: float, y: float, radius: float, count: int = 24) -> Points:
    angle = np.linspace(0, 2 * np.pi, count)
    return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)


def _line(*points: tuple[float, float]) -> Points:
    return np.array(points, float)


# -- scribbles and pictures


def _scribble(rng: np.random.Generator) -> Strokes:
    return [smooth(rng.normal(0, 1, (rng.integers(7, 40), 2)), 300)]


def _zigzag(rng: np.random.Generator) -> Strokes:
    count = int(rng.integers(5, 14))
    return [
        np.stack(
            [np.arange(count) / count * rng.uniform(0.5, 2), np.arange(count) % 2 + rng.normal(0, 0.08, count)], axis=1
        )
    ]


def _random_strokes(rng: np.random.Generator) -> Strokes:
    return [smooth(rng.normal(0, 1, (rng.integers(3, 6), 2)), 50) for _ in range(rng.integers(2, 5))]


def _waves(rng: np.random.Generator) -> Strokes:
    x, turn, height = np.linspace(0, 3, 12), rng.uniform(1.2, 1.9), rng.uniform(0.15, 0.6)
    curve = smooth(np.stack([x, np.sin(np.arange(12) * turn) * height], axis=1), 80)
    return [curve + np.array([0, 1.5 * height * row]) for row in range(rng.integers(1, 4))]


def _polygon(rng: np.random.Generator) -> Strokes:
    return [_circle(0, 0, 1, int(rng.integers(4, 8)))]


def _star(rng: np.random.Generator) -> Strokes:
    corners = 2 * int(rng.integers(4, 9))
    radius = np.where(np.arange(corners + 1) % 2, rng.uniform(0.35, 0.6), 1)
    return [_circle(0, 0, 1, corners + 1) * radius[:, None]]


def _heart(rng: np.random.Generator) -> Strokes:
    t = np.linspace(0, 2 * np.pi, 60)
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return [np.stack([16 * np.sin(t) ** 3, -y * rng.uniform(0.8, 1.2)], axis=1)]


def _arrow(rng: np.random.Generator) -> Strokes:
    back, side = rng.uniform(0.15, 0.4, 2)
    return [_line((0, 0), (1, 0)), _line((1 - back, -side), (1, 0), (1 - back, side))]


def _cross(rng: np.random.Generator) -> Strokes:
    upright, slanting = (
        [_line((0.5, 0), (0.5, 1)), _line((0, 0.5), (1, 0.5))],
        [_line((0, 0), (1, 1)), _line((1, 0), (0, 1))],
    )
    return [upright, slanting, upright + slanting][rng.integers(3)]


def _grid(rng: np.random.Generator) -> Strokes:
    across, down = (int(count) for count in rng.integers(2, 5, 2))
    columns = [_line((i / across, 0), (i / across, 1)) for i in range(across)]
    return columns + [_line((-0.2, j / down + 0.1), (1, j / down + 0.1)) for j in range(down)]


def _tally(rng: np.random.Generator) -> Strokes:
    return [_line((0.3 * i, 0), (0.3 * i + rng.uniform(-0.1, 0.1), 1)) for i in range(rng.integers(3, 7))]


def _smiley(rng: np.random.Generator) -> Strokes:
    mouth = smooth(np.array([[-0.5, 0.3], [0, rng.uniform(0.2, 0.7)], [0.5, 0.3]]), 20)
    return [_circle(0, 0, 1, 40), _circle(-0.35, -0.3, 0.1, 8), _circle(0.35, -0.3, 0.1, 8), mouth]


def _sun(rng: np.random.Generator) -> Strokes:
    angles = np.linspace(0, 2 * np.pi, rng.integers(6, 11))[:-1]
    return [_circle(0, 0, 1, 30)] + [np.outer([1.0, 1.6], [np.cos(angle), np.sin(angle)]) for angle in angles]


def _blobs(rng: np.random.Generator) -> Strokes:
    outer = smooth(_circle(0, 0, 1, 9)[:-1] * rng.uniform(0.6, 1.4, (8, 1)), 60, closed=True)
    return [outer, _circle(*rng.uniform(-0.4, 0.4, 2), rng.uniform(0.2, 0.5))]


def _flat_line(rng: np.random.Generator) -> Strokes:
    return [_line((0, 0), (1, rng.uniform(-0.1, 0.1)))] + [_line((0, 0.4), (1, 0.4))] * int(rng.integers(2))


def _spiral(rng: np.random.Generator) -> Strokes:
    t = np.linspace(0, 2 * np.pi * rng.uniform(2.2, 5), 120)
    return [np.stack([t * np.cos(t), t * np.sin(t) * rng.uniform(0.6, 1.2)], axis=1)]


def _house(rng: np.random.Generator) -> Strokes:
    walls = _line((0, 0), (0, 1), (1, 1), (1, 0), (0, 0), (0.5, -rng.uniform(0.3, 0.8)), (1, 0))
    return [walls] + [_line((0.4, 1), (0.4, 0.6), (0.6, 0.6), (0.6, 1))] * int(rng.integers(2))


def _person(rng: np.random.Generator) -> Strokes:
    arms = _line((-0.5, -0.3), (0.5, -0.3)) + rng.normal(0, 0.1, (2, 2))
    return [_circle(0, -1, 0.3), _line((0, -0.7), (0, 0.4)), arms, _line((-0.4, 1.1), (0, 0.4), (0.4, 1.1))]


def _horse(rng: np.random.Generator) -> Strokes:
    body = smooth(_line((0, 0), (1, -0.1), (2, 0), (2.1, 0.5), (1, 0.7), (0, 0.5)), 60, closed=True)
    legs = [_line((x, 0.5), (x + rng.uniform(-0.15, 0.15), 1.3)) for x in (0.15, 0.5, 1.6, 1.95)]
    head = smooth(_line((2, 0), (2.4, -0.6), (2.9, -0.7), (2.9, -0.45), (2.4, -0.2), (2.1, 0.3)), 40)
    return [body, *legs, head, smooth(_line((0, 0.1), (-0.4, 0.2), (-0.5, 0.7)), 20)]


Family = Callable[[np.random.Generator], Strokes]
SCRIBBLES: tuple[Family, ...] = (_scribble, _zigzag, _random_strokes, _waves)
PICTURES: tuple[Family, ...] = (
    _polygon, _star, _heart, _arrow, _cross, _grid, _tally, _smiley, _sun, _blobs, _flat_line,
)  # fmt: skip
# For evaluation only: kinds of shapes that are not trained on.
NEW_PICTURES: tuple[Family, ...] = (_spiral, _house, _person, _horse)


# -- frames


def frame_of_strokes(strokes: Strokes) -> Frame:
    """Return the (28, 28) frame of a drawing of these strokes."""
    return frame_of(Drawing(tuple(np.clip(stroke, -1e5, 1e5) for stroke in strokes)))


def two_digits(images: NDArray[np.uint8], rng: np.random.Generator) -> Frame:
    """Return two MNIST digits side by side, framed as one."""
    digits = []
    for index in rng.integers(len(images), size=2):
        columns = np.flatnonzero(images[index].any(axis=0))
        digits.append(images[index][:, columns[0] : columns[-1] + 1].astype(np.float32) / 255)
    gap, widths = int(rng.integers(-2, 6)), [digit.shape[1] for digit in digits]
    page = np.zeros((28, sum(widths) + max(gap, 0)), np.float32)
    page[:, : widths[0]] = digits[0]
    second = page[:, widths[0] + gap : widths[0] + gap + widths[1]]
    np.maximum(second, digits[1], out=second)
    # As thick as a drawing of two digits, whose strokes do not get thinner with its scale.
    thick = np.maximum.reduce([np.roll(page, shift, axis) for shift in (0, 1) for axis in (0, 1)])
    return frame_of(Picture(thick))


def crossed_out(images: NDArray[np.uint8], rng: np.random.Generator) -> Frame:
    """Return an MNIST digit with two to four strokes through it."""
    page = images[rng.integers(len(images))].astype(np.float32) / 255
    for _ in range(rng.integers(2, 5)):
        start = rng.uniform(4, 24, 2)
        end = start + rng.choice([-1, 1]) * rng.uniform(9, 18, 2)
        middle = (start + end) / 2 + rng.normal(0, 2, 2)
        stroke = smooth(np.clip(np.array([start, middle, end]), 0, 27), 20)
        page = np.maximum(page, render_strokes([stroke], 2.4, (28, 28)))
    return frame_of(Picture(page))


def turned(images: NDArray[np.uint8], labels: NDArray[np.uint8], rng: np.random.Generator) -> Frame:
    """Return an MNIST digit mirrored, upside down or on its side, if that is no digit."""
    while True:
        index = rng.integers(len(images))
        page, label = images[index].astype(np.float32) / 255, labels[index]
        if label in (3, 4, 7):
            ways = (page[:, ::-1], page[::-1], np.rot90(page), np.rot90(page, 3))
            return frame_of(Picture(np.ascontiguousarray(ways[rng.integers(4)])))
        if label == 9:
            return frame_of(Picture(np.ascontiguousarray(page[:, ::-1])))


def draw_digits(count: int, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return (count, 28, 28) frames of digits drawn as strokes, and their labels.

    Without them, only shapes would be drawn as strokes, and the detector would learn the pen instead of the shape.
    """
    written, labels = Glyphs.digits(), rng.integers(10, size=count).astype(np.uint8)
    hands = [written[label][rng.integers(len(written[label]))] for label in labels]
    return np.array([frame_of_strokes(bent(strokes, rng)) for strokes in hands]), labels


def draw_shapes(
    count: int, glyphs: Glyphs, images: NDArray[np.uint8], labels: NDArray[np.uint8], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Return (count, 28, 28) images of shapes of all kinds for training: scribbles and letters are the hardest."""
    frames = np.empty((count, 28, 28), np.uint8)
    for index in range(count):
        kind = rng.uniform()
        if kind < 0.42:
            frame = frame_of_strokes(bent(glyphs.draw(rng), rng))
        elif kind < 0.68:
            frame = frame_of_strokes(bent(SCRIBBLES[rng.integers(len(SCRIBBLES))](rng), rng))
        elif kind < 0.8:
            frame = frame_of_strokes(bent(PICTURES[rng.integers(len(PICTURES))](rng), rng))
        elif kind < 0.88:
            frame = two_digits(images, rng)
        elif kind < 0.94:
            frame = crossed_out(images, rng)
        else:
            frame = turned(images, labels, rng)
        frames[index] = np.round(frame * 255)
    return frames
