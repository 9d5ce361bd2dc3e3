"""Puts the program together from its packages."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, field
from functools import cache, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QMessageBox

from mnist_gui import paths
from mnist_gui.digits.dataset import Dataset, load_mnist
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui.answerers import answerers
from mnist_gui.gui.closing import SignalWatcher
from mnist_gui.gui.draw.content_export import release_clipboard
from mnist_gui.gui.draw.draw_tab import DrawTab
from mnist_gui.gui.draw.network.network_source import NetworkSource
from mnist_gui.gui.draw.panels.explanation_thread import ExplanationThread
from mnist_gui.gui.draw.prediction_thread import FramePredictor, PredictionThread
from mnist_gui.gui.fine_tuning_service import FineTuningService
from mnist_gui.gui.garbage_collection import GarbageCollector
from mnist_gui.gui.keyboard_focus import KeyboardFocus
from mnist_gui.gui.main_window import AUTOSAVE_MS, MainWindow
from mnist_gui.gui.model_adder import ModelAdder, ModelAdding
from mnist_gui.gui.runs_watcher import RunsWatcher
from mnist_gui.gui.settings import Settings
from mnist_gui.gui.widgets.plain_text import show_plain
from mnist_gui.gui.widgets.run_marker import RunMarks
from mnist_gui.models.inference.predictor import LoadedModel, load_models, load_predictor
from mnist_gui.runs.store import RunStore

if TYPE_CHECKING:
    from mnist_gui.analysis.evaluation_data import EvaluationSet
    from mnist_gui.analysis.fooling_digits import FoolingDigit
    from mnist_gui.gui.compare.compare_tab import CompareTab
    from mnist_gui.gui.train.queue.training_queue import TrainFunction
    from mnist_gui.gui.train.train_tab import TrainTab
    from mnist_gui.models.training.training_control import TrainingControl
    from mnist_gui.models.training.training_events import Event
    from mnist_gui.runs.run import Run

# How long a thread may hold the interpreter while another waits. Python's default of 5 ms takes longer than several
# predictions and would delay the cards visibly behind the pen.
SWITCH_SECONDS = 0.001


class _SharedDataset:
    """MNIST, loaded by the first thread that needs it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._dataset: Dataset | None = None

    def __call__(self) -> Dataset:
        with self._lock:
            if self._dataset is None:
                self._dataset = load_mnist()
            return self._dataset


# Imports inside functions: launching does not wait for comparison, training and pyqtgraph.
@cache
def _load_test_set() -> EvaluationSet:
    from mnist_gui.analysis.evaluation_data import load_mnist_evaluation_set

    return load_mnist_evaluation_set()


def _test_set_of(dataset: Dataset) -> EvaluationSet:
    from mnist_gui.analysis.evaluation_data import mnist_evaluation_set

    return mnist_evaluation_set(dataset)


def _train(run: Run, dataset: Dataset, *, report: Callable[[Event], None], control: TrainingControl) -> Run:
    from mnist_gui.models.training.trainer import train

    return train(run, dataset, report=report, control=control)


@dataclass
class Dependencies:
    """Objects and functions that the window uses; tests pass fakes.

    Attributes
    ----------
    store
        The runs.
    settings
        Settings of the window.
    load_predictor
        Called in the prediction thread, again after another run became active.
    load_dataset
        Called in worker threads.
    train
        Called in the training thread.
    load_models
        Called in the explanation thread, which needs models of its own.
    my_digits
        File of the user's digits.
    studies, shipped_studies
        Folders of the user's studies, and of those that ship.
    cache
        Folder of cached predictions and of what was found in networks.
    load_test_set
        Returns the test set faster than `load_dataset` does; None uses the data set's test split.
    autosave_ms
        Delay from a change of the canvas until it is written to the settings.
    """

    store: RunStore
    settings: Settings
    load_predictor: Callable[[], FramePredictor]
    load_dataset: Callable[[], Dataset] = field(default_factory=_SharedDataset)
    train: TrainFunction = _train
    _: KW_ONLY
    load_models: Callable[[], Sequence[LoadedModel]] = tuple
    my_digits: Path = field(default_factory=paths.user_digits_file)
    studies: Path = field(default_factory=paths.user_studies_folder)
    shipped_studies: Path = field(default_factory=paths.shipped_studies_folder)
    cache: Path = field(default_factory=paths.cache_folder)
    load_test_set: Callable[[], EvaluationSet] | None = None
    autosave_ms: int = AUTOSAVE_MS


def default_dependencies(store: RunStore, settings_folder: Path) -> Dependencies:
    """Return the dependencies of the program outside of tests."""
    return Dependencies(
        store,
        Settings(settings_folder),
        partial(load_predictor, store),
        load_models=lambda: load_models(store, load=partial(LoadedModel, threads=1))[0],
        load_test_set=_load_test_set,
    )


