"""Exports from the run history: in a thread, in each format, and refused in a sentence."""

import pytest
from PySide6.QtWidgets import (
    QFileDialog,
    QMessageBox,
    QToolButton,
)

from mnist_gui.gui.train.notices import ERROR, SUCCESS
from tests.gui.train.history.history_actions import create, export_to, notice, select, trigger

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("kind", "form"), [("keras", "keras"), ("tflite", "litert"), ("onnx", "onnx"), ("csv", "csv")])
def test_a_run_is_exported_in_a_thread(qtbot, store, messages, export, tmp_path, open_history, kind, form):
    run = create(store)
    history = open_history()
    export.gate.clear()
    export_to(history, run.name, tmp_path / "out", kind)
    qtbot.waitUntil(lambda: f"Exporting {run.name}" in notice(history))
    trigger(history, run.name, "Export…")
    assert "wait" in messages.pop()[0]
    export.gate.set()
    qtbot.waitUntil(lambda: messages == [(f"Exported {run.name} to {tmp_path / 'out'}.{kind}.", SUCCESS)])
    qtbot.waitUntil(lambda: notice(history) == "")
    assert (tmp_path / f"out.{kind}").read_text() == f"{run.name} {form}"


def test_only_formats_that_can_be_made_are_offered(qtbot, store, open_history):
    """A LiteRT model can be made of a checkpoint; of a run without weights only the history is left."""
    kept, bare = create(store, exported=False), create(store, epochs=1, exported=False)
    history_alone = {name: entry for name, entry in bare.record.files.items() if name == "history.csv"}
    bare.commit(files=history_alone)
    nothing = create(store, epochs=0, status="failed")
    history = open_history()
    for run, kinds in ((kept, [".keras", ".tflite", ".onnx", "", ".csv"]), (bare, [".csv"])):
        trigger(history, run.name, "Export…")
        dialog = history.findChildren(QFileDialog)[-1]
        assert [offer.split("*")[1].strip(")") for offer in dialog.nameFilters()] == kinds
        dialog.reject()
    select(history, nothing.name)
    assert not history.findChild(QToolButton, "run_export").isEnabled()


def test_a_script_is_exported_into_a_folder(qtbot, store, messages, tmp_path, open_history, export):
    run = create(store)
    history = open_history()
    trigger(history, run.name, "Export…")
    dialog = history.findChildren(QFileDialog)[-1]
    dialog.selectNameFilter(next(offer for offer in dialog.nameFilters() if offer.endswith("(*)")))
    dialog.fileSelected.emit(str(tmp_path / "v1.2"))
    dialog.reject()
    qtbot.waitUntil(lambda: messages == [(f"Exported {run.name} to {tmp_path / 'v1.2'}.", SUCCESS)])
    assert (tmp_path / "v1.2").read_text() == f"{run.name} script"


def test_an_export_that_fails_says_why(qtbot, store, messages, export, tmp_path, open_history):
    run = create(store)
    history = open_history()
    export.problem = "Run has no weights; train it again."
    export_to(history, run.name, tmp_path / "out", "keras")
    qtbot.waitUntil(lambda: len(messages) == 1)
    assert messages[0] == (f"{run.name} could not be exported: {export.problem}", ERROR)


def test_a_name_with_dots_gets_its_ending_and_replaces_nothing_unasked(qtbot, store, messages, tmp_path, open_history):
    run = create(store)
    history = open_history()
    export_to(history, run.name, tmp_path / "v1.2", "tflite")
    qtbot.waitUntil(lambda: messages == [(f"Exported {run.name} to {tmp_path / 'v1.2.tflite'}.", SUCCESS)])
    qtbot.waitUntil(lambda: notice(history) == "")
    export_to(history, run.name, tmp_path / "v1.2", "tflite")
    question = history.findChild(QMessageBox, "replace_question")
    assert "v1.2.tflite already exists" in question.text()
    assert len(messages) == 1
    question.reject()
    history.findChildren(QFileDialog)[-1].reject()
    export_to(history, run.name, tmp_path / "typed.csv", "tflite")
    qtbot.waitUntil(lambda: (tmp_path / "typed.csv").is_file())
