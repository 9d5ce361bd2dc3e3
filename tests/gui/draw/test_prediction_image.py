from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from mnist_gui.digits.drawing import Drawing
from mnist_gui.gui import theme
from mnist_gui.gui.answerers import NO_RUNS
from mnist_gui.gui.draw.prediction_image import PIXEL_RATIO, prediction_image
from mnist_gui.models.inference.predictor import EnsemblePrediction
from tests.fakes import FakePredictor

SEVEN = Drawing((np.array([[200.0, 200], [800, 200], [500, 800]]),))
FRAME = np.zeros((28, 28), np.float32)
FRAME[4:24, 13:15] = 1
ANSWER = FakePredictor((7, 7, 1), 0.9).predict_one(FRAME)


@pytest.fixture(autouse=True)
def _usual_theme(qapp):
    theme.apply(QApplication.instance(), "light")
    yield
    theme.apply(QApplication.instance(), "light")


def shades(image: QImage) -> set[str]:
    """Return the colours of every second pixel."""
    places = ((x, y) for y in range(0, image.height(), 2) for x in range(0, image.width(), 2))
    return {image.pixelColor(x, y).name() for x, y in places}


@pytest.mark.parametrize("colors", [theme.LIGHT, theme.DARK])
@pytest.mark.slow
def test_it_has_the_colours_of_theme_and_models_whatever_the_window_has(colors):
    found = shades(prediction_image(SEVEN, FRAME, ANSWER, NO_RUNS, "7 · two of three agree · 60 %", colors))
    for color in (colors.window, colors.surface, colors.paper, colors.ink, colors.text, *colors.marks[:3]):
        assert QColor(color).name() in found
    assert {"#000000", "#ffffff"} <= found, "the frame is white on black"


def test_it_is_as_large_and_looks_the_same_whatever_the_text_size():
    usual = prediction_image(SEVEN, FRAME, ANSWER, NO_RUNS, "7", theme.LIGHT)
    assert usual.devicePixelRatio() == PIXEL_RATIO
    assert usual.width() > 1000
    theme.apply(QApplication.instance(), "dark", 1.5)
    assert prediction_image(SEVEN, FRAME, ANSWER, NO_RUNS, "7", theme.LIGHT) == usual


@pytest.mark.slow
def test_refused_the_models_have_no_colour_but_their_marks():
    muted = prediction_image(SEVEN, FRAME, ANSWER, NO_RUNS, "This does not look like a digit", theme.LIGHT, muted=True)
    usual = prediction_image(SEVEN, FRAME, ANSWER, NO_RUNS, "This does not look like a digit", theme.LIGHT)
    blue = QColor(theme.LIGHT.marks[0])

    def blues(image: QImage) -> int:
        return sum(image.pixelColor(x, y) == blue for y in range(0, image.height(), 2) for x in range(600, 1100, 2))

    assert 0 < blues(muted) < blues(usual) / 3


def test_fewer_models_are_fewer_cards_and_a_long_verdict_takes_more_lines():
    usual = prediction_image(SEVEN, FRAME, ANSWER, NO_RUNS, "7", theme.LIGHT)
    two = prediction_image(SEVEN, FRAME, EnsemblePrediction(ANSWER.predictions[:2]), NO_RUNS, "7", theme.LIGHT)
    assert two.width() < usual.width()
    wordy = prediction_image(SEVEN, FRAME, ANSWER, NO_RUNS, "a long verdict " * 20, theme.LIGHT)
    assert wordy.width() == usual.width()
    assert wordy.height() > usual.height()
