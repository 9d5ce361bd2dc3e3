"""Choosing which models are taught."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton

from mnist_gui.gui.draw.fine_tuning.model_choice_panel import ModelChoicePanel
from mnist_gui.gui.fine_tuning_service import FineTunableModel

LEFT = Qt.MouseButton.LeftButton
MODELS = (
    FineTunableModel(1, "one"),
    FineTunableModel(2, "two", "Run two has no weights."),
    FineTunableModel(3, "three"),
)


@pytest.fixture
def panel(qtbot):
    panel = ModelChoicePanel(lambda models: f"{10 * sum(models)} seconds")
    qtbot.addWidget(panel)
    panel.offer("9 digits will be taught.", MODELS)
    panel.resize(460, 150)
    panel.show()
    return panel


def test_all_that_can_be_taught_are_at_first(panel, qtbot):
    assert [box.isChecked() for box in panel.findChildren(QCheckBox)] == [True, False, True]
    assert not panel.findChild(QCheckBox, "teach_model_2").isEnabled()
    assert "Run two has no weights." in panel.findChild(QLabel, "teach_what").text()
    with qtbot.waitSignal(panel.teach_requested) as caught:
        qtbot.mouseClick(panel.findChild(QPushButton, "teach_models"), LEFT)
    assert caught.args == [(1, 3)]


def test_the_button_says_how_long_the_choice_takes(panel, qtbot):
    button = panel.findChild(QPushButton, "teach_models")
    assert button.text() == "Teach · 40 seconds"
    qtbot.mouseClick(panel.findChild(QCheckBox, "teach_model_3"), LEFT)
    assert button.text() == "Teach · 10 seconds"
    qtbot.mouseClick(panel.findChild(QCheckBox, "teach_model_1"), LEFT)
    assert not button.isEnabled()


def test_offering_again_forgets_the_earlier_offer(panel, qtbot):
    panel.offer("1 digit will be taught.", MODELS[:1])
    qtbot.waitUntil(lambda: [box.text() for box in panel.findChildren(QCheckBox) if box.isVisible()] == ["Model 1"])
    assert panel.findChild(QPushButton, "teach_models").text() == "Teach · 10 seconds"
