"""A walk through the window with mouse and keys, as in a first visit and in a lesson; for pictures and tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QLabel, QWidget

from mnist_gui.gui.draw.canvas.canvas_content import UNITS
from mnist_gui.gui.draw.demonstration import FORTY_TWO, LETTER_A, Curves, strokes_of
from mnist_gui.gui.draw.network.network_words import OPENING
from mnist_gui.gui.draw.verdict_bar import LOADING
from mnist_gui.gui.main_window import COMPARE, TRAIN, MainWindow
from mnist_gui.runs.store import RunStore

# The same form as in `demonstration`.
SEVEN: Curves = (  # small, in a corner
    ((620, 120), (700, 120), (780, 120), (860, 120), (815, 250), (765, 375), (720, 500)),
)
ONE: Curves = (  # with the long upstroke that models like to call a 7
    ((250, 480), (350, 350), (450, 230), (550, 120), (550, 370), (550, 620), (550, 880)),
)
SETTLE_SECONDS, LOOK_SECONDS = 0.4, 1.5
_STEP_WAIT_SECONDS, _TRAINING_WAIT_SECONDS = 20.0, 300.0
_DIGIT_WAIT_SECONDS = 5.0  # there may be none that fools the models


def walk(window: MainWindow, store: RunStore) -> Iterator[tuple[str, QWidget]]:
    """Go through the window; yield after each step its name, such as "draw-seven", and the window to look at.

    A step that takes too long is given up: the next ones show what there is.

    Parameters
    ----------
    window
        Shown, with an empty canvas; the caller may look at it, but is not to change it.
    store
        Runs of the window; runs of "Quick look" and of the user's digits are trained and stay there.
    """
    _wait(lambda: window.draw_tab.view.verdict_bar.text != LOADING)
    yield "draw-blank", window
    yield from _tour_steps(window)
    yield from _draw_steps(window)
    yield from _panel_steps(window)
    yield from _teach_steps(window)
    yield from _network_steps(window)
    yield from _train_steps(window, store)
    yield from _compare_steps(window)
    yield from _report_steps(window)
    yield from _presentation_steps(window)


def _tour_steps(window: MainWindow) -> Iterator[tuple[str, QWidget]]:
    next(action for action in window.findChildren(QAction) if action.text() == "&Tour").trigger()
    for number in range(1, 7):
        _wait(lambda: isinstance(window.focusWidget(), QAbstractButton))
        yield f"tour-{number}", window
        _press(window, "Return")  # "Next", which has the focus, and at last "Done"


def _draw_steps(window: MainWindow) -> Iterator[tuple[str, QWidget]]:
    tab = window.draw_tab
    letter = LETTER_A[::-1]  # the bar first: at the foot of its long stroke stand the suggestions
    for name, curves in (("seven", SEVEN), ("forty-two", FORTY_TWO), ("letter", letter)):
        _press(window, "Del")
        _write(window, curves)
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


def _teach_steps(window: MainWindow) -> Iterator[tuple[str, QWidget]]:
    for copy in range(3):  # one of them is kept for judging
        _press(window, "Del")
        _write(window, [[(x + 30 * copy, y) for x, y in curve] for curve in ONE])
        _press(window, "1")
    _click_button(window, "teach")
    _look()
    yield "teach-choice", window
    _click_button(window, "teach_models")
    _look()
    yield "teach-running", window
    _wait(lambda: _shown(window, "lesson_action") is not None, seconds=_TRAINING_WAIT_SECONDS)
    _look()
    yield "teach-result", window


def _network_steps(window: MainWindow) -> Iterator[tuple[str, QWidget]]:
    _press(window, "N")
    _wait(lambda: _top_level("network_window") is not None)
    network = _top_level("network_window")
    if network is not None:
        text = network.findChild(QLabel, "network_empty")
        _wait(lambda: text is None or not text.isVisible() or text.text() != OPENING)
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
        _wait(lambda: tab.is_filled and not (tab.robustness_page and tab.robustness_page.is_busy))
        yield f"compare-{tab.page_tabs.tabText(index).replace('&', '').lower()}", window


def _report_steps(window: MainWindow) -> Iterator[tuple[str, QWidget]]:
    tab = window.compare_tab
    assert tab is not None
    _click_button(window, "report")
    _wait(lambda: window.findChild(QFileDialog) is not None)
    dialog = window.findChild(QFileDialog)
    assert dialog is not None
    with TemporaryDirectory() as folder:
        QTest.keyClicks(dialog.focusWidget(), str(Path(folder) / "report.html"))
        QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
        _wait(lambda: "Saved" in tab.status.text())
        yield "report", window


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
    """Press keys such as "Ctrl+2", on the canvas if it is visible and no button has the focus for them."""
    window.activateWindow()
    _wait_until(window.isActiveWindow, _STEP_WAIT_SECONDS)
    canvas = window.draw_tab.view.canvas
    if canvas.isVisible() and keys != "Return":
        canvas.setFocus()
    QTest.keySequence(window.focusWidget() or window, keys)
    QTest.qWait(100)


def _look() -> None:
    """Wait as one who looks at the window: the pen rests, explanations are computed."""
    QTest.qWait(round(1000 * LOOK_SECONDS))


def _click(widget: QWidget, place: QPoint) -> None:
    window = widget.window()
    QTest.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, pos=widget.mapTo(window, place))


def _click_button(window: MainWindow, name: str) -> None:
    button = _shown(window, name)
    if button is not None:
        _click(button, button.rect().center())


def _shown(window: MainWindow, name: str) -> QAbstractButton | None:
    """Return the button of a name, if it is there and can be clicked."""
    buttons = window.findChildren(QAbstractButton, name)
    return next((button for button in buttons if button.isVisible() and button.isEnabled()), None)


def _write(window: MainWindow, curves: Curves) -> None:
    """Draw with the left button."""
    canvas, handle, left = window.draw_tab.view.canvas, window.windowHandle(), Qt.MouseButton.LeftButton
    for stroke in strokes_of(curves):
        places = [canvas.mapTo(window, QPoint(*at)) for at in (stroke * canvas.width() / UNITS).round().astype(int)]
        QTest.mousePress(handle, left, pos=places[0])
        for place in places[1:]:
            QTest.mouseMove(handle, place)
        QTest.mouseRelease(handle, left, pos=places[-1])


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
