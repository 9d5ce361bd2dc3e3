"""The suggestions on a blank canvas, and what they show."""

from __future__ import annotations

from functools import partial

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from mnist_gui.gui.draw import demonstration
from mnist_gui.gui.draw.draw_tab import DrawTab
from mnist_gui.models.inference.predictor import load_predictor
from mnist_gui.paths import resources_folder
from mnist_gui.runs.store import RunStore
from tests.fakes import FakePredictor
from tests.gui.draw.canvas.canvas_events import pen_drag, stylus
from tests.gui.draw.draw_tab_actions import note_of, stroke

LEFT = Qt.MouseButton.LeftButton
Pointer = QPointingDevice.PointerType
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NAMES = ("turn_six", "forty_two", "letter", "fooling_digit")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Demonstrations take a tenth of their time."""
    monkeypatch.setattr(demonstration, "_STEP_MS", 2)


def card(tab: DrawTab, name: str) -> QPushButton:
    return tab.view.canvas.findChild(QPushButton, f"try_{name}")


def are_shown(tab: DrawTab) -> bool:
    shown = {widget.isVisible() for widget in tab.view.suggestions.widgets}
    assert len(shown) == 1, "all or none"
    return shown.pop()


def press(qtbot, tab: DrawTab, name: str) -> None:
    qtbot.mouseClick(card(tab, name), LEFT)


def has_ended(tab: DrawTab) -> bool:
    return not tab._demonstration.is_running


def test_they_lie_on_the_canvas_without_touching_each_other_or_the_invitation(open_tab):
    tab = open_tab()
    assert are_shown(tab)
    canvas, places = tab.view.canvas, [widget.geometry() for widget in tab.view.suggestions.widgets]
    for index, place in enumerate(places):
        assert canvas.rect().contains(place)
        assert not any(place.intersects(other) for other in places[index + 1 :])
    assert min(place.top() for place in places) > canvas.height() - canvas._reserved - 20
    assert all(card(tab, name).height() >= 32 for name in NAMES)


@pytest.mark.parametrize("scale", ["as usual", "large text"])
def test_a_canvas_that_is_too_small_for_them_shows_none(open_tab, qtbot, scale):
    tab = open_tab()
    tab.view.canvas.setMaximumSize(210, 210)
    if scale == "large text":
        font = tab.view.canvas.font()
        font.setPointSizeF(1.5 * font.pointSizeF())
        tab.view.canvas.setFont(font)
    qtbot.waitUntil(lambda: tab.view.canvas.width() == 210)
    assert not are_shown(tab)
    assert tab.view.canvas._reserved == 0


def test_a_press_beside_a_card_draws_and_they_go_with_the_first_stroke(open_tab, qtbot):
    tab = open_tab()
    canvas, first = tab.view.canvas, card(tab, "turn_six").geometry()
    gap = QPoint(first.right() + 3, first.center().y())
    assert canvas.childAt(gap) is None
    heading = canvas.findChild(QWidget, "try_this").geometry().center()
    assert canvas.childAt(heading) is None, "the heading is drawn on too"
    qtbot.mousePress(canvas, LEFT, pos=gap)
    assert not are_shown(tab)
    qtbot.mouseMove(canvas, gap - QPoint(0, 60))
    qtbot.mouseRelease(canvas, LEFT, pos=gap - QPoint(0, 60))
    assert len(tab.content.strokes) == 1
    assert not are_shown(tab)


def test_a_stroke_that_begins_on_a_card_draws_and_chooses_nothing(open_tab, qtbot):
    tab = open_tab()
    window = tab.window().windowHandle()
    start = card(tab, "forty_two").mapTo(tab.window(), QPoint(10, 10))
    QTest.mousePress(window, LEFT, pos=start)
    assert are_shown(tab)
    for step in range(1, 6):
        QTest.mouseMove(window, start - QPoint(0, 20 * step))
    QTest.mouseRelease(window, LEFT, pos=start - QPoint(0, 100))
    assert has_ended(tab) and not are_shown(tab)
    (points,) = tab.content.strokes
    canvas = tab.view.canvas
    begun = [1000 * at / canvas.width() for at in canvas.mapFrom(tab.window(), start).toTuple()]
    assert points[0].tolist() == pytest.approx(begun, abs=3)


def test_a_click_on_a_card_chooses_it_and_draws_no_dot(open_tab, qtbot):
    tab = open_tab()
    window, chosen = tab.window().windowHandle(), card(tab, "forty_two")
    place = chosen.mapTo(tab.window(), chosen.rect().center())
    QTest.mouseMove(window, place)
    assert chosen.underMouse()
    QTest.mouseClick(window, LEFT, pos=place)
    assert not has_ended(tab)
    qtbot.waitUntil(lambda: has_ended(tab))
    assert len(tab.content.strokes) > 1


@pytest.mark.parametrize(("kind", "count"), [(Pointer.Pen, 1), (Pointer.Eraser, 0)])
def test_a_pen_that_begins_on_a_card_draws_with_its_tip_only(open_tab, kind, count):
    tab = open_tab()
    start = card(tab, "letter").geometry().center().toTuple()
    pen_drag(tab.view.canvas, stylus(kind), start, (60, 60))
    assert len(tab.content.strokes) == count
    assert not tab.view.canvas.is_drawing


def test_clear_and_undo_bring_them_back_unless_they_are_not_wanted(open_tab, qtbot):
    tab = open_tab()
    canvas, action = tab.view.canvas, tab.view.draw_actions.suggestions
    stroke(qtbot, tab)
    qtbot.keyClick(canvas, Qt.Key.Key_Delete)
    assert are_shown(tab)
    qtbot.keyClick(canvas, Qt.Key.Key_Z, CONTROL)
    assert not are_shown(tab)
    qtbot.keyClick(canvas, Qt.Key.Key_Delete)
    qtbot.mouseClick(canvas.findChild(QToolButton, "hide_suggestions"), LEFT)
    assert not are_shown(tab)
    assert not action.isChecked()
    stroke(qtbot, tab)
    qtbot.keyClick(canvas, Qt.Key.Key_Delete)
    assert not are_shown(tab)
    action.trigger()
    assert are_shown(tab)


def test_an_audience_and_a_writing_session_see_none(open_tab):
    tab = open_tab()
    tab.set_presenting(True)
    assert not are_shown(tab)
    tab.set_presenting(False)
    assert are_shown(tab)
    tab._writing_session.start()
    assert not are_shown(tab)
    tab._writing_session.stop()
    assert are_shown(tab)


def test_the_keyboard_reaches_them_and_the_canvas_has_the_focus_afterwards(open_tab, qtbot):
    tab = open_tab()
    canvas = tab.view.canvas
    tab.activateWindow()
    canvas.setFocus()
    for name in NAMES:
        qtbot.keyClick(tab.focusWidget(), Qt.Key.Key_Tab)
        assert tab.focusWidget().objectName() == f"try_{name}"
    qtbot.keyClick(tab.focusWidget(), Qt.Key.Key_Backtab, SHIFT)
    assert QAccessible.queryAccessibleInterface(tab.focusWidget()).text(QAccessible.Text.Name) == "Try this: Draw an A"
    qtbot.keyClick(tab.focusWidget(), Qt.Key.Key_Space)
    assert canvas.hasFocus()
    qtbot.waitUntil(partial(has_ended, tab))
    assert len(tab.content.strokes) == 2


# -- what they show


@pytest.mark.parametrize("name", ["turn_six", "forty_two", "letter"])
def test_a_demonstration_is_one_step_to_undo(open_tab, qtbot, name):
    tab = open_tab()
    press(qtbot, tab, name)
    assert not are_shown(tab)
    qtbot.waitUntil(partial(has_ended, tab))
    shown = tab.content
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_Z, CONTROL)
    assert tab.content.is_blank
    assert not tab.view.canvas.can_undo
    assert are_shown(tab)
    qtbot.keyClick(
        tab.view.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    assert tab.content is shown


def test_the_six_is_turned_by_half_a_turn(open_tab, qtbot):
    tab = open_tab()
    press(qtbot, tab, "turn_six")
    (upright,) = tab.content.strokes
    qtbot.waitUntil(partial(has_ended, tab))
    (turned,) = tab.content.strokes
    assert turned == pytest.approx(1000 - upright)


def test_what_the_six_passes_through_is_rejected_but_not_called_out(open_tab, qtbot, monkeypatch):
    tab = open_tab(FakePredictor((4, 9, 2), 0.4))
    announced: list[str] = []
    monkeypatch.setattr(tab.view.verdict_bar, "announce", lambda: announced.append(tab.view.verdict_bar.text))
    monkeypatch.setattr(demonstration, "_TURN_STEPS", 10**6)
    monkeypatch.setattr(demonstration, "_UPRIGHT_STEPS", 1)
    monkeypatch.setattr(demonstration, "_STEP_MS", 50)  # each step is answered before the next one
    contents: list[object] = []
    tab.view.canvas.content_changed.connect(contents.append)
    press(qtbot, tab, "turn_six")
    qtbot.waitUntil(lambda: len(contents) > 4)
    assert tab.view.verdict_bar.text.startswith("Uncertain")
    assert announced == []
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_Delete)
    assert tab.content.is_blank
    assert has_ended(tab)


def test_a_letter_under_way_is_not_rejected(open_tab, qtbot, monkeypatch):
    tab = open_tab(FakePredictor((4, 9, 2), 0.4))
    monkeypatch.setattr(demonstration, "_PAUSE_STEPS", 10**6)
    press(qtbot, tab, "letter")
    qtbot.waitUntil(lambda: tab.view.verdict_bar.text == "Keep drawing")
    assert not has_ended(tab)
    tab._demonstration.stop()
    qtbot.waitUntil(lambda: tab.view.verdict_bar.text.startswith("Uncertain"))


@pytest.mark.parametrize("interruption", ["a stroke", "another tab", "a test digit"])
def test_the_user_goes_before_a_demonstration(open_tab, qtbot, interruption, monkeypatch):
    tab = open_tab()
    monkeypatch.setattr(demonstration, "_PAUSE_STEPS", 10**6)
    press(qtbot, tab, "letter")
    qtbot.waitUntil(lambda: len(tab.content.strokes[0]) > 20)
    if interruption == "a stroke":
        qtbot.mousePress(tab.view.canvas, LEFT, pos=QPoint(50, 50))
        assert has_ended(tab)
        qtbot.mouseRelease(tab.view.canvas, LEFT, pos=QPoint(50, 50))
        assert len(tab.content.strokes) == 2
    elif interruption == "another tab":
        tab.hide()
    else:
        tab.view.draw_actions.random.trigger()
        note_of(tab, qtbot, "MNIST test digit")
    assert has_ended(tab)
    content = tab.content
    qtbot.wait(30)
    assert tab.content is content


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("turn_six", "9 · all three agree"),
        ("forty_two", "Looks like two digits: 4, 2"),
        ("letter", "This does not look like a digit"),
    ],
)
def test_the_shipped_models_answer_as_the_cards_promise(open_tab, qtbot, tmp_path, name, verdict):
    store = RunStore(tmp_path / "own", resources_folder() / "runs")
    tab = open_tab(load_predictor(store))
    press(qtbot, tab, name)
    qtbot.waitUntil(partial(has_ended, tab))
    qtbot.waitUntil(lambda: verdict in tab.view.verdict_bar.text, timeout=10_000)


def test_the_last_card_shows_a_digit_that_fools_the_models(open_tab, qtbot):
    tab = open_tab()
    press(qtbot, tab, "fooling_digit")
    note_of(tab, qtbot, "Which digits fool the models is not known yet")
    assert are_shown(tab)
