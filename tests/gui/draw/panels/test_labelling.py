"""Digits that are labelled in the Draw tab, and the panel My digits, with its threads on fakes."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QListWidget, QPushButton, QToolButton, QWidget

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.user_digit import is_same_ink
from mnist_gui.gui.draw.panels.my_digits_panel import MyDigitsPanel
from tests.gui.draw.panels.panels_tab import FOUR_TWO, SEVEN, press, show_content


@pytest.mark.parametrize("name", ["change_digit", "smallest_change", "stress_slider", "stress_noise", "digit_filter"])
def test_letters_and_digits_act_on_the_drawing_wherever_the_user_has_clicked(open_tab, qtbot, my_digits, name):
    my_digits.add(FOUR_TWO.with_label(2))
    tab = open_tab()
    show_content(qtbot, tab)
    for panel in ("why", "stress", "my_digits"):
        tab.view.panel_dock.open(panel)
        widget = tab.view.panel_dock.findChild(QWidget, name)
        if panel == "why":
            qtbot.mouseClick(tab.view.panel_dock.findChild(QPushButton, "smallest_change"), Qt.MouseButton.LeftButton)
        if widget is not None:
            break
    tab.view.canvas.setFocus()
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)
    if isinstance(widget, QComboBox):
        qtbot.keyClick(widget.view(), Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: QApplication.activePopupWidget() is None)
    qtbot.keyClick(tab.focusWidget(), Qt.Key.Key_4)
    assert [digit.label for digit in my_digits.digits] == [2, 4]
    qtbot.keyClick(tab.focusWidget(), Qt.Key.Key_F)
    assert tab.view.panel_dock.opened == "framing"


def test_digits_belong_to_a_box_that_is_reached_by_tab_and_to_thumbnails_that_are_selected(open_tab, qtbot, my_digits):
    my_digits.add(FOUR_TWO.with_label(2))
    tab = open_tab()
    show_content(qtbot, tab)
    press(qtbot, tab, Qt.Key.Key_M)
    panel = tab.view.panel_dock.findChild(MyDigitsPanel)
    box, thumbnails = panel.findChild(QComboBox, "digit_filter"), panel.findChild(QListWidget)
    box.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(box, Qt.Key.Key_2)
    assert box.currentText() == "2 · 1"
    thumbnails.setFocus()
    thumbnails.item(0).setSelected(True)
    qtbot.keyClick(thumbnails, Qt.Key.Key_9)
    assert [digit.label for digit in my_digits.digits] == [9]


def test_a_digit_key_keeps_the_drawing_and_undo_takes_it_back(open_tab, qtbot, my_digits):
    tab = open_tab()
    show_content(qtbot, tab)
    press(qtbot, tab, Qt.Key.Key_1)
    (kept,) = my_digits.digits
    assert (kept.label, len(kept.content.strokes)) == (1, 1)
    assert tab.view.verdict_bar.note == "Saved as 1 in My digits"
    button = tab.findChild(QToolButton, "note_action_0")
    assert (button.text(), button.isVisible()) == ("Undo", True)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert my_digits.digits == ()
    assert tab.view.verdict_bar.note == "Undone"
    assert tab.view.verdict_bar.actions_shown == ()


def test_undo_belongs_to_the_message_about_the_label_only(open_tab, qtbot, my_digits, tmp_path):
    tab = open_tab()
    show_content(qtbot, tab)
    bar = tab.view.verdict_bar
    press(qtbot, tab, Qt.Key.Key_1)
    assert bar.actions_shown == ("Undo",)
    tab.open_file(tmp_path / "missing.png")
    qtbot.waitUntil(lambda: "does not exist" in bar.note)
    assert bar.actions_shown == ()
    tab.view.canvas.clear()
    press(qtbot, tab, Qt.Key.Key_3)
    assert "Draw a digit first" in bar.note
    assert bar.actions_shown == ()
    assert len(my_digits.digits) == 1


def test_the_undo_key_straight_after_labelling_undoes_the_label(open_tab, qtbot, my_digits):
    tab = open_tab()
    tab.restore(SEVEN)  # nothing on the canvas can be undone
    canvas, undo = tab.view.canvas, (Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: tab.frame is not None)
    assert not tab.view.draw_actions.undo.isEnabled()
    press(qtbot, tab, Qt.Key.Key_1)
    qtbot.keyClick(canvas, *undo)
    assert my_digits.digits == ()
    assert tab.content == SEVEN
    assert not tab.view.draw_actions.undo.isEnabled()
    press(qtbot, tab, Qt.Key.Key_1)
    canvas.clear()
    qtbot.keyClick(canvas, *undo)
    assert tab.content == SEVEN, "the last event was on the canvas"
    assert len(my_digits.digits) == 1


@pytest.mark.parametrize("key", [Qt.Key.Key_4, Qt.Key.Key_S, Qt.Key.Key_C])
def test_half_a_stroke_is_neither_labelled_nor_saved_nor_copied(open_tab, qtbot, my_digits, key):
    tab = open_tab()
    show_content(qtbot, tab)
    canvas, left = tab.view.canvas, Qt.MouseButton.LeftButton
    qtbot.mousePress(canvas, left, pos=QPoint(40, 40))
    qtbot.mouseMove(canvas, QPoint(60, 90))
    modifier = Qt.KeyboardModifier.NoModifier if key == Qt.Key.Key_4 else Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(canvas, key, modifier)
    assert my_digits.digits == ()
    assert tab.view.verdict_bar.note.startswith("Lift the pen first")
    qtbot.mouseRelease(canvas, left, pos=QPoint(60, 120))
    press(qtbot, tab, Qt.Key.Key_4)
    (kept,) = my_digits.digits
    assert is_same_ink(kept.content, tab.content)


def test_one_drawing_is_kept_once_and_another_label_relabels_it(open_tab, qtbot, my_digits):
    tab = open_tab()
    small = Drawing(tuple(stroke / 4 for stroke in SEVEN.strokes))
    tab.restore(small)
    qtbot.waitUntil(lambda: tab.frame is not None)
    press(qtbot, tab, Qt.Key.Key_1)
    press(qtbot, tab, Qt.Key.Key_1)
    assert [digit.label for digit in my_digits.digits] == [1]
    assert tab.view.verdict_bar.note == "Already in My digits as 1"
    assert tab.view.verdict_bar.actions_shown == ()
    press(qtbot, tab, Qt.Key.Key_4)
    assert [digit.label for digit in my_digits.digits] == [4]
    qtbot.mouseClick(tab.findChild(QToolButton, "note_action_0"), Qt.MouseButton.LeftButton)
    assert [digit.label for digit in my_digits.digits] == [1]
    tab.view.panel_dock.open("my_digits")
    tab.view.panel_dock.findChild(MyDigitsPanel).digit_opened.emit(my_digits.digits[0].id)  # which enlarges it
    press(qtbot, tab, Qt.Key.Key_9)
    assert [digit.label for digit in my_digits.digits] == [9]
    tab.show_content(FOUR_TWO)
    press(qtbot, tab, Qt.Key.Key_9)
    assert len(my_digits.digits) == 2


def test_a_tick_keeps_what_the_models_said(open_tab, qtbot, my_digits):
    tab = open_tab()
    show_content(qtbot, tab)
    tab.view.label_row.findChild(QToolButton).click()
    assert [digit.label for digit in my_digits.digits] == [7]


def test_a_blank_canvas_is_not_kept(open_tab, qtbot, my_digits):
    tab = open_tab()
    press(qtbot, tab, Qt.Key.Key_3)
    assert "Draw a digit first" in tab.view.verdict_bar.note
    assert my_digits.digits == ()


def test_the_drawer_shows_what_is_kept_and_puts_it_back_on_the_canvas(open_tab, qtbot, my_digits):
    for label in (3, 5):
        my_digits.add(SEVEN.with_label(label))
    tab = open_tab()
    press(qtbot, tab, Qt.Key.Key_M)
    assert tab.view.panel_dock.opened == "my_digits"
    panel = tab.view.panel_dock.findChild(MyDigitsPanel)
    panel.digit_opened.emit(my_digits.digits[1].id)
    assert tab.content.label == 5
    panel.delete_requested.emit((my_digits.digits[0].id,))
    assert [digit.label for digit in my_digits.digits] == [5]
    panel.undo_requested.emit()
    assert [digit.label for digit in my_digits.digits] == [3, 5]


def test_the_question_whom_to_teach_follows_the_digits(open_tab, qtbot, my_digits):
    my_digits.add(SEVEN.with_label(3))
    tab = open_tab()
    press(qtbot, tab, Qt.Key.Key_M)
    panel = tab.view.panel_dock.findChild(MyDigitsPanel)
    qtbot.mouseClick(panel.findChild(QPushButton, "teach"), Qt.MouseButton.LeftButton)
    question = panel.findChild(QLabel, "teach_what")
    assert "1 digit will be taught" in question.text()
    show_content(qtbot, tab, FOUR_TWO)
    press(qtbot, tab, Qt.Key.Key_4)
    assert "2 digits will be taught" in question.text()
    press(qtbot, tab, Qt.Key.Key_M)
    my_digits.add(FOUR_TWO.with_label(2))
    press(qtbot, tab, Qt.Key.Key_M)
    assert question.isVisible() and "3 digits will be taught" in question.text()
    my_digits.delete([digit.id for digit in my_digits.digits])
    press(qtbot, tab, Qt.Key.Key_M)
    press(qtbot, tab, Qt.Key.Key_M)
    assert not question.isVisible(), "there is nothing left to teach"


def test_a_folder_that_cannot_be_written_is_said(open_tab, qtbot, my_digits, monkeypatch):
    def full(*_arguments) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mnist_gui.digits.user_digit_store._append", full)
    tab = open_tab()
    show_content(qtbot, tab)
    press(qtbot, tab, Qt.Key.Key_7)
    assert "my-digits.jsonl" in tab.view.verdict_bar.note
    assert "No space left" in tab.view.verdict_bar.note
    assert tab.view.verdict_bar.actions_shown == ()


def test_guided_writing_asks_about_what_the_models_read_as_another_digit(open_tab, qtbot, my_digits):
    tab = open_tab()  # which reads every digit as 7
    tab._writing_session.start()
    canvas, left = tab.view.canvas, Qt.MouseButton.LeftButton
    qtbot.mousePress(canvas, left, pos=QPoint(40, 40))
    qtbot.mouseMove(canvas, QPoint(60, 190))
    qtbot.mouseRelease(canvas, left, pos=QPoint(160, 190))
    qtbot.waitUntil(lambda: tab.view.verdict_bar.text.startswith("7 · all three"))
    qtbot.waitUntil(lambda: tab._clearly_read(tab.content) == 7)
    press(qtbot, tab, Qt.Key.Key_Space)
    assert tab.view.writing_prompt.accessibleName() == "Read as 7. Keep it as a 0?"
    assert my_digits.digits == ()
    press(qtbot, tab, Qt.Key.Key_Space)
    assert [digit.label for digit in my_digits.digits] == [0]
