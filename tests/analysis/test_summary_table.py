import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from mnist_gui.analysis.comparison import Comparison, compare_runs
from mnist_gui.analysis.evaluation_data import mnist_evaluation_set
from mnist_gui.analysis.misclassifications import class_scores
from mnist_gui.analysis.notebook_reference import notebook_metrics
from mnist_gui.analysis.prediction_cache import save_predictions
from mnist_gui.analysis.run_settings import SETTINGS, UNKNOWN
from mnist_gui.analysis.summary_table import (
    CLASS_COLUMNS,
    COLUMNS,
    as_csv,
    as_markdown,
    notebook_table,
    summary_table,
    table_columns,
    window_columns,
)
from mnist_gui.metrics import cross_entropy
from mnist_gui.models.architectures import ARCHITECTURES
from mnist_gui.runs.record import EpochMetrics
from tests.comparison_data import compared_run, evaluation_set

pytestmark = pytest.mark.usefixtures("counting")


@pytest.fixture
def found(make_run, tiny_dataset, tmp_path) -> Comparison:
    return compare_runs([make_run(1), make_run(3)], mnist_evaluation_set(tiny_dataset), tmp_path)


@pytest.mark.parametrize(
    ("title", "value", "text"),
    [
        ("Multiply-adds", 44_600_000, "45 M"),
        ("Multiply-adds", 101_632, "0.1 M"),
        ("Multiply-adds", 2_642_432, "2.6 M"),
        ("An answer", 3.72, "3.7 ms"),
        ("An answer", 0.021, "0.02 ms"),
    ],
)
def test_costs_of_a_small_network_are_not_zero(title, value, text):
    (column,) = (column for column in COLUMNS if column.title == title)
    assert column.format(value) == text


def test_a_row_has_all_that_is_known_of_a_run(found, tmp_path):
    first, _, both = summary_table(found, tmp_path)
    assert (first.errors, first.count, first.errors_in_10_000) == (6, 60, 1000)
    assert first.interval.low < 0.9 < first.interval.high
    assert first.error_interval.low < 1000 < first.error_interval.high
    assert (first.parameters, first.multiply_adds) == (2_435_210, ARCHITECTURES[1].multiply_adds)
    assert (first.file_bytes, first.epoch_seconds, first.epochs) == (3, 12.0, 1)
    assert first.latency_ms > 0
    assert first.metrics.train_accuracy == 0.8
    assert (both.model, both.notebook, both.metrics.train_accuracy, both.epoch_seconds) == (0, None, None, None)
    assert both.parameters == 2_435_210 + 3_093_386


def test_the_notebooks_test_figures_stand_beside_mnists_only(found, tmp_path):
    bars = summary_table(found, tmp_path)[0].notebook
    assert (bars.train_accuracy, bars.test_accuracy, bars.test_loss) == (0.9907, None, None)
    mnist = replace(found, data=replace(found.data, name="MNIST test"))
    assert summary_table(mnist, tmp_path)[0].notebook == notebook_metrics(1)


def test_its_figures_are_those_that_evaluate_prints(found, store, tiny_dataset, tmp_path):
    printed = {row.title: row.metrics for row in notebook_table(store.entries(), tiny_dataset, tmp_path)}
    for row in summary_table(found, tmp_path)[:-1]:
        assert row.metrics == printed[row.title]


def test_every_test_loss_is_of_raw_probabilities(store, tiny_dataset, counting, tmp_path, make_run):
    make_run(1, calibration={"temperature": 2.0})
    make_run(2, calibration={"temperature": 2.0})
    found = compare_runs(store.entries(), mnist_evaluation_set(tiny_dataset), tmp_path)
    rows = summary_table(found, tmp_path)
    raw = [each.raw for each in found.runs]
    for row, probabilities in zip(rows, [*raw, np.mean(raw, axis=0)], strict=True):
        assert row.metrics.test_loss == pytest.approx(cross_entropy(probabilities, found.data.labels))


