"""The curves: every run stays, long ones stay short, and nothing is drawn without need."""

import math
from itertools import pairwise

import pytest
from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel

from mnist_gui.gui import theme
from mnist_gui.gui.compare.comparison_job import run_markers
from mnist_gui.gui.train.curves import loss_plot
from mnist_gui.gui.train.curves.loss_plot import AWAITED, EMPTY, LossPlot
from mnist_gui.gui.train.curves.plot_cursor import PlotCard
from mnist_gui.gui.train.curves.run_curves import MAX_POINTS, RING
from mnist_gui.gui.widgets import curve_layer
from mnist_gui.gui.widgets.curve_layer import Curve
from mnist_gui.gui.widgets.plot_view import PlotView
from mnist_gui.runs.run import EpochMetrics
from tests.comparison_data import compared_run
from tests.gui.train.curves.loss_plot_data import fall, figures, highest, history, loss_view

pytestmark = pytest.mark.slow


def drawn_by(plot: LossPlot) -> list[Curve]:
    """Return what is drawn in both plots, without what is only pointed out."""
    return [curve for view in plot.findChildren(PlotView) for curve in (*view.rest.curves, *view.moving.curves)]


def curves(plot: LossPlot) -> list[list[tuple[float, float]]]:
    """Return what is drawn as lines, in both plots."""
    drawn = [curve for curve in drawn_by(plot) if curve.width]
    return [list(zip(curve.x.tolist(), curve.y.tolist(), strict=True)) for curve in drawn]


def rings(plot: LossPlot) -> list[tuple[float, float]]:
    """Return where best epochs are marked."""
    drawn = [curve for curve in drawn_by(plot) if curve.size == RING]
    return [(curve.x.item(), curve.y.item()) for curve in drawn]


def dotted(plot: LossPlot) -> int:
    return sum(curve.style == Qt.PenStyle.DotLine for curve in drawn_by(plot))


def accuracy_view(plot: LossPlot) -> PlotView:
    return next(view for view in plot.findChildren(PlotView) if view is not loss_view(plot))


def card(plot: LossPlot) -> PlotCard:
    found = plot.findChild(PlotCard)
    assert found is not None
    return found


def point_at(plot: LossPlot, qtbot, epoch: float, value: float) -> None:
    view = loss_view(plot)
    place = view.mapFromScene(view.getViewBox().mapViewToScene(QPointF(epoch, value)))
    qtbot.mouseMove(view.viewport(), place)


def check(plot: LossPlot, name: str) -> None:
    box = plot.findChild(QCheckBox, name)
    assert box is not None and box.isVisible()
    box.click()


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


def test_batches_and_epochs_become_curves_at_the_timer_s_next_tick(plot, qtbot, monkeypatch):
    monkeypatch.setattr(loss_plot, "REDRAW_MS", 5)
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
    plot.redraw()
    assert len(curves(plot)) == 4
    plot.remove("unknown")
    assert "Model&nbsp;2" in text(plot, "plot_key").text()
    assert "Model&nbsp;1" not in text(plot, "plot_key").text()


def test_validation_is_called_what_it_is(plot):
    plot.begin("a", 1, 3, "held out", 4)
    assert "validation\u00a0loss" in text(plot, "plot_key").text()
    plot.begin("b", 1, 12, "test", 4)
    assert "test\u00a0loss" in text(plot, "plot_key").text()


@pytest.mark.parametrize(
    ("losses", "words"),
    [
        ([], ""),
        ([(0.5, 0.4)], "because dropout is on"),
        ([(0.1, 0.4)], "know its training frames by heart"),
        ([(2.35, 2.3)], "lies above"),  # the first epoch of a slow recipe
        ([(40_000.0, 5.0)], "diverges"),
        ([(0.3, 1e9)], "diverges"),
        ([(math.nan, math.nan)], "diverges"),
        ([(0.5, 0.4), (0.3, 0.2)], "lies above"),
        ([(0.5, 0.4), (0.1, 0.4)], ""),  # not the same for both
    ],
)
def test_the_note_explains_what_the_curves_show(plot, losses, words):
    plot.begin("a", 1, 3, "held out", 4)
    for run, (loss, val_loss) in zip("ab", losses, strict=False):
        plot.begin(run, 1, 3, "held out", 4)
        plot.add_epoch(run, EpochMetrics(1, loss, 0.9, val_loss, 0.9, 1.0))
    plot.redraw()
    note = text(plot, "plot_note").text()
    assert words in note and bool(words) == bool(note)


