"""Input for a number of a recipe, which never changes what the user types."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QAbstractSpinBox, QWidget

from mnist_gui.gui.widgets.plain_text import tool_tip
from mnist_gui.models.recipes import NumberField, RecipeError
from mnist_gui.wording import plain_text

TOOL_TIP = "Type a number, or use the arrow keys"


class NumberBox(QAbstractSpinBox):
    """Input for a number: takes every text, and is marked while the text is not a number within the limits.

    Parameters
    ----------
    field
        Reads the text and has the limits.

    Signals
    -------
    valueChanged(value: int | float)
        The value changed, or the text became valid or invalid.
    """

    valueChanged = Signal(object)  # named as in Qt's spin boxes

    def __init__(self, field: NumberField, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._field = field
        self._value: int | float = field.minimum + 1
        self._error = ""
        self.setProperty("invalid", False)
        self.setToolTip(TOOL_TIP)
        self.lineEdit().textEdited.connect(self._on_text_edited)
        self.editingFinished.connect(self._show_value)
        self._show_value()

    @property
    def error(self) -> str:
        """Why the text is no number within the limits, in the words of the command line; empty if it is one."""
        return self._error

    def value(self) -> int | float:
        """Return the number; while the text is invalid, the last valid one."""
        return self._value

    def setValue(self, value: float) -> None:
        """Show a number; emits `valueChanged` if it is another one.

        Raises
        ------
        RecipeError
            The number is outside the limits.
        """
        self._field.check(value)
        changed = value != self._value or self._error
        self._value = value
        self._set_error("")
        self._show_value()
        if changed:
            self.valueChanged.emit(value)

    def _on_text_edited(self, text: str) -> None:
        before = self._value, self._error
        try:
            self._value = self._field.parse(text)
            self._set_error("")
        except RecipeError as error:
            self._set_error(plain_text(str(error)))
        if (self._value, self._error) != before:
            self.valueChanged.emit(self._value)

    def _set_error(self, error: str) -> None:
        self._error = error
        self.setToolTip(tool_tip(error or TOOL_TIP))
        if self.property("invalid") != bool(error):
            self.setProperty("invalid", bool(error))
            self.style().unpolish(self)
            self.style().polish(self)

    def _show_value(self) -> None:
        """Show how the text was read: 1e-3 as 0.001; an invalid text stays."""
        if not self._error:
            self.lineEdit().setText(number_text(self._value))

    # -- Qt

    def stepBy(self, steps: int) -> None:
        value = float(self._value)
        # A number with decimals changes by a tenth of its magnitude.
        step = 1.0 if self._field.is_integer else 10.0 ** (math.floor(math.log10(value)) - 1)
        stepped = float(f"{value + steps * step:.12g}")
        number = int(min(max(stepped, self._field.minimum), self._field.maximum)) if self._field.is_integer else stepped
        try:
            self.setValue(number)
        except RecipeError:
            return  # at an excluded limit
        self.selectAll()

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        return QAbstractSpinBox.StepEnabledFlag.StepUpEnabled | QAbstractSpinBox.StepEnabledFlag.StepDownEnabled


def number_text(value: float) -> str:
    """Return the shortest text of exactly this number, with a point in every locale: "1", "0.001", "1e-05"."""
    return repr(value).removesuffix(".0")
