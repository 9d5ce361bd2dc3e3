"""Text that grows with its window: on a large screen, all is in proportion."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication, QWidget

# The text grows where the window is wider and taller than this many lines of it.
_WIDE_LINES, _TALL_LINES = 94, 58
_STEPS = 10  # to twice the size: the text does not follow each pixel
_MAX_FACTOR = 2.0


class TextGrowth(QObject):
    """Enlarges the text of a window with its size.

    Parameters
    ----------
    window
        Gets a style sheet: the font that is set for a widget would not reach its children, as the program has one.

    Attributes
    ----------
    factor
        Factor of the program's text size.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._is_enabled = True
        self.factor = 1.0
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._update)
        window.installEventFilter(self)

    def set_enabled(self, enabled: bool) -> None:
        """Let the text grow, or have the program's size."""
        self._is_enabled = enabled
        self._update()

    def _update(self) -> None:
        font, size = QApplication.font(), self._window.size()
        line = QFontMetrics(font).lineSpacing()
        room = min(size.width() / (_WIDE_LINES * line), size.height() / (_TALL_LINES * line), _MAX_FACTOR)
        self.factor = math.floor(_STEPS * max(room, 1.0)) / _STEPS if self._is_enabled else 1.0
        style_sheet = ""
        if self.factor > 1 or self._window.parentWidget() is not None:  # whose text may be larger
            style_sheet = f"* {{ font-size: {font.pointSizeF() * self.factor:.2f}pt; }}"
        if style_sheet != self._window.styleSheet():
            self._window.setStyleSheet(style_sheet)

    # -- Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the window and, once all widgets have it, that of the program's text."""
        if event.type() == QEvent.Type.Resize:
            self._update()
        elif event.type() == QEvent.Type.StyleChange:
            self._timer.start()
        return super().eventFilter(watched, event)
