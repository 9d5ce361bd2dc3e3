"""The toolbar: the comparison that is requested."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from mnist_gui.gui.compare.comparison_job import MNIST, USER_DIGITS, AvailableRuns, ComparisonRequest, run_id
from mnist_gui.gui.compare.comparison_toolbar import ComparisonToolbar
from tests.comparison_data import add_run


@pytest.fixture
def toolbar(qtbot):
    toolbar = ComparisonToolbar()
    qtbot.addWidget(toolbar)
    toolbar.show()
    return toolbar


def test_at_first_the_test_set_and_the_default_runs_are_requested(toolbar):
    assert toolbar.request == ComparisonRequest(MNIST, None)
    assert toolbar.source.currentText() == "MNIST test"


def test_keys_request_other_digits(toolbar, qtbot):
    with qtbot.waitSignal(toolbar.request_changed) as signal:
        QTest.keyClick(toolbar.source, Qt.Key.Key_Down)
    assert signal.args == [ComparisonRequest(USER_DIGITS, None)]


def test_other_runs_are_requested_on_the_same_digits(toolbar, qtbot, store):
    runs = [add_run(store, model, name=f"run-{model}") for model in (1, 2)]
    ids = [run_id(run) for run in runs]
    toolbar.set_available(AvailableRuns(runs, frozenset(ids), frozenset(ids)))
    toolbar.source.setCurrentIndex(1)
    toolbar.runs.open()
    QTest.keyClick(toolbar.runs.menu(), Qt.Key.Key_Space)
    with qtbot.waitSignal(toolbar.request_changed) as signal:
        QTest.keyClick(toolbar.runs.menu(), Qt.Key.Key_Escape)
    assert signal.args == [ComparisonRequest(USER_DIGITS, frozenset(ids[1:]))]


@pytest.mark.parametrize(
    ("text", "directory"), [("Drawings in a file…", False), ("A folder of labelled pictures…", True)]
)
def test_a_file_or_folder_is_chosen_in_a_dialog(toolbar, qtbot, tmp_path, text, directory):
    with qtbot.assertNotEmitted(toolbar.request_changed):
        toolbar.source.setCurrentIndex(toolbar.source.findText(text))
    assert toolbar.source.currentText() == "MNIST test"
    dialog = toolbar.findChild(QFileDialog)
    assert (dialog.fileMode() == QFileDialog.FileMode.Directory) == directory
    with qtbot.waitSignal(toolbar.request_changed) as signal:
        dialog.fileSelected.emit(str(tmp_path / "mine"))
    dialog.close()
    assert signal.args == [ComparisonRequest(tmp_path / "mine", None)]
    assert toolbar.source.currentText() == "mine"


def test_a_run_is_described_by_what_its_name_does_not_say(toolbar, store):
    runs = [add_run(store, 1, name="model-1-mine"), add_run(store, 2, name="other")]
    toolbar.set_available(AvailableRuns(runs, frozenset(), frozenset()))
    first, second = (choice.text for choice in toolbar.runs._choices)
    assert first.startswith("model-1-mine · 2")  # the year
    assert second.startswith("other · model 2 · 2")


def test_runs_are_chosen_by_their_tag(toolbar, qtbot, store):
    for number in (1, 2, 3):
        add_run(store, 1, name=f"run-{number}")
    for name in ("run-1", "run-3"):
        store.set_tags(name, ["class 7b"])
    store.set_tags("run-2", ["other"])
    runs = [store.get(f"run-{number}") for number in (1, 2, 3)]
    toolbar.set_available(AvailableRuns(runs, frozenset(map(run_id, runs)), frozenset()))
    assert toolbar.runs.choice_actions[0].text().endswith("· #class 7b")
    tagged = toolbar.runs.tag_actions[0]
    assert tagged.text() == "Tagged class 7b (2)"
    toolbar.runs.open()
    menu = toolbar.runs.menu()
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(tagged).center())
    assert menu.isVisible(), "the choice is seen, and can be changed"
    with qtbot.waitSignal(toolbar.request_changed) as signal:
        QTest.keyClick(menu, Qt.Key.Key_Escape)
    assert signal.args == [ComparisonRequest(MNIST, frozenset(run_id(runs[index]) for index in (0, 2)))]
