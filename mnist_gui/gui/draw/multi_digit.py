"""Several digits on one canvas: detected once the pen rests, and predicted one by one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from mnist_gui.digits.content import Content
from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.digits.framing import Framing, framing_of
from mnist_gui.digits.segmentation import segment_page
from mnist_gui.gui.draw.prediction_thread import PredictionResult, Predictions, PredictionThread
from mnist_gui.models.inference.page_reader import are_several_digits, is_one_digit

SELECT_FIRST, SELECT_NEXT, SELECT_ALL = "Answer each", "Next digit", "All digits"
_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}


@dataclass(frozen=True)
class DigitGroup:
    """Digits found in one content, and which of them is selected.

    Attributes
    ----------
    results
        One for each digit; empty for a content that is not several digits.
    index
        Index of the selected digit; None while all are shown together.
    """

    results: tuple[PredictionResult, ...] = ()
    index: int | None = None

    @property
    def selected(self) -> PredictionResult | None:
        """Result of the selected digit."""
        return None if self.index is None else self.results[self.index]

    @property
    def text(self) -> str:
        """The verdict on all digits together; empty for an empty group."""
        digits = [str(result.prediction.ensemble.digit) for result in self.results if result.prediction]
        if not digits:
            return ""
        if len(digits) not in _NUMBERS:  # a page
            return f"Looks like {len(digits)} digits: {''.join(digits)}"
        return f"Looks like {_NUMBERS[len(digits)]} digits: {', '.join(digits)}"

    @property
    def position(self) -> str:
        """The selected digit's position: "2 of 3"."""
        return f"{(self.index or 0) + 1} of {len(self.results)}"

    @property
    def action(self) -> str:
        """Label of the button that calls `select_next`; empty for an empty group."""
        if not self.results:
            return ""
        if self.index is None:
            return SELECT_FIRST
        return SELECT_NEXT if self.index + 1 < len(self.results) else SELECT_ALL

    def select_next(self) -> DigitGroup:
        """Return the group with the next digit selected; after the last one, with none."""
        index = 0 if self.index is None else self.index + 1
        return replace(self, index=index if index < len(self.results) else None)


class MultiDigitDetector(QObject):
    """Divides a content that is not a digit as a whole: a 4 of two separate strokes stays one digit.

    A picture is also divided if its prediction is not confident, since its strokes may be thinner or thicker than any
    on which the digit detector was trained. It counts as several digits if each is predicted with more confidence.

    Parameters
    ----------
    thread
        Predicts each digit.

    Signals
    -------
    detected(results: tuple[PredictionResult, ...])
        The content consists of several digits.
    """

    detected = Signal(tuple)

    def __init__(self, thread: PredictionThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = thread
        self._whole: PredictionResult | None = None

    def detect(self, result: PredictionResult) -> None:
        """Start detection in a content, given its result as a whole."""
        if result.prediction is None or result is self._whole or is_one_digit(result.content, result.prediction):
            return
        self._whole = result
        segments: list[tuple[Content, Framing]] = []

        def make_frames() -> NDArray[np.float32]:
            contents = [digit for line in segment_page(result.content) for digit in line]
            segments.extend((content, framing_of(content)) for content in contents if len(contents) > 1)
            return np.array([framing.frame for _, framing in segments]).reshape(-1, FRAME_SIDE, FRAME_SIDE)

        self._thread.predict_frames(self, make_frames, partial(self._on_segments_predicted, result, segments))

    def cancel(self) -> None:
        """Discard a detection whose content has changed."""
        self._whole = None

    def _on_segments_predicted(
        self,
        whole: PredictionResult,
        segments: list[tuple[Content, Framing]],
        _frames: NDArray[np.float32],
        predictions: Predictions,
    ) -> None:
        if whole is not self._whole or not are_several_digits(whole.prediction, predictions):
            return
        self.detected.emit(
            tuple(
                PredictionResult(whole.serial, content, framing, prediction)
                for (content, framing), prediction in zip(segments, predictions, strict=True)
            )
        )
