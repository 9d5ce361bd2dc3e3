"""What the digit really was: right, or one of ten."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT

DIGITS = range(10)
_STEPS: dict[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_BETWEEN = 2  # pixels between targets: ten of them fit beneath the smallest canvas


class WrappingRow(QWidget):
    """Two rows side by side where there is room, else one above the other.

    Parameters
    ----------
    first, second
        Their parts are added by the caller.
    growing
        0 or 1: which of them takes the room that is left.
    """

    def __init__(
        self, first: QHBoxLayout, second: QHBoxLayout, *, growing: int = 1, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._rows = (first, second)
        self._folding = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._folding.setContentsMargins(0, 0, 0, 0)
        self._folding.setSpacing(6)
        # Else the window that it is in could never become too narrow for one row.
        self._folding.setSizeConstraint(QBoxLayout.SizeConstraint.SetNoConstraint)
        self._folding.addLayout(first)
        self._folding.addLayout(second)
        self._folding.setStretch(growing, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def _fold(self) -> None:
        needed = sum(row.minimumSize().width() for row in self._rows) + self._folding.spacing()
        directions = QBoxLayout.Direction
        direction = directions.LeftToRight if needed <= self.contentsRect().width() else directions.TopToBottom
        if direction != self._folding.direction():
            self._folding.setDirection(direction)
            self.updateGeometry()

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        """Ask for the width of the wider row alone."""
        width = max(row.minimumSize().width() for row in self._rows)
        return QSize(width, self._folding.minimumSize().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold or unfold."""
        super().resizeEvent(event)
        self._fold()

    def event(self, event: QEvent) -> bool:
        """Fold anew when the words have become longer or larger."""
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._fold()
        return handled


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
