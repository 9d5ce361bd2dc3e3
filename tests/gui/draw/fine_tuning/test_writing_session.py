"""A writing session, with real mouse events on the canvas."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QLabel, QPushButton

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui.draw.draw_layout import DrawLayout
from mnist_gui.gui.draw.fine_tuning.writing_session import PAUSE_MS, WritingSession
from mnist_gui.gui.draw.panels.my_digits_controller import MyDigitsController
from mnist_gui.gui.fine_tuning_service import FineTuningService

LEFT = Qt.MouseButton.LeftButton
BEFORE = Drawing(([(300, 300), (500, 700)],))


@pytest.fixture
def my_digits(tmp_path):
    return UserDigitStore(tmp_path / "my-digits.jsonl")


@pytest.fixture
def session(qtbot, store, my_digits):
    view = DrawLayout()
    qtbot.addWidget(view)
    view.resize(1100, 660)
    view.show()
    view.canvas.restore(BEFORE)
    controller = MyDigitsController(my_digits, FineTuningService(store, my_digits), view)
    readings = []
    session = WritingSession(view, my_digits, controller, lambda content: readings[-1] if readings else None)
    session.view = view
    session.readings = readings
    session.invitations = []
    session.invitation_changed.connect(session.invitations.append)
    session._countdown.setInterval(10)
    session._pause_ms = 40
    return session


def write(qtbot, session, *strokes):
    canvas = session.view.canvas
    for points in strokes or (((0.3, 0.3), (0.6, 0.7)),):
        positions = [QPoint(round(x * canvas.width()), round(y * canvas.height())) for x, y in points]
        qtbot.mousePress(canvas, LEFT, pos=positions[0])
        for position in positions[1:]:
            qtbot.mouseMove(canvas, position)
        qtbot.mouseRelease(canvas, LEFT, pos=positions[-1])
    leave(session)


def enter(session):
    session.view.canvas.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, True)


def leave(session):
    session.view.canvas.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)


def count(session):
    return session.view.writing_prompt.findChild(QLabel, "guide_count").text()


def click(qtbot, session, name):
    qtbot.mouseClick(session.view.writing_prompt.findChild(QPushButton, name), LEFT)


def asked(session):
    return session.view.writing_prompt.findChild(QLabel, "guide_words").text()


def test_the_pause_is_long_enough_to_lift_the_pen():
    assert PAUSE_MS >= 1_000


def test_it_advances_by_itself_and_keeps_each_digit(session, qtbot, my_digits, monkeypatch):
    monkeypatch.setattr("mnist_gui.gui.draw.fine_tuning.writing_session.TAKE_BACK_MS", 0)
    session.start()
    assert session.view.writing_prompt.isVisible() and not session.view.label_row.isVisible()
    assert session.view.canvas.content.is_blank
    assert asked(session) == "Write a 0 (1 of 3)" == session.invitations[-1]
    write(qtbot, session)
    qtbot.waitUntil(lambda: asked(session) == "Write a 1 (1 of 3)")
    assert session.view.canvas.content.is_blank
    write(qtbot, session, ((0.4, 0.2), (0.4, 0.8)), ((0.2, 0.8), (0.6, 0.8)))
    qtbot.waitUntil(lambda: asked(session) == "Write a 2 (1 of 3)")
    assert [(digit.label, len(digit.content.strokes)) for digit in my_digits.digits] == [(0, 1), (1, 2)]


def test_a_stroke_that_comes_in_time_belongs_to_the_digit(session, qtbot, my_digits):
    session._pause_ms = 400
    session.start()
    write(qtbot, session)
    qtbot.wait(200)
    write(qtbot, session, ((0.2, 0.5), (0.8, 0.5)))
    qtbot.wait(250)
    assert not my_digits.digits, "the pause started again"
    qtbot.waitUntil(lambda: len(my_digits.digits) == 1)
    assert len(my_digits.digits[0].content.strokes) == 2


def test_the_countdown_is_shown_and_waits_while_the_pointer_is_over_the_canvas(session, qtbot, my_digits):
    session._pause_ms = 300
    session.start()
    write(qtbot, session)
    enter(session)
    qtbot.waitUntil(lambda: count(session) == "Keep: Space")
    qtbot.wait(500)
    assert not my_digits.digits
    leave(session)
    qtbot.waitUntil(lambda: count(session).startswith("Kept in 0."))
    qtbot.waitUntil(lambda: len(my_digits.digits) == 1)
    assert count(session) == "2 of 30"


@pytest.mark.parametrize("by", ["button", "space"])
def test_a_digit_is_kept_at_once_on_command(session, qtbot, my_digits, by):
    session._pause_ms = 60_000
    session.start()
    keep = session.view.writing_prompt.findChild(QPushButton, "guide_keep")
    assert not keep.isEnabled()
    qtbot.keyClick(session.view.canvas, Qt.Key.Key_Space)
    assert not my_digits.digits
    write(qtbot, session)
    qtbot.mouseClick(keep, LEFT) if by == "button" else qtbot.keyClick(session.view.canvas, Qt.Key.Key_Space)
    assert [digit.label for digit in my_digits.digits] == [0]
    write(qtbot, session)  # at once, and yet the next digit: the user ended the one before
    assert [digit.label for digit in my_digits.digits] == [0]
    assert asked(session).startswith("Write a 1")
    assert len(session.view.canvas.content.strokes) == 1


def test_a_stroke_straight_after_the_countdown_takes_the_digit_back(session, qtbot, my_digits):
    session.start()
    write(qtbot, session)
    qtbot.waitUntil(lambda: len(my_digits.digits) == 1)
    session._pause_ms = 300
    write(qtbot, session, ((0.2, 0.5), (0.8, 0.5)))
    assert not my_digits.digits
    assert asked(session) == "Write a 0 (1 of 3)" == session.invitations[-1]
    assert len(session.view.canvas.content.strokes) == 2
    qtbot.waitUntil(lambda: len(my_digits.digits) == 1)
    assert (my_digits.digits[0].label, len(my_digits.digits[0].content.strokes)) == (0, 2)


def test_a_stroke_later_than_that_belongs_to_the_next_digit(session, qtbot, my_digits, monkeypatch):
    monkeypatch.setattr("mnist_gui.gui.draw.fine_tuning.writing_session.TAKE_BACK_MS", 50)
    session.start()
    write(qtbot, session)
    qtbot.waitUntil(lambda: len(my_digits.digits) == 1)
    qtbot.wait(100)
    write(qtbot, session)
    qtbot.waitUntil(lambda: len(my_digits.digits) == 2)
    assert [digit.label for digit in my_digits.digits] == [0, 1]


@pytest.mark.parametrize("answer", ["guide_keep", "guide_write_again", "space"])
def test_what_is_read_as_another_digit_is_asked_about(session, qtbot, my_digits, answer):
    session.readings.append(8)
    session.start()
    write(qtbot, session)
    qtbot.waitUntil(lambda: asked(session) == "Read as 8. Keep it as a 0?")
    qtbot.wait(100)
    assert not my_digits.digits
    if answer == "space":
        qtbot.keyClick(session.view.canvas, Qt.Key.Key_Space)
    else:
        click(qtbot, session, answer)
    assert not session.view.writing_prompt.findChild(QPushButton, "guide_write_again").isVisible()
    assert session.view.canvas.content.is_blank
    assert asked(session).startswith("Write a 0" if answer == "guide_write_again" else "Write a 1")
    assert len(my_digits.digits) == (answer != "guide_write_again")


def test_another_stroke_withdraws_the_question(session, qtbot, my_digits):
    session.readings.append(8)
    session.start()
    write(qtbot, session)
    qtbot.waitUntil(lambda: asked(session).startswith("Read as 8"))
    session.readings.append(0)
    write(qtbot, session, ((0.2, 0.5), (0.8, 0.5)))
    assert asked(session).startswith("Write a 0")
    qtbot.waitUntil(lambda: len(my_digits.digits) == 1)


def test_what_was_written_badly_is_written_again(session, qtbot, my_digits):
    session.start()
    write(qtbot, session)
    qtbot.waitUntil(lambda: asked(session).startswith("Write a 1"))
    click(qtbot, session, "guide_back")
    assert asked(session) == "Write a 0 (1 of 3)"
    assert not my_digits.digits
    click(qtbot, session, "guide_skip")
    assert asked(session).startswith("Write a 1")
    click(qtbot, session, "guide_back")
    assert asked(session) == "Write a 0 (1 of 3)"


def test_it_stops_and_goes_on_another_time(session, qtbot, my_digits):
    session.start()
    write(qtbot, session)
    qtbot.waitUntil(lambda: len(my_digits.digits) == 1)
    click(qtbot, session, "guide_stop")
    assert session.view.label_row.isVisible() and not session.view.writing_prompt.isVisible()
    assert session.view.canvas.content == BEFORE
    write(qtbot, session)
    qtbot.wait(100)
    assert len(my_digits.digits) == 1, "the session has ended"
    session.start()
    assert asked(session) == "Write a 1 (1 of 3)"


def test_a_slip_of_the_pen_and_what_is_rubbed_out_is_not_kept(session, qtbot, my_digits):
    session.start()
    write(qtbot, session, ((0.5, 0.5),))
    qtbot.wait(100)
    assert not my_digits.digits
    write(qtbot, session)
    session.view.canvas.clear()
    qtbot.wait(100)
    assert not my_digits.digits and asked(session).startswith("Write a 0")


def test_a_digit_key_does_not_answer_meanwhile(session, qtbot):
    labelled = []
    session.view.label_row.labelled.connect(labelled.append)
    session.view.canvas.setFocus()
    session.start()
    qtbot.keyClick(session.view.canvas, Qt.Key.Key_7)
    assert not labelled


def test_the_end_is_reported(session, qtbot, my_digits):
    for digit in (*range(10), *range(10), *range(9)):
        my_digits.add(Drawing(BEFORE.strokes, digit))
    session.start()
    assert asked(session) == "Write a 9 (3 of 3)"
    with qtbot.waitSignal(session.finished):
        write(qtbot, session)
    assert len(my_digits.digits) == 30 and not session.is_active


def test_what_cannot_be_kept_stays_on_the_canvas(session, qtbot, my_digits):
    my_digits.path.mkdir()  # a folder where the file should be
    session.start()
    messages = []
    session._my_digits_controller.message_shown.connect(messages.append)
    write(qtbot, session)
    qtbot.waitUntil(lambda: bool(messages))
    assert not session.view.canvas.content.is_blank
    assert asked(session).startswith("Write a 0")


@pytest.mark.parametrize("begins_with", ["session", "presentation"])
def test_a_presentation_keeps_the_prompt_until_the_session_ends(session, qtbot, begins_with):
    view = session.view
    begin = [session.start, lambda: view.set_presenting(True)]
    for call in begin if begins_with == "session" else reversed(begin):
        call()
    qtbot.wait(10)
    prompt = view.writing_prompt
    buttons = [button for button in prompt.findChildren(QPushButton) if not button.isHidden()]
    for widget in (prompt, prompt.findChild(QLabel, "guide_words"), *buttons):
        assert widget.isVisible()
        assert view.rect().contains(QRect(widget.mapTo(view, QPoint(0, 0)), widget.size()))
        assert widget.width() >= widget.minimumSizeHint().width()
    assert not view.label_row.isVisible()
    click(qtbot, session, "guide_stop")
    assert not prompt.isVisible()
    assert not view.label_row.isVisible()
    view.set_presenting(False)
    assert view.label_row.isVisible()
    assert not prompt.isVisible()


@pytest.mark.parametrize("begins_with", ["session", "presentation"])
def test_the_hint_of_a_presentation_names_the_key_that_keeps_a_digit(session, qtbot, begins_with):
    view = session.view
    begin = [session.start, lambda: view.set_presenting(True)]
    for each in begin if begins_with == "session" else begin[::-1]:
        each()
    hint = view.presentation_hint
    assert hint.isVisible() and "Space\u00a0keeps" in hint.text()
    assert view.canvas.rect().contains(hint.geometry())
    session.stop()
    assert "Space" not in hint.text()
    view.set_presenting(False)
    session.start()
    assert not hint.isVisible()


def test_the_prompt_stays_alone_after_a_presentation(session):
    session.start()
    session.view.set_presenting(True)
    session.view.set_presenting(False)
    assert session.view.writing_prompt.isVisible()
    assert not session.view.label_row.isVisible()
