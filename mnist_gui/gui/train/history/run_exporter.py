"""Asks where a run is to be exported to, and exports it in a thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from mnist_gui.gui.background import TaskThread
from mnist_gui.gui.train.notice_bar import DONE, NOTE, WRONG
from mnist_gui.gui.widgets.save_dialog import save_dialog
from mnist_gui.models.export import SUFFIXES, available_formats
from mnist_gui.runs.run import Run

Exports = Callable[[Run, str, Path], None]
# Words of the file dialog, by what `export_run` calls the format; the first that a run has is offered first.
TITLES = {"keras": "Keras model", "litert": "LiteRT model", "onnx": "ONNX model", "csv": "History as a table"}


class RunExporter(QObject):
    """Exports one run at a time.

    Parameters
    ----------
    export
        `mnist_gui.models.export.export_run` or a fake; called in a thread.
    window
        Over which the dialog is shown.

    Signals
    -------
    began(sentence: str)
        An export has begun; the sentence says which.
    ended()
        It has ended, whichever way.
    message_shown(sentence: str, mark: str)
        How it ended, or why it did not begin; marks are those of `NoticeBar`.
    """

    began = Signal(str)
    ended = Signal()
    message_shown = Signal(str, str)

    def __init__(self, export: Exports, window: QWidget) -> None:
        super().__init__(window)
        self._export = export
        self._window = window
        self._worker: TaskThread | None = None
        self._exported = "", Path()  # run and file of the present export

    def ask_where(self, run: Run) -> None:
        """Ask for a file to export to, and for its format."""
        if self._worker is not None:
            self.message_shown.emit("Another run is being exported; wait until it is done.", NOTE)
            return
        has = available_formats(run)
        filters = [f"{title} (*{SUFFIXES[form]})" for form, title in TITLES.items() if form in has]
        if not filters:
            self.message_shown.emit(f"Run {run.name} has nothing to export yet; train it for a whole epoch.", NOTE)
            return
        save_dialog(self._window, f"Export {run.name}", run.name, filters, lambda path, _: self._start(run, path))

    def shut_down(self, seconds: float) -> bool:
        """Wait for the present export; return whether it ended in time."""
        if self._worker is not None and not self._worker.wait(round(1000 * seconds)):
            return False
        self._end()
        return True

    # -- inside

    def _start(self, run: Run, path: Path) -> None:
        """Export to a file; its suffix decides the format."""
        form = next(form for form, suffix in SUFFIXES.items() if suffix == path.suffix.lower())
        worker = self._worker = TaskThread(lambda _progress: self._export(run, form, path), self)
        self._exported = run.name, path
        # Methods, which Qt knows: a function that a thread's signal waits to call must not go while it waits.
        worker.finished_with.connect(self._tell_done)
        worker.failed.connect(self._tell_failed)
        worker.finished.connect(self._end)
        worker.start()
        slow = form in ("keras", "onnx") or (form == "litert" and not run.has_model)
        wait = " Keras is loaded first; this takes some seconds." if slow else ""
        self.began.emit(f"Exporting {run.name} to {path.name}.{wait}")

    def _tell_done(self, _nothing: None) -> None:
        name, path = self._exported
        self.message_shown.emit(f"Exported {name} to {path}.", DONE)

    def _tell_failed(self, why: str) -> None:
        self.message_shown.emit(f"{self._exported[0]} could not be exported: {why}", WRONG)

    def _end(self) -> None:
        if self._worker is not None:
            self._worker.wait()
            self._worker.deleteLater()
            self._worker = None
            self.ended.emit()