def test_answers_are_timed_only_when_wanted(found, tmp_path):
    assert summary_table(found, tmp_path, measure=False)[0].latency_ms is None
    assert summary_table(found, tmp_path, progress=lambda title: False)[-1].latency_ms is None
    measured = summary_table(found, tmp_path)[0].latency_ms
    assert summary_table(found, tmp_path, measure=False)[0].latency_ms == measured


def test_an_epoch_says_which_machine_took_so_long(make_run, tiny_dataset, tmp_path):
    run = make_run(1, environment={"device": "CPU, 2 cores", "system": "Linux x86_64"})
    (row,) = summary_table(compare_runs([run], mnist_evaluation_set(tiny_dataset), tmp_path), tmp_path)
    assert column("An epoch").detail(row) == "CPU, 2 cores, Linux x86_64"


def test_uneven_epochs_are_said_to_have_been_disturbed(make_run, tiny_dataset, tmp_path):
    run = make_run(1, environment={"device": "CPU, 2 cores"})
    for epoch, seconds in enumerate((40.0, 41.0, 90.0), start=2):
        history = run.append_history(EpochMetrics(epoch, 0.5, 0.8, 0.4, 0.9, seconds))
        run.commit(epochs=epoch, files={**run.record.files, "history.csv": history})
    (row,) = summary_table(compare_runs([run], mnist_evaluation_set(tiny_dataset), tmp_path), tmp_path)
    assert row.epoch_conditions == "CPU, 2 cores; 40 to 90 s, perhaps beside other work"


def test_a_damaged_history_leaves_its_figures_open(found, tmp_path):
    (found.runs[0].run.folder / "history.csv").write_text("nonsense")
    row = summary_table(found, tmp_path)[0]
    assert (row.metrics.train_accuracy, row.epoch_seconds, row.errors) == (None, None, 6)


def column(title, columns=COLUMNS):
    (found,) = (each for each in columns if each.title == title)
    return found


def test_no_two_columns_share_a_heading_and_each_explains_itself():
    for columns in (COLUMNS, CLASS_COLUMNS):
        assert len({each.title for each in columns}) == len(columns)
        assert all(each.help.endswith(".") for each in columns)


def test_every_column_has_text_and_sorts_for_every_row(found, tmp_path):
    rows = summary_table(found, tmp_path)
    for each in COLUMNS:
        assert all(each.text(row) for row in rows), each.title
        assert each.in_window is None or sorted(rows, key=each.sort_key), each.title
    train_loss = column("Train loss")
    assert (train_loss.text(rows[0]), train_loss.reference_text(rows[0])) == ("0.5000", "0.0319")
    assert (train_loss.text(rows[-1]), train_loss.reference_text(rows[-1])) == (UNKNOWN, "")
    assert train_loss.sort_key(rows[-1]) < train_loss.sort_key(rows[0])


def test_each_place_has_its_columns():
    titles = [each.title for each in window_columns(COLUMNS)]
    assert titles[:6] == ["Run", "Errors in 10,000", "Test accuracy", "Test loss", "Train accuracy", "Train loss"]
    assert [each.title for each in table_columns(COLUMNS, "results")] == [
        "Run", "Train accuracy", "Test accuracy", "95 % interval", "Errors", "Train loss", "Test loss",
    ]  # fmt: skip
    assert [each.title for each in table_columns(CLASS_COLUMNS, "scores")] == [
        "Digit", "Precision", "Recall", "F1", "Digits",
    ]  # fmt: skip


def test_a_statistic_is_added_by_one_entry(found, tmp_path):
    rows = summary_table(found, tmp_path)
    added = replace(column("Errors"), title="Right", csv=(), value=lambda row: row.count - row.errors, format=str)
    columns = [*COLUMNS, added]
    assert next(csv.DictReader(io.StringIO(as_csv(rows, columns))))["Right"] == "54"
    assert as_markdown(rows, columns).splitlines()[2].endswith("| 54 |")
    assert added in table_columns(columns, "results")


