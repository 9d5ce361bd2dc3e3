from __future__ import annotations

import re
import threading

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QTabWidget, QWidget

from mnist_gui.gui import theme
from mnist_gui.gui.draw import prediction_thread
from mnist_gui.gui.draw.answering_menu import BACK
from mnist_gui.gui.draw.draw_tab import SETTLING_MS, DrawTab
from mnist_gui.gui.draw.prediction_thread import PredictionThread
from tests.answering import answering_run
from tests.fakes import FakePredictor
from tests.gui.draw.draw_tab_actions import (
    SEVEN,
    STROKE,
    HeldPredictor,
    PaintedArea,
    digits,
    make_draw_tab,
    run_menu,
    stroke,
)

# -- drawing


def test_it_opens_with_an_invitation_and_the_canvas_first(open_tab):
    tab = open_tab()
    assert tab.view.verdict_bar.text == "Draw a digit 0 to 9"
    assert digits(tab) == [None, None, None]
    assert tab.window().focusWidget() is tab.view.canvas


def test_what_is_drawn_is_answered_on_three_cards_with_their_runs(open_tab, qtbot):
    tab = open_tab()
    stroke(qtbot, tab)
    qtbot.waitUntil(lambda: digits(tab) == [7, 7, 7])
    assert tab.view.verdict_bar.text == "7 · all three agree · 98\u00a0%"
    for model, card in tab.view.cards.items():
        assert f"model-{model}-fake" in card.run_button.toolTip()
    assert tab.view.frame_view.frame is not None


def test_answers_follow_the_pen_while_it_is_down(open_tab, qtbot):
    tab = open_tab()
    frames: list[object] = []
    tab.frame_changed.connect(frames.append)
    stroke(qtbot, tab, release=False)
    qtbot.waitUntil(lambda: digits(tab) == [7, 7, 7])
    assert tab.view.canvas.is_drawing
    assert frames[-1].shape == (28, 28)
    stroke(qtbot, tab, points=SEVEN[-1:])


def test_a_move_of_the_pen_and_its_answer_repaint_the_end_of_the_stroke_only(open_tab, qtbot):
    tab = open_tab()
    canvas = tab.view.canvas
    stroke(qtbot, tab, release=False)
    qtbot.waitUntil(lambda: digits(tab) == [7, 7, 7])
    frames: list[object] = []
    tab.frame_changed.connect(frames.append)
    canvas.installEventFilter(painted := PaintedArea())
    qtbot.mouseMove(canvas, QPoint(round(0.4 * canvas.width()), round(0.82 * canvas.height())))
    qtbot.waitUntil(lambda: len(frames) > 0)
    QApplication.processEvents()
    assert 0 < painted.largest < canvas.width() * canvas.height() / 4
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton)


class OneByOne(FakePredictor):
    """Reports the run that it is asked first, and holds the others until they may answer."""

    def __init__(self) -> None:
        super().__init__((7, 7, 7))
        self.may = threading.Event()

    def predict(self, frames, first=0, report=lambda predictions: None):
        (result,) = super().predict(frames)
        report([result.predictions[max(first, 1) - 1]])
        assert self.may.wait(5)
        return [result]


def test_the_card_under_the_pointer_has_its_answer_before_large_models_have_theirs(open_tab, qtbot, monkeypatch):
    monkeypatch.setattr(prediction_thread, "EARLY_SECONDS", 0)
    predictor = OneByOne()
    predictor.may.set()
    tab = open_tab(predictor)
    stroke(qtbot, tab)
    stroke(qtbot, tab, points=SEVEN[2:])
    qtbot.waitUntil(lambda: digits(tab) == [7, 7, 7])
    predictor.digits = (4, 4, 4)
    predictor.may.clear()
    QTest.mouseMove(tab.view.cards[2].bars)
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    try:
        qtbot.waitUntil(lambda: digits(tab) == [7, 4, 7])
        assert "7" in tab.view.verdict_bar.text, "what they say together waits for all"
    finally:
        predictor.may.set()
    qtbot.waitUntil(lambda: digits(tab) == [4, 4, 4] and "4" in tab.view.verdict_bar.text)


