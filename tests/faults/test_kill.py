"""A training that is killed at random times, as by `tools/kill_training.py`."""

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def kill_training(tool):
    return tool("kill_training")


def test_killed_at_random_moments_it_loses_no_epoch_and_learns_the_same(kill_training, store, monkeypatch):
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        monkeypatch.setenv(name, "1")
    outcome = kill_training.kill_repeatedly(store, times=3, seed=1, log=lambda line: None)
    assert outcome.problems == []
    assert outcome.kills.total() == 3
    found = kill_training.differences(outcome.run, kill_training.unbroken(store, 1, outcome.run.record.epochs))
    assert not any(found.values()), f"on one thread it must be the same, bit for bit: {found}"


def test_what_is_wrong_after_a_kill_is_noticed(kill_training, store):
    class Dead:
        """A process that reported two epochs."""

        output = ""
        phase = "training"
        events = (
            {"event": "training_started", "epoch": 0},
            {"event": "epoch_ended", "epoch": 1},
            {"event": "epoch_ended", "epoch": 2},
        )

    run = kill_training.create_run(store, 0, 9)
    run.commit(status="running", epochs=1)
    problems = list(kill_training.check(run.folder, run, Dead(), asked_to_pause=False))
    assert any("2 epochs, and has 1" in problem for problem in problems)
    assert any("history contains the epochs []" in problem for problem in problems)
    (run.folder / "run.json").write_text("{")
    assert "does not open" in next(kill_training.check(run.folder, run, Dead(), asked_to_pause=False))
