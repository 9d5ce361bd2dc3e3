"""What can be done in the Draw tab, each with its key, for its buttons and for menus."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QWidget

from mnist_gui.digits.dataset import CLASSES


class DrawActions(QObject):
    """Only the pair of tools knows of each other; what the others do is the tab's affair.

    Parameters
    ----------
    view
        While it is shown, the keys work.
    canvas
        While it has the focus, single letters and digits work: elsewhere they may be typed.

    Attributes
    ----------
    pen, eraser, undo, redo, clear, random, open, paste, save, copy, copy_answer, save_answer
        As they are named.
    drawers
        By the name of the drawer that each opens: "why", "framing", "stress", "my_digits".
    labels
        By the digit that the drawing was meant to be.
    """

    def __init__(self, view: QWidget, canvas: QWidget) -> None:
        super().__init__(view)
        self._view, self._canvas = view, canvas
        make = self._make
        self.pen = make("Pen", "P", on_canvas=True)
        self.eraser = make("Eraser", "E", on_canvas=True)
        tools = QActionGroup(self)
        for action in (self.pen, self.eraser):
            action.setCheckable(True)
            tools.addAction(action)
        self.pen.setChecked(True)
        self.undo = make("Undo", "Ctrl+Z", icon="↶")
        self.redo = make("Redo", "Ctrl+Shift+Z", icon="↷")
        self.clear = make("Clear", "Del")
        self.random = make("Random digit", "R", on_canvas=True)
        self.open = make("Open picture or drawing…", "Ctrl+O")
        self.paste = make("Paste picture or drawing", "Ctrl+V")
        self.save = make("Save drawing…", "Ctrl+S")
        self.copy = make("Copy drawing", "Ctrl+C", on_canvas=True)
        self.copy_answer = make("Copy answer as image", "Ctrl+Shift+C")
        self.save_answer = make("Save answer as image…")
        self.drawers = {
            "why": make("Why", "W", on_canvas=True),
            "framing": make("Framing", "F", on_canvas=True),
            "stress": make("Stress", "S", on_canvas=True),
            "my_digits": make("My digits", "M", on_canvas=True),
        }
        self.labels = {digit: make(f"It was {digit}", str(digit), on_canvas=True) for digit in range(CLASSES)}

    def _make(self, text: str, key: str = "", *, icon: str = "", on_canvas: bool = False) -> QAction:
        action = QAction(text, self)
        action.setIconText(icon or text)
        action.setShortcut(QKeySequence(key))
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{text} ({keys})" if keys else text)
        if on_canvas:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        (self._canvas if on_canvas else self._view).addAction(action)
        return action
