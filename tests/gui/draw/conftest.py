"""An open Draw tab, and runs that it offers."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from mnist_gui.gui import theme
from mnist_gui.gui.draw.draw_tab import DrawTab
from mnist_gui.gui.draw.label_row import LabelRow
from mnist_gui.gui.draw.prediction_thread import PredictionThread
from mnist_gui.runs.run import MODEL_FILE
from mnist_gui.runs.store import RunStore
from tests.fakes import FakePredictor
from tests.gui.draw.draw_tab_actions import (
    DATA,
    make_draw_tab,
)


@pytest.fixture
def open_tab(qtbot, store, tiny_dataset):
    """A function that opens the tab, by default on a predictor that says 7, 7, 7, and waits until it is ready."""
    opened: list[tuple[DrawTab, PredictionThread]] = []

    def open_it(predictor=None, *, load=None) -> DrawTab:
        theme.apply(QApplication.instance(), "light")
        fake = predictor or FakePredictor((7, 7, 7), 0.98)
        worker = PredictionThread(load or (lambda: fake))
        tab = make_draw_tab(worker, store, tiny_dataset)
        opened.append((tab, worker))
        qtbot.addWidget(tab)
        tab.resize(1000, 640)
        tab.show()
        qtbot.waitExposed(tab)
        with qtbot.waitSignal(worker.loaded if load is None else worker.failed):
            worker.start()
        return tab

    yield open_it
    for tab, worker in opened:
        tab.shut_down()
        worker.shut_down()


@pytest.fixture
def runs(store, tmp_path) -> list[str]:
    """Two runs of model 1 that can answer, one that cannot, a shipped one, and one of model 2."""
    shipped = RunStore(tmp_path / "shipped", tmp_path / "none").create(1, {"name": "notebook"}, 0, DATA)
    names = [shipped.name]
    shipped.commit(epochs=3, files={MODEL_FILE: shipped.write_file(MODEL_FILE, lambda path: path.write_bytes(b"m"))})
    for model, name, answers in ((1, "quick", True), (1, "fast", True), (1, "new", False), (2, "quick", True)):
        run = store.create(model, {"name": name}, 0, DATA)
        names.append(run.name)
        if answers:
            entry = run.write_file(MODEL_FILE, lambda path: path.write_bytes(b"m"))
            run.commit(epochs=1, status="completed", files={MODEL_FILE: entry})
    return names


@pytest.fixture
def label_window(qtbot):
    """A window in which a label row lies as in the program."""
    window = QWidget()
    qtbot.addWidget(window)
    window.row = LabelRow()
    layout = QHBoxLayout(window)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(window.row)
    window.resize(620, 100)
    window.show()
    return window
