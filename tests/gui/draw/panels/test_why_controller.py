"""What the panel "Why" shows and asks for, on a real thread and models that weigh the ink."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QWidget

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import frame_of, framing_of
from mnist_gui.gui.draw.panels.explanation_thread import ExplanationThread
from mnist_gui.gui.draw.panels.panel_controller import COMPUTING
from mnist_gui.gui.draw.panels.why_controller import WhyController
from mnist_gui.gui.draw.prediction_thread import PredictionResult
from mnist_gui.gui.widgets.heat_map import HeatMap
from tests.fakes import FakePredictor

BAR = Drawing(([(500, 200), (500, 800)],))
HALF_OF_ITS_INK = float(frame_of(BAR).sum()) / 2
CHUNK = 16  # frames


class InkModel:
    """Says 7, or 1 for less than half of the bar's ink; waits for the gate, and counts the frames that it predicts."""

    temperature = None

    def __init__(self, model: int, gate: threading.Event) -> None:
        self.model, self.place, self.run, self.gate = model, model, f"model-{model}-fake", gate
        self.started = threading.Event()
        self.frames = 0

    def probabilities(self, frames) -> np.ndarray:
        self.started.set()
        assert self.gate.wait(10)
        self.frames += len(frames)
        logits = np.full((len(frames), 10), -30.0)
        logits[:, 7], logits[:, 1] = frames.sum(axis=(1, 2)) / 10, HALF_OF_ITS_INK / 10
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def gates():
    """A gate for each model, open unless a test closes it."""
    gates = {model: threading.Event() for model in (1, 2, 3)}
    for gate in gates.values():
        gate.set()
    yield gates
    for gate in gates.values():
        gate.set()


@pytest.fixture
def models(gates):
    return [InkModel(model, gate) for model, gate in gates.items()]


@pytest.fixture
def why(qtbot, models, gates):
    thread = ExplanationThread(lambda: models)
    controller = WhyController(thread)
    controller.thread = thread
    qtbot.addWidget(controller.panel)
    controller.panel.resize(900, 300)
    controller.panel.show()
    thread.start()
    controller.set_open(True)
    yield controller
    for gate in gates.values():
        gate.set()
    thread.shut_down()


def result_of(content: Drawing = BAR) -> PredictionResult:
    framing = framing_of(content)
    return PredictionResult(1, content, framing, FakePredictor((7, 7, 7)).predict_one(framing.frame))


def title(why, model=1) -> str:
    return picture(why, model).accessibleName()


def sentence(why, model=1) -> str:
    _title, label = why.panel.findChild(QWidget, f"why_{model}").findChildren(QLabel)
    return label.text().replace("\u00a0", " ")


def picture(why, model) -> HeatMap:
    return why.panel.findChild(QWidget, f"why_{model}").findChild(HeatMap)


def click_smallest_change(why) -> None:
    why.panel.findChild(QPushButton, "smallest_change").click()


def wait_for_scores(qtbot, why) -> None:
    qtbot.waitUntil(lambda: all("tenth" in sentence(why, model) for model in (1, 2, 3)))


def wait_for_changes(qtbot, why) -> None:
    qtbot.waitUntil(lambda: why.panel.status == "" and not picture(why, 3).is_empty)


def wait_until_idle(qtbot, why) -> None:
    """Wait until the thread has computed what was asked for: a sweep, which comes last."""
    with qtbot.waitSignal(why.thread.stressed):
        why.thread.stress(frame_of(BAR), "noise")


def frames_asked(models) -> int:
    return sum(model.frames for model in models)


def test_each_map_gets_its_deletion_score(why, qtbot):
    why.set_result(result_of())
    wait_for_scores(qtbot, why)
    assert title(why, 2) == "Model 2 · why 7"
    assert sentence(why, 2).splitlines()[0] == "This map explains little.", "a random tenth of this bar counts as much"
    assert "95 % of the confidence is left" in sentence(why, 2).splitlines()[1]


def test_the_map_of_another_digit_gets_a_score_of_its_own(why, qtbot):
    why.set_result(result_of())
    wait_for_scores(qtbot, why)
    own = sentence(why)
    why.toggle_digit(1)
    assert title(why) == "Model 1 · why 1"
    wait_for_scores(qtbot, why)
    assert sentence(why).endswith("without a random one, all."), "less ink speaks for 1"
    why.toggle_digit(1)
    assert sentence(why) == own, "it was known"


