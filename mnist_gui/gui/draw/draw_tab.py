"""The Draw tab: a digit on the canvas, what three models make of it, and the frame that they really saw."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QHideEvent, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from mnist_gui.digits.content import Content
from mnist_gui.digits.dataset import Dataset
from mnist_gui.digits.picture import Picture
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui import theme
from mnist_gui.gui.draw.content_export import ContentExporter
from mnist_gui.gui.draw.content_import import ContentImporter
from mnist_gui.gui.draw.draw_layout import DrawLayout
from mnist_gui.gui.draw.fine_tuning.writing_session import WritingSession
from mnist_gui.gui.draw.multi_digit import MultiDigit
from mnist_gui.gui.draw.panels.explanation_thread import ExplanationThread
from mnist_gui.gui.draw.panels.panels import PanelSet
from mnist_gui.gui.draw.prediction_image import answer_picture
from mnist_gui.gui.draw.prediction_presenter import UNDO, PredictionPresenter
from mnist_gui.gui.draw.prediction_thread import PredictionResult, PredictionThread
from mnist_gui.gui.draw.run_menu import open_run_menu
from mnist_gui.gui.fine_tuning_service import FineTuningService
from mnist_gui.models.inference.predictor import EnsemblePrediction, verdict
from mnist_gui.runs.record import RunError
from mnist_gui.runs.store import RunStore

FILES = "Pictures and drawings (*.png *.jpg *.jpeg *.bmp *.gif *.webp *.tif *.tiff *.json *.jsonl);;All files (*)"
# So long after the pen went up, what the models refuse is called so.
SETTLING_MS = 400


class DrawTab(DrawLayout):
    """Connects the canvas to the prediction thread, and its answers to the cards and the drawers.

    Parameters
    ----------
    worker
        Not started yet: it says only once that its models are loaded.
    explainer
        That computes what the drawers show; not started yet.
    store
        Where the runs are, and the choice of those that answer.
    load_dataset
        Returns MNIST; called in a thread when the first test digit is wanted.
    my_digits
        Where a digit is kept when the person says what it was.
    fine_tuning
        Fine-tunes models on the digits kept there.

    Signals
    -------
    runs_changed()
        Another run answers for some model.
    frame_changed(frame: NDArray[np.float32] | None)
        The (28, 28) frame of what is on the canvas; None where there is no ink.
    """

    runs_changed = Signal()
    frame_changed = Signal(object)

    def __init__(
        self,
        worker: PredictionThread,
        explainer: ExplanationThread,
        store: RunStore,
        load_dataset: Callable[[], Dataset],
        my_digits: UserDigitStore,
        fine_tuning: FineTuningService,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._worker = worker
        self._explainer = explainer
        self._store = store
        self._importer = ContentImporter(load_dataset, self)
        self._exporter = ContentExporter(lambda: self.canvas.pen_width, self)
        self._several = MultiDigit(worker, self)
        self._drawers = PanelSet(self, worker, explainer, my_digits, fine_tuning)
        self._hand_lesson = WritingSession(self, my_digits, self._drawers.my_digits)
        self._display = PredictionPresenter(
            self.cards,
            self.strip,
            self._several,
            can_undo=lambda: self._drawers.my_digits.can_undo,
            pen_width=lambda: self.canvas.pen_width,
        )
        self._requested = 0
        self._oldest = 0  # answers to earlier requests are about something that is gone
        self._announced = 0
        self._latest: PredictionResult | None = None
        self._pen_is_down = False  # until the stroke is over, its last content_changed included
        self._settling = QTimer(self, singleShot=True, interval=SETTLING_MS)
        self._settling.timeout.connect(self._settle)

        self._connect()
        fine_tuning.use_requested.connect(self.use_run)
        self.refresh_runs()

    # -- what others may ask

    @property
    def content(self) -> Content:
        """What is on the canvas."""
        return self.canvas.content

    @property
    def frame(self) -> NDArray[np.float32] | None:
        """The (28, 28) frame that the models last answered; None where there is no ink."""
        return self._latest.frame if self._latest is not None and self._latest.answer is not None else None

    def show_content(self, content: Content, name: str = "") -> None:
        """Put something on the canvas; undo brings back what was there. The name is for the note."""
        self.canvas.set_content(content)
        # Asked for again: the canvas may have fitted it.
        self._display.note.name(self.canvas.content, name)
        self._show_note()

    def restore(self, content: Content) -> None:
        """Show what an earlier session left; there is nothing to undo."""
        self.canvas.restore(content)

    def use_run(self, model: int, name: str | None) -> None:
        """Let a run answer for its model; None goes back to the shipped one."""
        try:
            self._store.activate(model, name)
        except RunError as error:
            self._say(str(error))
            return
        self._display.note.message = ""
        self.reload_runs()
        self.runs_changed.emit()

    def reload_runs(self) -> None:
        """Let those runs answer that are chosen now."""
        self._worker.reload()
        self._explainer.reload()
        self.refresh_runs()

    def refresh_runs(self) -> None:
        """Look again which run answers for each model."""
        self._display.look_at_runs(self._store)
        self._show()

    def open_file(self, path: Path) -> None:
        """Show the digit in a picture, or the first drawing of a file; undo brings back what was there."""
        self._importer.open_file(path)

    def save_to(self, path: Path) -> None:
        """Write what is on the canvas; the suffix says how."""
        self._exporter.save(self.content, path)

    def paste(self) -> None:
        """Show the digit on the clipboard."""
        self._importer.take(QGuiApplication.clipboard().mimeData())

    def shut_down(self) -> None:
        """Wait for what is being read."""
        self._drawers.shut_down()
        self._importer.shut_down()

    # -- putting it together

    def _connect(self) -> None:
        self.canvas.content_changed.connect(self._content_changed)
        self.canvas.stroke_started.connect(self._stroke_started)
        self.canvas.stroke_ended.connect(self._stroke_ended)
        self.canvas.history_changed.connect(self._history_changed)
        self.canvas.tool_changed.connect(self._tool_changed)
        self._worker.loaded.connect(self._loaded)
        self._worker.answered.connect(self._answered)
        self._worker.failed.connect(self._failed)
        self._importer.content_read.connect(self.show_content)
        self._importer.message_shown.connect(self._say)
        self._exporter.message_shown.connect(self._say)
        self._importer.loading_changed.connect(self._loading_changed)
        self._several.changed.connect(self._part_changed)
        self._drawers.stressed.connect(self._stressed)
        self._drawers.my_digits.message_shown.connect(self._say)
        self._drawers.my_digits.content_opened.connect(self.show_content)
        self._drawers.my_digits.guide_requested.connect(self._hand_lesson.start)
        self._hand_lesson.asked.connect(self._invite)
        self._hand_lesson.finished.connect(self._offer_to_teach)
        self.strip.action_triggered.connect(self._act)
        self.answer_row.labelled.connect(self._keep_digit)
        for model, card in self.cards.items():
            card.run_menu_requested.connect(partial(open_run_menu, self._store, model, card.run_button, self.use_run))
        for action, slot in (
            (self.pen_action, partial(self.canvas.set_tool, "pen")),
            (self.eraser_action, partial(self.canvas.set_tool, "eraser")),
            (self.undo_action, self.canvas.undo),
            (self.redo_action, self.canvas.redo),
            (self.clear_action, self.canvas.clear),
            (self.random_action, self._importer.fetch_test_digit),
            (self.open_action, self._ask_what_to_open),
            (self.paste_action, self.paste),
            (self.save_action, lambda: self._exporter.save_as(self.content)),
            (self.copy_action, lambda: self._exporter.copy(self.content)),
            (self.save_answer_action, lambda: self._exporter.save_image_as(self._answer_picture())),
            (self.copy_answer_action, lambda: self._exporter.copy_image(self._answer_picture())),
        ):
            action.triggered.connect(lambda _checked, call=slot: call())
        self._history_changed()

    # -- what the canvas says

    def _content_changed(self, content: Content) -> None:
        self._display.note.message = ""
        self._several.forget()
        if self._display.ready:
            self._display.failure = ""
        self._requested = self._worker.request(content)
        if not self.canvas.is_drawing:
            self._oldest = self._requested
            self._settling.stop()  # unless it is the end of a stroke, which starts it again
        if content.is_blank:
            self._oldest = self._requested
            self._forget_answer()
        self._show()

    def _stroke_started(self) -> None:
        self._pen_is_down = True
        self._settling.stop()

    def _stroke_ended(self) -> None:
        self._pen_is_down = False
        self._settling.start()

    def _settle(self) -> None:
        """Say what may be said now that the pen rests."""
        self._look_for_several()
        self._drawers.follow(self._several.part or self._latest)
        self._show()

    def _history_changed(self) -> None:
        self.undo_action.setEnabled(self.canvas.can_undo)
        self.redo_action.setEnabled(self.canvas.can_redo)

    def _tool_changed(self, tool: str) -> None:
        (self.pen_action if tool == "pen" else self.eraser_action).setChecked(True)

    def _loading_changed(self, loading: bool) -> None:
        self.random_action.setIconText("Loading…" if loading else self.random_action.text())
        self.random_action.setEnabled(not loading)

    # -- what the prediction thread says

    def _loaded(self, problems: tuple[str, ...]) -> None:
        self._display.ready = True
        self._display.failure = ""
        self._display.note.problems = problems
        self._oldest = self._requested = self._worker.request(self.content)
        self.refresh_runs()

    def _answered(self, answered: PredictionResult) -> None:
        if answered.serial < self._oldest:
            return
        self._latest = answered
        self._display.failure = ""
        self._look_for_several()
        self._study(answered)
        self.frame_changed.emit(self.frame)
        self._show()

    def _failed(self, sentence: str) -> None:
        self._display.failure = sentence
        self._forget_answer()
        self._show()

    def _forget_answer(self) -> None:
        self._latest = None
        self._several.forget()
        self._study(None)
        self.frame_changed.emit(None)

    # -- what is looked at more closely

    def _study(self, answered: PredictionResult | None) -> None:
        """Show the frame of an answer, and let the drawers look at it."""
        has_ink = answered is not None and answered.answer is not None
        self.frame_view.set_frame(answered.frame if answered and has_ink else None)
        if answered is not None:
            self.explain_frame(as_it_is=isinstance(answered.content, Picture) and answered.content.framed)
        self._display.stressed = None
        self._drawers.follow(answered, pen_is_down=self._pen_is_down)

    def _look_for_several(self) -> None:
        if self._is_settled and self._latest is not None and self._latest.content is self.content:
            self._several.look(self._latest)

    def _part_changed(self) -> None:
        if self._latest is not None:
            self._study(self._several.part or self._latest)
            self._show()

    def _stressed(self, answer: EnsemblePrediction | None, how: str) -> None:
        before = self._display.stressed
        self._display.stressed = None if answer is None else (answer, how)
        if before is not None or answer is not None:
            self._show()

    def _keep_digit(self, label: int) -> None:
        if self.content.is_blank:
            self._say("Draw a digit first, then say what it was.")
        elif self._several.part is not None:
            self._drawers.my_digits.keep(self._several.part.content, label)
        elif self._several.are_there:
            self._say("These are several digits: press “Answer each”, then say what each one was.")
        else:
            self._drawers.my_digits.keep(self.content, label)

    def _invite(self, words: str) -> None:
        self._display.invitation = words
        self.canvas.set_invitation(words)
        self._show()

    def _offer_to_teach(self) -> None:
        self._say("All are written. Choose which models learn them.")
        self._drawers.my_digits.offer_to_teach()
        self.drawer.open("my_digits")

    def _act(self, action: str) -> None:
        if action == UNDO:
            self._drawers.my_digits.undo()
        else:
            self._several.step()

    # -- what the person sees

    @property
    def _is_settled(self) -> bool:
        return not (self._pen_is_down or self._settling.isActive())

    def _show(self) -> None:
        """Bring cards, verdict and note in line with the latest answer."""
        self._display.show(self.content, self._latest, settled=self._is_settled)
        latest = self._latest.answer if self._latest else None
        self.answer_row.set_answer(latest.ensemble.digit if latest else None)
        if self._is_settled:
            self._announce_once()

    def _show_note(self) -> None:
        self._display.show_note(self.content, self._latest)

    def _say(self, sentence: str) -> None:
        self._display.note.message = sentence
        self._show_note()
        self.strip.announce()

    def _announce_once(self) -> None:
        done = self.content.is_blank or (self._latest is not None and self._latest.serial == self._requested)
        if done and self._announced != self._requested:
            self._announced = self._requested
            self.strip.announce()

    def _answer_picture(self) -> QImage | None:
        """Return a picture of what is answered and shown; None where nothing is."""
        shown = self._several.part or self._latest
        if shown is None or shown.answer is None:
            return None
        refused = verdict(shown.answer) != "digit"
        content, pen = shown.content, self.canvas.pen_width
        colors = theme.colors_of(self)
        return answer_picture(content, shown.frame, shown.answer, self.strip.text, colors, pen_width=pen, muted=refused)

    # -- what comes from elsewhere

    def _ask_what_to_open(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open a picture or a drawing", "", FILES)
        if path:
            self.open_file(Path(path))

    # -- Qt

    def hideEvent(self, event: QHideEvent) -> None:
        """Take back what was said; who comes back knows it, or no longer cares."""
        super().hideEvent(event)
        if not event.spontaneous():  # a window that is minimized keeps it
            self._display.note.message = ""
            self._show_note()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and pictures."""
        if event.mimeData().hasUrls() or event.mimeData().hasImage():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Show the digit in what is dropped."""
        self._importer.take(event.mimeData(), dropped=True)
        event.acceptProposedAction()
