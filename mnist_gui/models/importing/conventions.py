"""What a network expects of a frame, and what its answers are, found by trying it on training frames of MNIST."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import CLASSES, FRAME_SIDE, Split
from mnist_gui.models.importing.model_file import ModelFileError
from mnist_gui.wording import accuracy_percent, plural

Array = NDArray[np.float32]

MEAN, DEVIATION = 0.1307, 0.3081  # of MNIST's training frames, as PyTorch's example standardizes them
# Values of a pixel without and with full ink, where the ink is light.
VALUES: dict[str, tuple[float, float]] = {
    "0 to 1": (0.0, 1.0),
    "0 to 255": (0.0, 255.0),
    "-1 to 1": (-1.0, 1.0),
    "standardized": (-MEAN / DEVIATION, (1 - MEAN) / DEVIATION),
    "-0.5 to 0.5": (-0.5, 0.5),
}
ANSWERS = ("probabilities", "logits", "log-probabilities", "scores")
PLACINGS = ("as it is", "padded", "cropped", "resized")
MIN_SCORE = 1e-7  # is added to scores, which may all be 0
MIN_SIDE, MAX_SIDE = 8, 128
MIN_ACCURACY = 0.5  # below it, nothing fits; networks for other pictures reach at most 0.4 in the best order

# Frames on which all conventions are tried, then those that come near, then the best one.
_TRIAL, _CHOICE, TRAINING_FRAMES = 64, 256, 1_000
_NEAR, _AS_GOOD = 0.12, 0.015  # below the best accuracy
_SURE = 0.1  # difference of losses on a part of the frames
_SATURATED = 0.3  # by which a loss may be lower only because answers are more confident


@dataclass(frozen=True)
class Layout:
    """Shape of a network's input without the batch, and what it holds.

    Attributes
    ----------
    shape
        As the network has it.
    side
        Height and width of the picture.
    channels
        1, or 3 for a colour picture.
    channel_axis
        Index of the channels in `shape`; None for a shape without them.
    """

    shape: tuple[int, ...]
    side: int
    channels: int = 1
    channel_axis: int | None = None

    @classmethod
    def of(cls, shape: Sequence[int]) -> Layout:
        """Return the layout of a shape, in which 0 stands for a side of any length.

        Raises
        ------
        ModelFileError
            It is no square picture in grey or colour.
        """
        shape = tuple(side or FRAME_SIDE for side in shape)
        sides = [(index, side) for index, side in enumerate(shape) if side != 1]
        layout = None
        match [side for _, side in sides]:
            case [count] if math.isqrt(count) ** 2 == count:
                layout = cls(shape, math.isqrt(count))
            case [height, width] if height == width:
                layout = cls(shape, height)
            case [height, width, 3] if height == width:
                layout = cls(shape, height, 3, sides[2][0])
            case [3, height, width] if height == width:
                layout = cls(shape, height, 3, sides[0][0])
        if layout is None or not MIN_SIDE <= layout.side <= MAX_SIDE:
            raise ModelFileError(
                f"Its input has the shape {shape}; expected a square picture, such as (28, 28), (28, 28, 1), "
                f"(1, 28, 28), (784,) or (32, 32, 3), of {MIN_SIDE} to {MAX_SIDE} pixels a side."
            )
        return layout

    @property
    def single_channel(self) -> tuple[int, ...]:
        """The shape for a picture in grey."""
        return tuple(1 if index == self.channel_axis else side for index, side in enumerate(self.shape))

    @property
    def placings(self) -> tuple[str, ...]:
        """How a frame of 28x28 pixels may get its side."""
        if self.side == FRAME_SIDE:
            return ("as it is",)
        return ("padded" if self.side > FRAME_SIDE else "cropped", "resized")


@dataclass(frozen=True)
class Convention:
    """How a frame, 28x28 pixels from 0 to 1 with light ink, becomes a network's input, and its output probabilities.

    Attributes
    ----------
    values
        Key of `VALUES`.
    is_dark_on_light
        Whether the ink is dark.
    is_transposed
        Whether rows are columns.
    placing
        One of `PLACINGS`.
    answers
        One of `ANSWERS`; scores are independent numbers from 0 to 1, as of sigmoid units.
    order
        For each digit, the index of its output.
    """

    values: str = "0 to 1"
    is_dark_on_light: bool = False
    is_transposed: bool = False
    placing: str = "as it is"
    answers: str = "probabilities"
    order: tuple[int, ...] = tuple(range(CLASSES))

    @property
    def scale(self) -> tuple[float, float]:
        """Factor of a frame, and what is added to it."""
        blank, ink = VALUES[self.values]
        return (blank - ink, ink) if self.is_dark_on_light else (ink - blank, blank)

    def to_json(self) -> dict[str, Any]:
        """Return plain values for `from_json`."""
        return {**asdict(self), "order": list(self.order)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Convention:
        """Return the convention of `to_json`; raise `ValueError` for anything else."""
        try:
            convention = cls(**{**values, "order": tuple(values["order"])})
            is_known = (
                convention.values in VALUES
                and convention.placing in PLACINGS
                and convention.answers in ANSWERS
                and type(convention.is_dark_on_light) is type(convention.is_transposed) is bool
                and sorted(convention.order) == list(range(CLASSES))
            )
        except (KeyError, TypeError) as error:
            raise ValueError("the convention has missing or unknown entries") from error
        if not is_known:
            raise ValueError("the convention has unknown values")
        return convention

    def describe(self, side: int = FRAME_SIDE) -> str:
        """Return what the network expects, to continue "expects", and what its answers were."""
        parts = [self.values, "dark on light" if self.is_dark_on_light else "light on dark"]
        if self.placing != "as it is":
            parts.append(f"{self.placing} to {side}x{side}")
        if self.is_transposed:
            parts.append("rows and columns exchanged")
        answers = [] if self.answers == "probabilities" else [f"answers were {self.answers}"]
        if self.order != tuple(range(CLASSES)):
            answers.append(f"its outputs were in the order {' '.join(map(str, self.digits))}")
        return "; ".join([", ".join(parts), *answers])

    @property
    def digits(self) -> tuple[int, ...]:
        """For each output, its digit."""
        return tuple(self.order.index(index) for index in range(CLASSES))


@dataclass(frozen=True)
class Found:
    """A convention, and the share of training frames that the network recognizes with it."""

    convention: Convention
    accuracy: float
    frames: int


def placement(placing: str, side: int) -> Array:
    """Return the matrix P for which P F P^T is a frame F of 28x28 pixels at another side.

    Resizing is linear between the centres of pixels, as that of OpenCV, Pillow (for larger sides) and TensorFlow.
    """
    matrix = np.zeros((side, FRAME_SIDE), np.float32)
    if placing == "resized":
        positions = np.clip((np.arange(side) + 0.5) * FRAME_SIDE / side - 0.5, 0, FRAME_SIDE - 1)
        lower = np.minimum(positions.astype(int), FRAME_SIDE - 2)
        matrix[np.arange(side), lower] = 1 - (positions - lower)
        matrix[np.arange(side), lower + 1] = positions - lower
    else:
        margin = (side - FRAME_SIDE) // 2
        rows = np.arange(max(margin, 0), min(margin + FRAME_SIDE, side))
        matrix[rows, rows - margin] = 1
    return matrix


def prepare(frames: Array, convention: Convention, layout: Layout) -> Array:
    """Return the input of a network for (N, 28, 28) frames from 0 to 1."""
    pictures = frames.swapaxes(1, 2) if convention.is_transposed else frames
    if convention.placing != "as it is":
        matrix = placement(convention.placing, layout.side)
        pictures = np.asarray(matrix @ pictures @ matrix.T, np.float32)
    factor, added = convention.scale
    pictures = np.float32(factor) * pictures + np.float32(added)
    pictures = np.ascontiguousarray(pictures).reshape(-1, *layout.single_channel)
    if layout.channel_axis is None:
        return pictures
    return np.repeat(pictures, layout.channels, layout.channel_axis + 1)


def kind_of_answers(rows: Array) -> str:
    """Return which of `ANSWERS` (N, 10) numbers are."""
    is_share = rows.min() >= 0 and rows.max() <= 1 + 1e-3
    if is_share and np.abs(rows.sum(axis=1) - 1).max() < 1e-2:
        return "probabilities"
    if rows.max() <= 1e-3 and np.abs(np.exp(rows).sum(axis=1) - 1).max() < 1e-2:
        return "log-probabilities"
    return "scores" if is_share else "logits"


def probabilities(rows: Array, answers: str) -> Array:
    """Return (N, 10) probabilities for the answers of a network."""
    if answers == "probabilities":
        return rows
    # The softmax of log-probabilities are the probabilities.
    shares = rows + np.float32(MIN_SCORE) if answers == "scores" else np.exp(rows - rows.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), np.float32)


def training_frames(train: Split) -> Split:
    """Return the frames on which networks are tried: the last ones, which many people hold out of the training.

    They are shuffled: MNIST's writers follow each other, and some write more clearly.
    """
    last = np.arange(len(train) - TRAINING_FRAMES, len(train))
    return train[np.random.default_rng(0).permutation(last)]


def find_convention(
    run: Callable[[Array], Array],
    layout: Layout,
    frames: Array,
    labels: NDArray[np.uint8],
    progress: Callable[[float], None] = lambda fraction: None,
) -> Found:
    """Try a network on training frames in all conventions, fewer and fewer of them on more and more frames.

    Parameters
    ----------
    run
        Returns (N, 10) numbers for N inputs of the layout.
    layout
        Layout of the input.
    frames, labels
        `TRAINING_FRAMES` frames, from 0 to 1, and their digits.
    progress
        Called with the fraction that is done.

    Raises
    ------
    ModelFileError
        No convention fits; the message says which one came nearest.
    """
    trials = _Trials(run, layout, frames, labels)
    tried = [trials.score(convention, _TRIAL) for convention in _conventions(layout, transposed=False)]
    progress(0.4)
    if max(trial.accuracy for trial in tried) < 0.8:
        tried += [trials.score(convention, _TRIAL) for convention in _conventions(layout, transposed=True)]
    progress(0.6)
    best = max(trial.accuracy for trial in tried)
    near = [trial for trial in tried if trial.accuracy >= best - _NEAR]
    if len(near) > 1:
        near = sorted(near, key=lambda trial: (-round(trial.accuracy, 1), trial.loss))[:6]
        near = [trials.score(trial.convention, _CHOICE) for trial in sorted(near, key=tried.index)]
    progress(0.8)
    chosen = _choose(near)
    rivals = [trial for trial in near if trial is chosen or _is_rival(trial, chosen)]
    last = _choose([trials.score(trial.convention, len(frames)) for trial in rivals])
    progress(1.0)
    if last.accuracy < MIN_ACCURACY:
        raise ModelFileError(
            f"It recognizes only {accuracy_percent(last.accuracy)} of {plural(len(frames), 'training digit')} of MNIST "
            f"in the convention that comes nearest ({last.convention.describe(layout.side)}). It may be a network for "
            "other pictures, or untrained."
        )
    return Found(last.convention, last.accuracy, len(frames))


def try_convention(
    run: Callable[[Array], Array], layout: Layout, frames: Array, labels: NDArray[np.uint8], convention: Convention
) -> Found:
    """Return a convention that a user chose, with the order of the outputs that fits best; see `find_convention`.

    Raises
    ------
    ModelFileError
        It does not belong to a network of this layout.
    """
    if convention.placing not in layout.placings:
        raise ModelFileError(f"Its pictures of {layout.side}x{layout.side} pixels cannot be {convention.placing}.")
    trial = _Trials(run, layout, frames, labels).score(convention, len(frames))
    return Found(replace(trial.convention, answers=convention.answers), trial.accuracy, len(frames))


def _conventions(layout: Layout, *, transposed: bool) -> Iterator[Convention]:
    for values in VALUES:
        for is_dark_on_light in (False, True):
            for placing in layout.placings:
                yield Convention(values, is_dark_on_light, transposed, placing)


@dataclass(frozen=True)
class _Trial:
    """A convention with its accuracy and its loss."""

    convention: Convention
    accuracy: float
    loss: float


class _Trials:
    """Scores conventions on the first of some frames."""

    def __init__(self, run: Callable[[Array], Array], layout: Layout, frames: Array, labels: NDArray[np.uint8]) -> None:
        self._run = run
        self._layout = layout
        self._frames = frames
        self._labels = labels
        self._rows: dict[Convention, Array] = {}  # answers so far, by the convention that was tried

    def score(self, convention: Convention, count: int) -> _Trial:
        """Return accuracy and loss of a convention on the first `count` frames, in the best order of the outputs."""
        tried = replace(convention, answers=Convention.answers, order=Convention.order)
        rows = self._rows.get(tried, np.empty((0, CLASSES), np.float32))
        frames = self._frames[len(rows) : count]
        if len(frames):
            rows = np.concatenate([rows, self._run(prepare(frames, tried, self._layout))])
            self._rows[tried] = rows
        if not np.isfinite(rows).all():
            return _Trial(tried, 0.0, math.inf)
        labels = self._labels[: len(rows)]
        found = replace(tried, answers=kind_of_answers(rows), order=_best_order(rows, labels))
        shares = probabilities(rows, found.answers)[:, found.order]
        right = shares[np.arange(len(rows)), labels]
        accuracy = float((shares.argmax(axis=1) == labels).mean())
        return _Trial(found, accuracy, float(-np.log(np.clip(right, 1e-7, 1)).mean()))


def _is_rival(trial: _Trial, chosen: _Trial) -> bool:
    """Return whether more frames could prefer a trial to the chosen one."""
    return trial.accuracy > chosen.accuracy - _AS_GOOD and trial.loss < chosen.loss + _SURE


def _choose(trials: Sequence[_Trial]) -> _Trial:
    """Return the trial with the lowest loss among those that are about as accurate as the best."""
    best = max(trial.accuracy for trial in trials)
    good = [trial for trial in trials if trial.accuracy >= best - _AS_GOOD]
    chosen = min(good, key=lambda trial: trial.loss)
    # With values many times too large, a network of rectified units answers nearly the same with full confidence, which
    # on digits that it learned by heart looks better; one that expects them is unsure of smaller values.
    smaller = [trial for trial in good if trial.convention.values != "0 to 255"]
    if chosen not in smaller and smaller:
        closest = min(smaller, key=lambda trial: trial.loss)
        if closest.loss < chosen.loss + _SATURATED:
            return closest
    return chosen


def _best_order(rows: Array, labels: NDArray[np.uint8]) -> tuple[int, ...]:
    """Return the index of the output of each digit for which most answers are right; the usual one where it does."""
    counts = np.zeros((CLASSES, CLASSES), int)
    np.add.at(counts, (labels, rows.argmax(axis=1)), 1)
    usual = tuple(range(CLASSES))
    if (counts.argmax(axis=1) == np.arange(CLASSES)).all():
        return usual
    order = best_assignment(counts)
    gained = counts[usual, order].sum() - counts[usual, usual].sum()
    return order if gained > 0.1 * len(rows) else usual


def best_assignment(gains: NDArray[np.integer[Any]]) -> tuple[int, ...]:
    """Return the column of each row of a square matrix, each taken once, with the highest sum of gains.

    Exact, over all sets of columns in ascending order (Held and Karp, 1962); at most about 12 rows.
    """
    size = len(gains)
    totals: dict[int, tuple[int, tuple[int, ...]]] = {0: (0, ())}
    for row in gains.tolist():
        following: dict[int, tuple[int, tuple[int, ...]]] = {}
        for taken, (total, columns) in totals.items():
            for column in range(size):
                if not taken >> column & 1:
                    key, gain = taken | 1 << column, total + row[column]
                    if key not in following or gain > following[key][0]:
                        following[key] = gain, (*columns, column)
        totals = following
    return totals[2**size - 1][1]
