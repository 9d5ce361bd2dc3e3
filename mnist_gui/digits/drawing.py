"""Immutable drawings of pen strokes, and their JSON format."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Far beyond any screen or tablet, and small enough for exact computations on coordinates.
MAX_COORDINATE = 1e6
MAX_STROKES = 2_000  # of a file: time and memory to tell digits apart grow with their square
_TINY = 1e-6  # of a segment: what is cut off, or left over, by the rounding of an earlier cut


class DrawingError(ValueError):
    """The input is not a drawing; the message says what was expected and how to correct it."""


@dataclass(frozen=True, eq=False)
class Drawing:
    """Pen strokes and their label.

    A stroke of one point is a dot; a drawing without strokes is blank. Strokes without points are dropped.

    Parameters
    ----------
    strokes
        Each (n, 2) of x and y; y grows downwards, in any unit, at most 1e6 in size. Stored as read-only float64.
    label
        Digit from 0 to 9, or None if unknown.

    Raises
    ------
    DrawingError
        A stroke is not (n, 2) numbers, a number is not finite or beyond 1e6, or the label is not a digit.
    """

    strokes: tuple[NDArray[np.float64], ...] = ()
    label: int | None = None

    def __post_init__(self) -> None:
        strokes = (_checked_stroke(stroke, number) for number, stroke in enumerate(self.strokes, start=1))
        object.__setattr__(self, "strokes", tuple(stroke for stroke in strokes if len(stroke)))
        object.__setattr__(self, "label", _checked_label(self.label))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Drawing):
            return NotImplemented
        return (
            self.label == other.label
            and len(self.strokes) == len(other.strokes)
            and all(map(np.array_equal, self.strokes, other.strokes))
        )

    @property
    def is_blank(self) -> bool:
        """Whether there are no points."""
        return not self.strokes

    @property
    def point_count(self) -> int:
        """Total number of points of all strokes."""
        return sum(map(len, self.strokes))

    def bounds(self) -> tuple[float, float, float, float]:
        """Return left, top, right and bottom of the points; the drawing must not be blank."""
        if self.is_blank:
            raise DrawingError("A blank drawing has no bounds; ask is_blank first.")
        points = np.concatenate(self.strokes)
        (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        return left, top, right, bottom

    def with_stroke(self, points: ArrayLike) -> Drawing:
        """Return this drawing with a stroke, (n, 2), appended."""
        return Drawing((*self.strokes, points), self.label)  # type: ignore[arg-type]

    def erased(self, start: tuple[float, float], end: tuple[float, float], radius: float) -> Drawing:
        """Return this drawing without what is nearer to a line than a radius; strokes are cut there.

        Parameters
        ----------
        start, end
            Ends of the line, x and y each; the same for a point.
        radius
            Above 0, in the unit of the drawing. Strokes are lines without width.

        Returns
        -------
        Drawing
            This one if nothing is that near; otherwise strokes that are not cut are shared with it.
        """
        if self.is_blank:
            return self
        enter, leave = _near_line(*segments(self.strokes), np.array([start, end], dtype=float), radius)
        if not (leave - enter > _TINY).any():
            return self
        firsts = np.cumsum([max(len(stroke) - 1, 1) for stroke in self.strokes])[:-1]
        cuts = zip(self.strokes, np.split(enter, firsts), np.split(leave, firsts), strict=True)
        return Drawing(tuple(part for cut in cuts for part in _uncut_parts(*cut)), self.label)

    def with_label(self, label: int | None) -> Drawing:
        """Return this drawing with another label."""
        return Drawing(self.strokes, label)

    def to_json(self) -> dict[str, Any]:
        """Return ``{"strokes": [[[x, y], ...], ...], "label": 7}``, without "label" if it is None.

        Coordinates are not rounded; whole numbers become integers.
        """
        strokes = [[[_short(x), _short(y)] for x, y in stroke.tolist()] for stroke in self.strokes]
        return {"strokes": strokes} if self.label is None else {"strokes": strokes, "label": self.label}

    @classmethod
    def from_json(cls, value: object) -> Drawing:
        """Return the drawing of a parsed JSON value, or raise `DrawingError`; unknown keys are ignored."""
        if not isinstance(value, dict):
            raise DrawingError(
                f"A drawing is a JSON object, but {_shown(value)} was given; "
                'write {"strokes": [[[x, y], ...], ...], "label": 7}.'
            )
        if "strokes" not in value:
            raise DrawingError('A drawing needs "strokes", which is missing; a blank one is {"strokes": []}.')
        strokes = value["strokes"]
        if not isinstance(strokes, list):
            raise DrawingError(f'"strokes" is a list of strokes, not {_shown(strokes)}; write [[[x, y], ...], ...].')
        if len(strokes) > MAX_STROKES:
            raise DrawingError(
                f"The drawing has {len(strokes):,} strokes; at most {MAX_STROKES:,} are read; join or divide it."
            )
        points = tuple(_points_from_json(stroke, number) for number, stroke in enumerate(strokes, start=1))
        return cls(points, value.get("label"))


def parse_drawing(text: str) -> Drawing:
    """Return the drawing of a JSON text, for example of a line of a JSON Lines file, or raise `DrawingError`."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except DrawingError:
        raise
    except RecursionError:
        raise DrawingError("The JSON is nested too deeply for a drawing; write [[[x, y], ...], ...].") from None
    except ValueError as error:  # also raised by an integer of too many digits
        raise DrawingError(f"The text is not JSON ({error}); a drawing is a JSON object.") from None
    return Drawing.from_json(value)


