"""The strip shows every stage of the training, however long it was."""

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel, QWidget

from mnist_gui.gui import theme
from mnist_gui.gui.train.live_prediction_strip import LivePredictionStrip
from tests.gui.cut_widgets import faults


@pytest.fixture
def strip(qtbot, qapp) -> LivePredictionStrip:
    theme.apply(qapp, "light")
    strip = LivePredictionStrip()
    qtbot.addWidget(strip)
    strip.resize(600, strip.sizeHint().height())
    strip.show()
    qtbot.waitExposed(strip)
    return strip


def say(digit: int, confidence: float = 0.8) -> tuple[float, ...]:
    row = np.full(10, (1 - confidence) / 9)
    row[digit] = confidence
    return tuple(row.tolist())


def line(strip: LivePredictionStrip) -> QWidget:
    return strip.findChild(QWidget, "answer_line")


def colored(strip: LivePredictionStrip, model: int) -> list[int]:
    """Return the columns of the line that show the model's full colour."""
    image = line(strip).grab().toImage()
    row = image.height() - 4
    wanted = theme.LIGHT.mark(model).name()
    return [x for x in range(image.width()) if image.pixelColor(x, row).name() == wanted]


def test_the_caption_says_whose_digit_it_is_and_who_answers(strip):
    caption = strip.findChild(QLabel, "strip_caption")
    strip.set_frame(np.zeros((28, 28), np.float32), is_user_digit=False)
    assert "test digit" in caption.text()
    strip.set_frame(np.zeros((28, 28), np.float32), is_user_digit=True)
    strip.begin_training(2, 25)
    assert "Your digit" in caption.text() and "Model 2 answers every 25 batches" in caption.text()
    strip.begin_training(0, 25)
    assert "your own model answers every 25 batches" in caption.text()


def test_the_frame_is_shown_white_on_black(strip):
    frame = np.zeros((28, 28), np.float32)
    frame[10:18, 10:18] = 1
    strip.set_frame(frame, is_user_digit=True)
    image = line(strip).grab().toImage()
    middle = image.height() // 2
    assert image.pixelColor(middle, middle).lightness() > 250
    assert image.pixelColor(10, middle).lightness() < 5


def test_answers_line_up_in_their_model_s_colour(strip):
    strip.add_prediction(1, say(3, 1.0))
    first = colored(strip, 1)
    strip.add_prediction(2, say(7, 1.0))
    second = colored(strip, 2)
    assert strip.predictions == [3, 7]
    assert first and second and max(first) < min(second)
    assert "says 7" in line(strip).accessibleName()


def test_a_long_training_stays_visible_from_first_to_last(strip):
    strip.add_prediction(1, say(0, 1.0))
    for _ in range(700):
        strip.add_prediction(3, say(5, 0.5))
    strip.add_prediction(2, say(8, 1.0))
    assert colored(strip, 1) and colored(strip, 2)
    assert max(colored(strip, 2)) < line(strip).width()


def test_clearing_empties_it(strip):
    strip.add_prediction(1, say(3, 1.0))
    strip.clear()
    assert strip.predictions == [] and not colored(strip, 1)
    assert "line up here" in line(strip).accessibleName()


def test_answers_stay_beside_the_digit_they_are_about(strip):
    frame = np.full((28, 28), 0.5, np.float32)
    strip.set_frame(frame, is_user_digit=True)
    strip.add_prediction(1, say(3))
    strip.set_frame(frame.copy(), is_user_digit=True)
    assert strip.predictions == [3]
    strip.set_frame(frame / 2, is_user_digit=True)
    assert strip.predictions == []


def test_after_the_end_no_model_is_named(strip):
    strip.set_frame(np.zeros((28, 28), np.float32), is_user_digit=True)
    strip.begin_training(2, 25)
    strip.add_prediction(2, say(3))
    strip.end_training()
    assert strip.findChild(QLabel, "strip_caption").text() == "Your digit while it learns" and strip.predictions == [3]


@pytest.mark.parametrize("width", [220, 350, 900])
@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_its_caption_is_never_cut_and_its_height_stays(qapp, strip, width, scale):
    theme.apply(qapp, "light", scale)
    strip.resize(width, strip.height())
    qapp.processEvents()
    height = line(strip).height()
    assert not faults(strip)
    strip.set_frame(np.zeros((28, 28), np.float32), is_user_digit=False)
    strip.begin_training(0, 1000)
    strip.add_prediction(1, say(3, 1.0))
    qapp.processEvents()
    assert not faults(strip)
    assert line(strip).height() == height and colored(strip, 1)
    theme.apply(qapp, "light")
