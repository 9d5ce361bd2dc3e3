import os
from dataclasses import replace

import pytest

from mnist_gui.runs.record import RunBusyError, RunError
from mnist_gui.runs.run import DamagedRun, Run
from mnist_gui.runs.store import RunStore
from tests.answering import answering_run


def create(store: RunStore, model: int = 1, *, answers: bool = True) -> Run:
    run = store.create(model, {"name": "quick"}, 0, {"name": "bars", "checksum": "c"})
    if answers:
        entry = run.write_file("model.onnx", lambda path: path.write_bytes(b"x"))
        run.commit(status="completed", files={"model.onnx": entry})
    return run


@pytest.fixture
def shipped(store) -> Run:
    """A run in the shipped folder."""
    return create(RunStore(store.shipped, store.shipped / "none"))


def test_a_missing_folder_is_an_empty_store(store):
    assert store.entries() == []
    assert answering_run(store, 1) is None


def test_a_choice_that_cannot_answer_is_reported(store, shipped):
    mine = create(store)
    store.activate(mine.name)
    assert not any(place.problem for place in store.places())
    (mine.folder / "run.json").write_text('{"schema": 99}')
    first, *others = store.places()
    assert "schema version 99" in first.problem and first.run.name == shipped.name
    assert not any(place.problem for place in others)


def test_a_full_disk_leaves_no_half_made_run(store, monkeypatch):
    def full(self, name, write):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Run, "write_file", full)
    with pytest.raises(RunError, match="No space left"):
        create(store)
    assert store.entries() == []


def test_two_runs_of_the_same_second_get_names_of_their_own(store):
    names = {create(store).name for _ in range(3)}
    assert len(names) == 3
    assert {run.name for run in store.runs()} == names


def test_a_damaged_run_is_listed_with_its_reason_and_the_rest_goes_on(store, shipped):
    good = create(store)
    (store.folder / "half-written").mkdir()
    (store.folder / "notes.txt").write_text("not a run")
    *runs, damaged = store.entries()
    assert [run.name for run in runs] == [shipped.name, good.name]
    assert isinstance(damaged, DamagedRun)
    assert damaged.name == "half-written"
    assert "never committed" in damaged.reason


def test_the_persons_choice_answers_until_taken_back(store, shipped):
    assert answering_run(store, 1).name == shipped.name
    mine = create(store)
    assert answering_run(store, 1).name == shipped.name, "a run must not take over by itself"
    store.activate(mine.name)
    assert answering_run(RunStore(store.folder, store.shipped), 1).name == mine.name
    store.back_to_shipped(mine.name)
    assert answering_run(store, 1).name == shipped.name


def test_a_choice_that_has_gone_or_is_damaged_falls_back(store, shipped):
    mine = create(store)
    store.activate(mine.name)
    (mine.folder / "run.json").write_text("{")
    assert answering_run(store, 1).name == shipped.name
    (store.folder / ".active.json").write_text("[1, 2")
    assert answering_run(store, 1).name == shipped.name


@pytest.mark.parametrize("default", ["gone", "unfinished", "other"])
def test_a_shipped_default_that_cannot_answer_gives_way_to_a_run_that_can(store, shipped, default):
    source = RunStore(store.shipped, store.shipped / "none")
    create(source, answers=False).folder.rename(store.shipped / "unfinished")
    create(source, model=2).folder.rename(store.shipped / "other")
    better = create(source)
    (store.shipped / ".active.json").write_text(f'{{"1": "{better.name}"}}')
    assert store.shipped_default(1).name == better.name
    (store.shipped / ".active.json").write_text(f'{{"1": "{default}"}}')
    assert store.shipped_default(1).name == shipped.name


def test_only_a_run_that_can_answer_may_be_chosen(store):
    with pytest.raises(RunError, match="no exported model"):
        store.activate(create(store, answers=False).name)
    with pytest.raises(RunError, match="There is no run 'gone'"):
        store.activate("gone")


