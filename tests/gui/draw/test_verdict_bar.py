from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QFont
from PySide6.QtWidgets import QApplication, QLabel, QProxyStyle, QToolButton, QWidget

from mnist_gui.gui import theme
from mnist_gui.gui.draw.verdict_bar import VerdictBar, verdict_text
from mnist_gui.gui.widgets.plain_text import tool_tip
from mnist_gui.models.inference.predictor import EnsemblePrediction, Prediction

LONG_VERDICT = "Rotation +12.5°: 9 · two of three say 4 · together >99.9 %"
LONG_NOTE = (
    "model-2-fast-with-a-long-name could not be loaded, so model-2-fast answers instead: its file /home/user/runs/"
    "model-2-fast-with-a-long-name/model.onnx is damaged or was changed since it was written"
)


def prediction_of(*answers: tuple[int, float]) -> EnsemblePrediction:
    predictions = []
    for model, (digit, confidence) in enumerate(answers, 1):
        probabilities = np.full(10, (1 - confidence) / 9, np.float32)
        probabilities[digit] = confidence
        predictions.append(Prediction(f"run-{model}", model, probabilities))
    return EnsemblePrediction(tuple(predictions))


@pytest.mark.parametrize(
    ("answers", "text"),
    [
        (((7, 0.98), (7, 0.98), (7, 0.98)), "7 · all three agree · 98 %"),
        (((7, 1.0), (7, 1.0), (7, 1.0)), "7 · all three agree · >99.9 %"),
        (((7, 0.91), (7, 0.91), (1, 0.91)), "7 · two of three agree · 61 %"),
        (((4, 0.9), (9, 0.5), (2, 0.5)), "4 · the three disagree · 34 %"),
        (((4, 0.4), (4, 0.4), (9, 0.99)), "9 · two of three say 4 · together 37 %"),
        (((4, 0.9), (4, 0.9)), "4 · both agree · 90 %"),
        (((4, 0.9), (9, 0.8)), "4 · the two disagree · 46 %"),
        (((4, 0.9),), "4 · only one model answers · 90 %"),
    ],
)
def test_a_digit_comes_with_how_many_agree_and_how_sure_they_are(answers, text):
    assert verdict_text(prediction_of(*answers), "digit") == text.replace(" %", "\u00a0%")


def test_how_the_models_are_weighted_is_the_tooltip(bar):
    bar.set_text("7 · all three agree", "Together is a weighted mean")
    assert bar.findChild(QLabel, "verdict").toolTip() == "Together is a weighted mean"
    bar.set_text("7 · all three agree")
    assert bar.findChild(QLabel, "verdict").toolTip() == ""


def test_uncertain_names_the_two_most_probable():
    assert verdict_text(prediction_of((4, 0.4), (9, 0.35), (4, 0.2)), "uncertain") == "Uncertain: perhaps 4 or 9"


def test_blank_invites_and_nonsense_is_refused_politely():
    assert verdict_text(None, "blank") == "Draw a digit 0 to 9"
    assert verdict_text(prediction_of((4, 0.4)), "not_a_digit") == "This does not look like a digit"


@pytest.fixture
def bar(qtbot):
    bar = VerdictBar()
    qtbot.addWidget(bar)
    bar.resize(600, bar.sizeHint().height())
    bar.show()
    return bar


def test_it_waits_for_the_models_at_first(bar):
    assert bar.text == "Loading the models…"
    assert bar.note == ""


@pytest.mark.parametrize("width", [330, 600])
@pytest.mark.parametrize("text", ["7 · all three agree · 97 %", LONG_VERDICT])
@pytest.mark.parametrize("note", ["", "MNIST test digit 1234 · labelled 7 ✓", LONG_NOTE])
@pytest.mark.parametrize("actions", [(), ("Undo",), ("Undo", "Answer each")])
def test_verdicts_notes_and_buttons_of_any_length_keep_the_height(bar, width, text, note, actions):
    height = bar.min_height
    bar.resize(width, height)
    bar.set_text(text)
    bar.set_note(note, actions)
    QApplication.processEvents()
    assert bar.sizeHint().height() == height
    assert bar.minimumSizeHint().height() <= height
    assert bar.minimumSizeHint().width() <= 330
    assert (bar.text, bar.note, bar.actions_shown) == (text, note, actions)
    parts = [each for each in bar.findChildren(QWidget) if each.isVisible()]
    for index, part in enumerate(parts):
        assert bar.rect().contains(part.geometry()), part.objectName()
        assert not any(part.geometry().intersects(other.geometry()) for other in parts[index + 1 :])


