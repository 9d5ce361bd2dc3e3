from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolButton, QVBoxLayout, QWidget

from mnist_gui.gui import theme
from mnist_gui.gui.answerers import NO_RUNS
from mnist_gui.gui.draw.draw_layout import DrawLayout
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT

pytestmark = pytest.mark.slow

# What a window of 1024x610 (the least), 1024x700, 1280x710 and 1920x1080 leaves to the tab.
SIZES = [(1024, 543), (1024, 633), (1280, 643), (1920, 1013)]


@pytest.fixture
def open_view(qtbot):
    """A function that shows the view in a window of some size and text size."""

    windows: list[QWidget] = []  # kept: their widgets live only as long as they do

    def open_it(size=(1024, 633), scale=1.0) -> DrawLayout:
        theme.apply(QApplication.instance(), "light", scale)
        window = QWidget()
        windows.append(window)
        qtbot.addWidget(window)
        view = DrawLayout()
        for name in view.draw_actions.panels:
            view.add_panel(name, partial(QLabel, "much\n" * 40))
        layout = QVBoxLayout(window)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(view)
        window.resize(*size)
        window.show()
        qtbot.waitExposed(window)
        qtbot.wait(10)
        return view

    yield open_it
    theme.apply(QApplication.instance(), "light")


def places(view: DrawLayout) -> list[object]:
    return [view.canvas.geometry(), *(card.geometry() for card in view.cards.values()), view.panel_dock.geometry()]


@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.parametrize("size", SIZES)
def test_everything_fits_and_nothing_overlaps(open_view, size, scale):
    view = open_view(size, scale)
    assert (view.width(), view.height()) == size, "the window need not grow"
    assert view.canvas.width() == view.canvas.height()
    assert view.canvas.width() >= (340 if scale == 1 or size[1] > 600 else 280)
    assert view.canvas.mapTo(view, QPoint(0, 0)).y() == view._scroll_column.mapTo(view, QPoint(0, 0)).y()
    for card in view.cards.values():
        assert card.height() >= card.minimumSizeHint().height() - 2, "nothing in it is cut"
        assert card.geometry().bottom() < view.panel_dock.y()
    left = [view.toolbar, view.canvas, view.label_row]
    bottoms = [widget.mapTo(view, QPoint(0, widget.height())).y() for widget in left]
    tops = [widget.mapTo(view, QPoint(0, 0)).y() for widget in left]
    assert bottoms[0] <= tops[1]
    assert bottoms[1] <= tops[2]
    assert bottoms[2] <= size[1]
    assert view.frame_view.isVisible()


@pytest.mark.parametrize(("scale", "count"), [(1.5, 3), (1.0, 6)])
def test_cards_and_a_panel_are_seen_together_in_a_small_window(open_view, qtbot, scale, count):
    view = open_view((1024, 633), scale)
    view.set_answerers([replace(NO_RUNS[0], place=place) for place in range(1, count + 1)])
    view.panel_dock.open("why")
    qtbot.wait(10)
    qtbot.waitUntil(lambda: view._scroll_column.verticalScrollBar().maximum() == 0)


def test_six_cards_have_long_bars_in_two_rows_rather_than_short_ones_in_one(open_view, qtbot):
    view = open_view((1440, 833))
    view.set_answerers([replace(NO_RUNS[0], place=place, title="Model 1 notebook") for place in range(1, 7)])
    qtbot.wait(10)
    cards = list(view.cards.values())
    assert len({card.y() for card in cards}) == 2
    assert all(card._heading.text() == "Model 1 notebook" for card in cards)
    view.window().resize(2560, 1377)
    qtbot.wait(10)
    assert len({card.y() for card in cards}) == 1


def test_six_cards_with_large_text_have_the_button_of_the_run_beside_their_titles(open_view, qtbot):
    view = open_view((1240, 633), 1.3)
    view.set_answerers([replace(NO_RUNS[0], place=place, title="Model 1 notebook") for place in range(1, 7)])
    card = view.cards[5]
    card.set_run("model-1-best", "Trained 8 rounds on 55,000 digits")
    qtbot.wait(10)
    assert card.run_button.geometry().bottom() < card.bars.y()
    assert card.run_button.width() >= TARGET_HEIGHT and card.run_button.height() >= TARGET_HEIGHT
    assert card._heading.text().endswith("1 notebook"), "no figure and no word is cut"
    with qtbot.waitSignal(view.card_grid.run_menu_requested) as requested:
        qtbot.mouseClick(card.run_button, Qt.MouseButton.LeftButton)
    assert requested.args == [5]
    view.window().resize(1440, 833)
    qtbot.wait(10)
    assert card.run_button.y() > card.bars.geometry().bottom()
    assert "8 rounds" in card.run_button.text()


