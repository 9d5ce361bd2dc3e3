"""The user of the walk scrolls to what it clicks, and says what did not happen."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from mnist_gui import walk
from mnist_gui.gui.widgets.scroll_column import ContentArea

pytestmark = pytest.mark.slow


@pytest.fixture
def window(qtbot, monkeypatch):
    """Return a window that scrolls; its button "start" lies below its edge."""
    monkeypatch.setattr(walk, "SETTLE_SECONDS", 0.05)
    window, content = ContentArea(), QWidget()
    column = QVBoxLayout(content)
    column.addSpacing(1000)
    button = QPushButton("Start")
    button.setObjectName("start")
    column.addWidget(button)
    window.setWidget(content)
    window.resize(300, 200)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    return window


def test_a_button_below_the_edge_is_scrolled_to_and_clicked(window, qtbot):
    user = walk._User(window)
    with qtbot.waitSignal(window.findChild(QPushButton).clicked):
        user.click_button("start")
    assert not user.step("started").missed


def test_what_is_covered_missing_or_does_not_happen_is_said_once(window):
    user = walk._User(window)
    cover = QWidget(window)
    cover.resize(300, 200)
    cover.show()
    user.click_button("start")
    user.click_button("stop")
    user.wait("it has started", lambda: False, seconds=0.1)
    assert user.step("started").missed == [
        '"start" could not be clicked: it is cut or covered.',
        'There is no button "stop" that could be clicked.',
        "Waited 0 s in vain until it has started.",
    ]
    assert not user.step("afterwards").missed
