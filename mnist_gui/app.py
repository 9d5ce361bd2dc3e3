"""The one place where the parts are put together."""

from __future__ import annotations

import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QSize, Qt, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from mnist_gui import paths
from mnist_gui.analysis.feature_maps import FeatureReader
from mnist_gui.digits.dataset import Dataset, load_mnist
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui import theme
from mnist_gui.gui.draw.content_export import release_clipboard
from mnist_gui.gui.draw.draw_tab import DrawTab
from mnist_gui.gui.draw.panels.explanation_thread import ExplanationThread
from mnist_gui.gui.draw.prediction_thread import FramePredictor, PredictionThread
from mnist_gui.gui.fine_tuning_service import FineTuningService
from mnist_gui.gui.garbage_collection import GarbageCollector
from mnist_gui.gui.main_window import COMPARE, DRAW, TRAIN, MainWindow
from mnist_gui.gui.settings import Settings
from mnist_gui.gui.train.training_thread import TrainFunction
from mnist_gui.models.inference.predictor import LoadedModel, load_models, load_predictor
from mnist_gui.models.training.time_estimate import clamped
from mnist_gui.runs.store import RunStore

if TYPE_CHECKING:
    from mnist_gui.analysis.evaluation_data import EvaluationSet
    from mnist_gui.gui.compare.compare_tab import CompareTab
    from mnist_gui.gui.train.train_tab import TrainTab
    from mnist_gui.models.training.training_control import TrainingControl
    from mnist_gui.models.training.training_events import Event
    from mnist_gui.report.report import Report
    from mnist_gui.runs.run import Run


THEMES: tuple[theme.ThemeChoice, ...] = ("light", "dark")
SETTLE_SECONDS = 20
# So long may one thread keep Python to itself while another waits: Python's own 5 ms, several times an answer, would be
# seen between the pen and the cards.
SWITCH_SECONDS = 0.001
# What the pictures show on the canvas: small, shaky, off the centre.
SHAKY_FOUR = Drawing.from_json(
    {
        "strokes": [
            [[220, 180], [212, 214], [199, 252], [190, 291], [178, 322], [171, 351], [186, 358], [226, 353], [268, 357],
             [309, 350], [352, 354], [391, 347]],
            [[322, 226], [317, 268], [320, 309], [311, 352], [314, 398], [305, 441], [309, 486], [301, 520]],
        ]
    }
)  # fmt: skip


class _SharedDataset:
    """MNIST, loaded by whichever thread first needs it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._dataset: Dataset | None = None

    def __call__(self) -> Dataset:
        with self._lock:
            if self._dataset is None:
                self._dataset = load_mnist()
            return self._dataset


@cache
def _load_test_set() -> EvaluationSet:
    """Return MNIST's test set, read once; imported late, as launching does not wait for what compares."""
    from mnist_gui.analysis.evaluation_data import load_mnist_evaluation_set

    return load_mnist_evaluation_set()


def _train(run: Run, dataset: Dataset, *, report: Callable[[Event], None], control: TrainingControl) -> Run:
    """Train a run; imported late, as launching does not wait for what trains."""
    from mnist_gui.models.training.trainer import train

    return train(run, dataset, report=report, control=control)


@dataclass
class Parts:
    """What the window is made of; a test passes fakes.

    Attributes
    ----------
    load_predictor
        Called in the prediction thread, again after another run was chosen.
    load_dataset
        Called in worker threads.
    train
        Called in the training thread.
    load_models
        Called in the thread that explains answers, for a set of its own.
    my_digits
        The file of the digits that the person labelled.
    load_test_set
        Returns what runs are compared on at first, sooner than the whole data set; that one's test split without.
    """

    store: RunStore
    settings: Settings
    load_predictor: Callable[[], FramePredictor]
    load_dataset: Callable[[], Dataset] = field(default_factory=_SharedDataset)
    train: TrainFunction = _train
    load_models: Callable[[], Sequence[LoadedModel]] = tuple
    my_digits: Path = field(default_factory=paths.my_digits_file)
    cache: Path = field(default_factory=paths.cache_folder)
    load_test_set: Callable[[], EvaluationSet] | None = None


def real_parts(store: RunStore, settings_folder: Path) -> Parts:
    """Return the parts that people use."""
    return Parts(
        store,
        Settings(settings_folder),
        partial(load_predictor, store),
        load_models=lambda: load_models(store, load=partial(LoadedModel, threads=1))[0],
        load_test_set=_load_test_set,
    )


