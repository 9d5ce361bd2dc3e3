from __future__ import annotations

import json
import threading

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QTabWidget, QWidget

from mnist_gui.digits.dataset import Dataset
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.picture import Picture
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui import theme
from mnist_gui.gui.draw.draw_tab import SETTLING_MS, DrawTab
from mnist_gui.gui.draw.panels.explanation_thread import ExplanationThread
from mnist_gui.gui.draw.prediction_thread import PredictionThread
from mnist_gui.gui.fine_tuning_service import FineTuningService
from mnist_gui.models.inference.predictor import EnsemblePrediction
from mnist_gui.runs.run import MODEL_FILE
from mnist_gui.runs.store import RunStore
from tests.fakes import FakePredictor

DATA = {"name": "bars", "checksum": "bars-checksum"}
SEVEN = ((0.2, 0.2), (0.5, 0.2), (0.8, 0.2), (0.6, 0.5), (0.4, 0.8))
STROKE = Drawing((np.array([[200.0, 200.0], [800.0, 200.0], [500.0, 800.0]]),))


def make_draw_tab(worker: PredictionThread, store: RunStore, dataset: Dataset) -> DrawTab:
    explainer = ExplanationThread(tuple, lambda name: pytest.fail(f"nobody asked for the feature maps of {name}"))
    my_digits = UserDigitStore(store.folder.parent / "my-digits.jsonl")
    return DrawTab(worker, explainer, store, lambda: dataset, my_digits, FineTuningService(store, my_digits))


class HeldPredictor(FakePredictor):
    """Answers when it may."""

    def __init__(self) -> None:
        super().__init__((7, 7, 7))
        self.may = threading.Event()
        self.began = threading.Event()

    def predict_one(self, frame) -> EnsemblePrediction:
        self.began.set()
        assert self.may.wait(5)
        return super().predict_one(frame)


@pytest.fixture
def open_tab(qtbot, store, tiny_dataset):
    """A function that opens the tab, by default on a predictor that says 7, 7, 7, and waits until it is ready."""
    opened: list[tuple[DrawTab, PredictionThread]] = []

    def open_it(predictor=None, *, load=None) -> DrawTab:
        theme.apply(QApplication.instance(), "light")
        fake = predictor or FakePredictor((7, 7, 7), 0.98)
        worker = PredictionThread(load or (lambda: fake))
        tab = make_draw_tab(worker, store, tiny_dataset)
        opened.append((tab, worker))
        qtbot.addWidget(tab)
        tab.resize(1000, 640)
        tab.show()
        qtbot.waitExposed(tab)
        with qtbot.waitSignal(worker.loaded if load is None else worker.failed):
            worker.start()
        return tab

    yield open_it
    for tab, worker in opened:
        tab.shut_down()
        worker.shut_down()


def stroke(qtbot, tab: DrawTab, points=SEVEN, *, release: bool = True) -> None:
    """Draw with the mouse; places are parts of the canvas."""
    canvas = tab.view.canvas
    places = [QPoint(round(x * canvas.width()), round(y * canvas.height())) for x, y in points]
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=places[0])
    for place in places[1:]:
        qtbot.mouseMove(canvas, place)
    if release:
        qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=places[-1])


def digits(tab: DrawTab) -> list[int | None]:
    return [card.prediction.digit if card.prediction else None for card in tab.view.cards.values()]


def note_of(tab: DrawTab, qtbot, part: str) -> None:
    """Wait until the note says it."""
    qtbot.waitUntil(lambda: part in tab.view.verdict_bar.note)


# -- drawing


def test_it_opens_with_an_invitation_and_the_canvas_first(open_tab):
    tab = open_tab()
    assert tab.view.verdict_bar.text == "Draw a digit 0 to 9"
    assert digits(tab) == [None, None, None]
    assert tab.window().focusWidget() is tab.view.canvas


def test_what_is_drawn_is_answered_on_three_cards_with_their_runs(open_tab, qtbot):
    tab = open_tab()
    stroke(qtbot, tab)
    qtbot.waitUntil(lambda: digits(tab) == [7, 7, 7])
    assert tab.view.verdict_bar.text == "7 · all three agree · 98\u00a0%"
    for model, card in tab.view.cards.items():
        assert f"model-{model}-fake" in card.run_button.toolTip()
    assert tab.view.frame_view.frame is not None


