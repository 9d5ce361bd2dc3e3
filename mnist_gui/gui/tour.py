"""A tour of the window: one part after the other is highlighted, and a bubble beside it says what it is for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QKeySequence,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QShortcut,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.widgets.form_controls import muted, push_button
from mnist_gui.gui.widgets.plain_text import PlainLabel
from mnist_gui.gui.widgets.scroll_column import scroll_to

_MARGIN, _GAP, _RADIUS = 6, 14, 10  # pixels around what is highlighted, from there to the bubble, and of the corners
_DIMMED = QColor(0, 0, 0, 110)  # over everything else
_LINE_LENGTH = 44  # characters
_CHANGES = (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.StyleChange)


class TourStep(NamedTuple):
    """A part of the window.

    Attributes
    ----------
    tab
        Index of the tab that it is in.
    text
        What it is for, in a sentence or two.
    find
        Returns its widgets, called when the tab is open.
    """

    tab: int
    text: str
    find: Callable[[], Sequence[QWidget]]


class Tour(QObject):
    """Leads through the parts of a window, which can be used meanwhile. Esc ends it.

    Where the user opens another tab, the tour goes on with the first step there.

    Parameters
    ----------
    window
        The window.
    tabs
        Its tabs.
    steps
        At least one for each tab.
    """

    def __init__(self, window: QMainWindow, tabs: QTabWidget, steps: Sequence[TourStep]) -> None:
        super().__init__(window)
        self._window, self._tabs, self._steps = window, tabs, steps
        self._index: int | None = None
        self._widgets: Sequence[QWidget] = ()
        self._watched: list[QWidget] = []
        self._focused: QWidget | None = None  # before the tour
        self._spotlight = _Spotlight(window)
        self.bubble = _Bubble(window)
        self._escape = QShortcut(QKeySequence("Esc"), window, self.end)
        self._escape.setEnabled(False)  # otherwise it belongs to others
        self._place_timer = QTimer(self, singleShot=True, interval=0)
        self._place_timer.timeout.connect(self._place)
        self.bubble.back.clicked.connect(lambda: self._step(-1))
        self.bubble.next.clicked.connect(lambda: self._step(1))
        self.bubble.close_button.clicked.connect(lambda: self.end())
        tabs.currentChanged.connect(self._on_tab_changed)

    @property
    def index(self) -> int | None:
        """Index of the current step; None if there is no tour."""
        return self._index

    @property
    def highlighted(self) -> QRect:
        """What is highlighted, in coordinates of the window."""
        return self._spotlight.hole

    def start(self) -> None:
        """Begin with the first step."""
        if self._index is None:
            self._focused = self._window.focusWidget()
        self._show(0)

    def end(self) -> None:
        """End the tour, if any; the current tab stays."""
        if self._index is not None:
            self._finish(self._tabs.currentIndex())

    def _finish(self, tab: int) -> None:
        self._index = None
        self._tabs.setCurrentIndex(tab)
        self._escape.setEnabled(False)
        self._watch(())
        for widget in (self.bubble, self._spotlight):
            widget.hide()
        if self._focused is not None and self._focused.isVisible():
            self._focused.setFocus()
        self._focused = None

    def _step(self, by: int) -> None:
        index = (self._index or 0) + by
        if index < len(self._steps):
            self._show(index)
        else:
            self._finish(self._steps[0].tab)

    def _show(self, index: int) -> None:
        self._index, step = index, self._steps[index]
        self._tabs.setCurrentIndex(step.tab)
        self._watch(step.find())
        for widget in self._widgets:
            scroll_to(widget)
        self._escape.setEnabled(True)
        self.bubble.set_step(step.text, index, len(self._steps))
        self._place()
        for each in (self._spotlight, self.bubble):
            each.show()
            each.raise_()
        self.bubble.next.setFocus()
        self.bubble.announce()

    def _watch(self, widgets: Sequence[QWidget]) -> None:
        """Follow these widgets: also what contains them may move."""
        for widget in self._watched:
            widget.removeEventFilter(self)
        self._widgets, self._watched = widgets, []
        for widget in widgets:
            parent: QWidget | None = widget
            while parent is not None and parent not in self._watched:
                self._watched.append(parent)
                parent = None if parent is self._window else parent.parentWidget()
        for widget in self._watched:
            widget.installEventFilter(self)

    def _place(self) -> None:
        if self._index is None:
            return
        room, target = self._window.rect(), QRect()
        for widget in self._widgets:
            if widget.isVisible():
                target |= QRect(widget.mapTo(self._window, QPoint(0, 0)), widget.size())
        target = target.adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN) & room if target.isValid() else QRect()
        self._spotlight.setGeometry(room)
        self._spotlight.set_hole(target)
        self.bubble.setGeometry(place_beside(target, self.bubble.size_in(room.size()), room))

    def _on_tab_changed(self, tab: int) -> None:
        if self._index is not None and self._steps[self._index].tab != tab:
            self._show(next(index for index, step in enumerate(self._steps) if step.tab == tab))

    # -- Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow what is highlighted."""
        if event.type() in _CHANGES:
            self._place_timer.start()
        return super().eventFilter(watched, event)


