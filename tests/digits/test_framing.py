import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mnist_gui.digits.drawing import Drawing, parse_drawing
from mnist_gui.digits.framing import (
    STROKE_WIDTH,
    Framing,
    downscale_canvas,
    frame_of,
    framing_of,
    render_strokes,
)
from mnist_gui.digits.picture import Picture
from mnist_gui.paths import resources_folder

SEVEN = Drawing((np.array([[40.0, 60], [110, 58], [70, 180]]), np.array([[55.0, 115], [105, 112]])))

coordinates = st.floats(-1e6, 1e6)
strokes = st.lists(st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=6), min_size=1, max_size=3)
# Forms with a size of about 1, for random positions and scales.
forms = st.lists(
    st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=1, max_size=6), min_size=1, max_size=3
)


def frame_of_ink(ink):
    return frame_of(Picture(ink))


def drawing_of(strokes) -> Drawing:
    return Drawing(tuple(np.array(stroke, dtype=float) for stroke in strokes))


def extent(drawing: Drawing) -> float:
    left, top, right, bottom = drawing.bounds()
    return max(right - left, bottom - top)


def centre_of_mass(frame):
    """Row and column."""
    index = np.arange(28)
    mass = frame.sum(dtype=float)
    return (frame.sum(axis=1) @ index) / mass, (frame.sum(axis=0) @ index) / mass


def placed(drawing: Drawing, framing: Framing) -> list:
    """The strokes in frame pixels, according to the framing."""
    left, top, right, bottom = framing.box
    middle = np.array([left + right, top + bottom]) / 2
    return [(stroke - middle) * framing.scale + 14 + framing.shift for stroke in drawing.strokes]


def is_cut(drawing: Drawing, framing: Framing) -> bool:
    points = np.concatenate(placed(drawing, framing))
    return bool(points.min() < 2 or points.max() > 25)


def brute_force(strokes, width, shape):
    """Coverage as documented by `render_strokes`: every pixel against every segment."""
    rows, columns = np.indices(shape)
    pixels = np.stack([columns, rows], axis=-1).astype(float)
    nearest = np.full(shape, np.inf)
    for stroke in map(np.asarray, strokes):
        for a, b in pairwise(stroke) if len(stroke) > 1 else [(stroke[0], stroke[0])]:
            along, offset = b - a, pixels - a
            place = np.clip(offset @ along / max(along @ along, 1e-300), 0, 1)
            nearest = np.minimum(nearest, np.hypot(*np.moveaxis(offset - place[..., None] * along, -1, 0)))
    return np.clip(width / 2 + 0.5 - nearest, 0, min(width, 1))


@pytest.fixture(scope="module")
def mnist():
    with np.load(resources_folder() / "mnist.npz") as archive:
        return {name: archive[name].astype(np.float32) / np.float32(255) for name in ("x_train", "x_test")}


# --- rendering ---


@pytest.mark.parametrize("width", [0.4, 1, STROKE_WIDTH, 7])
@pytest.mark.parametrize("seed", range(4))
def test_rendering_agrees_with_every_pixel_against_every_segment(width, seed):
    rng = np.random.default_rng(seed)
    # Short, long and distant segments, a dot, a repeated point, lines along both axes, on a raster that cuts them off.
    strokes = [
        rng.uniform(0, 30, (6, 2)),
        rng.uniform(-200, 200, (4, 2)),
        rng.uniform(5, 25, (1, 2)),
        np.cumsum(rng.normal(0, 0.2, (40, 2)), axis=0) + 12,
        np.array([[3.5, 4], [3.5, 4], [3.5, 22], [19, 22]]),
        np.array([[2.0, 2], [2, 2 + 1e-12]]),
    ]
    shape = (24, 31)
    assert np.abs(render_strokes(strokes, width, shape) - brute_force(strokes, width, shape)).max() < 1e-6


def test_a_scribble_agrees_too_where_ink_is_left_out_that_adds_nothing():
    stroke = np.random.default_rng(5).uniform(4, 12, (6_000, 2))
    coverage = render_strokes([stroke], 2, (16, 16))
    assert np.abs(coverage - brute_force([stroke], 2, (16, 16))).max() < 1e-6


@pytest.mark.slow
def test_a_hundred_thousand_points_are_no_trouble():
    rng = np.random.default_rng(0)
    for points in (rng.normal(size=(100_000, 2)).cumsum(axis=0), rng.random((100_000, 2)) * 400):
        frame = frame_of(Drawing((points,)))
        assert frame.shape == (28, 28) and 0 <= frame.min() <= frame.max() == 1


def test_nothing_to_render_is_black():
    assert not render_strokes([], 2, (5, 6)).any()
    assert not render_strokes([np.array([[1e5, 1e5], [2e5, 1e5]])], 2, (5, 6)).any()


# --- drawings ---