def test_answers_follow_the_pen_while_it_is_down(open_tab, qtbot):
    tab = open_tab()
    frames: list[object] = []
    tab.frame_changed.connect(frames.append)
    stroke(qtbot, tab, release=False)
    qtbot.waitUntil(lambda: digits(tab) == [7, 7, 7])
    assert tab.view.canvas.is_drawing
    assert frames[-1].shape == (28, 28)
    stroke(qtbot, tab, points=SEVEN[-1:])


def test_a_dot_says_keep_drawing_and_gets_no_answer(open_tab, qtbot):
    tab = open_tab()
    stroke(qtbot, tab, points=SEVEN[:1])
    qtbot.waitUntil(lambda: tab.view.verdict_bar.text == "Keep drawing")
    qtbot.wait(SETTLING_MS + 100)
    assert tab.view.verdict_bar.text == "Keep drawing"
    assert digits(tab) == [None, None, None]


def test_uncertain_is_said_only_a_while_after_the_pen_went_up(open_tab, qtbot):
    tab = open_tab(FakePredictor((4, 9, 2), 0.4))
    stroke(qtbot, tab, release=False)
    qtbot.waitUntil(lambda: digits(tab) == [4, 9, 2])
    qtbot.wait(SETTLING_MS + 100)
    assert tab.view.verdict_bar.text == "Keep drawing"
    assert not tab.view.cards[1].bars.muted
    qtbot.mouseRelease(tab.view.canvas, Qt.MouseButton.LeftButton)
    assert tab.view.verdict_bar.text == "Keep drawing"
    qtbot.waitUntil(lambda: tab.view.verdict_bar.text.startswith("Uncertain: perhaps"))
    assert all(card.bars.muted for card in tab.view.cards.values())
    assert digits(tab) == [4, 9, 2]


def test_a_drawing_is_announced_once_when_the_pen_rests(open_tab, qtbot, monkeypatch):
    tab = open_tab()
    said: list[str] = []
    monkeypatch.setattr(tab.view.verdict_bar, "announce", lambda: said.append(tab.view.verdict_bar.text))
    stroke(qtbot, tab)
    qtbot.waitUntil(lambda: digits(tab) == [7, 7, 7])
    qtbot.wait(SETTLING_MS + 200)
    assert said == ["7 · all three agree · 98\u00a0%"]


def test_clear_invites_at_once_and_a_late_answer_does_not_come_back(open_tab, qtbot):
    predictor = HeldPredictor()
    tab = open_tab(predictor)
    stroke(qtbot, tab)
    assert predictor.began.wait(5)
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_Delete)
    assert tab.content.is_blank
    assert tab.view.verdict_bar.text == "Draw a digit 0 to 9"
    predictor.may.set()
    qtbot.wait(150)
    assert digits(tab) == [None, None, None]
    assert tab.view.verdict_bar.text == "Draw a digit 0 to 9"
    assert tab.view.frame_view.frame is None


def test_undo_and_redo_by_keys_bring_digit_and_answer_back(open_tab, qtbot):
    tab = open_tab()
    assert not tab.view.draw_actions.undo.isEnabled()
    stroke(qtbot, tab)
    drawn = tab.content
    ctrl, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_Z, ctrl)
    assert tab.content.is_blank
    assert digits(tab) == [None, None, None]
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_Z, ctrl | shift)
    assert tab.content is drawn
    qtbot.waitUntil(lambda: digits(tab) == [7, 7, 7])
    assert tab.view.draw_actions.undo.isEnabled()


def test_pen_and_eraser_are_a_pair_with_letters_of_their_own(open_tab, qtbot):
    tab = open_tab()
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_E)
    assert tab.view.canvas.tool == "eraser"
    assert tab.view.draw_actions.eraser.isChecked()
    assert not tab.view.draw_actions.pen.isChecked()
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_P)
    assert tab.view.canvas.tool == "pen"
    assert "(P)" in tab.view.draw_actions.pen.toolTip()


