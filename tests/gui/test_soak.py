"""PySide6 6.12 on Python 3.11 loses a reference to None at each void call, and aborts after some thousands."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from mnist_gui.digits.drawing import Drawing
from mnist_gui.gui.draw.canvas.canvas import Canvas

pytestmark = pytest.mark.slow

REPAINTS = 20_000


def test_the_canvas_survives_twenty_thousand_repaints(qtbot):
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(280, 280)
    canvas.restore(Drawing((np.array([[100.0, 100.0], [900.0, 900.0]]),)))
    with qtbot.waitExposed(canvas):
        canvas.show()
    for count in range(REPAINTS):
        canvas.update()
        canvas.repaint(100, 100, 20, 20)
        if count % 1000 == 0:
            QApplication.processEvents()
    assert canvas.isVisible()
