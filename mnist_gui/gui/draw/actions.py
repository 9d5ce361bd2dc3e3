"""The actions of the Draw tab with their shortcuts, for buttons and menus."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QWidget

from mnist_gui.digits.dataset import CLASSES


class DrawActions(QObject):
    """Creates the actions; the tab connects them. Pen and eraser exclude each other.

    Parameters
    ----------
    view
        The shortcuts are active while it is visible, those of a single letter or digit while the focus is in it:
        elsewhere such keys are text.

    Attributes
    ----------
    pen, eraser, undo, redo, clear, random, next_fooling, previous_fooling, open, paste, save, copy, copy_text,
    copy_prediction, save_prediction
        Actions.
    panels
        Actions that open a panel, by its name: "why", "framing", "stress", "my_digits".
    network
        Opens the view of a whole model.
    suggestions
        Shows suggestions on a blank canvas.
    labels
        Actions that label the content, by digit.
    """

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._view = view
        make = self._make
        self.pen = make("Pen", "P", while_focused=True)
        self.eraser = make("Eraser", "E", while_focused=True)
        tools = QActionGroup(self)
        for action in (self.pen, self.eraser):
            action.setCheckable(True)
            tools.addAction(action)
        self.pen.setChecked(True)
        self.undo = make("Undo", "Ctrl+Z", icon_text="↶")
        self.redo = make("Redo", "Ctrl+Shift+Z", icon_text="↷")
        self.clear = make("Clear", "Del")
        self.random = make("Random digit", "R", icon_text="Random", while_focused=True)
        self.next_fooling = make("A digit that fools them", "T", icon_text="Fools them", while_focused=True)
        self.previous_fooling = make("The digit before that fools them", "Shift+T", while_focused=True)
        self.open = make("Open picture or drawing…", "Ctrl+O")
        self.paste = make("Paste picture or drawing", "Ctrl+V")
        self.save = make("Save drawing…", "Ctrl+S")
        self.copy = make("Copy drawing", "Ctrl+C", while_focused=True)
        self.copy_text = make("Copy text", while_focused=True)
        self.copy_prediction = make("Copy answer as image", "Ctrl+Shift+C")
        self.save_prediction = make("Save answer as image…")
        self.panels = {
            "why": make("Why", "W", while_focused=True),
            "framing": make("Framing", "F", while_focused=True),
            "stress": make("Stress", "S", while_focused=True),
            "my_digits": make("My digits", "M", while_focused=True),
        }
        self.network = make("How the network sees…", "N", while_focused=True)
        self.suggestions = make('Show "Try this"')
        self.suggestions.setCheckable(True)
        self.suggestions.setChecked(True)
        self.labels = {digit: make(f"It was {digit}", str(digit), while_focused=True) for digit in range(CLASSES)}

    def set_text_shown(self, is_shown: bool) -> None:
        """Copy the text of several digits by Ctrl+C while they are shown, otherwise the drawing."""
        self.copy_text.setEnabled(is_shown)
        for action, has_shortcut in ((self.copy, not is_shown), (self.copy_text, is_shown)):
            self._set_shortcut(action, "Ctrl+C" if has_shortcut else "")

    @staticmethod
    def _set_shortcut(action: QAction, shortcut: str) -> None:
        action.setShortcut(QKeySequence(shortcut))
        native = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{action.text()} ({native})" if native else action.text())

    def _make(self, text: str, shortcut: str = "", *, icon_text: str = "", while_focused: bool = False) -> QAction:
        action = QAction(text, self)
        action.setIconText(icon_text or text)
        self._set_shortcut(action, shortcut)
        if while_focused:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._view.addAction(action)
        return action
