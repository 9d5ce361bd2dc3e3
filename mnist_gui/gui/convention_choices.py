"""The choices of what a network from a file expects of a frame, and what its answers are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QWidget

from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, muted
from mnist_gui.models.importing.conventions import ANSWERS, VALUES, Convention
from mnist_gui.runs.run import Run

INK, TURNS = ("light on dark", "dark on light"), ("as they are", "exchanged")
INVITATION = "Change it where you know better than what was found by trying:"


class ConventionChoices(QWidget):
    """What a network expects of a frame, and what its answers are.

    Signals
    -------
    changed()
        The user chose something.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._known = Convention()
        self._values = self._box("values", "Values of a pixel", VALUES)
        self._ink = self._box("ink", "Ink", INK)
        self._turned = self._box("turned", "Rows and columns", TURNS)
        self._placing = self._box("placing", "Another size", ())
        self._answers = self._box("answers", "Its answers are", ANSWERS)
        layout = QGridLayout(self)  # not a form layout: its rows keep the heights of before the theme
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setColumnStretch(1, 1)
        layout.addWidget(muted(INVITATION), 0, 0, 1, 2)
        self._placing_label = QLabel(self._placing.accessibleName())
        for row, box in enumerate((self._values, self._ink, self._turned, self._placing, self._answers), 1):
            label = self._placing_label if box is self._placing else QLabel(box.accessibleName())
            label.setBuddy(box)
            layout.addWidget(label, row, 0)
            layout.addWidget(box, row, 1)

    @property
    def convention(self) -> Convention:
        """The choice."""
        return replace(
            self._known,
            values=self._values.currentText(),
            is_dark_on_light=bool(self._ink.currentIndex()),
            is_transposed=bool(self._turned.currentIndex()),
            placing=self._placing.currentText() or self._known.placing,
            answers=self._answers.currentText(),
        )

    @property
    def is_changed(self) -> bool:
        """Whether it differs from what the run expects."""
        return self.convention != self._known

    def set_run(self, run: Run) -> None:
        """Show what a run expects."""
        imported = run.record.imported
        assert imported is not None
        known, side = Convention.from_json(imported["convention"]), int(imported["side"])
        self._known = known
        placings = () if side == FRAME_SIDE else ("padded" if side > FRAME_SIDE else "cropped", "resized")
        self._placing.clear()
        self._placing.addItems(list(placings))
        for widget in (self._placing_label, self._placing):
            widget.setVisible(bool(placings))
        self._values.setCurrentText(known.values)
        self._ink.setCurrentIndex(int(known.is_dark_on_light))
        self._turned.setCurrentIndex(int(known.is_transposed))
        self._placing.setCurrentText(known.placing)
        self._answers.setCurrentText(known.answers)

    def _box(self, name: str, title: str, entries: Any) -> QComboBox:  # noqa: ANN401 - any texts
        box = QComboBox()
        box.setObjectName(f"convention_{name}")
        box.setAccessibleName(title)
        box.setMinimumHeight(TARGET_HEIGHT)
        box.addItems(list(entries))
        box.activated.connect(lambda _index: self.changed.emit())
        return box
