"""What all drawers have in common."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from mnist_gui.gui.draw.prediction_thread import PredictionResult

DRAW_FIRST = "Draw a digit first."


class PanelController(QObject):
    """Looks closer at what was answered last, while its drawer is open.

    Attributes
    ----------
    follows_pen
        Whether it hears of answers while the pen is down.
    answered
        What was answered last; None where there is no ink, or nothing was answered yet.
    is_open
        Whether its drawer is.
    """

    follows_pen = False

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.answered: PredictionResult | None = None
        self.is_open = False

    def make_panel(self) -> QWidget:
        """Return the panel, made when the drawer is first opened."""
        raise NotImplementedError

    def set_open(self, is_open: bool) -> None:
        """Hear that the drawer was opened or closed."""
        self.is_open = is_open
        if is_open:
            self.update()

    def follow(self, answered: PredictionResult | None) -> None:
        """Hear of another answer."""
        self.answered = answered if answered is not None and answered.answer is not None else None
        if self.is_open:
            self.update()

    def update(self) -> None:
        """Bring the panel in line with what was answered last; called only while the drawer is open."""
        raise NotImplementedError
