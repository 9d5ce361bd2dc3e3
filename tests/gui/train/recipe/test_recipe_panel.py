"""The recipe panel: what it starts, and what it says before the click."""

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QPushButton,
    QSlider,
    QToolButton,
    QWidget,
)

from mnist_gui.gui import theme
from mnist_gui.gui.train.recipe.number_box import NumberBox
from mnist_gui.models.recipes import FAST, NOTEBOOK, QUICK, Recipe, RecipeError
from tests.gui.train.recipe.recipe_panel_actions import choose, open_advanced, scroll_area, shows, start_button, tick

pytestmark = pytest.mark.slow


def test_a_time_that_was_not_measured_here_says_so(panel):
    assert "until the first batches are measured" in start_button(panel).toolTip()
    panel.set_speed_factor(0.2)
    assert start_button(panel).text() == "Start · under a minute"
    assert "measured" not in start_button(panel).toolTip()


def test_untouched_it_starts_quick_look_on_model_1(panel, qtbot):
    assert start_button(panel).text() == "Start · about 2 minutes"
    with qtbot.waitSignal(panel.start_requested) as pressed:
        qtbot.mouseClick(start_button(panel), Qt.MouseButton.LeftButton)
    assert pressed.args == [QUICK, (1,), 0]


def test_hours_are_said_before_the_click(panel):
    choose(panel, "notebook")
    tick(panel, 2)
    tick(panel, 3)
    assert panel.recipe == NOTEBOOK and panel.models == (1, 2, 3)
    assert start_button(panel).text() == "Start · about 4½ hours"
    panel.set_speed_factor(0.5)
    assert start_button(panel).text() == "Start · about 2 hours"


def test_every_number_is_taken_over(panel, qtbot):
    open_advanced(panel)
    for name, value in (("epochs", 5), ("batch_size", 64), ("seed", 9)):
        box = panel.findChild(NumberBox, name)
        box.selectAll()
        qtbot.keyClicks(box, str(value))
    panel.findChild(NumberBox, "learning_rate").setValue(0.5)
    with qtbot.waitSignal(panel.start_requested) as pressed:
        start_button(panel).click()
    recipe, _, seed = pressed.args
    assert (recipe.epochs, recipe.batch_size, recipe.learning_rate, seed) == (5, 64, 0.5, 9)
    assert (recipe.frames, recipe.held_out) == (QUICK.frames, QUICK.held_out)


def test_a_recipe_that_cannot_be_made_is_said_not_raised(panel, monkeypatch):
    def refuse(*_args, **_values):
        raise RecipeError("epochs is 5; give another number.")

    monkeypatch.setattr(Recipe, "with_changes", refuse)
    panel.findChild(NumberBox, "epochs").setValue(5)
    assert shows(panel, "epochs is 5; give another number.") and not start_button(panel).isEnabled()
    monkeypatch.undo()
    panel.findChild(NumberBox, "epochs").setValue(6)
    assert start_button(panel).isEnabled() and panel.recipe.epochs == 6


def test_without_a_model_it_says_why_it_cannot_start(panel):
    tick(panel, 1)
    assert not start_button(panel).isEnabled()
    assert shows(panel, "Tick at least one")
    panel.start()  # the shortcut, with nothing to start
    for name in ("copy_as_command", "copy_as_keras_code"):
        button = panel.findChild(QPushButton, name)
        assert not button.isEnabled() and "Tick at least one" in button.toolTip()
    tick(panel, 1)
    assert start_button(panel).isEnabled()


@pytest.mark.parametrize("kind", ["command", "code"])
def test_the_present_choice_can_be_copied(panel, qtbot, kind):
    choose(panel, "fast")
    tick(panel, 3)
    panel.findChild(NumberBox, "seed").setValue(5)
    button = panel.findChild(QPushButton, "copy_as_command" if kind == "command" else "copy_as_keras_code")
    scroll_area(panel).ensureWidgetVisible(button)
    with qtbot.waitSignal(getattr(panel, f"{kind}_requested")) as requested:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert requested.args == [FAST, (1, 3), 5]


def test_while_a_training_runs_another_joins_the_queue(panel, qtbot):
    panel.set_training(True)
    assert start_button(panel).text() == "Add to queue · about 2 minutes"
    assert "queue" in start_button(panel).toolTip()
    with qtbot.waitSignal(panel.start_requested) as pressed:
        qtbot.mouseClick(start_button(panel), Qt.MouseButton.LeftButton)
    assert pressed.args == [QUICK, (1,), 0]
    panel.set_training(False)
    assert start_button(panel).text() == "Start · about 2 minutes"


def test_the_keyboard_reaches_everything_in_the_order_it_is_seen(panel, qtbot):
    open_advanced(panel)
    names = ["quick", "model_1", "model_2", "model_3", "model_0", "epochs", "seeds", "trained_on", "open_advanced"]
    names += ["optimizer", "learning_rate", "rho", "schedule", "augmentation", "frames", "held_out", "patience"]
    names += ["batch_size", "seed", "open_layers", "copy_as_command", "copy_as_keras_code", "start"]
    panel.findChild(QWidget, "quick").setFocus()
    reached = []
    for _ in names:
        reached.append(QApplication.focusWidget().objectName())
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert reached == names


@pytest.mark.parametrize("speed_factor", [0.2, 0.5, 3.2])
def test_a_duration_of_another_length_squeezes_nothing_for_a_moment(panel, qapp, speed_factor):
    theme.apply(qapp, "light", 1.5)
    panel.set_speed_factor(1.0)
    panel.set_training(True)
    QTest.qWait(50)
    panel.set_speed_factor(speed_factor)
    QCoreApplication.sendPostedEvents()  # once: the window may be painted before the next events
    for name in ("epochs", "start", "copy_as_command"):
        widget = panel.findChild(QWidget, name)
        assert widget.height() >= widget.minimumSizeHint().height(), name


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


