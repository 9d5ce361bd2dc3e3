"""Claim: during half an hour of drawing, memory stays within 5 MB of the first minute, and no thread or timer is left.

The real window, with the shipped models and its own folders. A simulated user draws digits anywhere on the canvas, in
any size and at a natural pace, and after each one performs an action: labels it and undoes that, undoes and redoes,
shows a test digit and draws over it, opens a panel, moves the slider of Stress, opens the view of a network, draws two
digits at once, changes the theme. Measuring begins after the first minute, when every action has been performed. There
is no peer: the claim is absolute. No time is measured, so the machine may be busy.

    python benchmarks/drawing_memory.py [--minutes 30] [--seed 1] [--runs DIR] [--display]
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from types import TracebackType

import numpy as np
from common import add_display, add_runs, environment, parser, shipped_folder, use_platform
from memory import resident
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPointF, Qt, QThread, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QPushButton, QSlider

from mnist_gui.app import default_dependencies, make_window
from mnist_gui.digits.dataset import load_mnist
from mnist_gui.gui.main_window import MainWindow
from mnist_gui.gui.theme import ThemeChoice
from mnist_gui.runs.store import RunStore
from mnist_gui.screenshots import SHAKY_FOUR, THEMES

MOVE_MS = 10  # between two positions of the pen
MOVES_PER_STROKE = 40
REST_MS = 700  # the verdict follows 400 ms after pen-up
FIRST_SECONDS = 60
EVERY_SECONDS = 60
MEGABYTE = 1e6
TURN = np.linspace(0, 2 * np.pi, 33)
# Zero, one, seven and a four, each a list of strokes.
DIGITS = (
    [np.stack([0.35 * np.sin(TURN), -0.5 * np.cos(TURN)], axis=1)],
    [np.array([[0.1, -0.5], [-0.05, 0.5]])],
    [np.array([[-0.3, -0.5], [0.3, -0.5], [-0.1, 0.5]])],
    [(stroke - [282.0, 350.0]) / 340 for stroke in SHAKY_FOUR.strokes],
)


class SimulatedUser(QObject):
    """Simulated user that draws and performs all actions, one step at a time.

    Attributes
    ----------
    drawn
        Number of digits drawn.
    rounds
        Number of times that all actions were performed.
    """

    def __init__(self, window: MainWindow, seed: int, show_theme: Iterator[ThemeChoice]) -> None:
        super().__init__(window)
        self.drawn = self.rounds = 0
        self._window, self._tab, self._canvas = window, window.draw_tab, window.draw_tab.view.canvas
        self._chance = np.random.default_rng(seed)
        self._themes = show_theme
        self._life = self._live()
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.act)
        self._tab.view.panel_dock.close_panel()  # each habit opens its own

    def act(self) -> None:
        """Perform the next step, then wait as long as a user would."""
        self._timer.start(next(self._life))

    def rest(self) -> None:
        """Stop."""
        self._timer.stop()

    def _live(self) -> Iterator[int]:
        habits = (
            self._keep, self._undo_and_redo, self._look_why, self._see_framing, self._stress, self._see_network,
            self._draw_over, self._draw_two, self._browse, self._change_theme,
        )  # fmt: skip
        while True:
            for habit in habits:
                yield from self._draw()
                yield from habit()
                self._tab.view.draw_actions.clear.trigger()
                yield 300
            self.rounds += 1

    def _draw(self, *, left: float = 0.0, width: float = 1.0) -> Iterator[int]:
        side = min(self._canvas.width(), self._canvas.height())
        size = side * width * self._chance.uniform(0.2, 0.9)
        corner = self._chance.uniform([left * side, 0], [(left + width) * side - size, side - size])
        digit = DIGITS[self._chance.integers(len(DIGITS))]
        kinds = QEvent.Type
        for stroke in digit:
            places = _along(stroke * size + corner + size / 2)
            self._send(kinds.MouseButtonPress, places[0])
            for place in places:
                yield MOVE_MS
                self._send(kinds.MouseMove, place)
            self._send(kinds.MouseButtonRelease, places[-1])
            yield 80
        self.drawn += 1
        yield REST_MS

    def _send(self, kind: QEvent.Type, place: NDArray[np.float64]) -> None:
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        at = QPointF(*place.tolist())
        button = none if kind == QEvent.Type.MouseMove else left
        held = none if kind == QEvent.Type.MouseButtonRelease else left
        everywhere = QPointF(self._canvas.mapToGlobal(at))
        event = QMouseEvent(kind, at, everywhere, button, held, Qt.KeyboardModifier.NoModifier)
        QCoreApplication.sendEvent(self._canvas, event)

    def _keep(self) -> Iterator[int]:
        self._tab.view.draw_actions.labels[int(self._chance.integers(10))].trigger()
        yield REST_MS
        self._tab.view.verdict_bar.action_triggered.emit("Undo")
        yield 200

    def _undo_and_redo(self) -> Iterator[int]:
        for action in (
            self._tab.view.draw_actions.undo,
            self._tab.view.draw_actions.undo,
            self._tab.view.draw_actions.redo,
        ):
            action.trigger()
            yield 250

    def _look_why(self) -> Iterator[int]:
        self._tab.view.draw_actions.panels["why"].trigger()
        yield REST_MS
        self._tab.view.cards[2].bar_clicked.emit(int(self._chance.integers(10)))
        yield from self._draw()
        smallest_change = self._tab.view.panel_dock.findChild(QPushButton, "smallest_change")
        smallest_change.click()
        yield from self._draw()
        yield 1000
        smallest_change.click()
        self._tab.view.panel_dock.close_panel()

    def _see_framing(self) -> Iterator[int]:
        self._tab.view.draw_actions.panels["framing"].trigger()
        yield from self._draw()
        self._tab.view.panel_dock.close_panel()

    def _stress(self) -> Iterator[int]:
        self._tab.view.draw_actions.panels["stress"].trigger()
        yield REST_MS
        slider = self._tab.view.panel_dock.findChild(QSlider, "stress_slider")
        for fraction in np.linspace(0, 1, 12):
            slider.setValue(round(slider.minimum() + fraction * (slider.maximum() - slider.minimum())))
            yield 60
        self._tab.view.panel_dock.close_panel()

    def _see_network(self) -> Iterator[int]:
        self._tab.view.draw_actions.panels["why"].trigger()
        yield 200
        self._tab.view.panel_dock.findChild(QPushButton, "network_button").click()
        yield REST_MS
        yield from self._draw()
        self._window.findChild(QObject, "network_window").close()
        self._tab.view.panel_dock.close_panel()

    def _draw_over(self) -> Iterator[int]:
        self._tab.view.draw_actions.random.trigger()
        yield REST_MS
        yield from self._draw()
        self._tab.view.draw_actions.undo.trigger()
        yield 300

    def _draw_two(self) -> Iterator[int]:
        self._tab.view.draw_actions.clear.trigger()
        yield from self._draw(width=0.45)
        yield from self._draw(left=0.55, width=0.45)
        self._tab.view.canvas.digit_selected.emit(0, True)
        yield 300

    def _browse(self) -> Iterator[int]:
        self._tab.view.draw_actions.panels["my_digits"].trigger()
        yield REST_MS
        self._tab.view.panel_dock.close_panel()

    def _change_theme(self) -> Iterator[int]:
        next(self._themes)
        self._window.apply_theme()
        yield 300


class Watch(QTimer):
    """Records the memory after the first minute and round, then every minute; quits at the end."""

    def __init__(self, user: SimulatedUser, minutes: float) -> None:
        super().__init__(user, interval=1000)
        self.seen: list[tuple[float, int]] = []
        self._user, self._began, self._until = user, time.monotonic(), 60 * minutes
        self.timeout.connect(self._look)
        self.start()

    def _look(self) -> None:
        passed = time.monotonic() - self._began
        due = self.seen[-1][0] + EVERY_SECONDS if self.seen else FIRST_SECONDS
        if passed >= due and self._user.rounds:
            gc.collect()
            self.seen.append((passed, resident()[0]))
            print(
                f"{passed / 60:6.1f} min {self.seen[-1][1] / MEGABYTE:8.1f} MB {self._user.drawn:6} drawn", flush=True
            )
        if passed > self._until and self.seen:
            self.stop()
            self._user.rest()
            QCoreApplication.exit()


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--minutes", type=float, default=30, metavar="M", help="duration, above 1")
    options.add_argument("--seed", type=int, default=1, metavar="N", help="seed of positions and digits")
    add_runs(options)
    add_display(options)
    arguments = options.parse_args()
    use_platform(arguments.display)
    dataset = load_mnist()
    app = QApplication(sys.argv[:1])
    sys.excepthook = _fail
    print(environment())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dependencies = default_dependencies(
            RunStore(folder / "runs", shipped_folder(arguments.runs)), folder / "settings"
        )
        dependencies = replace(
            dependencies, load_dataset=lambda: dataset, my_digits=folder / "my.jsonl", cache=folder / "cache"
        )

        def themes() -> Iterator[ThemeChoice]:
            for dependencies.settings.theme in cycle(THEMES):
                yield dependencies.settings.theme

        window = make_window(dependencies)
        window.show()
        user = SimulatedUser(window, arguments.seed, themes())
        watch = Watch(user, arguments.minutes)
        user.act()
        app.exec()
        window.close()
        window.deleteLater()
        del window
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        app.processEvents()
        _report(watch.seen, user.drawn, _running())


def _fail(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Exit at an error in a slot, which Qt would print and ignore."""
    sys.__excepthook__(kind, error, trace)
    os._exit(1)


