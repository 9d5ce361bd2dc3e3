"""Several digits on one canvas: found once the pen rests, predicted one by one, and corrected by the user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from mnist_gui.digits.content import Content
from mnist_gui.digits.drawing import Drawing
from mnist_gui.gui.draw.prediction_thread import FramePredictor, PredictionResult, PredictionThread
from mnist_gui.models.inference.page_reader import REFUSED, Page, is_one_digit, read_page
from mnist_gui.models.inference.predictor import verdict
from mnist_gui.wording import number_word

COPY_TEXT, KEEP_ALL, KEEP, ALL_DIGITS = "Copy text", "Keep all", "Keep", "All digits"
AS_ONE_DIGIT, AS_DIGITS = "As one digit: ", "As digits: "
_MAX_TEXT = 48  # characters of the verdict, a line in the smallest window; of a larger page it only gives the number
_MAX_ROW = 6  # digits of a single line that are separated by commas
_TURNS = {
    90: "It lay on its side and is turned to the left",
    180: "It was upside down and is turned",
    270: "It lay on its side and is turned to the right",
}


@dataclass(frozen=True, eq=False)
class FoundDigit:
    """One digit of several.

    Attributes
    ----------
    result
        Of this digit alone.
    line
        0-based index of its line.
    label
        What the user says it is; None if the user has not said anything.
    is_rejected
        Whether the user says that it is no digit.
    stored_id
        Id under which it was put into My digits; empty if it was not.
    is_kept
        Whether it is in My digits, with this label.
    read_text
        Its text as the models read it: `REFUSED` if they refuse it, empty if it is also stray.
    """

    result: PredictionResult
    line: int = 0
    label: int | None = None
    is_rejected: bool = False
    stored_id: str = ""
    is_kept: bool = False
    read_text: str = ""

    @property
    def predicted(self) -> int:
        """The predicted digit."""
        assert self.result.prediction is not None
        return self.result.prediction.ensemble.digit

    @property
    def digit(self) -> int | None:
        """The user's label, or the predicted digit; None if the user says that it is no digit."""
        if self.is_rejected:
            return None
        return self.predicted if self.label is None else self.label

    @property
    def text(self) -> str:
        """Its text as the user corrected it."""
        if self.is_rejected:
            return ""
        return self.read_text if self.label is None else str(self.label)

    @property
    def label_to_keep(self) -> int | None:
        """The label to keep it with; None if the user has not labelled what the models do not clearly read."""
        is_clear = self.label is not None or verdict(self.result.prediction) == "digit"
        return self.digit if is_clear else None


