"""Controller of the window that shows a network at work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QDeadlineTimer
from PySide6.QtWidgets import QWidget

from mnist_gui.gui.answerers import NO_RUNS, Answerer
from mnist_gui.gui.background import FOREVER, LatestTask, shut_down_all
from mnist_gui.gui.draw.network.network_source import FavouriteDigits, NetworkSource
from mnist_gui.gui.draw.network.network_thread import Frame, NetworkState, NetworkThread
from mnist_gui.gui.draw.network.network_words import NOTHING_YET, OPENING
from mnist_gui.gui.draw.panels.panel_controller import DRAW_FIRST, PanelController
from mnist_gui.gui.draw.prediction_thread import PredictionResult
from mnist_gui.models.inspection.network import Off

if TYPE_CHECKING:
    from mnist_gui.gui.draw.network.network_window import NetworkWindow


class NetworkController(PanelController):
    """Keeps the window in line with the drawing, also while the pen is down; makes window and thread when first opened.

    Parameters
    ----------
    source
        Opens networks and finds the digits that excite their filters.
    parent
        Widget in whose window the new one is.
    """

    updates_while_drawing = True

    def __init__(self, source: NetworkSource, parent: QWidget) -> None:
        super().__init__(parent)
        self._source = source
        self._parent = parent
        self._window: NetworkWindow | None = None
        self._thread: NetworkThread | None = None
        self._answerers: Sequence[Answerer] = NO_RUNS
        self._frame: Frame | None = None  # of the result, or of the drawing that it is to be of next
        self._requested: tuple[str, Off] | None = None
        self._requested_frame: Frame | None = None
        self._favourites_run = ""  # whose favourites are shown or searched
        self._is_searching = False
        self._task = LatestTask(self)
        self._task.progressed.connect(self._on_favourites)
        self._task.finished_with.connect(self._on_favourites)
        self._task.failed.connect(self._on_task_failed)
        self._task.ended.connect(self._on_task_ended)

    def open_window(self) -> None:
        """Show the window."""
        window = self._window or self._make_window()
        window.show()
        window.raise_()
        window.activateWindow()
        self._request()

    def set_result(self, result: PredictionResult | None, reason: str = DRAW_FIRST) -> None:
        """Show another drawing."""
        super().set_result(result, reason)
        self._frame = self.result.frame if self.result is not None else None
        self._request()

    def set_frame(self, frame: Frame) -> None:
        """Show the frame of a drawing while the models still predict it."""
        if self.result is not None:
            self._frame = frame
            self._request()

    def set_answerers(self, answerers: Sequence[Answerer]) -> None:
        """Offer the networks of these runs."""
        self._answerers = answerers
        if self._window is not None:
            self._window.set_answerers(answerers)
            self._request()

    def set_open(self, is_open: bool) -> None:
        """Do nothing: it has no panel."""

    def reload(self) -> None:
        """Open the networks again: other runs are active."""
        if self._thread is not None:
            self._thread.reload()
        self._requested = None
        self._favourites_run = ""

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Close the window and end its threads; return whether they ended in time."""
        if self._window is not None:
            self._window.close()
        threads = (self._task, self._thread) if self._thread is not None else (self._task,)
        return shut_down_all(threads, deadline)

    def _make_window(self) -> NetworkWindow:
        from mnist_gui.gui.draw.network.network_window import NetworkWindow

        self._window = window = NetworkWindow(self._parent.window())
        window.set_answerers(self._answerers)
        window.place_changed.connect(self._request)
        window.off_changed.connect(self._request)
        window.favourites.search_requested.connect(self._search)
        self._thread = NetworkThread(self._source.open, self)
        self._thread.computed.connect(self._on_computed)
        self._thread.failed.connect(self._on_failed)
        self._thread.start()
        return window

    def _run_name(self, answerer: Answerer) -> str:
        """Return the name of the run that answered in a place; empty if none did."""
        predictions = self.result.prediction.predictions if self.result and self.result.prediction else ()
        runs = {prediction.run for prediction in predictions}
        if answerer.run in runs:
            return answerer.run
        return next((prediction.run for prediction in predictions if prediction.place == answerer.place), "")

    def _request(self, _place: int = 0) -> None:
        window, thread = self._window, self._thread
        if window is None or thread is None or not window.isVisible():
            return
        answerer = window.answerer
        run = self._run_name(answerer)
        if self._frame is None or not run:
            self._requested = None
            is_reason_known = self.result is None and self.reason != DRAW_FIRST
            window.show_nothing(run, self.reason if is_reason_known else NOTHING_YET)
            return
        if window.run != run:
            self._requested = None
            window.show_nothing(run, OPENING)
        requested = run, window.off
        if requested != self._requested or self._frame is not self._requested_frame:
            self._requested, self._requested_frame = requested, self._frame
            thread.compute(run, self._frame, window.off)
        if run != self._favourites_run:
            self._start(run, searching=False)

    # -- favourites

    def _search(self) -> None:
        assert self._window is not None
        self._start(self._run_name(self._window.answerer), searching=True)

    def _start(self, run: str, *, searching: bool) -> None:
        """Look up a run's favourites, or search them."""
        assert self._window is not None
        self._favourites_run, self._is_searching = run, searching
        if not searching:
            self._window.favourites.set_known(None)
        self._window.favourites.set_searching(searching)
        source = self._source
        self._task.start(
            (lambda progress: source.search_favourites(run, progress))
            if searching
            else (lambda _progress: source.known_favourites(run))
        )

    def _on_favourites(self, known: FavouriteDigits | None) -> None:
        if self._window is not None and known is not None and known.run == self._favourites_run:
            self._window.favourites.set_known(known)

    def _on_task_failed(self, sentence: str) -> None:
        if self._window is not None:
            self._window.favourites.set_problem(sentence)

    def _on_task_ended(self) -> None:
        if self._window is not None and self._is_searching:
            self._is_searching = False
            self._window.favourites.set_searching(False)

    # -- the thread

    def _on_computed(self, state: NetworkState) -> None:
        window = self._window
        if window is None or not window.isVisible() or self.result is None:
            return
        if state.network.run == self._run_name(window.answerer):
            window.set_state(state)

    def _on_failed(self, sentence: str) -> None:
        if self._window is not None:
            self._window.show_nothing(self._run_name(self._window.answerer), sentence)
