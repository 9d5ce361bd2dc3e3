"""Runs are renamed, annotated, deleted and restored."""

import json
import os
import shutil
import time

import pytest

from mnist_gui.runs.record import RunBusyError, RunError
from mnist_gui.runs.run import DamagedRun, Run
from mnist_gui.runs.store import RunStore
from tests.answering import answering_run


def create(store: RunStore, model: int = 1, **more) -> Run:
    run = store.create(model, {"name": "quick"}, 0, {"name": "bars", "checksum": "c"}, **more)
    entry = run.write_file("model.onnx", lambda path: path.write_bytes(b"x"))
    run.commit(status="completed", files={"model.onnx": entry})
    return run


@pytest.fixture
def shipped(store) -> Run:
    return create(RunStore(store.shipped, store.shipped / "none"))


def names(store: RunStore) -> list[str]:
    return sorted(entry.name for entry in store.entries() if not entry.shipped)


# -- renaming


def test_a_renamed_run_is_named_so_everywhere(store, shipped):
    mine = create(store)
    store.activate(mine.name)
    renamed = store.rename(mine.name, "My best run")
    assert renamed.record == Run.open(store.folder / "My best run").record
    assert names(store) == ["My best run"]
    assert answering_run(store, 1).name == "My best run"
    assert store.get("My best run").read_file("model.onnx") == b"x"


def test_its_own_name_and_another_case_of_it_are_no_clash(store):
    mine = store.rename(create(store).name, "first")
    assert store.rename("first", "first").name == mine.name
    assert store.rename("first", "First").name == "First"
    assert names(store) == ["First"]


def test_a_taken_name_is_refused_whatever_its_case(store, shipped):
    mine, other = create(store), create(store)
    for taken in (other.name, other.name.upper(), shipped.name):
        with pytest.raises(RunError, match="already"):
            store.rename(mine.name, taken)
    assert names(store) == sorted([mine.name, other.name])


def test_a_name_that_would_not_travel_is_refused(store):
    mine = create(store)
    for name in ("a/b", "..", ".hidden", "con", ""):
        with pytest.raises(RunError):
            store.rename(mine.name, name)
    assert names(store) == [mine.name]


@pytest.mark.parametrize(
    "change",
    [
        lambda store, name: store.rename(name, "other"),
        lambda store, name: store.set_note(name, "words"),
        lambda store, name: store.move_to_trash(name),
    ],
)
def test_what_may_not_be_changed_says_why_and_stays(store, shipped, change):
    mine = create(store)
    with mine.locked(), pytest.raises(RunBusyError, match="being written"):
        change(store, mine.name)
    with pytest.raises(RunError, match="came with the program"):
        change(store, shipped.name)
    with pytest.raises(RunError, match="no run 'gone'"):
        change(store, "gone")
    assert names(store) == [mine.name]
    assert store.get(mine.name).record.note == ""
    assert not list(store.folder.glob(".deleted/*"))


def test_a_choice_that_cannot_be_kept_takes_the_renaming_back(store, monkeypatch):
    mine = create(store)
    store.activate(mine.name)

    def full(folder, choices, former_names=None):
        raise RunError("The active runs cannot be saved (No space left on device).")

    monkeypatch.setattr("mnist_gui.runs.active_runs.write_active_runs", full)
    with pytest.raises(RunError, match="No space"):
        store.rename(mine.name, "other")
    with pytest.raises(RunError, match="No space"):
        store.move_to_trash(mine.name)
    assert names(store) == [mine.name]
    assert answering_run(store, 1).name == mine.name


# -- notes


def test_a_note_is_kept_and_taken_away(store):
    mine = create(store)
    store.set_note(mine.name, "  the one with\nthe small batches ")
    assert store.get(mine.name).record.note == "the one with\nthe small batches"
    assert store.set_note(mine.name, "").record.note == ""
    with pytest.raises(RunError, match="3000 characters"):
        store.set_note(mine.name, "x" * 3000)


def test_a_note_does_not_undo_what_was_written_meanwhile(store):
    mine = create(store)
    store.get(mine.name).commit(epochs=3)
    assert store.set_note(mine.name, "words").record.epochs == 3


def test_a_record_of_before_notes_still_opens(store):
    mine = create(store)
    values = json.loads((mine.folder / "run.json").read_text())
    del values["note"], values["best"]
    (mine.folder / "run.json").write_text(json.dumps(values))
    assert store.get(mine.name).record.note == ""
    assert store.get(mine.name).record.best == 0


