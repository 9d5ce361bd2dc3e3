"""The Train tab on a fake training: from an untouched Start to an offer, and every way a training may end."""

import re
import subprocess
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QFileDialog,
    QFrame,
    QLabel,
    QMessageBox,
    QPushButton,
    QRadioButton,
    QToolButton,
)

from mnist_gui.digits.dataset import DatasetError
from mnist_gui.gui.settings import Settings
from mnist_gui.gui.train.curves.loss_plot import LossPlot
from mnist_gui.gui.train.live_prediction_strip import LivePredictionStrip
from mnist_gui.gui.train.recipe.number_box import NumberBox
from mnist_gui.gui.train.repeat_question import RepeatQuestion
from mnist_gui.models.layer_chain import own_chain
from mnist_gui.models.recipes import QUICK
from mnist_gui.models.training.training_events import TrainingEnded, TrainingStarted
from tests.fakes import FakeTraining, GatedTraining
from tests.gui.train.train_tab_actions import (
    WAIT,
    begin_and_wait_at_the_gate,
    headline,
    is_at,
    notices,
    open_queue,
    press,
    rows,
    until_ended,
)


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
    assert "answers" not in tab.findChild(QLabel, "strip_caption").text()  # no model answers any more
    with qtbot.waitSignal(tab.use_requested) as used:
        press(qtbot, tab, "accept")
    assert used.args == [run.name] and notices(tab) == []


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


@pytest.mark.slow
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
    assert headline(tab).startswith("Paused · Model 1 · epoch 1 of 3") and is_at(tab, "batch 2 of 4")
    press(qtbot, tab, "pause")
    until_ended(qtbot, tab)
    assert "has finished" in notices(tab)[0]


