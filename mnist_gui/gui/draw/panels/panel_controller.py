"""Base class of the panels' controllers."""

from __future__ import annotations

from PySide6.QtCore import QObject

from mnist_gui.gui.draw.prediction_thread import PredictionResult

DRAW_FIRST = "Draw a digit first."


class PanelController(QObject):
    """Keeps a panel in line with the latest prediction while the panel is open.

    Attributes
    ----------
    updates_while_drawing
        Whether it is given results while the pen is down.
    result
        The latest result; None before the first one and for content without ink.
    is_open
        Whether its panel is open.
    """

    updates_while_drawing = False

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.result: PredictionResult | None = None
        self.is_open = False

    def set_open(self, is_open: bool) -> None:
        """Record that the panel was opened or closed; an opened one is updated."""
        self.is_open = is_open
        if is_open:
            self.update()

    def set_result(self, result: PredictionResult | None) -> None:
        """Use another result; an open panel is updated."""
        self.result = result if result is not None and result.prediction is not None else None
        if self.is_open:
            self.update()

    def update(self) -> None:
        """Show the latest result; called only while the panel is open."""
        raise NotImplementedError
