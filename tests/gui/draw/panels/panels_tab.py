"""The Draw tab with its panels on fakes, and what a user does there."""

import threading

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from mnist_gui.digits.drawing import Drawing
from mnist_gui.gui.draw.draw_tab import DrawTab
from mnist_gui.gui.draw.panels.framing_panel import FramingPanel
from mnist_gui.gui.draw.panels.stress_panel import StressPanel
from mnist_gui.gui.draw.panels.why_panel import WhyPanel
from mnist_gui.models.inference.predictor import EnsemblePrediction
from tests.fakes import FakePredictor

SEVEN = Drawing(([(300, 300), (500, 300), (400, 700)],))
DOT = Drawing((np.array([[500.0, 500.0]]),))
FOUR_TWO = Drawing(
    (
        [(150, 200), (100, 400), (300, 400)],
        [(250, 250), (240, 600)],
        [(500, 250), (600, 200), (680, 280), (500, 600), (700, 600)],
    )
)


class WidthPredictor(FakePredictor):
    """Says how much ink there is; wide ink is no digit, as two digits beside each other are."""

    def predict_one(self, frame) -> EnsemblePrediction:
        columns = np.flatnonzero(frame.any(axis=0))
        wide = columns[-1] - columns[0] > 16
        answer = super().predict_one(frame)
        return EnsemblePrediction(answer.predictions, 0.0 if wide else 1.0)


class FakeModel:
    """Stands for LoadedModel: surer the more ink it sees."""

    temperature = None
    gate = threading.Event()  # open unless a test closes it

    def __init__(self, model: int) -> None:
        self.model, self.place, self.run = model, model, f"model-{model}-fake"

    def probabilities(self, frames) -> np.ndarray:
        assert FakeModel.gate.wait(10)
        sure = np.clip(0.2 + frames.reshape(len(frames), -1).sum(axis=1) / 200, 0, 0.95)
        rows = np.repeat((1 - sure)[:, None] / 9, 10, axis=1)
        rows[:, 7] = sure
        return rows.astype(np.float32)


PANELS = [(Qt.Key.Key_W, WhyPanel), (Qt.Key.Key_F, FramingPanel), (Qt.Key.Key_S, StressPanel)]


def show_content(qtbot, tab: DrawTab, content: Drawing = SEVEN) -> None:
    tab.show_content(content)
    qtbot.waitUntil(lambda: tab.view.cards[1].prediction is not None and tab.frame is not None)


def press(qtbot, tab: DrawTab, key: Qt.Key) -> None:
    tab.view.canvas.setFocus()
    qtbot.keyClick(tab.view.canvas, key)


def texts_of(panel) -> list[str]:
    return [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]
