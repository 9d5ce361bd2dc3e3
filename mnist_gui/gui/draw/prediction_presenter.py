"""What the Draw tab says about what is on the canvas: in the verdict, its note and the cards."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from mnist_gui.digits.content import Content
from mnist_gui.digits.picture import Picture
from mnist_gui.gui.draw.canvas.canvas import INVITATION
from mnist_gui.gui.draw.draw_note import DrawNote
from mnist_gui.gui.draw.multi_digit import MultiDigit
from mnist_gui.gui.draw.prediction_card import PredictionCard
from mnist_gui.gui.draw.prediction_thread import PredictionResult
from mnist_gui.gui.draw.verdict_bar import KEEP_DRAWING, LOADING, VerdictBar, verdict_text
from mnist_gui.models.inference.predictor import EnsemblePrediction, verdict
from mnist_gui.runs.store import RunStore

NO_RUN = "No run: train one"
UNDO = "Undo"


class PredictionPresenter:
    """Brings cards, verdict and note in line with the latest answer.

    Parameters
    ----------
    cards, strip
        That it writes to.
    several
        What is known of several digits on the canvas.
    can_undo
        Returns whether what the note tells can be undone.
    pen_width
        Returns how wide the pen is, in the canvas' unit: less ink than a dot is not answered.

    Attributes
    ----------
    note
        What there is to say beside the verdict.
    ready
        Whether the models are loaded.
    failure
        Why there is no answer; empty where nothing failed.
    invitation
        What is said while the canvas is blank.
    stressed
        What is said of the frame while a slider alters it, and how it does; None where nothing does.
    """

    def __init__(
        self,
        cards: Mapping[int, PredictionCard],
        strip: VerdictBar,
        several: MultiDigit,
        can_undo: Callable[[], bool],
        pen_width: Callable[[], float],
    ) -> None:
        self.note = DrawNote()
        self.ready = False
        self.failure = ""
        self.invitation = INVITATION
        self.stressed: tuple[EnsemblePrediction, str] | None = None
        self._cards = cards
        self._strip = strip
        self._several = several
        self._can_undo = can_undo
        self._pen_width = pen_width
        self._shipped: dict[int, str] = {}
        self._has_run: dict[int, bool] = {}

    def look_at_runs(self, store: RunStore) -> None:
        """See again which run answers for each model."""
        for model, card in self._cards.items():
            active, default = store.active(model), store.shipped_default(model)
            self._has_run[model] = active is not None
            self._shipped[model] = default.name if default else ""
            card.set_run(active.name if active else "", bool(active and active.shipped))

    def show(self, content: Content, latest: PredictionResult | None, *, settled: bool) -> None:
        """Say what is known.

        Parameters
        ----------
        content
            What is on the canvas.
        latest
            The latest answer, which may be about something else; None where there is none.
        settled
            Whether the pen rests: only then may anything be refused.
        """
        answer, text, refused = self._decide(latest, settled)
        for model, card in self._cards.items():
            self._show_in(card, model, answer)
            card.set_muted(refused)
        self._strip.set_text(text)
        self.show_note(content, latest)

    def show_note(self, content: Content, latest: PredictionResult | None) -> None:
        """Say what is beside the verdict, and offer what can be done about it."""
        undo = UNDO if self.note.message and self._can_undo() else ""
        self._strip.set_note(self.note.text(content, latest), tuple(filter(None, (undo, self._several.action))))

    def _decide(self, latest: PredictionResult | None, settled: bool) -> tuple[EnsemblePrediction | None, str, bool]:
        """Return the answer for the cards, the verdict, and whether it refuses."""
        part = self._several.part
        answer = part.answer if part else latest.answer if latest else None
        if answer is None or latest is None:
            return None, self.failure or (self.invitation if self.ready else LOADING), False
        if self.stressed is not None:
            answer, how = self.stressed
            return answer, f"{how}: {verdict_text(answer, verdict(answer))}", verdict(answer) != "digit"
        if part is not None:
            return answer, f"{self._several.place}: {verdict_text(answer, verdict(answer))}", False
        if self._is_little(latest):
            return None, KEEP_DRAWING, False
        said = verdict(answer)
        if settled and self._several.sentence:
            return answer, self._several.sentence, True
        # Nothing insulting while the digit is still being drawn.
        return (
            answer,
            verdict_text(answer, said) if settled or said == "digit" else KEEP_DRAWING,
            (settled and said != "digit"),
        )

    def _show_in(self, card: PredictionCard, model: int, answer: EnsemblePrediction | None) -> None:
        predictions = answer.predictions if answer else ()
        prediction = next((one for one in predictions if one.model == model), None)
        if prediction is not None:
            card.set_run(prediction.run, prediction.run == self._shipped[model])
        elif not (self.ready or self.failure):
            card.set_status("Loading…")
        else:
            card.set_status("" if self._has_run[model] and answer is None else NO_RUN)
        card.set_prediction(prediction)

    def _is_little(self, latest: PredictionResult) -> bool:
        """Return whether there is no more than a dot yet: strokes shorter than the pen is wide."""
        if isinstance(latest.content, Picture):
            return False
        left, top, right, bottom = latest.framing.box
        if max(right - left, bottom - top) >= self._pen_width() and len(latest.content.strokes) == 1:
            return False  # asked at every move of the pen
        lengths = (np.linalg.norm(np.diff(stroke, axis=0), axis=1).sum() for stroke in latest.content.strokes)
        return float(sum(lengths)) < self._pen_width()