def test_after_clear_the_canvas_can_be_drawn_on_whatever_was_in_hand(open_tab, qtbot):
    tab = open_tab()
    stroke(qtbot, tab)
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_E)
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_Delete)
    assert tab.view.draw_actions.pen.isChecked()
    stroke(qtbot, tab)
    assert not tab.content.is_blank


# -- loading


def test_what_is_wrong_with_a_run_is_said_and_the_rest_answers(open_tab, qtbot):
    predictor = FakePredictor((7, 7, 7))
    predictor.problems = ("Run mine: model.tflite is cut short (1 of 2 bytes).",)
    tab = open_tab(predictor)
    assert "cut short" in tab.view.verdict_bar.note
    stroke(qtbot, tab)
    qtbot.waitUntil(lambda: digits(tab) == [7, 7, 7])


def test_no_model_at_all_is_a_sentence(open_tab, qtbot):
    def load():
        raise RuntimeError("Model 1 has no run that can answer; train one in the Train tab.")

    tab = open_tab(load=load)
    assert "train one in the Train tab" in tab.view.verdict_bar.text
    stroke(qtbot, tab)
    assert "train one in the Train tab" in tab.view.verdict_bar.text
    assert tab.view.cards[1].status == "No run: train one"


def test_a_drawing_restored_before_the_models_are_there_is_answered_when_they_are(qtbot, store, tiny_dataset):
    worker = PredictionThread(lambda: FakePredictor((3, 3, 3)))
    tab = make_draw_tab(worker, store, tiny_dataset)
    qtbot.addWidget(tab)
    tab.restore(STROKE)
    assert tab.view.verdict_bar.text == "Loading the models…"
    worker.start()
    try:
        qtbot.waitUntil(lambda: digits(tab) == [3, 3, 3])
        assert tab.content == STROKE
    finally:
        worker.shut_down()


# -- digits from elsewhere


@pytest.mark.slow
def test_a_random_digit_comes_with_its_label_and_undo_brings_the_drawing_back(open_tab, qtbot):
    tab = open_tab()
    stroke(qtbot, tab)
    drawn = tab.content
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_R)
    assert not tab.view.draw_actions.random.isEnabled()
    note_of(tab, qtbot, "MNIST test digit")
    assert isinstance(tab.content, Picture)
    mark = "✓" if tab.content.label == 7 else "✗"
    note_of(tab, qtbot, f"labelled {tab.content.label} {mark}")
    assert tab.view.draw_actions.random.isEnabled()
    first = tab.view.verdict_bar.note
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_R)  # loaded by now
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    note_of(tab, qtbot, first)
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert tab.content is drawn
    assert tab.view.verdict_bar.note == ""


def test_the_first_stroke_over_a_test_digit_takes_its_label_away(open_tab, qtbot):
    tab = open_tab()
    tab.show_content(Picture(np.eye(28, dtype=np.float32), 5, framed=True), "MNIST test digit 15")
    note_of(tab, qtbot, "MNIST test digit 15 · labelled 5 ✗")
    stroke(qtbot, tab)
    assert isinstance(tab.content, Drawing)
    assert tab.view.verdict_bar.note == ""


def test_what_is_not_drawn_is_judged_at_once(open_tab, qtbot):
    tab = open_tab(FakePredictor((4, 9, 2), 0.4))
    shown: list[str] = []
    tab.frame_changed.connect(lambda _frame: shown.append(tab.view.verdict_bar.text))
    tab.show_content(Picture(np.eye(28, dtype=np.float32), framed=True), "MNIST test digit 15")
    qtbot.waitUntil(lambda: tab.view.verdict_bar.text.startswith("Uncertain"))
    assert "Keep drawing" not in shown


def test_a_picture_file_is_shown(open_tab, qtbot, tmp_path):
    image = np.full((60, 40), 255, np.uint8)
    image[10:50, 18:22] = 0
    Image.fromarray(image).save(tmp_path / "one.png")
    tab = open_tab()
    tab.open_file(tmp_path / "one.png")
    qtbot.waitUntil(lambda: isinstance(tab.content, Picture))
    assert "one.png" in tab.view.verdict_bar.note
    qtbot.waitUntil(lambda: digits(tab) == [7, 7, 7])


