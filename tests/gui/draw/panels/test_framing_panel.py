from __future__ import annotations

import itertools
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocumentFragment
from PySide6.QtWidgets import QApplication, QScrollArea

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import downscale_canvas, framing_of
from mnist_gui.digits.picture import Picture, read_picture
from mnist_gui.digits.stroke_raster import render_strokes
from mnist_gui.gui import theme
from mnist_gui.gui.draw.panels.framing_panel import DRAWINGS_ONLY, MNIST_FRAME, NOTHING_YET, FramingPanel
from mnist_gui.gui.draw.panels.framing_step import FramingStep

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
    return [step.caption for step in panel.findChildren(FramingStep) if step.isVisible()]


def tip_of(step: FramingStep) -> str:
    return QTextDocumentFragment.fromHtml(step.toolTip()).toPlainText()


def test_it_says_what_to_do_while_there_is_nothing(panel):
    assert panel.sentence == NOTHING_YET
    assert shown(panel) == []
    show(panel)
    panel.set_empty("Too little ink.")
    assert (panel.sentence, shown(panel)) == ("Too little ink.", [])


def test_a_drawing_goes_through_four_steps_and_is_compared_with_none(panel):
    show(panel)
    assert shown(panel) == ["Strokes", "Box", "20×20", "28×28", "Without framing, read as"]
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
        assert tip_of(step).endswith(".")
        assert step.accessibleDescription().startswith(tip_of(step))
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


FIVE = [
    np.array(points, float) for points in ([[8, 4], [5, 42], [30, 38], [48, 62], [30, 96], [2, 88]], [[12, 0], [56, 2]])
]


def page_file(kind: str) -> bytes:
    """Return a file of a 5: plain, thin on ruled paper in half shadow, in a box, or red on equally light green."""
    size = (400, 500)
    levels = np.full((*size, 3), (120, 190, 120) if kind == "colour" else (230, 228, 222), float)
    if kind == "photo":
        levels[20::36] = levels[21::36] = 165
        x = np.arange(size[1])
        levels *= (1 - 0.4 / (1 + np.exp(-(x - 300) / 30)))[None, :, None]
        levels += np.random.default_rng(1).normal(0, 2, (*size, 1))
    if kind == "box":
        levels[60:340, 80:84] = levels[60:340, 416:420] = levels[60:64, 80:420] = levels[336:340, 80:420] = 60
    ink = render_strokes([stroke * 1.7 + (190, 110) for stroke in FIVE], 3 if kind == "photo" else 16, size)[..., None]
    levels = levels * (1 - ink) + np.array([225, 140, 140] if kind == "colour" else [50, 50, 60]) * ink
    file = BytesIO()
    Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("kind", "captions"),
    [
        ("plain", ["File", "Ink", "Box", "20×20", "28×28"]),
        ("photo", ["File", "Light", "Rulings", "Ink", "Box", "Stroke width", "20×20", "28×28"]),
        ("box", ["File", "Boxes", "Ink", "Box", "20×20", "28×28"]),
        ("colour", ["File", "Colour", "Ink", "Box", "20×20", "28×28"]),
    ],
)
def test_a_file_shows_the_steps_that_did_something(panel, kind, captions):
    picture = read_picture(page_file(kind))
    framing = framing_of(picture)
    panel.resize(1000, 140)
    panel.set_steps(picture, framing)
    panel.set_unframed(None, {}, {})
    QApplication.processEvents()
    assert shown(panel) == captions
    for step in panel.findChildren(FramingStep):
        if step.isVisible():
            assert step.measure
            assert tip_of(step).endswith(".")
    assert panel.scaled.measure.endswith("×20")
    if framing.strokes:
        assert panel.width_step.measure == f"{framing.strokes.before:.1f} → {framing.strokes.after:.1f}\u00a0px"
        assert framing.strokes.before < 1.49 < framing.strokes.after


def test_each_step_of_reading_shows_what_it_made_of_the_file():
    steps = {step.name: step.image.astype(float) for step in read_picture(page_file("photo")).steps}
    right, left = (slice(None), slice(-30, -10)), (slice(None), slice(5, 25))
    assert np.median(steps["picture"][left]) - np.median(steps["picture"][right]) > 60
    assert abs(np.median(steps["light"][left]) - np.median(steps["light"][right])) < 12
    assert (steps["light"][:, 5:25].min(axis=1) < 230).sum() > 5, "rulings"
    assert steps["rulings"][:, 5:25].min() > 250
    assert steps["rulings"].min() < 120, "strokes stay"


def test_faint_ink_is_shown_at_full_strength(panel):
    ink = render_strokes([stroke * 3 + 40 for stroke in FIVE], 3, (380, 280)) * np.float32(0.5)
    picture = Picture(ink)
    panel.resize(1000, 140)
    panel.set_steps(picture, framing_of(picture))
    panel.set_unframed(None, {}, {})
    QApplication.processEvents()
    assert shown(panel) == ["Picture", "Box", "Stroke width", "Strength", "20×20", "28×28"]
    assert panel.peak.measure == "0.50 → 1"


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
    outline = theme.DARK.accent
    places = [
        (x, y) for x in range(image.width()) for y in range(image.height()) if image.pixelColor(x, y).name() == outline
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
    assert panel.height() >= panel.minimumSizeHint().height() > 170
    assert panel.width() >= panel.minimumSizeHint().width()
    assert panel.unframed.geometry().right() <= panel.width()
    area.takeWidget()
    theme.apply(QApplication.instance(), "light")
