"""Focus rings for those who use the keyboard, as ``:focus-visible`` in CSS: a click shows none."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QWindow
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

_Key = Qt.Key
_NAVIGATION = frozenset(
    (
        *(_Key.Key_Tab, _Key.Key_Backtab, _Key.Key_Left, _Key.Key_Right, _Key.Key_Up, _Key.Key_Down),
        *(_Key.Key_Home, _Key.Key_End, _Key.Key_PageUp, _Key.Key_PageDown),
    )
)
PROPERTY = "keyboard_focus"  # of the widget that has the focus; style sheets match it


def has_keyboard_focus(widget: QWidget) -> bool:
    """Return whether a widget has the focus and is to show it."""
    return widget.hasFocus() and bool(widget.property(PROPERTY))


class KeyboardFocus(QObject):
    """Sets a property of the focused widget while the user goes from widget to widget by keys, until the next click.

    Parameters
    ----------
    app
        The application, whose windows are watched from the moment at which they have the focus.
    """

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._by_key = False
        self._window: QWindow | None = None
        app.focusWindowChanged.connect(self._watch)
        app.focusChanged.connect(self._on_focus_changed)

    def _watch(self, window: QWindow | None) -> None:
        if self._window is not None and isValid(self._window):
            self._window.removeEventFilter(self)
        self._window = window
        if window is not None:  # the window only: not each event of each widget passes through Python
            window.installEventFilter(self)

    def _on_focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        if old is not None and isValid(old):
            _mark(old, by_key=False)
        if new is not None:
            _mark(new, by_key=self._by_key)

    def _set_by_key(self, by_key: bool) -> None:
        self._by_key = by_key
        focused = QApplication.focusWidget()
        if focused is not None:
            _mark(focused, by_key=by_key)

    # -- Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if isinstance(event, QKeyEvent) and kind == QEvent.Type.KeyPress and event.key() in _NAVIGATION:
            self._set_by_key(True)
        elif kind in (QEvent.Type.MouseButtonPress, QEvent.Type.TabletPress):
            self._set_by_key(False)
        return False


def _mark(widget: QWidget, *, by_key: bool) -> None:
    if bool(widget.property(PROPERTY)) != by_key:
        widget.setProperty(PROPERTY, by_key)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        widget.update()
