import json
import math
import os
import re
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mnist_gui.runs.record import EpochMetrics, RunBusyError, RunError, RunRecord
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore

FIGURES = EpochMetrics(1, 0.5, 0.9, 0.4, 0.91, 12.5)


@pytest.fixture
def run(tmp_path) -> Run:
    folder = tmp_path / "a-run"
    folder.mkdir()
    run = Run(folder, RunRecord(2, {"name": "quick"}, 7, {"name": "bars", "checksum": "c"}, created="2026-01-01"))
    run.commit()
    return run


def write_model(run: Run, content: bytes = b"a model") -> None:
    entry = run.write_file("model.onnx", lambda path: path.write_bytes(content))
    run.commit(files={**run.record.files, "model.onnx": entry})


def test_what_is_committed_is_what_is_read(run):
    run.commit(status="paused", epochs=3, random_state={"layer 3": [1, 2]})
    again = Run.open(run.folder)
    assert again.record == run.record
    assert again.status == "paused"


def test_history_grows_by_epochs_and_survives_reading(run):
    second = EpochMetrics(2, 0.25, 0.95, 0.2, 0.96, 11.0)
    for figures in (FIGURES, second):
        run.commit(files={"history.csv": run.append_history(figures)}, epochs=figures.epoch)
    assert Run.open(run.folder).history() == [FIGURES, second]


def test_an_epoch_written_but_not_committed_is_a_leftover(run):
    run.commit(files={"history.csv": run.append_history(FIGURES)}, epochs=1)
    run.append_history(EpochMetrics(2, 0.2, 0.9, 0.2, 0.9, 1.0))  # the power goes before commit
    assert Run.open(run.folder).history() == [FIGURES]


def test_a_write_that_fails_leaves_the_file_before(run):
    write_model(run)

    def fail(path):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        run.write_file("model.onnx", fail)
    assert Run.open(run.folder).read_file("model.onnx") == b"a model"
    assert sorted(path.name for path in run.folder.iterdir()) == ["model.onnx", "run.json"]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda path: path.write_bytes(b"a m"), "cut short"),
        (lambda path: path.write_bytes(b"b model"), "altered"),
        (lambda path: path.unlink(), "cannot be read"),
    ],
)
def test_a_damaged_file_is_named_with_its_reason(run, damage, words):
    write_model(run)
    damage(run.folder / "model.onnx")
    with pytest.raises(RunError, match=f"a-run: model.onnx .*{words}"):
        run.read_file("model.onnx")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not complete JSON"),
        ('{"schema": 1, "model"', "not complete JSON"),
        ("[]", "list"),
        ('{"schema": 99}', "schema version 99"),
        ("{}", "schema version None"),
        ('{"schema": 1}', "missing or an unknown entry"),
    ],
)
def test_a_damaged_record_says_why(run, text, words):
    (run.folder / "run.json").write_text(text)
    with pytest.raises(RunError, match=words):
        Run.open(run.folder)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": 4}, "model is 4; expected one of 1, 2, 3"),
        ({"model": "1"}, "model is '1'"),
        ({"status": "odd"}, "status is 'odd'"),
        ({"files": {"../../secret": {"sha256": "0" * 64, "bytes": 1}}}, "not a plain file name"),
        ({"files": {"model.onnx": {"sha256": ""}}}, "missing or an unknown entry"),
        ({"surprise": 1}, "missing or an unknown entry"),
    ],
)
def test_a_record_with_a_wrong_entry_says_which(run, change, words):
    values = json.loads((run.folder / "run.json").read_text())
    (run.folder / "run.json").write_text(json.dumps({**values, **change}))
    with pytest.raises(RunError, match=words):
        Run.open(run.folder)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("1,1,1.5,1,1,1", "accuracy 1.5 in epoch 1; expected 0 to 1"),
        ("1,1,1,1,nan,1", "val_accuracy nan in epoch 1; expected 0 to 1"),
        ("1,-1,1,1,1,1", "loss -1 in epoch 1; expected 0 to"),
        ("1,1,1,1,1,inf", "seconds inf in epoch 1; expected 0 to"),
        ("1,nan,1,inf,0.1,1", None),  # of a training that diverged
    ],
)
def test_a_history_holds_only_what_a_training_can_reach(run, row, words):
    columns = "epoch,loss,accuracy,val_loss,val_accuracy,seconds"
    entry = run.write_file("history.csv", lambda path: path.write_text(f"{columns}\n{row}\n"))
    run.commit(files={**run.record.files, "history.csv": entry})
    if words is None:
        assert math.isnan(run.history()[0].loss)
    else:
        with pytest.raises(RunError, match=words):
            run.history()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), value=JSON)
