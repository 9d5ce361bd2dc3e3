"""The page "Robustness": how accuracy falls as digits are made worse, computed when the page is first looked at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QDeadlineTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from mnist_gui.analysis.comparison import TOGETHER, run_titles
from mnist_gui.analysis.robustness import BIDIRECTIONAL, RobustnessCurve, RobustnessStep, corruption_amounts, robustness
from mnist_gui.digits.corruptions import CORRUPTIONS
from mnist_gui.gui.background import FOREVER, LatestTask, lower_thread_priority
from mnist_gui.gui.compare.comparison_job import ComparisonResult
from mnist_gui.gui.compare.interval_plot import IntervalPlot, Line
from mnist_gui.gui.compare.run_marker import RunLegend, RunMarker
from mnist_gui.gui.widgets.form_controls import heading, muted, push_button

COLUMNS = 3
CANCELLED = "Cancelled. What was computed is kept."
SHORT = ("°", "×")  # units that have room beside each number
LEAST_LINES = 7  # of text: how low a plot may become
ABOUT = (
    "Accuracy in percent, with 95 % intervals. At the left of each plot the digits as they are, then made worse in "
    "five steps: those of MNIST-C (Mu and Gilmer 2019) where it has them. Measured on {count:,} of the digits."
)


class RobustnessPage(QWidget):
    """Begins to compute when it is shown, and goes on while another page is looked at, until it is cancelled.

    Parameters
    ----------
    cache
        Folder of what is kept.
    """

    def __init__(self, cache: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cache = cache
        self._result: ComparisonResult | None = None
        self._computed_for: tuple[object, ...] | None = None
        self._task = LatestTask(self)
        self._task.progressed.connect(self._take)
        self._task.finished_with.connect(self._finish)
        self._task.failed.connect(self._fail)
        self._task.ended.connect(self._show_end)
        self._end = ""  # what is said once the thread is over
        self.legend = RunLegend()
        self.about = muted(name="robustness_about")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 1000)
        self.progress.setAccessibleName("Progress of the robustness test")
        self.status = muted(name="robustness_status")
        self.button = push_button("Cancel", "robustness_cancel")
        self.button.clicked.connect(self._press)
        self.problems = muted(name="robustness_problems")
        self.problems.hide()
        self.plots = {name: _plot(name) for name in CORRUPTIONS}
        self._lay_out()

    def set_result(self, result: ComparisonResult) -> None:
        """Take other runs or digits; what is shown of the old ones goes."""
        before, self._result = self._result, result
        if before is None or before.identity != result.identity:
            self.shut_down()
            self._computed_for = None
            self.problems.hide()
            self.legend.set_markers(result.markers)
            for plot in self.plots.values():
                plot.set_lines([])
            self._show_state("")
            if self.isVisible():
                self._start()

    @property
    def is_busy(self) -> bool:
        """Whether it computes."""
        return self._task.is_running

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Cancel the computation and wait for the thread; return whether it ended in time."""
        return self._task.shut_down(deadline)

    # -- computing

    def _start(self) -> None:
        result = self._result
        if result is None or self.is_busy or self._computed_for == result.identity:
            return
        runs = [each.run for each in result.comparison.runs if each.run is not None]
        cache = self._cache

        def task(progress: Callable[[Any], bool]) -> bool:
            lower_thread_priority()
            went_on = [True]

            def go_on(part: float) -> bool:
                went_on[0] = progress(part)
                return went_on[0]

            for step in robustness(runs, result.comparison.data, cache, progress=go_on):
                went_on[0] = progress(step)
                if not went_on[0]:
                    break
            return went_on[0]

        self._end = ""
        self.progress.setValue(0)
        self._task.start(task)
        self._show_state("Making digits worse, and asking the runs…")

    def _press(self) -> None:
        if self.is_busy:
            self.shut_down()
            self._show_state(CANCELLED)
        else:
            self._start()

    def _take(self, value: float | RobustnessStep) -> None:
        if isinstance(value, RobustnessStep):
            if value.curves:
                self._show_curves(value.curves)
            if value.problems:
                self.problems.setText(" ".join(value.problems))
                self.problems.show()
            value = value.fraction
        self.progress.setValue(round(1000 * value))
        name = list(CORRUPTIONS.values())[min(int(value * len(CORRUPTIONS)), len(CORRUPTIONS) - 1)].title
        self._show_state(f"Asking the runs about digits made worse: {name.lower()}, {100 * value:.0f} % of all done.")

    def _finish(self, whole: bool) -> None:
        if whole and self._result is not None:
            self._computed_for = self._result.identity
        self._end = "" if whole else CANCELLED

    def _fail(self, sentence: str) -> None:
        self._end = f"This could not be computed: {sentence}"

    def _show_end(self) -> None:
        self._show_state(self._end)

    # -- what is shown

    def _show_state(self, sentence: str) -> None:
        runs = self.is_busy
        self.status.setText(sentence)
        self.status.setVisible(bool(sentence))
        self.progress.setVisible(runs)
        self.button.setText("Cancel" if runs else "Go on")
        self.button.setVisible(runs or bool(sentence))
        self.about.setVisible(not (runs or sentence))

    def _show_curves(self, curves: tuple[RobustnessCurve, ...]) -> None:
        assert self._result is not None
        runs = [each.run for each in self._result.comparison.runs if each.run is not None]
        # Titled anew: of two runs of one name the other may have been left out.
        markers = dict(zip([*run_titles(runs), TOGETHER], self._result.markers, strict=False))
        lines = [_line(markers[curve.title], curve) for curve in curves if curve.title in markers]
        if lines:
            self.plots[curves[0].corruption].set_lines(lines)
            self.about.setText(ABOUT.format(count=curves[0].count))

    def _lay_out(self) -> None:
        state = QHBoxLayout()
        state.setSpacing(12)
        told = QVBoxLayout()
        told.setSpacing(4)
        told.addWidget(self.about)
        told.addWidget(self.status)
        told.addWidget(self.progress)
        state.addLayout(told, 1)
        state.addWidget(self.button)
        grid = QGridLayout()
        grid.setSpacing(8)
        for place, (name, plot) in enumerate(self.plots.items()):
            row, column = divmod(place, COLUMNS)
            grid.addWidget(_heading(name), 2 * row, column)
            grid.addWidget(plot, 2 * row + 1, column)
            grid.setRowStretch(2 * row + 1, 1)
            grid.setColumnStretch(column, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.legend)
        layout.addLayout(state)
        layout.addWidget(self.problems)
        layout.addLayout(grid, 1)

    # -- Qt

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to compute, where that has not been done."""
        super().showEvent(event)
        self._start()


def _heading(name: str) -> QLabel:
    corruption = CORRUPTIONS[name]
    about = [
        corruption.unit.strip() if corruption.unit not in SHORT else "",
        "either way" if name in BIDIRECTIONAL else "",
    ]
    label = heading(", ".join([corruption.title, *filter(None, about)]), f"{name}_heading")
    label.setToolTip(corruption.meaning)
    return label


def _plot(name: str) -> IntervalPlot:
    corruption = CORRUPTIONS[name]
    amounts = corruption_amounts(corruption)
    plot = IntervalPlot(LEAST_LINES, f"Accuracy against {corruption.title.lower()}", x_name=corruption.title)
    unit = corruption.unit if corruption.unit in SHORT else ""
    ticks = {float(place): f"{amount:g}{unit}" for place, amount in enumerate(amounts)}
    plot.set_axes((-0.3, len(amounts) - 0.7), ticks, (0, 100))
    return plot


def _line(marker: RunMarker, curve: RobustnessCurve) -> Line:
    x = np.arange(len(curve.amounts), dtype=np.float64)
    low, high = (100 * np.array([getattr(one, end) for one in curve.intervals]) for end in ("low", "high"))
    return Line(marker, x, 100 * np.array(curve.accuracies), low, high)
