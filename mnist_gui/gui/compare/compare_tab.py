"""The Compare tab: which run is better, and where each fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from mnist_gui.analysis.evaluation_data import EvaluationSet
from mnist_gui.analysis.summary_table import Row
from mnist_gui.digits.picture import Picture
from mnist_gui.gui.compare.comparison_job import MINE, AvailableRuns, ComparisonJob, ComparisonResult
from mnist_gui.gui.compare.comparison_toolbar import ComparisonToolbar
from mnist_gui.gui.compare.confidence_page import ConfidencePage
from mnist_gui.gui.compare.mistakes.mistakes_page import MistakesPage
from mnist_gui.gui.compare.report_export import ReportExporter
from mnist_gui.gui.compare.result.result_page import ResultPage
from mnist_gui.gui.compare.robustness_page import RobustnessPage
from mnist_gui.gui.widgets.form_controls import muted, push_button
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore

RESULT, MISTAKES, ROBUSTNESS, CONFIDENCE = range(4)
NO_RUNS = "There are no runs yet. Train a model in the Train tab; it appears here."
NONE_LEARNT = "No run has a model yet that could answer. Let one finish an epoch in the Train tab; it appears here."
NONE_CHOSEN = "No run is chosen. Tick at least one under “Runs”."
NONE_ANSWERED = "None of the chosen runs could answer; choose others under “Runs”."
CANCELLED = "Cancelled: what is shown is of before. What was reckoned of whole runs is kept."
MOST_PROBLEMS = 3


class CompareTab(QWidget):
    """Connects the choice of digits and runs to the thread that judges, and its outcome to the pages.

    Parameters
    ----------
    store
        The runs.
    load_test_set
        Returns MNIST's test set; called in a thread.
    cache
        Folder of predictions.
    my_digits
        The file of the person's digits.

    Attributes
    ----------
    is_filled
        Whether the pages show what was last wished for.

    Signals
    -------
    filled()
        They do now.
    digit_opened(content: Picture, name: str)
        A digit is wanted on the canvas, as the frame that it is and with its label.
    """

    filled = Signal()
    digit_opened = Signal(object, str)

    def __init__(
        self,
        store: RunStore,
        load_test_set: Callable[[], EvaluationSet],
        cache: Path,
        my_digits: Path,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._judging = ComparisonJob(store, load_test_set, my_digits, cache, self)
        self._saver = ReportExporter(cache, self)
        self._outcome: ComparisonResult | None = None
        self._offered: AvailableRuns | None = None
        self._stale = True
        self._focused: QWidget | None = None  # when the tab was left
        self.is_filled = False

        self.head = ComparisonToolbar()
        self.result = ResultPage()
        self.mistakes = MistakesPage()
        self.robustness: RobustnessPage | None = None
        self.confidence: ConfidencePage | None = None
        self._cache = cache
        self.bar = QTabBar()
        self.bar.setObjectName("compare_pages")
        self.bar.setAccessibleName("Result, Mistakes, Robustness, Confidence")
        self.bar.setExpanding(False)
        self.bar.setDrawBase(False)
        self.pages = QStackedWidget()
        for name in ("Result", "Mistakes", "Robustness", "Confidence"):
            self.bar.addTab(name)
            self.pages.addWidget(_Scrolled())
        self._place(RESULT, self.result)
        self._place(MISTAKES, self.mistakes)
        self._empty = muted(name="compare_empty")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.pages.addWidget(self._empty)
        self.status = muted(name="compare_status")
        self.status.setAccessibleName("Progress of the comparison")
        self.cancel = push_button("Cancel", "compare_cancel")
        self.cancel.hide()
        self.note = muted(name="compare_note")
        for label in (self._empty, self.status, self.note):
            label.setTextFormat(Qt.TextFormat.PlainText)  # names of files and runs are in them
        self._connect()
        self._lay_out()

    def take_focus(self) -> None:
        """Have the arrow keys go from page to page."""
        self.bar.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        """Read the runs again, now if the tab is shown, else when it is."""
        self._stale = True
        if self.isVisible():
            self._judge()

    def shut_down(self) -> None:
        """Give up computing and wait for the threads."""
        self._judging.shut_down()
        if self.robustness is not None:
            self.robustness.shut_down()
        self._saver.shut_down()

    # -- putting together

    def _connect(self) -> None:
        self.head.request_changed.connect(lambda _wish: self._judge())
        self.bar.currentChanged.connect(lambda _page: self._turn_page())
        self._judging.offered.connect(self._offer)
        self._judging.progressed.connect(self._show_progress)
        self._judging.judged.connect(self._take)
        self._judging.measured.connect(self._take_rows)
        self._judging.failed.connect(self._fail)
        self._judging.finished.connect(lambda: self._say(""))
        self.cancel.clicked.connect(self._cancel)
        self.result.message_shown.connect(self._say)
        self._saver.message_shown.connect(self._say)
        self.head.report_requested.connect(self._save_report)
        self.mistakes.digit_opened.connect(self._open_digit)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 12, 20, 12)
        layout.setSpacing(6)
        layout.addWidget(self.head)
        layout.addWidget(self.note)
        layout.addWidget(self.bar)
        layout.addWidget(self.pages, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.status, 1)
        foot.addWidget(self.cancel)
        layout.addLayout(foot)
        self.note.hide()
        self.status.hide()

    # -- judging

    def _judge(self) -> None:
        self._stale = False
        self.is_filled = False
        self._judging.judge(self.head.wish)

    def _show_progress(self, sentence: str) -> None:
        self._say(sentence)
        self.cancel.setText("Cancel")
        self.cancel.setVisible(not self.is_filled)

    def _cancel(self) -> None:
        """Give up what is being reckoned, or go on with it."""
        if self._judging.is_busy:
            self._judging.shut_down()
            self._say(CANCELLED)
            self.cancel.setText("Go on")
            self.cancel.show()
        else:
            self._judge()

    def _prepare(self) -> None:
        """Make the plots of Confidence, once the rest can be seen: they are slow to make."""
        if self._outcome is not None and not self._empty.text():
            self._make_page(CONFIDENCE, self._outcome)

    def _offer(self, offered: AvailableRuns) -> None:
        self._offered = offered
        self.head.set_offered(offered)

    def _take(self, outcome: ComparisonResult) -> None:
        same = self._outcome is not None and self._outcome.identity == outcome.identity
        self._outcome = outcome
        problems = [*outcome.comparison.data.problems, *outcome.comparison.problems]
        self._note(problems)
        if not outcome.comparison.runs:
            self._show_empty(self._why_empty())
        else:
            self._empty.setText("")
            self.result.set_outcome(outcome)
            # What is looked at stays as it is, where nothing of it is new.
            if not same:
                self.mistakes.set_outcome(outcome)
                for page in (self.confidence, self.robustness):
                    if page is not None:
                        page.set_outcome(outcome)
        self.head.report.setEnabled(bool(outcome.comparison.runs))
        self._say("")
        self._show_page()
        self.is_filled = True
        self.filled.emit()
        QTimer.singleShot(0, self, self._prepare)

    def _take_rows(self, rows: tuple[Row, ...]) -> None:
        if self._outcome is not None and self._outcome.comparison.runs:
            self.result.set_rows(rows)

    def _fail(self, sentence: str) -> None:
        self._outcome = None
        self._note([])
        self._show_empty(sentence)
        self.head.report.setEnabled(False)
        self.is_filled = True
        self.filled.emit()

    def _why_empty(self) -> str:
        if self._offered is None or not self._offered.entries:
            return NO_RUNS
        if not any(isinstance(entry, Run) and entry.answers for entry in self._offered.entries):
            return NONE_LEARNT
        return NONE_ANSWERED if self._offered.asked else NONE_CHOSEN

    # -- what is shown

    def _turn_page(self) -> None:
        if self.is_filled:
            self._say("")  # what was copied or saved is known by now
        self._show_page()

    def _show_page(self) -> None:
        page = self.bar.currentIndex()
        if self._outcome is not None and not self._empty.text():
            self._make_page(page, self._outcome)
        self.pages.setCurrentIndex(self.pages.count() - 1 if self._empty.text() else page)

    def _make_page(self, page: int, outcome: ComparisonResult) -> None:
        """Make a page of plots when it is first looked at, at the latest."""
        if page == ROBUSTNESS and self.robustness is None:
            self.robustness = RobustnessPage(self._cache)
            self.robustness.set_outcome(outcome)
            self._place(page, self.robustness)
        elif page == CONFIDENCE and self.confidence is None:
            self.confidence = ConfidencePage()
            self.confidence.set_outcome(outcome)
            self._place(page, self.confidence)

    def _place(self, page: int, content: QWidget) -> None:
        area = self.pages.widget(page)
        assert isinstance(area, QScrollArea)
        area.setWidget(content)
        content.setAutoFillBackground(False)  # a scroll area has switched it on

    def _show_empty(self, sentence: str) -> None:
        self._empty.setText(sentence)
        self._show_page()

    def _note(self, problems: list[str]) -> None:
        more = len(problems) - MOST_PROBLEMS
        told = problems if more <= 0 else [*problems[:MOST_PROBLEMS], f"And {more} more."]
        self.note.setText("\n".join(told))
        self.note.setVisible(bool(told))

    def _say(self, sentence: str) -> None:
        self.status.setText(sentence)
        self.status.setVisible(bool(sentence))
        self.cancel.hide()

    def _save_report(self) -> None:
        if self._outcome is not None:
            self._saver.ask_where(self._outcome, self.result.rows)

    def _open_digit(self, digit: int) -> None:
        assert self._outcome is not None
        data = self._outcome.comparison.data
        frame = data.frames(np.array([digit]))[0]
        self.digit_opened.emit(Picture(frame, int(data.labels[digit]), framed=True), data.source(digit))

    # -- Qt

    def showEvent(self, event: QShowEvent) -> None:
        """Judge the first time it is seen, and after runs or digits changed; be as it was left otherwise."""
        super().showEvent(event)
        if self._stale or self.head.wish.on == MINE:
            self._judge()
        if self._focused is not None and not event.spontaneous():
            self._focused.setFocus(Qt.FocusReason.OtherFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:
        """Remember where the keys went."""
        super().hideEvent(event)
        focused = self.window().focusWidget()
        if focused is not None and self.isAncestorOf(focused):
            self._focused = focused


class _Scrolled(QScrollArea):
    """A page that is scrolled where the window is too low for it."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
