"""A heading that shows and hides its content."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget


class CollapsibleSection(QWidget):
    """A section that the user opens and closes; closed at first.

    Parameters
    ----------
    title
        Text of the heading.
    content
        Visible while the section is open.

    Attributes
    ----------
    button
        The heading.

    Signals
    -------
    toggled(opened: bool)
    """

    toggled = Signal(bool)

    def __init__(self, title: str, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.content = content
        self.button = QToolButton()
        self.set_title(title)
        self.button.setProperty("flat", True)
        # Qt measures the text of a button in its normal weight: a bold text would be cut.
        self.button.setStyleSheet("QToolButton { padding-left: 2px; } QToolButton:checked { font-weight: normal; }")
        self.button.setCheckable(True)
        self.button.setArrowType(Qt.ArrowType.RightArrow)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.button.toggled.connect(self._show)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.button)
        layout.addWidget(content)
        content.hide()

    def set_title(self, title: str) -> None:
        """Change the heading."""
        self.button.setText(title)
        self.button.setAccessibleName(title)

    def _show(self, opened: bool) -> None:
        self.button.setArrowType(Qt.ArrowType.DownArrow if opened else Qt.ArrowType.RightArrow)
        self.content.setVisible(opened)
        self.toggled.emit(opened)