def make_window(parts: Parts) -> MainWindow:
    """Put a window together and start its prediction thread; it is not shown yet."""
    sys.setswitchinterval(SWITCH_SECONDS)
    worker = PredictionThread(parts.load_predictor)
    explainer = ExplanationThread(parts.load_models, lambda name: FeatureReader(parts.store.get(name)))
    my_digits = UserDigitStore(parts.my_digits)
    fine_tuning = FineTuningService(parts.store, my_digits, lambda: clamped(parts.settings.pace or 1.0))
    draw_tab = DrawTab(worker, explainer, parts.store, parts.load_dataset, my_digits, fine_tuning)

    def make_train_tab() -> TrainTab:
        # Imported late, for pyqtgraph: launching does not wait for it.
        from mnist_gui.gui.train.train_tab import TrainTab

        return TrainTab(
            parts.store,
            parts.load_dataset,
            parts.train,
            settings=parts.settings,
            cache=parts.cache,
            fine_tuning=fine_tuning,
        )

    def make_compare_tab() -> CompareTab:
        from mnist_gui.analysis.evaluation_data import mnist_evaluation_set
        from mnist_gui.gui.compare.compare_tab import CompareTab

        load_test_set = parts.load_test_set or (lambda: mnist_evaluation_set(parts.load_dataset()))
        return CompareTab(parts.store, load_test_set, parts.cache, parts.my_digits)

    window = MainWindow(parts.settings, draw_tab, make_train_tab, make_compare_tab)
    fine_tuning.training_requested.connect(window.resume_run)
    # A QThread that is destroyed while it runs aborts the program.
    for thread in (worker, explainer):
        window.closed.connect(thread.shut_down)
        thread.start()
    return window


def run_window(store: RunStore) -> int:
    """Open the window; return the exit status once it is closed."""
    # A fast pen's every move counts.
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents, False)
    app = QApplication(sys.argv[:1])
    app.setApplicationName(paths.APP_NAME)
    app.setWindowIcon(QIcon(str(paths.resources_folder() / "icons" / "mnist-gui.svg")))
    window = make_window(real_parts(store, paths.settings_folder()))
    app.styleHints().colorSchemeChanged.connect(window.apply_theme)
    sys.excepthook = partial(_tell, window)
    # Ctrl-C in the terminal closes the window as its button does; the timer lets Python hear of it.
    signal.signal(signal.SIGINT, lambda _number, _frame: window.close())
    heartbeat = QTimer(window, interval=500)
    heartbeat.timeout.connect(lambda: None)
    heartbeat.start()
    app.aboutToQuit.connect(release_clipboard)
    collector = GarbageCollector()
    app.aboutToQuit.connect(collector.stop)
    window.show()
    return app.exec()


def write_screenshots(store: RunStore, folder: Path) -> Iterator[Path]:
    """Write ``draw-light.png`` ... ``compare-dark.png`` into a folder; yield each path.

    The person's settings are neither read nor written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    app = QApplication.instance() or QApplication(sys.argv[:1])
    with TemporaryDirectory() as settings_folder:
        parts = real_parts(store, Path(settings_folder))
        window = make_window(parts)
        try:
            window.resize(QSize(1280, 800))
            window.draw_tab.restore(SHAKY_FOUR)
            window.show()
            for choice in THEMES:
                parts.settings.theme = choice
                window.apply_theme()
                for index, name in ((DRAW, "draw"), (TRAIN, "train"), (COMPARE, "compare")):
                    window.tabs.setCurrentIndex(index)
                    _settle(app, window)
                    path = folder / f"{name}-{choice}.png"
                    if not window.grab().save(str(path)):
                        raise OSError(f"{path} could not be written")
                    yield path
        finally:
            # Whatever went wrong, its threads must end first.
            window.close()


def write_figures(folder: Path, report: Report) -> list[Path]:
    """Write each figure of a report as PNG into a folder; return their paths.

    Raises
    ------
    OSError
        One cannot be written.
    """
    from mnist_gui.gui.compare import figure_files

    _app = QApplication.instance() or QApplication(sys.argv[:1])  # it knows the fonts, while it lives
    return figure_files.write_figures(folder, report)


def _settle(app: QCoreApplication, window: MainWindow) -> None:
    """Let threads answer and everything repaint; give up waiting after a while, and show what there is."""
    began = time.monotonic()
    while time.monotonic() - began < SETTLE_SECONDS:
        app.processEvents()
        time.sleep(0.01)
        compared = window.tabs.currentIndex() != COMPARE or (window.compare_tab and window.compare_tab.is_filled)
        if window.draw_tab.frame is not None and compared and time.monotonic() - began > 0.6:
            break


def _tell(window: QWidget, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Tell the person of an exception that nothing caught, instead of losing it; the program goes on."""
    if issubclass(kind, KeyboardInterrupt):
        window.close()
        return
    traceback.print_exception(kind, error, trace)
    QMessageBox.warning(
        window,
        "Something went wrong",
        f"{error}\n\nYour drawing and your runs are kept. ({kind.__name__})",
    )
