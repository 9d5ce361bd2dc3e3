"""Controller of the My digits panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QDeadlineTimer, QObject, QTimer, Signal

from mnist_gui.digits.content import Content
from mnist_gui.digits.user_digit import UserDigit, split_held_out
from mnist_gui.digits.user_digit_store import UserDigitError, UserDigitStore
from mnist_gui.gui.answerers import Answerer
from mnist_gui.gui.background import LatestTask
from mnist_gui.gui.draw.panels.panel_controller import DRAW_FIRST, PanelController
from mnist_gui.gui.draw.prediction_thread import PredictionResult
from mnist_gui.gui.fine_tuning_service import FineTuningService
from mnist_gui.wording import plural

if TYPE_CHECKING:
    from mnist_gui.gui.draw.panels.my_digits_panel import MyDigitsPanel

Undo = Callable[[], object]

ENDED = "Teaching has ended: “What changed” in My digits shows what it did."
PROGRESS_MS = 1_000  # interval of the time left
BATCH_SIZE = 8  # frames rendered between two events of the window; each takes about a millisecond


class MyDigitsController(PanelController):
    """Adds, lists, relabels and deletes the user's digits, with one level of undo, and starts fine-tuning on them.

    Parameters
    ----------
    digits
        The user's digits.
    fine_tuning
        Fine-tunes models on them.

    Signals
    -------
    message_shown(sentence: str)
        Outcome of a change or why it failed; it can be undone while `can_undo`.
    content_opened(content: Content, name: str)
        The user wants a digit on the canvas.
    writing_session_requested()
    fine_tuning_ended(sentence: str)
        Fine-tuning has ended while its outcomes are not shown.
    """

    message_shown = Signal(str)
    content_opened = Signal(object, str)
    writing_session_requested = Signal()
    fine_tuning_ended = Signal(str)

    def __init__(self, digits: UserDigitStore, fine_tuning: FineTuningService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._digits = digits
        self._fine_tuning = fine_tuning
        self._panel: MyDigitsPanel | None = None
        self._model_choice_pending = False  # until the panel is open
        self._undo: Undo | None = None
        self._change_text = ""  # what would be undone
        self._unframed: list[UserDigit] = []
        self._framing_timer = QTimer(self, interval=0)
        self._framing_timer.timeout.connect(self._render_frames)
        self._progress_timer = QTimer(self, singleShot=True, interval=PROGRESS_MS)
        self._progress_timer.timeout.connect(self._show_progress)
        self._was_busy = False
        self._counting = LatestTask(self)
        fine_tuning.changed.connect(self._show_outcomes)
        fine_tuning.progressed.connect(self._show_progress)

    @property
    def can_undo(self) -> bool:
        """Whether the last change can be undone."""
        return self._undo is not None

    def shut_down(self, deadline: QDeadlineTimer) -> bool:
        """End the thread that counts misread digits; return whether it ended in time."""
        return self._counting.shut_down(deadline)

    def make_panel(self) -> MyDigitsPanel:
        """Return the panel."""
        from mnist_gui.gui.draw.panels.my_digits_panel import MyDigitsPanel

        panel = self._panel = MyDigitsPanel(self._fine_tuning.duration_text)
        panel.relabel_requested.connect(self._relabel)
        panel.delete_requested.connect(self.delete)
        panel.undo_requested.connect(self.undo)
        panel.digit_opened.connect(self._open)
        panel.model_choice_requested.connect(self.offer_model_choice)
        self._counting.finished_with.connect(panel.choice.set_misread)
        panel.choice.models_chosen.connect(self._start_fine_tuning)
        panel.outcomes.action_triggered.connect(self._fine_tuning.use_or_undo)
        panel.outcomes.stop_requested.connect(self._fine_tuning.stop)
        panel.writing_session_requested.connect(self.writing_session_requested)
        return panel

    def set_result(self, result: PredictionResult | None, reason: str = DRAW_FIRST) -> None:
        """Ignore the content of the canvas."""

    def set_answerers(self, answerers: Sequence[Answerer]) -> None:
        """Offer these runs for fine-tuning, if the user chooses them now."""
        if self.is_open:
            self._update_model_choice()

    def update(self) -> None:
        """Show the stored digits; missing frames are rendered between events."""
        if self._panel is None:
            return
        try:
            digits = tuple(reversed(self._digits.digits))
        except UserDigitError as error:
            self._panel.set_note(str(error))
            return
        from mnist_gui.gui.draw.panels.thumbnail_list import Thumbnail  # launching does not wait for it

        thumbnails = [Thumbnail(digit.id, digit.label, digit.frame if digit.has_frame else None) for digit in digits]
        self._panel.set_digits(thumbnails, held_out=len(split_held_out(digits)[1]))
        self._panel.set_note(self._digits.problem)
        self._panel.set_undo(f"Undo: {self._change_text}" if self.can_undo else "")
        self._unframed = [digit for digit in digits if not digit.has_frame]
        self._framing_timer.start()
        if self._model_choice_pending:
            self.offer_model_choice()
        else:
            self._update_model_choice()

    def _render_frames(self) -> None:
        batch, self._unframed = self._unframed[:BATCH_SIZE], self._unframed[BATCH_SIZE:]
        if not batch or self._panel is None:
            self._framing_timer.stop()
            return
        self._panel.set_frames({digit.id: digit.frame for digit in batch})

    # -- changes

    def set_label(self, content: Content, label: int) -> None:
        """Store content as a digit of that label, or relabel the stored digit that it is."""
        stored = self._digits.find(content)
        if stored is None:
            self.add(content, label)
        elif stored.label == label:
            self._change(lambda: (f"Already in My digits as {label}", None))
        else:
            self._relabel((stored.id,), label)

    def keep(self, labelled: Sequence[tuple[Content, int]], remark: str = "") -> list[str]:
        """Store contents with their labels, each once; return their ids, or none if they could not be stored.

        Parameters
        ----------
        labelled
            Contents and their labels. One that is stored with another label is relabelled.
        remark
            Added to the message.
        """
        ids: list[str] = []
        added: list[str] = []
        before: dict[str, int] = {}

        def undo() -> None:
            self._digits.delete(added)
            self._digits.relabel(before)

        def keep() -> tuple[str, Undo | None]:
            try:
                for content, label in labelled:
                    stored = self._digits.find(content)
                    if stored is None:
                        stored = self._digits.add(replace(content, label=label))
                        added.append(stored.id)
                    elif stored.label != label:
                        before.update(self._digits.relabel({stored.id: label}))
                    ids.append(stored.id)
            except UserDigitError:
                undo()
                raise
            changes = (
                f"{plural(len(added), 'digit')} saved in My digits",
                f"{plural(len(before), 'digit')} relabelled",
            )
            texts = [text for text, count in zip(changes, (added, before), strict=True) if count]
            return ", ".join(texts or ["Already in My digits"]) + remark, undo if texts else None

        return ids if self._change(keep) else []

    def labels(self) -> dict[str, int]:
        """Return the labels of all stored digits by id."""
        return {digit.id: digit.label for digit in self._digits.digits}

    def label_of(self, content: Content) -> int | None:
        """Return the label under which a content is stored; its own one if it is not stored."""
        stored = self._digits.find(content)
        return content.label if stored is None else stored.label

    def add(self, content: Content, label: int) -> UserDigit | None:
        """Store content as a digit of that label; return the digit, or None after an error."""
        added: list[UserDigit] = []

        def add() -> tuple[str, Undo]:
            digit = self._digits.add(replace(content, label=label))
            added.append(digit)
            return f"Saved as {label} in My digits", lambda: self._digits.delete([digit.id])

        self._change(add)
        return added[0] if added else None

    def delete(self, ids: tuple[str, ...]) -> None:
        """Delete digits."""

        def delete() -> tuple[str, Undo]:
            deleted = self._digits.delete(ids)
            return f"{plural(len(deleted), 'digit')} deleted", lambda: self._digits.restore(deleted)

        self._change(delete)

    def undo(self) -> None:
        """Undo the last change."""
        undo = self._undo
        if undo is not None:

            def take_back() -> tuple[str, None]:
                undo()
                return "Undone", None

            self._change(take_back)

    def _relabel(self, ids: tuple[str, ...], label: int) -> None:
        def relabel() -> tuple[str, Undo]:
            before = self._digits.relabel(dict.fromkeys(ids, label))
            return f"{plural(len(before), 'digit')} relabelled {label}", lambda: self._digits.relabel(before)

        self._change(relabel)

    def _change(self, change: Callable[[], tuple[str, Undo | None]]) -> bool:
        """Call a function that changes the store and returns a message and how to undo it; return whether it could."""
        is_done = True
        try:
            sentence, self._undo = change()
        except UserDigitError as error:
            sentence, self._undo, is_done = str(error), None, False
        self._change_text = sentence
        if self.is_open:
            self.update()
        self.message_shown.emit(sentence)
        return is_done

    def _open(self, digit_id: str) -> None:
        digit = next((digit for digit in self._digits.digits if digit.id == digit_id), None)
        if digit is not None:
            self.content_opened.emit(digit.content, "My digit")

    # -- fine-tuning

    def offer_model_choice(self) -> None:
        """Let the user choose the models to fine-tune, at once or when the panel is opened."""
        self._model_choice_pending = not self.is_open
        if self.is_open and self._panel is not None:
            self._panel.show_model_choice(self._fine_tuning.summary(), self._fine_tuning.candidates())
            self._counting.start(self._fine_tuning.misread_task())

    def _update_model_choice(self) -> None:
        """Keep an open choice true: digits were added or relabelled meanwhile, or other runs answer."""
        if self._panel is not None and self._panel.shows_model_choice:
            service = self._fine_tuning
            self._panel.choice.set_candidates(service.summary(), service.candidates(), keep_choice=True)
            self._counting.start(service.misread_task())

    def _start_fine_tuning(self, models: tuple[int, ...]) -> None:
        problem = self._fine_tuning.start(models)
        if self._panel is not None and self._fine_tuning.is_busy:
            self._panel.show_outcomes()
        if problem:
            self._undo = None
            self.message_shown.emit(problem)

    def _show_outcomes(self) -> None:
        service, panel = self._fine_tuning, self._panel
        if panel is None:
            return
        panel.outcomes.set_outcomes(service.outcomes, service.action)
        panel.offer_outcomes("Teaching…" if service.is_busy else "What changed" if service.outcomes else "")
        self._show_progress()
        if self._was_busy and not service.is_busy and not (self.is_open and panel.shows_outcomes):
            self.fine_tuning_ended.emit(ENDED)
        self._was_busy = service.is_busy

    def _show_progress(self) -> None:
        """Show the progress now and, while there is any, again every second: the time left passes between events."""
        service, panel = self._fine_tuning, self._panel
        if panel is None:
            return
        progress = service.progress
        if progress is None or not service.is_busy:
            self._progress_timer.stop()
            panel.outcomes.set_progress(None)
            return
        panel.outcomes.set_progress(progress.fraction, progress.seconds_left, can_stop=service.can_stop)
        self._progress_timer.start()
