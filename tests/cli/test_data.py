"""`train` and `study` on the user's own digits, with a fake training."""

import json
import shutil

import pytest
from PIL import Image

from mnist_gui.cli import main
from mnist_gui.cli.console import OK, UNUSABLE
from mnist_gui.digits.dataset import load_mnist
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.paths import cache_folder, user_digits_file, user_studies_folder
from mnist_gui.runs.store import RunStore
from mnist_gui.studies.study import StudyStore
from tests.fakes import FakeTraining

COUNT = 60


@pytest.fixture(scope="module")
def mnist():
    return load_mnist()


@pytest.fixture
def folder(tmp_path, mnist):
    root = tmp_path / "mine"
    root.mkdir()
    for index in range(COUNT):
        Image.fromarray(mnist.train.images[index]).save(root / f"{mnist.train.labels[index]}-{index}.png")
    return root


@pytest.fixture
def call(tmp_path, capsys, monkeypatch, mnist):
    """Return a function that runs the program with a fake training."""
    monkeypatch.setattr("mnist_gui.digits.dataset.load_mnist", lambda: mnist)

    def run_program(*arguments, train=None):
        monkeypatch.setattr("mnist_gui.models.training.trainer.train", train or FakeTraining())
        status = main.main(["--runs", str(tmp_path / "runs"), *map(str, arguments)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run_program


@pytest.fixture
def runs(tmp_path):
    return RunStore(tmp_path / "runs", tmp_path / "none")


def fails(run, dataset, *, report, control):
    return FakeTraining(fails="no memory")(run, dataset, report=report, control=control)


def test_a_run_says_what_it_was_trained_on(call, runs, folder):
    status, out, _ = call("train", "--model", 1, "--recipe", "fast", "--data", folder)
    assert status == OK
    assert "folder mine: 60 digits, 12 of them held out." in out
    (run,) = runs.runs()
    data = run.record.data
    assert (data["name"], data["frames"]) == ("folder mine", 48)
    assert data["validation"] == {"source": "held out", "frames": 12}
    assert run.record.recipe["held_out"] == 12


def test_what_is_held_out_can_be_given(call, runs, folder):
    assert call("train", "--model", 1, "--data", folder, "--held-out", 5)[0] == OK
    assert runs.runs()[0].record.data["frames"] == 55


def test_my_digits_are_trained_on(call, runs):
    store = UserDigitStore(user_digits_file())
    for index in range(COUNT):
        store.add(Drawing([[[0, 0], [index % 7, 10 + index], [5 + index, 20]]], index % 10))
    assert call("train", "--model", 1, "--recipe", "quick", "--data", "my-digits")[0] == OK
    assert runs.runs()[0].record.data["name"] == "My digits"


def test_a_run_is_resumed_on_the_same_digits_wherever_they_are(call, runs, folder):
    call("train", "--model", 1, "--recipe", "quick", "--data", folder, train=fails)
    (run,) = runs.runs()
    away = folder.with_name("away")
    folder.rename(away)
    assert call("train", "--resume", run.name, train=fails)[0] == 1, "it fails again, in the next epoch"
    assert runs.get(run.name).record.epochs == 2
    shutil.rmtree(cache_folder())
    status, _, err = call("train", "--resume", run.name)
    assert status == UNUSABLE
    assert "The digits of folder mine are no longer in the cache; give them again: --data PATH" in err
    next(away.glob("*.png")).unlink()
    status, _, err = call("train", "--resume", run.name, "--data", away)
    assert status == UNUSABLE
    assert f"Run {run.name} was begun on other data (folder mine) than {away} holds now" in err
    assert runs.get(run.name).record.epochs == 2


def test_a_study_is_continued_on_the_same_digits(call, folder):
    arguments = ("study", "mine", "--studies", user_studies_folder(), "--json")
    plan = ("--model", 1, "--recipe", "quick", "--seeds", 2, "--data", folder)
    assert call(*arguments, *plan, train=fails)[0] == 1
    (line,) = (user_studies_folder() / "mine" / "study.json").read_text().partition('"data": ')[2].splitlines()[:1]
    assert line == "{"
    shutil.rmtree(folder)
    status, out, _ = call(*arguments)
    assert status == OK
    assert json.loads(out.splitlines()[-1])["planned"] == 2
    study = StudyStore(user_studies_folder()).get("mine")
    assert [run.record.data["name"] for run in study.found_runs().values()] == ["folder mine"] * 2


def test_a_study_refuses_other_data_than_it_was_begun_on(call, folder):
    arguments = ("study", "mine", "--json", "--model", 1, "--recipe", "quick", "--seeds", 1, "--data", folder)
    assert call(*arguments, train=fails)[0] == 1
    next(folder.glob("*.png")).unlink()
    status, _, err = call(*arguments)
    assert status == UNUSABLE
    assert "Study mine was begun on other data (folder mine)" in err


def test_digits_that_cannot_be_trained_on_are_refused_and_no_run_is_made(call, runs, folder):
    for path in list(folder.glob("*.png"))[5:]:
        path.unlink()
    status, _, err = call("train", "--model", 1, "--data", folder)
    assert status == UNUSABLE
    assert "There are 5 digits to train on in folder mine; at least 50 are needed." in err
    assert not runs.folder.exists()
