"""Clicks that several tests make."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest


def click_cell(matrix, true, predicted):
    """Click in the middle of a cell of a confusion matrix."""
    position = matrix.visualRect(matrix.model().index(true, predicted)).center()
    QTest.mouseClick(matrix.viewport(), Qt.MouseButton.LeftButton, pos=position)
