"""Fixtures of the panels of the Draw tab."""

import pytest
from PySide6.QtWidgets import QApplication

from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui import theme
from mnist_gui.gui.draw.draw_tab import DrawTab
from mnist_gui.gui.draw.network.network_source import NetworkSource
from mnist_gui.gui.draw.panels.explanation_thread import ExplanationThread
from mnist_gui.gui.draw.prediction_thread import PredictionThread
from mnist_gui.gui.fine_tuning_service import FineTuningService
from tests.fakes import FakePredictor
from tests.gui.draw.panels.panels_tab import FakeModel


@pytest.fixture
def gate():
    FakeModel.gate.set()
    yield FakeModel.gate
    FakeModel.gate.set()


@pytest.fixture
def my_digits(tmp_path) -> UserDigitStore:
    return UserDigitStore(tmp_path / "my-digits.jsonl")


@pytest.fixture
def open_tab(qtbot, store, tiny_dataset, my_digits, tmp_path, gate):
    opened = []

    def open_it(predictor=None) -> DrawTab:
        theme.apply(QApplication.instance(), "light")
        worker = PredictionThread(lambda: predictor or FakePredictor((7, 7, 7), 0.98))
        explainer = ExplanationThread(lambda: tuple(FakeModel(model) for model in (1, 2, 3)))
        networks = NetworkSource(store, lambda: pytest.fail("the test set is not needed"), tmp_path)
        fine_tuning = FineTuningService(store, my_digits)
        tab = DrawTab(worker, explainer, store, lambda: tiny_dataset, my_digits, fine_tuning, networks, tuple)
        opened.append((tab, worker, explainer))
        qtbot.addWidget(tab)
        tab.resize(1240, 720)
        tab.show()
        qtbot.waitExposed(tab)
        explainer.start()
        with qtbot.waitSignal(worker.loaded):
            worker.start()
        return tab

    yield open_it
    for tab, worker, explainer in opened:
        tab.shut_down()
        worker.shut_down()
        explainer.shut_down()