def test_what_is_left_out_of_a_long_note_is_in_its_tooltip(bar):
    label = bar.findChild(QLabel, "note")
    bar.set_note("Saved as 7 in My digits", ("Undo",))
    QApplication.processEvents()
    assert label.toolTip() == ""
    bar.set_note(LONG_NOTE, ("Undo",))
    QApplication.processEvents()
    assert label.toolTip() == tool_tip(LONG_NOTE)
    assert label.width() > 400


def test_it_is_announced_only_when_asked(bar, monkeypatch):
    messages: list[str] = []

    def take(event):
        if isinstance(event, QAccessibleAnnouncementEvent):
            messages.append(event.message())

    monkeypatch.setattr(QAccessible, "updateAccessibility", take)
    bar.set_text("7 · all three agree · 97 %")
    bar.set_text("7 · all three agree · 98 %")
    bar.set_note("Labelled 7 ✓")
    assert messages == []
    bar.announce()
    assert messages == ["7 · all three agree · 98 %. Labelled 7 ✓"]


def test_the_verdict_grows_with_the_text_and_stays_larger(bar):
    app = QApplication.instance()
    verdict, note = bar.findChild(QLabel, "verdict"), bar.findChild(QLabel, "note")
    heights = []
    for scale in (1.0, 1.5, 1.0):
        theme.apply(app, "light", scale)
        QApplication.processEvents()
        assert verdict.font().pointSizeF() == pytest.approx(1.6 * app.font().pointSizeF(), abs=0.05)
        assert verdict.font().weight() == QFont.Weight.DemiBold
        assert [bytes(tag.toString()) for tag in verdict.font().featureTags()] == [b"tnum"]
        assert bar.min_height >= verdict.fontMetrics().height() + note.fontMetrics().height()
        heights.append(bar.min_height)
    assert heights[1] > 1.2 * heights[0]
    assert heights[2] == heights[0]


def test_other_words_are_painted_and_longer_ones_smaller(qtbot):
    theme.apply(QApplication.instance(), "light")
    bar = VerdictBar()
    qtbot.addWidget(bar)
    bar.resize(330, bar.min_height)
    bar.show()
    label = bar.findChild(QLabel, "verdict")
    bar.set_text("7 · 98 %")
    qtbot.waitUntil(lambda: label.height() > 0)
    before, height = label.grab().toImage(), label.height()
    bar.set_text("4 · 61 %")
    assert (bar.text, label.text()) == ("4 · 61 %", "4 · 61 %")
    assert label.grab().toImage() != before
    shown = _record_painted_text(label)
    bar.set_text(LONG_VERDICT)
    label.grab()
    assert (shown, label.toolTip(), label.height()) == ([LONG_VERDICT], "", height)
    bar.set_text(LONG_NOTE)
    label.grab()
    assert shown[-1].endswith("…")
    assert label.toolTip() == tool_tip(LONG_NOTE)


def _record_painted_text(label):
    """Return a list that receives each text that the label paints."""
    texts: list[str] = []

    class Style(QProxyStyle):
        def drawItemText(self, painter, rect, flags, palette, enabled, text, role):
            texts.append(text)
            needed = painter.boundingRect(rect, flags, text)
            assert rect.contains(needed), f"{text} is cut"

    style = Style()
    style.setParent(label)
    label.setStyle(style)
    texts.clear()
    return texts


def test_a_long_note_beside_buttons_needs_little_room_and_is_whole_in_its_tooltip(qtbot):
    bar = VerdictBar()
    qtbot.addWidget(bar)
    bar.set_note("name of a picture " * 20, ("Undo", "Copy text"))
    label = bar.findChild(QLabel, "note")
    assert bar.minimumSizeHint().width() < 400
    bar.resize(400, 60)
    bar.show()
    qtbot.waitExposed(bar)
    assert bar.note == "name of a picture " * 20
    assert label.toolTip() == tool_tip(bar.note)
    image = label.grab().toImage()
    assert len({image.pixel(x, y) for x in range(image.width()) for y in range(image.height())}) > 1, "text"
    assert label.geometry().right() < bar.findChild(QToolButton, "note_action_0").geometry().left()
    bar.set_note("short")
    assert label.toolTip() == ""
