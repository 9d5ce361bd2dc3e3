"""Records and histories of runs with any value in any entry: refused in a sentence, or shown by every reader."""

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from mnist_gui.gui.train.history.run_loader import load_runs
from mnist_gui.gui.train.history.run_table_model import RunTableModel
from mnist_gui.models.recipes import QUICK
from mnist_gui.models.training.resume import can_resume
from mnist_gui.report.report import Report, report_html
from mnist_gui.runs.record import HISTORY_COLUMNS, HISTORY_FILE, SCHEMA_ENTRIES, RunError
from mnist_gui.runs.run import Run
from tests.comparison_data import add_run, compared, use_bar_models

pytestmark = pytest.mark.slow

GARBAGE = st.one_of(
    st.none() | st.booleans() | st.text(max_size=20),
    st.integers() | st.sampled_from([-1, 2**32, 2**64, 10**20, -(10**400), 10**400]),
    st.floats() | st.sampled_from([0.0, -0.0, 1e-320, 1e308]),
    st.sampled_from(["", "\ud800", "a\0b", "\x1b[2J", "=1+1", "../..", "x" * 20_000, "1e5", "nan"]),
    st.sampled_from(["0001-01-01", "9999-12-31T23:59:59-12:00", "2026-01-01", "2026-01-01T00:00:00+23:59"]),
    st.recursive(st.none() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)),
)
RECORD = {
    "recipe": QUICK.to_json(),
    "data": {
        "name": "bars",
        "checksum": "bars-checksum",
        "frames": 6000,
        "validation": {"source": "held out", "frames": 2000},
    },
    "environment": {"device": "CPU, 2 cores", "system": "Linux", "keras": "3.15"},
    "calibration": {"temperature": 1.5, "frames": 2000, "error_before": 0.1, "error_after": 0.05},
    "random_state": {"layer 3": [1, 2]},
    "layers": [],
    "tags": ["slow pen"],
    "imported": {
        "file": "mnist.h5",
        "sha256": "0" * 64,
        "format": "hdf5",
        "convention": {},
        "side": 28,
        "accuracy": 0.98,
        "frames": 1000,
    },
}
SLOW = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def damaged(store, monkeypatch, tiny_dataset, tmp_path, qapp):
    """The folder of a run that has every entry, beside a sound one."""
    use_bar_models(monkeypatch)
    add_run(store, 2)
    run = add_run(store)
    run.commit(**RECORD)
    (run.folder / "record").write_text((run.folder / "run.json").read_text())
    return run.folder


def put(values, path, garbage):
    """Replace the entry of a path of `SCHEMA_ENTRIES`; * stands for the first one."""
    *outer, last = path.split(".")
    for name in outer:
        values = next(iter(values.values() if name == "*" else [values[name]]))
    if last == "*":
        last = next(iter(values)) if isinstance(values, dict) else 0
    values[last] = garbage


def show_everywhere(store, dataset, cache):
    """Show a run in the run history, in a comparison and in a report; return how many runs were compared."""
    table = RunTableModel()
    table.set_rows([loaded.row for loaded in load_runs(store, {})])
    for row in range(table.rowCount()):
        for column in range(table.columnCount()):
            for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
                table.data(table.index(row, column), role)
    for run in store.runs():
        can_resume(run)
        assert run.machine is not None
    result = compared(store.entries(), dataset, cache)
    report_html(Report(result.comparison, result.rows))
    return len(result.comparison.runs)


def test_the_record_of_these_tests_has_every_entry(damaged):
    for path in SCHEMA_ENTRIES:
        put(json.loads((damaged / "record").read_text()), path, None)


@settings(SLOW, max_examples=150)  # most are refused at once
@given(path=st.sampled_from(sorted(SCHEMA_ENTRIES)), garbage=GARBAGE)
@example("created", "0001-01-01")
@example("created", "9999-12-31T23:59:59-12:00")
@example("random_state.*.*", 2**32)
@example("random_state.*", [])
@example("tags.*", None)
def test_any_value_in_any_entry_of_a_record_is_refused_or_shown(damaged, store, tiny_dataset, tmp_path, path, garbage):
    values = json.loads((damaged / "record").read_text())
    put(values, path, garbage)
    (damaged / "run.json").write_text(json.dumps(values))
    try:
        run = Run.open(damaged)
    except RunError as error:
        assert str(error).startswith("run.json")
        assert len(str(error)) < 300 and str(error).isprintable()
        load_runs(store, {})
        return
    for states in run.record.random_state.values():
        assert len(states) == 2 and all(0 <= state < 2**32 for state in states)  # Keras' seed generators
    assert show_everywhere(store, tiny_dataset, tmp_path / "cache") >= 1


LINE = st.lists(
    st.sampled_from(["1", "2", "0", "-1", "0.5", "1.5", "nan", "inf", "-inf", "1e308", "1e20", "9" * 5000, "", "x"]),
    min_size=len(HISTORY_COLUMNS) - 1,
    max_size=len(HISTORY_COLUMNS) + 1,
).map(",".join)


@SLOW
@given(lines=st.lists(LINE, max_size=4))
@example(["2,1,1,1,1,1", "1,1,1,1,1,1"])
@example(["1,1,1,1,1,1", "1,1,1,1,1,1"])
@example(["1,-inf,0.5,inf,0.5,1"])
@example(["1,nan,0.5,inf,0.5,1"])
def test_any_history_is_refused_or_shown(damaged, store, tiny_dataset, tmp_path, lines):
    (damaged / "run.json").write_text((damaged / "record").read_text())
    run = Run.open(damaged)
    text = "\n".join([",".join(HISTORY_COLUMNS), *lines])
    entry = run.write_file(HISTORY_FILE, lambda path: path.write_text(text))
    run.commit(files={**run.record.files, HISTORY_FILE: entry})
    with suppress(RunError):
        epochs = run.history()
        assert [metrics.epoch for metrics in epochs] == sorted({metrics.epoch for metrics in epochs})
        for metrics in epochs:
            assert 0 <= metrics.accuracy <= 1 and 0 <= metrics.val_accuracy <= 1
            assert not metrics.loss < 0 and not metrics.val_loss < 0
    assert show_everywhere(store, tiny_dataset, tmp_path / "cache") == 2
