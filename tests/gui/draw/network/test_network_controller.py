"""The view of a network beside the Draw tab, with the shipped runs."""

from __future__ import annotations

import hashlib
import threading

import numpy as np
import onnx
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from mnist_gui.gui import theme
from mnist_gui.gui.draw.network.favourites_panel import FavouriteRow
from mnist_gui.gui.draw.network.network_source import NetworkSource
from mnist_gui.gui.draw.network.network_window import NetworkWindow
from mnist_gui.gui.draw.prediction_thread import PredictionThread
from mnist_gui.models.architectures import OWN
from mnist_gui.models.importing.conventions import Convention, Layout
from mnist_gui.models.importing.onnx_wrapper import wrap
from mnist_gui.models.inference.model_trial import trust_model
from mnist_gui.models.inference.predictor import load_predictor
from mnist_gui.models.inspection.network import ALL_ON
from mnist_gui.models.networks import chain, network_to_json, weight_shapes
from mnist_gui.models.onnx_writer import write_onnx
from mnist_gui.paths import resources_folder
from mnist_gui.runs.record import MODEL_FILE, RunError
from mnist_gui.runs.store import RunStore
from tests.gui.draw.draw_tab_actions import make_draw_tab, stroke


class Recorder:
    """A window's states, as they arrive."""

    def __init__(self, window):
        self.states = []
        set_state = window.set_state
        window.set_state = lambda state: (self.states.append(state), set_state(state))

    @property
    def last(self):
        return self.states[-1] if self.states else None


@pytest.fixture
def shipped_store(tmp_path):
    return RunStore(tmp_path / "runs", resources_folder() / "runs")


@pytest.fixture
def tab(qtbot, shipped_store, tiny_dataset):
    theme.apply(QApplication.instance(), "light")
    worker = PredictionThread(lambda: load_predictor(shipped_store))
    tab = make_draw_tab(worker, shipped_store, tiny_dataset)
    qtbot.addWidget(tab)
    tab.resize(1240, 720)
    tab.show()
    qtbot.waitExposed(tab)
    with qtbot.waitSignal(worker.loaded):
        worker.start()
    yield tab
    assert tab.shut_down()


def open_window(qtbot, tab):
    tab.view.panel_dock.open("why")
    button = tab.view.panel_dock.findChild(QPushButton, "network_button")
    assert button.text() == "How the network sees…"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    window = tab.findChild(NetworkWindow)
    qtbot.waitUntil(window.isActiveWindow)
    return window, Recorder(window)


def text(window, name):
    return window.findChild(QLabel, name).text()


@pytest.mark.slow
def test_it_shows_the_network_of_the_run_that_answers_and_follows_the_pen(tab, qtbot):
    window, recorder = open_window(qtbot, tab)
    assert text(window, "network_empty").startswith("Draw a digit")
    tab.activateWindow()  # as the click into the canvas does
    qtbot.waitUntil(tab.isActiveWindow)
    stroke(qtbot, tab, release=False)
    qtbot.waitUntil(lambda: recorder.last is not None)
    assert tab.view.canvas.is_drawing, "the pen is still down"
    qtbot.waitUntil(lambda: recorder.last.whole.frame is tab.frame)
    assert recorder.last.network.run == "model-1-best"
    qtbot.mouseRelease(tab.view.canvas, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: recorder.last.whole.frame is tab.frame)
    shown = tab.view.cards[1].prediction
    assert recorder.last.network.calibrated(recorder.last.whole) == pytest.approx(shown.probabilities, abs=1e-3)
    tab.view.canvas.clear()
    assert text(window, "network_empty").startswith("Draw a digit")
    assert not window.columns.isVisible()
    stroke(qtbot, tab, points=((0.5, 0.5),))
    qtbot.waitUntil(lambda: tab.view.verdict_bar.text == "Keep drawing")
    assert text(window, "network_empty") == "Keep drawing.", "as in the panels"


class SlowPredictor:
    """A predictor that answers only when told to."""

    def __init__(self, predictor):
        self._predictor = predictor
        self.problems = predictor.problems
        self.may_answer = threading.Event()
        self.may_answer.set()

    def predict(self, *arguments):
        assert self.may_answer.wait(10)
        return self._predictor.predict(*arguments)


