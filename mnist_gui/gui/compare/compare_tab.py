"""The Compare tab: which run is better, and where each fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QDeadlineTimer, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from mnist_gui.analysis.evaluation_data import EvaluationSet
from mnist_gui.analysis.summary_table import Row
from mnist_gui.digits.picture import Picture
from mnist_gui.gui.background import FOREVER, shut_down_all
from mnist_gui.gui.compare.comparison_job import USER_DIGITS, AvailableRuns, ComparisonJob, ComparisonResult
from mnist_gui.gui.compare.comparison_toolbar import ComparisonToolbar
from mnist_gui.gui.compare.confidence_page import ConfidencePage
from mnist_gui.gui.compare.mistakes.mistakes_page import MistakesPage
from mnist_gui.gui.compare.report_export import ReportExporter
from mnist_gui.gui.compare.result.result_page import ResultPage
from mnist_gui.gui.compare.robustness_page import RobustnessPage
from mnist_gui.gui.compare.studies.studies_controller import StudiesController
from mnist_gui.gui.widgets.fitted_label import FittedLabel
from mnist_gui.gui.widgets.form_controls import keep_size_when_hidden, muted, push_button
from mnist_gui.gui.widgets.run_marker import RunMarks
from mnist_gui.gui.widgets.scroll_column import ContentArea
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore
from mnist_gui.studies.results import StudyResult
from mnist_gui.studies.study import StudyStore

PAGES = ("Result", "Mistakes", "Robustness", "Confidence", "Studies")
RESULT, MISTAKES, ROBUSTNESS, CONFIDENCE, STUDIES = range(len(PAGES))
NO_RUNS = "There are no runs yet. Train a model in the Train tab; it appears here."
NO_MODELS = "No run has a trained model yet. Let one finish an epoch in the Train tab; it appears here."
NONE_SELECTED = "No run is chosen. Tick at least one under “Runs”."
NONE_COMPARED = "None of the chosen runs could answer; choose others under “Runs”."
COMPARING = "The chosen runs are being compared."
NOTHING_COMPARED = "Cancelled before the comparison was complete. “Go on” does not compute finished runs again."
CANCELLED = "Cancelled: the pages show the comparison before. Finished runs are not computed again."
MAX_PROBLEMS = 3


class CompareTab(QWidget):
    """Connects the toolbar to the thread that compares, and its result to the pages.

    Parameters
    ----------
    store
        The runs.
    load_test_set
        Returns MNIST's test set; called in a thread.
    cache
        Folder of predictions.
    user_digits
        File of the user's digits.
    studies
        The studies.
    speed_factor
        Returns that of this machine, see `mnist_gui.models.training.time_estimate`.

    Attributes
    ----------
    is_filled
        Whether the pages show the latest request.

    Signals
    -------
    filled()
        The pages show the latest request now.
    digit_opened(content: Picture, name: str)
        The user opened a digit, to look at it in the Draw tab: its frame with its label.
    runs_changed()
        A run has another title.
    study_requested(name: str)
        Train what is left of a study.
    pause_requested()
        Pause the study that trains.
    study_setup_requested()
        Let the user choose models and seeds of a study.
    """

    filled = Signal()
    digit_opened = Signal(object, str)
    runs_changed = Signal()
    study_requested = Signal(str)
    pause_requested = Signal()
    study_setup_requested = Signal()

    def __init__(
        self,
        store: RunStore,
        load_test_set: Callable[[], EvaluationSet],
        cache: Path,
        user_digits: Path,
        studies: StudyStore,
        marks: RunMarks | None = None,
        parent: QWidget | None = None,
        *,
        speed_factor: Callable[[], float] = lambda: 1.0,
    ) -> None:
        super().__init__(parent)
        self._make_studies = partial(StudiesController, studies, load_test_set, cache, speed_factor, self)
        self._trained_study = ""
        self._store = store
        self._job = ComparisonJob(store, load_test_set, user_digits, cache, marks, self)
        self._exporter = ReportExporter(cache, self)
        self._cache = cache
        self._result: ComparisonResult | None = None
        self._available: AvailableRuns | None = None
        self._outdated_pages: set[int] = set()
        self._is_stale = True
        self._focused: QWidget | None = None  # when the tab was left
        self.is_filled = False

        self.toolbar = ComparisonToolbar()
        self._toolbars = QStackedWidget()  # that of the Studies page takes the same place
        self._toolbars.addWidget(self.toolbar)
        self.result_page = ResultPage()
        self.mistakes_page = MistakesPage()
        # Plots are slow to make: these pages are made once the others are visible.
        self.robustness_page: RobustnessPage | None = None
        self.confidence_page: ConfidencePage | None = None
        self.studies: StudiesController | None = None
        self.page_tabs = QTabBar()
        self.page_tabs.setObjectName("compare_pages")
        self.page_tabs.setAccessibleName(", ".join(PAGES))
        self.page_tabs.setExpanding(False)
        self.page_tabs.setDrawBase(False)
        self.pages = QStackedWidget()
        for name in PAGES:
            self.page_tabs.addTab(name)
            self.pages.addWidget(_page_area())
        self._fill_page(RESULT, self.result_page)
        self._fill_page(MISTAKES, self.mistakes_page)
        self._empty = muted(name="compare_empty")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.pages.addWidget(self._empty)
        self.status = _status_label("compare_status")
        self.status.setAccessibleName("Progress of the comparison")
        self.cancel_button = push_button("Cancel", "compare_cancel")
        self.cancel_button.hide()
        self.problems = _status_label("compare_note")
        self._connect()
        self._lay_out()

    def take_focus(self) -> None:
        """Give the keyboard focus to the tabs of the pages."""
        self.page_tabs.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        """Read the runs again: now if the tab is visible, otherwise when it is shown."""
        self._is_stale = True
        if self.isVisible():
            self._compare()
            if self.studies is not None:
                self.studies.refresh()

    def compare_runs(self, folders: Iterable[Path]) -> None:
        """Compare the runs in these folders."""
        self.page_tabs.setCurrentIndex(RESULT)
        self.toolbar.compare_runs(map(str, folders))  # see `run_id`

    def show_study(self, name: str) -> None:
        """Show a study on its page."""
        self.page_tabs.setCurrentIndex(STUDIES)
        if self.studies is not None:
            self.studies.show_study(name)

    def set_trained_study(self, name: str) -> None:
        """Set which study this window trains or has in its queue; empty for none."""
        self._trained_study = name
        if self.studies is not None:
            self.studies.set_trained(name)

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Cancel all computations and wait for their threads; return whether they ended in time."""
        workers = (self._job, self.robustness_page, self._exporter, self.studies)
        return shut_down_all((worker for worker in workers if worker is not None), deadline)

    def _connect(self) -> None:
        self.toolbar.request_changed.connect(self._compare)
        self.toolbar.report_requested.connect(self._save_report)
        self.page_tabs.currentChanged.connect(self._on_page_changed)
        self.page_tabs.currentChanged.connect(lambda: self.page_tabs.updateGeometry())  # the chosen one is wider
        self._job.runs_listed.connect(self._on_runs_listed)
        self._job.progressed.connect(self._on_progressed)
        self._job.compared.connect(self._on_compared)
        self._job.measured.connect(self._on_measured)
        self.result_page.measure_requested.connect(self._measure_again)
        self._job.failed.connect(self._on_failed)
        self._job.finished.connect(self._on_finished)
        self.cancel_button.clicked.connect(self._on_cancel_clicked)
        self.result_page.message_shown.connect(self._show_message)
        self.result_page.title_edited.connect(self._set_title)
        self._exporter.message_shown.connect(self._show_message)
        self.mistakes_page.digit_opened.connect(self._open_digit)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 12, 20, 12)
        layout.setSpacing(6)
        layout.addWidget(self._toolbars)
        row = QHBoxLayout()  # its height is kept: what comes and goes beside the tabs moves no page
        row.setSpacing(12)
        row.addWidget(self.page_tabs)
        row.addWidget(self.problems, 1)
        row.addWidget(self.status, 1)
        row.addWidget(self.cancel_button)
        layout.addLayout(row)
        layout.addWidget(self.pages, 1)
        self.problems.hide()
        keep_size_when_hidden(self.cancel_button)

    # -- comparing

    def _compare(self) -> None:
        self._is_stale = False
        self.is_filled = False
        if self._result is None:
            self._empty.setText(COMPARING)
            self._show_page()
        self._job.start(self.toolbar.request)

    def _on_cancel_clicked(self) -> None:
        """Cancel the comparison, or resume it."""
        if self._job.is_busy:
            self._job.cancel()
            if self._result is None:
                self._empty.setText(NOTHING_COMPARED)
            self._show_message(CANCELLED if self._result is not None else NOTHING_COMPARED)
            self.cancel_button.setText("Go on")
            self.cancel_button.show()
        else:
            self._compare()

    def _on_runs_listed(self, available: AvailableRuns) -> None:
        self._available = available
        self.toolbar.set_available(available)

    def _on_progressed(self, message: str) -> None:
        self._show_message(message)
        self.cancel_button.setText("Cancel")
        self.cancel_button.setVisible(not self.is_filled)

    def _on_compared(self, result: ComparisonResult) -> None:
        is_same = self._result is not None and self._result.identity == result.identity
        self._result = result
        comparison = result.comparison
        self._show_problems([*comparison.data.problems, *comparison.problems])
        if comparison.runs:
            self._empty.setText("")
            self.result_page.set_result(result)
            if not is_same:  # otherwise what the user looks at stays as it is
                self._outdated_pages = {MISTAKES, CONFIDENCE}
                if self.robustness_page is not None:
                    self.robustness_page.set_result(result)
        else:
            self._empty.setText(self._why_empty())
        self._show_message("")
        self._finish(has_report=bool(comparison.runs))
        QTimer.singleShot(0, self, self._update_next_page)

    def _measure_again(self) -> None:
        self._job.measure_again(self.toolbar.request)

    def _on_measured(self, rows: tuple[Row, ...]) -> None:
        if self._result is not None and self._result.comparison.runs:
            self.result_page.set_rows(rows)

    def _on_failed(self, message: str) -> None:
        self._result = None
        self._show_problems([])
        self._empty.setText(message)
        self._finish(has_report=False)

    def _on_finished(self) -> None:
        self._show_message("")

    def _finish(self, *, has_report: bool) -> None:
        self.toolbar.report.setEnabled(has_report)
        self._show_page()
        self.is_filled = True
        self.filled.emit()

    def _why_empty(self) -> str:
        if self._available is None or not self._available.entries:
            return NO_RUNS
        if not any(isinstance(entry, Run) and entry.has_model for entry in self._available.entries):
            return NO_MODELS
        return NONE_COMPARED if self._available.selected else NONE_SELECTED

    def _set_title(self, run: str, title: str) -> None:
        try:
            self._store.set_title(run, title)
        except RunError as error:
            self._show_message(str(error))
            return
        self.runs_changed.emit()
        self.refresh()

    # -- pages

    def _on_page_changed(self) -> None:
        if self.is_filled:
            self._show_message("")  # the user has read about the copy or the file
        self._show_page()

    def _show_page(self) -> None:
        page = self.page_tabs.currentIndex()
        self._toolbars.setCurrentIndex(int(page == STUDIES))
        if page == STUDIES:
            self._show_studies()
            return
        self._update_page(page)
        self.pages.setCurrentIndex(page if self._has_content else self.pages.count() - 1)

    def _show_studies(self) -> None:
        if self.studies is None:
            studies = self.studies = self._make_studies()
            studies.message_shown.connect(self._show_message)
            studies.training_requested.connect(self.study_requested)
            studies.pause_requested.connect(self.pause_requested)
            studies.setup_requested.connect(self.study_setup_requested)
            studies.report_requested.connect(self._save_report)
            self._toolbars.addWidget(studies.toolbar)
            self._toolbars.setCurrentIndex(1)
            self._fill_page(STUDIES, studies.page)
            studies.set_trained(self._trained_study)
        if self.pages.currentIndex() != STUDIES:
            self.pages.setCurrentIndex(STUDIES)
            self.studies.refresh()

    @property
    def _has_content(self) -> bool:
        return self._result is not None and not self._empty.text()

    def _update_next_page(self) -> None:
        """Update the other pages while the user looks at one, a page at a time."""
        if self._outdated_pages and self._has_content:
            self._update_page(min(self._outdated_pages))
            QTimer.singleShot(0, self, self._update_next_page)

    def _update_page(self, page: int) -> None:
        """Make a page of plots if it does not exist, and show the latest result on it."""
        if self._result is None or self._empty.text():
            return
        if page == ROBUSTNESS and self.robustness_page is None:
            self.robustness_page = RobustnessPage(self._cache)
            self.robustness_page.set_result(self._result)
            self._fill_page(page, self.robustness_page)
        if page == CONFIDENCE and self.confidence_page is None:
            self.confidence_page = ConfidencePage()
            self._fill_page(page, self.confidence_page)
        if page in self._outdated_pages:
            self._outdated_pages.remove(page)
            outdated = self.confidence_page if page == CONFIDENCE else self.mistakes_page
            assert outdated is not None
            outdated.set_result(self._result)

    def _fill_page(self, page: int, content: QWidget) -> None:
        area = self.pages.widget(page)
        assert isinstance(area, ContentArea)
        area.setWidget(content)

    def _show_problems(self, problems: list[str]) -> None:
        more = len(problems) - MAX_PROBLEMS
        lines = problems if more <= 0 else [*problems[:MAX_PROBLEMS], f"And {more} more."]
        self.problems.setText("\n".join(lines))
        self.problems.setVisible(bool(lines))

    def _show_message(self, message: str) -> None:
        self.status.setText(message)
        self.cancel_button.hide()

    def _save_report(self, *studies: StudyResult) -> None:
        if self._result is None or not self._result.comparison.runs:
            self._show_message("A report tells of compared runs, too: choose some in Result, and wait for them.")
            return
        self._exporter.open_dialog(self._result, self.result_page.rows, studies)

    def _open_digit(self, index: int) -> None:
        assert self._result is not None
        data = self._result.comparison.data
        frame = data.frames(np.array([index]))[0]
        self.digit_opened.emit(Picture(frame, int(data.labels[index]), framed=True), data.source(index))

    # -- Qt

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale or self.toolbar.request.source == USER_DIGITS:
            self._compare()
        if self.studies is not None:
            self.studies.refresh()
        if self._focused is not None and not event.spontaneous():
            self._focused.setFocus(Qt.FocusReason.OtherFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        focused = self.window().focusWidget()
        if focused is not None and self.isAncestorOf(focused):
            self._focused = focused


def _status_label(name: str) -> FittedLabel:
    label = FittedLabel(lines=2)
    # What the tabs leave: they must not be cut for a long sentence.
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    label.setObjectName(name)
    label.setProperty("muted", True)
    return label


def _page_area() -> ContentArea:
    """Return an area that scrolls its page where the window is too low."""
    area = ContentArea()
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area
