"""The editor of the user's own model: what it makes of buttons, keys and the pointer, and what it says at once."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QLabel, QListWidget, QPushButton

from mnist_gui.gui import theme
from mnist_gui.gui.train.recipe.number_box import NumberBox
from mnist_gui.gui.train.recipe.recipe_panel import RecipePanel
from mnist_gui.models.architectures import ARCHITECTURES, OWN
from mnist_gui.models.recipes import QUICK


@pytest.fixture
def panel(qtbot, qapp):
    """A panel in which the user's own model alone is ticked."""
    theme.apply(qapp, "light")
    panel = RecipePanel(1.0)
    qtbot.addWidget(panel)
    panel.resize(panel.sizeHint().width(), 900)
    panel.show()
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    assert not panel.layer_editor.isVisible()
    for model in (OWN, 1):
        panel.findChild(QCheckBox, f"model_{model}").click()
    panel.layer_editor.set_layers("conv 3 8, pool 2, dense 16")
    return panel


def rows(panel):
    found = panel.findChild(QListWidget, "own_layer_list")
    return [found.item(row).text() for row in range(found.count())]


def select(panel, row):
    found = panel.findChild(QListWidget, "own_layer_list")
    found.setCurrentRow(row)
    found.setFocus()
    return found


def choose(panel, name):
    panel.findChild(QAction, name).trigger()


def button(panel, name):
    return panel.findChild(QAbstractButton, name)


def text(panel, name):
    label = panel.findChild(QLabel, name)
    return label.text() if label.isVisible() else ""


def box(panel, name):
    return panel.findChild(NumberBox, name)


def test_it_is_there_while_the_own_model_is_ticked(panel, qtbot):
    assert panel.layer_editor.isVisible()
    assert rows(panel) == ["Convolution 3×3, 8 filters", "Pooling 2×2", "Dense layer, 16 units"]
    with qtbot.waitSignal(panel.start_requested) as pressed:
        panel.findChild(QPushButton, "start").click()
    assert pressed.args == [QUICK, (OWN,), 0]
    panel.findChild(QCheckBox, f"model_{OWN}").click()
    assert not panel.layer_editor.isVisible()


@pytest.mark.parametrize("number", ARCHITECTURES)
def test_the_notebooks_models_are_starting_points(panel, number):
    choose(panel, f"start_from_{number}")
    assert panel.layer_editor.architecture.network == ARCHITECTURES[number].network


def test_layers_are_added_below_the_selected_one_changed_and_removed(panel, qtbot):
    select(panel, 0)
    choose(panel, "add_norm")
    assert panel.layer_editor.layers == "conv 3 8, norm, pool 2, dense 16"
    choose(panel, "add_conv")
    assert panel.layer_editor.layers == "conv 3 8, norm, conv 3 32, pool 2, dense 16"
    for name, typed in (("own_conv_0", "5"), ("own_conv_1", "12")):
        field = box(panel, name)
        field.setFocus()
        field.selectAll()
        qtbot.keyClicks(field, typed)
    assert panel.layer_editor.layers == "conv 3 8, norm, conv 5 12, pool 2, dense 16"
    assert rows(panel)[2] == "Convolution 5×5, 12 filters"
    qtbot.keyClick(select(panel, 1), Qt.Key.Key_Delete)
    assert panel.layer_editor.layers == "conv 3 8, conv 5 12, pool 2, dense 16"
    select(panel, 3)
    qtbot.mouseClick(button(panel, "remove"), Qt.MouseButton.LeftButton)
    assert panel.layer_editor.layers == "conv 3 8, conv 5 12, pool 2"


def test_layers_are_moved_by_keys_and_by_dragging(panel, qtbot):
    qtbot.keyClick(select(panel, 0), Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert panel.layer_editor.layers == "pool 2, conv 3 8, dense 16"
    QApplication.processEvents()
    found = panel.findChild(QListWidget, "own_layer_list")
    start, to = (found.visualItemRect(found.item(row)).center() for row in (1, 0))
    qtbot.mousePress(found.viewport(), Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(found.viewport(), to - QPoint(0, 4))
    qtbot.mouseRelease(found.viewport(), Qt.MouseButton.LeftButton, pos=to)
    assert panel.layer_editor.layers == "conv 3 8, pool 2, dense 16"


def test_it_says_at_once_what_the_model_costs_and_sees(panel):
    before = text(panel, "own_facts").splitlines()
    assert before[0] == f"{panel.layer_editor.architecture.parameters:,} weights"
    assert before[2:] == ["Looks at 3×3 pixels at a time", "Under a minute an epoch of 60,000 digits"]
    choose(panel, "start_from_3")
    assert text(panel, "own_facts").splitlines() == [
        "3,093,386 weights",
        "134 million multiplications a digit",
        "Looks at 11×11 pixels at a time",
        "About 9 minutes an epoch of 60,000 digits",
    ]
    panel.set_speed_factor(4.0)
    assert "About 35 minutes an epoch" in text(panel, "own_facts")


def test_a_chain_that_does_not_fit_says_where_and_cannot_be_started(panel):
    select(panel, 2)
    choose(panel, "add_pool")
    assert rows(panel)[3] == "✗ Pooling 2×2"
    assert "Layer 4, “pool 2”, stands after “dense 16”" in text(panel, "own_error")
    assert text(panel, "own_facts") == ""
    starting = ("start", "copy_as_command", "copy_as_keras_code")
    assert not any(panel.findChild(QPushButton, name).isEnabled() for name in starting)
    for _ in range(2):
        button(panel, "up").click()
    assert (rows(panel)[1], text(panel, "own_error")) == ("Pooling 2×2", "")
    assert all(panel.findChild(QPushButton, name).isEnabled() for name in starting)


def test_a_number_outside_its_limits_is_marked(panel, qtbot):
    select(panel, 0)
    field = box(panel, "own_conv_1")
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "2000")
    assert rows(panel)[0].startswith("✗ Convolution")
    assert "2000" in text(panel, "own_error")
    assert not panel.findChild(QPushButton, "start").isEnabled()
    field.selectAll()
    qtbot.keyClicks(field, "20")
    assert panel.layer_editor.layers == "conv 3 20, pool 2, dense 16"


def test_several_seeds_train_it_as_a_study(panel):
    box(panel, "seeds").setValue(3)
    assert "Start this training as a study: 3 runs of each model" in panel.findChild(QPushButton, "start").toolTip()
    assert panel.findChild(QPushButton, "start").isEnabled()


def test_the_last_layer_can_be_removed_and_one_added(panel, qtbot):
    for _ in range(3):
        qtbot.keyClick(select(panel, 0), Qt.Key.Key_Delete)
    assert (rows(panel), text(panel, "own_error")) == ([], "There are no layers; add one.")
    choose(panel, "add_dense")
    assert panel.layer_editor.layers == "dense 128"
    assert "Looks at the whole frame at once" in text(panel, "own_facts")


def test_its_list_shows_all_layers_and_does_not_scroll_with_large_text(qtbot, qapp):
    theme.apply(qapp, "light", 1.5)
    try:
        panel = RecipePanel(1.0)
        qtbot.addWidget(panel)
        panel.resize(300, 600)
        panel.show()
        panel.findChild(QCheckBox, f"model_{OWN}").click()
        layers = panel.findChild(QListWidget, "own_layer_list")
        qtbot.waitUntil(lambda: layers.isVisible() and layers.height() == layers.contentsSize().height())
        assert layers.visualItemRect(layers.item(0)).height() > layers.visualItemRect(layers.item(1)).height()
        assert layers.verticalScrollBar().maximum() == 0
    finally:
        theme.apply(qapp, "light")
