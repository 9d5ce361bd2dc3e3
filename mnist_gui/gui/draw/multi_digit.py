"""Several digits on one canvas: found once the pen rests, told together, and each answered when asked for."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from mnist_gui.digits.content import Content
from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import Framing, framing_of
from mnist_gui.digits.segmentation import segments_of
from mnist_gui.gui.draw.prediction_thread import Answers, PredictionResult, PredictionThread
from mnist_gui.models.inference.predictor import EnsemblePrediction, verdict

SURE = 0.95
EACH, NEXT, ALL = "Answer each", "Next digit", "All digits"
_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}


class MultiDigit(QObject):
    """Looks only at what is no digit as a whole: a four of two strokes far apart stays a four.

    Of a picture, whose strokes may be thinner or thicker than any that the detector knows, also at what is not surely
    one; it is several then if each is surer than the whole.

    Parameters
    ----------
    worker
        That answers each of them.

    Attributes
    ----------
    part
        The one that is shown; None where all are, or there are not several.

    Signals
    -------
    changed()
        There are several, or no longer; or another one is shown.
    """

    changed = Signal()

    def __init__(self, worker: PredictionThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.part: PredictionResult | None = None
        self._worker = worker
        self._whole: PredictionResult | None = None
        self._parts: tuple[PredictionResult, ...] = ()

    @property
    def sentence(self) -> str:
        """What is said of them all; empty where there are not several."""
        digits = [str(part.answer.ensemble.digit) for part in self._parts if part.answer]
        if not digits:
            return ""
        return f"Looks like {_NUMBERS.get(len(digits), len(digits))} digits: {', '.join(digits)}"

    @property
    def are_there(self) -> bool:
        """Whether there are several."""
        return bool(self._parts)

    @property
    def place(self) -> str:
        """Which one is shown: "2 of 3"."""
        return f"{self._index + 1} of {len(self._parts)}"

    @property
    def action(self) -> str:
        """What `step` does next, for a button; empty where there are not several."""
        if not self._parts:
            return ""
        if self.part is None:
            return EACH
        return NEXT if self._index + 1 < len(self._parts) else ALL

    def step(self) -> None:
        """Show the next one; after the last, all again."""
        index = 0 if self.part is None else self._index + 1
        self.part = self._parts[index] if index < len(self._parts) else None
        self.changed.emit()

    def forget(self) -> None:
        """Something else is on the canvas."""
        self._whole = None
        if self._parts:
            self._parts, self.part = (), None
            self.changed.emit()

    def look(self, answered: PredictionResult) -> None:
        """Look whether a content that is no digit as a whole, or not surely one, is several."""
        if answered.answer is None or self._whole is answered or _surely_one(answered.content, answered.answer):
            return
        self._whole = answered
        segments: list[tuple[Content, Framing]] = []

        def make_frames() -> NDArray[np.float32]:
            found = segments_of(answered.content)
            segments.extend((segment, framing_of(segment)) for segment in found if len(found) > 1)
            return np.array([framing.frame for _, framing in segments]).reshape(-1, FRAME_SIDE, FRAME_SIDE)

        self._worker.ask(self, make_frames, partial(self._on_segments_answered, answered, segments))

    @property
    def _index(self) -> int:
        return next((place for place, part in enumerate(self._parts) if part is self.part), 0)

    def _on_segments_answered(
        self,
        whole: PredictionResult,
        segments: list[tuple[Content, Framing]],
        _frames: NDArray[np.float32],
        answers: Answers,
    ) -> None:
        if whole is not self._whole:
            return
        if not answers or any(verdict(answer) != "digit" for answer in answers):
            return
        least = min(answer.ensemble.confidence for answer in answers if answer)
        if verdict(whole.answer) == "digit" and whole.answer and least <= whole.answer.ensemble.confidence:
            return
        self._parts = tuple(
            PredictionResult(whole.serial, segment, framing, answer)
            for (segment, framing), answer in zip(segments, answers, strict=True)
        )
        self.changed.emit()


def _surely_one(content: Content, answer: EnsemblePrediction) -> bool:
    """Return whether a content needs no closer look."""
    is_sure = isinstance(content, Drawing) or answer.ensemble.confidence >= SURE
    return verdict(answer) == "digit" and is_sure
