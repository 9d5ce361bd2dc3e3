"""The progress header: its words, and what Stop offers."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QPushButton

from mnist_gui.gui.train.training_progress import TrainingProgress
from mnist_gui.models.training.time_estimate import TimeEstimate

FIRST_EPOCH = TimeEstimate(
    model=1,
    epoch=1,
    epochs=3,
    batch=31,
    batches=47,
    validating=False,
    completed_epochs=0,
    epoch_fraction=0.6,
    total_fraction=0.2,
    epoch_seconds_left=190.0,
    seconds_left=570.0,
    mean_epoch_seconds=None,
)
SECOND_EPOCH = replace(FIRST_EPOCH, epoch=2, completed_epochs=1, seconds_left=70.0, mean_epoch_seconds=52.0)


@pytest.fixture
def progress(qtbot) -> TrainingProgress:
    progress = TrainingProgress()
    qtbot.addWidget(progress)
    progress.resize(700, 250)
    progress.show()
    qtbot.waitExposed(progress)
    return progress


def words(progress: TrainingProgress, name: str = "headline") -> str:
    return progress.findChild(QLabel, name).text()


def button(progress: TrainingProgress, name: str) -> QPushButton:
    return progress.findChild(QPushButton, name)


def click(qtbot, progress: TrainingProgress, name: str) -> None:
    qtbot.mouseClick(button(progress, name), Qt.MouseButton.LeftButton)


def choice(progress: TrainingProgress) -> QFrame:
    return progress.findChild(QFrame, "stop_choice")


def test_idle_it_says_what_to_do_and_offers_nothing(progress):
    assert "press Start" in words(progress, "details")
    assert not button(progress, "stop").isEnabled() and not button(progress, "pause").isEnabled()


def test_in_a_study_it_says_which_run_it_is_and_what_is_left_in_all(progress):
    progress.set_study_run(3, 15)
    progress.show_time_estimate(SECOND_EPOCH)
    assert words(progress) == "Model 1 · run 3 of 15 · 1:10 left in all"
    assert words(progress, "details") == "Batch 31 of 47 · epoch 2 of 3 of this run"
    progress.set_study_run()
    progress.show_time_estimate(SECOND_EPOCH)
    assert words(progress) == "Model 1 · epoch 2 of 3 · 1:10 left"


def test_it_says_what_is_being_waited_for(progress):
    sentence = "Loading TensorFlow. The first time takes about ten seconds."
    progress.show_preparation(sentence)
    assert words(progress) == sentence
    assert progress.findChild(QProgressBar, "epoch_bar").maximum() == 0  # moves, and promises nothing
    assert button(progress, "stop").isEnabled()


def test_it_says_where_the_training_is(progress):
    progress.show_time_estimate(SECOND_EPOCH)
    assert words(progress) == "Model 1 · epoch 2 of 3 · 1:10 left"
    assert words(progress, "details") == "Batch 31 of 47 · mean epoch time 0:52"
    assert progress.findChild(QProgressBar, "epoch_bar").value() == 600
    assert progress.findChild(QProgressBar, "whole_bar").value() == 200
    progress.show_time_estimate(replace(SECOND_EPOCH, validating=True))
    assert words(progress, "details").startswith("Validation · ")


def test_pause_and_resume(progress, qtbot):
    progress.show_time_estimate(SECOND_EPOCH)
    with qtbot.waitSignal(progress.pause_requested):
        click(qtbot, progress, "pause")
    assert words(progress).startswith("Paused · Model 1") and button(progress, "pause").text() == "Go on"
    with qtbot.waitSignal(progress.resume_requested):
        click(qtbot, progress, "pause")
    assert words(progress).startswith("Model 1") and button(progress, "pause").text() == "Pause"


def test_stop_is_answered_at_once_where_an_epoch_is_kept(progress, qtbot):
    progress.show_time_estimate(SECOND_EPOCH)
    with qtbot.waitSignal(progress.stop_requested) as stopped:
        click(qtbot, progress, "stop")
    assert stopped.args == [False] and words(progress) == "Stopping…"
    progress.show_time_estimate(SECOND_EPOCH)  # a batch that was under way
    assert words(progress) == "Stopping…"


def test_in_the_first_epoch_stop_asks_first(progress, qtbot):
    progress.show_time_estimate(FIRST_EPOCH)
    with qtbot.assertNotEmitted(progress.stop_requested):
        click(qtbot, progress, "stop")
    assert choice(progress).isVisible()
    assert button(progress, "finish_epoch").text() == "Finish epoch (3:10)"
    assert button(progress, "finish_epoch").toolTip() == "Finish this epoch and keep it, then stop"
    assert button(progress, "discard").toolTip() == "Stop now; nothing of this run is kept"
    with qtbot.waitSignal(progress.stop_requested) as stopped:
        click(qtbot, progress, "finish_epoch")
    assert stopped.args == [True] and not choice(progress).isVisible()
    assert "3:10 left" in words(progress) and "Stops after this epoch" in words(progress, "details")


def test_the_training_may_be_discarded_or_go_on(progress, qtbot):
    progress.show_time_estimate(FIRST_EPOCH)
    click(qtbot, progress, "stop")
    click(qtbot, progress, "keep_training")
    assert not choice(progress).isVisible()
    click(qtbot, progress, "stop")
    with qtbot.waitSignal(progress.stop_requested) as stopped:
        click(qtbot, progress, "discard")
    assert stopped.args == [False] and words(progress) == "Stopping…"


def test_the_question_stays_true_when_the_epoch_ends_meanwhile(progress, qtbot):
    progress.show_time_estimate(FIRST_EPOCH)
    click(qtbot, progress, "stop")
    progress.show_time_estimate(SECOND_EPOCH)
    assert choice(progress).isVisible()
    assert "is kept" in words(progress, "stop_sentence")
    assert button(progress, "discard").text() == "Stop now"


def test_the_question_goes_and_stop_is_off_while_the_model_is_saved(progress, qtbot):
    progress.show_time_estimate(FIRST_EPOCH)
    click(qtbot, progress, "stop")
    progress.show_preparation("Saving the model.")
    assert not choice(progress).isVisible() and not button(progress, "stop").isEnabled()
    progress.reset()
    progress.show_preparation("Building the model.")  # of the next one
    assert button(progress, "stop").isEnabled()


def test_the_question_does_not_outlive_its_model(progress, qtbot):
    progress.set_waiting_jobs(1)
    progress.show_time_estimate(FIRST_EPOCH)
    click(qtbot, progress, "stop")
    progress.reset()
    assert not choice(progress).isVisible()


def test_it_says_what_stopping_does_to_what_waits(progress, qtbot):
    progress.set_waiting_jobs(2)
    progress.show_time_estimate(FIRST_EPOCH)
    assert words(progress).endswith("9:30 left in all")
    assert "the 2 that wait stay in the queue" in button(progress, "stop").toolTip()
    click(qtbot, progress, "stop")
    assert words(progress, "stop_sentence").endswith("nothing to keep; the 2 that wait stay in the queue.")
    progress.set_waiting_jobs(1)  # another was removed meanwhile
    assert words(progress, "stop_sentence").endswith("the one that waits stays in the queue.")
    click(qtbot, progress, "finish_epoch")
    assert words(progress).endswith("3:10 left")
    assert words(progress, "details").endswith("this epoch; the one that waits stays in the queue")


def test_skip_asks_in_the_first_epoch_only(progress, qtbot):
    progress.set_waiting_jobs(1)
    progress.show_time_estimate(FIRST_EPOCH)
    progress.skip()
    assert button(progress, "discard").toolTip() == "Skip now; nothing of this run is kept"
    with qtbot.waitSignal(progress.skip_requested) as skipped, qtbot.assertNotEmitted(progress.stop_requested):
        click(qtbot, progress, "finish_epoch")
    assert skipped.args == [True] and words(progress, "details").startswith("Skips after this epoch")
    progress.reset()
    progress.show_time_estimate(SECOND_EPOCH)
    assert "mean epoch time" in words(progress, "details")
    with qtbot.waitSignal(progress.skip_requested) as skipped:
        progress.skip()
    assert skipped.args == [False] and words(progress) == "Skipping…"


def test_a_skipped_run_that_was_paused_does_not_pause_the_next(progress, qtbot):
    progress.set_waiting_jobs(1)
    progress.show_time_estimate(SECOND_EPOCH)
    click(qtbot, progress, "pause")
    progress.skip()
    progress.reset()
    progress.show_time_estimate(FIRST_EPOCH)
    assert words(progress).startswith("Model 1") and button(progress, "pause").text() == "Pause"