@pytest.mark.parametrize("size", SIZES)
def test_drawers_move_nothing_and_have_their_letters(open_view, qtbot, size):
    view = open_view(size)
    before = places(view)
    view.canvas.setFocus()
    for key, name in (("W", "why"), ("F", "framing"), ("S", "stress"), ("M", "my_digits")):
        qtbot.keyClick(view.canvas, key)
        assert view.panel_dock.opened == name
        QApplication.processEvents()
        assert places(view) == before
        assert view.canvas.hasFocus()
    qtbot.keyClick(view.canvas, "M")
    assert view.panel_dock.opened == ""
    assert places(view) == before


def test_digits_say_what_it_was_while_the_row_can_be_used(open_view, qtbot):
    view = open_view()
    messages: list[int] = []
    view.label_row.labelled.connect(messages.append)
    view.canvas.setFocus()
    for digit in range(10):
        qtbot.keyClick(view.canvas, str(digit))
    assert messages == list(range(10))
    qtbot.keyClick(view.canvas, Qt.Key.Key_7, Qt.KeyboardModifier.KeypadModifier)
    assert messages[10:] == [7]
    view.label_row.setEnabled(False)
    qtbot.keyClick(view.canvas, "3")
    assert messages[11:] == []


def test_letters_mean_the_same_beside_the_canvas(open_view, qtbot):
    view = open_view()
    view.cards[1].run_button.setFocus()
    qtbot.keyClick(view.cards[1].run_button, "F")
    assert view.panel_dock.opened == "framing"


def test_a_drawer_below_the_edge_is_scrolled_into_view(open_view, qtbot):
    view = open_view((1024, 543), 1.5)
    view.canvas.setFocus()
    qtbot.keyClick(view.canvas, "F")
    top = view.panel_dock.mapTo(view, QPoint(0, 0)).y()
    assert top + view.panel_dock.height() <= view.height()


def test_a_smaller_window_can_be_had_from_a_larger_one(open_view, qtbot):
    view = open_view((1280, 900))
    view.window().resize(1024, 543)
    qtbot.wait(10)
    assert (view.width(), view.height()) == (1024, 543)
    assert view.canvas.width() == view.canvas.height()


