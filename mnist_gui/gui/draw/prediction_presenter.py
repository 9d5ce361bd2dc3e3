"""The state of the Draw tab and its presentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from mnist_gui.digits.content import Content
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.picture import Picture
from mnist_gui.gui.answerers import NO_RUNS, Answerer
from mnist_gui.gui.draw.canvas.canvas import INVITATION
from mnist_gui.gui.draw.canvas.digit_boxes import DigitBox, DigitBoxes
from mnist_gui.gui.draw.draw_layout import DrawLayout
from mnist_gui.gui.draw.multi_digit import NO_DIGITS, DigitGroup, FoundDigit
from mnist_gui.gui.draw.panels.panel_controller import COMPUTING, DRAW_FIRST
from mnist_gui.gui.draw.prediction_image import prediction_image
from mnist_gui.gui.draw.prediction_thread import PredictionResult
from mnist_gui.gui.draw.verdict_bar import KEEP_DRAWING, LOADING, verdict_text
from mnist_gui.gui.theme import colors_of
from mnist_gui.models.inference.page_reader import REFUSED
from mnist_gui.models.inference.predictor import EnsemblePrediction, Prediction, verdict

NO_RUN = "No run: train one"
NO_ANSWER, RUN_GONE = "No answer", "This run is gone: choose another"
CLICK_DIGIT, CLICK_DIGIT_FIRST = "Click a digit", "Click a digit to see its answers."
UNDO = "Undo"


class Message(NamedTuple):
    """Outcome of the user's last command, and the action that it offers: `UNDO` or none."""

    text: str = ""
    action: str = ""


@dataclass(frozen=True)
class DrawState:
    """Everything that the Draw tab shows.

    Attributes
    ----------
    content, name, stored_label
        Content of the canvas, its name if it was not drawn, and its label where My digits has another one.
    result
        Latest prediction, which may be that of an earlier content; None if the canvas is blank.
    early
        Predictions of runs that have answered a later content, while others still compute: their cards show them.
    digits
        Digits found in the content if it is not a single one.
    stressed
        Prediction of the frame as corrupted by the stress panel, the corruption, "Rotation +12°", and the (28, 28)
        corrupted frame.
    pen
        "lifted" for a moment after a stroke: nothing is rejected before the pen is "resting". "turning" while the
        content is turned for a demonstration, which rejects what it passes through.
    request, oldest_request
        Serial of the latest request, and of the oldest one whose result may still be shown.
    is_loaded, failure
        Whether the models are loaded; why there is no prediction.
    invitation
        Text on a blank canvas.
    message
        Outcome of the user's last command.
    problems
        Messages about runs that cannot be loaded.
    answerers
        The runs that answer.
    shipped_runs
        How the runs that came with the program were trained, by name.
    pen_width
        Width of the pen in canvas units.
    """

    content: Content = field(default_factory=Drawing)
    name: str = ""
    stored_label: int | None = None
    result: PredictionResult | None = None
    early: tuple[Prediction, ...] = ()
    digits: DigitGroup = NO_DIGITS
    stressed: tuple[EnsemblePrediction, str, NDArray[np.float32]] | None = None
    pen: Literal["down", "lifted", "resting", "turning"] = "resting"
    request: int = 0
    oldest_request: int = 0
    is_loaded: bool = False
    failure: str = ""
    invitation: str = INVITATION
    message: Message = field(default_factory=Message)
    problems: tuple[str, ...] = ()
    answerers: tuple[Answerer, ...] = NO_RUNS
    shipped_runs: Mapping[str, str] = field(default_factory=dict)
    pen_width: float = 50.0

    @property
    def shown(self) -> PredictionResult | None:
        """The result whose frame is shown: of the selected digit or of the whole content.

        None for a blank content, and for several digits of which none is selected: together they are no digit.
        """
        if self.is_unselected:
            return None
        result = self.digits.selected.result if self.digits.selected else self.result
        return result if result is not None and result.prediction is not None else None

    @cached_property  # of many strokes it takes a while
    def answered(self) -> PredictionResult | None:
        """The result whose answers cards and panels show: the shown one unless the content is a mere dot."""
        shown = self.shown
        if shown is None or self.digits.selected is not None:
            return shown
        return None if _is_dot(shown, self.pen_width) else shown

    @property
    def is_unselected(self) -> bool:
        """Whether the content is several digits and none of them is selected."""
        return bool(self.digits.digits) and self.digits.selected is None

    @property
    def no_result(self) -> str:
        """Why there are no answers, in a sentence."""
        if self.content.is_blank:
            return DRAW_FIRST
        if self.is_unselected:
            return CLICK_DIGIT_FIRST
        return self.failure or (COMPUTING if self.shown is None else f"{KEEP_DRAWING}.")  # a dot

    @property
    def is_moving(self) -> bool:
        """Whether the content changes all the time."""
        return self.pen in ("down", "turning")

    @property
    def is_final(self) -> bool:
        """Whether what is shown will not change before the user does something."""
        is_predicted = self.content.is_blank or (self.result is not None and self.result.serial == self.request)
        return self.pen == "resting" and is_predicted

    @property
    def note(self) -> str:
        """Text below the verdict."""
        is_shown_whole = self.digits.selected is None or self.digits.is_single
        remark = self.digits.remark if is_shown_whole else ""
        description = " · ".join(filter(None, (remark, self._description)))
        return " ".join(filter(None, (self.message.text or description, *self.problems)))

    @property
    def _description(self) -> str:
        """Name and label of the content, and whether the prediction is right or which models misread a test digit."""
        label = self.content.label if self.stored_label is None else self.stored_label
        if label is None or self.digits.selected is not None:
            return self.name
        text = f"labelled {label}"
        if (result := self.result) is not None and result.prediction is not None:
            if result.content is not self.content:
                return ""  # the cards still answer the content before
            prediction = self.stressed[0] if self.stressed is not None else result.prediction
            text += " ✓" if prediction.ensemble.digit == label else " ✗"
            if isinstance(self.content, Picture) and self.content.framed:  # a test digit
                from mnist_gui.analysis.fooling_digits import fooling_sentence  # launching does not wait for it

                text = fooling_sentence(label, [each.digit for each in prediction.predictions]) or text
        return f"{self.name} · {text}" if self.name else text.capitalize()


