"""The run list by mouse and keys: what it says of a run, what it offers, and that it stays where the user is."""

import time
from dataclasses import replace
from datetime import datetime

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QInputDialog, QLabel, QLineEdit, QTableView, QToolButton

from mnist_gui.gui import theme
from mnist_gui.gui.train.history.run_history_list import RunHistoryList
from mnist_gui.gui.train.history.run_table_model import RunColumn, RunTableModel, RunTableRow
from mnist_gui.gui.widgets.two_line_table import PADDING

SHIPPED = RunTableRow(
    "model-1-notebook",
    1,
    "notebook",
    seed=1,
    epochs=12,
    total_epochs=12,
    status="shipped",
    loss=0.02,
    val_loss=0.03,
    val_accuracy=0.9914,
    validation="test",
    created=datetime(2026, 11, 20, 10, 0),
    locked="Run model-1-notebook came with the program and stays as it is.",
    active=True,
    has_model=True,
    can_export=True,
)
PAUSED = RunTableRow(
    "mine",
    2,
    "quick",
    seed=7,
    epochs=3,
    total_epochs=12,
    best=2,
    status="paused after 3",
    loss=0.2,
    val_loss=0.1,
    val_accuracy=0.97,
    validation="held out",
    created=datetime(2026, 11, 22, 9, 30),
    note="small batches",
    has_model=True,
    can_resume=True,
    can_export=True,
)
FAILED = RunTableRow(
    "broken",
    3,
    "fast",
    seed=2,
    total_epochs=4,
    status="failed",
    reason="The disk is full.",
    created=datetime(2026, 11, 21, 8, 0),
)
DAMAGED = RunTableRow("half", 0, status="unreadable", reason="run.json is missing: the run was never committed")
ROWS = [SHIPPED, PAUSED, FAILED, DAMAGED]


@pytest.fixture
def runs(qtbot) -> RunHistoryList:
    runs = RunHistoryList()
    qtbot.addWidget(runs)
    runs.resize(900, 360)
    runs.set_rows(ROWS)
    runs.show()
    runs.activateWindow()
    qtbot.waitUntil(runs.isActiveWindow)
    return runs


def table(runs: RunHistoryList) -> QTableView:
    return runs.findChild(QTableView, "runs")


def names(runs: RunHistoryList) -> list[str]:
    model = table(runs).model()
    return [model.index(row, RunColumn.RUN).data(Qt.ItemDataRole.EditRole) for row in range(model.rowCount())]


def cell(runs: RunHistoryList, name: str, column: int = RunColumn.RUN) -> QPoint:
    index = table(runs).model().index(names(runs).index(name), column)
    table(runs).scrollTo(index)
    return table(runs).visualRect(index).center()


def click(qtbot, runs: RunHistoryList, name: str, column: int = RunColumn.RUN) -> None:
    qtbot.mouseClick(table(runs).viewport(), Qt.MouseButton.LeftButton, pos=cell(runs, name, column))


def select(qtbot, runs: RunHistoryList, name: str) -> None:
    click(qtbot, runs, name)
    table(runs).setFocus()
    assert table(runs).currentIndex().siblingAtColumn(RunColumn.RUN).data(Qt.ItemDataRole.EditRole) == name


def button(runs: RunHistoryList, name: str) -> QToolButton:
    return runs.findChild(QToolButton, f"run_{name}")


def text_of(runs: RunHistoryList, name: str) -> str:
    model = table(runs).model()
    row = names(runs).index(name)
    return "\n".join(model.index(row, c).data(Qt.ItemDataRole.AccessibleTextRole) for c in range(model.columnCount()))


def test_the_newest_is_first_and_a_header_sorts(qtbot, runs):
    assert names(runs) == ["mine", "broken", "model-1-notebook", "half"]
    header = table(runs).horizontalHeader()
    where = QPoint(header.sectionViewportPosition(RunColumn.ACCURACY) + 20, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=where)
    ascending = names(runs)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert [name for name in ascending if name in ("mine", "model-1-notebook")] == ["mine", "model-1-notebook"]
    assert names(runs)[:2] == ["model-1-notebook", "mine"]


