"""The Stress panel: choices, signals and plot."""

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from mnist_gui.digits.corruptions import CORRUPTIONS
from mnist_gui.gui import theme
from mnist_gui.gui.draw.frame_view import FrameView
from mnist_gui.gui.draw.panels.stress_panel import OFFERED, SeveritySlider, StressPanel
from mnist_gui.gui.draw.panels.stress_plot import changes
from mnist_gui.gui.theme import DARK, LIGHT, MARKERS, colors_of

FRAME = np.full((28, 28), 0.5, np.float32)


@pytest.fixture
def panel(qtbot):
    panel = StressPanel()
    qtbot.addWidget(panel)
    panel.resize(700, 160)
    panel.show()
    return panel


def button(panel, name):
    return panel.findChild(QPushButton, f"stress_{name}")


def slider(panel):
    return panel.findChild(SeveritySlider)


def text_of(panel, name):
    return panel.findChild(QLabel, f"stress_{name}").text()


def press(panel, qtbot, name):
    qtbot.mouseClick(button(panel, name), Qt.MouseButton.LeftButton)


def changing_probabilities(amounts, digit, below, above, *, low, high):
    """Return (K, 10) probabilities: 0.9995 for the digit from low to high, and for others outside."""
    rows = np.full((len(amounts), 10), 0.0005 / 9)
    predicted = np.where(amounts < low, below, np.where(amounts > high, above, digit))
    rows[np.arange(len(amounts)), predicted] = 0.9995
    return rows


@pytest.fixture
def rotated(panel, qtbot):
    """Return the panel with three curves: model 2 changes its prediction on both sides, model 3 above."""
    press(panel, qtbot, "rotation")
    amounts = np.linspace(-90, 90, 61)
    panel.set_curves(
        amounts,
        {
            1: changing_probabilities(amounts, 7, 0, 0, low=-90, high=90),
            2: changing_probabilities(amounts, 7, 2, 1, low=-40, high=30),
            3: changing_probabilities(amounts, 7, 0, 4, low=-90, high=60),
        },
        7,
    )
    return panel


def test_it_begins_with_the_first_property_unaltered(panel):
    assert panel.corruption == "shift" and panel.amount == 0
    assert button(panel, "shift").isChecked()
    assert text_of(panel, "amount") == "0.0 px" and not button(panel, "reset").isEnabled()


@pytest.mark.parametrize("name", OFFERED[1:])
def test_a_property_chosen_is_reported_and_starts_at_neutral_exactly(panel, qtbot, name):
    slider(panel).setValue(3)
    with qtbot.waitSignal(panel.corruption_changed) as emitted, qtbot.assertNotEmitted(panel.amount_changed):
        press(panel, qtbot, name)
    assert emitted.args == [name] and panel.corruption == name
    assert panel.amount == CORRUPTIONS[name].neutral
    with qtbot.assertNotEmitted(panel.corruption_changed):
        press(panel, qtbot, name)


@pytest.mark.parametrize("name", OFFERED)
def test_keys_move_the_slider_through_the_whole_range(panel, qtbot, name):
    corruption = CORRUPTIONS[name]
    press(panel, qtbot, name)
    emitted = []
    panel.amount_changed.connect(emitted.append)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_End, Qt.Key.Key_Home):
        qtbot.keyClick(slider(panel), key)
    assert emitted == pytest.approx(
        [corruption.neutral + corruption.step, corruption.high, corruption.low][-len(emitted) :]
    )
    assert all(corruption.low <= amount <= corruption.high for amount in emitted)
    assert text_of(panel, "amount") == corruption.format_amount(panel.amount)


def test_properties_are_chosen_by_keys_too(panel, qtbot):
    button(panel, "shift").setFocus()
    with qtbot.waitSignal(panel.corruption_changed):
        qtbot.keyClick(button(panel, "shift"), Qt.Key.Key_Right)
    assert panel.corruption == "rotation"


