"""One sentence about something that has happened, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget


class NoticeBar(QFrame):
    """Stays until it is dismissed or acted upon.

    Parameters
    ----------
    sentence
        For a person.
    good
        Chooses the mark before it: ✓ or ✗.
    action
        Words of the button that acts; none without.

    Signals
    -------
    accepted()
        The action was chosen; the bar goes.
    dismissed()
        The bar goes, whichever way.
    """

    accepted = Signal()
    dismissed = Signal()

    def __init__(self, sentence: str, *, good: bool, action: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.setObjectName("notice")
        self.setAccessibleName(sentence)
        label = QLabel(f"{'✓' if good else '✗'}  {sentence}")
        label.setObjectName("notice_sentence")
        label.setWordWrap(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 5, 6, 5)
        layout.setSpacing(8)
        layout.addWidget(label, 1)
        if action:
            accept = self._add_button(layout, "accept", action)
            accept.setProperty("primary", True)
            accept.clicked.connect(self.accepted)
            accept.clicked.connect(self.dismissed)
        self._add_button(layout, "dismiss", "Dismiss").clicked.connect(self.dismissed)
        self.dismissed.connect(self.hide)
        self.dismissed.connect(self.deleteLater)

    def _add_button(self, layout: QHBoxLayout, name: str, text: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        layout.addWidget(button)
        return button
