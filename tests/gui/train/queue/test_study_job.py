"""Studies in the training queue."""

import shutil

import pytest

from mnist_gui.gui.train.queue.study_job import StudyJob, StudyStep
from mnist_gui.gui.train.queue.training_job import TrainingJob
from mnist_gui.gui.train.queue.training_queue import TrainingQueue
from mnist_gui.gui.train.training_wording import step_text
from mnist_gui.models.recipes import QUICK
from mnist_gui.studies.study import Study, StudyStore
from tests.fakes import FakeTraining, GatedTraining
from tests.study_data import add_study

LIMIT = 20_000  # ms


@pytest.fixture
def study(tmp_path):
    """Models 1 and 2, two seeds each, two epochs."""
    return add_study(tmp_path / "studies", models=(1, 2), seeds=2, held_out=(400,))


@pytest.fixture
def make_queue(qtbot, store, tiny_dataset):
    made = []

    def make(train):
        queue = TrainingQueue(store, lambda: tiny_dataset, train)
        made.append((queue, train))
        return queue

    yield make
    for queue, train in made:
        if isinstance(train, GatedTraining):
            train.gate.set()
        queue.shut_down()


def test_the_runs_of_a_study_are_trained_in_its_folder(make_queue, study, store, qtbot):
    queue = make_queue(FakeTraining())
    steps, endings = [], []
    queue.run_started.connect(lambda run: steps.append((queue.current_step.number, run.model, run.record.seed)))
    queue.study_ended.connect(lambda study, status: endings.append((study.plan.name, status)))
    with qtbot.waitSignal(queue.ended, timeout=LIMIT):
        queue.start([StudyJob.from_study(study)])
    assert steps == [(1, 1, 1), (2, 2, 1), (3, 1, 2), (4, 2, 2)]
    assert endings == [("seeds", "completed")]
    assert len(study.store.runs()) == 4
    assert store.runs() == []
    assert queue.waiting_jobs == ()


def test_a_run_of_own_layers_is_not_called_by_the_number_of_a_model(store):
    run = store.create(None, QUICK.to_json(), 7, {"name": "MNIST", "checksum": "c"})
    text = step_text(StudyStep("mine", run, 3, 15, ()))
    assert text == "Study mine · run 3 of 15 · Your own model, seed 7"


def test_a_study_that_is_paused_waits_in_the_queue_with_what_is_left(make_queue, study, qtbot):
    training = GatedTraining(epoch=2, opened=False)
    queue = make_queue(training)
    with qtbot.waitSignal(queue.run_started, timeout=LIMIT):
        queue.start([StudyJob.from_study(study)])
    qtbot.waitUntil(lambda: any(run.record.epochs for run in study.store.runs()), timeout=LIMIT)
    assert [job.name for job in queue.pending_jobs] == ["seeds"]  # as a killed program finds it again
    with qtbot.waitSignal(queue.ended, timeout=LIMIT):
        queue.interrupt()
        training.gate.set()
    (job,) = queue.waiting_jobs
    assert [work.epochs for work in job.work] == [1, 2, 2, 2]
    with qtbot.waitSignal(queue.ended, timeout=LIMIT):
        queue.start()
    assert [run.status for run in study.found_runs().values()] == ["completed"] * 4
    assert len(study.store.runs()) == 4


def test_a_study_that_is_stopped_leaves_the_queue_and_keeps_its_epochs(make_queue, study, qtbot):
    training = GatedTraining(epoch=2, opened=False)
    queue = make_queue(training)
    with qtbot.waitSignal(queue.run_started, timeout=LIMIT):
        queue.start([StudyJob.from_study(study), TrainingJob(1, QUICK, 1)])
    qtbot.waitUntil(lambda: any(run.record.epochs for run in study.store.runs()), timeout=LIMIT)
    with qtbot.waitSignal(queue.study_ended, timeout=LIMIT) as ended:
        queue.stop()
        training.gate.set()
    assert ended.args[1] == "paused"
    qtbot.waitUntil(lambda: not queue.is_active, timeout=LIMIT)
    assert [type(job) for job in queue.waiting_jobs] == [TrainingJob]
    assert [run.record.epochs for run in study.store.runs()] == [1]


def test_a_study_whose_folder_is_gone_is_a_sentence_and_the_next_job_trains(make_queue, study, store, qtbot):
    queue = make_queue(FakeTraining())
    sentences = []
    queue.failed.connect(sentences.append)
    job = StudyJob.from_study(study)
    shutil.rmtree(study.folder)
    with qtbot.waitSignal(queue.ended, timeout=LIMIT):
        queue.start([job, TrainingJob(1, QUICK, 1)])
    assert len(sentences) == 1
    assert "study.json cannot be used" in sentences[0]
    assert not study.folder.exists()
    assert len(store.runs()) == 1


def test_a_study_that_another_program_trains_is_a_sentence(make_queue, study, qtbot):
    queue = make_queue(FakeTraining())
    sentences = []
    queue.failed.connect(sentences.append)
    with Study.open(study.folder).locked(), qtbot.waitSignal(queue.ended, timeout=LIMIT):
        queue.start([StudyJob.from_study(study)])
    assert ["is being trained by another program" in sentence for sentence in sentences] == [True]


def test_a_stored_job_is_the_same_again(study):
    job = StudyJob.from_study(study)
    assert StudyJob.from_json(job.to_json()) == job


@pytest.mark.parametrize("harm", [{"study": 1}, {"work": [{"epochs": 1}]}, {"work": 3}, {"folder": None}])
def test_a_stored_job_that_was_altered_is_refused(study, harm):
    with pytest.raises(ValueError):
        StudyJob.from_json({**StudyJob.from_study(study).to_json(), **harm})


def test_several_seeds_make_a_study_and_more_seeds_extend_it(make_tab, tmp_path, qtbot):
    tab = make_tab(FakeTraining())
    recipe = QUICK.with_changes(epochs=1, held_out=400)
    for count, size in ((2, 4), (3, 6)):
        with qtbot.waitSignal(tab._queue.study_ended, timeout=LIMIT):
            tab.studies.train_seeds(recipe, (1, 2), tuple(range(1, 1 + count)))
        studies = StudyStore(tmp_path / "studies")
        assert studies.names() == ["models 1+2 quick changed"]
        assert len(studies.get(studies.names()[0]).store.runs()) == size
        qtbot.waitUntil(lambda: not tab.is_training, timeout=LIMIT)
    sentences = [notice.sentence for notice in tab.view.notices.notices]
    assert sentences[-1] == (
        "Study models 1+2 quick changed has all of its 6 runs. What they say is in Compare, Studies."
    )
