"""A small palette beside the selected digit of a page: what it really is."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from mnist_gui.digits.dataset import CLASSES
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, set_own_style

_COLUMNS = 5
_GAP = 4  # pixels between box and palette


class DigitPalette(QFrame):
    """Ten digits, "Not a digit" and "Remove box". It takes no focus from the canvas, where digits can be typed.

    Signals
    -------
    labelled(digit: int)
        The selected digit is this one.
    rejected()
        It is no digit.
    removed()
        Its box is to be removed.
    """

    labelled = Signal(int)
    rejected = Signal()
    removed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._page = parent
        self.setObjectName("digit_palette")
        self.setAccessibleName("What the selected digit is")
        self.setProperty("card", True)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        digits = QGridLayout()
        digits.setSpacing(2)
        for digit in range(CLASSES):
            button = self._make_button(str(digit), f"is_{digit}", f"It is {digit} ({digit})")
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _checked, digit=digit: self.labelled.emit(digit))
            digits.addWidget(button, *divmod(digit, _COLUMNS))
        rejected = self._make_button("Not a digit", "is_no_digit", "Leave it out of the text (-)")
        rejected.clicked.connect(lambda _checked: self.rejected.emit())
        removed = self._make_button("Remove box", "remove_box", "Remove the box and its answer (Backspace)")
        removed.clicked.connect(lambda _checked: self.removed.emit())
        others = QHBoxLayout()
        others.setSpacing(2)
        others.addWidget(rejected)
        others.addWidget(removed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.setSpacing(2)
        layout.addLayout(digits)
        layout.addLayout(others)
        self.hide()

    def show_beside(self, box: QRect, canvas: QRect) -> None:
        """Show the palette above a box on the canvas, both in coordinates of the parent, or where there is room.

        Above it are the digits that were read before; those that follow stay visible.
        """
        size, room = self.sizeHint(), self._page.rect()
        left = max(_GAP, min(box.center().x() - size.width() // 2, room.width() - size.width() - _GAP))
        top = max(0, min(box.top(), room.height() - size.height()))
        if box.top() - _GAP - size.height() >= canvas.top():
            corner = QPoint(left, box.top() - _GAP - size.height())
        elif box.bottom() + _GAP + size.height() <= room.height():
            corner = QPoint(left, box.bottom() + _GAP)
        elif box.right() + _GAP + size.width() <= room.width():
            corner = QPoint(box.right() + _GAP, top)
        else:
            corner = QPoint(max(0, box.left() - _GAP - size.width()), top)
        self.setGeometry(QRect(corner, size))
        self.show()
        self.raise_()

    def _make_button(self, text: str, name: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setObjectName(name)
        button.setAccessibleName(tip if len(text) == 1 else text)
        button.setToolTip(tip)
        button.setMinimumSize(TARGET_HEIGHT, TARGET_HEIGHT)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if len(text) == 1:
            set_own_style(button, "padding: 0;")
        return button
