from __future__ import annotations

import threading
from functools import partial
from statistics import fmean

import numpy as np
import pytest

from mnist_gui.analysis.occlusion import explain, score_deletion
from mnist_gui.digits.corruptions import CORRUPTIONS, corrupt
from mnist_gui.gui.draw.panels.explanation_thread import ExplanationThread, sweep_amounts
from mnist_gui.models.inference.calibration import calibrate
from mnist_gui.models.inference.predictor import LoadedModel, load_predictor
from mnist_gui.paths import resources_folder
from mnist_gui.runs.record import RunError
from mnist_gui.runs.store import RunStore


class BarModel:
    """Predicts 3 with a confidence that grows with the ink in the upper half; waits for the gate, if any."""

    def __init__(self, model, temperature=None, gate=None):
        self.model = self.place = model
        self.run = f"model-{model}-fake"
        self.temperature = temperature
        self.gate = gate
        self.started = threading.Event()
        self.requests = []

    def probabilities(self, frames):
        self.requests.append(frames)
        self.started.set()
        if self.gate is not None:
            assert self.gate.wait(10)
        logits = np.zeros((len(frames), 10))
        logits[:, 3] = 0.1 * frames[:, :14].sum(axis=(1, 2))
        odds = np.exp(logits)
        return (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)


class DoubtfulModel(BarModel):
    """Says 1 for little ink."""

    def probabilities(self, frames):
        found = super().probabilities(frames)
        found[:, 1] = 0.3
        return found


class SignalRecorder:
    """Records all signals of a thread in order."""

    def __init__(self, thread):
        self.all = []
        for kind in ("explained", "scored", "changed", "stressed", "failed"):
            getattr(thread, kind).connect(lambda *values, kind=kind: self.all.append((kind, *values)))

    @property
    def kinds(self):
        return [kind for kind, *_ in self.all]


@pytest.fixture
def gate():
    return threading.Event()


@pytest.fixture
def start_thread(gate):
    """Return a function that starts a thread on models or on a function that loads them."""
    threads = []

    def start(load):
        models = load if isinstance(load, list) else None
        thread = ExplanationThread(load if models is None else lambda: models)
        threads.append(thread)
        thread.start()
        return thread, SignalRecorder(thread)

    yield start
    gate.set()
    for thread in threads:
        thread.shut_down()


def drawn(column=12):
    frame = np.zeros((28, 28), np.float32)
    frame[5:23, column : column + 3] = 1
    return frame


def test_every_model_explains_the_frame(start_thread, qtbot):
    thread, recorder = start_thread([BarModel(1), BarModel(2), BarModel(3)])
    frame = drawn()
    thread.explain(frame)
    qtbot.waitUntil(lambda: recorder.kinds == ["explained"])
    _, received, explanations = recorder.all[0]
    assert received is frame
    assert sorted(explanations) == [1, 2, 3]
    assert explanations[2].model == 2
    found = explanations[2].map_for(3)
    assert found[6:10, 13].min() > 0.1
    assert abs(found[18:22, 13]).max() < 0.1


def test_explanations_are_scored_for_a_digit_of_each_model(start_thread, qtbot):
    thread, recorder = start_thread([BarModel(1), BarModel(2, temperature=2.0)])
    frame = drawn()
    explanations = {model: explain(BarModel(model), frame) for model in (1, 2)}
    digits = {1: 3, 2: 5}
    thread.score(frame, explanations, digits)
    qtbot.waitUntil(lambda: recorder.kinds == ["scored"])
    _, received, scored, scores = recorder.all[0]
    assert received is frame
    assert scored == digits
    for model, loaded in ((1, BarModel(1)), (2, BarModel(2, temperature=2.0))):
        evidence = explanations[model].map_for(digits[model])
        assert scores[model] == score_deletion(loaded, frame, evidence, digits[model])
    assert scores[1].marked < fmean(scores[1].random) < 1 < fmean(scores[2].random)


def test_changes_are_found_for_one_model_after_another(start_thread, qtbot):
    thread, recorder = start_thread([DoubtfulModel(1), DoubtfulModel(2)])
    frame = drawn()
    thread.find_changes(frame, None, [1, 2, 3])
    thread.find_changes(frame, 3, [1])  # takes the place of the first
    qtbot.waitUntil(lambda: len(recorder.all) == 3)
    assert [(target, model) for _, _, target, model, _ in recorder.all] == [(None, 2), (None, 3), (3, 1)]
    assert all(received is frame for _, received, *_ in recorder.all)
    changes = [change for *_, change in recorder.all]
    assert (changes[0].digit, changes[0].target) == (3, 1)
    assert changes[1:] == [None, None], "there is no model 3, and the other says 3 already"


def test_a_cancelled_explanation_ends_and_a_sweep_goes_on(start_thread, qtbot, gate):
    model = BarModel(1, gate=gate)
    thread, recorder = start_thread([model])
    thread.find_changes(drawn(), None, [1])
    assert model.started.wait(10)
    thread.explain(drawn())
    thread.stress(drawn(), "noise")
    thread.cancel_explanations()
    gate.set()
    qtbot.waitUntil(lambda: bool(recorder.all))
    qtbot.wait(20)
    assert recorder.kinds == ["stressed"]
    assert len(model.requests) == 1 + 4, "a chunk of the search, and the sweep"


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_sweep_covers_the_range_and_hits_the_neutral_amount(name):
    amounts, corruption = sweep_amounts(name), CORRUPTIONS[name]
    assert amounts.shape == (61,)
    assert (amounts[0], amounts[-1]) == (corruption.low, corruption.high)
    assert (np.diff(amounts) > 0).all()
    assert corruption.neutral in amounts.tolist()