@pytest.mark.slow
def test_whatever_stands_in_a_record_it_is_a_run_or_a_sentence(run, data, value):
    write_model(run)
    values = json.loads((run.folder / "run.json").read_text())
    names = [(name,) for name in values] + [("files", "model.onnx"), ("files", "model.onnx", "bytes")]
    *path, last = data.draw(st.sampled_from(names))
    place = values
    for name in path:
        place = place[name]
    place[last] = value
    (run.folder / "run.json").write_text(json.dumps(values))
    store = RunStore(run.folder.parent, run.folder.parent / "none")
    for entry in store.entries():
        if isinstance(entry, Run):
            with suppress(RunError):
                entry.read_file("model.onnx")
            with suppress(RunError):
                entry.history()
            assert isinstance(entry.status, str)
    run.commit()


def test_a_running_run_without_a_lock_was_interrupted(run):
    run.commit(status="running")
    with run.locked():
        assert Run.open(run.folder).status == "running"
    assert Run.open(run.folder).status == "interrupted"


def test_two_holders_at_once_are_refused(run):
    with run.locked(), pytest.raises(RunBusyError, match="another program"), Run.open(run.folder).locked():
        pass


@pytest.mark.skipif(os.name != "posix", reason="permissions do not bind here")
def test_a_read_only_folder_is_reported_in_a_sentence_and_can_be_read(run, unprivileged):
    write_model(run)
    with unprivileged():
        with pytest.raises(RunError, match="cannot be written"), run.locked():
            pass
        assert Run.open(run.folder).read_file("model.onnx") == b"a model"


def test_leftovers_are_removed_and_files_that_count_are_kept(run):
    write_model(run)
    (run.folder / "checkpoint-0009.keras").write_bytes(b"old")
    (run.folder / ".writing-x").write_bytes(b"half")
    (run.folder / "my notes.txt").write_text("the user's own")
    run.remove_leftovers()
    assert sorted(path.name for path in run.folder.iterdir()) == ["model.onnx", "my notes.txt", "run.json"]


