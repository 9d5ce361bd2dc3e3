"""The Result page: sentences, plot, tables, copying and saving."""

import csv
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QTextDocument

from mnist_gui.gui.compare.result.result_page import ResultPage
from mnist_gui.gui.widgets.scroll_column import ContentArea
from tests.comparison_data import add_run, compared, use_bar_models


@pytest.fixture
def compare(store, tiny_dataset, tmp_path, monkeypatch):
    use_bar_models(monkeypatch)

    def make(*runs):
        return compared(runs, tiny_dataset, tmp_path)

    return make


@pytest.fixture
def page(qtbot):
    page = ResultPage()
    qtbot.addWidget(page)
    page.resize(1100, 400)  # its sections are closed at first
    page.show()
    return page


@pytest.fixture
def filled(page, compare, store):
    page.set_result(compare(*(add_run(store, model, name=f"run-{model}") for model in (1, 2))))
    return page


def test_every_pair_is_described_with_its_meaning(filled, qtbot):
    assert not filled.pairs.isVisible()
    qtbot.mouseClick(filled.pairs_section.button, Qt.MouseButton.LeftButton)
    assert filled.pairs.isVisible()
    assert "indistinguishable from chance" in filled.pairs.text()
    assert "wrong only for" in filled.pairs.text()  # what stands behind the test, without its name
    assert "McNemar" not in filled.pairs.text()


def test_sentences_are_no_markup(page, compare, store):
    result = compare(*(add_run(store, model, name=f"run-{model}") for model in (1, 2)))
    sure = replace(result.pairwise_tests[0], sentence="Surely better, p < 0.001 (p < 0.001 corrected).")
    page.set_result(replace(result, pairwise_tests=(sure,)))
    shown = QTextDocument()
    shown.setHtml(page.pairs.text())
    assert "p < 0.001 (p < 0.001 corrected)" in shown.toPlainText()


def test_the_result_is_limited_to_these_runs(filled):
    assert filled.caveat.isVisible()
    assert "these trained runs only" in filled.caveat.text()


def test_a_single_run_has_no_pairs(page, compare, store):
    page.set_result(compare(add_run(store, 1, name="alone")))
    assert not page.caveat.isVisible()
    assert not page.pairs_section.isVisible()
    assert "Choose a second run" in page.headline.text()


def test_plot_and_table_have_the_same_figures(filled):
    assert "run-1: 6.7 %  (" in filled.error_rates.accessibleDescription()
    model = filled.table.model()
    assert model.index(0, 1).data() == "667"
    assert model.index(0, 1).data(Qt.ItemDataRole.AccessibleTextRole) == "667\n4 of 60"


def test_more_columns_are_shown_on_demand(filled, qtbot):
    few = sum(not filled.table.isColumnHidden(column) for column in range(filled.table.model().columnCount()))
    assert few == 6
    filled.more.setFocus()
    qtbot.keyClick(filled.more, Qt.Key.Key_Space)
    assert not any(filled.table.isColumnHidden(column) for column in range(filled.table.model().columnCount()))


def test_precision_recall_and_f1_of_each_digit_are_a_table(filled, qtbot):
    assert not filled.classes.isVisible()
    qtbot.mouseClick(filled.classes_section.button, Qt.MouseButton.LeftButton)
    assert filled.classes.isVisible()
    model = filled.classes.model()
    titles = [model.headerData(column, Qt.Orientation.Horizontal) for column in range(model.columnCount())]
    assert titles == ["Run", "Digit", "Precision", "Recall", "F1", "Digits"]
    rows = [[model.index(row, column).data() for column in range(len(titles))] for row in range(model.rowCount())]
    # The bar model reads three of the six 4s as 9s.
    assert ["run-1", "4", "100.00 %", "50.00 %", "66.67 %", "6"] in rows
    assert ["run-1", "9", "66.67 %", "100.00 %", "80.00 %", "6"] in rows
    assert len(rows) == 30


def test_several_seeds_are_shown_as_mean_and_spread(page, compare, store):
    runs = [add_run(store, model, seed=seed) for model in (1, 2) for seed in (1, 2, 3)]
    page.set_result(compare(*runs))
    assert page.seeds.isVisible()
    assert "over 3 seeds" in page.seeds.text()
    assert "±" in page.seeds.text()


def test_the_table_is_copied_as_markdown(filled, qtbot):
    with qtbot.waitSignal(filled.message_shown):
        qtbot.mouseClick(filled.copy, Qt.MouseButton.LeftButton)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].startswith("| Run |")
    assert len(lines) == 2 + 3


def test_the_table_is_saved_as_csv(filled, tmp_path):
    filled.save_csv(tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["Run"] for row in rows] == ["run-1", "run-2", "Together"]
    assert rows[0]["Errors"] == "4"


def test_a_path_that_cannot_be_written_is_a_message(filled, tmp_path, qtbot):
    (tmp_path / "file").write_text("")
    with qtbot.waitSignal(filled.message_shown) as signal:
        filled.save_csv(tmp_path / "file" / "table.csv")
    assert "could not be written" in signal.args[0]


def test_times_can_be_measured_again(filled, qtbot):
    assert not filled.measure_again.isVisible()
    filled.more.click()
    with qtbot.waitSignal(filled.measure_requested):
        qtbot.mouseClick(filled.measure_again, Qt.MouseButton.LeftButton)


def lowest(page):
    """Return how far down the page reaches."""
    widgets = (page.classes_section, page.classes, page.pairs)
    return max(each.mapTo(page, each.rect().bottomLeft()).y() for each in widgets if each.isVisible())


def test_a_large_page_is_used(compare, store, qtbot):
    area, page = ContentArea(), ResultPage()
    qtbot.addWidget(area)
    area.setWidget(page)
    area.resize(1100, 400)
    area.show()
    page.set_result(compare(*(add_run(store, model, name=f"run-{model}") for model in (1, 2, 3))))
    qtbot.wait(20)
    dots = page.error_rates.height()
    assert not page.pairs.isVisible() and not page.classes.isVisible()
    for height in (900, 1300):
        area.resize(2400, height)
        qtbot.wait(20)
        assert page.pairs.isVisible() and page.error_rates.height() > dots
        assert lowest(page) > 0.8 * height and area.verticalScrollBar().maximum() == 0
    assert page.classes.isVisible()
    area.resize(1100, 400)
    qtbot.wait(20)
    assert not page.pairs.isVisible() and not page.classes.isVisible()


def test_a_section_that_was_closed_stays_closed(page, compare, store, qtbot):
    page.resize(2400, 900)
    page.set_result(compare(*(add_run(store, model, name=f"run-{model}") for model in (1, 2, 3))))
    qtbot.mouseClick(page.pairs_section.button, Qt.MouseButton.LeftButton)
    page.resize(2400, 1300)
    qtbot.wait(20)
    assert not page.pairs.isVisible() and page.classes.isVisible()
