"""The panels of the Draw tab with their threads, on fakes."""

import threading

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QListWidget, QPushButton, QToolButton, QWidget

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import frame_of
from mnist_gui.digits.picture import Picture
from mnist_gui.digits.stroke_raster import render_strokes
from mnist_gui.digits.user_digit import is_same_ink
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui import theme
from mnist_gui.gui.draw.draw_tab import DrawTab
from mnist_gui.gui.draw.frame_view import FrameView
from mnist_gui.gui.draw.network.network_source import NetworkSource
from mnist_gui.gui.draw.panels.explanation_thread import ExplanationThread
from mnist_gui.gui.draw.panels.framing_panel import FramingPanel
from mnist_gui.gui.draw.panels.my_digits_panel import MyDigitsPanel
from mnist_gui.gui.draw.panels.panel_controller import COMPUTING
from mnist_gui.gui.draw.panels.stress_panel import SeveritySlider, StressPanel
from mnist_gui.gui.draw.panels.why_panel import WhyPanel
from mnist_gui.gui.draw.prediction_thread import PredictionThread
from mnist_gui.gui.fine_tuning_service import FineTuningService
from mnist_gui.gui.widgets.heat_map import HeatMap
from mnist_gui.models.inference.predictor import EnsemblePrediction
from tests.fakes import FakePredictor

SEVEN = Drawing(([(300, 300), (500, 300), (400, 700)],))
DOT = Drawing((np.array([[500.0, 500.0]]),))
FOUR_TWO = Drawing(
    (
        [(150, 200), (100, 400), (300, 400)],
        [(250, 250), (240, 600)],
        [(500, 250), (600, 200), (680, 280), (500, 600), (700, 600)],
    )
)


class WidthPredictor(FakePredictor):
    """Says how much ink there is; wide ink is no digit, as two digits beside each other are."""

    def predict_one(self, frame) -> EnsemblePrediction:
        columns = np.flatnonzero(frame.any(axis=0))
        wide = columns[-1] - columns[0] > 16
        answer = super().predict_one(frame)
        return EnsemblePrediction(answer.predictions, 0.0 if wide else 1.0)


class FakeModel:
    """Stands for LoadedModel: surer the more ink it sees."""

    temperature = None
    gate = threading.Event()  # open unless a test closes it

    def __init__(self, model: int) -> None:
        self.model, self.place, self.run = model, model, f"model-{model}-fake"

    def probabilities(self, frames) -> np.ndarray:
        assert FakeModel.gate.wait(10)
        sure = np.clip(0.2 + frames.reshape(len(frames), -1).sum(axis=1) / 200, 0, 0.95)
        rows = np.repeat((1 - sure)[:, None] / 9, 10, axis=1)
        rows[:, 7] = sure
        return rows.astype(np.float32)


@pytest.fixture(autouse=True)
def gate():
    FakeModel.gate.set()
    yield FakeModel.gate
    FakeModel.gate.set()


@pytest.fixture
def my_digits(tmp_path) -> UserDigitStore:
    return UserDigitStore(tmp_path / "my-digits.jsonl")


@pytest.fixture
def open_tab(qtbot, store, tiny_dataset, my_digits, tmp_path):
    opened = []

    def open_it(predictor=None) -> DrawTab:
        theme.apply(QApplication.instance(), "light")
        worker = PredictionThread(lambda: predictor or FakePredictor((7, 7, 7), 0.98))
        explainer = ExplanationThread(lambda: tuple(FakeModel(model) for model in (1, 2, 3)))
        networks = NetworkSource(store, lambda: pytest.fail("the test set is not needed"), tmp_path)
        fine_tuning = FineTuningService(store, my_digits)
        tab = DrawTab(worker, explainer, store, lambda: tiny_dataset, my_digits, fine_tuning, networks, tuple)
        opened.append((tab, worker, explainer))
        qtbot.addWidget(tab)
        tab.resize(1240, 720)
        tab.show()
        qtbot.waitExposed(tab)
        explainer.start()
        with qtbot.waitSignal(worker.loaded):
            worker.start()
        return tab

    yield open_it
    for tab, worker, explainer in opened:
        tab.shut_down()
        worker.shut_down()
        explainer.shut_down()