def test_copying_has_its_keys(open_view, qtbot):
    view = open_view()
    done: list[str] = []
    view.draw_actions.copy.triggered.connect(lambda: done.append("drawing"))
    view.draw_actions.copy_prediction.triggered.connect(lambda: done.append("answer"))
    view.canvas.setFocus()
    qtbot.keyClick(view.canvas, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(view.canvas, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert done == ["drawing", "answer"]
    view.cards[1].run_button.setFocus()
    qtbot.keyClick(view.cards[1].run_button, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert done == ["drawing", "answer", "drawing"]


def shows(widget: QWidget, words: str) -> bool:
    return any(words in label.text() for label in widget.findChildren(QLabel) if label.isVisible())


@pytest.mark.parametrize("size", SIZES)
def test_presented_it_shows_four_things_and_afterwards_is_as_it_was(open_view, qtbot, size):
    view = open_view(size)
    view.panel_dock.open("why")
    QApplication.processEvents()
    before = places(view)
    view.set_presenting(True)
    qtbot.wait(10)
    for part in (view.canvas, view.frame_view, view.verdict_bar, *view.cards.values()):
        assert part.isVisible()
    for part in (view.panel_dock, view.label_row, view.toolbar):
        assert not part.isVisible()
    assert view.canvas.width() == view.canvas.height() > before[0].width()
    assert not any(shows(card, "pixels at a time") for card in view.cards.values())
    view.set_presenting(False)
    qtbot.wait(10)
    assert places(view) == before
    assert view.panel_dock.opened == "why"
    assert view.panel_dock.isVisible()
    assert view.label_row.isVisible()


def test_presented_the_keys_of_what_is_hidden_do_nothing(open_view, qtbot):
    view = open_view()
    view.set_presenting(True)
    messages: list[int] = []
    view.label_row.labelled.connect(messages.append)
    qtbot.keyClick(view.canvas, "7")
    assert messages == []
    with qtbot.waitSignal(view.draw_actions.eraser.triggered):
        qtbot.keyClick(view.canvas, "E")


def test_presented_a_long_verdict_and_a_note_move_nothing(open_view, qtbot):
    view = open_view((1024, 700), 1.5)
    view.set_presenting(True)
    qtbot.wait(10)
    before = [part.geometry() for part in (view.canvas, view.verdict_bar, *view.cards.values())]
    view.verdict_bar.set_text("Rotation +12.5°: 9 · two of three say 4 · together >99.9 %")
    view.verdict_bar.set_note("A note")
    qtbot.wait(10)
    assert [part.geometry() for part in (view.canvas, view.verdict_bar, *view.cards.values())] == before
    assert not view._scroll_column.verticalScrollBar().isVisible()
    assert all(card.height() >= card.minimumSizeHint().height() for card in view.cards.values())


def test_the_canvas_takes_the_room_of_a_laptop(open_view):
    view = open_view((1364, 642))  # a window of 1364x705
    assert view.canvas.width() == view.canvas.height() >= 430
    question, frame = view.label_row, view.frame_view
    assert question.x() > frame.geometry().right() and question.y() < frame.geometry().bottom(), "beside the frame"
    assert view.toolbar.height() < 2 * TARGET_HEIGHT + 10, "in one row"


def test_the_frame_is_larger_on_a_large_screen_and_shrinks_again(open_view):
    view = open_view((2560, 1377))
    side = view.frame_view.height()
    view.window().resize(1024, 633)
    QApplication.processEvents()
    assert (view.width(), view.height()) == (1024, 633)
    assert side > 1.3 * view.frame_view.sizeHint().height()


@pytest.mark.parametrize("size", [(1366, 768), (2560, 1440)])
def test_a_key_shows_a_panel_while_presenting_and_hides_it_again(open_view, qtbot, size):
    view = open_view(size)
    view.set_presenting(True)
    qtbot.wait(10)
    alone = places(view)[:4]
    for name, key in (("why", Qt.Key.Key_W), ("stress", Qt.Key.Key_S)):
        qtbot.keyClick(view.canvas, key)
        qtbot.wait(10)
        assert view.panel_dock.isVisible() and view.panel_dock.opened == name
        assert not any(button.isVisible() for button in view.panel_dock.findChildren(QToolButton))
        assert view.canvas.geometry() == alone[0], "the canvas stays"
        tallest = max(card.geometry().bottom() for card in view.cards.values())
        dock = view.panel_dock.mapTo(view, QPoint(0, 0)).y()
        assert tallest < dock and dock + view.panel_dock.height() <= view.height()
    qtbot.keyClick(view.canvas, Qt.Key.Key_S)
    qtbot.wait(10)
    assert not view.panel_dock.isVisible() and places(view)[:4] == alone
    view.set_presenting(False)
    qtbot.wait(10)
    assert view.panel_dock.isVisible() and view.panel_dock.opened == "stress"
    assert any(button.isVisible() for button in view.panel_dock.findChildren(QToolButton))


@pytest.mark.parametrize("size", [(1024, 768), (1920, 1080)])
def test_presented_six_cards_keep_their_bars_above_a_panel_and_nothing_scrolls(open_view, qtbot, size):
    view = open_view(size)
    view.set_answerers([replace(NO_RUNS[0], place=place) for place in range(1, 7)])
    view.set_presenting(True)
    qtbot.wait(10)
    bars = view.cards[6].bars
    tall = bars.height()
    qtbot.keyClick(view.canvas, Qt.Key.Key_S)
    qtbot.wait(10)
    assert bars.height() <= tall
    assert all(bars.rect().contains(line.toAlignedRect()) and not line.isEmpty() for line in bars.lines())
    assert not view._scroll_column.verticalScrollBar().isVisible()
    qtbot.keyClick(view.canvas, Qt.Key.Key_S)
    qtbot.wait(10)
    assert bars.height() == tall
    view.set_presenting(False)


def test_a_presentation_begins_with_its_keys_and_the_hint_takes_no_stroke(open_view, qtbot):
    view = open_view()
    assert not view.presentation_hint.isVisible()
    view.set_presenting(True)
    hint = view.presentation_hint
    qtbot.waitUntil(lambda: hint.isVisible() and hint.graphicsEffect().opacity() == 1)
    assert view.canvas.rect().contains(hint.geometry())
    with qtbot.waitSignal(view.canvas.content_changed):
        window = view.window().windowHandle()
        place = hint.mapTo(view.window(), hint.rect().center())
        QTest.mousePress(window, Qt.MouseButton.LeftButton, pos=place)
        QTest.mouseMove(window, place + QPoint(40, -40))
        QTest.mouseRelease(window, Qt.MouseButton.LeftButton, pos=place + QPoint(40, -40))
    view.set_presenting(False)
    assert not hint.isVisible()


@pytest.mark.parametrize(("size", "scale"), [((1280, 737), 1.0), ((1364, 642), 1.5), ((1024, 633), 1.0)])
def test_no_button_above_the_canvas_is_cut(open_view, size, scale):
    view = open_view(size, scale)
    for button in view.toolbar.findChildren(QToolButton):
        assert button.width() >= button.sizeHint().width(), button.text()
        assert view.toolbar.rect().contains(button.geometry()), button.text()
