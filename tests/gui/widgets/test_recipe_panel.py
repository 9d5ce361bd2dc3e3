"""The recipe panel: what it starts, and what it says before the click."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QDoubleSpinBox,
    QLabel,
    QPushButton,
    QRadioButton,
    QSpinBox,
    QToolButton,
    QWidget,
)

from mnist_gui.gui import theme
from mnist_gui.gui.widgets.recipe_panel import RecipePanel
from mnist_gui.models.recipes import NOTEBOOK, QUICK


@pytest.fixture
def panel(qtbot, qapp):
    theme.apply(qapp, "light")
    panel = RecipePanel()
    qtbot.addWidget(panel)
    panel.resize(panel.sizeHint().width(), 560)
    panel.show()
    qtbot.waitExposed(panel)
    yield panel
    theme.apply(qapp, "light")


def start_button(panel: RecipePanel) -> QPushButton:
    return panel.findChild(QPushButton, "start")


def tick(panel: RecipePanel, model: int) -> None:
    panel.findChild(QCheckBox, f"model_{model}").click()


def test_untouched_it_starts_quick_look_on_model_1(panel, qtbot):
    assert start_button(panel).text() == "Start · about 2 minutes"
    with qtbot.waitSignal(panel.start_pressed) as pressed:
        qtbot.mouseClick(start_button(panel), Qt.MouseButton.LeftButton)
    assert pressed.args == [QUICK, (1,), 0]


def test_hours_are_said_before_the_click(panel):
    panel.findChild(QRadioButton, "notebook").click()
    tick(panel, 2)
    tick(panel, 3)
    assert panel.recipe == NOTEBOOK and panel.models == (1, 2, 3)
    assert start_button(panel).text() == "Start · about 4½ hours"
    panel.set_slowness(0.5)
    assert start_button(panel).text() == "Start · about 2 hours"


def test_every_number_is_taken_over(panel, qtbot):
    panel.findChild(QToolButton, "open_advanced").click()
    for name, value in (("epochs", 5), ("batch_size", 64), ("seed", 9)):
        box = panel.findChild(QSpinBox, name)
        box.selectAll()
        qtbot.keyClicks(box, str(value))
    panel.findChild(QDoubleSpinBox, "learning_rate").setValue(0.5)
    with qtbot.waitSignal(panel.start_pressed) as pressed:
        start_button(panel).click()
    recipe, _, seed = pressed.args
    assert (recipe.epochs, recipe.batch_size, recipe.learning_rate, seed) == (5, 64, 0.5, 9)
    assert (recipe.frames, recipe.held_out) == (QUICK.frames, QUICK.held_out)


def test_a_learning_rate_is_said_without_needless_zeros(panel):
    assert panel.findChild(QDoubleSpinBox, "learning_rate").text() == "1"


def test_without_a_model_it_says_why_it_cannot_start(panel):
    tick(panel, 1)
    assert not start_button(panel).isEnabled()
    assert any(label.isVisible() and "Tick at least one" in label.text() for label in panel.findChildren(QLabel))
    panel.start()  # the shortcut, with nothing to start
    tick(panel, 1)
    assert start_button(panel).isEnabled()


def test_while_a_training_runs_no_other_can_be_started(panel):
    panel.set_training(True)
    assert not start_button(panel).isEnabled()
    panel.set_training(False)
    assert start_button(panel).isEnabled()


def test_the_layers_of_the_ticked_models_are_counted(panel):
    for model in (2, 3):
        tick(panel, model)
    panel.findChild(QToolButton, "open_layers").click()
    totals = []
    for model in (1, 2, 3):
        table = panel.findChild(QWidget, f"layers_{model}")
        assert table.isVisible()
        totals.append(table.findChild(QLabel, "total").text())
    assert "2,435,210 in all" in totals[0] and "2,435,210 of them trainable" in totals[0]
    assert "4,174,346 in all" in totals[1] and "4,173,834 of them trainable" in totals[1]
    assert "3,093,386 in all" in totals[2] and "3,092,618 of them trainable" in totals[2]
    tick(panel, 2)
    assert not panel.findChild(QWidget, "layers_2").isVisible()


def test_the_wheel_scrolls_and_changes_no_number(panel):
    box = panel.findChild(QSpinBox, "epochs")
    panel.setFocus()
    middle = QPointF(box.rect().center())
    wheel = QWheelEvent(
        middle,
        QPointF(box.mapToGlobal(box.rect().center())),
        QPoint(0, 0),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(box, wheel)
    assert box.value() == 3


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_no_word_is_cut(panel, qapp, scale):
    theme.apply(qapp, "light", scale)
    for name in ("open_advanced", "open_layers"):
        panel.findChild(QToolButton, name).click()
    for model in (2, 3):
        tick(panel, model)
    panel.findChild(QRadioButton, "notebook").click()
    qapp.processEvents()
    panel.resize(panel.sizeHint().width(), 560)
    qapp.processEvents()
    assert panel.width() <= (300 if scale == 1.0 else 360)
    shown = [widget for widget in panel.widget().findChildren(QWidget) if widget.isVisible()]
    assert len(shown) > 60
    for widget in shown:
        assert widget.width() >= widget.minimumSizeHint().width(), widget
        if isinstance(widget, QLabel):
            needed = widget.heightForWidth(widget.width()) if widget.wordWrap() else widget.sizeHint().height()
            assert widget.height() >= needed, widget.text()
        edge = widget.mapTo(panel, widget.rect().topRight()).x()
        assert edge <= panel.viewport().geometry().right(), widget
