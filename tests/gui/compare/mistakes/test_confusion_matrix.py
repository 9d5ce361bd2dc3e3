import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtTest import QTest

from mnist_gui.gui import theme
from mnist_gui.gui.compare.mistakes.confusion_matrix import ConfusionMatrix
from mnist_gui.gui.compare.run_marker import RunMarker

ONE, TWO = RunMarker("Model 1 · fast", 1), RunMarker("Model 2 · fast", 2)


def counts(**cells):
    """Return 100 right digits of each kind, and what is given as n49=8: 4 read as 9, 8 times."""
    found = np.eye(10, dtype=np.int64) * 100
    for name, count in cells.items():
        found[int(name[1]), int(name[2])] = count
    return found


@pytest.fixture
def matrix(qtbot):
    matrix = ConfusionMatrix()
    qtbot.addWidget(matrix)
    matrix.set_counts(ONE, counts(n49=8, n35=1), 8)
    matrix.set_cell(30)
    matrix.show()
    return matrix


def middle(matrix, row, column):
    return matrix._rect((row, column)).center()


def test_a_click_on_a_cell_opens_its_digits(matrix, qtbot):
    with qtbot.waitSignal(matrix.cell_chosen) as signal:
        qtbot.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=middle(matrix, 4, 9))
    assert signal.args == [4, 9]


def test_a_click_beside_a_small_cell_is_meant_for_it(matrix, qtbot):
    near = middle(matrix, 4, 9) + QPoint(0, 20)
    with qtbot.waitSignal(matrix.cell_chosen) as signal:
        qtbot.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=near)
    assert signal.args == [4, 9]


def test_where_nothing_is_nothing_happens(matrix, qtbot):
    with qtbot.assertNotEmitted(matrix.cell_chosen):
        qtbot.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=middle(matrix, 0, 8))


def test_arrows_and_enter_do_what_the_mouse_does(matrix, qtbot):
    matrix.setFocus()
    for key in [Qt.Key.Key_Down] * 3 + [Qt.Key.Key_Right] * 5:
        QTest.keyClick(matrix, key)
    assert matrix.accessibleDescription().startswith("3 read as 5: 1 time.")
    with qtbot.waitSignal(matrix.cell_chosen) as signal:
        QTest.keyClick(matrix, Qt.Key.Key_Return)
    assert signal.args == [3, 5]
    QTest.keyClick(matrix, Qt.Key.Key_End)
    with qtbot.assertNotEmitted(matrix.cell_chosen):  # there are none
        QTest.keyClick(matrix, Qt.Key.Key_Space)


def test_a_screen_reader_hears_whose_it_is(matrix):
    assert matrix.accessibleName() == "Confusion matrix of Model 1 · fast: 9 errors"


def test_a_difference_says_who_errs_more(matrix):
    matrix.set_difference(ONE, TWO, counts(n49=3, n53=-2) - counts())
    assert matrix.text_of((4, 9)) == "4 read as 9: 3 times more often by Model 1 · fast than by Model 2 · fast"
    assert matrix.text_of((5, 3)) == "5 read as 3: 2 times more often by Model 2 · fast than by Model 1 · fast"
    assert matrix.text_of((0, 0)) == "0 read as 0: as often by Model 1 · fast as by Model 2 · fast"
    assert matrix._cells.text((5, 3)) == "−2"


def test_zeros_are_blank_and_the_more_the_stronger(matrix, qtbot, qapp):
    for choice in ("light", "dark"):
        theme.apply(qapp, choice)
        picture = matrix.grab().toImage()

        def at(row, column, picture=picture):
            return picture.pixelColor(matrix._rect((row, column)).topLeft() + QPoint(3, 3))

        colors = theme.colors_of(matrix)
        surface = theme.QColor(colors.surface)
        assert at(0, 8) == surface
        assert at(4, 4) == theme.QColor(colors.grid)  # muted, whatever its number
        far = [abs(at(*cell).lightness() - surface.lightness()) for cell in ((3, 5), (4, 9))]
        assert 0 < far[0] < far[1]


def test_cells_fit_the_room_and_two_digits_fit_a_cell(matrix):
    cell = matrix.cell_for(QSize(300, 10_000))
    assert matrix.size_for(cell).width() <= 300 < matrix.size_for(cell + 1).width()
    assert matrix.cell_for(QSize(10, 10)) == matrix.least_cell
    assert matrix.fontMetrics().horizontalAdvance("88") <= matrix.least_cell


def test_another_shape_is_refused(matrix):
    with pytest.raises(ValueError, match=r"\(9, 10\)"):
        matrix.set_counts(ONE, np.zeros((9, 10), int), 1)


def test_a_click_far_outside_means_no_cell(matrix):
    assert matrix.cell_at(QPointF(-50, -50)) is None
