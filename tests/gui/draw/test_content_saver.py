"""Copied out of the window and pasted back; what cannot be taken out is said."""

import pytest
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from mnist_gui.digits.drawing import Drawing
from mnist_gui.gui.draw.content_export import leave_clipboard
from mnist_gui.gui.draw.content_import import ContentImporter
from mnist_gui.gui.draw.content_saver import ContentExporter

SEVEN = Drawing(([(300, 300), (500, 300), (400, 700)],))


@pytest.fixture
def saver(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    saver = ContentExporter(lambda: 50.0, window)
    yield saver
    leave_clipboard()


def said_by(saver: ContentExporter) -> list[str]:
    sentences: list[str] = []
    saver.message_shown.connect(sentences.append)
    return sentences


def test_a_copied_drawing_comes_back_as_strokes(saver, tiny_dataset):
    said = said_by(saver)
    saver.copy(SEVEN)
    read = []
    reader = ContentImporter(lambda: tiny_dataset)
    reader.content_read.connect(lambda content, _name: read.append(content))
    reader.take(QGuiApplication.clipboard().mimeData())
    assert read == [SEVEN]
    assert said == ["Copied: paste it as a picture, or here as a drawing"]


def test_the_clipboard_keeps_the_picture_when_the_program_ends(saver):
    saver.copy(SEVEN)
    leave_clipboard()
    assert QGuiApplication.clipboard().image().width() == 1000
    assert not QGuiApplication.clipboard().mimeData().hasFormat("application/json")


def test_without_an_answer_there_is_nothing_to_copy_or_save(saver):
    said = said_by(saver)
    saver.copy_answer(None)
    saver.ask_for_answer(None)
    saver.copy(Drawing())
    assert [sentence.split(":")[0] for sentence in said] == [
        "There is nothing to copy",
        "There is nothing to save",
        "There is nothing to copy",
    ]


def test_a_copied_answer_is_a_picture(saver):
    saver.copy_answer(QImage(20, 10, QImage.Format.Format_RGB32))
    assert QGuiApplication.clipboard().image().width() == 20


def test_where_it_cannot_be_saved_is_said(saver, tmp_path):
    said = said_by(saver)
    saver.save(SEVEN, tmp_path / "missing" / "digit.json")
    assert "digit.json" in said[0]
    saver.save(SEVEN, tmp_path / "digit.svg")
    assert said[1] == "Saved as digit.svg"
