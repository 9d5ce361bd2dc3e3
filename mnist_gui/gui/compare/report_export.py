"""Asks where the report is to be written, and writes it in a thread, with a picture of each figure where wanted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from mnist_gui.analysis.robustness import kept_robustness
from mnist_gui.analysis.summary_table import Row
from mnist_gui.gui.background import LatestTask
from mnist_gui.gui.compare.comparison_job import ComparisonResult
from mnist_gui.gui.compare.figure_files import write_figures
from mnist_gui.gui.widgets.save_dialog import save_dialog
from mnist_gui.report.report import figures_folder, make_report, write_report

PAGE_ALONE = "Report (*.html *.htm)"
WITH_FIGURES = "Report, and each figure as PNG beside it (*.html *.htm)"


class ReportExporter(QObject):
    """Writes one report at a time.

    Parameters
    ----------
    cache
        Folder of what robustness was computed before: it belongs into the report, whether it was looked at or not.
    window
        Over which the dialog opens.

    Signals
    -------
    message_shown(sentence: str)
        That it is being written, what became of it, or why it could not be.
    """

    message_shown = Signal(str)

    def __init__(self, cache: Path, window: QWidget) -> None:
        super().__init__(window)
        self._cache = cache
        self._window = window
        self._task = LatestTask(self)
        self._task.finished_with.connect(lambda sentence: self.message_shown.emit(str(sentence)))
        self._task.failed.connect(lambda why: self.message_shown.emit(f"The report could not be written: {why}"))

    @property
    def is_busy(self) -> bool:
        """Whether a report is being written."""
        return self._task.is_running

    def ask_where(self, outcome: ComparisonResult, rows: Sequence[Row]) -> None:
        """Ask for a file, and write the report to it."""
        if self.is_busy:
            self.message_shown.emit("A report is being written; wait until it is done.")
            return

        def save(path: Path, chosen: str) -> None:
            self.save(path, outcome, rows, figures=chosen == WITH_FIGURES)

        save_dialog(self._window, "Save the report", "mnist-gui-report.html", (PAGE_ALONE, WITH_FIGURES), save)

    def save(self, path: Path, outcome: ComparisonResult, rows: Sequence[Row], *, figures: bool) -> None:
        """Write a report.

        Parameters
        ----------
        figures
            Whether to write each as PNG into a folder beside, named after the file.
        """
        self._task.start(lambda _progress: _write(path, outcome, rows, self._cache, figures=figures))
        self.message_shown.emit(f"Writing {path.name}…")

    def shut_down(self) -> None:
        """Wait for the present report."""
        self._task.shut_down()


def _write(path: Path, outcome: ComparisonResult, rows: Sequence[Row], cache: Path, *, figures: bool) -> str:
    """Write a report; return what to say of it."""
    comparison = outcome.comparison
    curves = kept_robustness([each.run for each in comparison.runs if each.run is not None], comparison.data, cache)
    report = make_report(comparison, rows, curves)
    try:
        write_report(path, report)
        if not figures:
            return f"Saved the report as {path}."
        folder = figures_folder(path)
        drawn = write_figures(folder, report)
    except OSError as error:
        raise OSError(f"{error.strerror or error} ({error.filename or path}). Choose another place.") from error
    return f"Saved the report as {path}, and {len(drawn)} figures in {folder.name}."