def test_a_dot_says_keep_drawing_and_gets_no_answer(open_tab, qtbot):
    tab = open_tab()
    stroke(qtbot, tab, points=SEVEN[:1])
    qtbot.waitUntil(lambda: tab.view.verdict_bar.text == "Keep drawing")
    qtbot.wait(SETTLING_MS + 100)
    assert tab.view.verdict_bar.text == "Keep drawing"
    assert digits(tab) == [None, None, None]


def test_uncertain_is_said_only_a_while_after_the_pen_went_up(open_tab, qtbot):
    tab = open_tab(FakePredictor((4, 9, 2), 0.4))
    stroke(qtbot, tab, release=False)
    qtbot.waitUntil(lambda: digits(tab) == [4, 9, 2])
    qtbot.wait(SETTLING_MS + 100)
    assert tab.view.verdict_bar.text == "Keep drawing"
    assert not tab.view.cards[1].bars.muted
    qtbot.mouseRelease(tab.view.canvas, Qt.MouseButton.LeftButton)
    assert tab.view.verdict_bar.text == "Keep drawing"
    qtbot.waitUntil(lambda: tab.view.verdict_bar.text.startswith("Uncertain: perhaps"))
    assert all(card.bars.muted for card in tab.view.cards.values())
    assert digits(tab) == [4, 9, 2]


def test_a_drawing_is_announced_once_when_the_pen_rests(open_tab, qtbot, monkeypatch):
    tab = open_tab()
    messages: list[str] = []
    monkeypatch.setattr(tab.view.verdict_bar, "announce", lambda: messages.append(tab.view.verdict_bar.text))
    stroke(qtbot, tab)
    qtbot.waitUntil(lambda: digits(tab) == [7, 7, 7])
    qtbot.wait(SETTLING_MS + 200)
    assert messages == ["7 · all three agree · 98\u00a0%"]


def test_clear_invites_at_once_and_a_late_answer_does_not_come_back(open_tab, qtbot):
    predictor = HeldPredictor()
    tab = open_tab(predictor)
    stroke(qtbot, tab)
    assert predictor.began.wait(5)
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_Delete)
    assert tab.content.is_blank
    assert tab.view.verdict_bar.text == "Draw a digit 0 to 9"
    predictor.may.set()
    qtbot.wait(150)
    assert digits(tab) == [None, None, None]
    assert tab.view.verdict_bar.text == "Draw a digit 0 to 9"
    assert tab.view.frame_view.frame is None


def test_undo_and_redo_by_keys_bring_digit_and_answer_back(open_tab, qtbot):
    tab = open_tab()
    assert not tab.view.draw_actions.undo.isEnabled()
    stroke(qtbot, tab)
    drawn = tab.content
    ctrl, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_Z, ctrl)
    assert tab.content.is_blank
    assert digits(tab) == [None, None, None]
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_Z, ctrl | shift)
    assert tab.content is drawn
    qtbot.waitUntil(lambda: digits(tab) == [7, 7, 7])
    assert tab.view.draw_actions.undo.isEnabled()


def test_pen_and_eraser_are_a_pair_with_letters_of_their_own(open_tab, qtbot):
    tab = open_tab()
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_E)
    assert tab.view.canvas.tool == "pen"  # there is nothing to erase
    assert not tab.view.draw_actions.eraser.isEnabled()
    stroke(qtbot, tab)
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_E)
    assert tab.view.canvas.tool == "eraser"
    assert tab.view.draw_actions.eraser.isChecked()
    assert not tab.view.draw_actions.pen.isChecked()
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_P)
    assert tab.view.canvas.tool == "pen"
    assert "(P)" in tab.view.draw_actions.pen.toolTip()


def test_when_all_is_rubbed_out_or_cleared_the_pen_is_in_hand(open_tab, qtbot):
    tab = open_tab()
    pen, eraser = tab.view.draw_actions.pen, tab.view.draw_actions.eraser
    line = [(0.2 + 0.01 * index, 0.5) for index in range(60)]
    for get_rid_of_it in (lambda: stroke(qtbot, tab, line), lambda: qtbot.keyClick(tab, Qt.Key.Key_Delete)):
        stroke(qtbot, tab, line)
        qtbot.keyClick(tab.view.canvas, Qt.Key.Key_E)
        assert eraser.isChecked()
        get_rid_of_it()
        assert tab.content.is_blank
        assert pen.isChecked() and not eraser.isChecked()
        assert not eraser.isEnabled()


