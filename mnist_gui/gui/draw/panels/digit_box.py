"""A box in which a digit is chosen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QWidget

from mnist_gui.gui.draw.label_row import DIGITS
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT


class DigitBox(QComboBox):
    """A combo box of digits, which takes the digit keys only from those who go to it by Tab.

    After a click, the focus stays where it was: the digit keys still say what the drawing is.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumHeight(TARGET_HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    # -- Qt

    def event(self, event: QEvent) -> bool:
        is_digit = isinstance(event, QKeyEvent) and event.text() in [str(digit) for digit in DIGITS]
        if is_digit and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)
