"""The Draw tab with a fake predictor, and what a user does there."""

from __future__ import annotations

import threading

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtWidgets import QApplication

from mnist_gui.analysis.evaluation_data import mnist_evaluation_set
from mnist_gui.analysis.fooling_digits import FoolingDigit, find_fooling_digits
from mnist_gui.digits.dataset import Dataset
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui.draw.draw_tab import DrawTab
from mnist_gui.gui.draw.network.network_source import NetworkSource
from mnist_gui.gui.draw.panels.explanation_thread import ExplanationThread
from mnist_gui.gui.draw.prediction_thread import PredictionThread
from mnist_gui.gui.fine_tuning_service import FineTuningService
from mnist_gui.models.inference.predictor import EnsemblePrediction
from mnist_gui.runs.store import RunStore
from tests.fakes import FakePredictor

DATA = {"name": "bars", "checksum": "bars-checksum"}
SEVEN = ((0.2, 0.2), (0.5, 0.2), (0.8, 0.2), (0.6, 0.5), (0.4, 0.8))
STROKE = Drawing((np.array([[200.0, 200.0], [800.0, 200.0], [500.0, 800.0]]),))


class PaintedArea(QObject):
    """Notes the largest area that was painted at once."""

    largest = 0

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            area = sum(rect.width() * rect.height() for rect in event.region())
            self.largest = max(self.largest, area)
        return False


def make_draw_tab(worker: PredictionThread, store: RunStore, dataset: Dataset) -> DrawTab:
    explainer = ExplanationThread(tuple)
    my_digits = UserDigitStore(store.folder.parent / "my-digits.jsonl")
    networks = NetworkSource(store, lambda: mnist_evaluation_set(dataset), store.folder.parent / "cache")
    fine_tuning = FineTuningService(store, my_digits)

    def find_fooling() -> tuple[FoolingDigit, ...]:
        return find_fooling_digits(store, mnist_evaluation_set(dataset), store.folder.parent / "cache")

    return DrawTab(worker, explainer, store, lambda: dataset, my_digits, fine_tuning, networks, find_fooling)


class HeldPredictor(FakePredictor):
    """Answers when it may."""

    def __init__(self) -> None:
        super().__init__((7, 7, 7))
        self.may = threading.Event()
        self.began = threading.Event()

    def predict_one(self, frame) -> EnsemblePrediction:
        self.began.set()
        assert self.may.wait(5)
        return super().predict_one(frame)


def stroke(qtbot, tab: DrawTab, points=SEVEN, *, release: bool = True) -> None:
    """Draw with the mouse; places are parts of the canvas."""
    canvas = tab.view.canvas
    places = [QPoint(round(x * canvas.width()), round(y * canvas.height())) for x, y in points]
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=places[0])
    for place in places[1:]:
        qtbot.mouseMove(canvas, place)
    if release:
        qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=places[-1])


def digits(tab: DrawTab) -> list[int | None]:
    return [card.prediction.digit if card.prediction else None for card in tab.view.cards.values()]


def note_of(tab: DrawTab, qtbot, part: str) -> None:
    """Wait until the note says it."""
    qtbot.waitUntil(lambda: part in tab.view.verdict_bar.note)


def run_menu(qtbot, tab: DrawTab, model: int):
    """Press the run's name on a card; return the menu that opens."""
    qtbot.mouseClick(tab.view.cards[model].run_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None)
    return QApplication.activePopupWidget()
