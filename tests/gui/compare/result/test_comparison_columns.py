"""Rows in words."""

from dataclasses import replace

from mnist_gui.analysis.misclassifications import ClassScores
from mnist_gui.analysis.notebook_reference import Metrics
from mnist_gui.analysis.summary_table import CLASS_COLUMNS, COLUMNS, Row
from mnist_gui.gui.compare.result.comparison_columns import table_columns, table_rows
from mnist_gui.gui.widgets.run_marker import TOGETHER, RunMarker

OWN = Metrics(0.9744, 0.0862, 0.9933, 0.0197)
NOTEBOOK = Metrics(0.9907, 0.0319, 0.9914, 0.0255)
ROW = Row(
    "run", 1, "completed", epochs=4, metrics=OWN, notebook=NOTEBOOK, count=10_000, errors=67, parameters=2_400_000,
    multiply_adds=45_000_000, file_bytes=9_700_000,
)  # fmt: skip


def words(row, key, on_mnist=True, columns=COLUMNS):
    titles = [column.title for column in table_columns(columns, on_mnist)]
    (line,) = table_rows(columns, [row], [key])
    assert line.marker == key
    return dict(zip(titles, line.cells, strict=True))


def test_each_figure_has_the_notebooks_beside():
    found = words(ROW, RunMarker("run", 1))
    assert found["Run"][:2] == ("run", "model 1 · completed")
    assert found["Errors in 10,000"][:2] == ("67", "")
    assert found["Test accuracy"][:2] == ("99.33 %", "notebook 99.14 %")
    assert found["Train loss"][:2] == ("0.0862", "notebook 0.0319")
    assert found["95 % interval"].text == "99.15 to 99.47 %"
    assert found["Multiply-adds"].text == "45 M"
    assert found["File"].text == "9.7 MB"


def test_six_columns_matter_most():
    assert sum(not column.optional for column in table_columns(COLUMNS)) == 6


def test_on_other_digits_nothing_is_called_a_test_and_how_many_they_are_is_reported():
    notebook = replace(NOTEBOOK, test_accuracy=None, test_loss=None)
    few = Row("run", 1, "completed", epochs=4, metrics=OWN, notebook=notebook, count=40, errors=2)
    found = words(few, RunMarker("run", 1), on_mnist=False)
    assert found["Accuracy"].second == ""
    assert found["Errors in 10,000"][:2] == ("500", "2 of 40")


def test_what_is_not_known_is_a_dash_and_sorts_below_all_figures():
    together = Row("Together", 0, "together", shipped=True, count=10)
    found = words(together, RunMarker("Together", TOGETHER))
    assert found["Train accuracy"].text == "–"
    assert found["Train accuracy"].sort < 0
    assert found["Train accuracy"].description == "not known"


def test_each_digit_has_a_line_with_its_scores():
    found = words(ClassScores("run", 3, 5, 6, 0), RunMarker("run", 1), columns=CLASS_COLUMNS)
    assert [found[title].text for title in ("Run", "Digit", "Precision", "Recall")] == ["run", "3", "–", "83.33 %"]
    assert found["Recall"].second == "1 misread"
    assert found["Precision"].sort < 0 < found["Recall"].sort
