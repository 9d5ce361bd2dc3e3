"""The canvas: erasing, undo and redo, and Clear."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from mnist_gui.digits.picture import Picture
from mnist_gui.gui.draw.canvas import canvas as canvas_module
from mnist_gui.gui.draw.canvas.canvas import UNDO_STEPS
from tests.gui.draw.canvas.canvas_events import (
    TWO,
    WIDE,
    canvas_drawing,
    drag,
    inked,
    mnist_seven,
    strokes_of,
)

# -- Eraser


def test_the_eraser_takes_whole_strokes_as_one_step(canvas):
    canvas.set_content(TWO)
    canvas.set_tool("eraser")
    drag(canvas, (250, 20), (250, 480))  # fast: both strokes lie between two events
    assert canvas.content.is_blank
    assert canvas.content.label is None
    canvas.undo()
    assert canvas.content is TWO
    assert inked(canvas)[100, 250]


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
    assert len(emitted[0].strokes) == 1
    assert not inked(canvas)[100, 250]


def test_the_eraser_takes_a_picture_as_a_whole(canvas):
    picture = mnist_seven()
    canvas.set_content(picture)
    canvas.set_tool("eraser")
    drag(canvas, (10, 10), (20, 20))
    assert canvas.content.is_blank
    canvas.undo()
    assert canvas.content is picture


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
    monkeypatch.setattr(canvas_module, "UNDO_BYTES", 10 * 4 * 1000 * 1000)
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
    monkeypatch.setattr(canvas_module, "UNDO_BYTES", 1)
    canvas.set_content(mnist_seven())
    canvas.set_content(TWO)
    canvas.undo()
    assert isinstance(canvas.content, Picture)
