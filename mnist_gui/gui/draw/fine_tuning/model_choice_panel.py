"""Page of the My digits panel on which the models to fine-tune are chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from mnist_gui.gui.draw.wrapping_row import WrappingRow
from mnist_gui.gui.fine_tuning_service import FineTunableModel
from mnist_gui.gui.widgets.form_controls import check_box, muted, push_button
from mnist_gui.gui.widgets.plain_text import menu_text, tool_tip
from mnist_gui.gui.widgets.scroll_column import scroll_to

_BOXES_OF_A_ROW = 3
EXPLANATION = "Only the last layers learn, and the models’ present runs stay: each model taught becomes a new run."


class ModelChoicePanel(QWidget):
    """Check boxes for the models to fine-tune; those that can be are checked at first.

    Parameters
    ----------
    duration_text
        Returns how long fine-tuning the runs in some places takes: "about a minute".

    Signals
    -------
    models_chosen(places: tuple[int, ...])
    dismissed()
    """

    models_chosen = Signal(tuple)
    dismissed = Signal()

    def __init__(self, duration_text: Callable[[Sequence[int]], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._duration_text = duration_text
        self._boxes: dict[int, QCheckBox] = {}
        self._description = ""
        self._summary = muted(name="teach_what")
        # Six names of runs are wider than the panel in a small window.
        self._rows = (QHBoxLayout(), QHBoxLayout())
        for row in self._rows:
            row.setSpacing(16)
        self._start = push_button("Teach", "teach_models")
        self._start.clicked.connect(lambda: self.models_chosen.emit(self._checked))
        cancel = push_button("Cancel", "cancel_teaching")
        cancel.clicked.connect(self.dismissed)
        self._start.setProperty("primary", True)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self._start)
        buttons.addWidget(cancel)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        # First what is clicked: with large text, the panel scrolls to the end of the summary.
        column.addWidget(WrappingRow(*self._rows))
        column.addLayout(buttons)
        column.addWidget(self._summary)
        column.addStretch(1)
        self.setAccessibleName("Teach models your digits")

    def take_focus(self) -> None:
        """Focus the button that starts, and scroll to it once it has its place."""
        self._start.setFocus()
        QTimer.singleShot(0, self, lambda: scroll_to(self._start))

    def set_candidates(
        self, summary: str, candidates: Sequence[FineTunableModel], *, keep_choice: bool = False
    ) -> None:
        """Show what is learned, and a check box for each of the models.

        Parameters
        ----------
        keep_choice
            Whether models that the user has unchecked stay so.
        """
        unchecked = {box.objectName() for box in self._boxes.values() if keep_choice and not box.isChecked()}
        obstacles = [candidate.obstacle for candidate in candidates if candidate.obstacle]
        self._description = " ".join((summary, EXPLANATION, *obstacles))
        self.set_misread("")
        for box in self._boxes.values():
            box.hide()
            box.deleteLater()
        for row in self._rows:
            while row.count():
                row.takeAt(0)
        self._boxes = {}
        for index, candidate in enumerate(candidates):
            tip = tool_tip(candidate.obstacle or f"A new run that begins as {candidate.run}")
            box = check_box(menu_text(candidate.title), f"teach_model_{candidate.place}", tip)
            box.setChecked(not candidate.obstacle and box.objectName() not in unchecked)
            box.setEnabled(not candidate.obstacle)
            box.toggled.connect(self._update_button)
            self._boxes[candidate.place] = box
            self._rows[index // _BOXES_OF_A_ROW].addWidget(box)
        for row in self._rows:
            row.addStretch(1)
        self._update_button()

    def set_misread(self, sentence: str) -> None:
        """Show first how many of the digits the models misread."""
        self._summary.setText(f"{sentence} {self._description}".strip())

    @property
    def _checked(self) -> tuple[int, ...]:
        return tuple(place for place, box in self._boxes.items() if box.isChecked())

    def _update_button(self) -> None:
        checked = self._checked
        self._start.setEnabled(bool(checked))
        self._start.setText(f"Teach · {self._duration_text(checked)}" if checked else "Teach")