def show_content(qtbot, tab: DrawTab, content: Drawing = SEVEN) -> None:
    tab.show_content(content)
    qtbot.waitUntil(lambda: tab.view.cards[1].prediction is not None and tab.frame is not None)


def press(qtbot, tab: DrawTab, key: Qt.Key) -> None:
    tab.view.canvas.setFocus()
    qtbot.keyClick(tab.view.canvas, key)


@pytest.mark.parametrize("name", ["change_digit", "smallest_change", "stress_slider", "stress_noise", "digit_filter"])
def test_letters_and_digits_act_on_the_drawing_wherever_the_user_has_clicked(open_tab, qtbot, my_digits, name):
    my_digits.add(FOUR_TWO.with_label(2))
    tab = open_tab()
    show_content(qtbot, tab)
    for panel in ("why", "stress", "my_digits"):
        tab.view.panel_dock.open(panel)
        widget = tab.view.panel_dock.findChild(QWidget, name)
        if panel == "why":
            qtbot.mouseClick(tab.view.panel_dock.findChild(QPushButton, "smallest_change"), Qt.MouseButton.LeftButton)
        if widget is not None:
            break
    tab.view.canvas.setFocus()
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)
    if isinstance(widget, QComboBox):
        qtbot.keyClick(widget.view(), Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: QApplication.activePopupWidget() is None)
    qtbot.keyClick(tab.focusWidget(), Qt.Key.Key_4)
    assert [digit.label for digit in my_digits.digits] == [2, 4]
    qtbot.keyClick(tab.focusWidget(), Qt.Key.Key_F)
    assert tab.view.panel_dock.opened == "framing"


def test_digits_belong_to_a_box_that_is_reached_by_tab_and_to_thumbnails_that_are_selected(open_tab, qtbot, my_digits):
    my_digits.add(FOUR_TWO.with_label(2))
    tab = open_tab()
    show_content(qtbot, tab)
    press(qtbot, tab, Qt.Key.Key_M)
    panel = tab.view.panel_dock.findChild(MyDigitsPanel)
    box, thumbnails = panel.findChild(QComboBox, "digit_filter"), panel.findChild(QListWidget)
    box.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(box, Qt.Key.Key_2)
    assert box.currentText() == "2 · 1"
    thumbnails.setFocus()
    thumbnails.item(0).setSelected(True)
    qtbot.keyClick(thumbnails, Qt.Key.Key_9)
    assert [digit.label for digit in my_digits.digits] == [9]


# -- my digits


def test_a_digit_key_keeps_the_drawing_and_undo_takes_it_back(open_tab, qtbot, my_digits):
    tab = open_tab()
    show_content(qtbot, tab)
    press(qtbot, tab, Qt.Key.Key_1)
    (kept,) = my_digits.digits
    assert (kept.label, len(kept.content.strokes)) == (1, 1)
    assert tab.view.verdict_bar.note == "Saved as 1 in My digits"
    button = tab.findChild(QToolButton, "note_action_0")
    assert (button.text(), button.isVisible()) == ("Undo", True)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert my_digits.digits == ()
    assert tab.view.verdict_bar.note == "Undone"
    assert tab.view.verdict_bar.actions_shown == ()


def test_undo_belongs_to_the_message_about_the_label_only(open_tab, qtbot, my_digits, tmp_path):
    tab = open_tab()
    show_content(qtbot, tab)
    bar = tab.view.verdict_bar
    press(qtbot, tab, Qt.Key.Key_1)
    assert bar.actions_shown == ("Undo",)
    tab.open_file(tmp_path / "missing.png")
    qtbot.waitUntil(lambda: "does not exist" in bar.note)
    assert bar.actions_shown == ()
    tab.view.canvas.clear()
    press(qtbot, tab, Qt.Key.Key_3)
    assert "Draw a digit first" in bar.note
    assert bar.actions_shown == ()
    assert len(my_digits.digits) == 1


