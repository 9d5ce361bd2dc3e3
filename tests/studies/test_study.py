import shutil
from dataclasses import replace

import pytest

from mnist_gui.models.layer_chain import own_chain
from mnist_gui.models.recipes import FAST
from mnist_gui.models.training.training_control import TrainingControl
from mnist_gui.models.training.training_events import BatchEnded
from mnist_gui.studies import progress
from mnist_gui.studies.plan import StudyPlan
from mnist_gui.studies.progress import StudyClock, study_progress
from mnist_gui.studies.runner import train_study
from mnist_gui.studies.study import PLAN_FILE, Study, StudyError, StudyStore, study_of
from tests.fakes import FakeTraining

RECIPE = replace(FAST, epochs=2, held_out=400)


@pytest.fixture
def studies(tmp_path):
    return StudyStore(tmp_path / "studies")


@pytest.fixture
def study(studies):
    """Models 1 and 2, two seeds each."""
    return studies.create(StudyPlan("seeds", (1, 2), RECIPE, {}, (1, 2)))


class Recorder:
    """Trains with a fake; counts the epochs of each model and seed."""

    def __init__(self, dataset, interrupt_at=None, fails=""):
        self.dataset = dataset
        self.training = FakeTraining(fails=fails)
        self.begun = []
        self.control = TrainingControl()
        self.batches = 0
        self.interrupt_at = interrupt_at

    def __call__(self, study):
        return train_study(
            study, self.dataset, train=self.training, report=self.report, begin=self.begin, control=self.control
        )

    def begin(self, planned, following):
        self.begun.append((planned.group.model, planned.seed, len(following)))

    def report(self, event):
        self.batches += isinstance(event, BatchEnded)
        if self.batches == self.interrupt_at:
            self.control.interrupt()


def test_networks_of_own_layers_are_told_apart_and_trained_once_each(studies, tiny_dataset):
    study = study_of(studies, RECIPE, (1, 0), (1, 2), layers="dense 16")
    study.extend(replace(study.plan, layers=("dense 16", "dense 8")))
    assert study.plan.name == "model 1 + own fast changed"
    recorder = Recorder(tiny_dataset)
    assert recorder(study) == "completed"
    assert [model for model, _, _ in recorder.begun] == [1, 0, 0, 1, 0, 0]
    found = study.found_runs()
    assert [own_chain(run) for run in found.values()] == ["", "dense 16", "dense 8"] * 2
    assert [run.record.status for run in found.values()] == ["completed"] * 6
    assert study_of(studies, RECIPE, (0,), (1,), layers="dense 16").plan.name == "own fast changed", "another study"


def test_all_runs_are_trained_once_each(study, tiny_dataset):
    recorder = Recorder(tiny_dataset)
    assert recorder(study) == "completed"
    assert recorder.begun == [(1, 1, 3), (2, 1, 2), (1, 2, 1), (2, 2, 0)]
    assert [run.status for run in study.found_runs().values()] == ["completed"] * 4
    again = Recorder(tiny_dataset)
    assert again(study) == "completed"
    assert again.begun == []


@pytest.mark.parametrize("interrupt_at", [1, 40, 70])
def test_an_interrupted_study_goes_on_from_the_last_epoch(study, studies, tiny_dataset, interrupt_at):
    first = Recorder(tiny_dataset, interrupt_at)
    assert first(study) == "paused"
    rest = Recorder(tiny_dataset)
    assert rest(studies.get("seeds")) == "completed"
    runs = study.store.runs()
    assert len(runs) == 4  # none was trained twice
    assert {(run.model, run.record.seed) for run in runs} == {(1, 1), (2, 1), (1, 2), (2, 2)}
    assert all(len(run.history()) == 2 for run in runs)


def test_what_is_no_run_is_kept(study, tiny_dataset):
    folder = study.store.folder / "notes"
    folder.mkdir(parents=True)
    (folder / "mine.txt").write_text("mine")
    assert Recorder(tiny_dataset)(study) == "completed"
    assert (folder / "mine.txt").exists()


def test_a_study_is_extended_and_trains_the_new_runs_only(study, tiny_dataset):
    Recorder(tiny_dataset)(study)
    study.extend(replace(study.plan, seeds=(1, 2, 3)))
    recorder = Recorder(tiny_dataset)
    assert recorder(Study.open(study.folder)) == "completed"
    assert recorder.begun == [(1, 3, 1), (2, 3, 0)]
    with pytest.raises(StudyError, match="exists with other models"):
        study.extend(replace(study.plan, models=(3,)))


def test_a_failed_run_ends_the_study_and_is_tried_again(study, tiny_dataset):
    assert Recorder(tiny_dataset, fails="no memory")(study) == "failed"
    assert Recorder(tiny_dataset)(study) == "completed"
    assert len(study.store.runs()) == 4


