import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QToolTip

from mnist_gui.analysis.fine_tuning_effect import effect_sentence
from mnist_gui.gui.train import notices
from mnist_gui.gui.train.notices import ERROR, INFO, MAX_NOTICES, SUCCESS, NoticeStack, RunNotices
from mnist_gui.models.training.training_events import TrainingEnded
from tests.comparison_data import add_run
from tests.fine_tuning_effects import effect_of

WIDTH = 900  # that of the right column at 1240x700


@pytest.fixture
def stack(qtbot):
    stack = NoticeStack()
    qtbot.addWidget(stack)
    stack.resize(WIDTH, stack.height())
    stack.show()
    return stack


def sentences(stack: NoticeStack) -> list[str]:
    return [notice.accessibleName() for notice in stack.notices]


def shown(stack: NoticeStack) -> str:
    (label,) = (label for label in stack.findChildren(QLabel, "notice_sentence") if label.isVisible())
    return label.text()[3:]


def button(stack: NoticeStack, name: str) -> QPushButton:
    return next(b for b in stack.findChildren(QPushButton, name) if b.isVisible())


def test_a_second_refusal_takes_the_place_of_the_first(stack):
    stack.show_notice("a/b is no name.", ERROR)
    stack.show_notice("Copied.", SUCCESS)
    stack.show_notice("con is no name.", ERROR)
    assert sentences(stack) == ["Copied.", "con is no name."]


def test_what_can_be_acted_upon_or_tells_of_a_run_outlasts_the_rest(stack):
    stack.show_notice("Model 1 has finished.", SUCCESS, action="Use it in Draw", run="a")
    stack.show_notice("Model 2 has failed.", ERROR, run="b")
    stack.show_notice("No such folder.", ERROR)
    stack.show_notice("Model 3 has finished.", SUCCESS, action="Use it in Draw", run="c")
    assert len(stack.notices) == MAX_NOTICES
    assert sentences(stack) == ["Model 1 has finished.", "Model 2 has failed.", "Model 3 has finished."]


def test_good_news_goes_by_itself_and_nothing_else_does(stack, qtbot, monkeypatch):
    monkeypatch.setattr(notices, "SUCCESS_MS", 30)
    stack.show_notice("Copied.", SUCCESS)
    stack.show_notice("Something waits.", INFO)
    stack.show_notice("Model 1 has finished.", SUCCESS, action="Use it in Draw", run="a")
    qtbot.waitUntil(lambda: sentences(stack) == ["Something waits.", "Model 1 has finished."])
    qtbot.wait(60)
    assert len(stack.notices) == 2


def test_acting_and_dismissing_take_a_notice_away(stack, qtbot):
    stack.show_notice("First.", INFO, action="Go on", run="a")
    stack.show_notice("Second.", INFO, action="Go on", run="b")
    qtbot.mouseClick(button(stack, "dismiss"), Qt.MouseButton.LeftButton)
    assert shown(stack) == "First."
    (first,) = stack.notices
    with qtbot.waitSignal(first.accepted):
        qtbot.mouseClick(button(stack, "accept"), Qt.MouseButton.LeftButton)
    assert stack.notices == []


def test_the_newest_is_shown_and_leads_to_the_earlier_ones(stack, qtbot):
    for sentence in ("First.", "Second.", "Third."):
        stack.show_notice(sentence, INFO, action="Go on", run=sentence)
    seen = [shown(stack)]
    for place in ("1 of 3", "2 of 3", "3 of 3"):
        assert button(stack, "earlier_notice").text() == place
        qtbot.mouseClick(button(stack, "earlier_notice"), Qt.MouseButton.LeftButton)
        seen.append(shown(stack))
    assert seen == ["Third.", "Second.", "First.", "Third."]
    for _ in range(2):
        qtbot.mouseClick(button(stack, "dismiss"), Qt.MouseButton.LeftButton)
    assert shown(stack) == "First."
    assert not any(b.isVisible() for b in stack.findChildren(QPushButton, "earlier_notice"))


def test_a_new_notice_does_not_take_a_button_from_under_the_keys(stack, qtbot):
    stack.show_notice("Deleted a run.", SUCCESS, action="Undo", run="a")
    stack.activateWindow()
    qtbot.waitUntil(stack.isActiveWindow)
    button(stack, "accept").setFocus()
    stack.show_notice("Something has failed.", ERROR, run="b")
    assert shown(stack) == "Deleted a run."
    assert button(stack, "earlier_notice").text() == "2 of 2"


def test_of_a_long_message_the_whole_is_shown_on_demand(stack, qtbot):
    stack.show_notice("It is short.", ERROR, run="a")
    assert not stack.notices[-1].findChild(QPushButton, "notice_details").isVisible()
    sentence = "A sentence that is too long for two lines of a small window, " * 6
    stack.show_notice(sentence, ERROR, run="b")
    qtbot.mouseClick(button(stack, "notice_details"), Qt.MouseButton.LeftButton)
    assert sentence.strip() in QToolTip.text()
    stack.resize(4 * WIDTH, stack.height())
    assert not stack.notices[-1].findChild(QPushButton, "notice_details").isVisible()
    QToolTip.hideText()


@pytest.mark.parametrize("held_out", [0, 5])
def test_what_a_lesson_has_changed_takes_two_lines_and_keeps_its_buttons(stack, qtbot, store, held_out):
    run = add_run(store, 3, name="model-3-fine-tuning-20261128-223301")
    replaces = "In Draw it would replace model-3-fine-tuning-20261127-101112."
    run_notices = RunNotices(stack, lambda _run: replaces)
    event = TrainingEnded(run.name, run.model, "completed", 3, "", answers=True)
    run_notices.show_ended("Model 3 has finished: accuracy on held-out frames 96.2\u00a0%.", SUCCESS, event)
    effect = effect_of([1] * 10, before=[7] * 10, after=[1] * 10, held_out=held_out)
    run_notices.show_effect(run, effect)
    (notice,) = stack.notices
    label = notice.findChild(QLabel, "notice_sentence")
    assert QLabel.text(label) == label.text(), "nothing is left out"
    assert notice.sentence.endswith(f"99.31\u00a0%: may be chance. {replaces}")
    for what in (effect_sentence(effect)[1:], "96.2", replaces):
        assert what in notice.details
    for name in ("notice_details", "accept", "dismiss"):
        place = button(stack, name)
        assert place.visibleRegion().boundingRect() == place.rect()
