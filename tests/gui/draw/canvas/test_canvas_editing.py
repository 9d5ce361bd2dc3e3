"""The canvas: erasing, undo and redo, and Clear."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.picture import Picture
from mnist_gui.gui.draw.canvas import content_history
from mnist_gui.gui.draw.canvas.content_history import UNDO_STEPS
from mnist_gui.gui.draw.canvas.digit_boxes import DigitBoxes
from tests.gui.draw.canvas.canvas_events import (
    LEFT,
    TWO,
    WIDE,
    canvas_drawing,
    drag,
    inked,
    mnist_seven,
    strokes_of,
)

# -- Eraser


def test_the_eraser_cuts_strokes_where_it_passed_as_one_step(canvas):
    canvas.set_content(TWO)
    canvas.set_tool("eraser")
    drag(canvas, (250, 20), (250, 480))  # fast: both strokes lie between two events
    reach = 32 + 25  # units: the eraser's radius and half the pen
    assert strokes_of(canvas) == [
        [[left, y], [right, y]] for y in (200, 800) for left, right in ((100, 500 - reach), (500 + reach, 900))
    ]
    assert canvas.content.label == 4
    assert canvas.tool == "eraser"
    canvas.undo()
    assert canvas.content is TWO
    assert not inked(canvas)[:, 230:270].all() and inked(canvas)[100, 250]
    canvas.redo()
    assert len(canvas.content.strokes) == 4


def test_below_the_eraser_no_ink_is_left_and_beside_it_all_of_it(canvas):
    canvas.set_content(WIDE)
    before = inked(canvas)
    canvas.set_tool("eraser")
    drag(canvas, (150, 200), (150, 300))
    after = inked(canvas)
    assert not after[225:275, 136:165].any()  # 16 pixels to each side
    assert (after[225:275, 300:] == before[225:275, 300:]).all()
    assert after[250, 55:115].all() and after[250, 184:440].all()


def test_a_drag_along_a_stroke_rubs_all_of_it_out_and_the_pen_comes_back(canvas, qtbot):
    canvas.set_content(WIDE)
    canvas.set_tool("eraser")
    drag(canvas, *((x, 250) for x in range(40, 470, 3)), release=False)
    assert canvas.content.is_blank
    assert canvas.content.label is None
    assert canvas.tool == "eraser"  # under way
    with qtbot.waitSignal(canvas.tool_changed) as changed:
        QTest.mouseRelease(canvas, LEFT, pos=QPoint(469, 250))
    assert changed.args == ["pen"]
    canvas.undo()
    assert canvas.content is WIDE


def test_a_part_of_the_strokes_can_be_left_and_rubbed_out_later(canvas):
    canvas.set_content(WIDE)
    canvas.set_tool("eraser")
    drag(canvas, (250, 250), (480, 250))
    assert strokes_of(canvas) == [[[100, 500], [443, 500]]]
    drag(canvas, (20, 250), (250, 250))
    assert canvas.content.is_blank
    canvas.undo()
    assert strokes_of(canvas) == [[[100, 500], [443, 500]]]
    canvas.undo()
    assert canvas.content is WIDE


def test_escape_brings_back_what_the_drag_rubbed_out(canvas):
    canvas.restore(TWO)
    canvas.set_tool("eraser")
    drag(canvas, (250, 20), (250, 480), release=False)
    assert len(canvas.content.strokes) == 4
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.content is TWO
    assert not canvas.can_undo
    assert canvas.tool == "eraser"


def test_undo_to_a_blank_canvas_puts_the_pen_in_hand(canvas):
    drag(canvas, (100, 100), (200, 200))
    canvas.set_tool("eraser")
    canvas.undo()
    assert canvas.content.is_blank
    assert canvas.tool == "pen"


def test_erasing_beside_the_strokes_is_no_step(canvas):
    canvas.restore(TWO)
    canvas.set_tool("eraser")
    drag(canvas, (100, 250), (400, 250))
    assert canvas.content is TWO
    assert not canvas.can_undo


def test_erasing_is_announced_while_it_goes_on(canvas, emitted, qtbot):
    canvas.restore(TWO)
    canvas.set_tool("eraser")
    emitted.clear()
    drag(canvas, (250, 20), (250, 120), release=False)
    qtbot.waitUntil(lambda: bool(emitted), timeout=1000)
    assert len(emitted[0].strokes) == 3
    assert not inked(canvas)[100, 250]


@pytest.mark.parametrize("side", [400, 500])
def test_the_eraser_takes_pixels_of_a_picture(canvas, side):
    canvas.resize(side, side)
    picture = mnist_seven()
    canvas.set_content(picture)
    canvas.set_tool("eraser")
    # Through the middle of row 10: the pixels are whole numbers of screen pixels, in the middle of the canvas.
    pixel = side // 28
    y = (side - 28 * pixel) / 2 + 10.5 * pixel
    drag(canvas, (100, y), (side - 100, y))
    kept = [row for row in range(4, 24) if row != 10]
    assert canvas.content.ink[kept, 13:15].all()
    assert not canvas.content.ink[10].any()
    assert isinstance(canvas.content, Picture) and canvas.content.framed and canvas.content.label == 7
    ink = inked(canvas)
    assert not ink[round(y), :].any()
    assert ink[round(y - pixel), side // 2] and ink[round(y + pixel), side // 2]
    canvas.undo()
    assert canvas.content is picture


def test_a_picture_that_is_rubbed_out_is_a_blank_drawing(canvas):
    picture = mnist_seven()
    canvas.set_content(picture)
    canvas.set_tool("eraser")
    drag(canvas, (10, 10), (20, 20))
    assert canvas.content is picture
    drag(canvas, *((250, y) for y in range(30, 470, 5)))
    assert canvas.content == Drawing()
    assert canvas.tool == "pen"
    canvas.undo()
    assert canvas.content is picture


@pytest.mark.parametrize("shape", [(100, 300), (300, 100)])
def test_the_eraser_finds_the_ink_of_a_photo_of_any_shape(canvas, shape):
    canvas.set_content(Picture(np.ones(shape, np.float32)))
    canvas.set_tool("eraser")
    drag(canvas, (250, 20), (250, 480))
    ink = inked(canvas)
    assert not ink[180:320, 236:264].any()  # 16 pixels to each side
    assert ink[180:320, 200:230].all() and ink[180:320, 270:300].all()


def test_a_page_that_is_shown_turned_is_erased_as_it_is_seen(canvas):
    lying, upright = canvas_drawing([[500, 100], [500, 900]]), WIDE
    canvas.restore(lying)
    canvas.set_digits(DigitBoxes(), upright)
    canvas.set_tool("eraser")
    drag(canvas, (250, 100), (250, 150))  # there is ink in the page, but none in what is seen
    assert canvas.content is lying
    assert not canvas.can_undo
    drag(canvas, (150, 200), (150, 300))
    assert strokes_of(canvas) == [[[100, 500], [243, 500]], [[357, 500], [900, 500]]]
    assert not inked(canvas)[250, 140:160].any() and inked(canvas)[250, 250:440].all()
    canvas.undo()
    assert canvas.content is lying


def test_the_eraser_shows_its_size(canvas, qtbot):
    with qtbot.waitSignal(canvas.tool_changed) as changed:
        canvas.set_tool("eraser")
    assert changed.args == ["eraser"]
    small = canvas.cursor().pixmap().width()
    canvas.resize(1000, 1000)
    assert canvas.cursor().pixmap().width() > 1.5 * small
    canvas.set_tool("pen")
    assert canvas.cursor().shape() == Qt.CursorShape.CrossCursor


# -- History


def test_undo_and_redo_go_through_strokes(canvas, qtbot):
    changes = []
    canvas.history_changed.connect(lambda: changes.append((canvas.can_undo, canvas.can_redo)))
    drag(canvas, (100, 100), (200, 200))
    drag(canvas, (300, 300), (400, 300))
    canvas.undo()
    assert len(canvas.content.strokes) == 1
    canvas.undo()
    assert canvas.content.is_blank
    canvas.undo()
    canvas.redo()
    canvas.redo()
    canvas.redo()
    assert len(canvas.content.strokes) == 2
    assert changes == [(True, False), (True, True), (False, True), (True, True), (True, False)]


def test_a_new_stroke_ends_what_could_be_redone(canvas):
    drag(canvas, (100, 100), (200, 200))
    canvas.undo()
    drag(canvas, (300, 300), (400, 300))
    assert not canvas.can_redo
    canvas.redo()
    assert strokes_of(canvas) == [[[600, 600], [800, 600]]]


def test_clear_puts_the_pen_in_hand(canvas):
    canvas.set_tool("eraser")
    canvas.clear()
    assert canvas.tool == "pen"


def test_clear_can_be_undone_and_clearing_nothing_is_no_step(canvas, emitted):
    canvas.clear()
    assert not canvas.can_undo
    assert not emitted
    drag(canvas, (100, 100), (200, 200))
    before = canvas.content
    canvas.clear()
    assert emitted[-1].is_blank
    assert not inked(canvas)[140:160, 140:160].any()
    canvas.undo()
    assert canvas.content is before


def test_restoring_leaves_nothing_to_undo(canvas):
    drag(canvas, (100, 100), (200, 200))
    canvas.restore(WIDE)
    assert canvas.content is WIDE
    assert not canvas.can_undo
    assert not canvas.can_redo


def test_the_history_is_bounded(canvas):
    for _ in range(UNDO_STEPS + 10):
        canvas.set_content(canvas_drawing([[0, 0], [900, 900]]))
    for _ in range(UNDO_STEPS):
        assert canvas.can_undo
        canvas.undo()
    assert not canvas.can_undo


@pytest.mark.parametrize("side", [1000, 100])
def test_the_history_of_pictures_is_bounded_by_bytes_and_drops_the_oldest(canvas, side, monkeypatch):
    monkeypatch.setattr(content_history, "UNDO_BYTES", 10 * 4 * 1000 * 1000)
    pictures = [Picture(np.full((side, side), 0.5, np.float32)) for _ in range(20)]
    for picture in pictures:
        canvas.set_content(picture)
    undone = []
    while canvas.can_undo:
        canvas.undo()
        undone.append(canvas.content)
    expected = [*reversed(pictures[:-1])]
    if side == 1000:
        assert undone == expected[:10], "the newest ten million pixels"
    else:
        assert undone[:-1] == expected and undone[-1].is_blank


def test_the_history_keeps_one_step_however_large(canvas, monkeypatch):
    monkeypatch.setattr(content_history, "UNDO_BYTES", 1)
    canvas.set_content(mnist_seven())
    canvas.set_content(TWO)
    canvas.undo()
    assert isinstance(canvas.content, Picture)
