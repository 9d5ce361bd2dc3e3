"""The report as a file, optionally with each of its figures as a picture beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QDeadlineTimer, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QWidget

from mnist_gui.analysis.robustness import cached_robustness
from mnist_gui.analysis.summary_table import Row
from mnist_gui.gui.background import FOREVER, LatestTask
from mnist_gui.gui.compare.comparison_job import ComparisonResult
from mnist_gui.gui.widgets.save_dialog import save_dialog
from mnist_gui.report.report import Report, figures_folder, report_figures, write_report
from mnist_gui.report.svg import LIGHT
from mnist_gui.studies.results import StudyResult

REPORT_ONLY = "Report (*.html *.htm)"
WITH_FIGURES = "Report, and each figure as PNG beside it (*.html *.htm)"
PNG_SCALE = 2  # pixels of a picture to one of the figure


class ReportExporter(QObject):
    """Writes reports in a thread, one at a time.

    Parameters
    ----------
    cache
        Folder of computed robustness, which becomes part of the report.
    window
        Parent of the dialog.

    Signals
    -------
    message_shown(message: str)
        Writing has begun, succeeded or failed.
    """

    message_shown = Signal(str)

    def __init__(self, cache: Path, window: QWidget) -> None:
        super().__init__(window)
        self._cache = cache
        self._window = window
        self._task = LatestTask(self)
        self._task.finished_with.connect(self._on_finished)
        self._task.failed.connect(self._on_failed)

    @property
    def is_busy(self) -> bool:
        """Whether a report is being written."""
        return self._task.is_running

    def open_dialog(self, result: ComparisonResult, rows: Sequence[Row], studies: Sequence[StudyResult] = ()) -> None:
        """Let the user choose a file, and write the report to it."""
        if self.is_busy:
            self.message_shown.emit("A report is being written; wait until it is done.")
            return

        def save(path: Path, chosen: str) -> None:
            self.save(path, result, rows, studies, figures=chosen == WITH_FIGURES)

        save_dialog(self._window, "Save the report", "mnist-gui-report.html", (REPORT_ONLY, WITH_FIGURES), save)

    def save(
        self,
        path: Path,
        result: ComparisonResult,
        rows: Sequence[Row],
        studies: Sequence[StudyResult] = (),
        *,
        figures: bool,
    ) -> None:
        """Write a report.

        Parameters
        ----------
        studies
            Studies that it tells of, too.
        figures
            Whether to write each figure as PNG into a folder beside the report, named after it.
        """
        self._task.start(lambda _progress: _write(path, result, rows, studies, self._cache, figures=figures))
        self.message_shown.emit(f"Writing {path.name}…")

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Wait for the thread; return whether it ended in time."""
        return self._task.shut_down(deadline)

    def _on_finished(self, message: object) -> None:
        self.message_shown.emit(str(message))

    def _on_failed(self, reason: str) -> None:
        self.message_shown.emit(f"The report could not be written: {reason}")


def write_figures(folder: Path, report: Report) -> list[Path]:
    """Write each figure as PNG into a folder, which is made if it is missing; return their paths.

    Raises
    ------
    OSError
        A figure cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, svg in report_figures(report, LIGHT).items():
        paths.append(folder / f"{name}.png")
        _write_png(paths[-1], svg)
    return paths


def _write(
    path: Path,
    result: ComparisonResult,
    rows: Sequence[Row],
    studies: Sequence[StudyResult],
    cache: Path,
    *,
    figures: bool,
) -> str:
    """Write a report; return the message to show."""
    curves = cached_robustness(result.runs, result.comparison.data, cache)
    marks = zip(result.comparison.compared_runs, result.markers, strict=True)
    by_title = {compared.title: marker.mark for compared, marker in marks}
    report = Report(result.comparison, rows, curves, by_title, studies)
    try:
        write_report(path, report)
        if not figures:
            return f"Saved the report as {path}."
        folder = figures_folder(path)
        paths = write_figures(folder, report)
    except OSError as error:
        raise OSError(f"{error.strerror or error} ({error.filename or path}). Choose another place.") from error
    return f"Saved the report as {path}, and {len(paths)} figures in {folder.name}."


def _write_png(path: Path, svg: str) -> None:
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    image = QImage(renderer.defaultSize() * PNG_SCALE, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    renderer.render(painter, QRectF(image.rect()))
    painter.end()
    writer = QImageWriter(str(path), QByteArray(b"png"))
    if not writer.write(image):
        raise OSError(f"{path} could not be written: {writer.errorString()}")
