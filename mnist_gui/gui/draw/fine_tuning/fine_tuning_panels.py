"""Pages of the My digits panel for fine-tuning: the choice of models, and the outcomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QLayout, QPushButton, QVBoxLayout, QWidget

from mnist_gui.gui.fine_tuning_service import FineTunableModel
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, muted, push_button
from mnist_gui.gui.widgets.model_marker import ModelMarker
from mnist_gui.gui.widgets.plain_text import tool_tip
from mnist_gui.runs.store import MODELS
from mnist_gui.wording import plain_text

EXPLANATION = "Only the last layers learn, and the models’ present runs stay: each model taught becomes a new run."


class ModelChoicePanel(QWidget):
    """Check boxes for the models to fine-tune; those that can be are checked at first.

    Parameters
    ----------
    duration_text
        Returns how long fine-tuning some models takes: "about a minute".

    Signals
    -------
    models_chosen(models: tuple[int, ...])
    dismissed()
    """

    models_chosen = Signal(tuple)
    dismissed = Signal()

    def __init__(self, duration_text: Callable[[Sequence[int]], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._duration_text = duration_text
        self._boxes: dict[int, QCheckBox] = {}
        self._summary = muted(name="teach_what")
        self._row = QHBoxLayout()
        self._row.setSpacing(16)
        self._start = push_button("Teach", "teach_models")
        self._start.clicked.connect(lambda: self.models_chosen.emit(self._checked))
        cancel = push_button("Cancel", "cancel_teaching")
        cancel.clicked.connect(self.dismissed)
        _add_to_page(self, 4, (self._summary, self._row), self._start, cancel)
        self.setAccessibleName("Teach models your digits")

    def take_focus(self) -> None:
        """Focus the button that starts."""
        self._start.setFocus()

    def set_candidates(self, summary: str, candidates: Sequence[FineTunableModel]) -> None:
        """Show what is learned, and a check box for each of the models."""
        obstacles = [candidate.obstacle for candidate in candidates if candidate.obstacle]
        self._summary.setText(" ".join((summary, EXPLANATION, *obstacles)))
        for box in self._boxes.values():
            box.hide()
            box.deleteLater()
        while self._row.count():
            self._row.takeAt(0)  # the stretch
        self._boxes = {}
        for candidate in candidates:
            box = QCheckBox(f"Model {candidate.model}")
            box.setObjectName(f"teach_model_{candidate.model}")
            box.setMinimumHeight(TARGET_HEIGHT)
            box.setChecked(not candidate.obstacle)
            box.setEnabled(not candidate.obstacle)
            box.setToolTip(tool_tip(candidate.obstacle or f"A new run that begins as {candidate.run}"))
            box.toggled.connect(self._update_button)
            self._boxes[candidate.model] = box
            self._row.addWidget(box)
        self._row.addStretch(1)
        self._update_button()

    @property
    def _checked(self) -> tuple[int, ...]:
        return tuple(model for model, box in self._boxes.items() if box.isChecked())

    def _update_button(self) -> None:
        checked = self._checked
        self._start.setEnabled(bool(checked))
        self._start.setText(f"Teach · {self._duration_text(checked)}" if checked else "Teach")


class OutcomePanel(QWidget):
    """A line for each fine-tuned model, and an action on the completed runs.

    Signals
    -------
    action_triggered()
    dismissed()
    """

    action_triggered = Signal()
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: dict[int, tuple[QWidget, QLabel]] = {}
        lines = QVBoxLayout()
        lines.setSpacing(4)
        for model in MODELS:
            lines.addWidget(self._make_line(model))
        self._action = push_button("", "lesson_action")
        self._action.clicked.connect(self.action_triggered)
        self._action.hide()
        close = push_button("Show my digits", "close_lesson")
        close.clicked.connect(self.dismissed)
        _add_to_page(self, 6, (lines,), self._action, close)
        self.setAccessibleName("What teaching changed")

    def set_lines(self, lines: Mapping[int, str]) -> None:
        """Show these texts by model; lines of other models are hidden."""
        for model, (line, label) in self._lines.items():
            line.setVisible(model in lines)
            if model in lines:
                line.setAccessibleName(plain_text(f"Model {model}: {lines[model]}"))
                label.setText(f"Model {model}: {lines[model]}")

    def set_action(self, text: str) -> None:
        """Show the button of the action with this text; an empty one hides it."""
        self._action.setText(text)
        self._action.setVisible(bool(text))

    def _make_line(self, model: int) -> QWidget:
        line, label = QWidget(), muted(name=f"lesson_words_{model}")
        line.hide()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(ModelMarker(model))
        row.addWidget(label, 1)
        self._lines[model] = line, label
        return line


def _add_to_page(
    page: QWidget, spacing: int, content: Sequence[QWidget | QLayout], primary: QPushButton, secondary: QPushButton
) -> None:
    """Arrange content and, below it, two buttons."""
    primary.setProperty("primary", True)
    buttons = QHBoxLayout()
    buttons.setSpacing(6)
    buttons.addWidget(primary)
    buttons.addWidget(secondary)
    buttons.addStretch(1)
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(spacing)
    for item in content:
        if isinstance(item, QWidget):
            column.addWidget(item)
        else:
            column.addLayout(item)
    column.addLayout(buttons)
    column.addStretch(1)
