"""Labelling the content by mouse and by keys."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QWidget

from mnist_gui.gui.draw.label_row import LabelRow


def button(row: LabelRow, name: str) -> QToolButton:
    return row.findChild(QToolButton, name)


def test_right_means_the_present_answer(label_window, qtbot):
    row = label_window.row
    assert not button(row, "right").isEnabled()
    row.set_predicted(7)
    assert button(row, "right").accessibleName() == "Right, it was 7"
    with qtbot.waitSignal(row.labelled) as caught:
        qtbot.mouseClick(button(row, "right"), Qt.MouseButton.LeftButton)
    assert caught.args == [7]


def test_a_digit_can_be_said_although_the_models_gave_no_answer(label_window, qtbot):
    row = label_window.row
    row.set_predicted(None)
    assert button(row, "was_4").accessibleName() == "It was 4"
    with qtbot.waitSignal(row.labelled) as caught:
        qtbot.mouseClick(button(row, "was_4"), Qt.MouseButton.LeftButton)
    assert caught.args == [4]
    row.setEnabled(False)
    with qtbot.assertNotEmitted(row.labelled):
        qtbot.mouseClick(button(row, "was_4"), Qt.MouseButton.LeftButton)


def test_tab_stops_twice_and_arrows_reach_every_digit(label_window, qtbot):
    row = label_window.row
    row.set_predicted(7)
    button(row, "right").setFocus()
    qtbot.keyClick(label_window.focusWidget(), Qt.Key.Key_Tab)
    assert label_window.focusWidget() is button(row, "was_0")
    for _ in range(9):
        qtbot.keyClick(label_window.focusWidget(), Qt.Key.Key_Right)
    assert label_window.focusWidget() is button(row, "was_9")
    with qtbot.waitSignal(row.labelled) as caught:
        qtbot.keyClick(label_window.focusWidget(), Qt.Key.Key_Space)
    assert caught.args == [9]
    with qtbot.waitSignal(row.labelled) as caught:
        qtbot.keyClick(label_window.focusWidget(), "ж")
        qtbot.keyClick(label_window.focusWidget(), Qt.Key.Key_3)
    assert caught.args == [3]


def test_a_click_leaves_the_focus_with_the_canvas(label_window, qtbot):
    canvas = QWidget(label_window)
    canvas.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    canvas.show()
    canvas.setFocus()
    qtbot.mouseClick(button(label_window.row, "was_4"), Qt.MouseButton.LeftButton)
    assert label_window.focusWidget() is canvas
