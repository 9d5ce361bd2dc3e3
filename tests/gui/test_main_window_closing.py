"""Closing the whole window: the question while a model trains, and what is kept."""

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QMessageBox,
    QPushButton,
)

from mnist_gui.digits.input_files import InputItem
from mnist_gui.gui import main_window
from mnist_gui.gui.closing import FinishingWindow
from mnist_gui.gui.draw import content_import
from mnist_gui.gui.main_window import TRAIN
from mnist_gui.gui.train.queue.queue_file import QUEUE_FILE, QueueFile
from mnist_gui.models.training.training_events import BatchEnded
from mnist_gui.screenshots import SHAKY_FOUR
from tests.fakes import FakeTraining
from tests.gui.main_window_actions import draw, kept

pytestmark = pytest.mark.slow
NO_KEY = Qt.KeyboardModifier.NoModifier


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
