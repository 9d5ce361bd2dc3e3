"""The recipe panel: what it starts, and what it says before the click."""

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QLocale, QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QPushButton,
    QRadioButton,
    QSlider,
    QToolButton,
    QWidget,
)

from mnist_gui.gui import theme
from mnist_gui.gui.train.recipe.number_box import NumberBox
from mnist_gui.gui.train.recipe.recipe_panel import RecipePanel
from mnist_gui.models import recipes
from mnist_gui.models.recipes import BEST, FAST, NOTEBOOK, OPTIMIZERS, QUICK, Recipe, RecipeError

pytestmark = pytest.mark.slow


@pytest.fixture
def panel(qtbot, qapp):
    theme.apply(qapp, "light")
    panel = RecipePanel()
    panel.resize(panel.sizeHint().width(), 560)
    panel.show()
    qtbot.waitExposed(panel)
    yield panel
    panel.close()
    panel.deleteLater()
    # At once: each panel still there makes the next change of theme slower.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    theme.apply(qapp, "light")


def start_button(panel: RecipePanel) -> QPushButton:
    return panel.findChild(QPushButton, "start")


def open_advanced(panel: RecipePanel) -> None:
    panel.findChild(QToolButton, "open_advanced").click()


def choose(panel: RecipePanel, recipe: str) -> None:
    panel.findChild(QRadioButton, recipe).click()


def sentence(panel: RecipePanel, recipe: str) -> str:
    return panel.findChild(QLabel, f"{recipe}_sentence").text()


def shows(panel: RecipePanel, words: str) -> bool:
    return any(label.isVisible() and words in label.text() for label in panel.findChildren(QLabel))


def tick(panel: RecipePanel, model: int) -> None:
    panel.findChild(QCheckBox, f"model_{model}").click()


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


def test_a_learning_rate_is_said_without_needless_zeros(panel):
    assert panel.findChild(NumberBox, "learning_rate").text() == "1"


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


def test_another_optimizer_brings_its_sentence_and_its_usual_learning_rate(panel, qtbot):
    open_advanced(panel)
    optimizer = panel.findChild(QComboBox, "optimizer")
    optimizer.setFocus()
    for name in ("adam", "sgd"):
        qtbot.keyClick(optimizer, Qt.Key.Key_Down)
        assert (panel.recipe.optimizer, panel.recipe.learning_rate) == (name, OPTIMIZERS[name].learning_rate)
        assert shows(panel, OPTIMIZERS[name].hint)
    assert "Changed: optimizer SGD with momentum, learning rate 0.05" in sentence(panel, "quick")
    panel.findChild(NumberBox, "learning_rate").setValue(0.1)
    assert panel.recipe.learning_rate == 0.1


@pytest.mark.parametrize(("choice", "colors"), [("light", theme.LIGHT), ("dark", theme.DARK)])
def test_a_choice_has_its_arrow_in_every_theme(panel, qapp, choice, colors):
    theme.apply(qapp, choice)
    open_advanced(panel)
    image = panel.findChild(QComboBox, "optimizer").grab().toImage()
    places = [(x, y) for x in range(image.width() - 22, image.width() - 6) for y in range(8, image.height() - 8)]
    background = QColor(colors.raised).lightness()
    assert max(abs(image.pixelColor(*place).lightness() - background) for place in places) > 80


def test_the_schedules_sentence_follows_the_choice(panel, qtbot):
    open_advanced(panel)
    schedule = panel.findChild(QComboBox, "schedule")
    qtbot.keyClick(schedule, Qt.Key.Key_Down)
    assert panel.recipe.schedule == "one-cycle" and "Changed: schedule one cycle" in sentence(panel, "quick")
    assert shows(panel, recipes.SCHEDULES["one-cycle"][1])


def test_the_augmentation_is_seen_while_it_is_chosen(panel, qtbot, tiny_dataset):
    train = tiny_dataset.train
    frames = train.images[:16].astype(np.float32) / 255
    with qtbot.waitSignal(panel.digits_requested):
        open_advanced(panel)
    panel.set_digits(frames, train.labels[:16])
    assert shows(panel, "Frames stay as they are")
    slider = panel.findChild(QSlider, "augmentation")
    for _ in range(3):
        qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert panel.recipe.augmentation == 0.3 and shows(panel, "0.3") and not shows(panel, "Frames stay as they are")
    qtbot.keyClick(slider, Qt.Key.Key_End)
    assert panel.recipe.augmentation == 2


