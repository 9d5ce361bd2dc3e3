"""A pair of rows that share a line if there is room."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QWidget


class WrappingRow(QWidget):
    """Two rows side by side, or one above the other where the widget is too narrow.

    Parameters
    ----------
    first, second
        The rows; the caller adds their widgets.
    growing
        Index of the row that takes the remaining width, 0 or 1.
    """

    def __init__(
        self, first: QHBoxLayout, second: QHBoxLayout, *, growing: int = 1, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._rows = (first, second)
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(6)
        # By default the window could never become too narrow for one line.
        self._box.setSizeConstraint(QBoxLayout.SizeConstraint.SetNoConstraint)
        self._box.addLayout(first)
        self._box.addLayout(second)
        self._box.setStretch(growing, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def _wrap(self) -> None:
        needed = sum(row.minimumSize().width() for row in self._rows) + self._box.spacing()
        directions = QBoxLayout.Direction
        direction = directions.LeftToRight if needed <= self.contentsRect().width() else directions.TopToBottom
        if direction != self._box.direction():
            self._box.setDirection(direction)
            self.updateGeometry()

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        """Return the size of the wrapped rows."""
        width = max(row.minimumSize().width() for row in self._rows)
        return QSize(width, self._box.minimumSize().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._wrap()

    def event(self, event: QEvent) -> bool:
        """Wrap again when texts or fonts have changed."""
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._wrap()
        return handled
