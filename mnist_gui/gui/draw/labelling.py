"""What the user says that digits are: labels, digits that are kept, and the undoing of either."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from mnist_gui.gui.draw.digit_editor import DigitEditor
from mnist_gui.gui.draw.draw_layout import DrawLayout
from mnist_gui.gui.draw.multi_digit import ALL_DIGITS, COPY_TEXT, KEEP, KEEP_ALL
from mnist_gui.gui.draw.panels.my_digits_controller import MyDigitsController
from mnist_gui.gui.draw.prediction_presenter import UNDO, DrawState


class Labelling(QObject):
    """Labels the content, or the selected one of several digits, and keeps it in My digits.

    Parameters
    ----------
    layout
        Has the canvas, the label row, the palette of a digit, and the buttons of the note.
    my_digits
        Keeps digits.
    state
        Returns the state of the Draw tab.

    Attributes
    ----------
    digits
        Corrects several digits.

    Signals
    -------
    message_shown(text: str, action: str)
        Outcome of a command, and the button that undoes it; empty where nothing can be undone.
    label_stored(label: int | None)
        The label under which My digits has the labelled content.
    """

    message_shown = Signal(str, str)
    label_stored = Signal(object)

    def __init__(self, layout: DrawLayout, my_digits: MyDigitsController, state: Callable[[], DrawState]) -> None:
        super().__init__(layout)
        self._canvas, self._my_digits, self._state = layout.canvas, my_digits, state
        self.digits = editor = DigitEditor(lambda: state().digits, my_digits, self)
        editor.message_shown.connect(self._on_digits_edited)
        my_digits.message_shown.connect(self._on_my_digits_changed)
        self._canvas.digit_selected.connect(editor.select)
        self._canvas.digit_rejected.connect(editor.reject)
        self._canvas.digit_removed.connect(editor.remove)
        layout.digit_palette.labelled.connect(editor.label)
        layout.digit_palette.rejected.connect(editor.reject)
        layout.digit_palette.removed.connect(editor.remove)
        layout.label_row.labelled.connect(self._on_labelled)
        layout.verdict_bar.action_triggered.connect(self._on_action_triggered)

    def undo(self) -> None:
        """Undo the last command."""
        if self.digits.can_undo:
            self.digits.undo()
        else:
            self._my_digits.undo()

    def _show_message(self, text: str, *, can_undo: bool = False) -> None:
        self.message_shown.emit(text, UNDO if can_undo else "")

    def _on_digits_edited(self, text: str) -> None:
        self._show_message(text, can_undo=self.digits.can_undo)

    def _on_my_digits_changed(self, text: str) -> None:
        self.digits.forget()
        self.digits.update_kept()
        content = self._canvas.content
        if content.label is not None:
            self.label_stored.emit(self._my_digits.label_of(content))
        self._show_message(text, can_undo=self._my_digits.can_undo)

    def _on_action_triggered(self, action: str) -> None:
        editor = self.digits
        commands: dict[str, Callable[[], None]] = {
            UNDO: self.undo,
            COPY_TEXT: editor.copy_text,
            KEEP: editor.keep,
            KEEP_ALL: editor.keep_all,
            ALL_DIGITS: lambda: editor.select(None),
        }
        commands.get(action, editor.read_otherwise)()

    def _on_labelled(self, label: int) -> None:
        content, digits = self._canvas.content, self._state().digits
        if self._canvas.is_drawing:
            self._show_message("Lift the pen first, then say what the digit was.")
        elif content.is_blank:
            self._show_message("Draw a digit first, then say what it was.")
        elif digits.selected is not None:
            self.digits.label(label)
        elif digits.digits:
            self._show_message("These are several digits: choose one by a click or an arrow key first.")
        else:
            self._my_digits.set_label(content, label)
