import numpy as np
import pytest

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import frame_of
from mnist_gui.digits.picture import Picture
from mnist_gui.digits.segmentation import segment_digits, segment_page
from mnist_gui.digits.stroke_raster import render_strokes
from mnist_gui.paths import resources_folder

FOUR = Drawing(([[20, 0], [0, 55], [48, 55]], [[40, 20], [38, 100]]))
OPEN_FOUR = Drawing(([[5, 0], [0, 55], [34, 52]], [[42, 20], [40, 100]]))  # its strokes lie 8 % apart
FIVE = Drawing(([[5, 0], [3, 40], [28, 38], [40, 60], [28, 98], [0, 90]], [[14, 0], [50, 1]]))
HATLESS_FIVE = Drawing(([[5, 0], [3, 40], [28, 38], [40, 60], [28, 98], [0, 90]], [[56, -3], [80, -8]]))
SEVEN = Drawing(([[0, 0], [50, 2], [35, 50], [20, 95]], [[8, 48], [52, 46]]))
ONE = Drawing(([[20, 0], [20, 95]],))
DOTTED_SEVEN = Drawing(tuple([[x, 0]] for x in range(0, 60, 12)) + tuple([[50 - y / 4, y]] for y in range(12, 100, 12)))
SINGLE = {
    "four": FOUR,
    "four of two strokes apart": OPEN_FOUR,
    "five": FIVE,
    "five with its hat blown off": HATLESS_FIVE,
    "crossed seven": SEVEN,
    "one": ONE,
    "seven of dots": DOTTED_SEVEN,
    "dot": Drawing(([[3, 3]],)),
    "two dots": Drawing(([[3, 3]], [[60, 3]])),
    "dash and dot": Drawing(([[0, 0], [40, 0]], [[80, 50]])),
    "blank": Drawing(),
}


def beside(*digits: Drawing, gap: float = 25, slant: float = 0.0) -> Drawing:
    """Drawings side by side with a gap between their boxes, then slanted."""
    strokes, right = [], 0.0
    for digit in digits:
        left = digit.bounds()[0]
        strokes += [stroke - (left - right, 0) for stroke in digit.strokes]
        right += digit.bounds()[2] - left + gap
    return Drawing(tuple(stroke - stroke[:, 1:] * (slant, 0) for stroke in strokes))


def painted(drawing: Drawing, scale: float = 1.0, pen: float = 8.0) -> Picture:
    left, top, right, bottom = drawing.bounds()
    shape = int((bottom - top) * scale + 2 * pen), int((right - left) * scale + 2 * pen)
    return Picture(render_strokes([(stroke - (left, top)) * scale + pen for stroke in drawing.strokes], pen, shape))


@pytest.mark.parametrize("drawing", SINGLE.values(), ids=SINGLE)
def test_one_digit_is_one(drawing):
    assert segment_digits(drawing) == (drawing,)


@pytest.mark.parametrize("drawing", [FOUR, OPEN_FOUR, FIVE, HATLESS_FIVE, SEVEN, ONE, DOTTED_SEVEN])
def test_one_digit_of_a_picture_is_one(drawing):
    picture = painted(drawing)
    assert segment_digits(picture) == (picture,)


def test_no_ink_is_one():
    blank = Picture(np.zeros((9, 9)))
    assert segment_digits(blank) == (blank,)


@pytest.mark.parametrize("gap", [15, 25, 60])
@pytest.mark.parametrize("slant", [-0.3, 0, 0.3, 0.5])
def test_digits_side_by_side_are_distinguished(gap, slant):
    digits = (FOUR, ONE, SEVEN, FIVE)
    found = segment_digits(beside(*digits, gap=gap, slant=slant))
    assert len(found) == len(digits)
    for segment, digit in zip(found, digits, strict=True):
        straight = Drawing(tuple(stroke + stroke[:, 1:] * (slant, 0) for stroke in segment.strokes))
        assert np.abs(frame_of(straight) - frame_of(digit)).max() < 1e-3


def test_another_size_and_baseline_are_usual():
    small = Drawing(tuple(stroke * 0.6 + (0, 25) for stroke in FIVE.strokes))
    assert [len(part.strokes) for part in segment_digits(beside(ONE, small, SEVEN))] == [1, 2, 2]


def test_strokes_keep_their_order_whatever_the_order_of_the_digits():
    both = beside(SEVEN, FIVE)
    mixed = Drawing(tuple(both.strokes[index] for index in (2, 0, 3, 1)), label=7)
    left, right = segment_digits(mixed)
    assert left == Drawing((both.strokes[0], both.strokes[1]))
    assert right == Drawing((both.strokes[2], both.strokes[3]))


@pytest.mark.parametrize("scale", [0.2, 1, 5])
def test_digits_of_a_picture_are_distinguished(scale):
    both = painted(beside(FOUR, SEVEN), scale, pen=8 * scale)
    left, right = segment_digits(both)
    assert np.array_equal(left.ink + right.ink, both.ink)  # every pixel is in one of them, soft edges too
    assert not (left.ink * right.ink).any()
    for segment, digit in ((left, FOUR), (right, SEVEN)):
        alone = frame_of(painted(digit, scale, pen=8 * scale))
        assert np.sqrt(np.mean((frame_of(segment) - alone) ** 2)) < 0.12


def test_mnist_digits_are_one():
    with np.load(resources_folder() / "mnist.npz") as archive:
        images = archive["x_train"][:300]
    assert all(len(segment_digits(Picture(image / np.float32(255)))) == 1 for image in images)
    frame = Picture.from_mnist(images[0], 5)
    assert segment_digits(frame) == (frame,)


def test_a_sketch_beside_two_lines_does_not_join_them():
    first = beside(FOUR, SEVEN)
    second = Drawing(tuple(np.add(stroke, (0, 150)) for stroke in beside(ONE, FIVE).strokes))
    brace = np.array([[400, 0], [430, 120], [400, 240]])
    lines = segment_page(painted(Drawing((*first.strokes, *second.strokes, brace))))
    assert [len(line) for line in lines] == [2, 2]


@pytest.mark.slow
def test_what_has_too_many_parts_is_left_whole():
    fence = Drawing(tuple([[x, 0], [x, 90]] for x in range(0, 3000, 30)))
    assert segment_digits(fence) == (fence,)
    hatching = Drawing(tuple([[x, 0], [x, 90]] for x in range(0, 50_000)))
    assert segment_digits(hatching) == (hatching,)
    assert len(segment_digits(painted(beside(*[ONE] * 5)))) == 5
