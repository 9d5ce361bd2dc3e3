"""Every run in a table, with actions for the selected one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QInputDialog,
    QMenu,
    QPlainTextEdit,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mnist_gui.gui.train.history.run_table_model import RunColumn, RunTableModel, RunTableRow
from mnist_gui.gui.train.history.run_table_view import RunTableView
from mnist_gui.gui.widgets.form_controls import muted, set_own_style
from mnist_gui.gui.widgets.plain_text import show_plain, tool_tip
from mnist_gui.runs.run_names import run_title

EMPTY = "There are no runs yet. Choose a model and press Start; each training is then listed here."


class RunHistoryList(QWidget):
    """The runs, newest first until a header is clicked; requests actions, but carries none out.

    Keys: Space shows the run's curves, Enter uses it in Draw, F2 renames it in place, Del deletes it.

    Signals
    -------
    shown_changed(names: tuple[str, ...])
        The curves of other runs are shown.
    use_requested(run: str)
    resume_requested(run: str)
    renamed(run: str, new_name: str)
        The user edited a name; the list shows it after `set_rows`.
    annotated(run: str, note: str)
    titled(run: str, title: str)
    tagged(runs: tuple[str, ...], before: tuple[str, ...], tags: tuple[str, ...])
        These tags take the place of those that all these runs had.
    export_requested(run: str)
    folder_requested(run: str)
    delete_requested(runs: tuple[str, ...])
    settings_requested(runs: tuple[str, ...])
        Show what these runs were trained with.
    compare_requested(runs: tuple[str, ...])
    expectation_requested(run: str)
        Show what a model from a file expects.
    train_again_requested(run: str, another_seed: bool)
        Train another run like this one.
    selected(run: str)
        Another run is selected; "" for none.
    refused(sentence: str)
        The selected run cannot be changed, and why.
    """

    shown_changed = Signal(tuple)
    use_requested = Signal(str)
    resume_requested = Signal(str)
    renamed = Signal(str, str)
    annotated = Signal(str, str)
    titled = Signal(str, str)
    tagged = Signal(tuple, tuple, tuple)
    export_requested = Signal(str)
    folder_requested = Signal(str)
    delete_requested = Signal(tuple)
    settings_requested = Signal(tuple)
    compare_requested = Signal(tuple)
    expectation_requested = Signal(str)
    train_again_requested = Signal(str, bool)
    selected = Signal(str)
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = RunTableModel(self)
        self._model.shown_changed.connect(self.shown_changed)
        self._model.renamed.connect(self.renamed)
        self._table = RunTableView(self._model)
        self._next_rows: Sequence[RunTableRow] | None = None
        self._table.itemDelegate().closeEditor.connect(self._on_editor_closed)
        self._table.selectionModel().currentRowChanged.connect(self._on_current_row_changed)
        self._table.selectionModel().selectionChanged.connect(self._update_actions)
        self._add_actions()
        self._lay_out()
        self._update_actions()

    @property
    def shown(self) -> tuple[str, ...]:
        """Names of the runs whose curves are shown."""
        return self._model.shown

    def focus_table(self) -> None:
        """Focus the table."""
        self._table.setFocus()

    def set_rows(self, rows: Sequence[RunTableRow]) -> None:
        """Replace the rows; the selection stays with its run, or at its position where the run was removed.

        The table does not scroll. While a name is edited, it stays as it is.
        """
        if self._table.is_editing:
            self._next_rows = rows
            return
        self._next_rows = None
        bar = self._table.verticalScrollBar()
        scrolled = bar.value()
        row, position = self._table.current_row(), self._table.currentIndex().row()
        shown = self._model.shown
        if self._model.set_rows(rows):
            self._table.select(row.name if row else "", position)
            bar.setValue(scrolled)
        self._stack.setCurrentIndex(1 if rows else 0)
        self._table.fit_columns()
        self._update_actions()
        if self._model.shown != shown:
            self.shown_changed.emit(self._model.shown)

    def set_marks(self, marks: Mapping[str, tuple[int, int]]) -> None:
        """Set the marks of the runs in the plot, by run."""
        self._model.set_marks(marks)

    def _on_editor_closed(self) -> None:
        # Later: the editor is still closing, and the new name comes first.
        QTimer.singleShot(0, self, self._set_next_rows)

    def _set_next_rows(self) -> None:
        if self._next_rows is not None:
            self.set_rows(self._next_rows)

    def rename(self, run: str, new_name: str) -> None:
        """Give a run another name; its row stays selected, and its curves stay shown."""
        self._model.rename(run, new_name)

    # -- actions

    def _add_actions(self) -> None:
        enter = [QKeySequence(Qt.Key.Key_Return), QKeySequence(Qt.Key.Key_Enter)]
        delete = [QKeySequence.StandardKey.Delete]
        self._use = self._action(
            "Use in Draw",
            "Let this run answer in Draw",
            lambda row: self.use_requested.emit(row.name),
            enter,
        )
        self._resume = self._action(
            "Go on",
            "Train this run further, from its last whole epoch",
            lambda row: self.resume_requested.emit(row.name),
        )
        self._rename = self._action("Rename", "Give this run another name", self._edit_name, ["F2"], changes_run=True)
        self._note = self._action("Note…", "Write something about this run", self._edit_note, changes_run=True)
        self._title = self._action(
            "Title…",
            "Call this run something else where it is shown; its folder stays",
            self._edit_title,
            changes_run=True,
        )
        self._tags = self._action("Tags…", "Group the selected runs by words", lambda _row: self._edit_tags())
        self._same_tags = self._action(
            "All with the same tags", "Select all runs that have the tags of this one", self._select_same_tags
        )
        self._export = self._action(
            "Export…",
            "Save this run as a Keras, LiteRT or ONNX model, or as a table",
            lambda row: self.export_requested.emit(row.name),
        )
        self._folder = self._action(
            "Open folder", "Show this run's files", lambda row: self.folder_requested.emit(row.name)
        )
        self._delete = self._action(
            "Delete", "Delete the selected runs; it can be undone", lambda _row: self._delete_selected(), delete
        )
        self._settings = self._action(
            "Settings…",
            "Show what the selected runs were trained with, and in what they differ",
            lambda _row: self.settings_requested.emit(self._selected_names()),
        )
        self._compare = self._action(
            "Compare",
            "Compare the selected runs in the Compare tab",
            lambda _row: self.compare_requested.emit(self._selected_names()),
        )
        self._expectation = self._action(
            "What it expects…",
            "Show, and change, in which form a model from a file gets its digits",
            lambda row: self.expectation_requested.emit(row.name),
        )
        self._again = self._action(
            "Train again like this",
            "Train another run with the same settings",
            lambda row: self.train_again_requested.emit(row.name, False),
        )
        self._other_seed = self._action(
            "Train with another seed",
            "Train another run with the same settings and another seed: how much is chance?",
            lambda row: self.train_again_requested.emit(row.name, True),
        )

    def _action(
        self,
        text: str,
        help_text: str,
        slot: Callable[[RunTableRow], object],
        keys: Sequence[QKeySequence | QKeySequence.StandardKey | str] = (),
        *,
        changes_run: bool = False,
    ) -> QAction:
        action = QAction(text, self)
        action.setIconText(text)  # otherwise buttons omit the ellipsis
        action.setShortcuts([QKeySequence(key) for key in keys])
        # While a name is edited, the keys belong to the editor.
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{help_text} ({shortcut})" if shortcut else help_text)
        action.triggered.connect(lambda: self._trigger(slot, changes_run))
        self._table.addAction(action)
        return action

    def _trigger(self, slot: Callable[[RunTableRow], object], changes_run: bool) -> None:
        row = self._table.current_row()
        if row is not None and changes_run and row.locked:
            self.refused.emit(row.locked)
        elif row is not None:
            slot(row)

    def _selected_names(self) -> tuple[str, ...]:
        return tuple(row.name for row in self._table.selected_rows())

    def _delete_selected(self) -> None:
        """Delete the selected runs, except those that cannot be."""
        rows = self._table.selected_rows()
        for row in rows:
            if row.locked:
                self.refused.emit(row.locked)
        names = tuple(row.name for row in rows if not row.locked)
        if names:
            self.delete_requested.emit(names)

    def _edit_name(self, _row: RunTableRow) -> None:
        self._table.setFocus()
        self._table.horizontalScrollBar().setValue(0)  # the editor is in the column itself
        self._table.edit(self._table.currentIndex().siblingAtColumn(RunColumn.RUN))

    def _edit_note(self, row: RunTableRow) -> None:
        dialog = self._ask_for_text(
            "Note", f"Note on {row.name}:", row.note, lambda note: self.annotated.emit(row.name, note), is_long=True
        )
        for editor in dialog.findChildren(QPlainTextEdit):
            editor.setTabChangesFocus(True)  # otherwise the keyboard cannot reach "OK"

    def _edit_title(self, row: RunTableRow) -> None:
        self._ask_for_text(
            "Title",
            f"Title of {row.name}; without one, this name is shown:",
            row.title,
            lambda title: self.titled.emit(row.name, title),
        )

    def _edit_tags(self) -> None:
        """Ask for the tags of the selected runs, except those that cannot be changed."""
        rows = self._table.selected_rows()
        for row in rows:
            if row.locked:
                self.refused.emit(row.locked)
        rows = [row for row in rows if not row.locked]
        if not rows:
            return
        common = tuple(tag for tag in rows[0].tags if all(tag in row.tags for row in rows))
        names = tuple(row.name for row in rows)
        what = names[0] if len(names) == 1 else f"{len(names)} runs"
        self._ask_for_text(
            "Tags",
            f"Tags of {what}, with commas between them:",
            ", ".join(common),
            lambda text: self.tagged.emit(names, common, tuple(tag.strip() for tag in text.split(",") if tag.strip())),
        )

    def _select_same_tags(self, row: RunTableRow) -> None:
        self._table.setFocus()
        self._table.select_all({other.name for other in self._model.rows if set(row.tags) <= set(other.tags)})

    def _ask_for_text(
        self, title: str, label: str, text: str, accept: Callable[[str], object], *, is_long: bool = False
    ) -> QInputDialog:
        dialog = QInputDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(title)
        dialog.setLabelText(label)
        dialog.setOption(QInputDialog.InputDialogOption.UsePlainTextEditForTextInput, is_long)
        dialog.setTextValue(text)
        show_plain(dialog)
        dialog.textValueSelected.connect(accept)
        dialog.open()
        return dialog

    def _on_current_row_changed(self) -> None:
        row = self._table.current_row()
        self.selected.emit(row.name if row is not None else "")
        self._update_actions()

    def _update_actions(self) -> None:
        row = self._table.current_row()
        self._use.setEnabled(row is not None and row.has_model and not row.active)
        same = row.model if row is not None else 0
        others = [other for other in self._model.rows if same and other.active and other.model == same]
        instead = f" instead of {others[0].title or run_title(others[0].name)}" if others and others[0] != row else ""
        self._use.setToolTip(tool_tip(f"Let this run answer in Draw{instead} (Enter)"))
        self._resume.setEnabled(row is not None and row.can_resume)
        self._export.setEnabled(row is not None and row.can_export)
        for action in (self._rename, self._note, self._title):
            action.setEnabled(row is not None and row.is_readable)
        for action in (self._folder, self._delete, self._settings, self._tags):
            action.setEnabled(row is not None)
        self._same_tags.setEnabled(row is not None and bool(row.tags))
        self._expectation.setEnabled(row is not None and row.is_imported)
        for action in (self._again, self._other_seed):
            action.setEnabled(row is not None and bool(row.recipe) and not row.parent)
        self._compare.setEnabled(any(each.has_model for each in self._table.selected_rows()))

    # -- layout

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for action in (self._use, self._resume, self._export, self._delete):
            button = QToolButton()
            button.setDefaultAction(action)
            set_own_style(button, "padding: 0 6px;")  # the row fits into the smallest window
            button.setObjectName(f"run_{action.text().strip('…').split()[0].lower()}")
            buttons.addWidget(button)
        more = QToolButton()
        more.setText("⋯")
        set_own_style(more, "padding: 0 6px;")
        more.setObjectName("run_more")
        tip = "Settings, compare, what it expects, train again, title, tags, note, rename, open folder, all columns"
        more.setToolTip(tool_tip(tip))
        more.setAccessibleName("More to do with the run")
        menu = QMenu(more)
        menu.addActions([self._settings, self._compare, self._expectation, self._again, self._other_seed])
        menu.addSeparator()
        menu.addActions([self._title, self._tags, self._same_tags, self._note, self._rename, self._folder])
        menu.addSeparator()
        all_columns = menu.addAction("All columns")
        all_columns.setCheckable(True)
        all_columns.toggled.connect(self._table.show_all_columns)
        more.clicked.connect(lambda: menu.popup(more.mapToGlobal(QPoint(0, more.height()))))
        buttons.addWidget(more)
        buttons.addStretch(1)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(buttons)
        column.addWidget(self._table, 1)
        empty = muted(EMPTY, "runs_empty")
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(empty)
        self._stack.addWidget(content)
