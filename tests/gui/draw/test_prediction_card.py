from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage
from PySide6.QtWidgets import QApplication, QToolTip

from mnist_gui.gui import theme
from mnist_gui.gui.answerers import NO_RUNS
from mnist_gui.gui.draw.prediction_card import PredictionCard
from mnist_gui.gui.draw.probability_bars import ProbabilityBars
from mnist_gui.models.inference.predictor import Prediction
from mnist_gui.wording import percent

LOW = 190  # pixels, too few for ten bars below each other


def card_of(place: int) -> PredictionCard:
    card = PredictionCard(place)
    card.set_answerer(NO_RUNS[place - 1])
    return card


@pytest.fixture
def card(qtbot):
    theme.apply(QApplication.instance(), "light")
    card = card_of(2)
    qtbot.addWidget(card)
    card.resize(220, 400)
    card.show()
    qtbot.waitExposed(card)
    return card


def prediction(digit: int, confidence: float) -> Prediction:
    probabilities = np.full(10, (1 - confidence) / 9, np.float32)
    probabilities[digit] = confidence
    return Prediction("model-2-quick-20261122-163000", 2, probabilities, calibrated=True)


def count(card: PredictionCard, color: str) -> int:
    """How many pixels have exactly that colour."""
    image, wanted = card.grab().toImage(), QColor(color).rgb()
    return sum(image.pixel(x, y) == wanted for y in range(image.height()) for x in range(image.width()))


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0.0, "<0.1 %"),
        (0.0009, "<0.1 %"),
        (0.001, "0.1 %"),
        (0.0094, "0.9 %"),
        (0.0099, "1 %"),
        (0.5, "50 %"),
        (0.9949, "99 %"),
        (0.9951, "99.5 %"),
        (0.999, "99.9 %"),
        (0.9995, ">99.9 %"),
        (1.0, ">99.9 %"),
    ],
)
def test_percent_never_says_certain_or_impossible(probability, text):
    assert percent(probability) == text.replace(" ", "\u00a0")


def test_it_waits_then_invites_then_answers(card):
    assert card.status == "Loading…"
    assert card.prediction is None
    card.set_status("")
    assert card.accessibleName() == "Model 2: no answer yet"
    card.set_prediction(prediction(7, 0.98))
    assert card.accessibleName() == "Model 2: 7, 98\u00a0%"
    card.set_prediction(None)
    assert card.accessibleName() == "Model 2: no answer yet"


def test_the_winning_bar_has_the_models_colour_and_follows_the_confidence(card):
    colour = theme.LIGHT.marks[1]
    empty = count(card, colour)  # the mark beside the title
    assert empty > 0
    card.set_prediction(prediction(3, 0.5))
    half = count(card, colour)
    card.set_prediction(prediction(3, 0.999))
    assert empty < half < count(card, colour)


@pytest.mark.parametrize("height", [400, LOW])
def test_all_that_changes_from_answer_to_answer_is_painted_again(card, qtbot, height):
    card.resize(220, height)
    for changed in (
        prediction(3, 0.9),
        prediction(3, 0.9004),
        prediction(5, 0.4),
        replace(prediction(5, 0.4), model=2),
    ):
        card.set_prediction(changed)
        QApplication.processEvents()
    kind = QImage.Format.Format_RGB32
    shown = card.screen().grabWindow(card.winId()).toImage().convertToFormat(kind)
    assert shown == card.grab().toImage().convertToFormat(kind)


def test_confidence_that_nothing_was_fitted_to_is_said_to_be_so(card):
    card.set_prediction(replace(prediction(3, 0.97), calibrated=False))
    assert card.accessibleName() == "Model 2: 3, 97\u00a0%, not calibrated"


def test_a_refused_answer_keeps_its_text_but_not_its_colour(card):
    card.set_prediction(prediction(3, 0.4))
    card.bars.set_muted(True)
    colour = theme.LIGHT.marks[1]
    mark_only = card_of(2)
    mark_only.resize(card.size())
    assert count(card, colour) == count(mark_only, colour)
    assert card.accessibleName() == "Model 2: 3, 40\u00a0%"
    mark_only.deleteLater()


def test_an_answer_never_moves_anything(card, qtbot):
    before = [child.geometry() for child in card.children() if child.isWidgetType()]
    for confidence in (0.2, 0.97, 0.9999):
        card.set_prediction(prediction(1, confidence))
        QApplication.processEvents()
        assert [child.geometry() for child in card.children() if child.isWidgetType()] == before


def test_the_empty_bars_are_as_long_as_those_of_an_answer(card):
    card.set_status("")
    empty = count(card, theme.LIGHT.grid)
    card.set_prediction(Prediction("model-2", 2, np.zeros(10, np.float32)))
    assert empty > 0
    assert count(card, theme.LIGHT.grid) == pytest.approx(empty, rel=0.02)  # round ends


