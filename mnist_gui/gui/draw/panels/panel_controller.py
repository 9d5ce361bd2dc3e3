"""Base class of the panels' controllers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject

from mnist_gui.gui.answerers import Answerer
from mnist_gui.gui.draw.prediction_thread import PredictionResult

DRAW_FIRST = "Draw a digit first."
COMPUTING = "Computing…"


class PanelController(QObject):
    """Keeps a panel in line with the latest prediction while the panel is open.

    Attributes
    ----------
    updates_while_drawing
        Whether it is given results while the pen is down.
    result
        The latest result; None before the first one and for content without ink.
    reason
        Why there is no result, for the user.
    is_outdated
        Whether the content has changed since the result; another one follows.
    is_open
        Whether its panel is open.
    """

    updates_while_drawing = False

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.result: PredictionResult | None = None
        self.reason = DRAW_FIRST
        self.is_outdated = False
        self.is_open = False

    def set_open(self, is_open: bool) -> None:
        """Record that the panel was opened or closed; an opened one is updated."""
        self.is_open = is_open
        if is_open:
            self.update()

    def set_result(self, result: PredictionResult | None, reason: str = DRAW_FIRST) -> None:
        """Use another result, or none for this reason; an open panel is updated."""
        self.reason, self.is_outdated = reason, False
        self.result = result if result is not None and result.prediction is not None else None
        if self.is_open:
            self.update()

    def set_answerers(self, answerers: Sequence[Answerer]) -> None:
        """Show these runs."""

    def set_outdated(self) -> None:
        """Record that the content has changed; an open panel that updates slowly shows that it is outdated."""
        self.is_outdated = True
        if self.is_open and self.result is not None and not self.updates_while_drawing:
            self.show_outdated()

    def show_outdated(self) -> None:
        """Show that the content of the panel is outdated."""

    def update(self) -> None:
        """Show the latest result; called only while the panel is open."""
        raise NotImplementedError
