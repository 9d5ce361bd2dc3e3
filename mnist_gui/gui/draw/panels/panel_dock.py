"""A row of buttons, and below it the panel that is open."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from mnist_gui.gui.widgets.form_controls import muted
from mnist_gui.gui.widgets.scroll_column import Column, ContentArea

_MIN_LINES, _COMPACT_MIN_LINES = 6.0, 10.8  # of text, the height reserved for panels
_HINT = "Look closer with these"


class PanelDock(QWidget):
    """Shows one panel at a time, none at first. The height is reserved: opening a panel moves nothing.

    The button of the open panel closes it, and so does Esc while the panel has the focus.

    Attributes
    ----------
    is_plain
        Whether the panels are to show their pictures alone.

    Signals
    -------
    opened_changed(name: str)
        Another panel is open; empty where none is.
    plain_changed(plain: bool)
        The panels are to show their pictures alone, or all again.
    """

    opened_changed = Signal(str)
    plain_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel_dock")
        self._buttons: dict[str, QToolButton] = {}
        self._factories: dict[str, Callable[[], QWidget]] = {}
        self._pages: dict[str, ContentArea] = {}
        self._shortcuts: list[str] = []
        self._opened = ""
        self.is_plain = False
        self._min_lines = _MIN_LINES
        self._row = QHBoxLayout()
        self._row.setSpacing(6)
        self._row.addStretch(1)
        self._hint = muted(f"{_HINT}.")
        self._hint.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._hint)
        layout = Column(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(self._row)
        layout.addWidget(self._stack, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._reserve_height()

    @property
    def opened(self) -> str:
        """The name of the open panel; empty where none is."""
        return self._opened

    def add(self, name: str, title: str, shortcut: str, make_panel: Callable[[], QWidget]) -> None:
        """Add a panel, with its button at the end of the row.

        Parameters
        ----------
        name
            Identifies the panel.
        title
            Text of the button.
        shortcut
            Key that opens the panel, for the tooltip; empty where there is none.
        make_panel
            Called when the panel is first opened: launching does not wait for it. A large panel scrolls.
        """
        button = QToolButton()
        button.setText(title)
        button.setCheckable(True)
        button.setObjectName(f"open_{name}")
        button.setAccessibleName(title)
        button.setAccessibleDescription("opens and closes the panel below")
        button.setToolTip(f"{title} ({shortcut})" if shortcut else title)
        # Qt measures buttons in normal weight: bold while checked, the text would be cut.
        button.setStyleSheet("QToolButton:checked { font-weight: normal; }")
        button.clicked.connect(lambda: self.toggle(name))
        self._row.insertWidget(len(self._buttons), button)
        self._buttons[name], self._factories[name] = button, make_panel
        if shortcut:
            self._shortcuts.append(shortcut)
            self._hint.setText(f"{_HINT}, or press {_alternatives(self._shortcuts)}.")

    def set_compact(self, compact: bool) -> None:
        """Reserve more lines in a small window, where the dock scrolls and narrow panels are taller."""
        self._min_lines = _COMPACT_MIN_LINES if compact else _MIN_LINES
        self._reserve_height()

    def set_plain(self, plain: bool) -> None:
        """Show the open panel alone, without the row of buttons."""
        self.is_plain = plain
        for button in self._buttons.values():
            button.setHidden(plain)
        self.plain_changed.emit(plain)

    def open(self, name: str) -> None:
        """Open a panel instead of the current one; the focus stays.

        Raises
        ------
        KeyError
            There is no panel of that name.
        """
        if name not in self._pages:
            self._pages[name] = self._make_page(self._factories[name]())
        self._show(name, self._pages[name])

    def close_panel(self) -> None:
        """Close the open panel; if it has the focus, its button receives it."""
        button = self._buttons.get(self._opened)
        if button is not None and self._stack.isAncestorOf(QApplication.focusWidget() or self):
            button.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show("", self._hint)

    def toggle(self, name: str) -> None:
        """Open a panel, or close it if it is open."""
        if name == self._opened:
            self.close_panel()
        else:
            self.open(name)

    def _make_page(self, panel: QWidget) -> ContentArea:
        page = ContentArea()
        page.viewport().setAutoFillBackground(False)
        page.setCornerWidget(QWidget())  # instead of the one that the style paints
        page.setWidget(panel)
        self._stack.addWidget(page)
        return page

    def _show(self, opened: str, page: QWidget) -> None:
        for name, button in self._buttons.items():
            button.setChecked(name == opened)
        if opened != self._opened:
            self._opened = opened
            self._stack.setCurrentWidget(page)
            self.opened_changed.emit(opened)

    def _reserve_height(self) -> None:
        self._stack.setMinimumHeight(round(self._min_lines * self.fontMetrics().lineSpacing()))

    # -- Qt

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._reserve_height()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._opened:
            self.close_panel()
        else:
            super().keyPressEvent(event)


def _alternatives(items: list[str]) -> str:
    """Return "W", "W or F", "W, F or S"."""
    return " or ".join(filter(None, (", ".join(items[:-1]), items[-1])))
