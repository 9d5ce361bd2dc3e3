"""Pages are made here: strokes in rows and tables, on paper with grain and a shadow; the model compares frames."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import frame_of, proportions
from mnist_gui.digits.picture import Picture, read_picture
from mnist_gui.digits.segmentation import segment_digits
from mnist_gui.digits.stroke_raster import render_strokes
from mnist_gui.models.inference import page_reader
from mnist_gui.models.inference.page_reader import read_page
from mnist_gui.models.inference.predictor import EnsemblePrediction, Prediction
from mnist_gui.paths import resources_folder

pytestmark = pytest.mark.slow

DIGITS = {
    1: Drawing(([[10, 0], [8, 100]],)),
    2: Drawing(([[0, 20], [25, 0], [50, 20], [45, 45], [0, 98], [55, 100]],)),
    4: Drawing(([[12, 0], [2, 45], [0, 60], [60, 58]], [[46, 20], [42, 100]])),
    5: Drawing(([[8, 4], [5, 42], [30, 38], [48, 62], [30, 96], [2, 88]], [[12, 0], [56, 2]])),
    7: Drawing(([[0, 2], [55, 0], [40, 45], [20, 100]],)),
}
FRAMES = {digit: frame_of(drawing) for digit, drawing in DIGITS.items()}


def predict(frames: np.ndarray) -> list[EnsemblePrediction]:
    """Answer the digit whose frame is most like each frame; what is like none is no digit."""
    answers = []
    for frame in frames:
        likeness = np.full(10, -1.0)
        for digit, known in FRAMES.items():
            likeness[digit] = max(
                np.corrcoef(np.roll(frame, (down, right), (0, 1)).reshape(-1), known.reshape(-1))[0, 1]
                for down in (-1, 0, 1)
                for right in (-1, 0, 1)
            )
        probabilities = np.exp(12 * likeness) / np.exp(12 * likeness).sum()
        score = 1.0 if likeness.max() > 0.75 else 0.0
        answers.append(EnsemblePrediction((Prediction("fake", 1, probabilities.astype(np.float32)),), score))
    return answers


def strokes_of(rows: list[str], size: float = 90, gap: float = 45) -> list[np.ndarray]:
    """Return the strokes of rows of digits, with a left margin of 60 and a top margin of 50."""
    strokes = []
    for line, row in enumerate(rows):
        x = 60.0
        for position, digit in enumerate(row):
            drawing = DIGITS[int(digit)]
            low = 4 * (position % 3)  # nobody writes on a ruler
            strokes += [stroke * (size / 100) + (x, 50 + line * 1.5 * size + low) for stroke in drawing.strokes]
            x += drawing.bounds()[2] * (size / 100) + gap
    return strokes


def photo(rows: list[str], *, table: bool = False, shadow: bool = False, turns: int = 0, size=(640, 800)) -> bytes:
    """A JPEG of a page."""
    rng = np.random.default_rng(len(rows))
    levels = 225 + rng.normal(0, 3, size)
    if table:
        image = Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))
        draw = ImageDraw.Draw(image)
        for line in range(len(rows) + 1):
            draw.line((20, 32 + line * 135, 760, 32 + line * 135), fill=90, width=3)
        for x in (20, 760):
            draw.line((x, 32, x, 32 + len(rows) * 135), fill=90, width=3)
        levels = np.asarray(image, dtype=float)
    ink = render_strokes(strokes_of(rows), 9.0, size)
    levels = levels * (1 - ink) + 50 * ink
    if shadow:
        y, x = np.mgrid[: size[0], : size[1]]
        levels *= 1 - 0.4 / (1 + np.exp(-(x + 0.4 * y - 500) / 20))
    file = BytesIO()
    Image.fromarray(np.rot90(np.clip(levels, 0, 255), turns).astype(np.uint8)).save(file, "JPEG", quality=85)
    return file.getvalue()


def read(content):
    return read_page(content, predict(frame_of(content)[None])[0], predict)


@pytest.mark.parametrize("rows", [["42"], ["4527"], ["12", "754"], ["7", "42", "5512", "41"]])
@pytest.mark.parametrize("shadow", [False, True])
def test_rows_of_digits_are_read_line_by_line(rows, shadow):
    page = read(read_picture(photo(rows, shadow=shadow)))
    assert page.lines == rows
    assert page.turned == 0


def test_the_lines_of_a_table_are_no_digits():
    rows = ["4527", "1245", "724"]
    assert read(read_picture(photo(rows, table=True))).lines == rows


@pytest.mark.parametrize("turns", [1, 3])
def test_a_page_on_its_side_is_turned_and_says_so(turns):
    rows = ["4527", "2457"]
    page = read(read_picture(photo(rows, turns=turns)))
    assert page.lines == rows
    assert page.turned == 360 - 90 * turns


@pytest.mark.parametrize("turns", [0, 1, 3])
def test_boxes_are_in_pixels_of_the_file(turns):
    """The picture is larger than what is worked on. Its first digit is a 7 of 50x90 pixels, at (60, 50)."""
    height, width = 1500, 2400
    page = read(read_picture(photo(["7452", "2445"], turns=turns, size=(height, width))))
    left, top, right, bottom = 55, 45, 115, 145  # with the width of the pen
    if turns == 1:  # np.rot90 turns counterclockwise
        left, top, right, bottom = top, width - right, bottom, width - left
    elif turns == 3:
        left, top, right, bottom = height - bottom, left, height - top, right
    assert page.lines == ["7452", "2445"]
    assert page.parts[0].box == pytest.approx((left, top, right, bottom), abs=9)


def test_rows_of_a_drawing_are_read():
    drawing = Drawing(tuple(strokes_of(["452", "71"])))
    assert read(drawing).lines == ["452", "71"]


def test_what_is_refused_is_a_question_mark_in_the_text():
    cross = [[[0, 0], [60, 100]], [[60, 0], [0, 100]]]
    strokes = [np.array(stroke) * 0.9 + (560, 185) for stroke in cross]
    page = read(Drawing((*strokes_of(["4527", "1245"]), *strokes)))
    assert page.lines == ["4527", "1245?"]
    assert [part.is_stray for part in page.parts] == [False] * 9


@pytest.mark.parametrize("above", [False, True])
def test_a_line_that_is_no_digit_is_no_line_of_the_text(above):
    rows = ["4527", "1245"]
    line = np.array([[60.0, -20.0], [420.0, -320.0]] if above else [[60.0, 310.0], [420.0, 600.0]])
    page = read(Drawing((*strokes_of(rows), line)))
    assert page.lines == rows
    stray = page.parts[0 if above else -1]
    assert stray.is_stray and stray.line == (0 if above else 1)


@pytest.mark.parametrize("y", [176, 305])
def test_a_rule_close_to_digits_is_no_bar_of_theirs(y):
    rows = ["4527", "1245"]
    assert read(Drawing((*strokes_of(rows), np.array([[60.0, y], [420.0, y + 2]])))).lines == rows


def beside_marks(*marks: list) -> Picture:
    """Return a picture of a 2 of 50x90 pixels, at (60, 50), and of these strokes."""
    return Picture(render_strokes([*strokes_of(["2"]), *map(np.array, marks)], 9.0, (500, 500)))


@pytest.mark.parametrize(
    "marks",
    [
        [[[300, 40], [310, 60]]],
        [[[40, 160], [300, 164]]],
        [[[300, 60], [320, 70]], [[90, 410], [90, 420]], [[420, 300], [440, 320]]],
    ],
    ids=["speck", "rule", "specks"],
)
def test_a_digit_beside_specks_and_lines_is_this_digit(marks):
    page = read_unsure(beside_marks(*marks))
    assert page.is_single
    (part,) = page.parts
    assert part.prediction.ensemble.digit == 2
    assert part.box == pytest.approx((56, 45, 114, 145), abs=4)


def test_a_digit_beside_another_sign_is_not_read_alone():
    cross = [[200, 50], [254, 140]], [[254, 50], [200, 140]]
    assert read_unsure(beside_marks(*cross)) is None
    dot = [[80, 230], [90, 240]]
    assert read_unsure(beside_marks(dot)) is None
    assert read_unsure(beside_marks()) is None


def test_a_drawing_is_not_cleaned():
    assert read_unsure(Drawing((*strokes_of(["2"]), np.array([[300.0, 40.0], [310.0, 60.0]])))) is None


def read_unsure(content):
    """Return the page of a content that is refused as a whole."""
    return read_page(
        content, EnsemblePrediction((Prediction("fake", 1, np.full(10, 0.1, np.float32)),), 0.0), predict_surely
    )


@pytest.mark.parametrize("digit", DIGITS)
def test_one_digit_is_no_page(digit):
    assert read(DIGITS[digit]) is None
    assert read(read_picture(photo([str(digit)]))) is None


def read_as(digit: int, drawing: Drawing, **options):
    """Return the page of a drawing that is read as this digit, with confidence, as a whole."""
    row = np.full(10, 0.001, np.float32)
    row[digit] = 0.991
    return read_page(drawing, EnsemblePrediction((Prediction("fake", 1, row),)), predict_surely, **options)


def predict_surely(frames: np.ndarray) -> list[EnsemblePrediction]:
    """Answer as `predict`, but with confidence."""
    return [
        EnsemblePrediction((Prediction("fake", 1, np.eye(10, dtype=np.float32)[one.ensemble.digit]),), one.digit_score)
        for one in predict(frames)
    ]


def test_lines_of_digits_that_look_like_one_digit_from_afar_are_read():
    rows = ["72", "55", "1244"]
    assert read_as(2, Drawing(tuple(strokes_of(rows)))).lines == rows


def test_the_pieces_of_a_broken_stroke_are_no_digits():
    """A 2 in pieces, of which a model would read three as a small 1, and two as a larger one."""
    one = DIGITS[1].strokes[0]
    places = (0, 0, 0.3), (40, 0, 0.3), (80, 10, 0.3), (20, 60, 1.2), (70, 60, 1.2)
    pieces = Drawing(tuple(one * size + (x, y) for x, y, size in places))
    assert read_as(2, pieces) is None


def test_small_marks_beside_one_large_digit_are_no_page():
    marks = [DIGITS[1].strokes[0] * 0.2 + (x, y) for x in (200, 230) for y in (20, 120, 220)]
    assert read_as(2, Drawing((DIGITS[2].strokes[0] * 3, *marks))) is None


def side_by_side(width: float) -> Drawing:
    """Return a 2 and a 1 of height 100 that are together this wide, including strokes."""
    pen = width * 2.45 / 20
    return Drawing((*DIGITS[2].strokes, DIGITS[1].strokes[0] + (width - pen - 10, 0)))


@pytest.mark.parametrize("answer", [2, 7, 9])
@pytest.mark.parametrize("proportions", [0.85, 1.2, 1.5, 2.5])
def test_a_confident_digit_is_divided_only_if_it_is_wider_than_mnist_has_it(answer, proportions):
    drawing = side_by_side(proportions * 115)
    page, offer = read_as(answer, drawing), read_as(answer, drawing, with_alternatives=True)
    is_wide = proportions > {2: 1.67, 7: 1.63, 9: 1.25}[answer]
    assert (page is not None) == is_wide
    assert (offer.lines, offer.is_one_digit) == (["21"], not is_wide)


def test_parts_that_are_not_surely_digits_stay_together():
    """Two arcs of a wide zero, and a five whose top lies apart."""
    angle = np.linspace(0, np.pi, 20)
    arc = np.stack([90 * np.sin(angle), 50 - 50 * np.cos(angle)], axis=1)
    zero = Drawing((arc * (-1, 1), np.add(arc, (30, 0))))
    five = Drawing((DIGITS[5].strokes[0], np.array([[120.0, 0.0], [170.0, 55.0]])))
    for digit, drawing in ((0, zero), (5, five)):
        assert len(segment_digits(drawing)) == 2
        assert read_as(digit, drawing, with_alternatives=True) is None


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_pieces_above_each_other_are_digits_only_if_the_whole_is_refused(score):
    strokes = [DIGITS[digit].strokes[0] + (60, y) for digit, y in ((1, 50), (7, 190))]
    picture = Picture(render_strokes(strokes, 9.0, (340, 200)))
    row = np.full(10, 0.04, np.float32)
    row[4] = 0.64
    page = read_page(picture, EnsemblePrediction((Prediction("fake", 1, row),), score), predict_surely)
    assert (page is None) == (score == 1.0)
    assert page is None or page.lines == ["1", "7"]


@pytest.mark.parametrize("below", [False, True])
def test_digits_above_each_other_are_not_read_for_one_confident_digit(below):
    one = DIGITS[2].strokes[0]
    drawing = Drawing((one, one + ((0, 160) if below else (260, 0))))
    assert (read_as(8, drawing, with_alternatives=True) is None) == below


def test_about_one_in_a_thousand_of_mnists_frames_is_wider():
    with np.load(resources_folder() / "mnist.npz") as archive:
        images, labels = archive["x_train"][:20_000], archive["y_train"][:20_000]
    wide = 0
    for image, label in zip(images, labels.tolist(), strict=True):
        wide += proportions(Picture(image / np.float32(255))) > page_reader._WIDEST[label]
    assert wide <= 0.0015 * len(images)
