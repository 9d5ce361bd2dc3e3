"""The Train tab on a fake training: from an untouched Start to an offer, and every way a training may end."""

import json
import subprocess
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QDeadlineTimer, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QFileDialog,
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QMessageBox,
    QPushButton,
    QRadioButton,
    QSpinBox,
    QTableView,
    QToolButton,
)

from mnist_gui.digits.dataset import DatasetError
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui.fine_tuning_service import FineTuningService
from mnist_gui.gui.settings import Settings
from mnist_gui.gui.train import train_tab
from mnist_gui.gui.train.curves.loss_plot import LossPlot
from mnist_gui.gui.train.history.run_table_model import Column
from mnist_gui.gui.train.live_prediction_strip import LivePredictionStrip
from mnist_gui.gui.train.queue.queue_file import QUEUE_FILE, QueueFile
from mnist_gui.gui.train.queue.training_job import TrainingJob
from mnist_gui.gui.train.train_tab import TrainTab
from mnist_gui.models.recipes import QUICK
from mnist_gui.models.training.training_events import BatchEnded, TrainingEnded, TrainingStarted
from tests.fakes import FakeTraining

WAIT = 10_000  # ms


class GatedTraining:
    """A fake whose runs can answer, and which waits after a batch until the test opens the gate."""

    def __init__(self, *, epoch: int = 1, batch: int = 2, fails: str = "", opened: bool = True) -> None:
        self.gate = threading.Event()
        if opened:
            self.gate.set()
        self.frames: list[np.ndarray | None] = []
        self._at = (epoch, batch)
        self._fake = FakeTraining(fails=fails)

    def __call__(self, run, dataset, *, report, control):
        def tell(event):
            if isinstance(event, TrainingStarted):
                self.frames.append(control.frame)
            if isinstance(event, TrainingEnded):
                event = replace(event, answers=event.epoch > 0)
            report(event)
            if isinstance(event, BatchEnded) and (event.epoch, event.batch) == self._at:
                self.gate.wait(WAIT / 1000)

        return self._fake(run, dataset, report=tell, control=control)


@pytest.fixture
def make_tab(qtbot, store, tiny_dataset):
    tabs = []

    def make(train, load_dataset=lambda: tiny_dataset, **more) -> TrainTab:
        folder = store.folder.parent
        fine_tuning = FineTuningService(store, UserDigitStore(folder / "my-digits.jsonl"))
        tab = TrainTab(store, load_dataset, train, cache=folder / "cache", fine_tuning=fine_tuning, **more)
        qtbot.addWidget(tab)
        tab.resize(1000, 600)
        tab.show()
        tab.activateWindow()
        qtbot.waitUntil(tab.isActiveWindow)
        tabs.append((tab, train))
        return tab

    yield make
    for tab, train in tabs:
        if isinstance(train, GatedTraining):
            train.gate.set()
        assert tab.shut_down()


def press(qtbot, tab: TrainTab, name: str) -> None:
    button = next(b for b in tab.findChildren(QAbstractButton, name) if b.isVisible())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def headline(tab: TrainTab) -> str:
    return tab.findChild(QLabel, "headline").text()


def notices(tab: TrainTab) -> list[str]:
    return [label.text() for label in tab.findChildren(QLabel, "notice_sentence") if label.isVisible()]


def until_ended(qtbot, tab: TrainTab) -> None:
    qtbot.waitUntil(lambda: not tab.is_training, timeout=WAIT)
    QApplication.processEvents()  # Qt shows what was added to a layout from its event loop


def open_queue(qtbot, tab: TrainTab) -> None:
    button = tab.findChild(QToolButton, "open_queue")
    if not button.isChecked():
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def rows(tab: TrainTab) -> list[str]:
    """Return what waits, as the open queue shows it."""
    jobs = tab.findChild(QListWidget, "queue_jobs")
    return [jobs.item(row).text() for row in range(jobs.count()) if jobs.isVisible()]


def begin_and_wait_at_the_gate(qtbot, tab: TrainTab, place: str = "epoch 1 of 3 · batch 2 of 4") -> None:
    press(qtbot, tab, "start")
    qtbot.waitUntil(lambda: place in headline(tab), timeout=WAIT)


def test_untouched_start_trains_model_1_and_offers_it(make_tab, qtbot, store):
    tab = make_tab(GatedTraining())
    changes = []
    tab.training_changed.connect(changes.append)
    with qtbot.waitSignal(tab.runs_changed, timeout=WAIT):
        press(qtbot, tab, "start")
    until_ended(qtbot, tab)
    (run,) = store.runs()
    assert (run.model, run.record.recipe["name"], run.status, run.record.epochs) == (1, "quick", "completed", 3)
    assert changes == [True, False]
    assert notices(tab) == ["✓  Model 1 has finished: accuracy on held-out frames 96.2\u00a0%."]
    assert "epoch 3" in tab.findChild(LossPlot).accessibleDescription()
    assert tab.findChild(LivePredictionStrip).predictions == [7, 7, 7]
    assert "answers" not in tab.findChild(QLabel, "strip_caption").text()  # nobody answers any more
    with qtbot.waitSignal(tab.use_requested) as used:
        press(qtbot, tab, "accept")
    assert used.args == [1, run.name] and notices(tab) == []


