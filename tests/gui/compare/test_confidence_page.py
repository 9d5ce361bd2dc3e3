"""The Confidence page."""

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QScrollArea

from mnist_gui.gui.compare.confidence_page import ConfidencePage, _reliability_line
from mnist_gui.gui.compare.interval_plot import IntervalPlot
from mnist_gui.gui.widgets.run_marker import RunMarker
from mnist_gui.metrics import ReliabilityBins
from tests.comparison_data import add_run, compared, use_bar_models
from tests.gui.cut_widgets import faults


@pytest.fixture
def page(qtbot, store, tiny_dataset, tmp_path, monkeypatch):
    use_bar_models(monkeypatch)
    runs = [add_run(store, 1, name="plain")]
    hot = add_run(store, 2, name="hot")
    hot.commit(calibration={"temperature": 2.0}) if hasattr(hot.record, "calibration") else None
    runs.append(store.get("hot"))
    page = ConfidencePage()
    qtbot.addWidget(page)
    page.resize(1100, 700)
    page.set_result(compared(runs, tiny_dataset, tmp_path))
    page.show()
    return page


def test_the_diagram_shows_confidence_and_accuracy(page):
    lines = page.reliability.text_at(91.9)
    assert "plain: 93.3 % (" in lines  # 56 of 60


def test_calibrated_and_raw_confidence_can_be_compared(page):
    assert page.raw.isVisible(), "one of the runs is calibrated"
    before = page.reliability._lines[1].x
    page.raw.setChecked(True)
    assert list(page.reliability._lines[1].x) != list(before)


def test_every_digit_has_its_accuracy_with_its_interval(page):
    assert page.classes.text_at(4).splitlines()[:2] == ["Digit 4", "plain: 50.00 % (18.76 to 81.24)"]


def test_the_figures_are_in_sentences_too(page):
    assert "Expected calibration error" in page.calibration.text()
    assert "plain" in page.refusing.text()


def test_the_points_of_few_digits_are_faint_and_those_of_many_large(qtbot):
    bins = ReliabilityBins(
        np.array([3, 0, 40, 4000]), np.array([0.1, np.nan, 0.6, 0.99]), np.array([1, np.nan, 0.5, 1])
    )
    plot = IntervalPlot(12, "Reliability")
    qtbot.addWidget(plot)
    plot.set_axes((0, 100), {0.0: "0"}, (0, 100))
    plot.set_lines([_reliability_line(RunMarker("a", 1), bins)])
    marks = [curve for curve in plot.rest.curves if not curve.width]
    assert [curve.x.item() for curve in marks] == pytest.approx([10, 60, 99])
    assert marks[0].size < marks[1].size < marks[2].size
    assert marks[0].color.alphaF() < 0.5 and marks[1].color.alpha() == marks[2].color.alpha() == 255
    strong = [curve for curve in plot.rest.curves if curve.width == 2 and curve.color.alpha() == 255]
    assert [curve.x.tolist() for curve in strong] == [pytest.approx([60, 99])]
    intervals = [curve for curve in plot.rest.curves if curve.width == 1.5]
    assert intervals[0].color.alpha() < intervals[1].color.alpha()
    assert plot.text_at(10).endswith(", 3 digits") and plot.text_at(99).endswith(", 4,000 digits")


@pytest.mark.parametrize("is_calibrated", [True, False])
@pytest.mark.parametrize("width", [700, 972, 1312])
def test_the_lowest_plot_is_not_cut_where_the_page_scrolls(page, width, is_calibrated):
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(page)
    page.raw.setVisible(is_calibrated)
    area.resize(width, 400)
    area.show()
    for _ in range(3):
        QApplication.processEvents()
    assert not faults(page)
    area.takeWidget()