def test_the_large_digit_grows_with_the_text(card):
    app = QApplication.instance()
    card.set_prediction(prediction(1, 0.98))
    card.resize(400, 600)
    inked = []
    for scale in (1.0, 1.5):
        theme.apply(app, "light", scale)
        QApplication.processEvents()
        inked.append(ink_height(card))
    theme.apply(app, "light")
    assert inked[1] == pytest.approx(1.5 * inked[0], rel=0.15)


def ink_height(card: PredictionCard) -> int:
    """How many text-coloured pixels lie below each other at most: the stem of a large 1."""
    image, wanted = card.grab().toImage(), QColor(theme.LIGHT.text).rgb()
    longest = 0
    for x in range(image.width() // 2):
        run = 0
        for y in range(image.height()):
            run = run + 1 if image.pixel(x, y) == wanted else 0
            longest = max(longest, run)
    return longest


def test_the_run_is_named_as_far_as_there_is_room_and_asks_for_its_menu(card, qtbot):
    name = "model-2-notebook-20261122-163000"
    card.set_run(name)
    button = card.run_button
    assert button.text() == "notebook… ▾", "the head names the model already, and no figure is cut"
    assert name in button.toolTip()
    assert button.height() >= 32
    with qtbot.waitSignal(card.run_menu_requested):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    card.resize(600, 400)
    QApplication.processEvents()
    assert name.removeprefix("model-2-") in button.text()


def test_a_shipped_run_says_so(card):
    card.resize(400, 400)
    card.set_run("model-2", "Trained 2 rounds on 55,000 digits")
    assert card.run_button.text() == "Trained 2 rounds on 55,000 digits ▾"
    assert "model-2, which came with the program" in card.run_button.toolTip()
    for width, text in ((230, "2 rounds on 55,000 digits ▾"), (180, "Trained 2 rounds ▾")):
        card.resize(width, 400)
        QApplication.processEvents()
        assert card.run_button.text() == text


@pytest.mark.parametrize("scale", theme.TEXT_SCALES)
@pytest.mark.parametrize(
    ("run", "training", "title", "texts"),
    [
        (
            "model-2-best",
            "Trained 12 rounds on 60,000 digits",
            "",
            (
                "Trained 12 rounds on 60,000 digits",
                "12 rounds on 60,000 digits",
                "Trained 12 rounds",
                "12 rounds",
                "best",
            ),
        ),
        ("model-2-teach-20251127-215900", "", "", ("taught 2025-11-27, 21:59", "taught…")),
        ("model-2-fast-20261122-163000", "", "", ("fast-20261122-163000", "fast…")),
        ("model-2-own", "", "wide layers, 3rd try", ("wide layers, 3rd try", "wide layers…")),
    ],
)
def test_no_figure_of_a_run_is_elided_at_any_width(card, run, training, title, texts, scale):
    theme.apply(QApplication.instance(), "light")
    card.set_run(run, training, title)
    card.resize(500, 400)
    theme.apply(QApplication.instance(), "light", scale)  # the text grows within its width
    seen = []
    for width in range(500, 150, -1):
        card.resize(width, 400)
        QApplication.processEvents()
        button = card.run_button
        text = button.text().removesuffix(" ▾")
        if text not in seen:
            seen.append(text)
        assert text in texts or not any(sign.isdigit() for sign in text), text
        assert text not in texts or button.fontMetrics().horizontalAdvance(text) < button.width()
    theme.apply(QApplication.instance(), "light")
    assert [text for text in texts if text in seen] == [text for text in seen if text in texts], "as much as has room"


def test_a_text_that_grows_in_a_button_of_one_width_is_fitted_again(card):
    card.set_run("model-2-best", "Trained 8 rounds on 55,000 digits")
    button = card.run_button
    button.setFixedWidth(button.fontMetrics().horizontalAdvance("8 rounds on 55,000 digits ▾") + 30)
    QApplication.processEvents()
    before = button.text()
    theme.apply(QApplication.instance(), "light", 1.5)
    QApplication.processEvents()
    after = button.text()
    theme.apply(QApplication.instance(), "light")
    assert (before, after) == ("8 rounds on 55,000 digits ▾", "Trained 8 rounds ▾")


def test_a_taught_run_says_when_it_was_taught(card):
    name = "model-2-teach-20251127-215900"
    card.resize(400, 400)
    card.set_run(name)
    assert card.run_button.text() == "taught 2025-11-27, 21:59 ▾"
    assert card.run_button.accessibleName() == "Run of Model 2: taught 2025-11-27, 21:59"
    assert name in card.run_button.toolTip()


@pytest.mark.parametrize("scale", theme.TEXT_SCALES)
def test_bars_of_several_cards_stay_in_line_at_every_text_size(qtbot, scale):
    theme.apply(QApplication.instance(), "light", scale)
    cards = [card_of(place) for place in (1, 2, 3)]
    for card in cards:
        qtbot.addWidget(card)
        card.resize(205, 500)
        card.show()
    QApplication.processEvents()
    QApplication.processEvents()
    assert len({card.run_button.y() for card in cards}) == 1
    assert all(card.minimumSizeHint().width() <= 205 for card in cards)
    theme.apply(QApplication.instance(), "light")


@pytest.mark.parametrize("height", [400, LOW])
def test_a_click_on_a_bar_names_its_digit_and_the_chosen_bar_is_marked(card, qtbot, height):
    card.resize(220, height)
    card.set_prediction(prediction(7, 0.9))
    bars = card.findChild(ProbabilityBars)
    for digit in (0, 3, 9):
        with qtbot.waitSignal(card.bar_clicked) as clicked:
            qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=bars.lines()[digit].center().toPoint())
        assert clicked.args == [digit]
    with qtbot.assertNotEmitted(card.bar_clicked):
        qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=QPoint(20, 5))
    bars.clearFocus()
    unmarked = card.grab().toImage()
    card.bars.set_chosen(3)
    assert card.bars.chosen == 3
    assert card.grab().toImage() != unmarked
    assert "3 chosen" in bars.accessibleDescription()
    card.bars.set_chosen(None)
    assert card.grab().toImage() == unmarked


