"""Labelling the content by mouse and by keys."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from mnist_gui.gui.draw.label_row import LabelRow


@pytest.fixture
def place(qtbot):
    """A window in which the row lies as in the program."""
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


def test_right_means_the_present_answer(place, qtbot):
    row = place.row
    assert not button(row, "right").isEnabled()
    row.set_predicted(7)
    assert button(row, "right").accessibleName() == "Right, it was 7"
    with qtbot.waitSignal(row.labelled) as caught:
        qtbot.mouseClick(button(row, "right"), Qt.MouseButton.LeftButton)
    assert caught.args == [7]


def test_a_digit_can_be_said_although_the_models_gave_no_answer(place, qtbot):
    row = place.row
    row.set_predicted(None)
    assert button(row, "was_4").accessibleName() == "It was 4"
    with qtbot.waitSignal(row.labelled) as caught:
        qtbot.mouseClick(button(row, "was_4"), Qt.MouseButton.LeftButton)
    assert caught.args == [4]
    row.setEnabled(False)
    with qtbot.assertNotEmitted(row.labelled):
        qtbot.mouseClick(button(row, "was_4"), Qt.MouseButton.LeftButton)


def test_tab_stops_twice_and_arrows_reach_every_digit(place, qtbot):
    row = place.row
    row.set_predicted(7)
    button(row, "right").setFocus()
    qtbot.keyClick(place.focusWidget(), Qt.Key.Key_Tab)
    assert place.focusWidget() is button(row, "was_0")
    for _ in range(9):
        qtbot.keyClick(place.focusWidget(), Qt.Key.Key_Right)
    assert place.focusWidget() is button(row, "was_9")
    with qtbot.waitSignal(row.labelled) as caught:
        qtbot.keyClick(place.focusWidget(), Qt.Key.Key_Space)
    assert caught.args == [9]
    with qtbot.waitSignal(row.labelled) as caught:
        qtbot.keyClick(place.focusWidget(), "ж")
        qtbot.keyClick(place.focusWidget(), Qt.Key.Key_3)
    assert caught.args == [3]


def test_a_click_leaves_the_focus_with_the_canvas(place, qtbot):
    canvas = QWidget(place)
    canvas.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    canvas.show()
    canvas.setFocus()
    qtbot.mouseClick(button(place.row, "was_4"), Qt.MouseButton.LeftButton)
    assert place.focusWidget() is canvas
