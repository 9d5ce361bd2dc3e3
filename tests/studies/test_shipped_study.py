"""A study that ships with the program, as `tools/ship_study.py` makes it from runs that were trained one by one."""

import json
from dataclasses import replace

import numpy as np
import pytest

from mnist_gui.analysis.evaluation_data import load_mnist_evaluation_set, mnist_evaluation_set
from mnist_gui.analysis.prediction_cache import cached_predictions
from mnist_gui.cli import main, report, study
from mnist_gui.models.training.training_control import TrainingControl
from mnist_gui.runs.record import MODEL_FILE, PREDICTIONS_FILE, RunError
from mnist_gui.studies.plan import PlanError
from mnist_gui.studies.result_cache import study_result
from mnist_gui.studies.runner import train_study
from mnist_gui.studies.study import StudyError, StudyStore, study_of
from tests.fakes import FakeTraining
from tests.study_data import RECIPE, add_study, add_study_runs

TITLE = "The notebook's networks"


@pytest.fixture
def ship_study(tool):
    return tool("ship_study")


@pytest.fixture
def ship(ship_study, tmp_path):
    """Ships models 1 and 2 with three seeds each as the study "networks"; returns the trained study."""

    def ship(data):
        trained = add_study(tmp_path / "trained", models=(1, 2), seeds=3)
        add_study_runs(trained, data, tmp_path / "cache")
        runs = trained.store.runs()[::-1]  # in any order
        plan = ship_study.plan_of("networks", TITLE, runs)
        ship_study.ship(
            plan, runs, tmp_path / "shipped", data, lambda run: cached_predictions(run, data, tmp_path / "cache")
        )
        return trained

    return ship


@pytest.fixture
def studies(tmp_path):
    return StudyStore(tmp_path / "studies", tmp_path / "shipped")


def result_of(study, data, cache):
    return study_result(study, data, cache, progress=lambda run, fraction: True)


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_says_what_the_trained_runs_said_without_their_models(ship, studies, tiny_dataset, tmp_path):
    data = mnist_evaluation_set(tiny_dataset)
    trained = ship(data)
    shipped = studies.get("networks")
    assert (shipped.plan.shown_name, shipped.plan.seeds, shipped.plan.models) == (TITLE, (1, 2, 3), (1, 2))
    before, after = result_of(trained, data, tmp_path / "cache"), result_of(shipped, data, tmp_path / "other cache")
    assert after.title == TITLE
    assert [group.to_json() for group in after.groups] == [group.to_json() for group in before.groups]
    assert [pair.to_json() for pair in after.pairs] == [pair.to_json() for pair in before.pairs]
    assert after.trainings == before.trainings
    assert not list((tmp_path / "shipped").rglob(MODEL_FILE))


def test_it_comes_first_and_nothing_changes_it(ship, studies, tiny_dataset, tmp_path):
    ship(mnist_evaluation_set(tiny_dataset))
    add_study(tmp_path / "studies", "a study", models=(3,))
    assert studies.names() == ["networks", "a study"]
    before = contents(tmp_path / "shipped")
    shipped = studies.get("networks")
    assert not shipped.is_training
    with pytest.raises(StudyError, match="came with the program and stays as it is; give another name"):
        shipped.extend(replace(shipped.plan, seeds=(1, 2, 3, 4)))
    with pytest.raises(StudyError, match="came with the program"):
        train_study(
            shipped,
            tiny_dataset,
            train=FakeTraining(),
            report=lambda event: None,
            begin=lambda planned, following: None,
            control=TrainingControl(),
        )
    with pytest.raises(StudyError, match="already; give another name"):
        studies.create(replace(shipped.plan, models=(3,)))
    more = study_of(studies, RECIPE, (1, 2), (4,))  # the same training with another seed is a study of the user
    assert (more.plan.name, more.shipped, more.plan.seeds) == ("models 1+2 fast changed", False, (4,))
    assert contents(tmp_path / "shipped") == before


def test_a_study_of_the_user_with_its_name_takes_its_place(ship, studies, tiny_dataset, tmp_path):
    ship(mnist_evaluation_set(tiny_dataset))
    add_study(tmp_path / "studies", "networks", models=(3,))
    assert studies.names() == ["networks"]
    assert studies.get("networks").plan.models == (3,)


def test_altered_predictions_leave_their_run_out(ship, studies, tiny_dataset, tmp_path):
    data = mnist_evaluation_set(tiny_dataset)
    ship(data)
    (tmp_path / "shipped/networks/runs/model-1-seed-1" / PREDICTIONS_FILE).write_bytes(b"other")
    result = result_of(studies.get("networks"), data, tmp_path / "cache")
    assert [group.seeds for group in result.groups] == [(2, 3), (1, 2, 3)]
    assert "model-1-seed-1 has no model, and no answers to" in result.problems[0]


def test_runs_without_a_model_that_a_stranger_made_up_are_not_believed(ship, studies, tiny_dataset, tmp_path):
    data = mnist_evaluation_set(tiny_dataset)
    ship(data)
    (tmp_path / "shipped").rename(tmp_path / "studies")
    own = studies.get("networks")
    assert result_of(own, data, tmp_path / "cache").groups == ()
    with pytest.raises(RunError):
        cached_predictions(own.store.runs()[0], data, tmp_path / "cache")


def test_rounding_keeps_every_answer(ship_study):
    rows = np.full((2, 10), 0.08, np.float32)
    rows[:, 3], rows[:, 7] = (0.18001, 0.3), (0.18003, 0.06)  # equal in four digits
    rounded = ship_study.rounded(rows, ship_study.STEPS)
    assert rounded.argmax(axis=1).tolist() == [7, 3]
    assert rounded.dtype == np.float32


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"status": "paused"}, "is paused; only completed"), ({"seed": 1}, "Not every model has every seed once")],
)
def test_what_is_no_study_is_refused(ship_study, tiny_dataset, tmp_path, changes, message):
    trained = add_study(tmp_path / "trained", models=(1, 2), seeds=2)
    add_study_runs(trained, mnist_evaluation_set(tiny_dataset), tmp_path / "cache")
    runs = trained.store.runs()
    runs[1].commit(**changes)
    if "seed" in changes:
        runs[0].commit(seed=2)
        runs = runs[:3]
    with pytest.raises(PlanError, match=message):
        ship_study.plan_of("networks", TITLE, runs)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_command_line_lists_and_tells_it_and_refuses_to_extend_it(ship, tmp_path, monkeypatch, capsys):
    ship(load_mnist_evaluation_set())
    for module in (study, report):
        monkeypatch.setattr(module, "shipped_studies_folder", lambda: tmp_path / "shipped")
    assert main.main(["study", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "study": "networks", "title": TITLE, "planned": 6, "ended": 6, "shipped": True,
    }  # fmt: skip
    assert main.main(["study"]) == 0
    assert "networks (The notebook's networks, came with the program): 6 of 6 runs" in capsys.readouterr().out
    assert main.main(["study", "networks"]) == 0
    assert "Study The notebook's networks: 6 of 6 runs completed" in capsys.readouterr().out
    assert main.main(["study", "networks", "--seeds", "8"]) == 2
    assert "came with the program and stays as it is" in capsys.readouterr().err
    page = tmp_path / "report.html"
    assert main.main(["report", "--run", "model-1-fast", "--study", "networks", "--output", str(page)]) == 0
    assert "Study: The notebook&#39;s networks" in page.read_text(encoding="utf-8")
