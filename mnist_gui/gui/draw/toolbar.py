"""The buttons above the canvas."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from mnist_gui.gui.draw.actions import DrawActions
from mnist_gui.gui.widgets.form_controls import set_own_style

_SPACING = 4


class DrawToolbar(QWidget):
    """Buttons in one row, or in two if there is less room.

    Parameters
    ----------
    actions
        Actions of the buttons.
    """

    def __init__(self, actions: DrawActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._rows = (
            _row([actions.pen, actions.eraser, actions.undo, actions.redo, actions.clear]),
            _row([actions.random, actions.next_fooling]),
        )
        rows = self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(_SPACING)
        for row in self._rows:
            rows.addLayout(row)
        rows.addStretch(1)

    @property
    def least_width(self) -> int:
        """Width in pixels of two rows."""
        return max(row.minimumSize().width() for row in self._rows)

    @property
    def full_width(self) -> int:
        """Width in pixels of a single row."""
        return sum(row.sizeHint().width() for row in self._rows) + _SPACING

    def fit(self, width: int) -> None:
        """Put both rows side by side if they fit into a width in pixels."""
        is_wide = self.full_width <= width
        directions = QBoxLayout.Direction
        self._box.setDirection(directions.LeftToRight if is_wide else directions.TopToBottom)
        self.updateGeometry()  # the layout around it would keep the old size until later


def _row(actions: list[QAction]) -> QHBoxLayout:
    """Return a row of buttons."""
    row = QHBoxLayout()
    row.setSpacing(_SPACING)
    for action in actions:
        button = QToolButton()
        button.setDefaultAction(action)
        set_own_style(button, "padding: 0 6px;")  # narrow enough for a single row above a canvas of default size
        button.setAccessibleName(action.text())
        row.addWidget(button)
    row.addStretch(1)
    return row
