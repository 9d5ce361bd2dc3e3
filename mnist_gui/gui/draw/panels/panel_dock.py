"""A row of buttons, and below it room for the one panel that is open."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from mnist_gui.gui.widgets.scroll_column import Column

_LEAST_LINES = 6  # of text, for which the panels always have room
_LOOK_CLOSER = "Look closer with these"


class PanelDock(QWidget):
    """Closed at first, and one panel open at a time. Its room is kept while it is closed: opening moves nothing.

    The button of the open panel closes it, and so does Esc while the focus is inside.

    Parameters
    ----------
    parent
        As for any widget.

    Signals
    -------
    opened_changed(name: str)
        Another panel is open; an empty name where none is.
    """

    opened_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("drawer")
        self._buttons: dict[str, QToolButton] = {}
        self._makers: dict[str, Callable[[], QWidget]] = {}
        self._pages: dict[str, QScrollArea] = {}
        self._keys: list[str] = []
        self._opened = ""
        self._row = QHBoxLayout()
        self._row.setSpacing(6)
        self._row.addStretch(1)
        self._hint = QLabel(f"{_LOOK_CLOSER}.")
        self._hint.setProperty("muted", True)
        self._hint.setWordWrap(True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._hint)
        layout = Column(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(self._row)
        layout.addWidget(self._stack, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._keep_room()

    @property
    def opened(self) -> str:
        """The name of the panel that is open; empty where none is."""
        return self._opened

    def add(self, name: str, title: str, key: str, make_panel: Callable[[], QWidget]) -> None:
        """Take another panel, its button after those that there are.

        Parameters
        ----------
        name
            By which it is opened.
        title
            The button's words.
        key
            That opens it from elsewhere, for the tooltip; empty where there is none.
        make_panel
            Called when it is first opened: launching does not wait for it. Scrolls where it is larger than the room.
        """
        button = QToolButton()
        button.setText(title)
        button.setCheckable(True)
        button.setObjectName(f"open_{name}")
        button.setAccessibleName(title)
        button.setAccessibleDescription("opens and closes the panel below")
        button.setToolTip(f"{title} ({key})" if key else title)
        # Qt measures a button in its usual weight: bold while it is open, its last letter would be cut.
        button.setStyleSheet("QToolButton:checked { font-weight: normal; }")
        button.clicked.connect(lambda: self.toggle(name))
        self._row.insertWidget(len(self._buttons), button)
        self._buttons[name], self._makers[name] = button, make_panel
        if key:
            self._keys.append(key)
            self._hint.setText(f"{_LOOK_CLOSER}, or press {_listed(self._keys)}.")

    def open(self, name: str) -> None:
        """Show a panel instead of what is shown; the focus stays where it is.

        Raises
        ------
        KeyError
            No panel was added under that name.
        """
        if name not in self._pages:
            self._pages[name] = self._page_of(self._makers[name]())
        self._show(name, self._pages[name])

    def close_drawer(self) -> None:
        """Show no panel; a focus inside goes to the button that opens the panel again."""
        button = self._buttons.get(self._opened)
        if button is not None and self._stack.isAncestorOf(QApplication.focusWidget() or self):
            button.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show("", self._hint)

    def toggle(self, name: str) -> None:
        """Open a panel, or close it if it is the open one."""
        if name == self._opened:
            self.close_drawer()
        else:
            self.open(name)

    def _page_of(self, panel: QWidget) -> QScrollArea:
        page = QScrollArea()
        page.setFrameShape(QFrame.Shape.NoFrame)
        page.setWidgetResizable(True)
        page.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page.viewport().setAutoFillBackground(False)
        page.setCornerWidget(QWidget())  # else the style draws one
        page.setWidget(panel)
        panel.setAutoFillBackground(False)  # a scroll area has switched it on
        self._stack.addWidget(page)
        return page

    def _show(self, name: str, page: QWidget) -> None:
        for each, button in self._buttons.items():
            button.setChecked(each == name)
        if name != self._opened:
            self._opened = name
            self._stack.setCurrentWidget(page)
            self.opened_changed.emit(name)

    def _keep_room(self) -> None:
        self._stack.setMinimumHeight(_LEAST_LINES * self.fontMetrics().lineSpacing())

    # -- Qt

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._keep_room()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close at Esc."""
        if event.key() == Qt.Key.Key_Escape and self._opened:
            self.close_drawer()
        else:
            super().keyPressEvent(event)


def _listed(words: list[str]) -> str:
    """Return "W", "W or F", "W, F or S"."""
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