@pytest.mark.parametrize("way", ["button", "double click"])
def test_one_gets_back_to_neutral(panel, qtbot, way):
    press(panel, qtbot, "scale")
    qtbot.keyClick(slider(panel), Qt.Key.Key_Home)
    assert panel.amount == 0.4
    with qtbot.waitSignal(panel.amount_changed) as emitted:
        if way == "button":
            press(panel, qtbot, "reset")
        else:
            qtbot.mouseDClick(slider(panel), Qt.MouseButton.LeftButton, pos=slider(panel).rect().center())
    assert emitted.args == [1] and panel.amount == 1
    assert slider(panel).hasFocus(), "not lost with the button that no longer does anything"


def test_the_wheel_passes_by(panel, qtbot):
    place = QPointF(slider(panel).rect().center())
    wheel = QWheelEvent(
        place, slider(panel).mapToGlobal(place), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(slider(panel), wheel)
    assert panel.amount == 0


def test_the_altered_frame_is_shown_white_on_black(panel):
    panel.set_frame(FRAME)
    assert (panel.frame == FRAME).all()
    panel.set_empty("Draw a digit first.")
    assert panel.frame is None


def test_instead_of_nothing_it_says_why(panel, rotated):
    panel.set_empty("Draw a digit first.")
    assert panel.findChild(QLabel, "stress_empty").isVisible() and text_of(panel, "empty") == "Draw a digit first."
    assert not panel.plot.isVisible() and panel.plot.text_at(0) == ""
    amounts = np.linspace(-90, 90, 61)
    panel.set_curves(amounts, {1: changing_probabilities(amounts, 3, 0, 0, low=-90, high=90)}, 3)
    assert panel.plot.isVisible() and text_of(panel, "caption").startswith("Confidence in 3")


def test_lines_of_another_property_go_at_once(rotated, qtbot):
    press(rotated, qtbot, "noise")
    assert rotated.plot.text_at(0) == ""
    assert text_of(rotated, "caption").startswith("Confidence, %")


def test_each_model_has_a_line_in_its_colour_and_its_mark_where_the_slider_stands(rotated, qtbot):
    for _ in range(20):
        qtbot.keyClick(slider(rotated), Qt.Key.Key_Right)
    colors = [colors_of(rotated).mark(model) for model in (1, 2, 3)]
    lines = [curve for curve in rotated.plot.rest.curves if curve.color in colors]
    assert [line.color for line in lines] == colors
    marks = rotated.plot.raised.curves
    assert [mark.marker for mark in marks] == list(MARKERS[:3]) and all(mark.x == 20 for mark in marks)
    assert marks[0].y == pytest.approx(99.95)
    assert rotated.plot.line.value() == 20


def test_rings_stand_where_answers_change(rotated):
    rings = rotated.plot.moving.curves
    assert sorted(float(ring.x[0]) for ring in rings) == [-42, 33, 63]
    assert all(ring.variant for ring in rings)
    description = rotated.plot.accessibleDescription()
    assert "Model 1 says 7 from −90° to +90°." in description
    assert "Model 2 says 7 from −39° to +30°, 2 below and 1 above." in description
    assert "Model 3 says 7 from −90° to +60°, 4 above." in description


def test_rings_beside_each_other_share_a_digit(panel, qtbot):
    press(panel, qtbot, "rotation")
    amounts = np.linspace(-90, 90, 61)
    for last, texts in ((1, ["1", "2"]), (4, ["1", "2", "4"])):
        ends = {1: (2, 1, 33), 2: (2, 1, 36), 3: (2, last, 39)}
        curves = {
            n: changing_probabilities(amounts, 7, below, above, low=-40, high=high)
            for n, (below, above, high) in ends.items()
        }
        panel.set_curves(amounts, curves, 7)
        assert sorted(text for _, text in panel.plot._ring_texts(QFontMetricsF(panel.font()))) == texts


@pytest.mark.parametrize(("width", "is_shown"), [(514, False), (730, True)])
def test_the_frame_leaves_a_narrow_plot_its_room(panel, qtbot, width, is_shown):
    """As wide as in windows of 1024 and 1240 pixels; the frame is also seen below the canvas."""
    panel.set_frame(FRAME)
    panel.resize(width, 120)
    frame = panel.findChild(FrameView)
    qtbot.waitUntil(lambda: frame.isVisible() is is_shown and panel.plot.width() >= 220)


def test_certainty_is_never_claimed(rotated):
    text = rotated.plot.text_at(0)
    assert text.splitlines()[:2] == ["0°", "Model 1: 7 · >99.9\u00a0%"]
    assert "100\u00a0%" not in text and "100 %" not in text
    assert "Model 2: 1" in rotated.plot.text_at(89)


def test_without_a_digit_each_model_is_asked_how_sure_it_is_of_its_own_answer(panel):
    amounts = np.linspace(-8, 8, 33)
    both = {model: changing_probabilities(amounts, digit, 0, 0, low=-8, high=8) for model, digit in ((1, 4), (3, 9))}
    panel.set_curves(amounts, both, None)
    assert text_of(panel, "caption").startswith("Confidence in its own answer")
    assert [float(mark.y[0]) for mark in panel.plot.raised.curves] == pytest.approx([99.95, 99.95])


def test_pressing_and_dragging_in_the_plot_moves_the_slider(rotated, qtbot):
    plot = rotated.plot

    def place(amount):
        return plot.mapFromScene(plot.getViewBox().mapViewToScene(QPointF(amount, 50)))

    qtbot.mousePress(plot.viewport(), Qt.MouseButton.LeftButton, pos=place(45))
    assert rotated.amount == pytest.approx(45, abs=1)
    qtbot.mouseMove(plot.viewport(), place(-30))
    qtbot.mouseRelease(plot.viewport(), Qt.MouseButton.LeftButton, pos=place(-30))
    qtbot.mousePress(plot.viewport(), Qt.MouseButton.LeftButton, pos=plot.rect().topRight())
    assert rotated.amount == 90, "beyond the end it is the end"


def test_the_plot_follows_the_theme(rotated):
    for name, colors in (("dark", DARK), ("light", LIGHT)):
        theme.apply(QApplication.instance(), name)
        QApplication.processEvents()
        assert {mark.color.name() for mark in rotated.plot.raised.curves} == {
            color.lower() for color in colors.marks[:3]
        }


def test_changes_are_the_nearest_to_neutral_on_either_side():
    amounts = np.arange(-3.0, 4.0)
    rows = np.eye(10)[[5, 2, 7, 7, 7, 1, 7]]
    assert changes(amounts, rows, 0) == ((1, 2), (5, 1))
    assert changes(amounts, rows, -3) == (None, (1, 2)), "a neutral amount at the end has nothing below it"
    assert changes(amounts, np.eye(10)[[7] * 7], 0) == (None, None)


@pytest.mark.parametrize(
    ("amounts", "shape", "message"),
    [(np.array([0.0, 1.0]), (3, 10), r"place 1 have shape \(3, 10\).*\(2, 10\)"), (np.zeros(2), (2, 10), "rise")],
)
def test_arrays_that_do_not_fit_are_reported(panel, amounts, shape, message):
    with pytest.raises(ValueError, match=message):
        panel.set_curves(amounts, {1: np.zeros(shape)}, 7)


@pytest.mark.parametrize(("scale", "width", "height"), [(1.0, 600, 120), (1.0, 1400, 300), (1.5, 600, 140)])
def test_it_fits_its_drawer_and_cuts_no_words(panel, qtbot, scale, width, height):
    font = QFont(panel.font())
    font.setPointSizeF(font.pointSizeF() * scale)
    panel.setFont(font)
    panel.set_frame(FRAME)
    panel.resize(width, height)
    frame = panel.findChild(FrameView)
    qtbot.waitUntil(lambda: frame.isHidden() or frame.size() == frame.sizeHint())
    assert (panel.width(), panel.height()) == (width, height)
    rectangles = [button(panel, name).geometry() for name in OFFERED]
    assert not any(first.intersects(second) for first, second in itertools.combinations(rectangles, 2))
    place = panel.plot.mapTo(panel, QPoint())
    for name in OFFERED:
        press(panel, qtbot, name)
        assert panel.plot.mapTo(panel, QPoint()) == place, "another property moves nothing"
        room = button(panel, name).fontMetrics().horizontalAdvance(button(panel, name).text()) + 8
        assert button(panel, name).width() >= room
    assert slider(panel).width() >= 100 and panel.plot.width() >= 120
