"""A column that scrolls only where even the least heights of its parts do not fit."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget


class ScrollColumn(QScrollArea):
    """As wide as its parts need.

    Parameters
    ----------
    layout
        Of the parts.
    """

    def __init__(self, layout: Column, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        content = self._content = QWidget()
        content.setLayout(layout)
        self.setWidget(content)
        content.setAutoFillBackground(False)  # a scroll area has switched it on
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        """Never scroll sideways."""
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(self._content.minimumSizeHint().width() + bar, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        """Ask for what the parts ask for."""
        return self._content.sizeHint()


class Column(QVBoxLayout):
    """Parts with words that wrap, whose minimum sizes say how much room that takes.

    Else a scroll area would give them the height that they would like, and scroll, where less is enough.
    """

    # -- Qt

    def hasHeightForWidth(self) -> bool:
        """Say no."""
        return False
