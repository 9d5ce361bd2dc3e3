"""The run history on a real store: what is asked of a run is done, undone, or refused in a sentence."""

import shutil
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QDeadlineTimer, Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QInputDialog,
    QPushButton,
    QTableView,
    QToolButton,
)

from mnist_gui.gui.train.history import run_history
from mnist_gui.gui.train.history.run_table_model import RunColumn
from mnist_gui.gui.train.notices import ERROR, INFO, SUCCESS
from mnist_gui.runs.record import MODEL_FILE, EpochMetrics
from mnist_gui.runs.run import Run
from tests.answering import answering_run
from tests.gui.train.history.history_actions import (
    create,
    export_to,
    notice,
    press_undo,
    rename,
    select,
    table_rows,
    trigger,
    undo,
    write_note,
    write_text,
)

pytestmark = pytest.mark.slow


def test_every_run_is_listed_as_it_is(store, shipped, open_history):
    made = {
        "completed": create(store),
        "paused after 2": create(store, status="paused"),
        "interrupted after 1": create(store, status="running", epochs=1),
        "stopped after 1": create(store, status="stopped", epochs=1),
        "diverged after 2": create(store, status="diverged"),
        "not begun": create(store, status="created", epochs=0),
        "failed after 3": create(store, status="failed", epochs=3, exported=False),
    }
    (store.folder / "half").mkdir()
    found = table_rows(open_history())
    for status, run in made.items():
        assert found[run.name].status == status
    assert found[shipped.name].status == "shipped"
    assert found[shipped.name].active
    assert found[shipped.name].validation == "test"
    assert "never committed" in found["half"].reason
    mine = found[made["completed"].name]
    assert (mine.recipe, mine.seed, mine.epochs, mine.total_epochs) == ("quick", 7, 2, 3)
    assert (mine.loss, mine.val_loss, mine.val_accuracy, mine.validation) == (0.25, 0.2, 0.91, "held out")
    assert [status for status, run in made.items() if found[run.name].can_resume] == [
        "paused after 2",
        "interrupted after 1",
        "stopped after 1",
        "not begun",
        "failed after 3",
    ]


def test_a_model_from_a_file_and_one_of_own_layers_are_titled_and_annotated_like_others(qtbot, store, open_history):
    imported = {"file": "lenet.h5", "sha256": "0" * 64, "format": "hdf5", "convention": {}, "side": 28}
    lenet = store.create_imported("lenet", imported, None, {MODEL_FILE: b"x"})
    own = store.create(None, {"name": "quick", "epochs": 3}, 0, {"name": "bars", "checksum": "c"}, layers=[])
    history = open_history()
    rows = table_rows(history)
    assert (rows["lenet"].network, rows[own.name].network) == ("from a file", "your own layers")
    assert [rows[name].cells[RunColumn.EPOCHS].text for name in ("lenet", own.name)] == ["", "0 of 3"]
    for run in (lenet, own):
        trigger(history, run.name, "Title…")
        write_text(history, f"My {run.name}")
        qtbot.waitUntil(lambda run=run: store.get(run.name).record.title == f"My {run.name}")
    with qtbot.waitSignal(history.expectation_requested) as requested:
        trigger(history, "lenet", "What it expects…")
    assert requested.args[0].name == "lenet"
    table = select(history, own.name)
    assert not next(action for action in table.actions() if action.text() == "What it expects…").isEnabled()


def test_it_reads_only_while_it_is_seen(qtbot, store, open_history):
    history = open_history()
    history.hide()
    run = create(store)
    history.refresh()
    assert table_rows(history) == {}
    history.show()
    qtbot.waitUntil(lambda: run.name in table_rows(history))


def test_a_damaged_history_is_reported_and_hides_nothing_else(store, open_history):
    run, other = create(store), create(store)
    (run.folder / "history.csv").write_text("not a table")
    found = table_rows(open_history())
    assert "cut short" in found[run.name].reason
    assert found[other.name].loss == 0.25


def test_renaming_in_place_reaches_the_folder_and_the_curves_follow(qtbot, store, shipped, messages, open_history):
    run = create(store)
    store.activate(run.name)
    history = open_history()
    table = select(history, run.name)
    qtbot.keyClick(table, Qt.Key.Key_Space)
    shown = []
    history.shown_changed.connect(shown.append)
    with qtbot.waitSignals([history.renamed, history.runs_changed, history.active_runs_changed]):
        rename(qtbot, history, run.name, "My best")
    qtbot.waitUntil(lambda: [run.name for run, _ in shown[-1]] == ["My best"] if shown else False)
    assert table_rows(history)["My best"].active
    assert table.currentIndex().siblingAtColumn(RunColumn.RUN).data() == "My best", "the selection follows"
    assert messages == []


