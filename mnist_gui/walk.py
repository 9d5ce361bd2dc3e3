"""A walk through the window with mouse and keys, as in a first visit and in a lesson; for pictures and tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from mnist_gui.gui.draw.verdict_bar import LOADING
from mnist_gui.gui.main_window import COMPARE, TRAIN, MainWindow
from mnist_gui.runs.store import RunStore

Stroke = Sequence[tuple[float, float]]  # x, y in fractions of the canvas

SEVEN: tuple[Stroke, ...] = (((0.62, 0.12), (0.86, 0.12), (0.72, 0.5)),)  # small, in a corner
FOUR_TWO: tuple[Stroke, ...] = (
    ((0.22, 0.25), (0.1, 0.55), (0.36, 0.55)),
    ((0.3, 0.4), (0.28, 0.78)),
    ((0.58, 0.38), (0.64, 0.27), (0.76, 0.27), (0.82, 0.38), (0.58, 0.75), (0.88, 0.75)),
)
LETTER_A: tuple[Stroke, ...] = (((0.2, 0.85), (0.5, 0.12), (0.8, 0.85)), ((0.32, 0.58), (0.68, 0.58)))
SETTLE_SECONDS, LOOK_SECONDS = 0.4, 1.5
_STEP_WAIT_SECONDS, _TRAINING_WAIT_SECONDS = 20.0, 300.0
_DIGIT_WAIT_SECONDS = 5.0  # there may be none that fools the models
_SMOOTHNESS = 8  # positions of the mouse for each line


def walk(window: MainWindow, store: RunStore) -> Iterator[tuple[str, QWidget]]:
    """Go through the window; yield after each step its name, such as "draw-seven", and the window to look at.

    A step that takes too long is given up: the next ones show what there is.

    Parameters
    ----------
    window
        Shown, with an empty canvas; the caller may look at it, but is not to change it.
    store
        Runs of the window; a run of "Quick look" is trained and stays there.
    """
    yield from _draw_steps(window)
    yield from _panel_steps(window)
    yield from _network_steps(window)
    yield from _train_steps(window, store)
    yield from _compare_steps(window)
    yield from _presentation_steps(window)


def _draw_steps(window: MainWindow) -> Iterator[tuple[str, QWidget]]:
    _wait(lambda: window.draw_tab.view.verdict_bar.text != LOADING)
    yield "draw-blank", window
    tab = window.draw_tab
    for name, strokes in (("seven", SEVEN), ("forty-two", FOUR_TWO), ("letter", LETTER_A)):
        _press(window, "Del")
        _write(window, strokes)
        _wait(lambda: tab.frame is not None)
        _look()
        yield f"draw-{name}", window
    for name, key in (("random", "R"), ("fools-them", "T")):
        before = tab.content
        _press(window, key)
        _wait(lambda before=before: tab.content is not before, seconds=_DIGIT_WAIT_SECONDS)  # type: ignore[misc]
        _look()
        yield f"draw-{name}", window


def _panel_steps(window: MainWindow) -> Iterator[tuple[str, QWidget]]:
    _press(window, "Del")
    _write(window, SEVEN)
    _press(window, "7")  # it was a 7: stored in My digits
    dock = window.draw_tab.view.panel_dock
    for name, key in (("why", "W"), ("framing", "F"), ("stress", "S"), ("my-digits", "M")):
        if dock.opened != name.replace("-", "_"):
            _press(window, key)
        _look()
        yield f"draw-{name}", window


def _network_steps(window: MainWindow) -> Iterator[tuple[str, QWidget]]:
    _press(window, "N")
    _wait(lambda: _top_level("network_window") is not None)
    network = _top_level("network_window")
    if network is not None:
        _look()
        yield "network", network
        network.close()


def _train_steps(window: MainWindow, store: RunStore) -> Iterator[tuple[str, QWidget]]:
    _press(window, "Ctrl+2")
    _wait(lambda: window.tabs.currentIndex() == TRAIN and window.train_tab is not None)
    yield "train-ready", window
    tab = window.train_tab
    assert tab is not None
    before = {run.name for run in store.runs()}
    _press(window, "Ctrl+Return")
    _wait(
        lambda: any(run.record.epochs for run in store.runs() if run.name not in before), seconds=_TRAINING_WAIT_SECONDS
    )
    yield "train-first-epoch", window
    _wait(lambda: not tab.is_training, seconds=_TRAINING_WAIT_SECONDS)
    yield "train-finished", window


def _compare_steps(window: MainWindow) -> Iterator[tuple[str, QWidget]]:
    _press(window, "Ctrl+3")
    _wait(lambda: window.tabs.currentIndex() == COMPARE and window.compare_tab is not None)
    tab = window.compare_tab
    assert tab is not None
    _wait(lambda: tab.is_filled)
    for index in range(tab.page_tabs.count()):
        _click(tab.page_tabs, tab.page_tabs.tabRect(index).center())
        _wait(lambda: tab.is_filled)
        yield f"compare-{tab.page_tabs.tabText(index).replace('&', '').lower()}", window


def _presentation_steps(window: MainWindow) -> Iterator[tuple[str, QWidget]]:
    _press(window, "Ctrl+1")
    _press(window, "F11")
    yield "present", window
    _press(window, "W")
    _look()
    yield "present-why", window
    _press(window, "Esc")


# -- the hands of the user


def _press(window: MainWindow, keys: str) -> None:
    """Press keys such as "Ctrl+2", on the canvas if it is visible."""
    window.activateWindow()
    _wait_until(window.isActiveWindow, _STEP_WAIT_SECONDS)
    canvas = window.draw_tab.view.canvas
    if canvas.isVisible():
        canvas.setFocus()
    QTest.keySequence(window.focusWidget() or window, keys)
    QTest.qWait(100)


def _look() -> None:
    """Wait as one who looks at the window: the pen rests, explanations are computed."""
    QTest.qWait(round(1000 * LOOK_SECONDS))


def _click(widget: QWidget, place: QPoint) -> None:
    window = widget.window()
    QTest.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, pos=widget.mapTo(window, place))


def _write(window: MainWindow, strokes: Sequence[Stroke]) -> None:
    """Draw with the left button."""
    canvas, handle, left = window.draw_tab.view.canvas, window.windowHandle(), Qt.MouseButton.LeftButton

    def place(x: float, y: float) -> QPoint:
        return canvas.mapTo(window, QPoint(round(x * canvas.width()), round(y * canvas.height())))

    for stroke in strokes:
        QTest.mousePress(handle, left, pos=place(*stroke[0]))
        for (x0, y0), (x1, y1) in pairwise(stroke):
            for part in range(1, _SMOOTHNESS + 1):
                done = part / _SMOOTHNESS
                QTest.mouseMove(handle, place(x0 + (x1 - x0) * done, y0 + (y1 - y0) * done))
        QTest.mouseRelease(handle, left, pos=place(*stroke[-1]))


def _top_level(name: str) -> QWidget | None:
    windows = (each for each in QApplication.topLevelWidgets() if each.objectName() == name and each.isVisible())
    return next(windows, None)


def _wait(is_done: Callable[[], bool], *, seconds: float = _STEP_WAIT_SECONDS) -> None:
    """Process events until a condition holds, at most for some seconds, and until the layout has followed."""
    _wait_until(is_done, seconds)
    QTest.qWait(round(1000 * SETTLE_SECONDS))


def _wait_until(is_done: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not is_done() and time.monotonic() < end:
        QTest.qWait(20)
