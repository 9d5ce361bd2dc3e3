"""Several digits on one canvas, and what the panels answer for them."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QToolButton

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.picture import Picture
from mnist_gui.digits.stroke_raster import render_strokes
from mnist_gui.models.inference.predictor import EnsemblePrediction
from tests.fakes import FakePredictor
from tests.gui.draw.panels.panels_tab import DOT, FOUR_TWO, PANELS, WidthPredictor, press, show_content, texts_of


def test_two_digits_are_reported_and_each_is_answered(open_tab, qtbot, my_digits):
    tab = open_tab(WidthPredictor())
    tab.show_content(FOUR_TWO)
    qtbot.waitUntil(lambda: tab.view.verdict_bar.text.startswith("Looks like two digits: "))
    digits = tab.view.verdict_bar.text.removeprefix("Looks like two digits: ").split(", ")
    assert tab.view.verdict_bar.actions_shown == ("Copy text", "Keep all")
    press(qtbot, tab, Qt.Key.Key_4)
    assert "several digits" in tab.view.verdict_bar.note
    assert my_digits.digits == ()
    for index, digit in enumerate(digits, 1):
        press(qtbot, tab, Qt.Key.Key_Right)
        assert tab.view.verdict_bar.text.startswith(f"{index} of 2: {digit} · ")
        assert str(tab.view.cards[1].prediction.digit) == digit
        assert tab.view.label_row.findChild(QToolButton, "right").toolTip() == f"Right, it was {digit}"
    press(qtbot, tab, Qt.Key.Key_2)
    assert tab.view.verdict_bar.actions_shown == ("Undo", "Keep", "All digits")
    qtbot.mouseClick(tab.findChild(QToolButton, "note_action_1"), Qt.MouseButton.LeftButton)
    (kept,) = my_digits.digits
    assert (kept.label, len(kept.content.strokes)) == (2, 1), "the one that is shown, alone"
    qtbot.mouseClick(tab.findChild(QToolButton, "note_action_2"), Qt.MouseButton.LeftButton)
    assert tab.view.verdict_bar.text.startswith("Looks like two digits: ")
    tab.view.canvas.clear()
    qtbot.waitUntil(lambda: tab.view.verdict_bar.text == "Draw a digit 0 to 9")
    assert tab.view.verdict_bar.actions_shown == ()


@pytest.mark.parametrize(("key", "kind"), PANELS)
def test_several_digits_have_answers_once_one_is_clicked(open_tab, qtbot, key, kind):
    tab = open_tab(WidthPredictor())
    frames: list[object] = []
    press(qtbot, tab, key)
    panel, layout = tab.view.panel_dock.findChild(kind), tab.view
    tab.show_content(FOUR_TWO)
    tab.frame_changed.connect(frames.append)
    qtbot.waitUntil(lambda: layout.verdict_bar.text.startswith("Looks like two digits: "))
    assert "Click a digit to see its answers." in texts_of(panel)
    assert all(card.prediction is None for card in layout.cards.values())
    assert layout.frame_view.frame is None and frames[-1] is None, "together they look like no digit"
    assert "Click a digit to see it as they do." in [label.text() for label in layout.findChildren(QLabel)]
    layout.draw_actions.copy_prediction.trigger()
    assert layout.verdict_bar.note == "Click a digit to see its answers."
    press(qtbot, tab, Qt.Key.Key_Right)
    assert "Click a digit to see its answers." not in texts_of(panel)
    assert layout.frame_view.frame is frames[-1] is not None
    assert all(card.prediction is not None for card in layout.cards.values())
    press(qtbot, tab, Qt.Key.Key_Escape)
    assert "Click a digit to see its answers." in texts_of(panel)


@pytest.mark.parametrize(("key", "kind"), PANELS)
def test_a_dot_has_no_answer_in_a_panel_either(open_tab, qtbot, key, kind):
    tab = open_tab()
    press(qtbot, tab, key)
    panel = tab.view.panel_dock.findChild(kind)
    tab.show_content(DOT)
    qtbot.waitUntil(lambda: tab.view.verdict_bar.text == "Keep drawing")
    assert "Keep drawing." in texts_of(panel)
    assert tab.view.frame_view.frame is not None
    show_content(qtbot, tab)
    assert "Keep drawing." not in texts_of(panel)
    tab.show_content(DOT)
    qtbot.waitUntil(lambda: "Keep drawing." in texts_of(panel))


def test_what_is_a_digit_as_a_whole_is_not_taken_apart(open_tab, qtbot):
    tab = open_tab()
    show_content(qtbot, tab, FOUR_TWO)
    qtbot.wait(50)
    assert tab.view.verdict_bar.text.startswith("7 · all three agree")


class UnsurePredictor(FakePredictor):
    """Takes everything for a digit, but wide ink with less confidence than what it is asked to have."""

    def predict_one(self, frame) -> EnsemblePrediction:
        columns = np.flatnonzero(frame.any(axis=0))
        narrow = columns[-1] - columns[0] <= 16
        predictor = FakePredictor((7, 7, 7), 0.99) if narrow else FakePredictor((4, 4, 4), self.confidence)
        return predictor.predict_one(frame)


@pytest.mark.parametrize(
    ("confidence", "verdict"), [(0.7, "Looks like two digits: 7, 7"), (0.97, "4 · all three agree · 97\u00a0%")]
)
def test_a_picture_that_is_not_surely_one_digit_is_several_if_each_is_surer(open_tab, qtbot, confidence, verdict):
    tab = open_tab(UnsurePredictor(confidence=confidence))
    close = Drawing(tuple(stroke * (0.75, 1) for stroke in FOUR_TWO.strokes))  # no wider than a 4
    shrunk = [(stroke - (75, 200)) / 4 + 15 for stroke in close.strokes]
    tab.view.canvas.set_content(Picture(render_strokes(shrunk, 6, (140, 190))))
    qtbot.waitUntil(lambda: tab.view.verdict_bar.text == verdict)
    qtbot.wait(50)
    assert tab.view.verdict_bar.text == verdict
    tab.view.canvas.clear()
    show_content(qtbot, tab, close)  # of a drawing the detector is trusted
    qtbot.wait(50)
    assert tab.view.verdict_bar.text.startswith("4 · all three agree")
