"""Which runs are taught, and what came of it. No Keras: the runs that train it are created only."""

import numpy as np
import pytest

from mnist_gui.analysis import fine_tuning_effect
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui.fine_tuning_progress import Stage
from mnist_gui.gui.fine_tuning_service import STOPPING, UNDO, USE, WAITING, FineTuningService
from mnist_gui.models.importing.conventions import Convention
from mnist_gui.models.networks import chain, network_to_json
from mnist_gui.models.training import fine_tuning
from mnist_gui.models.training.fine_tuning import fine_tuning_digits
from mnist_gui.runs.record import LITERT_FILE, MODEL_FILE, RunError
from mnist_gui.runs.store import RunStore
from tests.answering import answering_run
from tests.fine_tuning_effects import effect_of

DATA = {"name": "bars", "checksum": "bars-checksum"}
STROKE = ([(300, 300), (500, 700)],)
EFFECT = effect_of([7, 7, 1, 1], [2, 7, 7, 2], [7, 7, 1, 2], held_out=2)


def run_of(store, model, name, files=(MODEL_FILE,), **record):
    run = store.create(model, {"name": name, "epochs": 4}, 0, DATA, **record)
    written = {file: run.write_file(file, lambda path: path.write_bytes(b"content")) for file in files}
    run.commit(status="completed", epochs=4, exported=4, files=written)
    return run


@pytest.fixture
def shipped(store):
    """One run of each model that ships; that of model 2 without weights."""
    inside = RunStore(store.shipped, store.folder)
    return {
        1: run_of(inside, 1, "fast"),
        2: run_of(inside, 2, "fast", files=(LITERT_FILE,)),
        3: run_of(inside, 3, "fast"),
    }


@pytest.fixture
def my_digits(tmp_path):
    digits = UserDigitStore(tmp_path / "my-digits.jsonl")
    for label in [*range(5)] * 4:
        digits.add(Drawing(STROKE, label))
    return digits


@pytest.fixture
def service(qapp, store, shipped, my_digits, monkeypatch):
    monkeypatch.setattr(fine_tuning, "read_weights", lambda run: [np.zeros(1)])
    service = FineTuningService(store, my_digits, lambda: 1.0)
    service.requested, service.used = [], []
    service.training_requested.connect(service.requested.append)

    def use(name, instead_of):
        service.used.append((name, instead_of))
        store.activate(name, instead_of)

    service.use_requested.connect(use)
    return service


def finish(store, service):
    """Let every requested run be trained."""
    for name in service.requested:
        run = store.get(name)
        model = run.write_file(MODEL_FILE, lambda path: path.write_bytes(b"taught"))
        run.commit(status="completed", epochs=3, exported=3, files={**run.record.files, MODEL_FILE: model})
        service.report_completed(name)
        service.report_effect(name, EFFECT)


def test_it_says_what_would_be_taught_and_whom(service, shipped):
    assert service.summary().startswith("15 digits will be taught; 5 more are kept for judging.")
    assert "There is no 5, 6, 7, 8, 9 among them" in service.summary()
    first, second, third = service.candidates()
    assert (first.run, first.obstacle, third.obstacle) == (shipped[1].name, "", "")
    assert shipped[2].name in second.obstacle


def test_runs_are_created_that_name_their_parents_and_keep_some_digits_for_judging(service, store, shipped):
    assert service.start((1, 3)) == ""
    first, third = (store.get(name) for name in service.requested)
    assert (first.record.parent, third.record.parent) == (shipped[1].name, shipped[3].name)
    taught, held_out = fine_tuning_digits(first)
    assert (len(taught), len(held_out)) == (15, 5)
    assert [outcome.text for outcome in service.outcomes.values()] == [WAITING] * 2
    assert service.action == ""


def test_what_was_taught_is_used_and_undone_and_nothing_is_lost(service, store, shipped):
    own = run_of(store, 3, "notebook")
    store.activate(own.name)
    service.start((1, 3))
    finish(store, service)
    assert "0 → 1 of 2 right · MNIST test 99.33 → 99.31" in service.outcomes[1].text
    assert service.action == USE
    assert not service.used, "nothing is replaced by itself"
    service.use_or_undo()
    assert [answering_run(store, model).name for model in (1, 3)] == service.requested
    assert service.action == UNDO
    service.use_or_undo()
    assert answering_run(store, 1).folder == shipped[1].folder
    assert answering_run(store, 3).folder == own.folder
    assert service.action == USE
    assert {run.name for run in store.runs()} >= {own.name, *service.requested}


def test_nothing_is_offered_before_all_are_taught(service, store, shipped):
    service.start((1, 3))
    service.report_completed(service.requested[0])
    assert service.action == ""
    service.report_failure(service.requested[1], "was stopped before it was taught")
    assert service.action == USE
    finish_one = service.requested[0]
    run = store.get(finish_one)
    model = run.write_file(MODEL_FILE, lambda path: path.write_bytes(b"taught"))
    run.commit(status="completed", epochs=3, exported=3, files={**run.record.files, MODEL_FILE: model})
    service.use_or_undo()
    assert service.used == [(finish_one, shipped[1].name)]


def test_undo_returns_to_the_runs_before_also_where_the_taught_ones_were_chosen_elsewhere(service, store):
    own = run_of(store, 3, "notebook")
    store.activate(own.name)
    service.start((1, 3))
    finish(store, service)
    for name in service.requested:
        store.activate(name)
    assert service.action == UNDO
    service.use_or_undo()
    assert (answering_run(store, 1).shipped, answering_run(store, 3).name) == (True, own.name)


