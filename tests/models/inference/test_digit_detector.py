import numpy as np
import pytest

from mnist_gui.digits.dataset import load_mnist
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import frame_of
from mnist_gui.models.inference.digit_detector import load_detector
from mnist_gui.models.inference.predictor import MIN_DIGIT_SCORE, EnsemblePrediction, verdict
from tests.fakes import FakePredictor

FRAME = np.zeros((28, 28), np.float32)
TURN = np.linspace(0, 2 * np.pi, 40)


def drawn(*strokes) -> np.ndarray:
    return frame_of(Drawing(tuple(np.array(stroke, float) for stroke in strokes)))


# Shapes that are no digits and that the detector was not trained on.
SHAPES = {
    "a horse": (
        [(20, 40), (70, 38), (90, 45), (88, 60), (25, 60), (20, 40)],
        [(24, 60), (22, 90)],
        [(35, 60), (36, 90)],
        [(75, 60), (74, 90)],
        [(86, 60), (88, 90)],
        [(88, 45), (100, 20), (115, 25), (112, 32), (104, 33)],
    ),
    "a scribble": ([(10 + 7 * i, 15 + 60 * (i % 2) + 3 * (i % 5)) for i in range(14)], [(10, 80), (95, 10)]),
    "a hash": ([(30, 0), (25, 100)], [(70, 0), (65, 100)], [(0, 35), (100, 30)], [(0, 70), (100, 65)]),
    "a W": ([(0, 0), (25, 100), (50, 40), (75, 100), (100, 0)],),
    "a face": (
        np.stack([50 + 50 * np.cos(TURN), 50 + 50 * np.sin(TURN)], axis=1),
        [(30, 35), (32, 37)],
        [(70, 35), (68, 37)],
        [(25, 65), (50, 80), (75, 65)],
    ),
}


@pytest.mark.parametrize(
    ("confidence", "text"), [(0.99, "digit"), (0.51, "digit"), (0.5, "uncertain"), (0.3, "uncertain")]
)
def test_uncertain_where_no_digit_has_more_than_half(confidence, text):
    assert verdict(FakePredictor((4, 4, 4), confidence).predict_one(FRAME)) == text


def test_what_is_no_digit_is_refused_however_sure_the_models_are():
    predictions = FakePredictor((4, 4, 4), 0.99).predict_one(FRAME).predictions
    assert verdict(EnsemblePrediction(predictions, MIN_DIGIT_SCORE - 0.01)) == "not_a_digit"
    assert verdict(EnsemblePrediction(predictions, MIN_DIGIT_SCORE + 0.01)) == "digit"


def test_no_ink_is_blank():
    assert verdict(None) == "blank"


@pytest.mark.parametrize("turns", [12, 30])
def test_a_blot_is_no_zero(turns):
    """A disc, however densely filled."""
    angle = np.linspace(0, 2 * np.pi * turns, 40 * turns)
    disc = np.stack([angle * np.cos(angle), angle * np.sin(angle)], axis=1)
    assert load_detector().scores(drawn(disc)[None])[0] < MIN_DIGIT_SCORE


@pytest.mark.slow
def test_no_training_digit_is_a_blot():
    """The thickest digits of MNIST, which the rule for blots was chosen by."""
    frames = load_mnist().train.frames()
    fattest = frames[np.argsort(-frames.mean(axis=(1, 2)))[:50]]
    assert (load_detector().scores(fattest) > 0).all()


@pytest.mark.parametrize("name", SHAPES)
def test_the_detector_refuses(name):
    assert load_detector().scores(drawn(*SHAPES[name])[None])[0] < MIN_DIGIT_SCORE


def test_the_detector_lets_digits_pass():
    """Held-out training frames, 0.18 % of which are below the threshold."""
    scores = load_detector().scores(load_mnist().train[55_000:57_000].frames())
    assert (scores < MIN_DIGIT_SCORE).mean() <= 0.004


@pytest.mark.parametrize(
    "strokes",
    [
        ([(30, 0), (30, 100)],),
        ([(0, 0), (60, 0), (20, 100)],),
        ([(40, 0), (0, 70), (70, 70)], [(50, 30), (50, 100)]),
        (np.stack([50 + 30 * np.sin(TURN), 50 - 45 * np.cos(TURN)], axis=1),),
    ],
    ids=["1", "7", "4", "0"],
)
def test_the_detector_lets_digits_pass_that_are_drawn_plainly(strokes):
    assert load_detector().scores(drawn(*strokes)[None])[0] >= MIN_DIGIT_SCORE