def test_a_run_of_the_past_is_shown_and_named(plot):
    plot.show_history("model-2-old", 2, [figures(epoch) for epoch in (1, 2, 3)], "test")
    plot.redraw()
    assert len(curves(plot)) == 4
    assert "model-2-old" in text(plot, "plot_note").text()
    assert "epoch 3" in plot.accessibleDescription()


def test_the_loss_can_be_shown_on_a_log_scale(plot):
    plot.begin("a", 1, 1, "held out", 2)
    for batch, loss in ((1, 1.0), (2, 0.01)):
        plot.add_batch("a", 1, batch, loss)
    check(plot, "log_scale")
    low, high = loss_view(plot).viewRange()[1]
    assert -2.2 < low < -2 and 0 < high < 0.2
    check(plot, "log_scale")
    low, high = loss_view(plot).viewRange()[1]
    assert -0.1 < low < 0.01 and 1 < high < 1.1


def test_both_plots_show_the_same_epochs_in_any_room_and_on_any_scale(plot):
    plot.show_history("a", 1, history(12), "test")
    plot.redraw()
    for width, height, log in ((700, 240, False), (868, 600, True), (868, 240, False), (1200, 900, False)):
        plot.resize(width, height)
        if plot.findChild(QCheckBox, "log_scale").isChecked() != log:
            check(plot, "log_scale")
        plot.grab()
        ranges = [view.viewRange()[0] for view in plot.findChildren(PlotView)]
        assert ranges == [pytest.approx([-0.24, 12.24])] * 2


def ticks_of(view: PlotView) -> list[float]:
    """Return where the numbers on the left stand, in pixels from the bottom."""
    low, high = view.viewRange()[1]
    height = view.getViewBox().height()
    return sorted(
        (value - low) / (high - low) * height
        for _, values in view.getAxis("left").tickValues(low, high, height)
        for value in values
    )


