import numpy as np
import pytest

from mnist_gui.digits import augmentation
from mnist_gui.digits.augmentation import augment
from mnist_gui.digits.dataset import load_mnist


@pytest.fixture(scope="module")
def digits():
    train = load_mnist().train[:256]
    return train.frames(), train.labels


def rng(seed=0):
    return np.random.default_rng(seed)


def test_altered_digits_are_frames_and_differ(digits):
    frames, labels = digits
    before = frames.copy()
    altered = augment(frames, labels, 1.0, rng())
    assert (altered.shape, altered.dtype) == (frames.shape, np.float32)
    assert altered.min() >= 0 and altered.max() <= 1
    assert (frames == before).all(), "the data themselves stay as they are"
    assert (np.abs(altered - frames).sum(axis=(1, 2)) > 1).all()


def test_no_strength_leaves_frames_as_they_are(digits):
    assert augment(*digits, 0.0, rng()) is digits[0]


def test_the_same_random_state_gives_the_same_copies(digits):
    assert (augment(*digits, 1.0, rng(4)) == augment(*digits, 1.0, rng(4))).all()
    assert (augment(*digits, 1.0, rng(4)) != augment(*digits, 1.0, rng(5))).any()


def test_a_digit_stays_in_its_frame(digits):
    altered = augment(*digits, 1.0, rng())
    edge = np.ones((28, 28), bool)
    edge[1:-1, 1:-1] = False
    # What would be cut lies on the outermost pixels.
    assert altered[:, edge].sum() < 0.01 * altered.sum()


@pytest.mark.slow
def test_with_every_range_at_nothing_a_frame_comes_back(digits, monkeypatch):
    for name in ("ROTATION", "SHEAR", "SCALE", "SHIFT", "WOBBLE", "THICKNESS", "FOREIGN"):
        monkeypatch.setattr(augmentation, name, 0.0)
    assert augment(*digits, 1.0, rng()) == pytest.approx(digits[0], abs=1e-5)


def only(monkeypatch, name, value):
    for other in ("ROTATION", "SHEAR", "SCALE", "SHIFT", "WOBBLE", "THICKNESS", "FOREIGN"):
        monkeypatch.setattr(augmentation, other, value if other == name else 0.0)


def test_thickness_makes_some_strokes_thicker_and_others_thinner(digits, monkeypatch):
    only(monkeypatch, "THICKNESS", 0.8)
    ratio = augment(*digits, 1.0, rng()).sum(axis=(1, 2)) / digits[0].sum(axis=(1, 2))
    assert ratio.min() < 0.85 and ratio.max() > 1.3


def test_scale_and_shift_move_ink_as_far_as_they_say(digits, monkeypatch):
    def centre(frames):
        grid = np.stack(np.meshgrid(np.arange(28), np.arange(28), indexing="ij"))
        return np.einsum("nij,cij->nc", frames, grid) / frames.sum(axis=(1, 2))[:, None]

    only(monkeypatch, "SHIFT", 1.5)
    moved = centre(augment(*digits, 1.0, rng())) - centre(digits[0])
    assert np.abs(moved).max() == pytest.approx(1.5, abs=0.1)
    only(monkeypatch, "SCALE", 0.15)
    size = augment(*digits, 1.0, rng()).sum(axis=(1, 2)) / digits[0].sum(axis=(1, 2))
    assert 0.85**2 * 0.95 < size.min() < 0.85 and 1.15 < size.max() < 1.15**2 * 1.05


def test_foreign_forms_come_at_every_strength_and_are_as_large_as_digits_of_mnist(digits, monkeypatch):
    only(monkeypatch, "FOREIGN", 0.12)
    frames, labels = np.tile(digits[0], (8, 1, 1)), np.tile(digits[1], 8)
    for strength in (0.5, 1.0, 2.0):
        altered = augment(frames, labels, strength, rng())
        changed = np.abs(altered - frames).sum(axis=(1, 2)) > 1
        assert changed.mean() == pytest.approx(0.12 * strength, rel=0.2)
        assert set(labels[changed]) == set(range(10))
        for frame in altered[changed]:
            rows, columns = np.nonzero(frame > 0.3)
            assert max(np.ptp(rows), np.ptp(columns)) + 1 <= 22, "as large as MNIST's own"


def test_frames_without_labels_take_no_foreign_form(digits, monkeypatch):
    only(monkeypatch, "FOREIGN", 1.0)
    assert augment(digits[0], None, 1.0, rng()) == pytest.approx(digits[0], abs=1e-5)


def test_no_frames_and_a_blank_frame_are_no_trouble():
    assert augment(np.zeros((0, 28, 28), np.float32), np.zeros(0, int), 1.0, rng()).shape == (0, 28, 28)
    assert not augment(np.zeros((3, 28, 28), np.float32), np.array([1, 7, 9]), 1.0, rng()).any()