def test_progress_is_said_while_it_trains(make_tab, qtbot):
    training = GatedTraining(epoch=2, opened=False)
    tab = make_tab(training)
    begin_and_wait_at_the_gate(qtbot, tab, "Model 1 · epoch 2 of 3 · batch 2 of 4")
    assert tab.is_training and headline(tab).endswith(" left")
    assert "Add to queue" in tab.findChild(QPushButton, "start").text()
    press(qtbot, tab, "stop")  # an epoch is kept: no question
    assert headline(tab) == "Stopping…"
    training.gate.set()
    until_ended(qtbot, tab)
    assert notices(tab) == ["✓  Model 1 was stopped and keeps 1 epoch: accuracy on held-out frames 71.8\u00a0%."]


def test_stop_in_the_first_epoch_may_discard_the_run(make_tab, qtbot, store):
    training = GatedTraining(opened=False)
    tab = make_tab(training)
    begin_and_wait_at_the_gate(qtbot, tab)
    press(qtbot, tab, "stop")
    assert tab.findChild(QFrame, "stop_choice").isVisible()
    press(qtbot, tab, "discard")
    assert headline(tab) == "Stopping…"
    training.gate.set()
    until_ended(qtbot, tab)
    assert store.entries() == []
    assert notices(tab) == ["•  Model 1 was stopped before an epoch had ended; its run was discarded."]
    assert tab.findChild(QLabel, "plot_empty").isVisible()


