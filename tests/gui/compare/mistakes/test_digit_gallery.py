import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QPainter, QPixmap
from PySide6.QtTest import QTest

from mnist_gui.gui.compare.mistakes.digit_gallery import LABEL, MAX_LINES, DigitGallery, GalleryDigits, TileDelegate
from mnist_gui.gui.theme import LIGHT
from mnist_gui.gui.widgets.run_marker import TOGETHER, RunMarker

MARKERS = (RunMarker("one", 1), RunMarker("two", 2), RunMarker("Together", TOGETHER))
COUNT = 10_000


@pytest.fixture
def digits():
    labels = np.arange(COUNT) % 10
    predicted = np.tile(labels, (3, 1))
    predicted[0] = (labels + 1) % 10
    images = np.zeros((COUNT, 28, 28), np.uint8)
    images[:, 8:20, 8:20] = 255
    return GalleryDigits(images, labels, MARKERS, predicted, np.full((3, COUNT), 0.97))


@pytest.fixture
def gallery(qtbot, digits):
    gallery = DigitGallery()
    qtbot.addWidget(gallery)
    gallery.resize(700, 260)
    gallery.show()
    gallery.set_digits(digits)
    gallery.show_digits(np.arange(COUNT)[::-1])
    return gallery


def rect(gallery, row):
    return gallery.visualRect(gallery.model().index(row, 0))


def row_at(gallery, position):
    return gallery.indexAt(position).row()


def test_a_click_opens_the_digit_under_the_mouse(gallery, qtbot):
    with qtbot.waitSignal(gallery.opened) as signal:
        qtbot.mouseClick(gallery.viewport(), Qt.MouseButton.LeftButton, pos=rect(gallery, 1).center())
    assert signal.args == [COUNT - 2]


def test_a_click_after_scrolling_opens_the_digit_under_the_mouse(gallery, qtbot):
    gallery.verticalScrollBar().setValue(50 * gallery.tiles.size.height())
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
    assert rect(gallery, COUNT - 1).bottom() <= gallery.viewport().height()
    with qtbot.waitSignal(gallery.opened) as signal:
        QTest.keyClick(gallery, Qt.Key.Key_Return)
    assert signal.args == [0]
    QTest.keyClick(gallery, Qt.Key.Key_PageUp)
    assert gallery.current > 0
    QTest.keyClick(gallery, Qt.Key.Key_Home)
    assert gallery.current == COUNT - 1


def test_right_and_left_go_on_in_the_next_and_the_previous_line(gallery):
    for _ in range(gallery.columns):
        QTest.keyClick(gallery, Qt.Key.Key_Right)
    assert gallery.current == COUNT - 1 - gallery.columns
    QTest.keyClick(gallery, Qt.Key.Key_Left)
    assert gallery.current == COUNT - gallery.columns


def test_a_typed_digit_goes_to_the_next_one_with_this_label(gallery):
    QTest.keyClick(gallery, Qt.Key.Key_4)
    assert gallery.current == COUNT - 6


def test_a_digit_is_described_with_every_prediction(gallery):
    item = gallery.model().index(COUNT - 1 - 3, 0)
    for role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
        assert item.data(role).replace("\u00a0", " ").splitlines() == [
            "It is 3 (number 3).",
            "✗ one: 4, 97 % sure",
            "✓ two: 3, 97 % sure",
            "✓ Together: 3, 97 % sure",
        ]


def test_every_digit_is_an_accessible_item(gallery):
    interface = QAccessible.queryAccessibleInterface(gallery)
    assert interface.childCount() == COUNT
    assert interface.child(1).text(QAccessible.Text.Name).startswith(f"It is {(COUNT - 2) % 10}")


def test_without_digits_it_says_why(gallery, qtbot):
    gallery.show_digits(np.empty(0, np.intp), "No digit is read wrong by all.")
    assert gallery.accessibleDescription() == "No digit is read wrong by all."
    assert gallery.current == -1
    with qtbot.assertNotEmitted(gallery.opened):
        qtbot.mouseClick(gallery.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
        QTest.keyClick(gallery, Qt.Key.Key_Return)


def test_only_visible_digits_are_painted(gallery, monkeypatch):
    painted = []
    monkeypatch.setattr(TileDelegate, "paint_tile", lambda self, painter, index, *rest: painted.append(index))
    gallery.verticalScrollBar().setValue(10_000)
    gallery.viewport().repaint()
    assert 0 < len(painted) < 60
    assert max(painted) < COUNT - 100


def test_another_width_keeps_the_digits_at_the_top(gallery):
    gallery.verticalScrollBar().setValue(100 * gallery.tiles.size.height())
    top = row_at(gallery, QPoint(10, 10))
    for width in (420, 650, 500, 700):
        gallery.resize(width, 260)
        assert abs(row_at(gallery, QPoint(10, 10)) - top) < 8


def test_the_columns_share_the_width(gallery):
    columns, width = gallery.columns, gallery.viewport().width()
    lefts = [rect(gallery, row).left() for row in range(columns + 1)]
    assert lefts == [column * (width // columns) for column in range(columns)] + [0]


def test_tiles_follow_the_text_size(gallery):
    height = rect(gallery, 0).height()
    font = gallery.font()
    font.setPointSizeF(2 * font.pointSizeF())
    gallery.setFont(font)
    assert rect(gallery, 0).height() > 1.5 * height


def test_the_thumbnail_is_white_on_black_in_either_theme(gallery):
    image = gallery.viewport().grab().toImage()
    side, corner = gallery.tiles.side, rect(gallery, 0).topLeft()
    middle = image.pixelColor(corner + QPoint(5 + side // 2, 5 + side // 2))
    edge = image.pixelColor(corner + QPoint(8, 8))
    assert (middle.lightness(), edge.lightness()) == (255, 0)


# -- tiles


def made_digits(runs):
    predicted = np.tile(np.arange(10), (runs, 1))
    markers = [RunMarker(f"run {run}", 1 + run % 3, run // 3) for run in range(runs)]
    images = np.full((10, 28, 28), 255, np.uint8)
    return GalleryDigits(images, np.arange(10), markers, predicted, np.ones(predicted.shape))


def painted_tile(tiles, index):
    pixmap = QPixmap(tiles.size)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        tiles.paint_tile(painter, index, QPoint(0, 0))
    return pixmap.toImage()


def test_a_tile_has_room_for_every_prediction_up_to_a_limit(qapp):
    few, many, too_many = (TileDelegate(made_digits(runs), qapp.font(), LIGHT, 1.0) for runs in (2, MAX_LINES, 30))
    assert few.size.height() < many.size.height() == too_many.size.height()
    assert not painted_tile(too_many, 3).isNull()
    runs = {run for run, *_ in too_many._lines} - {LABEL}
    assert runs == {*range(MAX_LINES - 1), 29}  # the last: the ensemble


def test_lines_of_text_are_drawn_once(qapp):
    tiles = TileDelegate(made_digits(3), qapp.font(), LIGHT, 1.0)
    first = painted_tile(tiles, 4)
    lines = dict(tiles._lines)
    assert painted_tile(tiles, 4) == first
    assert tiles._lines == lines
    assert len(lines) == 1 + 3


def test_right_and_wrong_look_different_without_colour(qapp):
    right = made_digits(1)
    wrong = right._replace(predicted=(right.predicted + 1) % 10)
    images = [painted_tile(TileDelegate(digits, qapp.font(), LIGHT, 1.0), 4) for digits in (right, wrong)]
    assert images[0] != images[1]