def test_a_name_that_cannot_be_is_refused_with_its_reason(qtbot, store, shipped, messages, open_history):
    run = create(store)
    history = open_history()
    rename(qtbot, history, run.name, "a/b")
    rename(qtbot, history, run.name, shipped.name)
    qtbot.waitUntil(lambda: len(messages) == 2)
    assert "contains '/'" in messages[0][0]
    assert "already" in messages[1][0]
    assert {mark for _, mark in messages} == {ERROR}
    assert run.name in table_rows(history)


def test_what_has_a_new_name_is_acted_on_before_it_is_read_again(
    qtbot, store, shipped, messages, open_history, monkeypatch, tmp_path
):
    """The reader may have begun before the run was renamed, or be slow."""
    run, other = create(store), create(store)
    history = open_history()
    may_read, read = threading.Event(), run_history.load_runs

    def read_late(*what):
        entries = read(*what)
        may_read.wait(10)
        return entries

    monkeypatch.setattr(run_history, "load_runs", read_late)
    history.refresh()  # what it reads has the old names
    rename(qtbot, history, run.name, "new")
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(Path(url.toLocalFile())) or True)
    qtbot.waitUntil(lambda: "new" in table_rows(history))
    trigger(history, "new", "Open folder")
    export_to(history, "new", tmp_path / "out", "tflite")
    write_note(history, "new", "kept")
    qtbot.keyClick(select(history, other.name), Qt.Key.Key_Delete)
    assert sorted(table_rows(history)) == sorted([shipped.name, "new"])
    qtbot.waitUntil(lambda: messages == [(f"Exported new to {tmp_path / 'out.tflite'}.", SUCCESS)])
    may_read.set()
    listed = []
    model = history.findChild(QTableView, "runs").model()
    model.dataChanged.connect(lambda *_: listed.append(set(table_rows(history))))
    model.modelReset.connect(lambda: listed.append(set(table_rows(history))))
    qtbot.waitUntil(lambda: table_rows(history)["new"].note == "kept")
    assert opened == [store.folder / "new"]
    assert all(names == {shipped.name, "new"} for names in listed), "no old name comes back, not even for an instant"


def test_a_note_is_kept(qtbot, store, open_history):
    run = create(store)
    history = open_history()
    write_note(history, run.name, "small batches")
    qtbot.waitUntil(lambda: table_rows(history)[run.name].note == "small batches")


def test_a_title_is_shown_in_place_of_the_name(qtbot, store, open_history):
    run = create(store)
    history = open_history()
    trigger(history, run.name, "Title…")
    write_text(history, "seven layers")
    qtbot.waitUntil(lambda: table_rows(history)[run.name].title == "seven layers")
    assert table_rows(history)[run.name].cells[RunColumn.RUN].text == "seven layers"
    assert run.name in table_rows(history)[run.name].cells[RunColumn.RUN].description


def test_tags_are_given_to_all_selected_runs_and_keep_those_of_one_alone(qtbot, store, open_history):
    first, second = create(store), create(store)
    store.set_tags(first.name, ["both", "mine"])
    store.set_tags(second.name, ["both"])
    history = open_history()
    table = select(history, first.name)
    table.selectAll()
    next(action for action in table.actions() if action.text() == "Tags…").trigger()
    assert history.findChildren(QInputDialog)[-1].textValue() == "both"
    write_text(history, "new, newer")
    qtbot.waitUntil(lambda: table_rows(history)[second.name].tags == ("new", "newer"))
    assert store.get(first.name).record.tags == ["mine", "new", "newer"]
    assert "#mine #new" in table_rows(history)[first.name].cells[RunColumn.RUN].second


def test_runs_with_the_same_tags_are_selected_together(qtbot, store, open_history):
    runs = [create(store) for _ in range(3)]
    store.set_tags(runs[0].name, ["class"])
    store.set_tags(runs[1].name, ["other"])
    store.set_tags(runs[2].name, ["class", "best"])
    history = open_history()
    table = select(history, runs[0].name)
    next(action for action in table.actions() if action.text() == "All with the same tags").trigger()
    assert {row.name for row in table.selected_rows()} == {runs[0].name, runs[2].name}
    assert table.current_row().name == runs[0].name
    select(history, runs[1].name)
    next(action for action in table.actions() if action.text() == "All with the same tags").trigger()
    assert [row.name for row in table.selected_rows()] == [runs[1].name]


