import numpy as np
import pytest

from mnist_gui.digits.corruptions import CORRUPTIONS, corrupt
from mnist_gui.digits.dataset import load_mnist

EACH = pytest.mark.parametrize("name", CORRUPTIONS)
NONE = np.zeros((28, 28), np.float32)


@pytest.fixture(scope="module")
def digits():
    return load_mnist().train[:40].frames()


def amounts(name, count=40):
    return np.linspace(CORRUPTIONS[name].low, CORRUPTIONS[name].high, count)


def inked(rows, columns):
    frame = NONE.copy()
    frame[rows, columns] = 1
    return frame[None]


def test_all_properties_are_there():
    wanted = "shift rotation scale shear thickness blur noise occlusion contrast"
    assert list(CORRUPTIONS) == wanted.split()


@EACH
def test_severities_lie_in_the_range_and_go_ever_farther_from_neutral(name):
    one = CORRUPTIONS[name]
    assert one.low <= one.neutral <= one.high
    away = [abs(amount - one.neutral) for amount in one.severities]
    assert away == sorted(away) and away[0] > 0 and len(set(away)) == 5
    assert all(one.low <= amount <= one.high for amount in one.severities)
    for end in (one.low, one.high):
        assert (end - one.neutral) / one.step == pytest.approx(round((end - one.neutral) / one.step))


@EACH
def test_frames_stay_frames_and_the_given_ones_as_they_are(name, digits):
    before = digits.copy()
    altered = corrupt(digits, name, amounts(name))
    assert (altered.shape, altered.dtype) == (digits.shape, np.float32)
    assert altered.min() >= 0 and altered.max() <= 1
    assert (digits == before).all()


@EACH
def test_the_neutral_amount_gives_the_frames_back_bit_for_bit(name, digits):
    same = corrupt(digits, name, CORRUPTIONS[name].neutral)
    assert same.tobytes() == digits.tobytes()
    same[:] = 0
    assert digits.any(), "what is given back is the caller's own"


@EACH
def test_every_severity_changes_every_digit_more(name, digits):
    one = CORRUPTIONS[name]
    changes = [np.abs(corrupt(digits, name, amount) - digits).mean(axis=(1, 2)) for amount in one.severities]
    assert (changes[0] > 0).all()
    means = [change.mean() for change in changes]
    assert means == sorted(means)


@EACH
def test_a_frame_does_not_mind_its_company_nor_how_amounts_are_given(name, digits):
    most = CORRUPTIONS[name].severities[-1]
    together = corrupt(digits, name, most, seed=3)
    alone = np.concatenate([corrupt(frame[None], name, most, seed=3) for frame in digits])
    assert together.tobytes() == alone.tobytes()
    backwards = corrupt(digits[::-1], name, np.full(len(digits), most), seed=3)[::-1]
    assert backwards.tobytes() == together.tobytes()


@EACH
def test_a_slider_moves_smoothly(name, digits):
    one = CORRUPTIONS[name]
    steps = round((one.high - one.low) / one.step)
    sweep = corrupt(np.repeat(digits[:1], steps + 1, axis=0), name, np.linspace(one.low, one.high, steps + 1))
    jumps = np.abs(np.diff(sweep, axis=0)).mean(axis=(1, 2))
    assert jumps.max() < 0.02, "of all the white there could be"


@EACH
def test_blank_frames_and_no_frames_are_no_trouble(name):
    assert corrupt(np.zeros((0, 28, 28), np.float32), name, CORRUPTIONS[name].high).shape == (0, 28, 28)
    blank = corrupt(NONE[None], name, CORRUPTIONS[name].severities[-1])
    assert np.isfinite(blank).all() and (name == "noise" or not blank.any())


def test_a_shift_is_one_to_the_right_and_down_for_each_pixel():
    assert (corrupt(inked(10, 12), "shift", 3) == inked(13, 15)).all()
    assert (corrupt(inked(10, 12), "shift", -3) == inked(7, 9)).all()
    between = corrupt(inked(10, 12), "shift", 0.5)
    assert between[0, 10:12, 12:14] == pytest.approx(0.25) and between.sum() == pytest.approx(1)
    assert not corrupt(inked(27, 27), "shift", 2).any(), "what leaves the frame is gone"


