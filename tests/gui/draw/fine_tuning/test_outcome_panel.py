"""How teaching goes."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from mnist_gui.gui.draw.fine_tuning.outcome_panel import OutcomePanel


@pytest.fixture
def panel(qtbot):
    panel = OutcomePanel()
    qtbot.addWidget(panel)
    panel.resize(460, 150)
    panel.show()
    return panel


def words(panel):
    return [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]


def test_each_model_has_a_line(panel, qtbot):
    panel.set_lines({1: "is learning", 3: "waits"})
    qtbot.waitUntil(lambda: words(panel) == ["Model 1: is learning", "Model 3: waits"])
    panel.set_lines({1: "taught", 3: "is learning"})
    qtbot.waitUntil(lambda: words(panel) == ["Model 1: taught", "Model 3: is learning"])


def test_what_can_be_done_is_offered_only_then(panel, qtbot):
    button = panel.findChild(QPushButton, "lesson_action")
    assert not button.isVisible()
    panel.set_action("Let them answer")
    with qtbot.waitSignal(panel.action_triggered):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    panel.set_action("")
    assert not button.isVisible()