def test_csv_reads_back_with_a_value_under_each_heading(found, tmp_path):
    rows = summary_table(found, tmp_path)
    heading, *lines = csv.reader(io.StringIO(as_csv(rows, COLUMNS)))
    assert set(heading) == {
        "Run", "Name", "Tags", "Model", "Status", "Epochs", "Train accuracy", "Test accuracy", "95 % from", "95 % to",
        "Errors", "Digits", "Errors in 10,000", "Train loss", "Test loss", "Notebook train accuracy",
        "Notebook test accuracy", "Notebook train loss", "Notebook test loss", "Parameters", "Multiply-adds",
        "File bytes", "Seconds an epoch", "Milliseconds an answer", *(setting.title for setting in SETTINGS),
    }  # fmt: skip
    assert [len(line) for line in lines] == [len(heading)] * 3 == [24 + len(SETTINGS)] * 3
    first = dict(zip(heading, lines[0], strict=True))
    assert float(first["Test accuracy"]) == pytest.approx(0.9)
    assert (first["Errors"], first["Notebook test accuracy"], first["Parameters"]) == ("6", "", "2435210")
    assert float(first["95 % from"]) < 0.9 < float(first["95 % to"])
    assert first["Notebook train accuracy"] == "0.9907"
    assert (first["Recipe"], first["Training frames"], first["Planned epochs"]) == ("fast", "2400", "1")
    assert dict(zip(heading, lines[2], strict=True))["Train accuracy"] == ""


def test_markdown_is_a_table_that_a_name_cannot_break(found, tmp_path):
    rows = summary_table(found, tmp_path)
    lines = as_markdown([replace(rows[0], title="a|b"), *rows[1:]], COLUMNS).splitlines()
    assert {line.replace(r"\|", "").count("|") for line in lines} == {14 + len(SETTINGS)}
    assert "80.00 % (99.07 %)" in lines[2]
    assert "6 of 60" in lines[2]
    assert column("Train accuracy").text(rows[-1]) == "–"


def test_a_single_digit_has_a_row_too(make_run, tmp_path):
    run = make_run(1)
    one = compared_run(run.name, 1, [3], [3], run=run)
    (row,) = summary_table(Comparison(evaluation_set([3]), (one,)), tmp_path)
    assert (row.errors, row.count, row.interval.high) == (0, 1, 1.0)
    assert row.interval.low < 0.3


def test_the_scores_of_each_digit_are_columns_too():
    scores = class_scores(compared_run("a", 1, [0, 0, 1, 2, 2], [0, 0, 1, 1, 2]))
    texts = {each.title: [each.text(row) for row in scores[:4]] for each in CLASS_COLUMNS}
    assert texts["Precision"] == ["100.00 %", "100.00 %", "50.00 %", UNKNOWN]
    assert texts["Recall"] == ["100.00 %", "50.00 %", "100.00 %", UNKNOWN]
    assert texts["F1"] == ["100.00 %", "66.67 %", "66.67 %", UNKNOWN]
    assert texts["Digits"] == ["2", "2", "1", "0"]
    assert as_markdown(scores, CLASS_COLUMNS).splitlines()[0] == "| Digit | Precision | Recall | F1 | Digits |"
    assert as_csv(scores, CLASS_COLUMNS).splitlines()[4] == "a,3,,,,0"


# -- the notebook's closing table, as `evaluate` prints it


@pytest.fixture
def run(make_run):
    return make_run(2)


@pytest.fixture
def evaluated(store, run, tiny_dataset, tmp_path):
    """Return a function that evaluates all runs of the store."""
    return lambda cache=tmp_path, **options: list(notebook_table(store.entries(), tiny_dataset, cache, **options))


def test_a_row_has_the_runs_figures_and_the_notebooks(evaluated):
    (row,) = evaluated()
    assert (row.metrics.train_accuracy, row.metrics.train_loss) == (0.8, 0.5)
    assert row.metrics.test_accuracy == pytest.approx(0.95)
    assert row.metrics.test_loss == pytest.approx(-(0.95 * np.log(0.9) + 0.05 * np.log(0.1 / 9)), rel=1e-5)
    assert row.notebook == notebook_metrics(2)
    assert set(row.to_json()) == {
        "run", "model", "status", "train_accuracy", "train_loss", "test_accuracy", "test_loss", "notebook",
    }  # fmt: skip


