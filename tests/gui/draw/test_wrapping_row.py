"""Two rows that share a line where there is room."""

import pytest
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from mnist_gui.gui.draw.label_row import LabelRow
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT


@pytest.fixture
def place(qtbot):
    """A window in which a row lies as in the program."""
    window = QWidget()
    qtbot.addWidget(window)
    window.row = LabelRow()
    layout = QHBoxLayout(window)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(window.row)
    window.resize(620, 100)
    window.show()
    return window


def button(row: LabelRow, name: str) -> QToolButton:
    return row.findChild(QToolButton, name)


def test_it_wraps_beneath_a_small_canvas_and_unwraps_again(place, qtbot):
    row = place.row
    one = row.height()
    assert button(row, "right").y() == button(row, "was_9").y()
    place.resize(340, 100)
    qtbot.waitUntil(lambda: button(row, "was_9").y() > button(row, "right").geometry().bottom())
    qtbot.waitUntil(lambda: row.height() >= 2 * TARGET_HEIGHT)
    for each in row.findChildren(QToolButton):
        assert row.rect().contains(each.geometry())
        assert min(each.width(), each.height()) >= TARGET_HEIGHT
    place.resize(620, 100)
    qtbot.waitUntil(lambda: row.height() == one)
