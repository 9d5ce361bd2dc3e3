"""A study that is killed at random times, as by `tools/kill_study.py`."""

from collections import Counter
from dataclasses import replace

import pytest

from mnist_gui.studies.study import StudyStore

pytestmark = pytest.mark.slow


@pytest.fixture
def kill_study(tool):
    return tool("kill_study")


@pytest.fixture
def plan(kill_study):
    """Two runs of two epochs."""
    return replace(kill_study.PLAN, models=(1,), seeds=(1, 2), recipe=kill_study.PLAN.recipe.with_changes(epochs=2))


def test_killed_at_random_moments_it_loses_no_run_and_trains_none_twice(kill_study, plan, tmp_path, monkeypatch):
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        monkeypatch.setenv(name, "1")
    outcome = kill_study.kill_repeatedly(tmp_path / "studies", 3, 1, plan, log=lambda line: None)
    assert outcome.problems == []
    assert outcome.kills.total() == 3
    assert list(kill_study.compare(outcome, tmp_path / "alone")) == [], "on one thread it must be the same, bit for bit"


def test_what_is_wrong_after_a_kill_is_noticed(kill_study, plan, tmp_path, tool):
    study = StudyStore(tmp_path).create(plan)
    for _ in range(2):
        tool("kill_training").create_run(study.store, 1, 2)
    name = study.store.runs()[0].name
    problems = " ".join(kill_study.check(study, Counter({(name, 1): 2, ("gone", 1): 1})))
    assert "model 1, seed 1 is there twice" in problems
    assert f"epoch 1 of {name} was trained 2 times" in problems
    assert f"epoch 1 of {name} was reported and is lost" in problems
    assert "run gone is gone" in problems
    study.store.folder.joinpath("empty").mkdir()
    problems = " ".join(kill_study.check_complete(study))
    assert "seed 2 is not there" in problems
    assert "is created" in problems
    assert "3 folders of runs; expected 2" in problems


def test_kills_go_on_after_an_interruption_from_those_so_far(kill_study, plan, tmp_path):
    study = StudyStore(tmp_path).create(replace(plan, name="killed-0"))
    outcome = kill_study.Outcome(Counter(saving=2), ["a problem"], [study], {"killed-1": Counter({("run", 1): 1})})
    outcome.write(tmp_path)
    found = kill_study.Outcome.read(tmp_path)
    assert (found.kills, found.problems, found.reported) == (outcome.kills, outcome.problems, outcome.reported)
    assert [read.plan.name for read in found.studies] == ["killed-0"]
    assert kill_study.Outcome.read(tmp_path / "missing") == kill_study.Outcome()


def test_an_interrupted_kill_leaves_no_process(kill_study, plan, tmp_path, monkeypatch):
    started = []

    class Process:
        events, exit_status = (), None

        def __init__(self, *arguments):
            started.append(self)
            self.killed = False

        def kill(self):
            self.killed = True
            return True

    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(kill_study, "StudyProcess", Process)
    monkeypatch.setattr(kill_study, "aim_at", interrupt)
    with pytest.raises(KeyboardInterrupt):
        kill_study.kill_repeatedly(tmp_path, 3, 1, plan, log=lambda line: None)
    assert [process.killed for process in started] == [True]
