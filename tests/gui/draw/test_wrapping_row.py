"""Two rows that share a line where there is room."""

from PySide6.QtWidgets import QToolButton

from mnist_gui.gui.draw.label_row import LabelRow
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT


def button(row: LabelRow, name: str) -> QToolButton:
    return row.findChild(QToolButton, name)


def test_it_wraps_beneath_a_small_canvas_and_unwraps_again(label_window, qtbot):
    row = label_window.row
    one = row.height()
    assert button(row, "right").y() == button(row, "was_9").y()
    label_window.resize(340, 100)
    qtbot.waitUntil(lambda: button(row, "was_9").y() > button(row, "right").geometry().bottom())
    qtbot.waitUntil(lambda: row.height() >= 2 * TARGET_HEIGHT)
    for each in row.findChildren(QToolButton):
        assert row.rect().contains(each.geometry())
        assert min(each.width(), each.height()) >= TARGET_HEIGHT
    label_window.resize(620, 100)
    qtbot.waitUntil(lambda: row.height() == one)
