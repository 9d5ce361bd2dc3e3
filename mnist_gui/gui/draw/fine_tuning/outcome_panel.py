"""How teaching goes, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mnist_gui.gui.widgets.form_controls import muted, push_button
from mnist_gui.gui.widgets.model_marker import ModelMarker
from mnist_gui.runs.store import MODELS


class OutcomePanel(QWidget):
    """A line for each model that is taught, and what can be done once it was.

    Signals
    -------
    action_triggered()
        The button was pressed whose words `set_action` gave.
    dismissed()
        The person has read it.
    """

    action_triggered = Signal()
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._said: dict[int, tuple[QWidget, QLabel]] = {}  # line and words of each model
        lines = QVBoxLayout()
        lines.setSpacing(4)
        for model in MODELS:
            lines.addWidget(self._line(model))
        self._action = push_button("", "lesson_action")
        self._action.setProperty("primary", True)
        self._action.clicked.connect(self.action_triggered)
        self._action.hide()
        close = push_button("Show my digits", "close_lesson")
        close.clicked.connect(self.dismissed)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self._action)
        buttons.addWidget(close)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(lines)
        column.addLayout(buttons)
        column.addStretch(1)
        self.setAccessibleName("What teaching changed")

    def set_lines(self, lines: Mapping[int, str]) -> None:
        """Say how it stands with each model, by its number."""
        for model, (line, words) in self._said.items():
            line.setVisible(model in lines)
            if model in lines:
                line.setAccessibleName(f"Model {model}: {lines[model]}")
                words.setText(f"Model {model}: {lines[model]}")

    def set_action(self, words: str) -> None:
        """Offer something to do with what was taught; empty for nothing."""
        self._action.setText(words)
        self._action.setVisible(bool(words))

    def _line(self, model: int) -> QWidget:
        line, words = QWidget(), muted(name=f"lesson_words_{model}")
        line.hide()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(ModelMarker(model))
        row.addWidget(words, 1)
        self._said[model] = line, words
        return line
