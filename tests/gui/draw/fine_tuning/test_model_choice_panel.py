"""The choice of models to fine-tune."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton

from mnist_gui.gui.draw.fine_tuning.model_choice_panel import ModelChoicePanel
from mnist_gui.gui.fine_tuning_service import FineTunableModel
from mnist_gui.gui.widgets.scroll_column import ContentArea

LEFT = Qt.MouseButton.LeftButton
CANDIDATES = (
    FineTunableModel(1, "Model 1", "one"),
    FineTunableModel(2, "Model 2", "two", "Run two has no weights."),
    FineTunableModel(3, "Model 3", "three"),
)


@pytest.fixture
def choice(qtbot):
    panel = ModelChoicePanel(lambda models: f"{10 * sum(models)} seconds")
    qtbot.addWidget(panel)
    panel.set_candidates("9 digits will be taught.", CANDIDATES)
    panel.resize(460, 150)
    panel.show()
    return panel


def test_all_models_without_an_obstacle_are_checked_at_first(choice, qtbot):
    assert [box.isChecked() for box in choice.findChildren(QCheckBox)] == [True, False, True]
    assert not choice.findChild(QCheckBox, "teach_model_2").isEnabled()
    assert "Run two has no weights." in choice.findChild(QLabel, "teach_what").text()
    with qtbot.waitSignal(choice.models_chosen) as caught:
        qtbot.mouseClick(choice.findChild(QPushButton, "teach_models"), LEFT)
    assert caught.args == [(1, 3)]


def test_the_button_shows_the_duration_of_the_choice(choice, qtbot):
    button = choice.findChild(QPushButton, "teach_models")
    assert button.text() == "Teach · 40 seconds"
    qtbot.mouseClick(choice.findChild(QCheckBox, "teach_model_3"), LEFT)
    assert button.text() == "Teach · 10 seconds"
    qtbot.mouseClick(choice.findChild(QCheckBox, "teach_model_1"), LEFT)
    assert not button.isEnabled()


def test_new_candidates_replace_the_earlier_ones(choice, qtbot):
    choice.set_candidates("1 digit will be taught.", CANDIDATES[:1])
    qtbot.waitUntil(lambda: [box.text() for box in choice.findChildren(QCheckBox) if box.isVisible()] == ["Model 1"])
    assert choice.findChild(QPushButton, "teach_models").text() == "Teach · 10 seconds"


def test_a_choice_outlives_more_digits_but_not_a_new_question(choice, qtbot):
    qtbot.mouseClick(choice.findChild(QCheckBox, "teach_model_1"), LEFT)
    for keep_choice, places in ((True, (3,)), (False, (1, 3))):
        choice.set_candidates("10 digits will be taught.", CANDIDATES, keep_choice=keep_choice)
        assert "10 digits" in choice.findChild(QLabel, "teach_what").text()
        with qtbot.waitSignal(choice.models_chosen) as caught:
            qtbot.mouseClick(choice.findChild(QPushButton, "teach_models"), LEFT)
        assert caught.args == [places]


def test_what_the_models_misread_is_said_first_once_it_is_known(choice):
    summary = choice.findChild(QLabel, "teach_what")
    before = summary.text()
    choice.set_misread("Model 1 misreads 3.")
    assert summary.text() == f"Model 1 misreads 3. {before}"
    choice.set_candidates("9 digits will be taught.", CANDIDATES)
    assert summary.text() == before


def test_in_a_low_panel_the_button_that_teaches_is_seen_and_the_text_scrolls(choice, qtbot):
    area = ContentArea()
    qtbot.addWidget(area)
    area.setWidget(choice)
    area.resize(460, 90)
    area.show()
    choice.set_candidates("3 digits will be taught. There is no 0, 2, 3, 4, 5, 6, 8, 9 among them. " * 3, CANDIDATES)
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 0)
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())  # where the page before was scrolled to
    choice.take_focus()
    button = choice.findChild(QPushButton, "teach_models")
    qtbot.waitUntil(lambda: button.visibleRegion().boundingRect() == button.rect())
    area.takeWidget()  # qtbot closes both


def test_six_runs_with_long_names_are_seen_whole_in_a_narrow_panel(choice, qtbot):
    runs = [FineTunableModel(place, f"keras{place}-no-input-layer", f"run {place}") for place in range(1, 7)]
    choice.set_candidates("3 digits will be taught.", runs)
    choice.resize(630, 200)
    area = choice.rect()

    def all_are_seen():
        boxes = [box for box in choice.findChildren(QCheckBox) if box.isVisible()]
        return len(boxes) == 6 and all(area.contains(box.geometry().translated(box.parent().pos())) for box in boxes)

    qtbot.waitUntil(all_are_seen)
    assert choice.minimumSizeHint().width() <= area.width()
