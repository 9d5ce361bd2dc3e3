"""What runs were trained with, in a dialog, and trainings like an earlier one."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from mnist_gui.digits.dataset import MNIST_CHECKSUM
from mnist_gui.gui.train.history.run_settings_dialog import SAME, RunSettingsDialog
from mnist_gui.gui.train.repeat_question import RepeatQuestion
from mnist_gui.models.recipes import FAST, FINE_TUNING, QUICK
from tests.fakes import FakeTraining

LIMIT = 20_000  # ms


@pytest.fixture
def add(store):
    def add(recipe=FAST, seed=1, name="MNIST", checksum=MNIST_CHECKSUM):
        run = store.create(2, recipe.to_json(), seed, {"name": name, "checksum": checksum, "frames": 55_000})
        run.commit(status="completed")
        return run

    return add


@pytest.fixture
def show(qtbot):
    def show(*runs):
        dialog = RunSettingsDialog(runs)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    return show


def lines(dialog):
    table = dialog.table
    return {
        table.verticalHeaderItem(row).text(): [table.item(row, column).text() for column in range(table.columnCount())]
        for row in range(table.rowCount())
    }


def test_one_run_shows_all_its_settings_and_can_be_trained_again(add, show, qtbot):
    run = add()
    dialog = show(run)
    assert lines(dialog)["Optimizer"] == ["Adam"]
    assert lines(dialog)["Training frames"] == ["55,000"]
    assert not dialog.differing.isVisible()
    with qtbot.waitSignal(dialog.train_again_requested) as asked:
        QTest.mouseClick(dialog.findChild(QPushButton, "train_other_seed"), Qt.MouseButton.LeftButton)
    assert asked.args == [run.name, True]
    assert not dialog.isVisible()


def test_two_runs_show_what_differs_and_on_demand_the_rest(add, show):
    dialog = show(add(), add(replace(FAST, batch_size=32), seed=2))
    assert lines(dialog) == {"Seed": ["1", "2"], "Batch size": ["64", "32"]}
    dialog.differing.setChecked(False)
    assert lines(dialog)["Optimizer"] == ["Adam", "Adam"]
    assert dialog.findChild(QPushButton, "train_again") is None


def test_runs_with_the_same_settings_say_so(add, show):
    dialog = show(add(), add())
    same = dialog.findChild(QLabel, "same_settings")
    assert (same.isVisible(), same.text(), dialog.table.isVisible()) == (True, SAME, False)


def test_a_taught_run_is_not_trained_again_from_here(add, show):
    assert show(add(FINE_TUNING)).findChild(QPushButton, "train_again") is None


def test_another_seed_trains_the_same_with_the_next_one_that_is_free(add, make_tab, store, qtbot):
    recipe = QUICK.with_changes(epochs=1, held_out=400)
    first, _second = add(recipe, 1), add(recipe, 2)
    tab = make_tab(FakeTraining())
    with qtbot.waitSignal(tab._queue.ended, timeout=LIMIT):
        tab.view.history.train_again_requested.emit(first.name, True)
    trained = max(store.runs(), key=lambda run: run.record.seed)
    assert (trained.model, trained.record.seed, trained.record.recipe) == (2, 3, recipe.to_json())


def test_the_same_training_again_is_asked_about(add, make_tab, qtbot):
    run = add(QUICK, 1)
    tab = make_tab(FakeTraining())
    tab.view.history.train_again_requested.emit(run.name, False)
    assert tab.findChild(RepeatQuestion, "repeat_question") is not None
    assert not tab.is_training


def test_what_cannot_be_trained_again_from_here_says_where(add, make_tab):
    run = add(QUICK, 1, "mine", "0" * 64)
    tab = make_tab(FakeTraining())
    tab.view.history.train_again_requested.emit(run.name, True)
    assert "train on it from a terminal" in tab.view.notices.notices[-1].sentence
    assert not tab.is_training