def test_a_drawing_is_saved_and_opened_again(open_tab, qtbot, tmp_path):
    tab = open_tab()
    tab.restore(STROKE.with_label(7))
    tab._exporter.save(tab.content, tmp_path / "mine.json")
    assert "Saved as mine.json" in tab.view.verdict_bar.note
    assert Drawing.from_json(json.loads((tmp_path / "mine.json").read_text())) == STROKE.with_label(7)
    tab.view.canvas.clear()
    tab.open_file(tmp_path / "mine.json")
    note_of(tab, qtbot, "mine.json · labelled 7 ✓")
    assert tab.content == STROKE.with_label(7)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("text.png", b"this is no picture", "text.png is not a picture of a known kind"),
        ("empty.png", b"", "empty.png is empty."),
        ("missing.png", None, "missing.png does not exist"),
        ("half.json", b'{"strokes": [[[0, 0], [1', "half.json: The text is not JSON"),
        ("nan.json", b'{"strokes": [[[0, NaN]]]}', "nan.json: The JSON has NaN"),
        ("blank.json", b'{"strokes": []}', "blank.json: there is no ink in it"),
        ("empty.jsonl", b"\n", "empty.jsonl is empty"),
    ],
)
def test_a_bad_file_is_a_sentence_and_the_drawing_is_kept(open_tab, qtbot, tmp_path, name, content, sentence):
    tab = open_tab()
    tab.restore(STROKE)
    if content is not None:
        (tmp_path / name).write_bytes(content)
    tab.open_file(tmp_path / name)
    note_of(tab, qtbot, sentence)
    assert tab.content == STROKE
    assert str(tmp_path) not in tab.view.verdict_bar.note


@pytest.mark.parametrize("name", ["cmyk.jpg", "deep.png", "animated.gif", "turned.jpg", "50-megapixels.jpg"])
def test_pictures_of_every_kind_are_shown(open_tab, qtbot, tmp_path, name):
    tab = open_tab()
    side = 7100 if name.startswith("50") else 300
    paper = Image.new("L", (side, side), 250)
    paper.paste(20, (side // 2, side // 5, side // 2 + side // 12, side - side // 5))
    turned = Image.Exif()
    turned[0x0112] = 6
    match name:
        case "cmyk.jpg":
            paper.convert("RGB").convert("CMYK").save(tmp_path / name)
        case "deep.png":
            Image.fromarray(np.asarray(paper).astype(np.uint16) * 257).save(tmp_path / name)
        case "animated.gif":
            paper.save(tmp_path / name, save_all=True, append_images=[Image.new("L", paper.size, 250)])
        case "turned.jpg":
            paper.rotate(90, expand=True).save(tmp_path / name, exif=turned)
        case _:
            paper.save(tmp_path / name)
    tab.open_file(tmp_path / name)
    qtbot.waitUntil(lambda: digits(tab) == [7, 7, 7] and isinstance(tab.content, Picture), timeout=20_000)
    rows, columns = np.nonzero(tab.content.ink > 0.5)
    assert np.ptp(rows) > 3 * np.ptp(columns)


@pytest.mark.slow
def test_a_drawing_of_100_000_points_is_shown_and_answered(open_tab, qtbot, tmp_path):
    turns = np.linspace(0, 400, 100_000)
    points = np.stack([500 + turns * np.cos(turns), 500 + turns * np.sin(turns)], axis=1)
    (tmp_path / "many.json").write_text(json.dumps({"strokes": [points.round(2).tolist()]}))
    tab = open_tab()
    tab.open_file(tmp_path / "many.json")
    qtbot.waitUntil(lambda: digits(tab) == [7, 7, 7], timeout=20_000)
    assert tab.content.point_count == 100_000
    assert not tab.view.canvas.grab().isNull()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a shopping list", "The clipboard holds text, not a picture or a drawing."),
        ('{"strokes": 3}', "The clipboard holds text that is no drawing:"),
        ("", "not a picture or a drawing."),
    ],
)
def test_pasted_text_is_a_sentence_and_the_drawing_is_kept(open_tab, qtbot, text, sentence):
    tab = open_tab()
    tab.restore(STROKE)
    QGuiApplication.clipboard().setText(text)
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    note_of(tab, qtbot, sentence)
    assert tab.content == STROKE


