"""The Draw tab: digits that were not drawn there, from the test set, files, the clipboard and drops."""

from __future__ import annotations

import json
import threading

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication

from mnist_gui.digits.dataset import load_mnist_test_checksums
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.picture import Picture
from mnist_gui.gui import theme
from mnist_gui.gui.draw.prediction_presenter import Message
from tests.fakes import FakePredictor
from tests.gui.draw.draw_tab_actions import (
    STROKE,
    digits,
    note_of,
    stroke,
)


@pytest.mark.slow
def test_a_random_digit_that_comes_late_does_not_replace_what_was_drawn_meanwhile(
    open_tab, qtbot, tiny_dataset, monkeypatch
):
    gate, tab = threading.Event(), open_tab()
    monkeypatch.setattr(tab._importer, "_load_dataset", lambda: tiny_dataset if gate.wait(10) else None)
    tab.view.draw_actions.random.trigger()
    assert "Loading" in tab.view.verdict_bar.note
    stroke(qtbot, tab)
    drawn = tab.content
    gate.set()
    qtbot.waitUntil(tab.view.draw_actions.random.isEnabled)
    qtbot.wait(20)
    assert tab.content is drawn


def test_a_random_digit_comes_with_its_label_and_undo_brings_the_drawing_back(open_tab, qtbot):
    tab = open_tab()
    stroke(qtbot, tab)
    drawn = tab.content
    button = tab.view.draw_actions.random.iconText()
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_R)
    assert not tab.view.draw_actions.random.isEnabled()
    note_of(tab, qtbot, "MNIST test digit")
    assert isinstance(tab.content, Picture)
    label = tab.content.label
    note_of(tab, qtbot, "labelled 7 ✓" if label == 7 else f"the {label} that all three call a 7")
    assert tab.view.draw_actions.random.isEnabled()
    assert tab.view.draw_actions.random.iconText() == button
    first = tab.view.verdict_bar.note
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_R)  # loaded by now
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    note_of(tab, qtbot, first)
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert tab.content is drawn
    assert tab.view.verdict_bar.note == ""


def test_the_first_stroke_over_a_test_digit_takes_its_label_away(open_tab, qtbot):
    tab = open_tab()
    tab.show_content(Picture(np.eye(28, dtype=np.float32), 5, framed=True), "MNIST test digit 15")
    note_of(tab, qtbot, "MNIST test digit 15 · the 5 that all three call a 7")
    stroke(qtbot, tab)
    assert isinstance(tab.content, Drawing)
    assert tab.view.verdict_bar.note == ""


def test_what_is_not_drawn_is_judged_at_once(open_tab, qtbot):
    tab = open_tab(FakePredictor((4, 9, 2), 0.4))
    shown: list[str] = []
    tab.frame_changed.connect(lambda _frame: shown.append(tab.view.verdict_bar.text))
    tab.show_content(Picture(np.eye(28, dtype=np.float32), framed=True), "MNIST test digit 15")
    qtbot.waitUntil(lambda: tab.view.verdict_bar.text.startswith("Uncertain"))
    assert "Keep drawing" not in shown


def test_a_picture_file_is_shown(open_tab, qtbot, tmp_path):
    image = np.full((60, 40), 255, np.uint8)
    image[10:50, 18:22] = 0
    Image.fromarray(image).save(tmp_path / "one.png")
    tab = open_tab()
    tab.open_file(tmp_path / "one.png")
    qtbot.waitUntil(lambda: isinstance(tab.content, Picture))
    assert "one.png" in tab.view.verdict_bar.note
    qtbot.waitUntil(lambda: digits(tab) == [7, 7, 7])


def test_a_drawing_is_saved_and_opened_again(open_tab, qtbot, tmp_path):
    tab = open_tab()
    tab.restore(STROKE.with_label(7))
    tab._exporter.save(tab.content, tmp_path / "mine.json")
    assert "Saved as mine.json" in tab.view.verdict_bar.note
    assert Drawing.from_json(json.loads((tmp_path / "mine.json").read_text())) == STROKE.with_label(7)
    tab.view.canvas.clear()
    tab.open_file(tmp_path / "mine.json")
    note_of(tab, qtbot, "mine.json · labelled 7 ✓")
    assert tab.content == STROKE.with_label(7)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("text.png", b"this is no picture", "text.png is not a picture of a known kind"),
        ("empty.png", b"", "empty.png is empty."),
        ("missing.png", None, "missing.png does not exist"),
        ("half.json", b'{"strokes": [[[0, 0], [1', "half.json: The text is not JSON"),
        ("nan.json", b'{"strokes": [[[0, NaN]]]}', "nan.json: The JSON has NaN"),
        ("blank.json", b'{"strokes": []}', "blank.json: there is no ink in it"),
        ("empty.jsonl", b"\n", "empty.jsonl is empty"),
    ],
)
def test_a_bad_file_is_a_sentence_and_the_drawing_is_kept(open_tab, qtbot, tmp_path, name, content, sentence):
    tab = open_tab()
    tab.restore(STROKE)
    if content is not None:
        (tmp_path / name).write_bytes(content)
    tab.open_file(tmp_path / name)
    note_of(tab, qtbot, sentence)
    assert tab.content == STROKE
    assert str(tmp_path) not in tab.view.verdict_bar.note