@settings(deadline=None, max_examples=80)
@given(strokes)
def test_any_finite_strokes_give_a_frame(strokes):
    frame = frame_of(drawing_of(strokes))
    assert frame.shape == (28, 28) and frame.dtype == np.float32
    assert frame.min() >= 0 and frame.max() <= 1
    assert frame.any()


@settings(deadline=None, max_examples=100)
@given(forms, st.floats(-3, 5.69), st.floats(-5e5, 5e5), st.floats(-5e5, 5e5))
@pytest.mark.slow
def test_moving_and_scaling_do_not_change_a_frame(strokes, magnitude, x, y):
    form = drawing_of(strokes)
    drawing = Drawing(tuple(np.add(stroke * 10**magnitude, (x, y)) for stroke in form.strokes))
    assume(extent(form) >= 1e-3 and extent(drawing) >= 1e-3)
    # Moving rounds a coordinate of at most 1e6 by up to 6e-11; in an extent of at least 1e-3, scaled to 17.6 pixels,
    # that is 1e-6 pixels, and coverage changes by 1 per pixel. The extent and the centre of mass are rounded too, and
    # everything is scaled by the one and moved by the other: a few times as much in all.
    assert np.abs(frame_of(drawing) - frame_of(form)).max() < 1e-5


@settings(deadline=None, max_examples=80)
@given(forms)
def test_the_centre_of_mass_is_in_the_middle(strokes):
    drawing = drawing_of(strokes)
    framing = framing_of(drawing)
    assume(not is_cut(drawing, framing))
    assert centre_of_mass(framing.frame) == pytest.approx((14, 14), abs=0.02)


@settings(deadline=None, max_examples=80)
@given(forms)
@pytest.mark.slow
def test_the_longest_side_is_20_pixels(strokes):
    drawing = drawing_of(strokes)
    assume(extent(drawing) > 1e-3)
    framing = framing_of(drawing)
    assert extent(drawing) * framing.scale + STROKE_WIDTH == pytest.approx(20)
    # Ink that is 20 long, at a fraction of a pixel, reaches into 20, 21 or, with its soft edges, 22 pixels.
    assume(not is_cut(drawing, framing))
    rows, columns = np.flatnonzero(framing.frame.any(axis=1)), np.flatnonzero(framing.frame.any(axis=0))
    assert 20 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 22


def test_the_steps_lead_to_the_frame():
    framing = framing_of(SEVEN)
    assert framing.box == SEVEN.bounds()
    again = render_strokes(placed(SEVEN, framing), STROKE_WIDTH, (28, 28))
    assert np.abs(again - framing.frame).max() < 1e-6


def test_the_centre_of_mass_counts_even_if_a_limb_is_cut():
    # A heavy block at the left, as high as all is wide, and a thin line from it to the right.
    block = np.array([[x, y] for x in range(0, 5) for y in ((0, 30) if x % 2 else (30, 0))])
    drawing = Drawing((block, np.array([[5.0, 15], [30, 15]])))
    framing = framing_of(drawing)
    assert framing.frame[:, -1].any()
    whole = render_strokes([stroke + 10 for stroke in placed(drawing, framing)], STROKE_WIDTH, (48, 48))
    assert (whole.sum(axis=0) @ np.arange(48)) / whole.sum() == pytest.approx(24, abs=0.02)


@pytest.mark.parametrize("points", [[[5, 5]], [[-1e6, 1e6]], [[3, 3], [3, 3], [3, 3.00001]], [[0, 0], [5e-324, 0]]])
def test_a_dot_is_a_disc_in_the_middle(points):
    row, column = np.indices((28, 28))
    disc = np.clip(STROKE_WIDTH / 2 + 0.5 - np.hypot(row - 14, column - 14), 0, 1)
    assert np.abs(frame_of(Drawing((np.array(points),))) - disc).max() < 1e-6


def test_no_ink_is_black():
    assert not frame_of(Drawing()).any()
    assert not frame_of(Picture(np.zeros((50, 40)))).any()
    assert not frame_of_ink(np.zeros((28, 28))).any()
    assert frame_of_ink(np.zeros((0, 5))).shape == (28, 28)


def test_strokes_weigh_what_they_weigh_in_mnist(mnist):
    training = mnist["x_train"][:2000]
    zero = Drawing((np.stack([np.cos(np.linspace(0, 6.3, 60)) * 0.7, np.sin(np.linspace(0, 6.3, 60))], axis=1),))
    # The length of the lines differs between digits; the share of full pixels among the inked ones depends on the pen.
    frames = np.stack([frame_of(SEVEN), frame_of(zero)])
    full, full_in_mnist = ((x > 0.95).sum() / (x > 0.02).sum() for x in (frames, training))
    assert full == pytest.approx(full_in_mnist, abs=0.08)


# --- unframed ---


