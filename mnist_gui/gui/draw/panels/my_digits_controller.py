"""The drawer "My digits": what the person wrote and said what it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from mnist_gui.digits.content import Content
from mnist_gui.digits.user_digit import UserDigit, counted, split_held_out
from mnist_gui.digits.user_digit_store import UserDigitError, UserDigitStore
from mnist_gui.gui.draw.panels.panel_controller import PanelController
from mnist_gui.gui.draw.panels.thumbnail_list import Thumbnail
from mnist_gui.gui.draw.prediction_thread import PredictionResult
from mnist_gui.gui.fine_tuning_service import FineTuningService

if TYPE_CHECKING:
    from mnist_gui.gui.draw.panels.my_digits_panel import MyDigitsPanel

# Frames are drawn so many at a time, between which the window answers: each takes about a millisecond.
THUMBNAILS_TOGETHER = 8


class MyDigitsController(PanelController):
    """Keeps, shows, relabels and deletes; whatever it did last can be undone. Leads to teaching.

    Parameters
    ----------
    digits
        Of the person.
    fine_tuning
        Fine-tunes models on them.

    Signals
    -------
    message_shown(sentence: str)
        What was done, or why it could not be. It can be undone while `can_undo`.
    content_opened(content: Content, name: str)
        One of them is wanted on the canvas.
    guide_requested()
        The person wants to be led through writing.
    """

    message_shown = Signal(str)
    content_opened = Signal(object, str)
    guide_requested = Signal()

    def __init__(self, digits: UserDigitStore, fine_tuning: FineTuningService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._digits = digits
        self._fine_tuning = fine_tuning
        self._wants_to_teach = False  # once there is a panel
        fine_tuning.changed.connect(self._show_lesson)
        self._panel: MyDigitsPanel | None = None
        self._undo: Callable[[], object] | None = None
        self._without_frame: list[UserDigit] = []
        self._drawing_frames = QTimer(self, interval=0)
        self._drawing_frames.timeout.connect(self._draw_frames)

    @property
    def can_undo(self) -> bool:
        """Whether there is something to undo."""
        return self._undo is not None

    def keep(self, content: Content, label: int) -> UserDigit | None:
        """Keep what is on the canvas as a digit; return it, or None where it could not be kept."""
        kept: list[UserDigit] = []

        def add() -> str:
            kept.append(self._digits.add(replace(content, label=label)))
            self._undo = lambda: self._digits.delete([kept[0].id])
            return f"Saved as {label} in My digits"

        self._try(add)
        return kept[0] if kept else None

    def undo(self) -> None:
        """Take back what was done last."""
        undo, self._undo = self._undo, None
        if undo is not None:

            def take_back() -> str:
                undo()
                return "Undone"

            self._try(take_back)

    def make_panel(self) -> MyDigitsPanel:
        """Return the panel."""
        from mnist_gui.gui.draw.panels.my_digits_panel import MyDigitsPanel

        panel = self._panel = MyDigitsPanel(self._fine_tuning.duration_text)
        panel.relabel_requested.connect(self._relabel)
        panel.delete_requested.connect(self.delete)
        panel.teach_pressed.connect(self.offer_to_teach)
        panel.teach_requested.connect(self._teach)
        panel.lesson_acted.connect(self._fine_tuning.use_or_revert)
        panel.guide_requested.connect(self.guide_requested)
        panel.undo_requested.connect(self.undo)
        panel.opened.connect(self._open)
        return panel

    def update(self) -> None:
        """Show what the file holds."""
        if self._panel is None:
            return
        try:
            digits = tuple(reversed(self._digits.digits))
        except UserDigitError as error:
            self._panel.set_note(str(error))
            return
        shown = [Thumbnail(digit.id, digit.label, digit.frame if digit.has_frame else None) for digit in digits]
        self._panel.set_digits(shown, held_out=len(split_held_out(digits)[1]))
        self._panel.set_note(self._digits.problem)
        self._panel.set_undo("Undo" if self.can_undo else "")
        self._without_frame = [digit for digit in digits if not digit.has_frame]
        self._drawing_frames.start()
        if self._wants_to_teach:
            self.offer_to_teach()

    def offer_to_teach(self) -> None:
        """Ask which models are to be taught; where the drawer is closed, once it is opened."""
        self._wants_to_teach = not self.is_open
        if self.is_open and self._panel is not None:
            self._panel.offer_teaching(self._fine_tuning.summary(), self._fine_tuning.candidates())

    def _teach(self, models: tuple[int, ...]) -> None:
        problem = self._fine_tuning.start(models)
        if problem:
            self._undo = None
            self.message_shown.emit(problem)

    def _show_lesson(self) -> None:
        if self._panel is not None:
            lines = {model: outcome.text for model, outcome in self._fine_tuning.outcomes.items()}
            self._panel.show_lesson(lines, self._fine_tuning.action)

    def follow(self, answered: PredictionResult | None) -> None:
        """Care nothing for what is on the canvas."""

    def _draw_frames(self) -> None:
        some = self._without_frame[:THUMBNAILS_TOGETHER]
        self._without_frame = self._without_frame[THUMBNAILS_TOGETHER:]
        if not some or self._panel is None:
            self._drawing_frames.stop()
            return
        self._panel.set_frames({digit.id: digit.frame for digit in some})

    def _relabel(self, ids: tuple[str, ...], label: int) -> None:
        def relabel() -> str:
            before = self._digits.relabel(dict.fromkeys(ids, label))
            self._undo = lambda: self._digits.relabel(before)
            return f"{counted(len(before))} relabelled {label}"

        self._try(relabel)

    def delete(self, ids: tuple[str, ...]) -> None:
        """Delete some of them."""

        def delete() -> str:
            deleted = self._digits.delete(ids)
            self._undo = lambda: self._digits.restore(deleted)
            return f"{counted(len(deleted))} deleted"

        self._try(delete)

    def _open(self, identity: str) -> None:
        digit = next((digit for digit in self._digits.digits if digit.id == identity), None)
        if digit is not None:
            self.content_opened.emit(digit.content, "My digit")

    def _try(self, change: Callable[[], str]) -> None:
        try:
            sentence = change()
        except UserDigitError as error:
            self._undo = None
            sentence = str(error)
        if self.is_open:
            self.update()
        self.message_shown.emit(sentence)