def test_the_undo_key_straight_after_labelling_undoes_the_label(open_tab, qtbot, my_digits):
    tab = open_tab()
    tab.restore(SEVEN)  # nothing on the canvas can be undone
    canvas, undo = tab.view.canvas, (Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: tab.frame is not None)
    assert not tab.view.draw_actions.undo.isEnabled()
    press(qtbot, tab, Qt.Key.Key_1)
    qtbot.keyClick(canvas, *undo)
    assert my_digits.digits == ()
    assert tab.content == SEVEN
    assert not tab.view.draw_actions.undo.isEnabled()
    press(qtbot, tab, Qt.Key.Key_1)
    canvas.clear()
    qtbot.keyClick(canvas, *undo)
    assert tab.content == SEVEN, "the last event was on the canvas"
    assert len(my_digits.digits) == 1


@pytest.mark.parametrize("key", [Qt.Key.Key_4, Qt.Key.Key_S, Qt.Key.Key_C])
def test_half_a_stroke_is_neither_labelled_nor_saved_nor_copied(open_tab, qtbot, my_digits, key):
    tab = open_tab()
    show_content(qtbot, tab)
    canvas, left = tab.view.canvas, Qt.MouseButton.LeftButton
    qtbot.mousePress(canvas, left, pos=QPoint(40, 40))
    qtbot.mouseMove(canvas, QPoint(60, 90))
    modifier = Qt.KeyboardModifier.NoModifier if key == Qt.Key.Key_4 else Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(canvas, key, modifier)
    assert my_digits.digits == ()
    assert tab.view.verdict_bar.note.startswith("Lift the pen first")
    qtbot.mouseRelease(canvas, left, pos=QPoint(60, 120))
    press(qtbot, tab, Qt.Key.Key_4)
    (kept,) = my_digits.digits
    assert is_same_ink(kept.content, tab.content)


def test_one_drawing_is_kept_once_and_another_label_relabels_it(open_tab, qtbot, my_digits):
    tab = open_tab()
    small = Drawing(tuple(stroke / 4 for stroke in SEVEN.strokes))
    tab.restore(small)
    qtbot.waitUntil(lambda: tab.frame is not None)
    press(qtbot, tab, Qt.Key.Key_1)
    press(qtbot, tab, Qt.Key.Key_1)
    assert [digit.label for digit in my_digits.digits] == [1]
    assert tab.view.verdict_bar.note == "Already in My digits as 1"
    assert tab.view.verdict_bar.actions_shown == ()
    press(qtbot, tab, Qt.Key.Key_4)
    assert [digit.label for digit in my_digits.digits] == [4]
    qtbot.mouseClick(tab.findChild(QToolButton, "note_action_0"), Qt.MouseButton.LeftButton)
    assert [digit.label for digit in my_digits.digits] == [1]
    tab.view.panel_dock.open("my_digits")
    tab.view.panel_dock.findChild(MyDigitsPanel).digit_opened.emit(my_digits.digits[0].id)  # which enlarges it
    press(qtbot, tab, Qt.Key.Key_9)
    assert [digit.label for digit in my_digits.digits] == [9]
    tab.show_content(FOUR_TWO)
    press(qtbot, tab, Qt.Key.Key_9)
    assert len(my_digits.digits) == 2


def test_a_tick_keeps_what_the_models_said(open_tab, qtbot, my_digits):
    tab = open_tab()
    show_content(qtbot, tab)
    tab.view.label_row.findChild(QToolButton).click()
    assert [digit.label for digit in my_digits.digits] == [7]


def test_a_blank_canvas_is_not_kept(open_tab, qtbot, my_digits):
    tab = open_tab()
    press(qtbot, tab, Qt.Key.Key_3)
    assert "Draw a digit first" in tab.view.verdict_bar.note
    assert my_digits.digits == ()


