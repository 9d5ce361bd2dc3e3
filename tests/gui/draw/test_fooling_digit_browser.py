"""The Draw tab: test digits that fool the models."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from mnist_gui.analysis import fooling_digits
from mnist_gui.analysis.evaluation_data import mnist_evaluation_set
from mnist_gui.analysis.fooling_digits import FoolingDigit, NoFoolingDigitError
from mnist_gui.analysis.prediction_cache import predictions
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.picture import Picture
from mnist_gui.gui.draw.fooling_digit_browser import FoolingDigitBrowser
from tests.comparison_data import add_run, use_bar_models
from tests.fakes import BarModel, FakePredictor
from tests.gui.draw.draw_tab_actions import note_of, stroke

SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def fooled_run(store, tiny_dataset, monkeypatch):
    """An active run of model 1 that misreads the test digits 4, 7, 14 and 24."""
    use_bar_models(monkeypatch)
    monkeypatch.setattr(fooling_digits, "LoadedModel", BarModel)
    run = add_run(store)
    store.activate(run.name)
    predictions(run, mnist_evaluation_set(tiny_dataset), store.folder.parent / "cache")
    return run


def press_t(qtbot, tab, modifier=Qt.KeyboardModifier.NoModifier) -> int:
    """Press T on the canvas; return the number of the digit that the note names then."""
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_T, modifier)
    note_of(tab, qtbot, "MNIST test digit")
    return int(tab.view.verdict_bar.note.split()[3])


@pytest.mark.usefixtures("fooled_run")
def test_t_goes_through_them_and_says_who_is_fooled(open_tab, qtbot):
    tab = open_tab(FakePredictor((9, 4, 9), 0.98))
    seen = [press_t(qtbot, tab) for _ in range(5)]
    assert sorted(seen[:4]) == [4, 7, 14, 24]
    assert seen[4] == seen[0], "after the last the first"
    assert [press_t(qtbot, tab, SHIFT) for _ in range(2)] == [seen[3], seen[2]]
    label = seen[2] % 10
    assert isinstance(tab.content, Picture)
    assert (tab.content.label, tab.content.framed) == (label, True)
    note_of(tab, qtbot, f"MNIST test digit {seen[2]} · the {label} that two of three call a 9")


@pytest.mark.usefixtures("fooled_run")
def test_the_button_shows_one_and_undo_brings_the_drawing_back(open_tab, qtbot):
    tab = open_tab()
    stroke(qtbot, tab)
    drawn = tab.content
    buttons = [each for each in tab.view.toolbar.findChildren(QToolButton) if each.text() == "Fools them"]
    qtbot.mouseClick(buttons[0], Qt.MouseButton.LeftButton)
    note_of(tab, qtbot, "MNIST test digit")
    assert buttons[0].accessibleName() == "A digit that fools them"
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_Z, CONTROL)
    assert tab.content is drawn


@pytest.mark.usefixtures("fooled_run")
def test_the_digit_before_the_first_is_the_last(open_tab, qtbot):
    tab = open_tab()
    last, first = press_t(qtbot, tab, SHIFT), press_t(qtbot, tab)
    assert first != last
    assert press_t(qtbot, tab, SHIFT) == last


def test_the_note_says_why_there_is_none(open_tab, qtbot):
    tab = open_tab()
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_T)
    note_of(tab, qtbot, "Which digits fool the models is not known yet: compare the runs in the Compare tab first.")
    assert tab.content.is_blank


class HeldSearch:
    """Finds one digit when it may."""

    def __init__(self) -> None:
        self.count = 0
        self.may = threading.Event()

    def __call__(self):
        self.count += 1
        assert self.may.wait(5)
        return (FoolingDigit(self.count, np.full((28, 28), 255, np.uint8), 4),)


def test_a_stroke_goes_before_a_digit_that_is_still_searched(open_tab, qtbot):
    tab = open_tab()
    search = tab._fooling_digits._find = HeldSearch()
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_T)
    note_of(tab, qtbot, "Looking for digits that fool the models")
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_T)
    stroke(qtbot, tab)
    search.may.set()
    qtbot.wait(50)
    assert isinstance(tab.content, Drawing)
    assert not tab.content.is_blank
    assert search.count == 1
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_T)
    note_of(tab, qtbot, "MNIST test digit 2")


def test_they_are_searched_again_for_other_runs(qtbot):
    search = HeldSearch()
    browser = FoolingDigitBrowser(search)
    shown: list[str] = []
    browser.content_read.connect(lambda _content, name: shown.append(name))
    browser.show_next()
    qtbot.waitUntil(lambda: search.count == 1)
    browser.forget()  # other runs are active before the digits of the former ones were found
    search.may.set()
    qtbot.waitUntil(lambda: shown == ["MNIST test digit 2"])
    browser.show_next()
    assert shown == ["MNIST test digit 2"] * 2
    browser.forget()
    browser.show_next()
    qtbot.waitUntil(lambda: shown[2:] == ["MNIST test digit 3"])
    browser.shut_down()


def test_a_failed_search_is_repeated_on_demand(qtbot):
    def fail():
        raise NoFoolingDigitError("None.")

    browser = FoolingDigitBrowser(fail)
    messages: list[str] = []
    browser.message_shown.connect(messages.append)
    for _ in range(2):
        browser.show_next()
        qtbot.waitUntil(lambda: messages[-1] == "None.")
        qtbot.waitUntil(lambda: not browser._task.is_running)
    assert messages == ["Looking for digits that fool the models…", "None."] * 2
    browser.shut_down()