@pytest.mark.parametrize("name", ["cmyk.jpg", "deep.png", "animated.gif", "turned.jpg", "50-megapixels.jpg"])
def test_pictures_of_every_kind_are_shown(open_tab, qtbot, tmp_path, name):
    tab = open_tab()
    side = 7100 if name.startswith("50") else 300
    paper = Image.new("L", (side, side), 250)
    paper.paste(20, (side // 2, side // 5, side // 2 + side // 12, side - side // 5))
    turned = Image.Exif()
    turned[0x0112] = 6
    match name:
        case "cmyk.jpg":
            paper.convert("RGB").convert("CMYK").save(tmp_path / name)
        case "deep.png":
            Image.fromarray(np.asarray(paper).astype(np.uint16) * 257).save(tmp_path / name)
        case "animated.gif":
            paper.save(tmp_path / name, save_all=True, append_images=[Image.new("L", paper.size, 250)])
        case "turned.jpg":
            paper.rotate(90, expand=True).save(tmp_path / name, exif=turned)
        case _:
            paper.save(tmp_path / name)
    tab.open_file(tmp_path / name)
    qtbot.waitUntil(lambda: digits(tab) == [7, 7, 7] and isinstance(tab.content, Picture), timeout=20_000)
    rows, columns = np.nonzero(tab.content.ink > 0.5)
    assert np.ptp(rows) > 3 * np.ptp(columns)


@pytest.mark.slow
def test_a_drawing_of_100_000_points_is_shown_and_answered(open_tab, qtbot, tmp_path):
    turns = np.linspace(0, 400, 100_000)
    points = np.stack([500 + turns * np.cos(turns), 500 + turns * np.sin(turns)], axis=1)
    (tmp_path / "many.json").write_text(json.dumps({"strokes": [points.round(2).tolist()]}))
    tab = open_tab()
    tab.open_file(tmp_path / "many.json")
    qtbot.waitUntil(lambda: digits(tab) == [7, 7, 7], timeout=20_000)
    assert tab.content.point_count == 100_000
    assert not tab.view.canvas.grab().isNull()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a shopping list", "The clipboard holds text, not a picture or a drawing."),
        ('{"strokes": 3}', "The clipboard holds text that is no drawing:"),
        ("", "not a picture or a drawing."),
    ],
)
def test_pasted_text_is_a_sentence_and_the_drawing_is_kept(open_tab, qtbot, text, sentence):
    tab = open_tab()
    tab.restore(STROKE)
    QGuiApplication.clipboard().setText(text)
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    note_of(tab, qtbot, sentence)
    assert tab.content == STROKE