def test_the_drawer_shows_what_is_kept_and_puts_it_back_on_the_canvas(open_tab, qtbot, my_digits):
    for label in (3, 5):
        my_digits.add(SEVEN.with_label(label))
    tab = open_tab()
    press(qtbot, tab, Qt.Key.Key_M)
    assert tab.view.panel_dock.opened == "my_digits"
    panel = tab.view.panel_dock.findChild(MyDigitsPanel)
    panel.digit_opened.emit(my_digits.digits[1].id)
    assert tab.content.label == 5
    panel.delete_requested.emit((my_digits.digits[0].id,))
    assert [digit.label for digit in my_digits.digits] == [5]
    panel.undo_requested.emit()
    assert [digit.label for digit in my_digits.digits] == [3, 5]


def test_the_question_whom_to_teach_follows_the_digits(open_tab, qtbot, my_digits):
    my_digits.add(SEVEN.with_label(3))
    tab = open_tab()
    press(qtbot, tab, Qt.Key.Key_M)
    panel = tab.view.panel_dock.findChild(MyDigitsPanel)
    qtbot.mouseClick(panel.findChild(QPushButton, "teach"), Qt.MouseButton.LeftButton)
    question = panel.findChild(QLabel, "teach_what")
    assert "1 digit will be taught" in question.text()
    show_content(qtbot, tab, FOUR_TWO)
    press(qtbot, tab, Qt.Key.Key_4)
    assert "2 digits will be taught" in question.text()
    press(qtbot, tab, Qt.Key.Key_M)
    my_digits.add(FOUR_TWO.with_label(2))
    press(qtbot, tab, Qt.Key.Key_M)
    assert question.isVisible() and "3 digits will be taught" in question.text()
    my_digits.delete([digit.id for digit in my_digits.digits])
    press(qtbot, tab, Qt.Key.Key_M)
    press(qtbot, tab, Qt.Key.Key_M)
    assert not question.isVisible(), "there is nothing left to teach"


def test_a_folder_that_cannot_be_written_is_said(open_tab, qtbot, my_digits, monkeypatch):
    def full(*_arguments) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mnist_gui.digits.user_digit_store._append", full)
    tab = open_tab()
    show_content(qtbot, tab)
    press(qtbot, tab, Qt.Key.Key_7)
    assert "my-digits.jsonl" in tab.view.verdict_bar.note
    assert "No space left" in tab.view.verdict_bar.note
    assert tab.view.verdict_bar.actions_shown == ()


def test_guided_writing_asks_about_what_the_models_read_as_another_digit(open_tab, qtbot, my_digits):
    tab = open_tab()  # which reads every digit as 7
    tab._writing_session.start()
    canvas, left = tab.view.canvas, Qt.MouseButton.LeftButton
    qtbot.mousePress(canvas, left, pos=QPoint(40, 40))
    qtbot.mouseMove(canvas, QPoint(60, 190))
    qtbot.mouseRelease(canvas, left, pos=QPoint(160, 190))
    qtbot.waitUntil(lambda: tab.view.verdict_bar.text.startswith("7 · all three"))
    qtbot.waitUntil(lambda: tab._clearly_read(tab.content) == 7)
    press(qtbot, tab, Qt.Key.Key_Space)
    assert tab.view.writing_prompt.accessibleName() == "Read as 7. Keep it as a 0?"
    assert my_digits.digits == ()
    press(qtbot, tab, Qt.Key.Key_Space)
    assert [digit.label for digit in my_digits.digits] == [0]


# -- several digits


