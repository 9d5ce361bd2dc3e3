"""The run history: lists every run, and carries out the actions of its list."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mnist_gui.gui.background import FOREVER, LatestTask, shut_down_all
from mnist_gui.gui.train.history.run_exporter import ExportFunction, RunExporter
from mnist_gui.gui.train.history.run_history_list import RunHistoryList
from mnist_gui.gui.train.history.run_loader import LoadedRun, load_runs
from mnist_gui.gui.train.history.run_settings_dialog import RunSettingsDialog
from mnist_gui.gui.train.history.run_table_model import RunTableRow
from mnist_gui.gui.train.notices import ERROR, INFO, SUCCESS, NoticeBar, NoticeStack
from mnist_gui.runs.record import EpochMetrics, RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore


class RunHistory(QWidget):
    """Connects the list of runs with the store. While it is visible, it reads the runs in a thread.

    Parameters
    ----------
    store
        The runs.
    export
        `mnist_gui.models.export.export_run` or a fake; called in a thread.
    notices
        Where deleted runs can be restored, and what is being exported is shown.

    Attributes
    ----------
    run_list
        The list.

    Signals
    -------
    runs_changed()
        A run was renamed, annotated, deleted or restored.
    active_runs_changed()
        Another run is active for a model, or the same under another name.
    renamed(name: str, run: Run)
        A run has a new name; emitted before all other signals about it.
    deleted(name: str)
        A run was deleted; it may be restored.
    use_requested(run: str)
    resume_requested(run: str)
    train_again_requested(run: str, another_seed: bool)
        Train another run like this one.
    compare_requested(folders: tuple[Path, ...])
        Compare these runs.
    expectation_requested(run: Run)
        Show what a model from a file expects.
    shown_changed(runs: tuple[tuple[Run, tuple[EpochMetrics, ...]], ...])
        The runs whose curves are shown, with their epochs.
    message_shown(sentence: str, mark: str)
        An error or a result; see `NoticeBar`.
    """

    runs_changed = Signal()
    active_runs_changed = Signal()
    renamed = Signal(str, object)
    deleted = Signal(str)
    use_requested = Signal(str)
    resume_requested = Signal(str)
    train_again_requested = Signal(str, bool)
    compare_requested = Signal(tuple)
    expectation_requested = Signal(object)
    shown_changed = Signal(tuple)
    message_shown = Signal(str, str)

    def __init__(
        self, store: RunStore, export: ExportFunction, notices: NoticeStack, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._runs: dict[str, LoadedRun] = {}
        self._shown: list[tuple[Path, tuple[EpochMetrics, ...]]] = []
        self._waiting: frozenset[str] = frozenset()
        self._training = ""
        self._deleted: list[str] = []  # runs that Undo restores
        self._notices = notices
        self._undo: NoticeBar | None = None
        self._export_notice: NoticeBar | None = None
        self._stale = True
        self._outdated = False  # the runs were changed since the reader began
        self._closed = False
        self._reader = LatestTask(self)
        self._exporter = RunExporter(export, self)
        self.run_list = RunHistoryList()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.run_list)
        self._connect()

    def refresh(self) -> None:
        """Read the runs again: now, or when the list becomes visible."""
        self._stale = True
        self._read()

    def set_queue(self, waiting: Collection[str], training: str = "") -> None:
        """Set which runs wait in the queue and which one trains in this window: they cannot be changed."""
        self._waiting, self._training = frozenset(waiting), training
        self._update_rows()

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Delete for good what Undo would restore, and wait for the threads; return whether they ended in time."""
        self._closed = True
        self._empty_trash()
        return shut_down_all((self._reader, self._exporter), deadline)

    # -- reading

    def _read(self) -> None:
        if self._closed or not self._stale or self._reader.is_running or not self.isVisible():
            return
        self._stale = self._outdated = False
        known = {loaded.run.folder: loaded for loaded in self._runs.values()}
        self._reader.start(lambda _progress: load_runs(self._store, known))

    def _on_runs_loaded(self, runs: list[LoadedRun]) -> None:
        if self._outdated:
            return  # they are read again at once
        # A name may exist in both folders: the user's run, which comes last, replaces the shipped one.
        self._runs = {loaded.run.name: loaded for loaded in runs}
        self._update_rows()
        self._update_shown()

    def _on_reading_failed(self, reason: str) -> None:
        self.message_shown.emit(f"The runs cannot be listed: {reason}", ERROR)

    def _update_rows(self) -> None:
        self.run_list.set_rows([self._row(loaded.row) for loaded in self._runs.values()])

    def _row(self, row: RunTableRow) -> RunTableRow:
        if row.name == self._training:  # its record says so only once the training is prepared
            locked = row.locked or f"Run {row.name} is training; pause or stop it first."
            return replace(row, status="training", locked=locked, can_resume=False)
        if row.name not in self._waiting:
            return row
        locked = row.locked or f"Run {row.name} waits to be trained; take it from the queue first."
        return replace(row, status="waiting", locked=locked, can_resume=False)

    def _update_shown(self) -> None:
        """Report the runs whose curves are shown, if they are others or have more epochs than before."""
        loaded = [self._runs[name] for name in self.run_list.shown if name in self._runs]
        runs = tuple((entry.run, entry.history) for entry in loaded if isinstance(entry.run, Run))
        shown = [(run.folder, history) for run, history in runs]
        if shown != self._shown:
            self._shown = shown
            self.shown_changed.emit(runs)

    # -- changing

    def _change(self, change: Callable[[], object]) -> bool:
        """Change something in the store; return whether this succeeded."""
        before = self._active_folders()
        self._outdated = True
        try:
            change()
        except RunError as error:
            self.message_shown.emit(str(error), ERROR)
            self.refresh()  # the run may have been deleted meanwhile
            return False
        self.refresh()
        self.runs_changed.emit()
        if self._active_folders() != before:
            self.active_runs_changed.emit()
        return True

    def _active_folders(self) -> list[Path]:
        return [run.folder for run in self._store.answering()]

    def _rename(self, name: str, new_name: str) -> None:
        self._change(lambda: self._on_renamed(name, self._store.rename(name, new_name)))

    def _on_renamed(self, name: str, run: Run) -> None:
        """Show the new name before the runs are read again."""
        loaded = self._runs[name]
        renamed = replace(loaded, run=run, row=replace(loaded.row, name=run.name))
        self._runs = {entry.run.name: entry for entry in (renamed if e is loaded else e for e in self._runs.values())}
        self.run_list.rename(name, run.name)
        self.renamed.emit(name, run)
        self._update_rows()
        self._update_shown()

    def _set_note(self, name: str, note: str) -> None:
        self._change(lambda: self._store.set_note(name, note))

    def _set_title(self, name: str, title: str) -> None:
        self._change(lambda: self._store.set_title(name, title))

    def _set_tags(self, names: tuple[str, ...], before: tuple[str, ...], tags: tuple[str, ...]) -> None:
        for name in names:
            self._change(partial(self._replace_tags, name, before, tags))

    def _replace_tags(self, name: str, before: tuple[str, ...], tags: tuple[str, ...]) -> None:
        kept = [tag for tag in self._store.get(name).record.tags if tag not in before]
        self._store.set_tags(name, [*kept, *tags])

    def _delete(self, names: tuple[str, ...]) -> None:
        deleted = [name for name in names if self._change(partial(self._move_to_trash, name))]
        if deleted:
            self._show_undo([*self._deleted, *deleted])

    def _move_to_trash(self, name: str) -> None:
        self._store.move_to_trash(name)
        self._runs.pop(name, None)
        self.deleted.emit(name)
        self._update_rows()

    # -- restoring

    def _show_undo(self, names: list[str]) -> None:
        """Offer to restore these runs, which include those that were offered before."""
        self._hide_undo()
        if not names:
            return
        others = len(names) - 1
        more = f" and {others} more run{'s' if others > 1 else ''}" if others else ""
        sentence = f"Deleted {names[-1]}{more}."
        undo = self._notices.show_notice(sentence, SUCCESS, action="Undo", is_lasting=True)
        undo.accepted.connect(self._restore_all)
        undo.dismissed.connect(lambda: self._empty_trash() if undo is self._undo else None)
        self._deleted, self._undo = names, undo

    def _restore_all(self) -> None:
        names = self._deleted
        self._hide_undo()
        failed = [name for name in reversed(names) if not self._change(partial(self._restore, name))]
        self._show_undo(failed[::-1])
        self.run_list.focus_table()

    def _restore(self, name: str) -> None:
        restored = self._store.restore(name)
        if restored != name:
            self.message_shown.emit(f"Run {name} is back as {restored}: its name is taken by now.", INFO)

    def _empty_trash(self) -> None:
        """Delete for good what this window deleted."""
        self._store.empty_trash(self._deleted)
        self._hide_undo()

    def _hide_undo(self) -> None:
        self._deleted = []
        if self._undo is not None:
            self._undo.remove()
            self._undo = None

    # -- what the runs were trained with

    def _show_settings(self, names: tuple[str, ...]) -> None:
        loaded = (self._runs[name].run for name in names if name in self._runs)
        runs = [run for run in loaded if isinstance(run, Run)]
        if not runs:
            self.message_shown.emit("This run cannot be read, so its settings are not known.", INFO)
            return
        dialog = RunSettingsDialog(runs, self)
        dialog.train_again_requested.connect(self.train_again_requested)
        dialog.show()

    def _compare(self, names: tuple[str, ...]) -> None:
        runs = [self._runs[name].run for name in names if name in self._runs]
        self.compare_requested.emit(tuple(run.folder for run in runs if isinstance(run, Run) and run.has_model))

    # -- files

    def _open_folder(self, name: str) -> None:
        folder = self._runs[name].run.folder
        if not folder.is_dir():
            self.message_shown.emit(f"Run {name} no longer exists: its folder {folder} was moved or deleted.", ERROR)
            self.refresh()
        elif not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self.message_shown.emit(f"No program opens folders here; the files of run {name} are in {folder}.", INFO)

    def _export(self, name: str) -> None:
        run = self._runs[name].run
        if isinstance(run, Run):
            self._exporter.ask_for_file(run)

    def _on_export_started(self, sentence: str) -> None:
        self._export_notice = self._notices.show_notice(sentence, INFO, is_lasting=True)

    def _on_export_ended(self) -> None:
        if self._export_notice is not None:
            self._export_notice.remove()
            self._export_notice = None

    def _connect(self) -> None:
        self._reader.finished_with.connect(self._on_runs_loaded)
        self._reader.failed.connect(self._on_reading_failed)
        self._reader.ended.connect(self._read)
        runs = self.run_list
        runs.shown_changed.connect(self._update_shown)
        runs.use_requested.connect(self.use_requested)
        runs.resume_requested.connect(self.resume_requested)
        runs.renamed.connect(self._rename)
        runs.annotated.connect(self._set_note)
        runs.titled.connect(self._set_title)
        runs.tagged.connect(self._set_tags)
        runs.delete_requested.connect(self._delete)
        runs.settings_requested.connect(self._show_settings)
        runs.compare_requested.connect(self._compare)
        runs.expectation_requested.connect(lambda name: self.expectation_requested.emit(self._runs[name].run))
        runs.train_again_requested.connect(self.train_again_requested)
        runs.folder_requested.connect(self._open_folder)
        runs.export_requested.connect(self._export)
        runs.refused.connect(lambda sentence: self.message_shown.emit(sentence, INFO))
        self._exporter.started.connect(self._on_export_started)
        self._exporter.ended.connect(self._on_export_ended)
        self._exporter.message_shown.connect(self.message_shown)
        undo = QShortcut(QKeySequence(QKeySequence.StandardKey.Undo), self)
        undo.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        undo.activated.connect(lambda: self._restore_all() if self._undo else None)

    # -- Qt

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._read()
