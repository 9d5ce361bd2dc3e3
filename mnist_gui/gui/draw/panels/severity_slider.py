"""A slider over the amounts of a corruption."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider, QWidget

from mnist_gui.digits.corruptions import Corruption
from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT

PAGE = 10  # steps
LEAST_WIDTH = 120  # pixels
NEUTRAL_MARK = 26  # pixels high: it is seen above and below the handle


class SeveritySlider(QSlider):
    """A slider over a corruption's amounts, its neutral one marked; a double click asks to go back there.

    Signals
    -------
    reset_requested()
        Double-clicked.
    """

    reset_requested = Signal()

    def __init__(self, corruption: Corruption, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._corruption = corruption
        self.setObjectName("stress_slider")
        self.setMinimumSize(LEAST_WIDTH, TARGET_HEIGHT)
        self.setPageStep(PAGE)
        self.setToolTip("Arrow keys move it; a double click goes back to where nothing is altered")
        # It begins at neutral, not at its left end: nothing there to be filled.
        self.setStyleSheet("QSlider::sub-page:horizontal { background: transparent; }")
        self.set_corruption(corruption)

    @property
    def amount(self) -> float:
        """The amount that it stands at, neutral exactly where that is meant."""
        return round(self._corruption.low + self.value() * self._corruption.step, 6)

    def set_corruption(self, corruption: Corruption) -> None:
        """Take over its range and stand at neutral; tells nobody."""
        self._corruption = corruption
        self.blockSignals(True)
        self.setRange(0, self._step_of(corruption.high))
        self.set_amount(corruption.neutral)
        self.blockSignals(False)
        self.update()

    def set_amount(self, amount: float) -> None:
        """Move to the step nearest to an amount."""
        self.setValue(self._step_of(amount))

    def _step_of(self, amount: float) -> int:
        return round((amount - self._corruption.low) / self._corruption.step)

    # -- Qt

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask to go back."""
        self.reset_requested.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave it to the drawer, which may scroll."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Mark the neutral amount under the handle."""
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        handle = self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, option, self)
        span = self.width() - handle
        at = QStyle.sliderPositionFromValue(0, self.maximum(), self._step_of(self._corruption.neutral), span)
        with QPainter(self) as painter:
            top = (self.height() - NEUTRAL_MARK) // 2
            painter.fillRect(at + handle // 2 - 1, top, 2, NEUTRAL_MARK, colors_of(self).muted)
        super().paintEvent(event)