@pytest.mark.parametrize("name", ["epochs", "optimizer", "learning_rate", "schedule", "augmentation"])
def test_the_wheel_scrolls_and_changes_nothing(panel, qapp, name):
    choose(panel, "fast")
    open_advanced(panel)
    qapp.processEvents()
    box = panel.findChild(QWidget, name)
    for focused in (panel, box):
        focused.setFocus()
        scroll_area(panel).ensureWidgetVisible(box)
        before = scroll_area(panel).verticalScrollBar().value()
        place = QPointF(box.mapTo(panel, box.rect().center()))
        QTest.wheelEvent(panel.windowHandle(), place, QPoint(0, -120))
        assert panel.recipe == FAST and scroll_area(panel).verticalScrollBar().value() > before


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_no_word_is_cut(panel, qapp, scale, training):
    theme.apply(qapp, "light", scale)
    panel.set_training(training)
    for name in ("open_advanced", "open_layers"):
        panel.findChild(QToolButton, name).click()
    for model in (2, 3):
        tick(panel, model)
    choose(panel, "notebook")
    panel.findChild(NumberBox, "learning_rate").setValue(0.0123)
    qapp.processEvents()
    panel.resize(panel.sizeHint().width(), 560)
    qapp.processEvents()
    assert panel.width() <= (300 if scale == 1.0 else 360)
    shown = [widget for widget in scroll_area(panel).widget().findChildren(QWidget) if widget.isVisible()]
    assert len(shown) > 80
    for widget in shown:
        assert widget.width() >= widget.minimumSizeHint().width(), widget
        if isinstance(widget, QLabel):
            needed = widget.heightForWidth(widget.width()) if widget.wordWrap() else widget.sizeHint().height()
            assert widget.height() >= needed, widget.text()
        elif isinstance(widget, QComboBox | QPushButton | QAbstractSpinBox | QSlider):
            assert widget.height() >= max(32, widget.minimumSizeHint().height()), widget
        edge = widget.mapTo(panel, widget.rect().topRight()).x()
        assert edge <= scroll_area(panel).viewport().geometry().right(), widget


def test_larger_text_is_taken_in_at_once(panel, qapp):
    panel.set_training(True)
    for scale, text in ((1.5, "Add to queue\nabout 2 minutes"), (1.0, "Add to queue · about 2 minutes")):
        theme.apply(qapp, "light", scale)
        qapp.processEvents()
        assert start_button(panel).text() == text
        assert start_button(panel).accessibleName() == "Add to queue · about 2 minutes"


def test_several_seeds_are_a_study_and_take_as_many_times_as_long(panel, qtbot):
    seeds = panel.findChild(NumberBox, "seeds")
    seeds.lineEdit().selectAll()
    QTest.keyClicks(seeds, "10")
    assert start_button(panel).text() == "Start · about 20 minutes"
    assert "10 runs of each model" in start_button(panel).toolTip()
    with qtbot.waitSignal(panel.study_requested) as pressed, qtbot.assertNotEmitted(panel.start_requested):
        qtbot.mouseClick(start_button(panel), Qt.MouseButton.LeftButton)
    assert pressed.args == [QUICK, (1,), tuple(range(1, 11))]
    panel.set_seed(7)
    with qtbot.waitSignal(panel.study_requested) as pressed:
        qtbot.mouseClick(start_button(panel), Qt.MouseButton.LeftButton)
    assert pressed.args[2] == tuple(range(7, 17))


def test_several_seeds_of_own_layers_are_a_study_too(panel, qtbot):
    for name in ("model_1", "model_0"):
        panel.findChild(QAbstractButton, name).click()
    panel.findChild(NumberBox, "seeds").setValue(3)
    assert start_button(panel).isEnabled()
    with qtbot.waitSignal(panel.study_requested) as pressed:
        qtbot.mouseClick(start_button(panel), Qt.MouseButton.LeftButton)
    assert pressed.args[1:] == [(0,), (1, 2, 3)]


def test_no_seed_at_all_is_refused_with_a_reason(panel):
    seeds = panel.findChild(NumberBox, "seeds")
    seeds.lineEdit().selectAll()
    QTest.keyClicks(seeds, "0")
    assert not start_button(panel).isEnabled()
    assert shows(panel, "Seeds is 0")


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("speed_factor", [0.7, 1.0, 5.0])
@pytest.mark.parametrize("end", ["top", "bottom"])
def test_another_choice_of_models_moves_no_input(panel, qapp, scale, speed_factor, end):
    theme.apply(qapp, "light", scale)
    panel.set_speed_factor(speed_factor)
    panel.resize(panel.sizeHint().width(), 620)
    qapp.processEvents()
    bar = scroll_area(panel).verticalScrollBar()
    bar.setValue(bar.minimum() if end == "top" else bar.maximum())
    inputs = [
        widget
        for kind in (QAbstractButton, QAbstractSpinBox)
        for widget in panel.findChildren(kind)
        if widget.isVisible()
    ]
    places = set()
    for ticked in ((1,), (), (2,), (1, 2, 3), ()):
        for number in (1, 2, 3):
            panel.findChild(QCheckBox, f"model_{number}").setChecked(number in ticked)
        qapp.processEvents()
        places.add(tuple(widget.mapTo(panel, QPoint(0, 0)).y() for widget in inputs))
    assert len(places) == 1
    assert shows(panel, "Tick at least one")