def test_two_digits_are_reported_and_each_is_answered(open_tab, qtbot, my_digits):
    tab = open_tab(WidthPredictor())
    tab.show_content(FOUR_TWO)
    qtbot.waitUntil(lambda: tab.view.verdict_bar.text.startswith("Looks like two digits: "))
    digits = tab.view.verdict_bar.text.removeprefix("Looks like two digits: ").split(", ")
    assert tab.view.verdict_bar.actions_shown == ("Copy text", "Keep all")
    press(qtbot, tab, Qt.Key.Key_4)
    assert "several digits" in tab.view.verdict_bar.note
    assert my_digits.digits == ()
    for index, digit in enumerate(digits, 1):
        press(qtbot, tab, Qt.Key.Key_Right)
        assert tab.view.verdict_bar.text.startswith(f"{index} of 2: {digit} · ")
        assert str(tab.view.cards[1].prediction.digit) == digit
        assert tab.view.label_row.findChild(QToolButton, "right").toolTip() == f"Right, it was {digit}"
    press(qtbot, tab, Qt.Key.Key_2)
    assert tab.view.verdict_bar.actions_shown == ("Undo", "Keep", "All digits")
    qtbot.mouseClick(tab.findChild(QToolButton, "note_action_1"), Qt.MouseButton.LeftButton)
    (kept,) = my_digits.digits
    assert (kept.label, len(kept.content.strokes)) == (2, 1), "the one that is shown, alone"
    qtbot.mouseClick(tab.findChild(QToolButton, "note_action_2"), Qt.MouseButton.LeftButton)
    assert tab.view.verdict_bar.text.startswith("Looks like two digits: ")
    tab.view.canvas.clear()
    qtbot.waitUntil(lambda: tab.view.verdict_bar.text == "Draw a digit 0 to 9")
    assert tab.view.verdict_bar.actions_shown == ()


PANELS = [(Qt.Key.Key_W, WhyPanel), (Qt.Key.Key_F, FramingPanel), (Qt.Key.Key_S, StressPanel)]


@pytest.mark.parametrize(("key", "kind"), PANELS)
def test_several_digits_have_answers_once_one_is_clicked(open_tab, qtbot, key, kind):
    tab = open_tab(WidthPredictor())
    frames: list[object] = []
    press(qtbot, tab, key)
    panel, layout = tab.view.panel_dock.findChild(kind), tab.view
    tab.show_content(FOUR_TWO)
    tab.frame_changed.connect(frames.append)
    qtbot.waitUntil(lambda: layout.verdict_bar.text.startswith("Looks like two digits: "))
    assert "Click a digit to see its answers." in texts_of(panel)
    assert all(card.prediction is None for card in layout.cards.values())
    assert layout.frame_view.frame is None and frames[-1] is None, "together they look like no digit"
    assert "Click a digit to see it as they do." in [label.text() for label in layout.findChildren(QLabel)]
    layout.draw_actions.copy_prediction.trigger()
    assert layout.verdict_bar.note == "Click a digit to see its answers."
    press(qtbot, tab, Qt.Key.Key_Right)
    assert "Click a digit to see its answers." not in texts_of(panel)
    assert layout.frame_view.frame is frames[-1] is not None
    assert all(card.prediction is not None for card in layout.cards.values())
    press(qtbot, tab, Qt.Key.Key_Escape)
    assert "Click a digit to see its answers." in texts_of(panel)


@pytest.mark.parametrize(("key", "kind"), PANELS)
def test_a_dot_has_no_answer_in_a_panel_either(open_tab, qtbot, key, kind):
    tab = open_tab()
    press(qtbot, tab, key)
    panel = tab.view.panel_dock.findChild(kind)
    tab.show_content(DOT)
    qtbot.waitUntil(lambda: tab.view.verdict_bar.text == "Keep drawing")
    assert "Keep drawing." in texts_of(panel)
    assert tab.view.frame_view.frame is not None
    show_content(qtbot, tab)
    assert "Keep drawing." not in texts_of(panel)
    tab.show_content(DOT)
    qtbot.waitUntil(lambda: "Keep drawing." in texts_of(panel))


def test_what_is_a_digit_as_a_whole_is_not_taken_apart(open_tab, qtbot):
    tab = open_tab()
    show_content(qtbot, tab, FOUR_TWO)
    qtbot.wait(50)
    assert tab.view.verdict_bar.text.startswith("7 · all three agree")


