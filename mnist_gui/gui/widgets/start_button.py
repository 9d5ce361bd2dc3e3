"""The button that starts a training."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QPushButton, QWidget


class StartButton(QPushButton):
    """Says what it does and how long that takes: in one line, or in two where large text leaves no room.

    Parameters
    ----------
    most_width
        Pixels that one line may take.
    """

    def __init__(self, most_width: int, parent: QWidget | None = None) -> None:
        self._most_width = most_width
        self._parts: tuple[str, ...] = ()
        super().__init__(parent)
        self.setProperty("primary", True)
        self.setObjectName("start")
        self.setStyleSheet("padding: 4px 12px;")  # two lines fill the usual button to its edges

    def say(self, *parts: str) -> None:
        """Show what it does and, where that is known, how long it takes."""
        self._parts = parts
        self.setAccessibleName(" · ".join(parts))
        self._fit()

    def _fit(self) -> None:
        self.setText(" · ".join(self._parts))
        if self.sizeHint().width() > self._most_width:
            self.setText("\n".join(self._parts))

    # -- Qt

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()
