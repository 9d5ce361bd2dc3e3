"""How far fine-tuning is, and what it changed, as a picture."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLabel, QProgressBar, QPushButton

from mnist_gui.analysis.fine_tuning_effect import effect_sentence, short_effect_sentence
from mnist_gui.gui import theme
from mnist_gui.gui.draw.fine_tuning.before_after_bars import BeforeAfterBars
from mnist_gui.gui.draw.fine_tuning.misread_digits import MisreadList, misread_digits
from mnist_gui.gui.draw.fine_tuning.outcome_panel import OutcomePanel
from mnist_gui.gui.fine_tuning_service import UNDO, USE, FineTuningOutcome
from tests.fine_tuning_effects import effect_of

LEFT = Qt.MouseButton.LeftButton
LABELS = [7, 1, 4, 3, 9]
TITLES = {number: f"Model {number}" for number in (1, 2, 3)}
EFFECTS = {
    1: effect_of(LABELS, before=[2, 1, 4, 8, 9], after=[7, 1, 4, 8, 4], held_out=2),
    3: effect_of(LABELS, before=[7, 1, 4, 5, 9], after=[7, 1, 4, 3, 9], held_out=2),
}


def outcome(model, text="taught", **more):
    return FineTuningOutcome(model, f"Model {model}", f"model-{model}-teach", text, **more)


def judged(effects):
    return {
        model: outcome(model, is_completed=True, is_over=True, is_done=True, effect=effect)
        for model, effect in effects.items()
    }


@pytest.fixture
def panel(qtbot):
    panel = OutcomePanel()
    qtbot.addWidget(panel)
    panel.resize(900, 160)
    panel.show()
    yield panel
    theme.apply(QApplication.instance(), "light")


def button(panel, name):
    return panel.findChild(QPushButton, name)


def tiles(panel):
    found = panel.findChild(MisreadList)
    return [found.item(row).toolTip() for row in range(found.count())] if found.isVisible() else []


# -- the digits


def test_digits_that_any_model_misreads_before_or_now_are_found_those_kept_for_judging_first():
    found = misread_digits(EFFECTS, TITLES)
    assert [(digit.label, digit.is_held_out, digit.is_improved) for digit in found] == [
        (3, True, True),
        (9, True, False),
        (7, False, True),
    ]
    assert [answers.digits for answers in found[0].answers.values()] == [(8, 8), (5, 3)]
    assert round(255 * float(found[0].frame.max())) == 4, "the frame of the digit of index 3"
    assert found[0].text == (
        "Your 3, kept for judging\n"
        "Model 1: 8 (92\N{NO-BREAK SPACE}%) before, 8 (92\N{NO-BREAK SPACE}%) now\n"
        "Model 3: 5 (92\N{NO-BREAK SPACE}%) before, 3 (92\N{NO-BREAK SPACE}%) now"
    )


def test_where_all_is_read_there_is_nothing_to_show():
    assert misread_digits({}, TITLES) == []
    assert misread_digits({1: effect_of([7, 1], [7, 1], [7, 1])}, TITLES) == []


# -- the page


def test_each_model_has_a_line(panel):
    def lines():
        labels = (panel.findChild(QLabel, f"lesson_words_{model}") for model in (1, 2, 3))
        return [label.text() for label in labels if label.isVisible()]

    panel.set_outcomes({1: outcome(1, "is learning"), 3: outcome(3, "waits")}, "")
    assert lines() == ["Model 1: is learning", "Model 3: waits"]
    panel.set_outcomes({1: outcome(1, "taught")}, "")
    assert lines() == ["Model 1: taught"]


def test_where_several_models_lack_the_room_for_whole_sentences_these_are_tooltips(panel):
    panel.resize(520, 134)
    text = effect_sentence(EFFECTS[1])
    done = {
        number: outcome(number, text, is_over=True, is_done=True, effect=effect) for number, effect in EFFECTS.items()
    }
    panel.set_outcomes(done, USE)
    QApplication.processEvents()
    label = panel.findChild(QLabel, "lesson_words_1")
    assert label.text() == short_effect_sentence(EFFECTS[1])
    assert text in label.toolTip()
    assert not panel.findChild(BeforeAfterBars).isVisible()
    panel.resize(1100, 200)
    QApplication.processEvents()
    assert label.text() == f"Model 1: {text}"
    assert panel.findChild(BeforeAfterBars).isVisible()


def test_the_action_is_offered_only_when_there_is_one(panel, qtbot):
    assert not button(panel, "lesson_action").isVisible()
    panel.set_outcomes({}, USE)
    assert button(panel, "lesson_action").text() == "Use it"
    with qtbot.waitSignal(panel.action_triggered):
        qtbot.mouseClick(button(panel, "lesson_action"), LEFT)
    panel.set_outcomes({}, UNDO)
    assert button(panel, "lesson_action").text() == "Undo teaching"
    panel.set_outcomes({}, "")
    assert not button(panel, "lesson_action").isVisible()


def test_progress_shows_the_time_left_and_can_be_stopped(panel, qtbot):
    bar, left = panel.findChild(QProgressBar, "teaching_progress"), panel.findChild(QLabel, "teaching_left")
    assert not bar.isVisible()
    panel.set_progress(0.0, None, can_stop=True)
    assert bar.isVisible() and left.text() == ""
    panel.set_progress(0.25, 84.2, can_stop=True)
    assert bar.value() == bar.maximum() / 4 and left.text() == "1:24 left"
    with qtbot.waitSignal(panel.stop_requested):
        qtbot.mouseClick(button(panel, "stop_teaching"), LEFT)
    panel.set_progress(0.3, 70, can_stop=False)
    assert not button(panel, "stop_teaching").isEnabled()
    panel.set_progress(None)
    assert not bar.isVisible() and not button(panel, "stop_teaching").isVisible()


def test_the_misread_digits_are_shown_once_every_model_is_done(panel):
    panel.set_outcomes({**judged({1: EFFECTS[1]}), 3: outcome(3, "is learning")}, "")
    assert tiles(panel) == []
    panel.set_outcomes(judged(EFFECTS), USE)
    assert [text.splitlines()[0] for text in tiles(panel)] == [
        "Your 3, kept for judging",
        "Your 9, kept for judging",
        "Your 7, taught",
    ]
    panel.set_outcomes({1: outcome(1, "waits for its turn")}, "")
    assert tiles(panel) == [], "the digits can be taught again"


def test_the_bars_follow_the_chosen_digit_which_another_button_leaves_alone(panel, qtbot):
    panel.set_outcomes(judged(EFFECTS), USE)
    thumbnails, bars = panel.findChild(MisreadList), panel.findChild(BeforeAfterBars)
    assert bars.accessibleName().startswith("Your 3,"), "the first one that a model has learned to read"
    third = thumbnails.visualItemRect(thumbnails.item(2)).center()
    qtbot.mouseClick(thumbnails.viewport(), LEFT, pos=third)
    assert bars.accessibleName().startswith("Your 7, taught; Model 1: 2 (92")
    panel.set_outcomes(judged(EFFECTS), UNDO)
    panel.set_outcomes({**judged(EFFECTS)}, UNDO)
    assert thumbnails.currentRow() == 2
    thumbnails.setFocus()
    qtbot.keyClick(thumbnails, Qt.Key.Key_Left)
    assert bars.accessibleName().startswith("Your 9,")


@pytest.mark.parametrize("name", ["light", "dark"])
def test_old_and_new_answers_stand_side_by_side(panel, qapp, name):
    theme.apply(qapp, name)
    panel.set_outcomes(judged({1: effect_of([7], before=[2], after=[7])}), USE)
    QApplication.processEvents()
    bars = panel.findChild(BeforeAfterBars)
    image = bars.grab().toImage()
    colors = theme.DARK if name == "dark" else theme.LIGHT

    def pixels(color):
        return [x for x in range(image.width()) if image.pixelColor(x, round(image.height() * 0.6)).name() == color]

    before, now = pixels(colors.muted.lower()), pixels(colors.marks[0].lower())
    step = image.width() / 10
    assert {int(x // step) for x in before} == {2} and {int(x // step) for x in now} == {7}


def test_a_tile_shows_the_frame_with_both_answers(panel):
    panel.set_outcomes(judged({1: effect_of([7], before=[2], after=[7])}), USE)
    QApplication.processEvents()
    thumbnails = panel.findChild(MisreadList)
    image = thumbnails.viewport().grab().toImage()
    inside = thumbnails.visualItemRect(thumbnails.item(0)).topLeft() + QPoint(20, 20)
    assert image.pixelColor(inside).lightness() == 1, "the frame's pixels have the level 1"
