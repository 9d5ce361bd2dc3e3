"""The Draw tab: a digit on the canvas, what three models make of it, and the frame that they really saw."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QHideEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from mnist_gui.digits.dataset import Dataset
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.picture import Picture
from mnist_gui.gui.content_reader import ContentReader
from mnist_gui.gui.draw_note import DrawNote
from mnist_gui.gui.draw_view import DrawView
from mnist_gui.gui.run_menu import open_run_menu
from mnist_gui.gui.widgets.prediction_card import PredictionCard
from mnist_gui.gui.widgets.verdict_strip import INVITATION, KEEP_DRAWING, LOADING, verdict_text
from mnist_gui.gui.workers import Answered, Content, PredictionWorker
from mnist_gui.models.calibration import verdict
from mnist_gui.models.predictor import Answer
from mnist_gui.runs.record import RunError
from mnist_gui.runs.store import RunStore

FILES = "Pictures and drawings (*.png *.jpg *.jpeg *.bmp *.gif *.webp *.tif *.tiff *.json *.jsonl);;All files (*)"
NO_RUN = "No run: train one"
# So long after the pen went up, what the models refuse is called so.
SETTLING_MS = 400


class DrawTab(DrawView):
    """Connects the canvas to the prediction thread, and its answers to the cards.

    Parameters
    ----------
    worker
        Not started yet: it says only once that its models are loaded.
    store
        Where the runs are, and the choice of those that answer.
    load_dataset
        Returns MNIST; called in a thread when the first test digit is wanted.

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
        worker: PredictionWorker,
        store: RunStore,
        load_dataset: Callable[[], Dataset],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._worker = worker
        self._store = store
        self._reader = ContentReader(load_dataset, self)
        self._note = DrawNote()
        self._failure = ""
        self._ready = False
        self._requested = 0
        self._oldest = 0  # answers to earlier requests are about something that is gone
        self._announced = 0
        self._latest: Answered | None = None
        self._shipped: dict[int, str] = {}
        self._has_run: dict[int, bool] = {}
        self._pen_is_down = False  # until the stroke is over, its last content_changed included
        self._settling = QTimer(self, singleShot=True, interval=SETTLING_MS)
        self._settling.timeout.connect(self._show)

        self._connect()
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
        self._note.name(self.canvas.content, name)
        self._show_note()

    def restore(self, content: Content) -> None:
        """Show what an earlier session left; there is nothing to undo."""
        self.canvas.restore(content)

    def use_run(self, model: int, name: str | None) -> None:
        """Let a run answer for its model; None goes back to the shipped one."""
        try:
            self._store.choose(model, name)
        except RunError as error:
            self._say(str(error))
            return
        self._note.message = ""
        self.reload_runs()
        self.runs_changed.emit()

    def reload_runs(self) -> None:
        """Let those runs answer that are chosen now."""
        self._worker.reload()
        self.refresh_runs()

    def refresh_runs(self) -> None:
        """Look again which run answers for each model."""
        for model, card in self.cards.items():
            active, default = self._store.active(model), self._store.shipped_default(model)
            self._has_run[model] = active is not None
            self._shipped[model] = default.name if default else ""
            card.set_run(active.name if active else "", bool(active and active.shipped))
        self._show()

    def open_file(self, path: Path) -> None:
        """Show the digit in a picture, or the first drawing of a file; undo brings back what was there."""
        self._reader.open_file(path)

    def save_to(self, path: Path) -> None:
        """Write the drawing as JSON."""
        if isinstance(self.content, Drawing):
            try:
                path.write_text(json.dumps(self.content.to_json()) + "\n", encoding="utf-8")
            except OSError as error:
                self._say(f"{path.name} cannot be written: {error.strerror}.")
            else:
                self._say(f"Saved as {path.name}")

    def paste(self) -> None:
        """Show the digit on the clipboard."""
        self._reader.take(QGuiApplication.clipboard().mimeData())

    def shut_down(self) -> None:
        """Wait for what is being read."""
        self._reader.shut_down()

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
        self._reader.content_read.connect(self.show_content)
        self._reader.said.connect(self._say)
        self._reader.loading_changed.connect(self._loading_changed)
        for model, card in self.cards.items():
            card.run_menu_requested.connect(partial(open_run_menu, self._store, model, card.run_button, self.use_run))
        for action, slot in (
            (self.pen_action, partial(self.canvas.set_tool, "pen")),
            (self.eraser_action, partial(self.canvas.set_tool, "eraser")),
            (self.undo_action, self.canvas.undo),
            (self.redo_action, self.canvas.redo),
            (self.clear_action, self.canvas.clear),
            (self.random_action, self._reader.fetch_test_digit),
            (self.open_action, self._ask_what_to_open),
            (self.paste_action, self.paste),
            (self.save_action, self._ask_where_to_save),
        ):
            action.triggered.connect(lambda _checked, call=slot: call())
        self._history_changed()

    # -- what the canvas says

    def _content_changed(self, content: Content) -> None:
        self._note.message = ""
        if self._ready:
            self._failure = ""
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
        self._ready = True
        self._failure = ""
        self._note.problems = problems
        self._oldest = self._requested = self._worker.request(self.content)
        self.refresh_runs()

    def _answered(self, answered: Answered) -> None:
        if answered.serial < self._oldest:
            return
        self._latest = answered
        self._failure = ""
        frame = None if answered.answer is None else answered.frame
        self.frame_view.set_frame(frame)
        self.explain_frame(as_it_is=isinstance(answered.content, Picture) and answered.content.framed)
        self.frame_changed.emit(frame)
        self._show()

    def _failed(self, sentence: str) -> None:
        self._failure = sentence
        self._forget_answer()
        self._show()

    def _forget_answer(self) -> None:
        self._latest = None
        self.frame_view.set_frame(None)
        self.frame_changed.emit(None)

    # -- what the person sees

    def _show(self) -> None:
        """Bring cards, verdict and note in line with the latest answer."""
        answer = self._latest.answer if self._latest else None
        settled = not (self._pen_is_down or self._settling.isActive())
        refused = False
        if answer is None:
            text = self._failure or (INVITATION if self._ready else LOADING)
        elif self._latest and self._is_little(self._latest.content):
            answer, text = None, KEEP_DRAWING
        else:
            refused = verdict(answer) != "digit"
            # Nothing insulting while the digit is still being drawn.
            text = verdict_text(answer, verdict(answer)) if settled or not refused else KEEP_DRAWING
        for model, card in self.cards.items():
            self._show_in(card, model, answer)
            card.set_muted(refused and settled)
        self.strip.set_text(text)
        self._show_note()
        if settled:
            self._announce_once()

    def _show_in(self, card: PredictionCard, model: int, answer: Answer | None) -> None:
        predictions = answer.predictions if answer else ()
        prediction = next((one for one in predictions if one.model == model), None)
        if prediction is not None:
            card.set_run(prediction.run, prediction.run == self._shipped[model])
        elif not (self._ready or self._failure):
            card.set_status("Loading…")
        else:
            card.set_status("" if self._has_run[model] and answer is None else NO_RUN)
        card.set_prediction(prediction)

    def _is_little(self, content: Content) -> bool:
        """Return whether there is no more than a dot yet: strokes shorter than the pen is wide."""
        if isinstance(content, Picture):
            return False
        lengths = (np.linalg.norm(np.diff(stroke, axis=0), axis=1).sum() for stroke in content.strokes)
        return float(sum(lengths)) < self.canvas.pen_width

    def _show_note(self) -> None:
        self.strip.set_note(self._note.text(self.content, self._latest))

    def _say(self, sentence: str) -> None:
        self._note.message = sentence
        self._show_note()
        self.strip.announce()

    def _announce_once(self) -> None:
        done = self.content.is_blank or (self._latest is not None and self._latest.serial == self._requested)
        if done and self._announced != self._requested:
            self._announced = self._requested
            self.strip.announce()

    # -- what comes from elsewhere

    def _ask_what_to_open(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open a picture or a drawing", "", FILES)
        if path:
            self.open_file(Path(path))

    def _ask_where_to_save(self) -> None:
        if self.content.is_blank:
            self._say("There are no strokes to save: draw a digit first.")
            return
        if isinstance(self.content, Picture):
            self._say("Only drawings can be saved; this is a picture.")
            return
        path, _ = QFileDialog.getSaveFileName(self, "Save the drawing", "digit.json", "Drawings (*.json)")
        if path:
            self.save_to(Path(path) if Path(path).suffix else Path(f"{path}.json"))

    # -- Qt

    def hideEvent(self, event: QHideEvent) -> None:
        """Take back what was said; who comes back knows it, or no longer cares."""
        super().hideEvent(event)
        if not event.spontaneous():  # a window that is minimized keeps it
            self._note.message = ""
            self._show_note()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and pictures."""
        if event.mimeData().hasUrls() or event.mimeData().hasImage():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Show the digit in what is dropped."""
        self._reader.take(event.mimeData(), dropped=True)
        event.acceptProposedAction()