def test_an_unframed_drawing_is_the_canvas_shrunk():
    canvas, pen, factor = 280, 22, 10
    raster = render_strokes([stroke - 0.5 for stroke in SEVEN.strokes], pen, (canvas, canvas))
    shrunk = raster.reshape(28, factor, 28, factor).mean(axis=(1, 3))
    assert np.abs(downscale_canvas(SEVEN, canvas, pen) - shrunk).max() < 0.03
    assert np.abs(downscale_canvas(SEVEN, canvas, pen) - shrunk).mean() < 0.002


def test_an_unframed_drawing_moves_and_is_cut_with_its_canvas():
    moved = Drawing(tuple(np.add(stroke, (10, 20)) for stroke in SEVEN.strokes))
    assert np.allclose(downscale_canvas(moved, 280, 22)[2:, 1:], downscale_canvas(SEVEN, 280, 22)[:-2, :-1], atol=1e-6)
    away = Drawing(tuple(stroke + 1000 for stroke in SEVEN.strokes))
    assert not downscale_canvas(away, 280, 22).any()
    assert not downscale_canvas(Drawing(), 280, 22).any()


# --- bitmaps ---


@pytest.mark.parametrize(("split", "part"), [("x_test", slice(None)), ("x_train", slice(0, 60_000, 12))])
@pytest.mark.slow
def test_mnist_frames_come_out_unchanged(mnist, split, part):
    changed = [
        index for index, image in enumerate(mnist[split][part]) if not np.array_equal(frame_of_ink(image), image)
    ]
    assert changed == []


@pytest.mark.parametrize("index", [19_841, 45_131, 908, 32_456, 23_831, 33_691])
def test_mnist_training_frames_that_are_cut_or_tied_come_out_unchanged(mnist, index):
    image = mnist["x_train"][index]
    assert np.array_equal(frame_of_ink(image), image)


@pytest.mark.parametrize(("top", "left"), [(0, 0), (7, 3), (12, 12), (1, 9)])
def test_an_mnist_digit_anywhere_on_a_picture_becomes_its_frame(mnist, top, left):
    for image in mnist["x_test"][:300]:
        picture = np.zeros((40, 40))
        picture[top : top + 28, left : left + 28] = image
        assert np.array_equal(frame_of_ink(picture), image)


@pytest.mark.parametrize(("zoom", "tolerance"), [(3, 0.05), (14, 0.03), (40, 0.03)])
def test_a_bitmap_and_its_drawing_give_about_the_same_frame(zoom, tolerance):
    framing = framing_of(SEVEN)
    width = STROKE_WIDTH / framing.scale
    strokes = [stroke * zoom / 10 for stroke in SEVEN.strokes]
    frame = frame_of_ink(render_strokes(strokes, width * zoom / 10, (20 * zoom, 16 * zoom)))
    # The soft edges count as ink: in the smallest picture that is a pixel of 36.
    assert frame.sum() == pytest.approx(framing.frame.sum(), rel=0.08)
    # Whole-pixel centring leaves up to half a pixel between them.
    row, column = centre_of_mass(frame)
    moved = [np.add(stroke, (column - 14, row - 14)) for stroke in placed(SEVEN, framing)]
    assert np.sqrt(np.mean((frame - render_strokes(moved, STROKE_WIDTH, (28, 28))) ** 2)) < tolerance


def test_a_bitmap_is_scaled_with_its_aspect_and_centred():
    ink = np.zeros((100, 300))
    ink[10:90, 100:120] = 1
    frame = frame_of_ink(ink)
    assert np.flatnonzero(frame.any(axis=1)).tolist() == list(range(4, 24))
    assert np.abs(frame[10] - frame[14]).max() < 1e-6
    assert frame[10].sum() == pytest.approx(5, abs=0.01)
    assert centre_of_mass(frame) == pytest.approx((13.5, 14), abs=0.51)


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (2, 900), (3, 3)])
def test_thin_and_tiny_ink_does_not_fade(shape):
    frame = frame_of_ink(np.ones(shape))
    assert frame.max() == pytest.approx(1, abs=0.01)
    assert max(np.ptp(np.flatnonzero(frame.any(axis=axis))) for axis in (0, 1)) + 1 == 20


def test_bitmaps_that_are_none_are_refused():
    with pytest.raises(ValueError, match="rows of numbers"):
        frame_of_ink(np.zeros((3, 28, 28)))
    with pytest.raises(ValueError, match="from 0 to 1"):
        frame_of_ink(np.full((28, 28), np.nan))


def test_frame_of_tells_frames_pictures_and_drawings_apart(mnist):
    image = np.zeros((28, 28), dtype=np.uint8)
    image[2:9, 1:5] = 77  # off-centre and small: framing would change it
    assert np.array_equal(frame_of(Picture.from_mnist(image)), image.astype(np.float32) / 255)
    assert framing_of(Picture(image / 255)).scale == pytest.approx(20 / 7)
    assert not np.array_equal(frame_of(Picture(image / 255)), image / np.float32(255))
    assert np.array_equal(frame_of(SEVEN), frame_of(parse_drawing(json.dumps(SEVEN.to_json()))))
