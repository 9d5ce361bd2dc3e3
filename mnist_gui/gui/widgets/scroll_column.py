"""Scroll areas that scroll only what does not fit in its smallest size."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget


class ScrollColumn(QScrollArea):
    """Scroll area as wide as its widgets need.

    Parameters
    ----------
    layout
        Layout of the widgets.
    """

    def __init__(self, layout: Column, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        content = self._content = QWidget()
        content.setLayout(layout)
        self.setWidget(content)
        content.setAutoFillBackground(False)  # the scroll area switched it on
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    @property
    def bar_width(self) -> int:
        """Width in pixels of the scroll bar, which may come and go."""
        return self.verticalScrollBar().sizeHint().width()

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        # Never scrolls horizontally.
        return QSize(self._content.minimumSizeHint().width() + self.bar_width, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        return self._content.sizeHint()


class Column(QVBoxLayout):
    """Layout of widgets whose minimum sizes include their wrapped texts.

    With height-for-width, a scroll area would use their preferred heights and scroll too early.
    """

    # -- Qt

    def hasHeightForWidth(self) -> bool:
        return False


def scrolled(widget: QWidget) -> QScrollArea:
    """Return a frameless area that scrolls a widget where its minimum size does not fit."""
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.viewport().setAutoFillBackground(False)
    area.setCornerWidget(QWidget())  # instead of the one that the style paints
    content = QWidget()
    column = Column(content)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(widget)
    area.setWidget(content)
    content.setAutoFillBackground(False)  # the scroll area switched it on
    return area