def test_a_rotation_is_clockwise_about_the_centre():
    assert corrupt(inked(14, slice(15, 20)), "rotation", 90) == pytest.approx(inked(slice(15, 20), 14), abs=1e-5)
    assert corrupt(inked(14, slice(15, 20)), "rotation", -90) == pytest.approx(inked(slice(9, 14), 14), abs=1e-5)


def test_half_the_scale_is_half_the_size():
    half = corrupt(inked(slice(6, 23), 14), "scale", 0.5)[0]
    assert np.flatnonzero(half[:, 14] > 0.4).tolist() == list(range(10, 19))


def test_a_slant_leans_the_top_to_the_right_by_its_angle():
    leaning = corrupt(inked(slice(4, 25), 14), "shear", 45)[0]
    assert [int(row.argmax()) for row in leaning[4:24]] == [14 + 14 - row for row in range(4, 24)]


def test_thickness_adds_and_takes_whole_pixels_and_parts_of_them():
    bar = inked(slice(5, 23), slice(12, 16))
    widths = [corrupt(bar, "thickness", amount)[0, 14].sum() for amount in (-1, -0.5, 0.5, 1, 1.5, 2)]
    assert widths == pytest.approx([2, 3, 5, 6, 7, 8])


def test_blur_spreads_ink_and_loses_none():
    blurred = corrupt(inked(14, 14), "blur", 1)[0]
    assert blurred.sum() == pytest.approx(1, abs=1e-4)
    assert blurred[14, 15] / blurred[14, 14] == pytest.approx(np.exp(-0.5), abs=1e-4)


def test_noise_is_the_same_field_growing_and_another_for_each_frame_and_seed():
    grey = np.full((1, 28, 28), 0.5, np.float32)
    little, much = corrupt(grey, "noise", 0.05) - 0.5, corrupt(grey, "noise", 0.1) - 0.5
    assert much == pytest.approx(2 * little, abs=1e-6)
    assert much.std() == pytest.approx(0.1, rel=0.1)
    assert (corrupt(grey, "noise", 0.1, seed=1) - 0.5 != much).any()
    other = corrupt(grey * np.float32(0.99), "noise", 0.1) - 0.5
    assert abs(np.corrcoef(other.ravel(), much.ravel())[0, 1]) < 0.15


def test_an_occlusion_covers_ink_with_a_square(digits):
    altered = corrupt(digits, "occlusion", 6)
    for frame, covered in zip(digits, altered, strict=True):
        rows, columns = np.nonzero(frame != covered)
        assert len(rows) and max(np.ptp(rows), np.ptp(columns)) <= 6
        assert covered.sum() < frame.sum()
    assert (corrupt(digits, "occlusion", 10) <= altered).all(), "the larger square covers the smaller"


def test_contrast_draws_pixels_towards_the_mean(digits):
    fewer = corrupt(digits, "contrast", 0.2)
    assert np.ptp(fewer, axis=(1, 2)) == pytest.approx(0.2 * np.ptp(digits, axis=(1, 2)), abs=1e-6)
    assert fewer.mean(axis=(1, 2)) == pytest.approx(digits.mean(axis=(1, 2)), abs=1e-6)


@pytest.mark.parametrize(
    ("name", "amount", "text"),
    [
        ("rotation", 12, "+12°"),
        ("rotation", 0, "0°"),
        ("shift", -3.5, "−3.5 px"),
        ("scale", 0.85, "0.85×"),
        ("noise", 0.38, "0.38"),
        ("blur", 2, "2.0 px"),
    ],
)
def test_amounts_in_words(name, amount, text):
    assert CORRUPTIONS[name].format_amount(amount) == text


@pytest.mark.parametrize("amount", [-8.5, 8.01, np.inf, np.nan, np.array([1.0, 9.0])])
def test_an_amount_outside_the_range_is_reported_with_the_range(amount):
    with pytest.raises(ValueError, match=r"amount of shift is .*from -8 to 8"):
        corrupt(np.zeros((2, 28, 28), np.float32), "shift", amount)


def test_unknown_names_and_other_shapes_are_reported():
    with pytest.raises(ValueError, match=r"no corruption 'shaer'; choose one of shift.*shear"):
        corrupt(NONE[None], "shaer", 1)
    with pytest.raises(ValueError, match=r"shape \(28, 28\)"):
        corrupt(NONE, "shift", 1)
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        corrupt(NONE[None], "shift", np.ones(3))
