"""Claims: the Compare tab opens again within 0.3 s; 10,000 thumbnails appear within 0.2 s and scroll smoothly.

The tab of the window, with the shipped runs, is created, filled from cached predictions and painted; then its other
pages are shown, except Robustness, which computes in the background. The peer of the gallery is Qt's QListWidget in
icon mode, with a QIcon for each digit and its predictions as text; both are created, filled, painted, and scrolled from
top to bottom in the same steps, in one process.

    python benchmarks/compare_tab.py [--count 10000] [--steps 300] [--display] [--runs DIR]
"""

from __future__ import annotations

import functools
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
from common import (
    add_display,
    add_runs,
    alternate,
    environment,
    parser,
    percentile,
    print_claim,
    shipped_folder,
    use_platform,
)
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QListView, QListWidget, QListWidgetItem

from mnist_gui.analysis.evaluation_data import load_mnist_evaluation_set
from mnist_gui.analysis.latency import measure_latencies
from mnist_gui.digits.dataset import Dataset, load_mnist
from mnist_gui.gui import theme
from mnist_gui.gui.compare.compare_tab import CONFIDENCE, MISTAKES, CompareTab
from mnist_gui.gui.compare.mistakes.digit_gallery import RIGHT, WRONG, DigitGallery, GalleryDigits
from mnist_gui.gui.garbage_collection import GarbageCollector
from mnist_gui.gui.widgets.run_marker import TOGETHER, RunMarker
from mnist_gui.runs.store import RunStore
from mnist_gui.studies.study import StudyStore

SIZE = QSize(1000, 480)
REPEATS = 3
THUMBNAIL = 75  # pixels, as in the gallery at the default text size


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--count", type=int, default=10_000, metavar="N", help="number of thumbnails")
    options.add_argument("--steps", type=int, default=300, metavar="N", help="scroll steps from top to bottom")
    add_display(options)
    add_runs(options)
    arguments = options.parse_args()
    use_platform(arguments.display)
    app = QApplication([])
    theme.apply(app, "light")
    collector = GarbageCollector()  # as in the program: a thread must not destroy the widgets of an earlier tab
    dataset = load_mnist()
    print(environment())
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder) / "runs", shipped_folder(arguments.runs))
        cache = Path(folder) / "cache"
        first = open_tab(app, store, cache)
        # The tab has cancelled this after its first opening; where it stays open, a later one finds it in the cache.
        measure_latencies(store.answering(), cache)
        others = [open_tab(app, store, cache) for _ in range(REPEATS)]
    again, turned, whole = (median(seconds) for seconds in zip(*others, strict=True))
    print_claim(
        "The Compare tab, filled and painted",
        f"{again:.2f} s (median of {REPEATS} openings after the first)",
        f"{first[0]:.2f} s: its first opening, with shipped predictions, SciPy not yet imported",
        f"{again / first[0]:.2f}",
        "under 0.3 s",
    )
    print(f"\nMistakes and then Confidence take {turned:.2f} s more; all pages take {whole:.2f} s")
    digits = made_up(dataset, arguments.count)
    ours, theirs = zip(
        *alternate(
            REPEATS,
            lambda: look_through(app, lambda: gallery(digits), arguments.steps),
            lambda: look_through(app, lambda: plain_list(digits), arguments.steps),
        ),
        strict=True,
    )
    first, gaps = summed(ours)
    their_first, their_gaps = summed(theirs)
    print_claim(
        f"{arguments.count:,} thumbnails with their predictions: first paint",
        f"{first:.3f} s",
        f"{their_first:.3f} s: QListWidget with icons",
        f"{their_first / first:.0f} times faster",
        "under 0.2 s",
    )
    print_claim(
        f"The longest step of {arguments.steps} while scrolling through",
        f"{1000 * max(gaps):.1f} ms (99 of 100 within {1000 * percentile(gaps, 0.99):.1f} ms)",
        f"{1000 * max(their_gaps):.1f} ms (99 of 100 within {1000 * percentile(their_gaps, 0.99):.1f} ms)",
        f"{max(their_gaps) / max(gaps):.1f} times shorter",
        "no gap over 50 ms",
    )
    collector.stop()


