"""Runs in a store, and what a user does with them in the run history."""

import threading
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QInputDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
)

from mnist_gui.gui.train.history.run_history import RunHistory
from mnist_gui.gui.train.history.run_table_model import RunColumn, RunTableRow
from mnist_gui.gui.widgets.two_line_table import ROW
from mnist_gui.models.recipes import QUICK
from mnist_gui.runs.record import EpochMetrics, RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore


def create(
    store: RunStore, model: int = 1, *, epochs: int = 2, status: str = "completed", recipe=QUICK, exported: bool = True
) -> Run:
    run = store.create(model, recipe.to_json(), 7, {"name": "bars", "checksum": "c"})
    files = {}
    for epoch in range(1, epochs + 1):
        history = run.append_history(EpochMetrics(epoch, 0.5 / epoch, 0.9, 0.4 / epoch, 0.91, 12.5))
        files["history.csv"] = history
        run.commit(files=files, epochs=epoch)
    for name in ("model.onnx",) if epochs and exported else ():
        files[name] = run.write_file(name, lambda path: path.write_bytes(b"x"))
    if epochs and not exported:
        files["checkpoint-0001.keras"] = run.write_file("checkpoint-0001.keras", lambda path: path.write_bytes(b"x"))
    run.commit(status=status, files=files)
    return run


class FakeExport:
    """Writes the format's name, as soon as the test lets it."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.problem = ""

    def __call__(self, run: Run, form: str, path: Path) -> None:
        self.gate.wait(10)
        if self.problem:
            raise RunError(self.problem)
        path.write_text(f"{run.name} {form}")


def table_rows(history: RunHistory) -> dict[str, RunTableRow]:
    model = history.findChild(QTableView, "runs").model()
    found = [model.index(row, RunColumn.RUN).data(ROW) for row in range(model.rowCount())]
    return {row.name: row for row in found}


def select(history: RunHistory, name: str) -> QTableView:
    table = history.findChild(QTableView, "runs")
    index = table.model().index(list(table_rows(history)).index(name), RunColumn.RUN)
    # Whatever modifier an earlier test has pressed: Qt would take it for an extended selection.
    flags = QItemSelectionModel.SelectionFlag
    table.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
    table.setFocus()
    return table


def rename(qtbot, history: RunHistory, name: str, new_name: str) -> None:
    table = select(history, name)
    qtbot.keyClick(table, Qt.Key.Key_F2)
    editor = table.findChildren(QLineEdit, "run_name")[-1]
    qtbot.keyClicks(editor, new_name)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(table.hasFocus)


def trigger(history: RunHistory, name: str, words: str) -> None:
    table = select(history, name)
    next(action for action in table.actions() if action.text() == words).trigger()


def write_note(history: RunHistory, name: str, note: str) -> None:
    trigger(history, name, "Note…")
    write_text(history, note)


def write_text(history: RunHistory, text: str) -> None:
    """Answer the dialog that is open."""
    dialog = history.findChildren(QInputDialog)[-1]
    dialog.setTextValue(text)
    dialog.accept()


def undo(history: RunHistory) -> QPushButton | None:
    return next((b for b in history.findChildren(QPushButton, "accept") if b.isVisible()), None)


def press_undo(qtbot, history: RunHistory) -> None:
    qtbot.waitUntil(lambda: undo(history) is not None)
    qtbot.mouseClick(undo(history), Qt.MouseButton.LeftButton)


def notice(history: RunHistory) -> str:
    labels = history.findChildren(QLabel, "notice_sentence")
    return next((label.text() for label in labels if label.isVisible()), "")


def export_to(history: RunHistory, name: str, path: Path, kind: str) -> None:
    trigger(history, name, "Export…")
    dialog = history.findChildren(QFileDialog)[-1]
    chosen = next(offer for offer in dialog.nameFilters() if kind in offer)
    dialog.selectNameFilter(chosen)
    dialog.filterSelected.emit(chosen)
    dialog.selectFile(str(path))
    dialog.accept()
