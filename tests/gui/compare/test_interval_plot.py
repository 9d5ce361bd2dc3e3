import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from mnist_gui.gui.compare.interval_plot import IntervalPlot, Line
from mnist_gui.gui.widgets.run_marker import RunMarker

X = np.arange(3.0)
LINES = (
    Line(
        RunMarker("one", 1), X, np.array([99.0, 95.0, 80.0]), np.array([98.0, 94.0, 78.0]), np.array([99.5, 96.0, 82.0])
    ),
    Line(RunMarker("two", 2), X, np.array([99.1, np.nan, 70.0])),
)


@pytest.fixture
def plot(qtbot):
    window = QWidget()  # closed itself, a pyqtgraph plot would fall apart
    qtbot.addWidget(window)
    plot = IntervalPlot(8, "Accuracy against rotation", x_name="Rotation")
    plot.setParent(window)
    plot.set_axes((-0.2, 2.2), {0.0: "0°", 1.0: "11.5°", 2.0: "22.9°"}, (0, 100))
    plot.resize(400, 200)
    plot.set_lines(LINES)
    window.show()
    yield plot


def test_the_figures_at_a_place_are_reported_with_their_intervals(plot):
    assert plot.text_at(0.9).splitlines() == ["Rotation 11.5°", "one: 95.0 % (94.0 to 96.0)"]
    assert plot.text_at(5).splitlines() == ["Rotation 22.9°", "one: 80.0 % (78.0 to 82.0)", "two: 70.0 %"]


def test_arrow_keys_go_from_place_to_place(plot, qtbot):
    plot.setFocus()
    messages = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_End, Qt.Key.Key_Left):
        QTest.keyClick(plot, key)
        messages.append(plot.accessibleDescription().split(";")[0])
    assert messages == [
        "Rotation 0°",
        "Rotation 11.5°",
        "Rotation 22.9°",
        "Rotation 11.5°",
    ]
    assert "one: 95.0 %" in plot.accessibleDescription()


def test_the_values_stay_while_the_pointer_rests(plot):
    centre = plot.viewport().rect().center()
    QTest.mouseMove(plot.viewport(), centre)
    shown = QToolTip.text()
    assert shown.startswith("Rotation 11.5°") and QToolTip.isVisible()
    # Qt asks for a tooltip once the pointer has rested for a moment.
    rested = QHelpEvent(QEvent.Type.ToolTip, centre, plot.viewport().mapToGlobal(centre))
    QApplication.sendEvent(plot.viewport(), rested)
    QTest.qWait(400)  # hiding would take 300 ms
    assert QToolTip.isVisible() and QToolTip.text() == shown
    plot.pointing_ended.emit()
    assert plot.line.isVisible() is False


def test_without_lines_nothing_is_shown(plot):
    plot.set_lines([])
    assert plot.text_at(1) == ""
    QTest.keyClick(plot, Qt.Key.Key_Right)
    assert plot.accessibleDescription() == "nothing yet"


def test_every_interval_is_drawn(plot):
    assert len(plot.rest.curves) == 2 + 3  # two lines, three intervals


@pytest.mark.parametrize("side", ["left", "bottom"])
def test_an_axis_without_room_has_its_least_ticks(plot, side):
    """While widgets are arranged; an error there would end the program."""
    ((_, values),) = plot.getAxis(side).tickValues(0.0, 10.0, 0.0)
    assert len(values) >= 2


def test_a_plot_as_low_as_its_axis_is_arranged(plot):
    plot.setMinimumSize(0, 0)
    plot.resize(300, round(plot.getAxis("bottom").height()))
    QApplication.processEvents()
    assert plot.height() <= plot.getAxis("bottom").height()
