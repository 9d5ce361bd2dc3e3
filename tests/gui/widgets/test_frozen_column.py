"""The names of a table stay in view while its figures are scrolled sideways, and stand beside them in a wide window."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest

from mnist_gui.gui.compare.result.comparison_table import ComparisonRow, ComparisonTable
from mnist_gui.gui.widgets.frozen_column import FrozenColumn
from mnist_gui.gui.widgets.run_marker import RunMarker
from mnist_gui.gui.widgets.two_line_table import TableCell, TableColumn

COUNT = 12
COLUMNS = (
    TableColumn("Run", "The run.", numeric=False),
    *(TableColumn(f"Figure number {index}", "A figure.") for index in range(COUNT)),
)
ROWS = tuple(
    ComparisonRow(
        RunMarker(name, model),
        (TableCell(name, "shipped", name), *(TableCell(f"{model}.{index}", "", index) for index in range(COUNT))),
    )
    for model, name in ((1, "first"), (2, "second"), (3, "third"))
)


@pytest.fixture
def table(qtbot):
    table = ComparisonTable("Comparison of runs")
    qtbot.addWidget(table)
    table.resize(600, 300)
    table.show()
    table.set_rows(COLUMNS, ROWS)
    qtbot.waitExposed(table)
    return table


@pytest.fixture
def frozen(table):
    return table.findChild(FrozenColumn)


def left_edge(table, width):
    header = table.horizontalHeader().height()
    return table.grab(QRect(table.frameWidth(), table.frameWidth() + header, width, 100)).toImage()


def test_names_stay_in_view_while_figures_are_scrolled(table, frozen):
    assert not frozen.isVisible(), "the column itself is in view"
    before = left_edge(table, 100)
    table.horizontalScrollBar().setValue(table.horizontalScrollBar().maximum())
    assert frozen.isVisible()
    assert left_edge(table, 100) == before
    table.horizontalScrollBar().setValue(0)
    assert not frozen.isVisible()


def test_a_name_can_be_clicked_and_the_table_does_not_scroll_back(table, frozen):
    table.horizontalScrollBar().setValue(400)
    y = table.horizontalHeader().height() + table.rowViewportPosition(1) + 5
    QTest.mouseClick(frozen, Qt.MouseButton.LeftButton, pos=QPoint(10, y))
    assert table.currentIndex().data() == "second"
    assert table.horizontalScrollBar().value() == 400


def test_no_current_figure_is_covered_by_the_names(table, frozen):
    table.setCurrentIndex(table.model().index(0, COUNT))
    for _ in range(COUNT - 1):
        QTest.keyClick(table, Qt.Key.Key_Left)
        left = table.visualRect(table.currentIndex()).left()
        assert left >= 0
        assert not frozen.isVisible() or left >= frozen.width()
    assert table.currentIndex().column() == 1


def test_in_a_wide_window_figures_stand_beside_the_names(table):
    table.show_all(False)
    table.resize(4000, 300)
    name = table.fontMetrics().horizontalAdvance("second")
    assert table.columnViewportPosition(1) < max(name + 80, 20 * table.fontMetrics().averageCharWidth() + 60)
    assert table.horizontalScrollBar().maximum() == 0
