import pytest

from mnist_gui.models.recipes import QUICK
from mnist_gui.models.training.resume import can_resume, resume_obstacle
from mnist_gui.runs.record import MODEL_FILE, FileEntry
from mnist_gui.runs.store import RunStore

DATA = {"name": "bars", "checksum": "bars-checksum"}
MODEL = {MODEL_FILE: FileEntry("0" * 64, 1)}


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"status": "created"}, True),
        ({"status": "paused", "epochs": 1}, True),
        ({"status": "running", "epochs": 1}, True),  # no process holds it: it was cut off
        ({"status": "stopped", "epochs": 1, "files": MODEL}, True),
        ({"status": "failed", "epochs": 3}, True),  # all epochs, but no export
        ({"status": "completed", "epochs": 3, "files": MODEL}, False),
        ({"status": "diverged", "epochs": 1, "files": MODEL}, False),
        ({"status": "paused", "recipe": {**QUICK.to_json(), "warp": 9}}, False),
    ],
)
def test_a_run_goes_on_where_something_is_left_to_do(store, record, expected):
    run = store.create(1, QUICK.to_json(), 0, DATA)
    run.commit(**record)
    assert can_resume(run) is expected
    assert bool(resume_obstacle(run)) is not expected


@pytest.mark.parametrize("status", ["running", "created", "paused", "failed"])
def test_a_run_that_a_process_still_holds_is_not_offered(store, status):
    run = store.create(1, QUICK.to_json(), 0, DATA)
    run.commit(status=status)
    assert can_resume(run)
    with run.locked():
        assert not can_resume(store.get(run.name))


def test_a_shipped_run_stays_as_it_is(store, tmp_path):
    name = RunStore(tmp_path / "shipped", tmp_path / "none").create(1, QUICK.to_json(), 0, DATA).name
    assert "came with the program" in resume_obstacle(store.get(name))
