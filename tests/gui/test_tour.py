from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from mnist_gui.app import Dependencies, make_window
from mnist_gui.gui import theme
from mnist_gui.gui.settings import Settings
from mnist_gui.gui.tour import Tour, TourStep, place_beside
from tests.comparison_data import add_run, use_bar_models
from tests.fakes import FakePredictor, FakeTraining

LEFT = Qt.MouseButton.LeftButton


class TwoTabs(QMainWindow):
    """Two labels in the first tab; in the second one, a label that must be scrolled to."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.deep = QLabel("first"), QLabel("second"), QLabel("deep")
        self.first.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.tabs = QTabWidget()
        self.setCentralWidget(self.tabs)
        self.tabs.addTab(_column(self.first, self.second), "One")
        tall = QWidget()
        tall.setFixedSize(100, 2000)
        self.deep.setParent(tall)
        self.deep.setGeometry(0, 1500, 80, 30)
        area = QScrollArea()
        area.setWidget(tall)
        self.tabs.addTab(area, "Two")
        steps = (
            TourStep(0, "The first.", lambda: [self.first]),
            TourStep(0, "The second.", lambda: [self.second]),
            TourStep(1, "The deep one.", lambda: [self.deep]),
        )
        self.tour = Tour(self, self.tabs, steps)
        self.resize(800, 500)


def _column(*widgets: QWidget) -> QWidget:
    page = QWidget()
    layout = QVBoxLayout(page)
    for widget in widgets:
        layout.addWidget(widget)
    return page


@pytest.fixture
def window(qtbot):
    theme.apply(QApplication.instance(), "light")
    window = TwoTabs()
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    window.first.setFocus()
    window.tour.start()
    return window


def place(window, widget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def check_bubble(tour, window) -> None:
    bubble = tour.bubble
    assert bubble.isVisible()
    assert window.rect().contains(bubble.geometry())
    assert bubble._text.height() >= bubble._text.heightForWidth(bubble._text.width()), "the text is not cut"


def test_buttons_and_keys_lead_through_the_steps_and_back(window, qtbot):
    tour, bubble = window.tour, window.tour.bubble
    assert bubble.text == "The first."
    assert tour.highlighted.contains(place(window, window.first))
    assert not tour.highlighted.intersects(place(window, window.second).adjusted(0, 10, 0, 0))
    assert not bubble.geometry().intersects(tour.highlighted)
    assert not bubble.back.isEnabled()
    check_bubble(tour, window)
    qtbot.mouseClick(bubble.next, LEFT)
    assert bubble.text == "The second."
    assert window.focusWidget() is bubble.next
    qtbot.keyClick(bubble.next, Qt.Key.Key_Return)
    assert bubble.text == "The deep one."
    assert window.tabs.currentIndex() == 1
    assert bubble.next.text() == "Done"
    assert not window.deep.visibleRegion().isEmpty(), "it was scrolled to"
    qtbot.mouseClick(bubble.back, LEFT)
    assert bubble.text == "The second."
    assert window.tabs.currentIndex() == 0
    qtbot.keyClick(bubble.next, Qt.Key.Key_Space)
    qtbot.keyClick(bubble.next, Qt.Key.Key_Space)
    assert tour.index is None
    assert window.tabs.currentIndex() == 0
    assert window.focusWidget() is window.first


@pytest.mark.parametrize("way", ["Esc", "the button"])
def test_it_can_be_ended_and_leaves_nothing_behind(window, qtbot, way):
    tour = window.tour
    if way == "Esc":
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    else:
        qtbot.mouseClick(tour.bubble.close_button, LEFT)
    assert tour.index is None
    assert not tour.bubble.isVisible()
    assert not tour._spotlight.isVisible()
    assert not tour._escape.isEnabled()
    assert window.focusWidget() is window.first
    window.tabs.setCurrentIndex(1)
    assert tour.index is None


def test_the_window_can_be_used_and_is_followed(window, qtbot):
    tour = window.tour
    tour.bubble.next.click()
    assert window.childAt(place(window, window.first).center()) is window.first, "what is dimmed can be pressed"
    window.resize(600, 400)
    qtbot.waitUntil(lambda: tour.highlighted.contains(place(window, window.second)))
    assert tour._spotlight.size() == window.size()
    check_bubble(tour, window)
    before = tour.highlighted
    window.first.hide()
    qtbot.waitUntil(lambda: tour.highlighted != before)
    assert tour.highlighted.contains(place(window, window.second))
    font = tour.bubble.font()
    theme.apply(QApplication.instance(), "dark", 1.5)
    qtbot.waitUntil(lambda: tour.bubble.font() != font)
    qtbot.wait(20)
    check_bubble(tour, window)
    theme.apply(QApplication.instance(), "light")


def test_it_follows_the_user_to_another_tab(window):
    window.tabs.setCurrentIndex(1)
    assert window.tour.bubble.text == "The deep one."
    window.tabs.setCurrentIndex(0)
    assert window.tour.bubble.text == "The first."


def test_screen_readers_have_names_and_the_text(window):
    bubble = window.tour.bubble
    name, description = QAccessible.Text.Name, QAccessible.Text.Description
    assert QAccessible.queryAccessibleInterface(bubble).text(name) == "Tour, step 1 of 3"
    buttons = (bubble.close_button, bubble.back, bubble.next)
    assert [QAccessible.queryAccessibleInterface(each).text(name) for each in buttons] == [
        "End the tour",
        "Back",
        "Next",
    ]
    assert QAccessible.queryAccessibleInterface(bubble.next).text(description) == "The first."


@pytest.mark.parametrize(
    ("target", "side"),
    [
        (QRect(10, 100, 200, 200), "right"),
        (QRect(590, 100, 200, 200), "left"),
        (QRect(10, 10, 780, 100), "below"),
        (QRect(10, 390, 780, 100), "above"),
        (QRect(0, 0, 800, 500), "over"),
        (QRect(280, 10, 510, 480), "mostly left"),
        (QRect(), "anywhere"),
    ],
)
def test_the_bubble_lies_beside_the_target_where_there_is_room(target, side):
    room = QRect(0, 0, 800, 500)
    place = place_beside(target, QSize(300, 100), room)
    assert room.contains(place)
    assert place.size() == QSize(300, 100)
    sides = {
        "right": place.left() > target.right(),
        "left": place.right() < target.left(),
        "below": place.top() > target.bottom(),
        "above": place.bottom() < target.top(),
        "mostly left": (place.left(), (place & target).width()) == (6, 26),
        "over": target.contains(place),
    }
    assert sides.get(side, True)


# -- the tour of the program


@pytest.fixture
def program(qtbot, store, tiny_dataset, tmp_path, monkeypatch):
    use_bar_models(monkeypatch)
    add_run(store)
    dependencies = Dependencies(
        store,
        Settings(tmp_path / "settings"),
        lambda: FakePredictor((7, 7, 7)),
        lambda: tiny_dataset,
        FakeTraining(),
        my_digits=tmp_path / "my.jsonl",
        cache=tmp_path / "cache",
        shipped_studies=tmp_path / "no studies",
    )
    program = make_window(dependencies)
    with qtbot.waitActive(program):
        program.show()
        program.activateWindow()
    program.resize(1024, 700)
    (help_menu,) = [each.menu() for each in program.menuBar().actions() if each.text() == "&Help"]
    next(action for action in help_menu.actions() if action.text() == "&Tour").trigger()
    yield program
    program.end()
    program.deleteLater()


@pytest.mark.slow
def test_each_of_six_steps_shows_a_part_of_the_window(program, qtbot):
    tour, seen = program._tour, []
    for index in range(6):
        assert tour.index == index
        qtbot.waitUntil(lambda: tour.highlighted.isValid())
        qtbot.wait(30)
        check_bubble(tour, program)
        assert not tour.bubble.geometry().intersects(tour.highlighted)
        seen.append((program.tabs.currentIndex(), tour.highlighted.getRect()))
        qtbot.keyClick(program.focusWidget(), Qt.Key.Key_Return)
    assert [tab for tab, _ in seen] == [0, 0, 0, 0, 1, 2]
    assert len(set(seen)) == 6
    assert tour.index is None
    assert program.tabs.currentIndex() == 0


@pytest.mark.slow
def test_one_can_draw_meanwhile_and_esc_gives_up_the_stroke_first(program, qtbot):
    canvas, tour = program.draw_tab.view.canvas, program._tour
    middle = canvas.rect().center()
    qtbot.mousePress(canvas, LEFT, pos=middle)
    qtbot.mouseMove(canvas, middle + QPoint(40, 0))
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.content.is_blank
    assert tour.index == 0
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert tour.index is None


@pytest.mark.slow
def test_presenting_ends_it_and_esc_then_ends_the_presentation(program, qtbot):
    program._presentation.action.trigger()
    qtbot.waitUntil(lambda: program._tour.index is None)
    qtbot.keyClick(program.draw_tab.view.canvas, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not program._presentation.is_active)
