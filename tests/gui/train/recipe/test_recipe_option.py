"""What each recipe says about itself, also with changes."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QPushButton,
    QRadioButton,
)

from mnist_gui.gui.train.recipe.number_box import NumberBox
from mnist_gui.models.recipes import BEST, FAST, NOTEBOOK, QUICK
from tests.gui.train.recipe.recipe_panel_actions import choose, open_advanced, sentence

pytestmark = pytest.mark.slow


def test_each_recipe_is_taken_as_it_is(panel):
    for recipe in (FAST, NOTEBOOK, BEST, QUICK):
        choose(panel, recipe.name)
        assert panel.recipe == recipe
    assert sentence(panel, "fast").startswith("55,000 altered frames, 4 epochs, about 20 minutes: ")
    assert sentence(panel, "notebook").startswith("60,000 frames, 12 epochs, about an hour: ")


def test_each_recipe_says_how_long_it_takes_here_for_the_ticked_models(panel, qtbot):
    panel.set_speed_factor(0.5)
    assert sentence(panel, "fast").startswith("55,000 altered frames, 4 epochs, about 10 minutes: ")
    qtbot.mouseClick(panel.findChild(QCheckBox, "model_1"), Qt.MouseButton.LeftButton)
    assert sentence(panel, "fast").startswith("55,000 altered frames, 4 epochs: ")


def test_a_changed_recipe_says_so_and_promises_nothing(panel, qtbot):
    choose(panel, "fast")
    as_it_was = sentence(panel, "fast")
    reset = panel.findChild(QPushButton, "reset_fast")
    assert "notebook" in as_it_was and not reset.isVisible()
    open_advanced(panel)
    panel.findChild(NumberBox, "learning_rate").setValue(0.5)
    panel.findChild(NumberBox, "epochs").setValue(3)
    assert (
        sentence(panel, "fast")
        == "55,000 altered frames, 3 epochs, about 15 minutes. Changed: epochs 3, learning rate 0.5"
    )
    assert panel.findChild(QRadioButton, "fast").accessibleDescription() == sentence(panel, "fast")
    qtbot.mouseClick(reset, Qt.MouseButton.LeftButton)
    assert panel.recipe == FAST and sentence(panel, "fast") == as_it_was
    assert not reset.isVisible() and panel.findChild(QRadioButton, "fast").hasFocus()


def test_a_second_click_on_a_recipe_keeps_what_was_changed(panel):
    panel.findChild(NumberBox, "epochs").setValue(7)
    choose(panel, "quick")
    assert panel.recipe.epochs == 7
    choose(panel, "fast")
    assert panel.recipe == FAST and "Changed" not in sentence(panel, "quick")
