"""Areas that scroll what does not fit."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QVBoxLayout, QWidget

from mnist_gui.gui.widgets.scroll_column import Column, ContentArea

pytestmark = pytest.mark.slow


@pytest.fixture
def plain_style():
    """Without the style sheet of an earlier test, which sets heights of buttons by itself."""
    app = QApplication.instance()
    before = app.styleSheet()
    app.setStyleSheet("")
    yield
    app.setStyleSheet(before)


@pytest.mark.parametrize(("layout", "wraps"), [(QVBoxLayout, True), (Column, False)])
def test_content_that_grows_squeezes_nothing_before_the_area_scrolls(qtbot, plain_style, layout, wraps):
    area, content, label, button = ContentArea(), QWidget(), QLabel("A word"), QPushButton("Start\nabout a minute")
    label.setWordWrap(wraps)
    column = layout(content)
    column.addWidget(label)
    column.addWidget(button)
    area.setWidget(content)
    area.resize(200, 60)
    qtbot.addWidget(area)
    area.show()
    qtbot.waitExposed(area)
    assert button.height() >= button.minimumSizeHint().height()
    label.setText("Several lines, in this area.\n" * 4)
    QCoreApplication.sendPostedEvents(content, QEvent.Type.LayoutRequest)  # the area has not got its own event yet
    assert button.height() >= button.minimumSizeHint().height()
    assert label.height() >= label.minimumSizeHint().height()