class PredictionPresenter:
    """Renders states; the widgets repaint only what changes.

    Parameters
    ----------
    view
        The widgets.
    """

    def __init__(self, view: DrawLayout) -> None:
        self._view = view
        self._digits: DigitGroup | None = None  # as they are boxed on the canvas
        self._answerers = NO_RUNS  # as they have cards

    def render(self, state: DrawState) -> None:
        """Show a state."""
        view, shown = self._view, state.shown
        ensemble, text, is_rejected, confirmable = self._verdict(state)
        predictions = _by_place(state.answerers, ensemble.predictions if ensemble else ())
        if ensemble and state.stressed is None:  # cards that show nothing are filled together
            predictions |= _by_place(state.answerers, state.early)
        if state.answerers is not self._answerers:
            self._answerers = state.answerers
            view.set_answerers(state.answerers)
        for answerer, card in zip(state.answerers, view.cards.values(), strict=True):
            prediction = predictions.get(answerer.place)
            run = prediction.run if prediction else answerer.run
            title = answerer.run_title if run == answerer.run else ""
            card.set_run(run, state.shipped_runs.get(run, ""), title)
            card.set_status(_status(state, answerer, ensemble))
            card.set_prediction(prediction)
            card.bars.set_muted(is_rejected)
        view.verdict_bar.set_text(text, ensemble.weighting if ensemble else "")
        view.verdict_bar.set_note(state.note, tuple(filter(None, (state.message.action, *state.digits.actions))))
        actions = view.draw_actions
        can_give_up = state.pen == "down"  # the stroke
        actions.undo.setEnabled(view.canvas.can_undo or can_give_up or state.message.action == UNDO)
        actions.redo.setEnabled(view.canvas.can_redo)
        actions.eraser.setEnabled(not state.content.is_blank)
        view.label_row.set_predicted(confirmable)
        frame = shown.frame if shown else None
        view.frame_view.set_frame(frame if state.stressed is None else state.stressed[2])
        content = shown.content if shown else state.content
        is_frame = isinstance(content, Picture) and content.framed
        view.set_frame_text(is_frame=is_frame, is_missing=state.is_unselected)
        view.canvas.set_invitation(state.invitation)
        view.set_suggesting(state.content.is_blank and not state.is_moving)
        if state.digits is not self._digits:
            self._digits = state.digits
            self._show_digits(state.digits)

    def _show_digits(self, group: DigitGroup) -> None:
        boxes = DigitBoxes([_box(digit) for digit in group.digits], group.index)
        self._view.canvas.set_digits(boxes, group.content if group.turned and group.digits else None)
        self._view.set_palette_digit(group.index if group.has_palette else None)
        self._view.draw_actions.set_text_shown(bool(group.digits and group.lines))

    def image(self, state: DrawState) -> QImage | None:
        """Return an image of the prediction that a state shows, to be saved or copied; None if there is none."""
        shown = state.answered
        if shown is None or shown.prediction is None:
            return None
        return prediction_image(
            shown.content,
            shown.frame,
            shown.prediction,
            state.answerers,
            self._view.verdict_bar.text,
            colors_of(self._view),
            pen_width=state.pen_width,
            muted=verdict(shown.prediction) != "digit",
        )

    def _verdict(self, state: DrawState) -> _Verdict:
        """Return the content of cards, verdict and tick."""
        shown = state.answered
        if shown is None or shown.prediction is None:
            if state.shown is not None:
                return _Verdict(None, KEEP_DRAWING)
            waiting = state.invitation if state.is_loaded else LOADING
            return _Verdict(None, state.digits.text or state.failure or waiting)
        if state.stressed is not None:
            stressed, corruption, _ = state.stressed
            outcome = verdict(stressed)
            return _Verdict(stressed, f"{corruption}: {verdict_text(stressed, outcome)}", outcome != "digit")
        prediction, outcome = shown.prediction, verdict(shown.prediction)
        text = verdict_text(prediction, outcome)
        # While the pen moves, the result is that of an earlier content.
        is_current = not state.is_moving and state.result is not None and state.result.serial == state.request
        confirmable = prediction.ensemble.digit if outcome == "digit" and is_current else None
        if state.digits.selected is not None:
            text = text if state.digits.is_single else f"{state.digits.position}: {text}"
            return _Verdict(prediction, text, outcome != "digit", confirmable)
        if state.pen in ("down", "lifted") and outcome != "digit":  # an unfinished digit is not rejected
            return _Verdict(prediction, KEEP_DRAWING)
        return _Verdict(prediction, text, outcome != "digit", confirmable)


