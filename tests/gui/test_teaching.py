"""Teaching from the window to the answer, with real Keras and LiteRT on few frames."""

import logging
from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QListWidget, QPushButton

from mnist_gui.app import Dependencies, make_window
from mnist_gui.digits.picture import Picture
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui.settings import Settings
from mnist_gui.gui.train import fine_tuning_evaluator
from mnist_gui.gui.train.queue import training_queue
from mnist_gui.models.inference.predictor import load_predictor
from mnist_gui.models.recipes import FINE_TUNING, Recipe
from mnist_gui.models.training import fine_tuning
from mnist_gui.models.training.data_split import describe_data
from mnist_gui.models.training.trainer import train
from mnist_gui.models.training.training_control import TrainingControl
from tests.answering import answering_run

# TensorFlow and its converter emit warnings at import and export.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::ResourceWarning"),
]

PARENT = Recipe("test", frames=320, epochs=2, batch_size=32, optimizer="adam", learning_rate=0.002, held_out=64)
WAIT = 300_000  # ms; the model is exported meanwhile, which takes minutes beside other work


def upright(column: int) -> Picture:
    """Return a digit unlike those of the data, whose bars lie: a 7 of this hand."""
    levels = np.zeros((28, 28), np.uint8)
    levels[4:24, column : column + 3] = 255
    return Picture.from_mnist(levels, 7)


@pytest.fixture
def window(qtbot, store, tiny_dataset, tmp_path, monkeypatch):
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    for module in (training_queue, fine_tuning_evaluator):  # other processes may leave no time to such a thread
        monkeypatch.setattr(module, "lower_thread_priority", lambda: None)
    monkeypatch.setattr(fine_tuning, "FINE_TUNING", FINE_TUNING.with_changes(frames=192, learning_rate=0.002))
    parent = store.create(2, PARENT.to_json(), 1, describe_data(PARENT, tiny_dataset))
    train(parent, tiny_dataset, report=lambda event: None, control=TrainingControl())
    store.activate(parent.name)
    mine = UserDigitStore(tmp_path / "my.jsonl")
    for column in (5, 9, 13, 17, 20, 11):
        mine.add(upright(column))
    window = make_window(
        Dependencies(
            store,
            Settings(tmp_path / "settings"),
            partial(load_predictor, store),
            lambda: tiny_dataset,
            my_digits=mine.path,
            cache=tmp_path / "cache",
            shipped_studies=tmp_path / "no studies",
        )
    )
    window.show()
    yield window
    if window.train_tab is not None:
        window.train_tab.shut_down()
    window.end()
    window.deleteLater()


def test_a_hand_is_taught_seen_used_and_undone(window, qtbot, store):
    dock, draw = window.draw_tab.view.panel_dock, window.draw_tab
    parent = answering_run(store, 2).name
    draw.show_content(upright(9))  # it will be taught
    card = draw.view.cards[2]
    qtbot.waitUntil(lambda: card.prediction is not None, timeout=WAIT)
    assert card.prediction.digit != 7

    def press(name):
        qtbot.mouseClick(dock.findChild(QPushButton, name), Qt.MouseButton.LeftButton)

    dock.open("my_digits")
    press("teach")
    press("teach_models")
    tiles = dock.findChild(QListWidget, "misread_digits")
    line = dock.findChild(QLabel, "lesson_words_2")

    def is_judged():
        assert tiles.isVisible(), line.text()

    qtbot.waitUntil(is_judged, timeout=WAIT)
    assert "your digits kept for judging 0 → " in line.text() and " points): " in line.text()
    assert tiles.count() == 6 and all(" now" in tiles.item(row).toolTip() for row in range(6))
    press("lesson_action")
    assert answering_run(store, 2).record.parent == parent
    qtbot.waitUntil(lambda: card.prediction is not None and card.prediction.digit == 7, timeout=WAIT)
    assert card.run_button.accessibleName().startswith("Run of Model 2: taught today, ")
    press("lesson_action")
    assert answering_run(store, 2).name == parent
    qtbot.waitUntil(lambda: card.prediction is not None and card.prediction.digit != 7, timeout=WAIT)
