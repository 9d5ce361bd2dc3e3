"""A walk through the window with mouse and keys, as in a first visit and in a lesson; for pictures and tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QLabel, QWidget

from mnist_gui.digits.content import Content
from mnist_gui.gui.draw.canvas.canvas_content import UNITS
from mnist_gui.gui.draw.demonstration import FORTY_TWO, LETTER_A, Curves, strokes_of
from mnist_gui.gui.draw.network.network_words import OPENING
from mnist_gui.gui.draw.verdict_bar import LOADING
from mnist_gui.gui.main_window import COMPARE, TRAIN, MainWindow
from mnist_gui.gui.widgets.scroll_column import scroll_to
from mnist_gui.runs.store import RunStore

# The same form as in `demonstration`.
SEVEN: Curves = (  # small, in a corner
    ((620, 120), (700, 120), (780, 120), (860, 120), (815, 250), (765, 375), (720, 500)),
)
ONE: Curves = (  # with the long upstroke that models like to call a 7
    ((250, 480), (350, 350), (450, 230), (550, 120), (550, 370), (550, 620), (550, 880)),
)
SETTLE_SECONDS, LOOK_SECONDS = 0.4, 1.5
EVENT_SECONDS = 0.005  # between two looks at the events
_STEP_WAIT_SECONDS, _TRAINING_WAIT_SECONDS = 20.0, 300.0


class Step(NamedTuple):
    """A place on the walk, such as "draw-seven", the window to look at, and what did not happen on the way there."""

    name: str
    widget: QWidget
    missed: Sequence[str] = ()


def walk(window: MainWindow, store: RunStore) -> Iterator[Step]:
    """Go through the window; yield each step.

    What takes too long is given up: its step says so, and the next ones show what there is.

    Parameters
    ----------
    window
        Shown, with an empty canvas; the caller may look at it, but is not to change it.
    store
        Runs of the window; runs of "Quick look" and of the user's digits are trained and stay there.
    """
    user = _User(window)
    user.wait("the models are loaded", lambda: window.draw_tab.view.verdict_bar.text != LOADING)
    yield user.step("draw-blank")
    yield from _tour_steps(user)
    yield from _draw_steps(user)
    yield from _panel_steps(user)
    yield from _teach_steps(user)
    yield from _network_steps(user)
    yield from _train_steps(user, store)
    yield from _compare_steps(user)
    yield from _report_steps(user)
    yield from _presentation_steps(user)


def _tour_steps(user: _User) -> Iterator[Step]:
    window = user.window
    next(action for action in window.findChildren(QAction) if action.text() == "&Tour").trigger()
    for number in range(1, 7):
        user.wait("the tour has the focus", lambda: isinstance(window.focusWidget(), QAbstractButton))
        yield user.step(f"tour-{number}")
        user.press("Return")  # "Next", which has the focus, and at last "Done"


def _draw_steps(user: _User) -> Iterator[Step]:
    tab = user.window.draw_tab
    bar = tab.view.verdict_bar
    letter = LETTER_A[::-1]  # the bar first: at the foot of its long stroke stand the suggestions
    for name, curves in (("seven", SEVEN), ("forty-two", FORTY_TWO), ("letter", letter)):
        user.press("Del")
        user.write(curves)
        # Several digits have no frame together.
        user.wait("the drawing is answered", lambda: tab.frame is not None or bar.text.startswith("Looks like"))
        user.look()
        yield user.step(f"draw-{name}")
    for name, key in (("random", "R"), ("fools-them", "T")):
        before = tab.content, bar.note

        def is_answered(before: tuple[Content, str] = before) -> bool:
            """Return whether a digit is shown, or a sentence why there is none; not while it is looked for."""
            return tab.content is not before[0] or (bar.note != before[1] and not bar.note.endswith("…"))

        user.press(key)
        user.wait("a test digit is shown", is_answered)
        user.look()
        yield user.step(f"draw-{name}")


def _panel_steps(user: _User) -> Iterator[Step]:
    user.press("Del")
    user.write(SEVEN)
    user.label(7)
    dock = user.window.draw_tab.view.panel_dock
    for name, key in (("why", "W"), ("framing", "F"), ("stress", "S"), ("my-digits", "M")):
        panel = name.replace("-", "_")
        if dock.opened != panel:
            user.press(key)
        user.wait("the panel is open", lambda panel=panel: dock.opened == panel)  # type: ignore[misc]
        user.look()
        yield user.step(f"draw-{name}")


def _teach_steps(user: _User) -> Iterator[Step]:
    for copy in range(3):  # one of them is kept for judging
        user.press("Del")
        slant = 0.1 * copy  # merely shifted, it would be the same digit
        user.write([[(x + slant * (UNITS - y), y) for x, y in curve] for curve in ONE])
        user.label(1)
    user.click_button("teach")
    user.look()
    yield user.step("teach-choice")
    user.click_button("teach_models")
    user.wait("teaching has begun", lambda: bool(user.shown("stop_teaching") or user.shown("lesson_action")))
    user.look()
    yield user.step("teach-running")
    user.wait("a model is taught", lambda: user.shown("lesson_action") is not None, seconds=_TRAINING_WAIT_SECONDS)
    user.look()
    yield user.step("teach-result")


def _network_steps(user: _User) -> Iterator[Step]:
    user.press("N")
    user.wait("the view of the network opens", lambda: _top_level("network_window") is not None)
    network = _top_level("network_window")
    if network is None:
        yield user.step("network")
        return
    text = network.findChild(QLabel, "network_empty")
    user.wait("the network is shown", lambda: text is None or not text.isVisible() or text.text() != OPENING)
    user.look()
    yield user.step("network", network)
    network.close()


def _train_steps(user: _User, store: RunStore) -> Iterator[Step]:
    window = user.window
    user.press("Ctrl+2")
    user.wait("Train opens", lambda: window.tabs.currentIndex() == TRAIN and window.train_tab is not None)
    yield user.step("train-ready")
    tab = window.train_tab
    assert tab is not None
    before = {run.name for run in store.runs()}
    user.press("Ctrl+Return")
    user.wait(
        "an epoch is trained",
        lambda: any(run.record.epochs for run in store.runs() if run.name not in before),
        seconds=_TRAINING_WAIT_SECONDS,
    )
    yield user.step("train-first-epoch")
    user.wait("the training ends", lambda: not tab.is_training, seconds=_TRAINING_WAIT_SECONDS)
    yield user.step("train-finished")


def _compare_steps(user: _User) -> Iterator[Step]:
    window = user.window
    user.press("Ctrl+3")
    user.wait("Compare opens", lambda: window.tabs.currentIndex() == COMPARE and window.compare_tab is not None)
    tab = window.compare_tab
    assert tab is not None
    user.wait("the runs are compared", lambda: tab.is_filled)
    for index in range(tab.page_tabs.count()):
        user.click(tab.page_tabs, tab.page_tabs.tabRect(index).center())
        user.wait(
            "the page is filled",
            lambda: tab.is_filled and not (tab.robustness_page and tab.robustness_page.is_busy),
            seconds=_TRAINING_WAIT_SECONDS,  # robustness is computed at a low priority
        )
        yield user.step(f"compare-{tab.page_tabs.tabText(index).replace('&', '').lower()}")


def _report_steps(user: _User) -> Iterator[Step]:
    window = user.window
    tab = window.compare_tab
    assert tab is not None
    user.click(tab.page_tabs, tab.page_tabs.tabRect(0).center())  # the page of studies has no report
    user.click_button("report")
    user.wait("the dialog opens", lambda: window.findChild(QFileDialog) is not None)
    dialog = window.findChild(QFileDialog)
    if dialog is None:
        yield user.step("report")
        return
    with TemporaryDirectory() as folder:
        QTest.keyClicks(dialog.focusWidget(), str(Path(folder) / "report.html"))
        QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
        user.wait("the report is saved", lambda: "Saved" in tab.status.text())
        yield user.step("report")


def _presentation_steps(user: _User) -> Iterator[Step]:
    view, bar = user.window.draw_tab.view, user.window.menuBar()
    user.press("Ctrl+1")
    user.press("F11")
    user.wait("the presentation begins", bar.isHidden)
    yield user.step("present")
    user.press("W")
    user.wait("Why opens", view.panel_dock.isVisible)
    user.look()
    yield user.step("present-why")
    user.press("Esc")


class _User:
    """Uses the window with mouse and keys, and remembers what did not happen.

    Parameters
    ----------
    window
        The window; it is made the active one.
    """

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self._missed: list[str] = []

    def step(self, name: str, widget: QWidget | None = None) -> Step:
        """Return a step, the main window's if no other is given, with what has not happened since the last one."""
        missed, self._missed = self._missed, []
        return Step(name, widget or self.window, missed)

    def wait(self, what: str, is_done: Callable[[], bool], *, seconds: float = _STEP_WAIT_SECONDS) -> None:
        """Process events until what is wanted is done, at most for some seconds, and until the layout has followed."""
        if not _wait_until(is_done, seconds):
            self._missed.append(f"Waited {seconds:.0f} s in vain until {what}.")
        _rest(SETTLE_SECONDS)

    def press(self, keys: str) -> None:
        """Press keys such as "Ctrl+2", on the canvas if it is visible and no button has the focus for them."""
        window = self.window
        window.activateWindow()
        if not _wait_until(window.isActiveWindow, _STEP_WAIT_SECONDS):
            self._missed.append(f"{keys} was pressed while the window was not the active one.")
        canvas = window.draw_tab.view.canvas
        if canvas.isVisible() and keys != "Return":
            canvas.setFocus()
        QTest.keySequence(window.focusWidget() or window, keys)
        _wait_until(lambda: False, 0.1)

    def label(self, digit: int) -> None:
        """Say by its key what the drawing was; it is kept in My digits."""
        view = self.window.draw_tab.view
        self.wait("the drawing can be labelled", view.label_row.isEnabled)
        self.press(str(digit))
        self.wait("the digit is kept", lambda: f"Saved as {digit}" in view.verdict_bar.note)

    def click(self, widget: QWidget, place: QPoint) -> None:
        """Scroll to a widget and click it, if one sees it there."""
        scroll_to(widget)
        _rest(SETTLE_SECONDS)
        window = widget.window()
        at = widget.mapTo(window, place)
        seen = window.childAt(at)
        if seen is widget or (seen is not None and widget.isAncestorOf(seen)):
            QTest.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, pos=at)
        else:
            self._missed.append(f'"{widget.objectName()}" could not be clicked: it is cut or covered.')

    def click_button(self, name: str) -> None:
        """Click the button with this object name."""
        button = self.shown(name)
        if button is None:
            self._missed.append(f'There is no button "{name}" that could be clicked.')
        else:
            self.click(button, button.rect().center())

    def shown(self, name: str) -> QAbstractButton | None:
        """Return the button of a name, if it is there and can be clicked."""
        buttons = self.window.findChildren(QAbstractButton, name)
        return next((button for button in buttons if button.isVisible() and button.isEnabled()), None)

    def write(self, curves: Curves) -> None:
        """Draw with the left button."""
        canvas, handle = self.window.draw_tab.view.canvas, self.window.windowHandle()
        left = Qt.MouseButton.LeftButton
        for stroke in strokes_of(curves):
            places = (stroke * canvas.width() / UNITS).round().astype(int)
            first, *others = (canvas.mapTo(self.window, QPoint(*at)) for at in places)
            QTest.mousePress(handle, left, pos=first)
            for place in others:
                QTest.mouseMove(handle, place)
            QTest.mouseRelease(handle, left, pos=others[-1] if others else first)

    @staticmethod
    def look() -> None:
        """Wait as one who looks at the window: the pen rests, explanations are computed."""
        _rest(LOOK_SECONDS)


def _top_level(name: str) -> QWidget | None:
    windows = (each for each in QApplication.topLevelWidgets() if each.objectName() == name and each.isVisible())
    return next(windows, None)


def _rest(seconds: float) -> None:
    """Wait until the layout has followed, also what was changed at the very end."""
    _wait_until(lambda: False, seconds)
    for _ in range(3):
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)


def _wait_until(is_done: Callable[[], bool], seconds: float) -> bool:
    """Process events until a condition holds, at most for some seconds; return whether it does.

    `QTest.qWait` is not used: it keeps Python's global lock, so that threads hardly run while it waits.
    """
    end = time.monotonic() + seconds
    while not (done := is_done()) and time.monotonic() < end:
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        time.sleep(EVENT_SECONDS)
    return done