@pytest.mark.parametrize("name", ["", ".", "..", "../elsewhere", "a/b", ".hidden", "a\\b"])
def test_a_name_never_leads_outside_the_folder(store, name):
    mine = create(store)
    beside = store.folder.parent / "elsewhere"
    beside.mkdir()
    with pytest.raises(RunError, match="not the name of a run"):
        store.get(name)
    with pytest.raises(RunError, match="not the name of a run"):
        store.delete(name)
    assert mine.folder.is_dir()
    assert beside.is_dir()


def test_delete_removes_the_folder_and_the_choice(store, shipped):
    mine = create(store)
    store.activate(mine.name)
    store.delete(mine.name)
    assert not mine.folder.exists()
    assert answering_run(store, 1).name == shipped.name


def test_a_run_that_is_being_written_is_not_deleted(store):
    mine = create(store)
    with mine.locked(), pytest.raises(RunBusyError):
        store.delete(mine.name)
    assert mine.folder.exists()


@pytest.mark.skipif(os.name != "posix", reason="permissions do not bind here")
def test_a_read_only_folder_can_be_read_and_says_why_it_cannot_be_written(store, unprivileged):
    mine = create(store)
    with unprivileged():
        with pytest.raises(RunError, match=r"No run can be created in .*Permission denied"):
            create(store)
        with pytest.raises(RunError, match="cannot be saved"):
            store.activate(mine.name)
        with pytest.raises(RunError, match="could not be deleted"):
            store.delete(mine.name)
        assert [run.name for run in store.runs()] == [mine.name]


def test_where_no_folder_can_be_made_a_sentence_says_so(tmp_path):
    (tmp_path / "file").write_text("in the way")
    store = RunStore(tmp_path / "file" / "runs", tmp_path / "shipped")
    (entry,) = store.entries()
    assert isinstance(entry, DamagedRun)
    assert "cannot be read" in entry.reason
    with pytest.raises(RunError, match=r"No run can be created in .*--runs"):
        create(store)


def test_title_and_tags_are_kept_and_what_cannot_be_is_refused(store, shipped):
    run = create(store)
    store.set_title(run.name, " seven   layers ")
    store.set_tags(run.name, ["good", " good ", "try 2"])
    kept = store.get(run.name)
    assert (kept.title, kept.record.tags, kept.name) == ("seven layers", ["good", "try 2"], run.name)
    store.set_title(run.name, run.name)  # is no title of its own
    assert (store.get(run.name).record.title, store.get(run.name).title) == ("", run.name)
    for change in (
        lambda: store.set_title(run.name, 61 * "x"),
        lambda: store.set_title(run.name, "a\x1bb"),
        lambda: store.set_tags(run.name, ["a,b"]),
        lambda: store.set_tags(run.name, [""]),
        lambda: store.set_tags(run.name, map(str, range(21))),
        lambda: store.set_title(shipped.name, "mine"),
    ):
        with pytest.raises(RunError):
            change()
    assert store.get(run.name).record == replace(kept.record, title="")


def test_what_killed_programs_left_is_deleted_and_what_others_write_stays(store):
    killed, busy = create(store), create(store)
    (killed.folder / "my notes.txt").write_text("the user's own")
    for run in (killed, busy):
        for name in (".next-model.onnx", ".writing-x.keras", "checkpoint-0009.keras"):
            (run.folder / name).write_bytes(b"half")
    abandoned, fresh = (store.folder / f".writing-{letter * 16}" for letter in "ab")
    for folder in (abandoned, fresh):
        folder.mkdir()
        (folder / "model.onnx").write_bytes(b"half")
    os.utime(abandoned, (0, 0))
    with busy.locked():  # as by another program
        before = set(busy.folder.iterdir())
        store.remove_leftovers()
        assert set(busy.folder.iterdir()) == before
    assert {path.name for path in killed.folder.iterdir()} - {".lock"} == {"run.json", "model.onnx", "my notes.txt"}
    assert (abandoned.exists(), fresh.exists()) == (False, True)
    assert [run.name for run in store.runs()] == [killed.name, busy.name]


def test_a_commit_that_a_kill_cut_off_is_finished(store):
    run = create(store)
    (run.folder / "model.onnx").rename(run.folder / ".next-model.onnx")
    store.remove_leftovers()
    assert (run.folder / "model.onnx").read_bytes() == run.read_file("model.onnx") == b"x"
    assert not (run.folder / ".next-model.onnx").exists()
