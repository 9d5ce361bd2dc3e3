"""The whole window, on fakes."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QMessageBox,
    QPushButton,
    QToolButton,
    QWidget,
)

from mnist_gui.app import _show_exception
from mnist_gui.gui.compare.compare_tab import MISTAKES, STUDIES
from mnist_gui.gui.main_window import COMPARE, DRAW, TRAIN
from mnist_gui.gui.settings import Settings
from mnist_gui.gui.theme import TEXT_SCALES
from mnist_gui.runs.store import RunStore
from tests.comparison_data import add_run, use_bar_models
from tests.gui.compare.helpers import click_cell
from tests.gui.main_window_actions import draw

pytestmark = pytest.mark.slow
NO_KEY = Qt.KeyboardModifier.NoModifier


def test_a_drawn_digit_is_answered_and_survives_a_restart(open_window, qtbot):
    window = open_window()
    draw(window, qtbot)
    qtbot.waitUntil(lambda: window.draw_tab.frame is not None)
    drawing = window.draw_tab.content
    window.tabs.setCurrentIndex(COMPARE)
    window.close()
    again = open_window()
    assert again.draw_tab.content == drawing
    assert again.tabs.currentIndex() == COMPARE


def test_tabs_have_keys(open_window, qtbot):
    window = open_window()
    for key, index in ((Qt.Key.Key_2, TRAIN), (Qt.Key.Key_3, COMPARE), (Qt.Key.Key_1, DRAW)):
        QTest.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
        assert window.tabs.currentIndex() == index


def menu(window, title):
    return next(action.menu() for action in window.menuBar().actions() if action.text() == title)


def choose(window, qtbot, title, text):
    """Click a menu of the menu bar, and one of its items."""
    bar, opened = window.menuBar(), menu(window, title)
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.actionGeometry(opened.menuAction()).center())
    qtbot.waitUntil(opened.isVisible)
    item = next(action for action in opened.actions() if action.text() == text)
    qtbot.mouseClick(opened, Qt.MouseButton.LeftButton, pos=opened.actionGeometry(item).center())


def items(opened):
    for action in opened.actions():
        if action.menu():
            yield from items(action.menu())
        elif not action.isSeparator():
            yield action


def test_the_edit_menu_edits_the_drawing(open_window, qtbot):
    window = open_window()
    tab = window.draw_tab
    draw(window, qtbot)
    choose(window, qtbot, "&Edit", "Undo")
    assert tab.content.is_blank
    choose(window, qtbot, "&Edit", "Redo")
    assert len(tab.content.strokes) == 1
    choose(window, qtbot, "&Edit", "Copy drawing")
    drawn = tab.content
    choose(window, qtbot, "&Edit", "Clear")
    assert tab.content.is_blank
    choose(window, qtbot, "&Edit", "Paste picture or drawing")
    qtbot.waitUntil(lambda: not tab.content.is_blank)
    assert len(tab.content.strokes) == len(drawn.strokes)


def test_the_edit_menu_and_its_keys_leave_the_drawing_alone_in_the_other_tabs(open_window, qtbot):
    window = open_window()
    draw(window, qtbot)
    drawn = window.draw_tab.content
    for tab in (TRAIN, COMPARE):
        window.tabs.setCurrentIndex(tab)
        assert not menu(window, "&Edit").menuAction().isEnabled()
        bar = window.tabs.tabBar()
        qtbot.keyClick(bar, Qt.Key.Key_Delete)
        qtbot.keyClick(bar, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert window.tabs.currentIndex() == tab
        assert window.draw_tab.content is drawn
    window.tabs.setCurrentIndex(DRAW)
    qtbot.keyClick(window.draw_tab.view.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.draw_tab.content.is_blank


# PySide6 6.12 prefers constructors that 6.11 lacks.
@pytest.mark.filterwarnings("ignore:.*QDrag.*Event:DeprecationWarning")
def test_a_file_that_is_dragged_over_the_tab_of_draw_opens_it(open_window, tmp_path, qtbot):
    window = open_window()
    window.tabs.setCurrentIndex(TRAIN)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.png"))])
    bar = window.tabs.tabBar()
    event = bar.tabRect(DRAW).center(), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, NO_KEY
    enter = QDragEnterEvent(*event)
    QApplication.sendEvent(bar, enter)
    assert enter.isAccepted()  # otherwise the next one goes to whatever accepted one before
    QApplication.sendEvent(bar, QDragMoveEvent(*event))
    qtbot.waitUntil(lambda: window.tabs.currentIndex() == DRAW)
    QApplication.sendEvent(bar, QDragLeaveEvent())


def test_no_item_is_in_the_menus_twice_and_all_that_goes_in_and_out_is_there_once(open_window):
    window = open_window()
    actions = window.draw_tab.view.draw_actions
    button_menus = [button.menu() for button in window.draw_tab.view.findChildren(QToolButton) if button.menu()]
    found = [*items(window.menuBar()), *(item for opened in button_menus for item in items(opened))]
    texts = [item.text().replace("&", "") for item in found]
    assert len(texts) == len(set(texts)), texts
    for action in (actions.open, actions.save, actions.save_prediction, actions.copy, actions.copy_text,
                   actions.copy_prediction, actions.paste, actions.undo, actions.redo, actions.clear):  # fmt: skip
        assert action in found
    for name in ("undo", "redo", "copy", "paste", "clear", "copy_prediction", "open", "save"):
        assert not getattr(actions, name).shortcut().isEmpty(), name


def test_the_theme_can_be_chosen_and_is_kept(open_window, dependencies, qtbot):
    window = open_window()
    app = QApplication.instance()
    for choice, dark in (("dark", True), ("light", False)):
        action = next(a for a in window.findChildren(QAction) if a.text() == f"&{choice.title()}")
        action.trigger()
        assert (app.palette().color(QPalette.ColorRole.Window).lightness() < 128) == dark
        assert dependencies.settings.theme == choice


def test_suggestions_that_are_not_wanted_stay_away_until_the_menu_brings_them_back(open_window, dependencies, qtbot):
    window = open_window()
    suggestions, action = window.draw_tab.view.suggestions, window.draw_tab.view.draw_actions.suggestions
    (view_menu,) = [each.menu() for each in window.menuBar().actions() if each.text() == "&View"]
    assert action in view_menu.actions()
    assert all(widget.isVisible() for widget in suggestions.widgets)
    qtbot.mouseClick(suggestions.widgets[-1], Qt.MouseButton.LeftButton)
    assert not any(widget.isVisible() for widget in suggestions.widgets)
    window.close()
    dependencies.settings = Settings(dependencies.settings.folder)
    again = open_window()
    suggestions, action = again.draw_tab.view.suggestions, again.draw_tab.view.draw_actions.suggestions
    assert not any(widget.isVisible() for widget in suggestions.widgets)
    action.trigger()
    assert all(widget.isVisible() for widget in suggestions.widgets)
    assert dependencies.settings.shows_suggestions


def test_text_that_was_large_is_large_everywhere_at_the_start(open_window, dependencies):
    dependencies.settings.text_scale = 1.5
    window = open_window()
    assert window.tabs.tabBar().font().pointSizeF() == window.menuBar().font().pointSizeF()
    window._change_text_scale(0)


def test_text_grows_and_shrinks_within_bounds(open_window, qtbot):
    window = open_window()
    app = QApplication.instance()
    usual = app.font().pointSizeF()
    for _ in range(9):
        QTest.keyClick(window, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: app.font().pointSizeF() == pytest.approx(1.5 * usual))
    QTest.keyClick(window, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: app.font().pointSizeF() == pytest.approx(usual))


def test_text_grows_with_the_window_in_all_tabs_and_shrinks_again(open_window, qtbot):
    window = open_window()
    usual = QApplication.instance().font().pointSizeF()
    for tab in (TRAIN, COMPARE, DRAW):
        window.tabs.setCurrentIndex(tab)
    assert set(text_sizes(window)) == {usual}
    window.resize(2560, 1440)
    qtbot.wait(10)
    assert all(size > 1.3 * usual for size in text_sizes(window))
    window.resize(1024, 700)
    qtbot.wait(10)
    assert set(text_sizes(window)) == {usual}
    assert (window.width(), window.height()) == (1024, 700)


def test_text_of_a_large_window_follows_the_users_choice(open_window, qtbot):
    window = open_window()
    window.resize(2560, 1440)
    large = window.menuBar().font().pointSizeF()
    window._change_text_scale(-1)
    qtbot.waitUntil(lambda: window.menuBar().font().pointSizeF() < large)
    window._change_text_scale(0)
    qtbot.waitUntil(lambda: window.menuBar().font().pointSizeF() == large)


@pytest.mark.parametrize("size", [(1240, 700), (1900, 1040), (2560, 1440)])
def test_each_step_of_text_size_enlarges_it_in_a_window_of_any_size_up_to_twice(open_window, qtbot, size):
    window = open_window()
    usual = QApplication.instance().font().pointSizeF()
    window.resize(*size)
    qtbot.wait(10)
    sizes = [window.menuBar().font().pointSizeF()]
    for scale in TEXT_SCALES[TEXT_SCALES.index(1.0) + 1 :]:
        window._change_text_scale(1)
        qtbot.waitUntil(lambda scale=scale: QApplication.instance().font().pointSizeF() == pytest.approx(scale * usual))
        sizes.append(window.menuBar().font().pointSizeF())
    for size, larger in pairwise(sizes):
        assert larger > size or larger == pytest.approx(2 * usual, rel=0.02)


def test_a_presentation_is_as_large_from_any_size_of_the_window(open_window, qtbot):
    window = open_window()
    sizes = []
    for size in ((1024, 700), (2560, 1440)):
        window.resize(*size)
        qtbot.wait(10)
        before = window.draw_tab.view.canvas.font().pointSizeF()
        QTest.keyClick(window, Qt.Key.Key_F11)
        qtbot.wait(10)
        sizes.append(window.draw_tab.view.verdict_bar.font().pointSizeF())
        QTest.keyClick(window, Qt.Key.Key_F11)
        qtbot.waitUntil(lambda before=before: window.draw_tab.view.canvas.font().pointSizeF() == before)
    assert sizes[0] == pytest.approx(sizes[1])


def text_sizes(window):
    """Return the size of the text in the menu and in each tab."""
    widgets = (
        window.menuBar(),
        window.tabs.tabBar(),
        window.draw_tab.view.label_row,
        window.draw_tab.view.cards[1].bars,
        window.train_tab.view.panel.start_button,
        window.train_tab.view.history,
        window.compare_tab.page_tabs,
    )
    return [widget.font().pointSizeF() for widget in widgets]


def test_keys_about_and_the_file_dialog_do_not_block(open_window, qtbot):
    """A nested event loop would go on after the window has ended."""
    window = open_window()
    for text, kind in (("&Keys", QMessageBox), ("&About", QMessageBox), ("Open picture or drawing…", QFileDialog)):
        next(action for action in window.findChildren(QAction) if action.text() == text).trigger()
        dialog = next(dialog for dialog in window.findChildren(kind) if dialog.isVisible())
        dialog.close()


def test_an_exception_is_shown_once_without_blocking(open_window, capsys, qtbot):
    window = open_window()
    for _ in range(3):
        _show_exception(window, RuntimeError, RuntimeError("<b>odd</b>"), None)
    boxes = [box for box in window.findChildren(QMessageBox, "exception") if box.isVisible()]
    assert len(boxes) == 1 and boxes[0].text().startswith("<b>odd</b>")
    assert capsys.readouterr().err.count("RuntimeError") == 3
    window.end()
    assert not boxes[0].isVisible()


@pytest.mark.parametrize("tab", ["1e300", "-7", "nan"])
def test_a_damaged_tab_in_the_settings_does_not_keep_the_window_from_opening(open_window, dependencies, tmp_path, tab):
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "settings.ini").write_text(f"[General]\ntab={tab}\ntext_scale={tab}\npace={tab}\n")
    dependencies.settings = Settings(tmp_path / "settings")
    window = open_window()
    assert window.isVisible() and window.tabs.currentIndex() == DRAW


def test_a_finished_run_is_offered_to_be_compared(training_window, store, qtbot):
    window = training_window
    qtbot.waitUntil(lambda: not window.train_tab.is_training, timeout=10_000)
    window.tabs.setCurrentIndex(COMPARE)
    qtbot.waitUntil(lambda: window.compare_tab.is_filled)
    (choice,) = window.compare_tab.toolbar.runs._choices
    assert choice.text.startswith(store.runs()[0].name)
    assert "exported" in choice.problem  # the fake writes no model


def test_where_there_is_no_study_a_button_leads_to_train_with_seeds(open_window, dependencies, tmp_path, qtbot):
    dependencies.studies = dependencies.shipped_studies = tmp_path / "studies"
    window = open_window()
    window.tabs.setCurrentIndex(COMPARE)
    window.compare_tab.page_tabs.setCurrentIndex(STUDIES)
    button = window.compare_tab.findChild(QPushButton, "study_set_up")
    qtbot.waitUntil(button.isVisible)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    panel = window.train_tab.view.panel
    assert window.tabs.currentIndex() == TRAIN
    assert (panel.models, panel.seeds) == ((1, 2, 3), 5)
    assert panel.isAncestorOf(window.focusWidget()) and window.focusWidget().accessibleName() == "Seeds"


def test_a_misread_digit_is_looked_at_in_draw_and_the_way_back_is_as_it_was(open_window, store, monkeypatch, qtbot):
    use_bar_models(monkeypatch)
    add_run(store, 1)
    window = open_window()
    QTest.keyClick(window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    compare = window.compare_tab
    qtbot.waitUntil(lambda: compare.is_filled)
    compare.page_tabs.setCurrentIndex(MISTAKES)
    matrix = compare.mistakes_page.matrices.matrices[0]
    click_cell(matrix, 4, 9)
    gallery = compare.mistakes_page.gallery
    gallery.setFocus()
    QTest.keyClick(gallery, Qt.Key.Key_Right)
    QTest.keyClick(gallery, Qt.Key.Key_Return)
    assert window.tabs.currentIndex() == DRAW
    assert window.draw_tab.content.framed
    assert window.draw_tab.content.label == 4
    QTest.keyClick(window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert compare.page_tabs.currentIndex() == MISTAKES
    assert compare.mistakes_page.filter_box.currentText().startswith("4 read as 9")
    assert window.focusWidget() is gallery
    QTest.keyClick(gallery, Qt.Key.Key_Left)  # the keys go on where they were
    assert gallery.current == gallery.shown[0]


def test_a_window_of_a_larger_screen_fits_on_this_one(open_window, dependencies, qtbot):
    window = open_window()
    room = window.screen().availableGeometry()
    window.resize(room.width() + 500, room.height() + 500)
    window.close()
    again = open_window()
    # The offscreen platform's screen is narrower than the window can be.
    assert again.width() <= max(room.width(), again.minimumSizeHint().width())
    assert again.height() <= room.height()


def test_reopened_on_another_tab_the_keys_of_draw_work_at_once(open_window, dependencies, qtbot):
    dependencies.settings.tab = TRAIN
    window = open_window()
    window.tabs.setCurrentIndex(DRAW)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_F)
    assert window.draw_tab.view.panel_dock.opened == "framing"


def test_why_is_open_at_first_and_a_panel_that_was_closed_stays_closed(open_window, dependencies, qtbot):
    window = open_window()
    dock = window.draw_tab.view.panel_dock
    assert dock.opened == "why"
    window.draw_tab.view.draw_actions.panels["stress"].trigger()
    window.close()
    again = open_window()
    dock = again.draw_tab.view.panel_dock
    assert dock.opened == "why", "a panel was open"
    assert again.focusWidget() is again.draw_tab.view.canvas
    qtbot.mouseClick(dock.findChild(QToolButton, "open_why"), Qt.MouseButton.LeftButton)
    assert dock.opened == ""
    again.close()
    assert open_window().draw_tab.view.panel_dock.opened == ""


def widgets_that_tab_passes(window):
    """Press Tab from the tab bar until it comes back to a widget; return them, and whether that is the tab bar."""
    bar = window.tabs.tabBar()
    bar.setFocus()
    passed = [bar]
    while True:
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        if window.focusWidget() in passed:
            return passed, window.focusWidget() is bar
        passed.append(window.focusWidget())


def widgets_that_keys_are_for(window):
    return [
        widget
        for widget in window.findChildren(QWidget)
        if widget.isVisible()
        and widget.isEnabled()
        and widget.window() is window
        and widget.focusProxy() is None
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]


def test_tab_passes_everything_that_is_seen_and_comes_round(open_window, dependencies, store, qtbot, monkeypatch):
    use_bar_models(monkeypatch)
    for model in (1, 2):
        add_run(store, model)
    window = open_window()
    draw(window, qtbot)
    qtbot.waitUntil(lambda: window.draw_tab.frame is not None)

    def open_teaching():
        window.draw_tab.view.label_row.labelled.emit(4)  # to have a digit to teach
        qtbot.waitUntil(lambda: window.findChild(QWidget, "teach").isEnabled())
        window.findChild(QPushButton, "teach").click()
        qtbot.waitUntil(lambda: window.findChild(QWidget, "cancel_teaching").isVisible())

    def open_compare():
        window.tabs.setCurrentIndex(COMPARE)
        qtbot.waitUntil(lambda: window.compare_tab.is_filled, timeout=20_000)

    views = [
        *(
            lambda name=name: window.draw_tab.view.panel_dock.open(name)
            for name in ("why", "framing", "stress", "my_digits")
        ),
        open_teaching,
        lambda: window.tabs.setCurrentIndex(TRAIN),
        open_compare,
        lambda: window.compare_tab.page_tabs.setCurrentIndex(MISTAKES),
    ]
    for open_view in views:
        open_view()
        qtbot.wait(50)
        passed, came_round = widgets_that_tab_passes(window)
        assert came_round, f"trapped at {[widget.objectName() for widget in passed]}"
        missed = {widget.objectName() or type(widget).__name__ for widget in widgets_that_keys_are_for(window)} - {
            widget.objectName() or type(widget).__name__ for widget in passed
        }
        assert not missed


def test_what_another_program_does_with_runs_reaches_draw_and_compare(open_window, dependencies, qtbot, monkeypatch):
    use_bar_models(monkeypatch)
    first = add_run(dependencies.store)
    window = open_window()
    card = window.draw_tab.view.cards[1]
    window.tabs.setCurrentIndex(COMPARE)
    qtbot.waitUntil(lambda: window.compare_tab.is_filled)
    qtbot.waitUntil(lambda: window._runs_watcher._watcher.directories() != [])
    other = RunStore(dependencies.store.folder, dependencies.store.shipped)  # as in another program
    run = add_run(other, seed=2)
    qtbot.waitUntil(
        lambda: run.name in " ".join(choice.text for choice in window.compare_tab.toolbar.runs._choices), timeout=5_000
    )
    assert window.compare_tab.toolbar.runs.checked != ()
    other.activate(run.name)
    qtbot.waitUntil(lambda: run.name in card.run_button.toolTip() + card.run_button.text(), timeout=5_000)
    assert first.name != run.name
