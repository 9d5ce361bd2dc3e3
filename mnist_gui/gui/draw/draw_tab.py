"""The Draw tab: a digit on the canvas, the predictions of the models, and the frame that they were given."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QDeadlineTimer, QTimer, Signal
from PySide6.QtGui import QHideEvent, QImage
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mnist_gui.digits.content import Content
from mnist_gui.digits.dataset import Dataset
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui.answerers import answerers, training_text
from mnist_gui.gui.background import FOREVER, shut_down_all
from mnist_gui.gui.draw.answering_menu import AnsweringMenu
from mnist_gui.gui.draw.canvas.content_history import UNDO_STEPS
from mnist_gui.gui.draw.content_drop import ContentDrop
from mnist_gui.gui.draw.content_export import ContentExporter
from mnist_gui.gui.draw.content_import import ContentImporter
from mnist_gui.gui.draw.demonstration import FORTY_TWO, LETTER_A, SIX, Demonstration
from mnist_gui.gui.draw.draw_layout import DrawLayout
from mnist_gui.gui.draw.fine_tuning.writing_session import WritingSession
from mnist_gui.gui.draw.fooling_digit_browser import FindDigits, FoolingDigitBrowser
from mnist_gui.gui.draw.labelling import Labelling
from mnist_gui.gui.draw.multi_digit import NO_DIGITS, DigitGroup, MultiDigitDetector
from mnist_gui.gui.draw.network.network_source import NetworkSource
from mnist_gui.gui.draw.panels.explanation_thread import ExplanationThread
from mnist_gui.gui.draw.panels.panel_set import PanelSet
from mnist_gui.gui.draw.prediction_presenter import UNDO, DrawState, Message, PredictionPresenter
from mnist_gui.gui.draw.prediction_thread import PredictionResult, PredictionThread
from mnist_gui.gui.fine_tuning_service import FineTuningService
from mnist_gui.gui.widgets.scroll_column import scrolled
from mnist_gui.models.inference.predictor import EnsemblePrediction, Prediction, verdict
from mnist_gui.runs.record import RunError
from mnist_gui.runs.store import MODELS, RunStore

SETTLING_MS = 400  # from the end of a stroke until a drawing may be rejected


class DrawTab(QWidget):
    """Connects the canvas with the prediction thread, and its results with cards and panels.

    Parameters
    ----------
    prediction_thread
        Not started yet: its `loaded` signal is emitted only once.
    explanation_thread
        Computes what the panels show.
    store
        The runs, and which of them answer.
    load_dataset
        Returns MNIST; called in a thread when the first test digit is requested.
    my_digits
        Receives the digits that the user labels.
    fine_tuning
        Fine-tunes models on these digits.
    networks
        Opens the networks of runs.
    find_fooling_digits
        Returns the test digits that the active runs misread; called in a thread, see `FoolingDigitBrowser`.

    Attributes
    ----------
    view
        The widgets and actions.
    answering_menu
        Lets the user choose who answers.

    Signals
    -------
    runs_changed()
        Other runs answer.
    answerers_changed(runs: tuple[str, ...])
        These runs answer now.
    frame_changed(frame: NDArray[np.float32] | None)
        Another (28, 28) frame is answered; None if there is none, as for a blank canvas.
    """

    runs_changed = Signal()
    answerers_changed = Signal(tuple)
    frame_changed = Signal(object)

    def __init__(
        self,
        prediction_thread: PredictionThread,
        explanation_thread: ExplanationThread,
        store: RunStore,
        load_dataset: Callable[[], Dataset],
        my_digits: UserDigitStore,
        fine_tuning: FineTuningService,
        networks: NetworkSource,
        find_fooling_digits: FindDigits,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._prediction_thread = prediction_thread
        self._explanation_thread = explanation_thread
        self._store = store
        self.view = view = DrawLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scrolled(view))  # in a window that is smaller than its smallest arrangement
        self._importer = ContentImporter(load_dataset, self)
        ContentDrop(self, view.canvas, self._importer)
        self._fooling_digits = FoolingDigitBrowser(find_fooling_digits, self)
        self._demonstration = Demonstration(view.canvas, self)
        self._exporter = ContentExporter(lambda: view.canvas.pen_width, self)
        self._detector = MultiDigitDetector(prediction_thread, self)
        self._panels = PanelSet(view, prediction_thread, explanation_thread, my_digits, fine_tuning, networks)
        self._my_digits = self._panels.my_digits
        self._labelling = Labelling(view, self._my_digits, lambda: self._state)
        self._writing_session = WritingSession(view, my_digits, self._my_digits, self._clearly_read)
        self._presenter = PredictionPresenter(view)
        self.answering_menu = AnsweringMenu(store, self)
        self._state = DrawState(pen_width=view.canvas.pen_width)
        # Names of contents that were not drawn: undo brings them back.
        self._names: deque[tuple[weakref.ref[Content], str]] = deque(maxlen=UNDO_STEPS)
        self._settling = QTimer(self, singleShot=True, interval=SETTLING_MS)

        self._connect()
        fine_tuning.use_requested.connect(self.use_run)
        self.runs_changed.connect(fine_tuning.changed)
        self.refresh_runs()

    # -- public

    @property
    def content(self) -> Content:
        """Content of the canvas."""
        return self.view.canvas.content

    @property
    def content_to_keep(self) -> Content:
        """Content for the next window: that of the canvas or, during a writing session, the one before it."""
        previous = self._writing_session.previous_content
        return self.content if previous is None else previous

    @property
    def frame(self) -> NDArray[np.float32] | None:
        """The (28, 28) frame answered last; None if there is none, as for a blank canvas."""
        return None if (answered := self._state.answered) is None else answered.frame

    def take_focus(self) -> None:
        """Focus the canvas."""
        self.view.canvas.setFocus()

    def set_presenting(self, presenting: bool) -> None:
        """Show only what an audience needs."""
        self.view.set_presenting(presenting)

    def show_content(self, content: Content, name: str = "") -> None:
        """Put a content on the canvas, to be undone; the note shows its name."""
        self._importer.prepare_labelling(content)
        self.view.canvas.set_content(content)
        # The canvas may have resized it.
        self._names.append((weakref.ref(self.content), name))
        self._update(name=name)

    def restore(self, content: Content, problem: str = "") -> None:
        """Put the content of an earlier session on the canvas, or say why it is not there; there is nothing to undo."""
        self._importer.prepare_labelling(content)
        self.view.canvas.restore(content)
        if problem:
            self._show_message(problem)

    def use_run(self, name: str, instead_of: str | None = None) -> None:
        """Let a run answer, instead of another one if that is named; see `RunStore.activate`."""
        self._change_answering(partial(self._store.activate, name, instead_of))

    def _change_answering(self, change: Callable[[], None]) -> None:
        """Change in the store which runs answer, and let them answer."""
        try:
            change()
        except RunError as error:
            self._show_message(str(error))
            return
        self._update(message=Message())
        self.reload_runs()
        self.runs_changed.emit()

    def reload_runs(self) -> None:
        """Load the runs that answer, which are others."""
        self._prediction_thread.reload()
        self._explanation_thread.reload()
        self._panels.reload()
        self._fooling_digits.forget()
        self.refresh_runs()

    def refresh_runs(self) -> None:
        """Show which runs answer."""
        found = answerers(self._store)
        # Those that replace others that cannot be loaded too.
        defaults = [run for model in MODELS if (run := self._store.shipped_default(model)) is not None]
        shipped = {run.name: training_text(run) for run in defaults}
        shipped |= {answerer.run: answerer.training for answerer in found if answerer.training}
        before = [answerer.run for answerer in self._state.answerers]
        self._update(answerers=found, shipped_runs=shipped)
        self._panels.set_answerers(found)
        if (names := tuple(answerer.run for answerer in found)) != tuple(before):
            self.answerers_changed.emit(names)

    def open_file(self, path: Path) -> None:
        """Show a picture, or the first drawing of a file."""
        self._importer.open_file(path)

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Close the panels' windows and wait for all threads; return whether they ended in time."""
        threads = (self._prediction_thread, self._explanation_thread)
        return shut_down_all((self._panels, *threads, self._importer, self._fooling_digits), deadline)

    # -- wiring

    def _connect(self) -> None:
        view, canvas, thread = self.view, self.view.canvas, self._prediction_thread
        canvas.content_changed.connect(self._on_content_changed)
        canvas.stroke_started.connect(self._on_stroke_started)
        canvas.stroke_ended.connect(self._on_stroke_ended)
        canvas.history_changed.connect(self._update)
        canvas.tool_changed.connect(self._on_tool_changed)
        self._settling.timeout.connect(self._on_settled)
        thread.loaded.connect(self._on_loaded)
        thread.framed.connect(self._on_framed)
        thread.answered_early.connect(self._on_answered_early)
        thread.predicted.connect(self._on_predicted)
        thread.failed.connect(self._on_failed)
        self._importer.content_read.connect(self.show_content)
        self._importer.loading_changed.connect(self._on_loading_changed)
        self._fooling_digits.content_read.connect(self.show_content)
        self._fooling_digits.message_shown.connect(self._show_message)
        canvas.stroke_started.connect(self._fooling_digits.cancel)
        canvas.stroke_started.connect(self._importer.cancel_test_digit)
        self._detector.detected.connect(self._labelling.digits.set_found)
        self._labelling.digits.changed.connect(self._on_digits_changed)
        self._labelling.message_shown.connect(self._show_message)
        self._labelling.label_stored.connect(lambda label: self._update(stored_label=label))
        self._panels.stressed.connect(self._on_stressed)
        self._my_digits.content_opened.connect(self.show_content)
        self._my_digits.writing_session_requested.connect(self._writing_session.start)
        self._importer.message_shown.connect(self._show_message)
        self._exporter.message_shown.connect(self._show_message)
        self._my_digits.fine_tuning_ended.connect(self._show_message)
        self._writing_session.invitation_changed.connect(self._on_invitation_changed)
        self._writing_session.finished.connect(self._on_writing_finished)
        view.suggestions.chosen.connect(self._on_suggestion_chosen)
        self._demonstration.writing_started.connect(self._on_stroke_started)
        self._demonstration.turning_started.connect(self._on_turning_started)
        self._demonstration.ended.connect(self._on_stroke_ended)
        menu, who = self.answering_menu, view.verdict_bar.who_button
        menu.changed.connect(self._change_answering)
        view.card_grid.run_menu_requested.connect(lambda place: menu.open_place(place, view.cards[place].run_button))
        who.clicked.connect(lambda: menu.open_all(who))
        actions = view.draw_actions
        for action, slot in (
            (actions.pen, partial(canvas.set_tool, "pen")),
            (actions.eraser, partial(canvas.set_tool, "eraser")),
            (actions.undo, self._undo),
            (actions.redo, canvas.redo),
            (actions.clear, canvas.clear),
            (actions.random, self._importer.fetch_test_digit),
            (actions.next_fooling, self._fooling_digits.show_next),
            (actions.previous_fooling, self._fooling_digits.show_previous),
            (actions.open, partial(self._importer.ask_for_file, self)),
            (actions.paste, self._importer.paste),
            (actions.network, self._panels.open_network),
            (actions.save, partial(self._export, self._exporter.save_as)),
            (actions.copy, partial(self._export, self._exporter.copy)),
            (actions.save_prediction, partial(self._export_answer, self._exporter.save_image_as)),
            (actions.copy_text, self._labelling.digits.copy_text),
            (actions.copy_prediction, partial(self._export_answer, self._exporter.copy_image)),
        ):
            action.triggered.connect(lambda _checked, call=slot: call())
        self._presenter.render(self._state)

    def _update(self, **changes: Any) -> None:  # noqa: ANN401 - fields of the state
        """Change the state and render it, and let the panels and other tabs follow."""
        before, state = self._state, replace(self._state, **changes)
        if state.answered is not before.answered:
            state = replace(state, stressed=None)
        self._state = state
        self._presenter.render(state)
        if state.request != before.request and not state.content.is_blank:
            self._panels.set_outdated()
        answered = state.answered
        if answered is not before.answered or (answered is None and state.no_result != before.no_result):
            self._panels.set_result(answered, state.no_result, pen_is_down=state.is_moving)
        if answered is not before.answered:
            self.frame_changed.emit(self.frame)
        if state.is_final and not (before.is_final and before.request == state.request):
            self.view.verdict_bar.announce()

    def _show_message(self, text: str, action: str = "") -> None:
        self._update(message=Message(text, action))
        self.view.verdict_bar.announce()

    # -- the canvas

    def _on_content_changed(self, content: Content) -> None:
        self._detector.cancel()
        request = self._prediction_thread.predict(content, self.view.card_grid.place_under_pointer)
        state, is_drawn = self._state, self.view.canvas.is_drawing or self._demonstration.is_running
        self._settling.stop()
        self._update(
            content=content,
            name=next((name for named, name in reversed(self._names) if named() is content), ""),
            result=None if content.is_blank else state.result,
            digits=NO_DIGITS,
            pen=state.pen if state.is_moving else "resting",
            request=request,
            oldest_request=state.oldest_request if is_drawn and not content.is_blank else request,
            failure="" if state.is_loaded else state.failure,
            message=state.message if state.pen == "down" else Message(),  # said in mid-stroke, it stays until the next
            stored_label=None,
        )

    def _on_stroke_started(self) -> None:
        self._settling.stop()
        self._update(pen="down", message=Message())

    def _on_turning_started(self) -> None:
        self._settling.stop()
        self._update(pen="turning", message=Message())

    def _on_stroke_ended(self) -> None:
        self._settling.start()
        self._update(pen="lifted")

    def _on_settled(self) -> None:
        self._update(pen="resting")
        self._panels.set_result(self._state.answered, self._state.no_result)
        self._detect_digits()

    def _on_tool_changed(self, tool: str) -> None:
        actions = self.view.draw_actions
        (actions.pen if tool == "pen" else actions.eraser).setChecked(True)

    # -- predictions

    def _on_loaded(self, problems: tuple[str, ...]) -> None:
        request = self._prediction_thread.predict(self.content)
        self._update(request=request, oldest_request=request, is_loaded=True, failure="", problems=problems)
        self.refresh_runs()

    def _on_framed(self, serial: int, frame: NDArray[np.float32]) -> None:
        if serial >= self._state.oldest_request and self._state.digits.selected is None:
            self._panels.set_frame(frame)

    def _on_answered_early(self, serial: int, predictions: tuple[Prediction, ...]) -> None:
        if serial >= self._state.oldest_request:
            self._update(early=predictions)

    def _on_predicted(self, result: PredictionResult) -> None:
        if result.serial >= self._state.oldest_request:
            self._update(result=result, early=(), digits=NO_DIGITS, failure="")
            self._detect_digits()

    def _on_failed(self, message: str) -> None:
        self._detector.cancel()
        self._update(result=None, digits=NO_DIGITS, failure=message)

    def _detect_digits(self) -> None:
        result = self._state.result
        if self._state.pen == "resting" and result is not None and result.content is self.content:
            self._detector.detect(result)

    def _on_digits_changed(self, digits: DigitGroup) -> None:
        is_selected = digits.index is not None and digits.index != self._state.digits.index
        self._update(digits=digits)
        if is_selected:
            self.view.verdict_bar.announce()

    def _on_stressed(self, prediction: EnsemblePrediction | None, corruption: str, frame: NDArray[np.float32]) -> None:
        if prediction is not None or self._state.stressed is not None:
            self._update(stressed=None if prediction is None else (prediction, corruption, frame))

    def _clearly_read(self, content: Content) -> int | None:
        """Return the digit as which the content is predicted; None if that is uncertain or not known yet."""
        result = self._state.result
        if result is None or result.content is not content or result.prediction is None:
            return None
        return result.prediction.ensemble.digit if verdict(result.prediction) == "digit" else None

    # -- the user's commands

    def _on_suggestion_chosen(self, name: str) -> None:
        match name:
            case "turn_six":
                self._demonstration.turn_over(SIX)
            case "forty_two":
                self._demonstration.write(FORTY_TWO)
            case "letter":
                self._demonstration.write(LETTER_A)
            case "fooling_digit":
                self._fooling_digits.show_next()

    def _export(self, export: Callable[[Content], object]) -> None:
        if self.view.canvas.is_drawing:
            self._show_message("Lift the pen first.")
        else:
            export(self.content)

    def _export_answer(self, export: Callable[[QImage | None, str], object]) -> None:
        export(self._presenter.image(self._state), self._state.no_result)

    def _undo(self) -> None:
        """Undo the command that the message reports; without such a message, the last step of the canvas."""
        if self._state.message.action == UNDO and not self.view.canvas.is_drawing:
            self._labelling.undo()
        else:
            self.view.canvas.undo()

    def _on_invitation_changed(self, invitation: str) -> None:
        self._update(invitation=invitation)

    def _on_writing_finished(self) -> None:
        self._show_message("All are written. Choose which models learn them.")
        self._my_digits.offer_model_choice()
        self.view.panel_dock.open("my_digits")

    def _on_loading_changed(self, loading: bool) -> None:
        self.view.draw_actions.random.setEnabled(not loading)
        if loading:
            self._show_message("Loading the test digits…")

    # -- Qt

    def hideEvent(self, event: QHideEvent) -> None:
        """Remove the message: on return the user knows it, or no longer cares. A demonstration ends."""
        super().hideEvent(event)
        if not event.spontaneous():  # a minimized window keeps it
            self._demonstration.stop()
            self._update(message=Message())
