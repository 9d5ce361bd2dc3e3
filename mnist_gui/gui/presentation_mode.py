"""Presentation mode: the Draw tab in full screen with large text."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QFontMetrics, QKeySequence
from PySide6.QtWidgets import QApplication, QMainWindow, QTabWidget

from mnist_gui.gui.draw.draw_tab import DrawTab

# The text fills the screen with this many lines, where the cards stand in several rows more, and its width with this
# many line heights.
_LINES, _LINES_OF_ROWS, _WIDTH_IN_LINES = 28.0, 40.0, 48.0


class PresentationMode(QObject):
    """Shows only the Draw tab; afterwards the window is as it was before.

    Parameters
    ----------
    window
        The main window.
    tabs
        Tabs of the main window.
    draw_tab
        The tab to show.

    Attributes
    ----------
    action
        Starts and ends the mode (F11), for a menu. Esc ends it too.

    Signals
    -------
    changed()
        The mode has started or ended; the text size is to follow.
    """

    changed = Signal()

    def __init__(self, window: QMainWindow, tabs: QTabWidget, draw_tab: DrawTab) -> None:
        super().__init__(window)
        self._window, self._tabs, self._draw_tab = window, tabs, draw_tab
        self._before: tuple[QByteArray, int] | None = None  # geometry and tab, while active
        self._text_factor = 1.0
        self.action = QAction("&Present", self)
        self.action.setShortcut(QKeySequence("F11"))
        self.action.setAutoRepeat(False)
        self.action.setCheckable(True)
        # Of several presses while the window is busy, only the last one counts.
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._switch)
        self.action.toggled.connect(self._timer.start)
        self._stop_action = QAction("Stop presenting", self)
        self._stop_action.setShortcut(QKeySequence("Esc"))
        self._stop_action.setEnabled(False)  # otherwise Esc belongs to the canvas
        self._stop_action.triggered.connect(lambda: self.action.setChecked(False))
        # Added to the window too: those of a hidden menu are disabled.
        window.addActions([self.action, self._stop_action])
        tabs.currentChanged.connect(self._on_current_changed)

    @property
    def is_active(self) -> bool:
        """Whether the mode is active."""
        return self._before is not None

    @property
    def geometry(self) -> QByteArray:
        """Qt's geometry of the window; in presentation mode, the one to return to."""
        return self._before[0] if self._before else self._window.saveGeometry()

    @property
    def tab(self) -> int:
        """Index of the current tab; in presentation mode, of the one to return to."""
        return self._before[1] if self._before else self._tabs.currentIndex()

    @property
    def text_factor(self) -> float:
        """Factor by which the text is enlarged."""
        return self._text_factor if self.is_active else 1.0

    def _switch(self) -> None:
        if self.action.isChecked() and not self.is_active:
            self._begin()
        elif self.is_active and not self.action.isChecked():
            self._end()

    def _begin(self) -> None:
        self._before = self._window.saveGeometry(), self._tabs.currentIndex()
        # The text of the window may have grown with it.
        screen, line = self._window.screen().size(), QFontMetrics(QApplication.font()).height()
        lines = _LINES_OF_ROWS if self._draw_tab.view.card_grid.has_rows else _LINES
        self._text_factor = min(screen.height() / (lines * line), screen.width() / (_WIDTH_IN_LINES * line))
        self._tabs.setCurrentWidget(self._draw_tab)
        self._update_window()
        # showFullScreen would forget the maximized state.
        self._window.setWindowState(self._window.windowState() | Qt.WindowState.WindowFullScreen)

    def _end(self) -> None:
        assert self._before is not None
        _, tab = self._before
        self._before = None
        self._update_window()
        self._tabs.setCurrentIndex(tab)
        # First update the minimum sizes, which would keep the window larger than it was.
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        self._window.setWindowState(self._window.windowState() & ~Qt.WindowState.WindowFullScreen)

    def _update_window(self) -> None:
        self._stop_action.setEnabled(self.is_active)
        self._window.menuBar().setVisible(not self.is_active)
        self._tabs.tabBar().setVisible(not self.is_active)
        self._draw_tab.set_presenting(self.is_active)
        self.changed.emit()

    def _on_current_changed(self) -> None:
        """End when another tab is opened: without the tab bar there is no way back."""
        if self.is_active and self._tabs.currentWidget() is not self._draw_tab:
            self._before = self.geometry, self._tabs.currentIndex()
            self.action.setChecked(False)
            self._switch()