def test_a_drawing_and_a_picture_are_pasted(open_tab, qtbot):
    tab = open_tab()
    QGuiApplication.clipboard().setText(json.dumps(STROKE.to_json()))
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert tab.content == STROKE
    image = QImage(50, 50, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    for y in range(10, 40):
        image.setPixelColor(25, y, Qt.GlobalColor.black)
    QGuiApplication.clipboard().setImage(image)
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    note_of(tab, qtbot, "Pasted picture")
    assert np.count_nonzero(tab.content.ink) == 30


BUTTON, NO_KEY, COPY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction


def files(*paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drag_over(tab, data) -> bool:
    """Drag data over the tab; return whether it may be dropped."""
    enter = QDragEnterEvent(QPoint(50, 200), COPY, data, BUTTON, NO_KEY)
    QApplication.sendEvent(tab, enter)
    return enter.isAccepted()


def drop(tab, data):
    assert drag_over(tab, data)
    QApplication.sendEvent(tab, QDropEvent(QPointF(50, 200), COPY, data, BUTTON, NO_KEY))


# PySide6 6.12 prefers a constructor that 6.11 lacks.
@pytest.mark.filterwarnings("ignore:.*QDragEnterEvent:DeprecationWarning")
@pytest.mark.parametrize(
    ("names", "called"),
    [
        (["a.json"], "a.json"),
        (["many.jsonl"], "many.jsonl (its first drawing)"),
        (["a.json", "many.jsonl"], "a.json (the first of 2 files)"),
    ],
)
def test_a_file_is_dropped_on_the_canvas(open_tab, qtbot, tmp_path, names, called):
    (tmp_path / "a.json").write_text(json.dumps(STROKE.to_json()))
    (tmp_path / "many.jsonl").write_text(json.dumps(STROKE.to_json()) + "\n{}\n")
    tab = open_tab()
    drop(tab, files(*(tmp_path / name for name in names)))
    qtbot.waitUntil(lambda: tab.content == STROKE)
    assert tab.view.verdict_bar.note == called


def colors_of_canvas(tab) -> set[str]:
    image = tab.view.canvas.grab().toImage()
    return {image.pixelColor(x, y).name() for x in range(10, image.width() - 10) for y in range(4, 7)}


@pytest.mark.filterwarnings("ignore:.*QDragEnterEvent:DeprecationWarning")
@pytest.mark.parametrize("kind", ["light", "dark"])
def test_a_file_over_the_window_shows_where_it_may_be_dropped(open_tab, tmp_path, kind):
    tab = open_tab()
    theme.apply(QApplication.instance(), kind)
    tab.show_content(STROKE)
    QApplication.processEvents()
    canvas, accent = tab.view.canvas, (theme.DARK if kind == "dark" else theme.LIGHT).accent
    before = canvas.grab().toImage()
    assert accent not in colors_of_canvas(tab)
    assert drag_over(tab, files(tmp_path / "a.json"))
    assert accent in colors_of_canvas(tab)
    QApplication.sendEvent(tab, QDragLeaveEvent())
    assert canvas.grab().toImage() == before
    drop(tab, files(tmp_path / "missing.json"))
    assert canvas.grab().toImage() == before
    assert drag_over(tab, files(tmp_path / "a.json"))
    tab.hide()
    tab.show()
    assert accent not in colors_of_canvas(tab)
    QApplication.sendEvent(tab, QDragLeaveEvent())
    text = QMimeData()
    text.setText("a word")
    assert not drag_over(tab, text)
    assert accent not in colors_of_canvas(tab)
    theme.apply(QApplication.instance(), "light")


def test_nothing_to_save_is_said(open_tab, qtbot):
    tab = open_tab()
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert tab.view.verdict_bar.note == "There is nothing to save: draw a digit first."


@pytest.mark.parametrize("leave", ["another run", "another tab", "a stroke"])
def test_what_was_said_does_not_stay(open_tab, qtbot, tmp_path, runs, leave):
    tab = open_tab()
    tab.open_file(tmp_path / "missing.png")
    note_of(tab, qtbot, "missing.png does not exist")
    if leave == "another run":
        with qtbot.waitSignal(tab._prediction_thread.loaded):
            tab.use_run(runs[1])
    elif leave == "another tab":
        tab.hide()
        tab.show()
    else:
        stroke(qtbot, tab)
    assert tab.view.verdict_bar.note == ""


def test_the_note_of_a_picture_follows_its_label_in_my_digits(open_tab, qtbot):
    tab = open_tab()
    tab._my_digits.set_label(Picture(np.eye(28, dtype=np.float32), framed=True), 5)
    (stored,) = tab._my_digits._digits.digits
    tab._my_digits._open(stored.id)
    note_of(tab, qtbot, "My digit · the 5 that all three call a 7")
    assert "MNIST" not in tab.view._frame_text.text()
    tab.view.label_row.labelled.emit(7)
    note_of(tab, qtbot, "1 digit relabelled 7")
    tab._update(message=Message())  # as when the user comes back to the tab
    note_of(tab, qtbot, "My digit · labelled 7 ✓")
    tab._my_digits.undo()
    tab._update(message=Message())
    note_of(tab, qtbot, "My digit · the 5 that all three call a 7")


def test_the_first_label_of_a_picture_does_not_wait_for_mnist(open_tab, qtbot):
    load_mnist_test_checksums.cache_clear()
    tab = open_tab()
    tab.show_content(Picture(np.eye(28, dtype=np.float32), framed=True))
    qtbot.waitUntil(lambda: load_mnist_test_checksums.cache_info().currsize == 1)
