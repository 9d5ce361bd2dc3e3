"""The advanced settings: what each changes, and what is refused."""

import numpy as np
import pytest
from PySide6.QtCore import QLocale, QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLabel,
    QSlider,
)

from mnist_gui.gui import theme
from mnist_gui.gui.train.recipe.number_box import NumberBox
from mnist_gui.models import recipes
from mnist_gui.models.recipes import FAST, NOTEBOOK, OPTIMIZERS
from tests.gui.train.recipe.recipe_panel_actions import (
    choose,
    open_advanced,
    scroll_area,
    sentence,
    shows,
    start_button,
)

pytestmark = pytest.mark.slow


def test_a_learning_rate_is_said_without_needless_zeros(panel):
    assert panel.findChild(NumberBox, "learning_rate").text() == "1"


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
    place = box.mapTo(scroll_area(panel).widget(), QPoint(0, 0))
    box.selectAll()
    qtbot.keyClicks(box, "0")
    qtbot.wait(50)
    assert box.mapTo(scroll_area(panel).widget(), QPoint(0, 0)) == place
    assert shows(panel, "usual: Adadelta 1, Adam 0.002, SGD with momentum 0.05")
    panel.findChild(QAbstractButton, "open_advanced").click()
    assert shows(panel, "Learning rate is 0")


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
