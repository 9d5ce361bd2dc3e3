"""What several tests of the Compare tab do."""

import time

from PySide6.QtCore import Qt, QThread
from PySide6.QtTest import QTest

from tests.fakes import BarModel

LIMIT = 10  # seconds


def click_cell(matrix, true, predicted):
    """Click in the middle of a cell of a confusion matrix."""
    position = matrix.visualRect(matrix.model().index(true, predicted)).center()
    QTest.mouseClick(matrix.viewport(), Qt.MouseButton.LeftButton, pos=position)


def predict_until_cancelled(monkeypatch):
    """Let the first prediction last until its thread is asked to stop."""
    probabilities = BarModel.probabilities
    is_first = [True]

    def predict(self, frames):
        end = time.monotonic() + LIMIT
        while is_first and not QThread.currentThread().isInterruptionRequested() and time.monotonic() < end:
            time.sleep(0.001)
        is_first.clear()
        return probabilities(self, frames)

    monkeypatch.setattr(BarModel, "probabilities", predict)
