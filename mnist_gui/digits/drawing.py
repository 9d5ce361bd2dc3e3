"""Drawing: an immutable value of pen strokes, read from JSON and written to it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Far beyond any screen or tablet, and small enough that every computation on coordinates stays exact enough.
MAX_COORDINATE = 1e6


class DrawingError(ValueError):
    """What was given is not a drawing; the message says what was expected and how to mend it."""


@dataclass(frozen=True, eq=False)
class Drawing:
    """Pen strokes, and the digit that they are meant to be.

    A stroke of one point is a dot; a drawing without strokes is blank. Strokes without points are dropped.

    Parameters
    ----------
    strokes
        Each (n, 2) of x and y, at least one point; y grows downwards, any unit, at most 1e6 in size.
        Kept as read-only float64.
    label
        The digit it is meant to be, 0 to 9, or None where nobody said.

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
        """True if there is no point at all."""
        return not self.strokes

    @property
    def point_count(self) -> int:
        """How many points all strokes have together."""
        return sum(map(len, self.strokes))

    def bounds(self) -> tuple[float, float, float, float]:
        """Return left, top, right and bottom of the points, in the drawing's unit.

        Raises
        ------
        DrawingError
            The drawing is blank.
        """
        if self.is_blank:
            raise DrawingError("A blank drawing has no bounds; ask is_blank first.")
        points = np.concatenate(self.strokes)
        (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        return left, top, right, bottom

    def with_stroke(self, points: ArrayLike) -> Drawing:
        """Return this drawing with one more stroke, (n, 2), drawn last."""
        return Drawing((*self.strokes, points), self.label)  # type: ignore[arg-type]

    def without_strokes(self, indices: Iterable[int]) -> Drawing:
        """Return this drawing without the strokes at these places, counted from 0."""
        gone = set(indices)
        return Drawing(tuple(s for index, s in enumerate(self.strokes) if index not in gone), self.label)

    def with_label(self, label: int | None) -> Drawing:
        """Return this drawing, meant to be another digit."""
        return Drawing(self.strokes, label)

    def to_json(self) -> dict[str, Any]:
        """Return ``{"strokes": [[[x, y], ...], ...], "label": 7}``, no label where there is none.

        Nothing is rounded: `from_json` gives an equal drawing back. Whole numbers are written as integers.
        """
        strokes = [[[_short(x), _short(y)] for x, y in stroke.tolist()] for stroke in self.strokes]
        return {"strokes": strokes} if self.label is None else {"strokes": strokes, "label": self.label}

    @classmethod
    def from_json(cls, value: object) -> Drawing:
        """Return the drawing that a parsed JSON value describes; unknown keys are ignored.

        Raises
        ------
        DrawingError
            The value is not a drawing.
        """
        if not isinstance(value, dict):
            raise DrawingError(
                f"A drawing is a JSON object, and {_shown(value)} was given; "
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
    """Return the drawing written as one JSON object, e.g. one line of a JSON Lines file.

    Raises
    ------
    DrawingError
        The text is not JSON, or not a drawing.
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except DrawingError:
        raise
    except RecursionError:
        raise DrawingError("The JSON is nested too deeply for a drawing; write [[[x, y], ...], ...].") from None
    except ValueError as error:  # also an integer of more digits than Python converts
        raise DrawingError(f"A drawing is written as JSON, and this is not ({error}); mend the text.") from None
    return Drawing.from_json(value)


def segments(strokes: Sequence[NDArray[np.float64]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the starts and the ends, each (n, 2), of all the straight pieces of some strokes, at least one.

    A stroke of one point is one piece of no length.
    """
    starts = np.concatenate([stroke[:-1] if len(stroke) > 1 else stroke for stroke in strokes])
    ends = np.concatenate([stroke[1:] if len(stroke) > 1 else stroke for stroke in strokes])
    return starts, ends


def strokes_touched(drawing: Drawing, point: tuple[float, float], radius: float) -> tuple[int, ...]:
    """Return which strokes an eraser touches: those no farther than its radius from its centre.

    Parameters
    ----------
    drawing
        Its strokes count as lines without width.
    point
        x and y of the eraser's centre, in the drawing's unit.
    radius
        The eraser's radius, in the drawing's unit.
    """
    touched = []
    for index, stroke in enumerate(drawing.strokes):
        starts, ends = segments([stroke])
        along, offset = ends - starts, np.asarray(point, dtype=float) - starts
        squared = (along**2).sum(axis=1)
        # Where a piece has no length, its start is as near as any other place on it.
        place = np.clip((along * offset).sum(axis=1) / np.where(squared > 0, squared, 1), 0, 1)
        nearest = offset - place[:, None] * along
        if np.hypot(nearest[:, 0], nearest[:, 1]).min() <= radius:
            touched.append(index)
    return tuple(touched)


def _checked_stroke(points: ArrayLike, number: int) -> NDArray[np.float64]:
    """Return one stroke as a read-only (n, 2) array; the number is for the message."""
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
    # A stroke that another drawing already holds is shared, anything else copied, lest somebody change it.
    owned = given.flags.owndata and not given.flags.writeable
    stroke = given.astype(np.float64, copy=not owned)
    beyond = ~(np.abs(stroke) <= MAX_COORDINATE)  # so that NaN is beyond, too
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
    """Return one stroke of a parsed JSON value as (n, 2)."""
    if not isinstance(stroke, list):
        raise DrawingError(f"Stroke {number} is a list of points, not {_shown(stroke)}; write [[x, y], ...].")
    for point in stroke:
        if not isinstance(point, list) or len(point) != 2:
            raise DrawingError(f"Stroke {number} has {_shown(point)} where a point belongs; write [x, y].")
        for value in point:
            # Not isinstance: to Python, true is an integer. Not left to NumPy: to it, "7" is a number.
            if type(value) not in (int, float):
                raise DrawingError(f"Stroke {number} has {_shown(value)} where a number belongs; write [x, y].")
            if not -MAX_COORDINATE <= value <= MAX_COORDINATE:
                raise _out_of_range(value, number)
    return np.array(stroke, dtype=np.float64).reshape(-1, 2)


def _out_of_range(value: float, number: int) -> DrawingError:
    return DrawingError(
        f"Stroke {number} has the coordinate {_shown(value)}, and coordinates are finite, from -1e6 to 1e6; "
        "scale the drawing down."
    )


def _refuse_constant(name: str) -> NoReturn:
    raise DrawingError(f"The JSON has {name}, and coordinates are finite; leave the point out.")


def _short(value: float) -> int | float:
    return int(value) if value.is_integer() else value


def _shown(value: object) -> str:
    """Return a few words for a value of any size, for a message."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int) and abs(value) >= 10**15:
        return "an integer of many digits"  # Python refuses to print the longest
    if isinstance(value, str):
        return f"the text {value[:20]!r}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, int | float | np.number):
        return str(value)
    return "an object" if isinstance(value, dict) else f"a {type(value).__name__}"
