import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPainter, QPixmap

from mnist_gui.gui.compare.mistakes.gallery_tile import MOST_LINES, Answers, TilePainter
from mnist_gui.gui.compare.run_marker import RunMarker
from mnist_gui.gui.theme import LIGHT


def answers(runs):
    read = np.tile(np.arange(10), (runs, 1))
    keys = [RunMarker(f"run {place}", 1 + place % 3, place // 3) for place in range(runs)]
    return Answers(np.full((10, 28, 28), 255, np.uint8), np.arange(10), keys, read, np.ones(read.shape))


def painted(tiles, digit):
    picture = QPixmap(tiles.size)
    picture.fill(Qt.GlobalColor.transparent)
    with QPainter(picture) as painter:
        tiles.paint(painter, digit, QPoint(0, 0))
    return picture.toImage()


def test_a_tile_has_room_for_every_answer_up_to_a_limit(qapp):
    few, many, too_many = (TilePainter(answers(runs), qapp.font(), LIGHT, 1.0) for runs in (2, MOST_LINES, 30))
    assert few.size.height() < many.size.height() == too_many.size.height()
    assert not painted(too_many, 3).isNull()
    assert {run for run, *_ in too_many._said} == {*range(MOST_LINES - 1), 29}  # the last: all together


def test_lines_of_words_are_drawn_once(qapp):
    tiles = TilePainter(answers(3), qapp.font(), LIGHT, 1.0)
    first = painted(tiles, 4)
    kept = dict(tiles._said)
    assert painted(tiles, 4) == first
    assert tiles._said == kept
    assert len(kept) == 3


def test_right_and_wrong_look_different_without_colour(qapp):
    right = answers(1)
    wrong = right._replace(read=(right.read + 1) % 10)
    pictures = [painted(TilePainter(each, qapp.font(), LIGHT, 1.0), 4) for each in (right, wrong)]
    assert pictures[0] != pictures[1]
