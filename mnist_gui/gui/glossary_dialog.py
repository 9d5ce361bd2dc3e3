"""The dialog Help > Words."""

from __future__ import annotations

import html

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QTextBrowser, QVBoxLayout, QWidget

from mnist_gui.gui.glossary import found

_LINES, _CHARACTERS = 28, 64  # of the dialog
_NOTHING = "No word contains this text."


class GlossaryDialog(QDialog):
    """Lists the technical words with their meanings; a search field leaves those that contain a text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("glossary")
        self.setWindowTitle("Words")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._search = QLineEdit()
        self._search.setPlaceholderText("Find a word")
        self._search.setAccessibleName("Find a word")
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._show)
        self._words = QTextBrowser()
        self._words.setAccessibleName("Words and what they mean")
        layout = QVBoxLayout(self)
        layout.addWidget(self._search)
        layout.addWidget(self._words)
        metrics = self.fontMetrics()
        self.resize(_CHARACTERS * metrics.averageCharWidth(), _LINES * metrics.lineSpacing())
        self._show("")

    def _show(self, text: str) -> None:
        words = found(text)
        self._words.setHtml(
            "".join(f"<p><b>{html.escape(word.term)}</b><br>{html.escape(word.meaning)}</p>" for word in words)
            or f"<p>{_NOTHING}</p>"
        )
