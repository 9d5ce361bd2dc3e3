"""ExportFunction a run in a thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QObject, Signal
from PySide6.QtWidgets import QWidget

from mnist_gui.gui.background import FOREVER, LatestTask
from mnist_gui.gui.train.notices import ERROR, INFO, SUCCESS
from mnist_gui.gui.widgets.save_dialog import save_dialog
from mnist_gui.models.export import SCRIPT, SUFFIXES, available_formats
from mnist_gui.runs.run import Run
from mnist_gui.wording import plain_text

ExportFunction = Callable[[Run, str, Path], None]
# Titles in the file dialog by format of `export_run`.
TITLES = {
    "keras": "Keras model",
    "litert": "LiteRT model",
    "onnx": "ONNX model",
    SCRIPT: "Folder with a script that answers",
    "csv": "History as a table",
}


class RunExporter(QObject):
    """ExportFunction one run at a time.

    Parameters
    ----------
    export
        `mnist_gui.models.export.export_run` or a fake; called in a thread.
    window
        Parent of the dialog.

    Signals
    -------
    started(sentence: str)
        An export has started; the sentence describes it.
    ended()
        The export has ended or failed.
    message_shown(sentence: str, mark: str)
        How the export ended, or why it did not start; see `NoticeBar`.
    """

    started = Signal(str)
    ended = Signal()
    message_shown = Signal(str, str)

    def __init__(self, export: ExportFunction, window: QWidget) -> None:
        super().__init__(window)
        self._export = export
        self._window = window
        self._task = LatestTask(self)
        self._task.finished_with.connect(self._on_finished)
        self._task.failed.connect(self._on_failed)
        self._task.ended.connect(self.ended)
        self._exported = "", Path()  # run and file of the current export

    def ask_for_file(self, run: Run) -> None:
        """Ask for a file and its format, then export."""
        if self._task.is_running:
            self.message_shown.emit("Another run is being exported; wait until it is done.", INFO)
            return
        has = available_formats(run)
        filters = [f"{title} (*{SUFFIXES[format_]})" for format_, title in TITLES.items() if format_ in has]
        if not filters:
            self.message_shown.emit(f"Run {run.name} has nothing to export yet; train it for a whole epoch.", INFO)
            return
        save_dialog(
            self._window,
            f"Export {plain_text(run.name)}",
            plain_text(run.name),
            filters,
            lambda path, _: self._start(run, path),
        )

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Wait for the current export; return whether it ended in time."""
        return self._task.shut_down(deadline)

    # -- inside

    def _start(self, run: Run, path: Path) -> None:
        """Export to a file, whose suffix decides the format; a name without one is that of a folder."""
        formats = (format_ for format_, suffix in SUFFIXES.items() if suffix and suffix == path.suffix.lower())
        format_ = next(formats, SCRIPT)
        self._exported = run.name, path
        self._task.start(lambda _progress: self._export(run, format_, path))
        slow = format_ in ("keras", "litert")
        wait = " Keras is loaded first; this takes some seconds." if slow else ""
        self.started.emit(f"Exporting {run.name} to {path.name}.{wait}")

    def _on_finished(self, _nothing: None) -> None:
        name, path = self._exported
        self.message_shown.emit(f"Exported {name} to {path}.", SUCCESS)

    def _on_failed(self, reason: str) -> None:
        self.message_shown.emit(f"{self._exported[0]} could not be exported: {reason}", ERROR)
