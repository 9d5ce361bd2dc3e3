"""A combo box in which each text stands for a value of any type."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT
from mnist_gui.gui.widgets.plain_text import tool_tip
from mnist_gui.wording import plain_text

MIN_LETTERS, MAX_LETTERS = 9, 30  # of the box; its list and its tool tip show the whole text


class ValueComboBox(QComboBox):
    """As wide as its longest text, up to a limit.

    Parameters
    ----------
    name
        Name of the chosen value, for a screen reader.

    Signals
    -------
    value_changed(value: object)
        The user chose another value; `set_choices` and `set_value` do not emit it.
    """

    value_changed = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: list[Hashable] = []  # as item data, some versions of Qt turn tuples into lists
        self.setAccessibleName(name)
        self.setObjectName(name.lower().replace(" ", "_"))
        self.setMinimumHeight(TARGET_HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.view().setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.currentIndexChanged.connect(self._on_index_changed)
        self.setMaximumWidth(self._width_of(MAX_LETTERS))

    @property
    def value(self) -> Any:  # noqa: ANN401 - whatever was given
        """The chosen value; None without choices."""
        return self._values[self.currentIndex()] if self._values else None

    def set_choices(self, choices: Mapping[Any, str], value: Hashable) -> None:
        """Offer values by their texts, and choose one of them, or the first if it is not among them."""
        with QSignalBlocker(self):
            self.clear()
            self._values = list(choices)
            self.addItems([plain_text(text) for text in choices.values()])
        self.set_value(value)

    def set_value(self, value: Hashable) -> None:
        """Choose a value, or the first if it is not among the choices."""
        with QSignalBlocker(self):
            self.setCurrentIndex(self._values.index(value) if value in self._values else 0)  # without choices, -1
        self.setToolTip(tool_tip(self.currentText()))

    def _on_index_changed(self) -> None:
        self.setToolTip(tool_tip(self.currentText()))
        self.value_changed.emit(self.value)

    def _width_of(self, letters: int) -> int:
        return letters * self.fontMetrics().averageCharWidth() + 40

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), self._width_of(MIN_LETTERS)), hint.height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.setMaximumWidth(self._width_of(MAX_LETTERS))
