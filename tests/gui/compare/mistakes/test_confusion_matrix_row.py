import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mnist_gui.gui.compare.mistakes.confusion_matrix_row import ConfusionMatrixRow
from mnist_gui.gui.widgets.run_marker import TOGETHER, RunMarker
from tests.gui.compare.helpers import click_cell

MARKERS = (RunMarker("one", 1), RunMarker("two", 2), RunMarker("three", 3), RunMarker("Together", TOGETHER))


def counts(most):
    found = np.eye(10, dtype=np.int64) * 100
    found[4, 9] = most
    return found


@pytest.fixture
def row(qtbot):
    row = ConfusionMatrixRow()
    qtbot.addWidget(row)
    row.resize(1000, 400)
    row.set_matrices({marker: counts(index + 1) for index, marker in enumerate(MARKERS)})
    row.show()
    qtbot.waitExposed(row)
    return row


def test_four_matrices_fit_without_scrolling(row):
    assert len(row.matrices) == 4
    assert row.horizontalScrollBar().maximum() == 0
    assert {matrix.height() for matrix in row.matrices} == {row.matrices[0].height()}


def test_all_matrices_have_one_scale(row):
    assert {matrix.confusion.maximum for matrix in row.matrices} == {4}


def test_a_chosen_cell_comes_with_the_index_of_its_matrix(row, qtbot):
    matrix = row.matrices[2]
    with qtbot.waitSignal(row.cell_chosen) as signal:
        click_cell(matrix, 4, 9)
    assert signal.args == [2, 4, 9]


def test_the_difference_replaces_the_matrices(row, qtbot):
    row.set_difference(MARKERS[0], MARKERS[1], counts(1) - counts(5))
    (matrix,) = row.matrices
    with qtbot.waitSignal(row.cell_chosen) as signal:
        click_cell(matrix, 4, 9)
    assert signal.args == [-1, 4, 9]


def test_many_matrices_scroll_sideways_and_tab_scrolls_to_them(row, qtbot):
    row.set_matrices({RunMarker(f"run {index}", 1, index): counts(1) for index in range(12)})
    qtbot.waitUntil(lambda: row.horizontalScrollBar().maximum() > 0)
    row.matrices[0].setFocus()
    for _ in range(11):
        QTest.keyClick(row.window().focusWidget() or row, Qt.Key.Key_Tab)
    if row.matrices[11].hasFocus():  # an inactive window gives no focus
        assert row.horizontalScrollBar().value() > 0


def test_the_chosen_cell_is_framed_in_its_matrix_only(row):
    row.set_chosen(1, (4, 9))
    assert [matrix.chosen for matrix in row.matrices] == [None, (4, 9), None, None]


def test_the_title_of_a_difference_names_both_runs(row, qtbot):
    row.resize(500, 240)
    names = [MARKERS[index]._replace(name=f"run number {index} with a long name") for index in range(2)]
    row.set_difference(*names, counts(1) - counts(5))
    (title,) = row._titles
    qtbot.waitUntil(lambda: title.heightForWidth(title.width()) <= title.height())
