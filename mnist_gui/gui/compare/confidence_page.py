"""The page "Confidence": how far it can be trusted, which digits are hard, and what refusing the unsure brings."""

from __future__ import annotations

import html

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mnist_gui.analysis.misclassifications import ClassScores
from mnist_gui.analysis.reliability import coverage_sentence
from mnist_gui.digits.dataset import CLASSES
from mnist_gui.gui.compare.comparison_job import ComparisonResult
from mnist_gui.gui.compare.interval_plot import IntervalPlot, Line
from mnist_gui.gui.compare.run_marker import RunLegend, RunMarker
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, heading, muted
from mnist_gui.metrics import CoverageCurve, ReliabilityBins, wilson_interval

LEAST_LINES = 12  # of text: how low a plot may become
MOST_POINTS = 250  # of a curve of coverage
SHOWN_COVERAGE = 80  # percent, from which on it is shown: nobody would refuse more
ON_THE_LINE = "On the dashed line confidence keeps its word; below it, the answers are surer than right."
FEWER = "To the left, fewer digits are answered."
DIAGONAL = np.array([0.0, 100.0])


class ConfidencePage(QWidget):
    """Filled with an `ComparisonResult`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._result: ComparisonResult | None = None
        self.legend = RunLegend()
        self.raw = QCheckBox("As the network gives it")
        self.raw.setObjectName("raw_confidence")
        self.raw.setMinimumHeight(TARGET_HEIGHT)
        self.raw.setToolTip("Confidence before it was calibrated on held-out frames")
        self.raw.toggled.connect(lambda _on: self._show_reliability())
        self.reliability = IntervalPlot(LEAST_LINES, "Right answers against confidence", x_name="Confidence about")
        self.reliability.set_axes((0, 100), {float(x): str(x) for x in range(0, 101, 20)}, (0, 100))
        self.reliability.set_reference(DIAGONAL, DIAGONAL)
        self.errors = _sentences("calibration")
        self.classes = IntervalPlot(LEAST_LINES, "Accuracy of each digit", x_name="Digit", decimals=2, dodge=0.14)
        self.classes.set_axes((-0.6, CLASSES - 0.4), {float(digit): str(digit) for digit in range(CLASSES)})
        self.coverage = IntervalPlot(
            LEAST_LINES, "Accuracy of the answers given", x_name="Answered, percent", decimals=2
        )
        self.refusing = _sentences("refusing")
        self._lay_out()

    def set_result(self, result: ComparisonResult) -> None:
        """Show how far the compared runs' confidence can be trusted."""
        self._result = result
        self.legend.set_markers(result.markers)
        self.raw.setVisible(any(each.is_calibrated for each in result.reliabilities))
        self._show_reliability()
        self.errors.setText(_list([each.sentence for each in result.reliabilities]))
        of_classes = zip(result.markers, result.classes, strict=True)
        self.classes.set_lines([_of_classes(marker, classes) for marker, classes in of_classes])
        least = SHOWN_COVERAGE if len(result.images) >= 1000 else 0
        ticks = {float(x): str(x) for x in range(least, 101, 5 if least else 20)}
        self.coverage.set_axes((least, 100.5), ticks)
        curves = zip(result.markers, result.coverages, strict=True)
        self.coverage.set_lines([_of_coverage(marker, curve, least) for marker, curve in curves])
        self.refusing.setText(_list([coverage_sentence(each) for each in result.comparison.compared_runs]))

    # -- inside

    def _show_reliability(self) -> None:
        if self._result is None:
            return
        raw = self.raw.isChecked()
        lines = [
            _of_bins(marker, each.raw if raw else each.bins)
            for marker, each in zip(self._result.markers, self._result.reliabilities, strict=True)
        ]
        self.reliability.set_lines(lines)

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.addWidget(heading("How sure, and how often right (in percent)", "reliability_heading"), 1)
        first.addWidget(self.raw)
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(4)
        grid.addLayout(first, 0, 0)
        grid.addWidget(heading("Accuracy when the least sure are refused (in percent)", "coverage_heading"), 0, 1)
        for column, (plot, note, words) in enumerate(
            ((self.reliability, ON_THE_LINE, self.errors), (self.coverage, FEWER, self.refusing))
        ):
            grid.addWidget(plot, 1, column)
            grid.addWidget(muted(note), 2, column)
            grid.addWidget(words, 3, column)
            grid.setColumnStretch(column, 1)
        grid.setRowStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.legend)
        layout.addLayout(grid, 3)
        layout.addWidget(heading("Accuracy of each digit, with 95 % intervals (in percent)", "classes_heading"))
        layout.addWidget(self.classes, 2)


def _of_bins(marker: RunMarker, bins: ReliabilityBins) -> Line:
    filled = bins.counts > 0
    counts, accuracy = bins.counts[filled], bins.accuracy[filled]
    intervals = [wilson_interval(round(share * n), int(n)) for share, n in zip(accuracy, counts, strict=True)]
    low, high = (100 * np.array([getattr(one, end) for one in intervals]) for end in ("low", "high"))
    return Line(marker, 100 * bins.confidence[filled], 100 * accuracy, low, high)


def _of_classes(marker: RunMarker, classes: tuple[ClassScores, ...]) -> Line:
    seen = [one for one in classes if one.count]
    x = np.array([float(one.digit) for one in seen])
    y = np.array([100.0 * one.right / one.count for one in seen])
    low, high = (100 * np.array([getattr(one.interval, end) for one in seen]) for end in ("low", "high"))
    return Line(marker, x, y, low, high, joined=False)


def _of_coverage(marker: RunMarker, curve: CoverageCurve, least: float) -> Line:
    x, y = 100 * curve.coverage, 100 * curve.accuracy
    shown = np.flatnonzero(x >= least)
    places = shown[_spread(len(shown))]
    return Line(marker, x[places], y[places], marks=False)


def _spread(count: int) -> np.ndarray:
    return np.unique(np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(np.intp))


def _sentences(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
    return label


def _list(sentences: list[str]) -> str:
    return "".join(f'<p style="margin: 0 0 4px 0">{html.escape(sentence)}</p>' for sentence in sentences)
