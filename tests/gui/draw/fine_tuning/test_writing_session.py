"""Being led through writing each digit, with real mouse events on the canvas."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QPushButton

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui.draw.draw_layout import DrawLayout
from mnist_gui.gui.draw.fine_tuning.writing_session import WRITTEN_MS, WritingSession
from mnist_gui.gui.draw.panels.my_digits_controller import MyDigitsController
from mnist_gui.gui.fine_tuning_service import FineTuningService

LEFT = Qt.MouseButton.LeftButton
BEFORE = Drawing(([(300, 300), (500, 700)],))


@pytest.fixture
def my_digits(tmp_path):
    return UserDigitStore(tmp_path / "my-digits.jsonl")


@pytest.fixture
def lesson(qtbot, store, my_digits):
    view = DrawLayout()
    qtbot.addWidget(view)
    view.resize(1100, 660)
    view.show()
    view.canvas.restore(BEFORE)
    drawer = MyDigitsController(my_digits, FineTuningService(store, my_digits), view)
    lesson = WritingSession(view, my_digits, drawer)
    lesson.view = view
    lesson.invitations = []
    lesson.asked.connect(lesson.invitations.append)
    lesson._resting.setInterval(40)
    return lesson


def write(qtbot, lesson, *strokes):
    canvas = lesson.view.canvas
    for points in strokes or (((0.3, 0.3), (0.6, 0.7)),):
        places = [QPoint(round(x * canvas.width()), round(y * canvas.height())) for x, y in points]
        qtbot.mousePress(canvas, LEFT, pos=places[0])
        for place in places[1:]:
            qtbot.mouseMove(canvas, place)
        qtbot.mouseRelease(canvas, LEFT, pos=places[-1])


def click(qtbot, lesson, name):
    qtbot.mouseClick(lesson.view.writing_prompt.findChild(QPushButton, name), LEFT)


def asked(lesson):
    return lesson.view.writing_prompt.findChild(QLabel, "guide_words").text()


def test_the_pause_is_long_enough_to_lift_the_pen():
    assert WRITTEN_MS >= 1_000


def test_it_advances_by_itself_and_keeps_each_digit(lesson, qtbot, my_digits):
    lesson.start()
    assert lesson.view.writing_prompt.isVisible() and not lesson.view.label_row.isVisible()
    assert lesson.view.canvas.content.is_blank
    assert asked(lesson) == "Write a 0 (1 of 3)" == lesson.invitations[-1]
    write(qtbot, lesson)
    qtbot.waitUntil(lambda: asked(lesson) == "Write a 1 (1 of 3)")
    assert lesson.view.canvas.content.is_blank
    write(qtbot, lesson, ((0.4, 0.2), (0.4, 0.8)), ((0.2, 0.8), (0.6, 0.8)))
    qtbot.waitUntil(lambda: asked(lesson) == "Write a 2 (1 of 3)")
    assert [(digit.label, len(digit.content.strokes)) for digit in my_digits.digits] == [(0, 1), (1, 2)]


def test_a_stroke_that_comes_in_time_belongs_to_the_digit(lesson, qtbot, my_digits):
    lesson._resting.setInterval(400)
    lesson.start()
    write(qtbot, lesson)
    qtbot.wait(200)
    write(qtbot, lesson, ((0.2, 0.5), (0.8, 0.5)))
    qtbot.wait(250)
    assert not my_digits.digits, "the pause began anew"
    qtbot.waitUntil(lambda: len(my_digits.digits) == 1)
    assert len(my_digits.digits[0].content.strokes) == 2


def test_what_was_written_badly_is_written_again(lesson, qtbot, my_digits):
    lesson.start()
    write(qtbot, lesson)
    qtbot.waitUntil(lambda: asked(lesson).startswith("Write a 1"))
    click(qtbot, lesson, "guide_back")
    assert asked(lesson) == "Write a 0 (1 of 3)"
    assert not my_digits.digits
    click(qtbot, lesson, "guide_skip")
    assert asked(lesson).startswith("Write a 1")
    click(qtbot, lesson, "guide_back")
    assert asked(lesson) == "Write a 0 (1 of 3)"


def test_it_stops_and_goes_on_another_time(lesson, qtbot, my_digits):
    lesson.start()
    write(qtbot, lesson)
    qtbot.waitUntil(lambda: len(my_digits.digits) == 1)
    click(qtbot, lesson, "guide_stop")
    assert lesson.view.label_row.isVisible() and not lesson.view.writing_prompt.isVisible()
    assert lesson.view.canvas.content == BEFORE
    write(qtbot, lesson)
    qtbot.wait(100)
    assert len(my_digits.digits) == 1, "nobody is led any more"
    lesson.start()
    assert asked(lesson) == "Write a 1 (1 of 3)"


def test_a_slip_of_the_pen_and_what_is_rubbed_out_is_not_kept(lesson, qtbot, my_digits):
    lesson.start()
    write(qtbot, lesson, ((0.5, 0.5),))
    qtbot.wait(100)
    assert not my_digits.digits
    write(qtbot, lesson)
    lesson.view.canvas.clear()
    qtbot.wait(100)
    assert not my_digits.digits and asked(lesson).startswith("Write a 0")


def test_a_digit_key_does_not_answer_meanwhile(lesson, qtbot):
    labelled = []
    lesson.view.label_row.labelled.connect(labelled.append)
    lesson.view.canvas.setFocus()
    lesson.start()
    qtbot.keyClick(lesson.view.canvas, Qt.Key.Key_7)
    assert not labelled


def test_the_end_is_told(lesson, qtbot, my_digits):
    for digit in (*range(10), *range(10), *range(9)):
        my_digits.add(Drawing(BEFORE.strokes, digit))
    lesson.start()
    assert asked(lesson) == "Write a 9 (3 of 3)"
    with qtbot.waitSignal(lesson.finished):
        write(qtbot, lesson)
    assert len(my_digits.digits) == 30 and not lesson.is_on


def test_what_cannot_be_kept_stays_on_the_canvas(lesson, qtbot, my_digits):
    my_digits.path.mkdir()  # a folder where the file should be
    lesson.start()
    said = []
    lesson._drawer.message_shown.connect(said.append)
    write(qtbot, lesson)
    qtbot.waitUntil(lambda: bool(said))
    assert not lesson.view.canvas.content.is_blank
    assert asked(lesson).startswith("Write a 0")
