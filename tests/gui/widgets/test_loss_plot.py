"""The curves: every run stays, long ones stay short, and nothing is drawn without need."""

import pyqtgraph as pg
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QCheckBox, QLabel

from mnist_gui.gui import theme
from mnist_gui.gui.widgets.loss_plot import AWAITED, EMPTY, LossPlot
from mnist_gui.gui.widgets.run_points import MOST_POINTS, Points
from mnist_gui.runs.run import EpochFigures


@pytest.fixture
def plot(qtbot) -> LossPlot:
    plot = LossPlot()
    qtbot.addWidget(plot)
    plot.resize(700, 420)
    plot.show()
    qtbot.waitExposed(plot)
    return plot


def figures(epoch: int) -> EpochFigures:
    return EpochFigures(epoch, 1.0 / epoch, 0.9, 0.8 / epoch, 0.95, 10.0)


def curves(plot: LossPlot) -> list[list[tuple[float, float]]]:
    """Return what is drawn, in both plots, without empty curves."""
    found = []
    for view in plot.findChildren(pg.PlotWidget):
        for item in view.getPlotItem().listDataItems():
            x, y = item.getData()
            if x is not None and len(x):
                found.append(list(zip(x.tolist(), y.tolist(), strict=True)))
    return found


def text(plot: LossPlot, name: str) -> QLabel:
    label = plot.findChild(QLabel, name)
    assert label is not None
    return label


def test_it_says_what_to_do_until_there_is_something_to_see(plot):
    assert text(plot, "plot_empty").isVisible() and text(plot, "plot_empty").text() == EMPTY
    plot.set_training(True)
    plot.begin("a", 1, 3, "held out", 4)
    assert text(plot, "plot_empty").isVisible() and text(plot, "plot_empty").text() == AWAITED
    plot.add_batch("a", 1, 1, 2.0)
    plot.redraw()
    assert not text(plot, "plot_empty").isVisible()
    plot.clear()
    plot.set_training(False)
    assert text(plot, "plot_empty").isVisible() and text(plot, "plot_empty").text() == EMPTY


def test_batches_and_epochs_become_curves_within_a_tenth_of_a_second(plot, qtbot):
    plot.begin("a", 1, 3, "held out", 4)
    for batch in range(1, 5):
        plot.add_batch("a", 1, batch, 2.0 - batch / 4)
    plot.add_epoch("a", figures(1))
    assert curves(plot) == []  # not before the timer's tick
    qtbot.waitUntil(lambda: len(curves(plot)) == 5, timeout=1000)
    drawn = curves(plot)
    assert [(0.25, 1.75), (0.5, 1.5), (0.75, 1.25), (1.0, 1.0)] in drawn
    for point in ((1.0, 1.0), (1.0, 0.8), (1.0, 90.0), (1.0, 95.0)):
        assert [point] in drawn
    assert not any(timer.isActive() for timer in plot.findChildren(QTimer))


def test_runs_stay_together_and_one_can_be_taken_away(plot):
    for model in (1, 2):
        plot.begin(f"run {model}", model, 2, "held out", 4)
        plot.add_epoch(f"run {model}", figures(1))
    plot.redraw()
    assert len(curves(plot)) == 8
    plot.remove("run 1")
    assert len(curves(plot)) == 4
    plot.remove("unknown")
    assert "Model&nbsp;2" in text(plot, "plot_key").text()
    assert "Model&nbsp;1" not in text(plot, "plot_key").text()


def test_validation_is_called_what_it_is(plot):
    plot.begin("a", 1, 3, "held out", 4)
    assert "validation\u00a0loss" in text(plot, "plot_key").text()
    plot.begin("b", 1, 12, "test", 4)
    assert "test\u00a0loss" in text(plot, "plot_key").text()
    assert "dropout is on" in text(plot, "plot_note").text()


def test_a_run_of_the_past_is_shown_and_named(plot):
    plot.show_history("model-2-old", 2, [figures(epoch) for epoch in (1, 2, 3)], "test")
    assert len(curves(plot)) == 4
    assert "model-2-old" in text(plot, "plot_note").text()
    assert "epoch 3" in plot.accessibleDescription()


def test_the_loss_can_be_shown_on_a_log_scale(plot):
    plot.begin("a", 1, 1, "held out", 1)
    plot.add_batch("a", 1, 1, 0.01)
    plot.redraw()
    box = plot.findChild(QCheckBox, "log_scale")
    box.click()
    assert [(1.0, -2.0)] in curves(plot)


def test_long_curves_stay_short_and_keep_their_span():
    points = Points()
    for place in range(50_000):
        points.add(place, -place)
    assert MOST_POINTS / 2 <= len(points.x) <= MOST_POINTS
    assert points.x[0] == 0 and points.x[-1] > 49_000
    gaps = {later - earlier for earlier, later in zip(points.x, points.x[1:], strict=False)}
    assert len(gaps) == 1


def test_the_plot_follows_the_theme(plot, qapp):
    plot.begin("a", 3, 3, "held out", 4)
    for choice, colors in (("dark", theme.DARK), ("light", theme.LIGHT)):
        theme.apply(qapp, choice)
        assert plot.grab().toImage().pixelColor(350, 60).name() == colors.surface
        assert colors.models[2] in text(plot, "plot_key").text()
