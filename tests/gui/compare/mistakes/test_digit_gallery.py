import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from mnist_gui.gui.compare.mistakes.digit_gallery import DigitGallery
from mnist_gui.gui.compare.mistakes.gallery_tile import Answers
from mnist_gui.gui.compare.run_marker import TOGETHER, RunMarker

KEYS = (RunMarker("one", 1), RunMarker("two", 2), RunMarker("Together", TOGETHER))
COUNT = 10_000


@pytest.fixture
def answers():
    labels = np.arange(COUNT) % 10
    read = np.tile(labels, (3, 1))
    read[0] = (labels + 1) % 10
    images = np.zeros((COUNT, 28, 28), np.uint8)
    images[:, 8:20, 8:20] = 255
    return Answers(images, labels, KEYS, read, np.full((3, COUNT), 0.97))


@pytest.fixture
def gallery(qtbot, answers):
    gallery = DigitGallery()
    qtbot.addWidget(gallery)
    gallery.resize(700, 260)
    gallery.show()
    gallery.set_answers(answers)
    gallery.show_digits(np.arange(COUNT)[::-1])
    return gallery


def test_a_click_opens_the_digit_under_the_mouse(gallery, qtbot):
    with qtbot.waitSignal(gallery.opened) as signal:
        qtbot.mouseClick(gallery.viewport(), Qt.MouseButton.LeftButton, pos=gallery._rect(1).center())
    assert signal.args == [COUNT - 2]


def test_a_click_after_scrolling_opens_what_is_seen(gallery, qtbot):
    gallery.verticalScrollBar().setValue(50 * gallery.tile().height())
    with qtbot.waitSignal(gallery.opened) as signal:
        qtbot.mouseClick(gallery.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    assert signal.args == [COUNT - 1 - 50 * gallery.columns]


def test_keys_go_everywhere_and_enter_opens(gallery, qtbot):
    gallery.setFocus()
    QTest.keyClick(gallery, Qt.Key.Key_Right)
    QTest.keyClick(gallery, Qt.Key.Key_Down)
    assert gallery.current == COUNT - 1 - (1 + gallery.columns)
    QTest.keyClick(gallery, Qt.Key.Key_End)
    assert gallery.current == 0
    assert gallery._rect(COUNT - 1).bottom() <= gallery.viewport().height()
    with qtbot.waitSignal(gallery.opened) as signal:
        QTest.keyClick(gallery, Qt.Key.Key_Return)
    assert signal.args == [0]
    QTest.keyClick(gallery, Qt.Key.Key_PageUp)
    assert gallery.current > 0


def test_a_digit_is_told_with_every_answer(gallery):
    told = gallery.text_of(3).replace("\u00a0", " ").splitlines()
    assert told == [
        "It is 3 (number 3).",
        "✗ one: 4, 97 % sure",
        "✓ two: 3, 97 % sure",
        "✓ Together: 3, 97 % sure",
    ]


def test_without_digits_it_says_why(gallery, qtbot):
    gallery.show_digits(np.empty(0, np.intp), "No digit is read wrong by all.")
    assert gallery.accessibleDescription() == "No digit is read wrong by all."
    assert gallery.current == -1
    with qtbot.assertNotEmitted(gallery.opened):
        qtbot.mouseClick(gallery.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
        QTest.keyClick(gallery, Qt.Key.Key_Return)


def test_only_what_is_in_sight_is_painted(gallery, monkeypatch):
    painted = []
    monkeypatch.setattr(DigitGallery, "_paint_tile", lambda self, painter, place, *rest: painted.append(place))
    gallery.verticalScrollBar().setValue(10_000)
    gallery.viewport().repaint()
    assert 0 < len(painted) < 60
    assert min(painted) > 100


def test_another_width_keeps_what_was_at_the_top(gallery):
    gallery.verticalScrollBar().setValue(100 * gallery.tile().height())
    top = gallery.place_at(QPoint(10, 10))
    gallery.resize(420, 260)
    assert abs(gallery.place_at(QPoint(10, 10)) - top) < 8


def test_the_thumbnail_is_white_on_black_in_either_theme(gallery):
    picture = gallery.viewport().grab().toImage()
    square = gallery._rect(0)
    side = gallery._tiles.side
    middle = picture.pixelColor(square.topLeft() + QPoint(5 + side // 2, 5 + side // 2))
    corner = picture.pixelColor(square.topLeft() + QPoint(8, 8))
    assert (middle.lightness(), corner.lightness()) == (255, 0)