def test_the_frame_is_stressed_and_the_answers_are_calibrated(start_thread, qtbot):
    models = [BarModel(1), BarModel(2, temperature=2.0)]
    thread, recorder = start_thread(models)
    frame = drawn()
    thread.stress(frame, "rotation")
    qtbot.waitUntil(lambda: recorder.kinds == ["stressed"])
    _, received, name, amounts, curves = recorder.all[0]
    assert received is frame
    assert name == "rotation"
    raw = BarModel(1).probabilities(corrupt(np.stack([frame] * 61), "rotation", amounts))
    assert curves[1] == pytest.approx(raw)
    assert curves[2] == pytest.approx(calibrate(raw, 2.0))
    assert curves[2].shape == (61, 10)


@pytest.mark.parametrize("kind", ["explain", "stress"])
def test_a_newer_request_of_a_kind_ends_the_one_under_way(start_thread, qtbot, gate, kind):
    first, second = BarModel(1, gate=gate), BarModel(2)
    thread, recorder = start_thread([first, second])
    ask = {"explain": thread.explain, "stress": lambda frame: thread.stress(frame, "shift")}[kind]
    old, skipped, new = drawn(5), drawn(12), drawn(19)
    ask(old)
    assert first.started.wait(10)
    ask(skipped)
    ask(new)
    gate.set()
    qtbot.waitUntil(lambda: bool(recorder.all))
    assert [received for _, received, *_ in recorder.all] == [new]
    chunks = len(second.requests)
    assert len(first.requests) == chunks + 1, "of the old one, one chunk was started; of the skipped one, nothing"


def test_kinds_do_not_disturb_each_other_and_take_turns(start_thread, qtbot, gate):
    model = BarModel(1, gate=gate)
    thread, recorder = start_thread([model])
    first, second = drawn(5), drawn(12)
    thread.explain(first)
    assert model.started.wait(10)
    thread.stress(first, "noise")
    thread.explain(second)
    gate.set()
    qtbot.waitUntil(lambda: len(recorder.all) == 2)
    assert recorder.kinds == ["stressed", "explained"], "a repeated request does not delay the other kind"
    assert [frame for _, frame, *_ in recorder.all] == [first, second]


def test_models_are_loaded_at_the_first_request_and_anew_after_a_reload(start_thread, qtbot):
    loads = []

    def load():
        loads.append(BarModel(1))
        return loads[-1:]

    thread, recorder = start_thread(load)
    thread.reload()
    qtbot.wait(20)
    assert loads == []
    for count in (1, 2):
        thread.explain(drawn())
        qtbot.waitUntil(lambda count=count: len(recorder.all) == count)
        assert len(loads) == 1
    thread.reload()
    thread.explain(drawn())
    qtbot.waitUntil(lambda: len(recorder.all) == 3)
    assert len(loads) == 2


def test_a_request_under_way_at_a_reload_is_answered_by_the_new_models(start_thread, qtbot, gate):
    old, new = BarModel(1, gate=gate), BarModel(2)
    sets = iter([[old], [new]])
    thread, recorder = start_thread(lambda: next(sets))
    thread.explain(drawn())
    assert old.started.wait(10)
    thread.reload()
    gate.set()
    qtbot.waitUntil(lambda: bool(recorder.all))
    assert [sorted(explanations) for _, _, explanations in recorder.all] == [[2]]


def test_models_that_cannot_be_loaded_are_reported_and_tried_again(start_thread, qtbot):
    faults = [RunError("Run a: model.onnx is damaged.")]

    def load():
        if faults:
            raise faults.pop()
        return [BarModel(1)]

    thread, recorder = start_thread(load)
    thread.explain(drawn())
    qtbot.waitUntil(lambda: recorder.kinds == ["failed"])
    assert recorder.all[0][1] == "The explanation cannot be shown: Run a: model.onnx is damaged."
    thread.explain(drawn())
    qtbot.waitUntil(lambda: recorder.kinds == ["failed", "explained"])


def test_it_leaves_in_the_middle_and_tells_nothing_more(start_thread, gate):
    models = [BarModel(1, gate=gate), BarModel(2)]
    thread, recorder = start_thread(models)
    thread.explain(drawn())
    thread.stress(drawn(), "shift")
    assert models[0].started.wait(10)
    threading.Timer(0.05, gate.set).start()
    thread.shut_down()
    assert thread.isFinished()
    assert recorder.all == []
    assert len(models[0].requests) == 1
    assert models[1].requests == []


def test_the_shipped_models_explain_a_drawing(start_thread, qtbot, tmp_path):
    store = RunStore(tmp_path / "runs", resources_folder() / "runs")
    thread, recorder = start_thread(lambda: load_predictor(store, load=partial(LoadedModel, threads=1)).models[:1])
    thread.explain(drawn())
    qtbot.waitUntil(lambda: recorder.kinds == ["explained"], timeout=20_000)
    assert recorder.all[0][2][1].map_for(1).max() > 1
