"""The Robustness page: accuracy against the severity of corruptions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QDeadlineTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from mnist_gui.analysis.comparison import TOGETHER, run_titles
from mnist_gui.analysis.evaluation_data import EvaluationSet
from mnist_gui.analysis.robustness import (
    BIDIRECTIONAL,
    RobustnessCurve,
    RobustnessStep,
    corrupt_frames,
    corruption_amounts,
    robustness,
    robustness_sentences,
    sample_indices,
    seconds_needed,
)
from mnist_gui.digits.corruptions import CORRUPTIONS
from mnist_gui.gui.background import FOREVER, LatestTask, lower_thread_priority
from mnist_gui.gui.compare.comparison_job import ComparisonResult
from mnist_gui.gui.compare.interval_plot import IntervalPlot, Line
from mnist_gui.gui.compare.severity_strip import SeverityStrip
from mnist_gui.gui.widgets.form_controls import heading, muted, paragraphs, push_button, rich_text
from mnist_gui.gui.widgets.plain_text import tool_tip
from mnist_gui.gui.widgets.run_marker import RunLegend, RunMarker
from mnist_gui.runs.run import Run
from mnist_gui.wording import listing, rough_duration

COLUMNS = 3
ASK_SECONDS = 10  # what takes less is computed without a question
MAX_NAMED = 3  # runs, in a question
CANCELLED = "Cancelled. What was computed is kept."
MIN_LINES = 7  # height of a plot in lines of text
ABOUT = (
    "Accuracy in percent, with 95 % intervals. At the left of each plot the digits as they are, then made worse in "
    "five steps. Measured on {count:,} of the digits."
)
SOURCE = "The steps are those of MNIST-C (Mu and Gilmer 2019) where it has them."


@dataclass(frozen=True)
class Remainder:
    """What is not computed yet: titles of its runs, and about how long it takes here in seconds."""

    titles: tuple[str, ...]
    seconds: float

    @property
    def question(self) -> str:
        """Who is to be tested, and how long that takes."""
        others = len(self.titles) - 1
        who = listing(self.titles) if others < MAX_NAMED else f"{self.titles[0]} and {others} others"
        return f"Not tested on digits made worse yet: {who}. That takes {rough_duration(self.seconds)} here."


@dataclass(frozen=True, eq=False)
class Examples:
    """A digit at the severities of each corruption: (6, 28, 28) frames by name."""

    frames: Mapping[str, NDArray[np.float32]]


class RobustnessPage(QWidget):
    """Page that shows what is computed already when it is shown, and computes the rest.

    It asks before it starts what takes long, and continues until it is done or cancelled.

    Parameters
    ----------
    cache
        Folder of results computed before.
    """

    def __init__(self, cache: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cache = cache
        self._result: ComparisonResult | None = None
        self._completed: tuple[object, ...] | None = None  # identity of the result that was computed to the end
        self._remainder: Remainder | None = None  # what the user is asked about, or what is computed next
        self._starts_at_once = False
        self._curves: dict[str, tuple[RobustnessCurve, ...]] = {}
        self._last_message = ""  # shown when the thread ends
        self._task = LatestTask(self)
        self._task.progressed.connect(self._on_progressed)
        self._task.finished_with.connect(self._on_finished)
        self._task.failed.connect(self._on_failed)
        self._task.ended.connect(self._on_ended)
        self.legend = RunLegend()
        self.about = muted(name="robustness_about")
        self.about.setToolTip(tool_tip(SOURCE))
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 1000)
        self.progress.setAccessibleName("Progress of the robustness test")
        self.status = muted(name="robustness_status")
        self.button = push_button("Cancel", "robustness_cancel")
        self.button.clicked.connect(self._on_button_clicked)
        self.problems = muted(name="robustness_problems")
        self.problems.hide()
        self.plots = {name: _plot(name) for name in CORRUPTIONS}
        self.strips = {
            name: SeverityStrip(plot, f"A digit with more and more {CORRUPTIONS[name].title.lower()}")
            for name, plot in self.plots.items()
        }
        self.sentences = rich_text("robustness_sentences")
        self._lay_out()

    def set_result(self, result: ComparisonResult) -> None:
        """Replace the compared runs and the digits; for others than before, all curves are removed."""
        before, self._result = self._result, result
        if before is None or before.identity != result.identity:
            self._task.cancel()
            self._completed = self._remainder = None
            self._starts_at_once = False
            self._curves.clear()
            self.sentences.clear()
            self.problems.hide()
            self.legend.set_markers(result.markers)
            for plot in self.plots.values():
                plot.set_lines([])
            self._show_message("")
            if self.isVisible():
                self._look()

    @property
    def is_busy(self) -> bool:
        """Whether the thread runs."""
        return self._task.is_running

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Cancel the computation and wait for the thread; return whether it ended in time."""
        return self._task.shut_down(deadline)

    # -- computing

    def _look(self) -> None:
        """Show what was computed before, and find out how long the rest takes."""
        result, cache = self._result, self._cache
        if result is None or self.is_busy or self._remainder or self._completed == result.identity:
            return
        runs, data = result.runs, result.comparison.data

        def look(progress: Callable[[Any], bool]) -> Remainder:
            lower_thread_priority()
            progress(Examples(_examples(data)))
            missing: list[Run] = []
            for step in robustness(runs, data, cache, only_cached=True):
                progress(step)
                missing += step.missing
            titles = [title for title, run in zip(run_titles(runs), runs, strict=True) if run in missing]
            return Remainder(tuple(titles), seconds_needed(missing, data))

        self._last_message = ""
        self._task.start(look)
        self._show_message("Reading what was computed before…")

    def _compute(self) -> None:
        """Compute what is missing."""
        result, cache = self._result, self._cache
        assert result is not None
        self._starts_at_once = False

        def compute(progress: Callable[[Any], bool]) -> bool:
            """Return whether all corruptions were computed."""
            lower_thread_priority()
            is_wanted = True

            def report(value: float | RobustnessStep) -> bool:
                nonlocal is_wanted
                is_wanted = progress(value)
                return is_wanted

            for step in robustness(result.runs, result.comparison.data, cache, progress=report):
                if not report(step):
                    break
            return is_wanted

        self._last_message = ""
        self.progress.setValue(0)
        self._task.start(compute)
        self._show_message("Making digits worse, and testing the runs on them…")

    def _on_button_clicked(self) -> None:
        if self.is_busy:
            self._task.cancel()
            self._show_message(CANCELLED)
        elif self._remainder is not None:
            self._compute()
        else:
            self._look()

    def _on_progressed(self, value: float | RobustnessStep | Examples) -> None:
        if isinstance(value, Examples):
            for name, frames in value.frames.items():
                self.strips[name].set_frames(frames)
            return
        if isinstance(value, RobustnessStep):
            if value.curves:
                self._show_curves(value.curves)
            if value.problems:
                self.problems.setText(" ".join(value.problems))
                self.problems.show()
            value = value.fraction
        if self._remainder is None:  # reading, which is quick
            return
        self.progress.setValue(round(1000 * value))
        titles = [corruption.title.lower() for corruption in CORRUPTIONS.values()]
        title = titles[min(int(value * len(titles)), len(titles) - 1)]
        self._show_message(f"Testing the runs on digits made worse: {title}, {100 * value:.0f} % of all done.")

    def _on_finished(self, outcome: bool | Remainder) -> None:
        if isinstance(outcome, Remainder) and outcome.titles:
            self._remainder = outcome
            self._starts_at_once = outcome.seconds < ASK_SECONDS
            self._last_message = outcome.question
        elif outcome and self._result is not None:
            self._completed, self._remainder = self._result.identity, None
            self._last_message = ""
        else:
            self._last_message = CANCELLED

    def _on_failed(self, reason: str) -> None:
        self._last_message = f"This could not be computed: {reason}"

    def _on_ended(self) -> None:
        if self._starts_at_once:
            self._compute()
        else:
            self._show_message(self._last_message)

    # -- what is shown

    def _show_message(self, message: str) -> None:
        self.status.setText(message)
        self.status.setVisible(bool(message))
        self.progress.setVisible(self.is_busy)
        asks = self._remainder is not None and message == self._remainder.question
        self.button.setText("Cancel" if self.is_busy else "Test them" if asks else "Go on")
        self.button.setVisible(self.is_busy or bool(message))
        self.about.setVisible(not (self.is_busy or message))

    def _show_curves(self, curves: tuple[RobustnessCurve, ...]) -> None:
        assert self._result is not None
        # New titles: of two runs with the same name, the other one may have been left out.
        titles = [*run_titles(self._result.runs), TOGETHER]
        markers = dict(zip(titles, self._result.markers, strict=False))
        lines = [_line(markers[curve.title], curve) for curve in curves if curve.title in markers]
        if lines:
            self._curves[curves[0].corruption] = curves
            self.plots[curves[0].corruption].set_lines(lines)
            self.about.setText(ABOUT.format(count=curves[0].count))
            known = [curve for shown in self._curves.values() for curve in shown]
            self.sentences.setText(paragraphs(robustness_sentences(known)))

    def _lay_out(self) -> None:
        state = QHBoxLayout()
        state.setSpacing(12)
        messages = QVBoxLayout()
        messages.setSpacing(4)
        messages.addWidget(self.about)
        messages.addWidget(self.status)
        messages.addWidget(self.progress)
        state.addLayout(messages, 1)
        state.addWidget(self.button)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        for index, (name, plot) in enumerate(self.plots.items()):
            row, column = divmod(index, COLUMNS)
            grid.addWidget(_heading(name), 3 * row, column)
            grid.addWidget(plot, 3 * row + 1, column)
            grid.addWidget(self.strips[name], 3 * row + 2, column)
            grid.setRowStretch(3 * row + 1, 1)
            grid.setColumnStretch(column, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.legend)
        layout.addLayout(state)
        layout.addWidget(self.problems)
        layout.addLayout(grid, 1)
        layout.addWidget(self.sentences)

    # -- Qt

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look()


