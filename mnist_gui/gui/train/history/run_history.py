"""Run history: every run listed, and what the person asks of one carried out."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from mnist_gui.gui.background import TaskThread
from mnist_gui.gui.train.history.run_exporter import ExportFunction, RunExporter
from mnist_gui.gui.train.history.run_history_list import RunHistoryList
from mnist_gui.gui.train.history.run_loader import LoadedRun, load_runs, table_row
from mnist_gui.gui.train.notices import ERROR, INFO, SUCCESS, NoticeBar
from mnist_gui.runs.record import EpochMetrics, RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import MODELS, RunStore


class RunHistory(QWidget):
    """Connects the list of runs with the store.

    It reads while it is seen, in a thread: hundreds of histories take a moment.

    Parameters
    ----------
    store
        Of the runs.
    export
        `mnist_gui.models.export.export_run` or a fake; called in a thread.

    Signals
    -------
    runs_changed()
        A run was renamed, annotated, deleted or brought back.
    active_runs_changed()
        By that another run answers, or the same by another name: the predictor has to be loaded anew.
    renamed(name: str, run: Run)
        A run has another name now; told before anything else of it.
    deleted(name: str)
        A run has gone, and may yet be brought back.
    use_requested(model: int, run: str)
    resume_requested(run: str)
    shown_changed(runs: tuple[tuple[Run, tuple[EpochMetrics, ...]], ...])
        Whose curves are to be shown, with their histories.
    message_shown(sentence: str, mark: str)
        Something could not be done, or was done out of sight; marks are those of `NoticeBar`.
    """

    runs_changed = Signal()
    active_runs_changed = Signal()
    renamed = Signal(str, object)
    deleted = Signal(str)
    use_requested = Signal(int, str)
    resume_requested = Signal(str)
    shown_changed = Signal(tuple)
    message_shown = Signal(str, str)

    def __init__(self, store: RunStore, export: ExportFunction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._entries: dict[str, LoadedRun] = {}
        self._told_shown: list[tuple[Path, tuple[EpochMetrics, ...]]] = []
        self._waiting: frozenset[str] = frozenset()
        self._deleted: list[str] = []  # what Undo would bring back
        self._undo: NoticeBar | None = None
        self._stale = True
        self._overtaken = False  # names have changed since the reader began
        self._closed = False
        self._reader: TaskThread | None = None
        self._exporter = RunExporter(export, self)
        self.run_list = RunHistoryList()
        self._progress = QLabel()
        self._progress.setObjectName("export_progress")
        self._progress.setProperty("muted", True)
        self._progress.setWordWrap(True)
        self._progress.hide()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._column.addWidget(self._progress)
        self._column.addWidget(self.run_list, 1)
        self._connect()

    def refresh(self) -> None:
        """Look again at what is on disk: at once if the list is seen, else when it is."""
        self._stale = True
        self._read()

    def set_waiting(self, names: Collection[str]) -> None:
        """Say which runs are created and wait to be trained: they must stay as they are."""
        self._waiting = frozenset(names)
        self._show()

    def shut_down(self, seconds: float) -> bool:
        """Delete for good what Undo would bring back, end the threads; return whether they ended in time."""
        self._closed = True
        self._empty_deleted()
        end = time.monotonic() + seconds
        if self._reader is not None and not self._reader.wait(round(1000 * seconds)):
            return False
        self._end_reading()
        return self._exporter.shut_down(max(0.0, end - time.monotonic()))

    # -- reading

    def _read(self) -> None:
        if self._closed or not self._stale or self._reader is not None or not self.isVisible():
            return
        self._stale = self._overtaken = False
        known = {entry.run.folder: entry for entry in self._entries.values()}
        self._reader = TaskThread(lambda _progress: load_runs(self._store, known), self)
        self._reader.finished_with.connect(self._take)
        self._reader.failed.connect(
            lambda sentence: self.message_shown.emit(f"The runs cannot be listed: {sentence}", ERROR)
        )
        self._reader.finished.connect(self._end_reading)
        self._reader.start()

    def _end_reading(self) -> None:
        if self._reader is not None:
            self._reader.wait()
            self._reader.deleteLater()
            self._reader = None
            self._read()

    def _take(self, entries: list[LoadedRun]) -> None:
        if self._overtaken:
            return  # it is read again at once
        # A name may stand in both folders; the person's own run is then the one that is meant everywhere.
        self._entries = {entry.run.name: entry for entry in entries}
        self._show()
        self._tell_shown()

    def _show(self) -> None:
        self.run_list.set_rows([table_row(entry, entry.run.name in self._waiting) for entry in self._entries.values()])

    def _tell_shown(self) -> None:
        """Tell whose curves are to be shown, if they are others than before or have grown."""
        entries = [self._entries[name] for name in self.run_list.shown if name in self._entries]
        shown = tuple((entry.run, entry.history) for entry in entries if isinstance(entry.run, Run))
        key = [(run.folder, history) for run, history in shown]
        if key != self._told_shown:
            self._told_shown = key
            self.shown_changed.emit(shown)

    # -- changing

    def _change(self, change: Callable[[], object]) -> bool:
        """Change something in the store; return whether that could be done."""
        before = self._answering()
        self._overtaken = True
        try:
            change()
        except RunError as error:
            self.message_shown.emit(str(error), ERROR)
            self.refresh()  # it may have gone meanwhile
            return False
        self.refresh()
        self.runs_changed.emit()
        if self._answering() != before:
            self.active_runs_changed.emit()
        return True

    def _answering(self) -> list[Path | None]:
        runs = [self._store.active(model) for model in MODELS]
        return [run.folder if run is not None else None for run in runs]

    def _rename(self, name: str, new_name: str) -> None:
        self._change(lambda: self._follow(name, self._store.rename(name, new_name)))

    def _follow(self, name: str, run: Run) -> None:
        """Let a run go on under its new name everywhere, before it is read anew."""
        self._entries = {
            run.name if known == name else known: replace(entry, run=run) if known == name else entry
            for known, entry in self._entries.items()
        }
        self.run_list.rename(name, run.name)
        self.renamed.emit(name, run)
        self._show()
        self._tell_shown()

    def _annotate(self, name: str, note: str) -> None:
        self._change(lambda: self._store.set_note(name, note))

    def _delete(self, name: str) -> None:
        if self._change(lambda: self._set_aside(name)):
            self._offer_undo([*self._deleted, name])

    def _set_aside(self, name: str) -> None:
        self._store.move_to_trash(name)
        self._entries.pop(name, None)
        self.deleted.emit(name)
        self._show()

    # -- bringing back

    def _offer_undo(self, names: list[str]) -> None:
        """Offer to bring these runs back, those that were offered before among them."""
        self._hide_undo()
        if not names:
            return
        others = len(names) - 1
        more = f" and {others} more run{'s' if others > 1 else ''}" if others else ""
        undo = NoticeBar(f"Deleted {names[-1]}{more}.", SUCCESS, action="Undo")
        undo.accepted.connect(self._bring_back)
        undo.dismissed.connect(lambda: self._empty_deleted() if undo is self._undo else None)
        self._deleted, self._undo = names, undo
        self._column.insertWidget(0, undo)

    def _bring_back(self) -> None:
        names = self._deleted
        self._hide_undo()
        kept = [name for name in reversed(names) if not self._change(partial(self._bring_one_back, name))]
        self._offer_undo(kept[::-1])
        self.run_list.focus_table()

    def _bring_one_back(self, name: str) -> None:
        back = self._store.restore(name)
        if back != name:
            self.message_shown.emit(f"Run {name} is back as {back}: its name is taken by now.", INFO)

    def _empty_deleted(self) -> None:
        """Delete for good what this window set aside."""
        self._store.empty_trash(self._deleted)
        self._hide_undo()

    def _hide_undo(self) -> None:
        self._deleted = []
        if self._undo is not None:
            self._undo.hide()
            self._undo.deleteLater()
            self._undo = None

    # -- files

    def _open_folder(self, name: str) -> None:
        folder = self._entries[name].run.folder
        if not folder.is_dir():
            self.message_shown.emit(f"Run {name} no longer exists: its folder {folder} was moved or deleted.", ERROR)
            self.refresh()
        elif not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self.message_shown.emit(f"No program opens folders here; the files of run {name} are in {folder}.", INFO)

    def _ask_where(self, name: str) -> None:
        run = self._entries[name].run
        if isinstance(run, Run):
            self._exporter.ask_for_file(run)

    def _show_export(self, sentence: str) -> None:
        self._progress.setText(sentence)
        self._progress.show()

    def _undo_by_key(self) -> None:
        if self._undo is not None:
            self._bring_back()

    def _connect(self) -> None:
        self.run_list.shown_changed.connect(lambda _names: self._tell_shown())
        self.run_list.use_requested.connect(self.use_requested)
        self.run_list.resume_requested.connect(self.resume_requested)
        self.run_list.renamed.connect(self._rename)
        self.run_list.annotated.connect(self._annotate)
        self.run_list.delete_requested.connect(self._delete)
        self.run_list.folder_requested.connect(self._open_folder)
        self.run_list.export_requested.connect(self._ask_where)
        self.run_list.refused.connect(lambda sentence: self.message_shown.emit(sentence, INFO))
        self._exporter.started.connect(self._show_export)
        self._exporter.ended.connect(self._progress.hide)
        self._exporter.message_shown.connect(self.message_shown)
        undo = QShortcut(QKeySequence(QKeySequence.StandardKey.Undo), self)
        undo.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        undo.activated.connect(self._undo_by_key)

    # -- Qt

    def showEvent(self, event: QShowEvent) -> None:
        """Read what has changed while nobody looked."""
        super().showEvent(event)
        self._read()
