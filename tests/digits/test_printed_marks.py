import numpy as np
import pytest
from PIL import Image

from mnist_gui.digits.printed_marks import Area, area_within_bands, printed_boxes, punched_holes, without_shadows
from mnist_gui.digits.stroke_raster import render_strokes
from mnist_gui.paths import resources_folder


def paper(height=120, width=100):
    """A mask with a digit-like ring in the middle."""
    y, x = np.mgrid[:height, :width]
    distance = np.hypot((y - height / 2) / 30, (x - width / 2) / 20)
    return (distance > 0.8) & (distance < 1)


def test_paper_without_bands_is_whole():
    assert area_within_bands(paper()) == Area(0, 120, 0, 100)


@pytest.mark.parametrize("thickness", [1, 2, 5])
def test_a_frame_is_cut_off(thickness):
    mask = paper()
    mask[:thickness] = mask[-thickness:] = True
    mask[:, :thickness] = mask[:, -thickness:] = True
    area = area_within_bands(mask)
    assert mask[area.slices].any()
    assert not (mask[area.slices] & ~paper()[area.slices]).any()


def test_the_dark_edge_of_a_scan_and_a_bar_with_text_are_cut_off():
    mask = paper()
    mask[:, :14] = True
    mask[:18] = True
    mask[6:12, 20:60:3] = False  # light text on the bar
    area = area_within_bands(mask)
    assert not (mask[area.slices] & ~paper()[area.slices]).any()
    assert mask[area.slices].sum() == paper().sum()


def test_a_band_that_holds_ink_is_paper_in_a_shadow_and_is_not_cut_off():
    area, levels = Area(0, 120, 30, 100), np.full((120, 100), 220, dtype=np.float32)
    levels[:, :30] = 110
    assert without_shadows(area, levels) == area
    levels[5:11, 5:25:4] = 200  # text on a bar is smaller than digits
    levels[100:, 24:30] = 220  # its edge is uneven
    assert without_shadows(area, levels) == area
    levels[40:60, 12:16] = 220  # a light button
    assert without_shadows(area, levels) == area
    levels[40:60, 12:16] = 30
    assert without_shadows(area, levels) == Area(0, 120, 0, 100)


def test_a_band_into_which_a_digit_extends_is_paper_in_a_shadow_and_is_not_cut_off():
    levels = np.full((120, 100), 220, dtype=np.float32)
    levels[:, :30] = 110
    lit = levels.copy()
    levels[40:80, 20:24] *= 0.3
    levels[78:82, 20:50] *= 0.3  # across the edge of the shadow
    assert without_shadows(Area(0, 120, 30, 100), levels) == Area(0, 120, 0, 100)
    assert without_shadows(Area(0, 120, 30, 100), lit) == Area(0, 120, 30, 100)


def test_a_digit_that_reaches_across_is_no_band():
    seven = np.zeros((60, 40), dtype=bool)
    seven[:8] = True
    for row in range(60):
        seven[row, max(0, 36 - row // 2) : 40 - row // 2] = True
    assert area_within_bands(seven) == Area(0, 60, 0, 40)


def test_a_punched_hole_is_no_ink_and_a_dot_of_the_pen_is():
    mask = paper()
    y, x = np.mgrid[:120, :100]
    hole = np.hypot(y - 60, x - 14) < 9
    dot = np.hypot(y - 60, x - 85) < 4
    assert np.array_equal(punched_holes(mask | hole | dot), hole)
    assert not punched_holes(hole).any()  # nothing else is there: a dot


def test_the_bar_of_a_seven_that_is_cut_out_tightly_is_no_band():
    with np.load(resources_folder() / "mnist.npz") as archive:
        digit = archive["x_train"][57692]
    ink = np.asarray(Image.fromarray(digit).resize((280, 280), Image.Resampling.BICUBIC)) > 51
    cut = ink[np.ix_(ink.any(axis=1), ink.any(axis=0))]
    assert area_within_bands(cut) == Area(0, cut.shape[0], 0, cut.shape[1])


@pytest.mark.parametrize("gap", [4, 12])
def test_the_separate_hat_of_a_five_that_is_cut_out_tightly_is_no_band(gap):
    five = np.array([[5, 0], [8, 50], [70, 45], [88, 85], [60, 135], [5, 130]]) + 10.0
    body = render_strokes([five], 16, (160, 110)) > 0.5
    rows, columns = np.flatnonzero(body.any(axis=1)), np.flatnonzero(body.any(axis=0))
    body = body[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    for turns in range(4):
        for hat, is_whole in ((16, True), (60, False)):  # a dark bar is much thicker than strokes
            top = np.pad(np.ones((hat, body.shape[1]), np.bool_), ((0, gap), (0, 0)))
            differs = np.rot90(np.concatenate([top, body]), turns)
            assert (area_within_bands(differs) == Area(0, differs.shape[0], 0, differs.shape[1])) == is_whole


def test_the_stem_of_a_seven_close_to_a_side_is_no_band():
    """Of right angles: the stem reaches from side to side, with little paper beside it."""
    for margin in (1, 2):
        seven = np.zeros((28, 28), np.bool_)
        seven[:4, 2:-margin] = seven[:, -margin - 4 : -margin] = True
        assert area_within_bands(seven) == Area(0, 28, 0, 28)
    line = np.zeros((28, 28), np.bool_)
    line[:, -3:-2] = True
    assert area_within_bands(line) != Area(0, 28, 0, 28), "a line without a digit is one of a frame"


def test_a_box_around_a_digit_is_found_and_the_digit_is_not():
    mask = paper()
    mask[10:13, 10:90] = mask[107:110, 10:90] = True
    mask[10:110, 10:13] = mask[10:110, 87:90] = True
    boxes = printed_boxes(mask)
    assert boxes[11, 50]
    assert not (boxes & paper()).any()
    assert not (mask & ~boxes & ~paper()).any()


def test_a_zero_an_empty_box_and_a_grid_are_no_boxes():
    empty = np.zeros((100, 100), dtype=bool)
    empty[10, 10:90] = empty[89, 10:90] = empty[10:90, 10] = empty[10:90, 89] = True
    grid = np.zeros((100, 100), dtype=bool)
    grid[5::10] = grid[:, 5::10] = True
    for mask in (paper(), empty, grid):
        assert not printed_boxes(mask).any()