def test_stop_in_the_first_epoch_may_let_it_end(make_tab, qtbot, store):
    training = GatedTraining(opened=False)
    tab = make_tab(training)
    begin_and_wait_at_the_gate(qtbot, tab)
    qtbot.keyClick(tab, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    press(qtbot, tab, "finish_epoch")
    training.gate.set()
    until_ended(qtbot, tab)
    (run,) = store.runs()
    assert (run.status, run.record.epochs) == ("stopped", 1)


def test_pause_holds_the_training(make_tab, qtbot):
    training = GatedTraining(opened=False)
    tab = make_tab(training)
    begin_and_wait_at_the_gate(qtbot, tab)
    press(qtbot, tab, "pause")
    training.gate.set()
    qtbot.wait(100)
    assert headline(tab).startswith("Paused · Model 1 · epoch 1 of 3 · batch 2 of 4")
    press(qtbot, tab, "pause")
    until_ended(qtbot, tab)
    assert "has finished" in notices(tab)[0]


def test_models_are_trained_one_after_another(make_tab, qtbot, store):
    tab = make_tab(GatedTraining())
    tab.findChild(QCheckBox, "model_3").click()
    qtbot.keyClick(tab, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    until_ended(qtbot, tab)
    assert [(run.model, run.status) for run in store.runs()] == [(1, "completed"), (3, "completed")]
    assert [sentence[3:10] for sentence in notices(tab)] == ["Model 1", "Model 3"]
    description = tab.findChild(LossPlot).accessibleDescription()
    assert "model-1" in description and "model-3" in description


def test_stop_ends_the_run_and_what_waits_goes_on_waiting(make_tab, qtbot, store):
    training = GatedTraining(epoch=2, opened=False)
    tab = make_tab(training)
    tab.findChild(QCheckBox, "model_2").click()
    begin_and_wait_at_the_gate(qtbot, tab, "epoch 2")
    assert len(store.runs()) == 1  # the other one's run is created when its turn comes
    assert headline(tab).endswith(" left in all")
    press(qtbot, tab, "stop")
    assert "the one that waits stays in the queue" in tab.findChild(QLabel, "details").text()
    training.gate.set()
    until_ended(qtbot, tab)
    assert [run.model for run in store.runs()] == [1]
    assert len(notices(tab)) == 1
    open_queue(qtbot, tab)
    assert rows(tab) == ["Model 2 · Quick look · 3 epochs · under a minute"]
    press(qtbot, tab, "start_queue")
    until_ended(qtbot, tab)
    assert [(run.model, run.status) for run in store.runs()] == [(1, "stopped"), (2, "completed")]
    assert rows(tab) == []


def test_what_is_added_while_a_model_trains_comes_after_it_by_its_own_recipe(make_tab, qtbot, store):
    training = GatedTraining(opened=False)
    tab = make_tab(training)
    begin_and_wait_at_the_gate(qtbot, tab)
    tab.findChild(QRadioButton, "notebook").click()
    tab.findChild(QSpinBox, "epochs").setValue(2)
    press(qtbot, tab, "start")  # "Add to queue"; the same model again
    assert tab.findChild(QToolButton, "open_queue").text() == "Queue · 1 waiting"
    (row,) = rows(tab)  # adding opens the queue
    assert row.startswith("Model 1 · Notebook, changed · 2 epochs · ")
    training.gate.set()
    until_ended(qtbot, tab)
    assert {(run.record.recipe["name"], run.record.epochs) for run in store.runs()} == {("quick", 3), ("notebook", 2)}
    assert tab.findChild(QToolButton, "open_queue").text() == "Queue"


def test_the_time_left_follows_what_waits_even_while_it_is_paused(make_tab, qtbot):
    training = GatedTraining(epoch=2, opened=False)
    tab = make_tab(training)
    begin_and_wait_at_the_gate(qtbot, tab, "epoch 2")
    press(qtbot, tab, "pause")
    alone = headline(tab)
    tab.findChild(QRadioButton, "notebook").click()
    press(qtbot, tab, "start")
    assert headline(tab).endswith("left in all") and headline(tab) != alone
    press(qtbot, tab, "remove")
    assert headline(tab) == alone
    press(qtbot, tab, "stop")
    training.gate.set()
    until_ended(qtbot, tab)


def test_skip_ends_the_present_run_alone(make_tab, qtbot, store):
    training = GatedTraining(epoch=2, opened=False)
    tab = make_tab(training)
    for model in (2, 3):
        tab.findChild(QCheckBox, f"model_{model}").click()
    begin_and_wait_at_the_gate(qtbot, tab, "epoch 2")
    open_queue(qtbot, tab)
    press(qtbot, tab, "skip")
    assert headline(tab) == "Skipping…"
    training.gate.set()
    until_ended(qtbot, tab)
    statuses = [(run.model, run.status, run.record.epochs) for run in store.runs()]
    assert statuses == [(1, "stopped", 1), (2, "completed", 3), (3, "completed", 3)]


def test_skip_in_the_first_epoch_asks_and_may_wait_for_its_end(make_tab, qtbot, store):
    training = GatedTraining(opened=False)
    tab = make_tab(training)
    tab.findChild(QCheckBox, "model_2").click()
    begin_and_wait_at_the_gate(qtbot, tab)
    open_queue(qtbot, tab)
    press(qtbot, tab, "skip")
    assert "the next in the queue begins then" in tab.findChild(QLabel, "stop_sentence").text()
    press(qtbot, tab, "finish_epoch")
    training.gate.set()
    until_ended(qtbot, tab)
    statuses = [(run.model, run.status, run.record.epochs) for run in store.runs()]
    assert statuses == [(1, "stopped", 1), (2, "completed", 3)]


def test_the_queue_survives_closing_and_starts_only_when_told(make_tab, qtbot, store, tmp_path):
    training = GatedTraining(epoch=2, opened=False)
    tab = make_tab(training, settings=Settings(tmp_path))
    tab.findChild(QCheckBox, "model_3").click()
    begin_and_wait_at_the_gate(qtbot, tab, "epoch 2")
    kept = json.loads((tmp_path / "queue.json").read_text())
    assert [job["model"] for job in kept] == [3]  # already: it may be killed
    tab.shut_down(QDeadlineTimer(0))
    training.gate.set()
    assert tab.shut_down()
    again = make_tab(GatedTraining(), settings=Settings(tmp_path))
    assert not again.is_training and again.waiting_count == 1
    assert rows(again)[0].startswith("Model 3 · Quick look · 3 epochs · ")
    press(qtbot, again, "start_queue")
    qtbot.waitUntil(lambda: "was paused" in str(notices(again)))  # still offered
    until_ended(qtbot, again)
    assert [(run.model, run.status) for run in store.runs()] == [(1, "paused"), (3, "completed")]
    assert json.loads((tmp_path / "queue.json").read_text()) == []


def test_a_paused_run_waits_its_turn_while_another_trains(make_tab, qtbot, store):
    pause_one(qtbot, make_tab)
    training = GatedTraining(epoch=2, opened=False)
    tab = make_tab(training)
    tab.findChild(QCheckBox, "model_1").click()
    tab.findChild(QCheckBox, "model_2").click()
    begin_and_wait_at_the_gate(qtbot, tab, "Model 2 · epoch 2")
    press(qtbot, tab, "accept")  # "Go on"
    (row,) = rows(tab)
    assert row.startswith("Model 1 · Quick look · 3 epochs · goes on after epoch 1 · ")
    training.gate.set()
    until_ended(qtbot, tab)
    assert [(run.model, run.status, run.record.epochs) for run in store.runs()] == [
        (1, "completed", 3),
        (2, "completed", 3),
    ]


def test_a_run_that_ended_early_says_so_and_which_epoch_answers(make_tab, qtbot):
    """What a run of a recipe with patience tells: fewer epochs than there might have been, and a best one."""

    def train(run, dataset, *, report, control):
        fake = FakeTraining()

        def tell(event):
            if isinstance(event, TrainingStarted):
                event = replace(event, epochs=20)
            if isinstance(event, TrainingEnded):
                run.commit(best=2)
            report(event)

        return fake(run, dataset, report=tell, control=control)

    tab = make_tab(train)
    press(qtbot, tab, "start")
    until_ended(qtbot, tab)
    (sentence,) = notices(tab)
    assert "ended early after epoch 3 of 20" in sentence and "epoch 2, its best, is the one that answers" in sentence
    assert sentence.endswith("accuracy on held-out frames 89.6\u00a0%.")


def test_one_that_fails_does_not_stop_the_others(make_tab, qtbot, store):
    tab = make_tab(GatedTraining(fails="The memory ran out."))
    tab.findChild(QCheckBox, "model_2").click()
    press(qtbot, tab, "start")
    until_ended(qtbot, tab)
    assert [(run.model, run.status) for run in store.runs()] == [(1, "failed"), (2, "failed")]
    assert [sentence[3:10] for sentence in notices(tab)] == ["Model 1", "Model 2"]


def test_a_failure_says_its_sentence_and_the_tab_lives(make_tab, qtbot):
    tab = make_tab(GatedTraining(fails="The memory ran out."))
    for _ in range(2):
        press(qtbot, tab, "start")
        until_ended(qtbot, tab)
        assert notices(tab) == ["✗  Model 1: The memory ran out."]


def test_data_that_cannot_be_loaded_are_a_sentence(make_tab, qtbot):
    def load():
        raise DatasetError("MNIST could not be read. Install the program again.")

    tab = make_tab(GatedTraining(), load)
    press(qtbot, tab, "start")
    until_ended(qtbot, tab)
    assert notices(tab) == ["✗  MNIST could not be read. Install the program again."]
    assert tab.findChild(QPushButton, "start").isEnabled()
    press(qtbot, tab, "dismiss")
    assert notices(tab) == []


def test_a_runs_folder_that_cannot_be_written_is_a_sentence(make_tab, qtbot, store):
    store.folder.write_text("a file where the folder should be")
    tab = make_tab(GatedTraining())
    press(qtbot, tab, "start")
    until_ended(qtbot, tab)
    assert len(notices(tab)) == 1 and notices(tab)[0].startswith("✗  No run can be created")


def test_the_user_s_digit_is_answered_else_a_test_digit(make_tab, qtbot, tiny_dataset):
    training = GatedTraining()
    tab = make_tab(training)
    press(qtbot, tab, "start")
    until_ended(qtbot, tab)
    own = np.full((28, 28), 0.5, np.float32)
    tab.set_frame(own)
    press(qtbot, tab, "start")
    until_ended(qtbot, tab)
    assert np.array_equal(training.frames[0], tiny_dataset.test.images[0] / np.float32(255))
    assert np.array_equal(training.frames[1], own)


def test_another_digit_starts_a_new_line_up(make_tab, qtbot):
    training = GatedTraining(epoch=2, opened=False)
    tab = make_tab(training)
    begin_and_wait_at_the_gate(qtbot, tab, "epoch 2")
    assert tab.findChild(LivePredictionStrip).predictions == [7]
    tab.set_frame(np.full((28, 28), 0.5, np.float32))
    assert tab.findChild(LivePredictionStrip).predictions == []
    assert "Model 1 answers" in tab.findChild(QLabel, "strip_caption").text()
    plot = tab.findChild(LossPlot)
    qtbot.waitUntil(lambda: "epoch 1" in plot.accessibleDescription())  # the curves go on
    training.gate.set()
    until_ended(qtbot, tab)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_enter_presses_the_focused_button(make_tab, qtbot, key):
    training = GatedTraining(opened=False)
    tab = make_tab(training)

    def enter(name: str) -> None:
        button = next(b for b in tab.findChildren(QPushButton, name) if b.isVisible())
        button.setFocus()
        qtbot.keyClick(button, key)

    enter("start")
    qtbot.waitUntil(lambda: "batch 2 of 4" in headline(tab), timeout=WAIT)
    enter("stop")
    choice = tab.findChild(QFrame, "stop_choice")
    assert choice.isVisible() and tab.findChild(QPushButton, "finish_epoch").hasFocus()
    enter("keep_training")
    assert not choice.isVisible()
    training.gate.set()
    until_ended(qtbot, tab)
    with qtbot.waitSignal(tab.use_requested):
        enter("accept")


def test_the_stop_question_goes_with_its_model(make_tab, qtbot):
    training = GatedTraining(opened=False)
    tab = make_tab(training)
    tab.findChild(QCheckBox, "model_2").click()
    tab.findChild(QSpinBox, "epochs").setValue(1)
    begin_and_wait_at_the_gate(qtbot, tab, "batch 2 of 4")
    press(qtbot, tab, "stop")
    assert "the one that waits stays in the queue" in tab.findChild(QLabel, "stop_sentence").text()
    training.gate.set()
    qtbot.waitUntil(lambda: not tab.findChild(QFrame, "stop_choice").isVisible(), timeout=WAIT)
    until_ended(qtbot, tab)
    assert len(notices(tab)) == 2


def test_the_plot_says_what_it_waits_for(make_tab, qtbot, tiny_dataset):
    may_load = threading.Event()

    def load():
        may_load.wait(WAIT / 1000)
        return tiny_dataset

    tab = make_tab(GatedTraining(), load)
    empty = tab.findChild(QLabel, "plot_empty")
    assert empty.text().startswith("Press Start")
    press(qtbot, tab, "start")
    assert empty.isVisible() and empty.text() == "The curve begins with the first batch."
    may_load.set()
    until_ended(qtbot, tab)
    assert not empty.isVisible()


def pause_one(qtbot, make_tab) -> None:
    """Leave behind a run of model 1, paused after its first epoch."""
    training = GatedTraining(epoch=2, opened=False)
    tab = make_tab(training)
    begin_and_wait_at_the_gate(qtbot, tab, "epoch 2")
    assert not tab.shut_down(QDeadlineTimer(0))
    training.gate.set()
    assert tab.shut_down()


def test_a_paused_run_is_offered_and_goes_on(make_tab, qtbot, store):
    pause_one(qtbot, make_tab)
    (run,) = store.runs()
    training = GatedTraining(epoch=2, opened=False)
    tab = make_tab(training)
    assert notices(tab) == [f"•  Model 1 was paused after 1 of 3 epochs (run {run.name})."]
    press(qtbot, tab, "accept")
    plot = tab.findChild(LossPlot)
    qtbot.waitUntil(lambda: "epoch 1" in plot.accessibleDescription(), timeout=WAIT)  # what it had learnt before
    qtbot.waitUntil(lambda: "epoch 2 of 3 · batch 2 of 4" in headline(tab), timeout=WAIT)
    assert notices(tab) == [] and "epoch 1" in tab.findChild(LossPlot).accessibleDescription()
    training.gate.set()
    until_ended(qtbot, tab)
    (run,) = store.runs()
    assert (run.status, run.record.epochs, len(run.history())) == ("completed", 3, 3)
    assert notices(tab) == ["✓  Model 1 has finished: accuracy on held-out frames 96.2\u00a0%."]
    assert tab.findChild(QPushButton, "start").isEnabled()


def test_only_runs_that_wait_are_offered_the_newest_first(make_tab, qtbot, store):
    pause_one(qtbot, make_tab)
    (first,) = store.runs()
    second = store.create(2, first.record.recipe, 0, first.record.data)
    second.commit(status="running", created="9999-01-01")  # nobody holds it: interrupted
    stopped = store.create(3, first.record.recipe, 0, first.record.data)
    stopped.commit(status="stopped", created="9999-01-02")
    assert notices(make_tab(GatedTraining())) == [
        f"•  Model 2 was interrupted after 0 of 3 epochs (run {second.name}); and 1 more is waiting."
    ]


def list_of_runs(qtbot, tab: TrainTab, name: str) -> QTableView:
    """Open the run history and select a run in it."""
    button = tab.findChild(QToolButton, "open_history")
    if not button.isChecked():
        button.click()
    table = tab.findChild(QTableView, "runs")

    def listed() -> list[str]:
        rows = [table.model().index(row, Column.RUN) for row in range(table.model().rowCount())]
        return [row.data(Qt.ItemDataRole.EditRole) for row in rows]

    qtbot.waitUntil(lambda: name in listed())
    table.setCurrentIndex(table.model().index(listed().index(name), Column.RUN))
    table.setFocus()
    return table


def rename(qtbot, tab: TrainTab, name: str, new_name: str) -> None:
    table = list_of_runs(qtbot, tab, name)
    qtbot.keyClick(table, Qt.Key.Key_F2)
    editor = table.findChildren(QLineEdit, "run_name")[-1]
    qtbot.keyClicks(editor, new_name)
    qtbot.keyClick(editor, Qt.Key.Key_Return)


def test_a_run_that_waits_in_the_kept_queue_is_not_offered_too(make_tab, qtbot, store, tmp_path):
    pause_one(qtbot, make_tab)
    (run,) = store.runs()
    queue = QueueFile(tmp_path / QUEUE_FILE)
    queue.open()
    queue.write([TrainingJob.from_run(run)])
    queue.close()
    tab = make_tab(GatedTraining(), settings=Settings(tmp_path))
    assert (tab.waiting_count, notices(tab)) == (1, [])
    tab.resume_run(run.name)
    qtbot.waitUntil(lambda: notices(tab) == [f"•  Run {run.name} trains already, or waits in the queue."])
    assert tab.waiting_count == 1
    assert not tab.is_training
    press(qtbot, tab, "start_queue")
    until_ended(qtbot, tab)
    assert [run.status for run in store.runs()] == ["completed"]


def test_the_offer_goes_once_its_run_is_taken_up_elsewhere(make_tab, qtbot, store):
    pause_one(qtbot, make_tab)
    (run,) = store.runs()
    training = GatedTraining(opened=False)
    tab = make_tab(training)
    begin_and_wait_at_the_gate(qtbot, tab)
    assert len(notices(tab)) == 1
    list_of_runs(qtbot, tab, run.name)
    press(qtbot, tab, "run_go")
    assert tab.waiting_count == 1
    assert notices(tab) == []
    training.gate.set()
    until_ended(qtbot, tab)


def test_a_run_at_its_end_is_not_trained_again(make_tab, qtbot, store):
    tab = make_tab(GatedTraining())
    press(qtbot, tab, "start")
    until_ended(qtbot, tab)
    (run,) = store.runs()
    run.commit(files={**run.record.files, "model.tflite": run.write_file("model.tflite", lambda p: p.touch())})
    tab.resume_run(run.name)
    assert not tab.is_training
    qtbot.waitUntil(lambda: "nothing left to train" in notices(tab)[-1])


def test_a_run_trained_here_may_be_renamed_and_everything_means_it_still(make_tab, qtbot, store):
    tab = make_tab(GatedTraining())
    press(qtbot, tab, "start")
    until_ended(qtbot, tab)
    (run,) = store.runs()
    rename(qtbot, tab, run.name, "my best")
    plot = tab.findChild(LossPlot)
    qtbot.waitUntil(lambda: "my best" in plot.accessibleDescription())
    assert run.name not in plot.accessibleDescription()
    qtbot.keyClick(list_of_runs(qtbot, tab, "my best"), Qt.Key.Key_Space)
    qtbot.wait(20)
    assert plot.accessibleDescription().count("my best") == 1, "shown once, though chosen and trained here"
    with qtbot.waitSignal(tab.use_requested) as used:
        press(qtbot, tab, "accept")
    assert used.args == [1, "my best"]


def test_an_offered_run_may_be_renamed(make_tab, qtbot, store):
    pause_one(qtbot, make_tab)
    (run,) = store.runs()
    tab = make_tab(GatedTraining())
    rename(qtbot, tab, run.name, "half way")
    qtbot.waitUntil(lambda: notices(tab) == ["•  Model 1 was paused after 1 of 3 epochs (run half way)."])
    assert "half way" in tab.findChild(LossPlot).accessibleDescription()
    press(qtbot, tab, "accept")
    until_ended(qtbot, tab)
    assert [(run.name, run.status) for run in store.runs()] == [("half way", "completed")]


def test_a_run_trained_here_may_be_deleted(make_tab, qtbot, store):
    tab = make_tab(GatedTraining())
    press(qtbot, tab, "start")
    until_ended(qtbot, tab)
    (run,) = store.runs()
    qtbot.keyClick(list_of_runs(qtbot, tab, run.name), Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: run.name not in tab.findChild(LossPlot).accessibleDescription())
    qtbot.waitUntil(lambda: notices(tab) == [f"✓  Deleted {run.name}."])  # it is no longer offered to Draw


def test_a_second_window_leaves_the_queue_alone(make_tab, qtbot, tmp_path):
    first = make_tab(GatedTraining(), settings=Settings(tmp_path))
    kept = tmp_path / "queue.json"
    first_jobs = json.dumps([TrainingJob(1, QUICK, 0).to_json()])
    kept.write_text(first_jobs)
    second = make_tab(GatedTraining(), settings=Settings(tmp_path))
    assert (first.stores_queue, second.stores_queue, second.waiting_count) == (True, False, 0)
    assert "Another window of this program has the queue" in notices(second)[0]
    press(qtbot, second, "start")
    until_ended(qtbot, second)
    assert second.shut_down()
    assert kept.read_text() == first_jobs


def test_a_second_window_takes_the_queue_over_once_the_first_has_finished_its_batch(
    make_tab, qtbot, store, tmp_path, monkeypatch
):
    monkeypatch.setattr(train_tab, "TAKE_OVER_MS", 20)
    training = GatedTraining(epoch=2, opened=False)
    first = make_tab(training, settings=Settings(tmp_path))
    first.findChild(QCheckBox, "model_3").click()
    begin_and_wait_at_the_gate(qtbot, first, "epoch 2")
    first.pause_training()  # "Pause and close" while the batch lasts
    second = make_tab(GatedTraining(), settings=Settings(tmp_path))
    assert "takes it over when that one is closed" in notices(second)[0]
    (run,) = store.runs()
    listed = second.view.history
    list_of_runs(qtbot, second, run.name)
    assert listed._runs[run.name].row.status == "training"
    training.gate.set()
    qtbot.waitUntil(lambda: not first.is_training)
    assert first.shut_down()
    qtbot.waitUntil(lambda: second.stores_queue)
    assert notices(second) == [
        "•  The other window has been closed; this one has the queue now.",
        f"•  Model 1 was paused after 1 of 3 epochs (run {run.name}).",
    ]
    assert rows(second)[0].startswith("Model 3 · Quick look · 3 epochs · ")
    qtbot.waitUntil(lambda: listed._runs[run.name].row.status == "paused after 1")
    assert [job["model"] for job in json.loads((tmp_path / "queue.json").read_text())] == [3]


def test_what_waits_in_a_second_window_is_kept_once_it_has_the_queue(make_tab, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(train_tab, "TAKE_OVER_MS", 20)
    first = make_tab(GatedTraining(), settings=Settings(tmp_path))
    training = GatedTraining(epoch=2, opened=False)
    second = make_tab(training, settings=Settings(tmp_path))
    second.findChild(QCheckBox, "model_2").click()
    begin_and_wait_at_the_gate(qtbot, second, "epoch 2")
    assert json.loads((tmp_path / "queue.json").read_text()) == []
    assert first.shut_down()
    qtbot.waitUntil(lambda: second.stores_queue)
    assert [job["model"] for job in json.loads((tmp_path / "queue.json").read_text())] == [2]
    training.gate.set()
    until_ended(qtbot, second)


def test_what_is_left_out_of_the_kept_queue_is_told(make_tab, qtbot, tmp_path):
    (tmp_path / "queue.json").write_text(json.dumps([TrainingJob(1, QUICK, 0).to_json(), {"of": "a later version"}]))
    tab = make_tab(GatedTraining(), settings=Settings(tmp_path))
    assert tab.waiting_count == 1
    assert "1 of the 2 trainings that waited could not be read" in notices(tab)[0]


def test_closing_pauses_the_training_before_it_waits_for_an_export(make_tab, qtbot, store, tmp_path, monkeypatch):
    may_export = threading.Event()
    monkeypatch.setattr(train_tab, "export_run", lambda _run, _format, _path: may_export.wait(WAIT / 1000))
    whole = store.create(2, QUICK.to_json(), 0, {"name": "bars", "checksum": "c"})
    model = whole.write_file("model.tflite", lambda path: path.write_bytes(b"x"))
    whole.commit(status="completed", epochs=3, files={"model.tflite": model})
    training = GatedTraining(epoch=2, opened=False)
    tab = make_tab(training)
    begin_and_wait_at_the_gate(qtbot, tab, "epoch 2")
    list_of_runs(qtbot, tab, whole.name)
    press(qtbot, tab, "run_export")
    dialog = tab.findChild(QFileDialog)
    dialog.selectFile(str(tmp_path / "out"))
    dialog.accept()
    assert tab.findChild(QLabel, "export_progress").text() == f"Exporting {whole.name} to out.tflite."
    training.gate.set()

    def training_is_paused() -> bool:
        assert not tab.shut_down(QDeadlineTimer(50)), "the export hangs, and is not waited for without limit"
        return [run.status for run in store.runs() if run.model == 1] == ["paused"]

    qtbot.waitUntil(training_is_paused)
    may_export.set()
    assert tab.shut_down()


def test_an_offered_run_that_has_gone_is_a_sentence(make_tab, qtbot, store):
    pause_one(qtbot, make_tab)
    tab = make_tab(GatedTraining())
    store.delete(store.runs()[0].name)
    press(qtbot, tab, "accept")
    assert not tab.is_training
    qtbot.waitUntil(lambda: len(notices(tab)) == 1)
    assert notices(tab)[0].startswith("✗  There is no run")


def test_the_machine_s_pace_is_remembered(make_tab, qtbot, tmp_path):
    settings = Settings(tmp_path)
    settings.speed_factor = 3.0
    tab = make_tab(GatedTraining(), settings=settings)
    assert tab.findChild(QPushButton, "start").text() == "Start · about 6 minutes"
    press(qtbot, tab, "start")
    until_ended(qtbot, tab)
    assert settings.speed_factor is not None and 0 < settings.speed_factor < 3.0


def test_shutting_down_pauses_what_trains(make_tab, qtbot, store):
    training = GatedTraining(epoch=2, opened=False)
    tab = make_tab(training)
    tab.findChild(QCheckBox, "model_2").click()
    begin_and_wait_at_the_gate(qtbot, tab, "epoch 2")
    assert not tab.shut_down(QDeadlineTimer(50))  # still in its batch
    training.gate.set()
    assert tab.shut_down() and not tab.is_training
    assert [(run.model, run.status, run.record.epochs) for run in store.runs()] == [(1, "paused", 1)]


def test_shutting_down_while_the_data_load_leaves_no_run(make_tab, qtbot, store, tiny_dataset):
    loading, may_load = threading.Event(), threading.Event()

    def load():
        loading.set()
        may_load.wait(WAIT / 1000)
        return tiny_dataset

    tab = make_tab(GatedTraining(), load)
    press(qtbot, tab, "start")
    assert loading.wait(WAIT / 1000)
    threading.Timer(0.05, may_load.set).start()
    assert tab.shut_down()
    qtbot.wait(20)
    assert not tab.is_training and store.entries() == []


def test_the_last_run_is_shown_until_another_starts(make_tab, qtbot, store):
    first = make_tab(GatedTraining())
    first.findChild(QSpinBox, "epochs").setValue(1)
    press(qtbot, first, "start")
    until_ended(qtbot, first)
    again = make_tab(GatedTraining())
    (run,) = store.runs()
    assert run.name in again.findChild(QLabel, "plot_note").text()
    assert not again.findChild(QLabel, "plot_empty").isVisible()


def test_a_job_taken_from_the_queue_can_be_put_back(make_tab, qtbot):
    tab = make_tab(GatedTraining())
    for model in (1, 2, 3):
        tab.view.panel.start_requested.emit(QUICK, (model,), 0)
    qtbot.waitUntil(lambda: tab.waiting_count == 2)
    tab.view.queue_list.removed.emit(0)
    assert tab.waiting_count == 1
    qtbot.waitUntil(lambda: any("Taken from the queue: Model 2 · Quick look" in notice for notice in notices(tab)))
    accept = next(b for b in tab.findChildren(QPushButton, "accept") if b.isVisible())
    qtbot.mouseClick(accept, Qt.MouseButton.LeftButton)
    assert tab.waiting_count == 2
    assert [row[:7] for row in rows(tab)] == ["Model 2", "Model 3"]


def test_progress_and_notices_stay_in_sight(make_tab, qtbot):
    tab = make_tab(GatedTraining())
    tab.resize(1000, 500)
    tab.view.notices.show_notice("Something is wrong.", "✗")
    tab.findChild(QToolButton, "open_history").click()
    tab.findChild(QToolButton, "open_queue").click()
    qtbot.waitUntil(lambda: notices(tab) != [])
    for widget in (tab.view.progress, tab.findChild(QLabel, "notice_sentence")):
        seen = widget.visibleRegion().boundingRect()
        assert seen == widget.rect(), "nothing of it is scrolled away"


def test_a_recipe_goes_to_the_clipboard(make_tab, qtbot):
    tab = make_tab(GatedTraining())
    tab.view.panel.command_requested.emit(QUICK, (1, 2), 3)
    command = QApplication.clipboard().text()
    assert command.splitlines() == [f"mnist-gui train --model {n} --recipe quick --seed 3" for n in (1, 2)]
    qtbot.waitUntil(lambda: notices(tab) == ["✓  The commands are on the clipboard."])
    tab.view.panel.code_requested.emit(QUICK, (1,), 3)
    assert "import keras" in QApplication.clipboard().text()
    qtbot.waitUntil(lambda: ["Keras code" in notice for notice in notices(tab)] == [True])


def test_advanced_previews_training_digits(make_tab, qtbot, tiny_dataset):
    tab = make_tab(GatedTraining())
    with qtbot.waitSignal(tab.view.panel.digits_requested):
        tab.findChild(QToolButton, "open_advanced").click()
    caption = tab.findChild(QLabel, "altered_caption")
    qtbot.waitUntil(lambda: "once the data is loaded" not in caption.text(), timeout=WAIT)


def test_digits_that_could_not_be_loaded_can_be_tried_again(make_tab, qtbot, tiny_dataset):
    problems = [DatasetError("MNIST could not be read.")]

    def load():
        if problems:
            raise problems.pop()
        return tiny_dataset

    tab = make_tab(GatedTraining(), load)
    tab.findChild(QToolButton, "open_advanced").click()
    qtbot.waitUntil(lambda: notices(tab) == ["✗  MNIST could not be read."])
    press(qtbot, tab, "accept")
    caption = tab.findChild(QLabel, "altered_caption")
    qtbot.waitUntil(lambda: "once the data is loaded" not in caption.text(), timeout=WAIT)


@pytest.mark.parametrize(
    ("chosen", "kind"), [("curves.svg", "PNG"), ("curves", "SVG"), ("v1.2", "SVG"), ("taken", "PNG")]
)
def test_the_plot_is_saved_where_the_user_says(make_tab, qtbot, tmp_path, chosen, kind):
    tab = make_tab(GatedTraining())
    (tmp_path / "taken.png").touch()
    press(qtbot, tab, "start")
    until_ended(qtbot, tab)
    press(qtbot, tab, "save_plot")
    dialog = tab.findChild(QFileDialog)
    dialog.selectNameFilter(next(offer for offer in dialog.nameFilters() if kind in offer))
    dialog.selectFile(str(tmp_path / chosen))
    dialog.accept()
    question = tab.findChild(QMessageBox, "replace_question")
    assert (question is not None) == (chosen == "taken")
    if question is None:
        qtbot.waitUntil(lambda: len(notices(tab)) == 2)
        assert f"was saved as {tmp_path / chosen}" in notices(tab)[1]
    else:
        assert "taken.png already exists" in question.text()
        question.reject()
        tab.findChildren(QFileDialog)[-1].reject()
    saved = sorted(path.name for path in tmp_path.glob("*.*") if path.stat().st_size)
    assert saved == [name for name in ("curves.svg", "v1.2.svg") if name.startswith(chosen)]


def test_the_tab_opens_without_tensorflow():
    late = {"tensorflow", "keras", "ai_edge_litert"}
    code = f"import sys, mnist_gui.gui.train.train_tab\nassert not {late} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