def test_in_a_low_card_the_bars_stand_upright_and_none_is_left_out(card, qtbot):
    card.resize(220, LOW)
    bars = card.bars
    tops = []
    for confidence in (0.2, 0.6, 0.99):
        card.set_prediction(prediction(7, confidence))
        image, line = bars.grab().toImage(), bars.lines()[7]
        column = [image.pixelColor(round(line.center().x()), y) for y in range(round(line.top()), image.height())]
        tops.append(next(y for y, color in enumerate(column) if color == QColor(theme.LIGHT.marks[1])))
    assert tops[0] > tops[1] > tops[2]
    assert {round(line.top()) for line in bars.lines()} == {round(bars.lines()[0].top())}
    assert all(bars.rect().contains(line.toAlignedRect()) for line in bars.lines())
    point = bars.lines()[7].center().toPoint()
    QApplication.sendEvent(bars, QHelpEvent(QEvent.Type.ToolTip, point, bars.mapToGlobal(point)))
    qtbot.waitUntil(lambda: QToolTip.text() == "7: 99\u00a0%")
    QToolTip.hideText()


def test_a_bar_is_chosen_by_keyboard_alone(card, qtbot):
    bars = card.findChild(ProbabilityBars)
    bars.setFocus()
    qtbot.keyClick(bars, Qt.Key.Key_Down)
    qtbot.keyClick(bars, Qt.Key.Key_Down)
    with qtbot.waitSignal(card.bar_clicked) as clicked:
        qtbot.keyClick(bars, Qt.Key.Key_Return)
    assert clicked.args == [2]
    card.bars.set_chosen(0)
    qtbot.keyClick(bars, Qt.Key.Key_Up)
    with qtbot.waitSignal(card.bar_clicked) as clicked:
        qtbot.keyClick(bars, Qt.Key.Key_Space)
    assert clicked.args == [9], "it goes round"


def test_presented_the_number_of_the_digit_stands_once_and_the_bars_are_longer(card):
    card.resize(150, 400)
    card.set_prediction(prediction(7, 0.97))
    color = theme.LIGHT.marks[1]
    before = count(card, color)
    card.set_presenting(True)
    QApplication.processEvents()
    assert count(card, color) > 1.2 * before
    image = card.bars.grab().toImage()
    line = card.bars.lines()[7]
    right = [image.pixelColor(x, round(line.center().y())) for x in range(round(line.right()) - 8, round(line.right()))]
    assert len({color.name() for color in right}) == 1, "nothing is written beside the bar"


def test_a_long_title_is_smaller_and_shorter_before_it_is_elided(card):
    title = "Model 1 notebook"
    card.set_answerer(replace(NO_RUNS[1], title=title))
    heading = card._heading
    width = heading.sizeHint().width()
    for share, text in ((1.0, title), (0.85, title), (0.7, "1 notebook"), (0.55, "1 notebook")):
        heading.resize(round(width * share) + 1, heading.height())
        assert heading.text() == text, share
    heading.resize(width // 5, heading.height())
    assert "…" in heading.text() and title in heading.toolTip()
