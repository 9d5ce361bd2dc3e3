"""A canvas, and what it announces."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QPointingDevice

from mnist_gui.gui import theme
from mnist_gui.gui.draw.canvas.canvas import Canvas
from tests.gui.draw.canvas.canvas_events import (
    stylus,
)


@pytest.fixture
def canvas(qtbot, qapp):
    """A shown canvas; at 500 pixels, a pixel is two units."""
    theme.apply(qapp, "light")
    widget = Canvas()
    qtbot.addWidget(widget)
    widget.resize(500, 500)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


@pytest.fixture
def emitted(canvas):
    """Every content that the canvas announced."""
    contents: list[object] = []
    canvas.content_changed.connect(contents.append)
    return contents


@pytest.fixture
def pen():
    return stylus(QPointingDevice.PointerType.Pen)
