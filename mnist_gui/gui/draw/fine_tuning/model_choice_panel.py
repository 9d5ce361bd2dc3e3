"""Which models are to be taught the person's digits, and how long that will take."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from mnist_gui.gui.fine_tuning_service import FineTunableModel
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, muted, push_button

EXPLANATION = "Only the last layers learn, and the models’ present runs stay: each model taught becomes a new run."


class ModelChoicePanel(QWidget):
    """Offers the models that can be taught, all of them at first.

    Parameters
    ----------
    spoken_seconds
        Returns how long teaching some models takes, as people say it.

    Signals
    -------
    teach_requested(models: tuple[int, ...])
    dismissed()
    """

    teach_requested = Signal(tuple)
    dismissed = Signal()

    def __init__(self, spoken_seconds: Callable[[Sequence[int]], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spoken_seconds = spoken_seconds
        self._boxes: dict[int, QCheckBox] = {}
        self._what = muted(name="teach_what")
        self._row = QHBoxLayout()
        self._row.setSpacing(16)
        self._teach = push_button("Teach", "teach_models")
        self._teach.setProperty("primary", True)
        self._teach.clicked.connect(lambda: self.teach_requested.emit(self._chosen))
        cancel = push_button("Cancel", "cancel_teaching")
        cancel.clicked.connect(self.dismissed)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self._teach)
        buttons.addWidget(cancel)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._what)
        column.addLayout(self._row)
        column.addLayout(buttons)
        column.addStretch(1)
        self.setAccessibleName("Teach models your digits")

    def take_focus(self) -> None:
        """Have the keys go to "Teach"."""
        self._teach.setFocus()

    def offer(self, what: str, models: Sequence[FineTunableModel]) -> None:
        """Show what is taught, in a sentence, and whom."""
        self._what.setText(f"{what} {EXPLANATION}")
        for box in self._boxes.values():
            box.hide()
            box.deleteLater()
        while self._row.count():
            self._row.takeAt(0)  # the stretch
        self._boxes = {}
        for candidate in models:
            box = QCheckBox(f"Model {candidate.model}")
            box.setObjectName(f"teach_model_{candidate.model}")
            box.setMinimumHeight(TARGET_HEIGHT)
            box.setChecked(not candidate.obstacle)
            box.setEnabled(not candidate.obstacle)
            box.setToolTip(candidate.obstacle or f"A new run that begins as {candidate.run}")
            box.toggled.connect(self._show)
            self._boxes[candidate.model] = box
            self._row.addWidget(box)
        self._row.addStretch(1)
        obstacles = [candidate.obstacle for candidate in models if candidate.obstacle]
        if obstacles:
            self._what.setText(f"{self._what.text()} {' '.join(obstacles)}")
        self._show()

    @property
    def _chosen(self) -> tuple[int, ...]:
        return tuple(model for model, box in self._boxes.items() if box.isChecked())

    def _show(self) -> None:
        chosen = self._chosen
        self._teach.setEnabled(bool(chosen))
        self._teach.setText(f"Teach · {self._spoken_seconds(chosen)}" if chosen else "Teach")