def test_a_drawing_and_a_picture_are_pasted(open_tab, qtbot):
    tab = open_tab()
    QGuiApplication.clipboard().setText(json.dumps(STROKE.to_json()))
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert tab.content == STROKE
    image = QImage(50, 50, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    for y in range(10, 40):
        image.setPixelColor(25, y, Qt.GlobalColor.black)
    QGuiApplication.clipboard().setImage(image)
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    note_of(tab, qtbot, "Pasted picture")
    assert np.count_nonzero(tab.content.ink) == 30


def drop(tab, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    left, none, copy = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    enter = QDragEnterEvent(QPoint(50, 200), copy, data, left, none)
    QApplication.sendEvent(tab, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(tab, QDropEvent(QPointF(50, 200), copy, data, left, none))


# PySide6 6.12 prefers a constructor that 6.11 lacks.
@pytest.mark.filterwarnings("ignore:.*QDragEnterEvent:DeprecationWarning")
@pytest.mark.parametrize(
    ("names", "called"),
    [
        (["a.json"], "a.json"),
        (["many.jsonl"], "many.jsonl (its first drawing)"),
        (["a.json", "many.jsonl"], "a.json (the first of 2 files)"),
    ],
)
def test_a_file_is_dropped_on_the_canvas(open_tab, qtbot, tmp_path, names, called):
    (tmp_path / "a.json").write_text(json.dumps(STROKE.to_json()))
    (tmp_path / "many.jsonl").write_text(json.dumps(STROKE.to_json()) + "\n{}\n")
    tab = open_tab()
    drop(tab, *(tmp_path / name for name in names))
    qtbot.waitUntil(lambda: tab.content == STROKE)
    assert tab.view.verdict_bar.note == called


def test_nothing_to_save_is_said(open_tab, qtbot):
    tab = open_tab()
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert tab.view.verdict_bar.note == "There is nothing to save: draw a digit first."


@pytest.mark.parametrize("leave", ["another run", "another tab", "a stroke"])
def test_what_was_said_does_not_stay(open_tab, qtbot, tmp_path, runs, leave):
    tab = open_tab()
    tab.open_file(tmp_path / "missing.png")
    note_of(tab, qtbot, "missing.png does not exist")
    if leave == "another run":
        with qtbot.waitSignal(tab._prediction_thread.loaded):
            tab.use_run(1, runs[1])
    elif leave == "another tab":
        tab.hide()
        tab.show()
    else:
        stroke(qtbot, tab)
    assert tab.view.verdict_bar.note == ""


# -- runs


@pytest.fixture
def runs(store, tmp_path) -> list[str]:
    """Two runs of model 1 that can answer, one that cannot, a shipped one, and one of model 2."""
    shipped = RunStore(tmp_path / "shipped", tmp_path / "none").create(1, {"name": "notebook"}, 0, DATA)
    names = [shipped.name]
    shipped.commit(epochs=3, files={MODEL_FILE: shipped.write_file(MODEL_FILE, lambda path: path.write_bytes(b"m"))})
    for model, name, answers in ((1, "quick", True), (1, "fast", True), (1, "new", False), (2, "quick", True)):
        run = store.create(model, {"name": name}, 0, DATA)
        names.append(run.name)
        if answers:
            entry = run.write_file(MODEL_FILE, lambda path: path.write_bytes(b"m"))
            run.commit(epochs=1, status="completed", files={MODEL_FILE: entry})
    return names


def run_menu(qtbot, tab: DrawTab, model: int):
    """Press the run's name on a card; return the menu that opens."""
    qtbot.mouseClick(tab.view.cards[model].run_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None)
    return QApplication.activePopupWidget()


def test_the_run_menu_lists_what_can_answer_and_switches(open_tab, qtbot, store, runs):
    shipped, quick, fast, _new, _other = runs
    tab = open_tab()
    assert shipped in tab.view.cards[1].run_button.toolTip()
    menu = run_menu(qtbot, tab, 1)
    entries = {action.text(): action for action in menu.actions()}
    names = [text.split(" · ")[0] for text in entries]
    assert names[0] == shipped
    assert sorted(names[1:]) == sorted([quick, fast])
    assert [action.isChecked() for action in entries.values()] == [True, False, False]
    assert "shipped · 3 epochs" in next(iter(entries))
    chosen = menu.actions()[names.index(quick)]
    with qtbot.waitSignals([tab.runs_changed, tab._prediction_thread.loaded]):
        qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(chosen).center())
    assert store.active(1).name == quick
    assert quick in tab.view.cards[1].run_button.toolTip()

    menu = run_menu(qtbot, tab, 1)
    assert [action.text().split(" · ")[0] for action in menu.actions() if action.isChecked()] == [quick]
    back = menu.actions()[-1]
    assert back.text() == "Back to shipped"
    with qtbot.waitSignals([tab.runs_changed, tab._prediction_thread.loaded]):
        qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(back).center())
    assert store.active(1).name == shipped


def test_a_model_without_a_run_says_what_to_do(open_tab, qtbot, runs):
    tab = open_tab()
    assert tab.view.cards[3].status == "No run: train one"
    menu = run_menu(qtbot, tab, 3)
    assert "train one in the Train tab" in menu.actions()[0].text()
    qtbot.keyClick(menu, Qt.Key.Key_Escape)


def test_a_run_that_cannot_be_used_is_a_sentence(open_tab, store, runs):
    tab = open_tab()
    tab.use_run(1, runs[3])
    assert "has no exported model yet" in tab.view.verdict_bar.note
    assert store.active(1).name == runs[0]


# -- looks


@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.slow
def test_everything_fits_into_the_smallest_window(open_tab, qtbot, scale):
    tab = open_tab()
    theme.apply(QApplication.instance(), "light", scale)
    tab.resize(1024, 610)
    qtbot.wait(50)
    least = tab.minimumSizeHint()
    assert (least.width() <= 1024, least.height() <= 610) == (True, True)
    theme.apply(QApplication.instance(), "light")


def test_everything_that_can_be_pressed_is_named_and_large_enough(open_tab):
    tab = open_tab()
    for button in tab.findChildren(QAbstractButton):
        assert button.accessibleName(), button.text()
        assert button.height() >= 32, button.text()


@pytest.mark.parametrize("size", [(1024, 640), (1600, 950)])
@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.slow
def test_cards_and_canvas_stay_in_line_whatever_happens_while_hidden(qtbot, store, tiny_dataset, size, first):
    app = QApplication.instance()
    theme.apply(app, "light")
    tab = make_draw_tab(PredictionThread(lambda: FakePredictor((7, 7, 7))), store, tiny_dataset)
    tabs = QTabWidget()
    tabs.addTab(tab, "Draw")
    tabs.addTab(QWidget(), "Other")
    qtbot.addWidget(tabs)
    tabs.resize(*size)
    tabs.setCurrentIndex(first)
    tabs.show()
    tabs.setCurrentIndex(0)
    qtbot.wait(20)
    assert_is_laid_out(tab)
    tabs.setCurrentIndex(1)
    theme.apply(app, "dark", 1.5)
    qtbot.wait(20)
    tabs.setCurrentIndex(0)
    qtbot.wait(20)
    assert_is_laid_out(tab)
    theme.apply(app, "light")  # in view
    qtbot.wait(20)
    assert_is_laid_out(tab)


def assert_is_laid_out(tab: DrawTab) -> None:
    """The canvas is a square and begins where the cards do, and another resize would change nothing."""
    place = tab.view.canvas.mapTo(tab, QPoint(0, 0))
    assert tab.view.canvas.width() == tab.view.canvas.height()
    assert {card.mapTo(tab, QPoint(0, 0)).y() for card in tab.view.cards.values()} == {place.y()}
    before = tab.view.canvas.geometry()
    tab.resize(tab.width() + 1, tab.height())
    tab.resize(tab.width() - 1, tab.height())
    QApplication.processEvents()
    assert tab.view.canvas.geometry() == before
    assert tab.view.canvas.mapTo(tab, QPoint(0, 0)) == place


def test_an_answer_leaves_every_card_as_wide_as_it_was(open_tab, qtbot):
    tab = open_tab()
    before = [card.geometry() for card in tab.view.cards.values()]
    stroke(qtbot, tab)
    qtbot.waitUntil(lambda: digits(tab) == [7, 7, 7])
    QApplication.processEvents()
    assert [card.geometry() for card in tab.view.cards.values()] == before
