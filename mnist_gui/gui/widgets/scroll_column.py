"""Scroll areas that scroll only what does not fit in its smallest size."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget


class ContentArea(QScrollArea):
    """Frameless scroll area of one widget, which fills it and never gets less room than it needs.

    A `QScrollArea` resizes its widget only after the layout of the widget was updated: for a moment, content that has
    grown is squeezed into the old size.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    # -- Qt

    def setWidget(self, widget: QWidget) -> None:
        """Set the widget; the background of the area shows through it."""
        super().setWidget(widget)
        widget.setAutoFillBackground(False)  # the scroll area switched it on

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest and watched is self.widget() and isinstance(watched, QWidget):
            watched.resize(watched.size().expandedTo(_needed_size(watched)))
        return super().eventFilter(watched, event)


class ScrollColumn(ContentArea):
    """Scroll area as wide as its widgets need.

    Parameters
    ----------
    layout
        Layout of the widgets.
    """

    def __init__(self, layout: Column, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        content = self._content = QWidget()
        content.setLayout(layout)
        self.setWidget(content)
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


def scrolled(widget: QWidget) -> ContentArea:
    """Return an area that scrolls a widget where its minimum size does not fit."""
    area = ContentArea()
    area.viewport().setAutoFillBackground(False)
    area.setCornerWidget(QWidget())  # instead of the one that the style paints
    content = QWidget()
    column = Column(content)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(widget)
    area.setWidget(content)
    return area


def scroll_to(widget: QWidget) -> None:
    """Scroll all areas around a widget to it."""
    for area in scroll_areas(widget):
        area.ensureWidgetVisible(widget, 0, 0)


def scroll_areas(widget: QWidget) -> Iterator[QScrollArea]:
    """Yield the areas that scroll a widget, the innermost first."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            yield parent
        parent = parent.parentWidget()


def _needed_size(widget: QWidget) -> QSize:
    """Return the size that a scroll area gives a resizable widget at least, in pixels."""
    layout = widget.layout()
    if layout is None:
        return widget.minimumSizeHint()
    height = layout.totalHeightForWidth(widget.width()) if layout.hasHeightForWidth() else 0
    return layout.totalMinimumSize().expandedTo(QSize(0, height))
