"""F11, in the whole window, on fakes."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from mnist_gui.app import make_window
from mnist_gui.gui import theme
from mnist_gui.gui.main_window import COMPARE, DRAW, TRAIN, MainWindow

pytestmark = pytest.mark.slow

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(dependencies, qtbot):
    window = make_window(dependencies)
    with qtbot.waitActive(window):  # shortcuts work in the active window only
        window.show()
        window.activateWindow()
    yield window
    if window.train_tab is not None:
        window.train_tab.shut_down()
    window.close()
    window.deleteLater()
    theme.apply(QApplication.instance(), "light")


def press(window: MainWindow, key: Qt.Key) -> None:
    QTest.keyClick(window.focusWidget() or window, key)
    QTest.qWait(20)


def text_size() -> float:
    return QApplication.instance().font().pointSizeF()


def test_f11_shows_the_draw_tab_alone_on_the_whole_screen(window):
    usual = text_size()
    press(window, Qt.Key.Key_F11)
    assert window.isFullScreen()
    assert text_size() > usual
    for widget in (window.menuBar(), window.tabs.tabBar(), window._training_note):
        assert not widget.isVisible()
    assert window.draw_tab.view.canvas.isVisible()
    assert window.draw_tab.view.canvas.hasFocus()


@pytest.mark.parametrize("key", [Qt.Key.Key_F11, Qt.Key.Key_Escape])
@pytest.mark.parametrize("maximized", [False, True])
def test_it_ends_and_everything_is_as_it_was(window, dependencies, key, maximized):
    if maximized:
        window.showMaximized()
    window.draw_tab.view.panel_dock.open("framing")
    QTest.qWait(20)
    before = window.isMaximized(), text_size(), window.draw_tab.view.panel_dock.opened
    press(window, Qt.Key.Key_F11)
    press(window, key)
    assert not window.isFullScreen()
    assert (window.isMaximized(), text_size(), window.draw_tab.view.panel_dock.opened) == before
    assert window.menuBar().isVisible()
    assert window.tabs.tabBar().isVisible()
    assert dependencies.settings.text_scale == 1.0


# In another process: the screen of this one is smaller than the window's minimum size.
PRESENT = """
import sys
from pathlib import Path
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from mnist_gui.app import Dependencies, make_window
from mnist_gui.gui.settings import Settings
from tests.fakes import FakePredictor
from mnist_gui.runs.store import RunStore

def wait_until(holds):
    for _ in range(100):
        QTest.qWait(20)
        if holds():
            return
    raise AssertionError

app, folder = QApplication([]), Path(sys.argv[1])
store = RunStore(folder / "runs", folder / "shipped")
window = make_window(Dependencies(store, Settings(folder / "settings"), FakePredictor, None))
window.show()
for show in (window.showNormal, window.showMaximized):
    show()
    QTest.qWait(20)
    before = window.geometry(), window.isMaximized()
    window._presentation.action.trigger()
    view = window.draw_tab.view
    wait_until(lambda: window.size() == window.screen().size())
    wait_until(lambda: not view._scroll_column.verticalScrollBar().isVisible())
    for card in view.cards.values():
        assert card.height() >= card.minimumSizeHint().height()
        assert card.mapTo(window, card.rect().bottomRight()).x() < window.width()
    assert view.frame_view.width() >= view.canvas.width() / 3
    window._presentation.action.trigger()
    wait_until(lambda: (window.geometry(), window.isMaximized()) == before)
