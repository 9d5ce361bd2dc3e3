from __future__ import annotations

from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from mnist_gui.gui import theme
from mnist_gui.gui.draw.panels.panel_dock import PanelDock

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def drawer(qtbot) -> PanelDock:
    theme.apply(QApplication.instance(), "light")
    drawer = PanelDock()
    qtbot.addWidget(drawer)
    for name, title, key in (("why", "Why", "W"), ("framing", "Framing", "F"), ("stress", "Stress", "S")):
        drawer.add(name, title, key, partial(QLineEdit, f"panel {name}"))
    drawer.resize(600, 200)
    drawer.show()
    qtbot.waitExposed(drawer)
    return drawer


def button(drawer: PanelDock, name: str) -> QToolButton:
    return drawer.findChild(QToolButton, f"open_{name}")


def shown(drawer: PanelDock) -> list[str]:
    return [panel.text() for panel in drawer.findChildren(QLineEdit) if panel.isVisible()]


def test_it_is_closed_at_first_and_says_how_to_open_it(drawer):
    assert drawer.opened == ""
    assert shown(drawer) == []
    assert any("W, F or S" in label.text() for label in drawer.findChildren(QLabel) if label.isVisible())


def test_a_button_opens_its_panel_and_closes_it_again(drawer, qtbot):
    said: list[str] = []
    drawer.opened_changed.connect(said.append)
    qtbot.mouseClick(button(drawer, "framing"), LEFT)
    assert (drawer.opened, shown(drawer)) == ("framing", ["panel framing"])
    assert button(drawer, "framing").isChecked()
    qtbot.mouseClick(button(drawer, "framing"), LEFT)
    assert (drawer.opened, shown(drawer)) == ("", [])
    assert not button(drawer, "framing").isChecked()
    assert said == ["framing", ""]


def test_one_panel_is_open_at_a_time(drawer, qtbot):
    qtbot.mouseClick(button(drawer, "why"), LEFT)
    qtbot.mouseClick(button(drawer, "stress"), LEFT)
    assert shown(drawer) == ["panel stress"]
    assert [name for name in ("why", "framing", "stress") if button(drawer, name).isChecked()] == ["stress"]


def test_a_panel_is_made_once_when_it_is_first_opened(drawer, qtbot):
    made: list[QWidget] = []

    def make() -> QWidget:
        made.append(QLineEdit("panel late"))
        return made[-1]

    drawer.add("late", "Late", "", make)
    assert made == []
    for opened in (["panel late"], [], ["panel late"]):
        qtbot.mouseClick(button(drawer, "late"), LEFT)
        assert shown(drawer) == opened
    assert len(made) == 1


def test_opening_what_is_open_says_nothing_and_an_unknown_name_is_an_error(drawer, qtbot):
    drawer.open("why")
    with qtbot.assertNotEmitted(drawer.opened_changed):
        drawer.open("why")
    with pytest.raises(KeyError):
        drawer.open("nothing")
    assert drawer.opened == "why"


def test_the_keyboard_alone_opens_and_esc_inside_closes(drawer, qtbot):
    button(drawer, "why").setFocus()
    qtbot.keyClick(drawer.focusWidget(), Qt.Key.Key_Space)
    assert drawer.opened == "why"
    for name in ("framing", "stress"):
        qtbot.keyClick(drawer.focusWidget(), Qt.Key.Key_Tab)
        assert drawer.focusWidget() is button(drawer, name)
    qtbot.keyClick(drawer.focusWidget(), Qt.Key.Key_Tab)
    assert isinstance(drawer.focusWidget(), QLineEdit), "the panel comes right after the buttons"
    qtbot.keyClick(drawer.focusWidget(), Qt.Key.Key_Escape)
    assert drawer.opened == ""
    assert drawer.focusWidget() is button(drawer, "why")


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_room_is_kept_whether_open_or_closed_and_whatever_is_in_it(drawer, qtbot, scale):
    theme.apply(QApplication.instance(), "light", scale)
    large = QWidget()
    QVBoxLayout(large).addWidget(QLabel("much\n" * 40))
    drawer.add("large", "Large", "", lambda: large)
    QApplication.processEvents()
    size, least, place = drawer.size(), drawer.minimumSizeHint(), button(drawer, "why").geometry()
    drawer.open("large")
    QApplication.processEvents()
    assert (drawer.size(), drawer.minimumSizeHint(), button(drawer, "why").geometry()) == (size, least, place)
    assert least.height() > button(drawer, "why").height() + 4 * drawer.fontMetrics().height()
    assert least.height() < 250, "it scrolls"
    assert all(each.height() >= 32 for each in drawer.findChildren(QToolButton) if each.text())
    theme.apply(QApplication.instance(), "light")