def place_beside(target: QRect, size: QSize, room: QRect) -> QRect:
    """Return where something of a size lies beside a target, or covers least of it where there is no room."""
    corners = (
        QPoint(target.right() + _GAP, target.center().y() - size.height() // 2),
        QPoint(target.left() - _GAP - size.width(), target.center().y() - size.height() // 2),
        QPoint(target.center().x() - size.width() // 2, target.bottom() + _GAP),
        QPoint(target.center().x() - size.width() // 2, target.top() - _GAP - size.height()),
    )
    inner = room.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
    places = [_moved_into(QRect(corner, size), inner) for corner in corners]
    return min(places, key=lambda place: _area(place & target))


def _area(place: QRect) -> int:
    return max(place.width(), 0) * max(place.height(), 0)


def _moved_into(place: QRect, room: QRect) -> QRect:
    left = max(min(place.left(), room.right() + 1 - place.width()), room.left())
    top = max(min(place.top(), room.bottom() + 1 - place.height()), room.top())
    return QRect(QPoint(left, top), place.size())


class _Spotlight(QWidget):
    """Dims everything but a hole. It takes no events."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.hole = QRect()
        self.setObjectName("tour_spotlight")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def set_hole(self, hole: QRect) -> None:
        if hole != self.hole:
            self.hole = hole
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        dimmed, hole = QPainterPath(), QPainterPath()
        dimmed.addRect(QRectF(self.rect()))
        hole.addRoundedRect(QRectF(self.hole), _RADIUS, _RADIUS)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillPath(dimmed - hole, _DIMMED)
            painter.setPen(QPen(QColor(colors_of(self).accent), 3))
            painter.drawPath(hole)


class _Bubble(QFrame):
    """The text of a step, and buttons.

    Attributes
    ----------
    back, next, close_button
        Buttons.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("tour_bubble")
        self.setProperty("card", True)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self._text = PlainLabel()
        self._text.setWordWrap(True)
        self._count = muted(name="tour_count")
        self._count.setWordWrap(False)
        self.close_button, self.back, self.next = (
            push_button(text, f"tour_{name}") for text, name in (("End", "end"), ("Back", "back"), ("Next", "next"))
        )
        self.close_button.setToolTip("End the tour (Esc)")
        buttons = QHBoxLayout()
        buttons.addWidget(self._count, 1)
        for button in (self.close_button, self.back, self.next):
            button.setAutoDefault(True)  # Enter presses it
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 12, 12)
        layout.setSpacing(10)
        layout.addWidget(self._text, 1)
        layout.addLayout(buttons)
        self.hide()

    @property
    def text(self) -> str:
        """The text of the step."""
        return self._text.text()

    def set_step(self, text: str, index: int, count: int) -> None:
        """Show a step."""
        self._text.setText(text)
        self._count.setText(f"{index + 1} of {count}")
        self.setAccessibleName(f"Tour, step {index + 1} of {count}")
        self.setAccessibleDescription(text)
        self.back.setEnabled(index > 0)
        self.next.setText("Done" if index + 1 == count else "Next")
        for button, name in ((self.close_button, "End the tour"), (self.back, "Back"), (self.next, self.next.text())):
            button.setAccessibleName(name)
        self.next.setAccessibleDescription(text)

    def announce(self) -> None:
        """Have a screen reader read the step."""
        event = QAccessibleAnnouncementEvent(self, f"{self.accessibleName()}: {self.text}")
        QAccessible.updateAccessibility(event)

    def size_in(self, room: QSize) -> QSize:
        """Return the size that the text needs in a window of this size."""
        self.ensurePolished()
        margins = self.contentsMargins() + self.layout().contentsMargins()  # type: ignore[union-attr]
        width = self.fontMetrics().averageCharWidth() * _LINE_LENGTH + margins.left() + margins.right()
        width = min(max(width, self.minimumSizeHint().width()), room.width() - 2 * _MARGIN)
        return QSize(width, self.heightForWidth(width))
