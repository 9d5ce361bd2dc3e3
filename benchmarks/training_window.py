"""A training in the real window, started through its controls, on fewer frames and with a listener."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QCheckBox, QPushButton, QRadioButton

from mnist_gui.app import default_dependencies, make_window
from mnist_gui.digits.dataset import Dataset
from mnist_gui.gui.main_window import TRAIN, MainWindow
from mnist_gui.gui.train.queue.training_queue import TrainFunction
from mnist_gui.gui.train.recipe.number_box import NumberBox
from mnist_gui.models.architectures import ARCHITECTURES
from mnist_gui.models.training.training_control import TrainingControl
from mnist_gui.models.training.training_events import Event
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore
from mnist_gui.screenshots import SHAKY_FOUR


def open_window(store: RunStore, settings: Path, limit: int, hear: Callable[[Event], None]) -> MainWindow:
    """Return the real window, shown, with a drawing on its canvas.

    Parameters
    ----------
    limit
        Number of training frames; the panel has no field for it, so the data set is cut.
    hear
        Called in the training thread with each event before the window receives it.
    """
    dependencies = default_dependencies(store, settings)
    load, train = dependencies.load_dataset, dependencies.train

    def load_part() -> Dataset:
        dataset = load()
        return replace(dataset, train=dataset.train[:limit])

    def train_aloud(run: Run, dataset: Dataset, *, report: Callable[[Event], None], control: TrainingControl) -> Run:
        def print_claim(event: Event) -> None:
            hear(event)
            report(event)

        return train(run, dataset, report=print_claim, control=control)

    aloud: TrainFunction = train_aloud
    window = make_window(replace(dependencies, load_dataset=load_part, train=aloud))
    window.draw_tab.restore(SHAKY_FOUR)
    window.show()
    return window


def press_start(window: MainWindow, model: int, epochs: int) -> None:
    """Choose the notebook's recipe, a model and the epochs in the Train tab, and start."""
    window.tabs.setCurrentIndex(TRAIN)
    tab = window.train_tab
    assert tab is not None
    tab.findChild(QRadioButton, "notebook").click()
    for number in ARCHITECTURES:
        tab.findChild(QCheckBox, f"model_{number}").setChecked(number == model)
    tab.findChild(NumberBox, "epochs").setValue(epochs)
    tab.findChild(QPushButton, "start").click()
