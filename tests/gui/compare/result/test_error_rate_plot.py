import pytest

from mnist_gui.gui.compare.result.error_rate_plot import ErrorRate, ErrorRatePlot
from mnist_gui.gui.widgets.run_marker import TOGETHER, RunMarker

RATES = (
    ErrorRate(RunMarker("Model 1 · fast", 1), 65, 51, 83),
    ErrorRate(RunMarker("Model 1 · notebook", 1, 1), 80, 64, 99),
    ErrorRate(RunMarker("Together", TOGETHER), 52, 40, 68),
)


@pytest.fixture
def plot(qtbot):
    plot = ErrorRatePlot()
    qtbot.addWidget(plot)
    plot.resize(900, plot.sizeHint().height())
    plot.set_rates(RATES)
    plot.resize(900, plot.sizeHint().height())
    plot.show()
    return plot


def test_a_screen_reader_hears_every_figure(plot):
    assert plot.accessibleName() == "Errors in 10,000"
    assert "Model 1 · fast: 65  (51 to 83)" in plot.accessibleDescription()
    assert "Together: 52  (40 to 68)" in plot.accessibleDescription()


def test_few_digits_are_shown_in_percent(plot):
    plot.set_rates([ErrorRate(RunMarker("A", 1), 0, 0, 11.35, in_percent=True)])
    assert plot.accessibleName() == "Errors in percent"
    assert plot.accessibleDescription() == "A: 0.0 %  (0.0 to 11.3 %)"


def test_a_point_stands_where_its_figure_is(plot):
    low, high = plot._range()
    area = plot._plot_area()
    x = round(area.left() + (65 - low) / (high - low) * area.width())
    color = plot.grab().toImage().pixelColor(x, round(plot._line_height() / 2))
    assert color.name().upper() in ("#0072B2", "#56B4E9")


@pytest.mark.parametrize(
    "rate",
    [
        ErrorRate(RunMarker("none", 1), 0, 0, 4),
        ErrorRate(RunMarker("one digit, wrong", 2), 10_000, 2065, 10_000),
        ErrorRate(RunMarker("no width", 3), 5, 5, 5),
    ],
)
def test_extremes_can_be_shown(plot, rate):
    plot.set_rates([rate])
    assert not plot.grab().isNull()


def test_without_runs_it_takes_no_room(plot):
    plot.set_rates([])
    assert plot.sizeHint().height() == 0
    assert plot.accessibleDescription() == "nothing yet"
