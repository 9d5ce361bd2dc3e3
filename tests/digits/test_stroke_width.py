import numpy as np
import pytest

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import frame_of
from mnist_gui.digits.picture import Picture
from mnist_gui.digits.stroke_raster import render_strokes
from mnist_gui.digits.stroke_width import MAX_WIDTH, MIN_WIDTH, grow_strokes, stroke_width

ZIGZAG = [np.array([[20.0, 20.0], [70.0, 35.0], [25.0, 70.0], [80.0, 85.0]])]
LOOP = [np.array([[50 + 30 * np.cos(t), 50 + 35 * np.sin(t)] for t in np.linspace(0, 6.3, 40)])]


@pytest.mark.parametrize("strokes", [ZIGZAG, LOOP])
@pytest.mark.parametrize("width", [1.5, 3.0, 6.0, 9.0])
def test_the_width_of_the_pen_is_measured(strokes, width):
    assert stroke_width(render_strokes(strokes, width, (100, 100))) == pytest.approx(width, rel=0.12)


def test_faint_ink_has_the_same_width_and_no_ink_has_none():
    ink = render_strokes(ZIGZAG, 4.0, (100, 100))
    assert stroke_width(0.4 * ink) == pytest.approx(stroke_width(ink), rel=1e-5)
    assert stroke_width(np.zeros((5, 5))) == 0


@pytest.mark.parametrize("distance", [-1.5, -0.5, 0.3, 1.0, 2.6])
def test_strokes_grow_by_the_distance_on_each_side(distance):
    ink = render_strokes(LOOP, 6.0, (100, 100))
    assert stroke_width(grow_strokes(ink, distance)) == pytest.approx(6 + 2 * distance, abs=0.5)


@pytest.mark.parametrize("pen", [1.0, 2.0, 4.0, 12.0, 40.0, 110.0])
def test_a_picture_drawn_with_any_pen_gets_a_stroke_width_of_mnist(pen):
    """A thin pen in a large picture faded to a brightest pixel of 0.2 to 0.5, which no frame of MNIST has."""
    drawing = Drawing(([[150, 120], [430, 140], [300, 300], [420, 430], [180, 500]],))
    frame = frame_of(Picture(render_strokes([np.array(stroke) for stroke in drawing.strokes], pen, (600, 600))))
    assert frame.max() > 0.95
    assert MIN_WIDTH - 0.2 < stroke_width(frame) < MAX_WIDTH + 0.2
    if pen < 20:
        assert np.sqrt(np.mean((frame - frame_of(drawing)) ** 2)) < 0.2  # whole pixels of the centre of mass included
