from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QScrollArea

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import downscale_canvas, framing_of
from mnist_gui.digits.picture import Picture
from mnist_gui.gui import theme
from mnist_gui.gui.draw.panels.framing_panel import DRAWINGS_ONLY, MNIST_FRAME, NOTHING_YET, FramingPanel

# A one in a corner: 100 x 400 of 1000 units, so small that it is another digit without framing.
ONE = Drawing((np.array([[50.0, 150.0], [150.0, 50.0], [150.0, 450.0]]),))
ANSWERS = {1: (7, 0.98), 2: (1, 0.61), 3: (1, 0.9999)}


@pytest.fixture
def panel(qtbot) -> FramingPanel:
    theme.apply(QApplication.instance(), "light")
    panel = FramingPanel()
    qtbot.addWidget(panel)
    panel.resize(620, 140)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def show(panel: FramingPanel, drawing: Drawing = ONE) -> None:
    panel.set_steps(drawing, framing_of(drawing), 1000.0)
    panel.set_unframed(downscale_canvas(drawing, 1000.0, 50.0), ANSWERS, {1: 1, 2: 1, 3: 1})
    QApplication.processEvents()


def shown(panel: FramingPanel) -> list[str]:
    steps = (panel.strokes, panel.box, panel.scaled, panel.centred, panel.unframed)
    return [step.caption for step in steps if step.isVisible()]


def test_it_says_what_to_do_while_there_is_nothing(panel):
    assert panel.sentence == NOTHING_YET
    assert shown(panel) == []
    show(panel)
    panel.set_empty("Too little ink.")
    assert (panel.sentence, shown(panel)) == ("Too little ink.", [])


def test_a_drawing_goes_through_four_steps_and_is_compared_with_none(panel):
    show(panel)
    assert shown(panel) == ["Strokes", "Box", "20×20", "28×28", "Without framing"]
    assert panel.strokes.measure == "1 stroke"
    assert panel.box.measure == "15×45\u00a0%", "with the pen's width"
    assert panel.scaled.measure == "ink 7×20"
    assert panel.sentence == ""


def test_what_the_models_say_without_framing_is_also_in_words(panel):
    show(panel)
    assert panel.unframed.lines == ["7 98\u00a0% ✗ other", "1 61\u00a0% ✓ same", "1 >99.9\u00a0% ✓ same"]
    assert "Model 1: 7, 98\u00a0%, ✗ other." in panel.unframed.accessibleDescription()


def test_every_step_says_why_and_can_be_reached_by_keyboard(panel, qtbot):
    show(panel)
    steps = [panel.strokes, panel.box, panel.scaled, panel.centred, panel.unframed]
    steps[0].setFocus()
    for step in steps:
        assert panel.focusWidget() is step
        assert step.toolTip().endswith(".")
        assert step.accessibleDescription().startswith(step.toolTip())
        qtbot.keyClick(step, Qt.Key.Key_Tab)


def test_a_picture_is_framed_but_has_nothing_to_compare(panel):
    ink = np.zeros((300, 200), np.float32)
    ink[60:240, 90:110] = 1
    picture = Picture(ink)
    panel.set_steps(picture, framing_of(picture))
    panel.set_unframed(None, {}, {})
    assert shown(panel) == ["Picture", "Box", "20×20", "28×28"]
    assert panel.box.measure == "20×180"
    assert panel.sentence == DRAWINGS_ONLY


def test_an_mnist_frame_is_shown_as_it_is(panel):
    picture = Picture(framing_of(ONE).frame, 1, framed=True)
    panel.set_steps(picture, framing_of(picture))
    panel.set_unframed(None, {}, {})
    assert shown(panel) == ["Picture", "28×28"]
    assert panel.sentence == MNIST_FRAME


def test_a_dot_has_steps(panel):
    show(panel, Drawing((np.array([[500.0, 500.0]]),)))
    assert panel.scaled.measure == "ink 2×2"
    assert panel.grab().toImage().width() == panel.width()


def test_the_middle_is_marked_where_the_ink_is_heaviest(panel):
    show(panel)
    image = panel.centred.grab().toImage()
    blue = theme.DARK.accent
    places = [
        (x, y) for x in range(image.width()) for y in range(image.height()) if image.pixelColor(x, y).name() == blue
    ]
    assert places, "box and cross"


@pytest.mark.parametrize("size", [(600, 120), (800, 190), (1200, 400)])
@pytest.mark.parametrize("kind", ["light", "dark"])
def test_all_fits_and_grows_and_shrinks_with_the_room(panel, size, kind):
    theme.apply(QApplication.instance(), kind)
    show(panel)
    panel.resize(1400, 500)
    QApplication.processEvents()
    panel.resize(*size)
    QApplication.processEvents()
    assert (panel.width(), panel.height()) == size
    steps = [panel.strokes, panel.box, panel.scaled, panel.centred, panel.unframed]
    edges = [(step.geometry().left(), step.geometry().right()) for step in steps]
    assert all(right < left for (_, right), (left, _) in itertools.pairwise(edges))
    assert edges[-1][1] <= size[0]
    assert all(step.geometry().bottom() <= size[1] for step in steps)
    theme.apply(QApplication.instance(), "light")


def test_at_large_text_it_scrolls_instead_of_being_cut(panel, qtbot):
    area = QScrollArea(widgetResizable=True)
    qtbot.addWidget(area)
    area.setWidget(panel)
    area.resize(620, 170)
    area.show()
    show(panel)
    theme.apply(QApplication.instance(), "light", 1.5)
    qtbot.wait(20)
    assert panel.width() >= panel.minimumSizeHint().width() > 620
    assert panel.unframed.geometry().right() <= panel.width()
    area.takeWidget()
    theme.apply(QApplication.instance(), "light")