def test_a_line_says_all_that_is_known(runs):
    text = text_of(runs, "mine")
    for words in (
        "Model 2",
        "small batches",
        "quick",
        "seed 7",
        "3 of 12",
        "best: 2",
        "paused after 3",
        "97.00",
        "0.1",
    ):
        assert words in text
    assert "held out 0.1000" in text
    assert "answers in Draw" in text_of(runs, "model-1-notebook")
    assert "The disk is full." in text_of(runs, "broken")
    assert "never committed" in text_of(runs, "half")


def test_a_note_does_not_hide_which_model_it_is():
    assert PAUSED.cells[RunColumn.RUN].second == "Model 2 · small batches"


def test_a_click_and_space_show_and_hide_curves(qtbot, runs):
    emitted = []
    runs.shown_changed.connect(emitted.append)
    click(qtbot, runs, "model-1-notebook", RunColumn.CURVES)
    select(qtbot, runs, "mine")
    qtbot.keyClick(table(runs), Qt.Key.Key_Space)
    assert runs.shown == ("model-1-notebook", "mine")
    click(qtbot, runs, "model-1-notebook", RunColumn.CURVES)
    assert emitted == [("model-1-notebook",), ("model-1-notebook", "mine"), ("mine",)]


def test_a_run_without_curves_shows_none(qtbot, runs):
    for name in ("broken", "half"):
        click(qtbot, runs, name, RunColumn.CURVES)
        qtbot.keyClick(table(runs), Qt.Key.Key_Space)
    assert runs.shown == ()


def test_only_what_can_be_done_is_offered(qtbot, runs):
    def offered(name):
        select(qtbot, runs, name)
        return [what for what in ("use", "go", "export", "delete") if button(runs, what).isEnabled()]

    assert offered("mine") == ["use", "go", "export", "delete"]
    assert offered("model-1-notebook") == ["export", "delete"], "it answers already"
    assert offered("broken") == ["delete"]
    assert offered("half") == ["delete"]


def test_buttons_and_keys_ask_for_the_same(qtbot, runs):
    asked = []
    runs.use_requested.connect(lambda *what: asked.append(("use", *what)))
    runs.resume_requested.connect(lambda *what: asked.append(("go on", *what)))
    runs.export_requested.connect(lambda *what: asked.append(("export", *what)))
    runs.delete_requested.connect(lambda *what: asked.append(("delete", *what)))
    runs.folder_requested.connect(lambda *what: asked.append(("folder", *what)))
    select(qtbot, runs, "mine")
    for name in ("use", "go", "export", "delete"):
        qtbot.mouseClick(button(runs, name), Qt.MouseButton.LeftButton)
    assert asked == [("use", "mine"), ("go on", "mine"), ("export", "mine"), ("delete", ("mine",))]
    asked.clear()
    table(runs).setFocus()
    qtbot.keyClick(table(runs), Qt.Key.Key_Return)
    qtbot.keyClick(table(runs), Qt.Key.Key_Delete)
    assert asked == [("use", "mine"), ("delete", ("mine",))]
    folder = next(action for action in table(runs).actions() if action.text() == "Open folder")
    folder.trigger()
    assert asked[-1] == ("folder", "mine")


def test_a_taught_run_says_when_it_was_taught_and_is_renamed_by_its_name():
    name = "model-2-teach-20260102-215900"
    model = RunTableModel()
    model.set_rows([replace(PAUSED, name=name)])
    index = model.index(0, RunColumn.RUN)
    assert index.data() == "taught 2026-01-02, 21:59"
    assert index.data(Qt.ItemDataRole.EditRole) == name
    assert name in index.data(Qt.ItemDataRole.ToolTipRole)


