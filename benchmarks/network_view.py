"""Claims: the view of a network follows the pen, a click and the wheel.

(a) From a move of the pen to the repainted view, 95 of 100 take under 50 ms: canvas, answer of three models, the
activations of every layer of one of them, painting. Moves that are skipped count until a later one is painted.
(b) From a click on a filter to the repainted view without it, under 50 ms.
(c) A scroll step is painted in under 1/60 s.

The real window with the shipped runs and their view open beside it. The peer of (a) and (b) is `model.predict` of one
Keras network of the same architecture whose outputs are all its layers, in the same process.

    python benchmarks/network_view.py [--model 3] [--seconds 20] [--clicks 60] [--peer 30] [--runs DIR] [--display]
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the program does, before NumPy is imported

import sys
import tempfile
import time
from pathlib import Path

from common import add_display, add_runs, environment, parser, percentile, print_claim, shipped_folder, use_platform
from gui_gaps import Pen
from pen_to_cards import _pass, _wait_until
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QPushButton
from training_window import open_window

from mnist_gui.digits.content import Content
from mnist_gui.digits.dataset import load_mnist_test
from mnist_gui.gui.draw.network.network_window import NetworkWindow
from mnist_gui.gui.main_window import MainWindow
from mnist_gui.models.architectures import ARCHITECTURES, build
from mnist_gui.models.keras_backend import load_keras
from mnist_gui.runs.store import RunStore

SCROLL_STEP = 40  # pixels
FRAME_MS = 1000 / 60


class NetworkPen(Pen):
    """Measures the time from each move to the view painted with its frame."""

    def __init__(self, window: MainWindow, view: NetworkWindow) -> None:
        super().__init__(window)
        self._view = view
        self._tab = window.draw_tab
        self._requested: list[tuple[int, float]] = []  # serials of requests, and the moves that they include
        self._waiting: list[tuple[object, float]] = []  # frames, and the moves that they show
        self._tab._prediction_thread.framed.connect(self._on_framed)
        view.installEventFilter(self)

    def _ask(self, content: Content) -> None:
        super()._ask(content)
        if content.is_blank:
            self._requested.clear()
            self._waiting.clear()
        elif self._moved:
            self._requested.append((self._tab._state.request, self._moved[-1]))

    def _on_framed(self, serial: int, frame: object) -> None:
        self._waiting.extend((frame, moved) for requested, moved in self._requested if requested <= serial)
        self._requested = [entry for entry in self._requested if entry[0] > serial]

    def _note_answer(self, moved: float) -> None:
        """Leave it: what counts is the view."""

    def _note_painting(self, frame: object) -> None:
        now = time.perf_counter()
        frames = [waiting for waiting, _ in self._waiting]
        if not any(waiting is frame for waiting in frames):
            return
        last = max(number for number, waiting in enumerate(frames) if waiting is frame)
        self.latencies.extend(now - moved for _, moved in self._waiting[: last + 1])
        del self._waiting[: last + 1]

    # -- Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait until the view has painted what changed."""
        state = self._view._state
        if event.type() == QEvent.Type.UpdateRequest and state is not None:
            QTimer.singleShot(0, lambda: self._note_painting(state.whole.frame))
        return False


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--model", type=int, choices=(1, 2, 3), default=3)
    options.add_argument("--seconds", type=float, default=20, metavar="S", help="duration of drawing")
    options.add_argument("--clicks", type=int, default=60, metavar="N", help="filters that are switched")
    options.add_argument("--peer", type=int, default=30, metavar="N", help="calls of the peer")
    add_runs(options)
    add_display(options)
    arguments = options.parse_args()
    use_platform(arguments.display)
    app = QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder) / "runs", shipped_folder(arguments.runs))
        window = open_window(store, Path(folder), 100, lambda _event: None)
        _wait_until(lambda: window.draw_tab.frame is not None)
        view = _open_view(window, arguments.model)
        pen = NetworkPen(window, view)
        pen.start()
        _pass(2)  # the first ones allocate buffers
        pen.latencies.clear()
        _pass(arguments.seconds)
        pen.lift()
        _pass(0.5)
        drawn, clicked, scrolled = list(pen.latencies), _clicks(view, arguments.clicks), _scroll_steps(app, view)
        window.close()
        app.processEvents()
    peer = _predict_plainly(arguments.model, arguments.peer)
    print(environment())
    theirs = f"{_text_of(peer)}: model.predict with all layers as outputs"
    for title, seconds, most in (
        (f"(a) From the pen to the repainted view of model {arguments.model}", drawn, 50.0),
        ("(b) From a click on a filter to the repainted view without it", clicked, 50.0),
    ):
        ratio = percentile(peer, 0.95) / percentile(seconds, 0.95)
        print_claim(title, _text_of(seconds), theirs, f"{ratio:.1f} times faster (p95)", f"p95 under {most:.0f} ms")
    print(f"\n(c) A scroll step of {SCROLL_STEP} pixels\n  this program  {_text_of(scrolled)}")
    print(f"  target        p95 under {FRAME_MS:.1f} ms")


def _open_view(window: MainWindow, model: int) -> NetworkWindow:
    dock = window.draw_tab.view.panel_dock
    dock.open("why")
    button = dock.findChild(QPushButton, "network_button")
    assert button is not None
    button.click()
    dock.close_panel()  # what it computes is not measured here
    view = window.findChild(NetworkWindow)
    assert view is not None
    view._model_bar.setCurrentIndex(model - 1)
    _wait_until(lambda: view._state is not None and view._state.network.run == view.answerer.run)
    return view


def _clicks(view: NetworkWindow, count: int) -> list[float]:
    """Return the seconds from each click on one of the first filters to the painted view with it switched."""
    tiles, seconds = view.columns.areas[0], []
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    for number in range(count):
        place = QPointF(tiles.tile(tiles.order[number % 4]).center())
        began = time.perf_counter()
        for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
            event = QMouseEvent(kind, place, tiles.viewport().mapToGlobal(place), left, left, none)
            QApplication.sendEvent(tiles.viewport(), event)
        while view._state is None or view._state.off != view.off:
            QApplication.processEvents()
        QApplication.processEvents()  # paints
        seconds.append(time.perf_counter() - began)
        _pass(0.02)
    return seconds


def _scroll_steps(app: QApplication, view: NetworkWindow) -> list[float]:
    """Return the seconds that each step takes to the end of every layer."""
    seconds = []
    for area in view.columns.areas[:4]:
        bar = area.verticalScrollBar()
        for value in range(0, bar.maximum(), SCROLL_STEP):
            began = time.perf_counter()
            bar.setValue(value)
            app.processEvents()
            seconds.append(time.perf_counter() - began)
    return seconds


def _predict_plainly(number: int, count: int) -> list[float]:
    keras = load_keras()
    network = build(ARCHITECTURES[number])
    layers = keras.Model(network.inputs, [layer.output for layer in network.layers])
    frames, seconds = load_mnist_test().frames()[: count + 3, ..., None], []
    for index in range(count + 3):  # the first ones build graphs
        began = time.perf_counter()
        layers.predict(frames[index : index + 1], verbose=0)
        seconds.append(time.perf_counter() - began)
    return seconds[3:]


def _text_of(seconds: list[float]) -> str:
    low, high, most = (1000 * percentile(seconds, fraction) for fraction in (0.5, 0.95, 1.0))
    return f"p50 {low:.1f}, p95 {high:.1f}, most {most:.1f} ms ({len(seconds)} times)"


if __name__ == "__main__":
    main()