@dataclass(frozen=True, eq=False)
class DigitGroup:
    """Digits found in one content, in reading order, and which of them is selected.

    Attributes
    ----------
    found
        The digits; empty for a content that is not several digits.
    index
        Index of the selected digit; None while all are shown together.
    has_palette
        Whether the palette lies beside the selected digit.
    content
        The content as it was read: turned, if it was.
    turned
        Degrees, counterclockwise, by which it was turned.
    one_digit
        The digit as which the content is confidently read as a whole; None if it is not.
    is_one_digit
        Whether it is shown as this one digit.
    removed
        The digits whose boxes the user removed.
    is_single
        Whether one digit was found, without what lies around it: it is always selected.
    """

    found: tuple[FoundDigit, ...] = ()
    index: int | None = None
    has_palette: bool = False
    content: Content = field(default_factory=Drawing)
    turned: int = 0
    one_digit: int | None = None
    is_one_digit: bool = False
    removed: tuple[FoundDigit, ...] = ()
    is_single: bool = False

    @property
    def digits(self) -> tuple[FoundDigit, ...]:
        """The digits that are shown; empty if the content is shown as one."""
        return () if self.is_one_digit else self.found

    @property
    def selected(self) -> FoundDigit | None:
        """The selected digit."""
        return None if self.index is None else self.digits[self.index]

    @property
    def lines(self) -> list[str]:
        """The text of each line, as the user corrected it; lines without digits are left out."""
        lines: dict[int, str] = {}
        for digit in self.found:
            lines[digit.line] = lines.get(digit.line, "") + digit.text
        return [line for line in lines.values() if line]

    @property
    def text(self) -> str:
        """The verdict on all digits together; empty if there are none."""
        if not self.digits:
            return ""
        lines = self.lines
        if not lines:
            return "No digit is left"
        count = sum(map(str.isdigit, "".join(lines)))
        digits = f"Looks like {number_word(count)} {'digit' if count == 1 else 'digits'}"
        is_row = len(lines) == 1 and len(lines[0]) <= _MAX_ROW
        text = f"{digits}: {', '.join(lines[0]) if is_row else ' / '.join(lines)}"
        if len(text) <= _MAX_TEXT:
            return text
        return f"{digits} in {number_word(len(lines))} lines" if len(lines) > 1 else digits

    @property
    def position(self) -> str:
        """The selected digit's position: "2 of 3"."""
        return "The digit" if self.is_single else f"{(self.index or 0) + 1} of {len(self.digits)}"

    @property
    def remark(self) -> str:
        """Sentences that say how the page was turned, and what is no digit; empty if there is nothing to say."""
        if self.is_single and self.digits:
            return "What lies around it is left out"
        turn = _TURNS.get(self.turned, "")
        refused = f"{REFUSED} is no digit" if self.digits and REFUSED in "".join(self.lines) else ""
        return " · ".join(filter(None, (turn, refused)))

    @property
    def actions(self) -> tuple[str, ...]:
        """Labels of the buttons beside the note."""
        if self.selected is not None:
            keep = (KEEP,) if self.selected.text.isdigit() else ()
            return keep if self.is_single else (*keep, ALL_DIGITS)
        commands = (COPY_TEXT, KEEP_ALL) if self.digits and self.lines else ()
        if self.one_digit is None:
            return commands
        return *commands, f"{AS_DIGITS}{self.lines[0]}" if self.is_one_digit else f"{AS_ONE_DIGIT}{self.one_digit}"

    def select(self, index: int | None, *, has_palette: bool = False) -> DigitGroup:
        """Return the group with another digit selected, or none."""
        return replace(self, index=0 if self.is_single and self.found else index, has_palette=has_palette)

    def change(self, indices: set[int], **changes: Any) -> DigitGroup:  # noqa: ANN401 - fields of the digits
        """Return the group with changes of the digits at these indices."""
        found = (replace(digit, **changes) if index in indices else digit for index, digit in enumerate(self.found))
        return replace(self, found=tuple(found))

    def without_selected(self) -> DigitGroup:
        """Return the group without the selected digit; the one after it is selected."""
        assert self.index is not None
        found = self.found[: self.index] + self.found[self.index + 1 :]
        index = min(self.index, len(found) - 1) if found else None
        return replace(self, found=found, index=index, removed=(*self.removed, self.found[self.index]))

    def with_stored(self, labels: Mapping[str, int]) -> DigitGroup:
        """Return the group with digits kept or not kept, given the ids and labels of My digits."""
        is_kept = [digit.digit is not None and labels.get(digit.stored_id) == digit.digit for digit in self.found]
        if is_kept == [digit.is_kept for digit in self.found]:
            return self
        found = (replace(digit, is_kept=kept) for digit, kept in zip(self.found, is_kept, strict=True))
        return replace(self, found=tuple(found))

    def read_otherwise(self) -> DigitGroup:
        """Return the group shown as one digit instead of several, or the other way round."""
        return replace(self, is_one_digit=not self.is_one_digit, index=None)

    def with_labels_of(self, other: DigitGroup) -> DigitGroup:
        """Return the group with what the user has said of the same ink in another group, and without removed boxes."""
        said = [digit for digit in other.found if digit.label is not None or digit.is_rejected or digit.stored_id]
        found = []
        for digit in self.found:
            if any(_are_same_ink(digit.result, removed.result) for removed in other.removed):
                continue
            same = next((one for one in said if _are_same_ink(digit.result, one.result)), None)
            if same is not None:
                digit = replace(same, result=digit.result, line=digit.line, read_text=digit.read_text)
            found.append(digit)
        return replace(self, found=tuple(found), removed=other.removed, index=self.index if found else None)


NO_DIGITS = DigitGroup()


def _are_same_ink(first: PredictionResult, second: PredictionResult) -> bool:
    if isinstance(first.content, Drawing):
        return first.content == second.content
    return first.framing.box == second.framing.box and np.array_equal(first.frame, second.frame)


class MultiDigitDetector(QObject):
    """Finds the digits of a content that is not a digit as a whole, or may be several, see `page_reader`.

    Parameters
    ----------
    thread
        Predicts each digit.

    Signals
    -------
    detected(group: DigitGroup)
        The content consists of several digits, or may do so.
    """

    detected = Signal(object)

    def __init__(self, thread: PredictionThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = thread
        self._whole: PredictionResult | None = None

    def detect(self, result: PredictionResult) -> None:
        """Start detection in a content, given its result as a whole."""
        prediction = result.prediction
        if prediction is None or result is self._whole:
            return
        self._whole = result

        def read(predictor: FramePredictor) -> Page | None:
            return read_page(result.content, prediction, predictor.predict, with_alternatives=True)

        self._thread.run_task(self, read, partial(self._on_read, result))

    def cancel(self) -> None:
        """Discard a detection whose content has changed."""
        self._whole = None

    def _on_read(self, whole: PredictionResult, page: Page | None) -> None:
        if whole is not self._whole or whole.prediction is None or page is None:
            return
        found = tuple(
            FoundDigit(
                PredictionResult(whole.serial, part.content, part.framing, part.prediction),
                part.line,
                read_text=part.text,
            )
            for part in page.parts
        )
        one_digit = whole.prediction.ensemble.digit if is_one_digit(whole.content, whole.prediction) else None
        self.detected.emit(
            DigitGroup(
                found,
                index=0 if page.is_single else None,
                content=page.content,
                turned=page.turned,
                one_digit=one_digit,
                is_one_digit=page.is_one_digit,
                is_single=page.is_single,
            )
        )
