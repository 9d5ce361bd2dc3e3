"""A heading that shows and hides its content."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

SECTION_SPACING = 4  # pixels between the heading and the content


class SectionButton(QToolButton):
    """A heading with an arrow, checked while its content is shown.

    Parameters
    ----------
    title
        Text of the heading.
    longest
        Longest text that it may get, for which it has room.
    """

    def __init__(self, title: str, parent: QWidget | None = None, *, longest: str = "") -> None:
        super().__init__(parent)
        self._longest = longest
        self.set_title(title)
        self.setProperty("flat", True)
        # Qt measures the text of a button in its normal weight: a bold text would be cut.
        self.setStyleSheet("QToolButton { padding-left: 2px; } QToolButton:checked { font-weight: normal; }")
        self.setCheckable(True)
        self.setArrowType(Qt.ArrowType.RightArrow)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.toggled.connect(
            lambda opened: self.setArrowType(Qt.ArrowType.DownArrow if opened else Qt.ArrowType.RightArrow)
        )

    def set_title(self, title: str) -> None:
        """Change the heading."""
        self.setText(title)
        self.setAccessibleName(title)

    # -- Qt

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        more = metrics.horizontalAdvance(self._longest) - metrics.horizontalAdvance(self.text())
        return super().sizeHint() + QSize(max(more, 0), 0)


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
        self.button = SectionButton(title)
        self.button.toggled.connect(self._show)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SECTION_SPACING)
        layout.addWidget(self.button)
        layout.addWidget(content)
        content.hide()

    def set_title(self, title: str) -> None:
        """Change the heading."""
        self.button.set_title(title)

    def _show(self, opened: bool) -> None:
        self.content.setVisible(opened)
        self.toggled.emit(opened)
