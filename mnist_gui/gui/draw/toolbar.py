"""The buttons above the canvas."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from mnist_gui.gui.draw.actions import DrawActions

_SPACE = 4


class DrawToolbar(QWidget):
    """In one row or two, as there is room.

    Parameters
    ----------
    actions
        What the buttons do.
    """

    def __init__(self, actions: DrawActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._rows = (
            _row([actions.pen, actions.eraser, actions.undo, actions.redo]),
            _row([actions.clear, actions.random], _more_button(actions)),
        )
        rows = self._both = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(_SPACE)
        for row in self._rows:
            rows.addLayout(row)
        rows.addStretch(1)

    def fit(self, width: int) -> None:
        """Put both rows side by side if they fit into so many pixels."""
        is_wide = sum(row.sizeHint().width() for row in self._rows) + _SPACE <= width
        directions = QBoxLayout.Direction
        self._both.setDirection(directions.LeftToRight if is_wide else directions.TopToBottom)


def _row(actions: list[QAction], *more: QWidget) -> QHBoxLayout:
    """Return tool buttons side by side."""
    row = QHBoxLayout()
    row.setSpacing(_SPACE)
    for action in actions:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setStyleSheet("padding: 0 6px;")  # so that all are in one row beside a canvas of usual size
        button.setAccessibleName(action.text())
        row.addWidget(button)
    for widget in more:
        row.addWidget(widget)
    row.addStretch(1)
    return row


def _more_button(actions: DrawActions) -> QToolButton:
    button = QToolButton()
    button.setText("⋯")
    button.setToolTip("Open, paste, copy, save")
    button.setAccessibleName("More: open, paste, copy, save")
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    # The little arrow would lie on the dots.
    button.setStyleSheet("QToolButton::menu-indicator { image: none; }")
    menu = QMenu(button)
    menu.addActions([actions.open, actions.paste])
    menu.addSeparator()
    menu.addActions([actions.save, actions.copy])
    menu.addSeparator()
    menu.addActions([actions.save_prediction, actions.copy_prediction])
    button.setMenu(menu)
    return button