def test_undo_returns_to_a_run_that_was_chosen_after_teaching_began(service, store):
    service.start((1,))
    finish(store, service)
    later = run_of(store, 1, "notebook")
    store.activate(later.name)
    service.use_or_undo()
    assert (service.action, answering_run(store, 1).name) == (UNDO, service.requested[0])
    service.use_or_undo()
    assert answering_run(store, 1).name == later.name


def test_stop_keeps_what_was_taught_and_asks_to_stop_the_others(service, store, qtbot):
    service.start((1, 3))
    first, third = service.requested
    service.report_completed(first)
    assert service.can_stop and service.is_busy
    with qtbot.waitSignal(service.stop_requested) as caught:
        service.stop()
    assert caught.args == [(third,)]
    assert service.outcomes[3].text == STOPPING and not service.can_stop
    service.report_progress(third, "is learning your digits", Stage.TRAINING, 0.5)
    assert service.outcomes[3].text == STOPPING, "events that were on their way"
    service.report_failure(third, "was stopped before it was taught")
    service.report_effect(first, EFFECT)
    assert not service.is_busy
    assert service.action == USE


def test_the_time_left_is_known_once_a_run_has_begun_and_ends_at_zero(service, store):
    service.start((1, 3))
    assert service.progress.seconds_left is None
    service.report_progress("another run", "is learning", Stage.TRAINING, 0.5)
    assert service.progress.seconds_left is None
    service.report_progress(service.requested[0], "is learning your digits", Stage.TRAINING, 0.5)
    assert service.progress.seconds_left > 0 and service.is_busy
    finish(store, service)
    assert service.progress.seconds_left == 0 and not service.is_busy


def test_only_a_change_of_words_is_a_change(service, qtbot):
    service.start((1,))
    with qtbot.assertNotEmitted(service.progressed), qtbot.waitSignal(service.changed):
        service.report_progress(service.requested[0], "is learning your digits", Stage.TRAINING, 0.1)
    with qtbot.assertNotEmitted(service.changed), qtbot.waitSignal(service.progressed):
        service.report_progress(service.requested[0], "is learning your digits", Stage.TRAINING, 0.2)


def test_what_was_taught_already_is_taught_anew_from_where_it_began(service, store, shipped):
    taught = run_of(store, 1, "teach", parent=shipped[1].name, trainable="dense")
    store.activate(taught.name)
    service.start((1,))
    assert store.get(service.requested[0]).record.parent == shipped[1].name


def test_a_problem_is_said_and_leaves_nothing_behind(service, store):
    assert "no weights" in service.start((2,))
    assert (service.requested, service.outcomes) == ([], {})
    assert not [run for run in store.runs() if not run.shipped]


def test_it_is_counted_what_the_runs_misread_that_would_be_taught(service, shipped, store, monkeypatch):
    def count_misread(run, digits):
        if run.model == 2:
            raise RunError("Its model is damaged.")
        return {shipped[1].folder: len(digits) - 18, shipped[3].folder: 0}[run.folder]

    monkeypatch.setattr(fine_tuning_effect, "count_misread", count_misread)
    assert service.misread_task()(None) == "Of your 20 digits, Model 1 misreads 2 and Model 3 misreads none."


def test_two_runs_of_a_model_are_taught_each_in_its_place_and_those_of_one_origin_once(service, store, shipped):
    own = run_of(store, 3, "notebook")
    taught = run_of(store, 3, "teach", parent=own.name, trainable="dense")
    store.set_answering([shipped[3].name, own.name, taught.name])
    first, second = service.candidates()
    assert [(one.place, one.run) for one in (first, second)] == [(1, shipped[3].name), (2, own.name)]
    assert first.title != second.title
    service.start((2,))
    finish(store, service)
    service.use_or_undo()
    assert [run.name for run in store.answering()] == [shipped[3].name, service.requested[0], taught.name]
    service.use_or_undo()
    assert [run.name for run in store.answering()] == [shipped[3].name, own.name, taught.name]


def test_a_model_from_a_file_can_be_taught_or_says_why_not(service, store):
    imported = {"file": "lenet.h5", "sha256": "0" * 64, "format": "hdf5", "side": 28}
    scores, logits = (Convention(answers=answers).to_json() for answers in ("scores", "logits"))
    layers = network_to_json(chain((28, 28), ("Flatten", {}), ("Dense", {"units": 10})))
    store.set_answering(
        [
            store.create_imported(name, {**imported, "convention": convention}, described, {"model.onnx": b"x"}).name
            for name, convention, described in (
                ("taught", logits, layers), ("scores", scores, layers), ("unknown", logits, None),
            )
        ]
    )  # fmt: skip
    taught, scores, unknown = service.candidates()
    assert taught.obstacle == ""
    assert "cannot be taught" in scores.obstacle and "its answers are independent scores" in scores.obstacle
    assert "its layers are not known" in unknown.obstacle
    assert "independent scores" in service.start((2,))


def test_a_run_on_own_data_says_that_it_cannot_be_taught(service, store, shipped):
    run = store.get(shipped[1].name)
    store.set_answering([run.name])
    run.commit(data={**run.record.data, "name": "folder mine"})
    (candidate,) = service.candidates()
    assert "was trained on folder mine and cannot be taught: teaching repeats digits of MNIST" in candidate.obstacle
    assert "Choose a run that was trained on MNIST" in service.start((1,))