def make_window(dependencies: Dependencies) -> MainWindow:
    """Return the window, not shown yet, with its prediction and explanation threads running."""
    sys.setswitchinterval(SWITCH_SECONDS)
    store, settings, load_dataset = dependencies.store, dependencies.settings, dependencies.load_dataset
    predictions = PredictionThread(dependencies.load_predictor)
    explanations = ExplanationThread(dependencies.load_models)
    load_test_set = dependencies.load_test_set or (lambda: _test_set_of(load_dataset()))

    def speed_factor() -> float:
        from mnist_gui.models.training.time_estimate import clamp_speed_factor

        return clamp_speed_factor(settings.speed_factor or 1.0)

    my_digits = UserDigitStore(dependencies.my_digits)
    fine_tuning = FineTuningService(store, my_digits, speed_factor)
    marks = RunMarks()  # a run has the same mark in all tabs
    marks.set_answering([answerer.run for answerer in answerers(store)])
    networks = NetworkSource(store, load_test_set, dependencies.cache)

    def find_fooling() -> tuple[FoolingDigit, ...]:
        from mnist_gui.analysis.fooling_digits import find_fooling_digits

        return find_fooling_digits(store, load_test_set(), dependencies.cache)

    draw_tab = DrawTab(predictions, explanations, store, load_dataset, my_digits, fine_tuning, networks, find_fooling)

    def make_train_tab() -> TrainTab:
        from mnist_gui.gui.train.train_tab import TrainTab
        from mnist_gui.studies.study import StudyStore

        return TrainTab(
            store,
            load_dataset,
            dependencies.train,
            settings=settings,
            cache=dependencies.cache,
            fine_tuning=fine_tuning,
            marks=marks,
            studies=StudyStore(dependencies.studies, dependencies.shipped_studies),
            my_digits=dependencies.my_digits,
        )

    def make_compare_tab() -> CompareTab:
        from mnist_gui.gui.compare.compare_tab import CompareTab
        from mnist_gui.studies.study import StudyStore

        return CompareTab(
            store,
            load_test_set,
            dependencies.cache,
            dependencies.my_digits,
            StudyStore(dependencies.studies, dependencies.shipped_studies),
            marks,
            speed_factor=speed_factor,
        )

    watcher = RunsWatcher(store)
    window = MainWindow(settings, draw_tab, make_train_tab, make_compare_tab, watcher, dependencies.autosave_ms)
    watcher.setParent(window)

    def on_answerers_changed(runs: tuple[str, ...]) -> None:
        if marks.set_answering(runs):
            window.update_marks()

    draw_tab.answerers_changed.connect(on_answerers_changed)
    window.set_model_adding(ModelAdding(window, ModelAdder(store, load_test_set, dependencies.cache)))
    fine_tuning.training_requested.connect(window.resume_run)
    fine_tuning.stop_requested.connect(window.stop_runs)
    for thread in (predictions, explanations):
        thread.start()
    return window


def run_window(dependencies: Dependencies) -> int:
    """Open the window; return the exit status once it is closed."""
    # Strokes keep every movement of the pen.
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents, False)
    app = QApplication(sys.argv[:1])
    app.setApplicationName(paths.APP_NAME)
    app.setWindowIcon(QIcon(str(paths.resources_folder() / "icons" / "mnist-gui.svg")))
    # A hidden window may still wait for the training.
    app.setQuitOnLastWindowClosed(False)
    KeyboardFocus(app)
    window = make_window(dependencies)
    app.styleHints().colorSchemeChanged.connect(window.apply_theme)
    sys.excepthook = partial(_show_exception, window)
    watcher = SignalWatcher()
    watcher.end_requested.connect(window.end)
    app.commitDataRequest.connect(lambda _manager: window.end())
    window.closed.connect(app.exit)
    collector = GarbageCollector()
    window.show()
    status = app.exec()
    window.end()  # where the system has ended the event loop
    watcher.stop()
    collector.stop()
    release_clipboard()
    if not window.threads_have_ended:
        # A call cannot be interrupted. Everything is on disk, and destroying the running thread would abort.
        os._exit(status)
    return status


def _show_exception(
    window: MainWindow, kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Print an uncaught exception and show it; the program continues."""
    traceback.print_exception(kind, error, trace)
    if window.has_ended or window.findChild(QMessageBox, "exception") is not None:
        return
    text = f"{error}\n\nYour drawing and your runs are kept. ({kind.__name__})"
    title = "Something went wrong"
    box = QMessageBox(QMessageBox.Icon.Warning, title, text, QMessageBox.StandardButton.Ok, window)
    box.setObjectName("exception")
    show_plain(box)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
