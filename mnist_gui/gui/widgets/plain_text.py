"""Shows text of any origin as it is: names of files and runs, notes and errors are never HTML, nor change the line."""

from __future__ import annotations

from html import escape, unescape

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QDialog, QLabel, QWidget

from mnist_gui.wording import plain_lines, plain_text

LONGEST_LINE = 80  # characters of a tool tip that is not wrapped


class PlainLabel(QLabel):
    """A label that guesses no format: HTML is shown as text, and what cannot be shown as the replacement character."""

    _margins: tuple[int, int, int, int] | None = None

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(plain_lines(text))

    def set_margins(self, left: int, top: int, right: int, bottom: int) -> None:
        """Set the contents margins, which Qt would reset with each change of theme or text size."""
        self._margins = left, top, right, bottom
        self.setContentsMargins(*self._margins)

    # -- Qt

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and self._margins is not None:
            self.setContentsMargins(*self._margins)


def tool_tip(text: str) -> str:
    """Return a tool tip that shows a text of any origin as it is; long lines are wrapped.

    Tool tips have no text format: Qt guesses whether a text is HTML, and wraps HTML only. What it could take for HTML,
    or has to wrap, is escaped.
    """
    text = plain_lines(text)
    is_long = any(len(line) > LONGEST_LINE for line in text.splitlines())
    if not (is_long or "<" in text or unescape(text) != text):
        return text
    return f'<p style="white-space: pre-wrap">{escape(text, quote=False)}</p>'


def menu_text(text: str) -> str:
    """Return the text of a menu entry that shows a text of any origin in one line; "&" marks no key."""
    return plain_text(text).replace("&", "&&")


def html_text(text: str) -> str:
    """Return a text of any origin as a part of HTML."""
    return escape(plain_text(text))


def show_plain(dialog: QDialog) -> None:
    """Make the labels of a message box or an input dialog guess no format; called once they have their texts."""
    for label in dialog.findChildren(QLabel):
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setText(plain_lines(label.text()))
