"""Who answers: one to six runs in any order."""

import json

import pytest

from mnist_gui.runs.record import MODEL_FILE, RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore

IMPORTED = {"file": "lenet.h5", "sha256": "0" * 64, "format": "hdf5", "convention": {}, "side": 28}


def create(store: RunStore, model: int = 1, name: str = "") -> Run:
    run = store.create(model, {"name": "quick"}, 0, {"name": "bars", "checksum": "c"})
    entry = run.write_file("model.onnx", lambda path: path.write_bytes(b"x"))
    run.commit(status="completed", files={"model.onnx": entry})
    return store.rename(run.name, name) if name else run


def add(store: RunStore, name: str = "lenet") -> Run:
    return store.create_imported(name, IMPORTED, None, {MODEL_FILE: b"x"})


@pytest.fixture
def shipped(store) -> list[str]:
    """The names of the shipped defaults, and after them that of another shipped run of model 3."""
    inside = RunStore(store.shipped, store.shipped / "none")
    names = [create(inside, model, f"model-{model}-fast").name for model in (1, 2, 3)]
    (store.shipped / ".active.json").write_text(json.dumps(dict(zip("123", names, strict=True))))
    return [*names, create(inside, 3, "model-3-notebook").name]


def names(store: RunStore) -> list[str]:
    return [run.name for run in store.answering()]


def test_the_shipped_three_answer_at_first_and_again_by_one_call(store, shipped):
    assert names(store) == shipped[:3]
    store.set_answering([shipped[3]])
    assert names(store) == [shipped[3]]
    store.answer_by_default()
    assert names(store) == shipped[:3]


def test_any_runs_answer_in_any_order_and_any_program_sees_it(store, shipped):
    chosen = [shipped[3], shipped[2], create(store, 1, "before").name, add(store).name, shipped[0]]
    store.set_answering(chosen)
    assert names(RunStore(store.folder, store.shipped)) == chosen


def test_a_shipped_default_that_was_chosen_follows_the_program(store, shipped):
    store.set_answering([shipped[2], shipped[0]])
    (store.shipped / ".active.json").write_text(json.dumps({"3": shipped[3], "1": shipped[0]}))
    assert names(store) == [shipped[3], shipped[0]], "as a later version may ship another one"


@pytest.mark.parametrize("count", [0, 7])
def test_too_few_and_too_many_are_refused(store, shipped, count):
    runs = [create(store, 1, f"mine {number}").name for number in range(count)]
    with pytest.raises(RunError, match=rf"{count} runs were chosen; choose 1 to 6"):
        store.set_answering(runs)
    assert names(store) == shipped[:3]


def test_a_run_answers_once(store, shipped):
    with pytest.raises(RunError, match="different ones"):
        store.set_answering([shipped[0], shipped[0]])


def test_a_run_takes_the_place_of_its_model_and_one_of_another_network_a_further_one(store, shipped):
    store.set_answering([shipped[2], shipped[0]])
    mine, lenet = create(store, 3, "mine"), add(store)
    store.activate(mine.name)
    store.activate(lenet.name)
    store.activate(lenet.name)
    assert names(store) == ["mine", shipped[0], "lenet"]
    store.activate(shipped[1])
    assert names(store) == ["mine", shipped[0], "lenet", shipped[1]], "of model 2 there was none"


def test_a_named_run_is_replaced_or_changes_places(store, shipped):
    lenet = add(store)
    store.activate(lenet.name, instead_of=shipped[1])
    assert names(store) == [shipped[0], "lenet", shipped[2]]
    store.activate(shipped[2], instead_of=shipped[0])
    assert names(store) == [shipped[2], "lenet", shipped[0]]


def test_where_six_answer_a_seventh_says_what_to_do(store, shipped):
    store.set_answering([add(store, f"net {number}").name for number in range(6)])
    with pytest.raises(RunError, match="6 runs answer already"):
        store.activate(add(store, "one more").name)
    store.activate("one more", instead_of="net 2")
    assert names(store)[2] == "one more"


def test_the_choice_of_earlier_versions_is_kept(store, shipped):
    mine = create(store, 2, "mine")
    (store.folder / ".active.json").write_text(json.dumps({"2": mine.name}))
    assert names(store) == [shipped[0], "mine", shipped[2]]
    store.activate(shipped[3])
    assert names(store) == [shipped[0], "mine", shipped[3]]


@pytest.mark.parametrize(
    "text",
    ["", "[1, 2", "[]", "7", "[[]]", '[{"model": 4, "run": "x"}]', '[{"model": null, "run": null}]', "{}", "[" * 9000],
)
def test_a_file_that_is_no_choice_leaves_the_shipped_ones(store, shipped, text):
    store.folder.mkdir()
    (store.folder / ".active.json").write_text(text)
    assert names(store) == shipped[:3]


def test_a_deleted_run_gives_its_place_to_the_shipped_one_of_its_model(store, shipped):
    create(store, 1, "mine")
    store.set_answering([shipped[2], "mine"])
    store.delete("mine")
    assert names(store) == [shipped[2], shipped[0]]


def test_a_deleted_run_beside_the_shipped_one_of_its_model_leaves_no_place_and_comes_back(store, shipped):
    create(store, 1, "mine")
    add(store)
    store.set_answering([shipped[0], "mine", "lenet"])
    for name in ("mine", "lenet"):
        store.move_to_trash(name)
    assert names(store) == [shipped[0]]
    for name in ("lenet", "mine"):
        store.restore(name)
    assert names(store) == [shipped[0], "mine", "lenet"]


def test_where_the_only_run_is_deleted_the_shipped_ones_answer(store, shipped):
    store.set_answering([add(store).name])
    store.delete("lenet")
    assert names(store) == shipped[:3]


def test_a_run_that_has_gone_keeps_its_place_and_says_so(store, shipped):
    lenet = add(store)
    store.set_answering([shipped[0], lenet.name, shipped[1]])
    (lenet.folder / "run.json").unlink()
    first, gone, last = store.places()
    assert (first.run.name, gone.run, last.run.name) == (shipped[0], None, shipped[1])
    assert gone.name == "lenet" and "run.json is missing" in gone.problem
