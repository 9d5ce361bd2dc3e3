"""Several digits in the Draw tab: boxes, selection, corrections, copied text, digits that are kept."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QCursor, QGuiApplication, QHelpEvent
from PySide6.QtWidgets import QApplication, QLabel, QToolButton

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import frame_of
from mnist_gui.digits.picture import Picture
from mnist_gui.digits.stroke_raster import render_strokes
from mnist_gui.gui import theme
from mnist_gui.models.inference.predictor import EnsemblePrediction, Prediction
from tests.fakes import FakePredictor
from tests.gui.draw.canvas.canvas_events import drag, send_mouse

# Digits on a square of 100, and how surely they are read. The last ones are misread, unclear and no digit.
SHAPES = {
    "1": [[[10, 0], [8, 100]]],
    "2": [[[0, 20], [25, 0], [50, 20], [45, 45], [0, 98], [55, 100]]],
    "4": [[[12, 0], [2, 45], [0, 60], [60, 58]], [[46, 20], [42, 100]]],
    "7": [[[0, 2], [55, 0], [40, 45], [20, 100]]],
    "x": [[[0, 0], [60, 100]], [[60, 0], [0, 100]]],
}
READ_AS = {"1": (1, 0.99), "2": (2, 0.99), "4": (9, 0.97), "7": (7, 0.4), "x": (8, 0.9)}
ROWS = ("12", "474")


def drawing_of(rows=ROWS, scale=2.0) -> Drawing:
    strokes = []
    for line, row in enumerate(rows):
        for index, name in enumerate(row):
            corner = np.array([120 + index * 260, 150 + line * 380])
            strokes += [np.array(points, float) * scale + corner for points in SHAPES[name]]
    return Drawing(tuple(strokes))


def picture_of(rows=ROWS, turns=0, side=500) -> Picture:
    strokes = [stroke / 2 for stroke in drawing_of(rows).strokes]
    return Picture(np.rot90(render_strokes(strokes, 10, (side, side)), turns))


class ShapePredictor(FakePredictor):
    """Reads each shape as in `READ_AS`; a page as a whole, and "x", is no digit."""

    def __init__(self) -> None:
        super().__init__()
        self._known = {
            name: frame_of(Drawing(tuple(np.array(points, float) for points in shape)))
            for name, shape in SHAPES.items()
        }

    def predict_one(self, frame) -> EnsemblePrediction:
        likeness = {
            name: max(
                np.corrcoef(np.roll(frame, (down, right), (0, 1)).ravel(), known.ravel())[0, 1]
                for down in (-1, 0, 1)
                for right in (-1, 0, 1)
            )
            for name, known in self._known.items()
        }
        name = max(likeness, key=likeness.get)
        digit, confidence = READ_AS[name]
        probabilities = np.full(10, (1 - confidence) / 9, np.float32)
        probabilities[digit] = confidence
        score = 0.0 if name == "x" or likeness[name] < 0.75 else 1.0
        return EnsemblePrediction(
            tuple(Prediction(f"model-{n}-fake", n, probabilities, True, place=n) for n in (1, 2, 3)), score
        )


@pytest.fixture
def page_tab(open_tab, qtbot):
    """A function that opens the tab with several digits on the canvas."""

    def open_it(content):
        tab = open_tab(ShapePredictor())
        tab.show_content(content)
        qtbot.waitUntil(lambda: bool(group(tab).digits))
        QApplication.processEvents()
        return tab

    return open_it


def group(tab):
    return tab._state.digits


def centre(tab, index) -> QPoint:
    return tab.view.canvas.digit_area(index).center()


def click(qtbot, tab, index) -> None:
    qtbot.mouseClick(tab.view.canvas, Qt.MouseButton.LeftButton, pos=centre(tab, index))


def press(qtbot, tab, *keys) -> None:
    for key in keys:
        qtbot.keyClick(tab.view.canvas, key)


def press_button(qtbot, tab, text) -> None:
    buttons = [b for b in tab.view.verdict_bar.findChildren(QToolButton) if b.text() == text and b.isVisible()]
    assert len(buttons) == 1, tab.view.verdict_bar.actions_shown
    qtbot.mouseClick(buttons[0], Qt.MouseButton.LeftButton)


def palette_button(tab, name) -> QToolButton:
    return tab.view.digit_palette.findChild(QToolButton, name)


def stored(tab) -> list[int]:
    return [digit.label for digit in tab._my_digits._digits.digits]


# -- boxes


@pytest.mark.parametrize("content", [drawing_of(), picture_of()], ids=["drawing", "picture"])
def test_each_digit_is_boxed_where_its_ink_lies(page_tab, content):
    tab = page_tab(content)
    canvas = tab.view.canvas
    assert group(tab).lines == ["12", "979"]
    assert tab.view.verdict_bar.text == "Looks like five digits: 12 / 979"
    side = canvas.width()
    for index, (line, column) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)]):
        inset, width = (16, 4) if (line, column) == (0, 0) else (0, 110)
        left, top = (120 + inset + column * 260) * side / 1000, (150 + line * 380) * side / 1000
        area = canvas.digit_area(index)
        assert area.left() < left < left + width * side / 1000 < area.right()
        assert area.top() < top < top + 200 * side / 1000 < area.bottom() + 1
        assert area.height() < 290 * side / 1000


def colors_around(tab, index) -> set[str]:
    image, area = tab.view.canvas.grab().toImage(), tab.view.canvas.digit_area(index)
    rows = [area.top(), area.top() + 1, area.bottom(), area.bottom() + 1]
    return {image.pixelColor(x, y).name() for y in rows for x in range(area.left() + 5, area.right() - 5)}


@pytest.mark.parametrize("kind", ["light", "dark"])
def test_a_box_has_the_color_of_its_certainty_in_both_themes(page_tab, kind):
    tab = page_tab(drawing_of(("1247", "x241")))
    theme.apply(QApplication.instance(), kind)
    QApplication.processEvents()
    colors = theme.DARK if kind == "dark" else theme.LIGHT
    for index, color in ((1, colors.good), (3, colors.warn), (4, colors.muted)):
        assert color in colors_around(tab, index), index
        assert not {colors.good, colors.warn} - {color} & colors_around(tab, index)
    theme.apply(QApplication.instance(), "light")


def test_the_box_under_the_pointer_is_highlighted_and_says_how_it_is_read(page_tab, qtbot):
    tab = page_tab(drawing_of())
    canvas = tab.view.canvas
    before = canvas.grab().toImage()
    send_mouse(canvas, QEvent.Type.MouseMove, centre(tab, 1).toTuple())
    assert canvas.cursor().shape() == Qt.CursorShape.PointingHandCursor
    after, inside = canvas.grab().toImage(), canvas.digit_area(1).topLeft() + QPoint(5, 5)
    assert after.pixelColor(inside) != before.pixelColor(inside)
    at = centre(tab, 3)
    QApplication.sendEvent(canvas, QHelpEvent(QEvent.Type.ToolTip, at, canvas.mapToGlobal(at)))
    texts = [label.text() for label in QApplication.topLevelWidgets() if isinstance(label, QLabel)]
    assert any(text.startswith("Uncertain: perhaps 7") for text in texts)
    send_mouse(canvas, QEvent.Type.MouseMove, (3, 3))
    assert canvas.cursor().shape() == Qt.CursorShape.CrossCursor
    assert canvas.grab().toImage() == before


def test_a_page_on_its_side_is_shown_turned_and_says_so(page_tab, qtbot):
    tab = page_tab(picture_of(("12", "212", "121"), turns=1, side=650))
    assert group(tab).lines == ["12", "212", "121"]
    assert "It lay on its side and is turned to the right" in tab.view.verdict_bar.note
    ink = np.asarray(tab.content.ink)
    assert np.ptp(np.nonzero(ink.any(axis=0))) != np.ptp(np.nonzero(ink.any(axis=1)))
    image, area = tab.view.canvas.grab().toImage(), tab.view.canvas.digit_area(1)
    corner = QPointF(area.left() + 0.25 * area.width(), area.bottom() - 0.1 * area.height())  # the foot of an upright 2
    dark = [image.pixelColor(int(corner.x()) + dx, int(corner.y()) + dy).lightness() for dx in (-3, 0, 3, 6)
            for dy in range(-8, 5)]  # fmt: skip
    assert min(dark) < 80
    press(qtbot, tab, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: tab.view.verdict_bar.text == "Draw a digit 0 to 9")
    assert not group(tab).digits


# -- selecting


def test_a_click_selects_a_digit_for_cards_and_frame_and_draws_no_dot(page_tab, qtbot):
    tab = page_tab(drawing_of())
    content = tab.content
    click(qtbot, tab, 2)
    assert tab.content is content
    assert tab.view.verdict_bar.text.startswith("3 of 5: 9 · ")
    assert tab.view.cards[1].prediction.digit == 9
    assert np.array_equal(tab.view.frame_view.frame, group(tab).digits[2].result.frame)
    assert tab.view.digit_palette.isVisible()
    assert not tab.view.digit_palette.geometry().intersects(
        tab.view.canvas.digit_area(2, with_label=True).translated(tab.view.canvas.mapTo(tab.view, QPoint(0, 0)))
    )
    outside = QPoint(tab.view.canvas.width() - 5, 5)
    qtbot.mouseClick(tab.view.canvas, Qt.MouseButton.LeftButton, pos=outside)
    assert group(tab).index is None
    assert not tab.view.digit_palette.isVisible()
    assert tab.content is content


def test_a_stroke_may_begin_in_a_box_of_a_drawing(page_tab, qtbot):
    tab = page_tab(drawing_of())
    strokes = len(tab.content.strokes)
    start = centre(tab, 3)
    drag(tab.view.canvas, start.toTuple(), (start.x() + 40, start.y()), (start.x() + 80, start.y()))
    assert len(tab.content.strokes) == strokes + 1
    first = tab.content.strokes[-1][0] * tab.view.canvas.width() / 1000
    assert first == pytest.approx(start.toTuple(), abs=1)


def test_a_page_is_not_lost_by_an_unsteady_click(page_tab, qtbot):
    tab = page_tab(picture_of())
    start = centre(tab, 3)
    drag(tab.view.canvas, start.toTuple(), (start.x() + 15, start.y() + 15))
    assert isinstance(tab.content, Picture)
    assert group(tab).index == 3


def test_arrow_keys_go_through_the_lines(page_tab, qtbot):
    tab = page_tab(drawing_of())
    seen = []
    for key in ("Right", "Right", "Right", "Down", "Left", "Up", "Right", "Down"):
        press(qtbot, tab, getattr(Qt.Key, f"Key_{key}"))
        seen.append(group(tab).index)
    assert seen == [0, 1, 2, 2, 1, 1, 2, 2]
    assert not tab.view.digit_palette.isVisible()
    press(qtbot, tab, Qt.Key.Key_Escape)
    assert group(tab).index is None


@pytest.mark.parametrize("kind", ["light", "dark"])
def test_the_digit_that_the_cards_answer_is_marked_on_the_canvas(page_tab, qtbot, kind):
    tab = page_tab(drawing_of(("12",)))
    theme.apply(QApplication.instance(), kind)
    QApplication.processEvents()
    colors, canvas = theme.DARK if kind == "dark" else theme.LIGHT, tab.view.canvas
    assert not any(colors.accent in colors_around(tab, index) for index in (0, 1))
    for index, select in enumerate((lambda: click(qtbot, tab, 0), lambda: press(qtbot, tab, Qt.Key.Key_Right))):
        select()
        assert tab.view.cards[1].prediction.digit == index + 1
        assert colors.accent in colors_around(tab, index)
        assert colors.accent not in colors_around(tab, 1 - index)
        image = canvas.grab().toImage()
        tints = [image.pixelColor(canvas.digit_area(box).topLeft() + QPoint(5, 5)).name() for box in (0, 1)]
        assert tints[index] != colors.paper
        assert tints[1 - index] == colors.paper
    press(qtbot, tab, Qt.Key.Key_Escape)
    assert not any(colors.accent in colors_around(tab, index) for index in (0, 1))
    theme.apply(QApplication.instance(), "light")


# -- correcting


def test_the_palette_corrects_the_answer_and_the_text(page_tab, qtbot):
    tab = page_tab(drawing_of())
    click(qtbot, tab, 2)
    qtbot.mouseClick(palette_button(tab, "is_4"), Qt.MouseButton.LeftButton)
    assert group(tab).lines == ["12", "479"]
    box = tab.view.canvas._digits.boxes[2]
    assert (box.corrected, box.answer, box.marks) == ("9", "4", " ✎")
    assert tab.view.verdict_bar.note == "3 of 5: corrected to 4"
    assert tab.view.canvas.hasFocus()
    assert stored(tab) == []
    press_button(qtbot, tab, "Undo")
    assert group(tab).lines == ["12", "979"]
    assert tab.view.canvas._digits.boxes[2].corrected == ""
    assert tab.view.verdict_bar.note == "Undone"
    assert tab.view.verdict_bar.actions_shown == ("Keep", "All digits"), "there is nothing left to undo"


def test_digit_keys_correct_and_arrows_go_on(page_tab, qtbot):
    tab = page_tab(picture_of())
    press(qtbot, tab, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_4, Qt.Key.Key_Right, Qt.Key.Key_7)
    assert group(tab).lines == ["12", "479"]
    assert [box.marks for box in tab.view.canvas._digits.boxes] == ["", "", " ✎", " ✓", ""]


def test_what_the_models_refuse_is_a_question_mark_until_the_user_says_what_it_is(page_tab, qtbot):
    tab = page_tab(drawing_of(("1241", "x24")))
    assert tab.view.verdict_bar.text == "Looks like six digits: 1291 / ?29"
    assert "? is no digit" in tab.view.verdict_bar.note
    box = tab.view.canvas._digits.boxes[4]
    assert (box.answer, box.marks) == ("?", "")
    press_button(qtbot, tab, "Copy text")
    assert QGuiApplication.clipboard().text() == "1291\n?29"
    assert tab.view.verdict_bar.note == "Copied 6 digits in 2 lines as text"
    click(qtbot, tab, 4)
    assert tab.view.verdict_bar.actions_shown == ("All digits",), "without a label there is nothing to keep"
    press(qtbot, tab, Qt.Key.Key_7)
    assert "Keep" in tab.view.verdict_bar.actions_shown
    press(qtbot, tab, Qt.Key.Key_Escape)
    assert tab.view.verdict_bar.text == "Looks like 7 digits: 1291 / 729"
    assert "no digit" not in tab.view.verdict_bar.note


def test_a_line_beside_the_digits_is_boxed_but_no_part_of_the_text(page_tab):
    tab = page_tab(Drawing((*drawing_of(("1241",)).strokes, np.array([[120.0, 400.0], [880.0, 960.0]]))))
    assert len(group(tab).digits) == 5
    assert group(tab).lines == ["1291"]
    assert tab.view.verdict_bar.text == "Looks like four digits: 1, 2, 9, 1"


def test_a_digit_beside_specks_and_lines_is_answered_at_once(page_tab, qtbot):
    strokes = [stroke / 2 for stroke in drawing_of(("2",)).strokes]
    ink = render_strokes([*strokes, np.array([[320.0, 40.0], [330.0, 55.0]])], 10, (500, 500))
    tab = page_tab(Picture(ink))
    assert tab.view.verdict_bar.text.startswith("2 · all three agree")
    assert tab.view.verdict_bar.note == "What lies around it is left out"
    assert tab.view.verdict_bar.actions_shown == ("Keep",)
    assert np.ptp(np.flatnonzero(tab.frame.any(axis=1))) >= 18  # the digit alone fills the frame
    press(qtbot, tab, Qt.Key.Key_Escape)
    qtbot.mouseClick(tab.view.canvas, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert tab.view.verdict_bar.text.startswith("2 · all three agree")
    press(qtbot, tab, Qt.Key.Key_Backspace)  # the box, and with it this reading
    assert not group(tab).digits
    assert tab.view.verdict_bar.text == "This does not look like a digit"


def test_what_is_no_digit_is_left_out_and_a_removed_box_comes_back_by_undo(page_tab, qtbot):
    tab = page_tab(drawing_of(("1241", "x24")))
    assert group(tab).lines == ["1291", "?29"]
    click(qtbot, tab, 4)
    qtbot.mouseClick(palette_button(tab, "is_no_digit"), Qt.MouseButton.LeftButton)
    assert group(tab).lines == ["1291", "29"]
    assert tab.view.canvas._digits.boxes[4].answer == "–"
    qtbot.mouseClick(palette_button(tab, "remove_box"), Qt.MouseButton.LeftButton)
    assert len(group(tab).digits) == 6
    press(qtbot, tab, Qt.Key.Key_Backspace, Qt.Key.Key_Minus)
    assert (len(group(tab).digits), group(tab).lines) == (5, ["1291"])
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert group(tab).lines == ["1291", "9"]


def test_corrections_outlive_a_further_digit(page_tab, qtbot):
    tab = page_tab(drawing_of())
    press(qtbot, tab, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_4)
    canvas = tab.view.canvas
    x, y, side = round(0.68 * canvas.width()), round(0.15 * canvas.width()), round(0.2 * canvas.width())
    drag(canvas, (x, y), (x, y + side // 2), (x, y + side))
    qtbot.waitUntil(lambda: len(group(tab).digits) == 6)
    assert group(tab).lines == ["121", "479"]


def test_corrections_and_removed_boxes_outlive_another_run(page_tab, qtbot):
    tab = page_tab(picture_of())
    press(qtbot, tab, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_4)
    press(qtbot, tab, Qt.Key.Key_Right, Qt.Key.Key_Backspace)
    with qtbot.waitSignal(tab._prediction_thread.loaded):
        tab.reload_runs()
    qtbot.waitUntil(lambda: bool(group(tab).digits) and group(tab).index is None)
    assert group(tab).lines == ["12", "49"]


# -- text


def test_the_text_is_copied_by_button_and_key_with_its_corrections(page_tab, qtbot):
    tab = page_tab(drawing_of())
    press(qtbot, tab, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_4, Qt.Key.Key_Escape)
    press_button(qtbot, tab, "Copy text")
    assert QGuiApplication.clipboard().text() == "12\n479"
    assert tab.view.verdict_bar.note == "Copied 5 digits in 2 lines as text"
    assert "Undo" not in tab.view.verdict_bar.actions_shown
    QGuiApplication.clipboard().clear()
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "12\n479"


def test_the_key_copies_the_drawing_where_there_is_no_text(open_tab, qtbot):
    tab = open_tab(ShapePredictor())
    tab.show_content(drawing_of(("1",)))
    qtbot.waitUntil(lambda: tab.frame is not None)
    assert not tab.view.draw_actions.copy_text.isEnabled()
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().mimeData().hasImage()


# -- keeping


def test_all_that_is_clear_is_kept_once_and_taken_back_by_undo(page_tab, qtbot):
    tab = page_tab(picture_of(("12", "212", "747"), side=650))
    press(qtbot, tab, Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_4, Qt.Key.Key_Escape)
    press_button(qtbot, tab, "Keep all")
    assert tab.view.verdict_bar.note.endswith("2 unclear: say what they are")
    kept = stored(tab)
    assert sorted(set(kept)) == [1, 2, 4]
    assert [box.is_kept for box in tab.view.canvas._digits.boxes] == [True] * 5 + [False, True, False]
    press_button(qtbot, tab, "Keep all")
    assert stored(tab) == kept
    assert tab.view.verdict_bar.note.startswith("Already in My digits")
    press(qtbot, tab, Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_9)
    press_button(qtbot, tab, "Keep")
    assert sorted(set(stored(tab))) == [1, 2, 9]
    assert len(stored(tab)) == len(kept)
    press_button(qtbot, tab, "Undo")
    assert sorted(stored(tab)) == sorted(kept)


def test_the_tick_goes_with_the_digit_that_is_deleted_and_comes_back_with_it(page_tab, qtbot):
    def ticks() -> list[bool]:
        return [box.is_kept for box in tab.view.canvas._digits.boxes]

    tab = page_tab(picture_of())
    press_button(qtbot, tab, "Keep all")
    kept, without_second = [True, True, True, False, True], [True, False, True, False, True]
    assert ticks() == kept
    second = list(tab._my_digits.labels())[1]
    tab._my_digits.delete((second,))
    assert ticks() == without_second
    tab._my_digits.undo()
    assert ticks() == kept
    tab._my_digits.delete((second,))
    with qtbot.waitSignal(tab._prediction_thread.loaded):
        tab.reload_runs()
    qtbot.waitUntil(lambda: len(ticks()) == 5)
    assert ticks() == without_second


def test_equal_digits_are_kept_once(page_tab, qtbot):
    one = np.array(SHAPES["1"][0], float) * 2
    tab = page_tab(Drawing((np.add(one, (200, 600)), np.add(one, (500, 600)), *drawing_of(("247",)).strokes)))
    press_button(qtbot, tab, "Keep all")
    assert stored(tab).count(1) == 1
    press_button(qtbot, tab, "Undo")
    assert stored(tab) == []
    assert not any(box.is_kept for box in tab.view.canvas._digits.boxes)


# -- one digit or two


class OneDigitPredictor(ShapePredictor):
    """Reads everything that is no shape as a 7, with confidence."""

    def predict_one(self, frame) -> EnsemblePrediction:
        answer = super().predict_one(frame)
        return answer if answer.digit_score else FakePredictor((7, 7, 7), 0.999).predict_one(frame)


@pytest.mark.parametrize(("distance", "is_divided"), [(1.0, False), (3.0, True)])
def test_a_confident_digit_is_offered_as_two_and_divided_if_it_is_too_wide(open_tab, qtbot, distance, is_divided):
    two, one = (np.array(SHAPES[name][0], float) * 2 for name in "21")
    tab = open_tab(OneDigitPredictor())
    tab.show_content(Drawing((np.add(two, (50, 300)), np.add(one, (90 + 160 * distance, 300)))))
    as_two, as_one = "As digits: 21", "As one digit: 7"
    divided = "Looks like two digits: 2, 1"
    qtbot.waitUntil(lambda: bool({as_two, as_one} & set(tab.view.verdict_bar.actions_shown)))
    assert tab.view.verdict_bar.text.startswith(divided if is_divided else "7 · all three agree")
    assert bool(tab.view.canvas._digits.boxes) == is_divided
    press_button(qtbot, tab, as_one if is_divided else as_two)
    assert tab.view.verdict_bar.text.startswith("7 · all three agree" if is_divided else divided)
    press_button(qtbot, tab, as_two if is_divided else as_one)
    assert bool(tab.view.canvas._digits.boxes) == is_divided


def test_the_palette_takes_no_room_and_stays_inside(page_tab, qtbot):
    tab = page_tab(drawing_of())
    before = [tab.view.canvas.geometry(), *(card.geometry() for card in tab.view.cards.values())]
    for index in range(5):
        click(qtbot, tab, index)
        assert tab.view.rect().contains(tab.view.digit_palette.geometry())
        assert [tab.view.canvas.geometry(), *(card.geometry() for card in tab.view.cards.values())] == before
        press(qtbot, tab, Qt.Key.Key_Escape)
    QCursor.setPos(0, 0)
