import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QAccessible, QColor
from PySide6.QtTest import QTest

from mnist_gui.analysis.misclassifications import confusion_level
from mnist_gui.gui import theme
from mnist_gui.gui.compare.mistakes.confusion_matrix import (
    DIAGONAL,
    ConfusionMatrix,
    ConfusionModel,
    count_color,
    difference_color,
)
from mnist_gui.gui.theme import DARK, LIGHT
from mnist_gui.gui.widgets.run_marker import RunMarker
from mnist_gui.report.figures import cividis

ONE, TWO = RunMarker("Model 1 · fast", 1), RunMarker("Model 2 · fast", 2)


def counts(**cells):
    """Return 100 right digits of each class, and the given confusions: n49=8 stands for 4 read as 9, 8 times."""
    found = np.eye(10, dtype=np.int64) * 100
    for name, count in cells.items():
        found[int(name[1]), int(name[2])] = count
    return found


def model_of(markers, *arguments):
    model = ConfusionModel()
    model.set_counts(markers, *arguments)
    return model


@pytest.fixture
def matrix(qtbot):
    matrix = ConfusionMatrix()
    qtbot.addWidget(matrix)
    matrix.set_counts(ONE, counts(n49=8, n35=1), 8)
    matrix.set_cell(30)
    matrix.show()
    return matrix


def middle(matrix, row, column):
    return matrix.visualRect(matrix.confusion.index(row, column)).center()


def click(matrix, qtbot, position):
    qtbot.mouseClick(matrix.viewport(), Qt.MouseButton.LeftButton, pos=position)


def description(matrix):
    return matrix.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole)


# -- in words and colours


@pytest.mark.parametrize("colors", [LIGHT, DARK])
@pytest.mark.parametrize("count", [1, 5, 10])
def test_text_stands_out_from_every_colour(colors, count):
    model = model_of((ONE,), counts(n49=count), 10)
    fill, text = model.colors((4, 9), colors)
    assert abs(fill.lightnessF() - text.lightnessF()) > 0.35


def test_a_difference_has_the_colour_of_the_run_with_more():
    more = model_of((ONE, TWO), counts(n49=3) - counts(), 3)
    less = model_of((ONE, TWO), counts() - counts(n49=3), 3)
    assert more.colors((4, 9), LIGHT)[0].name().upper() == LIGHT.marks[0].upper()
    assert less.colors((4, 9), LIGHT)[0].name().upper() == LIGHT.marks[1].upper()
    assert (more.text((4, 9)), less.text((4, 9)), more.text((0, 1))) == ("+3", "−3", "")


def test_errors_are_off_the_diagonal():
    assert model_of((ONE,), counts(n49=7), 7).errors == 7


@pytest.mark.parametrize("shape", [(10,), (9, 10)])
def test_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=rf"\({', '.join(map(str, shape))},?\); give"):
        model_of((ONE,), np.zeros(shape, int), 1)


def test_a_difference_says_which_run_errs_more(matrix):
    matrix.set_difference(ONE, TWO, counts(n49=3, n53=-2) - counts())
    model = matrix.confusion
    assert model.description((4, 9)) == "4 read as 9: 3 times more often by Model 1 · fast than by Model 2 · fast"
    assert model.description((5, 3)) == "5 read as 3: 2 times more often by Model 2 · fast than by Model 1 · fast"
    assert model.description((0, 0)) == "0 read as 0: as often by Model 1 · fast as by Model 2 · fast"
    assert model.text((5, 3)) == "−2"


def test_zeros_are_blank_and_larger_counts_brighter_in_both_themes(matrix, qapp):
    for choice in ("light", "dark"):
        theme.apply(qapp, choice)
        image = matrix.viewport().grab().toImage()

        def at(row, column, image=image):
            corner = matrix.visualRect(matrix.confusion.index(row, column)).topLeft()
            return image.pixelColor(corner + QPoint(5, 5)).name()

        assert at(0, 8) == count_color(0.0).name()
        assert at(3, 5) == count_color(confusion_level(1, 8)).name()
        assert at(4, 9) == count_color(1.0).name()
        assert at(4, 4) == DIAGONAL  # muted, whatever its number
    lightness = [count_color(confusion_level(count, 8)).lightnessF() for count in range(9)]
    assert lightness == sorted(set(lightness))


