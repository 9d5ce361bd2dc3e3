import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from mnist_gui.gui.compare.multi_select_button import Choice, MultiSelectButton
from mnist_gui.gui.widgets.plain_text import tool_tip

CHOICES = (Choice("1", "Model 1 · fast"), Choice("2", "Model 2 · fast"), Choice("x", "broken", "Its file is missing."))


@pytest.fixture
def button(qtbot):
    button = MultiSelectButton("Runs", "The three that answer")
    qtbot.addWidget(button)
    button.set_choices(CHOICES, {"1", "x"}, {"2"})
    button.show()
    yield button
    button.menu().hide()


def checked(button):
    return [action.data() for action in button.choice_actions if action.isChecked()]


def click(button, action, qtbot, offset=None):
    area = button.menu().actionGeometry(action)
    qtbot.mouseClick(button.menu(), Qt.MouseButton.LeftButton, pos=area.topLeft() + offset if offset else area.center())


def test_it_shows_how_many_and_which(button):
    assert button.text() == "Runs: 1 ▾"
    assert button.toolTip() == "Model 1 · fast"
    assert button.checked == ("1",)  # what cannot be checked never is


def test_a_click_on_an_entry_checks_it_and_the_menu_stays_open(button, qtbot):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    click(button, button.choice_actions[1], qtbot)
    assert button.menu().isVisible()
    with qtbot.waitSignal(button.changed) as signal:
        QTest.keyClick(button.menu(), Qt.Key.Key_Escape)
    assert signal.args == [("1", "2")]
    assert button.text() == "Runs: 2 ▾"


def test_a_click_on_the_box_checks_it_once(button, qtbot):
    button.open()
    click(button, button.choice_actions[1], qtbot, QPoint(15, 15))
    with qtbot.waitSignal(button.changed) as signal:
        button.menu().hide()
    assert signal.args == [("1", "2")]


def test_keys_check_and_close(button, qtbot):
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    QTest.keyClick(button.menu(), Qt.Key.Key_Space)
    assert button.menu().isVisible()
    with qtbot.waitSignal(button.changed) as signal:
        QTest.keyClick(button.menu(), Qt.Key.Key_Return)
    assert signal.args == [()]
    assert not button.menu().isVisible()


def test_no_signal_without_a_change(button, qtbot):
    button.open()
    with qtbot.assertNotEmitted(button.changed):
        QTest.keyClick(button.menu(), Qt.Key.Key_Escape)


def test_the_default_ones_and_all_have_entries(button, qtbot):
    button.open()
    everything, default = (
        next(action for action in button.menu().actions() if action.text() == text)
        for text in ("All", "The three that answer")
    )
    click(button, everything, qtbot)
    assert checked(button) == ["1", "2"]
    click(button, default, qtbot)
    assert checked(button) == ["2"]


def test_an_entry_that_cannot_be_checked_says_why(button, qtbot):
    button.open()
    action = button.choice_actions[2]
    assert action.toolTip() == "Its file is missing."
    assert not action.isEnabled()
    click(button, action, qtbot)
    assert not action.isChecked()
    assert button.menu().isVisible()


def test_an_ampersand_is_no_shortcut_and_a_long_text_is_shortened(button):
    name = "this & that " * 10
    button.set_choices([Choice("1", name)], {"1"}, ())
    (action,) = button.choice_actions
    assert "this && that" in action.text()
    assert len(action.text()) < 80 < len(name)
    assert action.toolTip() == tool_tip(name)


def test_an_open_menu_keeps_its_entries_until_it_closes(button, qtbot):
    button.open()
    before = list(button.choice_actions)
    button.set_choices((*CHOICES, Choice("3", "Model 3 · fast")), {"1"}, {"2"})
    assert button.choice_actions == before
    QTest.keyClick(button.menu(), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: [action.data() for action in button.choice_actions] == ["1", "2", "x", "3"])
    assert button.checked == ("1",)
