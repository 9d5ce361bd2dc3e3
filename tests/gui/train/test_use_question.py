"""A run says what it would replace in the Draw tab, and one that is no better than guessing is asked about."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QToolButton

from mnist_gui.gui.train.use_question import guessing_sentence
from mnist_gui.runs.record import EpochMetrics
from tests.comparison_data import RECIPE, add_run
from tests.fakes import GatedTraining
from tests.gui.train.train_tab_actions import list_of_runs, notices, press, until_ended


def add_run_with(store, accuracy, frames=5000, **record):
    data = {"name": "bars", "checksum": "c", "validation": {"source": "held out", "frames": frames}}
    run = store.create(1, RECIPE, 7, data, **record)
    files = {
        "history.csv": run.append_history(EpochMetrics(1, 2.3, 0.1, 2.3, accuracy, 1.0)),
        "model.onnx": run.write_file("model.onnx", lambda path: path.write_bytes(b"guesses")),
    }
    run.commit(status="completed", epochs=1, exported=1, files=files)
    return run


def question(tab) -> QMessageBox | None:
    return next((box for box in tab.findChildren(QMessageBox, "use_question") if box.isVisible()), None)


@pytest.mark.parametrize(
    ("accuracy", "frames", "guesses"),
    [(0.098, 5000, True), (0.1135, 10_000, True), (0.13, 10_000, False), (0.13, 100, True), (0.99, 5000, False)],
)
def test_guessing_is_told_from_knowing_by_the_interval(store, accuracy, frames, guesses):
    assert bool(guessing_sentence(add_run_with(store, accuracy, frames))) == guesses


def test_a_fine_tuned_run_is_not_judged_by_its_few_digits(store):
    add_run(store, name="parent")
    assert guessing_sentence(add_run_with(store, 0.0, 2, parent="parent")) == ""


@pytest.mark.slow
def test_a_notice_names_the_run_that_it_would_replace(make_tab, qtbot, store):
    store.activate(add_run(store, name="so far").name)
    tab = make_tab(GatedTraining())
    press(qtbot, tab, "start")
    until_ended(qtbot, tab)
    (notice,) = notices(tab)
    assert notice.endswith("In Draw it would replace so far.")


@pytest.mark.slow
@pytest.mark.parametrize("choice", ["Use it anyway", "Cancel"])
def test_a_run_that_guesses_is_asked_about(make_tab, qtbot, store, choice):
    store.activate(add_run(store, name="so far").name)
    store.rename(add_run_with(store, 0.098).name, "guesser")
    tab = make_tab(GatedTraining())
    used = []
    tab.use_requested.connect(lambda *arguments: used.append(arguments))
    table = list_of_runs(qtbot, tab, "guesser")
    assert "instead of so far" in tab.findChild(QToolButton, "run_use").toolTip()
    qtbot.keyClick(table, Qt.Key.Key_Return)
    box = question(tab)
    assert "guesser is no better than guessing: it reads 9.8 %" in box.text()
    assert box.informativeText() == "In Draw it would replace so far."
    assert not used
    next(button for button in box.buttons() if button.text() == choice).click()
    assert used == ([("guesser",)] if choice == "Use it anyway" else [])


@pytest.mark.slow
def test_a_run_that_knows_is_used_at_once(make_tab, qtbot, store):
    store.rename(add_run_with(store, 0.97).name, "knows")
    tab = make_tab(GatedTraining())
    with qtbot.waitSignal(tab.use_requested) as used:
        qtbot.keyClick(list_of_runs(qtbot, tab, "knows"), Qt.Key.Key_Return)
    assert used.args == ["knows"] and question(tab) is None