def test_after_clear_the_canvas_can_be_drawn_on_whatever_was_in_hand(open_tab, qtbot):
    tab = open_tab()
    stroke(qtbot, tab)
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_E)
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_Delete)
    assert tab.view.draw_actions.pen.isChecked()
    stroke(qtbot, tab)
    assert not tab.content.is_blank


# -- loading


def test_what_is_wrong_with_a_run_is_said_and_the_rest_answers(open_tab, qtbot):
    predictor = FakePredictor((7, 7, 7))
    predictor.problems = ("Run mine: model.onnx is cut short (1 of 2 bytes).",)
    tab = open_tab(predictor)
    assert "cut short" in tab.view.verdict_bar.note
    stroke(qtbot, tab)
    qtbot.waitUntil(lambda: digits(tab) == [7, 7, 7])


def test_no_model_at_all_is_a_sentence(open_tab, qtbot):
    def load():
        raise RuntimeError("Model 1 has no run that can answer; train one in the Train tab.")

    tab = open_tab(load=load)
    assert "train one in the Train tab" in tab.view.verdict_bar.text
    stroke(qtbot, tab)
    assert "train one in the Train tab" in tab.view.verdict_bar.text
    assert tab.view.cards[1].status == "No run: train one"


def test_a_drawing_restored_before_the_models_are_there_is_answered_when_they_are(qtbot, store, tiny_dataset):
    worker = PredictionThread(lambda: FakePredictor((3, 3, 3)))
    tab = make_draw_tab(worker, store, tiny_dataset)
    qtbot.addWidget(tab)
    tab.restore(STROKE)
    assert tab.view.verdict_bar.text == "Loading the models…"
    worker.start()
    try:
        qtbot.waitUntil(lambda: digits(tab) == [3, 3, 3])
        assert tab.content == STROKE
    finally:
        worker.shut_down()


# -- runs


def offered(menu):
    """Return the entries of a card's menu for the runs of its model."""
    return [action for action in menu.actions() if action.isCheckable()]


def test_the_run_menu_lists_what_can_answer_and_switches(open_tab, qtbot, store, runs):
    shipped, quick, fast, _new, _other = runs
    tab = open_tab()
    assert shipped in tab.view.cards[1].run_button.toolTip()
    menu = run_menu(qtbot, tab, 1)
    entries = {action.text(): action for action in offered(menu)}
    names = [next(name for name in (shipped, quick, fast) if name in text) for text in entries]
    assert names[0] == shipped
    assert sorted(names[1:]) == sorted([quick, fast])
    assert [action.isChecked() for action in entries.values()] == [True, False, False]
    assert re.fullmatch(rf"Trained 3 rounds on .* digits · {shipped}, came with the program", next(iter(entries)))
    chosen = menu.actions()[names.index(quick)]
    with qtbot.waitSignals([tab.runs_changed, tab._prediction_thread.loaded]):
        qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(chosen).center())
    assert answering_run(store, 1).name == quick
    assert quick in tab.view.cards[1].run_button.toolTip()

    menu = run_menu(qtbot, tab, 1)
    assert [action.text().split(" · ")[0] for action in menu.actions() if action.isChecked()] == [quick]
    back = next(action for action in menu.actions() if action.text() == BACK)
    with qtbot.waitSignals([tab.runs_changed, tab._prediction_thread.loaded]):
        qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(back).center())
    assert answering_run(store, 1).name == shipped


def test_the_run_menu_titles_a_taught_run_by_its_time(open_tab, qtbot, make_run):
    taught = make_run(1, recipe="teach")
    tab = open_tab()
    menu = run_menu(qtbot, tab, 1)
    assert taught.name.startswith("model-1-teach-")
    assert [action.text()[:13] for action in offered(menu)] == ["taught today,"]
    qtbot.keyClick(menu, Qt.Key.Key_Escape)


def test_a_model_without_a_run_says_what_to_do(open_tab, qtbot, runs):
    tab = open_tab()
    assert tab.view.cards[3].status == "No run: train one"
    menu = run_menu(qtbot, tab, 3)
    assert "train one in the Train tab" in menu.actions()[0].text()
    qtbot.keyClick(menu, Qt.Key.Key_Escape)


