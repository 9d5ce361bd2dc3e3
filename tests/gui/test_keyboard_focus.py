"""Focus rings follow the keyboard, not the mouse."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QToolButton, QWidget

from mnist_gui.gui import theme
from mnist_gui.gui.keyboard_focus import has_keyboard_focus


@pytest.fixture
def buttons(qtbot):
    theme.apply(QApplication.instance(), "light")
    window = QWidget()
    qtbot.addWidget(window)
    layout = QHBoxLayout(window)
    buttons = [QToolButton(text=text, focusPolicy=Qt.FocusPolicy.StrongFocus) for text in "ABC"]
    for button in buttons:
        layout.addWidget(button)
    with qtbot.waitActive(window):
        window.show()
    yield buttons  # the window lives as long


def click(button: QToolButton) -> None:
    """Click through the window, as a mouse does."""
    window = button.window()
    QTest.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, pos=button.mapTo(window, QPoint(5, 5)))


def press(button: QToolButton, key: Qt.Key) -> None:
    QTest.keyClick(button.window().windowHandle(), key)


def test_a_click_shows_no_ring_and_tab_does(buttons, qtbot):
    first, second, _ = buttons
    click(first)
    assert first.hasFocus() and not has_keyboard_focus(first)
    clicked = second.grab().toImage()
    press(first, Qt.Key.Key_Tab)
    assert has_keyboard_focus(second) and not has_keyboard_focus(first)
    assert second.grab().toImage() != clicked, "the ring can be seen"
    click(second)
    assert second.hasFocus() and not has_keyboard_focus(second)


def test_a_letter_shows_no_ring_and_an_arrow_does(buttons):
    first, *_ = buttons
    click(first)
    press(first, Qt.Key.Key_W)
    assert first.hasFocus() and not has_keyboard_focus(first)
    press(first, Qt.Key.Key_Up)
    assert any(has_keyboard_focus(button) for button in buttons)
