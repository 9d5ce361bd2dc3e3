"""The canvas under real events: what a hand does, and what is then on the paper."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QImage, QInputDevice, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import frame_of
from mnist_gui.digits.picture import Picture
from mnist_gui.gui import theme
from mnist_gui.gui.draw.canvas.canvas import Canvas
from tests.gui.draw.canvas.canvas_events import (
    LEFT,
    NO_BUTTON,
    TWO,
    WIDE,
    canvas_drawing,
    color_at,
    drag,
    inked,
    mnist_seven,
    pen_drag,
    send_mouse,
    send_pen,
    strokes_of,
    stylus,
)
from tests.gui.draw.draw_tab_actions import PaintedArea

# -- Drawing


def test_a_drag_is_one_stroke_with_every_point_in_thousandths_of_the_side(canvas):
    drag(canvas, (100, 100), (150, 250), (300, 310))
    assert strokes_of(canvas) == [[[200, 200], [300, 500], [600, 620]]]


def test_a_click_is_a_dot_that_can_be_seen(canvas):
    QTest.mouseClick(canvas, LEFT, pos=QPoint(250, 250))
    assert strokes_of(canvas) == [[[500, 500]]]
    assert inked(canvas)[250, 250]


def test_a_double_click_is_two_dots(canvas):
    QTest.mouseClick(canvas, LEFT, pos=QPoint(100, 100))
    send_mouse(canvas, QEvent.Type.MouseButtonDblClick, (100, 100), LEFT, LEFT)
    send_mouse(canvas, QEvent.Type.MouseButtonRelease, (100, 100), LEFT)
    assert strokes_of(canvas) == [[[200, 200]], [[200, 200]]]


def test_only_the_left_button_draws(canvas, emitted):
    QTest.mouseClick(canvas, Qt.MouseButton.RightButton, pos=QPoint(250, 250))
    assert canvas.content.is_blank
    assert not emitted


def test_no_gap_however_fast_the_pen(canvas):
    drag(canvas, (30, 250), (470, 250))
    assert inked(canvas)[250, 25:475].all()


@pytest.mark.parametrize("count", [64, 65, 128, 129, 500])
def test_a_long_stroke_has_no_gap_during_it_nor_after_it(canvas, count):
    xs = np.linspace(40, 460, count)
    canvas.repaint()
    drag(canvas, *((int(x), 250) for x in xs), release=False)
    during = inked(canvas)
    assert during[250, 40:460].all()
    QTest.mouseRelease(canvas, LEFT, pos=QPoint(460, 250))
    after = inked(canvas)
    assert after[250, 40:460].all()
    canvas.set_content(canvas.content)  # painted again, as a whole
    np.testing.assert_array_equal(inked(canvas), after)
    assert np.mean(during != after) < 1e-4


def test_a_stroke_of_very_many_points_looks_like_one_of_few(canvas):
    def spiral(count):
        turn = np.linspace(0, 1, count)
        return canvas_drawing(500 + (400 * turn * [np.cos(40 * turn), np.sin(40 * turn)]).T)

    canvas.set_content(spiral(1_500))
    few = inked(canvas)
    canvas.set_content(spiral(30_000))
    many = inked(canvas)
    assert few.sum() > 10_000
    assert np.mean(few != many) < 0.005  # at the edges of the ink
    x, y = spiral(2).strokes[0][-1] / 2
    assert many[int(y), int(x)]


def test_only_the_end_of_a_stroke_is_repainted_and_that_is_enough(canvas):
    turns = np.linspace(0, 6 * np.pi, 300)
    places = [(int(250 + 180 * np.cos(t)), int(250 + 180 * np.sin(t * 0.9))) for t in turns]
    drag(canvas, places[0], release=False)
    QApplication.processEvents()
    canvas.installEventFilter(painted := PaintedArea())
    for place in places[1:]:
        send_mouse(canvas, QEvent.Type.MouseMove, place, buttons=LEFT)
        QApplication.processEvents()
    assert 0 < painted.largest < 500 * 500 / 10
    on_screen = canvas.screen().grabWindow(canvas.winId()).toImage().convertToFormat(QImage.Format.Format_RGB32)
    assert on_screen == canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def test_the_first_move_after_a_pause_is_reported_at_once_and_those_that_follow_together(canvas, monkeypatch):
    monkeypatch.setattr("mnist_gui.gui.draw.canvas.canvas._EMIT_MS", 60_000)
    contents = []
    canvas.content_changed.connect(contents.append)
    send_mouse(canvas, QEvent.Type.MouseButtonPress, (100, 100), LEFT, LEFT)
    send_mouse(canvas, QEvent.Type.MouseMove, (120, 120), buttons=LEFT)
    QApplication.processEvents()
    assert [len(content.strokes[0]) for content in contents] == [2]
    for place in ((140, 140), (160, 160)):
        send_mouse(canvas, QEvent.Type.MouseMove, place, buttons=LEFT)
        QApplication.processEvents()
    assert len(contents) == 1
    send_mouse(canvas, QEvent.Type.MouseButtonRelease, (160, 160), LEFT)
    assert [len(content.strokes[0]) for content in contents] == [2, 4]


def test_a_stroke_ends_where_the_pen_leaves_the_canvas_and_another_begins_where_it_comes_back(canvas):
    drag(canvas, (400, 250), (600, 350), (600, 700), (300, 700), (200, 300), (210, 310))
    first, second = strokes_of(canvas)
    assert first == [[800, 500], [1000, 600]]
    assert second == [pytest.approx([500, 1000]), [400, 600], [420, 620]]
    canvas.undo()
    assert canvas.content.is_blank
    assert not canvas.can_undo
    canvas.redo()
    assert strokes_of(canvas) == [first, second]


def test_a_one_that_runs_out_of_the_canvas_and_is_pulled_aside_stays_a_one(canvas):
    drag(canvas, (250, 100), (250, 300), (250, 600), (350, 600), (450, 560))
    assert strokes_of(canvas) == [[[500, 200], [500, 600], [500, 1000]]]
    ink = inked(canvas)
    assert ink[100:480, 250].all()
    assert not ink[:480, 290:].any()


def test_a_pen_that_crosses_the_canvas_between_two_events_leaves_a_stroke_there_but_no_dot_at_a_corner(canvas):
    drag(canvas, (100, 100), (-100, 300), (700, 300), (300, -300))  # the last part touches the upper right corner
    assert strokes_of(canvas) == [[[200, 200], [0, 400]], [[0, 600], [1000, 600]]]


def test_beside_the_canvas_nothing_is_drawn_and_escape_gives_up_all_of_the_gesture(canvas):
    drag(canvas, (400, 250), (600, 250), (700, 300), (600, 400), (400, 400), release=False)
    assert len(canvas.content.strokes) == 2
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.content.is_blank
    assert not inked(canvas)[:, 420:480].any()


def test_ink_at_the_edge_is_painted_as_before_while_the_pen_is_beside_the_canvas(canvas):
    canvas.repaint()
    drag(canvas, (300, 250), (450, 250), (600, 250), (700, 400), release=False)
    during = inked(canvas)
    assert during[250, 300:495].all()
    QTest.mouseRelease(canvas, LEFT, pos=QPoint(700, 400))
    np.testing.assert_array_equal(inked(canvas), during)
    canvas.set_content(canvas.content)  # painted again, as a whole
    np.testing.assert_array_equal(inked(canvas), during)


@pytest.mark.parametrize("side", [343, 400, 487])
def test_the_last_pixel_of_the_canvas_lies_on_the_paper(canvas, side):
    canvas.resize(side, side)
    drag(canvas, (side - 1, 10), (side, 100), (side, side), (10, side))
    drawn = canvas.content
    assert drawn.bounds()[2:] == (1000, 1000)
    canvas.restore(drawn)
    assert canvas.content == drawn  # not taken for one that exceeds the canvas


def test_beside_the_paper_nothing_begins(canvas):
    canvas.resize(900, 500)
    drag(canvas, (50, 250), (450, 250))
    assert canvas.content.is_blank
    drag(canvas, (200, 0), (450, 250))
    assert strokes_of(canvas) == [[[0, 0], [500, 500]]]


def test_a_lost_release_does_not_block_the_pen(canvas):
    drag(canvas, (100, 100), (200, 200), release=False)
    drag(canvas, (300, 300), (350, 350))
    assert strokes_of(canvas) == [[[200, 200], [400, 400]], [[600, 600], [700, 700]]]


def test_escape_gives_up_the_stroke_under_way(canvas, emitted, qtbot):
    drag(canvas, (100, 100), (200, 200))
    drag(canvas, (300, 300), (350, 350), release=False)
    with qtbot.waitSignal(canvas.stroke_ended):
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(canvas, LEFT, pos=QPoint(350, 350))
    assert strokes_of(canvas) == [[[200, 200], [400, 400]]]
    assert len(emitted[-1].strokes) == 1
    assert not inked(canvas)[300:360, 300:360].any()


def test_undo_in_mid_stroke_gives_it_up_too(canvas):
    drag(canvas, (100, 100), (200, 200), release=False)
    canvas.undo()
    assert canvas.content.is_blank
    assert not canvas.is_drawing


@pytest.mark.parametrize("leave", [Canvas.clearFocus, Canvas.hide])
def test_losing_the_focus_or_being_hidden_ends_the_stroke_and_keeps_it(canvas, leave):
    drag(canvas, (100, 100), (200, 200), release=False)
    leave(canvas)
    assert not canvas.is_drawing
    assert strokes_of(canvas) == [[[200, 200], [400, 400]]]


# -- Pen and finger


def test_a_pen_draws_one_stroke_and_qt_makes_no_mouse_of_it(canvas, pen):
    assert send_pen(canvas, pen, QEvent.Type.TabletPress, (100.25, 100)).isAccepted()
    send_pen(canvas, pen, QEvent.Type.TabletMove, (150.5, 100), NO_BUTTON)
    synthesised = Qt.MouseEventSource.MouseEventSynthesizedByQt
    send_mouse(canvas, QEvent.Type.MouseButtonPress, (100, 100), LEFT, LEFT, synthesised)
    send_mouse(canvas, QEvent.Type.MouseMove, (400, 400), NO_BUTTON, LEFT, synthesised)
    send_mouse(canvas, QEvent.Type.MouseButtonRelease, (400, 400), LEFT, NO_BUTTON, synthesised)
    assert canvas.is_drawing
    send_pen(canvas, pen, QEvent.Type.TabletRelease, (200, 100))
    send_mouse(canvas, QEvent.Type.MouseButtonPress, (200, 100), LEFT, LEFT, synthesised)
    assert not canvas.is_drawing
    assert strokes_of(canvas) == [[[200.5, 200], [301, 200], [400, 200]]]


def test_the_device_that_began_a_gesture_ends_it(canvas, pen):
    drag(canvas, (100, 100), (150, 150), release=False)
    pen_drag(canvas, pen, (300, 300), (400, 400))
    assert canvas.is_drawing
    QTest.mouseRelease(canvas, LEFT, pos=QPoint(200, 200))
    assert strokes_of(canvas) == [[[200, 200], [300, 300], [400, 400]]]


def test_the_other_end_of_the_pen_erases_without_changing_the_tool(canvas, pen):
    canvas.set_content(TWO)
    pen_drag(canvas, stylus(QPointingDevice.PointerType.Eraser), (250, 300), (250, 420))
    assert strokes_of(canvas) == [TWO.strokes[0].tolist(), [[100, 800], [443, 800]], [[557, 800], [900, 800]]]
    assert canvas.tool == "pen"
    pen_drag(canvas, pen, (100, 300), (110, 310))
    assert len(canvas.content.strokes) == 4


def test_one_finger_draws_and_a_second_is_ignored(canvas):
    screen = QTest.createTouchDevice()
    touch(canvas, screen).press(1, QPoint(100, 100), canvas).commit()
    touch(canvas, screen).move(1, QPoint(150, 100), canvas).press(2, QPoint(400, 400), canvas).commit()
    touch(canvas, screen).move(1, QPoint(200, 100), canvas).move(2, QPoint(300, 300), canvas).commit()
    touch(canvas, screen).release(1, QPoint(250, 100), canvas).stationary(2).commit()
    touch(canvas, screen).move(2, QPoint(200, 300), canvas).commit()
    touch(canvas, screen).release(2, QPoint(200, 300), canvas).commit()
    assert strokes_of(canvas) == [[[200, 200], [300, 200], [400, 200], [500, 200]]]


def touch(widget, device):
    return QTest.touchEvent(widget, device, False)


def test_fingers_that_rest_on_a_touch_pad_do_not_draw(canvas):
    pad = QTest.createTouchDevice(QInputDevice.DeviceType.TouchPad)
    touch(canvas, pad).press(1, QPoint(100, 100), canvas).commit()
    touch(canvas, pad).move(1, QPoint(150, 100), canvas).commit()
    assert not canvas.is_drawing
    touch(canvas, pad).release(1, QPoint(150, 100), canvas).commit()
    assert canvas.content.is_blank


# -- Announcements


def test_a_quick_stroke_is_announced_once_and_never_again(canvas, emitted, qtbot):
    began, ended = [], []
    canvas.stroke_started.connect(lambda: began.append(canvas.is_drawing))
    canvas.stroke_ended.connect(lambda: ended.append((canvas.is_drawing, len(emitted))))
    drag(canvas, *((100 + i, 100) for i in range(50)))
    qtbot.wait(30)
    assert [content.point_count for content in emitted] == [50]
    assert emitted[0] is canvas.content
    assert began == [True]
    assert ended == [(False, 1)]


def test_a_slow_stroke_is_announced_while_it_grows(canvas, emitted, qtbot):
    drag(canvas, (100, 100), (150, 100), release=False)
    qtbot.waitUntil(lambda: len(emitted) == 1, timeout=1000)
    send_mouse(canvas, QEvent.Type.MouseMove, (200, 100), buttons=LEFT)
    qtbot.waitUntil(lambda: len(emitted) == 2, timeout=1000)
    QTest.mouseRelease(canvas, LEFT, pos=QPoint(200, 100))
    assert [content.point_count for content in emitted] == [2, 3, 3]


def test_nothing_is_announced_while_the_pen_rests(canvas, emitted, qtbot):
    drag(canvas, (100, 100), (150, 100), release=False)
    qtbot.waitUntil(lambda: len(emitted) == 1, timeout=1000)
    send_mouse(canvas, QEvent.Type.MouseMove, (150, 100), buttons=LEFT)
    qtbot.wait(30)
    assert len(emitted) == 1


# -- What is shown


def test_the_first_stroke_replaces_a_picture_and_undo_brings_it_back(canvas):
    picture = mnist_seven()
    canvas.set_content(picture)
    assert inked(canvas)[250, 250]
    drag(canvas, (50, 50), (100, 50), release=False)
    assert isinstance(canvas.content, Drawing)
    assert canvas.content.label is None
    assert not inked(canvas)[250, 250]
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.content is picture
    drag(canvas, (50, 50), (100, 50))
    assert len(canvas.content.strokes) == 1
    canvas.undo()
    assert canvas.content is picture
    assert inked(canvas)[250, 250]


def test_the_pixels_of_an_mnist_frame_are_equal_squares(canvas):
    canvas.resize(400, 400)
    canvas.set_content(mnist_seven())
    ink = inked(canvas)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    assert len(rows) == 20 * 14  # 400 // 28 = 14
    assert len(columns) == 2 * 14


def test_a_photo_keeps_its_shape(canvas):
    canvas.set_content(Picture(np.ones((100, 300), np.float32)))
    ink = inked(canvas)
    assert ink[170:330, 250].all()
    assert not ink[:160, 250].any()
    assert not ink[340:, 250].any()


def test_another_size_changes_no_drawing(canvas):
    drag(canvas, (100, 250), (400, 250))
    before = canvas.content
    canvas.resize(280, 300)
    assert canvas.content is before
    assert inked(canvas)[150, 56:224].all()


@pytest.mark.parametrize(
    "strokes",
    [
        [[[0.1, 0.1], [0.9, 0.1]], [[0.5, 0.1], [0.4, 0.9]]],
        [[[150, 100], [300, 110]], [[300, 110], [200, 330]]],
        [[[-5000, 0], [5000, 0]], [[0, 0], [0, 9000]]],
    ],
    ids=["of 0 to 1", "small, of a tablet", "far too large"],
)
def test_a_drawing_in_another_unit_is_fitted_and_its_frame_stays(canvas, strokes):
    drawing = canvas_drawing(*strokes, label=7)
    canvas.set_content(drawing)
    left, top, right, bottom = canvas.content.bounds()
    assert max(right - left, bottom - top) == pytest.approx(700)
    assert (left + right, top + bottom) == pytest.approx((1000, 1000))
    assert canvas.content.label == 7
    np.testing.assert_allclose(frame_of(canvas.content), frame_of(drawing), atol=1e-5)


def test_a_dot_in_another_unit_stays_a_dot(canvas):
    canvas.set_content(canvas_drawing([[-3, 5]]))
    assert strokes_of(canvas) == [[[500, 500]]]


def test_what_was_drawn_small_stays_small(canvas):
    drag(canvas, (20, 20), (40, 20), (25, 60))
    drawn = canvas.content
    canvas.set_content(drawn.with_label(7))
    assert strokes_of(canvas) == [drawn.strokes[0].tolist()]
    canvas.restore(Drawing.from_json(drawn.to_json()))
    assert canvas.content == drawn


def test_the_colours_follow_the_theme(canvas, qapp):
    canvas.set_content(WIDE)
    for choice, colors in (("light", theme.LIGHT), ("dark", theme.DARK), ("light", theme.LIGHT)):
        theme.apply(qapp, choice)
        assert color_at(canvas, 250, 250) == QColor(colors.ink)
        assert color_at(canvas, 250, 100) == QColor(colors.paper)


def test_the_invitation_goes_when_the_pen_comes(canvas):
    canvas.clearFocus()
    blank = canvas.grab().toImage()
    drag(canvas, (20, 20), (21, 21), release=False)
    assert blank.copy(100, 200, 300, 100) != canvas.grab().toImage().copy(100, 200, 300, 100)


def test_a_screen_reader_gets_what_is_there(canvas):
    messages = [canvas.accessibleDescription()]
    for content in (WIDE, TWO, mnist_seven(), Picture(np.ones((9, 9), np.float32)), Drawing()):
        canvas.set_content(content)
        messages.append(canvas.accessibleDescription())
    assert messages == ["blank", "1 stroke", "2 strokes", "test digit 7", "picture", "blank"]
    assert canvas.accessibleName()


def test_content_under_way_does_not_survive_being_replaced(canvas, emitted):
    drag(canvas, (100, 100), (200, 200), release=False)
    canvas.set_content(TWO)
    send_mouse(canvas, QEvent.Type.MouseMove, (300, 300), buttons=LEFT)
    QTest.mouseRelease(canvas, LEFT, pos=QPoint(300, 300))
    assert canvas.content is TWO
    canvas.undo()
    assert strokes_of(canvas) == [[[200, 200], [400, 400]]]