def test_what_a_killed_program_left_in_an_ended_run_goes_when_the_study_is_continued(study, tiny_dataset):
    Recorder(tiny_dataset)(study)
    run = next(iter(study.found_runs().values()))
    leftover = run.folder / "checkpoint-0001.keras"
    leftover.write_bytes(b"large")
    Recorder(tiny_dataset)(study)
    assert not leftover.exists()


def test_two_programs_do_not_train_one_study(study, tiny_dataset):
    with Study.open(study.folder).locked(), pytest.raises(StudyError, match="by another program"):
        Recorder(tiny_dataset)(study)


def test_other_data_are_refused(study, tiny_dataset):
    Recorder(tiny_dataset, interrupt_at=50)(study)
    with pytest.raises(StudyError, match=r"other data \(bars\)"):
        Recorder(replace(tiny_dataset, checksum="another"))(study)


def test_two_studies_of_one_name_are_refused(studies, study):
    with pytest.raises(StudyError, match="already"):
        studies.create(replace(study.plan, name="Seeds"))


def test_a_damaged_plan_is_named_and_costs_no_run(studies, study, tiny_dataset):
    Recorder(tiny_dataset)(study)
    (study.folder / PLAN_FILE).write_text("{")
    assert studies.names() == ["seeds"]
    with pytest.raises(StudyError, match=r"study\.json cannot be used: it is not complete JSON"):
        studies.get("seeds")
    assert len(study.store.runs()) == 4
    (study.folder / PLAN_FILE).write_text(" " * 1_000_000 + study.plan.to_json())
    with pytest.raises(StudyError, match=r"it has more than 1,000,000 bytes\. Correct it; the runs beside it are kept"):
        studies.get("seeds")


def test_a_name_in_another_case_is_answered_with_the_one_there_is(studies, study):
    with pytest.raises(StudyError, match="no study 'Seeds', but one of the name 'seeds': give this name to continue"):
        studies.get("Seeds")


def test_a_folder_with_a_name_that_no_study_can_have_is_told(studies, study):
    shutil.copytree(study.folder, studies.folder / "a @ b")
    with pytest.raises(StudyError, match=r"'a @ b' cannot be the name of a study; .* Rename the folder\."):
        studies.get("a @ b")


def test_a_clock_tells_the_seconds_left_by_what_was_done_meanwhile(study, tiny_dataset, monkeypatch):
    now = 100.0
    monkeypatch.setattr(progress, "monotonic", lambda: now)
    clock = StudyClock(study)
    assert clock.seconds_left() is None
    assert Recorder(tiny_dataset, interrupt_at=70)(study) == "paused"
    now += 60
    done = study_progress(study, study.found_runs()).fraction
    assert 0 < done < 1
    assert clock.seconds_left() == pytest.approx(60 / done - 60)


def test_an_unknown_study_is_answered_with_the_known_ones(studies, study):
    with pytest.raises(StudyError, match="Known studies: seeds"):
        studies.get("sedes")


def test_a_study_whose_folder_goes_while_it_trains_ends_with_a_sentence(study, tiny_dataset):
    class Deleting(Recorder):
        def begin(self, planned, following):
            super().begin(planned, following)
            if len(self.begun) == 2:
                shutil.rmtree(study.folder)

    with pytest.raises(StudyError, match="no longer exists: its folder"):
        Deleting(tiny_dataset)(study)
    with pytest.raises(StudyError, match="no longer exists"):
        Recorder(tiny_dataset)(study)
    assert not study.folder.exists(), "nothing is made again without its plan"


def test_a_copied_study_is_another_one_by_the_name_of_its_folder(study, studies, tiny_dataset):
    Recorder(tiny_dataset)(study)
    shutil.copytree(study.folder, studies.folder / "copy")
    assert studies.names() == ["copy", "seeds"]
    copy = studies.get("copy")
    assert copy.plan.name == "copy"
    copy.extend(replace(copy.plan, seeds=(1, 2, 3)))
    assert Recorder(tiny_dataset)(copy) == "completed"
    assert (len(copy.store.runs()), len(study.store.runs())) == (6, 4)


@pytest.mark.parametrize("name", ["seeds", "SEEDS"])
def test_a_second_study_of_a_name_is_refused_and_the_first_is_kept(study, studies, name):
    with pytest.raises(StudyError, match="already; give another name"):
        studies.create(replace(study.plan, name=name, models=(3,)))
    assert studies.get("seeds").plan == study.plan


def test_a_plan_changed_by_hand_keeps_runs_that_are_in_it_no_more(study, studies, tiny_dataset):
    Recorder(tiny_dataset)(study)
    plan = study.folder / PLAN_FILE
    plan.write_text(plan.read_text().replace('[\n  1,\n  2\n ],\n "recipe"', '[\n  2,\n  3\n ],\n "recipe"'))
    changed = studies.get("seeds")
    assert changed.plan.models == (2, 3)
    assert len(changed.found_runs()) == 2
    assert Recorder(tiny_dataset)(changed) == "completed"
    assert sorted(run.model for run in changed.store.runs()) == [1, 1, 2, 2, 3, 3]