def test_the_smallest_change_of_every_model_is_said_and_drawn(why, qtbot):
    why.set_result(result_of())
    wait_for_scores(qtbot, why)
    click_smallest_change(why)
    wait_for_changes(qtbot, why)
    for model in (1, 2, 3):
        assert title(why, model) == f"Model {model} · 7 → 1"
        assert sentence(why, model).startswith("Rub out this ")
        assert sentence(why, model).endswith(" of the ink and it says 1.")
        assert picture(why, model).accessibleDescription().replace("\u00a0", " ") == sentence(why, model)


def test_another_digit_is_chosen_in_the_box_or_by_a_bar(why, qtbot):
    box = why.panel.findChild(QComboBox, "change_digit")
    why.set_result(result_of())
    click_smallest_change(why)
    wait_for_changes(qtbot, why)
    with qtbot.waitSignal(why.digit_selected, check_params_cb=lambda digit: digit == 3):
        qtbot.keyClick(box, "3")
    wait_for_changes(qtbot, why)
    qtbot.waitUntil(lambda: title(why, 3) == "Model 3 · 7 → 3")
    assert sentence(why, 3) == "No change was found that makes it say 3."
    why.toggle_digit(7)  # the bar of a card
    assert box.currentText() == "7"
    qtbot.waitUntil(lambda: sentence(why, 3) == "It says 7 already.")
    why.toggle_digit(7)
    assert box.currentText() == "nearest digit"
    assert title(why, 3) == "Model 3 · 7 → 1", "it was known"


def test_what_is_known_is_not_computed_again(why, qtbot, models):
    why.set_result(result_of())
    wait_for_scores(qtbot, why)
    click_smallest_change(why)
    wait_for_changes(qtbot, why)
    asked = frames_asked(models)
    click_smallest_change(why)
    assert title(why) == "Model 1 · why 7"
    assert "tenth" in sentence(why)
    click_smallest_change(why)
    assert title(why) == "Model 1 · 7 → 1"
    why.set_open(False)
    why.set_open(True)
    wait_until_idle(qtbot, why)
    assert frames_asked(models) == asked + 3 * 61, "those of the sweep"


def test_changes_appear_one_after_another(why, qtbot, gates):
    why.set_result(result_of())
    wait_for_scores(qtbot, why)
    gates[3].clear()
    click_smallest_change(why)
    qtbot.waitUntil(lambda: title(why, 2) == "Model 2 · 7 → 1")
    assert why.panel.status == COMPUTING
    assert picture(why, 3).is_empty
    gates[3].set()
    wait_for_changes(qtbot, why)
    gates[3].clear()
    why.set_outdated()
    why.set_result(result_of())
    qtbot.waitUntil(lambda: picture(why, 3).is_muted)
    qtbot.waitUntil(lambda: not picture(why, 2).is_muted)
    assert picture(why, 3).is_muted, "that of the drawing before"
    gates[3].set()
    wait_for_changes(qtbot, why)
    assert not picture(why, 3).is_muted


@pytest.mark.parametrize("interrupt", ["set_outdated", "close"])
def test_a_stroke_or_closing_ends_the_search(why, qtbot, models, gates, interrupt):
    why.set_result(result_of())
    wait_for_scores(qtbot, why)
    wait_until_idle(qtbot, why)
    asked = frames_asked(models)
    models[0].started.clear()
    gates[1].clear()
    click_smallest_change(why)
    assert models[0].started.wait(10)
    if interrupt == "close":
        why.set_open(False)
    else:
        why.set_outdated()
    gates[1].set()
    wait_until_idle(qtbot, why)
    assert frames_asked(models) - asked <= CHUNK + 3 * 61, "the chunk under way, and the sweep"
    why.set_open(True)
    why.set_result(result_of())
    wait_for_changes(qtbot, why)
    assert title(why) == "Model 1 · 7 → 1"


def test_a_view_chosen_beside_a_stroke_or_a_blank_canvas_says_so(why, qtbot):
    click_smallest_change(why)
    assert why.panel.status == "Draw a digit first."
    why.set_result(result_of())
    wait_for_changes(qtbot, why)
    why.set_outdated()
    click_smallest_change(why)
    assert why.panel.status == COMPUTING
    why.set_result(None, "Draw a digit first.")
    assert why.panel.status == "Draw a digit first."
