from dataclasses import replace

import pytest

from mnist_gui.models.recipes import FAST
from mnist_gui.models.training.data_split import describe_data
from mnist_gui.models.training.training_control import TrainingControl
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run
from mnist_gui.studies.run_package import pack, unpack, unpack_new
from tests.fakes import FakeTraining

RECIPE = replace(FAST, epochs=3, held_out=400)


@pytest.fixture
def run(store, tiny_dataset):
    return store.create(1, RECIPE.to_json(), 1, describe_data(RECIPE, tiny_dataset))


@pytest.fixture
def away(tmp_path):
    """The disk of another machine."""
    folder = tmp_path / "away"
    folder.mkdir()
    return folder


def trained(run, dataset, fails=""):
    return FakeTraining(fails=fails, exports=True)(run, dataset, report=lambda event: None, control=TrainingControl())


def test_a_run_goes_away_and_comes_back_whole(run, away, tiny_dataset):
    remote = trained(unpack_new(pack(run), away), tiny_dataset)
    unpack(run, pack(remote))
    opened = Run.open(run.folder)
    assert (opened.status, opened.record.epochs) == ("completed", 3)
    assert opened.record.files == remote.record.files
    assert all(opened.read_file(name) == remote.read_file(name) for name in remote.record.files)


def test_what_the_receiver_has_is_not_sent_again(run, away, tiny_dataset):
    remote = trained(unpack_new(pack(run), away), tiny_dataset, fails="no memory")
    unpack(run, pack(remote))
    known = dict(remote.record.files)
    assert pack(remote, known).files == {}
    unpack(run, pack(trained(remote, tiny_dataset), known))
    assert len(Run.open(run.folder).history()) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda package: replace(package, files={**package.files, "history.csv": b"epoch"}), "damaged on its way"),
        (lambda package: replace(package, files={}), "came without"),
        (lambda package: replace(package, files={**package.files, "evil.py": b""}), "no file of a run"),
        (lambda package: replace(package, record=package.record.replace('"seed": 1', '"seed": 2')), "as another one"),
        (lambda package: replace(package, name="other"), "as another one"),
        (lambda package: replace(package, record=package.record[:50]), "not complete JSON"),
    ],
)
def test_what_does_not_come_back_whole_changes_nothing(run, away, tiny_dataset, change, message):
    package = pack(trained(unpack_new(pack(run), away), tiny_dataset))
    before = (run.folder / "run.json").read_bytes()
    with pytest.raises(RunError, match=message):
        unpack(run, change(package))
    assert (run.folder / "run.json").read_bytes() == before
    assert [path.name for path in run.folder.iterdir()] == ["run.json"]


def test_fewer_epochs_than_there_are_change_nothing(run, away, tiny_dataset):
    package = pack(unpack_new(pack(run), away))
    trained(run, tiny_dataset, fails="no memory")
    with pytest.raises(RunError, match="fewer epochs"):
        unpack(run, package)
    assert Run.open(run.folder).record.epochs == 1
