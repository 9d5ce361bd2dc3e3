"""Reads the digits of a page, and decides whether a content is a single digit.

What is no digit as a whole is divided if its parts are digits. What is confidently one digit is divided only if it is
several lines of digits of similar size, unlike the pieces of a broken stroke, or if its parts lie side by side, each is
confidently a digit, and together they are wider than MNIST's frames of the digit that they are read as. If they are not
as wide, they may be one digit of several strokes: two arcs of a zero, the open four.

A part that is refused is no digit of the text: it is "?" there, or nothing if its form is that of a speck, a line or a
sketch. A picture that is refused because of specks and rules beside a confident digit is this digit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.content import Content
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import Framing, framing_of, proportions
from mnist_gui.digits.picture import Picture
from mnist_gui.digits.segmentation import main_mark, segment_digits, segment_page
from mnist_gui.models.inference.predictor import EnsemblePrediction, verdict

# A picture is one digit if its prediction as a whole is as confident; its strokes may be thinner or thicker than any on
# which the digit detector was trained.
CONFIDENT = 0.95
# Width of the ink relative to its height that 99.9 % of MNIST's training frames of each digit do not exceed.
_WIDEST = (1.43, 1.11, 1.67, 1.43, 1.33, 1.67, 1.43, 1.63, 1.43, 1.25)
# Of few parts all must be digits; of a page, this share.
_FEW = 3
_MIN_DIGITS = 0.75
# A page is turned if its digits are predicted with more confidence then, by this much on average.
_SURER = 0.15
# What is refused is a speck or a sketch if its longest side, relative to the median of the digits, is beyond these, and
# a line up to this shorter side, relative to the longer one.
_SPECK, _SKETCH = 0.5, 2.0
_LINE = 0.15
_MAX_RATIO = 2.0  # of the size of a digit and the median
REFUSED = "?"  # in place of a digit
Box = tuple[float, float, float, float]
Predict = Callable[[NDArray[np.float32]], Sequence[EnsemblePrediction]]


@dataclass(frozen=True, eq=False)
class PagePart:
    """One digit of a page.

    Attributes
    ----------
    content
        Drawing or picture of this digit alone.
    framing
        Steps from this content to the frame.
    box
        Left, top, right and bottom of the digit's ink, in pixels of the upright picture, or in the unit of the drawing.
    line
        0-based index of the line, from top to bottom.
    prediction
        Predictions for the digit's frame.
    is_stray
        Whether it is refused, and its form is that of a speck, a line or a sketch.
    """

    content: Content
    framing: Framing
    box: Box
    line: int
    prediction: EnsemblePrediction
    is_stray: bool = False

    @property
    def text(self) -> str:
        """The digit, `REFUSED` for a part that is refused, or nothing for a stray one."""
        if verdict(self.prediction) == "not_a_digit":
            return "" if self.is_stray else REFUSED
        return str(self.prediction.ensemble.digit)


@dataclass(frozen=True, eq=False)
class Page:
    """Digits of a page, line by line.

    Attributes
    ----------
    parts
        Two or more, in reading order; or one, if the picture is this digit with specks and rules beside it.
    content
        The content as it was read: turned, if it was.
    turned
        Degrees, counterclockwise, by which the picture was turned to be read: 0, 90, 180 or 270.
    is_one_digit
        Whether the content is rather one digit, of parts that are digits too.
    """

    parts: tuple[PagePart, ...]
    content: Content
    turned: int = 0
    is_one_digit: bool = False

    @property
    def lines(self) -> list[str]:
        """The text of each line."""
        lines = [""] * (1 + max(part.line for part in self.parts))
        for part in self.parts:
            lines[part.line] += part.text
        return lines

    @property
    def is_single(self) -> bool:
        """Whether it is one digit, without what lies around it."""
        return len(self.parts) == 1


def is_one_digit(content: Content, prediction: EnsemblePrediction) -> bool:
    """Return whether a content is predicted as one digit, as a whole."""
    is_confident = isinstance(content, Drawing) or prediction.ensemble.confidence >= CONFIDENT
    return verdict(prediction) == "digit" and is_confident


def are_several_digits(whole: EnsemblePrediction | None, parts: Sequence[EnsemblePrediction | None]) -> bool:
    """Return whether a content is several digits, from the predictions of the whole and of its parts.

    Its parts must be digits: each of a few, or most of a page. A few parts of a content that is a digit as a whole must
    also be predicted with more confidence than the whole.
    """
    found = [part for part in parts if part is not None and verdict(part) == "digit"]
    if len(parts) < 2 or len(found) < (len(parts) if len(parts) <= _FEW else _MIN_DIGITS * len(parts)):
        return False
    least = min(part.ensemble.confidence for part in found)
    return verdict(whole) != "digit" or whole is None or least > whole.ensemble.confidence or len(parts) > _FEW


def read_page(
    content: Content, whole: EnsemblePrediction, predict: Predict, *, with_alternatives: bool = False
) -> Page | None:
    """Return the digits of a content, or None if it is one digit or none.

    A picture is turned if that predicts its digits with clearly more confidence.

    Parameters
    ----------
    content
        Drawing or picture with ink.
    whole
        Prediction of the content as one digit.
    predict
        Returns the prediction of each of (N, 28, 28) frames.
    with_alternatives
        Whether to return also the confident digits of a content that is rather one digit.
    """
    if is_one_digit(content, whole):
        lines = segment_page(content)
        if len(lines) > 1 and sum(map(len, lines)) > _FEW:
            of_lines = _read(content, lines, 0, predict)
            if _is_several_digits(of_lines, whole) and _are_of_one_size(of_lines) and _holds_most_ink(of_lines):
                return of_lines
        is_wide = proportions(content) > _WIDEST[whole.ensemble.digit]
        if not (is_wide or with_alternatives):
            return None
        digits = segment_digits(content)
        page = replace(_read(content, [digits], 0, predict), is_one_digit=not is_wide) if len(digits) > 1 else None
        return page if page and _are_confident(page.parts) else None
    mark = main_mark(content) if isinstance(content, Picture) and verdict(whole) != "digit" else None
    if mark is not None:
        single = replace(_read(mark, [[mark]], 0, predict), content=content)
        if _are_confident(single.parts):
            return single
    page = _read(content, segment_page(content), 0, predict)
    best = _confidence(page)
    may_be_turned = best < 1 - _SURER and len(page.parts) > _FEW
    if may_be_turned and isinstance(content, Picture) and not content.framed:
        for turned in (90, 270, 180):
            ink = np.ascontiguousarray(np.rot90(content.ink, turned // 90))
            turned_content = replace(content, ink=ink)
            other = _read(turned_content, segment_page(turned_content), turned, predict)
            if len(other.parts) > _FEW and _confidence(other) > best + _SURER:
                page, best = other, _confidence(other)
    # What is accepted as one digit, if less surely, is rather one with a broken stroke than a few above each other.
    is_broken = verdict(whole) == "digit" and len(page.lines) > 1 and len(page.parts) <= _FEW
    return page if _is_several_digits(page, whole) and not is_broken else None


def _is_several_digits(page: Page, whole: EnsemblePrediction) -> bool:
    """Return whether a page is several digits, whatever strays lie around them."""
    return are_several_digits(whole, [part.prediction for part in page.parts if not part.is_stray])


def _are_of_one_size(page: Page) -> bool:
    """Return whether no part that is a digit is much larger or smaller than the median."""
    digits = [part.box for part in page.parts if verdict(part.prediction) == "digit"]
    sizes = np.array([max(right - left, bottom - top) for left, top, right, bottom in digits])
    return bool((np.abs(np.log(sizes / np.median(sizes))) <= np.log(_MAX_RATIO)).all())


def _holds_most_ink(page: Page) -> bool:
    """Return whether the parts hold most of the ink: what is left out is not what the page rather is."""
    return sum(_ink_of(part.content) for part in page.parts) > _ink_of(page.content) / 2


def _ink_of(content: Content) -> float:
    """Return the amount of ink: the length of strokes, or the sum over pixels."""
    if isinstance(content, Picture):
        return float(content.ink.sum())
    return sum(float(np.linalg.norm(np.diff(stroke, axis=0), axis=1).sum()) for stroke in content.strokes)


def _are_confident(parts: Sequence[PagePart]) -> bool:
    """Return whether each part is confidently a digit."""
    return all(
        verdict(part.prediction) == "digit" and part.prediction.ensemble.confidence >= CONFIDENT for part in parts
    )


def _read(content: Content, lines: Sequence[Sequence[Content]], turned: int, predict: Predict) -> Page:
    placed = [(line, digit) for line, digits in enumerate(lines) for digit in digits]
    framings = [framing_of(digit) for _, digit in placed]
    predictions = predict(np.array([framing.frame for framing in framings]))
    parts = [
        PagePart(digit, framing, _box_in_file(content, framing.box, turned), line, prediction)
        for (line, digit), framing, prediction in zip(placed, framings, predictions, strict=True)
    ]
    return Page(_with_strays(parts), content, turned)


def _with_strays(parts: Sequence[PagePart]) -> tuple[PagePart, ...]:
    """Return the parts with those marked that are stray; what stands on a line of strays alone joins the line before.

    Without a digit there are no strays: it is not known then how large digits are.
    """
    sides = np.array([(part.box[2] - part.box[0], part.box[3] - part.box[1]) for part in parts])
    shorter, longer = sides.min(axis=1), sides.max(axis=1)
    is_digit = np.array([verdict(part.prediction) == "digit" for part in parts])
    if not is_digit.any():
        return tuple(parts)
    usual = float(np.median(longer[is_digit]))
    is_stray = (longer < _SPECK * usual) | (longer > _SKETCH * usual) | (shorter <= _LINE * longer)
    is_stray &= [verdict(part.prediction) == "not_a_digit" for part in parts]
    kept = sorted({part.line for part, stray in zip(parts, is_stray, strict=True) if not stray})
    lines = {part.line: max(0, sum(line <= part.line for line in kept) - 1) for part in parts}
    return tuple(
        replace(part, line=lines[part.line], is_stray=bool(stray)) for part, stray in zip(parts, is_stray, strict=True)
    )


def _confidence(page: Page) -> float:
    """Return the mean confidence of the parts; a part that is no digit counts as 0."""
    return fmean(
        part.prediction.ensemble.confidence if verdict(part.prediction) == "digit" else 0.0 for part in page.parts
    )


def _box_in_file(content: Content, box: Box, turned: int) -> Box:
    """Return a box in the coordinates of the file, given in those of ink that was turned."""
    if isinstance(content, Drawing):
        return box
    height, width = content.ink.shape
    left, top, right, bottom = box
    for _ in range(turned // 90):  # undo a quarter turn counterclockwise
        left, top, right, bottom = height - bottom, left, height - top, right
        height, width = width, height
    (x, y), scale = content.offset, content.scale
    return (left + x) * scale, (top + y) * scale, (right + x) * scale, (bottom + y) * scale
