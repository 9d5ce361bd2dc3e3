from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageFilter

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import frame_of
from mnist_gui.digits.photo_cleanup import is_photo, photo_ink
from mnist_gui.digits.picture import read_picture
from mnist_gui.digits.segmentation import segment_digits, segment_page
from mnist_gui.digits.stroke_raster import render_strokes

FIVE = Drawing(([[30, 0], [8, 0], [5, 40], [28, 38], [40, 60], [28, 90], [2, 84]], [[30, 0], [52, 1]]))
SEVEN = Drawing(([[0, 0], [50, 2], [35, 50], [20, 95]], [[8, 48], [52, 46]]))
ONE = Drawing(([[0, 20], [22, 0], [20, 95]],))

FOUR = Drawing(([[12, 0], [2, 40], [0, 55], [60, 57]], [[48, -4], [46, 100]]))

PAPERS = ("plain", "lined", "squared")
INKS = {"black": (35, 35, 40), "blue": (40, 60, 150), "red": (190, 40, 50), "pencil": (105, 105, 108)}


def photo(
    drawing: Drawing,
    rng: np.random.Generator,
    *,
    paper: str = "plain",
    ink: str = "black",
    shadow: bool = False,
    table: bool = False,
    light: float = 0.35,
    noise: float = 5.0,
    pen: float = 0.035,
    scale: float = 0.5,
    shape: tuple[int, int] = (450, 600),
) -> np.ndarray:
    """A photo, (H, W, 3) uint8, of a drawing on paper with a lamp at one side."""
    height, width = shape
    y, x = np.mgrid[:height, :width]
    fibres = rng.normal(0, 1, (height // 4 + 1, width // 4 + 1)).astype(np.float32)
    fibres = np.asarray(Image.fromarray(fibres).resize((width, height), Image.Resampling.BICUBIC))
    levels = np.array([238.0, 235.0, 226.0]) + 2.5 * fibres[..., None]
    angle, tilt = rng.uniform(0, 2 * np.pi), rng.uniform(-0.03, 0.03)
    if paper != "plain":
        pitch = height / rng.uniform(14, 22)
        for distance in (y - tilt * x, x + tilt * y)[: 1 if paper == "lined" else 2]:
            off = np.abs((distance + pitch / 3) % pitch - pitch / 2)
            line = np.clip(1.6 - off, 0, 1)[..., None]
            levels = levels * (1 - line) + line * np.array([150.0, 175.0, 205.0])
    if drawing.strokes:
        left, top, right, bottom = drawing.bounds()
        size = scale * height / max(bottom - top, 0.6 * (right - left), 1)
        middle = np.array([(left + right) / 2, (top + bottom) / 2])
        turn = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
        place = np.array([width, height]) / 2 + rng.uniform(-0.06, 0.06, 2) * height
        strokes = [(stroke - middle) @ turn * size + place for stroke in drawing.strokes]
        cover = render_strokes(strokes, pen * height, shape)[..., None]
        levels = levels * (1 - cover) + cover * (np.array(INKS[ink]) + 6.0 * fibres[..., None])
    if table:
        levels[x + 0.03 * y < rng.uniform(0.07, 0.1) * width] = 70, 50, 35
    lit = 1 - light * (0.5 + 0.5 * (np.cos(angle) * (2 * x / width - 1) + np.sin(angle) * (2 * y / height - 1)))
    if shadow:
        edge = (x + 0.4 * y - rng.uniform(0.3, 0.9) * width) / 12
        lit = lit * (1 - 0.4 / (1 + np.exp(np.clip(-edge, -50, 50))))
    levels = levels * lit[..., None] + rng.normal(0, noise, (height, width, 1)) + rng.normal(0, noise / 2, levels.shape)
    return np.clip(levels, 0, 255).astype(np.uint8)


def jpeg(levels: np.ndarray, quality: int = 80) -> bytes:
    file = BytesIO()
    Image.fromarray(levels).filter(ImageFilter.GaussianBlur(0.8)).save(file, "JPEG", quality=quality)
    return file.getvalue()


def rms(picture, drawing: Drawing) -> float:
    """Root mean square difference between the frames of picture and drawing; up to 0.25 for other pen widths."""
    return float(np.sqrt(np.mean((frame_of(picture) - frame_of(drawing)) ** 2)))


# --- removal of lines, edges and specks ---


# Shadow and table; alone and together.
LIGHTS = [
    *(pytest.param(*light, marks=pytest.mark.slow) for light in [(False, False), (True, False), (False, True)]),
    (True, True),
]


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("ink", INKS)
@pytest.mark.parametrize(("shadow", "table"), LIGHTS)
def test_the_ink_is_found_on_any_paper(paper, ink, shadow, table):
    picture = read_picture(
        jpeg(photo(SEVEN, np.random.default_rng(3), paper=paper, ink=ink, shadow=shadow, table=table))
    )
    assert rms(picture, SEVEN) < 0.25
    assert len(segment_digits(picture)) == 1


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize(("shadow", "table"), LIGHTS)
def test_paper_alone_is_blank(paper, shadow, table):
    for seed in range(2):
        levels = photo(Drawing(), np.random.default_rng(seed), paper=paper, shadow=shadow, table=table)
        assert read_picture(jpeg(levels)).is_blank


# On squared paper the strokes of a smaller one are as long and as thick as the lines.
@pytest.mark.parametrize(
    ("paper", "scale"), [("plain", 0.12), ("plain", 0.2), ("plain", 0.28), ("lined", 0.2), ("squared", 0.28)]
)
@pytest.mark.slow
def test_a_straight_stroke_of_a_small_digit_is_no_ruled_line(paper, scale):
    for seed in range(3):
        levels = photo(FOUR, np.random.default_rng(seed), paper=paper, pen=0.01, scale=scale, shape=(900, 1200))
        assert rms(read_picture(jpeg(levels)), FOUR) < 0.25


def test_chalk_on_a_board_is_ink():
    rng = np.random.default_rng(4)
    assert rms(read_picture(jpeg(255 - photo(SEVEN, rng, light=0.2))), SEVEN) < 0.25


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("ink", ["blue", "pencil"])
def test_the_hole_of_a_binder_beside_a_thin_pen_is_no_ink(ink, paper):
    levels = photo(SEVEN, np.random.default_rng(8), ink=ink, paper=paper, pen=0.01)
    y, x = np.mgrid[: levels.shape[0], : levels.shape[1]]
    levels[np.hypot(y - 225, x - 40) < 20] = 40
    picture = read_picture(jpeg(levels))
    assert rms(picture, SEVEN) < 0.25
    assert "holes" in [step.name for step in picture.steps]


@pytest.mark.parametrize(("scale", "seed"), [(0.12, 0), (0.2, 0), (0.2, 1), (0.5, 1)])
def test_a_thin_stroke_that_runs_along_a_printed_line_stays_whole(scale, seed):
    turns = np.linspace(0, 2 * np.pi, 60)
    zero = Drawing((np.stack([30 * np.cos(turns), 40 * np.sin(turns)], axis=1),))
    rng = np.random.default_rng(seed)
    levels = photo(zero, rng, paper="squared", pen=0.004, scale=scale, light=0.1, shape=(900, 1200))
    picture = read_picture(jpeg(levels))
    assert len(segment_digits(picture)) == 1
    assert rms(picture, zero) < 0.165


def test_edges_stay_soft():
    ink = read_picture(jpeg(photo(FIVE, np.random.default_rng(5), paper="squared"))).ink
    soft = (ink > 0) & (ink < 1)
    assert 0.1 < soft.sum() / (ink > 0).sum() < 0.9


@pytest.mark.parametrize("paper", PAPERS)
def test_several_digits_of_a_photo_are_distinguished(paper):
    several = Drawing(
        tuple(
            np.add(stroke, (75 * number, 4 * number))
            for number, digit in enumerate((FIVE, ONE, SEVEN))
            for stroke in digit.strokes
        )
    )
    picture = read_picture(jpeg(photo(several, np.random.default_rng(6), paper=paper, pen=0.02, scale=0.3)))
    found = segment_digits(picture)
    assert len(found) == 3
    for segment, drawing in zip(found, (FIVE, ONE, SEVEN), strict=True):
        assert rms(segment, drawing) < 0.25


def soft_step(distance: np.ndarray, width: float) -> np.ndarray:
    return 1 / (1 + np.exp(np.clip(-distance / width, -50, 50)))


# Light on x and y from 0 to 1, of a page of digits.
SHADOWS = {
    "most of the page": lambda x, y: 1 - 0.45 * soft_step(x + 0.2 * y - 0.3, 0.002),
    "its right third": lambda x, y: 1 - 0.5 * soft_step(x - 0.7, 0.03),
    "from a corner": lambda x, y: 1 - 0.6 * soft_step(x + y - 1.1, 0.01),
    "falling off": lambda x, y: 1 - 0.6 * x,
    "a lamp above": lambda x, y: 1 - 0.55 * np.clip(np.hypot(2 * x - 1, 2 * y - 1) / 1.3, 0, 1) ** 2.5,
}


@pytest.mark.parametrize("lines", [1, 3])
@pytest.mark.parametrize("light", SHADOWS.values(), ids=SHADOWS)
def test_the_digits_of_a_page_are_found_in_any_shadow(light, lines):
    rng = np.random.default_rng(12)
    height, width, digits = 50 + 100 * lines, 900, (FIVE, SEVEN, FOUR, SEVEN, FIVE, FOUR, FIVE, SEVEN)
    strokes = [
        stroke * 0.6 + (30 + 108 * column, 45 + 100 * line)
        for line in range(lines)
        for column, digit in enumerate(digits)
        for stroke in digit.strokes
    ]
    cover = render_strokes(strokes, 5, (height, width))
    y, x = np.mgrid[:height, :width]
    levels = (215 * (1 - cover) + 65 * cover) * light(x / width, y / height) + rng.normal(0, 3, cover.shape)
    found = segment_page(read_picture(jpeg(np.clip(levels, 0, 255).astype(np.uint8))))
    assert [len(line) for line in found] == [len(digits)] * lines
    for line in found:
        assert max(rms(content, digit) for content, digit in zip(line, digits, strict=True)) < 0.25


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("middles", [(0.2, 0.45, 0.8), (0.3, 0.5, 0.6)])
def test_the_shadows_of_fingers_over_a_pencil_are_no_ink(paper, middles):
    levels = photo(SEVEN, np.random.default_rng(16), paper=paper, ink="pencil", pen=0.012, light=0.15)
    height, width = levels.shape[:2]
    y, x = np.mgrid[:height, :width] / height
    for middle in middles:
        off = np.abs(x - middle * width / height - 0.3 * (y - 1))
        shade = soft_step(0.07 - off, 0.015) * soft_step(y - 0.35, 0.02)
        levels = (levels * (1 - 0.4 * shade[..., None])).astype(np.uint8)
    picture = read_picture(jpeg(levels))
    assert rms(picture, SEVEN) < 0.25
    assert len(segment_digits(picture)) == 1


@pytest.mark.parametrize("pen", [0.1, 0.13])
@pytest.mark.parametrize("softness", [0.015, 0.03])
def test_a_blurred_bold_digit_at_a_side_beside_the_shadow_of_a_finger_is_ink(pen, softness):
    lit = photo(SEVEN, np.random.default_rng(3), ink="red", pen=pen, scale=0.8, light=0.1, noise=1, shape=(180, 120))
    y, x = np.mgrid[:180, :120] / 180
    shade = soft_step(0.07 - np.abs(x - 0.2 - 0.3 * (y - 1)), softness) * soft_step(y - 0.35, 0.02)
    blurred = Image.fromarray((lit * (1 - 0.4 * shade[..., None])).astype(np.uint8)).filter(ImageFilter.GaussianBlur(2))
    assert rms(read_picture(jpeg(np.asarray(blurred), quality=35)), SEVEN) < 0.25


@pytest.mark.parametrize("softness", [0.005, 0.05])
@pytest.mark.parametrize("digit", [FIVE, SEVEN], ids=["five", "seven"])
def test_a_bold_digit_under_the_edge_of_a_shadow_is_whole(digit, softness):
    rng = np.random.default_rng(17)
    lit = photo(digit, rng, pen=0.17, scale=0.6, light=0.1, shape=(500, 500))
    x = np.linspace(0, 1, 500)
    shaded = (lit * (1 - 0.45 * soft_step(x - 0.5, softness)[:, None])).astype(np.uint8)
    ink = read_picture(jpeg(shaded)).ink
    drawn = lit.mean(axis=2) < 120
    assert (ink > 0.3)[drawn].mean() > 0.95
    assert (ink > 0.3)[~drawn].mean() < 0.05


@pytest.mark.parametrize("scale", [0.3, 0.45])
def test_paper_that_is_darker_towards_all_sides_is_no_sheet_on_a_desk(scale):
    shape = 240, 194
    y, x = np.mgrid[:240, :194]
    away = np.hypot(x - 97, y - 120) / np.hypot(97, 120)
    levels = photo(FOUR, np.random.default_rng(18), ink="blue", light=0.3, scale=scale, shape=shape)
    picture = read_picture(jpeg((levels * (1 - 0.6 * away[..., None] ** 3)).astype(np.uint8)))
    assert rms(picture, FOUR) < 0.25
    assert len(segment_digits(picture)) == 1


@pytest.mark.parametrize("scale", [0.7, 0.86])
def test_ink_that_is_more_even_than_the_paper_is_no_paper(scale):
    """Black, bold, and cut out with little paper, part of which lies in a shadow."""
    of_photo = {"paper": "lined", "pen": 0.1, "scale": scale, "shape": (664, 475)}
    lit = photo(SEVEN, np.random.default_rng(19), light=0.4, noise=1, **of_photo)
    drawn = photo(SEVEN, np.random.default_rng(19), light=0, noise=0, **of_photo).mean(axis=2) < 110
    shaded = lit * (1 - 0.45 * soft_step(np.linspace(0, 1, 475) - 0.5, 0.1)[:, None])
    shaded[drawn] = 20
    assert rms(read_picture(jpeg(shaded.astype(np.uint8))), SEVEN) < 0.25


@pytest.mark.parametrize("faintness", [0.6, 0.7])
def test_ink_that_differs_less_than_the_light_on_a_slope_is_dark(faintness):
    cover = render_strokes([stroke * 2 + (60, 250) for stroke in SEVEN.strokes], 16, (597, 744))
    light = 235 * np.linspace(1, 0.5, 744) ** 1.5
    levels = light * (1 - (1 - faintness) * cover) + np.random.default_rng(20).normal(0, 2, cover.shape)
    assert rms(read_picture(jpeg(np.clip(levels, 0, 255).astype(np.uint8))), SEVEN) < 0.25


@pytest.mark.parametrize("lines", [1, 2, 3, 5])
def test_the_sides_of_a_table_go_with_its_lines(lines):
    rng = np.random.default_rng(13)
    height, width, digits = 50 + 80 * lines, 900, (SEVEN, FIVE, FOUR)
    strokes = [
        stroke * 0.5 + (50 + 100 * column, 35 + 80 * line)
        for line in range(lines)
        for column, digit in enumerate(digits)
        for stroke in digit.strokes
    ]
    cover = render_strokes(strokes, 4, (height, width))
    table = [[(10, 20 + 80 * line), (width - 10, 20 + 80 * line)] for line in range(lines + 1)]
    table += [[(x, 20), (x, 20 + 80 * lines)] for x in (10, width - 10)]
    lines_cover = 0.6 * render_strokes([np.array(line, float) for line in table], 2, (height, width))
    levels = 215 * (1 - np.maximum(cover, lines_cover)) + 60 * np.maximum(cover, lines_cover)
    levels = levels * np.linspace(1, 0.6, width) + rng.normal(0, 3, cover.shape)
    found = segment_page(read_picture(jpeg(np.clip(levels, 0, 255).astype(np.uint8))))
    assert [len(line) for line in found] == [len(digits)] * lines


def test_the_stems_in_a_row_that_is_cut_out_tightly_are_no_ruled_lines():
    rng = np.random.default_rng(14)
    stem, height, width = Drawing(([[10, 0], [10, 100]],)), 80, 800
    digits = (stem, FOUR, stem, stem, FOUR, stem)
    strokes = [s * 0.6 + (40 + 120 * column, 10) for column, digit in enumerate(digits) for s in digit.strokes]
    cover = render_strokes(strokes, 3, (height, width))
    levels = (215 * (1 - cover) + 60 * cover) * np.linspace(1, 0.75, width) + rng.normal(0, 2, cover.shape)
    found = segment_page(read_picture(jpeg(np.clip(levels, 0, 255).astype(np.uint8), quality=95)))
    assert [len(line) for line in found] == [len(digits)]


@pytest.mark.parametrize("desk", [35, 110])
def test_a_sheet_on_a_darker_desk_is_paper(desk):
    rng = np.random.default_rng(15)
    levels = photo(SEVEN, rng, light=0.1).astype(float)
    y, x = np.mgrid[: levels.shape[0], : levels.shape[1]]
    is_desk = (x < 60 + 0.05 * y) | (x > 540) | (y < 35) | (y > 400 + 0.03 * x)
    levels[is_desk] = desk + rng.normal(0, 6, (is_desk.sum(), 1))
    picture = read_picture(jpeg(np.clip(levels, 0, 255).astype(np.uint8)))
    assert rms(picture, SEVEN) < 0.25
    assert len(segment_digits(picture)) == 1


def test_a_digit_that_touches_the_border_is_kept():
    levels = photo(SEVEN, np.random.default_rng(8), scale=0.7)
    rows = np.flatnonzero((levels < 90).all(axis=2).sum(axis=1) > 3)
    assert not read_picture(jpeg(levels[: rows[-1] - 20])).is_blank


def test_a_grey_photo_without_loss_is_one_too():
    file = BytesIO()
    Image.fromarray(photo(FIVE, np.random.default_rng(9), paper="lined")).convert("L").save(file, "PNG")
    assert rms(read_picture(file.getvalue()), FIVE) < 0.25


# --- pictures that are no photos ---


def test_uneven_light_makes_a_photo_and_noise_does_not():
    rng = np.random.default_rng(10)
    even = np.clip(rng.normal(200, 6, (300, 400)), 0, 255).astype(np.float32)
    assert not is_photo(even, 255)
    even[100:200, 190:210] = 30
    assert not is_photo(even, 255)
    assert is_photo(even * np.linspace(0.7, 1, 400, dtype=np.float32), 255)


def test_ink_cut_by_the_border_makes_no_photo():
    cut = np.full((100, 80), 240, dtype=np.float32)
    cut[:15] = cut[:, 60:75] = 20
    assert not is_photo(cut, 255)


@pytest.mark.parametrize("shape", [(4, 4), (4, 400), (400, 4), (5, 9), (30, 20)])
def test_small_and_narrow_pictures_of_any_levels_are_read(shape):
    rng = np.random.default_rng(11)
    for _ in range(5):
        file = BytesIO()
        Image.fromarray(rng.integers(0, 256, shape).astype(np.uint8)).save(file, "PNG")
        assert frame_of(read_picture(file.getvalue())).shape == (28, 28)
        assert photo_ink(rng.uniform(0, 255, shape).astype(np.float32), 255).shape == shape
    assert not photo_ink(np.full(shape, 200, dtype=np.float32), 255).any()
    assert not photo_ink(np.zeros(shape, dtype=np.float32), 255).any()