@pytest.mark.slow
def test_models_are_trained_one_after_another(make_tab, qtbot, store):
    tab = make_tab(GatedTraining())
    tab.findChild(QCheckBox, "model_3").click()
    qtbot.keyClick(tab, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    until_ended(qtbot, tab)
    assert [(run.model, run.status) for run in store.runs()] == [(1, "completed"), (3, "completed")]
    assert [sentence[3:10] for sentence in notices(tab)] == ["Model 1", "Model 3"]
    description = tab.findChild(LossPlot).accessibleDescription()
    assert "model-1" in description and "model-3" in description


@pytest.mark.slow
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


@pytest.mark.slow
def test_what_is_added_while_a_model_trains_comes_after_it_by_its_own_recipe(make_tab, qtbot, store):
    training = GatedTraining(opened=False)
    tab = make_tab(training)
    begin_and_wait_at_the_gate(qtbot, tab)
    tab.findChild(QRadioButton, "notebook").click()
    tab.findChild(NumberBox, "epochs").setValue(2)
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_run_that_ended_early_says_so_and_which_epoch_answers(make_tab, qtbot):
    """What a run of a recipe with patience tells: fewer epochs than there might have been, and a best one."""

    def train(run, dataset, *, report, control):
        fake = FakeTraining()

        def record(event):
            if isinstance(event, TrainingStarted):
                event = replace(event, epochs=20)
            if isinstance(event, TrainingEnded):
                run.commit(best=2)
            report(event)

        return fake(run, dataset, report=record, control=control)

    tab = make_tab(train)
    press(qtbot, tab, "start")
    until_ended(qtbot, tab)
    (sentence,) = notices(tab)
    assert "ended early after epoch 3 of 20" in sentence and "epoch 2, its best, answers" in sentence
    assert sentence.endswith("accuracy on held-out frames 89.6\u00a0%.")


@pytest.mark.slow
def test_one_that_fails_does_not_stop_the_others(make_tab, qtbot, store):
    tab = make_tab(GatedTraining(fails="The memory ran out."))
    tab.findChild(QCheckBox, "model_2").click()
    press(qtbot, tab, "start")
    until_ended(qtbot, tab)
    assert [(run.model, run.status) for run in store.runs()] == [(1, "failed"), (2, "failed")]
    assert [sentence[3:10] for sentence in notices(tab)] == ["Model 1", "Model 2"]


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_user_s_digit_is_answered_else_a_test_digit(make_tab, qtbot, tiny_dataset):
    training = GatedTraining()
    tab = make_tab(training)
    press(qtbot, tab, "start")
    until_ended(qtbot, tab)
    own = np.full((28, 28), 0.5, np.float32)
    tab.set_frame(own)
    tab.view.panel.set_seed(1)
    press(qtbot, tab, "start")
    until_ended(qtbot, tab)
    assert np.array_equal(training.frames[0], tiny_dataset.test.images[0] / np.float32(255))
    assert np.array_equal(training.frames[1], own)


@pytest.mark.slow
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
@pytest.mark.slow
def test_enter_presses_the_focused_button(make_tab, qtbot, key):
    training = GatedTraining(opened=False)
    tab = make_tab(training)

    def enter(name: str) -> None:
        button = next(b for b in tab.findChildren(QPushButton, name) if b.isVisible())
        button.setFocus()
        qtbot.keyClick(button, key)

    enter("start")
    qtbot.waitUntil(lambda: is_at(tab, "batch 2 of 4"), timeout=WAIT)
    enter("stop")
    choice = tab.findChild(QFrame, "stop_choice")
    assert choice.isVisible() and tab.findChild(QPushButton, "finish_epoch").hasFocus()
    enter("keep_training")
    assert not choice.isVisible()
    training.gate.set()
    until_ended(qtbot, tab)
    with qtbot.waitSignal(tab.use_requested):
        enter("accept")


@pytest.mark.slow
def test_the_stop_question_goes_with_its_model(make_tab, qtbot):
    training = GatedTraining(opened=False)
    tab = make_tab(training)
    tab.findChild(QCheckBox, "model_2").click()
    tab.findChild(NumberBox, "epochs").setValue(1)
    begin_and_wait_at_the_gate(qtbot, tab, "batch 2 of 4")
    press(qtbot, tab, "stop")
    assert "the one that waits stays in the queue" in tab.findChild(QLabel, "stop_sentence").text()
    training.gate.set()
    qtbot.waitUntil(lambda: not tab.findChild(QFrame, "stop_choice").isVisible(), timeout=WAIT)
    until_ended(qtbot, tab)
    assert len(notices(tab)) == 2


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_advanced_previews_training_digits(make_tab, qtbot, tiny_dataset):
    tab = make_tab(GatedTraining())
    with qtbot.waitSignal(tab.view.panel.digits_requested):
        tab.findChild(QToolButton, "open_advanced").click()
    caption = tab.findChild(QLabel, "altered_caption")
    qtbot.waitUntil(lambda: "once the data is loaded" not in caption.text(), timeout=WAIT)


@pytest.mark.slow
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
@pytest.mark.slow
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


@pytest.mark.slow
def test_the_tab_opens_without_tensorflow():
    late = {"tensorflow", "keras", "onnxruntime"}
    code = f"import sys, mnist_gui.gui.train.train_tab\nassert not {late} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_model_of_ones_own_is_trained_queued_copied_and_kept(make_tab, qtbot, store, tmp_path):
    layers = "conv 5 4, pool 2, dense 8"
    training = GatedTraining(opened=False)
    tab = make_tab(training, settings=Settings(tmp_path / "settings"))
    for model in (1, 0):
        tab.findChild(QCheckBox, f"model_{model}").click()
    tab.view.panel.layer_editor.set_layers(layers)
    begin_and_wait_at_the_gate(qtbot, tab, "Your own model · epoch 1 of 3")
    (run,) = store.runs()
    assert (run.record.model, own_chain(run)) == (None, layers)
    press(qtbot, tab, "copy_as_command")
    assert QApplication.clipboard().text() == f'mnist-gui train --layers "{layers}" --recipe quick'
    press(qtbot, tab, "copy_as_keras_code")
    assert 'layers.Conv2D(4, (5, 5), activation="relu"' in QApplication.clipboard().text()

    tab.view.panel.layer_editor.set_layers("dense 16")
    press(qtbot, tab, "start")
    assert len(rows(tab)) == 1 and rows(tab)[0].startswith("Your own model · Quick look")
    tab.view.panel.layer_editor.set_layers(layers)
    press(qtbot, tab, "start")  # the same once more
    qtbot.waitUntil(lambda: tab.findChild(RepeatQuestion) is not None)
    tab.findChild(RepeatQuestion).close()
    training.gate.set()
    until_ended(qtbot, tab)
    assert [own_chain(run) for run in store.runs()] == [layers, "dense 16"]
    assert all(run.status == "completed" for run in store.runs())
    assert any("Your own model has finished" in notice for notice in notices(tab))
    assert "&nbsp;Your&nbsp;own&nbsp;model" in re.sub("<[^>]*>", "", tab.findChild(QLabel, "plot_key").text())
    again = make_tab(GatedTraining(), settings=Settings(tmp_path / "settings"))
    assert again.view.panel.layer_editor.layers == layers