def segments(strokes: Sequence[NDArray[np.float64]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the starts and the ends, each (n, 2), of all line segments of at least one stroke.

    A stroke of one point has one segment of length 0.
    """
    starts = np.concatenate([stroke[:-1] if len(stroke) > 1 else stroke for stroke in strokes])
    ends = np.concatenate([stroke[1:] if len(stroke) > 1 else stroke for stroke in strokes])
    return starts, ends


def _uncut_parts(
    stroke: NDArray[np.float64], enter: NDArray[np.float64], leave: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """Return the parts, (n, 2) each, of a stroke outside of the fractions of its segments, see `_near_line`."""
    cut = np.flatnonzero(leave - enter > _TINY)
    if not len(cut):
        return [stroke]
    # Positions along the stroke: the index of a point, or between two of them.
    begins = np.append(0.0, cut + leave[cut])
    stops = np.append(cut + enter[cut], float(len(enter)))
    index = np.arange(len(stroke))
    parts = []
    for begin, stop in zip(begins, stops, strict=True):
        if stop - begin > _TINY:
            inner = stroke[math.floor(begin) + 1 : math.ceil(stop)]
            first, final = (np.array([np.interp(at, index, values) for values in stroke.T]) for at in (begin, stop))
            parts.append(np.vstack([first, inner, final]))
    return parts


def _near_line(
    starts: NDArray[np.float64], ends: NDArray[np.float64], line: NDArray[np.float64], radius: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return between which fractions, (n,) each, n segments are nearer to a (2, 2) line than a radius.

    The first fraction is not below the second where a segment is not near. What is near a line, two discs and the
    rectangle between them, is convex: no segment enters it twice.
    """
    along, length = ends - starts, float(np.hypot(*(line[1] - line[0])))
    squared = np.maximum((along**2).sum(axis=1), 1e-12)  # of a dot, too, one fraction is as good as any other
    intervals = []
    for centre in line:
        offset = starts - centre
        across = (along * offset).sum(axis=1)
        root = np.sqrt(np.maximum(across**2 - squared * ((offset**2).sum(axis=1) - radius**2), 0))
        intervals.append(((-across - root) / squared, (-across + root) / squared))
    if length:
        unit = (line[1] - line[0]) / length
        middle, half = (line[0] + line[1]) / 2, (length / 2, radius)
        axes = np.array([unit, (-unit[1], unit[0])]).T  # along the line and across it
        with np.errstate(all="ignore"):  # a segment along an axis: infinities are right
            sides = np.sort([(side - (starts - middle) @ axes) / (along @ axes) for side in (-np.array(half), half)], 0)
        intervals.append((sides[0].max(axis=1), sides[1].min(axis=1)))
    enter, leave = np.ones(len(starts)), np.zeros(len(starts))
    for first, final in intervals:
        first, final = np.clip(first, 0, 1), np.clip(final, 0, 1)
        is_crossed = first < final
        enter = np.where(is_crossed, np.minimum(enter, first), enter)
        leave = np.where(is_crossed, np.maximum(leave, final), leave)
    return enter, leave


def _checked_stroke(points: ArrayLike, number: int) -> NDArray[np.float64]:
    """Return a stroke as a read-only (n, 2) array; `number` is for the message."""
    try:
        given = np.asarray(points)
    except ValueError:  # rows of different lengths
        given = np.empty(0, dtype=object)
    if given.shape in ((0,), (0, 2)) and given.dtype != object:
        return np.empty((0, 2))
    if given.dtype.kind not in "iuf" or given.ndim != 2 or given.shape[1] != 2:
        raise DrawingError(
            f"Stroke {number} is not a list of points (its shape is {given.shape}, its type {given.dtype}); "
            "give pairs of numbers x, y."
        )
    # A stroke of another drawing is shared; anything else is copied, because the caller could change it.
    owned = given.flags.owndata and not given.flags.writeable
    stroke = given.astype(np.float64, copy=not owned)
    beyond = ~(np.abs(stroke) <= MAX_COORDINATE)  # includes NaN
    if beyond.any():
        raise _out_of_range(float(stroke[beyond][0]), number)
    stroke.setflags(write=False)
    return stroke


def _checked_label(label: object) -> int | None:
    if label is None:
        return None
    if isinstance(label, int | np.integer) and not isinstance(label, bool) and 0 <= label <= 9:
        return int(label)
    raise DrawingError(f"A label is a digit from 0 to 9, not {_shown(label)}; leave it out if there is none.")


def _points_from_json(stroke: object, number: int) -> NDArray[np.float64]:
    """Return a stroke of a parsed JSON value as (n, 2)."""
    if not isinstance(stroke, list):
        raise DrawingError(f"Stroke {number} is a list of points, not {_shown(stroke)}; write [[x, y], ...].")
    for point in stroke:
        if not isinstance(point, list) or len(point) != 2:
            raise DrawingError(f"Stroke {number} has {_shown(point)} where a point was expected; write [x, y].")
        for value in point:
            # isinstance would take true for an integer, and NumPy "7" for a number.
            if type(value) not in (int, float):
                raise DrawingError(f"Stroke {number} has {_shown(value)} where a number was expected; write [x, y].")
            if not -MAX_COORDINATE <= value <= MAX_COORDINATE:
                raise _out_of_range(value, number)
    return np.array(stroke, dtype=np.float64).reshape(-1, 2)


def _out_of_range(value: float, number: int) -> DrawingError:
    return DrawingError(
        f"Stroke {number} has the coordinate {_shown(value)}; coordinates are finite numbers from -1e6 to 1e6. "
        "Scale the drawing down."
    )


def _refuse_constant(name: str) -> NoReturn:
    raise DrawingError(f"The JSON has {name}, but coordinates are finite numbers; leave the point out.")


def _short(value: float) -> int | float:
    return int(value) if value.is_integer() else value


def _shown(value: object) -> str:
    """Return a short description of a value of any size, for a message."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int) and abs(value) >= 10**15:
        return "an integer of many digits"  # Python does not print the longest ones
    if isinstance(value, str):
        return f"the text {value[:20]!r}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, int | float | np.number):
        return str(value)
    return "an object" if isinstance(value, dict) else f"a {type(value).__name__}"
