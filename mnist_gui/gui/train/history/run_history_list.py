"""Every run in a table, with actions for the selected one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QMenu,
    QPlainTextEdit,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mnist_gui.gui.train.history.run_table_model import Column, RunTableModel, RunTableRow
from mnist_gui.gui.train.history.run_table_view import RunTableView

EMPTY = "There are no runs yet. Choose a model and press Start; each training is then listed here."


class RunHistoryList(QWidget):
    """Runs, newest first until a header is clicked; actions are for the selected one.

    Keys: Space shows the run's curves, Enter uses it in Draw, F2 renames it in place, Del deletes it.

    Signals
    -------
    shown_changed(names: tuple[str, ...])
        Whose curves are to be shown.
    use_requested(model: int, run: str)
    resume_requested(run: str)
    renamed(run: str, new_name: str)
        A new name was typed; the list shows it once it is filled anew.
    annotated(run: str, note: str)
    export_requested(run: str)
    folder_requested(run: str)
    delete_requested(run: str)
    selected(run: str)
        The actions are for this run now; "" for none.
    refused(sentence: str)
        The run cannot be changed now, and why.
    """

    shown_changed = Signal(tuple)
    use_requested = Signal(int, str)
    resume_requested = Signal(str)
    renamed = Signal(str, str)
    annotated = Signal(str, str)
    export_requested = Signal(str)
    folder_requested = Signal(str)
    delete_requested = Signal(str)
    selected = Signal(str)
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = RunTableModel(self)
        self._model.shown_changed.connect(self.shown_changed)
        self._model.renamed.connect(self.renamed)
        self._table = RunTableView(self._model)
        self._table.selectionModel().currentRowChanged.connect(lambda *_: self._select())
        self._add_actions()
        self._empty = QLabel(EMPTY)
        self._empty.setObjectName("runs_empty")
        self._empty.setProperty("muted", True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._lay_out()
        self._offer()

    @property
    def shown(self) -> tuple[str, ...]:
        """Return the names of the runs whose curves are to be shown."""
        return self._model.shown

    def focus_table(self) -> None:
        """Focus the table."""
        self._table.setFocus()

    def set_rows(self, rows: Sequence[RunTableRow]) -> None:
        """Replace the rows; the selection stays with its run, or at its position where the run has gone."""
        row, position = self._row(), self._table.currentIndex().row()
        shown = self._model.shown
        if self._model.set_rows(rows):
            self._table.select(row.name if row else "", position)
        self._stack.setCurrentIndex(1 if rows else 0)
        self._table.fit_columns()
        self._offer()
        if self._model.shown != shown:
            self.shown_changed.emit(self._model.shown)

    def rename(self, run: str, new_name: str) -> None:
        """Give a run another name; its row stays selected, and its curves stay shown."""
        self._model.rename(run, new_name)

    # -- actions

    def _add_actions(self) -> None:
        enter = [QKeySequence(Qt.Key.Key_Return), QKeySequence(Qt.Key.Key_Enter)]
        self._use = self._action("Use in Draw", "Let this run answer for its model", self._request_use, enter)
        self._go_on = self._action("Go on", "Train this run further, from its last whole epoch", self._request_resume)
        self._rename = self._action("Rename", "Give this run another name", self._edit_name, ["F2"])
        self._note = self._action("Note…", "Write something about this run", self._edit_note)
        self._export = self._action(
            "Export…",
            "Save this run as a Keras, LiteRT or ONNX model, or as a table",
            lambda: self._request(self.export_requested.emit),
        )
        self._folder = self._action(
            "Open folder", "Show this run's files", lambda: self._request(self.folder_requested.emit)
        )
        self._delete = self._action(
            "Delete", "Delete this run; it can be undone", self._request_delete, [QKeySequence.StandardKey.Delete]
        )

    def _action(
        self,
        text: str,
        about: str,
        act: Callable[[], object],
        keys: Sequence[QKeySequence | QKeySequence.StandardKey | str] = (),
    ) -> QAction:
        action = QAction(text, self)
        action.setIconText(text)  # else buttons leave the ellipsis out
        action.setShortcuts([QKeySequence(key) for key in keys])
        # While a name is typed, the keys belong to its editor.
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{about} ({shown})" if shown else about)
        action.triggered.connect(lambda: act())
        self._table.addAction(action)
        return action

    def _row(self) -> RunTableRow | None:
        return self._table.current_row()

    def _request(self, emit: Callable[[str], None]) -> None:
        row = self._row()
        if row is not None:
            emit(row.name)

    def _request_use(self) -> None:
        row = self._row()
        if row is not None:
            self.use_requested.emit(row.model, row.name)

    def _request_resume(self) -> None:
        self._request(self.resume_requested.emit)

    def _request_delete(self) -> None:
        if self._may_change():
            self._request(self.delete_requested.emit)

    def _edit_name(self) -> None:
        if self._may_change():
            self._table.setFocus()
            self._table.edit(self._table.currentIndex().siblingAtColumn(Column.RUN))

    def _edit_note(self) -> None:
        row = self._row()
        if row is None or not self._may_change():
            return
        dialog = QInputDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle("Note")
        dialog.setLabelText(f"Note on {row.name}:")
        dialog.setOption(QInputDialog.InputDialogOption.UsePlainTextEditForTextInput)
        dialog.setTextValue(row.note)
        for editor in dialog.findChildren(QPlainTextEdit):
            editor.setTabChangesFocus(True)  # else keys alone would never get to "OK"
        dialog.textValueSelected.connect(lambda note, name=row.name: self.annotated.emit(name, note))
        dialog.open()

    def _may_change(self) -> bool:
        row = self._row()
        if row is not None and row.locked:
            self.refused.emit(row.locked)
        return row is not None and not row.locked

    def _select(self) -> None:
        row = self._row()
        self.selected.emit(row.name if row is not None else "")
        self._offer()

    def _offer(self) -> None:
        """Enable what can be done with the selected run."""
        row = self._row()
        readable = row is not None and row.model > 0
        self._use.setEnabled(row is not None and row.can_answer and not row.active)
        self._go_on.setEnabled(row is not None and row.can_resume)
        self._export.setEnabled(row is not None and row.can_export)
        for action in (self._rename, self._note):
            action.setEnabled(readable)
        for action in (self._folder, self._delete):
            action.setEnabled(row is not None)

    # -- putting together

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for action in (self._use, self._go_on, self._export, self._delete):
            button = QToolButton()
            button.setDefaultAction(action)
            button.setObjectName(f"run_{action.text().strip('…').split()[0].lower()}")
            buttons.addWidget(button)
        more = QToolButton()
        more.setText("⋯")
        more.setObjectName("run_more")
        more.setToolTip("Rename, note, open folder")
        more.setAccessibleName("More to do with the run")
        menu = QMenu(more)
        menu.addActions([self._rename, self._note, self._folder])
        more.clicked.connect(lambda: menu.popup(more.mapToGlobal(QPoint(0, more.height()))))
        buttons.addWidget(more)
        buttons.addStretch(1)
        listed = QWidget()
        column = QVBoxLayout(listed)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(buttons)
        column.addWidget(self._table, 1)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(listed)
