"""The run history stands beside the curves, or below them, and stays where the user put it."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea, QTableView, QToolButton, QWidget

from mnist_gui.gui.settings import HistoryPlace, Settings
from mnist_gui.gui.train.history.run_table_model import RunColumn
from mnist_gui.gui.train.history_splitter import KEY_STEP
from tests.comparison_data import add_run
from tests.fakes import GatedTraining
from tests.gui.cut_widgets import faults

WIDE, NARROW = (1440, 850), (1000, 600)


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path / "settings")


@pytest.fixture
def open_tab(qtbot, store, make_tab, settings):
    add_run(store)

    def open_tab(size):
        tab = make_tab(GatedTraining(), settings=settings)
        tab.resize(*size)
        settle(qtbot)
        return tab

    return open_tab


def settle(qtbot) -> None:
    for _ in range(4):
        QApplication.processEvents()
        qtbot.wait(10)


def place(tab: QWidget, widget: QWidget) -> QRect:
    return QRect(widget.mapTo(tab, QPoint(0, 0)), widget.size())


def drag_handle(qtbot, tab: QWidget, by: QPoint) -> None:
    handle = tab.view.splitter.handle(1)
    start = handle.rect().center()
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(handle, start + by)
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=start)
    settle(qtbot)


def test_in_a_usual_window_the_history_stands_beside_the_curves(qtbot, open_tab):
    tab = open_tab(WIDE)
    plot, history = tab.view.plot, tab.view.history
    assert history.isVisible()
    assert place(tab, plot).right() < place(tab, history).left()
    assert plot._loss.height() >= 250
    assert plot.width() >= 450
    table = tab.findChild(QTableView, "runs")
    qtbot.waitUntil(lambda: table.model().rowCount() == 1)
    assert "\n".join(faults(tab.view.splitter)) == ""


def test_in_a_narrow_window_it_opens_below_the_curves_and_is_scrolled_to(qtbot, open_tab):
    tab = open_tab(NARROW)
    plot, history = tab.view.plot, tab.view.history
    assert not history.isVisible()
    qtbot.mouseClick(tab.findChild(QToolButton, "open_history"), Qt.MouseButton.LeftButton)
    settle(qtbot)
    assert place(tab, plot).bottom() < place(tab, history).top()
    area = next(area for area in tab.findChildren(QScrollArea) if area.widget() is tab.view.splitter)
    assert place(tab, area).contains(place(tab, history))
    assert "\n".join(faults(tab.view.splitter)) == ""


def test_the_place_of_the_handle_is_remembered_beside_and_below(qtbot, open_tab, settings):
    tab = open_tab(WIDE)
    before = tab.view.splitter.sizes()
    drag_handle(qtbot, tab, QPoint(-60, 0))
    beside = tab.view.splitter.sizes()
    assert before[0] - beside[0] == pytest.approx(60, abs=3)
    tab.resize(*NARROW)
    settle(qtbot)
    tab.resize(*WIDE)
    settle(qtbot)
    assert tab.view.splitter.sizes() == pytest.approx(beside, abs=2)
    settings.flush()
    other = open_tab(WIDE)
    assert other.view.splitter.sizes() == pytest.approx(beside, abs=2)


def test_a_closed_history_stays_closed(qtbot, open_tab):
    tab = open_tab(WIDE)
    qtbot.mouseClick(tab.findChild(QToolButton, "open_history"), Qt.MouseButton.LeftButton)
    assert not tab.view.history.isVisible()
    tab.resize(*NARROW)
    tab.resize(*WIDE)
    settle(qtbot)
    assert not tab.view.history.isVisible()
    assert not open_tab(WIDE).view.history.isVisible()


def test_a_damaged_place_is_replaced(settings):
    for name in ("open", "beside", "below"):
        settings._values.setValue(f"history_{name}", "nonsense")
    assert settings.history_place == HistoryPlace()
    settings.history_place = HistoryPlace(False, 7.0, -1.0)
    assert settings.history_place == HistoryPlace(False, 0.9, 0.1)


def test_the_handle_is_moved_by_keys_too(qtbot, open_tab):
    tab = open_tab(WIDE)
    handle, history = tab.view.splitter.handle(1), place(tab, tab.view.history)
    handle.setFocus()
    assert handle.focusPolicy() & Qt.FocusPolicy.TabFocus
    qtbot.keyClick(handle, Qt.Key.Key_Left)
    settle(qtbot)
    assert place(tab, tab.view.history).left() == history.left() - KEY_STEP
    qtbot.keyClick(handle, Qt.Key.Key_Right)
    settle(qtbot)
    assert place(tab, tab.view.history) == history


@pytest.mark.parametrize("width", [1280, 1440])
def test_beside_the_curves_the_history_shows_the_accuracy_in_full(qtbot, open_tab, width):
    tab = open_tab((width, 760))
    table = tab.findChild(QTableView, "runs")
    assert tab.view.splitter.is_beside
    right = table.columnViewportPosition(RunColumn.ACCURACY) + table.columnWidth(RunColumn.ACCURACY)
    assert right <= table.viewport().width()