def test_it_shows_what_is_drawn_before_the_models_have_answered(qtbot, shipped_store, tiny_dataset):
    slow = SlowPredictor(load_predictor(shipped_store))
    worker = PredictionThread(lambda: slow)
    tab = make_draw_tab(worker, shipped_store, tiny_dataset)
    qtbot.addWidget(tab)
    tab.show()
    qtbot.waitExposed(tab)
    with qtbot.waitSignal(worker.loaded):
        worker.start()
    window, recorder = open_window(qtbot, tab)
    stroke(qtbot, tab)
    qtbot.waitUntil(lambda: recorder.last is not None and recorder.last.whole.frame is tab.frame)
    slow.may_answer.clear()
    before = tab.frame
    stroke(qtbot, tab, ((0.3, 0.5), (0.7, 0.5)))
    qtbot.waitUntil(lambda: recorder.last.whole.frame is not before)
    assert tab.frame is before, "the cards still answer the drawing before"
    tab.view.canvas.clear()
    assert not window.columns.isVisible()
    slow.may_answer.set()
    assert tab.shut_down()


def test_a_filter_that_is_off_stays_off_while_the_user_draws(tab, qtbot):
    window, recorder = open_window(qtbot, tab)
    stroke(qtbot, tab)
    qtbot.waitUntil(lambda: recorder.last is not None and recorder.last.whole.frame is tab.frame)
    tiles = window.columns.areas[0]
    QApplication.processEvents()
    index = tiles.order[0]
    qtbot.mouseClick(tiles.viewport(), Qt.MouseButton.LeftButton, pos=tiles.tile(index).center())
    qtbot.waitUntil(lambda: recorder.last.off.count == 1)
    second = recorder.last.network.layers[1]
    assert not recorder.last.current.inputs(second)[..., index].any()
    assert text(window, "network_answer").startswith("1 filter off: ")
    stroke(qtbot, tab, ((0.3, 0.5), (0.7, 0.5)))
    qtbot.waitUntil(lambda: recorder.last.whole.frame is tab.frame)
    assert recorder.last.off.places == {(0, index)}
    qtbot.mouseClick(window.findChild(QPushButton, "network_all_on"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: recorder.last.off == ALL_ON)
    assert recorder.last.current is recorder.last.whole


def test_a_key_opens_it_from_the_canvas(tab, qtbot):
    tab.take_focus()
    qtbot.waitUntil(tab.view.canvas.hasFocus)
    qtbot.keyClick(tab.view.canvas, Qt.Key.Key_N)
    qtbot.waitUntil(lambda: tab.findChild(NetworkWindow) is not None and tab.findChild(NetworkWindow).isVisible())


@pytest.mark.slow
def test_another_model_and_another_run_are_shown(tab, qtbot):
    window, recorder = open_window(qtbot, tab)
    stroke(qtbot, tab)
    qtbot.waitUntil(lambda: recorder.last is not None and recorder.last.whole.frame is tab.frame)
    bar = window._model_bar
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(2).center())
    assert text(window, "network_empty") == "Preparing…"
    assert not window.columns.isVisible(), "the previous model is not shown under the name of this one"
    qtbot.waitUntil(lambda: recorder.last is not None and recorder.last.network.run == "model-3-best")
    tab.use_run("model-3-notebook")  # which comes without its weights
    qtbot.waitUntil(lambda: recorder.last.network.run == "model-3-notebook")
    assert window.windowTitle().endswith("model-3-notebook")


def imported_run(store):
    network = chain(
        (784,), ("Dense", {"units": 30, "activation": "relu"}), ("Dense", {"units": 10, "activation": "softmax"})
    )
    rng = np.random.default_rng(0)
    weights = {name: rng.normal(0, 0.05, shape) for name, shape in weight_shapes(network).items()}
    model = onnx.load_model_from_string(write_onnx(network, weights))
    content = wrap(model, Layout((784,), 28), Convention("0 to 255", is_dark_on_light=True)).SerializeToString()
    trust_model(OWN, hashlib.sha256(content).hexdigest())
    imported = {"file": "net.keras", "sha256": "0" * 64, "format": "keras", "side": 28, "accuracy": 0.5, "frames": 9}
    return store.create_imported("mine", imported, network_to_json(network), {MODEL_FILE: content}).name