def texts_of(view: PlotView) -> list[str]:
    """Return the numbers that are written on the left."""
    image = QImage(view.size(), QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        _, _, texts = view.getAxis("left").generateDrawSpecs(painter)
    return [text for _, _, text in texts]


@pytest.mark.parametrize("scale", theme.TEXT_SCALES)
@pytest.mark.parametrize("least", [88.4, 97.1, 99.02])
def test_numbers_on_the_left_are_two_at_least_and_stand_apart(plot, least, scale):
    theme.apply(QApplication.instance(), "light", scale)
    plot.show_history("a", 1, [EpochMetrics(1, 0.4, least / 100, 0.2, 0.995, 1.0)], "test")
    for height in (200, 240, 420, 900):
        plot.resize(700, height)
        plot.redraw()
        plot.grab()
        for view in plot.findChildren(PlotView):
            ticks = ticks_of(view)
            apart = [above - below for below, above in pairwise(ticks)]
            assert len(ticks) >= 2
            assert len(ticks) == 2 or min(apart) > view.fontMetrics().height()
    theme.apply(QApplication.instance(), "light")


@pytest.mark.parametrize("height", [200, 240, 420, 900])
@pytest.mark.parametrize(("low", "high"), [(0.31, 0.38), (0.04, 1.0), (0.009, 2.3), (0.002, 4e5), (0.01, 1e30)])
def test_numbers_of_a_log_scale_are_two_at_least_and_stand_apart(plot, height, low, high):
    plot.show_history("a", 1, [EpochMetrics(1, high, 0.9, low, 0.9, 1.0)], "test")
    check(plot, "log_scale")
    plot.resize(700, height)
    plot.redraw()
    plot.grab()
    view = loss_view(plot)
    ticks = ticks_of(view)
    assert len(ticks) >= 2 and ticks[0] >= 0 and ticks[-1] <= view.getViewBox().height()
    assert len(ticks) == 2 or min(above - below for below, above in pairwise(ticks)) > view.fontMetrics().height()
    texts = texts_of(view)
    assert len(texts) >= 2 and len(set(texts)) == len(texts)


@pytest.mark.parametrize("highest", [40_000.0, 2.5e5, 3e7, 1.234567e12])
def test_large_losses_have_room_for_their_numbers_at_once(plot, highest):
    plot.show_history("a", 1, [EpochMetrics(1, highest, 0.1, 1.0, 0.1, 1.0)], "test")
    plot.redraw()
    plot.grab()
    view = loss_view(plot)
    assert len(texts_of(view)) == len(ticks_of(view)) >= 3
    widths = {each.getAxis("left").width() for each in plot.findChildren(PlotView)}
    assert len(widths) == 1, "the epochs of both plots stand one above the other"


def test_the_plot_follows_the_theme(plot, qapp):
    plot.begin("a", 3, 3, "held out", 4)
    for choice, colors in (("dark", theme.DARK), ("light", theme.LIGHT)):
        theme.apply(qapp, choice)
        assert plot.grab().toImage().pixelColor(350, 110).name() == colors.surface
        assert colors.marks[2].lower() in text(plot, "plot_key").text()


def test_the_notebook_lies_behind_without_stretching_the_epochs(plot):
    plot.set_notebook({1: history(12), 2: history(12)})
    plot.redraw()
    assert dotted(plot) == 0 and text(plot, "plot_empty").isVisible()  # nothing to be compared with yet
    plot.begin("a", 1, 3, "held out", 4)
    plot.add_epoch("a", figures(1))
    plot.redraw()
    assert dotted(plot) == 4
    assert "the\u00a0notebook" in text(plot, "plot_key").text()
    assert 3 <= loss_view(plot).viewRange()[0][1] < 3.5
    check(plot, "show_notebook")
    plot.redraw()
    assert dotted(plot) == 0 and "notebook" not in text(plot, "plot_key").text()


def test_the_notebook_s_training_curve_does_not_widen_the_range(plot):
    plot.show_history("a", 1, history(12, 0.02), "test")
    plot.set_notebook({1: [EpochMetrics(1, 50.0, 0.1, 0.02, 0.99, 1.0)]})
    plot.redraw()
    assert highest(plot) < 0.03


def test_runs_of_the_past_are_overlaid_and_stay_when_one_begins(plot):
    for run in range(100):
        plot.show_history(f"run {run}", 1 + run % 3, history(9), "held out")
    plot.begin("new", 1, 3, "held out", 4)
    plot.add_epoch("new", figures(1))
    plot.redraw()
    assert len(curves(plot)) == 4 * 101
    assert 9 <= loss_view(plot).viewRange()[0][1] < 10
    assert len(text(plot, "plot_key").text()) < 500
    assert "and 98 more" in plot.accessibleDescription()
    plot.remove("run 7")
    plot.redraw()
    assert len(curves(plot)) == 4 * 100


def test_the_best_epoch_is_marked_but_never_by_the_test_set(plot):
    falls_and_rises = [EpochMetrics(e, 0.5, 0.9, 0.1 + abs(e - 3) / 10, 0.95, 1.0) for e in (1, 2, 3, 4, 5)]
    plot.show_history("tested", 1, falls_and_rises, "test")
    plot.redraw()
    assert rings(plot) == [] and "best" not in text(plot, "plot_key").text()
    plot.begin("a", 1, 5, "held out", 4)
    for place, one in enumerate(falls_and_rises):
        plot.add_epoch("a", one)
        plot.redraw()
        assert rings(plot) == (
            [] if place == 0 else [(min(one.epoch, 3), pytest.approx(0.1 + abs(min(one.epoch, 3) - 3) / 10))]
        )
    assert "best\u00a0epoch" in text(plot, "plot_key").text()


def test_pointing_tells_the_figures_of_the_nearest_run(plot, qtbot):
    plot.set_notebook({1: history(12, 0.5)})
    plot.show_history("low", 1, history(5, 0.1), "held out")
    plot.show_history("My <high> one", 2, history(5, 1.0), "test")
    plot.redraw()
    point_at(plot, qtbot, 2.2, 0.45)
    shown = card(plot)
    assert shown.isVisible() and "Epoch&nbsp;2" in shown.text
    assert shown.text.index("My &lt;high&gt; one") < shown.text.index("low")
    assert "0.5000" in shown.text and "0.4000" in shown.text and "95.00" in shown.text
    point_at(plot, qtbot, 2.2, 0.0)
    assert shown.text.index("low") < shown.text.index("My &lt;high&gt; one")
    assert "The notebook, model&nbsp;1" in shown.text
    raised = loss_view(plot).raised.curves
    assert raised and raised[0].y.tolist() == [figures.loss for figures in history(5, 0.1)]
    plot.clear()
    assert not shown.isVisible() and not loss_view(plot).raised.curves


@pytest.mark.parametrize("epoch", [1, 3, 5])
@pytest.mark.parametrize("size", [(400, 640), (900, 500)])
def test_the_card_is_never_clipped(plot, qtbot, epoch, size):
    plot.resize(*size)
    for run in range(6):
        plot.show_history(f"a run with a rather long name, {run}", 1, history(5), "held out")
    plot.redraw()
    for value in (0.0, 1.0):
        point_at(plot, qtbot, epoch, value)
        assert card(plot).isVisible() and plot.rect().contains(card(plot).geometry())
        assert card(plot).size() == card(plot).sizeHint()
    assert "more runs" in card(plot).text


def test_the_arrow_keys_point_too(plot, qtbot):
    plot.show_history("old", 1, history(4), "test")
    plot.begin("new", 2, 9, "held out", 4)
    for one in history(5):
        plot.add_epoch("new", one)
    plot.redraw()
    view = loss_view(plot)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert "Epoch&nbsp;5" in card(plot).text and "old" not in card(plot).text  # which had ended by then
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert "Epoch 4. new, model 2: training loss 0.2500" in view.accessibleDescription()
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert "Epoch 4. old, model 1" in view.accessibleDescription()
    qtbot.keyClick(view, Qt.Key.Key_Home)
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert "Epoch 1. old" in view.accessibleDescription()
    plot.add_epoch("new", figures(6))
    plot.redraw()
    assert card(plot).isVisible()  # new figures do not take it away
    view.clearFocus()
    assert not card(plot).isVisible() and "Epoch" not in view.accessibleDescription()


def test_a_chosen_run_is_raised(plot):
    for run in ("a", "b"):
        plot.show_history(run, 1, history(3), "test")
    plot.redraw()
    plot.highlight("a")
    assert loss_view(plot).raised.curves
    plot.remove("a")
    plot.redraw()
    assert not loss_view(plot).raised.curves


def test_outliers_can_be_ignored(plot):
    plot.begin("a", 1, 12, "held out", 50)
    for batch in range(1, 51):
        plot.add_batch("a", 1, batch, 2.5 if batch == 1 else 0.02)
    plot.redraw()
    assert highest(plot) > 2.5
    check(plot, "ignore_outliers")
    assert highest(plot) < 0.1
    check(plot, "ignore_outliers")
    assert highest(plot) > 2.5


def test_the_first_batches_do_not_flatten_a_run_that_has_whole_epochs(plot):
    fall(plot, "a", 2)
    assert highest(plot) < 0.2
    assert max(y for points in curves(plot) for x, y in points if x < 0.2) == 2.3  # still drawn
    plot.begin("b", 2, 12, "held out", 400)
    plot.add_batch("b", 1, 400, 0.05)
    plot.redraw()
    assert highest(plot) < 0.2  # the first run is at rest now
    plot.add_batch("b", 2, 1, 0.9)
    plot.redraw()
    assert highest(plot) > 0.9  # a later batch is no beginning


def test_the_first_batches_of_a_run_are_seen_beside_runs_with_epochs(plot):
    plot.show_history("old", 1, history(12, 0.1), "held out")
    plot.begin("new", 2, 12, "held out", 400)
    plot.add_batch("new", 1, 1, 2.3)
    plot.redraw()
    assert highest(plot) > 2.3


def test_figures_that_are_no_numbers_leave_the_plot_as_it_was(plot):
    plot.begin("a", 1, 3, "held out", 4)
    plot.add_epoch("a", figures(1))
    plot.redraw()
    before = highest(plot)
    plot.add_batch("a", 2, 1, math.nan)
    plot.add_epoch("a", EpochMetrics(2, math.nan, 0.1, math.inf, 0.1, 1.0))
    plot.redraw()
    plot.grab()
    assert highest(plot) == before


def test_long_histories_stay_short(plot):
    plot.show_history("long", 1, history(5_000), "held out")
    plot.redraw()
    assert all(len(points) <= MAX_POINTS + 1 and points[-1][0] == 5_000 for points in curves(plot))


def test_curves_at_rest_are_painted_once(plot, monkeypatch):
    for run in range(10):
        plot.show_history(f"run {run}", 1, history(50), "held out")
    plot.begin("new", 1, 50, "held out", 4)
    plot.add_epoch("new", figures(1))
    plot.redraw()
    plot.grab()
    painted = []
    monkeypatch.setattr(curve_layer, "_paint", lambda _painter, curve, *_: painted.append(curve))
    plot.add_epoch("new", figures(2))
    plot.redraw()
    plot.grab()
    assert painted == [*loss_view(plot).moving.curves, *accuracy_view(plot).moving.curves]


@pytest.mark.parametrize("points", [10, 15])
def test_low_plots_write_their_numbers_in_any_size_of_text(plot, points):
    plot.setStyleSheet(f"* {{ font-size: {points}pt; }}")
    plot.show_history("a", 3, [EpochMetrics(1, 0.26, 0.918, 0.045, 0.99, 1.0)], "test")
    plot.resize(700, plot.minimumSizeHint().height())
    plot.redraw()
    plot.grab()
    for view in plot.findChildren(PlotView):
        assert len(texts_of(view)) == len(ticks_of(view)) >= 2


def test_small_losses_are_written_without_exponents(plot, qtbot):
    plot.show_history("a", 1, [EpochMetrics(1, 0.0004, 0.9, 0.00001234, 0.9, 1.0)], "test")
    check(plot, "log_scale")
    plot.grab()
    assert texts_of(loss_view(plot)) and not any("e" in text for text in texts_of(loss_view(plot)))
    point_at(plot, qtbot, 1, math.log10(0.0004))
    assert "0.0004<" in card(plot).text and "0.00001234<" in card(plot).text


def test_runs_of_one_model_have_the_marks_that_compare_gives_them(plot):
    marks = {}
    shared = plot._marks
    plot.marks_changed.connect(lambda chosen: marks.update(chosen))
    for name, model in (("b", 1), ("a", 1), ("other", 2), ("c", 1)):
        plot.show_history(name, model, history(4), "test")
    plot.put_in_order(["a", "b", "other", "c"])
    plot.redraw()
    compared = [compared_run(name, model, [1], [1]) for name, model in (("a", 1), ("b", 1), ("other", 2), ("c", 1))]
    assert marks == {marker.name: (marker.mark, marker.variant) for marker in run_markers(compared, shared)}
    drawn = [curve for curve in loss_view(plot).rest.curves if curve.style == Qt.PenStyle.DashLine]
    assert [curve.variant for curve in drawn] == [1, 0, 0, 2]
    ends = [curve for curve in loss_view(plot).rest.curves if not curve.width]
    assert [curve.variant for curve in ends] == [1, 0, 0, 2], "solid curves end with their run's mark"
    assert ">○●◉</span>&nbsp;Model&nbsp;1" in text(plot, "plot_key").text()
    plot.remove("a")
    assert marks["b"] == (1, 0) and marks["c"] == (1, 2), "as before"
