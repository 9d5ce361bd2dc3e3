"""F11: the Draw tab on the whole screen, for a class to see."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QMainWindow, QTabWidget

from mnist_gui.gui.draw.draw_tab import DrawTab

# The text is so large that the screen holds so many lines, and lines of text set side by side.
_LINES, _LINES_ACROSS = 28.0, 45.0


class PresentationMode(QObject):
    """Shows one tab and nothing else; afterwards everything is as it was.

    Parameters
    ----------
    window
        Goes to the full screen and back.
    tabs
        Of the window.
    draw_tab
        The tab that is shown.

    Attributes
    ----------
    action
        Begins and ends it: F11, for a menu. Esc ends it, too.

    Signals
    -------
    changed()
        It has begun or ended: text size, menus and status bar are to follow.
    """

    changed = Signal()

    def __init__(self, window: QMainWindow, tabs: QTabWidget, draw_tab: DrawTab) -> None:
        super().__init__(window)
        self._window, self._tabs, self._draw_tab = window, tabs, draw_tab
        self._before: tuple[QByteArray, int] | None = None  # the window's place and state, the tab; while it is on
        self._enlargement = 1.0
        self.action = QAction("&Present", self)
        self.action.setShortcut(QKeySequence("F11"))
        self.action.setCheckable(True)
        self.action.toggled.connect(self._set)
        self._leaving = QAction("Stop presenting", self)
        self._leaving.setShortcut(QKeySequence("Esc"))
        self._leaving.setEnabled(False)  # elsewhere, Esc means something else
        self._leaving.triggered.connect(lambda: self.action.setChecked(False))
        # The window's own: those of a menu that is hidden do nothing.
        window.addActions([self.action, self._leaving])
        tabs.currentChanged.connect(self._tab_changed)

    @property
    def is_on(self) -> bool:
        """Whether it is being presented now."""
        return self._before is not None

    @property
    def geometry(self) -> QByteArray:
        """The window's place and state as Qt writes it; while it is on, those to which it goes back."""
        return self._before[0] if self._before else self._window.saveGeometry()

    @property
    def tab(self) -> int:
        """The tab that is open, or to which it goes back."""
        return self._before[1] if self._before else self._tabs.currentIndex()

    @property
    def enlargement(self) -> float:
        """How many times as large as usual the text is to be."""
        return self._enlargement if self.is_on else 1.0

    def _set(self, on: bool) -> None:
        if on:
            self._begin()
        else:
            self._end()

    def _begin(self) -> None:
        self._before = self._window.saveGeometry(), self._tabs.currentIndex()
        screen, line = self._window.screen().size(), self._window.fontMetrics().height()
        self._enlargement = min(screen.height() / (_LINES * line), screen.width() / (_LINES_ACROSS * line))
        self._tabs.setCurrentWidget(self._draw_tab)
        self._show_parts()
        # Not showFullScreen, which forgets that it was maximized.
        self._window.setWindowState(self._window.windowState() | Qt.WindowState.WindowFullScreen)

    def _end(self) -> None:
        assert self._before is not None
        _, tab = self._before
        self._before = None
        self._show_parts()
        self._tabs.setCurrentIndex(tab)
        # Not before all the parts know how little room they need again: the window would stay larger than it was.
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        self._window.setWindowState(self._window.windowState() & ~Qt.WindowState.WindowFullScreen)

    def _show_parts(self) -> None:
        self._leaving.setEnabled(self.is_on)
        self._window.menuBar().setVisible(not self.is_on)
        self._tabs.tabBar().setVisible(not self.is_on)
        self._draw_tab.set_presenting(self.is_on)
        self.changed.emit()

    def _tab_changed(self) -> None:
        """End where another tab is asked for, which no tab bar would lead away from."""
        if self.is_on and self._tabs.currentWidget() is not self._draw_tab:
            self._before = self.geometry, self._tabs.currentIndex()
            self.action.setChecked(False)
