"""What the Draw tab shows for each state, without a thread, a store or a pen."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QToolButton

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import framing_of
from mnist_gui.gui.answerers import NO_RUNS
from mnist_gui.gui.draw.draw_layout import DrawLayout
from mnist_gui.gui.draw.multi_digit import DigitGroup, FoundDigit
from mnist_gui.gui.draw.prediction_presenter import UNDO, DrawState, Message, PredictionPresenter
from mnist_gui.gui.draw.prediction_thread import PredictionResult
from mnist_gui.models.inference.predictor import EnsemblePrediction
from tests.fakes import FakePredictor

SEVEN = Drawing(([(300, 300), (500, 300), (400, 700)],), 7)
DOT = Drawing((np.array([[500.0, 500.0]]),))
RUNS = tuple(replace(one, run=run) for one, run in zip(NO_RUNS, ("mine", "shipped", "shipped"), strict=True))


def result_of(content: Drawing = SEVEN, digits=(7, 7, 7), confidence=0.98, digit_score=1.0) -> PredictionResult:
    framing = framing_of(content)
    prediction = FakePredictor(digits, confidence).predict_one(framing.frame)
    return PredictionResult(1, content, framing, EnsemblePrediction(prediction.predictions, digit_score))


def group_of(*results: PredictionResult, index: int | None = None) -> DigitGroup:
    found = (FoundDigit(result, read_text=str(result.prediction.ensemble.digit)) for result in results)
    return DigitGroup(tuple(found), index)


LOADED = DrawState(
    content=SEVEN,
    result=result_of(),
    request=1,
    is_loaded=True,
    answerers=RUNS,
    shipped_runs={"shipped": "Trained"},
)
TURNED = np.full((28, 28), 0.5, np.float32)
STRESSED = replace(LOADED, stressed=(result_of(digits=(1, 1, 1)).prediction, "Rotation +12°", TURNED))
UNCERTAIN = replace(LOADED, result=result_of(digits=(4, 9, 2), confidence=0.4))


@pytest.fixture
def view(qtbot):
    view = DrawLayout()
    qtbot.addWidget(view)
    return view


@pytest.fixture
def render(view):
    return PredictionPresenter(view).render


def test_a_run_that_answers_before_the_others_fills_its_card_alone(view, render):
    (_, early, _) = result_of(digits=(1, 1, 1)).prediction.predictions
    render(replace(LOADED, early=(early,)))
    assert [card.prediction.digit for card in view.cards.values()] == [7, 1, 7]
    assert view.verdict_bar.text == "7 · all three agree · 98\u00a0%"
    render(replace(LOADED, result=None, early=(early,)))
    assert [card.prediction for card in view.cards.values()] == [None] * 3, "cards that show nothing wait for all"
    render(replace(STRESSED, result=result_of(), early=(early,)))
    assert [card.prediction.digit for card in view.cards.values()] == [1, 1, 1]


@pytest.mark.parametrize(
    ("state", "text", "is_muted"),
    [
        (DrawState(), "Loading the models…", False),
        (DrawState(failure="No run can answer."), "No run can answer.", False),
        (DrawState(is_loaded=True, invitation="Write a 4 (2 of 3)"), "Write a 4 (2 of 3)", False),
        (LOADED, "7 · all three agree · 98\u00a0%", False),
        (replace(LOADED, pen="down"), "7 · all three agree · 98\u00a0%", False),
        (UNCERTAIN, "Uncertain: perhaps 2 or 4", True),
        (replace(UNCERTAIN, pen="lifted"), "Keep drawing", False),
        (replace(LOADED, result=result_of(digit_score=0.0)), "This does not look like a digit", True),
        (replace(LOADED, result=result_of(DOT)), "Keep drawing", False),
        (replace(LOADED, digits=group_of(result_of(), result_of())), "Looks like two digits: 7, 7", False),
        (
            replace(LOADED, digits=group_of(result_of(), result_of(digits=(4, 4, 4)), index=1)),
            "2 of 2: 4 · all three agree · 98\u00a0%",
            False,
        ),
        (
            STRESSED,
            "Rotation +12°: 1 · all three agree · 98\u00a0%",
            False,
        ),
    ],
)
def test_each_state_has_its_verdict(view, render, state, text, is_muted):
    render(state)
    assert view.verdict_bar.text == text
    assert {card.bars.muted for card in view.cards.values()} == {is_muted}


def test_cards_say_that_a_digit_of_several_has_to_be_clicked(view, render):
    render(replace(LOADED, digits=group_of(result_of(), result_of())))
    assert {(card.prediction, card.status) for card in view.cards.values()} == {(None, "Click a digit")}
    render(replace(LOADED, digits=group_of(result_of(), result_of(DOT), index=1)))
    assert all(card.prediction is not None for card in view.cards.values()), "a dot beside digits is chosen by the user"


@pytest.mark.parametrize(
    ("state", "note", "actions"),
    [
        (LOADED, "Labelled 7 ✓", ()),
        (STRESSED, "Labelled 7 ✗", ()),  # the cards answer the corrupted frame
        (replace(LOADED, result=result_of(DOT)), "", ()),  # and here the drawing before
        (replace(LOADED, digits=group_of(result_of(), result_of(), index=1)), "", ("Keep", "All digits")),
        (replace(LOADED, result=result_of(digits=(1, 1, 1))), "Labelled 7 ✗", ()),
        (replace(LOADED, result=None, name="mine.json"), "mine.json · labelled 7", ()),
        (replace(LOADED, message=Message("Saved as 7 in My digits", UNDO)), "Saved as 7 in My digits", ("Undo",)),
        (
            replace(LOADED, message=Message("Saved"), problems=("Run mine is cut short.",)),
            "Saved Run mine is cut short.",
            (),
        ),
        (replace(LOADED, digits=group_of(result_of(), result_of())), "Labelled 7 ✓", ("Copy text", "Keep all")),
    ],
)
def test_the_note_says_what_is_on_the_canvas_and_what_became_of_a_command(view, render, state, note, actions):
    render(state)
    assert (view.verdict_bar.note, view.verdict_bar.actions_shown) == (note, actions)


@pytest.mark.parametrize(
    ("state", "tip"),
    [
        (LOADED, "Right, it was 7"),
        (replace(LOADED, pen="lifted"), "Right, it was 7"),
        (replace(LOADED, pen="down"), "Right"),
        (replace(LOADED, request=2), "Right"),  # the prediction of the content before
        (UNCERTAIN, "Right"),
        (replace(UNCERTAIN, pen="lifted"), "Right"),
        (replace(LOADED, result=result_of(digit_score=0.0)), "Right"),
        (replace(LOADED, result=result_of(DOT)), "Right"),
        (replace(LOADED, digits=group_of(result_of(), result_of())), "Right"),
        (replace(LOADED, digits=group_of(result_of(), result_of(digits=(4, 4, 4)), index=1)), "Right, it was 4"),
        (replace(LOADED, digits=group_of(result_of(), result_of(digit_score=0.0), index=1)), "Right"),
        (STRESSED, "Right"),
    ],
)
def test_the_tick_is_off_where_nothing_is_confirmed(view, render, state, tip):
    render(state)
    button = view.label_row.findChild(QToolButton, "right")
    assert (button.toolTip(), button.isEnabled()) == (tip, tip != "Right")


def test_cards_name_the_active_run_until_another_has_predicted(view, render):
    render(replace(LOADED, result=None))
    assert "mine" in view.cards[1].run_button.toolTip()
    assert "came with the program" in view.cards[2].run_button.toolTip()
    render(LOADED)
    assert "model-1-fake" in view.cards[1].run_button.toolTip()


def test_a_card_says_why_its_model_has_no_prediction(view, render):
    render(DrawState())
    assert view.cards[1].status == "Loading…"
    render(DrawState(is_loaded=True, answerers=(RUNS[0], *NO_RUNS[1:])))
    assert [card.status for card in view.cards.values()] == ["", "No run: train one", "No run: train one"]


def test_a_state_is_final_once_its_content_is_predicted_and_the_pen_rests():
    assert LOADED.is_final
    assert not replace(LOADED, pen="lifted").is_final
    assert not replace(LOADED, request=2).is_final
    assert replace(LOADED, content=Drawing(), request=2).is_final


def test_the_frame_is_the_one_that_the_cards_answer(view, render):
    render(LOADED)
    assert np.array_equal(view.frame_view.frame, LOADED.result.frame)
    render(STRESSED)
    assert np.array_equal(view.frame_view.frame, TURNED)
