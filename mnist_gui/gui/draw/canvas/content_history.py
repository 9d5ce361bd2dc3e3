"""Contents of the canvas that undo and redo bring back."""

from __future__ import annotations

from collections import deque

from mnist_gui.digits.content import Content
from mnist_gui.digits.picture import Picture

UNDO_STEPS = 200
UNDO_BYTES = 64 * 2**20  # of pictures and strokes; a step back from a photo takes 4 MB


class ContentHistory:
    """Contents before the current one, and those that were undone; the oldest are forgotten."""

    def __init__(self) -> None:
        self._undo: deque[Content] = deque(maxlen=UNDO_STEPS)
        self._redo: list[Content] = []

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to redo."""
        return bool(self._redo)

    def clear(self) -> None:
        """Forget all steps."""
        self._undo.clear()
        self._redo.clear()

    def add(self, before: Content) -> None:
        """Record a step by the content before it; what was undone is forgotten."""
        self._undo.append(before)
        self._redo.clear()
        self._limit()

    def undo(self, current: Content) -> Content:
        """Return the content before the current one.

        Raises
        ------
        IndexError
            There is no step to undo.
        """
        before = self._undo.pop()
        self._redo.append(current)
        return before

    def redo(self, current: Content) -> Content:
        """Return the content that was undone last.

        Raises
        ------
        IndexError
            There is no step to redo.
        """
        after = self._redo.pop()
        self._undo.append(current)
        return after

    def _limit(self) -> None:
        """Drop the oldest steps that together need more than `UNDO_BYTES`; the latest step always stays."""
        counted: set[int] = set()  # successive drawings share their strokes
        total = 0
        for index, content in enumerate(reversed(self._undo)):
            for values in (content.ink,) if isinstance(content, Picture) else content.strokes:
                if id(values) not in counted:
                    counted.add(id(values))
                    total += values.nbytes
            if index and total > UNDO_BYTES:
                for _ in range(len(self._undo) - index):
                    self._undo.popleft()
                return
