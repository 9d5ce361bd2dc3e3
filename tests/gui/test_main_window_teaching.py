"""Teaching in the whole window: begun in Draw, trained in the queue of Train, used and undone."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QLabel,
    QListWidget,
    QProgressBar,
    QPushButton,
)

from mnist_gui.analysis import fine_tuning_effect
from mnist_gui.gui.main_window import DRAW
from mnist_gui.gui.train import fine_tuning_evaluator
from mnist_gui.models.training import fine_tuning
from mnist_gui.runs.record import MODEL_FILE
from mnist_gui.runs.store import RunStore
from tests.answering import answering_run
from tests.comparison_data import add_run
from tests.fakes import FakeTraining, GatedTraining
from tests.fine_tuning_effects import effect_of
from tests.gui.main_window_actions import draw

pytestmark = pytest.mark.slow
NO_KEY = Qt.KeyboardModifier.NoModifier


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
    assert "MNIST 99.33 → 99.31" in teaching_lines(window)[0]
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