def _examples(data: EvaluationSet) -> dict[str, NDArray[np.float32]]:
    """Return a digit at the severities of each corruption."""
    frames = data.frames(sample_indices(data, 1))
    return {
        name: np.concatenate([corrupt_frames(frames, name, amount) for amount in corruption_amounts(corruption)])
        for name, corruption in CORRUPTIONS.items()
    }


def _heading(name: str) -> QLabel:
    corruption = CORRUPTIONS[name]
    direction = "either way" if name in BIDIRECTIONAL else ""
    label = heading(", ".join(filter(None, (corruption.title, corruption.unit.strip(), direction))), f"{name}_heading")
    label.setToolTip(tool_tip(corruption.meaning))
    return label


def _plot(name: str) -> IntervalPlot:
    corruption = CORRUPTIONS[name]
    amounts = corruption_amounts(corruption)
    name = f"Accuracy against {corruption.title.lower()}"
    plot = IntervalPlot(MIN_LINES, name, x_name=corruption.title, x_unit=corruption.unit)
    # The unit is in the heading: with it, most numbers would lack the room.
    ticks = {float(index): f"{amount:g}" for index, amount in enumerate(amounts)}
    plot.set_axes((-0.3, len(amounts) - 0.7), ticks, (0, 100))
    return plot


def _line(marker: RunMarker, curve: RobustnessCurve) -> Line:
    x = np.arange(len(curve.amounts), dtype=np.float64)
    low, high = (100 * np.array([getattr(interval, end) for interval in curve.intervals]) for end in ("low", "high"))
    return Line(marker, x, 100 * np.array(curve.accuracies), low, high)
