"""A box of choices, each with a value of any kind behind its words."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT

LEAST_LETTERS, MOST_LETTERS = 9, 30  # of the box; its list and its tool tip show the whole


class ValueComboBox(QComboBox):
    """As wide as its longest words, up to a limit.

    Parameters
    ----------
    name
        What is chosen, for a screen reader.

    Signals
    -------
    chosen_changed(key: object)
        The person chose another one; `set_choices` and `choose` tell nothing.
    """

    chosen_changed = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # Kept here, because Qt makes lists of tuples.
        self._keys: list[Hashable] = []
        self.setAccessibleName(name)
        self.setObjectName(name.lower().replace(" ", "_"))
        self.setMinimumHeight(TARGET_HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.view().setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.currentIndexChanged.connect(self._tell)
        self._limit()

    @property
    def chosen(self) -> Any:  # noqa: ANN401 - whatever was given
        """The key of the choice; None where there is none."""
        place = self.currentIndex()
        return self._keys[place] if 0 <= place < len(self._keys) else None

    def set_choices(self, choices: Mapping[Any, str], chosen: Hashable) -> None:
        """Offer keys by their words, and choose one, or the first where that is not among them."""
        self.blockSignals(True)
        self.clear()
        self._keys = list(choices)
        self.addItems(list(choices.values()))
        self.blockSignals(False)
        self.choose(chosen)

    def choose(self, key: Hashable) -> None:
        """Choose a key, or the first where there is no such."""
        self.blockSignals(True)
        place = self._keys.index(key) if key in self._keys else 0
        self.setCurrentIndex(place if self._keys else -1)
        self.setToolTip(self.currentText())
        self.blockSignals(False)

    def _tell(self) -> None:
        self.setToolTip(self.currentText())
        self.chosen_changed.emit(self.chosen)

    def _limit(self) -> None:
        self.setMaximumWidth(MOST_LETTERS * self.fontMetrics().averageCharWidth() + 40)

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        """Shorten words where there is little room."""
        hint = super().minimumSizeHint()
        least = LEAST_LETTERS * self.fontMetrics().averageCharWidth() + 40
        return QSize(min(hint.width(), least), hint.height())

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._limit()
