"""The same training once more is asked about."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QPushButton, QRadioButton

from tests.fakes import GatedTraining
from tests.gui.train.train_tab_actions import begin_and_wait_at_the_gate, press, rows, until_ended

pytestmark = pytest.mark.slow


def question(tab) -> QMessageBox | None:
    return next((box for box in tab.findChildren(QMessageBox, "repeat_question") if box.isVisible()), None)


def answer(tab, text):
    next(button for button in question(tab).buttons() if button.text() == text).click()


@pytest.fixture
def training_tab(make_tab, qtbot):
    training = GatedTraining(opened=False)
    tab = make_tab(training)
    begin_and_wait_at_the_gate(qtbot, tab)
    return tab, training


def test_a_double_click_on_start_starts_one_training(make_tab, qtbot, store):
    training = GatedTraining(opened=False)
    tab = make_tab(training)
    start = tab.findChild(QPushButton, "start")
    for _ in range(2):
        QTest.mouseClick(start, Qt.MouseButton.LeftButton)
    assert question(tab) is not None
    answer(tab, "Cancel")
    training.gate.set()
    until_ended(qtbot, tab)
    assert [(run.model, run.record.seed) for run in store.runs()] == [(1, 0)]


@pytest.mark.parametrize(("choice", "seeds"), [("Another seed", {0, 1}), ("Train it again", {0}), ("Cancel", None)])
def test_while_it_trains_the_same_is_asked_about(training_tab, qtbot, store, choice, seeds):
    tab, training = training_tab
    press(qtbot, tab, "start")
    assert "same again" in question(tab).text() and "Model 1 trains already" in question(tab).informativeText()
    answer(tab, choice)
    assert len(rows(tab)) == (0 if choice == "Cancel" else 1)
    training.gate.set()
    until_ended(qtbot, tab)
    assert {run.record.seed for run in store.runs()} == (seeds or {0})
    assert len(store.runs()) == (1 if choice == "Cancel" else 2)


def test_what_waits_and_what_is_trained_already_are_asked_about(training_tab, qtbot, store):
    tab, training = training_tab
    press(qtbot, tab, "start")
    answer(tab, "Another seed")
    press(qtbot, tab, "start")
    assert "waits in the queue already" in question(tab).informativeText()
    answer(tab, "Cancel")
    training.gate.set()
    until_ended(qtbot, tab)
    press(qtbot, tab, "start")
    trained = next(run.name for run in store.runs() if run.record.seed == 1)
    assert trained in question(tab).informativeText()
    answer(tab, "Another seed")
    until_ended(qtbot, tab)
    assert {run.record.seed for run in store.runs()} == {0, 1, 2}


def test_another_recipe_is_not_asked_about(training_tab, qtbot):
    tab, training = training_tab
    tab.findChild(QRadioButton, "notebook").click()
    press(qtbot, tab, "start")
    assert question(tab) is None and len(rows(tab)) == 1
    training.gate.set()


def test_shutting_down_closes_the_question(training_tab, qtbot):
    tab, training = training_tab
    press(qtbot, tab, "start")
    training.gate.set()
    assert tab.shut_down()
    assert question(tab) is None
