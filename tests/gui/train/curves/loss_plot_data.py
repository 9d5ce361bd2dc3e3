"""Epochs of made-up runs for the plot of the losses."""

from PySide6.QtCore import Qt

from mnist_gui.gui.train.curves.loss_plot import LossPlot
from mnist_gui.gui.widgets.plot_view import PlotView
from mnist_gui.runs.run import EpochMetrics


def figures(epoch: int) -> EpochMetrics:
    return EpochMetrics(epoch, 1.0 / epoch, 0.9, 0.8 / epoch, 0.95, 10.0)


def history(count: int, scale: float = 1.0) -> list[EpochMetrics]:
    return [EpochMetrics(epoch, scale / epoch, 0.9, 0.8 * scale / epoch, 0.95, 10.0) for epoch in range(1, count + 1)]


def fall(plot: LossPlot, run: str, epochs: int) -> None:
    """Train a run of 12 epochs: its first steps lose 2.3, all others 0.1 or less."""
    plot.begin(run, 1, 12, "held out", 400)
    for epoch in range(1, epochs + 1):
        for batch in range(1, 401):
            plot.add_batch(run, epoch, batch, 2.3 if epoch == 1 and batch < 90 else 0.1)
        if epoch == 1:
            plot.redraw()
            assert highest(plot) > 2.3  # until then it is all that there is to see
        plot.add_epoch(run, EpochMetrics(epoch, 0.1 / epoch, 0.9, 0.08 / epoch, 0.95, 10.0))
        plot.redraw()


def loss_view(plot: LossPlot) -> PlotView:
    return next(view for view in plot.findChildren(PlotView) if view.focusPolicy() != Qt.FocusPolicy.NoFocus)


def highest(plot: LossPlot) -> float:
    return loss_view(plot).viewRange()[1][1]
