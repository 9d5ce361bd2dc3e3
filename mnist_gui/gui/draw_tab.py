"""The Draw tab: a digit on the canvas, what three models make of it, and the frame that they really saw."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeySequence,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QBoxLayout,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mnist_gui.digits.dataset import Dataset
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.picture import Picture
from mnist_gui.gui.content_reader import ContentReader
from mnist_gui.gui.widgets.canvas import Canvas
from mnist_gui.gui.widgets.frame_view import FrameView
from mnist_gui.gui.widgets.prediction_card import PredictionCard
from mnist_gui.gui.widgets.verdict_strip import INVITATION, KEEP_DRAWING, LOADING, VerdictStrip, verdict_text
from mnist_gui.gui.workers import Answered, Content, PredictionWorker
from mnist_gui.models.architectures import ARCHITECTURES
from mnist_gui.models.calibration import verdict
from mnist_gui.models.predictor import Answer
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import MODELS, RunStore

FILES = "Pictures and drawings (*.png *.jpg *.jpeg *.bmp *.gif *.webp *.tif *.tiff *.json *.jsonl);;All files (*)"
NO_RUN = "No run: train one"
FRAMED = "28×28 pixels, as MNIST was made: the longest side is 20, the weight in the middle."
AS_IT_IS = "28×28 pixels: a frame of MNIST, shown to the models as it is."
# So long after the pen went up, what the models refuse is called so.
SETTLING_MS = 400
_REMEMBERED = 200
_SPACE = 8
_MARGIN, _BETWEEN = 16, 20
_LEFT_PART = 0.35
_TALL = 650  # pixels from which on the frame is shown five times, else four


class DrawTab(QWidget):
    """Connects the canvas to the prediction thread, and its answers to the cards.

    Parameters
    ----------
    worker
        Not started yet: it says only once that its models are loaded.
    store
        Where the runs are, and the choice of those that answer.
    load_dataset
        Returns MNIST; called in a thread when the first test digit is wanted.

    Attributes
    ----------
    canvas, frame_view, strip
        Its parts.
    cards
        By the number of their model.
    pen_action, eraser_action, undo_action, redo_action, clear_action, random_action, open_action, paste_action,
    save_action
        What can be done, with its key, for a menu too. The keys work while the tab is shown.

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
        # What a content that did not come from the pen is called; undo brings both back.
        self._names: deque[tuple[Content, str]] = deque(maxlen=_REMEMBERED)
        self._message = ""
        self._problems: tuple[str, ...] = ()
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

        self.canvas = Canvas()
        self.frame_view = FrameView()
        self.strip = VerdictStrip()
        self.cards = {number: PredictionCard(ARCHITECTURES[number]) for number in MODELS}
        self._make_actions()
        self._lay_out()
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
        self._names.append((self.canvas.content, name))
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
        self._worker.reload()
        self.refresh_runs()
        self.runs_changed.emit()

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

    def _make_actions(self) -> None:
        canvas, make = self.canvas, self._action
        self.pen_action = make("Pen", partial(canvas.set_tool, "pen"), "P", on_canvas=True)
        self.eraser_action = make("Eraser", partial(canvas.set_tool, "eraser"), "E", on_canvas=True)
        tools = QActionGroup(self)
        for action in (self.pen_action, self.eraser_action):
            action.setCheckable(True)
            tools.addAction(action)
        self.pen_action.setChecked(True)
        self.undo_action = make("Undo", canvas.undo, "Ctrl+Z", icon="↶")
        self.redo_action = make("Redo", canvas.redo, "Ctrl+Shift+Z", icon="↷")
        self.clear_action = make("Clear", canvas.clear, "Del")
        self.random_action = make("Random digit", self._reader.fetch_test_digit, "R", on_canvas=True)
        self.open_action = make("Open picture or drawing…", self._ask_what_to_open, "Ctrl+O")
        self.paste_action = make("Paste picture or drawing", self.paste, "Ctrl+V")
        self.save_action = make("Save drawing…", self._ask_where_to_save, "Ctrl+S")

    def _action(
        self, text: str, slot: Callable[[], Any], key: str, *, icon: str = "", on_canvas: bool = False
    ) -> QAction:
        action = QAction(text, self)
        action.setIconText(icon or text)
        action.setShortcut(QKeySequence(key))
        action.setToolTip(f"{text} ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})")
        action.triggered.connect(lambda: slot())  # without its "checked"
        if on_canvas:  # a single letter: elsewhere it may be typed
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        (self.canvas if on_canvas else self).addAction(action)
        return action

    def _lay_out(self) -> None:
        self._tools = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._tools.setSpacing(6)
        self._tool_rows = (
            _row([self.pen_action, self.eraser_action, self.undo_action, self.redo_action]),
            _row([self.clear_action, self.random_action], self._more_button()),
        )
        for row in self._tool_rows:
            self._tools.addLayout(row)
        self._tools.addStretch(1)
        self._left = QWidget()
        left = self._left_layout = QVBoxLayout(self._left)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(_SPACE)
        left.addLayout(self._tools)
        left.addWidget(self.canvas, 1)
        left.addLayout(self._seen())
        left.addStretch(0)

        cards = QHBoxLayout()
        cards.setSpacing(12)
        for card in self.cards.values():
            cards.addWidget(card, 1)
        right = QVBoxLayout()
        right.setSpacing(_SPACE)
        right.addWidget(self.strip)
        right.addLayout(cards, 1)
        right.addStretch(0)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(_MARGIN, _MARGIN // 2, _MARGIN, _MARGIN)
        whole.setSpacing(_BETWEEN)
        whole.addWidget(self._left, round(100 * _LEFT_PART))
        whole.addLayout(right, round(100 * (1 - _LEFT_PART)))
        self.setFocusProxy(self.canvas)
        self.setAcceptDrops(True)

    def _seen(self) -> QHBoxLayout:
        """Return the frame that the models see, with a word about it."""
        self._explanation = QLabel(FRAMED)
        self._explanation.setProperty("muted", True)
        self._explanation.setWordWrap(True)
        heading = QLabel("What the models see")
        heading.setProperty("heading", True)
        heading.setWordWrap(True)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(heading)
        words.addWidget(self._explanation)
        words.addStretch(1)
        seen = QHBoxLayout()
        seen.setSpacing(12)
        seen.addWidget(self.frame_view, 0, Qt.AlignmentFlag.AlignTop)
        seen.addLayout(words, 1)
        return seen

    def _fit(self) -> None:
        """Make the canvas as large a square as its part of the window allows, and the cards as tall."""
        self.frame_view.set_scale(5 if self.height() >= _TALL else 4)
        column = round((self.width() - 2 * _MARGIN - _BETWEEN) * _LEFT_PART)
        side_by_side = sum(row.sizeHint().width() for row in self._tool_rows) + _SPACE <= column
        self._tools.setDirection(QBoxLayout.Direction.LeftToRight if side_by_side else QBoxLayout.Direction.TopToBottom)
        # Verdict and tools are as tall, so that cards and canvas begin on one line.
        self.strip.setMinimumHeight(self._tools.sizeHint().height())
        around = self._left_layout.minimumHeightForWidth(column) - self.canvas.minimumSizeHint().height()
        least = self.canvas.minimumSizeHint().width()
        side = max(min(column, self.height() - _MARGIN - _MARGIN // 2 - around), least)
        self.canvas.setMaximumSize(side, side)
        self._left.setMaximumWidth(max(side, self._left_layout.minimumSize().width()))
        for card in self.cards.values():
            card.set_tallest(side)

    def _more_button(self) -> QToolButton:
        button = QToolButton()
        button.setText("⋯")
        button.setToolTip("Open, paste, save")
        button.setAccessibleName("More: open, paste, save")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        # The little arrow would lie on the dots.
        button.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        menu = QMenu(button)
        menu.addActions([self.open_action, self.paste_action])
        menu.addSeparator()
        menu.addAction(self.save_action)
        button.setMenu(menu)
        return button

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
            card.run_menu_requested.connect(partial(self._show_run_menu, model))
        self._history_changed()

    # -- what the canvas says

    def _content_changed(self, content: Content) -> None:
        self._message = ""
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
        self._problems = problems
        self._oldest = self._requested = self._worker.request(self.content)
        self.refresh_runs()

    def _answered(self, answered: Answered) -> None:
        if answered.serial < self._oldest:
            return
        self._latest = answered
        self._failure = ""
        frame = None if answered.answer is None else answered.frame
        self.frame_view.set_frame(frame)
        self._explanation.setText(
            AS_IT_IS if isinstance(answered.content, Picture) and answered.content.framed else FRAMED
        )
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
        content = self.content
        note = self._message
        if not note:
            parts = [next((name for named, name in reversed(self._names) if named is content), "")]
            if content.label is not None:
                labelled = f"labelled {content.label}{self._mark(content, content.label)}"
                parts.append(labelled if parts[0] else labelled.capitalize())
            note = " · ".join(part for part in parts if part)
        self.strip.set_note(" ".join(part for part in (note, *self._problems) if part))

    def _mark(self, content: Content, label: int) -> str:
        """Return whether the three together are right, once they have answered this content."""
        if self._latest is None or self._latest.content is not content or self._latest.answer is None:
            return ""
        return " ✓" if self._latest.answer.ensemble.digit == label else " ✗"

    def _say(self, sentence: str) -> None:
        self._message = sentence
        self._show_note()
        self.strip.announce()

    def _announce_once(self) -> None:
        done = self.content.is_blank or (self._latest is not None and self._latest.serial == self._requested)
        if done and self._announced != self._requested:
            self._announced = self._requested
            self.strip.announce()

    # -- runs

    def _show_run_menu(self, model: int) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        active = self._store.active(model)
        runs = [run for run in self._store.runs() if run.model == model and run.answers]
        choices = QActionGroup(menu)
        for run in runs:
            action = choices.addAction(menu.addAction(_described(run)))
            action.setCheckable(True)
            action.setChecked(active is not None and run.folder == active.folder)
            action.triggered.connect(lambda _checked, name=run.name: self.use_run(model, name))
        if not runs:
            menu.addAction(f"Model {model} has no run yet: train one in the Train tab").setEnabled(False)
        if active is not None and not active.shipped and self._shipped[model]:
            menu.addSeparator()
            menu.addAction("Back to shipped").triggered.connect(lambda: self.use_run(model, None))
        button = self.cards[model].run_button
        menu.popup(button.mapToGlobal(QPoint(0, button.height())))

    # -- what comes from elsewhere

    def _ask_what_to_open(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open a picture or a drawing", "", FILES)
        if path:
            self.open_file(Path(path))

    def _ask_where_to_save(self) -> None:
        if not isinstance(self.content, Drawing) or self.content.is_blank:
            self._say("There are no strokes to save: draw a digit first.")
            return
        path, _ = QFileDialog.getSaveFileName(self, "Save the drawing", "digit.json", "Drawings (*.json)")
        if path:
            self.save_to(Path(path) if Path(path).suffix else Path(f"{path}.json"))

    # -- Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room anew."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Let the canvas be first, if nobody has the focus yet."""
        super().showEvent(event)
        if self.window().focusWidget() is None:
            self.canvas.setFocus()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and pictures."""
        if event.mimeData().hasUrls() or event.mimeData().hasImage():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Show the digit in what is dropped."""
        self._reader.take(event.mimeData(), dropped=True)
        event.acceptProposedAction()


def _row(actions: list[QAction], *more: QWidget) -> QHBoxLayout:
    """Return tool buttons side by side."""
    row = QHBoxLayout()
    row.setSpacing(6)
    for action in actions:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setAccessibleName(action.text())
        row.addWidget(button)
    for widget in more:
        row.addWidget(widget)
    row.addStretch(1)
    return row


def _described(run: Run) -> str:
    epochs = f"{run.record.epochs} epoch{'' if run.record.epochs == 1 else 's'}"
    return f"{run.name} · {'shipped' if run.shipped else run.record.created[:10]} · {epochs}"
