"""Boxes for numbers and choices in a column that scrolls, and the sentence under them."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QDoubleSpinBox, QLabel, QSlider, QSpinBox, QWidget

from mnist_gui.gui.theme import colors_of

TARGET_HEIGHT = 32  # pixels, at the least, of what is clicked
_ARROW_ROOM = 28  # pixels
# The palette's colours, so that it follows the theme; the style's own slider hardly shows where the focus is.
_SLIDER_STYLE = """
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: palette(mid); }
QSlider::sub-page:horizontal { border-radius: 2px; background: palette(highlight); }
QSlider::handle:horizontal {
    width: 16px; height: 16px; margin: -8px 0; border-radius: 10px;
    background: palette(highlight); border: 2px solid palette(window);
}
QSlider::handle:horizontal:focus { border-color: palette(text); }
"""


def number_box(name: str, least: int, most: int) -> QSpinBox:
    """Return a box for a whole number; its object name is the name as an identifier."""
    box = QSpinBox()
    box.setRange(least, most)
    _dress(box, name)
    return box


def decimal_box(name: str, least: float, most: float, decimals: int) -> QDoubleSpinBox:
    """Return a box for a number whose steps fit its size, said without needless zeros."""
    box = _TrimmedSpinBox()
    box.setDecimals(decimals)
    box.setRange(least, most)
    box.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
    _dress(box, name)
    return box


def choice_box(name: str, titles: Mapping[str, str]) -> QComboBox:
    """Return a box of choices: `currentData()` is a key of `titles`."""
    box = _ChoiceBox()
    for key, title in titles.items():
        box.addItem(title, key)
    _name(box, name)
    return box


def slider(name: str, steps: int) -> QSlider:
    """Return a slider from 0 to so many steps."""
    box = QSlider(Qt.Orientation.Horizontal)
    box.setRange(0, steps)
    box.setPageStep(max(steps // 4, 1))
    box.setStyleSheet(_SLIDER_STYLE)
    _name(box, name)
    return box


def muted(text: str = "") -> QLabel:
    """Return a sentence that matters less and takes as many lines as it needs."""
    label = QLabel(text)
    label.setProperty("muted", True)
    label.setWordWrap(True)
    return label


def _dress(box: QAbstractSpinBox, name: str) -> None:
    # The usual step buttons are half a target high each; typing and the arrow keys do. (With NoButtons and a
    # style sheet, Qt gives the number itself a width of one pixel.)
    box.setStyleSheet("QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; border: none; }")
    box.lineEdit().setTextMargins(8, 0, 8, 0)
    box.setToolTip("Type a number, or use the arrow keys")
    _name(box, name)


def _name(box: QWidget, name: str) -> None:
    box.setAccessibleName(name)
    box.setObjectName(name.lower().replace(" ", "_"))
    box.setMinimumHeight(TARGET_HEIGHT)
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    box.installEventFilter(_WheelPasses(box))


class _WheelPasses(QObject):
    """Lets the wheel scroll the column, not change what it happens to pass over."""

    # -- Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave the wheel to the widget behind."""
        if event.type() == QEvent.Type.Wheel:
            event.ignore()
            return True
        return super().eventFilter(watched, event)


class _TrimmedSpinBox(QDoubleSpinBox):
    """Says 1 where 1.0000 is meant."""

    # -- Qt

    def textFromValue(self, value: float) -> str:
        """Leave out zeros at the end."""
        return self.locale().toString(value, "g", 6)


class _ChoiceBox(QComboBox):
    """Has the arrow without the frame that the style draws around it once the box itself is styled."""

    def __init__(self) -> None:
        super().__init__()
        self.setStyleSheet(f"QComboBox::drop-down {{ border: none; width: {_ARROW_ROOM}px; }}")

    # -- Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the box, and the arrow at its right."""
        super().paintEvent(event)
        x, y = self.width() - _ARROW_ROOM / 2, self.height() / 2
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(colors_of(self).muted), 1.6))
            painter.drawPolyline([QPointF(x - 4, y - 2), QPointF(x, y + 2), QPointF(x + 4, y - 2)])
