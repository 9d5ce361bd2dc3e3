"""A shown plot of the losses."""

import pytest

from mnist_gui.gui.train.curves.loss_plot import LossPlot


@pytest.fixture
def plot(qtbot) -> LossPlot:
    plot = LossPlot()
    qtbot.addWidget(plot)
    plot.resize(700, 420)
    plot.show()
    qtbot.waitExposed(plot)
    return plot
