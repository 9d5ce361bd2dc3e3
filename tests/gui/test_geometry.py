"""What comes and goes moves nothing, and the smallest window reaches everything."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QApplication, QFrame, QLabel, QScrollArea, QTableView, QWidget

from mnist_gui.app import Dependencies, make_window
from mnist_gui.digits.drawing import Drawing
from mnist_gui.gui.main_window import COMPARE, DRAW, TRAIN
from mnist_gui.gui.settings import Settings
from mnist_gui.gui.train.history.run_table_model import RunColumn
from mnist_gui.gui.train.notices import ERROR, SUCCESS
from mnist_gui.gui.widgets.plot_view import PlotView
from mnist_gui.models.training.training_events import TrainingEnded
from tests.comparison_data import add_run, use_bar_models
from tests.fakes import FakePredictor, GatedTraining
from tests.fine_tuning_effects import effect_of
from tests.gui.cut_widgets import cut_buttons
from tests.gui.train.train_tab_actions import WAIT, begin_and_wait_at_the_gate, press

pytestmark = pytest.mark.slow

SEVEN = Drawing(([(300, 300), (500, 300), (400, 700)],))
SIZES = [(720, 450), (1024, 700), (1240, 700), (1440, 900)]


@pytest.fixture
def training() -> GatedTraining:
    return GatedTraining(opened=False)


@pytest.fixture
def window(qtbot, store, tiny_dataset, tmp_path, training, monkeypatch):
    use_bar_models(monkeypatch)
    add_run(store)
    dependencies = Dependencies(
        store,
        Settings(tmp_path / "settings"),
        lambda: FakePredictor((7, 7, 7)),
        lambda: tiny_dataset,
        training,
        my_digits=tmp_path / "my.jsonl",
        cache=tmp_path / "cache",
        shipped_studies=tmp_path / "no studies",
    )
    window = make_window(dependencies)
    window.show()
    yield window
    training.gate.set()
    window.end()
    window.deleteLater()


def place(window, widget: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def open_history(qtbot, window, count: int) -> QTableView:
    """Open the history of that many runs in the Train tab, where it is not open."""
    button = window.train_tab.findChild(QAbstractButton, "open_history")
    if not button.isChecked():
        button.click()
    table = window.train_tab.findChild(QTableView, "runs")
    qtbot.waitUntil(lambda: table.model().rowCount() == count)
    settle(qtbot)
    return table


def settle(qtbot) -> None:
    for _ in range(3):
        QApplication.processEvents()
        qtbot.wait(10)


@pytest.mark.parametrize("size", SIZES)
def test_a_training_note_moves_neither_canvas_nor_cards(qtbot, window, training, size):
    window.resize(*size)
    window.tabs.setCurrentIndex(TRAIN)
    window.tabs.setCurrentIndex(DRAW)
    window.draw_tab.show_content(SEVEN)
    view = window.draw_tab.view
    settle(qtbot)
    parts = (view.canvas, view.verdict_bar, *view.cards.values(), view.panel_dock)
    before = [place(window, each) for each in parts]
    window.train_tab.view.panel.start()
    qtbot.waitUntil(lambda: window._training_note.isVisible(), timeout=WAIT)
    settle(qtbot)
    assert [place(window, each) for each in parts] == before
    training.gate.set()
    qtbot.waitUntil(lambda: not window._training_note.isVisible(), timeout=WAIT)
    settle(qtbot)
    assert [place(window, each) for each in parts] == before


@pytest.mark.parametrize("size", SIZES)
def test_what_comes_and_goes_in_train_moves_no_plot(qtbot, window, training, size):
    window.resize(*size)
    window.tabs.setCurrentIndex(TRAIN)
    tab = window.train_tab
    view = tab.view
    settle(qtbot)
    parts = (view.panel, view.progress, view.plot, view.strip)
    before = [place(window, each) for each in parts]
    view.queue_button.set_title("Queue · 3 waiting")
    settle(qtbot)
    assert [place(window, each) for each in parts] == before
    view.queue_button.set_title("Queue")
    begin_and_wait_at_the_gate(qtbot, tab)  # progress, buttons and the strip of predictions
    assert view.strip.isVisible()
    settle(qtbot)
    assert [place(window, each) for each in parts] == before
    press(qtbot, tab, "stop")
    settle(qtbot)
    assert tab.findChild(QFrame, "stop_choice").isVisible()
    assert [place(window, each) for each in parts] == before
    press(qtbot, tab, "keep_training")
    settle(qtbot)
    for number in range(3):
        view.notices.show_notice(f"Model {number + 1} has finished.", SUCCESS, action="Use it in Draw", run=str(number))
    view.notices.show_notice("A sentence that is too long for one line of a small window, " * 3, ERROR)
    settle(qtbot)
    assert [place(window, each) for each in parts] == before
    view.notices.clear()
    settle(qtbot)
    assert [place(window, each) for each in parts] == before


def test_all_buttons_of_a_notice_are_seen_in_the_smallest_window(qtbot, window):
    window.resize(720, 450)
    window.tabs.setCurrentIndex(TRAIN)
    view = window.train_tab.view
    for number in range(3):
        view.notices.show_notice(f"Model {number + 1} has finished.", SUCCESS, action="Use it in Draw", run=str(number))
    settle(qtbot)
    notice = view.notices.notices[-1]
    for name in ("accept", "earlier_notice", "dismiss"):
        button = notice.findChild(QAbstractButton, name)
        assert button.visibleRegion().boundingRect() == button.rect(), name


@pytest.mark.parametrize(
    ("size", "loss_height"), [((1024, 700), 180), ((1240, 700), 200), ((1440, 900), 250), ((2560, 1440), 500)]
)
def test_how_a_lesson_ended_is_read_beside_high_plots(qtbot, window, store, size, loss_height):
    window.resize(*size)
    window.tabs.setCurrentIndex(TRAIN)
    tab = window.train_tab
    store.activate(add_run(store, seed=1, name="model-1-quick-20261128-190511").name)
    run = add_run(store, seed=2, name="model-1-fine-tuning-20261128-223301")
    event = TrainingEnded(run.name, 1, "completed", 3, "", answers=True)
    tab._run_notices.show_ended("Model 1 has finished: accuracy on held-out frames 96.2\u00a0%.", SUCCESS, event)
    tab._on_effect_evaluated(run.name, effect_of([1] * 10, before=[7] * 10, after=[1] * 10, held_out=5))
    settle(qtbot)
    (notice,) = tab.view.notices.notices
    label = notice.findChild(QLabel, "notice_sentence")
    assert QLabel.text(label) == label.text() and "may be chance. In Draw it would replace" in label.text()
    for button in (each for each in notice.findChildren(QAbstractButton) if each.isVisible()):
        assert button.visibleRegion().boundingRect() == button.rect(), button.objectName()
    loss = tab.view.plot.findChildren(PlotView)[0].viewport()
    assert loss.visibleRegion().boundingRect().height() >= loss_height
    tab.findChild(QAbstractButton, "open_queue").click()  # as while several models are taught
    settle(qtbot)
    assert loss.visibleRegion().boundingRect().height() >= loss_height * 3 // 4


@pytest.mark.parametrize("size", SIZES)
def test_status_and_cancel_move_no_page_of_compare(qtbot, window, size):
    window.resize(*size)
    window.tabs.setCurrentIndex(COMPARE)
    tab = window.compare_tab
    qtbot.waitUntil(lambda: tab.is_filled, timeout=WAIT)
    settle(qtbot)
    before = place(window, tab.pages)
    tab.is_filled = False
    tab._on_progressed("model-1-fast reads MNIST test for the first time: 40 %")
    settle(qtbot)
    assert tab.cancel_button.isVisible()
    assert place(window, tab.pages) == before
    tab._show_message("")
    settle(qtbot)
    assert place(window, tab.pages) == before


def test_progress_of_compare_takes_no_room_from_its_pages(qtbot, window):
    window.resize(1024, 700)
    window.tabs.setCurrentIndex(COMPARE)
    tab = window.compare_tab
    settle(qtbot)
    assert tab.height() - tab.pages.geometry().bottom() <= 13  # the margin
    assert tab.status.mapTo(tab, QPoint(0, 0)).y() < tab.pages.y()


@pytest.mark.parametrize("text_scale", [1.0, 1.5])
def test_no_tab_of_compare_is_cut_for_its_progress(qtbot, window, text_scale):
    window._settings.text_scale = text_scale
    window.apply_theme()
    window.resize(1024, 700)
    window.tabs.setCurrentIndex(COMPARE)
    tab = window.compare_tab
    tabs = tab.page_tabs
    for index in range(tabs.count()):  # the chosen one is wider
        tabs.setCurrentIndex(index)
        tab._on_progressed("model-1-fast reads MNIST test for the first time: 40 %")
        settle(qtbot)
        assert tabs.width() >= sum(tabs.tabRect(each).width() for each in range(tabs.count()))
    window._change_text_scale(0)


@pytest.mark.parametrize("size", SIZES)
def test_problems_move_no_page_of_compare(qtbot, window, size):
    window.resize(*size)
    window.tabs.setCurrentIndex(COMPARE)
    tab = window.compare_tab
    qtbot.waitUntil(lambda: tab.is_filled, timeout=WAIT)
    settle(qtbot)
    parts = (tab.toolbar, tab.page_tabs, tab.pages)
    before = [place(window, each) for each in parts]
    tab._show_problems([f"Run model-1-fast-{number} is left out: its file is damaged." for number in range(5)])
    settle(qtbot)
    assert tab.problems.isVisible()
    assert [place(window, each) for each in parts] == before
    assert "model-1-fast-2" in tab.problems.toolTip()
    tab._on_progressed("model-1-fast reads MNIST test for the first time: 40 %")
    settle(qtbot)
    assert [place(window, each) for each in parts] == before
    tab._show_problems([])
    settle(qtbot)
    assert [place(window, each) for each in parts] == before


@pytest.mark.parametrize("size", SIZES)
def test_a_deleted_run_and_an_export_move_nothing_in_train(qtbot, window, store, size):
    window.resize(*size)
    window.tabs.setCurrentIndex(TRAIN)
    view = window.train_tab.view
    table = open_history(qtbot, window, 1)
    parts = (view.progress, view.plot, view.strip, view.history, table)
    before = [place(window, each) for each in parts]
    view.history._on_export_started("Exporting model-1-fast to a.keras. Keras is loaded first.")
    settle(qtbot)
    assert [place(window, each) for each in parts] == before
    view.history._on_export_ended()
    view.history._delete((store.runs()[0].name,))
    undo = view.notices
    qtbot.waitUntil(lambda: undo.findChild(QAbstractButton, "accept") is not None)
    settle(qtbot)
    assert undo.findChild(QAbstractButton, "accept").isVisible()
    # The list, which is empty now, may be lower.
    assert [place(window, each) for each in parts[:3]] == before[:3]
    assert place(window, view.history).topLeft() == before[3].topLeft()
    qtbot.mouseClick(undo.findChild(QAbstractButton, "accept"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: table.isVisible() and table.model().rowCount() == 1)
    settle(qtbot)
    assert [place(window, each) for each in parts] == before


@pytest.mark.parametrize(("size", "count"), [((1240, 700), 4), ((1440, 900), 4), ((1920, 1080), 5), ((2560, 1440), 8)])
def test_the_run_history_does_not_scroll_sideways(qtbot, window, store, size, count):
    for number in range(3):
        add_run(store, seed=number, name=f"model-1-fine-tuning-20261128-22330{number}")
    window.resize(*size)
    window.tabs.setCurrentIndex(TRAIN)
    table = open_history(qtbot, window, 4)
    shown = [column for column in RunColumn if not table.isColumnHidden(column)]
    assert shown == list(RunColumn)[: len(shown)] and len(shown) >= count
    assert table.horizontalScrollBar().maximum() == 0
    names = table.findChild(QWidget, "frozen_column")
    (action,) = (each for each in window.train_tab.findChildren(QAction) if each.text() == "All columns")
    action.trigger()
    settle(qtbot)
    assert not any(map(table.isColumnHidden, RunColumn))
    table.horizontalScrollBar().setValue(table.horizontalScrollBar().maximum())
    assert names.isVisible() == (len(shown) < len(RunColumn))
    action.trigger()
    settle(qtbot)
    assert not names.isVisible() and table.horizontalScrollBar().maximum() == 0


@pytest.mark.parametrize("size", [*SIZES[1:], (1364, 705), (2560, 1440)])
def test_no_button_of_train_is_cut(qtbot, window, training, size):
    window.resize(*size)
    window.tabs.setCurrentIndex(TRAIN)
    tab = window.train_tab
    settle(qtbot)
    assert not cut_buttons(window)
    assert tab.view._area.verticalScrollBar().maximum() == 0  # plots, answers, queue and history are seen together
    assert tab.findChild(QWidget, "trained_on").visibleRegion().boundingRect().height() >= 32
    begin_and_wait_at_the_gate(qtbot, tab)
    settle(qtbot)
    assert not cut_buttons(window)
    press(qtbot, tab, "stop")
    settle(qtbot)
    assert not cut_buttons(window)
    training.gate.set()
    qtbot.waitUntil(lambda: not tab.is_training, timeout=WAIT)
    settle(qtbot)
    assert not cut_buttons(window)


def test_start_is_seen_in_the_smallest_window_without_scrolling(qtbot, window):
    window.resize(720, 450)
    window.tabs.setCurrentIndex(TRAIN)
    settle(qtbot)
    panel = window.train_tab.view.panel
    corner = panel.start_button.mapTo(window, QPoint(0, 0))
    assert window.rect().contains(QRect(corner, panel.start_button.size()))
    assert panel.start_button.visibleRegion().boundingRect() == panel.start_button.rect()


@pytest.mark.parametrize("tab", [DRAW, TRAIN, COMPARE])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_smallest_window_reaches_every_button(qtbot, window, tab, theme):
    window._settings.theme = theme
    window.apply_theme()
    window.tabs.setCurrentIndex(tab)
    window.resize(720, 450)
    settle(qtbot)
    assert (window.width(), window.height()) == (720, 450)
    page = window.tabs.currentWidget()
    names = ("why", "framing", "stress", "my_digits") if tab == DRAW else ("",)
    for name in names:
        if name:
            window.draw_tab.view.panel_dock.open(name)
            settle(qtbot)
        for button in page.findChildren(QAbstractButton):
            if not button.isVisible() or not button.focusPolicy() & Qt.FocusPolicy.TabFocus:
                continue
            parent = button.parentWidget()
            while parent is not None and parent is not page:
                if isinstance(parent, QScrollArea):
                    parent.ensureWidgetVisible(button, 0, 0)
                parent = parent.parentWidget()
            corner = QRect(button.mapTo(page, QPoint(0, 0)), button.size())
            assert page.rect().adjusted(-1, -1, 1, 1).contains(corner), (button.objectName(), corner, page.rect())


def test_train_at_rest_leaves_no_empty_lines_and_shows_both_plots_with_large_text(qtbot, window):
    window._settings.text_scale = 1.5
    window.apply_theme()
    window.resize(1024, 700)
    window.tabs.setCurrentIndex(TRAIN)
    settle(qtbot)
    progress, plot = window.train_tab.view.progress, window.train_tab.view.plot
    line = progress.fontMetrics().lineSpacing()
    for name in ("headline", "details"):
        assert progress.findChild(QLabel, name).height() < 2 * line, name
    for view in plot.findChildren(PlotView):
        assert view.viewport().visibleRegion().boundingRect() == view.viewport().rect()
    scrolled = window.train_tab.view._area.verticalScrollBar().maximum()
    assert scrolled <= window.train_tab.view.strip.height()  # not the plots, nor what is said of them
    window._change_text_scale(0)
