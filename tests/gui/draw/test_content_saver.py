"""Copied out of the window and pasted back; what cannot be taken out is said."""

from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QMessageBox, QPushButton, QWidget

from mnist_gui.digits.drawing import Drawing, parse_drawing
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


def enter(saver: ContentExporter, path: Path) -> None:
    dialog = saver.parent().findChildren(QFileDialog)[-1]
    dialog.selectFile(str(path))
    dialog.accept()


@pytest.mark.parametrize(("name", "saved"), [("digit", "digit.json"), ("my digit v1.2", "my digit v1.2.json")])
def test_a_drawing_replaces_a_file_whose_suffix_the_program_adds_only_if_the_user_says_so(saver, tmp_path, name, saved):
    said = said_by(saver)
    (tmp_path / saved).write_text("precious")
    saver.ask(SEVEN)
    enter(saver, tmp_path / name)
    assert (tmp_path / saved).read_text() == "precious"
    assert not said
    saver.parent().findChild(QMessageBox).findChild(QPushButton, "replace").click()
    assert said == [f"Saved as {saved}"]
    assert parse_drawing((tmp_path / saved).read_text()) == SEVEN


def test_the_picture_of_an_answer_may_have_a_dot_in_its_name(saver, tmp_path):
    saver.ask_for_answer(QImage(20, 10, QImage.Format.Format_RGB32))
    enter(saver, tmp_path / "answer v1.2")
    assert QImage(str(tmp_path / "answer v1.2.png")).width() == 20
