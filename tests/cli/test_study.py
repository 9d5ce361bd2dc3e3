import json
import shutil

import pytest

from mnist_gui.cli import main
from mnist_gui.cli.console import FAILED, UNUSABLE
from mnist_gui.models.recipes import FAST
from mnist_gui.models.training import trainer
from mnist_gui.paths import user_studies_folder
from mnist_gui.studies.plan import StudyPlan
from mnist_gui.studies.study import StudyStore
from tests.fakes import FakeTraining


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::ResourceWarning")
def test_a_study_is_trained_extended_and_told(capsys):
    def call(*options):
        assert main.main(["study", "sizes", *options, "--json"]) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    plan = [
        "--model",
        "1",
        "--recipe",
        "quick",
        "--vary",
        "epochs=1",
        "--vary",
        "held_out=64",
        "--vary",
        "frames=64,128",
    ]
    lines = call(*plan, "--seeds", "1")
    assert [line["group"] for line in lines if line["event"] == "study_progressed"] == [
        "Model 1, frames 64",
        "Model 1, frames 128",
    ]
    assert (lines[-1]["event"], lines[-1]["completed"], lines[-1]["pairs"]) == ("study_result", 2, [])
    lines = call("--seeds", "2")
    begun = [line for line in lines if line["event"] == "study_progressed"]
    assert [(line["run"], line["seed"]) for line in begun] == [(3, 2), (4, 2)]
    assert [line["seconds_left"] is None for line in begun] == [True, False]
    assert len(lines[-1]["pairs"]) == 1
    assert lines[-1]["training"] == "quick with epochs 1, held out 64"
    assert [group["seeds"] for group in lines[-1]["groups"]] == [[1, 2], [1, 2]]
    lines = call("--results")
    assert [line["event"] for line in lines] == ["study_result"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["../x"], "cannot be the name of a study"),
        (["x", "--recipe", "slow"], "There is no recipe 'slow'"),
        (["x", "--vary", "colour=red"], "varies nothing"),
        (["x", "--seeds", "0"], "no seed; give at least one"),
        (["x", "--results"], "There is no study 'x'"),
        (["--seeds", "3"], "Give the study a name: mnist-gui study NAME"),
        (["notebook-networks", "--results", "--seeds", "9"], "--results trains nothing; leave it out to extend"),
        (["Notebook-Networks", "--seeds", "9"], "but one of the name 'notebook-networks': give this"),
        (["x", "--scheduler", "tcp://192.168.1.7:8786"], "without encryption"),
        (["x", "--scheduler", "here"], "no address of a scheduler"),
    ],
)
def test_a_study_that_cannot_be_is_refused_with_a_sentence(capsys, options, message):
    assert main.main(["study", *options]) == UNUSABLE
    assert message in capsys.readouterr().err
    assert not user_studies_folder().exists()


def test_without_studies_the_list_says_how_to_begin(capsys):
    assert main.main(["study"]) == 0
    assert "mnist-gui study NAME --seeds 5" in capsys.readouterr().out


def test_a_folder_with_a_bad_name_does_not_hide_the_other_studies(capsys):
    store = StudyStore(user_studies_folder())
    for name in ("alpha", "gamma"):
        store.create(StudyPlan(name, (1,), FAST, {}, (1, 2)))
    shutil.copytree(store.folder / "alpha", store.folder / "beta!")
    assert main.main(["study"]) == 0
    printed = capsys.readouterr()
    assert "alpha: 0 of 2 runs" in printed.out
    assert "gamma: 0 of 2 runs" in printed.out
    assert "'beta!' cannot be the name of a study" in printed.err


def test_a_study_that_ends_early_says_why_and_how_to_go_on(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(trainer, "train", FakeTraining(fails="The disk is full. Make room."))
    options = ["study", "x", "--studies", str(tmp_path), "--model", "1", "--recipe", "quick", "--seeds", "2"]
    assert main.main(options) == FAILED
    error = capsys.readouterr().err
    assert "The disk is full. Make room." in error
    assert "Study x ended early, but keeps what is trained. Continue it with: mnist-gui study x --studies" in error
