"""A Train tab with a fake training."""

import pytest

from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui.fine_tuning_service import FineTuningService
from mnist_gui.gui.train.train_tab import TrainTab
from mnist_gui.studies.study import StudyStore
from tests.fakes import GatedTraining


@pytest.fixture
def make_tab(qtbot, store, tiny_dataset):
    tabs = []

    def make(train, load_dataset=lambda: tiny_dataset, **more) -> TrainTab:
        folder = store.folder.parent
        studies = StudyStore(folder / "studies")
        fine_tuning = FineTuningService(store, UserDigitStore(folder / "my-digits.jsonl"))
        parts = {"cache": folder / "cache", "fine_tuning": fine_tuning, "studies": studies}
        tab = TrainTab(store, load_dataset, train, **parts, **more)
        qtbot.addWidget(tab)
        tab.resize(1000, 600)
        tab.show()
        tab.activateWindow()
        qtbot.waitUntil(tab.isActiveWindow)
        tabs.append((tab, train))
        return tab

    yield make
    for tab, train in tabs:
        if isinstance(train, GatedTraining):
            train.gate.set()
        assert tab.shut_down()
