"""The panels Framing, Why and Stress in the Draw tab, with their threads on fakes."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from mnist_gui.digits.framing import frame_of
from mnist_gui.gui.draw.frame_view import FrameView
from mnist_gui.gui.draw.panels.framing_panel import FramingPanel
from mnist_gui.gui.draw.panels.panel_controller import COMPUTING
from mnist_gui.gui.draw.panels.stress_panel import SeveritySlider, StressPanel
from mnist_gui.gui.draw.panels.why_panel import WhyPanel
from mnist_gui.gui.widgets.heat_map import HeatMap
from tests.fakes import FakePredictor
from tests.gui.draw.panels.panels_tab import FOUR_TWO, SEVEN, press, show_content, texts_of


def test_framing_shows_the_steps_and_what_is_said_without(open_tab, qtbot):
    tab = open_tab()
    press(qtbot, tab, Qt.Key.Key_F)

    panel = tab.view.panel_dock.findChild(FramingPanel)
    assert panel.sentence == "Draw a digit first."
    show_content(qtbot, tab)
    qtbot.waitUntil(panel.unframed.isVisible)


@pytest.mark.slow
def test_why_explains_the_answer_and_a_clicked_digit(open_tab, qtbot):

    tab = open_tab()
    show_content(qtbot, tab)
    press(qtbot, tab, Qt.Key.Key_W)
    panel = tab.view.panel_dock.findChild(WhyPanel)
    qtbot.waitUntil(lambda: not any(each.is_empty for each in panel.findChildren(HeatMap)))
    tab.view.cards[2].bar_clicked.emit(3)
    assert {card.bars.chosen for card in tab.view.cards.values()} == {3}
    tab.view.cards[1].bar_clicked.emit(3)
    assert {card.bars.chosen for card in tab.view.cards.values()} == {None}
    tab.view.cards[1].bar_clicked.emit(4)
    tab.view.panel_dock.close_panel()
    assert {card.bars.chosen for card in tab.view.cards.values()} == {None}


def test_a_click_on_a_bar_opens_why(open_tab, qtbot):
    tab = open_tab()
    show_content(qtbot, tab)
    tab.view.cards[1].bar_clicked.emit(2)
    assert tab.view.panel_dock.opened == "why"
    assert tab.view.cards[3].bars.chosen == 2


def test_stress_draws_lines_and_the_answers_follow_the_slider(open_tab, qtbot):

    tab = open_tab(FakePredictor(confidence=0.9))  # it says the row of the ink: shifted ink is another digit
    show_content(qtbot, tab)
    before = tab.view.cards[1].prediction.digit
    press(qtbot, tab, Qt.Key.Key_S)
    panel = tab.view.panel_dock.findChild(StressPanel)
    qtbot.waitUntil(lambda: panel.frame is not None)
    assert np.array_equal(panel.frame, frame_of(SEVEN))
    slider = panel.findChild(SeveritySlider)
    slider.setFocus()
    for _ in range(4):
        qtbot.keyClick(slider, Qt.Key.Key_PageUp)
    qtbot.waitUntil(lambda: tab.view.verdict_bar.text.startswith("Shift"))
    assert tab.view.cards[1].prediction.digit != before
    tab.view.panel_dock.close_panel()
    assert tab.view.cards[1].prediction.digit == before
    assert not tab.view.verdict_bar.text.startswith("Shift")


def test_opening_a_drawer_moves_nothing(open_tab, qtbot):
    tab = open_tab()
    show_content(qtbot, tab)

    def geometries() -> list:
        return [widget.mapTo(tab, QPoint(0, 0)).toTuple() + widget.size().toTuple() for widget in
                (tab.view.canvas, *tab.view.cards.values(), tab.view.frame_view)]  # fmt: skip

    before = geometries()
    for name in ("why", "framing", "stress", "my_digits"):
        tab.view.panel_dock.open(name)
        QApplication.processEvents()
        qtbot.wait(20)
        assert geometries() == before, name


@pytest.mark.parametrize(
    ("key", "kind", "is_dimmed"),
    [
        (Qt.Key.Key_W, WhyPanel, lambda panel: all(each.is_muted for each in panel.findChildren(HeatMap))),
        (Qt.Key.Key_S, StressPanel, lambda panel: panel.plot.is_muted),
    ],
)
def test_what_is_old_is_dimmed_and_said_to_be_computed(open_tab, qtbot, gate, key, kind, is_dimmed):
    tab = open_tab()
    press(qtbot, tab, key)
    panel = tab.view.panel_dock.findChild(kind)
    assert "Draw a digit first." in texts_of(panel)
    gate.clear()
    show_content(qtbot, tab)  # nothing old to dim
    assert "Draw a digit first." not in texts_of(panel)
    assert COMPUTING in texts_of(panel)
    gate.set()
    qtbot.waitUntil(lambda: COMPUTING not in texts_of(panel))
    assert not is_dimmed(panel)
    gate.clear()
    tab.show_content(FOUR_TWO)
    qtbot.waitUntil(lambda: is_dimmed(panel))
    assert COMPUTING in texts_of(panel)
    gate.set()
    qtbot.waitUntil(lambda: not is_dimmed(panel))
    assert COMPUTING not in texts_of(panel)


@pytest.mark.parametrize(("key", "kind"), [(Qt.Key.Key_W, WhyPanel), (Qt.Key.Key_S, StressPanel)])
def test_no_digit_is_asked_for_beside_a_stroke_or_a_failure(open_tab, qtbot, key, kind):
    tab = open_tab()
    press(qtbot, tab, key)
    panel = tab.view.panel_dock.findChild(kind)
    canvas = tab.view.canvas
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().center() - QPoint(50, 50))
    qtbot.mouseMove(canvas, canvas.rect().center() + QPoint(50, 50))
    qtbot.waitUntil(lambda: tab.frame is not None)
    assert "Draw a digit first." not in texts_of(panel)
    assert COMPUTING in texts_of(panel)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().center() + QPoint(50, 50))
    qtbot.waitUntil(lambda: COMPUTING not in texts_of(panel))
    tab._on_failed("No run can answer.")
    assert "No run can answer." in texts_of(panel)
    assert "Draw a digit first." not in texts_of(panel)


def test_the_old_curves_are_dimmed_while_the_pen_draws(open_tab, qtbot):
    tab = open_tab()
    show_content(qtbot, tab)
    press(qtbot, tab, Qt.Key.Key_S)
    panel = tab.view.panel_dock.findChild(StressPanel)
    qtbot.waitUntil(lambda: bool(panel.plot.text_at(0)))
    canvas = tab.view.canvas
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().center())
    qtbot.mouseMove(canvas, canvas.rect().center() + QPoint(80, 80))
    qtbot.waitUntil(lambda: panel.plot.is_muted and panel.findChild(FrameView).is_muted)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().center() + QPoint(80, 80))
    qtbot.waitUntil(lambda: not panel.plot.is_muted and not panel.findChild(FrameView).is_muted)
