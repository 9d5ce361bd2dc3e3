"""What the digit really was: right, or one of ten."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from mnist_gui.gui.draw.wrapping_row import WrappingRow
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT

DIGITS = range(10)
_STEPS: dict[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_BETWEEN = 2  # pixels between targets: ten of them fit beneath the smallest canvas


class LabelRow(WrappingRow):
    """Asks “Right? ✓ or it was 0 1 2 … 9”; a digit can be typed, too, and the arrow keys go from button to button.

    ``setEnabled(False)`` is for where nothing is drawn.

    Signals
    -------
    labelled(digit: int)
        What it was, 0 to 9.
    """

    labelled = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        first, second = QHBoxLayout(), QHBoxLayout()
        super().__init__(first, second, parent=parent)
        self._answer: int | None = None
        self._buttons: list[QToolButton] = []
        self._right = self._button("✓", "right")
        self._right.clicked.connect(self._confirm)
        first.setSpacing(6)
        first.addWidget(QLabel("Right?"))
        first.addWidget(self._right)
        first.addWidget(QLabel("or it was"))
        first.addStretch(1)
        second.setSpacing(_BETWEEN)
        for digit in DIGITS:
            button = self._button(str(digit), f"was_{digit}")
            button.setAccessibleName(f"It was {digit}")
            button.setToolTip(f"It was {digit} ({digit})")
            if digit:  # Tab stops at the first; the arrow keys go on from there
                button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _checked, digit=digit: self.labelled.emit(digit))
            second.addWidget(button)
        second.addStretch(1)
        self.setObjectName("answer_row")
        self.setAccessibleName("What the digit really was")
        self.set_answer(None)

    def set_answer(self, digit: int | None) -> None:
        """Let ✓ mean this digit, 0 to 9; None where the models give no answer that could be right."""
        self._answer = digit
        self._right.setEnabled(digit is not None)
        words = "Right" if digit is None else f"Right, it was {digit}"
        self._right.setAccessibleName(words)
        self._right.setToolTip(words)

    def _button(self, text: str, name: str) -> QToolButton:
        button = _Target()
        button.setText(text)
        button.setObjectName(name)
        button.setMinimumSize(TARGET_HEIGHT, TARGET_HEIGHT)
        # Beside the usual margins, ten would not fit beneath a canvas.
        button.setStyleSheet("padding: 0;")
        self._buttons.append(button)
        return button

    def _confirm(self) -> None:
        if self._answer is not None:
            self.labelled.emit(self._answer)

    # -- Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take a digit that is typed; go from button to button."""
        text = event.text()
        focused = [place for place, button in enumerate(self._buttons) if button.hasFocus()]
        step = _STEPS.get(event.key())
        if focused and step:
            place = focused[0] + step
            if 0 <= place < len(self._buttons):
                self._buttons[place].setFocus(Qt.FocusReason.TabFocusReason)
            return
        if len(text) == 1 and text in "0123456789" and not event.isAutoRepeat():
            self.labelled.emit(int(text))
        else:
            super().keyPressEvent(event)


class _Target(QToolButton):
    """Leaves the arrow keys to the row."""

    # -- Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pass on what is the row's."""
        if event.key() in _STEPS:
            event.ignore()
        else:
            super().keyPressEvent(event)