def test_a_name_is_edited_in_place(qtbot, runs):
    renamed, deleted, used = [], [], []
    runs.renamed.connect(lambda *what: renamed.append(what))
    runs.delete_requested.connect(deleted.append)
    runs.use_requested.connect(lambda *what: used.append(what))
    select(qtbot, runs, "mine")
    qtbot.keyClick(table(runs), Qt.Key.Key_F2)
    editor = runs.findChild(QLineEdit, "run_name")
    assert editor.text() == "mine"
    qtbot.keyClick(editor, Qt.Key.Key_Delete)
    qtbot.keyClicks(editor, " My best ")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: renamed == [("mine", "My best")])
    assert not deleted
    assert not used, "keys belong to the editor while there is one"
    assert "mine" in names(runs), "only the store knows whether the name is taken"


def test_escape_and_an_unchanged_name_rename_nothing(qtbot, runs):
    renamed = []
    runs.renamed.connect(lambda *what: renamed.append(what))
    select(qtbot, runs, "mine")
    for key, typed in ((Qt.Key.Key_Escape, "other"), (Qt.Key.Key_Return, "")):
        qtbot.keyClick(table(runs), Qt.Key.Key_F2)
        editor = runs.findChildren(QLineEdit, "run_name")[-1]
        qtbot.keyClicks(editor, typed)
        qtbot.keyClick(editor, key)
        qtbot.waitUntil(lambda: table(runs).hasFocus())
    assert renamed == []


def test_a_note_is_written_in_a_dialog(qtbot, runs):
    noted = []
    runs.annotated.connect(lambda *what: noted.append(what))
    select(qtbot, runs, "mine")
    next(action for action in table(runs).actions() if action.text() == "Note…").trigger()
    dialog = runs.findChild(QInputDialog)
    assert dialog.textValue() == "small batches"
    dialog.setTextValue("large ones")
    dialog.accept()
    assert noted == [("mine", "large ones")]


def test_a_note_is_written_with_keys_alone(qtbot, runs):
    noted = []
    runs.annotated.connect(lambda *what: noted.append(what))
    select(qtbot, runs, "mine")
    next(action for action in table(runs).actions() if action.text() == "Note…").trigger()
    dialog = runs.findChild(QInputDialog)
    qtbot.waitUntil(dialog.isActiveWindow)
    qtbot.keyClicks(dialog.focusWidget(), "!")
    qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
    qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
    assert noted == [("mine", "!")]


def test_what_may_not_be_changed_says_why(qtbot, runs):
    emitted, asked = [], []
    runs.refused.connect(emitted.append)
    runs.delete_requested.connect(asked.append)
    select(qtbot, runs, "model-1-notebook")
    qtbot.keyClick(table(runs), Qt.Key.Key_F2)
    qtbot.keyClick(table(runs), Qt.Key.Key_Delete)
    assert emitted == [SHIPPED.locked] * 2
    assert asked == []
    assert runs.findChild(QLineEdit, "run_name") is None


