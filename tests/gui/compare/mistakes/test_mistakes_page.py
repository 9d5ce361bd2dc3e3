"""The Mistakes page, on known predictions."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from mnist_gui.gui import theme
from mnist_gui.gui.compare.mistakes.mistakes_page import CAPTION, DigitFilter, MistakesPage
from mnist_gui.gui.widgets.fitted_label import FittedLabel
from mnist_gui.gui.widgets.scroll_column import ContentArea
from tests.comparison_data import add_run, compared, use_bar_models
from tests.gui.compare.helpers import click_cell


@pytest.fixture
def result(store, tiny_dataset, tmp_path, monkeypatch):
    use_bar_models(monkeypatch)
    runs = [add_run(store, model, name=f"run-{model}") for model in (1, 2, 3)]
    return compared(runs, tiny_dataset, tmp_path)


@pytest.fixture
def page(qtbot, qapp, result):
    theme.apply(qapp, "light")
    page = MistakesPage()
    qtbot.addWidget(page)
    page.resize(1100, 600)
    page.set_result(result)
    page.show()
    yield page
    theme.apply(qapp, "light")


def choose(page, text):
    page.filter_box.setCurrentIndex(page.filter_box.findText(text))
    assert page.filter_box.currentText() == text
    return len(page.gallery.shown)


def test_the_caption_of_the_matrices_is_whole_with_large_text(page, qapp):
    theme.apply(qapp, "light", 1.5)
    page.resize(972, 560)  # as beside the scroll bar in a window of 1024x700
    qapp.processEvents()
    caption = page.findChild(FittedLabel, "matrix_caption")
    assert QLabel.text(caption) == caption.text() == CAPTION


def test_all_mistakes_are_shown_first(page):
    assert page.filter_box.currentText() == "All mistakes"
    assert page.count.text() == "6 digits"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Wrong by all", 0),
        ("Wrong by one only", 6),
        ("Wrong by run-1", 4),
        ("Wrong by Together", 0),
        ("Right by run-1, wrong by run-2", 2),
        ("Right by run-2, wrong by run-1", 4),
        ("Least sure but right", 54),
        ("Every digit", 60),
    ],
)
def test_the_gallery_shows_what_is_chosen(page, text, count):
    assert choose(page, text) == count


def test_an_empty_choice_is_a_sentence(page):
    choose(page, "Wrong by all")
    assert page.gallery.accessibleDescription() == "Wrong by all: there is no such digit."


def test_the_most_frequent_mistakes_are_those_of_the_chosen_run(page, qtbot):
    assert page.most_frequent.text() == "Together misreads none of them."
    page.run_box.setCurrentIndex(page.run_box.findText("run-1"))
    buttons = page.confusions.buttons
    assert [button.text() for button in buttons] == ["4 read as 9 (3)", "7 read as 2 (1)"]
    qtbot.mouseClick(buttons[0], Qt.MouseButton.LeftButton)
    assert page.filter_box.currentText() == "4 read as 9 by run-1"
    assert len(page.gallery.shown) == 3
    assert page.matrices.matrices[0].chosen == (4, 9)
    assert page.matrices.matrices[1].chosen is None


def test_the_digits_can_be_put_in_order(page, result):
    choose(page, "Every digit")
    page.run_box.setCurrentIndex(0)
    page.order_box.setCurrentIndex(page.order_box.findText("In order"))
    assert list(page.gallery.shown) == list(range(60))
    page.order_box.setCurrentIndex(page.order_box.findText("Most surprising first"))
    losses = result.comparison.runs[0].losses[page.gallery.shown]
    assert (np.diff(losses) <= 0).all()


def test_the_difference_of_two_opens_the_digits_of_either(page, qtbot):
    page.matrices_box.setCurrentIndex(page.matrices_box.findText("run-1 minus run-2"))
    (matrix,) = page.matrices.matrices
    assert matrix.confusion.description((5, 3)) == "5 read as 3: 2 times more often by run-2 than by run-1"
    click_cell(matrix, 5, 3)
    assert page.filter_box.currentText() == "5 read as 3 by run-1 or run-2"
    assert len(page.gallery.shown) == 2


def test_the_same_runs_on_other_digits_leave_the_choice_as_it_is(page, result):
    choose(page, "Wrong by run-2")
    page.set_result(result)
    assert page.filter_box.currentText() == "Wrong by run-2"
    assert page.filter_box.value == DigitFilter("run", 1)


def test_one_run_alone_has_no_pairs_and_no_differences(page, store, tiny_dataset, tmp_path):
    page.set_result(compared([store.get("run-1")], tiny_dataset, tmp_path))
    texts = [page.filter_box.itemText(index) for index in range(page.filter_box.count())]
    assert texts == ["All mistakes", "Least sure but right", "Every digit"]
    assert not page.matrices_box.isVisible()
    assert len(page.matrices.matrices) == 1


@pytest.mark.slow
def test_many_runs_can_be_shown(page, store, tiny_dataset, tmp_path):
    runs = [add_run(store, 1 + seed % 3, seed=seed, name=f"many-{seed}") for seed in range(10, 20)]
    page.set_result(compared(runs, tiny_dataset, tmp_path))
    assert len(page.matrices.matrices) == 11
    assert not page.grab().isNull()
    # Only the pairs with the chosen run are offered.
    assert page.matrices_box.count() == 1 + 10
    page.run_box.setCurrentIndex(page.run_box.findText("many-12"))
    offered = [page.matrices_box.itemText(index) for index in range(1, page.matrices_box.count())]
    assert len(offered) == 10
    assert all("many-12" in text for text in offered)
    page.matrices_box.setCurrentIndex(1)
    page.run_box.setCurrentIndex(page.run_box.findText("many-13"))  # that difference is no longer offered
    assert len(page.matrices.matrices) == 11


def test_tab_goes_from_the_top_to_the_bottom(page, qapp):
    page.run_box.setCurrentIndex(page.run_box.findText("run-1"))
    page.matrices_box.setCurrentIndex(1)
    page.matrices_box.setCurrentIndex(0)
    qapp.processEvents()  # the matrices appear
    expected = [
        *page.confusions.buttons,
        page.matrices_box,
        *page.matrices.matrices,
        page.filter_box,
        page.order_box,
        page.run_box,
    ]
    found = [expected[0]]
    while len(found) <= len(expected):
        following = found[-1].nextInFocusChain()
        while following.focusPolicy() == Qt.FocusPolicy.NoFocus or not following.isVisible():
            following = following.nextInFocusChain()
        found.append(following)
    assert found == [*expected, page.gallery]


def test_in_a_low_window_a_click_in_a_matrix_shows_a_whole_row_of_its_digits(qtbot, result):
    area, page = ContentArea(), MistakesPage()
    qtbot.addWidget(area)
    area.setWidget(page)
    area.resize(1100, 240)
    area.show()
    qtbot.waitExposed(area)
    page.set_result(result)  # with more runs, a row of digits is taller
    qtbot.waitUntil(lambda: page.gallery.height() >= page.gallery.tiles.size.height())
    assert page.gallery.mapTo(area, page.gallery.rect().bottomLeft()).y() > area.height()
    click_cell(page.matrices.matrices[0], 4, 9)
    assert page.gallery.mapTo(area, page.gallery.rect().bottomLeft()).y() <= area.height()
