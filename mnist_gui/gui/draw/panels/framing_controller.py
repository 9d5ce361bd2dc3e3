"""The drawer "Framing": how ink becomes a frame, and what the models would say without it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import frame_unframed
from mnist_gui.gui.draw.canvas.canvas_content import UNITS
from mnist_gui.gui.draw.panels.panel_controller import DRAW_FIRST, PanelController
from mnist_gui.gui.draw.prediction_thread import Answers, PredictionThread

if TYPE_CHECKING:
    from mnist_gui.gui.draw.panels.framing_panel import FramingPanel


class FramingController(PanelController):
    """Follows the pen, and asks about the canvas merely shrunk.

    Parameters
    ----------
    worker
        That answers what is on the canvas.
    pen_width
        Returns how wide the pen is, of the canvas' 1,000 units.
    """

    follows_pen = True

    def __init__(self, worker: PredictionThread, pen_width: Callable[[], float], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        self._pen_width = pen_width
        self._panel: FramingPanel | None = None

    def make_panel(self) -> FramingPanel:
        """Return the panel."""
        from mnist_gui.gui.draw.panels.framing_panel import FramingPanel

        self._panel = FramingPanel()
        return self._panel

    def update(self) -> None:
        """Show the steps at once; what the models say without them follows."""
        if self._panel is None:
            return
        if self.answered is None:
            self._panel.set_empty(DRAW_FIRST)
            return
        content, pen = self.answered.content, self._pen_width()
        self._panel.set_steps(content, self.answered.framing, UNITS)
        if isinstance(content, Drawing):
            self._worker.ask(self, lambda: frame_unframed(content, UNITS, pen)[None], self._on_unframed_answered)
        else:
            self._panel.set_unframed(None, {}, {})

    def _on_unframed_answered(self, frames: NDArray[np.float32], answers: Answers) -> None:
        answered = self.answered
        if self._panel is None or answered is None or not isinstance(answered.content, Drawing):
            return
        said: Mapping[int, tuple[int, float]] = {}
        if answers[0] is not None:
            said = {each.model: (each.digit, each.confidence) for each in answers[0].predictions}
        framed = {each.model: each.digit for each in answered.answer.predictions} if answered.answer else {}
        self._panel.set_unframed(frames[0], said, framed)
