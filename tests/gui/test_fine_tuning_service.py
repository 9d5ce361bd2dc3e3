"""Which runs are taught, and what came of it. No Keras: the runs that train it are created only."""

import numpy as np
import pytest

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui.fine_tuning_service import REVERT, USE, FineTuningService
from mnist_gui.models.training import fine_tuning
from mnist_gui.models.training.fine_tuning import fine_tuning_digits
from mnist_gui.runs.record import MODEL_FILE, WEIGHTS_FILE
from mnist_gui.runs.store import RunStore
from tests.fine_tuning_effects import effect_of

DATA = {"name": "bars", "checksum": "bars-checksum"}
STROKE = ([(300, 300), (500, 700)],)
EFFECT = effect_of([7, 7, 1, 1], [2, 7, 7, 2], [7, 7, 1, 2], held_out=2)


def run_of(store, model, name, files=(MODEL_FILE, WEIGHTS_FILE), **record):
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
        2: run_of(inside, 2, "fast", files=(MODEL_FILE,)),
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

    def use(model, name):
        service.used.append((model, name))
        store.activate(model, name)

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
    assert [outcome.text for outcome in service.outcomes.values()] == ["waits for its turn"] * 2
    assert service.action == ""


def test_what_was_taught_is_used_at_a_word_and_given_up_at_another(service, store, shipped):
    own = run_of(store, 3, "notebook")
    store.activate(3, own.name)
    service.start((1, 3))
    finish(store, service)
    assert "0 → 1 of 2 right · MNIST test 99.33 → 99.31" in service.outcomes[1].text
    assert service.action == USE
    assert not service.used, "nothing is replaced by itself"
    service.use_or_revert()
    assert [store.active(model).name for model in (1, 3)] == service.requested
    assert service.action == REVERT
    service.use_or_revert()
    assert store.active(1).folder == shipped[1].folder
    assert store.active(3).folder == own.folder
    assert service.action == USE


def test_nothing_is_offered_before_all_are_taught(service, store):
    service.start((1, 3))
    service.report_completed(service.requested[0])
    assert service.action == ""
    service.report_failure(service.requested[1], "was stopped before it was taught")
    assert service.action == USE
    finish_one = service.requested[0]
    run = store.get(finish_one)
    model = run.write_file(MODEL_FILE, lambda path: path.write_bytes(b"taught"))
    run.commit(status="completed", epochs=3, exported=3, files={**run.record.files, MODEL_FILE: model})
    service.use_or_revert()
    assert service.used == [(1, finish_one)]


def test_what_was_taught_already_is_taught_anew_from_where_it_began(service, store, shipped):
    taught = run_of(store, 1, "teach", parent=shipped[1].name, trainable="dense")
    store.activate(1, taught.name)
    service.start((1,))
    assert store.get(service.requested[0]).record.parent == shipped[1].name


def test_a_problem_is_said_and_leaves_nothing_behind(service, store):
    assert "no weights" in service.start((2,))
    assert (service.requested, service.outcomes) == ([], {})
    assert not [run for run in store.runs() if not run.shipped]
