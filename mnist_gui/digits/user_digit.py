"""A digit that the user labelled, and its line in a file."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.content import Content
from mnist_gui.digits.dataset import FRAME_SIDE, mnist_test_indices
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import frame_of
from mnist_gui.digits.picture import Picture

# Of the digits that the store adds, every third of a label is held out of fine-tuning, to evaluate it.
HELD_OUT_INTERVAL = 3
# One of this many ids is held out. Changing the number would move stored digits between training and validation.
_HELD_OUT_IDS = 4
# Coordinates are rounded to 1e-5 to 1e-4 of the longest side of a drawing: about a thousandth of a frame pixel.
_DIGITS = 5
_DOT = 1e-4  # as in framing
_TOLERANCE = 3e-4  # relative to the longest side; covers the rounding
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


@dataclass(frozen=True, eq=False)
class UserDigit:
    """A digit that the user labelled.

    Attributes
    ----------
    id
        Unique in its file; never changes.
    content
        Labelled drawing, or labelled (28, 28) frame as a picture.
    saved
        ISO 8601 time in UTC; empty if unknown.
    """

    id: str
    content: Content
    saved: str = ""

    @property
    def label(self) -> int:
        """Label from 0 to 9."""
        assert self.content.label is not None
        return self.content.label

    @property
    def has_frame(self) -> bool:
        """Whether `frame` is already computed."""
        return "frame" in self.__dict__

    @cached_property
    def frame(self) -> NDArray[np.float32]:
        """The (28, 28) frame in [0, 1]; computed at the first access, in about a millisecond."""
        return frame_of(self.content)


def is_held_out(identity: str) -> bool:
    """Return whether the digit with this id is held out of fine-tuning: one in four, by a hash of the id only.

    A digit therefore never changes sides, whatever is added, deleted or relabelled. `UserDigitStore.add` chooses ids
    such that every third digit of a label is held out, and neither of the first two.
    """
    return hashlib.sha256(identity.encode()).digest()[0] % _HELD_OUT_IDS == 0


def split_held_out(digits: Iterable[UserDigit]) -> tuple[tuple[UserDigit, ...], tuple[UserDigit, ...]]:
    """Return the digits to train on and the held-out ones, each in the given order; see `is_held_out`."""
    sides: tuple[list[UserDigit], list[UserDigit]] = ([], [])
    for digit in digits:
        sides[is_held_out(digit.id)].append(digit)
    return tuple(sides[0]), tuple(sides[1])


@dataclass(frozen=True)
class DigitLine:
    """A digit and its line in a file, which may hold keys that this version does not know."""

    digit: UserDigit
    text: str

    @classmethod
    def of(cls, digit: UserDigit) -> DigitLine:
        """Return the line of a digit."""
        values: dict[str, Any] = {"id": digit.id, "saved": digit.saved, "label": digit.label}
        if isinstance(digit.content, Drawing):
            values |= digit.content.to_json()
        else:
            grey = np.rint(digit.content.ink * 255).astype(np.uint8)
            values["frame"] = base64.b64encode(grey.tobytes()).decode("ascii")
        return cls(digit, _dumped(values))

    @classmethod
    def parsed(cls, text: str) -> DigitLine:
        """Parse a line; a missing id is derived from its text.

        Raises
        ------
        ValueError, TypeError, KeyError, RecursionError
            The line is no labelled digit with ink.
        """
        values = json.loads(text)
        content = _content(values)
        identity, saved = values.get("id"), values.get("saved")
        saved = saved if isinstance(saved, str) else ""
        if isinstance(identity, str) and _ID.fullmatch(identity):
            return cls(UserDigit(identity, content, saved), text)
        return cls.of(UserDigit(id_from_text(text), content, saved))

    def relabelled(self, label: int) -> DigitLine:
        """Return the line with another label."""
        content = self.digit.content
        labelled = content.with_label(label) if isinstance(content, Drawing) else replace(content, label=label)
        return DigitLine(replace(self.digit, content=labelled), _dumped({**json.loads(self.text), "label": label}))

    def with_id(self, identity: str) -> DigitLine:
        """Return the line with another id."""
        return DigitLine.of(replace(self.digit, id=identity))


def is_same_ink(first: Content, second: Content) -> bool:
    """Return whether two contents are the same digit: equal but for label, position, size and stored precision."""
    if isinstance(first, Drawing) and isinstance(second, Drawing):
        if [len(stroke) for stroke in first.strokes] != [len(stroke) for stroke in second.strokes] or first.is_blank:
            return False
        return bool(np.allclose(_normalized(first), _normalized(second), rtol=0, atol=_TOLERANCE))
    if isinstance(first, Picture) and isinstance(second, Picture):
        return np.array_equal(grey_frame(first), grey_frame(second))
    return False


def _normalized(drawing: Drawing) -> NDArray[np.float64]:
    left, top, right, bottom = drawing.bounds()
    points: NDArray[np.float64] = np.concatenate(drawing.strokes)
    return (points - (left, top)) / max(right - left, bottom - top, _DOT)


def grey_frame(content: Content) -> NDArray[np.uint8]:
    """Return the (28, 28) frame with 256 grey levels."""
    return as_grey(frame_of(content))


def as_grey(frame: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return a frame in [0, 1] as levels from 0 to 255."""
    return np.rint(frame * 255).astype(np.uint8)


def is_mnist_test_digit(content: Content) -> bool:
    """Return whether a content is a digit of MNIST's test set, or what the eraser left of one.

    Raises
    ------
    DatasetError
        The test set cannot be read.
    """
    if isinstance(content, Drawing):
        return False
    return bool(mnist_test_indices(grey_frame(content.erased_from or content)[None]))


def id_from_text(text: str) -> str:
    """Return an id that depends on the text only."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:16]


def rounded_content(content: Content) -> Content:
    """Return the content as it is stored: a drawing with rounded coordinates, which load twice as fast, or a frame."""
    if isinstance(content, Picture):
        return Picture.from_mnist(grey_frame(content), content.label)
    left, top, right, bottom = content.bounds()
    extent = max(right - left, bottom - top, _DOT)
    decimals = max(0, _DIGITS - math.ceil(math.log10(extent)))
    return Drawing(tuple(np.round(stroke, decimals) for stroke in content.strokes), content.label)


def _content(values: dict[str, Any]) -> Content:
    label = values["label"]
    content: Content
    if "frame" in values:
        grey = np.frombuffer(base64.b64decode(values["frame"], validate=True), np.uint8)
        label = Drawing((), label).label  # checks the label
        content = Picture.from_mnist(grey.reshape(FRAME_SIDE, FRAME_SIDE), label)
    else:
        # Drawing.from_json has better messages, which are not shown here, but takes twice as long.
        content = Drawing(tuple(values["strokes"]), label)
    if content.is_blank or content.label is None:
        raise ValueError("it has no ink or no label")
    return content


def _dumped(values: dict[str, Any]) -> str:
    return json.dumps(values, separators=(",", ":"))
