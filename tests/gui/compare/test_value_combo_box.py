import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mnist_gui.gui.compare.value_combo_box import ValueComboBox

CHOICES = {(0, 1): "one minus two", (-1, -1): "side by side", "file": "a file…"}


@pytest.fixture
def box(qtbot):
    box = ValueComboBox("Matrices")
    qtbot.addWidget(box)
    box.set_choices(CHOICES, (-1, -1))
    box.show()
    return box


def test_values_of_any_type_come_back_as_they_were(box, qtbot):
    assert box.value == (-1, -1)
    with qtbot.waitSignal(box.value_changed) as signal:
        QTest.keyClick(box, Qt.Key.Key_Up)
    assert signal.args == [(0, 1)]
    assert isinstance(box.value, tuple)


def test_no_signal_for_choices_and_values_that_are_set(box, qtbot):
    with qtbot.assertNotEmitted(box.value_changed):
        box.set_value("file")
        box.set_choices({"other": "another"}, "gone")
    assert box.value == "other"


def test_the_tool_tip_shows_the_whole_text(box):
    box.set_choices({1: "words that are longer than any box should ever become wide"}, 1)
    assert box.toolTip().endswith("ever become wide")
    assert box.width() <= box.maximumWidth() < 600


def test_without_choices_there_is_no_value(box):
    box.set_choices({}, None)
    assert box.value is None
