"""The user's corrections of several digits: labels, removed boxes, copied text, digits that are kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from mnist_gui.digits.content import Content
from mnist_gui.digits.picture import Picture
from mnist_gui.gui.draw.multi_digit import DigitGroup, FoundDigit
from mnist_gui.gui.draw.panels.my_digits_controller import MyDigitsController
from mnist_gui.wording import plural


class DigitEditor(QObject):
    """Changes the group of digits at the user's commands, with one level of undo.

    Parameters
    ----------
    group
        Returns the group as it is shown.
    my_digits
        Keeps digits.

    Signals
    -------
    changed(group: DigitGroup)
        The group after a command.
    message_shown(sentence: str)
        Outcome of a command; it can be undone while `can_undo`.
    """

    changed = Signal(object)
    message_shown = Signal(str)

    def __init__(
        self, group: Callable[[], DigitGroup], my_digits: MyDigitsController, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._group = group
        self._my_digits = my_digits
        self._before: DigitGroup | None = None  # the last command
        self._has_kept = False  # by the last command
        self._edited = DigitGroup()  # with what the user said last, which outlives a further stroke

    @property
    def can_undo(self) -> bool:
        """Whether the last command can be undone."""
        return self._before is not None

    def forget(self) -> None:
        """Undo nothing any more: another command came after."""
        self._before = None

    def set_found(self, group: DigitGroup) -> None:
        """Show the digits that were found; those that the user has labelled before keep their labels."""
        self.changed.emit(group.with_labels_of(self._edited))

    def select(self, index: int | None, is_clicked: bool = False) -> None:
        """Select a digit, with the palette if it was clicked, or none."""
        self.changed.emit(self._group().select(index, has_palette=is_clicked))

    def label(self, label: int) -> None:
        """Say what the selected digit is."""
        group = self._group()
        if group.index is not None and group.selected is not None:
            is_right = label == group.selected.predicted
            text = (
                f"{group.position}: {label}, as it was read" if is_right else f"{group.position}: corrected to {label}"
            )
            self._change(group.change({group.index}, label=label, is_rejected=False, is_kept=False), text)

    def reject(self) -> None:
        """Say that the selected digit is none."""
        group = self._group()
        if group.index is not None:
            changed = group.change({group.index}, label=None, is_rejected=True, is_kept=False)
            self._change(changed, f"{group.position}: not a digit, left out of the text")

    def remove(self) -> None:
        """Remove the box of the selected digit."""
        group = self._group()
        if group.index is not None:
            self._change(group.without_selected(), "Box removed")

    def read_otherwise(self) -> None:
        """Read the content as one digit instead of several, or the other way round."""
        self.changed.emit(self._group().read_otherwise())

    def copy_text(self) -> None:
        """Copy the text, each line of digits as a line."""
        lines = self._group().lines
        self.forget()
        QGuiApplication.clipboard().setText("\n".join(lines))
        where = f" in {len(lines)} lines" if len(lines) > 1 else ""
        count = sum(map(str.isdigit, "".join(lines)))
        self.message_shown.emit(f"Copied {plural(count, 'digit')}{where} as text")

    def keep(self) -> None:
        """Put the selected digit into My digits, with the user's label or the predicted one."""
        group = self._group()
        if group.index is not None and group.selected is not None and group.selected.text.isdigit():
            self._keep({group.index: int(group.selected.text)})

    def keep_all(self) -> None:
        """Put all digits into My digits that are clearly read or labelled."""
        digits = self._group().digits
        labels = {index: digit.label_to_keep for index, digit in enumerate(digits)}
        unclear = sum(digit.digit is not None and digit.label_to_keep is None for digit in digits)
        remark = f"; {unclear} unclear: say what {'it is' if unclear == 1 else 'they are'}" if unclear else ""
        self._keep({index: label for index, label in labels.items() if label is not None}, remark)

    def update_kept(self) -> None:
        """Show which digits are in My digits after a change there."""
        labels = self._my_digits.labels()
        self._edited = self._edited.with_stored(labels)
        group = self._group()
        stored = group.with_stored(labels)
        if stored is not group:
            self.changed.emit(stored)

    def undo(self) -> None:
        """Undo the last command."""
        before, has_kept = self._before, self._has_kept
        if before is None:
            return
        self.forget()  # first: what is said next cannot be undone
        if has_kept:
            self._my_digits.undo()
        else:
            self.message_shown.emit("Undone")
        self._edited = before
        self.changed.emit(before)

    def _keep(self, labels: dict[int, int], remark: str = "") -> None:
        group = self._group()
        labelled = [(_content_to_keep(group.digits[index]), label) for index, label in labels.items()]
        ids = self._my_digits.keep(labelled, remark)
        if ids:
            kept = group
            for index, stored_id in zip(labels, ids, strict=True):
                kept = kept.change({index}, stored_id=stored_id, is_kept=True)
            self._before, self._has_kept = (group, True) if self._my_digits.can_undo else (None, False)
            self._edited = kept
            self.changed.emit(kept)

    def _change(self, group: DigitGroup, text: str) -> None:
        self._before, self._has_kept = self._group(), False
        self._edited = group
        self.changed.emit(group)
        self.message_shown.emit(text)


def _content_to_keep(digit: FoundDigit) -> Content:
    """Return the ink of one digit: of a page, only its frame."""
    if isinstance(digit.result.content, Picture):
        return Picture.from_mnist(np.rint(digit.result.frame * 255).astype(np.uint8))
    return replace(digit.result.content, label=None)