class _Verdict(NamedTuple):
    """Predictions for the cards, text of the verdict, whether it is a rejection, and the digit that ✓ confirms."""

    prediction: EnsemblePrediction | None
    text: str
    is_rejected: bool = False
    confirmable: int | None = None


def _box(digit: FoundDigit) -> DigitBox:
    prediction = digit.result.prediction
    outcome = verdict(prediction)
    is_corrected = digit.is_rejected or digit.label not in (None, digit.predicted)
    text = verdict_text(prediction, outcome)
    if digit.is_rejected:
        text = f"Not a digit, as you say; read as {digit.predicted}"
    elif is_corrected:
        text = f"{digit.label}, as you say; read as {digit.predicted}"
    return DigitBox(
        digit.result.framing.box,
        digit.line,
        outcome,
        "–" if digit.digit is None else digit.text or REFUSED,
        str(digit.predicted) if is_corrected else "",
        is_confirmed=digit.label is not None or digit.is_rejected,
        is_kept=digit.is_kept,
        description=f"{text}; in My digits" if digit.is_kept else text,
    )


def _by_place(answerers: Sequence[Answerer], predictions: Sequence[Prediction]) -> dict[int, Prediction]:
    """Return the prediction of each answerer: that of its run, otherwise that of a run which replaces it.

    Until those who answer now have predicted, the runs before them have, perhaps in other places.
    """
    by_run = {prediction.run: prediction for prediction in predictions}
    names = {answerer.run for answerer in answerers}
    by_place = {prediction.place: prediction for prediction in predictions if prediction.run not in names}
    found = ((answerer.place, by_run.get(answerer.run) or by_place.get(answerer.place)) for answerer in answerers)
    return {place: prediction for place, prediction in found if prediction is not None}


def _status(state: DrawState, answerer: Answerer, ensemble: EnsemblePrediction | None) -> str:
    """Return the status of a card without prediction."""
    if not (state.is_loaded or state.failure):
        return "Loading…"
    if answerer.run:
        return NO_ANSWER if ensemble is not None else CLICK_DIGIT if state.is_unselected else ""
    return NO_RUN if answerer.model else RUN_GONE


def _is_dot(result: PredictionResult, pen_width: float) -> bool:
    """Return whether the strokes together are shorter than the pen is wide."""
    if isinstance(result.content, Picture):
        return False
    left, top, right, bottom = result.framing.box
    if max(right - left, bottom - top) >= pen_width and len(result.content.strokes) == 1:
        return False  # fast, as this is called at each move of the pen
    lengths = (np.linalg.norm(np.diff(stroke, axis=0), axis=1).sum() for stroke in result.content.strokes)
    return float(sum(lengths)) < pen_width