def test_predictions_are_computed_once(evaluated, tiny_dataset, counting):
    first = evaluated()
    assert evaluated() == first
    assert counting.asked == len(tiny_dataset.test)


@pytest.mark.parametrize("content", [b"", b"not an archive", None])
def test_a_damaged_or_foreign_cache_is_computed_again(evaluated, tmp_path, content):
    first = evaluated()
    (kept,) = (tmp_path / "predictions").iterdir()
    if content is None:
        save_predictions(kept, np.zeros((3, 3), np.float32))
    else:
        kept.write_bytes(content)
    assert evaluated() == first


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(evaluated, tmp_path):
    (tmp_path / "file").write_text("in the way")
    (row,) = evaluated(tmp_path / "file")
    assert row.metrics.test_accuracy == pytest.approx(0.95)


def test_a_damaged_model_and_a_damaged_run_say_so_and_the_rest_goes_on(evaluated, store, run):
    evaluated()
    (run.folder / "model.onnx").write_bytes(b"another")
    (store.folder / "aaa-broken").mkdir()
    rows = {row.title: row for row in evaluated()}
    altered, broken = rows[run.name], rows["aaa-broken"]
    assert altered.metrics.test_accuracy is None
    assert altered.metrics.train_accuracy == 0.8
    assert "altered" in altered.problem
    assert altered.status == "damaged"
    printed = broken.to_json()
    assert (printed["run"], printed["model"], printed["status"]) == ("aaa-broken", None, "damaged")
    assert printed["notebook"] is None
    assert printed["problem"]


def test_a_damaged_history_does_not_hide_the_test_figures(evaluated, run):
    (run.folder / "history.csv").write_text("nonsense")
    (row,) = evaluated()
    assert row.metrics.train_accuracy is None
    assert row.metrics.test_accuracy == pytest.approx(0.95)


def test_both_figures_are_of_the_model_that_answers(evaluated, run):
    """A run that was paused after one epoch, resumed, and cut after the second."""
    history = run.append_history(EpochMetrics(2, 0.1, 0.99, 0.1, 0.99, 1.0))
    run.commit(status="running", epochs=2, files={**run.record.files, "history.csv": history})
    (row,) = evaluated()
    assert (row.epochs, row.metrics.train_accuracy, row.status) == (1, 0.8, "interrupted")


def test_a_cancelled_computation_leaves_the_figure_open(evaluated, counting):
    (row,) = evaluated(progress=lambda run, fraction: False)
    assert row.metrics.test_accuracy is None
    assert counting.asked == 0


@pytest.mark.parametrize("title", ["=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", " =1", "\t=1", "\n=1"])
def test_no_name_is_a_formula(found, tmp_path, title):
    row = replace(summary_table(found, tmp_path)[0], title=title)
    _, line = csv.reader(io.StringIO(as_csv([row], COLUMNS)))
    assert line[0].startswith("'")


def test_names_of_any_text_are_plain_in_every_table(found, tmp_path):
    row = replace(summary_table(found, tmp_path)[0], title="a\nb\x1b[2J\u202ec\udcff<img src=x>[d](e)*f*_g_`h`&amp;")
    text = as_csv([row], COLUMNS)
    text.encode()
    assert "a b\ufffd[2J\ufffdc\ufffd<img src=x>" in text
    lines = as_markdown([row], COLUMNS).splitlines()
    assert len(lines) == 3
    assert r"&lt;img src=x>\[d\](e)\*f\*\_g\_\`h\`&amp;amp;" in lines[2]


def test_no_column_claims_to_know_where_the_true_figure_lies():
    helps = [column.help for column in (*COLUMNS, *CLASS_COLUMNS)]
    assert any("interval" in column.title for column in COLUMNS)
    assert not [text for text in helps if "true" in text.split()]
