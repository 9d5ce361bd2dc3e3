"""The list of the user's digits, used by mouse and keys."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QComboBox, QFrame, QLabel, QMenu, QPushButton, QScrollArea, QToolButton

from mnist_gui.gui import theme
from mnist_gui.gui.draw.panels.my_digits_panel import EMPTY, MyDigitsPanel
from mnist_gui.gui.draw.panels.thumbnail_list import ThumbnailList
from mnist_gui.gui.fine_tuning_service import FineTunableModel

LEFT = Qt.MouseButton.LeftButton
LABELS = [7, 1, 7, 3, 1, 7]


def digit(index: int, label: int) -> tuple[str, int, np.ndarray | None]:
    return f"id{index}", label, np.full((28, 28), label / 10, np.float32)


DIGITS = [digit(index, label) for index, label in enumerate(LABELS)]


@pytest.fixture
def panel(qtbot):
    panel = MyDigitsPanel(lambda models: f"{len(models)} minutes")
    qtbot.addWidget(panel)
    panel.resize(600, 120)
    panel.set_digits(DIGITS, held_out=1)
    panel.show()
    panel.activateWindow()
    list_of(panel).setFocus()
    return panel


def list_of(panel: MyDigitsPanel) -> ThumbnailList:
    return panel.findChild(ThumbnailList)


def tool(panel: MyDigitsPanel, name: str) -> QToolButton:
    return panel.findChild(QToolButton, name)


def click(qtbot, panel, row: int, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.mouseClick(list_of(panel).viewport(), LEFT, modifier, middle(panel, row))


def middle(panel: MyDigitsPanel, row: int) -> QPoint:
    thumbnails = list_of(panel)
    return thumbnails.visualRect(thumbnails.model().index(row, 0)).center()


def shown(panel: MyDigitsPanel) -> list[str]:
    model = list_of(panel).model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def status(panel: MyDigitsPanel) -> str:
    return panel.findChild(QLabel, "my_digits_words").text()


def test_it_says_how_many_there_are(panel):
    assert status(panel) == "6 digits, 1 kept for judging."
    panel.set_note("Saved as 7.")
    assert status(panel) == "Saved as 7."
    panel.set_note("")
    panel.set_digits(DIGITS[:1])
    assert status(panel) == "1 digit, none kept for judging."


def test_an_empty_list_says_how_it_is_filled(panel, qtbot):
    panel.set_digits(())
    empty = panel.findChild(QLabel, "shelf_empty")
    assert empty.isVisible()
    assert empty.text() == EMPTY
    assert not panel.findChild(QPushButton, "teach").isEnabled()
    assert not tool(panel, "delete_digits").isVisible()
    panel.set_undo("Undo: 6 deleted")
    with qtbot.waitSignal(panel.undo_requested):
        qtbot.mouseClick(tool(panel, "undo_digits"), LEFT)


def test_one_label_alone_can_be_shown(panel, qtbot):
    combo = panel.findChild(QComboBox)
    assert [combo.itemText(row) for row in range(5)] == ["All · 6", "0 · 0", "1 · 2", "2 · 0", "3 · 1"]
    combo.setFocus()
    qtbot.keyClick(combo, Qt.Key.Key_1)
    assert shown(panel) == ["1", "1"]
    panel.set_digits([*DIGITS, digit(6, 1)])
    assert shown(panel) == ["1", "1", "1"]
    qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert panel.findChild(QLabel, "shelf_empty").text() == "There is no 2 yet."


def test_selected_digits_are_relabelled_by_typing_or_by_a_menu(panel, qtbot):
    assert not tool(panel, "relabel").isEnabled()
    click(qtbot, panel, 1)
    click(qtbot, panel, 3, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(panel.relabel_requested) as caught:
        qtbot.keyClick(list_of(panel), Qt.Key.Key_9)
    assert caught.args == [("id1", "id3"), 9]
    qtbot.mouseClick(tool(panel, "relabel"), LEFT)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    with qtbot.waitSignal(panel.relabel_requested) as caught:
        menu.actions()[4].trigger()
    menu.close()
    assert caught.args == [("id1", "id3"), 4]


def test_delete_undo_and_open_by_keys(panel, qtbot):
    # The window has other uses for these keys.
    for key in (QKeySequence("Del"), QKeySequence(QKeySequence.StandardKey.Undo)):
        taken = QAction(panel)
        taken.setShortcut(key)
        taken.triggered.connect(lambda: pytest.fail("the key went elsewhere"))
        panel.addAction(taken)
    thumbnails = list_of(panel)
    qtbot.waitUntil(thumbnails.hasFocus)
    qtbot.keyClick(thumbnails, Qt.Key.Key_Home)
    qtbot.keyClick(thumbnails, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    with qtbot.waitSignal(panel.delete_requested) as caught:
        qtbot.keyClick(thumbnails, Qt.Key.Key_Delete)
    assert caught.args == [("id0", "id1")]
    with qtbot.waitSignal(panel.delete_requested):
        qtbot.keyClick(thumbnails, Qt.Key.Key_Delete, Qt.KeyboardModifier.KeypadModifier)
    with qtbot.assertNotEmitted(panel.undo_requested):
        qtbot.keySequence(thumbnails, QKeySequence.StandardKey.Undo)
    panel.set_undo("Undo: 2 deleted")
    assert tool(panel, "undo_digits").accessibleName() == "Undo: 2 deleted"
    with qtbot.waitSignal(panel.undo_requested):
        qtbot.keySequence(thumbnails, QKeySequence.StandardKey.Undo)
    with qtbot.waitSignal(panel.digit_opened) as caught:
        qtbot.keyClick(thumbnails, Qt.Key.Key_Return)
    assert caught.args == ["id1"]


def test_a_double_click_puts_it_on_the_canvas(panel, qtbot):
    click(qtbot, panel, 2)
    with qtbot.waitSignal(panel.digit_opened) as caught:
        qtbot.mouseDClick(list_of(panel).viewport(), LEFT, pos=middle(panel, 2))
    assert caught.args == ["id2"]


def test_a_right_click_offers_what_can_be_done(panel, qtbot):
    click(qtbot, panel, 2)
    list_of(panel).customContextMenuRequested.emit(middle(panel, 2))
    menu = QApplication.activePopupWidget()
    assert [action.text() for action in menu.actions()] == ["Put on the canvas", "It was…", "Delete"]
    with qtbot.waitSignal(panel.delete_requested) as caught:
        menu.actions()[2].trigger()
    menu.close()
    assert caught.args == [("id2",)]


def test_the_selection_stays_with_its_digits(panel, qtbot):
    click(qtbot, panel, 1)
    panel.set_digits([digit(9, 0), *DIGITS])
    assert list_of(panel).selected == ("id1",)
    panel.set_digits([digit(9, 0), DIGITS[0], *DIGITS[2:]])
    assert list_of(panel).selected == ("id2",), "what took its place, so that Del can be pressed again"


def test_teaching_is_asked_for(panel, qtbot):
    for name, signal in (("teach", panel.model_choice_requested), ("teach_my_hand", panel.writing_session_requested)):
        with qtbot.waitSignal(signal):
            qtbot.mouseClick(panel.findChild(QPushButton, name), LEFT)


def test_fine_tuning_takes_the_lists_place_until_it_is_dismissed(panel, qtbot):
    panel.show_model_choice(
        "4 digits will be taught.",
        [FineTunableModel(1, "Model 1", "one"), FineTunableModel(2, "Model 2", "two", "Two has no weights.")],
    )
    assert not list_of(panel).isVisible()
    with qtbot.waitSignal(panel.choice.models_chosen) as caught:
        qtbot.mouseClick(panel.findChild(QPushButton, "teach_models"), LEFT)
    assert caught.args == [(1,)]
    panel.set_digits(DIGITS)  # as when a digit is kept meanwhile
    assert not list_of(panel).isVisible()
    qtbot.mouseClick(panel.findChild(QPushButton, "cancel_teaching"), LEFT)
    assert list_of(panel).isVisible()
    panel.show_outcomes()
    assert panel.shows_outcomes and not list_of(panel).isVisible()
    qtbot.mouseClick(panel.findChild(QPushButton, "close_lesson"), LEFT)
    assert list_of(panel).isVisible() and not panel.shows_outcomes
    assert not panel.findChild(QPushButton, "show_lesson").isVisible()
    panel.offer_outcomes("What changed")
    qtbot.mouseClick(panel.findChild(QPushButton, "show_lesson"), LEFT)
    assert panel.shows_outcomes and not list_of(panel).isVisible()


def test_frames_may_come_later(panel, qtbot):
    panel.set_digits([("a", 3, None), ("b", 4, None)])
    thumbnails = list_of(panel)
    place = middle(panel, 0)
    assert thumbnails.viewport().grab().toImage().pixelColor(place).lightness() == 0
    panel.set_frames({"a": np.ones((28, 28), np.float32), "elsewhere": np.ones((28, 28), np.float32)})
    assert thumbnails.viewport().grab().toImage().pixelColor(place).lightness() == 255
    panel.set_digits([("a", 3, np.ones((28, 28), np.float32))])
    assert thumbnails.viewport().grab().toImage().pixelColor(place).lightness() == 255


@pytest.mark.parametrize(("height", "rows"), [(120, 1), (190, 2), (400, 4)])
def test_whole_rows_fill_the_height(panel, qtbot, height, rows):
    panel.set_digits([digit(index, index % 10) for index in range(300)])
    panel.resize(600, height)
    thumbnails = list_of(panel)
    qtbot.waitUntil(lambda: thumbnails.height() > height - 60)
    view = thumbnails.viewport().rect()
    tops = [thumbnails.visualRect(thumbnails.model().index(row, 0)) for row in range(300)]
    first, last = tops[0], tops[-1]
    assert (first.left(), first.top()) == (0, 0)
    whole = {rect.top() for rect in tops if rect.top() >= 0 and rect.bottom() <= view.bottom() + 1}
    assert len(whole) >= rows
    assert (last.left() > view.right()) == (rows == 1), "one row scrolls sideways, several scroll down"


@pytest.fixture
def scroll_area(qtbot):
    """The panel in a scroll area as small as in the smallest window."""
    area = QScrollArea(widgetResizable=True, frameShape=QFrame.Shape.NoFrame)
    qtbot.addWidget(area)
    area.setWidget(MyDigitsPanel(lambda models: f"{len(models)} minutes"))
    area.resize(600, 120)
    yield area
    theme.apply(QApplication.instance(), "light")


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_it_fits_the_smallest_scroll_area(scroll_area, qtbot, qapp, scale):
    theme.apply(qapp, "light", scale)
    panel = scroll_area.widget()
    panel.set_digits(DIGITS)
    panel.set_undo("Undo: 3 deleted")
    scroll_area.show()
    qtbot.waitUntil(lambda: scroll_area.horizontalScrollBar().maximum() == 0)
    if scale == 1.0:
        assert scroll_area.verticalScrollBar().maximum() == 0
    buttons = [*panel.findChildren(QToolButton), *panel.findChildren(QPushButton)]
    seen = [button for button in buttons if button.isVisible()]
    qtbot.waitUntil(lambda: all(button.width() >= button.minimumSizeHint().width() for button in seen))
