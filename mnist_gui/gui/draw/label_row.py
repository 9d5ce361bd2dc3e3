"""A row of buttons that label the content: "Yes" for the predicted digit, or one of the ten."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from mnist_gui.digits.dataset import CLASSES
from mnist_gui.gui.draw.wrapping_row import WrappingRow
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, set_own_style
from mnist_gui.gui.widgets.plain_text import PlainLabel

DIGITS = range(CLASSES)
_STEPS: dict[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_SPACING = 1  # pixels: ten buttons fit into the smallest window


class LabelRow(WrappingRow):
    """Asks “Was it right? Yes · No, it was: 0 1 2 … 9”. Digits can be typed; arrow keys move from button to button.

    Signals
    -------
    labelled(digit: int)
        The user chose a label, 0 to 9.
    """

    labelled = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        question, digits = QHBoxLayout(), QHBoxLayout()
        super().__init__(question, digits, parent=parent)
        self._predicted: int | None = None
        self._buttons: list[QToolButton] = []
        self._right = self._make_button("Yes", "right")
        set_own_style(self._right, "padding: 0 8px;")
        self._right.clicked.connect(self._confirm)
        question.setSpacing(6)
        question.addWidget(PlainLabel("Was it right?"))
        question.addWidget(self._right)
        question.addWidget(PlainLabel("No, it was:"))
        question.addStretch(1)
        digits.setSpacing(_SPACING)
        for digit in DIGITS:
            button = self._make_button(str(digit), f"was_{digit}")
            button.setAccessibleName(f"It was {digit}")
            button.setToolTip(f"It was {digit} ({digit})")
            if digit:  # Tab stops at the first one, from which the arrow keys go on
                button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _checked, digit=digit: self.labelled.emit(digit))
            digits.addWidget(button)
        digits.addStretch(1)
        self.setObjectName("answer_row")
        self.setAccessibleName("What the digit really was")
        self._update_right()

    def set_predicted(self, digit: int | None) -> None:
        """Set the digit that "Yes" confirms; None disables it."""
        if digit != self._predicted:
            self._predicted = digit
            self._update_right()

    def _update_right(self) -> None:
        text = "Right" if self._predicted is None else f"Right, it was {self._predicted}"
        self._right.setEnabled(self._predicted is not None)
        self._right.setAccessibleName(text)
        self._right.setToolTip(text)

    def _make_button(self, text: str, name: str) -> QToolButton:
        button = _LabelButton()
        button.setText(text)
        button.setObjectName(name)
        button.setMinimumSize(TARGET_HEIGHT, TARGET_HEIGHT)
        set_own_style(button, "padding: 0;")  # with the usual padding, ten would not fit below a canvas
        self._buttons.append(button)
        return button

    def _confirm(self) -> None:
        if self._predicted is not None:
            self.labelled.emit(self._predicted)

    # -- Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Label with the typed digit, or move the focus."""
        step = _STEPS.get(event.key())
        focused = next((index for index, button in enumerate(self._buttons) if button.hasFocus()), None)
        if step and focused is not None:
            if 0 <= focused + step < len(self._buttons):
                self._buttons[focused + step].setFocus(Qt.FocusReason.TabFocusReason)
        elif len(event.text()) == 1 and event.text() in "0123456789" and not event.isAutoRepeat():
            self.labelled.emit(int(event.text()))
        else:
            super().keyPressEvent(event)


class _LabelButton(QToolButton):
    # -- Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the arrow keys to the row."""
        if event.key() in _STEPS:
            event.ignore()
        else:
            super().keyPressEvent(event)