class UnsurePredictor(FakePredictor):
    """Takes everything for a digit, but wide ink with less confidence than what it is asked to have."""

    def predict_one(self, frame) -> EnsemblePrediction:
        columns = np.flatnonzero(frame.any(axis=0))
        narrow = columns[-1] - columns[0] <= 16
        predictor = FakePredictor((7, 7, 7), 0.99) if narrow else FakePredictor((4, 4, 4), self.confidence)
        return predictor.predict_one(frame)


@pytest.mark.parametrize(
    ("confidence", "verdict"), [(0.7, "Looks like two digits: 7, 7"), (0.97, "4 · all three agree · 97\u00a0%")]
)
def test_a_picture_that_is_not_surely_one_digit_is_several_if_each_is_surer(open_tab, qtbot, confidence, verdict):
    tab = open_tab(UnsurePredictor(confidence=confidence))
    close = Drawing(tuple(stroke * (0.75, 1) for stroke in FOUR_TWO.strokes))  # no wider than a 4
    shrunk = [(stroke - (75, 200)) / 4 + 15 for stroke in close.strokes]
    tab.view.canvas.set_content(Picture(render_strokes(shrunk, 6, (140, 190))))
    qtbot.waitUntil(lambda: tab.view.verdict_bar.text == verdict)
    qtbot.wait(50)
    assert tab.view.verdict_bar.text == verdict
    tab.view.canvas.clear()
    show_content(qtbot, tab, close)  # of a drawing the detector is trusted
    qtbot.wait(50)
    assert tab.view.verdict_bar.text.startswith("4 · all three agree")


# -- framing, why, stress


def test_framing_shows_the_steps_and_what_is_said_without(open_tab, qtbot):
    tab = open_tab()
    press(qtbot, tab, Qt.Key.Key_F)

    panel = tab.view.panel_dock.findChild(FramingPanel)
    assert panel.sentence == "Draw a digit first."
    show_content(qtbot, tab)
    qtbot.waitUntil(panel.unframed.isVisible)


@pytest.mark.slow
def test_why_explains_the_answer_and_a_clicked_digit(open_tab, qtbot):

    tab = open_tab()
    show_content(qtbot, tab)
    press(qtbot, tab, Qt.Key.Key_W)
    panel = tab.view.panel_dock.findChild(WhyPanel)
    qtbot.waitUntil(lambda: not any(each.is_empty for each in panel.findChildren(HeatMap)))
    tab.view.cards[2].bar_clicked.emit(3)
    assert {card.bars.chosen for card in tab.view.cards.values()} == {3}
    tab.view.cards[1].bar_clicked.emit(3)
    assert {card.bars.chosen for card in tab.view.cards.values()} == {None}
    tab.view.cards[1].bar_clicked.emit(4)
    tab.view.panel_dock.close_panel()
    assert {card.bars.chosen for card in tab.view.cards.values()} == {None}


def test_a_click_on_a_bar_opens_why(open_tab, qtbot):
    tab = open_tab()
    show_content(qtbot, tab)
    tab.view.cards[1].bar_clicked.emit(2)
    assert tab.view.panel_dock.opened == "why"
    assert tab.view.cards[3].bars.chosen == 2


def test_stress_draws_lines_and_the_answers_follow_the_slider(open_tab, qtbot):

    tab = open_tab(FakePredictor(confidence=0.9))  # it says the row of the ink: shifted ink is another digit
    show_content(qtbot, tab)
    before = tab.view.cards[1].prediction.digit
    press(qtbot, tab, Qt.Key.Key_S)
    panel = tab.view.panel_dock.findChild(StressPanel)
    qtbot.waitUntil(lambda: panel.frame is not None)
    assert np.array_equal(panel.frame, frame_of(SEVEN))
    slider = panel.findChild(SeveritySlider)
    slider.setFocus()
    for _ in range(4):
        qtbot.keyClick(slider, Qt.Key.Key_PageUp)
    qtbot.waitUntil(lambda: tab.view.verdict_bar.text.startswith("Shift"))
    assert tab.view.cards[1].prediction.digit != before
    tab.view.panel_dock.close_panel()
    assert tab.view.cards[1].prediction.digit == before
    assert not tab.view.verdict_bar.text.startswith("Shift")


