"""Labels, buttons and boxes as they look all over the window: named, and large enough to be hit."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QStyle,
    QWidget,
)

TARGET_HEIGHT = 32  # pixels, at the least, of what is clicked


def heading(text: str = "", name: str = "") -> QLabel:
    """Return words above others, of that object name."""
    return _label(text, name, "heading")


def muted(text: str = "", name: str = "") -> QLabel:
    """Return a sentence that matters less, of that object name."""
    return _label(text, name, "muted")


def push_button(text: str, name: str) -> QPushButton:
    """Return a button of that object name, as large as its words need."""
    button = QPushButton(text)
    button.setObjectName(name)
    button.setMinimumHeight(TARGET_HEIGHT)
    button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return button


def indent(button: QAbstractButton) -> int:
    """Return how far the words of a check box or radio button are from its left."""
    style = button.style()
    box = style.pixelMetric(QStyle.PixelMetric.PM_IndicatorWidth)
    return box + style.pixelMetric(QStyle.PixelMetric.PM_CheckBoxLabelSpacing)


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
    box = QComboBox()
    for key, title in titles.items():
        box.addItem(title, key)
    _name(box, name)
    return box


def slider(name: str, steps: int) -> QSlider:
    """Return a slider from 0 to so many steps."""
    box = QSlider(Qt.Orientation.Horizontal)
    box.setRange(0, steps)
    box.setPageStep(max(steps // 4, 1))
    _name(box, name)
    return box


class StartButton(QPushButton):
    """Says what it does and how long that takes: in one line, or in two where large text leaves no room.

    Parameters
    ----------
    most_width
        Pixels that one line may take.
    """

    def __init__(self, most_width: int, parent: QWidget | None = None) -> None:
        self._most_width = most_width
        self._parts: tuple[str, ...] = ()
        super().__init__(parent)
        self.setProperty("primary", True)
        self.setObjectName("start")
        self.setStyleSheet("padding: 4px 12px;")  # two lines fill the usual button to its edges

    def say(self, *parts: str) -> None:
        """Show what it does and, where that is known, how long it takes."""
        self._parts = parts
        self.setAccessibleName(" · ".join(parts))
        self._fit()

    def _fit(self) -> None:
        self.setText(" · ".join(self._parts))
        if self.sizeHint().width() > self._most_width:
            self.setText("\n".join(self._parts))

    # -- Qt

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()


def _label(text: str, name: str, kind: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    label.setProperty(kind, True)
    label.setWordWrap(True)
    return label


def _dress(box: QAbstractSpinBox, name: str) -> None:
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
