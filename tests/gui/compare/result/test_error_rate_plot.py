import pytest

from mnist_gui.gui.compare.result.error_rate_plot import ErrorRate, ErrorRatePlot
from mnist_gui.gui.compare.run_marker import TOGETHER, RunMarker

RATES = (
    ErrorRate(RunMarker("Model 1 · fast", 1), 65, 51, 83),
    ErrorRate(RunMarker("Model 1 · notebook", 1, 1), 80, 64, 99),
    ErrorRate(RunMarker("Together", TOGETHER), 52, 40, 68),
)


@pytest.fixture
def dots(qtbot):
    dots = ErrorRatePlot()
    qtbot.addWidget(dots)
    dots.resize(900, dots.sizeHint().height())
    dots.set_rates(RATES)
    dots.resize(900, dots.sizeHint().height())
    dots.show()
    return dots


def test_a_screen_reader_hears_every_figure(dots):
    assert dots.accessibleName() == "Errors in 10,000"
    assert "Model 1 · fast: 65  (51 to 83)" in dots.accessibleDescription()
    assert "Together: 52  (40 to 68)" in dots.accessibleDescription()


def test_a_dot_stands_where_its_figure_is(dots):
    low, high = dots._range()
    plot = dots._plot()
    x = round(plot.left() + (65 - low) / (high - low) * plot.width())
    color = dots.grab().toImage().pixelColor(x, round(dots._line_height() / 2))
    assert color.name().upper() in ("#0072B2", "#56B4E9")


@pytest.mark.parametrize(
    "rate",
    [
        ErrorRate(RunMarker("none", 1), 0, 0, 4),
        ErrorRate(RunMarker("one digit, wrong", 2), 10_000, 2065, 10_000),
        ErrorRate(RunMarker("no width", 3), 5, 5, 5),
    ],
)
def test_extremes_can_be_shown(dots, rate):
    dots.set_rates([rate])
    assert not dots.grab().isNull()


def test_without_runs_it_takes_no_room(dots):
    dots.set_rates([])
    assert dots.sizeHint().height() == 0
    assert dots.accessibleDescription() == "nothing yet"