def test_a_full_disk_is_reported_and_the_note_before_stays(store, monkeypatch):
    mine = create(store)
    store.set_note(mine.name, "before")

    def full(self, name, write):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Run, "write_file", full)
    with pytest.raises(RunError, match="No space left"):
        store.set_note(mine.name, "after")
    assert store.get(mine.name).record.note == "before"


# -- deleting, with undo


def test_a_deleted_run_comes_back_as_it_was_and_answers_again(store, shipped):
    mine = create(store)
    store.activate(mine.name)
    store.move_to_trash(mine.name)
    assert names(store) == []
    assert answering_run(store, 1).name == shipped.name
    assert not store.places()[0].problem
    assert RunStore(store.folder, store.shipped).restore(mine.name) == mine.name
    assert answering_run(store, 1).name == mine.name
    assert store.get(mine.name).record == mine.record
    assert not list(store.folder.glob(".deleted/*"))


def test_a_choice_made_since_is_not_undone(store, shipped):
    mine, other = create(store), create(store)
    store.activate(mine.name)
    store.move_to_trash(mine.name)
    store.activate(other.name)
    store.restore(mine.name)
    assert answering_run(store, 1).name == other.name


def test_where_the_name_is_taken_by_now_it_comes_back_under_another(store):
    mine = create(store)
    store.activate(mine.name)
    store.move_to_trash(mine.name)
    store.rename(create(store).name, mine.name)
    assert store.restore(mine.name) == f"{mine.name}-2"
    assert names(store) == [mine.name, f"{mine.name}-2"]
    assert answering_run(store, 1).name == f"{mine.name}-2"


def test_of_two_deleted_under_one_name_the_last_comes_back_first(store):
    for note in ("first", "second"):
        store.rename(create(store).name, "same")
        store.set_note("same", note)
        store.move_to_trash("same")
    assert store.get(store.restore("same")).record.note == "second"
    assert store.get(store.restore("same")).record.note == "first"


def test_a_damaged_run_can_be_deleted_and_brought_back(store):
    (store.folder / "half").mkdir(parents=True)
    store.move_to_trash("half")
    assert store.entries() == []
    store.restore("half")
    assert isinstance(store.entries()[0], DamagedRun)
    with pytest.raises(RunError, match="half cannot be used"):
        store.rename("half", "whole")


def test_what_was_emptied_does_not_come_back(store):
    mine = create(store)
    store.move_to_trash(mine.name)
    store.empty_trash([mine.name])
    store.empty_trash([mine.name])
    with pytest.raises(RunError, match="permanently"):
        store.restore(mine.name)
    assert not (store.folder / ".deleted").exists()


def test_only_what_is_named_is_emptied_until_a_day_has_passed(store):
    """Two windows may have deleted runs; those of a killed window are removed after a day."""
    mine, other = create(store), create(store)
    for run in (mine, other):
        store.move_to_trash(run.name)
    store.empty_trash([mine.name])
    with pytest.raises(RunError, match="permanently"):
        store.restore(mine.name)
    assert store.restore(other.name) == other.name
    store.move_to_trash(other.name)
    (aside,) = store.folder.glob(".deleted/*")
    os.utime(aside, (time.time() - 90_000,) * 2)
    store.empty_trash([])
    assert not (store.folder / ".deleted").exists()


def test_a_folder_that_has_gone_is_not_made_anew(store):
    mine = create(store)
    shutil.rmtree(mine.folder)
    mine.record = mine.record.__class__(**{**vars(mine.record), "status": "running"})
    assert mine.status == "interrupted"
    with pytest.raises(RunError, match="no longer exists"), mine.locked():
        pass
    assert not mine.folder.exists()


@pytest.mark.skipif(os.name != "posix", reason="permissions do not bind here")
def test_a_read_only_folder_loses_nothing(store, shipped, unprivileged):
    mine = create(store)
    store.activate(mine.name)
    with unprivileged():
        with pytest.raises(RunError, match=r"cannot be saved in .* \(Permission denied\)"):
            store.rename(mine.name, "other")
        with pytest.raises(RunError, match="cannot be written"):
            store.set_note(mine.name, "words")
        with pytest.raises(RunError, match=r"could not be deleted \(Permission denied\)"):
            store.move_to_trash(mine.name)
        store.empty_trash([mine.name])
    assert names(store) == [mine.name]
    assert answering_run(store, 1).name == mine.name
