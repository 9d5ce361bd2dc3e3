from __future__ import annotations

import threading
from functools import partial

import numpy as np
import pytest

from mnist_gui.analysis.feature_maps import FeatureMaps, FeatureReader
from mnist_gui.digits.corruptions import CORRUPTIONS, corrupt
from mnist_gui.gui.draw.panels.explanation_thread import ExplanationThread, sweep_amounts
from mnist_gui.models.inference.calibration import calibrate
from mnist_gui.models.inference.predictor import LoadedModel, load_predictor
from mnist_gui.paths import resources_folder
from mnist_gui.runs.record import RunError
from mnist_gui.runs.store import RunStore


class BarModel:
    """Says 3 the more surely the more ink there is in its upper half. With a gate, it works when it may."""

    def __init__(self, model, temperature=None, gate=None):
        self.model = model
        self.run = f"model-{model}-fake"
        self.temperature = temperature
        self.gate = gate
        self.begun = threading.Event()
        self.asked = []

    def probabilities(self, frames):
        self.asked.append(frames)
        self.begun.set()
        if self.gate is not None:
            assert self.gate.wait(10)
        logits = np.zeros((len(frames), 10))
        logits[:, 3] = 0.1 * frames[:, :14].sum(axis=(1, 2))
        odds = np.exp(logits)
        return (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)


class FakeReader:
    def __init__(self, run):
        self.run = run

    def read(self, frame):
        return FeatureMaps(self.run, 1, frame, ())


class Told:
    """Everything that a worker tells, in its order."""

    def __init__(self, worker):
        self.all = []
        for kind in ("explained", "stressed", "feature_maps_read", "failed"):
            getattr(worker, kind).connect(lambda *values, kind=kind: self.all.append((kind, *values)))

    @property
    def kinds(self):
        return [kind for kind, *_ in self.all]


@pytest.fixture
def gate():
    return threading.Event()


@pytest.fixture
def begin(gate):
    """Return a function that starts a worker on models or a function that loads them."""
    workers = []

    def begin_it(load, open_reader=FakeReader):
        models = load if isinstance(load, list) else None
        worker = ExplanationThread(load if models is None else lambda: models, open_reader)
        workers.append(worker)
        worker.start()
        return worker, Told(worker)

    yield begin_it
    gate.set()
    for worker in workers:
        worker.shut_down()


def drawn(column=12):
    frame = np.zeros((28, 28), np.float32)
    frame[5:23, column : column + 3] = 1
    return frame


def test_every_model_explains_the_frame(begin, qtbot):
    worker, told = begin([BarModel(1), BarModel(2), BarModel(3)])
    frame = drawn()
    worker.explain(frame)
    qtbot.waitUntil(lambda: told.kinds == ["explained"])
    _, given, explanations = told.all[0]
    assert given is frame
    assert sorted(explanations) == [1, 2, 3]
    assert explanations[2].model == 2
    found = explanations[2].map_for(3)
    assert found[6:10, 13].min() > 0.1
    assert abs(found[18:22, 13]).max() < 0.1


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_sweep_covers_the_range_and_hits_the_neutral_amount(name):
    amounts, corruption = sweep_amounts(name), CORRUPTIONS[name]
    assert amounts.shape == (61,)
    assert (amounts[0], amounts[-1]) == (corruption.low, corruption.high)
    assert (np.diff(amounts) > 0).all()
    assert corruption.neutral in amounts.tolist()


def test_the_frame_is_stressed_and_the_answers_are_calibrated(begin, qtbot):
    models = [BarModel(1), BarModel(2, temperature=2.0)]
    worker, told = begin(models)
    frame = drawn()
    worker.stress(frame, "rotation")
    qtbot.waitUntil(lambda: told.kinds == ["stressed"])
    _, given, name, amounts, curves = told.all[0]
    assert given is frame
    assert name == "rotation"
    raw = BarModel(1).probabilities(corrupt(np.stack([frame] * 61), "rotation", amounts))
    assert curves[1] == pytest.approx(raw)
    assert curves[2] == pytest.approx(calibrate(raw, 2.0))
    assert curves[2].shape == (61, 10)


def test_feature_maps_are_those_of_the_run_that_answers(begin, qtbot):
    opened = []

    def open_reader(run):
        opened.append(run)
        return FakeReader(run)

    worker, told = begin([BarModel(1), BarModel(2)], open_reader)
    for frame in (drawn(), drawn(9)):
        worker.feature_maps(frame, 2)
        qtbot.waitUntil(lambda frame=frame: bool(told.all) and told.all[-1][1].frame is frame)
    assert told.all[0][1].run == "model-2-fake"
    assert opened == ["model-2-fake"], "it is opened once"
    worker.reload()
    worker.feature_maps(drawn(), 2)
    qtbot.waitUntil(lambda: len(told.all) == 3)
    assert len(opened) == 2
    worker.feature_maps(drawn(), 3)
    qtbot.waitUntil(lambda: len(told.all) == 4)
    assert told.all[3] == (
        "failed",
        "The feature maps cannot be shown: Model 3 has no run that can answer; train one in the Train tab.",
    )