def test_delete_and_undo(qtbot, store, shipped, messages, open_history):
    run, other = create(store), create(store)
    store.activate(run.name)
    history = open_history()
    for name in (run.name, other.name):
        with qtbot.waitSignal(history.runs_changed):
            qtbot.keyClick(select(history, name), Qt.Key.Key_Delete)
        qtbot.waitUntil(lambda gone=name: gone not in table_rows(history))
    assert answering_run(store, 1).name == shipped.name
    qtbot.waitUntil(lambda: undo(history) is not None)
    assert notice(history) == f"{SUCCESS}  Deleted {other.name} and 1 more run."
    with qtbot.waitSignal(history.active_runs_changed):
        press_undo(qtbot, history)
    qtbot.waitUntil(lambda: {run.name, other.name} <= set(table_rows(history)))
    assert answering_run(store, 1).name == run.name
    assert undo(history) is None
    assert messages == []


def test_ctrl_z_undoes_a_deletion(qtbot, store, open_history):
    run = create(store)
    history = open_history()
    table = select(history, run.name)
    qtbot.keyClick(table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: undo(history) is not None and run.name not in table_rows(history))
    qtbot.keyClick(table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: run.name in table_rows(history))
    assert undo(history) is None


def test_a_run_whose_name_is_taken_comes_back_under_another(qtbot, store, messages, open_history):
    run = create(store)
    history = open_history()
    qtbot.keyClick(select(history, run.name), Qt.Key.Key_Delete)
    store.rename(create(store).name, run.name)
    press_undo(qtbot, history)
    assert messages == [(f"Run {run.name} is back as {run.name}-2: its name is taken by now.", INFO)]


def test_an_undo_that_fails_can_be_tried_again_and_loses_nothing(qtbot, store, messages, open_history):
    first, second = create(store), create(store)
    history = open_history()
    for run in (first, second):
        qtbot.keyClick(select(history, run.name), Qt.Key.Key_Delete)
    aside = next(store.folder.glob(f".deleted/*/{first.name}"))
    with Run.open(aside).locked():  # say, by a virus scanner
        press_undo(qtbot, history)
        qtbot.waitUntil(lambda: second.name in table_rows(history))
        assert [mark for _, mark in messages] == [ERROR]
        qtbot.waitUntil(lambda: undo(history) is not None)
        assert notice(history) == f"{SUCCESS}  Deleted {first.name}."
    press_undo(qtbot, history)
    qtbot.waitUntil(lambda: {first.name, second.name} == set(table_rows(history)))
    assert undo(history) is None


def test_dismissing_deletes_for_good(qtbot, store, open_history):
    run = create(store)
    history = open_history()
    qtbot.keyClick(select(history, run.name), Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: undo(history) is not None)
    button = next(b for b in history.findChildren(QPushButton, "dismiss") if b.isVisible())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert list(store.folder.iterdir()) == []
    assert undo(history) is None


def test_closing_leaves_another_window_its_undo(qtbot, store, open_history):
    mine, other = create(store), create(store)
    first, second = open_history(), open_history()
    for window, run in ((first, mine), (second, other)):
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        qtbot.keyClick(select(window, run.name), Qt.Key.Key_Delete)
    assert len(list(store.folder.glob(".deleted/*/*"))) == 2
    assert second.shut_down()
    assert [path.name for path in store.folder.glob(".deleted/*/*")] == [mine.name]
    press_undo(qtbot, first)
    qtbot.waitUntil(lambda: list(table_rows(first)) == [mine.name])
    assert undo(first) is None


def test_closing_waits_for_an_export_only_so_long(qtbot, store, export, tmp_path, open_history):
    run = create(store)
    history = open_history()
    export.gate.clear()
    export_to(history, run.name, tmp_path / "out", "tflite")
    assert not history.shut_down(QDeadlineTimer(50))
    export.gate.set()
    assert history.shut_down()
    assert (tmp_path / "out.tflite").is_file()


