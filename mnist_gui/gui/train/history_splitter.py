"""The curves, and the run history beside them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSplitter, QSplitterHandle, QVBoxLayout, QWidget

from mnist_gui.gui.keyboard_focus import has_keyboard_focus
from mnist_gui.gui.settings import HistoryPlace
from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.widgets.collapsible_section import SectionButton
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, heading

BESIDE_LINES = 62  # width, in heights of a line of text, from which the history stands beside the curves
ALL_COLUMNS_LINES, ALL_COLUMNS_PIXELS = 45, 200  # width of all columns of the history, the sum of lines and pixels
CURVES_LINES = 32  # width of the curves from which the history has room for all its columns
USUAL_SHARE = 0.45  # of the history
HANDLE_WIDTH = 14  # pixels, a target for the mouse
KEY_STEP = 24  # pixels that an arrow key moves the handle


class HistorySplitter(QSplitter):
    """Shows the run history beside the curves; in a narrow window below them.

    Until the user opens or closes the history, it is open where it stands beside the curves.

    Parameters
    ----------
    curves, history
        The two widgets.

    Attributes
    ----------
    button
        Opens and closes the history.
    place
        Where the history is, to be stored and restored.

    Signals
    -------
    arranged()
        The history was opened, closed, or moved beside or below the curves.
    place_changed(place: HistoryPlace)
        The user opened or closed the history, or moved the handle.
    """

    arranged = Signal()
    place_changed = Signal(object)

    def __init__(self, curves: QWidget, history: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.place = HistoryPlace()
        self.button = SectionButton("Run history")
        self.button.setObjectName("open_history")
        self._heading = heading("Run history", "history_heading")
        self._heading.setMinimumHeight(TARGET_HEIGHT)  # level with that of the curves
        self._curves, self._pane = curves, QWidget()
        column = QVBoxLayout(self._pane)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._heading)
        column.addWidget(history, 1)
        self.setChildrenCollapsible(False)
        self.setHandleWidth(HANDLE_WIDTH)
        self.addWidget(curves)
        self.addWidget(self._pane)
        self._pane.hide()
        self._heading.hide()
        self.button.toggled.connect(self._show_history)
        self.button.clicked.connect(self._on_clicked)
        self.splitterMoved.connect(self._on_moved)

    @property
    def is_beside(self) -> bool:
        """Whether the history stands beside the curves, or would if it were open."""
        return self.orientation() == Qt.Orientation.Horizontal

    def restore(self, place: HistoryPlace) -> None:
        """Put the history where it was."""
        self.place = place
        if place.is_open is not None:
            self.button.setChecked(place.is_open)
        self._divide()

    # -- inside

    def _show_history(self, is_open: bool) -> None:
        self._pane.setVisible(is_open)
        self._divide()
        self.arranged.emit()

    def _on_clicked(self, is_open: bool) -> None:
        self.place = self.place._replace(is_open=is_open)
        self.place_changed.emit(self.place)

    def _on_moved(self) -> None:
        curves, history = self.sizes()
        share = history / max(curves + history, 1)
        self.place = self.place._replace(beside=share) if self.is_beside else self.place._replace(below=share)
        self.place_changed.emit(self.place)

    def _divide(self) -> None:
        """Give both their shares of the room, and no less than they need."""
        room = (self.width() if self.is_beside else self.height()) - self.handleWidth()
        share = self.place.beside if self.is_beside else self.place.below
        history = round((USUAL_SHARE if share is None else share) * room)
        if self.is_beside and share is None:
            line = self.fontMetrics().height()
            columns = ALL_COLUMNS_LINES * line + ALL_COLUMNS_PIXELS
            if room - columns >= CURVES_LINES * line:
                history = max(history, columns)
        self.setSizes([room - history, history])

    def _arrange(self) -> None:
        """Choose beside or below by the width."""
        widths = (widget.minimumSizeHint().width() for widget in (self._curves, self._pane))
        needed = sum(widths) + self.handleWidth()
        # Wider than both need: a scroll area never makes the splitter narrower than that.
        is_beside = self.width() >= max(BESIDE_LINES * self.fontMetrics().height(), needed + 1)
        if is_beside != self.is_beside:
            self.setOrientation(Qt.Orientation.Horizontal if is_beside else Qt.Orientation.Vertical)
            self._heading.setVisible(is_beside)
            if self.place.is_open is None:
                self.button.setChecked(is_beside)
            self.arranged.emit()
        self._divide()

    # -- Qt

    def createHandle(self) -> QSplitterHandle:
        return _Handle(self.orientation(), self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._arrange()


class _Handle(QSplitterHandle):
    """A handle that the arrow keys move."""

    def __init__(self, orientation: Qt.Orientation, splitter: QSplitter) -> None:
        super().__init__(orientation, splitter)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setObjectName("history_handle")
        self.setAccessibleName("Divider of curves and run history")
        self.setAccessibleDescription("The arrow keys move it.")
        self.setToolTip("Drag it, or use the arrow keys, to give one side more room")

    # -- Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        beside = self.orientation() == Qt.Orientation.Horizontal
        back, on = (Qt.Key.Key_Left, Qt.Key.Key_Right) if beside else (Qt.Key.Key_Up, Qt.Key.Key_Down)
        if event.key() in (back, on):
            position = self.x() if beside else self.y()
            self.moveSplitter(position + (KEY_STEP if event.key() == on else -KEY_STEP))
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if has_keyboard_focus(self):
            with QPainter(self) as painter:
                painter.setPen(QColor(colors_of(self).text))
                painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