@pytest.mark.parametrize("level", np.linspace(0, 1, 7))
def test_the_report_has_the_colours_of_the_window(level):
    window, report = count_color(level), QColor(cividis(level))
    assert max(abs(a - b) for a, b in zip(window.getRgb(), report.getRgb(), strict=True)) <= 12


def test_a_difference_of_two_runs_of_one_model_has_two_colours():
    again = RunMarker("Model 1 · again", 1, 1)
    assert difference_color((ONE, again), 1, LIGHT).name() != difference_color((ONE, again), -1, LIGHT).name()


@pytest.mark.parametrize("colors", [LIGHT, DARK])
def test_a_larger_difference_is_stronger(colors):
    alphas = [difference_color((ONE, TWO), confusion_level(count, 9), colors).alphaF() for count in range(10)]
    assert alphas == sorted(set(alphas))


def test_the_frame_of_the_chosen_cell_is_whole(matrix):
    matrix.set_chosen((3, 5))
    matrix.clearFocus()
    image = matrix.viewport().grab().toImage()
    area = matrix.visualRect(matrix.confusion.index(3, 5))
    text = QColor("#ffffff")  # on dark colours in either theme
    # Two pixels wide on each side, also where the lines of the table are.
    assert all(image.pixelColor(x, area.center().y()) == text for x in (area.right(), area.right() + 1))
    assert all(image.pixelColor(area.center().x(), y) == text for y in (area.bottom(), area.bottom() + 1))


# -- opening cells


def test_a_click_on_a_cell_opens_its_digits(matrix, qtbot):
    with qtbot.waitSignal(matrix.cell_chosen) as signal:
        click(matrix, qtbot, middle(matrix, 4, 9))
    assert signal.args == [4, 9]


def test_a_click_near_a_small_cell_opens_it(matrix, qtbot):
    with qtbot.waitSignal(matrix.cell_chosen) as signal:
        click(matrix, qtbot, middle(matrix, 4, 9) + QPoint(0, 20))
    assert signal.args == [4, 9]


def test_a_click_far_from_all_digits_opens_nothing(matrix, qtbot):
    with qtbot.assertNotEmitted(matrix.cell_chosen):
        click(matrix, qtbot, middle(matrix, 0, 8))
    assert matrix.cell_at(QPoint(-50, -50)) is None


def test_arrows_and_enter_do_what_the_mouse_does(matrix, qtbot):
    matrix.setFocus()
    for key in [Qt.Key.Key_Down] * 3 + [Qt.Key.Key_Right] * 5:
        QTest.keyClick(matrix, key)
    assert description(matrix) == "3 read as 5: 1 time"
    with qtbot.waitSignal(matrix.cell_chosen) as signal:
        QTest.keyClick(matrix, Qt.Key.Key_Return)
    assert signal.args == [3, 5]
    QTest.keyClick(matrix, Qt.Key.Key_End)
    assert description(matrix) == "3 read as 9: never"
    with qtbot.assertNotEmitted(matrix.cell_chosen):
        QTest.keyClick(matrix, Qt.Key.Key_Space)
    QTest.keyClick(matrix, Qt.Key.Key_Home)
    assert description(matrix) == "3 read as 0: never"


def test_a_screen_reader_hears_the_run_and_every_cell(matrix):
    assert matrix.accessibleName() == "Confusion matrix of Model 1 · fast: 9 errors"
    row, column = 1 + 4, 1 + 9  # after the headers
    cell = QAccessible.queryAccessibleInterface(matrix).child(11 * row + column)
    assert cell.text(QAccessible.Text.Name) == "4 read as 9: 8 times"


# -- sizes


def test_cells_fit_the_room_and_two_digits_fit_a_cell(matrix):
    cell = matrix.cell_for(QSize(300, 10_000))
    assert matrix.size_for(cell).width() <= 300 < matrix.size_for(cell + 1).width()
    assert matrix.cell_for(QSize(10, 10)) == matrix.min_cell
    assert matrix.fontMetrics().horizontalAdvance("88") <= matrix.min_cell


def test_the_whole_matrix_is_visible(matrix):
    last = matrix.visualRect(matrix.confusion.index(9, 9))
    assert last.bottomRight() + QPoint(2, 2) == QPoint(matrix.viewport().width(), matrix.viewport().height())
