"""The whole window, on fakes."""

import threading

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLabel,
    QListWidget,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QToolButton,
    QWidget,
)

from mnist_gui.analysis import fine_tuning_effect
from mnist_gui.app import Dependencies, _show_exception, make_window
from mnist_gui.digits.input_files import InputItem
from mnist_gui.gui import main_window
from mnist_gui.gui.canvas_file import read_content
from mnist_gui.gui.closing import FinishingWindow
from mnist_gui.gui.compare.compare_tab import MISTAKES
from mnist_gui.gui.draw import content_import
from mnist_gui.gui.main_window import COMPARE, DRAW, TRAIN
from mnist_gui.gui.settings import Settings
from mnist_gui.gui.train import fine_tuning_evaluator
from mnist_gui.gui.train.queue.queue_file import QUEUE_FILE, QueueFile
from mnist_gui.models.training import fine_tuning
from mnist_gui.models.training.training_events import BatchEnded
from mnist_gui.runs.record import MODEL_FILE
from mnist_gui.runs.store import RunStore
from mnist_gui.screenshots import SHAKY_FOUR
from tests.answering import answering_run
from tests.comparison_data import add_run, use_bar_models
from tests.fakes import FakePredictor, FakeTraining, GatedTraining
from tests.fine_tuning_effects import effect_of
from tests.gui.compare.helpers import click_cell

pytestmark = pytest.mark.slow
NO_KEY = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def dependencies(store, tiny_dataset, tmp_path):
    return Dependencies(
        store,
        Settings(tmp_path / "settings"),
        FakePredictor,
        lambda: tiny_dataset,
        FakeTraining(batch_seconds=0.002),
        my_digits=tmp_path / "my.jsonl",
        cache=tmp_path / "cache",
    )


@pytest.fixture
def open_window(dependencies, qtbot):
    windows = []

    def open_one():
        window = make_window(dependencies)
        windows.append(window)
        with qtbot.waitActive(window):  # shortcuts work in the active window only
            window.show()
            window.activateWindow()
        return window

    yield open_one
    for window in windows:
        if window.train_tab is not None:
            window.train_tab.shut_down()
        window.close()
        # Where a test ended the window at once, its threads may still run.
        for worker in (window._runs_watcher, window.compare_tab, window.draw_tab):
            if worker is not None:
                worker.shut_down()
        window.deleteLater()


def draw(window, qtbot):
    canvas = window.draw_tab.view.canvas
    middle = canvas.rect().center()
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle - QPoint(0, 60))
    for step in range(-50, 70, 10):
        qtbot.mouseMove(canvas, middle + QPoint(0, step))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=middle + QPoint(0, 60))


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