def _along(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (MOVES_PER_STROKE, 2) equidistant points along a line through (n, 2) corners."""
    lengths = np.concatenate([[0.0], np.hypot(*np.diff(corners, axis=0).T).cumsum()])
    way = np.linspace(0, lengths[-1], MOVES_PER_STROKE)
    return np.stack([np.interp(way, lengths, corners[:, axis]) for axis in (0, 1)], axis=1)


def _running() -> list[str]:
    """Return running threads of Python and Qt, without this one, and repeating timers."""
    found = [str(thread) for thread in threading.enumerate() if thread is not threading.current_thread()]
    return found + [repr(thing) for thing in gc.get_objects() if isinstance(thing, QObject) and _runs(thing)]


def _runs(thing: QObject) -> bool:
    try:
        if isinstance(thing, QThread):
            return thing.isRunning() and thing is not QThread.currentThread()
        return isinstance(thing, QTimer) and thing.isActive() and not thing.isSingleShot()
    except RuntimeError:  # its C++ object was deleted
        return False


def _report(seen: list[tuple[float, int]], drawn: int, running: list[str]) -> None:
    sizes = np.array([size for _, size in seen]) / MEGABYTE
    print(f"\n{drawn} digits drawn in {seen[-1][0] / 60:.1f} minutes")
    print(f"  after {seen[0][0] / 60:.1f} minutes           {sizes[0]:.1f} MB")
    print(f"  at the end                  {sizes[-1]:.1f} MB ({sizes[-1] - sizes[0]:+.1f})")
    print(f"  maximum and minimum since   {sizes.max():.1f} and {sizes.min():.1f} MB")
    print(f"  left running when closed    {', '.join(running) or 'nothing'}")
    print("\ntarget: within 5 MB of the first minute; nothing left running")


if __name__ == "__main__":
    main()
