import numpy as np
import pytest
from scipy import ndimage

from mnist_gui.digits import foreign_forms
from mnist_gui.digits.dataset import load_mnist
from mnist_gui.digits.foreign_forms import ADDED, FORMS, WEIGHTS, foreign_form
from mnist_gui.digits.stroke_width import MAX_WIDTH, MIN_WIDTH, stroke_width

COUNT = 60
EDGE = np.pad(np.zeros((26, 26), bool), 1, constant_values=True)


@pytest.fixture(scope="module")
def frames():
    """Return 40 MNIST frames of each digit."""
    train = load_mnist().train[:2000]
    return {label: train[np.flatnonzero(train.labels == label)[:40]].frames() for label in range(10)}


def forms_of(frames, label, form, monkeypatch):
    """Return many of one form: frames, sizes and offsets."""
    monkeypatch.setitem(FORMS, label, [(form, 1)])
    rng = np.random.default_rng(label)
    return [foreign_form(frames[label][index % 40], label, rng) for index in range(COUNT)]


EVERY_FORM = [(label, form) for label, forms in FORMS.items() for form, _ in forms]


@pytest.mark.parametrize(("label", "form"), EVERY_FORM, ids=lambda value: getattr(value, "__name__", str(value)))
def test_a_form_is_ink_in_a_frame_and_says_how_it_lies(frames, label, form, monkeypatch):
    for frame, size, (down, right) in forms_of(frames, label, form, monkeypatch):
        assert (frame.shape, frame.dtype) == ((28, 28), np.float32)
        assert frame.min() == 0 and frame.max() > 0.9
        assert frame[EDGE].sum() < 0.01 * frame.sum(), "a stroke is cut"
        inked = np.argwhere(frame > 0.3)
        assert size == pytest.approx(20 / max(20, np.ptp(inked, axis=0).max() + 1))
        total = frame.sum()
        assert (frame.sum(1) @ np.arange(28) / total - 14, frame.sum(0) @ np.arange(28) / total - 14) == (
            pytest.approx(down, abs=1e-4),
            pytest.approx(right, abs=1e-4),
        )


@pytest.mark.parametrize(
    ("label", "form"),
    [pair for pair in EVERY_FORM if pair[1] not in ADDED],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_form_written_anew_has_the_size_and_the_stroke_width_of_mnist(frames, label, form, monkeypatch):
    written = [frame for frame, _, _ in forms_of(frames, label, form, monkeypatch)]
    for frame in written:
        assert 18 <= np.ptp(np.argwhere(frame > 0.3), axis=0).max() + 1 <= 21
    # Where strokes meet, they are wider.
    assert np.mean([MIN_WIDTH <= stroke_width(frame) <= MAX_WIDTH for frame in written]) > 0.95


def holes(frame):
    """Return the number of areas of paper that ink surrounds."""
    paper = np.pad(frame < 0.5, 1, constant_values=True)
    return int(ndimage.label(paper)[1]) - 1


def test_a_slash_divides_a_zero_that_had_one_hole(frames, monkeypatch):
    slashed = [frame for frame, _, _ in forms_of(frames, 0, foreign_forms._slashed_zero, monkeypatch)]
    assert np.mean([holes(frame) >= 2 for frame in slashed]) > 0.95
    slashed = [frame for frame, _, _ in forms_of(frames, 0, foreign_forms._slash_in_ink, monkeypatch)]
    # In narrow zeros of MNIST the slash fills the hole.
    assert np.mean([holes(frame) >= 2 for frame in slashed]) > 0.7
    round_ones = [frame for frame, _, _ in forms_of(frames, 0, foreign_forms._round_zero, monkeypatch)]
    assert np.mean([holes(frame) <= 1 for frame in round_ones]) == 1


def test_a_flag_of_a_one_reaches_from_a_quarter_of_its_height_to_all_of_it(monkeypatch):
    rng = np.random.default_rng(0)
    down = [np.ptp(foreign_forms._flagged_one(rng)[0][:, 1]) for _ in range(400)]
    assert min(down) < 0.3 and max(down) > 0.95
    # Steeper than the bar of a seven.
    flags = [foreign_forms._flagged_one(rng)[0] for _ in range(400)]
    assert max(np.ptp(flag[:, 0]) / np.ptp(flag[:, 1]) for flag in flags) < 1.5


def test_a_five_can_have_its_top_apart_and_a_four_its_top_open(frames, monkeypatch):
    fives = [frame for frame, _, _ in forms_of(frames, 5, foreign_forms._apart_five, monkeypatch)]
    assert np.mean([ndimage.label(frame > 0.3, np.ones((3, 3)))[1] == 2 for frame in fives]) > 0.15
    fours = [frame for frame, _, _ in forms_of(frames, 4, foreign_forms._open_four, monkeypatch)]
    assert np.mean([holes(frame) == 0 for frame in fours]) > 0.8


def test_a_nine_and_a_six_keep_their_loop(frames, monkeypatch):
    for label, form in ((9, foreign_forms._hooked_nine), (6, foreign_forms._curled_six)):
        loops = [frame for frame, _, _ in forms_of(frames, label, form, monkeypatch)]
        assert np.mean([holes(frame) >= 1 for frame in loops]) > 0.95


def test_the_same_random_state_gives_the_same_form(frames):
    for label in range(10):
        first, second, other = (foreign_form(frames[label][0], label, np.random.default_rng(s))[0] for s in (3, 3, 4))
        assert (first == second).all() and (first != other).any()


def test_the_weights_of_the_digits_keep_the_share_of_all(frames):
    assert np.mean([WEIGHTS[label] for label in range(10)]) == pytest.approx(1.0)


def test_a_blank_frame_stays_blank():
    for label in range(10):
        assert not foreign_form(np.zeros((28, 28), np.float32), label, np.random.default_rng(0))[0].any()
