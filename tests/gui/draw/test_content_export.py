from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QFileDialog, QMessageBox, QPushButton, QWidget

from mnist_gui.digits.drawing import Drawing, parse_drawing
from mnist_gui.digits.picture import Picture, read_picture
from mnist_gui.gui.draw.content_export import (
    DRAWING_FORMAT,
    ContentExporter,
    ExportError,
    copy_content,
    image_of,
    png_bytes,
    release_clipboard,
    save_content,
    save_filters,
    save_image,
)
from mnist_gui.gui.draw.content_import import ContentImporter

PEN = 50.0
SEVEN = Drawing(
    (np.array([[200.0, 200.5], [500, 180], [800, 200], [500, 800]]), np.array([[300.0, 500], [700, 500]])), 7
)
DOT = Drawing((np.array([[500.0, 500.0]]),))


@pytest.fixture
def clipboard(qapp):
    """The clipboard, empty afterwards."""
    yield QGuiApplication.clipboard()
    QGuiApplication.clipboard().clear()


@pytest.fixture
def frame() -> Picture:
    rng = np.random.default_rng(3)
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 10:18] = rng.integers(1, 256, (20, 8))
    image[5, 12] = 255
    return Picture.from_mnist(image, 3)


def levels(image: QImage) -> np.ndarray:
    with Image.open(io.BytesIO(png_bytes(image))) as opened:
        return np.asarray(opened.convert("L"), dtype=np.float64)


def test_json_gives_the_drawing_back(tmp_path):
    save_content(SEVEN, tmp_path / "seven.JSON", PEN)
    assert parse_drawing((tmp_path / "seven.JSON").read_text(encoding="utf-8")) == SEVEN
    assert [each.name for each in tmp_path.iterdir()] == ["seven.JSON"], "nothing is left beside it"


def test_png_shows_the_canvas_as_dark_round_ink_on_white(tmp_path):
    save_content(DOT, tmp_path / "dot.png", PEN)
    with Image.open(tmp_path / "dot.png") as opened:
        grey = np.asarray(opened.convert("L"))
    assert grey.shape == (1000, 1000)
    dark = grey < 128
    assert dark[500, 500]
    assert dark.sum() == pytest.approx(np.pi * (PEN / 2) ** 2, rel=0.02), "a disc"
    assert (grey == 255).mean() > 0.99


def test_a_picture_is_saved_as_its_own_pixels_and_read_back_exactly(tmp_path, frame):
    save_content(frame, tmp_path / "three.png", PEN)
    assert np.array_equal(read_picture(tmp_path / "three.png").ink, frame.ink)


@pytest.mark.parametrize("drawing", [SEVEN, DOT, Drawing((np.full((5, 2), 500.0),))])
def test_svg_shows_the_same_as_png(tmp_path, qapp, drawing):
    save_content(drawing, tmp_path / "digit.svg", PEN)
    renderer = QSvgRenderer(str(tmp_path / "digit.svg"))
    assert renderer.isValid()
    painted = QImage(1000, 1000, QImage.Format.Format_RGB32)
    painted.fill(QColor("red"))
    with QPainter(painted) as painter:
        renderer.render(painter)
    assert np.abs(levels(painted) - levels(image_of(drawing, PEN))).mean() < 0.5


def test_svg_scales_and_has_round_strokes(tmp_path):
    save_content(SEVEN, tmp_path / "digit.svg", PEN)
    root = ET.parse(tmp_path / "digit.svg").getroot()
    assert root.get("viewBox") == "0 0 1000 1000"
    group = root.find("{*}g")
    assert (group.get("stroke-linecap"), group.get("stroke-width")) == ("round", "50")
    assert len(group.findall("{*}path")) == 2


def test_a_picture_in_svg_is_embedded(tmp_path, frame):
    save_content(frame, tmp_path / "three.svg", PEN)
    image = ET.parse(tmp_path / "three.svg").getroot().find("{*}image")
    assert image.get("href").startswith("data:image/png;base64,")


def test_a_picture_as_json_is_refused_and_png_named(tmp_path, frame):
    with pytest.raises(ExportError, match=r"three\.json .*PNG"):
        save_content(frame, tmp_path / "three.json", PEN)
    assert not any("json" in offer for offer in save_filters(frame))
    assert save_filters(SEVEN)[0] == "Drawing (*.json)"


@pytest.mark.parametrize("name", ["digit.gif", "digit"])
def test_another_suffix_is_refused_and_those_that_go_are_named(tmp_path, name):
    with pytest.raises(ExportError, match=r"\.json, \.png or \.svg"):
        save_content(SEVEN, tmp_path / name, PEN)
    with pytest.raises(ExportError, match=r"\.png"):
        save_image(image_of(DOT, PEN), tmp_path / name)


def test_where_nothing_can_be_written_a_sentence_says_so_and_the_old_file_stays(tmp_path, unprivileged):
    path = tmp_path / "digit.json"
    path.write_text("old")
    tmp_path.chmod(0o555)
    try:
        with unprivileged(), pytest.raises(ExportError, match=r"digit\.json cannot be written \(.+\); choose another"):
            save_content(SEVEN, path, PEN)
    finally:
        tmp_path.chmod(0o755)
    assert path.read_text() == "old"


