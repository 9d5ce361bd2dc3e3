"""Input widgets of the recipe panel; each has an accessible name, and an object name made from it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QPushButton,
    QSizePolicy,
    QSlider,
    QStyle,
    QWidget,
)

from mnist_gui.gui.train.recipe.number_box import NumberBox
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, set_own_style
from mnist_gui.models.recipes import NUMBER_FIELDS, NumberField
from mnist_gui.wording import rough_duration

LONGEST_DURATION = rough_duration(40 * 60)


def text_indent(button: QAbstractButton) -> int:
    """Return the distance in pixels from the left of a check box or radio button to its text."""
    style = button.style()
    box = style.pixelMetric(QStyle.PixelMetric.PM_IndicatorWidth)
    return box + style.pixelMetric(QStyle.PixelMetric.PM_CheckBoxLabelSpacing)


def number_box(field: str) -> NumberBox:
    """Return an input for a field of `NUMBER_FIELDS`."""
    return field_box(NUMBER_FIELDS[field])


def field_box(field: NumberField) -> NumberBox:
    """Return an input for a number."""
    box = NumberBox(field)
    box.lineEdit().setTextMargins(8, 0, 8, 0)
    _set_up(box, field.name.capitalize())
    return box


def choice_box(name: str, titles: Mapping[str, str]) -> QComboBox:
    """Return a box of choices: `currentData()` is a key of `titles`."""
    box = QComboBox()
    for key, title in titles.items():
        box.addItem(title, key)
    _set_up(box, name)
    return box


def slider(name: str, maximum: int) -> QSlider:
    """Return a slider that starts at 0."""
    box = QSlider(Qt.Orientation.Horizontal)
    box.setRange(0, maximum)
    box.setPageStep(max(maximum // 4, 1))
    _set_up(box, name)
    return box


class StartButton(QPushButton):
    """Shows its action and the duration in one line, or in two if it is too narrow for one with any duration.

    Its height does not depend on the duration, nor on whether it is known.
    """

    def __init__(self) -> None:
        self._texts: tuple[str, ...] = ()
        super().__init__()
        self.setProperty("primary", True)
        self.setObjectName("start")
        set_own_style(self, "padding: 4px 12px;")  # two lines fill the usual button to its edges
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_texts(self, *texts: str) -> None:
        """Show the action and, if it is known, the duration."""
        self._texts = texts
        self.setAccessibleName(" · ".join(texts))
        self._fit()

    def _fit(self) -> None:
        if not self._texts:
            return
        longest = self._texts[0], LONGEST_DURATION
        between = " · "
        self.setText(between.join(longest))
        if self.sizeHint().width() > self.width():
            between = "\n"
            self.setText(between.join(longest))
        self.setMinimumHeight(self.sizeHint().height())
        self.setText(between.join(self._texts))

    # -- Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()


class _WheelFilter(QObject):
    """Leaves wheel events to the scroll area: scrolling must not change the values under the pointer."""

    # -- Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel:
            event.ignore()
            return True
        return super().eventFilter(watched, event)


def _set_up(box: QWidget, name: str) -> None:
    box.setAccessibleName(name)
    box.setObjectName(name.lower().replace(" ", "_"))
    box.setMinimumHeight(TARGET_HEIGHT)
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    box.installEventFilter(_WheelFilter(box))
