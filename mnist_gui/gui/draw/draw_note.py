"""The small line below the verdict: where the digit comes from, its label, and what went wrong."""

from __future__ import annotations

from collections import deque

from mnist_gui.digits.content import Content
from mnist_gui.gui.draw.prediction_thread import PredictionResult

_REMEMBERED = 200


class DrawNote:
    """Knows what there is to say beside the verdict.

    Attributes
    ----------
    message
        Said instead of everything about the content, for as long as it is news.
    problems
        What is wrong with the runs; said always.
    """

    def __init__(self) -> None:
        self.message = ""
        self.problems: tuple[str, ...] = ()
        # What a content that did not come from the pen is called; undo brings both back.
        self._names: deque[tuple[Content, str]] = deque(maxlen=_REMEMBERED)

    def name(self, content: Content, name: str) -> None:
        """Remember what to call a content."""
        self._names.append((content, name))

    def text(self, content: Content, latest: PredictionResult | None) -> str:
        """Return the note for what is on the canvas, given the latest answer, which may be about something else."""
        return " ".join(part for part in (self.message or self._about(content, latest), *self.problems) if part)

    def _about(self, content: Content, latest: PredictionResult | None) -> str:
        name = next((name for named, name in reversed(self._names) if named is content), "")
        if content.label is None:
            return name
        labelled = f"labelled {content.label}{_mark(content, latest)}"
        return f"{name} · {labelled}" if name else labelled.capitalize()


def _mark(content: Content, latest: PredictionResult | None) -> str:
    """Return whether the models together are right, once they have answered this content."""
    if latest is None or latest.content is not content or latest.answer is None:
        return ""
    return " ✓" if latest.answer.ensemble.digit == content.label else " ✗"
