"""The Confidence page: calibration, accuracy when uncertain digits are refused, and accuracy of each digit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from mnist_gui.analysis.misclassifications import ClassScores
from mnist_gui.analysis.reliability import FEW, coverage_sentence
from mnist_gui.digits.dataset import CLASSES
from mnist_gui.gui.compare.comparison_job import ComparisonResult
from mnist_gui.gui.compare.interval_plot import IntervalPlot, Line
from mnist_gui.gui.widgets.form_controls import check_box, heading, muted, paragraphs, rich_text
from mnist_gui.gui.widgets.run_marker import RunLegend, RunMarker
from mnist_gui.metrics import CoverageCurve, Interval, ReliabilityBins, wilson_interval

MIN_LINES = 12  # height of a plot in lines of text
MAX_POINTS = 250  # of a coverage curve
MIN_COVERAGE = 80  # percent at the left of the coverage plot: hardly anyone would refuse more
DIAGONAL_HELP = (
    "On the dashed line, confidence equals accuracy; below it, the answers are overconfident. The larger a mark, the "
    f"more digits it stands for; those of fewer than {FEW} are faint."
)
COVERAGE_HELP = "To the left, fewer digits are answered."
DIAGONAL = np.array([0.0, 100.0])


class ConfidencePage(QWidget):
    """Three plots, two of them with their figures in sentences."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._result: ComparisonResult | None = None
        self.legend = RunLegend()
        tip = "Confidence before it was calibrated on held-out frames"
        self.raw = check_box("As the network gives it", "raw_confidence", tip)
        policy = self.raw.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # nothing moves when it comes and goes
        self.raw.setSizePolicy(policy)
        self.raw.toggled.connect(self._show_reliability)
        self.reliability = IntervalPlot(MIN_LINES, "Right answers against confidence", x_name="Confidence about")
        self.reliability.set_axes((0, 102), {float(x): str(x) for x in range(0, 101, 20)}, (0, 100))
        self.reliability.set_references([(DIAGONAL, DIAGONAL)])
        self.calibration = rich_text("calibration")
        self.classes = IntervalPlot(MIN_LINES, "Accuracy of each digit", x_name="Digit", decimals=2, dodge=0.14)
        self.classes.set_axes((-0.6, CLASSES - 0.4), {float(digit): str(digit) for digit in range(CLASSES)})
        self.coverage = IntervalPlot(MIN_LINES, "Accuracy of the answers given", x_name="Answered, percent", decimals=2)
        self.refusing = rich_text("refusing")
        self._lay_out()

    def set_result(self, result: ComparisonResult) -> None:
        """Show a comparison."""
        self._result = result
        self.legend.set_markers(result.markers)
        self.raw.setVisible(any(reliability.is_calibrated for reliability in result.reliabilities))
        self._show_reliability()
        self.calibration.setText(paragraphs([reliability.sentence for reliability in result.reliabilities]))
        self.classes.set_lines([*map(_class_line, result.markers, result.classes)])
        least = MIN_COVERAGE if len(result.images) >= 1000 else 0
        ticks = {float(x): str(x) for x in range(least, 101, 5 if least else 20)}
        self.coverage.set_axes((least, 100.5), ticks)
        self.coverage.set_lines(
            [
                _coverage_line(marker, curve, least)
                for marker, curve in zip(result.markers, result.coverages, strict=True)
            ]
        )
        self.refusing.setText(paragraphs([coverage_sentence(run) for run in result.comparison.compared_runs]))

    def _show_reliability(self) -> None:
        if self._result is None:
            return
        is_raw = self.raw.isChecked()
        bins = [reliability.raw if is_raw else reliability.bins for reliability in self._result.reliabilities]
        self.reliability.set_lines([*map(_reliability_line, self._result.markers, bins)])

    def _lay_out(self) -> None:
        header = QHBoxLayout()
        header.addWidget(heading("How sure, and how often right (in percent)", "reliability_heading"), 1)
        header.addWidget(self.raw)
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(4)
        grid.addLayout(header, 0, 0)
        grid.addWidget(heading("Accuracy when the least sure are refused (in percent)", "coverage_heading"), 0, 1)
        columns = (self.reliability, DIAGONAL_HELP, self.calibration), (self.coverage, COVERAGE_HELP, self.refusing)
        for column, (plot, help_text, sentences) in enumerate(columns):
            grid.addWidget(plot, 1, column)
            grid.addWidget(muted(help_text), 2, column)
            grid.addWidget(sentences, 3, column)
            grid.setColumnStretch(column, 1)
        classes = heading("Accuracy of each digit, with 95 % intervals (in percent)", "classes_heading")
        classes.setWordWrap(False)  # a grid takes a wrapped text of several columns for taller than it is
        grid.addWidget(classes, 4, 0, 1, 2)
        grid.addWidget(self.classes, 5, 0, 1, 2)
        grid.setRowStretch(1, 3)
        grid.setRowStretch(5, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.legend)
        layout.addLayout(grid, 1)


def _reliability_line(marker: RunMarker, bins: ReliabilityBins) -> Line:
    filled = bins.counts > 0
    counts, accuracy = bins.counts[filled], bins.accuracy[filled]
    intervals = [wilson_interval(round(share * n), int(n)) for share, n in zip(accuracy, counts, strict=True)]
    return Line(marker, 100 * bins.confidence[filled], 100 * accuracy, *_bounds(intervals), counts=counts)


def _class_line(marker: RunMarker, classes: Sequence[ClassScores]) -> Line:
    present = [scores for scores in classes if scores.count]
    x = np.array([float(scores.digit) for scores in present])
    y = np.array([100.0 * scores.right / scores.count for scores in present])
    return Line(marker, x, y, *_bounds([scores.interval for scores in present]), joined=False)


def _coverage_line(marker: RunMarker, curve: CoverageCurve, least: float) -> Line:
    x, y = 100 * curve.coverage, 100 * curve.accuracy
    shown = np.flatnonzero(x >= least)
    positions = np.linspace(0, len(shown) - 1, min(len(shown), MAX_POINTS)).round().astype(np.intp)
    indices = shown[np.unique(positions)]
    return Line(marker, x[indices], y[indices], marks=False)


def _bounds(intervals: Sequence[Interval]) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and the upper bounds in percent."""
    low = [100 * interval.low for interval in intervals]
    return np.array(low), np.array([100 * interval.high for interval in intervals])
