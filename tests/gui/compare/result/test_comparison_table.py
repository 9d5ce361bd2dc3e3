import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from mnist_gui.gui.compare.result.comparison_table import ComparisonRow, ComparisonTable
from mnist_gui.gui.widgets.run_marker import RunMarker
from mnist_gui.gui.widgets.two_line_table import TableCell, TableColumn

COLUMNS = (
    TableColumn("Run", "The run.", numeric=False),
    TableColumn("Errors", "Errors in 10,000."),
    TableColumn("Seconds", "Of an epoch.", optional=True),
)


def row(name, model, errors, seconds):
    return ComparisonRow(
        RunMarker(name, model),
        (
            TableCell(name, "shipped", name),
            TableCell(str(errors), "notebook 86", errors),
            TableCell("–") if seconds is None else TableCell(f"{seconds} s", "", seconds),
        ),
    )


ROWS = (row("b", 1, 65, 50), row("a", 2, 9, None), row("c", 3, 100, 7))


@pytest.fixture
def table(qtbot):
    table = ComparisonTable("Comparison of runs")
    qtbot.addWidget(table)
    table.resize(800, 300)
    table.show()
    table.set_rows(COLUMNS, ROWS)
    return table


def names(table):
    model = table.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def click_header(table, qtbot, column):
    header = table.horizontalHeader()
    x = header.sectionViewportPosition(column) + header.sectionSize(column) // 2
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, 10))


def test_rows_stand_as_given_until_a_header_is_clicked(table, qtbot):
    assert names(table) == ["b", "a", "c"]
    click_header(table, qtbot, 1)
    assert names(table) == ["a", "b", "c"]  # as numbers, not as words
    click_header(table, qtbot, 1)
    assert names(table) == ["c", "b", "a"]


def test_enter_sorts_by_the_current_column(table):
    table.setCurrentIndex(table.model().index(0, 1))
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert names(table) == ["a", "b", "c"]
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert names(table) == ["c", "b", "a"]


def test_more_columns_are_seen_on_demand_and_stay(table):
    assert table.isColumnHidden(2)
    table.show_all(True)
    assert not table.isColumnHidden(2)
    table.set_rows(COLUMNS, ROWS[:1])
    assert not table.isColumnHidden(2)
    table.show_all(False)
    assert table.isColumnHidden(2)


def test_the_order_outlives_new_figures(table, qtbot):
    click_header(table, qtbot, 1)
    table.set_rows(COLUMNS, (*ROWS, row("d", 1, 20, 3)))
    assert names(table) == ["a", "d", "b", "c"]


def test_a_figure_is_reported_with_what_stands_beside_it(table):
    messages = table.model().index(0, 1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert messages == "65\nnotebook 86"


def test_every_column_is_as_wide_as_its_words(table):
    table.show_all(True)
    for column in range(1, 3):
        words = table.model().headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole)
        assert table.columnWidth(column) > table.fontMetrics().horizontalAdvance(words)


def edited(table, qtbot, text, key=Qt.Key.Key_Return):
    """Edit the title in the current row by F2; return the titles that the table reported."""
    reported = []
    table.title_edited.connect(lambda run, title: reported.append((run, title)))
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_F2)
    editor = table.findChild(QLineEdit, "run_title")
    assert editor.text() == "first try"
    editor.setText(text)
    QTest.keyClick(editor, key)
    qtbot.waitUntil(lambda: table.findChild(QLineEdit, "run_title") is None)
    return reported


@pytest.fixture
def titled(table):
    """The table with a row whose title may be edited, at the second column."""
    table.set_rows(COLUMNS, (ROWS[0], ROWS[1]._replace(run="a", title="first try")))
    table.setCurrentIndex(table.model().index(1, 1))
    return table


def test_f2_edits_the_title_of_a_run_in_place(titled, qtbot):
    assert edited(titled, qtbot, "second try") == [("a", "second try")]


def test_esc_leaves_a_title_as_it_was(titled, qtbot):
    assert edited(titled, qtbot, "second try", Qt.Key.Key_Escape) == []


def test_a_double_click_edits_a_title_but_not_that_of_a_shipped_run(titled, qtbot):
    for row, expected in ((0, 0), (1, 1)):
        place = titled.visualRect(titled.model().index(row, 0)).center()
        qtbot.mouseClick(titled.viewport(), Qt.MouseButton.LeftButton, pos=place)
        qtbot.mouseDClick(titled.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert len(titled.findChildren(QLineEdit, "run_title")) == expected


def test_rows_that_come_while_a_title_is_edited_wait(titled, qtbot):
    titled.setFocus()
    QTest.keyClick(titled, Qt.Key.Key_F2)
    editor = titled.findChild(QLineEdit, "run_title")
    editor.setText("typed so far")
    titled.set_rows(COLUMNS, ROWS)
    assert editor.isVisible()
    assert len(names(titled)) == 2
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: len(names(titled)) == 3)