window.close()
"""


@pytest.mark.parametrize("screen", [(1024, 700), (1920, 1080)])
def test_it_fills_the_screen_and_leaves_the_window_where_it_was(tmp_path, screen):
    width, height = screen
    one = {"name": "one", "x": 0, "y": 0, "width": width, "height": height}
    scales = {"logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
    (tmp_path / "screens.json").write_text(json.dumps({"screens": [one | scales]}))
    platform = {"QT_QPA_PLATFORM": "offscreen:configfile=screens.json"}
    command = [sys.executable, "-c", PRESENT, str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, env=os.environ | platform, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_note_of_a_training_keeps_its_distance_from_the_windows_edge(window):
    note = window._training_note
    note.show()
    before = note.contentsMargins()
    assert before.right() > 0
    press(window, Qt.Key.Key_F11)
    press(window, Qt.Key.Key_F11)
    assert note.contentsMargins() == before


def test_from_another_tab_it_presents_draw_and_goes_back(window):
    window.tabs.setCurrentIndex(TRAIN)
    press(window, Qt.Key.Key_F11)
    assert window.tabs.currentIndex() == DRAW
    press(window, Qt.Key.Key_Escape)
    assert window.tabs.currentIndex() == TRAIN


def test_drawing_and_its_keys_go_on_and_esc_in_mid_stroke_gives_up_the_stroke_alone(window, qtbot):
    press(window, Qt.Key.Key_F11)
    canvas = window.draw_tab.view.canvas
    middle = canvas.rect().center()
    qtbot.mousePress(canvas, LEFT, pos=middle)
    qtbot.mouseMove(canvas, middle + QPoint(0, 50))
    press(window, Qt.Key.Key_Escape)
    assert canvas.content.is_blank
    assert window.isFullScreen()
    qtbot.mouseRelease(canvas, LEFT, pos=middle)
    qtbot.mousePress(canvas, LEFT, pos=middle)
    qtbot.mouseMove(canvas, middle + QPoint(0, 60))
    qtbot.mouseRelease(canvas, LEFT, pos=middle + QPoint(0, 60))
    qtbot.waitUntil(lambda: window.draw_tab.frame is not None)
    press(window, Qt.Key.Key_Delete)
    assert canvas.content.is_blank
    QTest.keyClick(canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not canvas.content.is_blank
    press(window, Qt.Key.Key_E)
    assert canvas.tool == "eraser"
    press(window, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: canvas.content.label is not None)


def test_asking_for_another_tab_ends_it(window):
    press(window, Qt.Key.Key_F11)
    window.tabs.setCurrentIndex(TRAIN)
    assert not window.isFullScreen()
    assert window.tabs.currentIndex() == TRAIN
    assert window.tabs.tabBar().isVisible()


def test_closed_meanwhile_the_window_comes_back_as_it_was_before(window, dependencies, qtbot):
    window.tabs.setCurrentIndex(COMPARE)
    size = window.size()
    press(window, Qt.Key.Key_F11)
    window.close()
    again = make_window(dependencies)
    qtbot.addWidget(again, before_close_func=MainWindow.close)
    again.show()
    assert not again.isFullScreen()
    assert again.size() == size
    assert again.tabs.currentIndex() == COMPARE
    assert again.tabs.tabBar().isVisible()


@pytest.mark.parametrize("keys", ["Ctrl+Q", "Ctrl+2", "Ctrl++", "Ctrl+0", "F1"])
def test_keys_of_the_hidden_menu_work(window, qtbot, keys):
    press(window, Qt.Key.Key_F11)
    size = text_size()
    QTest.keySequence(window, QKeySequence(keys))
    if keys == "Ctrl+Q":
        qtbot.waitUntil(lambda: window.has_ended)
    elif keys == "Ctrl+2":
        qtbot.waitUntil(lambda: window.tabs.currentIndex() == TRAIN)
    elif keys == "Ctrl++":
        qtbot.waitUntil(lambda: text_size() > size)
    elif keys == "Ctrl+0":
        QTest.keySequence(window, QKeySequence("Ctrl++"))
        qtbot.waitUntil(lambda: text_size() > size)
        QTest.keySequence(window, QKeySequence(keys))
        qtbot.waitUntil(lambda: text_size() == pytest.approx(size))
    else:
        qtbot.waitUntil(lambda: any(box.isVisible() for box in window.findChildren(QMessageBox)))


class Changes(QObject):
    """Counts events of a kind of a widget."""

    def __init__(self, widget, kind):
        super().__init__(widget)
        self.count, self.kind = 0, kind
        widget.installEventFilter(self)

    def eventFilter(self, watched, event):
        self.count += event.type() == self.kind
        return False


@pytest.mark.parametrize("size", [(1240, 700), (2560, 1440)])
def test_it_styles_widgets_anew_at_its_begin_and_at_its_end_alone(window, size):
    """For the canvas, whom Qt styles twice in one go; once for each of its parents took seconds on a busy machine."""
    window.resize(*size)
    QTest.qWait(20)
    changes = Changes(window.draw_tab.view.canvas, QEvent.Type.StyleChange)
    press(window, Qt.Key.Key_F11)
    assert changes.count <= 2
    press(window, Qt.Key.Key_F11)
    assert changes.count <= 4


def test_of_presses_while_the_window_is_busy_the_last_one_counts(window):
    states = Changes(window, QEvent.Type.WindowStateChange)
    for _ in range(4):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_F11)
    QTest.qWait(20)
    assert not window.isFullScreen()
    assert states.count == 0
    for _ in range(3):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_F11)
    QTest.qWait(20)
    assert window.isFullScreen()
    assert states.count == 1


def test_the_view_menu_offers_it(window):
    action = next(action for action in window.findChildren(QAction) if action.text() == "&Present")
    view = next(action.menu() for action in window.menuBar().actions() if action.text() == "&View")
    assert action in view.actions()
    action.trigger()
    QTest.qWait(20)
    assert window.isFullScreen()
