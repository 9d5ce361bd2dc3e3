import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from mnist_gui.analysis.comparison import Comparison, compare_runs
from mnist_gui.analysis.evaluation_data import mnist_evaluation_set
from mnist_gui.analysis.notebook_table import notebook_figures, notebook_table
from mnist_gui.analysis.summary_table import COLUMNS, as_csv, as_markdown, table, values, words
from mnist_gui.metrics import cross_entropy
from mnist_gui.models.architectures import ARCHITECTURES
from tests.made import compared_run, judged

pytestmark = pytest.mark.usefixtures("counting")


@pytest.fixture
def found(make_run, tiny_dataset, tmp_path) -> Comparison:
    return compare_runs([make_run(1), make_run(3)], mnist_evaluation_set(tiny_dataset), tmp_path)


def test_a_row_has_all_that_is_known_of_a_run(found, tmp_path):
    first, _, both = table(found, tmp_path)
    assert (first.errors, first.count, first.errors_in_10_000) == (6, 60, 1000)
    assert first.interval.low < 0.9 < first.interval.high
    assert first.error_interval.low < 1000 < first.error_interval.high
    assert (first.parameters, first.multiply_adds) == (2_435_210, ARCHITECTURES[1].multiply_adds)
    assert (first.file_bytes, first.seconds_an_epoch, first.epochs) == (3, 12.0, 1)
    assert first.milliseconds_an_answer > 0
    assert first.figures.train_accuracy == 0.8
    assert (both.model, both.notebook, both.figures.train_accuracy, both.seconds_an_epoch) == (0, None, None, None)
    assert both.parameters == 2_435_210 + 3_093_386


def test_the_notebooks_test_figures_stand_beside_mnists_only(found, tmp_path):
    bars = table(found, tmp_path)[0].notebook
    assert (bars.train_accuracy, bars.test_accuracy, bars.test_loss) == (0.9907, None, None)
    mnist = replace(found, data=replace(found.data, name="MNIST test"))
    assert table(mnist, tmp_path)[0].notebook == notebook_figures(1)


def test_its_figures_are_those_that_evaluate_prints(found, store, tiny_dataset, tmp_path):
    printed = {row.run: row.figures for row in notebook_table(store.entries(), tiny_dataset, tmp_path)}
    for row in table(found, tmp_path)[:-1]:
        assert row.figures == printed[row.title]


def test_together_is_judged_by_the_mean_of_what_its_members_show(found, tmp_path):
    both = table(found, tmp_path)[-1]
    mean = np.mean([each.probabilities for each in found.runs], axis=0)
    assert both.figures.test_loss == pytest.approx(cross_entropy(mean, found.data.labels))


def test_answers_are_timed_only_when_wanted(found, tmp_path):
    assert table(found, tmp_path, answer_times=False)[0].milliseconds_an_answer is None
    assert table(found, tmp_path, progress=lambda title: False)[-1].milliseconds_an_answer is None
    measured = table(found, tmp_path)[0].milliseconds_an_answer
    assert table(found, tmp_path, answer_times=False)[0].milliseconds_an_answer == measured


def test_a_damaged_history_leaves_its_figures_open(found, tmp_path):
    (found.runs[0].run.folder / "history.csv").write_text("nonsense")
    row = table(found, tmp_path)[0]
    assert (row.figures.train_accuracy, row.seconds_an_epoch, row.errors) == (None, None, 6)


def test_csv_reads_back_with_a_value_under_each_heading(found, tmp_path):
    rows = table(found, tmp_path)
    heading, *lines = csv.reader(io.StringIO(as_csv(rows)))
    assert tuple(heading) == COLUMNS
    assert [len(line) for line in lines] == [len(COLUMNS)] * 3
    first = dict(zip(heading, lines[0], strict=True))
    assert float(first["Test accuracy"]) == pytest.approx(0.9)
    assert (first["Errors"], first["Notebook test accuracy"], first["Parameters"]) == ("6", "", "2435210")
    assert dict(zip(heading, lines[2], strict=True))["Train accuracy"] == ""
    assert len(values(rows[0])) == len(COLUMNS)


def test_markdown_is_a_table_that_a_name_cannot_break(found, tmp_path):
    rows = table(found, tmp_path)
    lines = as_markdown(rows).splitlines()
    assert {line.count("|") for line in lines} == {13}
    assert "80.00 % (99.07 %)" in lines[2]
    assert "6 of 60" in lines[2]
    assert words(rows[-1])[1] == "–"


def test_a_single_digit_has_a_row_too(make_run, tmp_path):
    run = make_run(1)
    one = compared_run(run.name, 1, [3], [3], run=run)
    (row,) = table(Comparison(judged([3]), (one,)), tmp_path)
    assert (row.errors, row.count, row.interval.high) == (0, 1, 1.0)
    assert row.interval.low < 0.3