load_test_set = functools.cache(load_mnist_evaluation_set)  # as in the program


def open_tab(app: QApplication, store: RunStore, cache: Path) -> tuple[float, float, float]:
    """Return the seconds until the tab is filled and painted, those for two more pages, and their sum."""
    began = time.perf_counter()
    tab = CompareTab(store, load_test_set, cache, cache / "none.jsonl", StudyStore(cache / "no studies"))
    tab.resize(1200, 600)
    tab.show()
    while not tab.is_filled:
        app.processEvents()
        time.sleep(0.001)  # the thread needs the interpreter too
    tab.grab()
    filled = time.perf_counter() - began
    for page in (MISTAKES, CONFIDENCE):
        tab.page_tabs.setCurrentIndex(page)
        tab.grab()
    whole = time.perf_counter() - began
    tab.shut_down()
    tab.deleteLater()
    app.processEvents()
    return filled, whole - filled, whole


def made_up(dataset: Dataset, count: int) -> GalleryDigits:
    """Return test digits, repeated as needed, and predictions of which some are wrong."""
    indices = np.arange(count) % len(dataset.test)
    labels = dataset.test.labels[indices].astype(np.int64)
    markers = [RunMarker(f"Model {model}", model) for model in (1, 2, 3)] + [RunMarker("Together", TOGETHER)]
    wrong = np.random.default_rng(0).random((len(markers), count)) < 0.3
    predicted = (labels + wrong) % 10
    return GalleryDigits(dataset.test.images[indices], labels, markers, predicted, np.full(wrong.shape, 0.9))


def gallery(digits: GalleryDigits) -> QAbstractScrollArea:
    shown = DigitGallery()
    shown.set_digits(digits)
    shown.show_digits(np.arange(len(digits.labels)))
    return shown


def plain_list(digits: GalleryDigits) -> QAbstractScrollArea:
    shown = QListWidget()
    shown.setViewMode(QListView.ViewMode.IconMode)
    shown.setResizeMode(QListView.ResizeMode.Adjust)
    shown.setIconSize(QSize(THUMBNAIL, THUMBNAIL))
    shown.setUniformItemSizes(True)
    shown.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
    for index, pixels in enumerate(digits.images):
        image = QImage(pixels.data, 28, 28, 28, QImage.Format.Format_Grayscale8)
        icon = QIcon(QPixmap.fromImage(image.scaled(THUMBNAIL, THUMBNAIL)))
        label = digits.labels[index]
        text = " ".join(f"{digit}{RIGHT if digit == label else WRONG}" for digit in digits.predicted[:, index])
        shown.addItem(QListWidgetItem(icon, text))
    return shown


def look_through(app: QApplication, make: Callable[[], QAbstractScrollArea], steps: int) -> tuple[float, list[float]]:
    """Return the seconds until the first paint, and those of each scroll step."""
    began = time.perf_counter()
    shown = make()
    shown.resize(SIZE)
    shown.show()
    app.processEvents()
    shown.viewport().repaint()
    first = time.perf_counter() - began
    bar = shown.verticalScrollBar()
    seconds = []
    for step in range(1, steps + 1):
        began = time.perf_counter()
        bar.setValue(bar.maximum() * step // steps)
        app.processEvents()
        seconds.append(time.perf_counter() - began)
    shown.close()
    shown.deleteLater()
    app.processEvents()
    return first, seconds


def summed(found: tuple[tuple[float, list[float]], ...]) -> tuple[float, list[float]]:
    """Return the median first paint, and all steps."""
    firsts = sorted(first for first, _ in found)
    return firsts[len(firsts) // 2], [second for _, steps in found for second in steps]


if __name__ == "__main__":
    main()