@pytest.mark.parametrize("kind", ["explain", "stress"])
def test_a_newer_request_of_a_kind_ends_the_one_under_way(begin, qtbot, gate, kind):
    first, second = BarModel(1, gate=gate), BarModel(2)
    worker, told = begin([first, second])
    ask = {"explain": worker.explain, "stress": lambda frame: worker.stress(frame, "shift")}[kind]
    old, skipped, new = drawn(5), drawn(12), drawn(19)
    ask(old)
    assert first.begun.wait(10)
    ask(skipped)
    ask(new)
    gate.set()
    qtbot.waitUntil(lambda: bool(told.all))
    assert [given for _, given, *_ in told.all] == [new]
    chunks = len(second.asked)
    assert len(first.asked) == chunks + 1, "of the old one, one chunk was begun; of the skipped one, nothing"


def test_kinds_do_not_disturb_each_other_and_take_turns(begin, qtbot, gate):
    model = BarModel(1, gate=gate)
    worker, told = begin([model])
    first, second = drawn(5), drawn(12)
    worker.feature_maps(first, 1)
    qtbot.waitUntil(lambda: told.kinds == ["feature_maps_read"])
    worker.explain(first)
    assert model.begun.wait(10)
    worker.stress(first, "noise")
    worker.feature_maps(second, 1)
    worker.stress(second, "noise")
    gate.set()
    qtbot.waitUntil(lambda: len(told.all) == 4)
    assert told.kinds[1:] == ["explained", "feature_maps_read", "stressed"]
    assert told.all[3][1] is second


def test_models_are_loaded_at_the_first_request_and_anew_after_a_reload(begin, qtbot):
    loads = []

    def load():
        loads.append(BarModel(1))
        return loads[-1:]

    worker, told = begin(load)
    worker.reload()
    qtbot.wait(20)
    assert loads == []
    for count in (1, 2):
        worker.explain(drawn())
        qtbot.waitUntil(lambda count=count: len(told.all) == count)
        assert len(loads) == 1
    worker.reload()
    worker.explain(drawn())
    qtbot.waitUntil(lambda: len(told.all) == 3)
    assert len(loads) == 2


def test_a_request_under_way_at_a_reload_is_answered_by_the_new_models(begin, qtbot, gate):
    old, new = BarModel(1, gate=gate), BarModel(2)
    sets = iter([[old], [new]])
    worker, told = begin(lambda: next(sets))
    worker.explain(drawn())
    assert old.begun.wait(10)
    worker.reload()
    gate.set()
    qtbot.waitUntil(lambda: bool(told.all))
    assert [sorted(explanations) for _, _, explanations in told.all] == [[2]]


def test_models_that_cannot_be_loaded_are_told_and_tried_again(begin, qtbot):
    faults = [RunError("Run a: model.tflite is damaged.")]

    def load():
        if faults:
            raise faults.pop()
        return [BarModel(1)]

    worker, told = begin(load)
    worker.explain(drawn())
    qtbot.waitUntil(lambda: told.kinds == ["failed"])
    assert told.all[0][1] == "The explanation cannot be shown: Run a: model.tflite is damaged."
    worker.explain(drawn())
    qtbot.waitUntil(lambda: told.kinds == ["failed", "explained"])


def test_it_leaves_in_the_middle_and_tells_nothing_more(begin, gate):
    models = [BarModel(1, gate=gate), BarModel(2)]
    worker, told = begin(models)
    worker.explain(drawn())
    worker.stress(drawn(), "shift")
    assert models[0].begun.wait(10)
    threading.Timer(0.05, gate.set).start()
    worker.shut_down()
    assert worker.isFinished()
    assert told.all == []
    assert len(models[0].asked) == 1
    assert models[1].asked == []


def test_the_shipped_models_explain_a_drawing(begin, qtbot, tmp_path):
    store = RunStore(tmp_path / "runs", resources_folder() / "runs")
    worker, told = begin(
        lambda: load_predictor(store, load=partial(LoadedModel, threads=1)).models[:1],
        lambda name: FeatureReader(store.get(name)),
    )
    worker.explain(drawn())
    worker.feature_maps(drawn(), 1)
    qtbot.waitUntil(lambda: len(told.all) == 2, timeout=20_000)
    assert told.kinds == ["explained", "feature_maps_read"]
    assert told.all[0][2][1].map_for(1).max() > 1
    assert told.all[1][1].layers[0].maps.shape == (26, 26, 64)
