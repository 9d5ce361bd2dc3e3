"""Size of the text of whole windows; that of some grows with the window: on a large screen, all is in proportion."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QApplication, QWidget

DESKTOP_SIZE = "desktop_point_size"  # property of the application: the size of its text before the user enlarged it
# The text grows where the window is wider and taller than this many lines of the desktop's text.
_WIDE_LINES, _TALL_LINES = 94, 58
_STEPS = 10  # to twice the size: the text does not follow each pixel
_MAX_FACTOR = 2.0  # of the desktop's text, also where the user enlarged it
_ROOM = "text_room"  # property of a window: the size that its text grows with


def apply_text_size() -> None:
    """Give all windows the size of the program's text, which has changed; those never shown will have it anyway."""
    QCoreApplication.sendPostedEvents(QApplication.instance(), QEvent.Type.ApplicationFontChange)
    for window in QApplication.topLevelWidgets():
        was_shown = window.testAttribute(Qt.WidgetAttribute.WA_WState_Created)
        if was_shown and (window.parentWidget() is None or window.property(_ROOM) is not None):
            _size_text(window)


def _size_text(window: QWidget) -> None:
    # The font of a widget does not reach its children, as the program has a style sheet. Setting that again would style
    # each widget once for each of its parents; that of its window does it twice.
    font = QApplication.font()
    factor, size = _factor(window, font), font.pointSizeF()
    style_sheet = f"* {{ font-size: {size * factor:.2f}pt; }}" if factor > 1 else f"/* {size:.2f}pt */"
    if style_sheet != window.styleSheet():
        window.setStyleSheet(style_sheet)


def _factor(window: QWidget, font: QFont) -> float:
    room, app = window.property(_ROOM) or QSize(), QApplication.instance()
    assert app is not None
    usual = QFont(font)
    usual.setPointSizeF(app.property(DESKTOP_SIZE) or font.pointSizeF())
    line = QFontMetrics(usual).lineSpacing()
    growth = min(room.width() / (_WIDE_LINES * line), room.height() / (_TALL_LINES * line))
    most = _MAX_FACTOR * usual.pointSizeF() / font.pointSizeF()
    return max(min(math.floor(_STEPS * growth) / _STEPS, most), 1.0)


class TextGrowth(QObject):
    """Enlarges the text of a window with its size.

    Parameters
    ----------
    window
        Gets a style sheet.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._size, self._is_enabled = window.size(), True
        window.setProperty(_ROOM, self._size)
        window.installEventFilter(self)

    def set_enabled(self, enabled: bool) -> None:
        """Let the text grow, or have the program's size: from its next change on, which is expected.

        The window has, or will soon have, the size again that it had when the text ceased to grow.
        """
        self._is_enabled = enabled
        self._window.setProperty(_ROOM, self._size if enabled else QSize())

    # -- Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the window."""
        if event.type() == QEvent.Type.Resize and self._is_enabled:
            self._size = self._window.size()
            self._window.setProperty(_ROOM, self._size)
            _size_text(self._window)
        return super().eventFilter(watched, event)