def test_opening_a_drawer_moves_nothing(open_tab, qtbot):
    tab = open_tab()
    show_content(qtbot, tab)

    def geometries() -> list:
        return [widget.mapTo(tab, QPoint(0, 0)).toTuple() + widget.size().toTuple() for widget in
                (tab.view.canvas, *tab.view.cards.values(), tab.view.frame_view)]  # fmt: skip

    before = geometries()
    for name in ("why", "framing", "stress", "my_digits"):
        tab.view.panel_dock.open(name)
        QApplication.processEvents()
        qtbot.wait(20)
        assert geometries() == before, name


def texts_of(panel) -> list[str]:
    return [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]


@pytest.mark.parametrize(
    ("key", "kind", "is_dimmed"),
    [
        (Qt.Key.Key_W, WhyPanel, lambda panel: all(each.is_muted for each in panel.findChildren(HeatMap))),
        (Qt.Key.Key_S, StressPanel, lambda panel: panel.plot.is_muted),
    ],
)
def test_what_is_old_is_dimmed_and_said_to_be_computed(open_tab, qtbot, gate, key, kind, is_dimmed):
    tab = open_tab()
    press(qtbot, tab, key)
    panel = tab.view.panel_dock.findChild(kind)
    assert "Draw a digit first." in texts_of(panel)
    gate.clear()
    show_content(qtbot, tab)  # nothing old to dim
    assert "Draw a digit first." not in texts_of(panel)
    assert COMPUTING in texts_of(panel)
    gate.set()
    qtbot.waitUntil(lambda: COMPUTING not in texts_of(panel))
    assert not is_dimmed(panel)
    gate.clear()
    tab.show_content(FOUR_TWO)
    qtbot.waitUntil(lambda: is_dimmed(panel))
    assert COMPUTING in texts_of(panel)
    gate.set()
    qtbot.waitUntil(lambda: not is_dimmed(panel))
    assert COMPUTING not in texts_of(panel)


@pytest.mark.parametrize(("key", "kind"), [(Qt.Key.Key_W, WhyPanel), (Qt.Key.Key_S, StressPanel)])
def test_no_digit_is_asked_for_beside_a_stroke_or_a_failure(open_tab, qtbot, key, kind):
    tab = open_tab()
    press(qtbot, tab, key)
    panel = tab.view.panel_dock.findChild(kind)
    canvas = tab.view.canvas
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().center() - QPoint(50, 50))
    qtbot.mouseMove(canvas, canvas.rect().center() + QPoint(50, 50))
    qtbot.waitUntil(lambda: tab.frame is not None)
    assert "Draw a digit first." not in texts_of(panel)
    assert COMPUTING in texts_of(panel)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().center() + QPoint(50, 50))
    qtbot.waitUntil(lambda: COMPUTING not in texts_of(panel))
    tab._on_failed("No run can answer.")
    assert "No run can answer." in texts_of(panel)
    assert "Draw a digit first." not in texts_of(panel)


def test_the_old_curves_are_dimmed_while_the_pen_draws(open_tab, qtbot):
    tab = open_tab()
    show_content(qtbot, tab)
    press(qtbot, tab, Qt.Key.Key_S)
    panel = tab.view.panel_dock.findChild(StressPanel)
    qtbot.waitUntil(lambda: bool(panel.plot.text_at(0)))
    canvas = tab.view.canvas
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().center())
    qtbot.mouseMove(canvas, canvas.rect().center() + QPoint(80, 80))
    qtbot.waitUntil(lambda: panel.plot.is_muted and panel.findChild(FrameView).is_muted)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().center() + QPoint(80, 80))
    qtbot.waitUntil(lambda: not panel.plot.is_muted and not panel.findChild(FrameView).is_muted)
