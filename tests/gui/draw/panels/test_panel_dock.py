from __future__ import annotations

from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from mnist_gui.gui import theme
from mnist_gui.gui.draw.panels.panel_dock import PanelDock

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def dock(qtbot) -> PanelDock:
    theme.apply(QApplication.instance(), "light")
    dock = PanelDock()
    qtbot.addWidget(dock)
    for name, title, key in (("why", "Why", "W"), ("framing", "Framing", "F"), ("stress", "Stress", "S")):
        dock.add(name, title, key, partial(QLineEdit, f"panel {name}"))
    dock.resize(600, 200)
    dock.show()
    qtbot.waitExposed(dock)
    return dock


def button(dock: PanelDock, name: str) -> QToolButton:
    return dock.findChild(QToolButton, f"open_{name}")


def shown(dock: PanelDock) -> list[str]:
    return [panel.text() for panel in dock.findChildren(QLineEdit) if panel.isVisible()]


def test_it_is_closed_at_first_and_says_how_to_open_it(dock):
    assert dock.opened == ""
    assert shown(dock) == []
    assert any("W, F or S" in label.text() for label in dock.findChildren(QLabel) if label.isVisible())


def test_a_button_opens_its_panel_and_closes_it_again(dock, qtbot):
    opened: list[str] = []
    dock.opened_changed.connect(opened.append)
    qtbot.mouseClick(button(dock, "framing"), LEFT)
    assert (dock.opened, shown(dock)) == ("framing", ["panel framing"])
    assert button(dock, "framing").isChecked()
    qtbot.mouseClick(button(dock, "framing"), LEFT)
    assert (dock.opened, shown(dock)) == ("", [])
    assert not button(dock, "framing").isChecked()
    assert opened == ["framing", ""]


def test_one_panel_is_open_at_a_time(dock, qtbot):
    qtbot.mouseClick(button(dock, "why"), LEFT)
    qtbot.mouseClick(button(dock, "stress"), LEFT)
    assert shown(dock) == ["panel stress"]
    assert [name for name in ("why", "framing", "stress") if button(dock, name).isChecked()] == ["stress"]


def test_a_panel_is_made_once_when_it_is_first_opened(dock, qtbot):
    made: list[QWidget] = []

    def make() -> QWidget:
        made.append(QLineEdit("panel late"))
        return made[-1]

    dock.add("late", "Late", "", make)
    assert made == []
    for opened in (["panel late"], [], ["panel late"]):
        qtbot.mouseClick(button(dock, "late"), LEFT)
        assert shown(dock) == opened
    assert len(made) == 1


def test_opening_what_is_open_says_nothing_and_an_unknown_name_is_an_error(dock, qtbot):
    dock.open("why")
    with qtbot.assertNotEmitted(dock.opened_changed):
        dock.open("why")
    with pytest.raises(KeyError):
        dock.open("nothing")
    assert dock.opened == "why"


def test_the_keyboard_alone_opens_and_esc_inside_closes(dock, qtbot):
    button(dock, "why").setFocus()
    qtbot.keyClick(dock.focusWidget(), Qt.Key.Key_Space)
    assert dock.opened == "why"
    for name in ("framing", "stress"):
        qtbot.keyClick(dock.focusWidget(), Qt.Key.Key_Tab)
        assert dock.focusWidget() is button(dock, name)
    qtbot.keyClick(dock.focusWidget(), Qt.Key.Key_Tab)
    assert isinstance(dock.focusWidget(), QLineEdit), "the panel comes right after the buttons"
    qtbot.keyClick(dock.focusWidget(), Qt.Key.Key_Escape)
    assert dock.opened == ""
    assert dock.focusWidget() is button(dock, "why")


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_room_is_kept_whether_open_or_closed_and_whatever_is_in_it(dock, qtbot, scale):
    theme.apply(QApplication.instance(), "light", scale)
    large = QWidget()
    QVBoxLayout(large).addWidget(QLabel("much\n" * 40))
    dock.add("large", "Large", "", lambda: large)
    QApplication.processEvents()
    size, least, place = dock.size(), dock.minimumSizeHint(), button(dock, "why").geometry()
    dock.open("large")
    QApplication.processEvents()
    assert (dock.size(), dock.minimumSizeHint(), button(dock, "why").geometry()) == (size, least, place)
    assert least.height() > button(dock, "why").height() + 4 * dock.fontMetrics().height()
    assert least.height() < 250, "it scrolls"
    assert all(button.height() >= 32 for button in dock.findChildren(QToolButton) if button.text())
    theme.apply(QApplication.instance(), "light")