def test_a_run_that_cannot_be_used_is_a_sentence(open_tab, store, runs):
    tab = open_tab()
    tab.use_run(runs[3])
    assert "has no exported model yet" in tab.view.verdict_bar.note
    assert answering_run(store, 1).name == runs[0]


# -- looks


@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.slow
def test_everything_fits_into_the_smallest_window(open_tab, qtbot, scale):
    tab = open_tab()
    theme.apply(QApplication.instance(), "light", scale)
    tab.resize(1024, 610)
    qtbot.wait(50)
    least = tab.minimumSizeHint()
    assert (least.width() <= 1024, least.height() <= 610) == (True, True)
    theme.apply(QApplication.instance(), "light")


def test_everything_that_can_be_pressed_is_named_and_large_enough(open_tab):
    tab = open_tab()
    for button in tab.findChildren(QAbstractButton):
        assert button.accessibleName(), button.text()
        assert button.height() >= 32, button.text()


@pytest.mark.parametrize("size", [(1024, 640), (1600, 950)])
@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.slow
def test_cards_and_canvas_stay_in_line_whatever_happens_while_hidden(qtbot, store, tiny_dataset, size, first):
    app = QApplication.instance()
    theme.apply(app, "light")
    tab = make_draw_tab(PredictionThread(lambda: FakePredictor((7, 7, 7))), store, tiny_dataset)
    tabs = QTabWidget()
    tabs.addTab(tab, "Draw")
    tabs.addTab(QWidget(), "Other")
    qtbot.addWidget(tabs)
    tabs.resize(*size)
    tabs.setCurrentIndex(first)
    tabs.show()
    tabs.setCurrentIndex(0)
    qtbot.wait(20)
    assert_is_laid_out(tab)
    tabs.setCurrentIndex(1)
    theme.apply(app, "dark", 1.5)
    qtbot.wait(20)
    tabs.setCurrentIndex(0)
    qtbot.wait(20)
    assert_is_laid_out(tab)
    theme.apply(app, "light")  # in view
    qtbot.wait(20)
    assert_is_laid_out(tab)


def assert_is_laid_out(tab: DrawTab) -> None:
    """The canvas is a square and begins where the cards do, and another resize would change nothing."""
    place = tab.view.canvas.mapTo(tab, QPoint(0, 0))
    assert tab.view.canvas.width() == tab.view.canvas.height()
    assert {card.mapTo(tab, QPoint(0, 0)).y() for card in tab.view.cards.values()} == {place.y()}
    before = tab.view.canvas.geometry()
    tab.resize(tab.width() + 1, tab.height())
    tab.resize(tab.width() - 1, tab.height())
    QApplication.processEvents()
    assert tab.view.canvas.geometry() == before
    assert tab.view.canvas.mapTo(tab, QPoint(0, 0)) == place


def test_an_answer_leaves_every_card_as_wide_as_it_was(open_tab, qtbot):
    tab = open_tab()
    before = [card.geometry() for card in tab.view.cards.values()]
    stroke(qtbot, tab)
    qtbot.waitUntil(lambda: digits(tab) == [7, 7, 7])
    QApplication.processEvents()
    assert [card.geometry() for card in tab.view.cards.values()] == before


def test_a_digit_key_in_mid_stroke_is_answered_until_the_next_stroke(open_tab, qtbot):
    tab = open_tab()
    stroke(qtbot, tab, release=False)
    qtbot.keyClick(tab.view.canvas, "7")
    assert tab.view.verdict_bar.note.startswith("Lift the pen first")
    qtbot.mouseMove(tab.view.canvas, QPoint(30, 40))
    qtbot.wait(50)  # the canvas tells of its content a moment later
    assert tab.view.verdict_bar.note.startswith("Lift the pen first")
    qtbot.mouseRelease(tab.view.canvas, Qt.MouseButton.LeftButton)
    stroke(qtbot, tab)
    assert tab.view.verdict_bar.note == ""
    assert tab._my_digits._digits.digits == ()


def test_undo_gives_up_the_first_stroke(open_tab, qtbot):
    tab = open_tab()
    stroke(qtbot, tab, release=False)
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not tab.view.canvas.is_drawing
    assert tab.content.is_blank
    assert not tab.view.draw_actions.undo.isEnabled()
    qtbot.mouseRelease(tab.view.canvas, Qt.MouseButton.LeftButton)
