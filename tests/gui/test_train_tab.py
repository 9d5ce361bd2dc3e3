"""The Train tab on a fake training: from an untouched Start to an offer, and every way a training may end."""

import subprocess
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QCheckBox, QFrame, QLabel, QPushButton, QSpinBox

from mnist_gui.digits.dataset import DatasetError
from mnist_gui.gui.settings import Settings
from mnist_gui.gui.train_tab import TrainTab
from mnist_gui.gui.widgets.answer_strip import AnswerStrip
from mnist_gui.gui.widgets.loss_plot import LossPlot
from mnist_gui.models.events import BatchEnded, TrainingEnded, TrainingStarted
from mnist_gui.models.fakes import FakeTraining

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
        tab = TrainTab(store, load_dataset, train, **more)
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
    button = next(b for b in tab.findChildren(QPushButton, name) if b.isVisible())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def headline(tab: TrainTab) -> str:
    return tab.findChild(QLabel, "headline").text()


def notices(tab: TrainTab) -> list[str]:
    return [label.text() for label in tab.findChildren(QLabel, "notice_sentence") if label.isVisible()]


def until_ended(qtbot, tab: TrainTab) -> None:
    qtbot.waitUntil(lambda: not tab.is_training, timeout=WAIT)
    QApplication.processEvents()  # Qt shows what was added to a layout from its event loop


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
    assert tab.findChild(AnswerStrip).answers == [7, 7, 7]
    assert "answers" not in tab.findChild(QLabel, "strip_caption").text()  # nobody answers any more
    with qtbot.waitSignal(tab.use_requested) as used:
        press(qtbot, tab, "accept")
    assert used.args == [1, run.name] and notices(tab) == []


def test_progress_is_said_while_it_trains(make_tab, qtbot):
    training = GatedTraining(epoch=2, opened=False)
    tab = make_tab(training)
    begin_and_wait_at_the_gate(qtbot, tab, "Model 1 · epoch 2 of 3 · batch 2 of 4")
    assert tab.is_training and headline(tab).endswith(" left")
    assert not tab.findChild(QPushButton, "start").isEnabled()
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


def test_runs_that_were_not_begun_when_it_stops_leave_nothing(make_tab, qtbot, store):
    training = GatedTraining(epoch=2, opened=False)
    tab = make_tab(training)
    tab.findChild(QCheckBox, "model_2").click()
    begin_and_wait_at_the_gate(qtbot, tab, "epoch 2")
    assert len(store.runs()) == 2
    assert headline(tab).endswith(" left in all")
    press(qtbot, tab, "stop")
    assert "model 2 is not begun" in tab.findChild(QLabel, "details").text()
    training.gate.set()
    until_ended(qtbot, tab)
    assert [run.model for run in store.runs()] == [1]
    assert len(notices(tab)) == 1


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


def test_the_person_s_digit_is_answered_else_a_test_digit(make_tab, qtbot, tiny_dataset):
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
    assert tab.findChild(AnswerStrip).answers == [7]
    tab.set_frame(np.full((28, 28), 0.5, np.float32))
    assert tab.findChild(AnswerStrip).answers == []
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
    enter("go_on")
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
    assert "model 2 is not begun" in tab.findChild(QLabel, "stop_sentence").text()
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
    assert not tab.shut_down(0.0)
    training.gate.set()
    assert tab.shut_down()


def test_a_paused_run_is_offered_and_goes_on(make_tab, qtbot, store):
    pause_one(qtbot, make_tab)
    (run,) = store.runs()
    training = GatedTraining(epoch=2, opened=False)
    tab = make_tab(training)
    assert notices(tab) == [f"•  Model 1 was paused after 1 of 3 epochs (run {run.name})."]
    press(qtbot, tab, "accept")
    assert tab.is_training and not tab.findChild(QPushButton, "start").isEnabled()
    assert "epoch 1" in tab.findChild(LossPlot).accessibleDescription()  # what it had learnt before
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
    settings.pace = 3.0
    tab = make_tab(GatedTraining(), settings=settings)
    assert tab.findChild(QPushButton, "start").text() == "Start · about 6 minutes"
    press(qtbot, tab, "start")
    until_ended(qtbot, tab)
    assert settings.pace is not None and 0 < settings.pace < 3.0


def test_shutting_down_pauses_what_trains(make_tab, qtbot, store):
    training = GatedTraining(epoch=2, opened=False)
    tab = make_tab(training)
    tab.findChild(QCheckBox, "model_2").click()
    begin_and_wait_at_the_gate(qtbot, tab, "epoch 2")
    assert not tab.shut_down(0.05)  # still in its batch
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


def test_the_tab_opens_without_tensorflow():
    code = (
        "import sys, mnist_gui.gui.train_tab\nassert not {'tensorflow', 'keras', 'ai_edge_litert'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