def test_several_selected_runs_are_deleted_compared_and_described_at_once(qtbot, runs):
    asked = []
    runs.delete_requested.connect(lambda names: asked.append(("delete", names)))
    runs.settings_requested.connect(lambda names: asked.append(("settings", names)))
    refused = []
    runs.refused.connect(refused.append)
    select(qtbot, runs, names(runs)[0])
    qtbot.keyClick(table(runs), Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    for action in table(runs).actions():
        if action.text() in ("Settings…", "Delete"):
            action.trigger()
    everyone, unlocked = tuple(names(runs)), tuple(name for name in names(runs) if name != SHIPPED.name)
    assert sorted(asked) == [("delete", unlocked), ("settings", everyone)]
    assert refused == [SHIPPED.locked]


def test_the_selection_stays_with_its_run_and_else_with_its_place(qtbot, runs):
    select(qtbot, runs, "broken")
    runs.set_rows([replace(PAUSED, name="newer", created=datetime(2026, 11, 25)), *ROWS])
    assert table(runs).currentIndex().siblingAtColumn(RunColumn.RUN).data() == "broken"
    runs.set_rows([row for row in ROWS if row is not FAILED])
    assert table(runs).currentIndex().row() == 2, "Del may be pressed again and again"


def test_a_line_that_changes_keeps_a_name_that_is_being_typed(qtbot, runs):
    select(qtbot, runs, "mine")
    qtbot.keyClick(table(runs), Qt.Key.Key_F2)
    qtbot.keyClicks(runs.findChild(QLineEdit, "run_name"), "half ty")
    runs.set_rows([SHIPPED, replace(PAUSED, epochs=4), FAILED, DAMAGED])
    assert runs.findChild(QLineEdit, "run_name").isVisible()


def test_shown_curves_follow_a_new_name_and_go_with_their_run(qtbot, runs):
    click(qtbot, runs, "mine", RunColumn.CURVES)
    runs.rename("mine", "yours")
    assert runs.shown == ("yours",)
    emitted = []
    runs.shown_changed.connect(emitted.append)
    runs.set_rows([SHIPPED])
    assert emitted == [()]


def test_an_empty_list_says_what_to_do(qtbot, runs):
    runs.set_rows([])
    assert "press Start" in runs.findChild(QLabel, "runs_empty").text()
    assert runs.findChild(QLabel, "runs_empty").isVisible()
    assert not table(runs).isVisible()


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_lines_and_targets_are_tall_enough(qtbot, qapp, runs, scale):
    theme.apply(qapp, "light", scale)
    try:
        qapp.processEvents()
        assert table(runs).rowHeight(0) >= max(32, 2 * runs.fontMetrics().height() * 0.9)
        assert all(b.height() >= 32 for b in runs.findChildren(QToolButton) if b.isVisible())
        assert table(runs).columnWidth(RunColumn.RUN) >= runs.fontMetrics().horizontalAdvance("model-1-notebook")
    finally:
        theme.apply(qapp, "light")


@pytest.mark.parametrize("scale", [1.0, 1.1, 1.3, 1.5])
def test_no_status_is_cut_in_its_own_column(qtbot, qapp, runs, scale):
    theme.apply(qapp, "light", scale)
    try:
        for status in ("completed", "not begun", "training", "paused after 1"):
            runs.set_rows([replace(FAILED, name=status, status=status, reason="")])
            room = table(runs).columnWidth(RunColumn.STATUS) - 2 * PADDING
            shown = table(runs).fontMetrics().elidedText(status, Qt.TextElideMode.ElideRight, room)
            assert shown == status
    finally:
        theme.apply(qapp, "light")


def test_hundreds_of_runs_are_listed_and_sorted_at_once(qtbot, runs):
    many = [replace(PAUSED, name=f"run {i:03}", seed=i, created=datetime(2026, 1, 1 + i % 24)) for i in range(500)]
    began = time.monotonic()
    runs.set_rows(many)
    table(runs).sortByColumn(RunColumn.RECIPE, Qt.SortOrder.AscendingOrder)
    runs.grab()
    assert time.monotonic() - began < 3, "a list that is not drawn by cells takes a few tenths of a second"
    assert names(runs)[:2] == ["run 000", "run 001"]


def test_it_is_named_for_a_screen_reader(runs):
    assert table(runs).accessibleName() == "Run history"
    assert "F2 renames" in table(runs).accessibleDescription()
    shortcuts = {action.text(): action.shortcut() for action in table(runs).actions()}
    assert shortcuts["Rename"] == QKeySequence("F2")


def test_home_and_end_go_to_the_first_and_the_last_run(qtbot, runs):
    select(qtbot, runs, names(runs)[1])
    for key, name in ((Qt.Key.Key_End, names(runs)[-1]), (Qt.Key.Key_Home, names(runs)[0])):
        qtbot.keyClick(table(runs), key)
        assert table(runs).currentIndex().siblingAtColumn(RunColumn.RUN).data(Qt.ItemDataRole.EditRole) == name
