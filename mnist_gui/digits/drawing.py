"""Immutable drawings of pen strokes, and their JSON format."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Far beyond any screen or tablet, and small enough for exact computations on coordinates.
MAX_COORDINATE = 1e6


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

    def without_strokes(self, indices: Iterable[int]) -> Drawing:
        """Return this drawing without the strokes at these 0-based indices."""
        removed = set(indices)
        return Drawing(tuple(s for index, s in enumerate(self.strokes) if index not in removed), self.label)

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


def strokes_touched(drawing: Drawing, point: tuple[float, float], radius: float) -> tuple[int, ...]:
    """Return the indices of the strokes, as lines without width, that an eraser touches.

    Parameters
    ----------
    point, radius
        Centre, x and y, and radius of the eraser, in the unit of the drawing.
    """
    touched = []
    for index, stroke in enumerate(drawing.strokes):
        starts, ends = segments([stroke])
        along, offset = ends - starts, np.asarray(point, dtype=float) - starts
        squared = (along**2).sum(axis=1)
        # The divisor of a segment of length 0 does not matter: all its points are its start.
        fraction = np.clip((along * offset).sum(axis=1) / np.where(squared > 0, squared, 1), 0, 1)
        nearest = offset - fraction[:, None] * along
        if np.hypot(nearest[:, 0], nearest[:, 1]).min() <= radius:
            touched.append(index)
    return tuple(touched)


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
