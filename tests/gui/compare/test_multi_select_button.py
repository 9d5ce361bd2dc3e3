import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from mnist_gui.gui.compare.multi_select_button import Choice, MultiSelectButton

CHOICES = (Choice("1", "Model 1 · fast"), Choice("2", "Model 2 · fast"), Choice("x", "broken", "Its file is missing."))


@pytest.fixture
def menu(qtbot):
    menu = MultiSelectButton("Runs", "The three that answer")
    qtbot.addWidget(menu)
    menu.set_choices(CHOICES, {"1", "x"}, {"2"})
    menu.show()
    return menu


def test_it_says_how_many_and_which(menu):
    assert menu.text() == "Runs: 1 ▾"
    assert menu.toolTip() == "Model 1 · fast"
    assert menu.checked == ("1",)  # what cannot be ticked never is


def test_a_click_on_a_line_ticks_it_and_closing_tells(menu, qtbot):
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton)
    line = menu.list.visualItemRect(menu.list.item(1)).center()
    qtbot.mouseClick(menu.list.viewport(), Qt.MouseButton.LeftButton, pos=line)
    with qtbot.waitSignal(menu.changed) as signal:
        QTest.keyClick(menu.list, Qt.Key.Key_Escape)
    assert signal.args == [("1", "2")]
    assert menu.text() == "Runs: 2 ▾"


def test_a_click_on_the_box_ticks_it_once(menu, qtbot):
    menu.open()
    line = menu.list.visualItemRect(menu.list.item(1))
    qtbot.mouseClick(menu.list.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(line.left() + 10, line.center().y()))
    with qtbot.waitSignal(menu.changed) as signal:
        menu._popup.hide()
    assert signal.args == [("1", "2")]


def test_keys_tick_and_close(menu, qtbot):
    menu.setFocus()
    QTest.keyClick(menu, Qt.Key.Key_Space)
    QTest.keyClick(menu.list, Qt.Key.Key_Space)
    with qtbot.waitSignal(menu.changed) as signal:
        QTest.keyClick(menu.list, Qt.Key.Key_Return)
    assert signal.args == [()]


def test_nothing_is_told_where_nothing_changed(menu, qtbot):
    menu.open()
    with qtbot.assertNotEmitted(menu.changed):
        QTest.keyClick(menu.list, Qt.Key.Key_Escape)


def test_the_usual_ones_and_all_have_buttons(menu, qtbot):
    menu.open()
    qtbot.mouseClick(menu._popup.every, Qt.MouseButton.LeftButton)
    assert menu._popup.ticked() == ("1", "2")
    qtbot.mouseClick(menu._popup.usual, Qt.MouseButton.LeftButton)
    assert menu._popup.ticked() == ("2",)
    menu._popup.hide()


def test_what_cannot_be_ticked_says_why(menu):
    menu.open()
    item = menu.list.item(2)
    assert item.toolTip() == "Its file is missing."
    assert not item.flags() & Qt.ItemFlag.ItemIsEnabled
    menu._popup.hide()