def test_once_closed_nothing_is_read_any_more(qtbot, store, open_history, monkeypatch):
    history = open_history()
    may_read, began, read = threading.Event(), [], run_history.load_runs

    def read_late(*what):
        began.append(True)
        may_read.wait(10)
        return read(*what)

    monkeypatch.setattr(run_history, "load_runs", read_late)
    history.refresh()
    history.refresh()  # so that another reader would follow
    qtbot.waitUntil(lambda: began == [True])
    threading.Timer(0.05, may_read.set).start()
    assert history.shut_down()
    history.refresh()
    qtbot.wait(20)
    assert began == [True]


def test_closing_deletes_for_good(qtbot, store, open_history):
    run = create(store)
    history = open_history()
    qtbot.keyClick(select(history, run.name), Qt.Key.Key_Delete)
    assert history.shut_down()
    assert list(store.folder.iterdir()) == []


def test_what_trains_or_waits_says_why_it_stays(qtbot, store, shipped, messages, open_history):
    run, next_one = create(store, status="running"), create(store, status="created", epochs=0)
    with run.locked():
        history = open_history()
        history.set_queue([next_one.name])
        assert table_rows(history)[run.name].status == "training"
        assert table_rows(history)[next_one.name].status == "waiting"
        for name in (run.name, next_one.name, shipped.name):
            qtbot.keyClick(select(history, name), Qt.Key.Key_Delete)
    assert ["is training" in messages[0][0], "waits to be" in messages[1][0], "came with" in messages[2][0]] == [
        True
    ] * 3
    assert {run.name, next_one.name} <= set(table_rows(history))


def test_a_run_held_by_another_program_since_says_so(qtbot, store, messages, open_history):
    run = create(store)
    history = open_history()
    with run.locked():
        qtbot.keyClick(select(history, run.name), Qt.Key.Key_Delete)
    assert "being written by another program" in messages[0][0]
    assert undo(history) is None


def test_a_run_that_has_gone_is_reported_and_no_longer_listed(qtbot, store, messages, open_history):
    run = create(store)
    history = open_history()
    shutil.rmtree(run.folder)
    write_note(history, run.name, "too late")
    assert "no run" in messages[0][0]
    qtbot.waitUntil(lambda: run.name not in table_rows(history))


def test_shown_curves_come_with_their_epochs_and_grow(qtbot, store, open_history):
    run = create(store, epochs=1)
    history = open_history()
    with qtbot.waitSignal(history.shown_changed) as shown:
        qtbot.keyClick(select(history, run.name), Qt.Key.Key_Space)
    ((which, epochs),) = shown.args[0]
    assert which.name == run.name
    assert [figures.epoch for figures in epochs] == [1]
    entry = run.append_history(EpochMetrics(2, 0.1, 0.9, 0.1, 0.9, 1.0))
    run.commit(files={**run.record.files, "history.csv": entry}, epochs=2)
    with qtbot.waitSignal(history.shown_changed) as shown:
        history.refresh()
    assert len(shown.args[0][0][1]) == 2


def test_use_is_passed_on(qtbot, store, open_history):
    run = create(store, model=3)
    history = open_history()
    with qtbot.waitSignal(history.use_requested) as used:
        qtbot.keyClick(select(history, run.name), Qt.Key.Key_Return)
    assert used.args == [run.name]


@pytest.mark.parametrize(
    ("status", "epochs", "exported"),
    [("paused", 1, True), ("failed", 1, True), ("failed", 3, False)],
)
def test_what_is_not_at_its_end_goes_on(qtbot, store, open_history, status, epochs, exported):
    """A run whose export failed has no epoch left to train, and still something to do."""
    run, whole = create(store, status=status, epochs=epochs, exported=exported), create(store, epochs=3)
    history = open_history()
    button = history.findChild(QToolButton, "run_go")
    select(history, whole.name)
    assert not button.isEnabled()
    select(history, run.name)
    with qtbot.waitSignal(history.resume_requested) as resumed:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert resumed.args == [run.name]


def test_the_folder_is_opened(qtbot, store, messages, open_history, monkeypatch):
    run = create(store)
    history = open_history()
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(Path(url.toLocalFile())) or False)
    trigger(history, run.name, "Open folder")
    assert opened == [run.folder]
    assert str(run.folder) in messages[0][0], "where no program opens it, the user is told where it is"
    shutil.rmtree(run.folder)
    trigger(history, run.name, "Open folder")
    assert "no longer exists" in messages[1][0]
