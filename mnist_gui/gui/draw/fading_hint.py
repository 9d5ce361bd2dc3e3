"""A sentence that fades in over the lower edge of a widget, and out again."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QPropertyAnimation, Qt, QTimer
from PySide6.QtWidgets import QGraphicsOpacityEffect, QWidget

from mnist_gui.gui.widgets.plain_text import PlainLabel

FADE_MS, SHOWN_MS = 600, 7000
_MARGIN = 12  # pixels


def presentation_keys(*, in_writing_session: bool) -> str:
    """Return the keys that a presentation begins with, in words."""
    keys = ["Esc ends", "Del clears", "W why", "S stress"]
    if in_writing_session:
        keys.insert(1, "Space keeps")
    return " · ".join(key.replace(" ", "\u00a0") for key in keys)


class FadingHint(PlainLabel):
    """Shows a text for some seconds at the lower edge of its parent, centered; the mouse passes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent=parent)
        self._over = parent
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setObjectName("fading_hint")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        effect = QGraphicsOpacityEffect(self)
        effect.setOpacity(0.0)
        self.setGraphicsEffect(effect)
        self._fade = QPropertyAnimation(effect, b"opacity", self)
        self._fade.setDuration(FADE_MS)
        self._fade.setEasingCurve(QEasingCurve.Type.InOutQuad)
        self._fade.finished.connect(self._on_faded)
        self._timer = QTimer(self, singleShot=True, interval=SHOWN_MS)
        self._timer.timeout.connect(lambda: self._fade_to(0.0))
        self.hide()

    def set_shown(self, shown: bool) -> None:
        """Fade in and, after some seconds, out; or hide at once."""
        if shown:
            self.place()
            self.show()
            self.raise_()
            self._fade_to(1.0)
            self._timer.start()
        else:
            self._timer.stop()
            self._fade.stop()
            self.hide()

    def place(self) -> None:
        """Move to the middle of the lower edge of the parent."""
        area = self._over.rect()
        # A label that wraps would choose some width; in one line it is read fastest.
        self.setWordWrap(False)
        line = self.sizeHint().width() + 2  # a label wraps a text that fits to the pixel
        self.setWordWrap(True)
        width = max(min(line, area.width() - 2 * _MARGIN), 1)
        self.resize(width, self.heightForWidth(width))  # not as its least size, below which it would never be again
        self.move((area.width() - self.width()) // 2, area.height() - self.height() - _MARGIN)

    def _fade_to(self, opacity: float) -> None:
        self._fade.stop()
        self._fade.setEndValue(opacity)
        self._fade.start()

    def _on_faded(self) -> None:
        if self._fade.endValue() == 0.0:
            self.hide()