def test_text_grows_and_shrinks_within_bounds(open_window, qtbot):
    window = open_window()
    app = QApplication.instance()
    usual = app.font().pointSizeF()
    for _ in range(9):
        QTest.keyClick(window, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    assert app.font().pointSizeF() == pytest.approx(1.5 * usual)
    QTest.keyClick(window, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert app.font().pointSizeF() == pytest.approx(usual)


@pytest.fixture
def training_window(open_window, qtbot):
    window = open_window()
    window.tabs.setCurrentIndex(TRAIN)
    QTest.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.train_tab.is_training)
    return window


@pytest.fixture
def teach(dependencies, store, open_window, qtbot, monkeypatch):
    """A function that teaches models 1 and 3 a drawing, by a training that is given, and returns the window."""
    monkeypatch.setattr(fine_tuning, "read_weights", lambda run: [])
    shipped = RunStore(store.shipped, store.folder)
    for model in (1, 3):
        run = shipped.create(model, {"name": "fast"}, 0, {"name": "bars", "checksum": "bars-checksum"})
        files = {name: run.write_file(name, lambda path: path.write_bytes(b"...")) for name in (MODEL_FILE,)}
        run.commit(status="completed", epochs=4, exported=4, files=files)

    def teach(train):
        dependencies.train = train
        window = open_window()
        draw(window, qtbot)
        qtbot.waitUntil(lambda: window.draw_tab.frame is not None)
        qtbot.keyClick(window.draw_tab.view.canvas, Qt.Key.Key_1)
        window.draw_tab.view.panel_dock.open("my_digits")
        for button in ("teach", "teach_models"):
            press(qtbot, window, button)
        return window

    return teach


def press(qtbot, window, name):
    qtbot.mouseClick(window.draw_tab.view.panel_dock.findChild(QPushButton, name), Qt.MouseButton.LeftButton)


def teaching_lines(window) -> list[str]:
    labels = (window.draw_tab.view.panel_dock.findChild(QLabel, f"lesson_words_{model}") for model in (1, 2, 3))
    return [label.text() for label in labels if label.isVisible()]


def test_teaching_begins_in_draw_and_goes_through_the_queue(teach, dependencies, store, qtbot):
    window = teach(dependencies.train)
    assert window.tabs.currentIndex() == DRAW
    assert window.train_tab is not None and window.train_tab.is_training
    qtbot.waitUntil(lambda: not window.train_tab.is_training, timeout=20_000)
    taught = [run for run in store.runs() if run.record.trainable == "dense"]
    assert [(run.model, run.status) for run in taught] == [(1, "completed"), (3, "completed")]
    assert all("before it was taught" in line for line in teaching_lines(window)), "the fake exports no model"


def test_teaching_that_fails_at_once_is_not_waited_for(teach, qtbot):
    def fail(run, dataset, *, report, control):
        raise OSError("the disk is full")

    window = teach(fail)
    qtbot.waitUntil(lambda: not window.train_tab.is_training, timeout=20_000)
    assert teaching_lines(window) == [f"Model {model}: could not be taught: the disk is full" for model in (1, 3)]
    assert not window.draw_tab.view.panel_dock.findChild(QProgressBar, "teaching_progress").isVisible()


def test_before_teaching_it_is_said_what_is_misread(dependencies, store, open_window, qtbot, monkeypatch):
    monkeypatch.setattr(fine_tuning_effect, "count_misread", lambda run, digits: 0)
    store.activate(add_run(store, model=1).name)
    window = open_window()
    draw(window, qtbot)
    qtbot.waitUntil(lambda: window.draw_tab.frame is not None)
    qtbot.keyClick(window.draw_tab.view.canvas, Qt.Key.Key_1)
    window.draw_tab.view.panel_dock.open("my_digits")
    press(qtbot, window, "teach")
    summary = window.draw_tab.view.panel_dock.findChild(QLabel, "teach_what")
    qtbot.waitUntil(lambda: summary.text().startswith("Your hand was read already, nothing to gain"))


def test_the_effect_of_teaching_is_seen_and_used_and_undone(teach, store, qtbot, monkeypatch):
    effect = effect_of([1, 7], before=[4, 7], after=[1, 7], held_out=1)
    monkeypatch.setattr(fine_tuning_evaluator, "measure_fine_tuning_effect", lambda *runs, progress: effect)
    window = teach(FakeTraining(batch_seconds=0.002, exports=True))
    dock = window.draw_tab.view.panel_dock
    assert dock.findChild(QProgressBar, "teaching_progress").isVisible()
    tiles = dock.findChild(QListWidget, "misread_digits")
    qtbot.waitUntil(tiles.isVisible, timeout=20_000)
    assert tiles.item(0).toolTip().startswith("Your 1, taught\nModel 1: 4 (92")
    assert "MNIST test 99.33 → 99.31" in teaching_lines(window)[0]
    taught = {run.model: run.name for run in store.runs() if run.record.trainable == "dense"}
    assert answering_run(store, 1).shipped, "nothing is replaced by itself"
    press(qtbot, window, "lesson_action")
    assert {model: answering_run(store, model).name for model in (1, 3)} == taught
    action = dock.findChild(QPushButton, "lesson_action")
    assert action.text() == "Undo teaching"
    press(qtbot, window, "lesson_action")
    assert (answering_run(store, 1).shipped, answering_run(store, 3).shipped, action.text()) == (True, True, "Use it")
    window.draw_tab.use_run(taught[1])
    window.draw_tab.use_run(taught[3])
    assert action.text() == "Undo teaching", "also where they were chosen from the menu"


def test_teaching_can_be_stopped_in_draw(teach, store, qtbot):
    training = GatedTraining(opened=False)
    window = teach(training)
    qtbot.waitUntil(lambda: "is learning your digits" in teaching_lines(window)[0])
    press(qtbot, window, "stop_teaching")
    training.gate.set()
    qtbot.waitUntil(lambda: not window.train_tab.is_training, timeout=20_000)
    assert teaching_lines(window) == [f"Model {model}: was stopped before it was taught" for model in (1, 3)]
    assert not window.draw_tab.view.panel_dock.findChild(QPushButton, "stop_teaching").isVisible()
    assert [run for run in store.runs() if not run.shipped] == []


def test_the_list_is_not_left_while_teaching_goes_on_and_its_end_is_said(teach, qtbot):
    training = GatedTraining(opened=False)
    window = teach(training)
    dock, note = window.draw_tab.view.panel_dock, window.draw_tab.view.verdict_bar
    press(qtbot, window, "close_lesson")
    button = dock.findChild(QPushButton, "show_lesson")
    assert button.text() == "Teaching…"
    training.gate.set()
    qtbot.waitUntil(lambda: button.text() == "What changed", timeout=20_000)
    assert button.isVisible(), "the list stayed"
    assert "Teaching has ended" in note.note
    press(qtbot, window, "show_lesson")
    assert len(teaching_lines(window)) == 2


def question(window) -> QMessageBox | None:
    return next((box for box in window.findChildren(QMessageBox, "pause_question") if box.isVisible()), None)


def answer(window, label):
    """Press the button of that label in the question that closing asks."""
    next(button for button in question(window).buttons() if button.text() == label).click()


def test_closing_while_training_can_be_thought_better_of(training_window, qtbot):
    assert not training_window.close()
    answer(training_window, "Keep training")
    assert training_window.train_tab.is_training
    assert training_window.isVisible() and not training_window.has_ended


def test_closing_while_training_pauses_the_run(training_window, store, qtbot):
    training_window.close()
    with qtbot.waitSignal(training_window.closed):
        answer(training_window, "Pause and close")
    assert not training_window.isVisible()
    assert not training_window.train_tab.is_training
    assert [run.status for run in store.runs()] == ["paused"]
    assert training_window.threads_have_ended
    assert training_window.close()


def test_any_number_of_requests_to_close_asks_once(training_window, store, qtbot):
    for _ in range(3):
        assert not training_window.close()
    assert len(training_window.findChildren(QMessageBox)) == 1
    with qtbot.waitSignal(training_window.closed):
        answer(training_window, "Pause and close")
        assert not training_window.close()  # the batch is still being finished
    for _ in range(3):
        assert training_window.close()
    assert [run.status for run in store.runs()] == ["paused"]


def test_ended_while_it_asks_it_keeps_drawing_and_run(training_window, dependencies, store, qtbot):
    """As by a signal or a logout."""
    training_window.draw_tab.view.canvas.set_content(SHAKY_FOUR)
    training_window.close()
    with qtbot.waitSignal(training_window.closed):
        training_window.end()
    training_window.end()
    assert question(training_window) is None and not training_window.isVisible()
    assert [run.status for run in store.runs()] == ["paused"]
    assert kept(dependencies) == training_window.draw_tab.content


def test_the_question_goes_when_the_training_ends_by_itself(training_window, qtbot):
    training_window.close()
    qtbot.waitUntil(lambda: not training_window.train_tab.is_training, timeout=20_000)
    assert question(training_window) is None and not training_window.has_ended


def test_a_small_window_waits_for_a_long_batch_and_need_not(open_window, dependencies, store, qtbot):
    gate = threading.Event()

    def train(run, dataset, *, report, control):
        def report_slowly(event):
            report(event)
            if isinstance(event, BatchEnded):
                gate.wait(20)

        return FakeTraining()(run, dataset, report=report_slowly, control=control)

    dependencies.train = train
    window = open_window()
    window.tabs.setCurrentIndex(TRAIN)
    window.train_tab.view.panel.start()
    qtbot.waitUntil(lambda: [run.status for run in store.runs()] == ["running"])
    window.close()
    answer(window, "Pause and close")

    def finishing():
        return next(
            (each for each in QApplication.topLevelWidgets() if isinstance(each, FinishingWindow) and each.isVisible()),
            None,
        )

    qtbot.waitUntil(lambda: finishing() is not None)
    assert not finishing().close() and not window.close(), "it closes by itself"
    with qtbot.waitSignal(window.closed):
        finishing().findChild(QPushButton, "end_now").click()
    assert finishing() is None
    assert not window.threads_have_ended, "run_window must not destroy the thread"
    gate.set()
    assert window.train_tab.shut_down()


def kept(dependencies):
    """Return the content that the file of the canvas holds; None before there is one."""
    file = dependencies.settings.folder / "canvas.json"
    return read_content(file) if file.exists() else None


def test_a_drawing_that_cannot_be_read_is_kept_and_the_window_says_so(open_window, dependencies):
    dependencies.settings.folder.mkdir()
    (dependencies.settings.folder / "canvas.json").write_text("{ half")
    window = open_window()
    said = " ".join(label.text() for label in window.draw_tab.view.findChildren(QLabel))
    assert "The last drawing could not be read (it is damaged); its file is kept as" in said
    window.close()
    assert (dependencies.settings.folder / "canvas.unreadable.json").read_text() == "{ half"


def test_the_drawing_is_written_soon_after_a_change(open_window, dependencies, qtbot):
    dependencies.autosave_ms = 20
    window = open_window()
    draw(window, qtbot)
    drawing = window.draw_tab.content
    qtbot.waitUntil(lambda: kept(dependencies) == drawing)
    window.draw_tab.view.canvas.clear()
    qtbot.waitUntil(lambda: kept(dependencies) is not None and kept(dependencies).is_blank)


def test_a_drawing_that_a_full_disk_refused_is_written_at_the_end(open_window, dependencies, monkeypatch, qtbot):
    dependencies.autosave_ms = 20
    window = open_window()
    refused = []

    def refuse(*_what):
        refused.append(True)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full_disk:
        full_disk.setattr("mnist_gui.gui.canvas_file.write_text", refuse)
        window.draw_tab.view.canvas.set_content(SHAKY_FOUR)
        qtbot.waitUntil(lambda: refused != [])
    window.close()
    assert kept(dependencies) == window.draw_tab.content


def test_closing_amid_a_writing_session_keeps_the_drawing_before_it(open_window, dependencies, qtbot):
    dependencies.autosave_ms = 20
    window = open_window()
    window.draw_tab.view.canvas.set_content(SHAKY_FOUR)
    drawing = window.draw_tab.content
    window.draw_tab._writing_session.start()
    draw(window, qtbot)
    qtbot.wait(100)
    assert kept(dependencies) == drawing
    window.close()
    assert kept(dependencies) == drawing


def test_a_file_that_is_never_read_to_its_end_does_not_keep_the_window(open_window, monkeypatch, tmp_path, qtbot):
    may_end = threading.Event()

    def read(name):
        may_end.wait(20)
        yield InputItem(name, 0, None, "The disk has gone.")

    monkeypatch.setattr(content_import, "read_input", read)
    monkeypatch.setattr(main_window, "SHUT_DOWN_MS", 50)
    window = open_window()
    window.draw_tab.open_file(tmp_path / "on-a-dead-disk.png")
    assert window.close()
    assert not window.threads_have_ended
    may_end.set()
    assert window.draw_tab.shut_down()


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


def test_the_question_names_what_waits_and_keeps_it(training_window, store, dependencies, qtbot):
    training_window.train_tab.view.panel.set_seed(1)
    training_window.train_tab.view.panel.start()  # adds to the queue
    training_window.close()
    text = question(training_window).informativeText()
    with qtbot.waitSignal(training_window.closed):
        answer(training_window, "Pause and close")
    assert "The queue is kept too: 1 training waits in it." in text
    queue = QueueFile(dependencies.settings.folder / QUEUE_FILE)
    jobs, _ = queue.open()
    queue.close()
    assert len(jobs) + len(store.runs()) == 2


def test_the_question_says_where_what_waits_is_not_kept(open_window, tmp_path, qtbot):
    """The queue's file belongs to the first window."""
    first = QueueFile(tmp_path / "settings" / QUEUE_FILE)
    first.open()
    window = open_window()
    window.tabs.setCurrentIndex(TRAIN)
    for seed in range(2):
        window.train_tab.view.panel.set_seed(seed)
        window.train_tab.view.panel.start()
    window.close()
    text = question(window).informativeText()
    with qtbot.waitSignal(window.closed):
        answer(window, "Pause and close")
    assert "The queue is not kept: 1 training waits in it." in text
    first.close()


def test_a_finished_run_is_offered_to_be_compared(training_window, store, qtbot):
    window = training_window
    qtbot.waitUntil(lambda: not window.train_tab.is_training, timeout=10_000)
    window.tabs.setCurrentIndex(COMPARE)
    qtbot.waitUntil(lambda: window.compare_tab.is_filled)
    (choice,) = window.compare_tab.toolbar.runs._choices
    assert choice.text.startswith(store.runs()[0].name)
    assert "exported" in choice.problem  # the fake writes no model


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
