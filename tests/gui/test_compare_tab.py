import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from mnist_gui.analysis import comparison
from mnist_gui.gui.compare_tab import CompareTab
from mnist_gui.runs.record import EpochFigures


class RightModel:
    """Stands for LoadedModel: always right."""

    def __init__(self, run):
        pass

    def probabilities(self, frames):
        import numpy as np

        digits = (frames.sum(axis=2).argmax(axis=1) - 4) // 2
        return np.eye(10, dtype=np.float32)[digits]


@pytest.fixture
def tab(qtbot, store, tiny_dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(comparison, "LoadedModel", RightModel)
    tab = CompareTab(store, lambda: tiny_dataset, tmp_path / "cache")
    qtbot.addWidget(tab)
    tab.resize(1100, 500)
    yield tab
    tab.shut_down()


def add_run(store, model=1):
    run = store.create(model, {"name": "quick"}, 0, {"name": "bars", "checksum": "bars-checksum"})
    files = {
        "history.csv": run.append_history(EpochFigures(1, 0.5, 0.8125, 0.4, 0.9, 1.0)),
        "model.tflite": run.write_file("model.tflite", lambda path: path.write_bytes(b"a model")),
    }
    run.commit(status="completed", epochs=1, exported=1, files=files)
    return run


def cells(tab, row):
    model = tab.table.model()
    return [model.index(row, column).data() for column in range(model.columnCount())]


def show(tab, qtbot):
    with qtbot.waitSignal(tab.filled):
        tab.show()


def test_every_run_has_its_line_with_the_notebook_beside(tab, store, qtbot):
    run = add_run(store)
    show(tab, qtbot)
    assert cells(tab, 0) == [run.name, "1", "81.25 %", "100.00 %", "0.5000", "0.0000"]
    model = tab.table.model()
    told = model.index(0, 3).data(Qt.ItemDataRole.AccessibleTextRole)
    assert told == "100.00 %\nthe notebook: 99.14 %"


def test_a_damaged_run_says_why_and_the_others_are_filled(tab, store, qtbot):
    (store.folder / "broken").mkdir(parents=True)
    add_run(store, 3)
    show(tab, qtbot)
    assert cells(tab, 0)[3] == "100.00 %"
    assert cells(tab, 1) == ["broken", "–", "–", "–", "–", "–"]
    assert "never committed" in tab.table.model().index(1, 0).data(Qt.ItemDataRole.ToolTipRole)


def test_without_runs_it_says_what_to_do(tab, qtbot):
    show(tab, qtbot)
    assert not tab.table.isVisible()
    assert tab._empty.isVisible()


def test_a_run_that_ends_appears(tab, store, qtbot):
    show(tab, qtbot)
    run = add_run(store, 2)
    with qtbot.waitSignal(tab.filled):
        tab.refresh()
    assert cells(tab, 0)[0] == run.name
    assert tab.table.isVisible()


def test_the_table_can_be_copied_into_a_spreadsheet(tab, store, qtbot):
    run = add_run(store)
    show(tab, qtbot)
    qtbot.mouseClick(tab._copy, Qt.MouseButton.LeftButton)
    header, line = QGuiApplication.clipboard().text().splitlines()
    assert len(header.split("\t")) == len(line.split("\t"))
    assert line.split("\t")[0] == run.name
    assert line.split("\t")[6:8] == ["100.00 %", "99.14 %"]
