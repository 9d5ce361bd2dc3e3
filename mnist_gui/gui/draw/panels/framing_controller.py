"""Controller of the Framing panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import downscale_canvas
from mnist_gui.gui.answerers import Answerer
from mnist_gui.gui.draw.canvas.canvas_content import UNITS
from mnist_gui.gui.draw.panels.framing_panel import FramingPanel
from mnist_gui.gui.draw.panels.panel_controller import PanelController
from mnist_gui.gui.draw.prediction_thread import Predictions, PredictionThread


class FramingController(PanelController):
    """Shows how the content was framed, and what the models predict for the canvas merely shrunk.

    Parameters
    ----------
    prediction_thread
        Predicts the unframed canvas.
    pen_width
        Returns the width of the pen in canvas units.
    """

    updates_while_drawing = True

    def __init__(
        self, prediction_thread: PredictionThread, pen_width: Callable[[], float], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._prediction_thread = prediction_thread
        self._pen_width = pen_width
        self.panel = FramingPanel()

    def set_answerers(self, answerers: Sequence[Answerer]) -> None:
        """Show the predictions of these runs."""
        self.panel.set_names({answerer.place: answerer.title for answerer in answerers})

    def update(self) -> None:
        """Show the steps, and request predictions for the unframed canvas."""
        if self.result is None:
            self.panel.set_empty(self.reason)
            return
        content, pen_width = self.result.content, self._pen_width()
        self.panel.set_steps(content, self.result.framing, UNITS)
        if isinstance(content, Drawing):
            self._prediction_thread.predict_frames(
                self, lambda: downscale_canvas(content, UNITS, pen_width)[None], self._on_unframed_predicted
            )
        else:
            self.panel.set_unframed(None, {}, {})

    def _on_unframed_predicted(self, frames: NDArray[np.float32], predictions: Predictions) -> None:
        if self.result is None or not isinstance(self.result.content, Drawing):
            return
        framed = self.result.prediction.predictions if self.result.prediction else ()
        unframed = predictions[0].predictions if predictions[0] else ()
        self.panel.set_unframed(
            frames[0],
            {prediction.place: (prediction.digit, prediction.confidence) for prediction in unframed},
            {prediction.place: prediction.digit for prediction in framed},
        )
