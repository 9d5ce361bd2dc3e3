"""Prints "shown" when a window has been painted for the first time."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget


class FirstPaint(QObject):
    """Watches a window through one of its widgets.

    Parameters
    ----------
    widget
        One that is painted itself: a window that its content covers wholly is not. Must live as long.
    then
        Called after the message was printed.
    """

    def __init__(self, widget: QWidget, then: Callable[[], object] = lambda: None) -> None:
        super().__init__(widget)
        self._then = then
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait for the paint event, then for the rest of the window, which is painted in the same go."""
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self._announce)
        return False

    def _announce(self) -> None:
        print("shown", flush=True)
        self._then()