def test_a_network_from_a_file_is_shown_and_its_units_are_switched_off(tab, qtbot, shipped_store):
    shipped_store.set_answering([imported_run(shipped_store)])
    tab.reload_runs()
    window, recorder = open_window(qtbot, tab)
    stroke(qtbot, tab)
    qtbot.waitUntil(lambda: recorder.last is not None and recorder.last.network.run == "mine")
    assert window.columns.areas[0].isVisible()
    assert "each unit weighs up" in text(window, "network_introduction")
    assert text(window, "network_sum_words").startswith("28×28 = 784 products and a bias, then ReLU.")
    units = window.columns.areas[0]
    qtbot.mouseClick(units.viewport(), Qt.MouseButton.LeftButton, pos=units.tile(units.order[0]).center())
    qtbot.waitUntil(lambda: recorder.last.off.count == 1)
    assert text(window, "network_answer").startswith("1 unit off: ")


def test_a_closed_window_costs_nothing_and_an_opened_one_is_up_to_date(tab, qtbot, monkeypatch):
    window, recorder = open_window(qtbot, tab)
    stroke(qtbot, tab)
    qtbot.waitUntil(lambda: recorder.last is not None)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    count = len(recorder.states)
    stroke(qtbot, tab, ((0.3, 0.5), (0.7, 0.5)))
    qtbot.wait(100)
    assert len(recorder.states) <= count + 1, "one may have been under way"
    button = tab.view.panel_dock.findChild(QPushButton, "network_button")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: recorder.last.whole.frame is tab.frame)


def test_a_run_that_cannot_be_looked_into_is_explained(tab, qtbot, monkeypatch):
    def fail(source, name):
        raise RunError(f"Run {name}: its layers are others.")

    monkeypatch.setattr(NetworkSource, "open", fail)
    window, _ = open_window(qtbot, tab)
    stroke(qtbot, tab)
    qtbot.waitUntil(lambda: "layers are others" in text(window, "network_empty"))
    assert window.windowTitle().endswith("Model 1 · model-1-best")


@pytest.mark.slow
def test_favourites_are_searched_on_request_and_known_afterwards(tab, qtbot, tiny_dataset):
    window, _ = open_window(qtbot, tab)
    stroke(qtbot, tab)
    search = window.findChild(QPushButton, "network_search")
    qtbot.waitUntil(search.isVisible)
    row = window.findChild(FavouriteRow)
    assert row.digits == []
    qtbot.mouseClick(search, Qt.MouseButton.LeftButton)
    words = "The 10 of 60 test digits"
    qtbot.waitUntil(lambda: text(window, "network_favourites_words").startswith(words), timeout=15_000)
    assert not search.isVisible()
    network, index = window._state.network, window._place.index
    first = network.layers[0]
    peaks = [network.activations(frame).values(first)[..., index].max() for frame in tiny_dataset.test.frames()]
    assert row.digits == np.argsort(-np.array(peaks), kind="stable")[:10].tolist()

    units = window.columns.areas[3]
    qtbot.keyClick(units, Qt.Key.Key_Down)
    assert row.digits != np.argsort(-np.array(peaks), kind="stable")[:10].tolist()
    # Back from another model, they are known.
    for model in (1, 0):
        qtbot.mouseClick(window._model_bar, Qt.MouseButton.LeftButton, pos=window._model_bar.tabRect(model).center())
        qtbot.waitUntil(lambda model=model: window.run == f"model-{model + 1}-best")
    qtbot.waitUntil(lambda: len(row.digits) > 0)
    assert not search.isVisible()


def test_closing_the_tab_ends_a_search(tab, qtbot, monkeypatch):
    began = threading.Event()
    cancelled = []

    def search(source, name, progress):
        known = source.known_favourites(name)
        while progress(known):
            began.set()
            threading.Event().wait(0.01)
        cancelled.append(name)

    monkeypatch.setattr(NetworkSource, "search_favourites", search)
    window, _ = open_window(qtbot, tab)
    stroke(qtbot, tab)
    button = window.findChild(QPushButton, "network_search")
    qtbot.waitUntil(button.isVisible)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(began.is_set)
    assert "test digits searched…" in text(window, "network_favourites_words")
    assert tab.shut_down()
    assert cancelled == ["model-1-best"]
    assert not window.isVisible()
