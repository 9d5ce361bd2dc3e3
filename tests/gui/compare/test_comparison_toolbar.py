"""The line of choices: what is wished for."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from mnist_gui.gui.compare.comparison_job import MINE, MNIST, AvailableRuns, ComparisonRequest, id_of
from mnist_gui.gui.compare.comparison_toolbar import ComparisonToolbar
from tests.compared import add_run


@pytest.fixture
def head(qtbot):
    head = ComparisonToolbar()
    qtbot.addWidget(head)
    head.show()
    return head


def test_at_first_the_test_set_and_the_runs_that_answer_are_wished_for(head):
    assert head.wish == ComparisonRequest(MNIST, None)
    assert head.on.currentText() == "MNIST test"


def test_other_digits_are_wished_for_with_the_keys(head, qtbot):
    with qtbot.waitSignal(head.request_changed) as signal:
        QTest.keyClick(head.on, Qt.Key.Key_Down)
    assert signal.args == [ComparisonRequest(MINE, None)]


def test_other_runs_are_wished_for_on_the_same_digits(head, qtbot, store):
    runs = [add_run(store, model, name=f"run-{model}") for model in (1, 2)]
    ids = [id_of(run) for run in runs]
    head.set_offered(AvailableRuns(runs, frozenset(ids), frozenset(ids)))
    head.on.setCurrentIndex(1)
    head.runs.open()
    QTest.keyClick(head.runs.list, Qt.Key.Key_Space)
    with qtbot.waitSignal(head.request_changed) as signal:
        QTest.keyClick(head.runs.list, Qt.Key.Key_Escape)
    assert signal.args == [ComparisonRequest(MINE, frozenset(ids[1:]))]


@pytest.mark.parametrize(
    ("text", "directory"), [("Drawings in a file…", False), ("A folder of labelled pictures…", True)]
)
def test_a_file_or_folder_is_asked_for_and_a_refusal_changes_nothing(head, qtbot, tmp_path, text, directory):
    with qtbot.assertNotEmitted(head.request_changed):
        head.on.setCurrentIndex(head.on.findText(text))
    assert head.on.currentText() == "MNIST test"
    dialog = head.findChild(QFileDialog)
    assert (dialog.fileMode() == QFileDialog.FileMode.Directory) == directory
    with qtbot.waitSignal(head.request_changed) as signal:
        dialog.fileSelected.emit(str(tmp_path / "mine"))
    dialog.close()
    assert signal.args == [ComparisonRequest(tmp_path / "mine", None)]
    assert head.on.currentText() == "mine"


def test_a_run_is_described_by_what_its_name_does_not_say(head, store):
    runs = [add_run(store, 1, name="model-1-mine"), add_run(store, 2, name="other")]
    head.set_offered(AvailableRuns(runs, frozenset(), frozenset()))
    first, second = (choice.text for choice in head.runs._choices)
    assert first.startswith("model-1-mine · 2")  # the year
    assert second.startswith("other · model 2 · 2")