def test_a_folder_of_that_name_leaves_nothing_behind(tmp_path):
    (tmp_path / "digit.png").mkdir()
    with pytest.raises(ExportError, match=r"digit\.png"):
        save_content(SEVEN, tmp_path / "digit.png", PEN)
    assert [each.name for each in tmp_path.iterdir()] == ["digit.png"]


def test_a_copied_drawing_is_an_image_for_others_and_strokes_for_this_program(clipboard):
    copy_content(SEVEN, PEN)
    data = clipboard.mimeData()
    assert data.imageData().size().width() == 1000
    assert parse_drawing(data.data(DRAWING_FORMAT).data().decode()) == SEVEN
    assert not data.hasText(), "a word processor would paste it instead of the image"


def test_a_copied_picture_is_an_image_alone(clipboard, frame):
    copy_content(frame, PEN)
    data = clipboard.mimeData()
    assert data.imageData().size().width() == 28
    assert not data.hasFormat(DRAWING_FORMAT)


@pytest.mark.slow
def test_a_drawing_of_100_000_points_is_saved(tmp_path):
    turns = np.linspace(0, 400, 100_000)
    spiral = Drawing((np.column_stack([500 + turns * np.cos(turns), 500 + turns * np.sin(turns)]),))
    for name in ("many.png", "many.svg", "many.json"):
        save_content(spiral, tmp_path / name, PEN)
        assert (tmp_path / name).stat().st_size > 1000


# -- the dialogs, the clipboard and their messages


@pytest.fixture
def exporter(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    exporter = ContentExporter(lambda: 50.0, window)
    yield exporter
    release_clipboard()


def messages_of(exporter: ContentExporter) -> list[str]:
    messages: list[str] = []
    exporter.message_shown.connect(messages.append)
    return messages


def test_a_copied_drawing_comes_back_as_strokes(exporter, tiny_dataset):
    messages = messages_of(exporter)
    exporter.copy(SEVEN)
    read = []
    importer = ContentImporter(lambda: tiny_dataset)
    importer.content_read.connect(lambda content, _name: read.append(content))
    importer.read_mime_data(QGuiApplication.clipboard().mimeData())
    assert read == [SEVEN]
    assert messages == ["Copied: paste it as a picture, or here as a drawing"]


def test_the_clipboard_keeps_the_picture_when_the_program_ends(exporter):
    exporter.copy(SEVEN)
    release_clipboard()
    assert QGuiApplication.clipboard().image().width() == 1000
    assert not QGuiApplication.clipboard().mimeData().hasFormat("application/json")


def test_without_an_answer_there_is_nothing_to_copy_or_save(exporter):
    messages = messages_of(exporter)
    exporter.copy_image(None, "Draw a digit first.")
    exporter.save_image_as(None, "Click a digit to see its answers.")
    exporter.copy(Drawing())
    assert messages == [
        "Draw a digit first.",
        "Click a digit to see its answers.",
        "There is nothing to copy: draw a digit first.",
    ]


def test_a_copied_answer_is_a_picture(exporter):
    exporter.copy_image(QImage(20, 10, QImage.Format.Format_RGB32))
    assert QGuiApplication.clipboard().image().width() == 20


def test_where_it_cannot_be_saved_is_said(exporter, tmp_path):
    messages = messages_of(exporter)
    exporter.save(SEVEN, tmp_path / "missing" / "digit.json")
    assert "digit.json" in messages[0]
    exporter.save(SEVEN, tmp_path / "digit.svg")
    assert messages[1] == "Saved as digit.svg"


def enter(exporter: ContentExporter, path: Path) -> None:
    dialog = exporter.parent().findChildren(QFileDialog)[-1]
    dialog.selectFile(str(path))
    dialog.accept()


@pytest.mark.parametrize(("name", "saved"), [("digit", "digit.json"), ("my digit v1.2", "my digit v1.2.json")])
def test_a_drawing_replaces_a_file_whose_suffix_is_added_only_if_the_user_says_so(exporter, tmp_path, name, saved):
    messages = messages_of(exporter)
    (tmp_path / saved).write_text("precious")
    exporter.save_as(SEVEN)
    enter(exporter, tmp_path / name)
    assert (tmp_path / saved).read_text() == "precious"
    assert not messages
    exporter.parent().findChild(QMessageBox).findChild(QPushButton, "replace").click()
    assert messages == [f"Saved as {saved}"]
    assert parse_drawing((tmp_path / saved).read_text()) == SEVEN


def test_the_picture_of_an_answer_may_have_a_dot_in_its_name(exporter, tmp_path):
    exporter.save_image_as(QImage(20, 10, QImage.Format.Format_RGB32))
    enter(exporter, tmp_path / "answer v1.2")
    assert QImage(str(tmp_path / "answer v1.2.png")).width() == 20


def test_a_platform_without_a_clipboard_has_nothing_to_release_or_paste(qapp, monkeypatch):
    class NoClipboard:
        def mimeData(self):
            return None

    monkeypatch.setattr(QGuiApplication, "clipboard", NoClipboard)
    release_clipboard()
    importer = ContentImporter(lambda: None)
    messages = messages_of(importer)
    importer.read_mime_data(QGuiApplication.clipboard().mimeData())
    assert messages == ["The clipboard holds nothing, not a picture or a drawing."]
