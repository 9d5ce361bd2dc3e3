"""The steps of a writing session, and the bar that asks for them."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from mnist_gui.gui.draw.fine_tuning.writing_prompt import WritingPrompt, WritingStep, next_step, requested_copies


def test_digits_come_in_turn_and_again():
    counts: dict[int, int] = {}
    steps = []
    while step := next_step(counts):
        steps.append(step)
        counts[step.digit] = counts.get(step.digit, 0) + 1
    assert [step.digit for step in steps] == [*range(10)] * 3
    assert [step.done for step in steps] == [*range(30)]
    assert (steps[14], steps[14].total) == (WritingStep(4, 2, 3, 14), 30)


def test_it_goes_on_from_what_there_is():
    counts = dict.fromkeys(range(10), 2) | {0: 3, 1: 12, 2: 1}
    assert next_step(counts) == WritingStep(2, 2, 3, 3 + 3 + 1 + 7 * 2)
    assert next_step(counts | {2: 2}) == WritingStep(2, 3, 3, 3 + 3 + 8 * 2)


def test_a_skipped_digit_counts_as_written_once():
    assert next_step({}, skipped=[0]).digit == 1
    assert next_step({0: 1, 1: 1}, skipped=[2]).digit == 3
    assert next_step({digit: 1 for digit in range(10) if digit != 2}, skipped=[2]) == WritingStep(0, 2, 3, 10)
    assert next_step(dict.fromkeys(range(1, 10), 3), skipped=[0, 0, 0]) is None


@pytest.mark.parametrize(("least", "copies"), [(0, 3), (2, 3), (3, 6), (7, 9)])
def test_three_more_are_asked_for_once_there_are_three(least, copies):
    counts = {digit: least + (digit == 4) for digit in range(10)}
    assert requested_copies(counts) == copies
    assert next_step(counts, copies) is not None


@pytest.fixture
def prompt(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    prompt = WritingPrompt()
    layout = QHBoxLayout(window)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(prompt)
    prompt.container = window
    prompt.set_step(WritingStep(4, 2, 3, 14), can_go_back=True)
    window.resize(620, 120)
    window.show()
    return prompt


def test_it_says_what_to_write_and_how_far_one_is(prompt):
    assert prompt.findChild(QLabel, "guide_words").text() == "Write a 4 (2 of 3)"
    assert prompt.findChild(QLabel, "guide_count").text() == "15 of 30"
    bar = prompt.findChild(QProgressBar)
    assert (bar.value(), bar.maximum()) == (14, 30)
    assert prompt.accessibleName() == "Write a 4 (2 of 3), 15 of 30"
    prompt.set_step(WritingStep(8, 1, 3, 8), can_go_back=True)
    assert prompt.findChild(QLabel, "guide_words").text() == "Write an 8 (1 of 3)"


def test_its_buttons_ask(prompt, qtbot):
    for name, signal in (
        ("back", prompt.back_requested),
        ("skip", prompt.skip_requested),
        ("stop", prompt.stop_requested),
        ("keep", prompt.keep_requested),
        ("write_again", prompt.rewrite_requested),
    ):
        if name == "keep":
            prompt.ask(WritingStep(8, 1, 3, 8), read=3)
            assert prompt.accessibleName() == "Read as 3. Keep it as an 8?"
        with qtbot.waitSignal(signal):
            qtbot.mouseClick(prompt.findChild(QPushButton, f"guide_{name}"), Qt.MouseButton.LeftButton)
    prompt.set_step(WritingStep(0, 1, 3, 0), can_go_back=False)
    assert not prompt.findChild(QPushButton, "guide_back").isEnabled()


def test_it_folds_where_it_is_narrow(prompt, qtbot):
    prompt.container.resize(300, 120)
    words, stop = prompt.findChild(QLabel, "guide_words"), prompt.findChild(QPushButton, "guide_stop")
    qtbot.waitUntil(lambda: stop.y() > words.geometry().bottom())
    assert prompt.rect().contains(stop.geometry())
    assert words.width() >= words.sizeHint().width()