@pytest.mark.parametrize("epoch", [0, -1, 10**20])
def test_an_epoch_beyond_all_bounds_is_a_damaged_history(make_run, epoch):
    run = make_run(1)
    entry = run.write_file(
        "history.csv",
        lambda path: path.write_text(f"epoch,loss,accuracy,val_loss,val_accuracy,seconds\n{epoch},1,1,1,1,1\n"),
    )
    run.commit(files={**run.record.files, "history.csv": entry})
    with pytest.raises(RunError, match="from 1 to 1,000,000"):
        run.history()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"environment": {"device": 5}}, "environment.device is 5; expected text"),
        ({"calibration": {"temperature": 10**400}}, "calibration.temperature is 1000.*; expected"),
        ({"calibration": {"temperature": "hot"}}, "calibration.temperature is 'hot'; expected a number"),
        (
            {"calibration": {"temperature": 1.0, "frames": float("nan")}},
            "calibration.frames is nan; expected an integer",
        ),
        ({"note": "a\ud800"}, r"note is 'a\\ud800'; expected text without lone surrogates"),
        ({"note": "a" * 20_000}, "note is 'aaa.*; expected at most 10,000 characters"),
        ({"data": {"name": "a\udfff", "checksum": "c"}}, "data.name is .*; expected text without lone surrogates"),
        (
            {"recipe": {"name": "quick", "learning_rate": float("inf")}},
            "recipe.learning_rate is inf; expected a number from 0 to 1e",
        ),
        ({"seed": 10**300}, "seed is 1000.*; expected"),
        ({"epochs": 10**20}, "epochs is 100000000000000000000; expected an integer from 0 to 1,000,000"),
        ({"best": -1}, "best is -1; expected an integer from 0 to"),
        ({"random_state": {"layer": [10**40, 1]}}, "random_state.layer.0 is 1000.*; expected an integer"),
        ({"random_state": {"layer": "seed"}}, "random_state.layer is 'seed'; expected two integers"),
        ({"recipe": {"name": 7}}, "recipe.name is 7; expected text"),
        ({"recipe": {"name": "quick", "epochs": "12"}}, "recipe.epochs is '12'; expected an integer"),
        ({"recipe": {"name": "quick", "frames": True}}, "recipe.frames is True; expected an integer .*, or null"),
        ({"recipe": {"name": "quick", "rho": 2}}, "recipe.rho is 2; expected a number from 0 to 1"),
        ({"created": "yesterday"}, "created is 'yesterday'; expected a date"),
        ({"created": "2026-13-01T00:00:00+00:00"}, "created is .*; expected a date"),
        ({"calibration": {"temperature": 0}}, "calibration.temperature is 0; expected a number above 0"),
        ({"calibration": {"temperature": 1, "error_after": -1}}, "calibration.error_after is -1; expected a number"),
        (
            {"data": {"name": "a", "checksum": "c", "validation": {"frames": None}}},
            "data.validation.frames is None; expected an integer",
        ),
        ({"files": {"model.onnx": {"sha256": "0" * 64, "bytes": -1}}}, "files.model.onnx.bytes is -1; expected"),
        (
            {"files": {"model.onnx": {"sha256": "0" * 63, "bytes": 1}}},
            "files.model.onnx.sha256 is '0.*; expected 64",
        ),
    ],
)
def test_a_value_out_of_range_is_named_and_the_other_runs_still_appear(make_run, change, words):
    bad, good = make_run(1), make_run(2)
    values = json.loads((bad.folder / "run.json").read_text())
    (bad.folder / "run.json").write_text(json.dumps({**values, **change}))
    found, damaged = RunStore(bad.folder.parent, bad.folder.parent / "none").entries()
    assert found.name == good.name
    assert re.search(words, damaged.reason), damaged.reason
    damaged.reason.encode()  # a console can print it


@pytest.mark.skipif(os.name != "posix", reason="links need a privilege on Windows")
@pytest.mark.parametrize("name", ["run.json", "model.onnx", ".lock", ".writing-run.json", ".writing-model.onnx"])
def test_a_link_in_a_run_never_leads_to_a_file_of_the_user(run, tmp_path, name):
    write_model(run)
    own = tmp_path / "own"
    own.write_bytes((run.folder / name).read_bytes() if (run.folder / name).exists() else b"my own text")
    before = own.read_bytes()
    (run.folder / name).unlink(missing_ok=True)
    (run.folder / name).symlink_to(own)
    store = RunStore(tmp_path, tmp_path / "none")
    with suppress(RunError):
        store.set_note("a-run", "a note")
    assert own.read_bytes() == before
    if name == "run.json":
        with pytest.raises(RunError, match="a link, not a regular file"):
            Run.open(run.folder)
    if name == "model.onnx":
        with pytest.raises(RunError, match="a link, not a regular file"):
            run.read_file(name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
@pytest.mark.parametrize("name", ["run.json", "model.onnx", ".lock"])
def test_a_pipe_in_a_run_is_refused_and_not_waited_for(run, name):
    write_model(run)
    (run.folder / name).unlink(missing_ok=True)
    os.mkfifo(run.folder / name)
    with pytest.raises(RunError, match="not a regular file"):
        if name == "run.json":
            Run.open(run.folder)
        elif name == ".lock":
            with run.locked():
                pass
        else:
            run.read_file(name)