def test_augmentation_that_weakens_is_said(panel):
    open_advanced(panel)
    choose(panel, "fast")
    assert not shows(panel, "lowers it by")
    choose(panel, "best")
    assert shows(panel, "lowers it by 80%") and panel.recipe.augmentation_decay == 0.8


def test_digits_are_asked_for_once(panel):
    asked = []
    panel.digits_requested.connect(lambda: asked.append(True))
    for _ in range(3):
        open_advanced(panel)
    assert len(asked) == 1


def test_patience_is_not_offered_where_the_test_frames_judge(panel):
    open_advanced(panel)
    patience = panel.findChild(NumberBox, "patience")
    patience.setValue(4)
    assert panel.recipe.patience == 4
    choose(panel, "notebook")
    assert not patience.isEnabled() and panel.recipe == NOTEBOOK
    assert shows(panel, "judged on the test frames")
    choose(panel, "fast")
    assert patience.isEnabled() and not shows(panel, "judged on the test frames")


@pytest.mark.parametrize(
    ("name", "keys", "sentence"),
    [
        ("learning_rate", "0", "Learning rate is 0; give a number above 0 and below 1,000,000"),
        (
            "learning_rate",
            "1,000",
            "Learning rate is 1,000, which may mean 1000 or 1.000; write it without a separator.",
        ),
        ("batch_size", "0", "Batch size is 0; give an integer from 1 to 60,000."),
        ("epochs", "20000", "Epochs is 20000; give an integer from 1 to 10,000."),
        ("epochs", "", "Epochs is empty; give an integer from 1 to 10,000."),
        ("patience", "-3", "Patience is -3; give an integer from 0 to 10,000."),
        ("seed", "4294967296", "Seed is 4294967296; give an integer from 0 to 4,294,967,295."),
    ],
)
@pytest.mark.parametrize("training", [False, True])
def test_an_invalid_number_is_marked_and_nothing_starts_with_it(panel, qtbot, name, keys, sentence, training):
    panel.set_training(training)
    open_advanced(panel)
    box = panel.findChild(NumberBox, name)
    border = box.grab().toImage().pixelColor(1, box.height() // 2)
    box.setFocus()
    box.selectAll()
    qtbot.keyClick(box, Qt.Key.Key_Delete)
    qtbot.keyClicks(box, keys)
    start_button(panel).setFocus()
    assert box.text() == keys, "what was typed stays"
    assert box.grab().toImage().pixelColor(1, box.height() // 2) == QColor(theme.LIGHT.warn) != border
    assert shows(panel, sentence) and sentence in box.toolTip()
    assert sum(sentence in label.text() for label in panel.findChildren(QLabel) if label.isVisible()) == 1
    assert not start_button(panel).isEnabled()
    started = []
    panel.start_requested.connect(lambda *values: started.append(values))
    panel.start()  # the shortcut
    assert not started
    qtbot.keyClick(box, Qt.Key.Key_Up)
    assert start_button(panel).isEnabled() and not shows(panel, sentence)


@pytest.mark.parametrize("locale", ["C", "de_DE", "ar_EG"])
@pytest.mark.parametrize(
    ("name", "keys", "value", "shown"),
    [
        ("learning_rate", "1e-3", 0.001, "0.001"),
        ("learning_rate", "3e-4", 0.0003, "0.0003"),
        ("learning_rate", "0,001", 0.001, "0.001"),
        ("learning_rate", "0.5", 0.5, "0.5"),
        ("learning_rate", "0.00001", 1e-5, "1e-05"),
        ("epochs", "1000", 1000, "1000"),
        ("epochs", "1e3", 1000, "1000"),
        ("seed", "4294967295", 4294967295, "4294967295"),
    ],
)
def test_numbers_mean_the_same_in_every_locale(panel, qtbot, locale, name, keys, value, shown):
    open_advanced(panel)
    box = panel.findChild(NumberBox, name)
    box.setLocale(QLocale(locale))
    box.selectAll()
    qtbot.keyClicks(box, keys)
    assert box.text() == keys and box.value() == value
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.text() == shown and box.value() == value


@pytest.mark.parametrize(
    ("start", "key", "shown"),
    [("1", Qt.Key.Key_Up, "1.1"), ("0.002", Qt.Key.Key_Down, "0.0019"), ("0.001", Qt.Key.Key_Down, "0.0009")],
)
def test_arrow_keys_step_by_a_tenth_of_the_magnitude(panel, qtbot, start, key, shown):
    open_advanced(panel)
    box = panel.findChild(NumberBox, "learning_rate")
    box.selectAll()
    qtbot.keyClicks(box, start)
    qtbot.keyClick(box, key)
    assert box.text() == shown and panel.recipe.learning_rate == float(shown)


def test_a_closed_section_does_not_hide_why_nothing_starts(panel, qtbot):
    open_advanced(panel)
    box = panel.findChild(NumberBox, "learning_rate")
    qtbot.wait(50)  # laid out
    place = box.mapTo(panel.widget(), QPoint(0, 0))
    box.selectAll()
    qtbot.keyClicks(box, "0")
    qtbot.wait(50)
    assert box.mapTo(panel.widget(), QPoint(0, 0)) == place
    assert shows(panel, "usual: Adadelta 1, Adam 0.002, SGD with momentum 0.05")
    panel.findChild(QAbstractButton, "open_advanced").click()
    assert shows(panel, "Learning rate is 0")


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
    panel.ensureWidgetVisible(button)
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
    names = ["quick", "model_1", "model_2", "model_3", "model_0", "epochs", "seeds", "start", "trained_on"]
    names += ["open_advanced"]
    names += [
        "optimizer",
        "learning_rate",
        "rho",
        "schedule",
        "augmentation",
        "frames",
        "held_out",
        "patience",
        "batch_size",
    ]
    names += ["seed", "open_layers"]
    names += ["copy_as_command", "copy_as_keras_code"]
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
        panel.ensureWidgetVisible(box)
        before = panel.verticalScrollBar().value()
        place = QPointF(box.mapTo(panel, box.rect().center()))
        QTest.wheelEvent(panel.windowHandle(), place, QPoint(0, -120))
        assert panel.recipe == FAST and panel.verticalScrollBar().value() > before


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
    shown = [widget for widget in panel.widget().findChildren(QWidget) if widget.isVisible()]
    assert len(shown) > 80
    for widget in shown:
        assert widget.width() >= widget.minimumSizeHint().width(), widget
        if isinstance(widget, QLabel):
            needed = widget.heightForWidth(widget.width()) if widget.wordWrap() else widget.sizeHint().height()
            assert widget.height() >= needed, widget.text()
        elif isinstance(widget, QComboBox | QPushButton | QAbstractSpinBox | QSlider):
            assert widget.height() >= max(32, widget.minimumSizeHint().height()), widget
        edge = widget.mapTo(panel, widget.rect().topRight()).x()
        assert edge <= panel.viewport().geometry().right(), widget


def test_larger_text_is_taken_in_at_once(panel, qapp):
    panel.set_training(True)
    for scale, text in ((1.5, "Add to queue\nabout 2 minutes"), (1.0, "Add to queue · about 2 minutes")):
        theme.apply(qapp, "light", scale)
        qapp.processEvents()
        assert start_button(panel).text() == text
        assert start_button(panel).accessibleName() == "Add to queue · about 2 minutes"


def test_frames_and_held_out_frames_are_chosen_together(panel):
    open_advanced(panel)
    choose(panel, "fast")
    frames, held_out = panel.findChild(NumberBox, "frames"), panel.findChild(NumberBox, "held_out")
    assert (frames.value(), held_out.value()) == (55_000, 5_000)
    held_out.setValue(2_000)
    assert frames.value() == 58_000  # all others
    assert panel.recipe == FAST.with_changes(held_out=2_000)
    frames.setValue(1_000)
    held_out.setValue(5_000)
    assert panel.recipe == FAST.with_changes(frames=1_000)
    frames.setValue(60_000)
    assert panel.recipe == FAST
    choose(panel, "quick")
    frames.setValue(60_000)
    assert panel.recipe.frames is None


def test_an_optimizer_shows_its_own_options_only(panel):
    open_advanced(panel)
    choose(panel, "notebook")
    rho, beta_2 = panel.findChild(NumberBox, "rho"), panel.findChild(NumberBox, "beta_2")
    assert rho.isVisible() and not beta_2.isVisible()
    rho.setValue(0.9)
    assert panel.recipe == NOTEBOOK.with_changes(rho=0.9)
    choose(panel, "fast")
    assert beta_2.isVisible() and not rho.isVisible()
    assert panel.recipe == FAST


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


def test_no_seed_at_all_is_refused_with_a_reason(panel):
    seeds = panel.findChild(NumberBox, "seeds")
    seeds.lineEdit().selectAll()
    QTest.keyClicks(seeds, "0")
    assert not start_button(panel).isEnabled()
    assert shows(panel, "Seeds is 0")
