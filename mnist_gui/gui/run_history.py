"""Run history: every run listed, and what the person asks of one carried out."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QShowEvent
from PySide6.QtWidgets import QFileDialog, QLabel, QVBoxLayout, QWidget

from mnist_gui.gui.run_entries import Entry, line_of, read_entries
from mnist_gui.gui.widgets.notice_bar import DONE, NOTE, WRONG, NoticeBar
from mnist_gui.gui.widgets.run_list import RunList
from mnist_gui.gui.workers import TaskWorker
from mnist_gui.runs.record import EpochFigures, RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import MODELS, RunStore

Exports = Callable[[Run, str, Path], None]
# Words of the file dialog and ending of the file, by what `mnist_gui.models.export.export_run` calls the format.
FORMATS = {
    "keras": ("Keras model", "keras"),
    "litert": ("LiteRT model", "tflite"),
    "csv": ("History as a table", "csv"),
}


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
    answering_changed()
        By that another run answers, or the same by another name: the predictor has to be loaded anew.
    use_requested(model: int, run: str)
    resume_requested(run: str)
    shown_changed(runs: tuple[tuple[Run, tuple[EpochFigures, ...]], ...])
        Whose curves are to be shown, with their histories.
    told(sentence: str, mark: str)
        Something could not be done, or was done out of sight; marks are those of `NoticeBar`.
    """

    runs_changed = Signal()
    answering_changed = Signal()
    use_requested = Signal(int, str)
    resume_requested = Signal(str)
    shown_changed = Signal(tuple)
    told = Signal(str, str)

    def __init__(self, store: RunStore, export: Exports, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._export = export
        self._entries: dict[str, Entry] = {}
        self._told_shown: list[tuple[Path, tuple[EpochFigures, ...]]] = []
        self._waiting: frozenset[str] = frozenset()
        self._deleted: list[str] = []  # what Undo would bring back
        self._undo: NoticeBar | None = None
        self._stale = True
        self._reader: TaskWorker | None = None
        self._exporter: TaskWorker | None = None
        self.list = RunList()
        self._progress = QLabel()
        self._progress.setObjectName("export_progress")
        self._progress.setProperty("muted", True)
        self._progress.setWordWrap(True)
        self._progress.hide()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._column.addWidget(self._progress)
        self._column.addWidget(self.list, 1)
        self.setFocusProxy(self.list)
        self._connect()

    def refresh(self) -> None:
        """Look again at what is on disk: at once if the list is seen, else when it is."""
        self._stale = True
        self._read()

    def set_waiting(self, names: Collection[str]) -> None:
        """Say which runs are created and wait to be trained: they must stay as they are."""
        self._waiting = frozenset(names)
        self._show()

    def shut_down(self) -> None:
        """End the threads, and delete for good what could have been brought back."""
        for worker in (self._reader, self._exporter):
            if worker is not None:
                worker.shut_down()
        self._end_reading()
        self._end_export()
        self._forget_undo()
        self._store.empty_deleted()

    # -- reading

    def _read(self) -> None:
        if not self._stale or self._reader is not None or not self.isVisible():
            return
        self._stale = False
        known = {entry.run.folder: entry for entry in self._entries.values()}
        self._reader = TaskWorker(lambda _progress: read_entries(self._store, known), self)
        self._reader.finished_with.connect(self._take)
        self._reader.failed.connect(lambda sentence: self.told.emit(f"The runs cannot be listed: {sentence}", WRONG))
        self._reader.finished.connect(self._end_reading)
        self._reader.start()

    def _end_reading(self) -> None:
        if self._reader is not None:
            self._reader.wait()
            self._reader.deleteLater()
            self._reader = None
            self._read()

    def _take(self, entries: list[Entry]) -> None:
        # A name may stand in both folders; the person's own run is then the one that is meant everywhere.
        self._entries = {entry.run.name: entry for entry in entries}
        self._show()
        self._tell_shown()

    def _show(self) -> None:
        self.list.set_lines([line_of(entry, entry.run.name in self._waiting) for entry in self._entries.values()])

    def _tell_shown(self) -> None:
        """Tell whose curves are to be shown, if they are others than before or have grown."""
        entries = [self._entries[name] for name in self.list.shown if name in self._entries]
        shown = tuple((entry.run, entry.history) for entry in entries if isinstance(entry.run, Run))
        key = [(run.folder, history) for run, history in shown]
        if key != self._told_shown:
            self._told_shown = key
            self.shown_changed.emit(shown)

    # -- changing

    def _change(self, change: Callable[[], object]) -> bool:
        """Change something in the store; return whether that could be done."""
        before = self._answering()
        try:
            change()
        except RunError as error:
            self.told.emit(str(error), WRONG)
            self.refresh()  # it may have gone meanwhile
            return False
        self.refresh()
        self.runs_changed.emit()
        if self._answering() != before:
            self.answering_changed.emit()
        return True

    def _answering(self) -> list[Path | None]:
        runs = [self._store.active(model) for model in MODELS]
        return [run.folder if run is not None else None for run in runs]

    def _rename(self, name: str, new_name: str) -> None:
        if self._change(lambda: self._store.rename(name, new_name)):
            self.list.rename(name, new_name)

    def _annotate(self, name: str, note: str) -> None:
        self._change(lambda: self._store.annotate(name, note))

    def _delete(self, name: str) -> None:
        if self._change(lambda: self._store.set_aside(name)):
            deleted = [*self._deleted, name]
            self._forget_undo()
            self._deleted = deleted
            others = len(deleted) - 1
            more = f" and {others} more run{'s' if others > 1 else ''}" if others else ""
            self._undo = NoticeBar(f"Deleted {name}{more}.", DONE, action="Undo")
            self._undo.accepted.connect(self._bring_back)
            self._undo.dismissed.connect(self._forget_undo)
            self._column.insertWidget(0, self._undo)

    def _bring_back(self) -> None:
        for name in reversed(self._deleted):
            self._change(partial(self._bring_one_back, name))
        self.list.setFocus()

    def _bring_one_back(self, name: str) -> None:
        back = self._store.bring_back(name)
        if back != name:
            self.told.emit(f"Run {name} is back as {back}: its name is taken by now.", NOTE)

    def _forget_undo(self) -> None:
        self._deleted = []
        if self._undo is not None:
            self._undo.hide()
            self._undo.deleteLater()
            self._undo = None

    # -- files

    def _open_folder(self, name: str) -> None:
        folder = self._entries[name].run.folder
        if not folder.is_dir():
            self.told.emit(f"Run {name} has gone: its folder {folder} was moved or deleted.", WRONG)
            self.refresh()
        elif not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self.told.emit(f"No program opens folders here; the files of run {name} are in {folder}.", NOTE)

    def _ask_where(self, name: str) -> None:
        """Ask for a file to export to, and for its format."""
        if self._exporter is not None:
            self.told.emit("Another run is being exported; wait until it is done.", NOTE)
            return
        run = self._entries[name].run
        if not isinstance(run, Run):
            return
        offers = {f"{title} (*.{ending})": form for form, (title, ending) in FORMATS.items() if _has(run, form)}
        dialog = QFileDialog(self, f"Export {name}", str(Path.home()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(list(offers))
        # The dialog adds the ending, so that it asks before it replaces the right file.
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(FORMATS[offers[chosen]][1]))
        dialog.setDefaultSuffix(FORMATS[next(iter(offers.values()))][1])
        dialog.selectFile(name)
        dialog.fileSelected.connect(lambda path: self._start_export(run, offers[dialog.selectedNameFilter()], path))
        dialog.open()

    def _start_export(self, run: Run, form: str, file: str) -> None:
        path = Path(file)
        # What was typed counts more than what was chosen in the list.
        typed = (other for other, (_, ending) in FORMATS.items() if path.suffix.lower() == f".{ending}")
        form = next((other for other in typed if _has(run, other)), form)
        ending = FORMATS[form][1]
        if path.suffix.lower() != f".{ending}":
            path = path.with_name(f"{path.name}.{ending}")
            if path.exists():  # the dialog asked about another file
                self.told.emit(f"{path} is there already; export {run.name} by another name.", WRONG)
                return
        wait = " Keras is loaded first; this takes some seconds." if form == "keras" else ""
        self._progress.setText(f"Exporting {run.name} to {path.name}.{wait}")
        self._progress.show()
        self._exporter = TaskWorker(lambda _progress: self._export(run, form, path), self)
        self._exporter.finished_with.connect(lambda _none: self.told.emit(f"Exported {run.name} to {path}.", DONE))
        self._exporter.failed.connect(lambda why: self.told.emit(f"{run.name} could not be exported: {why}", WRONG))
        self._exporter.finished.connect(self._end_export)
        self._exporter.start()

    def _end_export(self) -> None:
        self._progress.hide()
        if self._exporter is not None:
            self._exporter.wait()
            self._exporter.deleteLater()
            self._exporter = None

    def _connect(self) -> None:
        self.list.shown_changed.connect(lambda _names: self._tell_shown())
        self.list.use_requested.connect(self.use_requested)
        self.list.resume_requested.connect(self.resume_requested)
        self.list.renamed.connect(self._rename)
        self.list.annotated.connect(self._annotate)
        self.list.delete_requested.connect(self._delete)
        self.list.folder_requested.connect(self._open_folder)
        self.list.export_requested.connect(self._ask_where)
        self.list.refused.connect(lambda sentence: self.told.emit(sentence, NOTE))

    # -- Qt

    def showEvent(self, event: QShowEvent) -> None:
        """Read what has changed while nobody looked."""
        super().showEvent(event)
        self._read()


def _has(run: Run, form: str) -> bool:
    """Return whether the run has what that format is made of."""
    return run.answers if form == "litert" else run.record.epochs > 0
