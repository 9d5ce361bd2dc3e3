"""Screenshots of the window and pictures of a report's figures, without a display."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QSize
from PySide6.QtWidgets import QApplication

from mnist_gui.app import default_dependencies, make_window
from mnist_gui.digits.drawing import Drawing
from mnist_gui.gui.draw.panels.why_panel import WhyPanel
from mnist_gui.gui.main_window import COMPARE, DRAW, TRAIN, MainWindow
from mnist_gui.gui.theme import ThemeChoice
from mnist_gui.runs.store import RunStore
from mnist_gui.walk import walk

if TYPE_CHECKING:
    from mnist_gui.report.report import Report

THEMES: tuple[ThemeChoice, ...] = ("light", "dark")
SIZE = QSize(1280, 800)
MIN_WAIT_SECONDS, MAX_WAIT_SECONDS = 0.6, 20.0  # before a tab is grabbed
# The digit on the canvas: small, shaky and off the centre.
SHAKY_FOUR = Drawing.from_json(
    {
        "strokes": [
            [[220, 180], [212, 214], [199, 252], [190, 291], [178, 322], [171, 351], [186, 358], [226, 353], [268, 357],
             [309, 350], [352, 354], [391, 347]],
            [[322, 226], [317, 268], [320, 309], [311, 352], [314, 398], [305, 441], [309, 486], [301, 520]],
        ]
    }
)  # fmt: skip


def write_screenshots(store: RunStore, folder: Path) -> Iterator[Path]:
    """Write ``draw-light.png`` to ``compare-dark.png`` into a folder; yield each path.

    The user's settings are neither read nor written.

    Raises
    ------
    OSError
        A file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    app = _application()
    with TemporaryDirectory() as settings_folder:
        dependencies = default_dependencies(store, Path(settings_folder))
        window = make_window(dependencies)
        try:
            window.resize(SIZE)
            window.draw_tab.restore(SHAKY_FOUR)
            window.show()
            for theme in THEMES:
                dependencies.settings.theme = theme
                window.apply_theme()
                for index, name in ((DRAW, "draw"), (TRAIN, "train"), (COMPARE, "compare")):
                    window.tabs.setCurrentIndex(index)
                    _wait_until_painted(app, window)
                    path = folder / f"{name}-{theme}.png"
                    if not window.grab().save(str(path)):
                        raise OSError(f"{path} could not be written")
                    yield path
        finally:
            window.close()  # ends its threads, after an error too


def write_walk(
    store: RunStore, folder: Path, size: QSize = SIZE, *, report: Callable[[str], None] = print
) -> Iterator[Path]:
    """Write ``light-01-draw-blank.png`` and so on into a folder, a picture of each step of a walk in both themes.

    The walk trains a model for some minutes. The user's settings, digits and runs are neither read nor written.

    Parameters
    ----------
    store
        The shipped runs.
    folder
        Created if it is missing.
    size
        Of the window, in pixels.
    report
        Called with a sentence for each thing that did not happen on the way to a step; the walk goes on.

    Raises
    ------
    OSError
        A file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _app = _application()
    for theme in THEMES:
        with TemporaryDirectory() as temporary:
            own = RunStore(Path(temporary) / "runs", store.shipped)
            dependencies = default_dependencies(own, Path(temporary))
            dependencies.my_digits = Path(temporary) / "my-digits.jsonl"
            dependencies.settings.theme = theme
            window = make_window(dependencies)
            try:
                window.resize(size)
                window.show()
                window.activateWindow()
                for number, step in enumerate(walk(window, own), 1):
                    path = folder / f"{theme}-{number:02}-{step.name}.png"
                    for sentence in step.missed:
                        report(f"{path.stem}: {sentence}")
                    if not step.widget.grab().save(str(path)):
                        raise OSError(f"{path} could not be written")
                    yield path
            finally:
                window.end()


def write_figures(folder: Path, report: Report) -> list[Path]:
    """Write each figure of a report as PNG into a folder; return their paths.

    Raises
    ------
    OSError
        A file cannot be written.
    """
    from mnist_gui.gui.compare import report_export

    _app = _application()  # knows the fonts while it lives
    return report_export.write_figures(folder, report)


def _application() -> QCoreApplication:
    return QApplication.instance() or QApplication(sys.argv[:1])


def _wait_until_painted(app: QCoreApplication, window: MainWindow) -> None:
    """Wait for the threads' results and their painting; after a while, go on without them."""
    start = ready_since = time.monotonic()
    while (now := time.monotonic()) - start < MAX_WAIT_SECONDS:
        app.processEvents()
        time.sleep(0.01)
        is_compared = window.tabs.currentIndex() != COMPARE or (window.compare_tab and window.compare_tab.is_filled)
        why = window.findChild(WhyPanel)
        is_explained = why is None or not why.isVisible() or why.is_current
        if window.draw_tab.frame is None or not is_explained or not is_compared:
            ready_since = now
        elif now - ready_since > MIN_WAIT_SECONDS:  # the layout follows what was filled in
            break
